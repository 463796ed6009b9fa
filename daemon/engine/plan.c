/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include "hash.h"
#include "wire.h"

/* Hashes are made for this many frames at a time. */
#define CHUNK 64

/* Types of ICMPv6. */
#define ND_SOLICITATION	 135
#define ND_ADVERTISEMENT 136

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

/* ARP, and neighbour solicitations and advertisements without extension headers (bond_should_broadcast_neighbor()). */
static gboolean
is_neighbor_discovery(const struct bond_frame *frame)
{
	gsize at = WIRE_ETH_HEADER;
	guint16 ethertype;
	guint8 type;

	if (frame->len < WIRE_ETH_HEADER)
		return FALSE;
	ethertype = wire_get16(frame->data + 12);
	if (!frame->has_vlan && wire_is_vlan(ethertype) && frame->len >= at + WIRE_VLAN_HEADER) {
		ethertype = wire_get16(frame->data + at + 2);
		at += WIRE_VLAN_HEADER;
	}
	if (ethertype != WIRE_IP6 || frame->len <= at + WIRE_IP6_HEADER)
		return ethertype == WIRE_ARP;
	type = frame->data[at + WIRE_IP6_HEADER];
	return frame->data[at + 6] == WIRE_PROTO_ICMPV6 && (type == ND_SOLICITATION || type == ND_ADVERTISEMENT);
}

static void
broadcast_neighbors(const struct bond_frame *frames, guint n, bond_port_id *out)
{
	for (guint i = 0; i < n; i++) {
		if (is_neighbor_discovery(&frames[i]))
			out[i] = BOND_PORT_EVERY;
	}
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
		if (G_UNLIKELY(plan->broadcast_neighbor))
			broadcast_neighbors(frames, chunk, out);
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
	/* Read by others, too. */
	__atomic_store_n(&state->rr_counter, counter, __ATOMIC_RELAXED);
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

/* --- balance-tlb, balance-alb --- */

/* What stands before the network header, as the kernel sees it: the outer tag is beside the frame. */
struct head {
	const guint8 *network;
	guint32 len; /* from there */
	guint16 protocol;
};

static inline gboolean
find_network(const struct bond_frame *frame, struct head *head)
{
	guint32 off = WIRE_ETH_HEADER;

	if (G_UNLIKELY(frame->len < off))
		return FALSE;
	head->protocol = wire_get16(frame->data + 12);
	if (!frame->has_vlan && G_UNLIKELY(wire_is_vlan(head->protocol)) && frame->len >= off + WIRE_VLAN_HEADER) {
		head->protocol = wire_get16(frame->data + off + 2);
		off += WIRE_VLAN_HEADER;
	}
	head->network = frame->data + off;
	head->len = frame->len - off;
	return TRUE;
}

/* alb_determine_nd(): neighbour discovery tells a peer which port we are, so it must not wander. */
static gboolean
is_neighbour_discovery(const struct head *head)
{
	enum { SOLICITATION = 135, ADVERTISEMENT = 136, ICMP_HEADER = 8 };
	guint8 type;

	if (head->len < WIRE_IP6_HEADER)
		return TRUE;
	if (head->network[6] != WIRE_PROTO_ICMPV6)
		return FALSE;
	if (head->len < WIRE_IP6_HEADER + ICMP_HEADER)
		return TRUE;
	type = head->network[WIRE_IP6_HEADER];
	return type == SOLICITATION || type == ADVERTISEMENT;
}

/* Returned for what leaves by the current port; others are entries of the table. */
#define UNBALANCED BOND_PLAN_TABLE_SIZE
#define HANDED	   (BOND_PLAN_TABLE_SIZE + 1)

/* bond_xmit_tlb_slave_get() */
static inline guint
tlb_entry(const struct bond_frame *frame, guint32 hash)
{
	struct head head;

	if (!find_network(frame, &head) || frame->data[0] & 1)
		return UNBALANCED;
	if (G_LIKELY(head.protocol == WIRE_IP4))
		return hash & (BOND_PLAN_TABLE_SIZE - 1);
	if (head.protocol == WIRE_IP6 && !is_neighbour_discovery(&head))
		return hash & (BOND_PLAN_TABLE_SIZE - 1);
	return UNBALANCED;
}

/* _simple_hash() */
static inline guint
xor_bytes(const guint8 *bytes, guint n_words)
{
	guint32 word = 0;
	guint i;

	for (i = 0; i < n_words; i++)
		word ^= wire_load32(bytes + 4 * i);
	word ^= word >> 16;
	return (word ^ word >> 8) & (BOND_PLAN_TABLE_SIZE - 1);
}

static inline gboolean
is_broadcast(const guint8 *mac)
{
	return (wire_load32(mac) & wire_load32(mac + 2)) == G_MAXUINT32;
}

static inline guint
alb_entry_ip4(const struct head *head, const guint8 *mac)
{
	const guint8 *ip = head->network;

	if (head->len < WIRE_IP4_HEADER || is_broadcast(mac))
		return UNBALANCED;
	if (ip[9] == WIRE_PROTO_IGMP || wire_load32(ip + 16) == G_MAXUINT32)
		return UNBALANCED;
	return xor_bytes(ip + 16, 1);
}

static inline guint
alb_entry_ip6(const struct head *head, const guint8 *mac)
{
	static const guint8 all_nodes[BOND_ETH_ALEN] = {0x33, 0x33, 0, 0, 0, 1};
	static const guint8 any[16] = {0};
	const guint8 *ip = head->network;

	if (is_broadcast(mac) || memcmp(mac, all_nodes, sizeof(all_nodes)) == 0 || is_neighbour_discovery(head))
		return UNBALANCED;
	if (memcmp(ip + 8, any, sizeof(any)) == 0) /* looks for a duplicate of its own address */
		return UNBALANCED;
	return xor_bytes(ip + 24, 4);
}

/* bond_xmit_alb_slave_get() */
static inline guint
alb_entry(const struct bond_plan *plan, const struct bond_frame *frame)
{
	struct head head;

	if (G_UNLIKELY(!find_network(frame, &head)))
		return UNBALANCED;
	if (G_LIKELY(head.protocol == WIRE_IP4))
		return alb_entry_ip4(&head, frame->data);
	if (head.protocol == WIRE_IP6)
		return alb_entry_ip6(&head, frame->data);
	if (head.protocol == WIRE_ARP && plan->control & BOND_PLAN_HAND_ARP)
		return HANDED;
	return UNBALANCED;
}

/* No other worker writes here; whoever reads sees a whole number. */
static inline void
count_load(struct bond_plan_state *state, guint entry, guint32 len)
{
	__atomic_store_n(&state->loads[entry], state->loads[entry] + len, __ATOMIC_RELAXED);
}

/*
 * Entries of the table were assigned beforehand (balance.c), so that a flow's first frame waits for nobody. Frames for
 * the control thread are counted there, by the port that they get.
 */
static inline bond_port_id
table_port(const struct bond_plan *plan, struct bond_plan_state *state, guint entry, guint32 len)
{
	if (G_UNLIKELY(entry == HANDED))
		return BOND_PORT_CONTROL;
	count_load(state, entry, len);
	return G_LIKELY(entry < BOND_PLAN_TABLE_SIZE) ? plan->table[entry] : plan->unbalanced;
}

/* tlb_dynamic_lb=0 */
static inline bond_port_id
slot_port(const struct bond_plan *plan, guint64 magic, guint entry, guint32 hash)
{
	if (G_UNLIKELY(entry == HANDED))
		return BOND_PORT_CONTROL;
	return entry < BOND_PLAN_TABLE_SIZE ? plan->slots[modulo(magic, plan->n_slots, hash)] : plan->unbalanced;
}

/* Inlined into each case below, so that each has a loop of its own. */
static inline __attribute__((always_inline)) void
balance_chunk(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames, guint n,
	      bond_port_id *out, gboolean alb, gboolean by_slots)
{
	const guint64 magic = magics[plan->n_slots];
	guint32 hashes[CHUNK];
	guint i;

	if (by_slots || !alb)
		bond_hash_burst(frames, n, plan->policy, hashes);
	for (i = 0; i < n; i++) {
		const struct bond_frame *frame = &frames[i];
		guint entry = alb ? alb_entry(plan, frame) : tlb_entry(frame, hashes[i]);

		out[i] =
		    by_slots ? slot_port(plan, magic, entry, hashes[i]) : table_port(plan, state, entry, frame->len);
	}
}

static void
transmit_balance(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames, guint n,
		 bond_port_id *out)
{
	guint chunk;

	if (plan->by_slots && plan->n_slots == 0) {
		transmit_all(plan->unbalanced, n, out);
		return;
	}
	for (; n > 0; n -= chunk) {
		chunk = MIN(n, CHUNK);
		if (plan->by_destination && plan->by_slots)
			balance_chunk(plan, state, frames, chunk, out, TRUE, TRUE);
		else if (plan->by_destination)
			balance_chunk(plan, state, frames, chunk, out, TRUE, FALSE);
		else if (plan->by_slots)
			balance_chunk(plan, state, frames, chunk, out, FALSE, TRUE);
		else
			balance_chunk(plan, state, frames, chunk, out, FALSE, FALSE);
		frames += chunk;
		out += chunk;
	}
}

static const transmit_func transmit_funcs[] = {
    [BOND_PLAN_DROP] = transmit_drop,
    [BOND_PLAN_ONE] = transmit_one,
    [BOND_PLAN_ROUND_ROBIN] = transmit_round_robin,
    [BOND_PLAN_HASH] = transmit_hash,
    [BOND_PLAN_BROADCAST] = transmit_broadcast,
    [BOND_PLAN_BALANCE] = transmit_balance,
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

/* --- Why --- */

static void
trace_hash(const struct bond_plan *plan, const struct bond_frame *frame, struct bond_plan_trace *trace)
{
	trace->way = BOND_PLAN_WAY_HASH;
	trace->has_hash = TRUE;
	bond_hash_burst(frame, 1, plan->policy, &trace->hash);
	trace->n_slots = plan->n_slots;
	trace->slot = trace->hash % plan->n_slots;
}

/* @counter: after this frame. */
static void
trace_turn(const struct bond_plan *plan, guint32 counter, const struct bond_frame *frame, struct bond_plan_trace *trace)
{
	const guint packets = plan->packets_per_slave;

	trace->n_slots = plan->n_slots;
	if (is_igmp(frame)) {
		trace->way = BOND_PLAN_WAY_IGMP;
	} else if (packets == 0) {
		trace->way = BOND_PLAN_WAY_RANDOM;
	} else {
		trace->way = BOND_PLAN_WAY_TURN;
		trace->slot = counter / packets % plan->n_slots;
	}
}

static void
trace_balance(const struct bond_plan *plan, const struct bond_frame *frame, struct bond_plan_trace *trace)
{
	guint32 hash = 0;
	guint entry;

	if (!plan->by_destination)
		bond_hash_burst(frame, 1, plan->policy, &hash);
	entry = plan->by_destination ? alb_entry(plan, frame) : tlb_entry(frame, hash);
	if (plan->by_slots && plan->n_slots == 0)
		entry = UNBALANCED;
	if (entry == HANDED) {
		trace->way = BOND_PLAN_WAY_CONTROL;
	} else if (entry == UNBALANCED) {
		trace->way = BOND_PLAN_WAY_UNBALANCED;
	} else if (plan->by_slots) {
		trace_hash(plan, frame, trace);
	} else {
		trace->way = BOND_PLAN_WAY_TABLE;
		trace->slot = entry;
		trace->n_slots = BOND_PLAN_TABLE_SIZE;
		trace->has_hash = !plan->by_destination;
		trace->hash = hash;
	}
}

static void
trace_mode(const struct bond_plan *plan, guint32 counter, const struct bond_frame *frame, struct bond_plan_trace *trace)
{
	if (plan->tx == BOND_PLAN_BALANCE) {
		trace_balance(plan, frame, trace);
	} else if (plan->n_slots == 0 || plan->tx == BOND_PLAN_DROP) {
		trace->way = BOND_PLAN_WAY_NONE;
	} else if (plan->tx == BOND_PLAN_ROUND_ROBIN) {
		trace_turn(plan, counter, frame, trace);
	} else if (plan->tx == BOND_PLAN_HASH) {
		trace_hash(plan, frame, trace);
		if (plan->broadcast_neighbor && is_neighbor_discovery(frame))
			trace->way = BOND_PLAN_WAY_NEIGHBOR;
	} else {
		trace->way = plan->tx == BOND_PLAN_ONE ? BOND_PLAN_WAY_ONE : BOND_PLAN_WAY_ALL;
	}
}

void
bond_plan_trace(const struct bond_plan *plan, const struct bond_plan_state *state, const struct bond_frame *frame,
		struct bond_plan_trace *trace)
{
	g_autofree struct bond_plan_state *after = g_memdup2(state, sizeof(*state));

	*trace = (struct bond_plan_trace){.way = BOND_PLAN_WAY_QUEUE};
	bond_plan_transmit(plan, after, frame, 1, &trace->port);
	if (plan->n_queues == 0 || queue_port(plan, frame) == BOND_PORT_NONE)
		trace_mode(plan, after->rr_counter, frame, trace);
}

gboolean
bond_plan_is_for_absent(const struct bond_plan *plan, const guint8 *frame)
{
	guint i;

	for (i = 0; i < plan->n_absent; i++) {
		if (memcmp(frame, plan->absent[i].b, BOND_ETH_ALEN) == 0)
			return TRUE;
	}
	return FALSE;
}

void
bond_plan_free(struct bond_plan *plan)
{
	g_free(plan);
}
