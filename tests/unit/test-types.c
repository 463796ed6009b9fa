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

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/types/mac", test_mac);
	return g_test_run();
}
