/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* balance-alb in virtual time: addresses, promiscuity, what the plan says. Numbers are those of the list of traps that
 * a copy of the kernel's driver falls into. */
#include "balance-fixture.h"

#define assert_macs(fx, a, b, c)                                                                                       \
	do {                                                                                                           \
		fx_assert_mac((fx)->devices[0].mac, fx_mac(a));                                                        \
		fx_assert_mac((fx)->devices[1].mac, fx_mac(b));                                                        \
		fx_assert_mac((fx)->devices[2].mac, fx_mac(c));                                                        \
	} while (0)

/* --- The plan --- */

/* kernel-semantics 27, 28, 29: ARP is seen on all ports, unicast for a port is the host's, the rest by the current. */
static void
test_plan(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 3);
	const struct bond_plan *plan = fx->plan;
	bond_port_id id = port_id(fx_port(fx, 1));

	g_assert_cmpuint(plan->tx, ==, BOND_PLAN_BALANCE);
	g_assert_true(plan->by_destination);
	g_assert_cmpuint(plan->control, ==, BOND_PLAN_COPY_ARP | BOND_PLAN_HAND_ARP);
	g_assert_true(plan->rewrite_destination);
	g_assert_cmpuint(plan->source_ports, ==, 6);
	fx_assert_mac(plan->bond_mac, fx_mac(1));
	g_assert_cmpuint(plan->rx[port_id(fx_port(fx, 0))], ==, BOND_PLAN_RX_ALL);
	g_assert_cmpuint(plan->rx[id], ==, BOND_PLAN_RX_OWN);
	fx_assert_mac(plan->port_mac[id], fx_mac(2));
	g_assert_cmpuint(plan->n_absent, ==, 0);
	balance_free(fx);
}

/* 2: with all_slaves_active all of them receive all. */
static void
test_all_active(void)
{
	struct fx *fx = balance_new("balance-alb", "all_slaves_active", "1", 2);

	fx_assert_plan(fx, "balance; rx p0 p1");
	balance_free(fx);
}

static void
test_not_dynamic(void)
{
	struct fx *fx = balance_new("balance-alb", "tlb_dynamic_lb", "0", 2);

	g_assert_true(fx->plan->by_slots);
	fx_wait(fx, 900);
	/* Unlike balance-tlb it goes on teaching. */
	assert_sent(fx, "p0 learn 00:01; p1 learn 00:02");
	balance_free(fx);
}

static gboolean
reaches_host(struct fx *fx, guint i, struct bond_mac dst)
{
	guint8 frame[14] = {0};
	bond_port_id id = port_id(fx_port(fx, i));

	memcpy(frame, dst.b, sizeof(dst.b));
	if (!bond_plan_receive_frame(fx->plan, id, frame))
		return FALSE;
	bond_plan_rewrite_destination(fx->plan, id, frame);
	return memcmp(frame, bond_get_mac(fx->bond)->b, BOND_ETH_ALEN) == 0;
}

/* Clients of a port that lost its carrier are not lost: from that moment on the current one takes their frames. */
static void
test_absent(void)
{
	struct fx *fx = balance_new("balance-alb", "downdelay", "1000", 3);

	g_assert_true(reaches_host(fx, 1, fx_mac(2)));
	g_assert_false(reaches_host(fx, 0, fx_mac(2)));
	fx_carrier(fx, 1, FALSE);
	g_assert_true(reaches_host(fx, 0, fx_mac(2)));
	g_assert_false(reaches_host(fx, 2, fx_mac(2)));
	/* Never both: a port that is up before we know would be a second one. */
	g_assert_false(reaches_host(fx, 1, fx_mac(2)));
	fx_carrier(fx, 1, TRUE);
	g_assert_false(reaches_host(fx, 1, fx_mac(2)));
	g_assert_true(reaches_host(fx, 0, fx_mac(2)));
	/* Its learning frame tells where it is. */
	fx_wait(fx, 1000);
	g_assert_true(reaches_host(fx, 1, fx_mac(2)));
	g_assert_false(reaches_host(fx, 0, fx_mac(2)));
	balance_free(fx);
}

/* The same when it was the current one: its address and that of its successor both reach the host there. */
static void
test_current_absent(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 2);

	fx_carrier(fx, 0, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	g_assert_true(reaches_host(fx, 1, fx_mac(1)));
	g_assert_true(reaches_host(fx, 1, fx_mac(2)));
	balance_free(fx);
}

/* Devices take milliseconds to change an address: what is sent goes by another port first. */
static void
test_active_gone(gconstpointer mode)
{
	struct fx *fx = balance_new(mode, NULL, NULL, 3);

	/* The bond's address goes to p1, and p0 has that of p1. */
	fx_carrier(fx, 0, FALSE);
	fx_carrier(fx, 0, TRUE);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_clear(fx);
	fx_gone(fx, 1);
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	fx_assert_trace(fx, "publish,mac", "publish; mac p0 00:01");
	balance_free(fx);
}

/* A port that left has clients, too, and so has one that exchanges its address for that of a bond without one: for ten
 * seconds their frames reach the host. */
static void
test_lent(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 4);

	fx_gone(fx, 1);
	g_assert_true(reaches_host(fx, 0, fx_mac(2)));
	fx_remove(fx, 0);
	g_assert_cmpstr(fx_active(fx), ==, "p2");
	g_assert_true(reaches_host(fx, 2, fx_mac(1)));
	g_assert_true(reaches_host(fx, 2, fx_mac(2)));
	g_assert_true(reaches_host(fx, 2, fx_mac(3)));
	g_assert_false(reaches_host(fx, 3, fx_mac(3)));
	/* Who comes back has its own from when it sends something. */
	fx_add(fx, 1);
	g_assert_false(reaches_host(fx, 1, fx_mac(2)));
	g_assert_true(reaches_host(fx, 2, fx_mac(2)));
	fx_wait(fx, 200);
	g_assert_true(reaches_host(fx, 1, fx_mac(2)));
	g_assert_false(reaches_host(fx, 2, fx_mac(2)));
	/* This time switches were told that it is at p2. */
	fx_remove(fx, 1);
	fx_add(fx, 1);
	fx_wait(fx, 200);
	g_assert_true(reaches_host(fx, 1, fx_mac(2)));
	g_assert_true(reaches_host(fx, 2, fx_mac(2)));
	fx_wait(fx, 1000);
	g_assert_false(reaches_host(fx, 2, fx_mac(2)));
	fx_wait(fx, 8300);
	g_assert_true(reaches_host(fx, 2, fx_mac(3)));
	fx_wait(fx, 2000);
	g_assert_false(reaches_host(fx, 2, fx_mac(3)));
	g_assert_cmpuint(fx->plan->n_absent, ==, 0);
	for (guint i = 0; i < 20; i++) {
		fx_remove(fx, 1);
		fx_add(fx, 1);
	}
	balance_free(fx);
}

/* --- Addresses --- */

/* kernel-semantics 42: each port has an address of its own. 46: at enslaving the current one is taught at once. */
static void
test_addresses(void)
{
	struct fx *fx = fx_new("mode", "balance-alb", NULL);

	fx->network = g_string_new(NULL);
	fx->on_send = note_frame;
	fx_add(fx, 0);
	/* It swaps with itself, and both are taught; so does the kernel. */
	assert_sent(fx, "p0 learn 00:01; p0 learn 00:01");
	fx_add(fx, 1);
	fx_add(fx, 2);
	assert_sent(fx, "");
	assert_macs(fx, 1, 2, 3);
	balance_free(fx);
}

/* kernel-semantics 47: the plan that sends by the new port already has the swapped addresses; devices follow. */
static void
test_swap(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 3);

	fx_set(fx, "active_slave", "p2");
	assert_macs(fx, 3, 2, 1);
	fx_assert_trace(fx, "publish,mac", "publish; mac p0 00:03; mac p2 00:01");
	fx_assert_mac(fx->plan->port_mac[port_id(fx_port(fx, 0))], fx_mac(3));
	assert_sent(fx, "p0 learn 00:03; p2 learn 00:01");
	g_assert_cmpuint(fx->n_notified, ==, 0);
	balance_free(fx);
}

/* kernel-semantics 45: the dead one's address is taught on the new one, which listens to all for ten seconds. */
static void
test_current_lost(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 2);

	fx_carrier(fx, 0, FALSE);
	assert_sent(fx, "p1 learn 00:01; p1 learn 00:02");
	fx_assert_mac(fx->devices[0].mac, fx_mac(2));
	fx_assert_mac(fx->devices[1].mac, fx_mac(1));
	fx_assert_trace(fx, "promisc", "promisc p1 on");
	fx_wait(fx, 9800);
	g_assert_true(fx->devices[1].promisc);
	fx_wait(fx, 300);
	g_assert_false(fx->devices[1].promisc);
	balance_free(fx);
}

/* kernel-semantics 45, a port that is not the current one; another loss makes it ten seconds again. */
static void
test_other_lost(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 3);

	fx_carrier(fx, 1, FALSE);
	assert_sent(fx, "p0 learn 00:02");
	/* The frames' way first. */
	fx_assert_trace(fx, "publish,promisc", "publish; promisc p0 on");
	fx_wait(fx, 8000);
	clear_sent(fx);
	fx_carrier(fx, 2, FALSE);
	assert_sent(fx, "p0 learn 00:03");
	fx_wait(fx, 8000);
	g_assert_true(fx->devices[0].promisc);
	fx_wait(fx, 2100);
	g_assert_false(fx->devices[0].promisc);
	fx_assert_trace(fx, "promisc", "promisc p0 on; promisc p0 off");
	balance_free(fx);
}

/* It goes with the current port. */
static void
test_promisc_moves(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 3);

	fx_carrier(fx, 1, FALSE);
	fx_carrier(fx, 0, FALSE);
	fx_assert_trace(fx, "promisc", "promisc p0 on; promisc p0 off; promisc p2 on");
	fx_carrier(fx, 2, FALSE);
	g_assert_false(fx->devices[2].promisc);
	balance_free(fx);
}

/* kernel-semantics 45: ten seconds in which nothing has failed: a device that refuses is no drama. */
static void
test_promisc_refused(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 2);

	fx->fail = "promisc";
	fx->fail_errno = 95;
	fx_carrier(fx, 1, FALSE);
	fx->fail = NULL;
	assert_sent(fx, "p0 learn 00:02");
	balance_free(fx);
}

/* --- Enslaving and releasing (kernel-semantics 23, 42) --- */

/* The one that comes back finds its address with the bond and borrows one that is free. */
static void
test_borrow(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 3);

	fx_remove(fx, 0);
	assert_sent(fx, "p1 learn 00:01");
	assert_macs(fx, 1, 1, 3);
	fx_add(fx, 0);
	assert_macs(fx, 2, 1, 3);
	fx_assert_trace(fx, "log (slave p0): the slave",
			"log (slave p0): the slave hw address is in use by the bond; giving it the hw address of p1");
	/* When the lender leaves, its address goes with it; p2 becomes the current one. */
	clear_sent(fx);
	fx_remove(fx, 1);
	assert_macs(fx, 3, 2, 1);
	balance_free(fx);
}

/* Two ports with one address, and none to borrow: the kernel's EFAULT. */
static void
test_collision(gconstpointer mode)
{
	struct fx *fx = balance_new(mode, NULL, NULL, 1);
	g_autoptr(GError) error = NULL;

	fx->devices[1].mac = fx->devices[1].born_mac = fx_mac(1);
	g_assert_null(fx_try_add(fx, 1, &error));
	g_assert_error(error, BOND_ERROR, 14);
	g_assert_cmpstr(error->message, ==,
			"cannot add p1 to bond0: another port has its MAC address, and none is free for it; give it "
			"one of its own");
	g_assert_cmpuint(bond_n_ports(fx->bond), ==, 1);
	/* One that a port other than the current one has. */
	fx_add(fx, 2);
	fx->devices[3].mac = fx->devices[3].born_mac = fx_mac(3);
	fx_add_fails(fx, 3, 14);
	balance_free(fx);
}

/* The bond has an address that no port was born with: then those of the ports are free to borrow. */
static void
test_collision_with_lender(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 2);
	struct bond_mac mac = fx_mac(0x50);

	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, NULL));
	fx->devices[2].mac = fx->devices[2].born_mac = fx_mac(2);
	fx_add(fx, 2);
	fx_assert_mac(*port_mac(fx_port(fx, 2)), fx_mac(1));
	balance_free(fx);
}

/* A device that cannot change its address cannot be balanced. */
static void
test_fixed_mac(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 1);

	fx->devices[1].fixed_mac = TRUE;
	fx_add_fails(fx, 1, 95);
	balance_free(fx);
}

/* A device that refuses at a failover is told of in the log; the bond goes on. */
static void
test_swap_refused(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 2);

	fx->fail = "mac p1";
	fx->fail_errno = 16;
	fx_carrier(fx, 0, FALSE);
	fx->fail = NULL;
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_assert_trace(fx, "log (slave p1): dev_set",
			"log (slave p1): dev_set_mac_address on slave failed! ALB mode requires that the base driver "
			"support setting the hw address also when the network device's interface is open");
	balance_free(fx);
}

/* --- The bond's address is set by hand (bond_alb_set_mac_address()) --- */

static void
test_set_mac(void)
{
	struct fx *fx = balance_new("balance-alb", NULL, NULL, 3);
	struct bond_mac mac = fx_mac(0x50);
	g_autoptr(GError) error = NULL;

	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, &error));
	assert_macs(fx, 0x50, 2, 3);
	assert_sent(fx, "p0 learn 00:50");
	fx_assert_mac(fx->plan->bond_mac, mac);
	/* That of another port: they swap. */
	mac = fx_mac(3);
	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, &error));
	assert_macs(fx, 3, 2, 0x50);
	assert_sent(fx, "p2 learn 00:50; p0 learn 00:03");
	fx->fail = "mac p0";
	fx->fail_errno = 16;
	mac = fx_mac(0x51);
	g_assert_false(bond_set_mac(fx->bond, &mac, fx->now, &error));
	fx->fail = NULL;
	g_assert_error(error, BOND_ERROR, 16);
	fx_assert_mac(*bond_get_mac(fx->bond), fx_mac(3));
	balance_free(fx);
}

/* Nobody to give it to yet. */
static void
test_set_mac_early(void)
{
	struct fx *fx = fx_new("mode", "balance-alb", NULL);
	struct bond_mac mac = fx_mac(0x50);

	fx->network = g_string_new(NULL);
	fx->on_send = note_frame;
	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, NULL));
	fx_add(fx, 0);
	fx_add(fx, 1);
	fx_assert_mac(fx->devices[0].mac, mac);
	fx_assert_mac(fx->devices[1].mac, fx_mac(2));
	assert_sent(fx, "p0 learn 00:50");
	balance_free(fx);
}

/* kernel-semantics 18: the primary comes back and takes the bond's address with it. */
static void
test_primary(void)
{
	struct fx *fx = balance_new("balance-alb", "primary", "p1", 2);

	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_carrier(fx, 1, FALSE);
	fx_carrier(fx, 1, TRUE);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_assert_mac(fx->devices[1].mac, fx_mac(1));
	fx_assert_mac(fx->devices[0].mac, fx_mac(2));
	balance_free(fx);
}

/* Whatever happens, no two ports have one address, and the current one has the bond's. */
static void
check_unique(struct fx *fx, guint n)
{
	const struct bond_port *active = bond_active_port(fx->bond);

	for (guint i = 0; i < n; i++) {
		for (guint j = 0; j < i; j++) {
			if (fx->devices[i].port != NULL && fx->devices[j].port != NULL)
				g_assert_false(bond_mac_equal(&fx->devices[i].mac, &fx->devices[j].mac));
		}
	}
	if (active != NULL)
		fx_assert_mac(*port_mac(active), *bond_get_mac(fx->bond));
}

static void
random_step(struct fx *fx, GRand *random, guint n)
{
	guint i = g_rand_int_range(random, 0, n);

	switch (g_rand_int_range(random, 0, 4)) {
	case 0:
		fx_carrier(fx, i, !fx->devices[i].carrier);
		break;
	case 1:
		if (fx->devices[i].port != NULL && bond_n_ports(fx->bond) > 1)
			fx_remove(fx, i);
		else if (fx->devices[i].port == NULL)
			fx_add(fx, i);
		break;
	case 2:
		if (fx->devices[i].port != NULL)
			bond_set_active_port(fx->bond, fx_port(fx, i), fx->now, NULL);
		break;
	default:
		fx_wait(fx, g_rand_int_range(random, 1, 3000));
		break;
	}
}

static void
test_unique(void)
{
	enum { PORTS = 4, SEEDS = 60, STEPS = 60 };

	for (guint seed = 0; seed < SEEDS; seed++) {
		GRand *random = g_rand_new_with_seed(seed);
		struct fx *fx = balance_new("balance-alb", NULL, NULL, PORTS);

		for (guint step = 0; step < STEPS; step++) {
			random_step(fx, random, PORTS);
			check_unique(fx, PORTS);
		}
		balance_free(fx);
		g_rand_free(random);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/alb/plan", test_plan);
	g_test_add_func("/alb/plan/all-active", test_all_active);
	g_test_add_func("/alb/plan/not-dynamic", test_not_dynamic);
	g_test_add_func("/alb/plan/absent", test_absent);
	g_test_add_func("/alb/plan/current-absent", test_current_absent);
	g_test_add_func("/alb/plan/lent", test_lent);
	g_test_add_func("/alb/mac/addresses", test_addresses);
	g_test_add_func("/alb/mac/swap", test_swap);
	g_test_add_data_func("/alb/mac/active-gone/tlb", "balance-tlb", test_active_gone);
	g_test_add_data_func("/alb/mac/active-gone/alb", "balance-alb", test_active_gone);
	g_test_add_func("/alb/mac/current-lost", test_current_lost);
	g_test_add_func("/alb/mac/other-lost", test_other_lost);
	g_test_add_func("/alb/mac/promisc-moves", test_promisc_moves);
	g_test_add_func("/alb/mac/promisc-refused", test_promisc_refused);
	g_test_add_func("/alb/mac/borrow", test_borrow);
	g_test_add_data_func("/alb/mac/collision", "balance-alb", test_collision);
	g_test_add_data_func("/alb/mac/collision-tlb", "balance-tlb", test_collision);
	g_test_add_func("/alb/mac/collision-with-lender", test_collision_with_lender);
	g_test_add_func("/alb/mac/fixed", test_fixed_mac);
	g_test_add_func("/alb/mac/refused", test_swap_refused);
	g_test_add_func("/alb/mac/set", test_set_mac);
	g_test_add_func("/alb/mac/set-early", test_set_mac_early);
	g_test_add_func("/alb/mac/primary", test_primary);
	g_test_add_func("/alb/mac/unique", test_unique);
	return g_test_run();
}
