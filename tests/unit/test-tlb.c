/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* balance-tlb in virtual time: the table and its loads, learning frames, addresses. Numbers are those of the list of
 * traps that a copy of the kernel's driver falls into. */
#include "balance-fixture.h"

/* How many entries of the table each of the first ports has: "128 128". */
static char *
shares(struct fx *fx, guint n)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < n; i++) {
		bond_port_id id = port_id(fx_port(fx, i));
		guint count = 0;

		for (guint e = 0; e < BOND_PLAN_TABLE_SIZE; e++)
			count += fx->plan->table[e] == id;
		g_string_append_printf(text, i > 0 ? " %u" : "%u", count);
	}
	return g_string_free(text, FALSE);
}

#define assert_shares(fx, n, expected)                                                                                 \
	do {                                                                                                           \
		g_autofree char *shares_ = shares(fx, n);                                                              \
		g_assert_cmpstr(shares_, ==, expected);                                                                \
	} while (0)

static bond_port_id
entry(struct fx *fx, guint i)
{
	return fx->plan->table[i];
}

static void
send_bytes(struct fx *fx, guint first, guint n, guint64 bytes)
{
	for (guint i = first; i < first + n; i++)
		fx->loads[i] += bytes;
}

/* --- The table --- */

/* kernel-semantics 39: nothing weighs anything yet, so all is with the first port. */
static void
test_first_table(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 3);

	g_assert_cmpuint(fx->plan->tx, ==, BOND_PLAN_BALANCE);
	assert_shares(fx, 3, "256 0 0");
	g_assert_cmpuint(fx->plan->unbalanced, ==, port_id(fx_port(fx, 0)));
	/* 2: all ports send, the current one receives. */
	fx_assert_plan(fx, "balance; rx p0");
	g_assert_cmpuint(fx->plan->usable, ==, 7);
	balance_free(fx);
}

/* kernel-semantics 38, 39: after ten seconds by what was sent, the busiest first. */
static void
test_rebalance(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);

	fx_wait(fx, 5000);
	send_bytes(fx, 0, 100, 1000000);
	fx->loads[200] += 100000000;
	fx_wait(fx, 4800);
	assert_shares(fx, 2, "256 0");
	fx_wait(fx, 200);
	/* The heavy one has a port to itself. */
	g_assert_cmpuint(entry(fx, 200), ==, port_id(fx_port(fx, 0)));
	for (guint i = 0; i < 100; i++)
		g_assert_cmpuint(entry(fx, i), ==, port_id(fx_port(fx, 1)));
	balance_free(fx);
}

/* kernel-semantics 39: unbalanced traffic is the current port's load. */
static void
test_unbalanced_load(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);

	send_bytes(fx, 0, 10, 1000);
	fx->loads[BOND_PLAN_TABLE_SIZE] += 50000;
	fx_wait(fx, 10000);
	for (guint i = 0; i < 10; i++)
		g_assert_cmpuint(entry(fx, i), ==, port_id(fx_port(fx, 1)));
	balance_free(fx);
}

/* Both ports keep the same gap: the one of ten times the speed takes nearly all. The kernel takes it for one of 1.8
 * times: 32 bits. */
static void
test_speed(void)
{
	struct fx *fx = fx_new("mode", "balance-tlb", NULL);
	guint fast = 0;

	fx->devices[0].speed = 10000;
	fx_start(fx, 2);
	/* 11 Gbit/s in all */
	send_bytes(fx, 0, 220, (guint64) 10 * 11000 / 8 * 1000000 / 220);
	fx_wait(fx, 10000);
	for (guint i = 0; i < 220; i++)
		fast += entry(fx, i) == port_id(fx_port(fx, 0));
	g_assert_cmpuint(fast, >=, 200);
	g_assert_cmpuint(fast, <=, 208);
	fx_free(fx);
}

/* An entry that was busy once does not weigh for ever, but comes back with what it was. */
static void
test_history(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);

	send_bytes(fx, 0, 2, 1000000);
	fx_wait(fx, 10000);
	g_assert_cmpuint(entry(fx, 0), !=, entry(fx, 1));
	/* Only the first goes on: idle entries are spread, and live ones find both ports free again. */
	send_bytes(fx, 0, 1, 1000000);
	fx_wait(fx, 10000);
	send_bytes(fx, 0, 1, 1000000);
	send_bytes(fx, 10, 1, 500000);
	fx_wait(fx, 10000);
	g_assert_cmpuint(entry(fx, 0), !=, entry(fx, 10));
	balance_free(fx);
}

/* Nothing was sent: nothing moves, no plan is published. */
static void
test_idle(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);
	guint n_plans;

	fx_wait(fx, 1000);
	n_plans = fx->n_plans;
	fx_wait(fx, 60000);
	g_assert_cmpuint(fx->n_plans, ==, n_plans);
	g_assert_cmpint(bond_next_deadline(fx->bond) - fx->now, >, 500 * BOND_MSEC);
	balance_free(fx);
}

/* kernel-semantics 40: a new port takes part at the next tick, not at the next rebalance. */
static void
test_new_port(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 1);

	fx_wait(fx, 1050);
	send_bytes(fx, 0, 2, 1000000);
	fx_add(fx, 1);
	fx_run(fx);
	assert_shares(fx, 2, "256 0");
	fx_wait(fx, 50);
	g_assert_cmpuint(entry(fx, 0), !=, entry(fx, 1));
	balance_free(fx);
}

/* The frames' way first: entries of a port that lost its carrier move at once; 40: and come back at the next tick. */
static void
test_port_lost(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);

	send_bytes(fx, 0, 100, 1000000);
	fx_wait(fx, 10000);
	g_assert_cmpuint(entry(fx, 0), !=, entry(fx, 1));
	fx_carrier(fx, 1, FALSE);
	assert_shares(fx, 2, "256 0");
	send_bytes(fx, 0, 100, 1000000);
	fx_carrier(fx, 1, TRUE);
	assert_shares(fx, 2, "256 0");
	fx_wait(fx, 100);
	g_assert_cmpuint(entry(fx, 0), !=, entry(fx, 1));
	fx_carrier(fx, 0, FALSE);
	assert_shares(fx, 2, "0 256");
	fx_carrier(fx, 1, FALSE);
	g_assert_cmpuint(fx->plan->tx, ==, BOND_PLAN_DROP);
	balance_free(fx);
}

/* Within downdelay a port without carrier cannot send either. */
static void
test_downdelay(void)
{
	struct fx *fx = balance_new("balance-tlb", "downdelay", "500", 2);

	fx_carrier(fx, 0, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	assert_shares(fx, 2, "0 256");
	g_assert_cmpuint(fx->plan->unbalanced, ==, BOND_PORT_NONE);
	fx_wait(fx, 500);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	g_assert_cmpuint(fx->plan->unbalanced, ==, port_id(fx_port(fx, 1)));
	balance_free(fx);
}

/* A port that leaves is in no plan any more, though its device is still up. */
static void
test_release(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 3);
	bond_port_id left = port_id(fx_port(fx, 0));

	fx_remove(fx, 0);
	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE; i++)
		g_assert_cmpuint(entry(fx, i), !=, left);
	g_assert_cmpuint(fx->plan->source_ports, ==, 1 << port_id(fx_port(fx, 2)));
	fx_gone(fx, 1);
	assert_shares(fx, 3 - 3, "");
	g_assert_cmpuint(entry(fx, 7), ==, port_id(fx_port(fx, 2)));
	balance_free(fx);
}

/* tlb_dynamic_lb=0: by hash over the ports that can send; no learning frames, nothing to wake for. */
static void
test_not_dynamic(void)
{
	struct fx *fx = balance_new("balance-tlb", "tlb_dynamic_lb", "0", 3);

	g_assert_true(fx->plan->by_slots);
	fx_assert_plan(fx, "balance p0 p1 p2; rx p0");
	fx_carrier(fx, 1, FALSE);
	fx_assert_plan(fx, "balance p0 p2; rx p0");
	clear_sent(fx);
	fx_wait(fx, 20000);
	assert_sent(fx, "");
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	balance_free(fx);
}

/* --- Learning frames --- */

/* kernel-semantics 38, 46: each port teaches its own address, every lp_interval. */
static void
test_learning(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);
	g_autofree char *times = sending_times(fx, 3000);

	g_assert_cmpstr(times, ==, "900 1900 2900");
	fx_wait(fx, 900);
	assert_sent(fx, "p0 learn 00:01; p1 learn 00:02");
	balance_free(fx);
}

static void
test_learning_interval(void)
{
	struct fx *fx = balance_new("balance-tlb", "lp_interval", "3", 1);
	g_autofree char *three = sending_times(fx, 6500);
	g_autofree char *one = NULL;

	g_assert_cmpstr(three, ==, "2900 5900");
	/* Set while it runs: what has passed counts. */
	fx_set(fx, "lp_interval", "1");
	one = sending_times(fx, 2000);
	g_assert_cmpstr(one, ==, "400 1400");
	balance_free(fx);
}

/* The kernel's product overflows: it then teaches at each tick. */
static void
test_learning_overflow(void)
{
	struct fx *fx = balance_new("balance-tlb", "lp_interval", "2147483647", 1);
	g_autofree char *times = sending_times(fx, 350);

	g_assert_cmpstr(times, ==, "100 200 300");
	balance_free(fx);
}

/* The count stands still while the bond is down, and begins anew with the first port. */
static void
test_learning_down(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 1);
	g_autofree char *times = NULL;
	g_autofree char *empty = NULL;

	fx_wait(fx, 500);
	fx_up(fx, FALSE);
	fx_wait(fx, 5000);
	assert_sent(fx, "");
	fx_up(fx, TRUE);
	times = sending_times(fx, 1000);
	g_assert_cmpstr(times, ==, "300");
	fx_remove(fx, 0);
	clear_sent(fx);
	fx_wait(fx, 5000);
	assert_sent(fx, "");
	fx_add(fx, 0);
	clear_sent(fx);
	empty = sending_times(fx, 1500);
	g_assert_cmpstr(empty, ==, "1000");
	balance_free(fx);
}

/* A cable that is out carries none. */
static void
test_learning_carrier(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);

	fx_carrier(fx, 1, FALSE);
	clear_sent(fx);
	fx_wait(fx, 1000);
	assert_sent(fx, "p0 learn 00:01");
	balance_free(fx);
}

/* kernel-semantics 46: VLANs with the port's address or their own; macvlans by the current port only. */
static void
test_learning_uppers(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);

	fx->uppers[0] = (struct bond_upper){.tag = {WIRE_8021Q, 5}, .mac = fx_mac(1)};
	fx->uppers[1] = (struct bond_upper){.tag = {WIRE_8021Q, 6}, .own_mac = TRUE, .mac = fx_mac(0x66)};
	fx->uppers[2] = (struct bond_upper){.is_macvlan = TRUE, .own_mac = TRUE, .mac = fx_mac(0x77)};
	fx->n_uppers = 3;
	fx_wait(fx, 900);
	assert_sent(fx, "p0 learn 00:01; p0 learn 00:01 vlan 5; p0 learn 00:66 vlan 6; p0 learn 00:77; "
			"p1 learn 00:02; p1 learn 00:02 vlan 5; p1 learn 00:66 vlan 6");
	balance_free(fx);
}

/* --- Addresses --- */

/* kernel-semantics 42, 47: only the current port has the bond's; from the first plan on frames leave as they should. */
static void
test_swap(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 3);

	fx_assert_mac(*port_mac(fx_port(fx, 1)), fx_mac(2));
	g_assert_cmpuint(fx->plan->source_ports, ==, 6);
	fx_set(fx, "active_slave", "p1");
	fx_assert_mac(fx->devices[0].mac, fx_mac(2));
	fx_assert_mac(fx->devices[1].mac, fx_mac(1));
	fx_assert_mac(fx->plan->port_mac[0], fx_mac(2));
	g_assert_cmpuint(fx->plan->source_ports, ==, 5);
	fx_assert_trace(fx, "publish,mac,event active",
			"publish; mac p0 00:02; mac p1 00:01; event active p0>p1 option");
	assert_sent(fx, "p0 learn 00:02; p1 learn 00:01");
	/* 19: filters move, peers are not told by ARP. 21: IGMP is sent again. */
	g_assert_true(fx->devices[1].filters);
	g_assert_cmpuint(fx->n_notified, ==, 0);
	g_assert_cmpuint(fx->n_igmp, ==, 1);
	balance_free(fx);
}

/* 21: again every 200 ms. */
static void
test_igmp(void)
{
	struct fx *fx = balance_new("balance-tlb", "resend_igmp", "3", 2);

	fx_set(fx, "active_slave", "p1");
	fx_wait(fx, 1000);
	g_assert_cmpuint(fx->n_igmp, ==, 3);
	balance_free(fx);
}

/* Where nothing else can be done: the bond's address goes to the first port that comes back. */
static void
test_all_lost(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);

	fx_carrier(fx, 0, FALSE);
	assert_sent(fx, "p1 learn 00:01");
	fx_carrier(fx, 1, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "none");
	fx_carrier(fx, 0, TRUE);
	fx_assert_mac(fx->devices[0].mac, fx_mac(1));
	fx_assert_mac(fx->devices[1].mac, fx_mac(2));
	assert_sent(fx, "p0 learn 00:01");
	balance_free(fx);
}

/* kernel-semantics 23: a leaving port gets back what it was born with, from whoever has it now. */
static void
test_release_mac(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 3);

	fx_set(fx, "active_slave", "p1");
	clear_sent(fx);
	fx_remove(fx, 1); /* its address is with p0 */
	fx_assert_mac(fx->devices[1].mac, fx_mac(2));
	fx_assert_mac(*port_mac(fx_port(fx, 0)), fx_mac(1));
	fx_assert_mac(fx->devices[0].mac, fx_mac(1));
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	fx_remove(fx, 0);
	fx_assert_mac(*port_mac(fx_port(fx, 2)), fx_mac(1));
	balance_free(fx);
}

/* All get a new address of the bond, as in the other modes. */
static void
test_set_mac(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);
	struct bond_mac mac = fx_mac(0x50);

	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, NULL));
	fx_assert_mac(fx->devices[0].mac, mac);
	fx_assert_mac(fx->devices[1].mac, mac);
	fx_assert_mac(fx->plan->port_mac[1], mac);
	balance_free(fx);
}

/* updelay and nothing usable: kernel-semantics 8. */
static void
test_ignore_updelay(void)
{
	struct fx *fx = balance_new("balance-tlb", "updelay", "1000", 2);

	fx_wait(fx, 2000);
	fx_carrier(fx, 1, FALSE);
	fx_carrier(fx, 1, TRUE);
	g_assert_cmpstr(bond_link_name(fx_link(fx, 1)), ==, "going back");
	fx_carrier(fx, 1, FALSE);
	fx_carrier(fx, 0, FALSE);
	fx_carrier(fx, 0, TRUE);
	g_assert_cmpstr(bond_link_name(fx_link(fx, 0)), ==, "up");
	balance_free(fx);
}

/* kernel-semantics 4: an unknown speed keeps a port out. */
static void
test_unknown_speed(void)
{
	struct fx *fx = balance_new("balance-tlb", NULL, NULL, 2);

	fx_carrier(fx, 1, FALSE);
	fx->devices[1].speed = BOND_SPEED_UNKNOWN;
	fx_carrier(fx, 1, TRUE);
	g_assert_cmpint(fx_link(fx, 1), ==, BOND_LINK_DOWN);
	balance_free(fx);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tlb/table/first", test_first_table);
	g_test_add_func("/tlb/table/rebalance", test_rebalance);
	g_test_add_func("/tlb/table/unbalanced", test_unbalanced_load);
	g_test_add_func("/tlb/table/speed", test_speed);
	g_test_add_func("/tlb/table/history", test_history);
	g_test_add_func("/tlb/table/idle", test_idle);
	g_test_add_func("/tlb/table/new-port", test_new_port);
	g_test_add_func("/tlb/table/port-lost", test_port_lost);
	g_test_add_func("/tlb/table/downdelay", test_downdelay);
	g_test_add_func("/tlb/table/release", test_release);
	g_test_add_func("/tlb/table/not-dynamic", test_not_dynamic);
	g_test_add_func("/tlb/learning/interval", test_learning);
	g_test_add_func("/tlb/learning/lp-interval", test_learning_interval);
	g_test_add_func("/tlb/learning/overflow", test_learning_overflow);
	g_test_add_func("/tlb/learning/down", test_learning_down);
	g_test_add_func("/tlb/learning/carrier", test_learning_carrier);
	g_test_add_func("/tlb/learning/uppers", test_learning_uppers);
	g_test_add_func("/tlb/mac/swap", test_swap);
	g_test_add_func("/tlb/mac/igmp", test_igmp);
	g_test_add_func("/tlb/mac/all-lost", test_all_lost);
	g_test_add_func("/tlb/mac/release", test_release_mac);
	g_test_add_func("/tlb/mac/set", test_set_mac);
	g_test_add_func("/tlb/mii/ignore-updelay", test_ignore_updelay);
	g_test_add_func("/tlb/mii/unknown-speed", test_unknown_speed);
	return g_test_run();
}
