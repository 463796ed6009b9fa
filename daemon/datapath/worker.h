/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A thread that carries the frames of one queue index between the host side and all ports: a burst in, the plan,
 * a burst out. It owns the rings of its sockets and its share of the frames; others reach them by worker_call().
 */
#pragma once

#include "xsk.h"
#include "control-ring.h"
#include "datapath.h"
#include "host-port.h"
#include "plan-box.h"
#include "xdp-attach.h"

G_BEGIN_DECLS

struct worker;

/* What all workers of a bond have in common. */
struct worker_config {
	guint index; /* of the worker, and of the queues that it owns */
	struct umem *umem;
	guint first_frame; /* of its share */
	guint n_frames;
	struct plan_box *plans;
	struct host_port *host;
	struct control_bell *bell; /* of the control thread */
	gboolean busy_poll;
	const gboolean *held; /* atomic: it is to carry nothing yet; worker_wake() when that is over */
};

/**
 * worker_new:
 *
 * Starts the thread.
 */
struct worker *worker_new(const struct worker_config *config, GError **error);

/**
 * worker_free:
 *
 * Stops the thread and closes the sockets that it still has.
 */
void worker_free(struct worker *worker);

/**
 * worker_add_port:
 * @slot: a port's id or UMEM_SLOT_HOST
 * @sockets: (transfer full) (array length=n): may be empty; the first is the one to send by
 * @attach: of the device; outlives the port in the worker
 */
void worker_add_port(struct worker *worker, guint slot, int ifindex, struct xsk **sockets, guint n,
		     const struct xdp_attach *attach);

/**
 * worker_remove_port:
 *
 * When it returns the sockets are closed and their frames are back in the pool.
 */
void worker_remove_port(struct worker *worker, guint slot);

/* Whether its thread has come round since this was asked last; asks anew. */
gboolean worker_is_alive(struct worker *worker);

/* From any thread: the worker looks at its mailbox, and at devices that were down. */
void worker_wake(struct worker *worker);

/* What the kernel has counted for us is asked for. From the control thread. */
void worker_update_counters(struct worker *worker);

/* Frames that it has sent in turn. */
guint32 worker_turn(const struct worker *worker);
/* Adds the worker's share. */
void worker_add_counters(struct worker *worker, guint slot, struct datapath_counters *sum);
void worker_add_census(struct worker *worker, struct datapath_frame_census *sum);

/**
 * worker_first_transmit:
 * @generation: (out): of the last plan by which it sent a frame
 *
 * Returns: when it sent the first, or 0 if it never sent any.
 */
bond_time worker_first_transmit(const struct worker *worker, guint64 *generation);

/* Where frames for the control thread come from: each has a ring of its own, so that none starves the other. */
enum worker_origin {
	WORKER_FROM_WIRE, /* copies of what ports received; the port is the slot */
	WORKER_FROM_HOST, /* frames that the control thread is to send */
	WORKER_N_ORIGINS,
};

/* The control thread is its consumer. */
struct control_ring *worker_control_ring(const struct worker *worker, enum worker_origin origin);

/* The ports that refused frames since the last call. */
guint64 worker_take_suspects(struct worker *worker);

/* When the port last received anything while a plan said BOND_PLAN_STAMP_RX, else 0. */
bond_time worker_last_rx(const struct worker *worker, guint slot);

/* Adds the worker's share of what the host sent, by entry of the plan's table. */
void worker_add_loads(const struct worker *worker, guint64 *sum);

G_END_DECLS
