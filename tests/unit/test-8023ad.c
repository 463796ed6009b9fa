/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 802.3ad as a whole.
 */
#include "test-8023ad.h"

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
	net_set_speed(net, A, 1, 1000, BOND_DUPLEX_FULL);
	g_assert_cmpint(fx_link(fx, 1), ==, BOND_LINK_UP);
	net_wait_plan(net, BOTH, 2 * CONVERGED);
	fx_carrier(fx, 1, FALSE);
	net_wait(net, 600);
	g_assert_cmpint(fx_link(fx, 1), ==, BOND_LINK_DOWN);
	g_assert_cmpuint(net_info(net, A, 1).actor.key, ==, 0);
	fx_assert_plan(fx, "hash p0; rx p0");
	net_free(net);
}

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
	TEST("link/updelay", test_updelay);
	TEST("link/downdelay", test_downdelay);
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
