/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each call needs, as the introspection says it. Who is let in stands in tests/dbus/polkit.py, with the real polkitd.
 */
#include "service/authority.h"
#include "service/gate.h"
#include "text/object-path.h"

#include "bond-dbus.h"

#include <unistd.h>

static GDBusInterfaceInfo *
interface_info(guint n)
{
	GDBusInterfaceInfo *const all[] = {dbus_bond_manager_interface_info(), dbus_bond_interface_info(),
					   dbus_bond_port_interface_info(), dbus_bond_lacp_interface_info(),
					   dbus_bond_port_lacp_interface_info()};

	return n < G_N_ELEMENTS(all) ? all[n] : NULL;
}

/* A method without a word would need the strictest action: nobody should find that out by accident. */
static void
test_every_method_says_it(void)
{
	guint n = 0;
	GDBusInterfaceInfo *info;

	for (guint i = 0; (info = interface_info(i)) != NULL; i++) {
		for (guint m = 0; info->methods != NULL && info->methods[m] != NULL; m++, n++) {
			const char *access =
			    g_dbus_annotation_info_lookup(info->methods[m]->annotations, GATE_ANNOTATION);

			g_test_message("%s.%s: %s", info->name, info->methods[m]->name, access);
			g_assert_nonnull(access);
			g_assert_true(g_str_equal(access, GATE_FREE) || authority_knows(access));
		}
	}
	g_assert_cmpuint(n, >, 20);
}

/* Nothing that is called Get, List or Check… of a bond changes it, and nothing else is free but Explain(). */
static void
test_only_reading_is_free(void)
{
	GDBusInterfaceInfo *info;

	for (guint i = 0; (info = interface_info(i)) != NULL; i++) {
		for (guint m = 0; info->methods != NULL && info->methods[m] != NULL; m++) {
			const GDBusMethodInfo *method = info->methods[m];
			gboolean reads =
			    g_str_has_prefix(method->name, "Get") || g_str_has_prefix(method->name, "List") ||
			    g_str_equal(method->name, "CheckOptions") || g_str_equal(method->name, "Explain");

			g_test_message("%s.%s", info->name, method->name);
			g_assert_true((gate_action(method->annotations, "manage-bonds") == NULL) == reads);
		}
	}
}

static void
test_unsaid(void)
{
	GDBusAnnotationInfo typo = {-1, (char *) GATE_ANNOTATION, (char *) "fre", NULL};
	GDBusAnnotationInfo import = {-1, (char *) GATE_ANNOTATION, (char *) "import", NULL};
	GDBusAnnotationInfo *unknown[] = {&typo, NULL};
	GDBusAnnotationInfo *known[] = {&import, NULL};

	g_assert_cmpstr(gate_action(NULL, "manage-bonds"), ==, "manage-bonds");
	g_assert_cmpstr(gate_action(unknown, "manage-bonds"), ==, "manage-bonds");
	g_assert_cmpstr(gate_action(known, "manage-bonds"), ==, "import");
}

static void
test_trusted(void)
{
	g_assert_true(authority_is_trusted(0));
	g_assert_true(authority_is_trusted(getuid()));
	g_assert_false(authority_is_trusted(getuid() + 1));
	g_assert_false(authority_is_trusted(G_MAXUINT32));
	g_assert_false(authority_knows("free"));
	g_assert_false(authority_knows(""));
}

static void
test_names_of_a_path(void)
{
	const struct {
		const char *path, *bond, *port;
	} cases[] = {
	    {OBJECT_PATH_ROOT "/bond0", "bond0", NULL},
	    {OBJECT_PATH_ROOT "/bond0_2e7/_30b", "bond0.7", "0b"},
	    {OBJECT_PATH_ROOT "/b_c3_b6nd/eth0", "bönd", "eth0"},
	    {OBJECT_PATH_ROOT "/a_5fb", "a_b", NULL},
	    {OBJECT_PATH_ROOT "/a_zz/b_2", "a_zz", "b_2"},
	    {OBJECT_PATH_ROOT "/_c3", "\357\277\275", NULL},
	    {OBJECT_PATH_ROOT, NULL, NULL},
	    {"/org/other", NULL, NULL},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *bond = NULL;
		g_autofree char *port = NULL;

		object_path_parse(cases[i].path, &bond, &port);
		g_assert_cmpstr(bond, ==, cases[i].bond);
		g_assert_cmpstr(port, ==, cases[i].port);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gate/every-method-says-it", test_every_method_says_it);
	g_test_add_func("/gate/only-reading-is-free", test_only_reading_is_free);
	g_test_add_func("/gate/unsaid", test_unsaid);
	g_test_add_func("/gate/trusted", test_trusted);
	g_test_add_func("/gate/names-of-a-path", test_names_of_a_path);
	return g_test_run();
}
