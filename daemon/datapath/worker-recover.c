/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A port whose device is down takes no frames, and gives none back: the way to get them is to close its sockets.
 * When it is up again new ones are opened. Both take the kernel tens of milliseconds, in which the other ports must
 * go on: a thread of its own does them, and wakes the worker when it is done.
 */
#include "worker-private.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* How often a device that is down is looked at. */
#define RETRY_INTERVAL (20 * BOND_MSEC)
/* For a queue that we have just let go of ourselves, in ms. */
#define OPEN_PATIENCE 200

static bond_time
worker_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * BOND_SEC + now.tv_nsec;
}

void
worker_close_sockets(struct worker_port *port)
{
	for (guint q = 0; q < port->n_sockets; q++)
		g_clear_pointer(&port->sockets[q], xsk_close);
}

static gboolean
worker_open_sockets(struct worker_port *port)
{
	for (guint q = 0; q < port->n_sockets; q++) {
		port->sockets[q] =
		    xsk_open(port->worker->umem, port->ifindex, port->queues[q], port->slot, OPEN_PATIENCE, NULL);
		if (port->sockets[q] == NULL)
			return FALSE;
	}
	return TRUE;
}

/* What the port's state asks for. */
static void
worker_recover(struct worker_port *port)
{
	if (port->state == WORKER_PORT_CLOSING || !worker_open_sockets(port))
		worker_close_sockets(port);
	__atomic_store_n(&port->recovered, TRUE, __ATOMIC_RELEASE);
}

static gpointer
worker_recovery_main(gpointer data)
{
	struct worker_port *port = data;

	worker_recover(port);
	worker_wake(port->worker);
	return NULL;
}

static void
worker_begin_recovery(struct worker_port *port, enum worker_port_state state)
{
	port->state = state;
	port->recovered = FALSE;
	port->recovery = g_thread_try_new("recover", worker_recovery_main, port, NULL);
	/* Without a thread the others must wait. */
	if (port->recovery == NULL)
		worker_recover(port);
}

void
worker_end_recovery(struct worker_port *port)
{
	g_clear_pointer(&port->recovery, g_thread_join);
}

void
worker_port_down(struct worker *worker, struct worker_port *port)
{
	worker_count_lost(worker, port);
	worker_begin_recovery(port, WORKER_PORT_CLOSING);
	worker->any_not_up = TRUE;
	worker->retry_after = worker_now() + RETRY_INTERVAL;
	worker_rebuild_poll(worker);
}

/* The sockets are closed: what the kernel had not sent by then is lost. */
static void
worker_port_closed(struct worker *worker, struct worker_port *port)
{
	enum datapath_drop cause = port->slot == UMEM_SLOT_HOST ? DATAPATH_DROP_HOST_FULL : DATAPATH_DROP_PORT_DOWN;

	worker_count_port_drop(worker, port->slot, cause, umem_reclaim(&worker->pool, port->slot));
	port->state = WORKER_PORT_DOWN;
}

static void
worker_port_opened(struct worker *worker, struct worker_port *port)
{
	if (port->sockets[0] == NULL) {
		port->state = WORKER_PORT_DOWN;
		return;
	}
	port->state = WORKER_PORT_UP;
	worker_share_pool(worker);
	for (guint q = 0; q < port->n_sockets; q++) {
		xsk_refill(port->sockets[q], &worker->pool);
		if (!xdp_attach_set_socket(port->attach, port->queues[q], port->sockets[q]->fd, NULL)) {
			worker_port_down(worker, port);
			return;
		}
	}
	worker_rebuild_poll(worker);
}

/* Opens the sockets of a port whose device is up again. */
static void
worker_look_at_device(struct worker *worker, struct worker_port *port)
{
	struct ifreq request = {0};

	if (if_indextoname((unsigned int) port->ifindex, request.ifr_name) == NULL)
		port->state = WORKER_PORT_GONE;
	else if (ioctl(worker->query_fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0)
		worker_begin_recovery(port, WORKER_PORT_OPENING);
}

static void
worker_recover_port(struct worker *worker, struct worker_port *port)
{
	gboolean opening = port->state == WORKER_PORT_OPENING;

	if (port->state == WORKER_PORT_DOWN) {
		worker_look_at_device(worker, port);
	} else if ((opening || port->state == WORKER_PORT_CLOSING) &&
		   __atomic_load_n(&port->recovered, __ATOMIC_ACQUIRE)) {
		worker_end_recovery(port);
		/* What fails is not tried again before its time. */
		if (opening)
			worker_port_opened(worker, port);
		else
			worker_port_closed(worker, port);
	}
}

void
worker_retry_ports(struct worker *worker)
{
	bond_time now = worker_now();

	if (now < worker->retry_after)
		return;
	worker->retry_after = now + RETRY_INTERVAL;
	worker->any_not_up = FALSE;
	for (guint i = 0; i < worker->n_ports; i++) {
		struct worker_port *port = worker->ports[worker->order[i]];

		worker_recover_port(worker, port);
		if (port->state != WORKER_PORT_UP && port->state != WORKER_PORT_GONE)
			worker->any_not_up = TRUE;
	}
}
