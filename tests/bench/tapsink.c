/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other yardstick: what it costs to take frames from a TAP device, and to do nothing with them. Whoever sends by
 * AF_XDP what the host's stack gave to a TAP pays this first.
 *
 *   tapsink NAME
 *
 * Makes the device, reads until SIGTERM or until its parent ends, then prints packets and cpu_ns (per packet).
 */
#include "packet.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
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

int
main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = stop};
	struct timespec used;
	uint64_t packets;
	int fd;

	if (argc != 2 || (fd = open_tap(argv[1])) < 0) {
		fprintf(stderr, "Usage: tapsink NAME (as root): %s\n", argc == 2 ? strerror(errno) : "one name");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigaction(SIGTERM, &action, NULL);
	printf("ready\n");
	fflush(stdout);
	packets = read_all(fd);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	printf("packets=%" PRIu64 " cpu_ns=%" PRId64 "\n", packets,
	       packets > 0 ? (int64_t) (used.tv_sec * 1000000000LL + used.tv_nsec) / (int64_t) packets : 0);
	close(fd);
	return packets > 0 ? 0 : 1;
}
