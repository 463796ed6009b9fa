/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory that frames of one bond live in, and who owns each of them. One area serves all ports and the host
 * side, so that a frame moves from one device to another by moving its descriptor.
 *
 * The area is registered with the kernel once for each socket instead of being shared by XDP_SHARED_UMEM: the
 * kernel decides between zero-copy and copy mode for a whole registration, and lends a shared one only while its
 * first device lives. Ports of one bond differ in both.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

/* What the kernel keeps free in front of each received frame (XDP_PACKET_HEADROOM). */
#define UMEM_HEADROOM 256

/* The host side's number among the owners; ports have their ids, 0 to BOND_MAX_PORTS - 1. */
#define UMEM_SLOT_HOST BOND_MAX_PORTS
#define UMEM_N_SLOTS   (BOND_MAX_PORTS + 1)

#define UMEM_NONE G_MAXUINT64

/* Owner of a frame, one byte each. */
enum umem_owner {
	UMEM_POOL,   /* free */
	UMEM_HELD,   /* in a worker's hands */
	UMEM_SHARED, /* in several ports' transmit rings: see shared_by */
	UMEM_FILL,   /* + slot: given to the kernel to receive into, or received and not yet looked at */
	UMEM_TX = UMEM_FILL + UMEM_N_SLOTS, /* + slot: in one transmit ring, or sent and not yet completed */
};

struct umem {
	guint8 *area;
	gsize size;
	guint frame_size;
	guint shift; /* log2 of frame_size */
	guint n_frames;
	guint8 *owner;	    /* by frame */
	guint64 *shared_by; /* by frame: bit per port that has yet to complete a UMEM_SHARED frame */
};

/* The frames of one worker. Only its thread touches a pool, or the owners of its frames. */
struct umem_pool {
	struct umem *umem;
	guint first;
	guint n_total;
	guint n_free;
	guint32 *free; /* stack: the frame used last is the one most likely in the cache */
};

/**
 * umem_new:
 * @n_frames: rounded up to whole pages
 * @frame_size: 2048 or 4096
 *
 * Returns: (transfer full) (nullable): the area, or %NULL if there is no memory.
 */
struct umem *umem_new(guint n_frames, guint frame_size);
void umem_free(struct umem *umem);

/**
 * umem_pool_init:
 * @first: first frame of this pool
 * @n: how many; no other pool has any of them
 */
void umem_pool_init(struct umem_pool *pool, struct umem *umem, guint first, guint n);
void umem_pool_clear(struct umem_pool *pool);

/**
 * umem_reclaim:
 * @slot: whose sockets are closed
 *
 * Takes back all frames that the kernel had for @slot, wherever they were.
 *
 * Returns: how many frames it had been going to send.
 */
guint umem_reclaim(struct umem_pool *pool, guint slot);

static inline guint
umem_index(const struct umem *umem, guint64 addr)
{
	return (guint) (addr >> umem->shift);
}

static inline guint64
umem_addr(const struct umem *umem, guint index)
{
	return (guint64) index << umem->shift;
}

static inline guint8 *
umem_data(const struct umem *umem, guint64 addr)
{
	return umem->area + addr;
}

/* A free frame's address, now held; UMEM_NONE if there is none. */
static inline guint64
umem_get(struct umem_pool *pool)
{
	guint32 index;

	if (G_UNLIKELY(pool->n_free == 0))
		return UMEM_NONE;
	index = pool->free[--pool->n_free];
	pool->umem->owner[index] = UMEM_HELD;
	return umem_addr(pool->umem, index);
}

/* @addr: anywhere in the frame. */
static inline void
umem_put(struct umem_pool *pool, guint64 addr)
{
	guint index = umem_index(pool->umem, addr);

	pool->umem->owner[index] = UMEM_POOL;
	pool->free[pool->n_free++] = index;
}

static inline void
umem_set_owner(struct umem *umem, guint64 addr, guint owner)
{
	umem->owner[umem_index(umem, addr)] = (guint8) owner;
}

/* The frame is in the transmit ring of every port of @ports. */
static inline void
umem_share(struct umem *umem, guint64 addr, guint64 ports)
{
	guint index = umem_index(umem, addr);

	umem->owner[index] = UMEM_SHARED;
	umem->shared_by[index] = ports;
}

/* @slot has sent the frame: the last one puts it back into the pool. Returns whether @slot was its only owner. */
static inline gboolean
umem_complete(struct umem_pool *pool, guint64 addr, guint slot)
{
	struct umem *umem = pool->umem;
	guint index = umem_index(umem, addr);

	if (G_LIKELY(umem->owner[index] != UMEM_SHARED)) {
		umem_put(pool, addr);
		return TRUE;
	}
	umem->shared_by[index] &= ~(G_GUINT64_CONSTANT(1) << slot);
	if (umem->shared_by[index] == 0)
		umem_put(pool, addr);
	return FALSE;
}

G_END_DECLS
