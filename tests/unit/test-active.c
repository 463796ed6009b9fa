/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choice of the active port: primary, prio, primary_reselect, active_slave. Numbers are those of the list of traps
 * that a copy of the kernel's driver falls into. */
#include <errno.h>

#include "engine-fixture.h"

#define assert_active(fx, name) g_assert_cmpstr(fx_active(fx), ==, name)

/* The sequence of the kernel recording "mode1-order". */
static void
test_list_order(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", NULL);

	fx_add(fx, 2);
	fx_add(fx, 0);
	fx_add(fx, 3);
	fx_add(fx, 1);
	fx_up(fx, TRUE);
	assert_active(fx, "p2");
	fx_carrier(fx, 2, FALSE);
	assert_active(fx, "p0");
	fx_carrier(fx, 0, FALSE);
	assert_active(fx, "p3");
	/* Trap 15: a port that comes back changes nothing … */
	fx_carrier(fx, 2, TRUE);
	assert_active(fx, "p3");
	fx_carrier(fx, 3, FALSE);
	assert_active(fx, "p2");
	fx_remove(fx, 2);
	assert_active(fx, "p1");
	fx_plug(fx, 0, TRUE);
	fx_carrier(fx, 3, TRUE);
	assert_active(fx, "p1");
	fx_free(fx);
}

/* … but any other reason to choose takes the first one, if primary_reselect lets it (the kernel's prio rule). */
static void
test_choice_prefers_first(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_carrier(fx, 0, TRUE);
	assert_active(fx, "p1");
	fx_set(fx, "primary_reselect", "failure");
	fx_add(fx, 2);
	assert_active(fx, "p1");
	fx_set(fx, "primary_reselect", "always");
	assert_active(fx, "p0");
	fx_free(fx);
}

/* Trap 13 */
static void
test_primary(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "primary", "p1", NULL);

	/* Trap 16: it may be named before it is there. */
	fx_start(fx, 1);
	assert_active(fx, "p0");
	g_assert_null(bond_primary_port(fx->bond));
	fx_add(fx, 1);
	assert_active(fx, "p1");
	fx_add(fx, 2);
	fx_carrier(fx, 1, FALSE);
	assert_active(fx, "p0");
	fx_clear(fx);
	/* Trap 15: the primary's return is a reason to choose. */
	fx_carrier(fx, 1, TRUE);
	assert_active(fx, "p1");
	fx_assert_trace(fx, "event active", "event active p0>p1 carrier");
	fx_remove(fx, 1);
	g_assert_null(bond_primary_port(fx->bond));
	assert_active(fx, "p0");
	fx_free(fx);
}

/* The sequence of the kernel recording "mode1-primary_reselect-failure". */
static void
test_reselect_failure(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", NULL);

	fx_start(fx, 3);
	fx_set(fx, "primary", "p1");
	assert_active(fx, "p1");
	fx_set(fx, "primary_reselect", "failure");
	fx_carrier(fx, 1, FALSE);
	assert_active(fx, "p0");
	fx_carrier(fx, 1, TRUE);
	assert_active(fx, "p0");
	fx_set(fx, "active_slave", "p2");
	assert_active(fx, "p2");
	fx_carrier(fx, 1, FALSE);
	fx_carrier(fx, 1, TRUE);
	assert_active(fx, "p2");
	/* Trap 14: the current one is not up, so the policy is not asked. */
	fx_carrier(fx, 2, FALSE);
	assert_active(fx, "p1");
	fx_carrier(fx, 2, TRUE);
	fx_set(fx, "primary", "");
	assert_active(fx, "p1");
	/* Trap 13: setting the primary bypasses the policy, once. */
	fx_set(fx, "primary", "p0");
	assert_active(fx, "p0");
	fx_set(fx, "primary", "nosuch");
	assert_active(fx, "p0");
	fx_remove(fx, 0);
	assert_active(fx, "p1");
	fx_set(fx, "primary", "p0");
	fx_add(fx, 0);
	assert_active(fx, "p0");
	fx_free(fx);
}

/* The sequence of the kernel recording "mode1-primary-reselect-speed". */
static void
test_reselect_better(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", NULL);

	fx->devices[1].speed = 10000;
	fx->devices[2].speed = 100;
	fx_start(fx, 3);
	fx_set(fx, "primary", "p0");
	fx_set(fx, "primary_reselect", "better");
	fx_carrier(fx, 0, FALSE);
	assert_active(fx, "p1");
	fx_carrier(fx, 1, FALSE);
	assert_active(fx, "p2");
	fx_carrier(fx, 0, TRUE);
	assert_active(fx, "p0");
	fx_carrier(fx, 1, TRUE);
	assert_active(fx, "p0");
	fx_set(fx, "active_slave", "p1");
	assert_active(fx, "p1");
	fx_set(fx, "primary", "p0");
	assert_active(fx, "p0");
	fx_carrier(fx, 0, FALSE);
	assert_active(fx, "p1");
	fx_carrier(fx, 0, TRUE);
	assert_active(fx, "p1");
	fx_free(fx);
}

/* Trap 14: of equal speed, the strictly better duplex. */
static void
test_reselect_better_duplex(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", "primary_reselect", "better", NULL);

	fx->devices[1].duplex = BOND_DUPLEX_HALF;
	fx_start(fx, 2);
	fx_set(fx, "primary", "p0");
	fx_carrier(fx, 0, FALSE);
	assert_active(fx, "p1");
	fx_carrier(fx, 0, TRUE);
	assert_active(fx, "p0");
	fx->devices[1].duplex = BOND_DUPLEX_FULL;
	fx_carrier(fx, 1, FALSE);
	fx_carrier(fx, 1, TRUE);
	fx_carrier(fx, 0, FALSE);
	fx_carrier(fx, 0, TRUE);
	assert_active(fx, "p1");
	fx_free(fx);
}

/* Trap 13 and 15: prio */
static void
test_prio(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 3);
	fx_set_port(fx, 1, "prio", "-5");
	assert_active(fx, "p0");
	fx_set_port(fx, 2, "prio", "10");
	assert_active(fx, "p2");
	fx_carrier(fx, 2, FALSE);
	assert_active(fx, "p0");
	fx_carrier(fx, 2, TRUE);
	assert_active(fx, "p2");
	/* The primary is above every prio while it is up. */
	fx_set(fx, "primary", "p1");
	assert_active(fx, "p1");
	fx_carrier(fx, 1, FALSE);
	assert_active(fx, "p2");
	fx_set(fx, "primary_reselect", "failure");
	fx_set(fx, "primary", "");
	fx_carrier(fx, 2, FALSE);
	assert_active(fx, "p0");
	/* Trap 14: the policy governs prio, too. */
	fx_carrier(fx, 2, TRUE);
	assert_active(fx, "p0");
	fx_free(fx);
}

/* Trap 17 */
static void
test_active_slave(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);
	g_autoptr(GError) error = NULL;

	fx_start(fx, 3);
	fx_set(fx, "active_slave", "p2");
	assert_active(fx, "p2");
	fx_assert_trace(fx, "event active,publish", "publish; event active p0>p2 option");
	fx_assert_plan(fx, "one p2; rx p2");
	fx_clear(fx);
	fx_set(fx, "active_slave", "p2");
	fx_assert_trace(fx, "event active,publish", "");
	fx_carrier(fx, 1, FALSE);
	g_assert_false(bond_set_active_port(fx->bond, fx_port(fx, 1), fx->now, &error));
	g_assert_error(error, BOND_ERROR, EINVAL);
	fx_set(fx, "active_slave", "");
	assert_active(fx, "p0");
	fx_plug(fx, 0, FALSE);
	fx_carrier(fx, 2, FALSE);
	assert_active(fx, "none");
	/* The carrier is there, but nobody has looked yet: the link is not UP. */
	fx_plug(fx, 2, TRUE);
	fx_set_fails(fx, "active_slave", "p2", EINVAL);
	fx_run(fx);
	assert_active(fx, "p2");
	fx_free(fx);
}

static void
test_active_slave_other_modes(void)
{
	struct fx *fx = fx_new("mode", "balance-rr", "miimon", "100", NULL);
	g_autoptr(GError) error = NULL;

	fx_start(fx, 2);
	g_assert_false(bond_set_active_port(fx->bond, fx_port(fx, 1), fx->now, &error));
	g_assert_error(error, BOND_ERROR, EACCES);
	fx_set_fails(fx, "active_slave", "p1", EACCES);
	fx_free(fx);
}

/* Trap 16: renaming makes and unmakes the primary. */
static void
test_rename(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "primary", "wan", NULL);

	fx_start(fx, 3);
	assert_active(fx, "p0");
	bond_port_renamed(fx_port(fx, 2), "wan", fx->now);
	assert_active(fx, "p0");
	fx_run(fx);
	assert_active(fx, "wan");
	g_assert_true(bond_primary_port(fx->bond) == fx_port(fx, 2));
	fx_assert_trace(fx, "log,event active",
			"log Primary slave changed to wan, reselecting active slave; "
			"log (slave wan): making interface the new active one; event active p0>wan option");
	fx_clear(fx);
	bond_port_renamed(fx_port(fx, 2), "lan", fx->now);
	fx_run(fx);
	g_assert_null(bond_primary_port(fx->bond));
	fx_assert_trace(fx, "log",
			"log Primary slave changed to none, reselecting active slave; "
			"log (slave p0): making interface the new active one");
	fx_clear(fx);
	bond_port_renamed(fx_port(fx, 1), "other", fx->now);
	fx_run(fx);
	fx_assert_trace(fx, NULL, "");
	g_assert_true(bond_find_port(fx->bond, "other") == fx_port(fx, 1));
	fx_free(fx);
}

/* Trap 18: without a primary there is an active port too, the first that is up. */
static void
test_hidden_active(void)
{
	static const char *const modes[] = {"balance-rr", "balance-xor", "broadcast"};

	for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
		struct fx *fx = fx_new("mode", modes[i], "miimon", "100", NULL);

		fx->devices[0].carrier = FALSE;
		fx_start(fx, 3);
		assert_active(fx, "p1");
		fx_carrier(fx, 1, FALSE);
		assert_active(fx, "p2");
		fx_carrier(fx, 0, TRUE);
		assert_active(fx, "p2");
		/* It is nobody's business. */
		fx_assert_trace(fx, "event active,filters", "");
		fx_free(fx);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/active/trap-13-15-list-order", test_list_order);
	g_test_add_func("/active/trap-13-first", test_choice_prefers_first);
	g_test_add_func("/active/trap-13-15-16-primary", test_primary);
	g_test_add_func("/active/trap-13-14-reselect-failure", test_reselect_failure);
	g_test_add_func("/active/trap-14-reselect-better", test_reselect_better);
	g_test_add_func("/active/trap-14-reselect-better-duplex", test_reselect_better_duplex);
	g_test_add_func("/active/trap-13-14-15-prio", test_prio);
	g_test_add_func("/active/trap-17-active-slave", test_active_slave);
	g_test_add_func("/active/active-slave-other-modes", test_active_slave_other_modes);
	g_test_add_func("/active/trap-16-rename", test_rename);
	g_test_add_func("/active/trap-18-hidden-active", test_hidden_active);
	return g_test_run();
}
