/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control-ring.h"

#include <sys/eventfd.h>
#include <unistd.h>

/* A record is a header and a frame, in one piece; where that does not fit before the end, it begins at the start. */
#define RECORD_ALIGN 8
#define RECORD_SKIP  G_MAXUINT32

struct record {
	guint32 len; /* of the frame; RECORD_SKIP: nothing more before the end of the ring */
	guint32 port;
	bond_time time;
};

G_STATIC_ASSERT(sizeof(struct record) % RECORD_ALIGN == 0);

struct control_ring {
	guint8 *area;
	gsize size;
	/* Bytes ever pushed and popped. Each side has a line of its own, with what it last saw of the other's. */
	guint64 pushed __attribute__((aligned(64))); /* atomic: the producer's */
	guint64 popped_seen;
	guint64 popped __attribute__((aligned(64))); /* atomic: the consumer's */
};

struct control_ring *
control_ring_new(gsize size)
{
	struct control_ring *ring;

	g_return_val_if_fail(size >= 64 && (size & (size - 1)) == 0 && size <= G_MAXUINT32 / 2, NULL);
	ring = g_aligned_alloc0(1, sizeof(*ring), 64);
	ring->area = g_malloc(size);
	ring->size = size;
	return ring;
}

void
control_ring_free(struct control_ring *ring)
{
	if (ring == NULL)
		return;
	g_free(ring->area);
	g_aligned_free(ring);
}

static gsize
record_size(gsize len)
{
	return (sizeof(struct record) + len + RECORD_ALIGN - 1) & ~(gsize) (RECORD_ALIGN - 1);
}

static struct record *
record_at(const struct control_ring *ring, guint64 position)
{
	return (struct record *) (ring->area + (position & (ring->size - 1)));
}

/* The other side is asked only when what is known does not do. */
static gboolean
has_room(struct control_ring *ring, guint64 end)
{
	if (end - ring->popped_seen <= ring->size)
		return TRUE;
	ring->popped_seen = __atomic_load_n(&ring->popped, __ATOMIC_ACQUIRE);
	return end - ring->popped_seen <= ring->size;
}

static gsize
total_length(const struct iovec *iov, guint n)
{
	gsize len = 0;

	for (guint i = 0; i < n; i++)
		len += iov[i].iov_len;
	return len;
}

static void
write_record(struct record *record, guint port, bond_time time, const struct iovec *iov, guint n)
{
	guint8 *data = (guint8 *) (record + 1);

	record->len = (guint32) total_length(iov, n);
	record->port = port;
	record->time = time;
	for (guint i = 0; i < n; i++) {
		memcpy(data, iov[i].iov_base, iov[i].iov_len);
		data += iov[i].iov_len;
	}
}

gboolean
control_ring_push(struct control_ring *ring, guint port, bond_time time, const struct iovec *iov, guint n)
{
	gsize len = total_length(iov, n);
	guint64 start = ring->pushed;
	gsize before_end = ring->size - (start & (ring->size - 1));
	gsize skipped;

	/* So that a ring that is empty has room, wherever it begins. */
	if (record_size(len) > ring->size / 2)
		return FALSE;
	skipped = record_size(len) > before_end ? before_end : 0;
	if (!has_room(ring, start + skipped + record_size(len)))
		return FALSE;
	if (skipped > 0)
		record_at(ring, start)->len = RECORD_SKIP;
	write_record(record_at(ring, start + skipped), port, time, iov, n);
	__atomic_store_n(&ring->pushed, start + skipped + record_size(len), __ATOMIC_RELEASE);
	return TRUE;
}

gboolean
control_ring_peek(struct control_ring *ring, struct control_frame *frame)
{
	guint64 position = ring->popped;
	const struct record *record = record_at(ring, position);

	if (__atomic_load_n(&ring->pushed, __ATOMIC_ACQUIRE) == position)
		return FALSE;
	if (record->len == RECORD_SKIP) {
		position += ring->size - (position & (ring->size - 1));
		__atomic_store_n(&ring->popped, position, __ATOMIC_RELEASE);
		record = record_at(ring, position);
	}
	*frame = (struct control_frame){
	    .time = record->time,
	    .port = record->port,
	    .len = record->len,
	    .data = (const guint8 *) (record + 1),
	};
	return TRUE;
}

void
control_ring_pop(struct control_ring *ring)
{
	const struct record *record = record_at(ring, ring->popped);

	__atomic_store_n(&ring->popped, ring->popped + record_size(record->len), __ATOMIC_RELEASE);
}

gboolean
control_bell_init(struct control_bell *bell)
{
	bell->rung = FALSE;
	bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return bell->fd >= 0;
}

void
control_bell_clear(struct control_bell *bell)
{
	if (bell->fd >= 0)
		close(bell->fd);
	bell->fd = -1;
}

/*
 * Both exchange the same word, so one comes first: either the consumer's is later and sees what was pushed before
 * ours, or ours is later and finds the bell silent.
 */
void
control_bell_ring(struct control_bell *bell)
{
	guint64 one = 1;

	if (!__atomic_exchange_n(&bell->rung, TRUE, __ATOMIC_ACQ_REL))
		(void) !write(bell->fd, &one, sizeof(one));
}

void
control_bell_answer(struct control_bell *bell)
{
	guint64 n;

	(void) !read(bell->fd, &n, sizeof(n));
	__atomic_exchange_n(&bell->rung, FALSE, __ATOMIC_ACQ_REL);
}
