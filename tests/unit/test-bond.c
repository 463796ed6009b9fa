/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bond and its members: enslaving, releasing, addresses, MTU, carrier, plans. Numbers are those of the list of
 * traps that a copy of the kernel's driver falls into. */
#include <errno.h>
#include <net/if_arp.h>

#include "engine/bond-private.h"
#include "engine-fixture.h"

static void
test_new(void)
{
	struct fx *fx = fx_new(NULL);

	g_assert_cmpstr(bond_name(fx->bond), ==, "bond0");
	g_assert_false(bond_is_up(fx->bond));
	g_assert_false(bond_has_carrier(fx->bond));
	g_assert_cmpuint(bond_get_mtu(fx->bond), ==, 1500);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	g_assert_null(bond_nth_port(fx->bond, 0));
	bond_set_name(fx->bond, "team0");
	g_assert_cmpstr(bond_name(fx->bond), ==, "team0");
	fx_up(fx, TRUE);
	/* Trap 37: a bond without members drops. */
	fx_assert_plan(fx, "drop; rx");
	fx_free(fx);
}

/* --- Enslaving --- */

static void
test_enslave_order(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	g_assert_true(bond_set_mtu(fx->bond, 1400, fx->now, NULL));
	fx_clear(fx);
	fx_add(fx, 0);
	fx_assert_trace(fx, "mtu,mac,up,bond-mac,event,log",
			"bond-mac 00:01; mtu p0 1400; mac p0 00:01; up p0; event mac; event added p0; "
			"event carrier on enslaved; log (slave p0): making interface the new active one; "
			"event active none>p0 enslaved; "
			"log (slave p0): Enslaving as an active interface with an up link");
	fx_clear(fx);
	fx_add(fx, 1);
	fx_assert_trace(fx, "mtu,mac,up,bond-mac,event,log",
			"mtu p1 1400; mac p1 00:01; up p1; event added p1; "
			"log (slave p1): Enslaving as a backup interface with an up link");
	fx_assert_mac(*port_perm_mac(fx_port(fx, 1)), fx_mac(2));
	fx_assert_mac(*port_mac(fx_port(fx, 1)), fx_mac(1));
	g_assert_true(bond_find_port(fx->bond, "p1") == fx_port(fx, 1));
	g_assert_true(bond_find_port_by_ifindex(fx->bond, 11) == fx_port(fx, 1));
	g_assert_null(bond_find_port(fx->bond, "p2"));
	fx_free(fx);
}

static void
test_enslave_refused(void)
{
	struct fx *fx = fx_new("miimon", "100", NULL);

	fx->devices[0].up = TRUE;
	fx_add_fails(fx, 0, EPERM);
	fx->devices[0].up = FALSE;
	fx->devices[1].loopback = TRUE;
	fx_add_fails(fx, 1, EPERM);
	fx->devices[2].has_master = TRUE;
	fx_add_fails(fx, 2, EBUSY);
	/* In use comes before up. */
	fx->devices[2].up = TRUE;
	fx_add_fails(fx, 2, EBUSY);
	fx->devices[2].up = FALSE;
	fx->devices[3].type = ARPHRD_INFINIBAND;
	fx_add_fails(fx, 3, EOPNOTSUPP);
	fx->devices[3].type = ARPHRD_NONE;
	fx_add_fails(fx, 3, EINVAL);
	fx->devices[1].loopback = FALSE;
	fx->devices[1].above_bond = TRUE;
	fx_add_fails(fx, 1, EBUSY);
	fx_add(fx, 0);
	fx_add_fails(fx, 1, EBUSY);
	fx_add_fails(fx, 3, EINVAL);
	fx_assert_mac(*bond_get_mac(fx->bond), fx_mac(1));
	g_assert_cmpuint(bond_n_ports(fx->bond), ==, 1);
	fx_free(fx);
}

static void
test_enslave_twice(void)
{
	struct fx *fx = fx_new(NULL);
	struct bond_port *port = fx_add(fx, 0);

	fx->devices[0].up = FALSE;
	fx_add_fails(fx, 0, EBUSY);
	fx->devices[0].port = port;
	fx->devices[0].up = TRUE;
	fx_free(fx);
}

static void
test_enslave_message(void)
{
	struct fx *fx = fx_new(NULL);
	struct bond_port_info info = {.name = "p9", .type = ARPHRD_ETHER, .link.running = TRUE};
	g_autoptr(GError) error = NULL;

	g_assert_null(bond_enslave(fx->bond, &info, fx->now, &error));
	g_assert_error(error, BOND_ERROR, EPERM);
	g_assert_cmpstr(error->message, ==, "cannot add p9 to bond0: it is up; set it down first");
	g_assert_cmpstr(bond_error_extack(error), ==, "Device can not be enslaved while up");
	fx_assert_trace(fx, "log", "log (slave p9): Error: Device can not be enslaved while up");
	fx_free(fx);
}

/* A device whose driver cannot change its address. */
static void
test_enslave_fixed_mac(void)
{
	struct fx *fx = fx_new("mode", "active-backup", NULL);

	fx->devices[0].fixed_mac = TRUE;
	fx->devices[1].fixed_mac = TRUE;
	fx_add(fx, 0);
	g_assert_cmpuint(bond_get_params(fx->bond)->fail_over_mac, ==, BOND_FOM_ACTIVE);
	fx_add(fx, 1);
	fx_remove(fx, 0);
	fx_remove(fx, 1);
	fx_set(fx, "fail_over_mac", "none");
	fx_add(fx, 2);
	fx_add_fails(fx, 1, EOPNOTSUPP);
	fx_remove(fx, 2);
	fx_set(fx, "mode", "balance-rr");
	fx_add_fails(fx, 0, EOPNOTSUPP);
	fx_free(fx);
}

/* Trap 23 and bond_enslave()'s ladder of labels: what was done before the failure is undone, last thing first. */
static void
test_enslave_roll_back(void)
{
	struct fx *fx = fx_new("miimon", "100", NULL);

	g_assert_true(bond_set_mtu(fx->bond, 1400, fx->now, NULL));
	fx->fail_errno = EBUSY;
	fx->fail = "mtu p0 1400";
	fx_clear(fx);
	fx_add_fails(fx, 0, EBUSY);
	fx_assert_trace(fx, "mtu,mac,up,down,log", "mtu p0 1400 FAILED; log (slave p0): Error -16 calling dev_set_mtu");
	fx->fail = "mac p0";
	fx_clear(fx);
	fx_add_fails(fx, 0, EBUSY);
	fx_assert_trace(fx, "mtu,mac,up,down", "mtu p0 1400; mac p0 00:01 FAILED; mtu p0 1500");
	fx->fail = "up p0";
	fx_clear(fx);
	fx_add_fails(fx, 0, EBUSY);
	fx_assert_trace(fx, "mtu,mac,up,down",
			"mtu p0 1400; mac p0 00:01; up p0 FAILED; down p0; mac p0 00:01; mtu p0 1500");
	g_assert_cmpuint(bond_n_ports(fx->bond), ==, 0);
	g_assert_true(fx->devices[0].mtu == 1500 && !fx->devices[0].up);
	/* The address that it lent is given up, too. */
	g_assert_cmpint(bond_get_mac(fx->bond)->b[0], ==, 0x0e);
	fx_free(fx);
}

/* A port that cannot join a bond that works changes nothing there. */
static void
test_enslave_roll_back_second(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "primary", "p1", NULL);
	guint plans;

	fx_start(fx, 1);
	plans = fx->n_plans;
	fx->fail = "up p1";
	fx->fail_errno = EIO;
	fx_add_fails(fx, 1, EIO);
	g_assert_null(bond_primary_port(fx->bond));
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	g_assert_cmpuint(fx->n_plans, ==, plans);
	fx_assert_mac(fx->devices[1].mac, fx_mac(2));
	fx->fail = NULL;
	fx_add(fx, 1);
	g_assert_true(bond_primary_port(fx->bond) == fx_port(fx, 1));
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	/* Ids are used again. */
	g_assert_cmpuint(port_id(fx_port(fx, 1)), ==, 1);
	fx_free(fx);
}

static void
test_too_many_ports(void)
{
	struct fx *fx = fx_new(NULL);
	static const struct bond_ops none;
	struct bond *bond = bond_new("bond1", &none, NULL, bond_get_mac(fx->bond));
	struct bond_port_info info = {.type = ARPHRD_ETHER, .mtu = 1500};
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < BOND_MAX_PORTS; i++) {
		g_autofree char *name = g_strdup_printf("q%u", i);

		info.name = name;
		info.ifindex = 100 + i;
		g_assert_nonnull(bond_enslave(bond, &info, fx->now, NULL));
	}
	info.name = "q64";
	info.ifindex = 200;
	g_assert_null(bond_enslave(bond, &info, fx->now, &error));
	g_assert_error(error, BOND_ERROR, ENOSPC);
	bond_set_up(bond, TRUE, fx->now);
	bond_run(bond, fx->now);
	bond_free(bond, fx->now);
	fx_free(fx);
}

/* --- Addresses --- */

/* Trap 23: the first port lends its address only to a bond that has none of its own; the last one takes it. */
static void
test_bond_mac(void)
{
	struct fx *fx = fx_new(NULL);
	struct bond_mac mac = fx_mac(0x99);

	fx_add(fx, 0);
	fx_add(fx, 1);
	fx_assert_mac(fx->mac, fx_mac(1));
	fx_remove(fx, 0);
	fx_assert_mac(fx->mac, fx_mac(1));
	fx_remove(fx, 1);
	g_assert_cmpint(fx->mac.b[0], ==, 0x0e);
	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, NULL));
	fx_add(fx, 1);
	fx_assert_mac(fx->mac, mac);
	fx_assert_mac(fx->devices[1].mac, mac);
	fx_remove(fx, 1);
	g_assert_cmpint(fx->mac.b[0], ==, 0x0e);
	fx_free(fx);
}

static void
test_shared_mac_warning(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 3);
	fx_remove(fx, 2);
	fx_assert_trace(fx, "log", "log (slave p2): Releasing backup interface");
	fx_clear(fx);
	fx_remove(fx, 0);
	fx_assert_trace(fx, "log",
			"log (slave p0): Releasing backup interface; "
			"log (slave p0): the permanent HWaddr of slave - 02:00:00:00:00:01 - is still in use by bond - "
			"set the HWaddr of slave to a different address to avoid conflicts; "
			"log (slave p1): making interface the new active one");
	fx_clear(fx);
	fx_remove(fx, 1);
	fx_assert_trace(fx, "log", "log (slave p1): Releasing backup interface");
	fx_free(fx);
}

/* Trap 24 */
static void
test_set_mac_roll_back(void)
{
	struct fx *fx = fx_new("miimon", "100", NULL);
	struct bond_mac mac = fx_mac(0x99);
	g_autoptr(GError) error = NULL;

	fx_start(fx, 4);
	/* One that somebody gave another address gets that one back. */
	fx->devices[1].mac = fx_mac(0x77);
	bond_port_mac_changed(fx_port(fx, 1), &fx->devices[1].mac);
	fx->fail = "mac p3 00:99";
	fx->fail_errno = EBUSY;
	g_assert_false(bond_set_mac(fx->bond, &mac, fx->now, &error));
	g_assert_error(error, BOND_ERROR, EBUSY);
	g_assert_nonnull(strstr(error->message, "p3"));
	fx_assert_trace(fx, "mac,bond-mac",
			"mac p0 00:99; mac p1 00:99; mac p2 00:99; mac p3 00:99 FAILED; "
			"mac p0 00:01; mac p1 00:77; mac p2 00:01");
	fx_assert_mac(fx->mac, fx_mac(1));
	fx->fail = NULL;
	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, NULL));
	fx_assert_mac(fx->mac, mac);
	for (guint i = 0; i < 4; i++)
		fx_assert_mac(fx->devices[i].mac, mac);
	fx_free(fx);
}

static void
test_set_mac_invalid(void)
{
	struct fx *fx = fx_new(NULL);
	struct bond_mac group = {{0x01, 0, 0x5e, 0, 0, 1}};
	struct bond_mac zero = {{0}};
	g_autoptr(GError) error = NULL;

	g_assert_false(bond_set_mac(fx->bond, &zero, fx->now, NULL));
	g_assert_false(bond_set_mac(fx->bond, &group, fx->now, &error));
	g_assert_error(error, BOND_ERROR, EADDRNOTAVAIL);
	fx_assert_trace(fx, NULL, "");
	fx_free(fx);
}

/* Trap 24: backups too, all or nothing. */
static void
test_set_mtu_roll_back(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);
	g_autoptr(GError) error = NULL;

	fx_start(fx, 3);
	fx->devices[1].mtu = 1300;
	bond_port_mtu_changed(fx_port(fx, 1), 1300);
	g_assert_cmpuint(bond_get_mtu(fx->bond), ==, 1500);
	fx->fail = "mtu p2 9000";
	fx->fail_errno = EINVAL;
	g_assert_false(bond_set_mtu(fx->bond, 9000, fx->now, &error));
	g_assert_error(error, BOND_ERROR, EINVAL);
	fx_assert_trace(fx, NULL, "mtu p0 9000; mtu p1 9000; mtu p2 9000 FAILED; mtu p0 1500; mtu p1 1300");
	g_assert_cmpuint(bond_get_mtu(fx->bond), ==, 1500);
	fx->fail = NULL;
	fx_clear(fx);
	g_assert_true(bond_set_mtu(fx->bond, 9000, fx->now, NULL));
	fx_assert_trace(fx, NULL, "mtu p0 9000; mtu p1 9000; mtu p2 9000; bond-mtu 9000; event mtu");
	g_assert_cmpuint(port_mtu(fx_port(fx, 2)), ==, 9000);
	g_assert_false(bond_set_mtu(fx->bond, 67, fx->now, NULL));
	g_assert_false(bond_set_mtu(fx->bond, 65536, fx->now, NULL));
	fx_free(fx);
}

/* --- Leaving --- */

static void
test_release_order(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "num_grat_arp", "1", NULL);

	fx_start(fx, 2);
	fx_remove(fx, 0);
	/* The new plan first; then the world hears of it; then the device gets back what it had. */
	fx_assert_trace(fx, "publish,notify,event,down,mac,mtu",
			"publish; notify p1; event active p0>none released; event active none>p1 released; "
			"event notified; down p0; mac p0 00:01; publish; event removed p0");
	fx_assert_plan(fx, "one p1; rx p1");
	fx_free(fx);
}

static void
test_gone(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 2);
	fx_gone(fx, 0);
	/* Nothing is asked of a device that is not there. */
	fx_assert_trace(fx, "down,mac,mtu,filters", "filters none>p1");
	fx_assert_plan(fx, "one p1; rx p1");
	g_assert_cmpuint(bond_n_ports(fx->bond), ==, 1);
	fx_free(fx);
}

/* Freeing a bond that works: in list order, and no other port is made the active one in between. */
static void
test_release_all(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 2);
	fx_remove(fx, 0);
	fx_add(fx, 0);
	fx_clear(fx);
	bond_release_all(fx->bond, fx->now);
	fx_assert_trace(fx, "log,event active",
			"log (slave p1): Releasing backup interface; event active p1>none released; "
			"log (slave p0): Releasing backup interface");
	fx_assert_plan(fx, "drop; rx");
	fx_free(fx);
}

/* --- Up and down --- */

static void
test_bond_down_and_up(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "all_slaves_active", "1", NULL);

	fx_start(fx, 2);
	fx_assert_plan(fx, "one p0; rx p0 p1");
	fx_set(fx, "all_slaves_active", "0");
	fx_assert_plan(fx, "one p0; rx p0");
	fx_up(fx, FALSE);
	fx_assert_plan(fx, "drop; rx");
	/* The carrier stays, as the kernel's does; nobody looks at links. */
	g_assert_true(fx->carrier);
	fx_carrier(fx, 0, FALSE);
	fx_wait(fx, 1000);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	/* Up again: the first look is at once. */
	fx_clear(fx);
	fx_up(fx, TRUE);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_assert_trace(fx, "event", "event link p0 down bond-up; event active p0>p1 bond-up; event notified");
	fx_assert_plan(fx, "one p1; rx p1");
	fx_free(fx);
}

static void
test_up_resets_flags(void)
{
	struct fx *fx = fx_new("mode", "active-backup", NULL);

	fx_add(fx, 0);
	fx_add(fx, 1);
	g_assert_true(port_is_active(fx_port(fx, 0)) && !port_is_inactive(fx_port(fx, 0)));
	g_assert_true(!port_is_active(fx_port(fx, 1)) && port_is_inactive(fx_port(fx, 1)));
	fx_up(fx, TRUE);
	fx_up(fx, FALSE);
	port_set_inactive_flags(fx_port(fx, 0));
	port_set_active_flags(fx_port(fx, 1));
	fx_up(fx, TRUE);
	g_assert_true(port_is_active(fx_port(fx, 0)));
	g_assert_true(port_is_inactive(fx_port(fx, 1)));
	fx_free(fx);
}

/* Trap 25 */
static void
test_carrier(void)
{
	static const char *const modes[] = {"balance-rr", "active-backup", "balance-xor", "broadcast"};

	for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
		struct fx *fx = fx_new("mode", modes[i], "miimon", "100", NULL);

		fx_start(fx, 2);
		g_assert_true(fx->carrier);
		fx_carrier(fx, 0, FALSE);
		g_assert_true(fx->carrier);
		fx_carrier(fx, 1, FALSE);
		g_assert_false(fx->carrier);
		fx_assert_plan(fx, i == BOND_MODE_ACTIVEBACKUP ? "drop; rx" : "drop; rx p0 p1");
		fx_carrier(fx, 1, TRUE);
		g_assert_true(fx->carrier);
		fx_free(fx);
	}
}

/* --- Plans --- */

static void
test_plan_round_robin(void)
{
	struct fx *fx = fx_new("miimon", "100", "packets_per_slave", "3", NULL);

	fx_start(fx, 3);
	fx_assert_plan(fx, "rr p0 p1 p2; usable p0 p1 p2; igmp p0; rx p0 p1 p2");
	g_assert_cmpuint(fx->plan->packets_per_slave, ==, 3);
	fx_set(fx, "packets_per_slave", "7");
	g_assert_cmpuint(fx->plan->packets_per_slave, ==, 7);
	/* Trap 32: slots stay, the dead one is walked over. Trap 18: IGMP goes with the hidden active port. */
	fx_carrier(fx, 0, FALSE);
	fx_assert_plan(fx, "rr p0 p1 p2; usable p1 p2; igmp p1; rx p0 p1 p2");
	fx_carrier(fx, 0, TRUE);
	fx_assert_plan(fx, "rr p0 p1 p2; usable p0 p1 p2; igmp p1; rx p0 p1 p2");
	fx_free(fx);
}

static void
test_plan_xor(void)
{
	struct fx *fx = fx_new("mode", "balance-xor", "miimon", "100", "xmit_hash_policy", "layer3+4", NULL);

	fx_start(fx, 3);
	fx_assert_plan(fx, "hash p0 p1 p2; rx p0 p1 p2");
	g_assert_cmpint(fx->plan->policy, ==, BOND_HASH_LAYER34);
	fx_carrier(fx, 1, FALSE);
	fx_assert_plan(fx, "hash p0 p2; rx p0 p1 p2");
	fx_set(fx, "xmit_hash_policy", "layer2+3");
	g_assert_cmpint(fx->plan->policy, ==, BOND_HASH_LAYER23);
	fx_free(fx);
}

/* Trap 35 */
static void
test_plan_broadcast(void)
{
	struct fx *fx = fx_new("mode", "broadcast", "miimon", "100", NULL);

	fx_start(fx, 3);
	fx_assert_plan(fx, "broadcast p0 p1 p2; rx p0 p1 p2");
	fx_admin(fx, 2, FALSE);
	fx_run(fx);
	fx_assert_plan(fx, "broadcast p0 p1; rx p0 p1 p2");
	fx_free(fx);
}

/* Trap 36: queue_id comes before the mode, a backup may serve, and a port that is down gives it back. */
static void
test_plan_queues(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 3);
	fx_set(fx, "queue_id", "p1:2");
	fx_set(fx, "queue_id", "p2:16");
	fx_assert_plan(fx, "one p0; queue 2 p1; queue 16 p2; rx p0");
	fx_carrier(fx, 2, FALSE);
	fx_assert_plan(fx, "one p0; queue 2 p1; rx p0");
	fx_set(fx, "queue_id", "p1:0");
	fx_assert_plan(fx, "one p0; rx p0");
	fx_free(fx);
}

/* A plan appears when, and only when, something in it is new. */
static void
test_plan_only_if_changed(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);
	guint plans;

	fx_start(fx, 3);
	plans = fx->n_plans;
	fx_run(fx);
	fx_set(fx, "num_grat_arp", "3");
	fx_carrier(fx, 2, FALSE); /* a backup */
	fx_carrier(fx, 2, TRUE);
	fx_wait(fx, 5000);
	fx_set(fx, "downdelay", "300");
	g_assert_cmpuint(fx->plan->generation, ==, fx->n_plans);
	/* The backup's coming and going is in the set of usable queues only, and that is empty. */
	g_assert_cmpuint(fx->n_plans, ==, plans);
	fx_carrier(fx, 0, FALSE);
	g_assert_cmpuint(fx->n_plans, ==, plans + 1);
	fx_assert_plan(fx, "drop; rx p0");
	fx_wait(fx, 1000);
	g_assert_cmpuint(fx->n_plans, ==, plans + 2);
	fx_assert_plan(fx, "one p1; rx p1");
	fx_free(fx);
}

/* Trap 2: a balancing mode's inactive port still transmits; in the modes here both flags go together. Trap 28:
 * what an inactive port receives does not reach the host. */
static void
test_flags(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 2);
	g_assert_true(port_is_inactive(fx_port(fx, 1)));
	g_assert_false(bond_plan_receive(fx->plan, port_id(fx_port(fx, 1))));
	fx_set(fx, "all_slaves_active", "1");
	g_assert_false(port_is_inactive(fx_port(fx, 1)));
	g_assert_false(port_is_active(fx_port(fx, 1)));
	g_assert_true(bond_plan_receive(fx->plan, port_id(fx_port(fx, 1))));
	fx_free(fx);
}

static enum bond_plan_rx
rx_of(const struct fx *fx, bond_port_id id)
{
	return fx->plan->rx[id];
}

/* A port that hands over with a good link goes on receiving, once: broadcasts come by the new one. */
static void
test_linger(void)
{
	static const guint8 unicast[14] = {0x02};
	static const guint8 broadcast[14] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 2);
	fx_set(fx, "active_slave", "p1");
	g_assert_cmpint(rx_of(fx, 0), ==, BOND_PLAN_RX_UNICAST);
	g_assert_cmpint(rx_of(fx, 1), ==, BOND_PLAN_RX_ALL);
	g_assert_true(bond_plan_receive_frame(fx->plan, 0, unicast));
	g_assert_false(bond_plan_receive_frame(fx->plan, 0, broadcast));
	g_assert_true(bond_plan_receive_frame(fx->plan, 1, broadcast));
	fx_wait(fx, 1000);
	g_assert_cmpint(rx_of(fx, 0), ==, BOND_PLAN_RX_EXACT);
	g_assert_false(bond_plan_receive_frame(fx->plan, 0, unicast));
	/* A lost carrier has nothing more to give. */
	fx_carrier(fx, 1, FALSE);
	g_assert_cmpint(rx_of(fx, 1), ==, BOND_PLAN_RX_EXACT);
	fx_free(fx);
}

/* While a port leaves, its plan still takes what is on its way; afterwards no plan names it. */
static void
test_linger_release(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 2);
	bond_release(fx_port(fx, 0), fx->now);
	g_assert_cmpint(rx_of(fx, 0), ==, BOND_PLAN_RX_NONE);
	g_assert_cmpint(rx_of(fx, 1), ==, BOND_PLAN_RX_ALL);
	fx_free(fx);
}

static void
test_names(void)
{
	g_assert_cmpstr(bond_reason_name(BOND_REASON_CARRIER), ==, "carrier");
	g_assert_cmpstr(bond_reason_name(BOND_REASON_MONITOR), ==, "monitor");
	g_assert_cmpstr(bond_link_name(BOND_LINK_FAIL), ==, "going down");
	g_assert_cmpstr(bond_link_name(BOND_LINK_BACK), ==, "going back");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bond/new", test_new);
	g_test_add_func("/bond/names", test_names);
	g_test_add_func("/bond/linger/choice", test_linger);
	g_test_add_func("/bond/linger/release", test_linger_release);
	g_test_add_func("/bond/enslave/order", test_enslave_order);
	g_test_add_func("/bond/enslave/refused", test_enslave_refused);
	g_test_add_func("/bond/enslave/twice", test_enslave_twice);
	g_test_add_func("/bond/enslave/message", test_enslave_message);
	g_test_add_func("/bond/enslave/fixed-mac", test_enslave_fixed_mac);
	g_test_add_func("/bond/enslave/roll-back", test_enslave_roll_back);
	g_test_add_func("/bond/enslave/roll-back-second", test_enslave_roll_back_second);
	g_test_add_func("/bond/enslave/too-many", test_too_many_ports);
	g_test_add_func("/bond/mac/trap-23-lend-and-take-back", test_bond_mac);
	g_test_add_func("/bond/mac/trap-23-shared-warning", test_shared_mac_warning);
	g_test_add_func("/bond/mac/trap-24-roll-back", test_set_mac_roll_back);
	g_test_add_func("/bond/mac/invalid", test_set_mac_invalid);
	g_test_add_func("/bond/mtu/trap-24-roll-back", test_set_mtu_roll_back);
	g_test_add_func("/bond/release/order", test_release_order);
	g_test_add_func("/bond/release/gone", test_gone);
	g_test_add_func("/bond/release/all", test_release_all);
	g_test_add_func("/bond/up/down-and-up", test_bond_down_and_up);
	g_test_add_func("/bond/up/resets-flags", test_up_resets_flags);
	g_test_add_func("/bond/trap-25-carrier", test_carrier);
	g_test_add_func("/bond/trap-2-28-flags", test_flags);
	g_test_add_func("/bond/plan/trap-18-32-round-robin", test_plan_round_robin);
	g_test_add_func("/bond/plan/xor", test_plan_xor);
	g_test_add_func("/bond/plan/trap-35-broadcast", test_plan_broadcast);
	g_test_add_func("/bond/plan/trap-36-queues", test_plan_queues);
	g_test_add_func("/bond/plan/only-if-changed", test_plan_only_if_changed);
	return g_test_run();
}
