/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames on their way from a worker to the control thread: copies, in a ring of bounded size with one producer and
 * one consumer, and a bell that wakes the consumer. The producer never waits: what does not fit is refused.
 */
#pragma once

#include "engine/types.h"

#include <sys/uio.h>

G_BEGIN_DECLS

struct control_ring;

/* What the consumer sees; valid until control_ring_pop(). */
struct control_frame {
	bond_time time;
	guint port;
	gsize len;
	const guint8 *data;
};

/**
 * control_ring_new:
 * @size: bytes, a power of two; a frame takes its length and 16 bytes, rounded up to 8, and at most half of them
 */
struct control_ring *control_ring_new(gsize size);
void control_ring_free(struct control_ring *ring);

/**
 * control_ring_push:
 * @port: any number
 * @iov: (array length=n): the pieces of one frame
 *
 * By the producer.
 *
 * Returns: %FALSE if there is no room; then nothing was done.
 */
gboolean control_ring_push(struct control_ring *ring, guint port, bond_time time, const struct iovec *iov, guint n);

/**
 * control_ring_peek:
 * @frame: (out): the oldest frame, where it lies in the ring
 *
 * By the consumer.
 *
 * Returns: %FALSE if the ring is empty.
 */
gboolean control_ring_peek(struct control_ring *ring, struct control_frame *frame);

/* By the consumer: the frame that control_ring_peek() gave makes room for others. */
void control_ring_pop(struct control_ring *ring);

/* Wakes the consumer of any number of rings; an eventfd. */
struct control_bell {
	int fd;
	gboolean rung; /* atomic: the consumer has not looked since */
};

/* FALSE with errno set. */
gboolean control_bell_init(struct control_bell *bell);
void control_bell_clear(struct control_bell *bell);

/* By a producer, after it has pushed. A system call only if the consumer does not know yet. */
void control_bell_ring(struct control_bell *bell);

/* By the consumer, before it looks into the rings: whatever is pushed later rings again. */
void control_bell_answer(struct control_bell *bell);

G_END_DECLS
