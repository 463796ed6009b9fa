/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option table alone: complete, consistent, and parsed as the kernel parses. */
#include "engine/options.h"

static void
test_table_complete(void)
{
	const struct bond_option *table = bond_option_table();

	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *o = &table[i];

		g_test_message("entry %u: %s", i, o->name ? o->name : "(missing)");
		g_assert_cmpuint(o->id, ==, i);
		g_assert_nonnull(o->name);
		g_assert_nonnull(o->dbus_type);
		g_assert_nonnull(o->help);
		g_assert_cmpuint(strlen(o->help), >, 20);
		g_assert_true(g_ascii_isupper(o->help[0]));
		g_assert_true(g_str_has_suffix(o->help, "."));
		g_assert_true(o->flags & (BOND_OPTFLAG_SYSFS | BOND_OPTFLAG_NETLINK));
		g_assert_cmpuint(o->unsupported_modes >> BOND_N_MODES, ==, 0);
		g_assert_cmpuint(o->unsupported_modes, !=, (1u << BOND_N_MODES) - 1);
	}
}

static void
test_table_ranges(void)
{
	const struct bond_option *table = bond_option_table();

	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *o = &table[i];

		g_test_message("%s", o->name);
		g_assert_cmpint(o->min, <=, o->max);
		if (o->type != BOND_OPTION_ENUM && o->type != BOND_OPTION_NUMBER)
			continue;
		g_assert_cmpint(o->def, >=, o->min);
		g_assert_cmpint(o->def, <=, o->max);
		if (o->type == BOND_OPTION_ENUM)
			g_assert_nonnull(o->values);
		for (const struct bond_option_name *v = o->values; v && v->name; v++) {
			g_assert_cmpint(v->value, >=, o->min);
			g_assert_true(v->value <= o->max || v->value == BOND_AD_PRIO);
		}
		if (g_str_equal(o->dbus_type, "b"))
			g_assert_true(o->type == BOND_OPTION_ENUM && o->min == 0 && o->max == 1);
	}
}

static void
test_table_names_unique(void)
{
	const struct bond_option *table = bond_option_table();
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		g_assert_true(g_hash_table_add(seen, (void *) table[i].name));
		g_assert_true(bond_option_find(table[i].name) == &table[i]);
		if (table[i].alias == NULL)
			continue;
		g_assert_true(g_hash_table_add(seen, (void *) table[i].alias));
		g_assert_true(bond_option_find(table[i].alias) == &table[i]);
	}
	g_assert_null(bond_option_find("no_such_option"));
	g_assert_null(bond_option_find(""));
}

/* Every value of an enum by name and by number, and nothing beside them. */
static void
test_enums_round_trip(void)
{
	const struct bond_option *table = bond_option_table();

	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *o = &table[i];

		if (o->type != BOND_OPTION_ENUM) {
			g_assert_null(bond_option_value_name(o->id, o->def));
			continue;
		}
		for (gint64 n = o->min; n <= o->max; n++) {
			const char *name = bond_option_value_name(o->id, n);
			g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT "\n", n);
			gint64 value = -1;

			g_assert_nonnull(name);
			g_assert_true(bond_option_parse(o, name, &value));
			g_assert_cmpint(value, ==, n);
			value = -1;
			g_assert_true(bond_option_parse(o, digits, &value));
			g_assert_cmpint(value, ==, n);
		}
		/* One of ad_select is known by its name only. */
		if (o->id != BOND_OPT_AD_SELECT)
			g_assert_null(bond_option_value_name(o->id, o->max + 1));
	}
}

/* The kernel of the recordings refuses the number; the name is newer. */
static void
test_ad_select_priority(void)
{
	const struct bond_option *o = bond_option_find("ad_select");
	gint64 value = -1;

	g_assert_true(bond_option_parse(o, "actor_port_prio", &value));
	g_assert_cmpint(value, ==, BOND_AD_PRIO);
	g_assert_false(bond_option_parse(o, "3", &value));
	g_assert_cmpstr(bond_option_value_name(BOND_OPT_AD_SELECT, BOND_AD_PRIO), ==, "actor_port_prio");
}

static void
test_ranges_are_kept(void)
{
	const struct bond_option *table = bond_option_table();

	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *o = &table[i];
		const gint64 good[] = {o->min, o->max, o->def};
		const gint64 bad[] = {o->min - 1, o->max + 1};

		if (o->type != BOND_OPTION_NUMBER && o->type != BOND_OPTION_ENUM)
			continue;
		g_test_message("%s", o->name);
		for (guint j = 0; j < G_N_ELEMENTS(good); j++) {
			g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, good[j]);
			gint64 value = -77;

			g_assert_true(bond_option_parse(o, text, &value));
			g_assert_cmpint(value, ==, good[j]);
		}
		for (guint j = 0; j < G_N_ELEMENTS(bad); j++) {
			g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, bad[j]);
			gint64 value = -77;

			g_assert_false(bond_option_parse(o, text, &value));
			g_assert_cmpint(value, ==, -77);
		}
	}
}

static void
test_parse(void)
{
	static const struct {
		const char *option, *text;
		gboolean ok;
		gint64 value;
	} cases[] = {
	    {"mode", "active-backup", TRUE, BOND_MODE_ACTIVEBACKUP},
	    {"mode", "4\n", TRUE, BOND_MODE_8023AD},
	    {"mode", " balance-xor \n", TRUE, BOND_MODE_XOR},
	    {"mode", "default", TRUE, BOND_MODE_ROUNDROBIN},
	    {"mode", "balance-rr\nbroadcast", TRUE, BOND_MODE_ROUNDROBIN},
	    {"mode", "balance-rr broadcast", FALSE, 0},
	    {"mode", "active", FALSE, 0},
	    {"mode", "BALANCE-RR", FALSE, 0},
	    {"mode", "-1", FALSE, 0},
	    {"mode", "", FALSE, 0},
	    {"mode", "\n", FALSE, 0},
	    {"mode", "7", FALSE, 0},
	    {"miimon", "100", TRUE, 100},
	    {"miimon", "off", TRUE, 0},
	    {"miimon", "maxval", TRUE, G_MAXINT32},
	    {"miimon", "0100", TRUE, 100},
	    {"miimon", "12abc", FALSE, 0},
	    {"miimon", "0x10", FALSE, 0},
	    {"miimon", "+5", FALSE, 0},
	    {"miimon", "1 2", FALSE, 0},
	    {"miimon", "99999999999999999999999", FALSE, 0},
	    {"lp_interval", "minval", TRUE, 1},
	    {"lp_interval", "off", FALSE, 0},
	    {"all_slaves_active", "on", TRUE, 1},
	    {"all_slaves_active", "2", FALSE, 0},
	    {"xmit_hash_policy", "vlan+srcmac", TRUE, BOND_HASH_VLAN_SRCMAC},
	    {"prio", "-2147483648", TRUE, G_MININT32},
	    {"prio", "2147483648", FALSE, 0},
	    {"primary", "default", FALSE, 0},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		gint64 value = -77;

		g_test_message("%s = \"%s\"", cases[i].option, cases[i].text);
		g_assert_true(bond_option_parse(bond_option_find(cases[i].option), cases[i].text, &value) ==
			      cases[i].ok);
		g_assert_cmpint(value, ==, cases[i].ok ? cases[i].value : -77);
	}
}

static void
test_defaults(void)
{
	struct bond_params params;

	bond_params_default(&params);
	g_assert_cmpint(params.mode, ==, BOND_MODE_ROUNDROBIN);
	g_assert_cmpint(params.miimon, ==, 0);
	g_assert_cmpint(params.packets_per_slave, ==, 1);
	g_assert_cmpint(params.num_peer_notif, ==, 1);
	g_assert_cmpint(params.missed_max, ==, 2);
	g_assert_cmpint(params.resend_igmp, ==, 1);
	g_assert_cmpint(params.lp_interval, ==, 1);
	g_assert_cmpint(params.ad_actor_sys_prio, ==, 65535);
	g_assert_cmpint(params.tx_queues, ==, 16);
	g_assert_true(params.use_carrier);
	g_assert_true(params.tlb_dynamic_lb);
	g_assert_true(params.lacp_active);
	g_assert_true(params.coupled_control);
	g_assert_false(params.all_slaves_active);
	g_assert_cmpstr(params.primary, ==, "");
	g_assert_cmpuint(params.arp_targets[0], ==, 0);
	g_assert_true(bond_mac_is_zero(&params.ad_actor_system));
}

static void
assert_described(char *(*describe)(const struct bond_option *), const char *option, const char *expected)
{
	g_autofree char *text = describe(bond_option_find(option));

	g_assert_cmpstr(text, ==, expected);
}

static void
test_descriptions(void)
{
	assert_described(bond_option_describe_values, "miimon", "0 to 2147483647 ms");
	assert_described(bond_option_describe_values, "resend_igmp", "0 to 255");
	assert_described(bond_option_describe_values, "fail_over_mac", "none (0), active (1) or follow (2)");
	assert_described(bond_option_describe_values, "use_carrier", "off (0) or on (1)");
	assert_described(bond_option_describe_values, "primary", "the name of an interface, or nothing");
	assert_described(bond_option_describe_modes, "miimon", "every mode");
	assert_described(bond_option_describe_modes, "packets_per_slave", "balance-rr");
	assert_described(bond_option_describe_modes, "tlb_dynamic_lb", "balance-tlb and balance-alb");
	assert_described(bond_option_describe_modes, "primary", "active-backup, balance-tlb and balance-alb");
	g_assert_cmpstr(bond_option_describe_change(bond_option_find("miimon")), ==, "any time");
	g_assert_cmpstr(bond_option_describe_change(bond_option_find("mode")), ==,
			"while the bond is down and has no ports");
	g_assert_cmpstr(bond_option_describe_change(bond_option_find("fail_over_mac")), ==,
			"while the bond has no ports");
	g_assert_cmpstr(bond_option_describe_change(bond_option_find("ad_select")), ==, "while the bond is down");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/options/table/complete", test_table_complete);
	g_test_add_func("/options/table/ranges", test_table_ranges);
	g_test_add_func("/options/table/names-unique", test_table_names_unique);
	g_test_add_func("/options/enums-round-trip", test_enums_round_trip);
	g_test_add_func("/options/ranges-are-kept", test_ranges_are_kept);
	g_test_add_func("/options/ad-select-priority", test_ad_select_priority);
	g_test_add_func("/options/parse", test_parse);
	g_test_add_func("/options/defaults", test_defaults);
	g_test_add_func("/options/descriptions", test_descriptions);
	return g_test_run();
}
