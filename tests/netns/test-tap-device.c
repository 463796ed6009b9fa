/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queues of a TAP: where the kernel puts frames that tc maps to a queue, by the two ways of its documentation, and
 * all others.
 */
#include "datapath/tap-device.h"
#include "far-end.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME "tap0"
#define N    50

struct bench {
	struct tap_device *tap;
	int socket;
};

static void
bench_begin(struct bench *bench, guint n_workers)
{
	GError *error = NULL;

	g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);
	bench->tap = tap_device_open(NAME, n_workers, TRUE, &error);
	g_assert_no_error(error);
	g_assert_cmpint(bench->tap->mapped[0], >=, 0);
	RUN("ip link set " NAME " up");
	bench->socket = far_packet_socket(NAME);
}

static void
bench_end(struct bench *bench)
{
	close(bench->socket);
	tap_device_close(bench->tap);
}

/* Frames of the tests that wait there. */
static guint
count(int fd)
{
	guint8 frame[2048];
	guint n = 0;
	gssize len;

	while ((len = read(fd, frame, sizeof(frame))) > 0)
		n += len == 10 + 100 && frame[10 + 12] == FAR_ETHERTYPE >> 8;
	return n;
}

/* What is sent now comes out of that queue and no other. */
static void
expect_queue(struct bench *bench, guint queue)
{
	guint8 frame[100];

	for (guint i = 0; i < N; i++) {
		far_frame_make(frame, sizeof(frame), i, 0);
		g_assert_cmpint(send(bench->socket, frame, sizeof(frame), 0), ==, sizeof(frame));
	}
	g_usleep(10000);
	for (guint i = 0; i < TAP_MAPPED_QUEUES; i++)
		g_assert_cmpuint(count(bench->tap->mapped[i]), ==, i + 1 == queue ? N : 0);
	if (queue == 0) {
		guint n = 0;

		for (guint i = 0; i < bench->tap->n_workers; i++)
			n += count(bench->tap->workers[i]);
		g_assert_cmpuint(n, ==, N);
	}
}

static void
check_skbedit(guint n_workers)
{
	struct bench bench;

	bench_begin(&bench, n_workers);
	expect_queue(&bench, 0);
	RUN("tc qdisc add dev " NAME " clsact");
	if (!far_try("tc filter add dev " NAME " egress u32 match u32 0 0 action skbedit queue_mapping 3")) {
		g_test_skip("this kernel has no skbedit");
		bench_end(&bench);
		return;
	}
	expect_queue(&bench, 3);
	RUN("tc filter del dev " NAME " egress");
	expect_queue(&bench, 0);
	RUN("tc qdisc del dev " NAME " clsact");
	RUN("tc qdisc add dev " NAME " handle 1 root multiq");
	expect_queue(&bench, 0);
	RUN("tc filter add dev " NAME " parent 1: protocol all u32 match u32 0 0 action skbedit queue_mapping 16");
	expect_queue(&bench, 16);
	bench_end(&bench);
}

static void
test_skbedit(void)
{
	check_skbedit(1);
}

static void
test_skbedit_workers(void)
{
	check_skbedit(3);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tap-device/skbedit", test_skbedit);
	g_test_add_func("/tap-device/skbedit-workers", test_skbedit_workers);
	return g_test_run();
}
