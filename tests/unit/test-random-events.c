/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random events over four ports in each mode. Whatever happens in whatever order, some things are always true. A
 * failure names its seed; "-p /random-events/MODE/SEED" plays it again.
 */
#include <errno.h>

#include "engine/bond-private.h"
#include "engine/lacp-info.h"
#include "engine/lacpdu.h"
#include "engine-fixture.h"

#define N_PORTS 4
#define N_SEEDS 60
#define N_STEPS 400

struct run {
	struct fx *fx;
	guint32 state;
	gboolean pending; /* something was told, and the engine has not run since */
};

struct plan_case {
	const char *mode;
	gboolean arp; /* the ARP monitor instead of miimon */
	guint32 seed;
};

static guint
roll(struct run *run, guint n)
{
	run->state ^= run->state << 13;
	run->state ^= run->state >> 17;
	run->state ^= run->state << 5;
	return run->state % n;
}

/* --- What is always true --- */

static guint
count_up(const struct bond *bond)
{
	const struct bond_port *port;
	guint n = 0;

	FOREACH_PORT (bond, port) {
		n += port->link == BOND_LINK_UP;
	}
	return n;
}

static const struct bond_port *
port_by_id(const struct bond *bond, bond_port_id id)
{
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port->id == id)
			return port;
	}
	return NULL;
}

static void
check_slots(const struct bond *bond, const struct bond_plan *plan)
{
	for (guint i = 0; i < plan->n_slots; i++) {
		const struct bond_port *port = port_by_id(bond, plan->slots[i]);

		g_assert_nonnull(port);
		if (plan->tx != BOND_PLAN_ROUND_ROBIN || ((plan->usable >> port->id) & 1))
			g_assert_true(port_can_tx(port));
		for (guint j = 0; j < i; j++)
			g_assert_cmpint(plan->slots[j], !=, plan->slots[i]);
	}
	for (guint q = 0; q < plan->n_queues; q++) {
		if (plan->queue_port[q] != BOND_PORT_NONE)
			g_assert_true(port_is_up(port_by_id(bond, plan->queue_port[q])));
	}
}

/* Every entry of the table and what is not balanced leave by ports that can send, if there are any. */
static void
check_balance(const struct bond *bond, const struct bond_plan *plan)
{
	const struct bond_port *current = bond->active;

	if (plan->tx != BOND_PLAN_BALANCE)
		return;
	g_assert_cmpuint(plan->usable, !=, 0);
	g_assert_cmpuint(plan->n_slots > 0, ==, plan->by_slots);
	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE && !plan->by_slots; i++)
		g_assert_true((plan->usable >> plan->table[i]) & 1);
	if (current != NULL && port_can_tx(current))
		g_assert_cmpuint(plan->unbalanced, ==, current->id);
	else
		g_assert_cmpuint(plan->unbalanced, ==, BOND_PORT_NONE);
	/* Only the current port may send as the bond. */
	if (current != NULL)
		g_assert_false((plan->source_ports >> current->id) & 1);
	for (guint i = 0; i < bond_n_ports(bond); i++) {
		const struct bond_port *port = bond_nth_port(bond, i);

		g_assert_true(port == current || ((plan->source_ports >> port->id) & 1));
		fx_assert_mac(plan->port_mac[port->id], port->mac);
	}
}

static void
check_plan(struct fx *fx)
{
	struct bond *bond = fx->bond;
	const struct bond_plan *plan = fx->plan;
	guint n_plans = fx->n_plans;

	g_assert_nonnull(plan);
	check_slots(bond, plan);
	check_balance(bond, plan);
	for (guint id = 0; id < BOND_MAX_PORTS; id++) {
		const struct bond_port *port = port_by_id(bond, id);

		if (port == NULL)
			g_assert_true(plan->rx[id] == BOND_PLAN_RX_NONE && !((plan->usable >> id) & 1));
		else
			g_assert_cmpint(bond_plan_receive(plan, id), ==, bond->up && !port->inactive);
	}
	if (!bond->up)
		g_assert_true(plan->tx == BOND_PLAN_DROP && plan->n_queues == 0);
	/* Nothing that the plan shows changed without being marked. */
	bond_mark_plan(bond);
	bond_publish(bond);
	g_assert_cmpuint(fx->n_plans, ==, n_plans);
}

/* At most one port of active-backup is active, and it is the active one. The others: all are, though in the balancing
 * modes only one is sure to receive everything. */
static void
check_roles(const struct bond *bond)
{
	gboolean backup = bond->params.mode == BOND_MODE_ACTIVEBACKUP;
	gboolean lacp = bond->params.mode == BOND_MODE_8023AD;
	const struct bond_port *port;

	if (bond->active != NULL)
		g_assert_true(bond->active->bond == bond && port_by_id(bond, bond->active->id) == bond->active);
	FOREACH_PORT (bond, port) {
		/* LACP decides for itself. The ARP monitor lets ports try that are not up yet, and in the modes without a
		 * primary it takes those that are down out. */
		if (lacp || (port->link != BOND_LINK_UP && (!backup || bond->params.arp_interval != 0)))
			continue;
		g_assert_cmpint(port->backup, ==, backup && port != bond->active);
		if (port->backup)
			g_assert_cmpint(port->inactive, ==, !bond->params.all_slaves_active);
		else if (!bond->mode->balances || port == bond->active)
			g_assert_false(port->inactive);
	}
	/* Nobody is chosen only if nobody could be. */
	if (bond_uses_primary(bond) && bond->active == NULL)
		g_assert_cmpuint(count_up(bond), ==, 0);
	if (bond->primary != NULL)
		g_assert_cmpstr(bond->primary->name, ==, bond->params.primary);
}

/* balance-alb: each port has an address of its own. */
static void
check_own_address(const struct bond *bond, const struct bond_port *port)
{
	const struct bond_port *other;

	if (port == bond->active)
		fx_assert_mac(port->mac, bond->mac);
	FOREACH_PORT (bond, other) {
		if (bond->params.mode == BOND_MODE_ALB && other != port)
			g_assert_false(bond_mac_equal(&other->mac, &port->mac));
	}
}

static void
check_address(const struct bond *bond, const struct bond_port *port)
{
	gboolean follows = bond->params.mode == BOND_MODE_ACTIVEBACKUP && bond->params.fail_over_mac != BOND_FOM_NONE;

	if (bond->mode->balances)
		check_own_address(bond, port);
	else if (!follows || port == bond->active)
		fx_assert_mac(port->mac, bond->mac);
}

static void
check_addresses(struct fx *fx)
{
	const struct bond *bond = fx->bond;
	const struct bond_port *port;

	fx_assert_mac(fx->mac, bond->mac);
	g_assert_cmpuint(fx->mtu, ==, bond->mtu);
	FOREACH_PORT (bond, port) {
		const struct fx_device *device = &fx->devices[port->ifindex - 10];

		fx_assert_mac(device->mac, port->mac);
		g_assert_cmpuint(device->mtu, ==, bond->mtu);
		g_assert_cmpint(device->filters, ==, !bond_uses_primary(bond) || port == bond->active);
		g_assert_true(!device->promisc || port == bond->active);
		check_address(bond, port);
	}
}

static void
check_delays(const struct bond *bond, bond_time now)
{
	const struct bond_port *port;

	if (!bond->up || bond->params.miimon == 0)
		return;
	FOREACH_PORT (bond, port) {
		/* What was told has been looked at. */
		if (port->link == BOND_LINK_UP || port->link == BOND_LINK_BACK)
			g_assert_true(port_is_up(port));
		else if (!bond->mode->needs_speed_duplex || port->speed != BOND_SPEED_UNKNOWN)
			g_assert_false(port_is_up(port));
		if (port->link == BOND_LINK_FAIL || port->link == BOND_LINK_BACK)
			g_assert_cmpint(port->delay_end, >, now);
	}
}

/* At most one aggregator is active, all that transmit belong to it, and without one there is no carrier. */
static void
check_lacp(const struct bond *bond)
{
	struct bond_aggregate_info info;
	struct bond_port *port;

	g_assert_true(bond_lacp_info(bond, &info));
	g_assert_true(info.has_active || !bond_has_carrier(bond));
	FOREACH_PORT (bond, port) {
		struct bond_lacp_info own;

		g_assert_true(bond_port_lacp_info(port, &own));
		g_assert_cmpint(own.aggregator_active, ==,
				own.aggregator_id != 0 && own.aggregator_id == info.aggregator_id);
		for (guint i = 0; i < bond->plan.n_slots; i++)
			if (bond->plan.slots[i] == port->id)
				g_assert_true(own.aggregator_active);
	}
}

static void
check(struct run *run)
{
	struct fx *fx = run->fx;

	fx_run(fx);
	run->pending = FALSE;
	g_assert_cmpint(fx->bond->depth, ==, 0);
	g_assert_cmpuint(fx->bond->events->len, ==, 0);
	if (fx->bond->params.mode == BOND_MODE_8023AD)
		check_lacp(fx->bond);
	else
		g_assert_cmpint(bond_has_carrier(fx->bond), ==, count_up(fx->bond) > 0);
	g_assert_cmpint(fx->carrier, ==, bond_has_carrier(fx->bond));
	check_roles(fx->bond);
	check_plan(fx);
	check_addresses(fx);
	check_delays(fx->bond, fx->now);
	fx_clear(fx);
}

/* --- What may happen --- */

static gboolean
is_member(struct run *run, guint i)
{
	return run->fx->devices[i].port != NULL;
}

static void
do_plug(struct run *run)
{
	fx_plug(run->fx, roll(run, N_PORTS), roll(run, 2));
}

static void
do_admin(struct run *run)
{
	guint i = roll(run, N_PORTS);

	if (is_member(run, i))
		fx_admin(run->fx, i, roll(run, 4) != 0);
}

static void
do_speed(struct run *run)
{
	static const guint32 speeds[] = {10, 1000, 10000, BOND_SPEED_UNKNOWN, 0};
	guint i = roll(run, N_PORTS);

	run->fx->devices[i].speed = speeds[roll(run, G_N_ELEMENTS(speeds))];
	fx_plug(run->fx, i, run->fx->devices[i].carrier);
}

static void
do_add(struct run *run)
{
	guint i = roll(run, N_PORTS);

	if (!is_member(run, i))
		fx_add(run->fx, i);
}

/* A device refuses in the middle of it: nobody may notice afterwards. */
static void
do_add_fails(struct run *run)
{
	static const char *const steps[] = {"mtu p", "up p", "mac p"};
	guint i = roll(run, N_PORTS);
	struct fx *fx = run->fx;
	/* With fail_over_mac the address is not set before the port is one. */
	gboolean follows = bond_get_params(fx->bond)->fail_over_mac != BOND_FOM_NONE;
	struct fx_device before = fx->devices[i];
	struct bond_mac mac = fx->mac;
	guint ports = bond_n_ports(fx->bond);
	g_autofree char *step = g_strdup_printf("%s%u", steps[roll(run, G_N_ELEMENTS(steps) - follows)], i);
	g_autoptr(GError) error = NULL;

	if (is_member(run, i))
		return;
	fx->fail = step;
	fx->fail_errno = EIO;
	if (fx_try_add(fx, i, &error) == NULL) {
		g_assert_error(error, BOND_ERROR, EIO);
		g_assert_cmpuint(bond_n_ports(fx->bond), ==, ports);
		g_assert_cmpmem(&fx->devices[i], sizeof(before), &before, sizeof(before));
		fx_assert_mac(fx->mac, mac);
	}
	fx->fail = NULL;
}

static void
do_remove(struct run *run)
{
	guint i = roll(run, N_PORTS);

	if (is_member(run, i))
		fx_remove(run->fx, i);
}

static void
do_gone(struct run *run)
{
	guint i = roll(run, N_PORTS);

	if (is_member(run, i))
		fx_gone(run->fx, i);
}

static void
do_bond_up(struct run *run)
{
	bond_set_up(run->fx->bond, roll(run, 4) != 0, run->fx->now);
}

static void
do_wait(struct run *run)
{
	check(run);
	fx_wait(run->fx, roll(run, 400));
}

static void
do_mac(struct run *run)
{
	struct fx *fx = run->fx;
	struct bond_mac mac = fx_mac(0x80 + roll(run, 16));
	gboolean moves = bond_get_params(fx->bond)->fail_over_mac == BOND_FOM_NONE ||
			 bond_get_params(fx->bond)->mode != BOND_MODE_ACTIVEBACKUP;
	/* In balance-alb only the current port would have to take it. */
	gboolean fails = roll(run, 3) == 0 && bond_get_params(fx->bond)->mode != BOND_MODE_ALB;

	/* With fail_over_mac an address set by hand before the first port would be nobody's. */
	if (!moves)
		return;
	fx->fail = fails ? "mac p2" : NULL;
	fx->fail_errno = EBUSY;
	g_assert_cmpint(bond_set_mac(fx->bond, &mac, fx->now, NULL), ==, !fails || !is_member(run, 2));
	fx->fail = NULL;
}

static void
do_mtu(struct run *run)
{
	struct fx *fx = run->fx;
	guint mtu = 1400 + roll(run, 4) * 100;
	gboolean fails = roll(run, 3) == 0 && is_member(run, 1) && mtu != bond_get_mtu(fx->bond);

	fx->fail = fails ? "mtu p1" : NULL;
	fx->fail_errno = EINVAL;
	g_assert_cmpint(bond_set_mtu(fx->bond, mtu, fx->now, NULL), ==, !fails);
	fx->fail = NULL;
}

static void
do_option(struct run *run)
{
	static const char *const settings[][2] = {
	    {"miimon", "100"},
	    {"miimon", "10"},
	    {"updelay", "250"},
	    {"updelay", "0"},
	    {"downdelay", "120"},
	    {"downdelay", "0"},
	    {"num_grat_arp", "4"},
	    {"peer_notif_delay", "200"},
	    {"resend_igmp", "3"},
	    {"all_slaves_active", "1"},
	    {"all_slaves_active", "0"},
	    {"primary", "p2"},
	    {"primary", ""},
	    {"primary_reselect", "1"},
	    {"primary_reselect", "2"},
	    {"primary_reselect", "0"},
	    {"active_slave", "p3"},
	    {"active_slave", ""},
	    {"active_slave", "p0"},
	    {"queue_id", "p1:3"},
	    {"queue_id", "p1:0"},
	    {"packets_per_slave", "0"},
	    {"xmit_hash_policy", "1"},
	    {"fail_over_mac", "follow"},
	    {"fail_over_mac", "active"},
	    {"fail_over_mac", "none"},
	    {"tlb_dynamic_lb", "0"},
	    {"tlb_dynamic_lb", "1"},
	    {"lp_interval", "2"},
	    {"arp_interval", "100"},
	    {"arp_validate", "all"},
	    {"arp_validate", "none"},
	    {"arp_validate", "filter"},
	    {"arp_missed_max", "1"},
	    {"arp_all_targets", "all"},
	    {"arp_ip_target", "+10.0.0.2"},
	    {"arp_ip_target", "-10.0.0.2"},
	    {"lacp_rate", "fast"},
	    {"lacp_active", "off"},
	    {"ad_select", "bandwidth"},
	    {"ad_select", "count"},
	    {"min_links", "2"},
	    {"min_links", "0"},
	    {"coupled_control", "off"},
	    {"lacp_strict", "on"},
	    {"ad_actor_system", "02:00:00:00:00:99"},
	    {"ad_user_port_key", "7"},
	};
	const char *const *s = settings[roll(run, G_N_ELEMENTS(settings))];

	/* Some are refused in this mode or state; that changes nothing. */
	bond_set_option(run->fx->bond, s[0], s[1], BOND_SOURCE_SYSFS, run->fx->now, NULL);
}

/* From one of two partners with one of two keys, in any state: true or not. */
static void
receive_lacpdu(struct run *run, guint i)
{
	guint8 frame[LACPDU_FRAME_SIZE];
	struct bond_lacp_info own;
	struct lacpdu pdu = {
	    .actor = {.system_priority = 1,
		      .system = fx_mac((guint8) (0xa0 + roll(run, 2))),
		      .key = (guint16) (1 + roll(run, 2)),
		      .port_priority = 255,
		      .port_number = (guint16) (1 + i),
		      .state = (guint8) roll(run, 256)},
	};

	if (roll(run, 3) != 0)
		pdu.actor.state =
		    LACP_STATE_ACTIVITY | LACP_STATE_AGGREGATION | LACP_STATE_SYNC | LACP_STATE_COLLECTING;
	if (roll(run, 4) != 0 && bond_port_lacp_info(fx_port(run->fx, i), &own))
		pdu.partner = own.actor;
	lacpdu_build(&pdu.actor.system, &pdu, frame);
	fx_receive(run->fx, i, frame, sizeof(frame) - (roll(run, 8) == 0 ? roll(run, sizeof(frame)) : 0));
}

/* From a target of the ARP monitor: its answer, or the request of the active port that comes round to a backup. */
static void
receive_arp(struct run *run, guint i)
{
	guint8 frame[42] = {0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 3, 1, 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 2};

	memcpy(frame, run->fx->mac.b, BOND_ETH_ALEN);
	memcpy(frame + 28, ((const guint8[]){10, 0, 0, 1}), 4);
	memcpy(frame + 38, ((const guint8[]){10, 0, 0, 9}), 4);
	if (roll(run, 3) == 0) {
		memset(frame, 0xff, BOND_ETH_ALEN);
		frame[21] = 1;
		frame[31] = 9;
		frame[41] = 1;
	}
	fx_receive(run->fx, i, frame, sizeof(frame) - (roll(run, 8) == 0 ? roll(run, sizeof(frame)) : 0));
}

static void
do_receive(struct run *run)
{
	guint i = roll(run, N_PORTS);

	if (!is_member(run, i))
		return;
	/* Otherwise the frame would tell of a link that nobody has told of yet. */
	check(run);
	if (run->fx->bond->params.mode == BOND_MODE_8023AD)
		receive_lacpdu(run, i);
	else
		receive_arp(run, i);
}

static void
do_prio(struct run *run)
{
	g_autofree char *value = g_strdup_printf("%d", (int) roll(run, 5) - 2);
	guint i = roll(run, N_PORTS);

	bond_set_port_option(run->fx->bond, run->fx->devices[i].name, "prio", value, run->fx->now, NULL);
}

static void
do_load(struct run *run)
{
	run->fx->loads[roll(run, BOND_N_LOADS)] += roll(run, 1000000000);
}

static void
step(struct run *run)
{
	static void (*const actions[])(struct run * run) = {
	    do_plug,   do_plug,	  do_plug,    do_plug,	    do_wait, do_wait,	 do_wait,    do_admin,	 do_speed,
	    do_add,    do_add,	  do_add,     do_remove,    do_gone, do_mac,	 do_mtu,     do_prio,	 do_option,
	    do_option, do_option, do_bond_up, do_add_fails, do_load, do_receive, do_receive, do_receive,
	};

	actions[roll(run, G_N_ELEMENTS(actions))](run);
	run->pending = TRUE;
	/* Now and then several things come in one batch. */
	if (roll(run, 3) != 0)
		check(run);
}

static void
test_random(gconstpointer data)
{
	const struct plan_case *c = data;
	struct run run = {.state = c->seed * 2654435761u + 1};

	if (c->arp)
		run.fx = fx_new("mode", c->mode, "arp_interval", "100", "arp_ip_target", "+10.0.0.1", NULL);
	else
		run.fx = fx_new("mode", c->mode, "miimon", "100", NULL);
	for (guint i = 0; i < N_STEPS; i++)
		step(&run);
	check(&run);
	fx_free(run.fx);
}

static void
add_mode(const char *mode, gboolean arp)
{
	for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
		g_autofree char *path = g_strdup_printf("/random-events/%s%s/%u", mode, arp ? "-arp" : "", seed);
		struct plan_case *c = g_new(struct plan_case, 1);

		*c = (struct plan_case){.mode = mode, .arp = arp, .seed = seed};
		g_test_add_data_func_full(path, c, test_random, g_free);
	}
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *mode;
		gboolean arp;
	} modes[] = {
	    {"balance-rr", TRUE}, {"active-backup", TRUE}, {"balance-xor", TRUE},  {"broadcast", TRUE},
	    {"802.3ad", FALSE},	  {"balance-tlb", FALSE},  {"balance-alb", FALSE},
	};

	g_test_init(&argc, &argv, NULL);
	for (guint m = 0; m < G_N_ELEMENTS(modes); m++) {
		add_mode(modes[m].mode, FALSE);
		if (modes[m].arp)
			add_mode(modes[m].mode, TRUE);
	}
	return g_test_run();
}
