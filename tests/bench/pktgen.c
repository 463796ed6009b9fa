/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sends frames out of a device.
 *
 *   pktgen DEVICE flood SIZE FLOWS SECONDS   as many as the kernel can make
 *   pktgen DEVICE stack SIZE FLOWS SECONDS   the same through the stack, as frames of a host go
 *   pktgen DEVICE RATE SIZE FLOWS COUNT      COUNT numbered frames with their times, RATE a second
 *
 * The flood is made by the kernel's XDP test runs with live frames: a tenth of the cost of a socket, so that one core
 * makes more than any forwarder under test can take. They go straight to the driver; with "stack" they come in by the
 * loopback device, where a tc program passes them on, and leave as all that a host sends or routes. FLOWS (1 to 256) differ in destination MAC and source port.
 */
#include "packet.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define FLOOD_BATCH 64
/* BPF_TCX_INGRESS, kernel 6.6 */
#define BENCH_TCX_INGRESS 46

static int
fail(const char *what)
{
	fprintf(stderr, "pktgen: %s: %s\n", what, strerror(errno));
	return 1;
}

static uint16_t
ip_checksum(const uint8_t *ip)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t) ip[i] << 8 | ip[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~sum;
}

static void
make_packet(struct packet *packet, size_t size, uint32_t flow)
{
	static const uint8_t ip[20] = {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2};
	uint16_t sum;

	memset(packet, 0, sizeof(*packet));
	memcpy(packet->eth.h_dest, (uint8_t[]){0x02, 0xbe, 0, 0, 2, (uint8_t) flow}, ETH_ALEN);
	memcpy(packet->eth.h_source, (uint8_t[]){0x02, 0xbe, 0, 0, 1, 0}, ETH_ALEN);
	packet->eth.h_proto = htons(ETH_P_IP);
	memcpy(packet->ip, ip, sizeof(ip));
	packet->ip[2] = (uint8_t) ((size - 14) >> 8);
	packet->ip[3] = (uint8_t) (size - 14);
	sum = ip_checksum(packet->ip);
	packet->ip[10] = (uint8_t) (sum >> 8);
	packet->ip[11] = (uint8_t) sum;
	packet->source_port = htons((uint16_t) (10000 + flow));
	packet->destination_port = htons(PACKET_PORT);
	packet->udp_length = htons((uint16_t) (size - 34));
	packet->magic = htonl(PACKET_MAGIC);
}

#define FIELD(name) ((int) offsetof(struct packet, name))

/* "Make it one of the flows by chance and send it out of the device", or with device 0 up into the stack. */
static int
load_program(unsigned ifindex, uint32_t flows)
{
	const struct bpf_insn pass[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	struct bpf_insn program[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_1},
	    {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_prandom_u32},
	    {.code = BPF_ALU | BPF_MOD | BPF_K, .dst_reg = BPF_REG_0, .imm = (int) flows},
	    {.code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_6, .off = 0},
	    {.code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = BPF_REG_3, .src_reg = BPF_REG_6, .off = 4},
	    {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_4, .src_reg = BPF_REG_2},
	    {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_4, .imm = PACKET_MIN},
	    /* past the two stores if it is shorter, which the verifier wants to see */
	    {.code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = BPF_REG_4, .src_reg = BPF_REG_3, .off = 2},
	    {.code = BPF_STX | BPF_B | BPF_MEM,
	     .dst_reg = BPF_REG_2,
	     .src_reg = BPF_REG_0,
	     .off = FIELD(eth.h_dest) + 5},
	    {.code = BPF_STX | BPF_B | BPF_MEM,
	     .dst_reg = BPF_REG_2,
	     .src_reg = BPF_REG_0,
	     .off = FIELD(source_port) + 1},
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = (int) ifindex},
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 0},
	    {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect},
	    {.code = BPF_JMP | BPF_EXIT},
	};

	size_t n = sizeof(program) / sizeof(program[0]);

	if (ifindex == 0) {
		memcpy(&program[n - 4], pass, sizeof(pass));
		n -= 2;
	}
	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_flood", "GPL", program, n, NULL);
}

/* Everything that the loopback device receives goes out of the device instead, until we end. */
static int
pass_on(unsigned ifindex)
{
	const struct bpf_insn program[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = (int) ifindex},
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 0},
	    {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "bench_pass_on", "GPL", program,
			       sizeof(program) / sizeof(program[0]), NULL);

	return fd < 0 ? fd : bpf_link_create(fd, (int) if_nametoindex("lo"), BENCH_TCX_INGRESS, NULL);
}

static void
wake(int signal)
{
}

/* Setting a run up takes milliseconds, so there is one, which the timer's signal ends. */
static int
flood(unsigned ifindex, size_t size, uint32_t flows, double seconds, bool through_stack)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	const struct sigaction action = {.sa_handler = wake};
	const struct itimerval timer = {
	    .it_value = {.tv_sec = (time_t) seconds, .tv_usec = (suseconds_t) ((seconds - (time_t) seconds) * 1e6)}};
	struct packet packet;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = &packet, .data_size_in = (uint32_t) size, .repeat = INT_MAX,
		    .batch_size = FLOOD_BATCH, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int program;

	setrlimit(RLIMIT_MEMLOCK, &unlimited); /* for kernels that count BPF memory there */
	program = load_program(through_stack ? 0 : ifindex, flows);
	if (program < 0)
		return fail("loading the XDP program");
	if (through_stack && pass_on(ifindex) < 0)
		return fail("passing on from lo: Linux 6.6 can");
	make_packet(&packet, size, 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	if (bpf_prog_test_run_opts(program, &run) < 0 && errno != EINTR)
		return fail("running the XDP program");
	return 0;
}

static void
sleep_until(int64_t when)
{
	struct timespec ts = {.tv_sec = when / NSEC_PER_SEC, .tv_nsec = when % NSEC_PER_SEC};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int
paced(unsigned ifindex, long rate, size_t size, uint32_t flows, uint32_t count)
{
	const struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int) ifindex, .sll_halen = ETH_ALEN};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	uint32_t refused = 0;
	struct packet packet;
	int64_t start;

	if (fd < 0 || bind(fd, (const struct sockaddr *) &to, sizeof(to)) < 0)
		return fail("packet socket");
	prctl(PR_SET_TIMERSLACK, 1);
	start = now_ns();
	for (uint32_t seq = 0; seq < count; seq++) {
		make_packet(&packet, size, seq % flows);
		packet.seq = htonl(seq);
		sleep_until(start + seq * NSEC_PER_SEC / rate);
		packet.time = now_ns();
		if (send(fd, &packet, size, 0) < 0)
			refused++;
	}
	printf("sent=%u refused=%u\n", count, refused);
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned ifindex;
	size_t size;
	uint32_t flows;

	if (argc != 6) {
		fprintf(stderr, "Usage: pktgen DEVICE flood|stack SIZE FLOWS SECONDS\n"
				"       pktgen DEVICE RATE SIZE FLOWS COUNT\n");
		return 2;
	}
	ifindex = if_nametoindex(argv[1]);
	if (ifindex == 0)
		return fail(argv[1]);
	size = (size_t) number("pktgen", argv[3], PACKET_MIN, PACKET_MAX);
	flows = (uint32_t) number("pktgen", argv[4], 1, 256);
	if (strcmp(argv[2], "flood") == 0 || strcmp(argv[2], "stack") == 0)
		return flood(ifindex, size, flows, strtod(argv[5], NULL), argv[2][0] == 's');
	return paced(ifindex, number("pktgen", argv[2], 1, 1000000), size, flows,
		     (uint32_t) number("pktgen", argv[5], 1, 100000000));
}
