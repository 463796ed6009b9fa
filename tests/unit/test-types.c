/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/types.h"

static void
test_mac(void)
{
	const struct bond_mac zero = {{0}};
	const struct bond_mac group = {{0x01, 0x80, 0xc2, 0, 0, 2}};

	g_assert_true(bond_mac_is_zero(&zero));
	g_assert_false(bond_mac_is_zero(&group));
	g_assert_true(bond_mac_is_multicast(&group));
	g_assert_false(bond_mac_is_multicast(&zero));
	g_assert_false(bond_mac_equal(&zero, &group));
}

static void
test_error_extack(void)
{
	g_autoptr(GError) plain = g_error_new(BOND_ERROR, 1, "plain");
	g_autoptr(GError) refused = g_error_new(BOND_ERROR, 13, "refused");
	g_autoptr(GError) other = g_error_new(G_FILE_ERROR, 1, "other");
	g_autoptr(GError) copy = NULL;

	bond_error_set_extack(refused, "option not supported in mode");
	bond_error_set_extack(NULL, "nobody");
	copy = g_error_copy(refused);
	g_assert_cmpstr(bond_error_extack(plain), ==, "");
	g_assert_cmpstr(bond_error_extack(refused), ==, "option not supported in mode");
	g_assert_cmpstr(bond_error_extack(copy), ==, "option not supported in mode");
	g_assert_cmpstr(bond_error_extack(other), ==, "");
	g_assert_cmpstr(bond_error_extack(NULL), ==, "");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/types/mac", test_mac);
	g_test_add_func("/types/error-extack", test_error_extack);
	return g_test_run();
}
