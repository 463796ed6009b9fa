/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Link monitoring by carrier: delays, first states, failure counts. Numbers are those of the list of traps that a
 * copy of the kernel's driver falls into. */
#include "engine/bond-private.h"
#include "engine-fixture.h"

#define assert_links(fx, l0, l1)                                                                                       \
	do {                                                                                                           \
		g_assert_cmpstr(bond_link_name(fx_link(fx, 0)), ==, bond_link_name(BOND_LINK_##l0));                   \
		g_assert_cmpstr(bond_link_name(fx_link(fx, 1)), ==, bond_link_name(BOND_LINK_##l1));                   \
	} while (0)

static guint
failures(struct fx *fx, guint i)
{
	return port_link_failure_count(fx_port(fx, i));
}

/* --- Without delays --- */

/* Trap 6: without delays everything happens at once. Trap 3: one choice for all that happened. */
static void
test_at_once(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 3);
	fx_plug(fx, 0, FALSE);
	fx_plug(fx, 1, FALSE);
	assert_links(fx, UP, UP);
	fx_run(fx);
	assert_links(fx, DOWN, DOWN);
	fx_assert_trace(fx, "event active", "event active p0>p2 carrier");
	fx_assert_trace(fx, "log",
			"log (slave p0): link status definitely down, disabling slave; "
			"log (slave p1): link status definitely down, disabling slave; "
			"log (slave p2): making interface the new active one");
	g_assert_cmpuint(failures(fx, 0), ==, 1);
	g_assert_cmpint(bond_last_failover(fx->bond), ==, fx->now);
	fx_clear(fx);
	fx_carrier(fx, 0, TRUE);
	fx_assert_trace(fx, "event,log",
			"event link p0 up carrier; log (slave p0): link status definitely up, 1000 Mbps full duplex");
	g_assert_cmpuint(failures(fx, 0), ==, 1);
	fx_free(fx);
}

static void
test_speed_in_log(void)
{
	struct fx *fx = fx_new("miimon", "100", NULL);

	fx_start(fx, 1);
	fx_carrier(fx, 0, FALSE);
	fx->devices[0].speed = BOND_SPEED_UNKNOWN;
	fx->devices[0].duplex = BOND_DUPLEX_HALF;
	fx_clear(fx);
	fx_carrier(fx, 0, TRUE);
	/* Half a piece of knowledge is none (bond_update_speed_duplex()). */
	fx_assert_trace(fx, "log",
			"log (slave p0): link status definitely up, 0 Mbps full duplex; log active interface up!");
	g_assert_cmpuint(port_speed(fx_port(fx, 0)), ==, BOND_SPEED_UNKNOWN);
	g_assert_cmpint(port_duplex(fx_port(fx, 0)), ==, BOND_DUPLEX_UNKNOWN);
	fx_free(fx);
}

/* An idle bond costs nothing, and nobody is waited for. */
static void
test_no_polling(void)
{
	struct fx *fx = fx_new("miimon", "100", "updelay", "1000", NULL);

	fx_start(fx, 2);
	fx_wait(fx, 2000);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_clear(fx);
	fx_run(fx);
	fx_assert_trace(fx, NULL, "");
	fx_free(fx);
}

/* --- Delays --- */

/* Traps 5 and 6: n ticks after detection, rounded down. */
static void
test_downdelay(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "downdelay", "299", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	assert_links(fx, FAIL, UP);
	fx_assert_trace(fx, "log,event",
			"log (slave p0): link status down for active interface, disabling it in 200 ms; "
			"event link p0 going down carrier");
	/* Nothing can leave by it; the choice waits. */
	fx_assert_plan(fx, "drop; rx p0");
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, fx->now + 200 * BOND_MSEC);
	fx_wait(fx, 199);
	assert_links(fx, FAIL, UP);
	g_assert_cmpuint(failures(fx, 0), ==, 0);
	fx_wait(fx, 1);
	assert_links(fx, DOWN, UP);
	g_assert_cmpuint(failures(fx, 0), ==, 1);
	fx_assert_plan(fx, "one p1; rx p1");
	fx_clear(fx);
	fx_carrier(fx, 1, FALSE);
	fx_assert_trace(fx, "log", "log (slave p1): link status down for active interface, disabling it in 200 ms");
	fx_free(fx);
}

/* Trap 7 */
static void
test_recovery_inside_downdelay(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "downdelay", "200", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_wait(fx, 100);
	fx_clear(fx);
	fx_carrier(fx, 0, TRUE);
	assert_links(fx, UP, UP);
	fx_assert_trace(fx, "log,event",
			"log (slave p0): link status up again after 100 ms; event link p0 up carrier; "
			"log (slave p0): link status definitely up, 1000 Mbps full duplex");
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	g_assert_cmpuint(failures(fx, 0), ==, 0);
	fx_assert_plan(fx, "one p0; rx p0");
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_free(fx);
}

static void
test_updelay(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "updelay", "300", NULL);

	fx_start(fx, 2);
	fx_wait(fx, 1000);
	fx_carrier(fx, 1, FALSE);
	assert_links(fx, UP, DOWN);
	fx_clear(fx);
	fx_carrier(fx, 1, TRUE);
	assert_links(fx, UP, BACK);
	fx_assert_trace(fx, "log", "log (slave p1): link status up, enabling it in 300 ms");
	fx_wait(fx, 299);
	assert_links(fx, UP, BACK);
	fx_wait(fx, 1);
	assert_links(fx, UP, UP);
	fx_free(fx);
}

/* The kernel's commit counts every DOWN that it commits, the one after a BACK, too. */
static void
test_loss_inside_updelay(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "updelay", "300", NULL);

	fx_start(fx, 2);
	fx_wait(fx, 1000);
	fx_carrier(fx, 1, FALSE);
	fx_carrier(fx, 1, TRUE);
	fx_wait(fx, 200);
	fx_clear(fx);
	fx_carrier(fx, 1, FALSE);
	assert_links(fx, UP, DOWN);
	fx_assert_trace(fx, "log",
			"log (slave p1): link status down again after 200 ms; "
			"log (slave p1): link status definitely down, disabling slave");
	g_assert_cmpuint(failures(fx, 1), ==, 2);
	fx_free(fx);
}

/* Another port's events do not shorten a delay. */
static void
test_delay_is_its_own(void)
{
	struct fx *fx = fx_new("miimon", "100", "downdelay", "1000", NULL);

	fx_start(fx, 3);
	fx_carrier(fx, 0, FALSE);
	for (guint i = 0; i < 49; i++) {
		fx_carrier(fx, 2, i % 2 != 0);
		fx_wait(fx, 20);
	}
	assert_links(fx, FAIL, UP);
	fx_wait(fx, 20);
	assert_links(fx, DOWN, UP);
	fx_free(fx);
}

/* Trap 8: not waited when nothing else works, but only by the first one. */
static void
test_updelay_ignored_active_backup(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "updelay", "300", NULL);

	fx_start(fx, 2);
	/* Trap 10: the first states were BACK; the first look found no active port. */
	assert_links(fx, UP, BACK);
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	fx_wait(fx, 1000);
	fx_plug(fx, 0, FALSE);
	fx_carrier(fx, 1, FALSE);
	fx_clear(fx);
	fx_plug(fx, 0, TRUE);
	fx_carrier(fx, 1, TRUE);
	assert_links(fx, UP, BACK);
	fx_assert_trace(fx, "log",
			"log (slave p0): link status up, enabling it in 0 ms; "
			"log (slave p1): link status up, enabling it in 300 ms; "
			"log (slave p0): link status definitely up, 1000 Mbps full duplex; "
			"log (slave p0): making interface the new active one; log active interface up!");
	fx_wait(fx, 300);
	assert_links(fx, UP, UP);
	fx_free(fx);
}

static void
test_updelay_ignored_xor(void)
{
	struct fx *fx = fx_new("mode", "balance-xor", "miimon", "100", "updelay", "300", NULL);

	fx_start(fx, 2);
	assert_links(fx, UP, BACK);
	fx_wait(fx, 300);
	fx_plug(fx, 0, FALSE);
	fx_carrier(fx, 1, FALSE);
	fx_carrier(fx, 1, TRUE);
	assert_links(fx, DOWN, UP);
	fx_carrier(fx, 0, TRUE);
	assert_links(fx, BACK, UP);
	fx_free(fx);
}

/* The last usable one goes in the same look as another one comes: it is not waited either. */
static void
test_updelay_ignored_at_exchange(void)
{
	struct fx *fx = fx_new("mode", "balance-xor", "miimon", "100", "updelay", "300", NULL);

	fx_start(fx, 2);
	fx_wait(fx, 300);
	fx_carrier(fx, 1, FALSE);
	fx_plug(fx, 0, FALSE);
	fx_carrier(fx, 1, TRUE);
	assert_links(fx, DOWN, UP);
	fx_free(fx);
}

/* balance-rr and broadcast have no such array and always wait. */
static void
test_updelay_never_ignored(void)
{
	static const char *const modes[] = {"balance-rr", "broadcast"};

	for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
		struct fx *fx = fx_new("mode", modes[i], "miimon", "100", "updelay", "300", NULL);

		fx_start(fx, 2);
		assert_links(fx, BACK, BACK);
		g_assert_false(fx->carrier);
		fx_wait(fx, 299);
		assert_links(fx, BACK, BACK);
		fx_wait(fx, 1);
		assert_links(fx, UP, UP);
		g_assert_true(fx->carrier);
		fx_free(fx);
	}
}

/* Trap 9: of those coming back the one that has waited longest is taken early. */
static void
test_taken_early(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "updelay", "500", NULL);

	fx_start(fx, 3);
	fx_wait(fx, 600);
	fx_plug(fx, 1, FALSE);
	fx_carrier(fx, 2, FALSE);
	fx_carrier(fx, 2, TRUE);
	fx_wait(fx, 100);
	fx_carrier(fx, 1, TRUE);
	fx_wait(fx, 200);
	g_assert_cmpint(fx_link(fx, 2), ==, BOND_LINK_BACK);
	fx_clear(fx);
	fx_carrier(fx, 0, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "p2");
	g_assert_cmpint(fx_link(fx, 2), ==, BOND_LINK_UP);
	g_assert_cmpint(fx_link(fx, 1), ==, BOND_LINK_BACK);
	fx_assert_trace(fx, "log",
			"log (slave p0): link status definitely down, disabling slave; "
			"log (slave p2): making interface the new active one 300 ms earlier");
	fx_assert_plan(fx, "one p2; rx p2");
	fx_free(fx);
}

/* --- First states, monitors that are off --- */

/* Trap 10 */
static void
test_first_state(void)
{
	struct fx *fx = fx_new("mode", "active-backup", NULL);

	fx->devices[0].carrier = FALSE;
	fx_add(fx, 0);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	fx_remove(fx, 0);
	fx_set(fx, "miimon", "100");
	fx_add(fx, 0);
	fx_add(fx, 1);
	assert_links(fx, DOWN, UP);
	fx_assert_trace(fx, "log (slave p0): Ens,log (slave p1): Ens",
			"log (slave p0): Enslaving as an active interface with an up link; "
			"log (slave p0): Enslaving as a backup interface with a down link; "
			"log (slave p1): Enslaving as an active interface with an up link");
	fx_set(fx, "updelay", "200");
	fx_add(fx, 2);
	g_assert_cmpint(fx_link(fx, 2), ==, BOND_LINK_BACK);
	/* The bond is down: time does not count. */
	fx_wait(fx, 1000);
	fx_up(fx, TRUE);
	g_assert_cmpint(fx_link(fx, 2), ==, BOND_LINK_BACK);
	fx_wait(fx, 199);
	g_assert_cmpint(fx_link(fx, 2), ==, BOND_LINK_BACK);
	fx_wait(fx, 1);
	g_assert_cmpint(fx_link(fx, 2), ==, BOND_LINK_UP);
	fx_free(fx);
	/* With ARP monitoring, carrier decides. */
	fx = fx_new("mode", "active-backup", "arp_interval", "100", NULL);
	fx->devices[0].carrier = FALSE;
	fx_add(fx, 0);
	fx_add(fx, 1);
	assert_links(fx, DOWN, UP);
	fx_free(fx);
}

/* A delay stands still while the bond is down. */
static void
test_delay_over_down(void)
{
	struct fx *fx = fx_new("miimon", "100", "downdelay", "500", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_wait(fx, 300);
	fx_up(fx, FALSE);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_wait(fx, 10000);
	fx_up(fx, TRUE);
	assert_links(fx, FAIL, UP);
	fx_wait(fx, 199);
	assert_links(fx, FAIL, UP);
	fx_wait(fx, 1);
	assert_links(fx, DOWN, UP);
	fx_free(fx);
}

/* Trap 5: delays are counts of ticks, and a change of miimon changes what is left of them. */
static void
test_tick_changed(void)
{
	struct fx *fx = fx_new("miimon", "100", "downdelay", "500", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_wait(fx, 150);
	/* 350 ms are 4 ticks. */
	fx_set(fx, "miimon", "1000");
	fx_wait(fx, 2999);
	assert_links(fx, FAIL, UP);
	fx_wait(fx, 1);
	assert_links(fx, DOWN, UP);
	fx_carrier(fx, 1, FALSE);
	fx_wait(fx, 2000);
	fx_set(fx, "miimon", "0");
	fx_wait(fx, 100000);
	assert_links(fx, DOWN, FAIL);
	fx_set(fx, "miimon", "10");
	fx_wait(fx, 19);
	assert_links(fx, DOWN, FAIL);
	fx_wait(fx, 1);
	assert_links(fx, DOWN, DOWN);
	fx_free(fx);
}

/* Without a monitor the link stays up whatever the carrier does; only the plan knows better. */
static void
test_no_monitor(void)
{
	struct fx *fx = fx_new("mode", "active-backup", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	assert_links(fx, UP, UP);
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	fx_assert_plan(fx, "drop; rx p0");
	g_assert_true(fx->carrier);
	fx_carrier(fx, 0, TRUE);
	fx_assert_plan(fx, "one p0; rx p0");
	fx_admin(fx, 0, FALSE);
	fx_run(fx);
	fx_assert_plan(fx, "drop; rx p0");
	g_assert_cmpuint(failures(fx, 0), ==, 0);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_free(fx);
}

/* A port set down by its administrator, with a monitor. */
static void
test_admin_down(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 2);
	/* A device that is down knows no speed; the last one is kept. */
	fx->devices[0].speed = BOND_SPEED_UNKNOWN;
	fx_admin(fx, 0, FALSE);
	fx_run(fx);
	assert_links(fx, DOWN, UP);
	fx_assert_trace(fx, "event link,event active", "event link p0 down admin; event active p0>p1 admin");
	g_assert_cmpuint(port_speed(fx_port(fx, 0)), ==, 1000);
	fx_clear(fx);
	fx_admin(fx, 0, TRUE);
	fx_run(fx);
	fx_assert_trace(fx, "event", "event link p0 up admin");
	fx->devices[0].up = TRUE;
	fx_free(fx);
}

/* Switching the monitor on looks at once; off, and nobody looks any more. */
static void
test_monitor_switched(void)
{
	struct fx *fx = fx_new("mode", "active-backup", NULL);

	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_set(fx, "miimon", "100");
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, fx->now);
	fx_run(fx);
	assert_links(fx, DOWN, UP);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_set(fx, "downdelay", "200");
	fx_carrier(fx, 1, FALSE);
	assert_links(fx, DOWN, FAIL);
	fx_set(fx, "miimon", "0");
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_wait(fx, 1000);
	assert_links(fx, DOWN, FAIL);
	fx_free(fx);
}

/* Trap 1: five states, and only all of them together let a port transmit. */
static void
test_five_states(void)
{
	struct fx *fx = fx_new("miimon", "100", "downdelay", "100", "updelay", "100", NULL);

	fx_start(fx, 2);
	fx_wait(fx, 200);
	fx_assert_plan(fx, "rr p0 p1; usable p0 p1; igmp p0; rx p0 p1");
	fx_carrier(fx, 0, FALSE);
	fx_assert_plan(fx, "rr p0 p1; usable p1; igmp p1; rx p0 p1");
	fx_wait(fx, 200);
	/* Carrier is back, the link is not UP yet. */
	fx_carrier(fx, 0, TRUE);
	fx_assert_plan(fx, "rr p0 p1; usable p1; igmp p1; rx p0 p1");
	fx_wait(fx, 100);
	fx_assert_plan(fx, "rr p0 p1; usable p0 p1; igmp p1; rx p0 p1");
	fx_free(fx);
}

/* Trap 12 */
static void
test_failure_count_saturates(void)
{
	struct fx *fx = fx_new("miimon", "100", NULL);

	fx_start(fx, 2);
	for (guint i = 0; i < 1000; i++) {
		fx_carrier(fx, 0, FALSE);
		fx_carrier(fx, 0, TRUE);
	}
	g_assert_cmpuint(failures(fx, 0), ==, 1000);
	g_assert_cmpuint(failures(fx, 1), ==, 0);
	fx_port(fx, 1)->link_failure_count = G_MAXUINT32;
	fx_carrier(fx, 1, FALSE);
	g_assert_cmpuint(failures(fx, 1), ==, G_MAXUINT32);
	fx_free(fx);
}

/* --- use_carrier=0 --- */

/* Drivers are asked, every miimon; the carrier does not matter to the monitor. */
static void
test_use_carrier_off(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "use_carrier", "0", NULL);

	fx_start(fx, 2);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, fx->now + 100 * BOND_MSEC);
	fx_wait(fx, 1000);
	fx->devices[0].driver_link = BOND_DEVICE_LINK_DOWN;
	assert_links(fx, UP, UP);
	fx_wait(fx, 100);
	assert_links(fx, DOWN, UP);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	g_assert_cmpuint(failures(fx, 0), ==, 1);
	fx->devices[0].driver_link = BOND_DEVICE_LINK_UP;
	fx_wait(fx, 100);
	assert_links(fx, UP, UP);
	/* What the driver still calls a link is one, even if nothing can be sent by it. */
	fx_carrier(fx, 1, FALSE);
	fx_wait(fx, 1000);
	assert_links(fx, UP, UP);
	/* But a device that is down has none. */
	fx_admin(fx, 1, FALSE);
	fx_run(fx);
	assert_links(fx, UP, DOWN);
	fx_free(fx);
}

static void
test_use_carrier_delays(void)
{
	struct fx *fx = fx_new("mode", "balance-xor", "miimon", "100", "downdelay", "300", "use_carrier", "0", NULL);

	fx_start(fx, 2);
	fx->devices[0].driver_link = BOND_DEVICE_LINK_DOWN;
	fx_wait(fx, 100);
	assert_links(fx, FAIL, UP);
	fx_wait(fx, 299);
	assert_links(fx, FAIL, UP);
	fx_wait(fx, 1);
	assert_links(fx, DOWN, UP);
	fx_free(fx);
}

/* Whoever switches back is not asked any more. */
static void
test_use_carrier_switched(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 2);
	fx->devices[0].driver_link = BOND_DEVICE_LINK_DOWN;
	fx_wait(fx, 1000);
	assert_links(fx, UP, UP);
	fx_set(fx, "use_carrier", "0");
	fx_run(fx);
	assert_links(fx, DOWN, UP);
	fx_set(fx, "use_carrier", "1");
	fx_run(fx);
	assert_links(fx, UP, UP);
	g_assert_cmpint(bond_next_deadline(fx->bond), >, fx->now + 100 * BOND_MSEC);
	fx_set(fx, "use_carrier", "0");
	fx_set(fx, "miimon", "0");
	fx_wait(fx, 1000);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_free(fx);
}

/* A driver that tells nothing: up, as in the kernel, and a warning that tells what that means. */
static void
test_use_carrier_unknown(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "use_carrier", "0", NULL);

	fx->devices[0].driver_link = BOND_DEVICE_LINK_UNKNOWN;
	fx->devices[1].driver_link = BOND_DEVICE_LINK_DOWN;
	fx_add(fx, 0);
	fx_add(fx, 1);
	assert_links(fx, UP, DOWN);
	fx_assert_trace(fx, "log (slave p0): its,log (slave p1): its",
			"log (slave p0): its driver tells no link status by ethtool or MII: with use_carrier=0 a lost "
			"link will not be noticed");
	fx_free(fx);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mii/trap-1-five-states", test_five_states);
	g_test_add_func("/mii/trap-3-6-at-once", test_at_once);
	g_test_add_func("/mii/speed-in-log", test_speed_in_log);
	g_test_add_func("/mii/no-polling", test_no_polling);
	g_test_add_func("/mii/trap-5-6-downdelay", test_downdelay);
	g_test_add_func("/mii/trap-6-updelay", test_updelay);
	g_test_add_func("/mii/trap-7-recovery-inside-downdelay", test_recovery_inside_downdelay);
	g_test_add_func("/mii/trap-7-loss-inside-updelay", test_loss_inside_updelay);
	g_test_add_func("/mii/delay-is-its-own", test_delay_is_its_own);
	g_test_add_func("/mii/trap-8-active-backup", test_updelay_ignored_active_backup);
	g_test_add_func("/mii/trap-8-xor", test_updelay_ignored_xor);
	g_test_add_func("/mii/trap-8-exchange", test_updelay_ignored_at_exchange);
	g_test_add_func("/mii/trap-8-rr-and-broadcast-wait", test_updelay_never_ignored);
	g_test_add_func("/mii/trap-9-taken-early", test_taken_early);
	g_test_add_func("/mii/trap-10-first-state", test_first_state);
	g_test_add_func("/mii/delay-over-down", test_delay_over_down);
	g_test_add_func("/mii/trap-5-tick-changed", test_tick_changed);
	g_test_add_func("/mii/no-monitor", test_no_monitor);
	g_test_add_func("/mii/admin-down", test_admin_down);
	g_test_add_func("/mii/monitor-switched", test_monitor_switched);
	g_test_add_func("/mii/trap-12-failure-count", test_failure_count_saturates);
	g_test_add_func("/mii/use-carrier/off", test_use_carrier_off);
	g_test_add_func("/mii/use-carrier/delays", test_use_carrier_delays);
	g_test_add_func("/mii/use-carrier/switched", test_use_carrier_switched);
	g_test_add_func("/mii/use-carrier/unknown", test_use_carrier_unknown);
	return g_test_run();
}
