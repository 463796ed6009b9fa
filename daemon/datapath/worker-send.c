/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker-private.h"

#include <string.h>

guint64
worker_get_frame_slowly(struct worker *worker)
{
	worker_reap_all(worker);
	return umem_get(&worker->pool);
}

static enum xsk_kick
worker_kick_socket(struct worker *worker, struct worker_port *port)
{
	struct xsk *xsk = worker_port_socket(port);
	enum xsk_kick result = xsk_kick(xsk, &worker->pool);

	if (G_LIKELY(!xsk->refused && result != XSK_KICK_DOWN))
		return result;
	xsk->refused = FALSE;
	worker_suspect(worker, port);
	if (port->slot != UMEM_SLOT_HOST)
		worker_keep_refused(worker, port);
	return result;
}

/* A ring that is full gets one chance: what was pushed is sent at once and completed frames are taken back. */
static gboolean
worker_push(struct worker *worker, struct worker_port *port, const struct xdp_desc *pieces, guint n)
{
	struct xsk *xsk = worker_port_socket(port);

	if (G_LIKELY(xsk_push(xsk, pieces, n)))
		return TRUE;
	if (worker_kick_socket(worker, port) == XSK_KICK_DOWN)
		return FALSE;
	xsk_reap(xsk, &worker->pool);
	return xsk_push(xsk, pieces, n);
}

/* Puts a frame into one port's ring. Says why not by counting the drop. */
static gboolean
worker_enqueue(struct worker *worker, bond_port_id id, const struct xdp_desc *pieces, guint n, guint len)
{
	struct worker_port *port = worker->ports[id];
	struct datapath_counters *counters = &worker->counters[id];

	if (G_UNLIKELY(port == NULL)) {
		worker_count_drop(worker, DATAPATH_DROP_PORT_GONE, 1);
		return FALSE;
	}
	if (G_UNLIKELY(port->state != WORKER_PORT_UP)) {
		worker_count_port_drop(worker, id, DATAPATH_DROP_PORT_DOWN, 1);
		return FALSE;
	}
	if ((worker->touched >> id & 1) == 0) {
		worker->touched |= G_GUINT64_CONSTANT(1) << id;
		xsk_reap(worker_port_socket(port), &worker->pool);
	}
	if (G_UNLIKELY(!worker_push(worker, port, pieces, n))) {
		worker_count_port_drop(worker, id, DATAPATH_DROP_TX_FULL, 1);
		return FALSE;
	}
	counter_add(&counters->tx_packets, 1);
	counter_add(&counters->tx_bytes, len);
	worker->sent++;
	return TRUE;
}

static gboolean
worker_send_one(struct worker *worker, const struct bond_plan *plan, bond_port_id id, const struct xdp_desc *pieces,
		guint n, guint len)
{
	if (G_UNLIKELY(id >= BOND_MAX_PORTS)) {
		if (id == BOND_PORT_CONTROL)
			worker_control_host(worker, pieces, n);
		else
			worker_count_drop(worker, DATAPATH_DROP_NO_PORT, 1);
		return FALSE;
	}
	/* The frame is this port's alone. */
	if (G_UNLIKELY(plan->source_ports != 0))
		bond_plan_rewrite_source(plan, id, umem_data(worker->umem, pieces->addr));
	if (!worker_enqueue(worker, id, pieces, n, len))
		return FALSE;
	for (guint i = 0; i < n; i++)
		umem_set_owner(worker->umem, pieces[i].addr, UMEM_TX + id);
	worker_port_socket(worker->ports[id])->tx_exclusive += n;
	return TRUE;
}

/* Every port sends the same bytes; the frame is free when the last one has. */
static gboolean
worker_send_every(struct worker *worker, const struct bond_plan *plan, const struct xdp_desc *pieces, guint n,
		  guint len)
{
	guint64 ports = 0;

	for (guint i = 0; i < plan->n_slots; i++) {
		bond_port_id id = plan->slots[i];

		if (id < BOND_MAX_PORTS && (ports >> id & 1) == 0 && worker_enqueue(worker, id, pieces, n, len))
			ports |= G_GUINT64_CONSTANT(1) << id;
	}
	if (plan->n_slots == 0)
		worker_count_drop(worker, DATAPATH_DROP_NO_PORT, 1);
	if (ports == 0)
		return FALSE;
	for (guint i = 0; i < n; i++)
		umem_share(worker->umem, pieces[i].addr, ports);
	return TRUE;
}

void
worker_send(struct worker *worker, const struct bond_plan *plan, bond_port_id out, const struct xdp_desc *pieces,
	    guint n)
{
	guint len = pieces_length(pieces, n);
	struct datapath_counters *total = &worker->counters[UMEM_SLOT_HOST];
	gboolean taken;

	if (G_UNLIKELY(out == BOND_PORT_EVERY))
		taken = worker_send_every(worker, plan, pieces, n, len);
	else
		taken = worker_send_one(worker, plan, out, pieces, n, len);
	if (G_UNLIKELY(!taken)) {
		worker_put_pieces(worker, pieces, n);
		return;
	}
	counter_add(&total->tx_packets, 1);
	counter_add(&total->tx_bytes, len);
}

guint
worker_copy(struct worker *worker, const guint8 *frame, gsize len, struct xdp_desc *pieces)
{
	gsize done = 0;
	guint n = 0;

	while (done < len && n < XSK_MAX_PIECES) {
		guint64 addr = worker_get_frame(worker);
		guint32 part = (guint32) MIN(len - done, worker->umem->frame_size);

		if (G_UNLIKELY(addr == UMEM_NONE))
			break;
		memcpy(umem_data(worker->umem, addr), frame + done, part);
		pieces[n++] = (struct xdp_desc){.addr = addr, .len = part};
		done += part;
	}
	if (G_LIKELY(done == len))
		return n;
	worker_put_pieces(worker, pieces, n);
	worker_count_drop(worker, n == XSK_MAX_PIECES ? DATAPATH_DROP_TOO_LONG : DATAPATH_DROP_NO_FRAME, 1);
	return 0;
}

void
worker_send_host(struct worker *worker, const struct xdp_desc *pieces, guint n)
{
	struct worker_port *twin = worker->ports[UMEM_SLOT_HOST];

	if (G_LIKELY(twin != NULL && twin->state == WORKER_PORT_UP)) {
		if (!worker->host_touched) {
			worker->host_touched = TRUE;
			xsk_reap(worker_port_socket(twin), &worker->pool);
		}
		if (G_LIKELY(worker_push(worker, twin, pieces, n))) {
			for (guint i = 0; i < n; i++)
				umem_set_owner(worker->umem, pieces[i].addr, UMEM_TX + UMEM_SLOT_HOST);
			worker_port_socket(twin)->tx_exclusive += n;
			return;
		}
	}
	worker_count_drop(worker, DATAPATH_DROP_HOST_FULL, 1);
	worker_put_pieces(worker, pieces, n);
}

static void
worker_kick(struct worker *worker, guint slot)
{
	struct worker_port *port = worker->ports[slot];

	if (port == NULL || port->state != WORKER_PORT_UP)
		return;
	switch (worker_kick_socket(worker, port)) {
	case XSK_KICK_DONE:
		break;
	case XSK_KICK_AGAIN:
		if (slot == UMEM_SLOT_HOST)
			worker->host_unsent = TRUE;
		else
			worker->unsent |= G_GUINT64_CONSTANT(1) << slot;
		break;
	case XSK_KICK_DOWN:
		worker_port_down(worker, port);
		break;
	}
}

/* The clock is read only when a plan sends its first frame. */
static void
worker_note_sent(struct worker *worker, guint64 generation)
{
	struct timespec now;

	if (G_LIKELY(__atomic_load_n(&worker->sent_generation, __ATOMIC_RELAXED) == generation))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	/* A reader that sees the same generation before and after has the right time. */
	__atomic_store_n(&worker->sent_generation, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&worker->sent_time, now.tv_sec * BOND_SEC + now.tv_nsec, __ATOMIC_SEQ_CST);
	__atomic_store_n(&worker->sent_generation, generation, __ATOMIC_SEQ_CST);
}

static void
worker_kick_set(struct worker *worker, guint64 ports)
{
	for (; ports != 0; ports &= ports - 1)
		worker_kick(worker, (guint) __builtin_ctzll(ports));
}

void
worker_flush(struct worker *worker, const struct bond_plan *plan)
{
	guint64 touched = worker->touched;

	worker->touched = 0;
	worker_kick_set(worker, touched);
	if (worker->sent > 0) {
		worker->sent = 0;
		worker_note_sent(worker, plan->generation);
	}
}

void
worker_flush_host(struct worker *worker)
{
	if (!worker->host_touched)
		return;
	worker->host_touched = FALSE;
	worker_kick(worker, UMEM_SLOT_HOST);
}

void
worker_flush_unsent(struct worker *worker)
{
	guint64 unsent = worker->unsent;

	worker->unsent = 0;
	worker_kick_set(worker, unsent);
	if (worker->host_unsent) {
		worker->host_unsent = FALSE;
		worker_kick(worker, UMEM_SLOT_HOST);
	}
}
