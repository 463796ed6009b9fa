/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A copy of a bond decides what the bond would, whatever happens to both; and playing with it leaves the bond alone.
 */
#include "engine-fixture.h"

#include "engine/bond-private.h"
#include "engine/rehearsal.h"
#include "engine/status.h"

#define N_PORTS	 3
#define N_SEEDS	 60
#define N_EVENTS 40

static const struct bond_ops NO_OPS;

/* The clock of the copy goes as that of the bond. */
static void
copy_wait(struct bond *copy, bond_time end)
{
	while (bond_next_deadline(copy) <= end)
		bond_run(copy, bond_next_deadline(copy));
}

static void
copy_links(struct fx *fx, struct bond *copy)
{
	for (guint i = 0; i < N_PORTS; i++) {
		if (fx->devices[i].port != NULL)
			bond_port_set_link(bond_find_port(copy, fx->devices[i].name), &fx->devices[i].port->dev,
					   fx->now);
	}
	bond_run(copy, fx->now);
}

static void
assert_same(const struct bond *bond, const struct bond *copy)
{
	g_autofree char *text = bond_status_proc(bond, "v1");
	g_autofree char *copied = bond_status_proc(copy, "v1");

	g_assert_cmpstr(copied, ==, text);
	g_assert_cmpint(bond_next_deadline(copy), ==, bond_next_deadline(bond));
	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE; i++)
		g_assert_cmpuint(copy->plan.table[i], ==, bond->plan.table[i]);
	g_assert_cmpmem(copy->plan.slots, sizeof(copy->plan.slots), bond->plan.slots, sizeof(bond->plan.slots));
	g_assert_cmpuint(copy->plan.usable, ==, bond->plan.usable);
}

static void
set_both(struct fx *fx, struct bond *copy, GRand *dice)
{
	static const char *const settings[][2] = {
	    {"xmit_hash_policy", "layer3+4"},
	    {"xmit_hash_policy", "layer2"},
	    {"downdelay", "200"},
	    {"updelay", "100"},
	    {"downdelay", "0"},
	    {"primary", "p1"},
	    {"primary", ""},
	    {"num_grat_arp", "3"},
	    {"active_slave", "p2"},
	    {"miimon", "50"},
	    {"min_links", "2"},
	    {"lp_interval", "2"},
	};
	const char *const *pair = settings[g_rand_int_range(dice, 0, G_N_ELEMENTS(settings))];
	gboolean done = bond_set_option(fx->bond, pair[0], pair[1], BOND_SOURCE_NETLINK, fx->now, NULL);

	g_assert_cmpint(bond_set_option(copy, pair[0], pair[1], BOND_SOURCE_NETLINK, fx->now, NULL), ==, done);
	fx_run(fx);
}

static void
random_event(struct fx *fx, struct bond *copy, GRand *dice)
{
	switch (g_rand_int_range(dice, 0, 4)) {
	case 0:
		set_both(fx, copy, dice);
		break;
	case 1:
		fx_wait(fx, (guint) g_rand_int_range(dice, 1, 400));
		copy_wait(copy, fx->now);
		break;
	default:
		fx_carrier(fx, (guint) g_rand_int_range(dice, 0, N_PORTS), g_rand_boolean(dice));
		break;
	}
	copy_links(fx, copy);
}

static void
test_decides_the_same(gconstpointer mode)
{
	for (guint seed = 0; seed < N_SEEDS; seed++) {
		GRand *dice = g_rand_new_with_seed(seed);
		struct fx *fx = fx_new("mode", mode, "miimon", "100", NULL);
		struct bond *copy;

		fx_start(fx, N_PORTS);
		for (gint i = g_rand_int_range(dice, 0, 12); i > 0; i--)
			fx_carrier(fx, (guint) g_rand_int_range(dice, 0, N_PORTS), g_rand_boolean(dice));
		fx_wait(fx, (guint) g_rand_int_range(dice, 1, 5000));
		copy = bond_copy(fx->bond, &NO_OPS, NULL);
		assert_same(fx->bond, copy);
		for (guint i = 0; i < N_EVENTS; i++) {
			random_event(fx, copy, dice);
			assert_same(fx->bond, copy);
		}
		bond_free(copy, fx->now);
		fx_free(fx);
		g_rand_free(dice);
	}
}

/* All that a rehearsal does, the bond and its world do not notice. */
static void
test_leaves_alone(gconstpointer mode)
{
	struct fx *fx = fx_new("mode", mode, "miimon", "100", NULL);
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;
	struct rehearsal *rehearsal;

	fx_start(fx, N_PORTS);
	fx_wait(fx, 3000);
	fx_clear(fx);
	before = bond_status_proc(fx->bond, "v1");
	rehearsal = rehearsal_new(fx->bond);
	rehearsal_cut(rehearsal, bond_find_port(rehearsal_bond(rehearsal), "p0"), fx->now);
	bond_set_option(rehearsal_bond(rehearsal), "resend_igmp", "9", BOND_SOURCE_NETLINK, fx->now, NULL);
	rehearsal_free(rehearsal);
	after = bond_status_proc(fx->bond, "v1");
	g_assert_cmpstr(after, ==, before);
	fx_assert_trace(fx, NULL, "");
	fx_free(fx);
}

/* The plan after a cut is that of a bond whose port was really cut. */
static void
test_cut_is_a_cut(gconstpointer mode)
{
	for (guint i = 0; i < N_PORTS; i++) {
		struct fx *fx = fx_new("mode", mode, "miimon", "100", "downdelay", "300", NULL);
		struct rehearsal *rehearsal;
		const struct bond_plan *plan;

		fx_start(fx, N_PORTS);
		fx_wait(fx, 3000);
		rehearsal = rehearsal_new(fx->bond);
		rehearsal_cut(rehearsal, bond_find_port(rehearsal_bond(rehearsal), fx->devices[i].name), fx->now);
		plan = rehearsal_plan(rehearsal);
		fx_carrier(fx, i, FALSE);
		fx_wait(fx, 1300);
		g_assert_cmpuint(plan->tx, ==, fx->plan->tx);
		g_assert_cmpuint(plan->usable, ==, fx->plan->usable);
		g_assert_cmpmem(plan->slots, sizeof(plan->slots), fx->plan->slots, sizeof(plan->slots));
		g_assert_cmpuint(plan->unbalanced, ==, fx->plan->unbalanced);
		rehearsal_free(rehearsal);
		fx_free(fx);
	}
}

/* The ARP monitor of the play finds out what is cut, and nothing else. */
static void
test_cut_with_arp_monitor(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "arp_interval", "100", "arp_ip_target", "+192.0.2.1", NULL);
	struct rehearsal *rehearsal;

	fx_start(fx, N_PORTS);
	for (guint i = 0; i < 30; i++) {
		for (guint p = 0; p < N_PORTS; p++)
			fx->devices[p].last_rx = fx->now;
		fx_wait(fx, 50);
	}
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	rehearsal = rehearsal_new(fx->bond);
	rehearsal_cut(rehearsal, bond_find_port(rehearsal_bond(rehearsal), "p0"), fx->now);
	g_assert_cmpstr(port_name(bond_active_port(rehearsal_bond(rehearsal))), ==, "p1");
	g_assert_cmpint(port_link(bond_find_port(rehearsal_bond(rehearsal), "p2")), ==, BOND_LINK_UP);
	rehearsal_free(rehearsal);
	fx_free(fx);
}

static void
test_announces(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);
	struct rehearsal *rehearsal;
	struct bond_port *p1;

	fx_start(fx, N_PORTS);
	fx_wait(fx, 3000);
	p1 = fx_port(fx, 1);
	rehearsal = rehearsal_new(fx->bond);
	g_assert_cmpuint(rehearsal_announced(rehearsal), ==, 0);
	g_assert_true(
	    bond_set_option(rehearsal_bond(rehearsal), "active_slave", "p1", BOND_SOURCE_NETLINK, fx->now, NULL));
	g_assert_cmpuint(rehearsal_announced(rehearsal), ==, 1u << port_id(p1));
	g_assert_cmpuint(rehearsal_reported(rehearsal), ==, 1u << port_id(p1));
	rehearsal_free(rehearsal);
	fx_free(fx);
}

static const char *const modes[] = {
    "balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb",
};

static void
add_for_modes(const char *what, GTestDataFunc test)
{
	for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
		g_autofree char *path = g_strdup_printf("/rehearsal/%s/%s", what, modes[i]);

		g_test_add_data_func(path, modes[i], test);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_for_modes("decides-the-same", test_decides_the_same);
	add_for_modes("leaves-alone", test_leaves_alone);
	add_for_modes("cut-is-a-cut", test_cut_is_a_cut);
	g_test_add_func("/rehearsal/cut-with-arp-monitor", test_cut_with_arp_monitor);
	g_test_add_func("/rehearsal/announces", test_announces);
	return g_test_run();
}
