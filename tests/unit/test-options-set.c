/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Setting options of a live bond: who may, when, and what else changes. The errnos are those of recordings. */
#include "engine/bond.h"

#include <errno.h>

/* A bond and four interfaces, and what was told. */
struct fixture {
	struct bond *bond;
	GArray *options;     /* enum bond_option_id of each BOND_EVENT_OPTION */
	GPtrArray *messages; /* text of each BOND_EVENT_LOG */
	guint plans;
	bond_time now;
};

static gboolean
find_device(void *user, const char *name, struct bond_port_info *info)
{
	gboolean is_port = strlen(name) == 2 && name[0] == 'p' && name[1] >= '0' && name[1] <= '3';

	if (!is_port && !g_str_equal(name, "lo"))
		return FALSE;
	info->type = is_port ? 1 : 772;
	info->loopback = !is_port;
	info->ifindex = is_port ? name[1] - '0' + 10 : 1;
	info->mtu = 1500;
	info->mac = (struct bond_mac){{2, 0, 0, 0, 0, (guint8) (name[1] + 1)}};
	info->link.carrier = TRUE;
	info->link.running = !is_port;
	info->link.speed = 1000;
	info->link.duplex = BOND_DUPLEX_FULL;
	return TRUE;
}

static int
set_port_up(void *user, struct bond_port *port, gboolean up)
{
	struct bond_port_link link = {.running = up, .carrier = TRUE, .speed = 1000, .duplex = BOND_DUPLEX_FULL};

	bond_port_set_link(port, &link, 0);
	return 0;
}

static void
on_event(void *user, const struct bond_event *event)
{
	struct fixture *f = user;

	if (event->type == BOND_EVENT_OPTION)
		g_array_append_val(f->options, event->option);
	if (event->type == BOND_EVENT_LOG)
		g_ptr_array_add(f->messages, g_strdup(event->message));
}

static void
on_publish(void *user, struct bond_plan *plan)
{
	struct fixture *f = user;

	f->plans++;
	bond_plan_free(plan);
}

static const struct bond_ops ops = {
    .set_port_up = set_port_up,
    .event = on_event,
    .publish = on_publish,
    .find_device = find_device,
};

static void
set_up(struct fixture *f, gconstpointer mode)
{
	const struct bond_mac mac = {{2, 0, 0, 0, 1, 0}};

	f->options = g_array_new(FALSE, FALSE, sizeof(enum bond_option_id));
	f->messages = g_ptr_array_new_with_free_func(g_free);
	f->now = BOND_SEC;
	f->bond = bond_new("bond0", &ops, f, &mac);
	if (mode != NULL)
		g_assert_true(bond_set_option(f->bond, "mode", mode, BOND_SOURCE_NETLINK, f->now, NULL));
	g_array_set_size(f->options, 0);
}

static void
tear_down(struct fixture *f, gconstpointer mode)
{
	bond_free(f->bond, f->now);
	g_array_unref(f->options);
	g_ptr_array_unref(f->messages);
}

static void
set_from(struct fixture *f, enum bond_option_source source, const char *name, const char *value, int errnum,
	 const char *extack)
{
	g_autoptr(GError) error = NULL;

	g_test_message("%s = \"%s\"", name, value);
	if (bond_set_option(f->bond, name, value, source, f->now, &error)) {
		g_assert_no_error(error);
		g_assert_cmpint(errnum, ==, 0);
		return;
	}
	g_assert_error(error, BOND_ERROR, errnum);
	g_assert_cmpstr(bond_error_extack(error), ==, extack);
	g_assert_nonnull(strstr(error->message, "bond0"));
}

static const char *
words_for(int errnum)
{
	switch (errnum) {
	case EACCES:
		return "option not supported in mode";
	case ENOTEMPTY:
		return "unable to set option because the bond device has slaves";
	case EBUSY:
		return "unable to set option because the bond is up";
	case ENODEV:
		return "interface does not exist";
	case EINVAL:
		return "invalid option value";
	default:
		return "";
	}
}

static void
sysfs(struct fixture *f, const char *name, const char *value, int errnum)
{
	set_from(f, BOND_SOURCE_SYSFS, name, value, errnum, words_for(errnum));
}

static void
netlink(struct fixture *f, const char *name, const char *value, int errnum)
{
	set_from(f, BOND_SOURCE_NETLINK, name, value, errnum, words_for(errnum));
}

static void
port_option(struct fixture *f, const char *port, const char *name, const char *value, int errnum)
{
	g_autoptr(GError) error = NULL;

	g_test_message("%s: %s = \"%s\"", port, name, value);
	if (bond_set_port_option(f->bond, port, name, value, f->now, &error))
		g_assert_cmpint(errnum, ==, 0);
	else
		g_assert_error(error, BOND_ERROR, errnum);
}

static void
assert_option(struct fixture *f, const char *name, const char *expected)
{
	g_autofree char *value = bond_get_option(f->bond, name);

	g_test_message("%s", name);
	g_assert_cmpstr(value, ==, expected);
}

static gboolean
was_told(struct fixture *f, enum bond_option_id id)
{
	for (guint i = 0; i < f->options->len; i++) {
		if (g_array_index(f->options, enum bond_option_id, i) == id)
			return TRUE;
	}
	return FALSE;
}

static void
add_ports(struct fixture *f, guint n)
{
	for (guint i = 0; i < n; i++) {
		g_autofree char *command = g_strdup_printf("+p%u\n", i);

		sysfs(f, "slaves", command, 0);
	}
}

static void
bring_up(struct fixture *f)
{
	bond_set_up(f->bond, TRUE, f->now);
	f->now += BOND_SEC;
	bond_run(f->bond, f->now);
}

struct step {
	const char *name, *value;
	int errnum;
};

static void
play(struct fixture *f, const struct step *steps)
{
	for (; steps->name != NULL; steps++)
		sysfs(f, steps->name, steps->value, steps->errnum);
}

/* A mode that does not know the option refuses first, whatever the value; then state; then the value. */
static void
test_order_of_checks(struct fixture *f, gconstpointer mode)
{
	static const struct step down[] = {
	    {"primary", "p0", EACCES},
	    {"lacp_rate", "2", EACCES},
	    {"ad_actor_sys_prio", "65536", EACCES},
	    {"ad_actor_system", "zz", EACCES},
	    {"tlb_dynamic_lb", "2", EACCES},
	    {"active_slave", "p9", EACCES},
	    {"ad_select", "3", EINVAL},
	    {"ad_select", "bandwidth", 0},
	    {"fail_over_mac", "3", EINVAL},
	    {"fail_over_mac", "active", 0},
	    {"queue_id", "p0:1", EPERM},
	    {"peer_notif_delay", "100", EPERM},
	    {"mii_status", "up", EACCES},
	    {"ad_aggregator", "1", EACCES},
	    {"no_such", "1", ENOENT},
	    {"ns_ip6_target", "2001:db8::1", ENOENT},
	    {NULL, NULL, 0},
	};
	static const struct step up[] = {
	    {"fail_over_mac", "follow", ENOTEMPTY},
	    {"fail_over_mac", "nonsense", ENOTEMPTY},
	    {"ad_select", "count", EBUSY},
	    {"ad_select", "nonsense", EBUSY},
	    {"mode", "3", ENOTEMPTY},
	    {NULL, NULL, 0},
	};

	play(f, down);
	add_ports(f, 2);
	bring_up(f);
	play(f, up);
	sysfs(f, "slaves", "-p0", 0);
	sysfs(f, "slaves", "-p1", 0);
	sysfs(f, "mode", "3", EBUSY);
}

/* Each option in each mode is refused exactly where the table says so. */
static void
test_modes(struct fixture *f, gconstpointer unused)
{
	for (guint mode = 0; mode < BOND_N_MODES; mode++) {
		netlink(f, "mode", bond_option_value_name(BOND_OPT_MODE, mode), 0);
		for (guint i = 1; i < BOND_N_OPTIONS; i++) {
			const struct bond_option *o = &bond_option_table()[i];
			g_autoptr(GError) error = NULL;

			if ((o->flags & BOND_OPTFLAG_PORT) || !(o->flags & BOND_OPTFLAG_NETLINK))
				continue;
			if (bond_set_option(f->bond, o->name, "nonsense", BOND_SOURCE_NETLINK, f->now, &error)) {
				g_assert_cmpuint(i, ==, BOND_OPT_PRIMARY);
				continue;
			}
			g_test_message("%s: %s", o->name, error->message);
			if (o->unsupported_modes & (1u << mode))
				g_assert_error(error, BOND_ERROR, EACCES);
			else
				g_assert_error(error, BOND_ERROR, (i == BOND_OPT_ACTIVE_SLAVE ? ENODEV : EINVAL));
		}
	}
}

static void
test_mode_change(struct fixture *f, gconstpointer unused)
{
	netlink(f, "arp_interval", "100", 0);
	netlink(f, "arp_ip_target", "10.0.0.1", 0);
	netlink(f, "arp_validate", "all", 0);
	g_array_set_size(f->options, 0);
	sysfs(f, "mode", "4", 0);
	assert_option(f, "mode", "802.3ad");
	assert_option(f, "arp_interval", "0");
	assert_option(f, "arp_validate", "none");
	assert_option(f, "miimon", "100");
	assert_option(f, "arp_ip_target", "10.0.0.1");
	g_assert_true(was_told(f, BOND_OPT_MODE));
	g_assert_true(was_told(f, BOND_OPT_ARP_INTERVAL));
	g_assert_true(was_told(f, BOND_OPT_ARP_VALIDATE));
	g_assert_true(was_told(f, BOND_OPT_MIIMON));
	g_assert_false(was_told(f, BOND_OPT_ARP_IP_TARGET));
	sysfs(f, "mode", "balance-tlb", 0);
	sysfs(f, "tlb_dynamic_lb", "0", 0);
	sysfs(f, "mode", "balance-alb", 0);
	assert_option(f, "tlb_dynamic_lb", "on");
	sysfs(f, "mode", "7", EINVAL);
	assert_option(f, "mode", "balance-alb");
}

static void
test_monitors(struct fixture *f, gconstpointer mode)
{
	static const char *const both[] = {"arp_interval", "100", "miimon", "100", NULL};
	static const char *const validate[] = {"miimon", "100", "arp_validate", "all", NULL};
	static const char *const one_off[] = {"miimon", "0", "arp_interval", "250", NULL};
	g_autoptr(GError) error = NULL;

	sysfs(f, "miimon", "100", 0);
	sysfs(f, "updelay", "250", 0);
	assert_option(f, "updelay", "200");
	g_assert_cmpuint(f->messages->len, ==, 1);
	g_assert_cmpstr(f->messages->pdata[0], ==,
			"up delay (250) is not a multiple of miimon (100), value rounded to 200 ms");
	sysfs(f, "miimon", "50", 0);
	assert_option(f, "updelay", "100");
	sysfs(f, "arp_interval", "100", 0);
	assert_option(f, "miimon", "0");
	assert_option(f, "updelay", "0");
	sysfs(f, "updelay", "100", EPERM);
	sysfs(f, "arp_validate", "filter", 0);
	sysfs(f, "miimon", "0", 0);
	assert_option(f, "arp_interval", "100");
	sysfs(f, "miimon", "10", 0);
	assert_option(f, "arp_interval", "0");
	assert_option(f, "arp_validate", "none");
	assert_option(f, "updelay", "20");

	g_assert_false(bond_set_options(f->bond, both, f->now, &error));
	g_assert_error(error, BOND_ERROR, EINVAL);
	g_assert_cmpstr(bond_error_extack(error), ==, "ARP monitoring cannot be used with MII monitoring");
	assert_option(f, "miimon", "100");
	g_clear_error(&error);
	g_assert_false(bond_set_options(f->bond, validate, f->now, &error));
	g_assert_cmpstr(bond_error_extack(error), ==, "ARP validating cannot be used with MII monitoring");
	g_assert_true(bond_set_options(f->bond, one_off, f->now, NULL));
	assert_option(f, "arp_interval", "250");
}

static void
test_netlink_order(struct fixture *f, gconstpointer unused)
{
	/* Given backwards: the delay needs miimon, primary needs the mode. */
	static const char *const backwards[] = {"primary", "p1",  "peer_notify_delay", "200", "updelay", "300",
						"miimon",  "100", "num_unsol_na",      "7",   "mode",	 "1",
						NULL};
	static const char *const fails_late[] = {"resend_igmp", "256", "use_carrier", "0", NULL};
	static const char *const unknown[] = {"use_carrier", "1", "no_such", "1", NULL};
	static const char *const of_a_port[] = {"prio", "1", NULL};
	g_autoptr(GError) error = NULL;

	g_assert_true(bond_set_options(f->bond, backwards, f->now, &error));
	g_assert_no_error(error);
	assert_option(f, "updelay", "300");
	assert_option(f, "peer_notif_delay", "200");
	assert_option(f, "num_grat_arp", "7");
	assert_option(f, "primary", "p1");
	g_assert_false(bond_set_options(f->bond, fails_late, f->now, &error));
	g_assert_error(error, BOND_ERROR, EINVAL);
	assert_option(f, "use_carrier", "off");
	g_clear_error(&error);
	g_assert_false(bond_set_options(f->bond, unknown, f->now, &error));
	g_assert_error(error, BOND_ERROR, ENOENT);
	assert_option(f, "use_carrier", "off");
	g_clear_error(&error);
	g_assert_false(bond_set_options(f->bond, of_a_port, f->now, &error));
	g_assert_error(error, BOND_ERROR, ENOENT);
}

static void
test_arp_targets(struct fixture *f, gconstpointer mode)
{
	sysfs(f, "arp_ip_target", "+192.168.7.254\n", 0);
	sysfs(f, "arp_ip_target", "+192.168.7.254", EINVAL);
	sysfs(f, "arp_ip_target", "192.168.7.253", EPERM);
	sysfs(f, "arp_ip_target", "+0.0.0.0", EINVAL);
	sysfs(f, "arp_ip_target", "+255.255.255.255", EINVAL);
	sysfs(f, "arp_ip_target", "+foo", EPERM);
	sysfs(f, "arp_ip_target", "", EPERM);
	for (guint i = 1; i < BOND_MAX_ARP_TARGETS; i++) {
		g_autofree char *text = g_strdup_printf("+10.0.0.%u", i);

		sysfs(f, "arp_ip_target", text, 0);
	}
	sysfs(f, "arp_ip_target", "+10.0.0.16", EINVAL);
	sysfs(f, "arp_ip_target", "-10.0.0.3", 0);
	sysfs(f, "arp_ip_target", "-10.9.9.9", EINVAL);
	assert_option(f, "arp_ip_target",
		      "192.168.7.254,10.0.0.1,10.0.0.2,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8,10.0.0.9,"
		      "10.0.0.10,10.0.0.11,10.0.0.12,10.0.0.13,10.0.0.14,10.0.0.15");
	netlink(f, "arp_ip_target", "1.1.1.1, 2.2.2.2", 0);
	assert_option(f, "arp_ip_target", "1.1.1.1,2.2.2.2");
	netlink(f, "arp_ip_target", "3.3.3.3,", EINVAL);
	assert_option(f, "arp_ip_target", "1.1.1.1,2.2.2.2");
	netlink(f, "arp_ip_target", "1.1.1.1,1.1.1.1,4.4.4.4", EINVAL);
	assert_option(f, "arp_ip_target", "1.1.1.1");
	netlink(f, "arp_ip_target", "", 0);
	assert_option(f, "arp_ip_target", "");
}

static void
test_ns_targets(struct fixture *f, gconstpointer mode)
{
	netlink(f, "ns_ip6_target", "2001:db8::1,2001:DB8:0::2", 0);
	assert_option(f, "ns_ip6_target", "2001:db8::1,2001:db8::2");
	netlink(f, "ns_ip6_target", "nonsense", EINVAL);
	assert_option(f, "ns_ip6_target", "2001:db8::1,2001:db8::2");
	netlink(f, "ns_ip6_target", "ff02::1", EINVAL);
	assert_option(f, "ns_ip6_target", "");
	netlink(f, "ns_ip6_target", "::1", EINVAL);
	netlink(f, "ns_ip6_target", "::", EINVAL);
	netlink(f, "ns_ip6_target", "2001:db8::1,2001:db8::1", EINVAL);
	set_from(f, BOND_SOURCE_NETLINK, "ns_ip6_target", "fe80::1", EINVAL, "Invalid IPv6 addr6");
}

static void
test_ns_target_limit(struct fixture *f, gconstpointer mode)
{
	g_autoptr(GString) list = g_string_new("2001:db8::1");

	for (guint i = 2; i <= BOND_MAX_NS_TARGETS; i++)
		g_string_append_printf(list, ",2001:db8::%x", i);
	netlink(f, "ns_ip6_target", list->str, 0);
	g_string_append(list, ",2001:db8::ff");
	netlink(f, "ns_ip6_target", list->str, EINVAL);
	g_assert_cmpuint(bond_get_params(f->bond)->n_ns_targets, ==, BOND_MAX_NS_TARGETS);
}

static void
test_queue_id(struct fixture *f, gconstpointer mode)
{
	add_ports(f, 2);
	bring_up(f);
	sysfs(f, "queue_id", "p0:2\n", 0);
	sysfs(f, "queue_id", "p1:16", 0);
	sysfs(f, "queue_id", "p1:17", EPERM);
	sysfs(f, "queue_id", "p1:2", EPERM);
	sysfs(f, "queue_id", "p9:1", EPERM);
	sysfs(f, "queue_id", "p1", EPERM);
	sysfs(f, "queue_id", "p1:", EPERM);
	sysfs(f, "queue_id", "p1:2x", EPERM);
	sysfs(f, "queue_id", "p1:-1", EPERM);
	sysfs(f, "queue_id", "", EPERM);
	sysfs(f, "queue_id", ":", EPERM);
	sysfs(f, "queue_id", "p1:99999999999999999999", EPERM);
	assert_option(f, "queue_id", "p0:2,p1:16");
	sysfs(f, "queue_id", "p1:65536", 0);
	assert_option(f, "queue_id", "p0:2,p1:0");
	f->plans = 0;
	port_option(f, "p1", "queue_id", "3", 0);
	g_assert_cmpuint(f->plans, ==, 1);
	port_option(f, "p1", "queue_id", "2", EPERM);
	port_option(f, "p1", "queue_id", "17", EPERM);
	port_option(f, "p1", "queue_id", "65536", EINVAL);
	port_option(f, "p1", "queue_id", "x", EINVAL);
	port_option(f, "p1", "miimon", "1", ENOENT);
	port_option(f, "p2", "queue_id", "1", EINVAL);
	port_option(f, "nobody", "queue_id", "1", ENODEV);
	assert_option(f, "queue_id", "p0:2,p1:3");
	g_assert_true(was_told(f, BOND_OPT_QUEUE_ID));
}

static void
test_primary(struct fixture *f, gconstpointer mode)
{
	netlink(f, "miimon", "100", 0);
	netlink(f, "primary", "p2", 0);
	assert_option(f, "primary", "p2");
	add_ports(f, 3);
	bring_up(f);
	assert_option(f, "active_slave", "p2");
	sysfs(f, "primary", "p1\n", 0);
	assert_option(f, "active_slave", "p1");
	sysfs(f, "primary", "p9", 0);
	g_assert_null(bond_primary_port(f->bond));
	assert_option(f, "primary", "p9");
	sysfs(f, "primary", "\n", 0);
	assert_option(f, "primary", "");
	sysfs(f, "primary", "a/b", EINVAL);
	sysfs(f, "primary", "a-name-that-is-too-long", EINVAL);
	assert_option(f, "primary", "");
	netlink(f, "prio", "1", ENOENT);
	port_option(f, "p0", "prio", "10", 0);
	assert_option(f, "active_slave", "p0");
	port_option(f, "p2", "prio", "-2147483649", EINVAL);
}

static void
test_active_port(struct fixture *f, gconstpointer mode)
{
	netlink(f, "miimon", "100", 0);
	add_ports(f, 2);
	sysfs(f, "active_slave", "lo", EINVAL);
	sysfs(f, "active_slave", "p9", ENODEV);
	bring_up(f);
	assert_option(f, "active_slave", "p0");
	sysfs(f, "active_slave", "p1\n", 0);
	assert_option(f, "active_slave", "p1");
	sysfs(f, "active_slave", "\n", 0);
	g_assert_nonnull(bond_active_port(f->bond));
}

static void
test_slaves(struct fixture *f, gconstpointer mode)
{
	sysfs(f, "slaves", "+p0\n", 0);
	sysfs(f, "slaves", "p1", EPERM);
	sysfs(f, "slaves", "+", EPERM);
	sysfs(f, "slaves", "+a/b", EPERM);
	sysfs(f, "slaves", "+p9", ENODEV);
	sysfs(f, "slaves", "-p9", ENODEV);
	sysfs(f, "slaves", "-p3", EINVAL);
	set_from(f, BOND_SOURCE_SYSFS, "slaves", "+lo", EPERM, "Device can not be enslaved while up");
	netlink(f, "slaves", "+p1", ENOENT);
	assert_option(f, "slaves", "p0");
	sysfs(f, "slaves", "+p1", 0);
	assert_option(f, "slaves", "p0,p1");
	sysfs(f, "slaves", "-p0", 0);
	assert_option(f, "slaves", "p1");
}

static void
test_all_slaves_active(struct fixture *f, gconstpointer mode)
{
	netlink(f, "miimon", "100", 0);
	add_ports(f, 2);
	bring_up(f);
	g_assert_true(port_is_inactive(bond_find_port(f->bond, "p1")));
	f->plans = 0;
	sysfs(f, "all_slaves_active", "1", 0);
	g_assert_false(port_is_inactive(bond_find_port(f->bond, "p1")));
	g_assert_cmpuint(f->plans, ==, 1);
	sysfs(f, "all_slaves_active", "0", 0);
	g_assert_true(port_is_inactive(bond_find_port(f->bond, "p1")));
	g_assert_false(port_is_inactive(bond_find_port(f->bond, "p0")));
}

static void
test_actor_system(struct fixture *f, gconstpointer mode)
{
	sysfs(f, "ad_actor_system", "02:00:00:00:00:99\n", 0);
	assert_option(f, "ad_actor_system", "02:00:00:00:00:99");
	sysfs(f, "ad_actor_system", "01:00:00:00:00:99", EINVAL);
	sysfs(f, "ad_actor_system", "zz", EINVAL);
	sysfs(f, "ad_actor_system", "02:00:00:00:00:9", EINVAL);
	sysfs(f, "ad_actor_system", "02-00-00-00-00-99", EINVAL);
	sysfs(f, "ad_actor_system", "02:00:00:00:00:99:00", EINVAL);
	assert_option(f, "ad_actor_system", "02:00:00:00:00:99");
	sysfs(f, "ad_actor_system", "00:00:00:00:00:00", 0);
	assert_option(f, "ad_actor_system", "00:00:00:00:00:00");
}

/* Text read is text that can be written, for every option that has a value. */
static void
test_values_round_trip(struct fixture *f, gconstpointer mode)
{
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *o = &bond_option_table()[i];
		g_autofree char *value = bond_get_option(f->bond, o->name);

		g_assert_nonnull(value);
		if (!(o->flags & BOND_OPTFLAG_NETLINK) || (o->flags & BOND_OPTFLAG_PORT) ||
		    (o->unsupported_modes & (1u << BOND_MODE_ACTIVEBACKUP)))
			continue;
		/* Without miimon a delay cannot even be set to 0. */
		if (o->id == BOND_OPT_UPDELAY || o->id == BOND_OPT_DOWNDELAY || o->id == BOND_OPT_PEER_NOTIF_DELAY)
			continue;
		netlink(f, o->name, value, 0);
		assert_option(f, o->name, value);
	}
	g_assert_null(bond_get_option(f->bond, "no_such"));
	g_assert_cmpuint(f->options->len, ==, 0);
}

/* A message names the bond, the option, the value and what to do. */
static void
test_messages(struct fixture *f, gconstpointer mode)
{
	static const struct {
		const char *name, *value, *message;
	} cases[] = {
	    {"resend_igmp", "256", "bond0: \"256\" is no value of option resend_igmp: it takes 0 to 255"},
	    {"primary", "p0",
	     "bond0: option primary works in active-backup, balance-tlb and balance-alb only, and bond0 is in mode "
	     "balance-rr"},
	    {"mode", "1",
	     "bond0: option mode can change only while the bond is down and has no ports: remove p0, p1 first"},
	    {"ad_select", "count",
	     "bond0: option ad_select can change only while the bond is down: set bond0 down first"},
	    {"updelay", "100", "bond0: option updelay counts in steps of miimon, and miimon is 0: set miimon first"},
	    {"queue_id", "p0:77", "bond0: queue_id 77 of port p0 is out of range: it takes 0 to 16"},
	    {"resend_igmp", "\xff", "bond0: \"\xef\xbf\xbd\" is no value of option resend_igmp: it takes 0 to 255"},
	};

	add_ports(f, 2);
	bring_up(f);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(
		    bond_set_option(f->bond, cases[i].name, cases[i].value, BOND_SOURCE_SYSFS, f->now, &error));
		g_assert_cmpstr(error->message, ==, cases[i].message);
	}
}

/* Ticks that do not fit when miimon grows under them, as the kernel allows. */
static void
test_huge_delays(struct fixture *f, gconstpointer mode)
{
	struct bond_port_link link = {.running = TRUE, .speed = 1000, .duplex = BOND_DUPLEX_FULL};

	netlink(f, "miimon", "1", 0);
	netlink(f, "updelay", "maxval", 0);
	netlink(f, "downdelay", "maxval", 0);
	netlink(f, "peer_notif_delay", "maxval", 0);
	netlink(f, "num_grat_arp", "255", 0);
	add_ports(f, 2);
	bring_up(f);
	netlink(f, "miimon", "maxval", 0);
	for (guint i = 0; i < 4; i++) {
		link.carrier = i % 2;
		bond_port_set_link(bond_nth_port(f->bond, 0), &link, f->now);
		bond_run(f->bond, f->now);
		g_assert_cmpint(bond_next_deadline(f->bond), >=, f->now);
		f->now += BOND_SEC;
	}
}

/* All options of the bond, one a line. */
static char *
all_values(struct fixture *f)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		g_autofree char *value = bond_get_option(f->bond, bond_option_table()[i].name);

		g_string_append_printf(text, "%s=%s\n", bond_option_table()[i].name, value);
	}
	return g_string_free(text, FALSE);
}

static void
set_at_random(struct fixture *f)
{
	static const char *const values[] = {
	    "0",	   "1",
	    "2",	   "100",
	    "255",	   "65536",
	    "4294967296",  "-1",
	    "off",	   "on",
	    "p0",	   "p1",
	    "p3",	   "lo",
	    "+p2",	   "-p2",
	    "p0:1",	   "p1:1",
	    "::1",	   "10.0.0.1",
	    "+1.1.1.1",	   "-1.1.1.1",
	    "maxval",	   "default",
	    "\n",	   "",
	    "%s%n%n",	   ":",
	    ",",	   "a,b",
	    "802.3ad",	   "follow",
	    "2001:db8::7", "02:00:00:00:00:07",
	    "\xfe\xff",	   "layer3+4",
	};
	const struct bond_option *o = &bond_option_table()[g_test_rand_int_range(0, BOND_N_OPTIONS)];
	const char *value = values[g_test_rand_int_range(0, G_N_ELEMENTS(values))];
	enum bond_option_source source = g_test_rand_int_range(0, 2);
	g_autofree char *before = all_values(f);
	g_autofree char *after = NULL;
	g_autoptr(GError) error = NULL;

	if (bond_set_option(f->bond, o->name, value, source, f->now, &error))
		return;
	g_assert_nonnull(error);
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
	/* A list that replaces another is the one thing that an error leaves half done, as in the kernel. */
	after = all_values(f);
	if (o->type != BOND_OPTION_IP4_LIST && o->type != BOND_OPTION_IP6_LIST)
		g_assert_cmpstr(before, ==, after);
}

/* Whatever is written, it is done or refused with nothing changed, and the bond lives on. */
static void
test_random(struct fixture *f, gconstpointer mode)
{
	for (guint i = 0; i < 4000; i++) {
		set_at_random(f);
		if (i % 7 == 0)
			bond_set_up(f->bond, i % 2, f->now);
		f->now += g_test_rand_int_range(0, 200) * BOND_MSEC;
		bond_run(f->bond, f->now);
	}
}

#define TEST(path, mode, function) g_test_add(path, struct fixture, mode, set_up, function, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("/options-set/order-of-checks", "balance-rr", test_order_of_checks);
	TEST("/options-set/modes", NULL, test_modes);
	TEST("/options-set/mode-change", NULL, test_mode_change);
	TEST("/options-set/monitors", "active-backup", test_monitors);
	TEST("/options-set/netlink-order", NULL, test_netlink_order);
	TEST("/options-set/arp-targets", "active-backup", test_arp_targets);
	TEST("/options-set/ns-targets", "active-backup", test_ns_targets);
	TEST("/options-set/ns-target-limit", "active-backup", test_ns_target_limit);
	TEST("/options-set/queue-id", "active-backup", test_queue_id);
	TEST("/options-set/primary", "active-backup", test_primary);
	TEST("/options-set/active-port", "active-backup", test_active_port);
	TEST("/options-set/slaves", "active-backup", test_slaves);
	TEST("/options-set/all-slaves-active", "active-backup", test_all_slaves_active);
	TEST("/options-set/actor-system", "802.3ad", test_actor_system);
	TEST("/options-set/values-round-trip", "active-backup", test_values_round_trip);
	TEST("/options-set/messages", NULL, test_messages);
	TEST("/options-set/huge-delays", "active-backup", test_huge_delays);
	TEST("/options-set/random", "active-backup", test_random);
	return g_test_run();
}
