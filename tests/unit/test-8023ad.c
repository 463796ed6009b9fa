/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 802.3ad as a whole, in virtual time, against other bonds of the engine. Numbers are those of the list of traps that
 * a copy of the kernel's driver falls into ("kernel-semantics N").
 */
#include <errno.h>

#include "lacp-net.h"

#include "engine/status.h"

static const char *const SLOW[] = {NULL};
static const char *const FAST[] = {"lacp_rate", "fast", NULL};
static const char *const PASSIVE[] = {"lacp_rate", "fast", "lacp_active", "off", NULL};
static const char *const SLOW_PASSIVE[] = {"lacp_active", "off", NULL};
static const char *const INDEPENDENT[] = {"lacp_rate", "fast", "coupled_control", "off", NULL};

/* Long enough for two bonds to find each other: 2.7 s. */
#define CONVERGED 3000

#define BOTH "hash p0 p1; rx p0 p1"

/* --- Coming up --- */

static void
test_two_bonds(void)
{
	struct net *net = net_pair(FAST, FAST, 2, 0);
	guint took = net_wait_plan(net, BOTH, CONVERGED);
	struct bond_lacp_info info;

	/* wait_while is 2 s (kernel-semantics 49); then the partner must have heard of it. */
	g_assert_cmpuint(took, >=, 2000);
	g_assert_cmpuint(took, <=, 2700);
	net_wait(net, 1000);
	fx_assert_plan(net->sides[B], BOTH);
	info = net_info(net, A, 1);
	g_assert_cmphex(info.actor.state, ==, 0x3f);
	g_assert_cmphex(info.partner.state, ==, 0x3f);
	g_assert_cmpuint(info.aggregator_id, ==, net_info(net, A, 0).aggregator_id);
	g_assert_true(info.aggregator_active);
	g_assert_cmpstr(info.rx_state, ==, "current");
	g_assert_cmpstr(info.periodic_state, ==, "fast");
	g_assert_cmpstr(info.mux_state, ==, "collecting-distributing");
	g_assert_cmpstr(net_verdict(net, A, 0), ==, "up");
	g_assert_true(bond_has_carrier(net->sides[A]->bond));
	net_free(net);
}

/* kernel-semantics 61: nobody answers, and one port carries the traffic all the same. */
static void
test_alone(void)
{
	struct fx *fx = fx_new("mode", "802.3ad", "miimon", "100", NULL);
	struct bond_lacp_info info;

	fx_start(fx, 2);
	fx_wait(fx, 500);
	fx_assert_plan(fx, "hash p0; rx p0");
	g_assert_true(bond_has_carrier(fx->bond));
	g_assert_true(bond_port_lacp_info(fx_port(fx, 0), &info));
	g_assert_cmpint(info.verdict.type, ==, BOND_LACP_LISTENING);
	g_assert_true(info.verdict.forwarding);
	fx_wait(fx, 10000);
	g_assert_true(bond_port_lacp_info(fx_port(fx, 0), &info));
	g_assert_cmpint(info.verdict.type, ==, BOND_LACP_NO_PARTNER);
	g_assert_true(info.verdict.forwarding);
	g_assert_true(bond_port_lacp_info(fx_port(fx, 1), &info));
	g_assert_cmpint(info.verdict.type, ==, BOND_LACP_NO_PARTNER);
	g_assert_false(info.verdict.forwarding);
	/* The other takes over. */
	fx_carrier(fx, 0, FALSE);
	fx_assert_plan(fx, "hash p1; rx p1");
	fx_free(fx);
}

/* kernel-semantics 49: a bond that is up and gets its first port waits 8 s before anybody collects. */
static void
test_selection_timer(void)
{
	struct net *net = net_new();
	guint took;

	net_add(net, A, FAST);
	net_add(net, B, FAST);
	net_cable(net, A, 0, B, 0);
	fx_up(net->sides[A], TRUE);
	fx_start(net->sides[B], 1);
	net_wait(net, 1000);
	fx_add(net->sides[A], 0);
	net_wait(net, 5000);
	g_assert_cmphex(net_info(net, A, 0).actor.state & LACP_STATE_DISTRIBUTING, ==, 0);
	took = 5000;
	while (took < 10000 && !(net_info(net, A, 0).actor.state & LACP_STATE_DISTRIBUTING)) {
		net_wait(net, 100);
		took += 100;
	}
	g_assert_cmpuint(took, >=, 7900);
	g_assert_cmpuint(took, <=, 8500);
	net_free(net);
}

/* kernel-semantics 48: a PDU is taken at once, what follows from it waits for the tick. */
static void
test_rx_at_once(void)
{
	struct net *net = net_pair(FAST, FAST, 1, CONVERGED);
	struct lacpdu pdu = net->last[B][0];
	guint8 frame[LACPDU_FRAME_SIZE];

	net_wait(net, 50);
	pdu.actor.state &= (guint8) ~LACP_STATE_SYNC;
	lacpdu_build(port_perm_mac(fx_port(net->sides[B], 0)), &pdu, frame);
	fx_receive(net->sides[A], 0, frame, sizeof(frame));
	g_assert_cmphex(net_info(net, A, 0).partner.state & LACP_STATE_SYNC, ==, 0);
	g_assert_cmphex(net_info(net, A, 0).actor.state & LACP_STATE_DISTRIBUTING, !=, 0);
	g_assert_cmpint(bond_next_deadline(net->sides[A]->bond) - net->sides[A]->now, <=, 100 * BOND_MSEC);
	net_wait(net, 100);
	g_assert_cmphex(net_info(net, A, 0).actor.state & LACP_STATE_DISTRIBUTING, ==, 0);
	net_free(net);
}

/* kernel-semantics 27, 28: a port that carries nothing hears LACPDUs, and nothing else goes to the host. */
static void
test_inactive_hears(void)
{
	struct net *net = net_pair(FAST, FAST, 2, 500);

	g_assert_true(port_is_inactive(fx_port(net->sides[A], 1)));
	g_assert_cmpuint(net_info(net, A, 1).counters.lacpdu_rx, >, 0);
	g_assert_cmpint(net->sides[A]->plan->rx[1], ==, BOND_PLAN_RX_EXACT);
	net_free(net);
}

/* A partner that hears that we are in sync sends at once; the frames that are for us get through. */
static void
test_attached_receives(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);
	gboolean seen = FALSE;

	net_unplug(net, A, 1);
	net_wait(net, 500);
	net_cable(net, A, 1, B, 1);
	for (guint i = 0; i < 40; i++) {
		enum bond_plan_rx rx = net->sides[A]->plan->rx[1];
		gboolean in_sync = (net_info(net, A, 1).actor.state & LACP_STATE_SYNC) != 0;

		g_assert_true(rx != BOND_PLAN_RX_UNICAST || in_sync);
		seen = seen || rx == BOND_PLAN_RX_UNICAST;
		/* Our partner never sends what we would not take. */
		if (net_info(net, B, 1).verdict.forwarding && in_sync)
			g_assert_cmpint(rx, >=, BOND_PLAN_RX_UNICAST);
		net_wait(net, 100);
	}
	g_assert_true(seen);
	g_assert_cmpint(net->sides[A]->plan->rx[1], ==, BOND_PLAN_RX_ALL);
	net_free(net);
}

/* What waits in the rings of a port when its cable is cut was meant for us. */
static void
test_leftovers(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	net_unplug(net, A, 1);
	g_assert_cmpint(net->sides[A]->plan->rx[1], ==, BOND_PLAN_RX_UNICAST);
	g_assert_cmpuint(net->sides[A]->plan->n_slots, ==, 1);
	net_cable(net, A, 1, B, 1);
	g_assert_cmpint(net->sides[A]->plan->rx[1], ==, BOND_PLAN_RX_EXACT);
	net_free(net);
}

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

/* p0 and p1 lead to B, p2 to p4 to C. */
static struct net *
two_partners(const char *ad_select)
{
	const char *const settings[] = {"lacp_rate", "fast", "ad_select", ad_select, NULL};
	struct net *net = net_new();

	net_add(net, A, settings);
	net_add(net, B, FAST);
	net_add(net, C, FAST);
	net->sides[A]->devices[0].speed = net->sides[A]->devices[1].speed = 10000;
	for (guint i = 0; i < 2; i++)
		net_cable(net, A, i, B, i);
	for (guint i = 0; i < 3; i++)
		net_cable(net, A, i + 2, C, i);
	fx_start(net->sides[A], 5);
	fx_start(net->sides[B], 2);
	fx_start(net->sides[C], 3);
	net_wait(net, 2 * CONVERGED);
	return net;
}

#define TO_B BOTH
#define TO_C "hash p2 p3 p4; rx p2 p3 p4"

static void
test_stable(void)
{
	struct net *net = two_partners("stable");

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
	struct net *net = two_partners("bandwidth");

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
	struct net *net = two_partners("count");

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
	struct net *net = two_partners("actor_port_prio");

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
set_speed(struct net *net, guint side, guint port, guint32 speed, enum bond_duplex duplex)
{
	net->sides[side]->devices[port].speed = speed;
	net->sides[side]->devices[port].duplex = duplex;
	fx_carrier(net->sides[side], port, TRUE);
}

static void
test_speed_changes(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	set_speed(net, A, 1, 10000, BOND_DUPLEX_FULL);
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
	set_speed(net, A, 1, 1000, BOND_DUPLEX_FULL);
	net_wait_plan(net, BOTH, 2 * CONVERGED);
	net_free(net);
}

/* The partner's port has another key: "its key is 7, the group's is 9". */
static void
test_partner_key(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	set_speed(net, B, 1, 100, BOND_DUPLEX_FULL);
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

	set_speed(net, A, 0, 1, BOND_DUPLEX_FULL);
	net_wait(net, 200);
	g_assert_cmpuint(net_info(net, A, 0).actor.key, ==, 1);
	set_speed(net, A, 0, 10, BOND_DUPLEX_FULL);
	net_wait(net, 200);
	g_assert_cmpuint(net_info(net, A, 0).actor.key, ==, 5);
	net_free(net);
}

/* kernel-semantics 4, 69: without a speed the link does not come up, as teamd would have it; with one it does. */
static void
test_no_speed(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	set_speed(net, A, 1, BOND_SPEED_UNKNOWN, BOND_DUPLEX_UNKNOWN);
	net_wait(net, 500);
	fx_assert_plan(net->sides[A], "hash p0; rx p0");
	g_assert_cmpint(fx_link(net->sides[A], 1), ==, BOND_LINK_DOWN);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "no-speed");
	g_assert_cmpuint(net_info(net, A, 1).actor.key, ==, 0);
	set_speed(net, A, 1, 1000, BOND_DUPLEX_FULL);
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
		struct net *net = two_partners("stable");
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

/* --- Independent control: kernel-semantics 30, 62 --- */

static void
test_independent(void)
{
	struct net *net = net_pair(INDEPENDENT, FAST, 1, 0);
	gboolean collected = FALSE;

	for (guint i = 0; i < 40; i++) {
		net_wait(net, 100);
		if (!g_str_equal(net_info(net, A, 0).mux_state, "collecting"))
			continue;
		collected = TRUE;
		fx_assert_plan(net->sides[A], "drop; rx p0");
	}
	g_assert_true(collected);
	g_assert_cmpstr(net_info(net, A, 0).mux_state, ==, "distributing");
	fx_assert_plan(net->sides[A], "hash p0; rx p0");
	net_free(net);
}

/* The partner stops collecting: we stop sending, and go on receiving. */
static void
test_partner_stops_collecting(void)
{
	struct net *net = net_pair(INDEPENDENT, FAST, 1, 2 * CONVERGED);
	struct lacpdu pdu = net->last[B][0];
	guint8 frame[LACPDU_FRAME_SIZE];

	net_silence(net, A, 0, TRUE);
	pdu.actor.state &= (guint8) ~(LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING);
	pdu.partner = net_info(net, A, 0).actor;
	lacpdu_build(port_perm_mac(fx_port(net->sides[B], 0)), &pdu, frame);
	fx_receive(net->sides[A], 0, frame, sizeof(frame));
	net_wait(net, 200);
	g_assert_cmpstr(net_info(net, A, 0).mux_state, ==, "collecting");
	g_assert_cmpstr(net_verdict(net, A, 0), ==, "collecting");
	fx_assert_plan(net->sides[A], "drop; rx p0");
	net_free(net);
}

/* Two bonds of independent control find each other, too. */
static void
test_both_independent(void)
{
	struct net *net = net_pair(INDEPENDENT, INDEPENDENT, 2, 2 * CONVERGED);

	fx_assert_plan(net->sides[A], BOTH);
	fx_assert_plan(net->sides[B], BOTH);
	net_free(net);
}

/* --- broadcast_neighbor: kernel-semantics 20 --- */

static void
test_broadcast_neighbor(void)
{
	static const char *const settings[] = {"lacp_rate", "fast", "broadcast_neighbor", "on", "num_grat_arp",
					       "2",	    NULL};
	struct net *net = net_pair(settings, FAST, 2, 2 * CONVERGED);
	struct fx *fx = net->sides[A];
	guint8 arp[42] = {[12] = 0x08, 0x06};
	guint8 tagged[46] = {[12] = 0x81, 0x00, 0x00, 0x05, 0x08, 0x06};
	guint8 nd[64] = {[12] = 0x86, 0xdd, [20] = 58, [54] = 135};
	guint8 udp[64] = {[12] = 0x86, 0xdd, [20] = 17};
	const struct bond_frame frames[] = {
	    {.data = arp, .len = sizeof(arp)},
	    {.data = nd, .len = sizeof(nd)},
	    {.data = udp, .len = sizeof(udp)},
	    {.data = arp, .len = 13},
	    {.data = tagged, .len = sizeof(tagged)},
	    {.data = tagged, .len = 17},
	    {.data = arp, .len = sizeof(arp), .has_vlan = TRUE, .vlan = 5},
	};
	struct bond_plan_state state = {.random = 1};
	bond_port_id out[G_N_ELEMENTS(frames)];

	g_assert_true(fx->plan->broadcast_neighbor);
	bond_plan_transmit(fx->plan, &state, frames, G_N_ELEMENTS(frames), out);
	g_assert_cmpuint(out[0], ==, BOND_PORT_EVERY);
	g_assert_cmpuint(out[1], ==, BOND_PORT_EVERY);
	g_assert_cmpuint(out[2], <, BOND_MAX_PORTS);
	g_assert_cmpuint(out[3], <, BOND_MAX_PORTS);
	g_assert_cmpuint(out[4], ==, BOND_PORT_EVERY);
	g_assert_cmpuint(out[5], <, BOND_MAX_PORTS);
	g_assert_cmpuint(out[6], ==, BOND_PORT_EVERY);
	nd[54] = 137; /* redirect */
	bond_plan_transmit(fx->plan, &state, frames, G_N_ELEMENTS(frames), out);
	g_assert_cmpuint(out[1], <, BOND_MAX_PORTS);
	/* A port that comes back is told to the neighbours, by all ports. */
	net_unplug(net, A, 1);
	net_wait(net, 500);
	fx_clear(fx);
	net_cable(net, A, 1, B, 1);
	net_wait(net, 2 * CONVERGED);
	fx_assert_trace(fx, "notify", "notify p0; notify p1; notify p0; notify p1");
	net_free(net);
}

static void
test_no_notification_without(void)
{
	struct net *net = net_pair(FAST, FAST, 2, 2 * CONVERGED);

	net_unplug(net, A, 1);
	net_cable(net, A, 1, B, 1);
	net_wait(net, 2 * CONVERGED);
	g_assert_cmpuint(net->sides[A]->n_notified, ==, 0);
	g_assert_false(net->sides[A]->plan->broadcast_neighbor);
	net_free(net);
}

/* --- Options --- */

/* kernel-semantics 66: only the actor's bit; and the partner adapts its rate. */
static void
test_lacp_rate(void)
{
	struct net *net = net_pair(SLOW, SLOW, 1, CONVERGED);
	guint sent;

	g_assert_cmphex(net_info(net, A, 0).actor.state, ==, 0x3d);
	fx_set_fails(net->sides[A], "lacp_rate", "fast", EBUSY);
	sent = net->sent[B];
	net_wait(net, 30000);
	g_assert_cmpuint(net->sent[B] - sent, <=, 2);
	fx_up(net->sides[A], FALSE);
	fx_set(net->sides[A], "lacp_rate", "fast");
	g_assert_cmphex(net_info(net, A, 0).actor.state & LACP_STATE_TIMEOUT, !=, 0);
	fx_up(net->sides[A], TRUE);
	net_wait(net, 32000);
	sent = net->sent[B];
	net_wait(net, 10000);
	g_assert_cmpuint(net->sent[B] - sent, >=, 9);
	g_assert_cmpuint(net->sent[B] - sent, <=, 11);
	net_free(net);
}

static void
test_actor_system(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);
	struct bond_aggregate_info info;

	fx_set(net->sides[A], "ad_actor_system", "02:11:22:33:44:55");
	fx_set(net->sides[A], "ad_actor_sys_prio", "7");
	net_wait(net, 500);
	/* The partner has heard of it: somebody else is there now. */
	g_assert_cmpuint(net_info(net, B, 0).partner.system_priority, ==, 7);
	g_assert_cmphex(net_info(net, B, 0).partner.system.b[5], ==, 0x55);
	net_wait_plan(net, BOTH, 2 * CONVERGED);
	g_assert_true(bond_lacp_info(net->sides[A]->bond, &info));
	g_assert_cmpuint(info.system_priority, ==, 7);
	g_assert_cmphex(info.system.b[1], ==, 0x11);
	g_assert_true(info.has_active);
	g_assert_cmpuint(info.n_ports, ==, 2);
	g_assert_cmpuint(info.partner_key, ==, 9);
	g_assert_cmpuint(info.actor_key, ==, 9);
	net_free(net);
}

/* The kernel keeps it in the bond, not in the mode. */
static void
test_system_outlasts_mode(void)
{
	struct fx *fx = fx_new("mode", "802.3ad", NULL);
	g_autofree char *text = NULL;

	fx_set(fx, "ad_actor_sys_prio", "7");
	fx_set(fx, "ad_actor_system", "02:11:22:33:44:55");
	fx_set(fx, "mode", "balance-rr");
	fx_set(fx, "mode", "802.3ad");
	text = bond_status_proc(fx->bond, "v0");
	g_assert_nonnull(strstr(text, "System priority: 7\nSystem MAC address: 02:11:22:33:44:55\n"));
	fx_free(fx);
}

/* It holds for ports that come later. */
static void
test_user_port_key(void)
{
	struct net *net = net_pair(FAST, FAST, 1, 100);

	fx_up(net->sides[A], FALSE);
	fx_set(net->sides[A], "ad_user_port_key", "3");
	fx_up(net->sides[A], TRUE);
	net_cable(net, A, 1, B, 1);
	fx_add(net->sides[A], 1);
	g_assert_cmpuint(net_info(net, A, 0).actor.key, ==, 9);
	g_assert_cmpuint(net_info(net, A, 1).actor.key, ==, 3 << 6 | 9);
	net_free(net);
}

/* --- Markers and counters: kernel-semantics 64 --- */

static void
marker(guint8 *frame, guint8 type)
{
	memset(frame, 0, LACPDU_FRAME_SIZE);
	memcpy(frame, slow_group.b, BOND_ETH_ALEN);
	frame[12] = 0x88;
	frame[13] = 0x09;
	frame[14] = 2;
	frame[15] = 1;
	frame[16] = type;
	frame[17] = 22;
	frame[20] = 0x77;
}

static void
answer_expected(struct fx *fx, guint i, const guint8 *frame, gsize len)
{
	g_assert_cmpuint(frame[14], ==, 2);
	g_assert_cmpuint(frame[16], ==, 2);
	g_assert_cmpuint(frame[20], ==, 0x77);
	g_assert_cmpmem(frame + BOND_ETH_ALEN, BOND_ETH_ALEN, port_perm_mac(fx_port(fx, i))->b, BOND_ETH_ALEN);
	fx->network = fx;
}

static void
test_markers_and_counters(void)
{
	struct fx *fx = fx_new("mode", "802.3ad", "miimon", "100", NULL);
	guint8 frame[LACPDU_FRAME_SIZE];
	struct bond_aggregate_info bond;
	struct bond_lacp_info info;

	fx_start(fx, 2);
	fx->on_send = answer_expected;
	marker(frame, 1);
	fx_receive(fx, 1, frame, sizeof(frame));
	g_assert_true(fx->network == fx);
	marker(frame, 2);
	fx_receive(fx, 1, frame, sizeof(frame));
	marker(frame, 9);
	fx_receive(fx, 1, frame, sizeof(frame));
	fx_receive(fx, 1, frame, sizeof(frame) - 1); /* illegal */
	frame[14] = 3;				     /* OAM */
	fx_receive(fx, 1, frame, sizeof(frame));
	frame[0] = 0; /* none of ours */
	fx_receive(fx, 1, frame, sizeof(frame));
	fx->on_send = NULL;
	g_assert_true(bond_port_lacp_info(fx_port(fx, 1), &info));
	g_assert_cmpuint(info.counters.marker_rx, ==, 1);
	g_assert_cmpuint(info.counters.marker_resp_tx, ==, 1);
	g_assert_cmpuint(info.counters.marker_resp_rx, ==, 1);
	g_assert_cmpuint(info.counters.marker_unknown_rx, ==, 1);
	g_assert_cmpuint(info.counters.lacpdu_illegal_rx, ==, 1);
	g_assert_cmpuint(info.counters.lacpdu_unknown_rx, ==, 1);
	g_assert_cmpuint(info.counters.lacpdu_rx, ==, 0);
	g_assert_true(bond_lacp_info(fx->bond, &bond));
	g_assert_cmpmem(&bond.counters, sizeof(bond.counters), &info.counters, sizeof(info.counters));
	fx_free(fx);
}

/* A bond that is down hears nothing. */
static void
test_down_is_deaf(void)
{
	struct net *net = net_pair(FAST, FAST, 1, CONVERGED);
	guint64 heard;

	fx_up(net->sides[A], FALSE);
	heard = net_info(net, A, 0).counters.lacpdu_rx;
	g_assert_cmpstr(net_verdict(net, A, 0), ==, "bond-down");
	net_wait(net, 10000);
	g_assert_cmpuint(net_info(net, A, 0).counters.lacpdu_rx, ==, heard);
	net_free(net);
}

/* --- Time --- */

/* An idle bond sleeps: at the slow rate a handful of ticks in 30 s. */
static void
test_sleeps(void)
{
	struct net *net = net_pair(SLOW, SLOW, 2, 120000);
	guint runs;

	fx_assert_plan(net->sides[A], BOTH);
	runs = net->runs[A];
	net_wait(net, 600000);
	g_assert_cmpuint(net->runs[A] - runs, <=, 20 * 8);
	/* Twenty times in ten minutes, by two ports. */
	g_assert_cmpuint(net->sent[A], <=, 2 * 40);
	fx_assert_plan(net->sides[A], BOTH);
	net_free(net);
}

/* The host stood still, and with it the LACPDUs: no partner is given up for that. */
static void
test_host_stands_still(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	for (guint i = 0; i < 3; i++) {
		net_stand_still(net, 20000);
		fx_assert_plan(net->sides[A], BOTH);
		net_wait(net, 2000);
		fx_assert_plan(net->sides[A], BOTH);
	}
	net_free(net);
}

/* Down for a while: what was known is known, the clock goes on where it stood. */
static void
test_down_and_up(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);

	fx_up(net->sides[A], FALSE);
	fx_assert_plan(net->sides[A], "drop; rx");
	net_wait(net, 1000);
	fx_up(net->sides[A], TRUE);
	fx_assert_plan(net->sides[A], BOTH);
	net_wait(net, 500);
	fx_assert_plan(net->sides[A], BOTH);
	net_free(net);
}

/* --- Events --- */

static void
test_events(void)
{
	struct net *net = net_pair(FAST, FAST, 1, 0);

	net_wait(net, CONVERGED);
	fx_assert_trace(net->sides[A], "event lacp,event aggregator",
			"event lacp p0 47/00>c7/02; event lacp p0 c7/02>07/07; event lacp p0 07/07>0f/07; "
			"event lacp p0 0f/07>3f/3f");
	fx_clear(net->sides[A]);
	net_unplug(net, A, 0);
	net_wait(net, 200);
	fx_assert_trace(net->sides[A], "event aggregator", "event aggregator 1>0");
	net_free(net);
}

/* A partner gone mad makes no more events than there are ticks, and no more warnings than one a minute. */
static void
test_event_flood(void)
{
	struct net *net = net_pair(FAST, FAST, 1, CONVERGED);
	struct fx *fx = net->sides[A];
	struct lacpdu pdu = net->last[B][0];
	g_autofree char *events = NULL;
	g_auto(GStrv) lines = NULL;

	net_silence(net, A, 0, TRUE);
	fx_clear(fx);
	for (guint i = 0; i < 10000; i++) {
		guint8 frame[LACPDU_FRAME_SIZE];

		pdu.actor.system = i % 3 == 0 ? *bond_get_mac(fx->bond) : net->last[B][0].actor.system;
		pdu.actor.state = (guint8) i | LACP_STATE_AGGREGATION;
		lacpdu_build(&pdu.actor.system, &pdu, frame);
		fx_receive(fx, 0, frame, sizeof(frame));
		if (i % 1000 == 0)
			net_wait(net, 100);
	}
	g_assert_cmpuint(net_info(net, A, 0).counters.lacpdu_rx, >, 10000);
	events = fx_trace(fx, "event lacp,log");
	lines = g_strsplit(events, "; ", -1);
	g_assert_cmpuint(g_strv_length(lines), <=, 12);
	net_free(net);
}

/* --- Reading --- */

static void
test_verdicts_on_the_way(void)
{
	struct net *net = net_pair(FAST, FAST, 2, 150);

	g_assert_cmpstr(net_verdict(net, A, 1), ==, "listening");
	net_wait(net, 850);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "waiting");
	net_wait(net, CONVERGED);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "up");
	net_unplug(net, A, 1);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "link-down");
	g_assert_cmpstr(net_verdict(net, B, 1), ==, "link-down");
	net_free(net);
}

/* The second port hears @pdu and nothing else. */
static void
hear_only(struct net *net, const struct lacpdu *pdu)
{
	guint8 frame[LACPDU_FRAME_SIZE];

	net_silence(net, A, 1, TRUE);
	lacpdu_build(port_perm_mac(fx_port(net->sides[B], 1)), pdu, frame);
	fx_receive(net->sides[A], 1, frame, sizeof(frame));
	net_wait(net, 200);
}

/* The partner answers another port than ours. */
static void
test_verdict_mismatch(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);
	struct lacpdu pdu = net->last[B][1];

	pdu.partner.port_number++;
	hear_only(net, &pdu);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "mismatch");
	fx_assert_plan(net->sides[A], "hash p0; rx p0");
	net_free(net);
}

/* The same partner and key, but another priority of its system: neither is what one would look for first. */
static void
test_verdict_other_aggregator(void)
{
	struct net *net = net_pair(FAST, FAST, 2, CONVERGED);
	struct lacpdu pdu = net->last[B][1];

	pdu.actor.system_priority--;
	hear_only(net, &pdu);
	g_assert_cmpstr(net_verdict(net, A, 1), ==, "other-aggregator");
	g_assert_cmpuint(net_info(net, A, 1).verdict.aggregator, !=, net_info(net, A, 1).verdict.active_aggregator);
	net_free(net);
}

static void
test_other_modes(void)
{
	struct fx *fx = fx_new("mode", "balance-xor", NULL);
	struct bond_aggregate_info bond;
	struct bond_lacp_info info;

	fx_add(fx, 0);
	g_assert_false(bond_port_lacp_info(fx_port(fx, 0), &info));
	g_assert_false(bond_lacp_info(fx->bond, &bond));
	g_assert_cmpuint(bond.system_priority, ==, 0);
	fx_free(fx);
}

/* updelay counts for the first port, too, once an aggregator carries the traffic; see also the recordings. */
static void
test_updelay(void)
{
	struct fx *fx = fx_new("mode", "802.3ad", "miimon", "100", "updelay", "1000", NULL);

	fx_start(fx, 2);
	fx_wait(fx, 200);
	/* Nobody could send: one was taken early (kernel-semantics 8). */
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	g_assert_cmpint(fx_link(fx, 1), ==, BOND_LINK_BACK);
	fx_wait(fx, 1000);
	g_assert_cmpint(fx_link(fx, 1), ==, BOND_LINK_UP);
	fx_free(fx);
}

/* A NIC without signal knows no speed. The delay holds all the same. When the signal is back in time, LACP begins anew,
 * as in the kernel. */
static void
test_downdelay(void)
{
	static const char *const settings[] = {"lacp_rate", "fast", "downdelay", "500", NULL};
	struct net *net = net_pair(settings, FAST, 2, CONVERGED);
	struct fx *fx = net->sides[A];

	fx->devices[1].speed = BOND_SPEED_UNKNOWN;
	fx->devices[1].duplex = BOND_DUPLEX_UNKNOWN;
	fx_carrier(fx, 1, FALSE);
	net_wait(net, 300);
	g_assert_cmpint(fx_link(fx, 1), ==, BOND_LINK_FAIL);
	g_assert_cmpuint(net_info(net, A, 1).actor.key, ==, 9);
	set_speed(net, A, 1, 1000, BOND_DUPLEX_FULL);
	g_assert_cmpint(fx_link(fx, 1), ==, BOND_LINK_UP);
	net_wait_plan(net, BOTH, 2 * CONVERGED);
	fx_carrier(fx, 1, FALSE);
	net_wait(net, 600);
	g_assert_cmpint(fx_link(fx, 1), ==, BOND_LINK_DOWN);
	g_assert_cmpuint(net_info(net, A, 1).actor.key, ==, 0);
	fx_assert_plan(fx, "hash p0; rx p0");
	net_free(net);
}

#define TEST(name, func) g_test_add_func("/8023ad/" name, func)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("two-bonds", test_two_bonds);
	TEST("alone", test_alone);
	TEST("selection-timer", test_selection_timer);
	TEST("rx-at-once", test_rx_at_once);
	TEST("inactive-hears", test_inactive_hears);
	TEST("leftovers", test_leftovers);
	TEST("attached-receives", test_attached_receives);
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
	TEST("link/updelay", test_updelay);
	TEST("link/downdelay", test_downdelay);
	TEST("passive/and-active", test_passive_and_active);
	TEST("passive/both", test_both_passive);
	TEST("passive/wakes", test_passive_wakes);
	TEST("loopback", test_loopback);
	TEST("leave/pdu", test_leaving);
	TEST("leave/owner", test_owner_leaves);
	TEST("leave/device-gone", test_device_gone);
	TEST("leave/any-order", test_leave_in_any_order);
	TEST("carrier/min-links", test_min_links);
	TEST("carrier/strict", test_lacp_strict);
	TEST("independent/steps", test_independent);
	TEST("independent/partner-stops", test_partner_stops_collecting);
	TEST("independent/both", test_both_independent);
	TEST("broadcast-neighbor/on", test_broadcast_neighbor);
	TEST("broadcast-neighbor/off", test_no_notification_without);
	TEST("option/lacp-rate", test_lacp_rate);
	TEST("option/actor-system", test_actor_system);
	TEST("option/system-outlasts-mode", test_system_outlasts_mode);
	TEST("option/user-port-key", test_user_port_key);
	TEST("markers", test_markers_and_counters);
	TEST("down/deaf", test_down_is_deaf);
	TEST("down/and-up", test_down_and_up);
	TEST("time/sleeps", test_sleeps);
	TEST("time/host-stands-still", test_host_stands_still);
	TEST("events/all", test_events);
	TEST("events/flood", test_event_flood);
	TEST("verdict/on-the-way", test_verdicts_on_the_way);
	TEST("verdict/mismatch", test_verdict_mismatch);
	TEST("verdict/other-aggregator", test_verdict_other_aggregator);
	TEST("other-modes", test_other_modes);
	return g_test_run();
}
