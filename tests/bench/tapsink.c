/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other yardstick: what it costs to take frames from a TAP device, and to do nothing with them. Whoever sends by
 * AF_XDP what the host's stack gave to a TAP pays this first.
 *
 *   tapsink NAME [read|io_uring]
 *
 * Makes the device, reads until SIGTERM or until its parent ends, then prints packets and cpu_ns (per packet). With
 * io_uring one system call reads up to 64 frames into registered memory.
 */
#include "packet.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#ifdef HAVE_LIBURING
#include <liburing.h>
#define TAPSINK_HAS_RING true
#else
#define TAPSINK_HAS_RING false
#endif
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
	stopped = 1;
}

static int
open_tap(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		return -1;
	return fd;
}

static uint64_t
read_all(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	uint64_t packets = 0;
	char frame[65536];

	while (!stopped) {
		if (read(fd, frame, sizeof(frame)) > 0)
			packets++;
		else if (errno == EAGAIN)
			(void) poll(&poll_fd, 1, -1);
		else if (errno != EINTR)
			break;
	}
	return packets;
}

#ifdef HAVE_LIBURING
#define BATCH	 64
#define ROOM	 2048
#define QUIET_US 50

static struct io_uring ring;
static char *room;

static bool
prepare_ring(int fd)
{
	struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN};
	struct iovec iov = {.iov_len = BATCH * ROOM};

	room = iov.iov_base = aligned_alloc(4096, BATCH * ROOM);
	return io_uring_queue_init_params(BATCH, &ring, &params) == 0 && io_uring_register_files(&ring, &fd, 1) == 0 &&
	       io_uring_register_buffers(&ring, &iov, 1) == 0;
}

/* One batch. */
static uint64_t
read_batch(void)
{
	struct io_uring_cqe *done;
	uint64_t packets = 0;
	unsigned head;
	unsigned n = 0;

	for (unsigned i = 0; i < BATCH; i++) {
		struct io_uring_sqe *entry = io_uring_get_sqe(&ring);

		io_uring_prep_read_fixed(entry, 0, room + (size_t) i * ROOM, ROOM, 0, 0);
		entry->flags |= IOSQE_FIXED_FILE;
	}
	io_uring_submit_and_wait(&ring, BATCH);
	io_uring_for_each_cqe(&ring, head, done)
	{
		packets += done->res > 0;
		n++;
	}
	io_uring_cq_advance(&ring, n);
	return packets;
}

static uint64_t
read_all_by_ring(int fd)
{
	uint64_t packets = 0;

	if (!prepare_ring(fd))
		return 0;
	while (!stopped) {
		uint64_t n = read_batch();

		packets += n;
		if (n == 0)
			usleep(QUIET_US);
	}
	return packets;
}
#else
static uint64_t
read_all_by_ring(int fd)
{
	return 0;
}
#endif

int
main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = stop};
	struct timespec used;
	uint64_t packets;
	int fd;

	bool by_ring = argc == 3 && strcmp(argv[2], "io_uring") == 0;

	if (by_ring && !TAPSINK_HAS_RING) {
		printf("not built with liburing\n");
		return 2;
	}
	if (argc < 2 || argc > 3 || (fd = open_tap(argv[1])) < 0) {
		fprintf(stderr, "Usage: tapsink NAME [read|io_uring] (as root): %s\n", strerror(errno));
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigaction(SIGTERM, &action, NULL);
	printf("ready\n");
	fflush(stdout);
	packets = by_ring ? read_all_by_ring(fd) : read_all(fd);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	printf("packets=%" PRIu64 " cpu_ns=%" PRId64 "\n", packets,
	       packets > 0 ? (int64_t) (used.tv_sec * 1000000000LL + used.tv_nsec) / (int64_t) packets : 0);
	close(fd);
	return packets > 0 ? 0 : 1;
}
