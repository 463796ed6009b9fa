/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input: 4 bytes (kind of plan, number of ports; queue and whether a tag is beside the frame; its TCI), then a frame.
 * Each policy must read nothing beyond the frame, and a burst must give what one frame gives; each kind of plan must
 * choose one of its own ports, as it is explained; a bond of each mode must explain it, too.
 */
#include "engine/explain.h"
#include "engine/hash.h"
#include "engine/plan.h"

#define HEAD	    4
#define BURST	    3
#define BOND_PORTS  3
#define TABLE_PORTS 5 /* in the table of a balancing plan */

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
check(gboolean right)
{
	if (!right)
		abort();
}

static void
check_hashes(const struct bond_frame *frames)
{
	enum bond_hash_policy policy;
	guint32 hashes[BURST];
	guint i;

	for (policy = 0; policy < BOND_N_HASH_POLICIES; policy++) {
		bond_hash_burst(frames, BURST, policy, hashes);
		for (i = 0; i < BURST; i++) {
			const struct bond_frame *f = &frames[i];

			check(hashes[i] == bond_hash_frame(f->data, f->len, f->has_vlan, f->vlan, policy));
		}
	}
}

static gboolean
is_choice(const struct bond_plan *plan, bond_port_id port)
{
	guint i;

	for (i = 0; i < plan->n_slots; i++) {
		if (plan->slots[i] == port)
			return TRUE;
	}
	if (plan->tx == BOND_PLAN_BALANCE && (port == plan->unbalanced || port < TABLE_PORTS))
		return TRUE;
	if (port == BOND_PORT_CONTROL)
		return plan->tx == BOND_PLAN_BALANCE && plan->control != 0;
	return port == BOND_PORT_NONE || port == plan->igmp_port || port == plan->queue_port[1] ||
	       (port == BOND_PORT_EVERY && plan->tx == BOND_PLAN_BROADCAST);
}

/* What is told of one frame leads to the port that it gets. */
static void
check_trace(const struct bond_plan *plan, const struct bond_frame *frame)
{
	const struct bond_plan_state state = {.rr_counter = (guint32) -1, .random = 5};
	struct bond_plan_state after = state;
	struct bond_plan_trace trace;
	bond_port_id port;

	bond_plan_trace(plan, &state, frame, &trace);
	bond_plan_transmit(plan, &after, frame, 1, &port);
	check(trace.port == port);
	if (trace.way == BOND_PLAN_WAY_HASH)
		check(trace.slot < plan->n_slots && plan->slots[trace.slot] == port);
	if (trace.way == BOND_PLAN_WAY_TABLE)
		check(trace.slot < BOND_PLAN_TABLE_SIZE && plan->table[trace.slot] == port);
}

static struct bond *
make_bond(guint mode)
{
	static const struct bond_ops no_ops;
	static const struct bond_mac mac = {{0x02, 0, 0, 0, 0, 9}};
	static const struct bond_port_link up = {TRUE, TRUE, 1000, BOND_DUPLEX_FULL};
	static const char *const names[BOND_PORTS] = {"p0", "p1", "p2"};
	struct bond *bond = bond_new("bond0", &no_ops, NULL, &mac);
	const char *settings[] = {"mode", bond_option_value_name(BOND_OPT_MODE, mode), "miimon", "100", NULL};

	check(bond_set_options(bond, settings, 0, NULL));
	bond_set_up(bond, TRUE, 0);
	for (guint i = 0; i < BOND_PORTS; i++) {
		struct bond_port_info info = {.name = names[i], .ifindex = 10 + (int) i, .type = 1, .mtu = 1500};
		struct bond_port *port;

		info.mac = mac;
		info.mac.b[5] = (guint8) i;
		port = bond_enslave(bond, &info, 0, NULL);
		check(port != NULL);
		bond_port_set_link(port, &up, 0);
	}
	bond_run(bond, 0);
	return bond;
}

static void
check_explain(guint mode, const struct bond_frame *frame)
{
	struct bond *bond = make_bond(mode);
	struct explanation explanation;
	g_autofree char *reason = NULL;
	g_autofree char *input = NULL;

	explain_frame(bond, NULL, frame, 1, &explanation);
	reason = explain_reason(bond, &explanation);
	input = explain_hash_input(bond, &explanation);
	check(*reason != '\0' && (*input != '\0') == explanation.uses_hash);
	check(explanation.ports < 1 << BOND_PORTS);
	bond_free(bond, 1);
}

static void
check_plan(guint8 kind, guint8 ports, const struct bond_frame *frames)
{
	struct bond_plan plan = {
	    .tx = kind % (BOND_PLAN_BALANCE + 1),
	    .policy = kind / 8 % BOND_N_HASH_POLICIES,
	    .packets_per_slave = kind / 64,
	    .n_slots = ports % (BOND_MAX_PORTS + 1),
	    .usable = ports * G_GUINT64_CONSTANT(0x0123456789abcdef),
	    .igmp_port = ports & 1 ? 7 : BOND_PORT_NONE,
	    .n_queues = ports & 2 ? 2 : 0,
	    .by_destination = ports & 4,
	    .by_slots = ports & 8,
	    .control = ports & 16 ? BOND_PLAN_HAND_ARP : 0,
	    .unbalanced = ports & 32 ? 8 : BOND_PORT_NONE,
	};
	struct bond_plan_state state = {.rr_counter = (guint32) -2};
	bond_port_id out[BURST];
	guint i;

	for (i = 0; i < plan.n_slots; i++)
		plan.slots[i] = plan.n_slots - 1 - i;
	for (i = 0; i < BOND_PLAN_TABLE_SIZE; i++)
		plan.table[i] = i % TABLE_PORTS;
	memset(plan.queue_port, BOND_PORT_NONE, sizeof(plan.queue_port));
	plan.queue_port[1] = 9;
	bond_plan_transmit(&plan, &state, frames, BURST, out);
	for (i = 0; i < BURST; i++) {
		check(is_choice(&plan, out[i]));
		check_trace(&plan, &frames[i]);
	}
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree guint8 *whole = NULL;
	g_autofree guint8 *half = NULL;
	struct bond_frame frames[BURST];
	gsize len;

	if (size < HEAD)
		return 0;
	/* Copies of just that size, so that ASan sees where they end. */
	len = size - HEAD;
	whole = g_memdup2(data + HEAD, len);
	half = g_memdup2(data + HEAD, len / 2);
	frames[0] = (struct bond_frame){
	    .data = whole,
	    .len = len,
	    .queue = data[1] >> 1,
	    .has_vlan = data[1] & 1,
	    .vlan = data[2] << 8 | data[3],
	};
	frames[1] = frames[0];
	frames[1].data = half;
	frames[1].len = len / 2;
	frames[2] = frames[0];
	frames[2].has_vlan = !frames[0].has_vlan;
	check_hashes(frames);
	check_plan(data[0], data[1], frames);
	check_explain(data[0] % BOND_N_MODES, &frames[data[1] & 1]);
	return 0;
}
