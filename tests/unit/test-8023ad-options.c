/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 802.3ad: what its options do.
 */
#include <errno.h>

#include "test-8023ad.h"

#include "engine/status.h"

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

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("independent/steps", test_independent);
	TEST("independent/partner-stops", test_partner_stops_collecting);
	TEST("independent/both", test_both_independent);
	TEST("broadcast-neighbor/on", test_broadcast_neighbor);
	TEST("broadcast-neighbor/off", test_no_notification_without);
	TEST("option/lacp-rate", test_lacp_rate);
	TEST("option/actor-system", test_actor_system);
	TEST("option/system-outlasts-mode", test_system_outlasts_mode);
	TEST("option/user-port-key", test_user_port_key);
	return g_test_run();
}
