/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that a port refused: its device has no carrier or is down, and the plan does not know yet. The control thread
 * is told and makes another plan in no time; copies of the frames wait for it, in order, and leave by that one. A port
 * that refuses frames because it is overloaded stays in the plan: then they are lost when they have waited.
 */
#include "worker-private.h"

#include <time.h>

/* What a failover may take before frames of so long ago do more harm than good. */
#define REFUSED_PATIENCE (20 * BOND_MSEC)

static bond_time
refused_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * BOND_SEC + now.tv_nsec;
}

void
worker_keep_refused(struct worker *worker, struct worker_port *port)
{
	struct xsk *xsk = worker_port_socket(port);
	bond_time now = refused_now();

	/* What the kernel gave back is in the pool, and nobody has taken anything out of it since. */
	for (guint i = 0; i < xsk->n_refused; i++) {
		const struct xdp_desc *desc =
		    xsk_ring_prod__tx_desc(&xsk->tx, xsk->tx.cached_prod - xsk->n_refused + i);
		const struct iovec iov = {umem_data(worker->umem, desc->addr), desc->len};

		if (!control_ring_push(worker->refused, port->slot, now, &iov, 1)) {
			worker_count_port_drop(worker, port->slot, DATAPATH_DROP_PORT_DOWN, xsk->n_refused - i);
			break;
		}
		worker->any_refused = TRUE;
	}
	worker->refused_generation = worker->generation;
}

static void
resend(struct worker *worker, const struct bond_plan *plan, const struct control_frame *kept)
{
	struct datapath_counters *total = &worker->counters[UMEM_SLOT_HOST];
	struct xdp_desc pieces[XSK_MAX_PIECES];
	guint n = worker_copy(worker, kept->data, kept->len, pieces);
	struct bond_frame frame;
	bond_port_id out;

	if (n == 0)
		return;
	/* It was counted as sent. */
	counter_add(&total->tx_packets, (guint64) -1);
	counter_add(&total->tx_bytes, -(guint64) kept->len);
	frame = (struct bond_frame){.data = umem_data(worker->umem, pieces[0].addr), .len = pieces[0].len};
	bond_plan_transmit(plan, &worker->plan_state, &frame, 1, &out);
	worker_send(worker, plan, out, pieces, n);
}

void
worker_settle_refused(struct worker *worker, const struct bond_plan *plan)
{
	gboolean other_plan = plan->generation != worker->refused_generation;
	bond_time too_old = refused_now() - REFUSED_PATIENCE;
	struct control_frame kept;

	while ((worker->any_refused = control_ring_peek(worker->refused, &kept))) {
		/* Whether there is another plan by now or not: this thread may have been kept from looking. */
		if (kept.time < too_old)
			worker_count_port_drop(worker, kept.port, DATAPATH_DROP_PORT_DOWN, 1);
		else if (other_plan)
			resend(worker, plan, &kept);
		else
			break;
		control_ring_pop(worker->refused);
	}
}
