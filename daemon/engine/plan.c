/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include "hash.h"
#include "wire.h"

/* Hashes are made for this many frames at a time. */
#define CHUNK 64

typedef void (*transmit_func)(const struct bond_plan *plan, struct bond_plan_state *state,
			      const struct bond_frame *frames, guint n, bond_port_id *out);

/*
 * x % n without a division (Lemire, Kaser, Kurz: Faster remainder by direct computation, 2019): exact for all 32-bit
 * x and these n.
 */
#define MAGIC(n) (G_MAXUINT64 / (n) + 1)
#define MAGICS(n)                                                                                                      \
	MAGIC(n), MAGIC(n + 1), MAGIC(n + 2), MAGIC(n + 3), MAGIC(n + 4), MAGIC(n + 5), MAGIC(n + 6), MAGIC(n + 7)

static const guint64 magics[] = {0,	     MAGICS(1),	 MAGICS(9),  MAGICS(17), MAGICS(25),
				 MAGICS(33), MAGICS(41), MAGICS(49), MAGICS(57)};

G_STATIC_ASSERT(G_N_ELEMENTS(magics) == BOND_MAX_PORTS + 1);

static inline guint32
modulo(guint64 magic, guint32 n, guint32 x)
{
	return (guint32) (((unsigned __int128) (magic * x) * n) >> 64);
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

/* hash % n_slots: a mask for the usual 2 or 4 ports. */
static void
hashes_to_ports(const struct bond_plan *plan, const guint32 *hashes, guint n, bond_port_id *out)
{
	const guint n_slots = plan->n_slots;
	const guint64 magic = magics[n_slots];
	guint i;

	if ((n_slots & (n_slots - 1)) == 0) {
		for (i = 0; i < n; i++)
			out[i] = plan->slots[hashes[i] & (n_slots - 1)];
		return;
	}
	for (i = 0; i < n; i++)
		out[i] = plan->slots[modulo(magic, n_slots, hashes[i])];
}

static void
transmit_hash(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames, guint n,
	      bond_port_id *out)
{
	guint32 hashes[CHUNK];
	guint chunk;

	if (plan->n_slots == 0) {
		transmit_all(BOND_PORT_NONE, n, out);
		return;
	}
	for (; n > 0; n -= chunk) {
		chunk = MIN(n, CHUNK);
		bond_hash_burst(frames, chunk, plan->policy, hashes);
		hashes_to_ports(plan, hashes, chunk, out);
		frames += chunk;
		out += chunk;
	}
}

/* --- balance-rr --- */

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

/*
 * bond_get_slave_by_id() for every slot: from there forward to the first port that may transmit. Two rounds, so that
 * the last slots find those at the front.
 */
static void
resolve_slots(const struct bond_plan *plan, bond_port_id *ports)
{
	bond_port_id next = BOND_PORT_NONE;
	guint round;
	guint i;

	for (round = 0; round < 2; round++) {
		for (i = plan->n_slots; i-- > 0;) {
			if (plan->usable >> plan->slots[i] & 1)
				next = plan->slots[i];
			ports[i] = next;
		}
	}
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

/* packets_per_slave=0 */
static void
transmit_random(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames, guint n,
		const bond_port_id *ports, bond_port_id igmp, bond_port_id *out)
{
	const guint64 magic = magics[plan->n_slots];
	guint i;

	for (i = 0; i < n; i++) {
		if (G_UNLIKELY(is_igmp(&frames[i])))
			out[i] = igmp;
		else
			out[i] = ports[modulo(magic, plan->n_slots, next_random(state))];
	}
}

/* The slot is counter / packets_per_slave % n_slots, kept up by counting along; the counter is a u32 and comes round. */
static void
transmit_in_turn(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames, guint n,
		 const bond_port_id *ports, bond_port_id igmp, bond_port_id *out)
{
	const guint packets = plan->packets_per_slave;
	guint32 counter = state->rr_counter;
	guint32 left = packets - 1 - (packets > 1 ? counter % packets : 0);
	guint slot = modulo(magics[plan->n_slots], plan->n_slots, packets > 1 ? counter / packets : counter);
	guint i;

	for (i = 0; i < n; i++) {
		if (G_UNLIKELY(is_igmp(&frames[i]))) {
			out[i] = igmp;
			continue;
		}
		if (left-- == 0) {
			left = packets - 1;
			if (++slot == plan->n_slots)
				slot = 0;
		}
		if (G_UNLIKELY(++counter == 0)) {
			left = packets - 1;
			slot = 0;
		}
		out[i] = ports[slot];
	}
	state->rr_counter = counter;
}

/* Group membership must not wander over the ports, or the switch forgets where the group is. */
static void
transmit_round_robin(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames,
		     guint n, bond_port_id *out)
{
	bond_port_id ports[BOND_MAX_PORTS];
	bond_port_id igmp;

	if (plan->n_slots == 0) {
		transmit_all(BOND_PORT_NONE, n, out);
		return;
	}
	resolve_slots(plan, ports);
	igmp = plan->igmp_port != BOND_PORT_NONE ? plan->igmp_port : ports[0];
	if (plan->packets_per_slave == 0)
		transmit_random(plan, state, frames, n, ports, igmp, out);
	else
		transmit_in_turn(plan, state, frames, n, ports, igmp, out);
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
