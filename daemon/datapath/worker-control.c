/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a worker does for the control thread: it hands over frames that need thought, and notes when ports received
 * something. None of that happens unless the plan asks for it. And it tells of ports that refuse frames.
 */
#include "worker-private.h"

#include "engine/wire.h"

#include <time.h>

/* Neighbour solicitation and advertisement: 135 and 136. */
#define ND_SOLICITATION	 135
#define ND_ADVERTISEMENT 136

#define SUSPECT_INTERVAL (10 * BOND_MSEC)

static bond_time
control_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * BOND_SEC + now.tv_nsec;
}

/* What the plan may ask for because of this frame; 0: it is nothing for the control thread. */
static guint
control_kind(const guint8 *frame, gsize len)
{
	gsize at = 2 * BOND_ETH_ALEN;
	guint16 type = wire_get16(frame + at);

	for (guint i = 0; i < BOND_MAX_TAGS && G_UNLIKELY(wire_is_vlan(type)); i++) {
		at += WIRE_VLAN_HEADER;
		if (at + 2 > len)
			return 0;
		type = wire_get16(frame + at);
	}
	at += 2;
	if (type == WIRE_ARP)
		return BOND_PLAN_COPY_ARP | BOND_PLAN_STAMP_ARP;
	if (type != WIRE_IP6)
		return 0;
	if (at + WIRE_IP6_HEADER >= len || frame[at + 6] != WIRE_PROTO_ICMPV6)
		return BOND_PLAN_STAMP_ARP;
	at += WIRE_IP6_HEADER;
	if (frame[at] != ND_SOLICITATION && frame[at] != ND_ADVERTISEMENT)
		return BOND_PLAN_STAMP_ARP;
	return BOND_PLAN_COPY_ND | BOND_PLAN_STAMP_ARP;
}

/* Returns whether it went. */
static gboolean
control_push(struct worker *worker, enum worker_origin origin, guint slot, bond_time now, const struct xdp_desc *pieces,
	     guint n)
{
	struct iovec iov[XSK_MAX_PIECES];

	for (guint i = 0; i < n; i++)
		iov[i] = (struct iovec){umem_data(worker->umem, pieces[i].addr), pieces[i].len};
	return control_ring_push(worker->control[origin], slot, now, iov, n);
}

static void
stamp(struct worker *worker, guint slot, bond_time now)
{
	__atomic_store_n(&worker->last_rx[slot], now, __ATOMIC_RELAXED);
}

/* Looks at each frame of the burst. */
static void
control_frames(struct worker *worker, const struct bond_plan *plan, guint slot, const struct burst *burst,
	       bond_time now)
{
	gboolean any = FALSE;

	for (guint i = 0; i < burst->n; i++) {
		const struct xdp_desc *pieces = &burst->pieces[burst->first[i]];
		guint wanted = plan->control;

		if (pieces->len < WIRE_ETH_HEADER)
			continue;
		wanted &= control_kind(umem_data(worker->umem, pieces->addr), pieces->len);
		if ((wanted & BOND_PLAN_STAMP_ARP) != 0)
			stamp(worker, slot, now);
		if ((wanted & (BOND_PLAN_COPY_ARP | BOND_PLAN_COPY_ND)) == 0)
			continue;
		if (control_push(worker, WORKER_FROM_WIRE, slot, now, pieces, burst_n_pieces(burst, i)))
			any = TRUE;
		else
			worker_count_port_drop(worker, slot, DATAPATH_DROP_CONTROL_FULL, 1);
	}
	if (any)
		control_bell_ring(worker->config.bell);
}

void
worker_control_received(struct worker *worker, const struct bond_plan *plan, guint slot, const struct burst *burst)
{
	bond_time now = control_now();

	if ((plan->control & BOND_PLAN_STAMP_RX) != 0)
		stamp(worker, slot, now);
	if ((plan->control & (BOND_PLAN_COPY_ARP | BOND_PLAN_COPY_ND | BOND_PLAN_STAMP_ARP)) != 0)
		control_frames(worker, plan, slot, burst, now);
}

void
worker_control_host(struct worker *worker, const struct xdp_desc *pieces, guint n)
{
	if (control_push(worker, WORKER_FROM_HOST, UMEM_SLOT_HOST, control_now(), pieces, n))
		control_bell_ring(worker->config.bell);
	else
		worker_count_drop(worker, DATAPATH_DROP_CONTROL_FULL, 1);
}

/* Under overload a device refuses frames all the time, and nothing is wrong with it. */
void
worker_suspect(struct worker *worker, struct worker_port *port)
{
	bond_time now = control_now();

	if (port->slot == UMEM_SLOT_HOST || now < port->suspect_after)
		return;
	port->suspect_after = now + SUSPECT_INTERVAL;
	__atomic_fetch_or(&worker->suspects, G_GUINT64_CONSTANT(1) << port->slot, __ATOMIC_RELEASE);
	control_bell_ring(worker->config.bell);
}

guint64
worker_take_suspects(struct worker *worker)
{
	return __atomic_exchange_n(&worker->suspects, 0, __ATOMIC_ACQUIRE);
}

struct control_ring *
worker_control_ring(const struct worker *worker, enum worker_origin origin)
{
	return worker->control[origin];
}

bond_time
worker_last_rx(const struct worker *worker, guint slot)
{
	return __atomic_load_n(&worker->last_rx[slot], __ATOMIC_RELAXED);
}

guint32
worker_turn(const struct worker *worker)
{
	return __atomic_load_n(&worker->plan_state.rr_counter, __ATOMIC_RELAXED);
}

void
worker_add_loads(const struct worker *worker, guint64 *sum)
{
	for (guint i = 0; i < G_N_ELEMENTS(worker->plan_state.loads); i++)
		sum[i] += __atomic_load_n(&worker->plan_state.loads[i], __ATOMIC_RELAXED);
}
