/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Receives pktgen's numbered frames on one or more devices.
 *
 *   pktsink COUNT SECONDS DEVICE…
 *
 * Ends SECONDS after the last frame, or a moment after number COUNT - 1. Prints one line of key=value:
 *   received        numbers that came at least once
 *   lost            numbers that never came, of COUNT
 *   duplicates      frames whose number had come before
 *   outage_us       by the sender's times: from the last frame before the first loss to the first after the last
 *   longest_gap_us  between two arrivals of new numbers, by the kernel's time stamps
 *   DEVICE          frames that it got
 */
#include "packet.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_DEVICES 8

struct tally {
	int64_t *sent; /* by number; 0: not seen */
	uint32_t count;
	uint32_t received;
	uint32_t duplicates;
	uint32_t last;
	int64_t last_time;
	int64_t gap;
};

static int
fail(const char *what)
{
	fprintf(stderr, "pktsink: %s: %s\n", what, strerror(errno));
	return 1;
}

static int
open_device(const char *name)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	int room = 8 << 20;
	int on = 1;

	address.sll_ifindex = (int) if_nametoindex(name);
	if (fd < 0 || address.sll_ifindex == 0)
		return -1;
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	return bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ? -1 : fd;
}

static void
count_packet(struct tally *tally, uint32_t seq, int64_t sent, int64_t time)
{
	if (seq >= tally->count || sent == 0)
		return;
	if (tally->sent[seq] != 0) {
		tally->duplicates++;
		return;
	}
	tally->sent[seq] = sent;
	if (tally->received > 0 && time - tally->last_time > tally->gap)
		tally->gap = time - tally->last_time;
	tally->received++;
	tally->last = seq;
	tally->last_time = time;
}

/* Losses at either end of the flow have only one neighbour and say nothing of how long. */
static int64_t
outage(const struct tally *tally)
{
	uint32_t first = 0;
	uint32_t end = tally->count;

	while (first < tally->count && tally->sent[first] != 0)
		first++;
	while (end > 0 && tally->sent[end - 1] != 0)
		end--;
	if (first >= end || first == 0 || end == tally->count)
		return 0;
	return tally->sent[end] - tally->sent[first - 1];
}

static int64_t
time_stamp(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		struct timespec ts;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
	}
	return now_ns();
}

/* Returns: how many of pktgen's frames waited. */
static uint32_t
read_device(int fd, struct tally *tally)
{
	uint32_t n = 0;

	for (;;) {
		union {
			char space[128];
			struct cmsghdr header;
		} control;
		struct packet packet;
		struct iovec iov = {.iov_base = &packet, .iov_len = sizeof(packet)};
		struct msghdr msg = {
		    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
		ssize_t len = recvmsg(fd, &msg, 0);

		if (len < 0)
			return n;
		if (len < PACKET_MIN || packet.magic != htonl(PACKET_MAGIC))
			continue;
		count_packet(tally, ntohl(packet.seq), packet.time, time_stamp(&msg));
		n++;
	}
}

static void
receive(struct pollfd *polls, int n_devices, uint32_t *counts, struct tally *tally, int patience_ms)
{
	while (poll(polls, (nfds_t) n_devices, patience_ms) > 0) {
		for (int i = 0; i < n_devices; i++)
			counts[i] += read_device(polls[i].fd, tally);
		/* Others may have been overtaken. */
		if (tally->received > 0 && tally->last == tally->count - 1)
			patience_ms = 100;
	}
}

int
main(int argc, char **argv)
{
	struct pollfd polls[MAX_DEVICES];
	uint32_t counts[MAX_DEVICES] = {0};
	struct tally tally = {0};
	int n_devices = argc - 3;

	if (n_devices < 1 || n_devices > MAX_DEVICES) {
		fprintf(stderr, "Usage: pktsink COUNT SECONDS DEVICE…\n");
		return 2;
	}
	tally.count = (uint32_t) number("pktsink", argv[1], 1, 100000000);
	tally.sent = calloc(tally.count, sizeof(tally.sent[0]));
	for (int i = 0; i < n_devices; i++) {
		polls[i] = (struct pollfd){.fd = open_device(argv[3 + i]), .events = POLLIN};
		if (polls[i].fd < 0)
			return fail(argv[3 + i]);
	}
	printf("ready\n");
	fflush(stdout);
	receive(polls, n_devices, counts, &tally, (int) number("pktsink", argv[2], 1, 3600) * 1000);
	printf("received=%u lost=%u duplicates=%u outage_us=%lld longest_gap_us=%lld", tally.received,
	       tally.count - tally.received, tally.duplicates, (long long) outage(&tally) / 1000,
	       (long long) tally.gap / 1000);
	for (int i = 0; i < n_devices; i++)
		printf(" %s=%u", argv[3 + i], counts[i]);
	printf("\n");
	free(tally.sent);
	return 0;
}
