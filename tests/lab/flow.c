/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A numbered flow of UDP packets at a steady rate, and what arrived of it: the user's view of a failover.
 *
 *   flow send ADDRESS PORT RATE COUNT [SIZE [SOURCES]]   RATE packets a second, COUNT in all, SOURCES source ports in
 *                                                        turn (1), for what balances by them
 *   flow receive PORT COUNT SECONDS   ends when all have come, soon after the last of COUNT came, when SIGTERM says that
 *                                     no more are sent, or after SECONDS without any
 *
 * A sender that the machine has kept from sending does not make up for it: a burst that overflows the queues on its way
 * would tell nothing of who carries them.
 *
 * The receiver prints one line of key=value: received, lost, duplicates, reordered (behind a later one of the same
 * source port), longest_gap_us and outage_us: the longest time between two packets, and between two with others missing
 * between them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC 1000000000LL
#define MAX_COUNT    100000000u
#define MAX_SIZE     9000
#define MAX_SOURCES  64
/* Consecutive ports, so that a policy that hashes them uses every port of a bond; below those the kernel gives out. */
#define FIRST_SOURCE 20000

/* What others may take longer than the last packet, which went another way. */
#define STRAGGLERS_MS 300
/* Fewer packets than any queue takes, at the rates that are used here. */
#define MOST_LATE_NS (5 * NSEC_PER_SEC / 1000)

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static int
fail(const char *what)
{
	fprintf(stderr, "flow: %s: %s\n", what, strerror(errno));
	return 1;
}

/* A number from the command line within limits; ends the program otherwise. */
static uint32_t
number(const char *text, uint32_t min, uint32_t max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < min || value > max) {
		fprintf(stderr, "flow: %s is not a number from %" PRIu32 " to %" PRIu32 "\n", text, min, max);
		exit(2);
	}
	return value;
}

static void
sleep_until(int64_t when)
{
	struct timespec ts = {.tv_sec = when / NSEC_PER_SEC, .tv_nsec = when % NSEC_PER_SEC};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* A socket that sends to TO, from SOURCE unless that is 0; -1 with errno set if there is none. */
static int
connected_socket(const struct sockaddr_in *to, uint16_t source)
{
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = htons(source)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return -1;
	if ((source != 0 && bind(fd, (struct sockaddr *) &from, sizeof(from)) < 0) ||
	    connect(fd, (const struct sockaddr *) to, sizeof(*to)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Sends COUNT packets by the SOURCES sockets in turn; how many the kernel refused. */
static uint32_t
send_packets(const int *fds, uint32_t sources, uint32_t rate, uint32_t count, uint32_t size)
{
	unsigned char packet[MAX_SIZE] = {0};
	uint32_t refused = 0;
	int64_t start = now_ns();

	for (uint32_t i = 0; i < count; i++) {
		uint32_t seq = htonl(i);
		int64_t due = start + (int64_t) i * NSEC_PER_SEC / rate;
		int64_t late;

		memcpy(packet, &seq, sizeof(seq));
		sleep_until(due);
		late = now_ns() - due;
		if (late > MOST_LATE_NS)
			start += late;
		if (send(fds[i % sources], packet, size, 0) < 0)
			refused++;
	}
	return refused;
}

static int
send_flow(const struct sockaddr_in *to, uint32_t rate, uint32_t count, uint32_t size, uint32_t sources)
{
	int fds[MAX_SOURCES] = {0};
	uint32_t refused;

	for (uint32_t i = 0; i < sources; i++) {
		fds[i] = connected_socket(to, sources > 1 ? FIRST_SOURCE + i : 0);
		if (fds[i] < 0)
			return fail("connect");
	}
	refused = send_packets(fds, sources, rate, count, size);
	for (uint32_t i = 0; i < sources; i++)
		close(fds[i]);
	printf("sent=%" PRIu32 " refused=%" PRIu32 "\n", count, refused);
	return 0;
}

struct tally {
	bool *seen;
	uint32_t count;
	uint32_t received;
	uint32_t duplicates;
	uint32_t reordered;
	uint32_t last;
	uint32_t next_of[MAX_SOURCES]; /* the least number that is in order, by source port */
	int64_t last_time;
	int64_t longest_gap;
	int64_t outage; /* longest gap in which a packet is missing */
};

static int64_t
longest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
tally_packet(struct tally *tally, uint16_t source, uint32_t seq, int64_t now)
{
	uint32_t *next = &tally->next_of[source % MAX_SOURCES];

	if (seq >= tally->count)
		return;
	if (tally->seen[seq]) {
		tally->duplicates++;
		return;
	}
	tally->seen[seq] = true;
	if (seq < *next)
		tally->reordered++;
	else
		*next = seq + 1;
	if (tally->received > 0) {
		tally->longest_gap = longest(tally->longest_gap, now - tally->last_time);
		if (seq > tally->last + 1)
			tally->outage = longest(tally->outage, now - tally->last_time);
	}
	tally->received++;
	if (seq > tally->last)
		tally->last = seq;
	tally->last_time = now;
}

/* Until there is a packet; false if none is to come any more. */
static bool
wait_for_packet(int fd, int told_fd, int patience_ms)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = told_fd, .events = POLLIN}};
	int ready;

	while ((ready = poll(fds, 2, patience_ms)) < 0 && errno == EINTR)
		;
	return ready > 0 && (fds[0].revents & POLLIN) != 0;
}

static void
receive_all(int fd, int told_fd, int patience_ms, struct tally *tally)
{
	unsigned char packet[MAX_SIZE];
	struct sockaddr_in from;
	uint32_t seq;

	while (tally->received < tally->count) {
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *) &from, &from_len);

		if (len < 0 &&
		    !wait_for_packet(fd, told_fd, tally->last == tally->count - 1 ? STRAGGLERS_MS : patience_ms))
			break;
		if (len < (ssize_t) sizeof(seq))
			continue;
		memcpy(&seq, packet, sizeof(seq));
		tally_packet(tally, ntohs(from.sin_port), ntohl(seq), now_ns());
	}
}

/* A descriptor that is readable when SIGTERM has come. */
static int
terminations(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int
receive_flow(uint16_t port, uint32_t count, uint32_t seconds)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct tally tally = {.seen = calloc(count, sizeof(bool)), .count = count};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int told_fd = terminations();
	int room = 8 << 20;

	if (tally.seen == NULL || fd < 0 || told_fd < 0)
		return fail("receive");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(fd, (struct sockaddr *) &any, sizeof(any)) < 0)
		return fail("bind");
	receive_all(fd, told_fd, (int) seconds * 1000, &tally);
	close(told_fd);
	close(fd);
	free(tally.seen);
	printf("received=%" PRIu32 " lost=%" PRIu32 " duplicates=%" PRIu32 " reordered=%" PRIu32
	       " longest_gap_us=%" PRId64 " outage_us=%" PRId64 "\n",
	       tally.received, count - tally.received, tally.duplicates, tally.reordered, tally.longest_gap / 1000,
	       tally.outage / 1000);
	return 0;
}

static int
send_main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};

	if (inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) {
		fprintf(stderr, "flow: %s is not an IPv4 address\n", argv[2]);
		return 2;
	}
	to.sin_port = htons(number(argv[3], 1, 65535));
	return send_flow(&to, number(argv[4], 1, 1000000), number(argv[5], 1, MAX_COUNT),
			 argc > 6 ? number(argv[6], 4, MAX_SIZE) : 64, argc > 7 ? number(argv[7], 1, MAX_SOURCES) : 1);
}

int
main(int argc, char **argv)
{
	if (argc >= 6 && strcmp(argv[1], "send") == 0)
		return send_main(argc, argv);
	if (argc == 5 && strcmp(argv[1], "receive") == 0) {
		return receive_flow(number(argv[2], 1, 65535), number(argv[3], 1, MAX_COUNT), number(argv[4], 1, 3600));
	}
	fprintf(stderr, "Usage: flow send ADDRESS PORT RATE COUNT [SIZE [SOURCES]]\n"
			"       flow receive PORT COUNT SECONDS\n");
	return 2;
}
