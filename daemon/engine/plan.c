/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include "hash.h"
#include "wire.h"

/* Hashes are made for this many frames at a time. */
#define CHUNK 64

typedef void (*transmit_func)(const struct bond_plan *plan, struct bond_plan_state *state,
			      const struct bond_frame *frames, guint n, bond_port_id *out);

/*
 * x % n for many x and one n, without a division each (Lemire, Kaser, Kurz: Faster remainder by direct computation,
 * 2019). Exact for all 32-bit x.
 */
struct modulo {
	guint64 magic;
	guint32 n;
};

static struct modulo
modulo_init(guint32 n)
{
	return (struct modulo){.magic = G_MAXUINT64 / n + 1, .n = n};
}

static inline guint32
modulo_of(const struct modulo *m, guint32 x)
{
	guint64 low = m->magic * x;

	return (guint32) (((unsigned __int128) low * m->n) >> 64);
}

static void
transmit_all(bond_port_id port, guint n, bond_port_id *out)
{
	memset(out, port, n);
}

static void
transmit_drop(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames, guint n,
	      bond_port_id *out)
{
	transmit_all(BOND_PORT_NONE, n, out);
}

static void
transmit_one(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames, guint n,
	     bond_port_id *out)
{
	transmit_all(plan->n_slots > 0 ? plan->slots[0] : BOND_PORT_NONE, n, out);
}

static void
transmit_broadcast(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames,
		   guint n, bond_port_id *out)
{
	transmit_all(plan->n_slots > 0 ? BOND_PORT_EVERY : BOND_PORT_NONE, n, out);
}

static void
transmit_hash(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames, guint n,
	      bond_port_id *out)
{
	guint32 hashes[CHUNK];
	struct modulo slots;
	guint i;

	if (plan->n_slots == 0) {
		transmit_all(BOND_PORT_NONE, n, out);
		return;
	}
	slots = modulo_init(plan->n_slots);
	while (n > 0) {
		guint chunk = MIN(n, CHUNK);

		bond_hash_burst(frames, chunk, plan->policy, hashes);
		for (i = 0; i < chunk; i++)
			out[i] = plan->slots[modulo_of(&slots, hashes[i])];
		frames += chunk;
		out += chunk;
		n -= chunk;
	}
}

/* --- balance-rr --- */

/* From slot @start forward to the first port that may transmit (bond_get_slave_by_id()). */
static inline bond_port_id
round_robin_port(const struct bond_plan *plan, guint start)
{
	guint slot = start;

	do {
		if (plan->usable >> plan->slots[slot] & 1)
			return plan->slots[slot];
		if (++slot == plan->n_slots)
			slot = 0;
	} while (slot != start);
	return BOND_PORT_NONE;
}

/* A tag inside the frame is one held beside it, but behind one held beside it there is none to take off. */
static inline gboolean
is_igmp(const struct bond_frame *frame)
{
	guint16 ethertype;

	if (frame->len < WIRE_ETH_HEADER + WIRE_IP4_HEADER)
		return FALSE;
	ethertype = wire_get16(frame->data + 12);
	if (G_LIKELY(ethertype == WIRE_IP4))
		return frame->data[WIRE_ETH_HEADER + 9] == WIRE_PROTO_IGMP;
	return !frame->has_vlan && wire_is_vlan(ethertype) && bond_dissect_is_igmp(frame->data, frame->len);
}

/* Group membership must not wander over the ports, or the switch forgets where the group is. */
static bond_port_id
round_robin_igmp(const struct bond_plan *plan)
{
	return plan->igmp_port != BOND_PORT_NONE ? plan->igmp_port : round_robin_port(plan, 0);
}

static guint32
next_random(struct bond_plan_state *state)
{
	guint32 x = state->random ? state->random : 1; /* xorshift never leaves 0 */

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	state->random = x;
	return x;
}

/* bond_rr_gen_slave_id(). */
static inline guint32
round_robin_id(guint packets_per_slave, struct bond_plan_state *state)
{
	switch (packets_per_slave) {
	case 0:
		return next_random(state);
	case 1:
		return ++state->rr_counter;
	default:
		return ++state->rr_counter / packets_per_slave;
	}
}

static void
transmit_round_robin(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames,
		     guint n, bond_port_id *out)
{
	struct modulo slots;
	guint i;

	if (plan->n_slots == 0) {
		transmit_all(BOND_PORT_NONE, n, out);
		return;
	}
	slots = modulo_init(plan->n_slots);
	for (i = 0; i < n; i++) {
		if (G_UNLIKELY(is_igmp(&frames[i])))
			out[i] = round_robin_igmp(plan);
		else
			out[i] =
			    round_robin_port(plan, modulo_of(&slots, round_robin_id(plan->packets_per_slave, state)));
	}
}

static const transmit_func transmit_funcs[] = {
    [BOND_PLAN_DROP] = transmit_drop,
    [BOND_PLAN_ONE] = transmit_one,
    [BOND_PLAN_ROUND_ROBIN] = transmit_round_robin,
    [BOND_PLAN_HASH] = transmit_hash,
    [BOND_PLAN_BROADCAST] = transmit_broadcast,
};

/* --- queue_id --- */

/* bond_slave_override(): a port that is not up is not in queue_port, and the mode decides. */
static inline bond_port_id
queue_port(const struct bond_plan *plan, const struct bond_frame *frame)
{
	if (frame->queue == 0 || frame->queue >= plan->n_queues)
		return BOND_PORT_NONE;
	return plan->queue_port[frame->queue];
}

/* The frames between two that a queue claims go to the mode in one piece; the claimed ones do not count there. */
static void
transmit_queues(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames, guint n,
		bond_port_id *out)
{
	guint first = 0;
	guint i;

	for (i = 0; i < n; i++) {
		bond_port_id port = queue_port(plan, &frames[i]);

		if (port == BOND_PORT_NONE)
			continue;
		transmit_funcs[plan->tx](plan, state, frames + first, i - first, out + first);
		out[i] = port;
		first = i + 1;
	}
	transmit_funcs[plan->tx](plan, state, frames + first, n - first, out + first);
}

void
bond_plan_transmit(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames,
		   guint n, bond_port_id *out)
{
	if (G_UNLIKELY(plan->n_queues > 0))
		transmit_queues(plan, state, frames, n, out);
	else
		transmit_funcs[plan->tx](plan, state, frames, n, out);
}

void
bond_plan_free(struct bond_plan *plan)
{
	g_free(plan);
}
