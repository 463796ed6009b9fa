/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The D-Bus contract against what stands behind it: the option table, the drop causes, the documentation. */
#include "bond-dbus.h"
#include "service/lacp-object.h"
#include "service/lacp-verdict.h"
#include "service/option-list.h"
#include "service/option-values.h"

#include "datapath/datapath.h"
#include "engine/options.h"

#include <string.h>

static const struct bond_option *
option_at(guint n)
{
	return &bond_option_table()[n];
}

/* Every option is a property of its type, of the bond or of the port; all can be written but the list of ports. */
static void
test_options(void)
{
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		gboolean of_port = (option_at(i)->flags & BOND_OPTFLAG_PORT) != 0;
		GDBusInterfaceInfo *info = of_port ? dbus_bond_port_interface_info() : dbus_bond_interface_info();
		g_autofree char *name = option_property_name(option_at(i));
		GDBusPropertyInfo *property = g_dbus_interface_info_lookup_property(info, name);

		if (property == NULL)
			g_error("option %s has no property %s", option_at(i)->name, name);
		g_assert_cmpstr(property->signature, ==, option_at(i)->dbus_type);
		g_assert_cmpint((property->flags & G_DBUS_PROPERTY_INFO_FLAGS_WRITABLE) != 0, ==, i != BOND_OPT_SLAVES);
	}
}

/* What can be written is an option: else nobody would answer. */
static void
test_writable(void)
{
	GDBusInterfaceInfo *interfaces[] = {dbus_bond_manager_interface_info(), dbus_bond_interface_info(),
					    dbus_bond_port_interface_info(), dbus_bond_lacp_interface_info(),
					    dbus_bond_port_lacp_interface_info()};

	for (guint i = 0; i < G_N_ELEMENTS(interfaces); i++) {
		for (guint p = 0; interfaces[i]->properties[p] != NULL; p++) {
			GDBusPropertyInfo *property = interfaces[i]->properties[p];
			const struct bond_option *option = option_of_property(property->name);

			if (!(property->flags & G_DBUS_PROPERTY_INFO_FLAGS_WRITABLE))
				continue;
			if (option == NULL)
				g_error("%s is writable and no option", property->name);
			g_assert_true(interfaces[i] == ((option->flags & BOND_OPTFLAG_PORT)
							    ? dbus_bond_port_interface_info()
							    : dbus_bond_interface_info()));
		}
	}
}

/* The code finds a property of an option by its name with hyphens. */
static void
test_hyphens(void)
{
	const struct bond_option *table = bond_option_table();
	g_autoptr(DbusBondSkeleton) bond = DBUS_BOND_SKELETON(dbus_bond_skeleton_new());

	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		g_autofree char *name = g_strdelimit(g_strdup(table[i].name), "_", '-');

		if (option_is_setting(&table[i]) &&
		    g_object_class_find_property(G_OBJECT_GET_CLASS(bond), name) == NULL)
			g_error("option %s has no GObject property %s", table[i].name, name);
	}
}

static void
test_option_list(void)
{
	g_autoptr(GVariant) list = g_variant_ref_sink(option_list_variant());
	g_autoptr(GVariant) mode = g_variant_get_child_value(list, BOND_OPT_MODE);
	g_autoptr(GVariant) policy = g_variant_get_child_value(list, BOND_OPT_PACKETS_PER_SLAVE);
	g_auto(GStrv) values = NULL;
	g_auto(GStrv) modes = NULL;
	const char *text;
	gint64 number;
	gboolean flag;

	g_assert_cmpuint(g_variant_n_children(list), ==, BOND_N_OPTIONS);
	g_assert_true(g_variant_lookup(mode, "name", "&s", &text));
	g_assert_cmpstr(text, ==, "mode");
	g_assert_true(g_variant_lookup(mode, "default", "&s", &text));
	g_assert_cmpstr(text, ==, "balance-rr");
	g_assert_true(g_variant_lookup(mode, "values", "^as", &values));
	g_assert_cmpuint(g_strv_length(values), ==, BOND_N_MODES);
	g_assert_true(g_variant_lookup(mode, "down", "b", &flag) && flag);
	g_assert_true(g_variant_lookup(policy, "modes", "^as", &modes));
	g_assert_cmpuint(g_strv_length(modes), ==, 1);
	g_assert_cmpstr(modes[0], ==, "balance-rr");
	g_assert_true(g_variant_lookup(policy, "maximum", "x", &number));
	g_assert_cmpint(number, ==, 65535);
}

/* --- Documentation --- */

static char *
read_xml(const char *name)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "..", "introspection", name, NULL);
	char *text = NULL;
	g_autoptr(GError) error = NULL;

	g_file_get_contents(path, &text, NULL, &error);
	g_assert_no_error(error);
	return text;
}

/* The comment that stands right before the element, or "". */
static char *
comment_before(const char *xml, const char *element, const char *name)
{
	g_autofree char *pattern = g_strdup_printf("<!--((?:(?!-->).)*)-->\\s*<%s name=\"%s\"", element, name);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_DOTALL, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	return g_regex_match(regex, xml, 0, &match) ? g_match_info_fetch(match, 1) : g_strdup("");
}

static void
assert_documented(const char *xml, const char *element, const char *name, GDBusArgInfo **in, GDBusArgInfo **out)
{
	g_autofree char *comment = comment_before(xml, element, name);
	g_autofree char *title = g_strconcat(name, ":", NULL);
	GDBusArgInfo **lists[] = {in, out};

	if (strstr(comment, title) == NULL)
		g_error("%s %s is not documented", element, name);
	for (guint l = 0; l < G_N_ELEMENTS(lists); l++) {
		for (guint i = 0; lists[l] != NULL && lists[l][i] != NULL; i++) {
			g_autofree char *argument = g_strconcat("@", lists[l][i]->name, ":", NULL);

			if (strstr(comment, argument) == NULL)
				g_error("argument %s of %s is not documented", lists[l][i]->name, name);
		}
	}
}

static void
test_documented(gconstpointer data)
{
	GDBusInterfaceInfo *info = (GDBusInterfaceInfo *) data;
	g_autofree char *file = g_strconcat(info->name, ".xml", NULL);
	g_autofree char *xml = read_xml(file);

	assert_documented(xml, "interface", info->name, NULL, NULL);
	for (guint i = 0; info->methods != NULL && info->methods[i] != NULL; i++)
		assert_documented(xml, "method", info->methods[i]->name, info->methods[i]->in_args,
				  info->methods[i]->out_args);
	for (guint i = 0; info->signals != NULL && info->signals[i] != NULL; i++)
		assert_documented(xml, "signal", info->signals[i]->name, info->signals[i]->args, NULL);
	for (guint i = 0; info->properties != NULL && info->properties[i] != NULL; i++)
		assert_documented(xml, "property", info->properties[i]->name, NULL, NULL);
}

static void
test_drop_causes(void)
{
	g_autofree char *bond = read_xml("org.example.Bond.xml");
	g_autofree char *comment = comment_before(bond, "property", "Drops");

	for (guint i = 0; i < DATAPATH_N_DROPS; i++) {
		if (strstr(comment, datapath_drop_name(i)) == NULL)
			g_error("drop cause %s is not documented", datapath_drop_name(i));
	}
}

/* Each verdict has a documented name and a sentence that can be filled in. */
static void
test_verdicts(void)
{
	g_autofree char *xml = read_xml("org.example.Bond.Port.Lacp.xml");
	g_autofree char *comment = comment_before(xml, "property", "VerdictName");
	struct bond_lacp_verdict verdict = {.partner_key = 9, .group_key = 15, .own_key = 13, .aggregator = 2};

	for (guint i = 0; i <= BOND_LACP_COLLECTING; i++) {
		for (guint alone = 0; alone < 2; alone++) {
			g_autofree char *text = NULL;

			verdict.type = (enum bond_lacp_verdict_type) i;
			verdict.forwarding = alone;
			text = lacp_verdict_text(&verdict);
			g_assert_cmpuint(strlen(text), >, 5);
			g_assert_null(strpbrk(text, "{}"));
		}
		if (strstr(comment, bond_lacp_verdict_name(verdict.type)) == NULL)
			g_error("verdict %s is not documented", bond_lacp_verdict_name(verdict.type));
	}
	verdict.type = BOND_LACP_OTHER_KEY;
	{
		g_autofree char *text = lacp_verdict_text(&verdict);

		g_assert_nonnull(strstr(text, "its key is 9"));
		g_assert_nonnull(strstr(text, " 15"));
	}
}

static void
check_words(guint8 state, const char *wanted)
{
	g_autoptr(GVariant) words = g_variant_ref_sink(lacp_state_words(state));
	g_autofree char *text = g_variant_print(words, FALSE);

	g_assert_cmpstr(text, ==, wanted);
}

static void
test_state_words(void)
{
	check_words(0, "[]");
	check_words(LACP_STATE_ACTIVITY | LACP_STATE_EXPIRED, "['activity', 'expired']");
	check_words(0x3e, "['timeout', 'aggregation', 'synchronization', 'collecting', 'distributing']");
	check_words(LACP_STATE_DEFAULTED, "['defaulted']");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/contract/options", test_options);
	g_test_add_func("/contract/hyphens", test_hyphens);
	g_test_add_func("/contract/writable", test_writable);
	g_test_add_func("/contract/option-list", test_option_list);
	g_test_add_func("/contract/drop-causes", test_drop_causes);
	g_test_add_data_func("/contract/documented/manager", dbus_bond_manager_interface_info(), test_documented);
	g_test_add_data_func("/contract/documented/bond", dbus_bond_interface_info(), test_documented);
	g_test_add_data_func("/contract/documented/port", dbus_bond_port_interface_info(), test_documented);
	g_test_add_data_func("/contract/documented/lacp", dbus_bond_lacp_interface_info(), test_documented);
	g_test_add_data_func("/contract/documented/port-lacp", dbus_bond_port_lacp_interface_info(), test_documented);
	g_test_add_func("/contract/verdicts", test_verdicts);
	g_test_add_func("/contract/state-words", test_state_words);
	return g_test_run();
}
