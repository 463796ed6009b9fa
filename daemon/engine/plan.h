/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan: all that a worker must know to move frames, decided beforehand by the engine and immutable once
 * published. A failover is the swap of one pointer to it.
 */
#pragma once

#include "dissect.h"
#include "types.h"

G_BEGIN_DECLS

enum bond_plan_tx {
	BOND_PLAN_DROP,	       /* no usable port */
	BOND_PLAN_ONE,	       /* slots[0]: active-backup */
	BOND_PLAN_ROUND_ROBIN, /* slots: all ports in order; usable: which may transmit */
	BOND_PLAN_HASH,	       /* slots: the usable ports; hash % n_slots */
	BOND_PLAN_BROADCAST,   /* a copy to every slot */
	BOND_PLAN_BALANCE,     /* table[], by hash & 0xff or by destination; what may not be balanced: unbalanced */
};

#define BOND_PLAN_TABLE_SIZE 256
#define BOND_MAX_ABSENT	     (2 * BOND_MAX_PORTS)

/* Frames that the control thread gets to see. */
enum bond_plan_control {
	BOND_PLAN_COPY_ARP = 1 << 0,  /* received ARP, on inactive ports too: a copy; the host gets its own */
	BOND_PLAN_COPY_ND = 1 << 1,   /* the same for neighbour solicitations and advertisements */
	BOND_PLAN_HAND_ARP = 1 << 2,  /* ARP of the host: the control thread sends it, the worker does not */
	BOND_PLAN_STAMP_RX = 1 << 3,  /* the time of each port's last frame is asked for: bond_ops.last_rx */
	BOND_PLAN_STAMP_ARP = 1 << 4, /* the same, of ARP and IPv6 alone: what other frames say does not count */
};

/* What the host gets of a frame that a port received (bond_handle_frame(), bond_should_deliver_exact_match()). */
enum bond_plan_rx {
	BOND_PLAN_RX_NONE,    /* not a member: drop */
	BOND_PLAN_RX_UNICAST, /* handed over a moment ago: what is still on its way to it, but no broadcast twice */
	BOND_PLAN_RX_EXACT,   /* inactive: nothing goes to the host (link-local frames never reach the worker) */
	BOND_PLAN_RX_OWN,     /* balance-alb, not the current port: unicast for its own address. What a switch floods
				  * comes to the current port too, and the host must not see it twice. */
	BOND_PLAN_RX_ALL,
};

struct bond_plan {
	guint64 generation; /* grows by one with each plan of a bond */
	enum bond_plan_tx tx;
	enum bond_hash_policy policy;
	guint packets_per_slave;
	guint n_slots;
	bond_port_id slots[BOND_MAX_PORTS];
	guint64 usable;		     /* bit per port id: may transmit */
	bond_port_id igmp_port;	     /* round-robin: where IPv4 IGMP leaves; BOND_PORT_NONE elsewhere */
	guint n_queues;		     /* entries of queue_port in use, queue 0 included; 0: none */
	bond_port_id queue_port[17]; /* queue_id override, by queue 1..16; BOND_PORT_NONE: by the mode */
	guint8 rx[BOND_MAX_PORTS];   /* enum bond_plan_rx by port id */
	guint control;		     /* enum bond_plan_control */
	gboolean broadcast_neighbor; /* BOND_PLAN_HASH: ARP and neighbour discovery leave by every slot */

	/* balance-tlb and balance-alb */
	gboolean by_destination;		  /* balance-alb: what is balanced, and its entry, by the destination */
	gboolean by_slots;			  /* tlb_dynamic_lb=0: hash % n_slots instead of the table */
	bond_port_id unbalanced;		  /* the current port: multicast, IGMP, ND, DAD, what is not IP */
	bond_port_id table[BOND_PLAN_TABLE_SIZE]; /* BOND_PORT_NONE: drop */
	struct bond_mac bond_mac;
	struct bond_mac port_mac[BOND_MAX_PORTS]; /* by port id */
	guint64 source_ports;	      /* bit per port id: what leaves by it leaves as from its own address */
	gboolean rewrite_destination; /* balance-alb: received unicast for a port's own address is for bond_mac */
	guint n_absent;		      /* balance-alb: addresses that nobody has just now, but clients may know */
	struct bond_mac absent[BOND_MAX_ABSENT];
};

/* A worker's own memory between bursts. */
struct bond_plan_state {
	guint32 rr_counter;
	guint32 random; /* xorshift32; never 0 */
	/* Bytes by entry of the table, then what is not balanced. Written by one worker, read by others: atomic. */
	guint64 loads[BOND_PLAN_TABLE_SIZE + 1];
};

/* Ask for all ports of plan->slots. */
#define BOND_PORT_EVERY ((bond_port_id) 0xfe)
/* Hand the frame to the control thread: bond_transmit_frame(). */
#define BOND_PORT_CONTROL ((bond_port_id) 0xfd)

/**
 * bond_plan_transmit:
 * @plan: the plan, not changed
 * @state: the worker's own
 * @frames: a burst
 * @n: how many
 * @out: (array length=n): the port of each frame, BOND_PORT_NONE (drop), BOND_PORT_EVERY or BOND_PORT_CONTROL
 *
 * Chooses ports for a burst of frames from the host: queue_id first, then the mode (kernel-semantics B6). Takes
 * no lock, allocates nothing. The frame then passes bond_plan_rewrite_source() and leaves. In the balancing modes
 * @state counts what was sent (state->loads).
 */
void bond_plan_transmit(const struct bond_plan *plan, struct bond_plan_state *state, const struct bond_frame *frames,
			guint n, bond_port_id *out);

/* Why a frame gets the port that it gets. */
enum bond_plan_way {
	BOND_PLAN_WAY_NONE,	  /* no port may send */
	BOND_PLAN_WAY_QUEUE,	  /* the queue that the host put it on has a port of its own */
	BOND_PLAN_WAY_ONE,	  /* there is one port that sends */
	BOND_PLAN_WAY_ALL,	  /* a copy to every slot */
	BOND_PLAN_WAY_NEIGHBOR,	  /* the same, as it is ARP or neighbour discovery */
	BOND_PLAN_WAY_TURN,	  /* the slot whose turn it is */
	BOND_PLAN_WAY_RANDOM,	  /* any slot */
	BOND_PLAN_WAY_IGMP,	  /* IGMP, which does not go round */
	BOND_PLAN_WAY_HASH,	  /* slot hash % n_slots */
	BOND_PLAN_WAY_TABLE,	  /* an entry of the table */
	BOND_PLAN_WAY_UNBALANCED, /* what is not balanced: the current port */
	BOND_PLAN_WAY_CONTROL,	  /* the control thread chooses: bond_transmit_frame() */
};

struct bond_plan_trace {
	enum bond_plan_way way;
	bond_port_id port; /* as bond_plan_transmit() gives it */
	gboolean has_hash;
	guint32 hash;
	guint slot; /* of TURN, HASH and TABLE */
	guint n_slots;
};

/**
 * bond_plan_trace:
 * @state: of the worker that would send it; not changed
 *
 * What bond_plan_transmit() would do with one frame now, and why. Not for the packet path.
 */
void bond_plan_trace(const struct bond_plan *plan, const struct bond_plan_state *state, const struct bond_frame *frame,
		     struct bond_plan_trace *trace);

/**
 * bond_plan_receive:
 *
 * Returns: whether the host gets every frame that port @id received.
 */
static inline gboolean
bond_plan_receive(const struct bond_plan *plan, bond_port_id id)
{
	return plan->rx[id] == BOND_PLAN_RX_ALL;
}

/**
 * bond_plan_receive_frame:
 * @frame: a whole Ethernet header at least
 *
 * Returns: whether the host gets this frame, which port @id received.
 */
static inline gboolean
bond_plan_receive_frame(const struct bond_plan *plan, bond_port_id id, const guint8 *frame)
{
	switch ((enum bond_plan_rx) plan->rx[id]) {
	case BOND_PLAN_RX_ALL:
		return TRUE;
	case BOND_PLAN_RX_UNICAST:
		return (frame[0] & 1) == 0;
	case BOND_PLAN_RX_OWN:
		return memcmp(frame, plan->port_mac[id].b, BOND_ETH_ALEN) == 0;
	case BOND_PLAN_RX_NONE:
	case BOND_PLAN_RX_EXACT:
		break;
	}
	return FALSE;
}

/**
 * bond_plan_rewrite_source:
 * @port: where the frame leaves; an id of a port, not one of the marks above
 * @frame: a whole Ethernet header at least; changed in place, so a frame that leaves by several ports needs copies
 *
 * balance-tlb and balance-alb: a switch may see the bond's address at the current port only, so what leaves by another
 * one leaves as from that port (bond_do_alb_xmit()), whatever its source was. A worker calls it for every frame of the
 * host before it sends it. Frames of the control thread (ops.send) are as they must be. What a queue_id sends by
 * another port is rewritten too; the kernel forgets that.
 */
static inline void
bond_plan_rewrite_source(const struct bond_plan *plan, bond_port_id port, guint8 *frame)
{
	if (G_UNLIKELY(plan->source_ports >> (port & (BOND_MAX_PORTS - 1)) & 1))
		memcpy(frame + BOND_ETH_ALEN, plan->port_mac[port & (BOND_MAX_PORTS - 1)].b, BOND_ETH_ALEN);
}

/**
 * bond_plan_is_for_absent:
 *
 * Returns: whether @frame is for an address of plan->absent, for which the current port stands in.
 */
gboolean bond_plan_is_for_absent(const struct bond_plan *plan, const guint8 *frame);

/**
 * bond_plan_rewrite_destination:
 * @id: the port that received it
 * @frame: a whole Ethernet header at least; changed in place
 *
 * balance-alb: clients know ports by their own addresses, the host knows the bond's only. The kernel marks such frames
 * as the host's own and rewrites them only below a bridge (kernel-semantics 29); our host is behind a TAP, whose
 * kernel goes by the address. For a port that lost its carrier or left, the current one takes what the switch floods,
 * or was taught to send it (kernel-semantics 45), until the clients know better. A worker calls it, if plan->rewrite_destination, for each received frame that
 * bond_plan_receive_frame() gives to the host.
 */
static inline void
bond_plan_rewrite_destination(const struct bond_plan *plan, bond_port_id id, guint8 *frame)
{
	if (memcmp(frame, plan->port_mac[id].b, BOND_ETH_ALEN) == 0 ||
	    (G_UNLIKELY(plan->n_absent > 0) && id == plan->unbalanced && bond_plan_is_for_absent(plan, frame)))
		memcpy(frame, plan->bond_mac.b, BOND_ETH_ALEN);
}

/**
 * bond_plan_free:
 *
 * For whoever took the plan over in publish(), once no worker can read it.
 */
void bond_plan_free(struct bond_plan *plan);

G_END_DECLS
