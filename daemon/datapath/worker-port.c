/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker-private.h"

void
worker_rebuild_poll(struct worker *worker)
{
	struct pollfd wake = {.fd = worker->wake_fd, .events = POLLIN};
	int host_fds[HOST_QUEUE_FDS];

	g_array_set_size(worker->poll_fds, 0);
	g_array_append_val(worker->poll_fds, wake);
	worker->config.host->ops->queue_fds(worker->host, host_fds);
	for (guint i = 0; i < HOST_QUEUE_FDS; i++) {
		struct pollfd host = {.fd = host_fds[i], .events = POLLIN};

		g_array_append_val(worker->poll_fds, host);
	}
	for (guint i = 0; i < worker->n_ports; i++) {
		const struct worker_port *port = worker->ports[worker->order[i]];

		for (guint q = 0; port->state == WORKER_PORT_UP && q < port->n_sockets; q++) {
			struct pollfd fd = {.fd = port->sockets[q]->fd, .events = POLLIN};

			g_array_append_val(worker->poll_fds, fd);
		}
	}
}

void
worker_share_pool(struct worker *worker)
{
	guint n_sockets = 0;
	guint share;

	for (guint i = 0; i < worker->n_ports; i++)
		n_sockets += worker->ports[worker->order[i]]->n_sockets;
	/* Half of the frames to receive into; the rest is on its way out or comes from the host. */
	share = MAX(worker->pool.n_total / 2 / MAX(n_sockets, 1), 1);
	for (guint i = 0; i < worker->n_ports; i++) {
		struct worker_port *port = worker->ports[worker->order[i]];

		for (guint q = 0; port->state == WORKER_PORT_UP && q < port->n_sockets; q++)
			port->sockets[q]->fill_target = MIN(share, XSK_FILL_TARGET);
	}
}

void
worker_count_lost(struct worker *worker, struct worker_port *port)
{
	for (guint q = 0; q < port->n_sockets; q++)
		worker_count_port_drop(worker, port->slot, DATAPATH_DROP_RX_FULL,
				       (guint) xsk_take_lost(port->sockets[q]));
}

static void
worker_do_count_lost(struct worker *worker, gpointer arg)
{
	for (guint i = 0; i < worker->n_ports; i++) {
		struct worker_port *port = worker->ports[worker->order[i]];

		if (port->state == WORKER_PORT_UP)
			worker_count_lost(worker, port);
	}
}

void
worker_update_counters(struct worker *worker)
{
	worker_call(worker, worker_do_count_lost, NULL);
}

static void
worker_do_add_port(struct worker *worker, gpointer arg)
{
	struct worker_port *port = arg;

	worker->ports[port->slot] = port;
	worker->order[worker->n_ports++] = (guint8) port->slot;
	worker_share_pool(worker);
	for (guint q = 0; q < port->n_sockets; q++)
		xsk_refill(port->sockets[q], &worker->pool);
	worker_rebuild_poll(worker);
}

void
worker_add_port(struct worker *worker, guint slot, int ifindex, struct xsk **sockets, guint n,
		const struct xdp_attach *attach)
{
	struct worker_port *port = g_new0(struct worker_port, 1);

	g_return_if_fail(n > 0 && worker->ports[slot] == NULL);
	port->worker = worker;
	port->slot = slot;
	port->ifindex = ifindex;
	port->attach = attach;
	port->n_sockets = n;
	port->sockets = g_memdup2(sockets, n * sizeof(*sockets));
	port->queues = g_new(guint, n);
	for (guint i = 0; i < n; i++)
		port->queues[i] = sockets[i]->queue;
	worker_call(worker, worker_do_add_port, port);
}

struct take_port {
	guint slot;
	struct worker_port *port;
};

/* The port is the caller's then; its frames are still the kernel's. */
static void
worker_do_take_port(struct worker *worker, gpointer arg)
{
	struct take_port *take = arg;
	guint n = 0;

	take->port = worker->ports[take->slot];
	if (take->port != NULL && take->port->state == WORKER_PORT_UP)
		worker_count_lost(worker, take->port);
	worker->ports[take->slot] = NULL;
	for (guint i = 0; i < worker->n_ports; i++) {
		if (worker->order[i] != take->slot)
			worker->order[n++] = worker->order[i];
	}
	worker->n_ports = n;
	if (take->slot == UMEM_SLOT_HOST)
		worker->host_unsent = FALSE;
	else
		worker->unsent &= ~(G_GUINT64_CONSTANT(1) << take->slot);
	worker_share_pool(worker);
	worker_rebuild_poll(worker);
}

static void
worker_clear_counters(struct worker *worker, guint slot)
{
	guint64 *counters = (guint64 *) &worker->counters[slot];

	for (guint i = 0; i < sizeof(struct datapath_counters) / sizeof(guint64); i++)
		__atomic_store_n(&counters[i], 0, __ATOMIC_RELAXED);
}

static void
worker_do_reclaim(struct worker *worker, gpointer arg)
{
	guint slot = GPOINTER_TO_UINT(arg);

	worker_count_drop(worker, DATAPATH_DROP_PORT_GONE, umem_reclaim(&worker->pool, slot));
	/* The next port of this number begins at zero. */
	if (slot != UMEM_SLOT_HOST)
		worker_clear_counters(worker, slot);
}

static void
worker_port_free(struct worker_port *port)
{
	worker_end_recovery(port);
	worker_close_sockets(port);
	g_free(port->sockets);
	g_free(port->queues);
	g_free(port);
}

void
worker_remove_port(struct worker *worker, guint slot)
{
	struct take_port take = {.slot = slot};

	worker_call(worker, worker_do_take_port, &take);
	if (take.port == NULL)
		return;
	/* Closing takes the kernel milliseconds: the worker goes on meanwhile. */
	worker_port_free(take.port);
	worker_call(worker, worker_do_reclaim, GUINT_TO_POINTER(slot));
}

void
worker_forget_ports(struct worker *worker)
{
	for (guint slot = 0; slot < UMEM_N_SLOTS; slot++) {
		if (worker->ports[slot] != NULL)
			worker_port_free(worker->ports[slot]);
	}
	worker->n_ports = 0;
}
