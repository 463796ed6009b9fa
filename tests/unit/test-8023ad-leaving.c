/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 802.3ad: ports that leave, and what the bond's carrier makes of those that stay.
 */
#include "test-8023ad.h"

/* --- Ports that leave: kernel-semantics 65 --- */

static void
test_leaving(void)
{
	const guint8 gone = LACP_STATE_SYNC | LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING | LACP_STATE_AGGREGATION;
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);
	guint sent = net->sent[A];

	fx_remove(net->sides[A], 1);
	g_assert_cmpuint(net->sent[A], ==, sent + 1);
	g_assert_cmphex(net->last[A][1].actor.state & gone, ==, 0);
	fx_assert_plan(net->sides[A], "hash p0; rx p0");
	net_wait(net, 300);
	fx_assert_plan(net->sides[B], "hash p0; rx p0");
	g_assert_cmpstr(net_verdict(net, B, 1), ==, "individual");
	net_free(net);
}

/* The first port owns the aggregator that both are in: it moves to the second, and traffic goes on. */
static void
test_owner_leaves(void)
{
	struct net *net = net_pair(FAST, FAST, 3, CONVERGED);
	guint16 id = net_info(net, A, 0).aggregator_id;
	guint16 old_second = net_info(net, A, 1).aggregator_id;

	g_assert_cmpuint(id, ==, old_second);
	fx_remove(net->sides[A], 0);
	fx_assert_plan(net->sides[A], "hash p1 p2; rx p1 p2");
	g_assert_cmpuint(net_info(net, A, 1).aggregator_id, !=, id);
	g_assert_cmpuint(net_info(net, A, 1).aggregator_id, ==, net_info(net, A, 2).aggregator_id);
	g_assert_true(bond_has_carrier(net->sides[A]->bond));
	net_wait(net, CONVERGED);
	fx_assert_plan(net->sides[A], "hash p1 p2; rx p1 p2");
	fx_add(net->sides[A], 0);
	net_wait_plan(net, "hash p1 p2 p0; rx p1 p2 p0", 2 * CONVERGED);
	g_assert_cmpuint(net_info(net, A, 0).actor.port_number, ==, 4);
	net_free(net);
}

/* A device that vanishes says no good-bye. */
static void
test_device_gone(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);
	guint sent = net->sent[A];

	fx_gone(net->sides[A], 0);
	g_assert_cmpuint(net->sent[A], ==, sent);
	fx_assert_plan(net->sides[A], "hash p1; rx p1");
	net_free(net);
}

/* All orders of four ports leaving, with two partners: no aggregator may be left behind. */
static void
test_leave_in_any_order(void)
{
	for (guint order = 0; order < 24; order++) {
		struct net *net = net_two_partners("stable");
		guint left[] = {0, 1, 2, 3};
		guint rest = order;

		for (guint n = 4; n > 0; n--) {
			guint i = rest % n;

			rest /= n;
			fx_remove(net->sides[A], left[i]);
			left[i] = left[n - 1];
			net_wait(net, 1000);
			g_assert_true(bond_has_carrier(net->sides[A]->bond));
		}
		fx_assert_plan(net->sides[A], "hash p4; rx p4");
		net_free(net);
	}
}

/* --- Carrier: kernel-semantics 25 --- */

static void
test_min_links(void)
{
	static const char *const settings[] = {"lacp_rate", "fast", "min_links", "2", NULL};
	struct net *net = net_pair(settings, FAST, 3, CONVERGED);

	g_assert_true(bond_has_carrier(net->sides[A]->bond));
	net_unplug(net, A, 0);
	g_assert_true(bond_has_carrier(net->sides[A]->bond));
	net_unplug(net, A, 1);
	g_assert_false(bond_has_carrier(net->sides[A]->bond));
	fx_set(net->sides[A], "min_links", "1");
	g_assert_true(bond_has_carrier(net->sides[A]->bond));
	fx_set(net->sides[A], "min_links", "2");
	g_assert_false(bond_has_carrier(net->sides[A]->bond));
	net_cable(net, A, 1, B, 1);
	net_wait(net, 2 * CONVERGED);
	g_assert_true(bond_has_carrier(net->sides[A]->bond));
	net_free(net);
}

/* Only ports in step with a partner count, and one there must be. */
static void
test_lacp_strict(void)
{
	static const char *const strict[] = {"lacp_rate", "fast", "lacp_strict", "on", NULL};
	struct net *net = net_pair(strict, FAST, 2, 1000);

	g_assert_false(bond_has_carrier(net->sides[A]->bond));
	net_wait(net, CONVERGED);
	g_assert_true(bond_has_carrier(net->sides[A]->bond));
	net_silence(net, A, 0, TRUE);
	net_silence(net, A, 1, TRUE);
	net_wait(net, 3500);
	g_assert_false(bond_has_carrier(net->sides[A]->bond));
	/* Without the option a bond that nobody answers has carrier: kernel-semantics 61 */
	net_wait(net, 4000);
	g_assert_false(bond_has_carrier(net->sides[A]->bond));
	{
		const char *const off[] = {"lacp_strict", "off", NULL};

		g_assert_true(bond_set_options(net->sides[A]->bond, off, net->sides[A]->now, NULL));
	}
	g_assert_true(bond_has_carrier(net->sides[A]->bond));
	net_free(net);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("leave/pdu", test_leaving);
	TEST("leave/owner", test_owner_leaves);
	TEST("leave/device-gone", test_device_gone);
	TEST("leave/any-order", test_leave_in_any_order);
	TEST("carrier/min-links", test_min_links);
	TEST("carrier/strict", test_lacp_strict);
	return g_test_run();
}
