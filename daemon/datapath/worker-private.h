/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state behind worker.h, for the files that move frames.
 */
#pragma once

#include "worker.h"

#include <poll.h>
#include <pthread.h>

G_BEGIN_DECLS

enum worker_port_state {
	WORKER_PORT_UP,
	WORKER_PORT_CLOSING, /* its device is down: its sockets are being closed */
	WORKER_PORT_DOWN,    /* it has no sockets until its device is up again */
	WORKER_PORT_OPENING, /* its device is up again: sockets are being opened */
	WORKER_PORT_GONE,    /* its device is removed */
};

/* A port, or the twin of the host side, in one worker. */
struct worker_port {
	struct worker *worker;
	guint slot;
	int ifindex;
	const struct xdp_attach *attach;
	enum worker_port_state state;
	guint n_sockets;
	struct xsk **sockets; /* the worker's while it is up; the recovery's while it is closing or opening */
	guint *queues;
	GThread *recovery;
	gboolean recovered;	 /* atomic: the recovery is done */
	bond_time suspect_after; /* when the control thread may be told again that it refuses frames */
};

struct worker {
	struct worker_config config;
	struct umem *umem;
	struct umem_pool pool;
	struct host_queue *host;

	/* Only the worker's thread touches these; others by worker_call(). */
	struct worker_port *ports[UMEM_N_SLOTS]; /* by slot */
	guint8 order[UMEM_N_SLOTS];		 /* slots in use */
	guint n_ports;
	guint64 touched; /* ports that have frames to be kicked */
	gboolean host_touched;
	guint sent;	/* frames of this burst */
	guint64 unsent; /* ports whose device was busy */
	gboolean host_unsent;
	gboolean any_not_up;   /* a port waits for its device */
	bond_time retry_after; /* when to look for it */
	guint rounds;
	struct bond_plan_state plan_state;
	guint64 generation;	      /* of the plan in use */
	struct control_ring *refused; /* copies of frames that ports refused */
	gboolean any_refused;
	guint64 refused_generation; /* of the plan that sent the last of them there */
	GArray *poll_fds;	    /* struct pollfd */
	int query_fd;		    /* to ask for a device's flags */

	/* Atomic: one writer, this thread. */
	struct datapath_counters counters[UMEM_N_SLOTS]; /* by port; the last is the whole bond */
	guint64 sent_generation;
	gint64 sent_time;
	bond_time last_rx[UMEM_N_SLOTS];
	guint64 suspects; /* ports that refuse frames; the control thread takes them */

	struct control_ring *control[WORKER_N_ORIGINS]; /* this thread is their producer */

	guint beats;	  /* atomic: how often it has read its mail */
	guint last_beats; /* when somebody asked whether it is alive */

	/* The mailbox. */
	int wake_fd;
	gboolean mail;	      /* atomic */
	pthread_mutex_t lock; /* not GMutex: the thread sanitizer must see it */
	pthread_cond_t answered;
	void (*mail_func)(struct worker *worker, gpointer arg);
	gpointer mail_arg;
	gboolean stop;
	GThread *thread;
};

static inline void
counter_add(guint64 *counter, guint64 n)
{
	__atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

static inline void
worker_count_drop(struct worker *worker, enum datapath_drop cause, guint n)
{
	counter_add(&worker->counters[UMEM_SLOT_HOST].drops[cause], n);
}

static inline void
worker_count_port_drop(struct worker *worker, guint slot, enum datapath_drop cause, guint n)
{
	worker_count_drop(worker, cause, n);
	if (slot != UMEM_SLOT_HOST)
		counter_add(&worker->counters[slot].drops[cause], n);
}

static inline void
worker_put_pieces(struct worker *worker, const struct xdp_desc *pieces, guint n)
{
	for (guint i = 0; i < n; i++)
		umem_put(&worker->pool, pieces[i].addr);
}

/* --- worker.c --- */

/* Runs @func in the worker's thread, between two bursts, and waits for it. Its lock is held: @func must not join a
 * thread that may want it. */
void worker_call(struct worker *worker, void (*func)(struct worker *worker, gpointer arg), gpointer arg);

/* Takes back what all sockets have sent. */
void worker_reap_all(struct worker *worker);

/* --- worker-send.c --- */

/**
 * worker_send:
 * @out: as bond_plan_transmit() chose
 * @pieces: of one frame, held; they are the port's or the pool's afterwards
 *
 * Puts a frame into the rings of its ports, or drops and counts it.
 */
void worker_send(struct worker *worker, const struct bond_plan *plan, bond_port_id out, const struct xdp_desc *pieces,
		 guint n);

/* The same towards the host's twin. */
void worker_send_host(struct worker *worker, const struct xdp_desc *pieces, guint n);

/**
 * worker_copy:
 * @frame: of any length
 * @pieces: (out caller-allocates): room for XSK_MAX_PIECES
 *
 * Copies a frame into the umem.
 *
 * Returns: the number of pieces, held; 0 if there was no room: then it is counted as dropped.
 */
guint worker_copy(struct worker *worker, const guint8 *frame, gsize len, struct xdp_desc *pieces);

/* A free frame, now held; when there is none, after looking for some that were sent. UMEM_NONE if none at all. */
guint64 worker_get_frame_slowly(struct worker *worker);

static inline guint64
worker_get_frame(struct worker *worker)
{
	guint64 addr = umem_get(&worker->pool);

	return G_LIKELY(addr != UMEM_NONE) ? addr : worker_get_frame_slowly(worker);
}

/* Ends a burst: one kick a port. */
void worker_flush(struct worker *worker, const struct bond_plan *plan);
void worker_flush_host(struct worker *worker);

/* Kicks ports whose device was busy. */
void worker_flush_unsent(struct worker *worker);

/* --- worker-control.c --- */

/* What the plan wants done about a burst of port @slot, whether the host gets it or not. */
void worker_control_received(struct worker *worker, const struct bond_plan *plan, guint slot,
			     const struct burst *burst);

/* A copy of a frame of the host goes to the control thread, which is to send it. The caller puts the pieces back. */
void worker_control_host(struct worker *worker, const struct xdp_desc *pieces, guint n);

/* The port's device refuses frames: the control thread looks into it. */
void worker_suspect(struct worker *worker, struct worker_port *port);

/* --- worker-refused.c --- */

/* What the last kick of the port could not send waits for another plan. */
void worker_keep_refused(struct worker *worker, struct worker_port *port);

/* Sends it by @plan if that is another one, before anything else is sent by it. */
void worker_settle_refused(struct worker *worker, const struct bond_plan *plan);

/* --- worker-port.c --- */

/* The first socket of a port that is up, else NULL. */
static inline struct xsk *
worker_port_socket(const struct worker_port *port)
{
	return port->sockets[0];
}

/* Counts what the kernel had no room for. Of a port that is up. */
void worker_count_lost(struct worker *worker, struct worker_port *port);

/* The list that poll() gets is made anew. */
void worker_rebuild_poll(struct worker *worker);

/* Each socket takes its part of the pool. */
void worker_share_pool(struct worker *worker);

/* --- worker-recover.c --- */

/* Closes the sockets of a port whose device takes nothing, and takes its frames back, by and by. */
void worker_port_down(struct worker *worker, struct worker_port *port);

/* Opens them again when the device is up. To be called now and then while worker->any_not_up. */
void worker_retry_ports(struct worker *worker);

/* Waits for the end of what worker_port_down() began. */
void worker_end_recovery(struct worker_port *port);

void worker_close_sockets(struct worker_port *port);

/* --- worker-port.c --- */

/* Closes all sockets, once the thread has ended. */
void worker_forget_ports(struct worker *worker);

G_END_DECLS
