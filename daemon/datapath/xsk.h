/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An AF_XDP socket on one queue of one device, with its four rings. Opened and closed by whoever has time for it;
 * the rings belong to the worker that the socket was handed to.
 */
#pragma once

#include "burst.h"
#include "umem.h"

#include <xdp/xsk.h>

G_BEGIN_DECLS

/* Kernel 6.6; Debian 12 has the headers of 6.1. */
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#endif
#ifndef XDP_PKT_CONTD
#define XDP_PKT_CONTD (1 << 0)
#endif

#define XSK_RING_SIZE 2048
/* Frames that a socket has to receive into, if there are enough: as many as the receive ring takes, so that it never
 * overflows. They last for a pause of two milliseconds at a million frames a second. With half as many TCP that
 * came in lost up to one frame in a hundred to its own bursts; the larger part of the cache that they take costs
 * less than that. */
#define XSK_FILL_TARGET XSK_RING_SIZE
/* Frames on their way out: a device that takes no more costs this many. */
#define XSK_TX_BOUND 1024
/* Frames of the umem for each socket, where there are many sockets: to receive into, and on their way out. */
#define XSK_FRAMES 1536
/* A frame of the kernel has at most this many pieces (MAX_SKB_FRAGS + 1). */
#define XSK_MAX_PIECES 18

struct xsk {
	struct xsk_ring_cons rx;
	struct xsk_ring_cons comp;
	struct xsk_ring_prod tx;
	struct xsk_ring_prod fill;
	int fd;
	guint slot;	    /* whose it is: a port's id or UMEM_SLOT_HOST */
	guint fill_target;  /* frames it should have to receive into */
	guint fill_out;	    /* frames it has, those in the receive ring included */
	guint tx_out;	    /* descriptors not completed yet */
	guint tx_exclusive; /* of them, frames that no other port sends */
	guint pending;	    /* descriptors not shown to the kernel yet */
	guint pieces_max;   /* 1 if the kernel has no multi-buffer frames */
	gboolean zero_copy;
	guint64 lost;	  /* of what the kernel has counted, what we have */
	gboolean refused; /* the device dropped a frame instead of sending it; the worker clears it */
	guint n_refused;  /* by the last kick: the last descriptors of the ring, each a frame of this port alone */
	gboolean left;	  /* the last kick left some to the next */
	guint queue;
	struct xsk_umem *registration;
	struct xsk_socket *socket;
};

enum xsk_kick {
	XSK_KICK_DONE,
	XSK_KICK_AGAIN, /* the device is busy: kick again soon */
	XSK_KICK_DOWN,	/* the device is down or gone */
};

/**
 * xsk_open:
 * @slot: its owner's number in the umem
 * @patience: how many ms to wait for a queue that another process has just let go of
 * @error: DATAPATH_ERROR
 *
 * Zero-copy if the driver has it, else copy mode. The socket has no frames to receive into yet.
 */
struct xsk *xsk_open(struct umem *umem, int ifindex, guint queue, guint slot, guint patience, GError **error);

/**
 * xsk_close:
 *
 * The frames that the kernel had stay with the socket's slot: umem_reclaim() takes them back.
 */
void xsk_close(struct xsk *xsk);

/* Gives the kernel frames to receive into, up to the target. */
void xsk_refill(struct xsk *xsk, struct umem_pool *pool);

/* Takes back frames that were sent. */
void xsk_reap(struct xsk *xsk, struct umem_pool *pool);

/**
 * xsk_receive:
 *
 * Takes whole frames out of the receive ring; they are the worker's then.
 *
 * Returns: how many frames.
 */
guint xsk_receive(struct xsk *xsk, struct umem *umem, struct burst *burst);

/* Frames that the kernel had no room for since the last call. */
guint64 xsk_take_lost(struct xsk *xsk);

/**
 * xsk_kick:
 *
 * Shows the kernel what was pushed and makes it send.
 */
enum xsk_kick xsk_kick(struct xsk *xsk, struct umem_pool *pool);

/* Descriptors that the kernel has not taken yet. */
static inline guint
xsk_unsent(const struct xsk *xsk)
{
	return xsk->tx.cached_prod - __atomic_load_n(xsk->tx.consumer, __ATOMIC_ACQUIRE);
}

/* Received descriptors that wait. */
static inline guint
xsk_received(const struct xsk *xsk)
{
	return __atomic_load_n(xsk->rx.producer, __ATOMIC_ACQUIRE) - xsk->rx.cached_cons;
}

/* Completed descriptors that wait. */
static inline guint
xsk_completed(const struct xsk *xsk)
{
	return __atomic_load_n(xsk->comp.producer, __ATOMIC_ACQUIRE) - xsk->comp.cached_cons;
}

/**
 * xsk_push:
 * @pieces: of one frame, in order
 *
 * Puts a frame into the transmit ring; the caller notes its owner. xsk_kick() must follow before the burst ends.
 *
 * Returns: %FALSE if there is no room.
 */
static inline gboolean
xsk_push(struct xsk *xsk, const struct xdp_desc *pieces, guint n)
{
	guint32 idx;

	if (G_UNLIKELY(xsk->tx_out + n > XSK_TX_BOUND || n > xsk->pieces_max ||
		       xsk_ring_prod__reserve(&xsk->tx, n, &idx) == 0))
		return FALSE;
	for (guint i = 0; i < n; i++) {
		struct xdp_desc *desc = xsk_ring_prod__tx_desc(&xsk->tx, idx + i);

		desc->addr = pieces[i].addr;
		desc->len = pieces[i].len;
		desc->options = i + 1 < n ? XDP_PKT_CONTD : 0;
	}
	xsk->pending += n;
	xsk->tx_out += n;
	return TRUE;
}

G_END_DECLS
