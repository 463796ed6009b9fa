/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the engine meets the simulated host: its ops, its events, its clock.
 */
#include "world.h"

#include "order.h"

#include "engine/wire.h"

#include <errno.h>

/* More runs than this at one moment: the engine asks for a time that has passed, for ever. */
#define MAX_RUNS_AT_ONCE 1000
#define TICK		 (100 * BOND_MSEC)
/* Timers of up to so many jiffies fire in a jiffy of their own. */
#define EXACT_TIMER 62

static struct device *
port_device(const struct device *bond, const struct bond_port *port)
{
	for (guint i = 0; i < bond->world->devices->len; i++) {
		struct device *device = g_ptr_array_index(bond->world->devices, i);

		if (device->ifindex == port_ifindex(port))
			return device;
	}
	return NULL;
}

static int
op_set_port_mac(void *user, struct bond_port *port, const struct bond_mac *mac)
{
	struct device *device = port_device(user, port);

	if (device == NULL)
		return -ENODEV;
	if (device->bond != NULL)
		return bond_set_mac(device->bond, mac, device->world->now, NULL) ? 0 : -EINVAL;
	device_take_mac(device, mac);
	return 0;
}

static int
op_set_port_mtu(void *user, struct bond_port *port, guint mtu)
{
	struct device *device = port_device(user, port);

	if (device == NULL)
		return -ENODEV;
	return -device_set_mtu(device, mtu, NULL);
}

static int
op_set_port_up(void *user, struct bond_port *port, gboolean up)
{
	struct device *device = port_device(user, port);
	struct bond_port_link link;
	int errnum;

	if (device == NULL)
		return -ENODEV;
	errnum = device_set_up(device, up);
	if (errnum == 0 && up) {
		link = device_link(device);
		bond_port_set_link(port, &link, device->world->now);
	}
	return -errnum;
}

static void
op_set_bond_mac(void *user, const struct bond_mac *mac)
{
	device_take_mac(user, mac);
}

static void
op_set_bond_mtu(void *user, guint mtu)
{
	struct device *bond = user;

	bond->mtu = mtu;
}

static void
op_set_bond_carrier(void *user, gboolean up)
{
	struct device *bond = user;

	bond->carrier = up;
	if (!up) /* neigh_carrier_down() */
		g_array_set_size(bond->neighbours, 0);
}

static gboolean
is_ipv6(const guint8 *frame, gsize len)
{
	gsize at = WIRE_ETH_HEADER - 2;

	while (at + 6 <= len && (wire_get16(frame + at) == WIRE_8021Q || wire_get16(frame + at) == WIRE_8021AD))
		at += WIRE_VLAN_HEADER;
	return at + 2 <= len && wire_get16(frame + at) == WIRE_IP6;
}

/* The kernel's driver sends its neighbour solicitations by the port's IPv6, which drops them while that is disabled. */
static void
op_send(void *user, struct bond_port *port, const guint8 *frame, gsize len)
{
	struct device *device = port_device(user, port);

	if (device != NULL && (device->ipv6 || !is_ipv6(frame, len)))
		world_transmit(device, frame, len);
}

static void
op_notify_peers(void *user, struct bond_port *port)
{
	world_notify_peers(user, port != NULL ? port_device(user, port) : NULL);
}

static void
op_event(void *user, const struct bond_event *event)
{
	struct device *bond = user;

	if (event->type == BOND_EVENT_LOG)
		g_ptr_array_add(bond->world->log, g_strdup_printf("%s: %s", bond->name, event->message));
}

static void
op_publish(void *user, struct bond_plan *plan)
{
	struct device *bond = user;

	bond_plan_free(bond->plan);
	bond->plan = plan;
}

/* xorshift32: the same in every run */
static guint32
next_random(struct world *world)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 17;
	world->random ^= world->random << 5;
	return world->random;
}

static guint32
op_random(void *user)
{
	struct device *bond = user;

	return next_random(bond->world);
}

/* By its VLANs and by bonds' ports. */
static gboolean
stands_on(const struct device *device, const struct device *bond, guint depth)
{
	if (device == bond)
		return TRUE;
	if (depth == 0)
		return FALSE;
	for (guint i = 0; i < device->world->devices->len; i++) {
		const struct device *below = g_ptr_array_index(device->world->devices, i);

		if ((device->lower == below || below->master == device) && stands_on(below, bond, depth - 1))
			return TRUE;
	}
	return FALSE;
}

static gboolean
op_find_device(void *user, const char *name, struct bond_port_info *info)
{
	struct device *bond = user;
	struct device *device = world_find(bond->world, bond->side, name);

	if (device == NULL)
		return FALSE;
	device_info(device, info);
	info->above_bond = stands_on(device, bond, BOND_MAX_TAGS);
	return TRUE;
}

/* As the drivers of the recorded ports: dummy tells nothing, the others their carrier. */
static enum bond_device_link
op_device_link(void *user, struct bond_port *port)
{
	const struct device *device = port_device(user, port);

	if (device == NULL || device->kind == DEVICE_DUMMY)
		return BOND_DEVICE_LINK_UNKNOWN;
	return device_carrier(device) ? BOND_DEVICE_LINK_UP : BOND_DEVICE_LINK_DOWN;
}

static bond_time
op_last_rx(void *user, struct bond_port *port)
{
	const struct device *device = port_device(user, port);

	return device != NULL ? device->last_rx : 0;
}

static void
op_loads(void *user, guint64 *bytes)
{
	const struct device *bond = user;

	memcpy(bytes, bond->plan_state.loads, sizeof(bond->plan_state.loads));
}

static guint
tags_to(const struct device *device, const struct device *bond, struct bond_tag *tags)
{
	struct bond_tag inner_first[BOND_MAX_TAGS];
	guint n = 0;

	for (; device != NULL && device != bond && n < BOND_MAX_TAGS; device = device->lower)
		if (device->kind == DEVICE_VLAN)
			inner_first[n++] = (struct bond_tag){.protocol = WIRE_8021Q, .id = device->vlan};
	for (guint i = 0; i < n; i++)
		tags[i] = inner_first[n - 1 - i];
	return n;
}

static gboolean
op_has_address(void *user, const struct bond_ip *address)
{
	const struct device *bond = user;

	for (guint i = 0; i < bond->world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(bond->world->devices, i);

		if (device_is_above(device, bond) && device_has_ip(device, address))
			return TRUE;
	}
	return FALSE;
}

static enum bond_route_way
op_route(void *user, const struct bond_ip *target, struct bond_route *route)
{
	const struct device *bond = user;
	const struct device *out;

	memset(route, 0, sizeof(*route));
	if (op_has_address(user, target))
		return BOND_ROUTE_ELSEWHERE; /* by lo */
	out = world_route(bond->world, bond->side, target, &route->source);
	if (out == NULL)
		return BOND_ROUTE_NONE;
	if (!device_is_above(out, bond))
		return BOND_ROUTE_ELSEWHERE;
	route->n_tags = tags_to(out, bond, route->tags);
	return BOND_ROUTE_BOND;
}

static guint
op_uppers(void *user, struct bond_upper *uppers, guint max)
{
	const struct device *bond = user;
	guint n = 0;

	for (guint i = 0; i < bond->world->devices->len && n < max; i++) {
		const struct device *device = g_ptr_array_index(bond->world->devices, i);

		if (device->kind != DEVICE_VLAN || device->lower != bond)
			continue;
		uppers[n++] = (struct bond_upper){
		    .own_mac = !bond_mac_equal(&device->mac, &bond->mac),
		    .tag = {.protocol = WIRE_8021Q, .id = device->vlan},
		    .mac = device->mac,
		};
	}
	return n;
}

static gboolean
op_is_bridged(void *user, const struct bond_mac *mac, const struct bond_ip *ip)
{
	const struct device *bond = user;
	const struct device *bridge = bond->master;

	return bridge != NULL && bridge->kind == DEVICE_BRIDGE &&
	       ((mac != NULL && bond_mac_equal(mac, &bridge->mac)) || (ip != NULL && device_has_ip(bridge, ip)));
}

static const struct bond_ops world_ops = {
    .set_port_mac = op_set_port_mac,
    .set_port_mtu = op_set_port_mtu,
    .set_port_up = op_set_port_up,
    .set_bond_mac = op_set_bond_mac,
    .set_bond_mtu = op_set_bond_mtu,
    .set_bond_carrier = op_set_bond_carrier,
    .send = op_send,
    .notify_peers = op_notify_peers,
    .event = op_event,
    .publish = op_publish,
    .random = op_random,
    .find_device = op_find_device,
    .device_link = op_device_link,
    .last_rx = op_last_rx,
    .loads = op_loads,
    .route = op_route,
    .has_address = op_has_address,
    .uppers = op_uppers,
    .is_bridged = op_is_bridged,
};

struct device *
world_add_bond(struct world *world, enum device_side side, const char *name, const struct bond_params *params)
{
	struct device *device = world_add_device(world, DEVICE_BOND, side, name);
	guint32 low = next_random(world);

	device->random_mac = (struct bond_mac){
	    {0x52, 0x54, (guint8) next_random(world), (guint8) (low >> 16), (guint8) (low >> 8), (guint8) low}};
	device_take_mac(device, &device->random_mac);
	if (params != NULL)
		device->bond = bond_new_with_params(name, &world_ops, device, &device->random_mac, params);
	else
		device->bond = bond_new(name, &world_ops, device, &device->random_mac);
	return device;
}

/* Ports come and go by commands, by the sysfs attribute `slaves`, and with their bond: ask the engine. */
static void
adopt_ports(struct device *bond)
{
	for (guint i = 0; i < bond->world->devices->len; i++) {
		struct device *device = g_ptr_array_index(bond->world->devices, i);
		gboolean member = bond_find_port_by_ifindex(bond->bond, device->ifindex) != NULL;

		if (member && device->master != bond) {
			device->master = bond;
			device->told = FALSE;
		} else if (!member && device->master == bond) {
			device->master = NULL;
		}
	}
}

gboolean
world_enslave(struct device *bond, struct device *port, GError **error)
{
	struct bond_port_info info;

	device_info(port, &info);
	info.above_bond = stands_on(port, bond, BOND_MAX_TAGS);
	if (bond_enslave(bond->bond, &info, bond->world->now, error) == NULL)
		return FALSE;
	adopt_ports(bond);
	return TRUE;
}

void
world_release(struct device *port)
{
	struct device *bond = port->master;

	bond_release(device_port(port), port->world->now);
	adopt_ports(bond);
}

/* A bond of 802.3ad shows when its ticks are: they must be the recorded ones. */
void
world_set_bond_up(struct device *bond, gboolean up)
{
	const struct world *world = bond->world;
	bond_time first = BOND_TIME_NEVER;

	if (up && world->order != NULL && bond_get_params(bond->bond)->mode == BOND_MODE_8023AD)
		first = order_first_tick(world->order, bond, world->now);
	if (up) {
		bond->went_up = world->now;
		bond->ticks = first != BOND_TIME_NEVER ? first - TICK : world->now;
	}
	bond_set_up(bond->bond, up, up ? bond->ticks : world->now);
}

/* A TAP whose speed changes does not tell anybody. */
static gboolean
link_equal(const struct bond_port_link *a, const struct bond_port_link *b)
{
	return a->running == b->running && a->carrier == b->carrier;
}

static gboolean
may_send(const struct device *device)
{
	const struct bond_port *port = device_port(device);

	return port != NULL && device->master->plan != NULL && (device->master->plan->usable >> port_id(port) & 1) != 0;
}

void
world_ask_speeds(struct world *world)
{
	for (guint i = 0; i < world->devices->len; i++) {
		struct device *device = g_ptr_array_index(world->devices, i);

		if (may_send(device))
			bond_port_note_speed(device_port(device), device->speed, device->duplex);
	}
}

void
world_link_settings(const struct device *bond, guint32 *speed, enum bond_duplex *duplex)
{
	gboolean slowest = bond_get_params(bond->bond)->mode == BOND_MODE_BROADCAST;
	guint32 sum = 0;

	*duplex = BOND_DUPLEX_UNKNOWN;
	for (guint i = 0; i < bond_n_ports(bond->bond); i++) {
		const struct device *device = port_device(bond, bond_nth_port(bond->bond, i));

		if (!may_send(device) || device->speed == BOND_SPEED_UNKNOWN)
			continue;
		if (device->speed != 0)
			sum = slowest && sum != 0 ? MIN(sum, device->speed) : sum + device->speed;
		if (*duplex == BOND_DUPLEX_UNKNOWN)
			*duplex = device->duplex;
	}
	*speed = sum != 0 ? sum : BOND_SPEED_UNKNOWN;
}

/*
 * Whether the bond hears of its links at once. The recorded kernel looks at them every miimon, which is seldom seen but
 * in 802.3ad: what an LACPDU says depends on the tick.
 */
static bond_time
next_look(const struct device *bond)
{
	const struct bond_params *params = bond_get_params(bond->bond);
	bond_time now = bond->world->now;
	bond_time miimon = scenario_engine_time(&bond->world->clock, scenario_timer(0, params->miimon) * BOND_MSEC);
	bond_time first = params->miimon <= EXACT_TIMER ? bond->went_up : bond->ticks;

	if (params->mode != BOND_MODE_8023AD || !bond->up || params->miimon == 0 || now < first)
		return now;
	return first + (now - first + miimon - 1) / miimon * miimon;
}

static gboolean
has_news(const struct device *device)
{
	struct bond_port_link link = device_link(device);

	return device_port(device) != NULL && !(device->told && link_equal(&link, &device->last_link));
}

static void
tell_port(struct device *device)
{
	struct bond_port_link link = device_link(device);
	struct bond_port *port = device_port(device);

	if (!has_news(device) || (device->told && next_look(device->master) > device->world->now))
		return;
	device->told = TRUE;
	device->last_link = link;
	bond_port_set_link(port, &link, device->world->now);
}

/* One without a carrier forgets its neighbours: neigh_carrier_down() */
static void
follow_bridge(struct device *bridge)
{
	if (bridge->carrier && !device_carrier(bridge))
		g_array_set_size(bridge->neighbours, 0);
	bridge->carrier = device_carrier(bridge);
}

void
world_tell(struct world *world)
{
	for (guint i = 0; i < world->devices->len; i++) {
		struct device *device = g_ptr_array_index(world->devices, i);

		if (device->bond != NULL)
			adopt_ports(device);
		else if (device->kind == DEVICE_BRIDGE)
			follow_bridge(device);
	}
	for (guint i = 0; i < world->devices->len; i++)
		tell_port(g_ptr_array_index(world->devices, i));
	if (world->changed != NULL)
		world->changed(world->changed_data);
}

/* What a bond sends arrives before the next one runs. */
static void
run_bond(struct device *device)
{
	if (device->bond != NULL)
		bond_run(device->bond, device->world->now);
	world_deliver(device->world);
}

/* Two bonds that went up together have their ticks together. */
static gboolean
is_early(const struct device *device)
{
	const struct world *world = device->world;

	return device->bond != NULL && device->side == SIDE_SWITCH && world->order != NULL &&
	       order_partner_first(world->order, device, world->now);
}

static void
run_bonds(struct world *world)
{
	for (guint pass = 0; pass < 2; pass++) {
		for (guint i = 0; i < world->devices->len; i++) {
			struct device *device = g_ptr_array_index(world->devices, i);

			if (is_early(device) == (pass == 0))
				run_bond(device);
		}
	}
}

void
world_settle(struct world *world)
{
	world_tell(world);
	world_deliver(world);
	world_probe_neighbours(world);
	run_bonds(world);
	world_tell(world);
}

static bond_time
next_deadline(const struct world *world)
{
	bond_time next = MIN(world_next_flight(world), world_next_probe(world));

	for (guint i = 0; i < world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(world->devices, i);

		if (device->bond != NULL)
			next = MIN(next, bond_next_deadline(device->bond));
		if (has_news(device))
			next = MIN(next, next_look(device->master));
	}
	return next;
}

void
world_advance(struct world *world, bond_time until)
{
	guint runs = 0;

	world_settle(world);
	for (bond_time next; (next = next_deadline(world)) <= until;) {
		if (next > world->now)
			runs = 0;
		if (++runs > MAX_RUNS_AT_ONCE) {
			if (world->broken == NULL)
				world->broken = g_strdup("bond_next_deadline() does not advance");
			break;
		}
		world->now = MAX(world->now, next);
		world_settle(world);
	}
	world->now = MAX(world->now, until);
}
