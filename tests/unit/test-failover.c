/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a failover leads to: order, peer notification, IGMP, fail_over_mac. Numbers are those of the list of traps
 * that a copy of the kernel's driver falls into. */
#include <errno.h>

#include "engine-fixture.h"

#define assert_macs(fx, bond_last, last0, last1)                                                                       \
	do {                                                                                                           \
		fx_assert_mac(*bond_get_mac((fx)->bond), fx_mac(bond_last));                                           \
		fx_assert_mac((fx)->mac, fx_mac(bond_last));                                                           \
		fx_assert_mac((fx)->devices[0].mac, fx_mac(last0));                                                    \
		fx_assert_mac((fx)->devices[1].mac, fx_mac(last1));                                                    \
	} while (0)

/* Trap 19, but traffic first. */
static void
test_order(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "fail_over_mac", "follow", NULL);

	fx_start(fx, 2);
	fx_wait(fx, 1000);
	fx_clear(fx);
	fx_carrier(fx, 0, FALSE);
	fx_assert_trace(fx, NULL,
			"publish; filters p0>p1; mac p1 00:01; mac p0 00:02; notify p1; igmp p1; "
			"event link p0 down carrier; log (slave p0): link status definitely down, disabling slave; "
			"log (slave p1): making interface the new active one; event active p0>p1 carrier; "
			"event notified");
	fx_free(fx);
}

static void
test_order_all_down_and_up(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 1);
	fx_wait(fx, 1000);
	fx_carrier(fx, 0, FALSE);
	fx_assert_trace(fx, "publish,filters,carrier,notify,event,log",
			"filters p0>none; publish; carrier off; event link p0 down carrier; "
			"log (slave p0): link status definitely down, disabling slave; "
			"event active p0>none carrier; event carrier off carrier; "
			"log now running without any active interface!");
	fx_clear(fx);
	/* The kernel asks for the carrier before it has set it and tells nobody; here peers hear of it. */
	fx_carrier(fx, 0, TRUE);
	fx_assert_trace(fx, "publish,filters,carrier,notify,event,log",
			"publish; filters none>p0; carrier on; notify p0; event link p0 up carrier; "
			"log (slave p0): link status definitely up, 1000 Mbps full duplex; "
			"log (slave p0): making interface the new active one; event active none>p0 carrier; "
			"event carrier on carrier; log active interface up!; event notified");
	fx_free(fx);
}

/* --- Trap 20: peer notification --- */

/* Milliseconds at which peers are notified within @ms, from now on. */
static char *
notified_at(struct fx *fx, guint ms)
{
	GString *text = g_string_new(NULL);
	bond_time start = fx->now;

	for (guint i = 0; i <= ms; i++) {
		if (fx->n_notified > 0)
			g_string_append_printf(text, "%d ", (int) ((fx->now - start) / BOND_MSEC));
		g_assert_cmpuint(fx->n_notified, <=, 1);
		fx->n_notified = 0;
		fx_wait(fx, 1);
	}
	return g_string_free(text, FALSE);
}

static void
assert_notified(const char *count, const char *delay, const char *expected)
{
	struct fx *fx =
	    fx_new("mode", "active-backup", "miimon", "100", "num_grat_arp", count, "peer_notif_delay", delay, NULL);
	g_autofree char *times = NULL;

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	times = notified_at(fx, 3000);
	g_assert_cmpstr(times, ==, expected);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_free(fx);
}

static void
test_notifications(void)
{
	assert_notified("1", "0", "0 ");
	assert_notified("0", "0", "");
	assert_notified("3", "0", "0 100 200 ");
	/* As recorded of the kernel: 0, +104, +312 with its ticks of 104 ms. */
	assert_notified("3", "200", "0 100 300 ");
	assert_notified("2", "500", "0 400 ");
	assert_notified("3", "100", "0 100 200 ");
}

/* A failover by command comes between ticks: each interval is whole. */
static void
test_notifications_by_command(void)
{
	struct fx *fx =
	    fx_new("mode", "active-backup", "miimon", "100", "num_grat_arp", "3", "peer_notif_delay", "200", NULL);
	g_autofree char *times = NULL;

	fx_start(fx, 2);
	fx_set(fx, "active_slave", "p1");
	times = notified_at(fx, 2000);
	g_assert_cmpstr(times, ==, "0 200 400 ");
	fx_free(fx);
}

/* A new failover starts them anew; closing the bond ends them. */
static void
test_notifications_restart(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "num_grat_arp", "3", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_carrier(fx, 0, TRUE);
	fx_wait(fx, 150);
	g_assert_cmpuint(fx->n_notified, ==, 2);
	fx_clear(fx);
	fx_carrier(fx, 1, FALSE);
	fx_assert_trace(fx, "notify", "notify p0");
	fx_wait(fx, 1000);
	fx_assert_trace(fx, "notify", "notify p0; notify p0; notify p0");
	fx_clear(fx);
	fx_carrier(fx, 1, TRUE);
	fx_carrier(fx, 0, FALSE);
	fx_up(fx, FALSE);
	fx_wait(fx, 1000);
	fx_up(fx, TRUE);
	fx_wait(fx, 1000);
	fx_assert_trace(fx, "notify", "notify p1");
	fx_free(fx);
}

/* Without carrier nobody is told, and the lost time is not given back. */
static void
test_notifications_without_carrier(void)
{
	struct fx *fx =
	    fx_new("mode", "active-backup", "miimon", "100", "num_grat_arp", "3", "peer_notif_delay", "100", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 1, FALSE);
	fx_wait(fx, 1000);
	fx_carrier(fx, 1, TRUE);
	fx_carrier(fx, 0, FALSE);
	fx_wait(fx, 50);
	g_assert_cmpuint(fx->n_notified, ==, 1);
	fx_carrier(fx, 1, FALSE);
	fx_wait(fx, 5000);
	g_assert_cmpuint(fx->n_notified, ==, 1);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_free(fx);
}

/* No bond, no notification: while it is down, and in modes that have no active port. */
static void
test_notifications_not_there(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_add(fx, 0);
	fx_add(fx, 1);
	fx_set(fx, "active_slave", "p1");
	fx_assert_trace(fx, "notify,igmp", "");
	fx_free(fx);
	fx = fx_new("mode", "balance-xor", "miimon", "100", NULL);
	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_assert_trace(fx, "notify,igmp", "");
	fx_free(fx);
}

/* --- Trap 21: IGMP --- */

static void
test_igmp(void)
{
	static const char *const modes[] = {"active-backup", "balance-rr"};

	for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
		struct fx *fx = fx_new("mode", modes[i], "miimon", "100", "resend_igmp", "3", NULL);

		fx_start(fx, 2);
		fx_carrier(fx, 0, FALSE);
		fx_assert_trace(fx, "igmp", "igmp p1");
		fx_wait(fx, 199);
		fx_assert_trace(fx, "igmp", "igmp p1");
		fx_wait(fx, 1);
		fx_assert_trace(fx, "igmp", "igmp p1; igmp p1");
		fx_wait(fx, 5000);
		fx_assert_trace(fx, "igmp", "igmp p1; igmp p1; igmp p1");
		g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
		fx_free(fx);
	}
}

static void
test_igmp_off(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "resend_igmp", "0", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_wait(fx, 1000);
	g_assert_cmpuint(fx->n_igmp, ==, 0);
	fx_free(fx);
	fx = fx_new("mode", "active-backup", "miimon", "100", "resend_igmp", "255", NULL);
	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_up(fx, FALSE);
	fx_wait(fx, 1000);
	g_assert_cmpuint(fx->n_igmp, ==, 1);
	fx_free(fx);
}

/* --- Traps 22 and 23: fail_over_mac --- */

static void
test_fom_none(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", NULL);

	fx_start(fx, 2);
	assert_macs(fx, 1, 1, 1);
	fx_carrier(fx, 0, FALSE);
	assert_macs(fx, 1, 1, 1);
	fx_assert_trace(fx, "mac,bond-mac", "");
	fx_free(fx);
}

/* The bond takes the address of the port; the ports keep theirs. */
static void
test_fom_active(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", "fail_over_mac", "active", NULL);
	struct bond_mac mac = fx_mac(0x99);

	fx_start(fx, 2);
	assert_macs(fx, 1, 1, 2);
	fx_carrier(fx, 0, FALSE);
	assert_macs(fx, 2, 1, 2);
	fx_assert_trace(fx, "mac,bond-mac,event mac", "bond-mac 00:02; event mac");
	/* Setting it by hand is a successful no-op. */
	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, NULL));
	assert_macs(fx, 2, 1, 2);
	fx_clear(fx);
	fx_carrier(fx, 0, TRUE);
	fx_remove(fx, 1);
	assert_macs(fx, 1, 1, 2);
	/* A port's address is its own: nothing to give back. */
	fx_assert_trace(fx, "mac", "");
	fx_free(fx);
}

/* The sequence of the kernel recording "mode1-fail_over_mac-follow". */
static void
test_fom_follow(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", "fail_over_mac", "follow", NULL);
	struct bond_mac mac = fx_mac(0x99);

	fx_start(fx, 3);
	assert_macs(fx, 1, 1, 2);
	fx_carrier(fx, 0, FALSE);
	assert_macs(fx, 1, 2, 1);
	fx_carrier(fx, 0, TRUE);
	assert_macs(fx, 1, 2, 1);
	fx_carrier(fx, 1, FALSE);
	assert_macs(fx, 1, 1, 2);
	fx_carrier(fx, 1, TRUE);
	fx_set(fx, "active_slave", "p0");
	assert_macs(fx, 1, 1, 2);
	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, NULL));
	assert_macs(fx, 1, 1, 2);
	/* The holder of the bond's address leaves: the new active port gets it, nobody else's. */
	fx_remove(fx, 0);
	assert_macs(fx, 1, 1, 1);
	fx_remove(fx, 1);
	fx_remove(fx, 2);
	fx_assert_mac(fx->devices[1].mac, fx_mac(2));
	fx_assert_mac(fx->devices[2].mac, fx_mac(3));
	fx_free(fx);
}

/* bond_get_old_active(): from none to a port that never had the bond's address. */
static void
test_fom_follow_from_none(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", "fail_over_mac", "follow", NULL);

	fx_start(fx, 2);
	fx_plug(fx, 0, FALSE);
	fx_carrier(fx, 1, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "none");
	assert_macs(fx, 1, 1, 2);
	fx_carrier(fx, 1, TRUE);
	assert_macs(fx, 1, 2, 1);
	fx_free(fx);
}

/* The kernel recording "mode1-same-mac-follow": equal addresses could never be swapped. */
static void
test_fom_follow_same_mac(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", "fail_over_mac", "follow", NULL);
	struct bond_mac random[2];

	for (guint i = 0; i < 3; i++)
		fx->devices[i].mac = fx->devices[i].born_mac = fx_mac(0x11);
	fx_start(fx, 3);
	fx_assert_mac(fx->devices[0].mac, fx_mac(0x11));
	for (guint i = 0; i < 2; i++) {
		random[i] = fx->devices[i + 1].mac;
		g_assert_false(bond_mac_is_multicast(&random[i]));
		g_assert_cmpint(random[i].b[0] & 2, ==, 2);
	}
	g_assert_false(bond_mac_equal(&random[0], &random[1]));
	fx_carrier(fx, 0, FALSE);
	fx_assert_mac(fx->devices[0].mac, random[0]);
	fx_assert_mac(fx->devices[1].mac, fx_mac(0x11));
	fx_free(fx);
}

/* A driver that refuses: the failover happens all the same, and the log says what did not. */
static void
test_fom_follow_fails(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", "fail_over_mac", "follow", NULL);

	fx_start(fx, 2);
	fx->fail = "mac p1";
	fx->fail_errno = EBUSY;
	fx_carrier(fx, 0, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	assert_macs(fx, 1, 1, 2);
	fx_assert_trace(fx, "mac,notify,log (slave p1): Err",
			"mac p1 00:01 FAILED; notify p1; log (slave p1): Error 16 setting MAC of new active slave");
	fx->fail = "mac p1";
	fx_clear(fx);
	fx_carrier(fx, 0, TRUE);
	fx_carrier(fx, 1, FALSE);
	fx_assert_trace(fx, "mac,log (slave p1): Err",
			"mac p0 00:02; mac p1 00:01 FAILED; log (slave p1): Error 16 setting MAC of old active slave");
	fx_free(fx);
}

/* Trap 22: fail_over_mac is active-backup's alone. */
static void
test_fom_other_modes(void)
{
	struct fx *fx = fx_new("mode", "balance-xor", "miimon", "50", NULL);
	struct bond_mac mac = fx_mac(0x99);

	fx_set(fx, "fail_over_mac", "active");
	fx_start(fx, 2);
	assert_macs(fx, 1, 1, 1);
	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, NULL));
	assert_macs(fx, 0x99, 0x99, 0x99);
	fx_free(fx);
}

/* Filters follow the active port; in the other modes every port has them. */
static void
test_filters(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "50", NULL);

	fx_start(fx, 3);
	fx_carrier(fx, 0, FALSE);
	fx_remove(fx, 1);
	fx_assert_trace(fx, "filters", "filters p0>p1; filters p1>none; filters none>p2");
	fx_free(fx);
	fx = fx_new("mode", "balance-xor", "miimon", "50", NULL);
	fx_start(fx, 2);
	g_assert_true(fx->devices[0].filters && fx->devices[1].filters);
	fx_carrier(fx, 0, FALSE);
	fx_remove(fx, 1);
	fx_assert_trace(fx, "filters", "filters p1>none");
	fx_free(fx);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/failover/trap-19-order", test_order);
	g_test_add_func("/failover/trap-19-order-all-down-and-up", test_order_all_down_and_up);
	g_test_add_func("/failover/trap-19-filters", test_filters);
	g_test_add_func("/failover/trap-20-times", test_notifications);
	g_test_add_func("/failover/trap-20-by-command", test_notifications_by_command);
	g_test_add_func("/failover/trap-20-restart", test_notifications_restart);
	g_test_add_func("/failover/trap-20-without-carrier", test_notifications_without_carrier);
	g_test_add_func("/failover/trap-20-not-there", test_notifications_not_there);
	g_test_add_func("/failover/trap-21-igmp", test_igmp);
	g_test_add_func("/failover/trap-21-igmp-off", test_igmp_off);
	g_test_add_func("/failover/trap-22-none", test_fom_none);
	g_test_add_func("/failover/trap-22-23-active", test_fom_active);
	g_test_add_func("/failover/trap-22-23-follow", test_fom_follow);
	g_test_add_func("/failover/trap-22-follow-from-none", test_fom_follow_from_none);
	g_test_add_func("/failover/trap-22-follow-same-mac", test_fom_follow_same_mac);
	g_test_add_func("/failover/trap-22-follow-fails", test_fom_follow_fails);
	g_test_add_func("/failover/trap-22-other-modes", test_fom_other_modes);
	return g_test_run();
}
