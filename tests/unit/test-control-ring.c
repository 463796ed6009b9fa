/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "datapath/control-ring.h"

#include <poll.h>

#define RING_SIZE 4096
#define N_FRAMES  200000

static gboolean
push(struct control_ring *ring, guint port, bond_time time, const void *data, gsize len)
{
	const struct iovec iov = {(void *) data, len};

	return control_ring_push(ring, port, time, &iov, 1);
}

static void
test_order(void)
{
	struct control_ring *ring = control_ring_new(RING_SIZE);
	struct control_frame frame;

	g_assert_false(control_ring_peek(ring, &frame));
	g_assert_true(push(ring, 3, 17, "first", 5));
	g_assert_true(push(ring, 64, -1, "", 0));
	g_assert_true(control_ring_peek(ring, &frame));
	g_assert_cmpmem(frame.data, frame.len, "first", 5);
	g_assert_cmpuint(frame.port, ==, 3);
	g_assert_cmpint(frame.time, ==, 17);
	/* Looking takes nothing. */
	g_assert_true(control_ring_peek(ring, &frame));
	g_assert_cmpuint(frame.len, ==, 5);
	control_ring_pop(ring);
	g_assert_true(control_ring_peek(ring, &frame));
	g_assert_cmpuint(frame.len, ==, 0);
	g_assert_cmpuint(frame.port, ==, 64);
	g_assert_cmpint(frame.time, ==, -1);
	control_ring_pop(ring);
	g_assert_false(control_ring_peek(ring, &frame));
	control_ring_free(ring);
}

static void
test_pieces(void)
{
	struct control_ring *ring = control_ring_new(RING_SIZE);
	const struct iovec iov[] = {{(void *) "one", 3}, {(void *) "", 0}, {(void *) "two", 3}, {(void *) "three", 5}};
	struct control_frame frame;

	g_assert_true(control_ring_push(ring, 0, 0, iov, G_N_ELEMENTS(iov)));
	g_assert_true(control_ring_peek(ring, &frame));
	g_assert_cmpmem(frame.data, frame.len, "onetwothree", 11);
	control_ring_free(ring);
}

/* Full means refused, with what is there untouched; and room again after a pop. */
static void
test_full(void)
{
	struct control_ring *ring = control_ring_new(RING_SIZE);
	guint8 data[112] = {0};
	struct control_frame frame;
	guint n = 0;

	for (; push(ring, n, 0, data, sizeof(data)); n++)
		data[0]++;
	/* 112 and a header of 16 divide the ring: not a byte is left. */
	g_assert_cmpuint(n, ==, RING_SIZE / 128);
	g_assert_false(push(ring, 99, 0, data, 0));
	for (guint i = 0; i < n; i++) {
		g_assert_true(control_ring_peek(ring, &frame));
		g_assert_cmpuint(frame.port, ==, i);
		g_assert_cmpuint(frame.data[0], ==, i);
		control_ring_pop(ring);
		g_assert_true(push(ring, n + i, 0, data, sizeof(data)));
		g_assert_false(push(ring, 99, 0, data, sizeof(data)));
	}
	control_ring_free(ring);
}

/* A frame of any length that is taken at all is taken wherever the ring stands, when it is empty. */
static void
test_lengths(void)
{
	struct control_ring *ring = control_ring_new(RING_SIZE);
	guint8 data[RING_SIZE];
	struct control_frame frame;

	for (guint i = 0; i < sizeof(data); i++)
		data[i] = (guint8) (i * 7);
	for (guint round = 0; round < 5000; round++) {
		gsize len = round * 37 % (RING_SIZE / 2 - 16 + 1);

		g_assert_true(push(ring, round, round, data, len));
		g_assert_true(control_ring_peek(ring, &frame));
		g_assert_cmpmem(frame.data, frame.len, data, len);
		g_assert_cmpuint(frame.port, ==, round);
		control_ring_pop(ring);
		g_assert_false(control_ring_peek(ring, &frame));
	}
	g_assert_false(push(ring, 0, 0, data, RING_SIZE / 2 - 16 + 1));
	g_assert_false(push(ring, 0, 0, data, RING_SIZE));
	control_ring_free(ring);
}

struct producer {
	struct control_ring *ring;
	struct control_bell *bell;
	guint64 refused;
};

/* The length and every byte follow from the number. */
static gsize
make_frame(guint32 seq, guint8 *data)
{
	gsize len = seq * 31 % 300;

	memset(data, (int) (seq & 0xff), len);
	return len;
}

static gpointer
produce(gpointer user)
{
	struct producer *producer = user;
	guint8 data[300];

	for (guint32 seq = 0; seq < N_FRAMES; seq++) {
		gsize len = make_frame(seq, data);

		while (!push(producer->ring, seq & 0x3f, seq, data, len)) {
			producer->refused++;
			control_bell_ring(producer->bell);
			g_thread_yield();
		}
		/* A burst. */
		if (seq % 5 == 0)
			control_bell_ring(producer->bell);
	}
	control_bell_ring(producer->bell);
	return NULL;
}

static void
consume(struct control_ring *ring, guint32 *seq)
{
	struct control_frame frame;
	guint8 data[300];

	while (control_ring_peek(ring, &frame)) {
		gsize len = make_frame(*seq, data);

		g_assert_cmpint(frame.time, ==, *seq);
		g_assert_cmpuint(frame.port, ==, *seq & 0x3f);
		g_assert_cmpmem(frame.data, frame.len, data, len);
		control_ring_pop(ring);
		(*seq)++;
	}
}

/* Everything arrives once and in order, and no bell is missed: a consumer that sleeps is always woken. */
static void
test_concurrent(void)
{
	struct control_ring *ring = control_ring_new(RING_SIZE);
	struct control_bell bell;
	struct producer producer = {.ring = ring, .bell = &bell};
	GThread *thread;
	guint32 seq = 0;
	guint sleeps = 0;

	g_assert_true(control_bell_init(&bell));
	thread = g_thread_new("producer", produce, &producer);
	while (seq < N_FRAMES) {
		struct pollfd fd = {.fd = bell.fd, .events = POLLIN};

		sleeps++;
		g_assert_cmpint(poll(&fd, 1, 30000), ==, 1);
		control_bell_answer(&bell);
		consume(ring, &seq);
	}
	g_thread_join(thread);
	g_test_message("%u sleeps, %" G_GUINT64_FORMAT " refused", sleeps, producer.refused);
	control_bell_clear(&bell);
	control_ring_free(ring);
}

/* One system call for many rings. */
static void
test_bell(void)
{
	struct control_bell bell;
	struct pollfd fd = {.events = POLLIN};

	g_assert_true(control_bell_init(&bell));
	fd.fd = bell.fd;
	g_assert_cmpint(poll(&fd, 1, 0), ==, 0);
	control_bell_ring(&bell);
	control_bell_ring(&bell);
	g_assert_cmpint(poll(&fd, 1, 0), ==, 1);
	control_bell_answer(&bell);
	g_assert_cmpint(poll(&fd, 1, 0), ==, 0);
	/* It may be asked without need. */
	control_bell_answer(&bell);
	control_bell_ring(&bell);
	g_assert_cmpint(poll(&fd, 1, 0), ==, 1);
	control_bell_clear(&bell);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/control-ring/order", test_order);
	g_test_add_func("/control-ring/pieces", test_pieces);
	g_test_add_func("/control-ring/full", test_full);
	g_test_add_func("/control-ring/lengths", test_lengths);
	g_test_add_func("/control-ring/concurrent", test_concurrent);
	g_test_add_func("/control-ring/bell", test_bell);
	return g_test_run();
}
