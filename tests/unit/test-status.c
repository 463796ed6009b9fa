/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's text, byte for byte. */
#include "engine/status.h"

static int
set_port_up(void *user, struct bond_port *port, gboolean up)
{
	struct bond_port_link link = {.running = up,
				      .carrier = TRUE,
				      .speed = port_ifindex(port) == 11 ? BOND_SPEED_UNKNOWN : 1000,
				      .duplex = port_ifindex(port) == 11 ? BOND_DUPLEX_UNKNOWN : BOND_DUPLEX_HALF};

	bond_port_set_link(port, &link, 0);
	return 0;
}

static const struct bond_ops ops = {.set_port_up = set_port_up};

/* A bond with @settings and @n ports p0 (1000 half), p1 (unknown), up. */
static struct bond *
make_bond(const char *const *settings, guint n)
{
	static const char *const names[] = {"p0", "p1"};
	const struct bond_mac mac = {{2, 0, 0, 0, 1, 0}};
	struct bond *bond = bond_new("bond0", &ops, NULL, &mac);
	g_autoptr(GError) error = NULL;

	g_assert_true(bond_set_options(bond, settings, 0, &error));
	for (guint i = 0; i < n; i++) {
		struct bond_port_info info = {
		    .name = names[i],
		    .ifindex = 10 + i,
		    .type = 1,
		    .mac = {{2, 0, 0, 0, 0, (guint8) (i + 1)}},
		    .mtu = 1500,
		};

		info.link.carrier = TRUE;
		info.link.speed = BOND_SPEED_UNKNOWN;
		info.link.duplex = BOND_DUPLEX_UNKNOWN;
		g_assert_nonnull(bond_enslave(bond, &info, 0, &error));
	}
	if (n > 0)
		bond_set_up(bond, TRUE, 0);
	bond_run(bond, BOND_SEC);
	return bond;
}

static void
assert_proc(const char *const *settings, guint n, const char *expected)
{
	struct bond *bond = make_bond(settings, n);
	g_autofree char *text = bond_status_proc(bond, "v6.12.117");

	g_assert_cmpstr(text, ==, expected);
	bond_free(bond, BOND_SEC);
}

static void
test_proc_empty(void)
{
	static const char *const settings[] = {NULL};

	assert_proc(settings, 0,
		    "Ethernet Channel Bonding Driver: v6.12.117\n"
		    "\n"
		    "Bonding Mode: load balancing (round-robin)\n"
		    "MII Status: down\n"
		    "MII Polling Interval (ms): 0\n"
		    "Up Delay (ms): 0\n"
		    "Down Delay (ms): 0\n"
		    "Peer Notification Delay (ms): 0\n");
}

static void
test_proc_active_backup(void)
{
	static const char *const settings[] = {
	    "mode",    "1",  "miimon",		 "100",	   "updelay",	    "200",    "downdelay", "300",
	    "primary", "p1", "primary_reselect", "better", "fail_over_mac", "follow", NULL};

	assert_proc(settings, 2,
		    "Ethernet Channel Bonding Driver: v6.12.117\n"
		    "\n"
		    "Bonding Mode: fault-tolerance (active-backup) (fail_over_mac follow)\n"
		    "Primary Slave: p1 (primary_reselect better)\n"
		    "Currently Active Slave: p1\n"
		    "MII Status: up\n"
		    "MII Polling Interval (ms): 100\n"
		    "Up Delay (ms): 200\n"
		    "Down Delay (ms): 300\n"
		    "Peer Notification Delay (ms): 0\n"
		    "\n"
		    "Slave Interface: p0\n"
		    "MII Status: up\n"
		    "Speed: 1000 Mbps\n"
		    "Duplex: half\n"
		    "Link Failure Count: 0\n"
		    "Permanent HW addr: 02:00:00:00:00:01\n"
		    "Slave queue ID: 0\n"
		    "\n"
		    "Slave Interface: p1\n"
		    "MII Status: up\n"
		    "Speed: Unknown\n"
		    "Duplex: Unknown\n"
		    "Link Failure Count: 0\n"
		    "Permanent HW addr: 02:00:00:00:00:02\n"
		    "Slave queue ID: 0\n");
}

static void
test_proc_primary_absent(void)
{
	static const char *const settings[] = {"mode", "1", "primary", "p1", NULL};

	assert_proc(settings, 0,
		    "Ethernet Channel Bonding Driver: v6.12.117\n"
		    "\n"
		    "Bonding Mode: fault-tolerance (active-backup)\n"
		    "Primary Slave: None\n"
		    "Currently Active Slave: None\n"
		    "MII Status: down\n"
		    "MII Polling Interval (ms): 0\n"
		    "Up Delay (ms): 0\n"
		    "Down Delay (ms): 0\n"
		    "Peer Notification Delay (ms): 0\n");
}

static void
test_proc_hash_and_arp(void)
{
	static const char *const settings[] = {"mode",
					       "balance-xor",
					       "xmit_hash_policy",
					       "layer3+4",
					       "arp_interval",
					       "200",
					       "arp_ip_target",
					       "192.168.7.254,10.0.0.1",
					       "arp_missed_max",
					       "5",
					       "ns_ip6_target",
					       "2001:db8::1,2001:db8::2",
					       NULL};
	static const char *const no_targets[] = {"arp_interval", "1", NULL};

	assert_proc(settings, 0,
		    "Ethernet Channel Bonding Driver: v6.12.117\n"
		    "\n"
		    "Bonding Mode: load balancing (xor)\n"
		    "Transmit Hash Policy: layer3+4 (1)\n"
		    "MII Status: down\n"
		    "MII Polling Interval (ms): 0\n"
		    "Up Delay (ms): 0\n"
		    "Down Delay (ms): 0\n"
		    "Peer Notification Delay (ms): 0\n"
		    "ARP Polling Interval (ms): 200\n"
		    "ARP Missed Max: 5\n"
		    "ARP IP target/s (n.n.n.n form): 192.168.7.254, 10.0.0.1\n"
		    "NS IPv6 target/s (xx::xx form): 2001:db8::1, 2001:db8::2\n");
	assert_proc(no_targets, 0,
		    "Ethernet Channel Bonding Driver: v6.12.117\n"
		    "\n"
		    "Bonding Mode: load balancing (round-robin)\n"
		    "MII Status: down\n"
		    "MII Polling Interval (ms): 0\n"
		    "Up Delay (ms): 0\n"
		    "Down Delay (ms): 0\n"
		    "Peer Notification Delay (ms): 0\n"
		    "ARP Polling Interval (ms): 1\n"
		    "ARP Missed Max: 2\n"
		    "ARP IP target/s (n.n.n.n form):\n"
		    "NS IPv6 target/s (xx::xx form):\n");
}

struct expectation {
	const char *name;
	guint mode;
	const char *text;
};

/* All files of bonding/, by name, as a recorded active-backup bond shows them. */
static const struct expectation active_backup[] = {
    {"active_slave", 0644, "p0\n"},
    {"ad_actor_key", 0444, ""},
    {"ad_actor_sys_prio", 0644, ""},
    {"ad_actor_system", 0644, ""},
    {"ad_aggregator", 0444, ""},
    {"ad_num_ports", 0444, ""},
    {"ad_partner_key", 0444, ""},
    {"ad_partner_mac", 0444, ""},
    {"ad_select", 0644, "stable 0\n"},
    {"ad_user_port_key", 0644, ""},
    {"all_slaves_active", 0644, "0\n"},
    {"arp_all_targets", 0644, "any 0\n"},
    {"arp_interval", 0644, "0\n"},
    {"arp_ip_target", 0644, ""},
    {"arp_missed_max", 0644, "2\n"},
    {"arp_validate", 0644, "none 0\n"},
    {"downdelay", 0644, "0\n"},
    {"fail_over_mac", 0644, "none 0\n"},
    {"lacp_active", 0644, "on 1\n"},
    {"lacp_rate", 0644, "slow 0\n"},
    {"lp_interval", 0644, "1\n"},
    {"mii_status", 0444, "up\n"},
    {"miimon", 0644, "100\n"},
    {"min_links", 0644, "0\n"},
    {"mode", 0644, "active-backup 1\n"},
    {"num_grat_arp", 0644, "1\n"},
    {"num_unsol_na", 0644, "1\n"},
    {"packets_per_slave", 0644, "1\n"},
    {"peer_notif_delay", 0644, "0\n"},
    {"primary", 0644, ""},
    {"primary_reselect", 0644, "always 0\n"},
    {"queue_id", 0644, "p0:2 p1:0\n"},
    {"resend_igmp", 0644, "1\n"},
    {"slaves", 0644, "p0 p1\n"},
    {"tlb_dynamic_lb", 0644, "1\n"},
    {"updelay", 0644, "200\n"},
    {"use_carrier", 0644, "1\n"},
    {"xmit_hash_policy", 0644, "layer2 0\n"},
};

/* Where a bond without ports differs in other modes. */
static const struct expectation empty_8023ad[] = {
    {"active_slave", 0644, ""},
    {"ad_actor_key", 0444, "0\n"},
    {"ad_actor_sys_prio", 0644, "65535\n"},
    {"ad_actor_system", 0644, "00:00:00:00:00:00\n"},
    {"ad_aggregator", 0444, "0\n"},
    {"ad_num_ports", 0444, "0\n"},
    {"ad_partner_key", 0444, "0\n"},
    {"ad_partner_mac", 0444, ""},
    {"ad_user_port_key", 0644, "321\n"},
    {"arp_ip_target", 0644, "10.0.0.1 10.0.0.2\n"},
    {"mii_status", 0444, "down\n"},
    {"miimon", 0644, "100\n"},
    {"mode", 0644, "802.3ad 4\n"},
    {"queue_id", 0644, ""},
    {"slaves", 0644, ""},
};

static const struct expectation active_port[] = {
    {"ad_actor_oper_port_state", 0444, "N/A\n"},
    {"ad_aggregator_id", 0444, "N/A\n"},
    {"ad_partner_oper_port_state", 0444, "N/A\n"},
    {"link_failure_count", 0444, "0\n"},
    {"mii_status", 0444, "up\n"},
    {"perm_hwaddr", 0444, "02:00:00:00:00:01\n"},
    {"queue_id", 0444, "2\n"},
    {"state", 0444, "active\n"},
};

static void
assert_attribute(const struct bond *bond, const struct expectation *e)
{
	g_autofree char *text = bond_status_attribute(bond, e->name);

	g_test_message("%s", e->name);
	g_assert_cmpstr(text, ==, e->text);
}

static void
test_attributes(void)
{
	static const char *const settings[] = {"mode", "1", "miimon", "100", "updelay", "200", NULL};
	struct bond *bond = make_bond(settings, 2);
	guint n;
	const struct bond_attribute *attributes = bond_status_attributes(&n);

	g_assert_true(bond_set_option(bond, "queue_id", "p0:2", BOND_SOURCE_SYSFS, BOND_SEC, NULL));
	g_assert_cmpuint(n, ==, G_N_ELEMENTS(active_backup));
	for (guint i = 0; i < n; i++) {
		g_assert_cmpstr(attributes[i].name, ==, active_backup[i].name);
		g_assert_cmpuint(attributes[i].mode, ==, active_backup[i].mode);
		assert_attribute(bond, &active_backup[i]);
	}
	g_assert_null(bond_status_attribute(bond, "no_such"));
	bond_free(bond, BOND_SEC);
}

static void
test_attributes_8023ad(void)
{
	static const char *const settings[] = {
	    "mode", "4", "ad_user_port_key", "321", "arp_ip_target", "10.0.0.1,10.0.0.2", NULL};
	struct bond *bond = make_bond(settings, 0);

	for (guint i = 0; i < G_N_ELEMENTS(empty_8023ad); i++)
		assert_attribute(bond, &empty_8023ad[i]);
	bond_free(bond, BOND_SEC);
}

/* Every attribute that can be written is an option of sysfs, and the other way round. */
static void
test_attributes_are_options(void)
{
	guint n;
	const struct bond_attribute *attributes = bond_status_attributes(&n);

	for (guint i = 0; i < n; i++) {
		const struct bond_option *option = bond_option_find(attributes[i].name);

		g_test_message("%s", attributes[i].name);
		g_assert_cmpint(attributes[i].mode == 0644, ==,
				option != NULL && (option->flags & BOND_OPTFLAG_SYSFS) != 0);
	}
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *option = &bond_option_table()[i];
		gboolean found = FALSE;

		for (guint j = 0; j < n; j++)
			found |= g_str_equal(attributes[j].name, option->name);
		g_assert_cmpint(found, ==, (option->flags & BOND_OPTFLAG_SYSFS) != 0);
	}
}

/* What an enum or number attribute shows can be written back. */
static void
test_attributes_write_back(void)
{
	for (guint mode = 0; mode < BOND_N_MODES; mode++) {
		const char *const settings[] = {"mode", bond_option_value_name(BOND_OPT_MODE, mode), "miimon", "100",
						NULL};
		struct bond *bond = make_bond(settings, 0);
		guint n;
		const struct bond_attribute *attributes = bond_status_attributes(&n);

		for (guint i = 0; i < n; i++) {
			const struct bond_option *o = bond_option_find(attributes[i].name);
			g_autofree char *text = bond_status_attribute(bond, attributes[i].name);
			g_autoptr(GError) error = NULL;

			if (o == NULL || (o->type != BOND_OPTION_ENUM && o->type != BOND_OPTION_NUMBER) ||
			    (o->unsupported_modes & (1u << mode)) || o->id == BOND_OPT_ARP_INTERVAL)
				continue;
			text[strcspn(text, " \n")] = '\0';
			g_assert_true(bond_set_option(bond, o->name, text, BOND_SOURCE_SYSFS, 0, &error));
			g_assert_no_error(error);
		}
		bond_free(bond, 0);
	}
}

static void
test_port_attributes(void)
{
	static const char *const settings[] = {"mode", "1", "miimon", "100", NULL};
	struct bond *bond = make_bond(settings, 2);
	guint n;
	const struct bond_attribute *attributes = bond_status_port_attributes(&n);
	g_autofree char *state = bond_status_port_attribute(bond_nth_port(bond, 1), "state");

	g_assert_true(bond_set_option(bond, "queue_id", "p0:2", BOND_SOURCE_SYSFS, BOND_SEC, NULL));
	g_assert_cmpuint(n, ==, G_N_ELEMENTS(active_port));
	for (guint i = 0; i < n; i++) {
		g_autofree char *text = bond_status_port_attribute(bond_nth_port(bond, 0), active_port[i].name);

		g_assert_cmpstr(attributes[i].name, ==, active_port[i].name);
		g_assert_cmpuint(attributes[i].mode, ==, active_port[i].mode);
		g_assert_cmpstr(text, ==, active_port[i].text);
	}
	g_assert_cmpstr(state, ==, "backup\n");
	g_assert_null(bond_status_port_attribute(bond_nth_port(bond, 0), "no_such"));
	bond_free(bond, BOND_SEC);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/status/proc/empty", test_proc_empty);
	g_test_add_func("/status/proc/active-backup", test_proc_active_backup);
	g_test_add_func("/status/proc/primary-absent", test_proc_primary_absent);
	g_test_add_func("/status/proc/hash-and-arp", test_proc_hash_and_arp);
	g_test_add_func("/status/attributes", test_attributes);
	g_test_add_func("/status/attributes/802.3ad", test_attributes_8023ad);
	g_test_add_func("/status/attributes/are-options", test_attributes_are_options);
	g_test_add_func("/status/attributes/write-back", test_attributes_write_back);
	g_test_add_func("/status/port-attributes", test_port_attributes);
	return g_test_run();
}
