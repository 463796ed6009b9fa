/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <net/if_arp.h>

#include "engine-fixture.h"

static const struct bond_mac RANDOM_MAC = {{0x0e, 0x7b, 0x9c, 0xf4, 0xc7, 0xa8}};

struct bond_mac
fx_mac(guint8 last)
{
	return (struct bond_mac){{0x02, 0, 0, 0, 0, last}};
}

/* --- The world --- */

static void note(struct fx *fx, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
note(struct fx *fx, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(fx->trace, g_strdup_vprintf(format, args));
	va_end(args);
}

static const char *
name_of(const struct bond_port *port)
{
	return port != NULL ? port_name(port) : "none";
}

static struct fx_device *
device_of(struct fx *fx, const struct bond_port *port)
{
	for (guint i = 0; i < FX_MAX_DEVICES; i++) {
		if (fx->devices[i].ifindex == port_ifindex(port))
			return &fx->devices[i];
	}
	g_assert_not_reached();
}

/* Whether the operation just noted is one that is to fail. */
static int
result(struct fx *fx)
{
	char **last = (char **) &g_ptr_array_index(fx->trace, fx->trace->len - 1);
	char *failed;

	if (fx->fail == NULL || !g_str_has_prefix(*last, fx->fail))
		return 0;
	if (fx->fail_after > 0) {
		fx->fail_after--;
		return 0;
	}
	failed = g_strconcat(*last, " FAILED", NULL);
	g_free(*last);
	*last = failed;
	return -fx->fail_errno;
}

static int
set_port_mac(void *user, struct bond_port *port, const struct bond_mac *mac)
{
	struct fx *fx = user;
	int res;

	note(fx, "mac %s %02x:%02x", port_name(port), mac->b[4], mac->b[5]);
	res = result(fx);
	if (res == 0)
		device_of(fx, port)->mac = *mac;
	return res;
}

static int
set_port_mtu(void *user, struct bond_port *port, guint mtu)
{
	struct fx *fx = user;
	int res;

	note(fx, "mtu %s %u", port_name(port), mtu);
	res = result(fx);
	if (res == 0)
		device_of(fx, port)->mtu = mtu;
	return res;
}

static struct bond_port_link
link_of(const struct fx_device *device)
{
	return (struct bond_port_link){
	    .running = device->up,
	    .carrier = device->up && device->carrier,
	    .speed = device->speed,
	    .duplex = device->duplex,
	};
}

static int
set_port_up(void *user, struct bond_port *port, gboolean up)
{
	struct fx *fx = user;
	struct fx_device *device = device_of(fx, port);
	struct bond_port_link link;
	int res;

	note(fx, "%s %s", up ? "up" : "down", port_name(port));
	res = result(fx);
	if (res != 0)
		return res;
	device->up = up;
	link = link_of(device);
	if (up)
		bond_port_set_link(port, &link, fx->now);
	return 0;
}

static int
set_port_promisc(void *user, struct bond_port *port, gboolean on)
{
	struct fx *fx = user;
	int res;

	note(fx, "promisc %s %s", port_name(port), on ? "on" : "off");
	g_assert_cmpint(device_of(fx, port)->promisc, !=, on);
	res = result(fx);
	if (res == 0)
		device_of(fx, port)->promisc = on;
	return res;
}

static void
set_bond_mac(void *user, const struct bond_mac *mac)
{
	struct fx *fx = user;

	note(fx, "bond-mac %02x:%02x", mac->b[4], mac->b[5]);
	fx->mac = *mac;
}

static void
set_bond_mtu(void *user, guint mtu)
{
	struct fx *fx = user;

	note(fx, "bond-mtu %u", mtu);
	fx->mtu = mtu;
}

static void
set_bond_carrier(void *user, gboolean up)
{
	struct fx *fx = user;

	note(fx, "carrier %s", up ? "on" : "off");
	g_assert_cmpint(fx->carrier, !=, up);
	fx->carrier = up;
}

static void
move_filters(void *user, struct bond_port *from, struct bond_port *to)
{
	struct fx *fx = user;

	note(fx, "filters %s>%s", name_of(from), name_of(to));
	if (from != NULL) {
		g_assert_true(device_of(fx, from)->filters);
		device_of(fx, from)->filters = FALSE;
	}
	if (to != NULL) {
		g_assert_false(device_of(fx, to)->filters);
		device_of(fx, to)->filters = TRUE;
	}
}

static void
send_frame(void *user, struct bond_port *port, const guint8 *frame, gsize len)
{
	struct fx *fx = user;

	note(fx, "send %s %" G_GSIZE_FORMAT, port_name(port), len);
	if (fx->on_send != NULL)
		fx->on_send(fx, (guint) (device_of(fx, port) - fx->devices), frame, len);
}

static bond_time
last_rx(void *user, struct bond_port *port)
{
	return device_of(user, port)->last_rx;
}

static enum bond_device_link
device_link(void *user, struct bond_port *port)
{
	return device_of(user, port)->driver_link;
}

static enum bond_route_way
route(void *user, const struct bond_ip *target, struct bond_route *way)
{
	struct fx *fx = user;

	return fx->on_route != NULL ? fx->on_route(fx, target, way) : BOND_ROUTE_NONE;
}

static gboolean
has_address(void *user, const struct bond_ip *address)
{
	struct fx *fx = user;

	return fx->on_has_address != NULL && fx->on_has_address(fx, address);
}

static gboolean
is_bridged(void *user, const struct bond_mac *mac, const struct bond_ip *ip)
{
	struct fx *fx = user;

	return fx->on_is_bridged != NULL && fx->on_is_bridged(fx, mac, ip);
}

static guint
uppers(void *user, struct bond_upper *found, guint max)
{
	struct fx *fx = user;

	g_assert_cmpuint(max, >=, fx->n_uppers);
	memcpy(found, fx->uppers, fx->n_uppers * sizeof(*found));
	return fx->n_uppers;
}

static void
loads(void *user, guint64 *bytes)
{
	struct fx *fx = user;

	memcpy(bytes, fx->loads, sizeof(fx->loads));
}

static void
join_group(void *user, struct bond_port *port, const struct bond_mac *mac, gboolean join)
{
	struct fx *fx = user;
	struct fx_device *device = device_of(fx, port);

	note(fx, "%s %s %02x:%02x:%02x:%02x:%02x:%02x", join ? "join" : "leave", port_name(port), mac->b[0], mac->b[1],
	     mac->b[2], mac->b[3], mac->b[4], mac->b[5]);
	g_assert_true(bond_mac_is_multicast(mac));
	g_assert_true(join || device->n_groups > 0);
	device->n_groups += join ? 1 : -1;
}

static void
notify_peers(void *user, struct bond_port *port)
{
	struct fx *fx = user;

	note(fx, "notify %s", port_name(port));
	fx->n_notified++;
}

static void
resend_igmp(void *user, struct bond_port *port)
{
	struct fx *fx = user;

	note(fx, "igmp %s", port_name(port));
	fx->n_igmp++;
}

static void
event(void *user, const struct bond_event *e)
{
	struct fx *fx = user;
	const char *reason = bond_reason_name(e->reason);

	g_assert_cmpint(e->time, ==, fx->now);
	switch (e->type) {
	case BOND_EVENT_ACTIVE_PORT:
		note(fx, "event active %s>%s %s", name_of(e->old_port), name_of(e->new_port), reason);
		break;
	case BOND_EVENT_PORT_LINK:
		note(fx, "event link %s %s %s", port_name(e->port), bond_link_name(e->link), reason);
		break;
	case BOND_EVENT_PORT_ADDED:
		note(fx, "event added %s", port_name(e->port));
		break;
	case BOND_EVENT_PORT_REMOVED:
		note(fx, "event removed %s", port_name(e->port));
		break;
	case BOND_EVENT_CARRIER:
		note(fx, "event carrier %s %s", e->carrier ? "on" : "off", reason);
		break;
	case BOND_EVENT_PEERS_NOTIFIED:
		note(fx, "event notified");
		break;
	case BOND_EVENT_OPTION:
		note(fx, "event option %s", bond_option_table()[e->option].name);
		break;
	case BOND_EVENT_MAC:
		note(fx, "event mac");
		break;
	case BOND_EVENT_MTU:
		note(fx, "event mtu");
		break;
	case BOND_EVENT_LACP_STATE:
		note(fx, "event lacp %s %02x/%02x>%02x/%02x", port_name(e->port), e->old_lacp.actor,
		     e->old_lacp.partner, e->lacp.actor, e->lacp.partner);
		break;
	case BOND_EVENT_AGGREGATOR:
		note(fx, "event aggregator %u>%u", e->old_aggregator, e->aggregator);
		break;
	case BOND_EVENT_LOG:
		note(fx, "log %s", e->message);
		break;
	}
}

static void
publish(void *user, struct bond_plan *plan)
{
	struct fx *fx = user;

	g_assert_cmpuint(plan->generation, ==, ++fx->n_plans);
	g_clear_pointer(&fx->plan, bond_plan_free);
	fx->plan = plan;
	note(fx, "publish");
}

static guint32
random_number(void *user)
{
	struct fx *fx = user;

	fx->random ^= fx->random << 13;
	fx->random ^= fx->random >> 17;
	fx->random ^= fx->random << 5;
	return fx->random;
}

static const struct bond_ops OPS = {
    .set_port_mac = set_port_mac,
    .set_port_mtu = set_port_mtu,
    .set_port_up = set_port_up,
    .set_port_promisc = set_port_promisc,
    .set_bond_mac = set_bond_mac,
    .set_bond_mtu = set_bond_mtu,
    .set_bond_carrier = set_bond_carrier,
    .move_filters = move_filters,
    .send = send_frame,
    .notify_peers = notify_peers,
    .resend_igmp = resend_igmp,
    .event = event,
    .publish = publish,
    .random = random_number,
    .device_link = device_link,
    .last_rx = last_rx,
    .route = route,
    .has_address = has_address,
    .loads = loads,
    .uppers = uppers,
    .is_bridged = is_bridged,
    .join_group = join_group,
};

/* --- Making and freeing --- */

static void
device_init(struct fx_device *device, guint i)
{
	g_snprintf(device->name, sizeof(device->name), "p%u", i);
	device->ifindex = 10 + i;
	device->mac = device->born_mac = fx_mac(i + 1);
	device->mtu = device->born_mtu = 1500;
	device->type = ARPHRD_ETHER;
	device->carrier = TRUE;
	device->driver_link = BOND_DEVICE_LINK_UP;
	device->speed = 1000;
	device->duplex = BOND_DUPLEX_FULL;
}

struct fx *
fx_new(const char *first_setting, ...)
{
	struct fx *fx = g_new0(struct fx, 1);
	const char *name = first_setting;
	va_list args;

	fx->now = 1000 * BOND_SEC;
	fx->random = 2463534242u;
	fx->trace = g_ptr_array_new_with_free_func(g_free);
	fx->mac = RANDOM_MAC;
	fx->mtu = 1500;
	for (guint i = 0; i < FX_MAX_DEVICES; i++)
		device_init(&fx->devices[i], i);
	fx->bond = bond_new("bond0", &OPS, fx, &RANDOM_MAC);
	va_start(args, first_setting);
	for (; name != NULL; name = va_arg(args, const char *))
		fx_set(fx, name, va_arg(args, const char *));
	va_end(args);
	fx_clear(fx);
	return fx;
}

const struct bond_ops *
fx_ops(void)
{
	return &OPS;
}

static void
check_device(const struct fx_device *device)
{
	g_assert_false(device->up);
	g_assert_false(device->filters);
	g_assert_false(device->promisc);
	g_assert_cmpuint(device->n_groups, ==, 0);
	g_assert_cmpuint(device->mtu, ==, device->born_mtu);
	fx_assert_mac(device->mac, device->born_mac);
}

void
fx_free(struct fx *fx)
{
	gboolean had_ports = bond_n_ports(fx->bond) > 0;

	fx->fail = NULL;
	bond_free(fx->bond, fx->now);
	for (guint i = 0; i < FX_MAX_DEVICES; i++)
		check_device(&fx->devices[i]);
	g_assert_false(fx->carrier);
	if (had_ports)
		fx_assert_mac(fx->mac, RANDOM_MAC);
	g_clear_pointer(&fx->plan, bond_plan_free);
	g_ptr_array_unref(fx->trace);
	g_free(fx);
}

/* --- Commands --- */

void
fx_set(struct fx *fx, const char *name, const char *value)
{
	g_autoptr(GError) error = NULL;

	bond_set_option(fx->bond, name, value, BOND_SOURCE_SYSFS, fx->now, &error);
	g_assert_no_error(error);
}

void
fx_set_fails(struct fx *fx, const char *name, const char *value, int errnum)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(bond_set_option(fx->bond, name, value, BOND_SOURCE_SYSFS, fx->now, &error));
	g_assert_error(error, BOND_ERROR, errnum);
}

void
fx_set_port(struct fx *fx, guint i, const char *name, const char *value)
{
	g_autoptr(GError) error = NULL;

	bond_set_port_option(fx->bond, fx->devices[i].name, name, value, fx->now, &error);
	g_assert_no_error(error);
}

struct bond_port *
fx_try_add(struct fx *fx, guint i, GError **error)
{
	struct fx_device *device = &fx->devices[i];
	const struct bond_port_info info = {
	    .name = device->name,
	    .ifindex = device->ifindex,
	    .type = device->type,
	    .loopback = device->loopback,
	    .has_master = device->has_master,
	    .above_bond = device->above_bond,
	    .fixed_mac = device->fixed_mac,
	    .mac = device->mac,
	    .mtu = device->mtu,
	    .link = link_of(device),
	};

	device->port = bond_enslave(fx->bond, &info, fx->now, error);
	return device->port;
}

struct bond_port *
fx_add(struct fx *fx, guint i)
{
	g_autoptr(GError) error = NULL;
	struct bond_port *port = fx_try_add(fx, i, &error);

	g_assert_no_error(error);
	g_assert_nonnull(port);
	return port;
}

void
fx_add_fails(struct fx *fx, guint i, int errnum)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fx_try_add(fx, i, &error));
	g_assert_error(error, BOND_ERROR, errnum);
}

void
fx_start(struct fx *fx, guint n)
{
	for (guint i = 0; i < n; i++)
		fx_add(fx, i);
	fx_up(fx, TRUE);
	fx_clear(fx);
}

void
fx_remove(struct fx *fx, guint i)
{
	g_assert_nonnull(fx->devices[i].port);
	bond_release(g_steal_pointer(&fx->devices[i].port), fx->now);
}

void
fx_gone(struct fx *fx, guint i)
{
	struct fx_device *device = &fx->devices[i];

	g_assert_nonnull(device->port);
	bond_port_gone(g_steal_pointer(&device->port), fx->now);
	device->up = FALSE;
	device->filters = FALSE;
	device->promisc = FALSE;
	device->n_groups = 0;
	device->mac = device->born_mac;
	device->mtu = device->born_mtu;
}

void
fx_up(struct fx *fx, gboolean up)
{
	bond_set_up(fx->bond, up, fx->now);
	fx_run(fx);
}

/* --- Events and time --- */

static void
tell_link(struct fx *fx, guint i)
{
	struct bond_port_link link = link_of(&fx->devices[i]);

	if (fx->devices[i].port != NULL)
		bond_port_set_link(fx->devices[i].port, &link, fx->now);
}

void
fx_plug(struct fx *fx, guint i, gboolean carrier)
{
	fx->devices[i].carrier = carrier;
	tell_link(fx, i);
}

void
fx_admin(struct fx *fx, guint i, gboolean up)
{
	fx->devices[i].up = up;
	tell_link(fx, i);
}

void
fx_run(struct fx *fx)
{
	bond_run(fx->bond, fx->now);
	/* What is due has been done. */
	g_assert_cmpint(bond_next_deadline(fx->bond), >, fx->now);
}

void
fx_carrier(struct fx *fx, guint i, gboolean carrier)
{
	fx_plug(fx, i, carrier);
	fx_run(fx);
}

void
fx_receive(struct fx *fx, guint i, const guint8 *frame, gsize len)
{
	bond_receive_frame(fx_port(fx, i), frame, len, fx->now);
}

void
fx_wait(struct fx *fx, guint ms)
{
	bond_time end = fx->now + ms * BOND_MSEC;

	for (;;) {
		bond_time next = bond_next_deadline(fx->bond);

		if (next > end)
			break;
		g_assert_cmpint(next, >=, fx->now);
		fx->now = next;
		fx_run(fx);
	}
	fx->now = end;
}

/* --- Looking --- */

struct bond_port *
fx_port(struct fx *fx, guint i)
{
	g_assert_nonnull(fx->devices[i].port);
	return fx->devices[i].port;
}

enum bond_link
fx_link(struct fx *fx, guint i)
{
	return port_link(fx_port(fx, i));
}

const char *
fx_active(struct fx *fx)
{
	return name_of(bond_active_port(fx->bond));
}

static void
append_port(GString *text, struct fx *fx, bond_port_id id)
{
	for (guint n = 0; n < bond_n_ports(fx->bond); n++) {
		const struct bond_port *port = bond_nth_port(fx->bond, n);

		if (port_id(port) == id)
			g_string_append_printf(text, " %s", port_name(port));
	}
}

static void
append_sets(GString *text, struct fx *fx)
{
	const struct bond_plan *plan = fx->plan;
	GString *rx = g_string_new("; rx");

	if (plan->tx == BOND_PLAN_ROUND_ROBIN)
		g_string_append(text, "; usable");
	for (guint n = 0; n < bond_n_ports(fx->bond); n++) {
		bond_port_id id = port_id(bond_nth_port(fx->bond, n));

		if (plan->tx == BOND_PLAN_ROUND_ROBIN && (plan->usable >> id) & 1)
			append_port(text, fx, id);
		if (bond_plan_receive(plan, id))
			append_port(rx, fx, id);
	}
	if (plan->igmp_port != BOND_PORT_NONE) {
		g_string_append(text, "; igmp");
		append_port(text, fx, plan->igmp_port);
	}
	for (guint q = 1; q < plan->n_queues; q++) {
		if (plan->queue_port[q] == BOND_PORT_NONE)
			continue;
		g_string_append_printf(text, "; queue %u", q);
		append_port(text, fx, plan->queue_port[q]);
	}
	g_string_append(text, rx->str);
	g_string_free(rx, TRUE);
}

char *
fx_plan(struct fx *fx)
{
	static const char *const words[] = {
	    [BOND_PLAN_DROP] = "drop",		 [BOND_PLAN_ONE] = "one",
	    [BOND_PLAN_ROUND_ROBIN] = "rr",	 [BOND_PLAN_HASH] = "hash",
	    [BOND_PLAN_BROADCAST] = "broadcast", [BOND_PLAN_BALANCE] = "balance",
	};
	GString *text;

	if (fx->plan == NULL)
		return g_strdup("nothing");
	text = g_string_new(words[fx->plan->tx]);
	for (guint i = 0; i < fx->plan->n_slots; i++)
		append_port(text, fx, fx->plan->slots[i]);
	append_sets(text, fx);
	return g_string_free(text, FALSE);
}

static gboolean
begins_with_one(const char *line, char **prefixes)
{
	for (guint i = 0; prefixes[i] != NULL; i++) {
		if (g_str_has_prefix(line, prefixes[i]))
			return TRUE;
	}
	return FALSE;
}

char *
fx_trace(struct fx *fx, const char *prefixes)
{
	g_auto(GStrv) wanted = g_strsplit(prefixes != NULL ? prefixes : "", ",", -1);
	g_autoptr(GPtrArray) lines = g_ptr_array_new();

	for (guint i = 0; i < fx->trace->len; i++) {
		char *line = g_ptr_array_index(fx->trace, i);

		if (prefixes == NULL || begins_with_one(line, wanted))
			g_ptr_array_add(lines, line);
	}
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("; ", (char **) lines->pdata);
}

void
fx_clear(struct fx *fx)
{
	g_ptr_array_set_size(fx->trace, 0);
	fx->n_notified = 0;
	fx->n_igmp = 0;
}
