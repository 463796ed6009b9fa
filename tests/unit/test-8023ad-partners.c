/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 802.3ad and its partners: some restart, stop, change or are two; and the links to them.
 */
#include "test-8023ad.h"

/* --- Partners that change --- */

static void
test_partner_restarts(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);
	guint took;

	net_replace(net, B, FAST);
	fx_start(net->sides[B], 2);
	net_wait(net, 300);
	/* It knows nothing of us: it is out of sync, and so are we. */
	g_assert_cmpstr(net_verdict(net, A, 0), ==, "not-in-sync");
	fx_assert_plan(net->sides[A], "drop; rx");
	took = net_wait_plan(net, BOTH, CONVERGED);
	g_assert_cmpuint(took, >=, 1500);
	net_free(net);
}

/* The host of the partner stops, and comes back when we have given it up. */
static void
test_partner_stops(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	fx_up(net->sides[B], FALSE);
	net_wait(net, 1500);
	fx_assert_plan(net->sides[A], BOTH);
	net_wait(net, 1700);
	g_assert_cmpstr(net_verdict(net, A, 0), ==, "silent");
	fx_assert_plan(net->sides[A], "drop; rx");
	net_wait(net, 3500);
	g_assert_cmpstr(net_verdict(net, A, 0), ==, "no-partner");
	/* Each is alone now; the one that was the last in the old aggregator has it. */
	fx_assert_plan(net->sides[A], "hash p1; rx p1");
	fx_up(net->sides[B], TRUE);
	net_wait_plan(net, BOTH, 2 * CONVERGED);
	net_free(net);
}

static void
test_swapped_cables(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	net_cable(net, A, 0, B, 1);
	net_cable(net, A, 1, B, 0);
	fx_assert_plan(net->sides[A], "drop; rx");
	net_wait_plan(net, BOTH, 2 * CONVERGED);
	g_assert_cmpuint(net_info(net, A, 0).partner.port_number, ==, 2);
	g_assert_cmpuint(net_info(net, A, 1).partner.port_number, ==, 1);
	net_free(net);
}

/* One port to another switch: it stays out, and is told why. */
static void
test_other_switch(void)
{
	struct net *net = net_pair(FAST, FAST, 3, CONVERGED);
	struct bond_lacp_verdict verdict;

	net_add(net, C, FAST)->now = net->sides[A]->now;
	net_cable(net, A, 1, C, 0);
	fx_start(net->sides[C], 1);
	net_wait(net, 2 * CONVERGED);
	fx_assert_plan(net->sides[A], "hash p0 p2; rx p0 p2");
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "other-system");
	verdict = net_info(net, A, 1).verdict;
	fx_assert_mac(verdict.partner_system, *bond_get_mac(net->sides[C]->bond));
	fx_assert_mac(verdict.group_system, *bond_get_mac(net->sides[B]->bond));
	g_assert_false(verdict.forwarding);
	g_assert_cmpstr(net_verdict(net, A, 0), ==, "up");
	/* The other switch sees that it is not wanted: kernel-semantics 60. */
	g_assert_cmpstr(net_verdict(net, C, 0), ==, "not-in-sync");
	g_assert_cmphex(net_info(net, C, 0).partner.state & LACP_STATE_SYNC, ==, 0);
	net_free(net);
}

/* kernel-semantics 60: it is out of sync for a minute, then it is churned; the others are not. */
static void
test_churn(void)
{
	struct net *net = net_pair(FAST, FAST, 2, 100);

	net_add(net, C, FAST)->now = net->sides[A]->now;
	net_cable(net, A, 1, C, 0);
	fx_start(net->sides[C], 1);
	net_wait(net, 59000);
	g_assert_cmpint(net_info(net, A, 0).actor_churn, ==, BOND_LACP_MONITORING);
	net_wait(net, 4000);
	g_assert_cmpint(net_info(net, A, 0).actor_churn, ==, BOND_LACP_NO_CHURN);
	g_assert_cmpint(net_info(net, A, 0).partner_churn, ==, BOND_LACP_NO_CHURN);
	g_assert_cmpint(net_info(net, A, 1).actor_churn, ==, BOND_LACP_CHURNED);
	g_assert_cmpuint(net_info(net, A, 1).actor_churn_count, ==, 1);
	g_assert_cmpint(net_info(net, C, 0).partner_churn, ==, BOND_LACP_CHURNED);
	net_free(net);
}

/* kernel-semantics 51: 3 s without a word at the fast rate, 90 at the slow one. */
static void
silent_cut(const char *const *settings, guint at_least, guint at_most)
{
	struct net *net = net_pair(settings, settings, 2, 40000);
	guint took;

	net_silence(net, A, 1, TRUE);
	took = net_wait_plan(net, "hash p0; rx p0", at_most + 1000);
	g_assert_cmpuint(took, >=, at_least);
	g_assert_cmpuint(took, <=, at_most);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "silent");
	net_wait(net, 4000);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "no-partner");
	/* Who knows no partner speaks every 30 s only. */
	net_silence(net, A, 1, FALSE);
	net_wait_plan(net, BOTH, 30000 + 2 * CONVERGED);
	net_free(net);
}

static void
test_silent_cut_fast(void)
{
	silent_cut(FAST, 2000, 3200);
}

static void
test_silent_cut_slow(void)
{
	silent_cut(SLOW, 60000, 90300);
}

/* --- Two partners: kernel-semantics 58, 59 --- */

#define TO_B BOTH
#define TO_C "hash p2 p3 p4; rx p2 p3 p4"

static void
test_stable(void)
{
	struct net *net = net_two_partners("stable");

	fx_assert_plan(net->sides[A], TO_B);
	net_unplug(net, A, 0);
	net_wait(net, CONVERGED);
	fx_assert_plan(net->sides[A], "hash p1; rx p1");
	net_unplug(net, A, 1);
	net_wait_plan(net, TO_C, CONVERGED);
	/* The better one is back; the old one stays. */
	net_cable(net, A, 0, B, 0);
	net_cable(net, A, 1, B, 1);
	net_wait(net, 3 * CONVERGED);
	fx_assert_plan(net->sides[A], TO_C);
	net_free(net);
}

static void
test_bandwidth(void)
{
	struct net *net = net_two_partners("bandwidth");

	fx_assert_plan(net->sides[A], TO_B); /* 20 G against 3 G */
	net_unplug(net, A, 0);
	net_wait(net, CONVERGED);
	fx_assert_plan(net->sides[A], "hash p1; rx p1"); /* 10 G */
	net_unplug(net, A, 1);
	net_wait_plan(net, TO_C, CONVERGED);
	net_cable(net, A, 0, B, 0);
	net_wait_plan(net, "hash p0; rx p0", 3 * CONVERGED);
	net_free(net);
}

static void
test_count(void)
{
	struct net *net = net_two_partners("count");

	fx_assert_plan(net->sides[A], TO_C); /* 3 against 2 */
	net_unplug(net, A, 2);
	/* As many here as there: the bandwidth decides. */
	net_wait_plan(net, TO_B, CONVERGED);
	net_free(net);
}

/* The sum of the priorities, and the higher one wins. */
static void
test_priority(void)
{
	struct net *net = net_two_partners("actor_port_prio");

	fx_assert_plan(net->sides[A], TO_C); /* 3 * 255 against 2 * 255 */
	fx_set_port(net->sides[A], 0, "ad_actor_port_prio", "1000");
	net_wait(net, 200);
	g_assert_cmpuint(net_info(net, A, 0).actor.port_priority, ==, 1000);
	/* The choice is made anew when something happens. */
	net_unplug(net, A, 4);
	net_wait_plan(net, TO_B, CONVERGED);
	net_free(net);
}

/* --- Speed and duplex: kernel-semantics 57 --- */

static void
test_speed_changes(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	net_set_speed(net, A, 1, 10000, BOND_DUPLEX_FULL);
	net_wait(net, 200);
	/* Until it hears a partner it receives what is still on its way. */
	fx_assert_plan(net->sides[A], "hash p0; rx p0 p1");
	net_wait(net, 2 * CONVERGED);
	g_assert_cmpuint(net_info(net, A, 1).actor.key, ==, 15);
	g_assert_cmpuint(net_info(net, A, 1).aggregator_id, !=, net_info(net, A, 0).aggregator_id);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "other-own-key");
	g_assert_cmpuint(net_info(net, A, 1).verdict.own_key, ==, 15);
	g_assert_cmpuint(net_info(net, A, 1).verdict.group_key, ==, 9);
	fx_assert_plan(net->sides[A], "hash p0; rx p0");
	net_set_speed(net, A, 1, 1000, BOND_DUPLEX_FULL);
	net_wait_plan(net, BOTH, 2 * CONVERGED);
	net_free(net);
}

/* The partner's port has another key: "its key is 7, the group's is 9". */
static void
test_partner_key(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	net_set_speed(net, B, 1, 100, BOND_DUPLEX_FULL);
	net_wait(net, 2 * CONVERGED);
	fx_assert_plan(net->sides[A], "hash p0; rx p0");
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "other-key");
	g_assert_cmpuint(net_info(net, A, 1).verdict.partner_key, ==, 7);
	g_assert_cmpuint(net_info(net, A, 1).verdict.group_key, ==, 9);
	net_free(net);
}

static void
test_half_duplex(void)
{
	struct net *net = net_new();

	net_add(net, A, FAST)->devices[1].duplex = BOND_DUPLEX_HALF;
	net_add(net, B, FAST);
	net_cable(net, A, 0, B, 0);
	net_cable(net, A, 1, B, 1);
	fx_start(net->sides[A], 2);
	fx_start(net->sides[B], 2);
	net_wait(net, 2 * CONVERGED);
	fx_assert_plan(net->sides[A], "hash p0; rx p0");
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "half-duplex");
	g_assert_cmpuint(net_info(net, A, 1).counters.lacpdu_tx, ==, 0);
	/* The cable is pulled and its speed negotiated anew, as a NIC does. */
	net_unplug(net, A, 1);
	net->sides[A]->devices[1].duplex = BOND_DUPLEX_FULL;
	net_cable(net, A, 1, B, 1);
	net_wait_plan(net, BOTH, 2 * CONVERGED);
	net_free(net);
}

/* 802.1AX has a step for 1 Mbit/s; the kernel gives it no key. */
static void
test_slowest(void)
{
	struct net *net = net_pair(FAST, FAST, 1, CONVERGED);

	net_set_speed(net, A, 0, 1, BOND_DUPLEX_FULL);
	net_wait(net, 200);
	g_assert_cmpuint(net_info(net, A, 0).actor.key, ==, 1);
	net_set_speed(net, A, 0, 10, BOND_DUPLEX_FULL);
	net_wait(net, 200);
	g_assert_cmpuint(net_info(net, A, 0).actor.key, ==, 5);
	net_free(net);
}

/* kernel-semantics 4, 69: without a speed the link does not come up, as teamd would have it; with one it does. */
static void
test_no_speed(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	net_set_speed(net, A, 1, BOND_SPEED_UNKNOWN, BOND_DUPLEX_UNKNOWN);
	net_wait(net, 500);
	fx_assert_plan(net->sides[A], "hash p0; rx p0");
	g_assert_cmpint(fx_link(net->sides[A], 1), ==, BOND_LINK_DOWN);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "no-speed");
	g_assert_cmpuint(net_info(net, A, 1).actor.key, ==, 0);
	net_set_speed(net, A, 1, 1000, BOND_DUPLEX_FULL);
	net_wait_plan(net, BOTH, 2 * CONVERGED);
	net_free(net);
}

/* --- Passive mode: kernel-semantics 68 --- */

static void
test_passive_and_active(void)
{
	struct net *net = net_pair(PASSIVE, FAST, 2, CONVERGED);

	fx_assert_plan(net->sides[A], BOTH);
	net->seen[A] = net->seen[B] = 0;
	net_wait(net, 120000);
	fx_assert_plan(net->sides[A], BOTH);
	/* Nobody has ever been without news for too long (state 143). */
	g_assert_cmphex((net->seen[A] | net->seen[B]) & LACP_STATE_EXPIRED, ==, 0);
	g_assert_cmphex(net->seen[A] & LACP_STATE_ACTIVITY, ==, 0);
	net_free(net);
}

static void
test_both_passive(void)
{
	struct net *net = net_pair(SLOW_PASSIVE, SLOW_PASSIVE, 1, 3000);
	guint sent = net->sent[A];

	g_assert_cmphex(net->seen[A] & LACP_STATE_ACTIVITY, ==, 0);
	net_wait(net, 60000);
	/* Nothing goes out by itself. */
	g_assert_cmpuint(net->sent[A], <=, sent + 4);
	net_free(net);
}

/* A switch that begins to speak is answered. */
static void
test_passive_wakes(void)
{
	struct net *net = net_pair(PASSIVE, PASSIVE, 2, 30000);

	net_replace(net, B, FAST);
	fx_start(net->sides[B], 2);
	net_wait_plan(net, BOTH, 3 * CONVERGED);
	net_free(net);
}

/* --- Loopback: kernel-semantics 56 --- */

static void
test_loopback(void)
{
	struct net *net = net_new();
	struct bond_lacp_info info;

	net_add(net, A, FAST);
	net_cable(net, A, 0, A, 1);
	fx_start(net->sides[A], 2);
	net_wait(net, CONVERGED);
	g_assert_cmpstr(net_verdict(net, A, 0), ==, "loopback");
	info = net_info(net, A, 0);
	g_assert_true(bond_mac_is_zero(&info.partner.system));
	g_assert_cmpuint(info.counters.lacpdu_rx, >, 0);
	net_free(net);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("partner/restarts", test_partner_restarts);
	TEST("partner/stops", test_partner_stops);
	TEST("partner/swapped-cables", test_swapped_cables);
	TEST("partner/other-switch", test_other_switch);
	TEST("partner/churn", test_churn);
	TEST("partner/silent-cut/fast", test_silent_cut_fast);
	TEST("partner/silent-cut/slow", test_silent_cut_slow);
	TEST("partner/other-key", test_partner_key);
	TEST("two-partners/stable", test_stable);
	TEST("two-partners/bandwidth", test_bandwidth);
	TEST("two-partners/count", test_count);
	TEST("two-partners/priority", test_priority);
	TEST("link/speed", test_speed_changes);
	TEST("link/1-mbit", test_slowest);
	TEST("link/half-duplex", test_half_duplex);
	TEST("link/no-speed", test_no_speed);
	TEST("passive/and-active", test_passive_and_active);
	TEST("passive/both", test_both_passive);
	TEST("passive/wakes", test_passive_wakes);
	TEST("loopback", test_loopback);
	return g_test_run();
}
