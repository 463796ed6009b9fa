/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Module parameters and bonding_masters. The warnings are those of the recorded driver. */
#include "engine/driver.h"
#include "engine/options.h"
#include "engine/status.h"

#include <errno.h>

/* Loads with blank-separated @line; the warnings come back joined by newlines. */
static gboolean
load(const char *line, struct bond_module *module, char **warnings, GError **error)
{
	g_auto(GStrv) params = g_strsplit(line, " ", -1);
	g_autoptr(GPtrArray) list = NULL;
	gboolean done = bond_module_parse((const char *const *) params, module, &list, error);

	g_assert_nonnull(list);
	g_ptr_array_add(list, NULL);
	*warnings = g_strjoinv("\n", (char **) list->pdata);
	return done;
}

static void
load_ok(const char *line, struct bond_module *module, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *warnings = NULL;

	g_test_message("%s", line);
	g_assert_true(load(line, module, &warnings, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(warnings, ==, expected);
}

static void
test_warnings(void)
{
	static const struct {
		const char *line, *warnings;
	} cases[] = {
	    {"max_bonds=3 mode=1 miimon=100", ""},
	    {"mode=4",
	     "Warning: miimon must be specified, otherwise bonding will not detect link failure, speed and duplex which "
	     "are essential for 802.3ad operation\nForcing miimon to 100msec"},
	    {"mode=1 arp_interval=100 arp_ip_target=foo",
	     "Warning: bad arp_ip_target module parameter (foo), ARP monitoring will not be performed"},
	    {"mode=1 miimon=100 arp_interval=100 arp_ip_target=10.0.0.1",
	     "Warning: miimon (100) and arp_interval (100) can't be used simultaneously, disabling ARP monitoring"},
	    {"mode=1 updelay=100",
	     "Warning: miimon module parameter not set and updelay (100) or downdelay (0) module parameter is set; "
	     "updelay and downdelay have no effect unless miimon is set"},
	    {"mode=0 primary=p0",
	     "Warning: p0 primary device specified but has no effect in load balancing (round-robin) mode"},
	    {"mode=1 xmit_hash_policy=layer3+4",
	     "xmit_hash_policy param is irrelevant in mode fault-tolerance (active-backup)"},
	    {"mode=1 resend_igmp=300", "Warning: resend_igmp (300) should be between 0 and 255, resetting to 1"},
	    {"mode=0 packets_per_slave=70000",
	     "Warning: packets_per_slave (70000) should be between 0 and 65535 resetting to 1"},
	    {"tx_queues=0", "Warning: tx_queues (0) should be between 1 and 255, resetting to 16"},
	    {"all_slaves_active=3",
	     "Warning: all_slaves_active module parameter (3), not of valid value (0/1), so it was set to 0"},
	    {"use_carrier=3",
	     "Warning: use_carrier module parameter (3), not of valid value (0/1), so it was set to 1"},
	    {"mode=1 miimon=-5",
	     "Warning: miimon module parameter (-5), not in range 0-2147483647, so it was reset to 0"},
	    {"mode=balance-alb miimon=100",
	     "In ALB mode you might experience client disconnections upon reconnection of a link if the bonding module "
	     "updelay parameter (0 msec) is incompatible with the forwarding delay time of the switch"},
	    {"miimon=100 updelay=250",
	     "Warning: updelay (250) is not a multiple of miimon (100), updelay rounded to 200 ms"},
	    {"arp_interval=100",
	     "Warning: arp_interval module parameter (100) specified without providing an arp_ip_target parameter, "
	     "arp_interval was reset to 0"},
	    {"colour=blue miimon=100", "unknown parameter 'colour' ignored"},
	    {"lp_interval=0", "Warning: ip_interval must be between 1 and 2147483647, so it was reset to 1"},
	    {"num_grat_arp=256", "Warning: num_grat_arp/num_unsol_na (256) not in range 0-255 so it was reset to 1"},
	    {"max_bonds=-1",
	     "Warning: max_bonds (-1) not in range 0-2147483647, so it was reset to BOND_DEFAULT_MAX_BONDS (1)"},
	    {"lacp_rate=nonsense", "lacp_rate param is irrelevant in mode load balancing (round-robin)"},
	    {"ad_select=count", "ad_select param only affects 802.3ad mode"},
	    {"fail_over_mac=active", "Warning: fail_over_mac only affects active-backup mode"},
	    {"arp_all_targets=some", "Error: invalid arp_all_targets_value \"some\""},
	    {"arp_interval=10 arp_ip_target=1.1.1.1,1.1.1.1",
	     "Warning: duplicate address 1.1.1.1 in arp_ip_target, skipping"},
	};
	struct bond_module module;

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		load_ok(cases[i].line, &module, cases[i].warnings);
}

static void
test_refusals(void)
{
	static const char *const lines[] = {
	    "mode=7",
	    "mode=foo",
	    "mode",
	    "mode=4 miimon=0 lacp_rate=2",
	    "mode=2 xmit_hash_policy=bogus",
	    "mode=4 ad_select=foo",
	    "mode=0 ad_select=foo",
	    "mode=1 fail_over_mac=5",
	    "mode=1 primary=eth0 primary_reselect=sometimes",
	    "mode=1 arp_validate=all",
	    "mode=1 miimon=100 arp_interval=100 arp_ip_target=1.1.1.1 arp_validate=all",
	    "arp_interval=100 arp_ip_target=1.1.1.1 arp_validate=9",
	    "miimon=abc",
	    "miimon=",
	    "miimon=100ms",
	    "lp_interval=-1",
	    "miimon=2147483648",
	    "arp_ip_target=1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,1.1.1.9,1.1.1.10,1.1.1.11,"
	    "1.1.1.12,1.1.1.13,1.1.1.14,1.1.1.15,1.1.1.16,1.1.1.17",
	};

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		struct bond_module module = {.max_bonds = -77};
		g_autoptr(GError) error = NULL;
		g_autofree char *warnings = NULL;

		g_test_message("%s", lines[i]);
		g_assert_false(load(lines[i], &module, &warnings, &error));
		g_assert_error(error, BOND_ERROR, EINVAL);
		g_assert_nonnull(strstr(error->message, "module parameter "));
		g_assert_cmpint(module.max_bonds, ==, -77);
	}
}

static void
test_values(void)
{
	struct bond_module module;

	load_ok("", &module, "");
	g_assert_cmpint(module.max_bonds, ==, 1);
	load_ok("max_bonds=2 mode=active-backup miimon=0x64 updelay=200 primary=eth1 primary-reselect=2 num_unsol_na=5",
		&module, "");
	g_assert_cmpint(module.max_bonds, ==, 2);
	g_assert_cmpint(module.params.mode, ==, BOND_MODE_ACTIVEBACKUP);
	g_assert_cmpint(module.params.miimon, ==, 100);
	g_assert_cmpint(module.params.updelay, ==, 2);
	g_assert_cmpstr(module.params.primary, ==, "eth1");
	g_assert_cmpint(module.params.primary_reselect, ==, BOND_PRI_FAILURE);
	g_assert_cmpint(module.params.num_peer_notif, ==, 5);
	load_ok("mode=1 arp_interval=100 arp_ip_target=10.0.0.1,10.0.0.2 arp_validate=3", &module, "");
	g_assert_cmpint(module.params.arp_interval, ==, 100);
	g_assert_cmpint(module.params.arp_validate, ==, 3);
	g_assert_cmpuint(module.params.arp_targets[1], ==, g_htonl(0x0a000002));
	g_assert_cmpuint(module.params.arp_targets[2], ==, 0);
	load_ok("mode=1 primary=a/b", &module, "Warning: primary (a/b) is no name of an interface, ignoring it");
	g_assert_cmpstr(module.params.primary, ==, "");
	/* The kernel takes this one unchecked and shows it without its sign. */
	load_ok("min_links=-1", &module, "");
	g_assert_cmpint(module.params.min_links, ==, -1);
}

/* The parameters of modprobe are those of the table, and three of its own. */
static void
test_parameters_match_table(void)
{
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *option = &bond_option_table()[i];
		const char *names[] = {option->name, option->alias};

		for (guint j = 0; j < G_N_ELEMENTS(names) && names[j] != NULL; j++) {
			g_autofree char *line = g_strdup_printf("%s=0", names[j]);
			g_autofree char *warnings = NULL;
			struct bond_module module;

			load(line, &module, &warnings, NULL);
			g_test_message("%s: %s", line, warnings);
			g_assert_cmpint(strstr(warnings, "unknown parameter") == NULL, ==,
					(option->flags & BOND_OPTFLAG_MODULE) != 0);
		}
	}
}

static void
test_new_with_params(void)
{
	static const struct bond_ops ops;
	const struct bond_mac mac = {{2, 0, 0, 0, 0, 1}};
	struct bond_module module;
	struct bond *bond;
	g_autofree char *mode = NULL;
	g_autofree char *updelay = NULL;

	load_ok("mode=active-backup miimon=50 updelay=100", &module, "");
	bond = bond_new_with_params("bond0", &ops, NULL, &mac, &module.params);
	mode = bond_get_option(bond, "mode");
	updelay = bond_get_option(bond, "updelay");
	g_assert_cmpstr(mode, ==, "active-backup");
	g_assert_cmpstr(updelay, ==, "100");
	bond_free(bond, 0);
}

/* Only as a parameter min_links may be negative. The kernel then takes it for a large number, and prints it signed. */
static void
test_negative_min_links(void)
{
	static const struct bond_ops ops = {0};
	static const struct bond_mac mac = {{2, 0, 0, 0, 1, 0}};
	struct bond_module module;
	struct bond *bond;
	g_autofree char *proc = NULL;
	g_autofree char *sysfs = NULL;

	load_ok("mode=4 miimon=100 min_links=-1", &module, "");
	bond = bond_new_with_params("bond0", &ops, NULL, &mac, &module.params);
	proc = bond_status_proc(bond, "v0");
	g_assert_nonnull(strstr(proc, "\nMin links: -1\n"));
	sysfs = bond_status_attribute(bond, "min_links");
	g_assert_cmpstr(sysfs, ==, "4294967295\n");
	bond_free(bond, 0);
}

static void
test_masters(void)
{
	static const char *const existing[] = {"bond0", "lo", NULL};
	static const struct {
		const char *text;
		int errnum;
		gboolean create;
	} cases[] = {
	    {"+bond1\n", 0, TRUE}, {"-bond0", 0, FALSE}, {"+bond0", EEXIST, 0}, {"+lo", EEXIST, 0},
	    {"-bond9", ENODEV, 0}, {"bond3", EPERM, 0},	 {"", EPERM, 0},	{"+", EPERM, 0},
	    {"+a/b", EPERM, 0},	   {"+.", EPERM, 0},	 {"+a b", EPERM, 0},	{"+a-name-of-16-byt", EPERM, 0},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *name = NULL;
		gboolean create = FALSE;

		g_test_message("\"%s\"", cases[i].text);
		if (!bond_masters_check(cases[i].text, existing, &create, &name, &error)) {
			g_assert_error(error, BOND_ERROR, cases[i].errnum);
			g_assert_null(name);
			continue;
		}
		g_assert_cmpint(cases[i].errnum, ==, 0);
		g_assert_cmpint(create, ==, cases[i].create);
		g_assert_cmpstr(name, ==, create ? "bond1" : "bond0");
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/driver/warnings", test_warnings);
	g_test_add_func("/driver/refusals", test_refusals);
	g_test_add_func("/driver/values", test_values);
	g_test_add_func("/driver/parameters-match-table", test_parameters_match_table);
	g_test_add_func("/driver/new-with-params", test_new_with_params);
	g_test_add_func("/driver/negative-min-links", test_negative_min_links);
	g_test_add_func("/driver/masters", test_masters);
	return g_test_run();
}
