/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The yardstick: what AF_XDP can do here if nothing is decided. Takes frames from one device and sends them out of
 * another; one thread, one UMEM for both, copy mode, bursts, no look at the frame.
 *
 *   l2fwd FROM TO
 *
 * Runs until SIGTERM, or until its parent ends.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdp/xsk.h>

#define RING	   2048
#define FRAMES	   (2 * RING)
#define FRAME_SIZE 2048
#define BURST	   64 /* two of the kernel's batches */

struct port {
	int ifindex;
	int map;
	int program;
	struct xsk_socket *socket;
	struct xsk_ring_cons rx;
	struct xsk_ring_prod tx;
	struct xsk_ring_prod fill;
	struct xsk_ring_cons completion;
};

struct forwarder {
	void *area;
	struct xsk_umem *umem;
	struct port from;
	struct port to;
	uint32_t in_flight;
	uint64_t forwarded;
};

static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
	stopped = 1;
}

static int
fail(const char *what, int code)
{
	fprintf(stderr, "l2fwd: %s: %s\n", what, strerror(code));
	return 1;
}

/* "Into the socket of this queue; what has none goes on to the stack", as five instructions. */
static int
load_program(int map)
{
	const struct bpf_insn program[] = {
	    {.code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1, .off = 16},
	    {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map},
	    {.imm = 0},
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = XDP_PASS},
	    {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
	    {.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_l2fwd", "GPL", program, sizeof(program) / sizeof(program[0]),
			     NULL);
}

static int
attach(struct port *port)
{
	uint32_t key = 0;
	int fd = xsk_socket__fd(port->socket);

	port->map = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "bench_xsks", sizeof(key), sizeof(fd), 1, NULL);
	if (port->map < 0 || bpf_map_update_elem(port->map, &key, &fd, 0) < 0)
		return -errno;
	port->program = load_program(port->map);
	if (port->program < 0)
		return -errno;
	return bpf_xdp_attach(port->ifindex, port->program, XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
}

/* The kernel lets go of another process's socket up to a second after its end. */
static int
open_port(struct forwarder *fwd, struct port *port, const char *name)
{
	const struct xsk_socket_config config = {
	    .rx_size = RING,
	    .tx_size = RING,
	    .libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
	    .bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP,
	};
	int code = -EBUSY;

	port->ifindex = (int) if_nametoindex(name);
	if (port->ifindex == 0)
		return -errno;
	for (int attempt = 0; attempt < 20 && code == -EBUSY; attempt++) {
		code = xsk_socket__create_shared(&port->socket, name, 0, fwd->umem, &port->rx, &port->tx, &port->fill,
						 &port->completion, &config);
		if (code == -EBUSY)
			usleep(100000);
	}
	return code != 0 ? code : attach(port);
}

static int
open_umem(struct forwarder *fwd)
{
	const struct xsk_umem_config config = {
	    .fill_size = RING,
	    .comp_size = RING,
	    .frame_size = FRAME_SIZE,
	};

	fwd->area =
	    mmap(NULL, FRAMES * FRAME_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (fwd->area == MAP_FAILED)
		return -errno;
	/* The rings belong to the first socket. */
	return xsk_umem__create(&fwd->umem, fwd->area, FRAMES * FRAME_SIZE, &fwd->from.fill, &fwd->from.completion,
				&config);
}

static void
give(struct port *port, const uint64_t *addresses, uint32_t n)
{
	uint32_t at;

	if (xsk_ring_prod__reserve(&port->fill, n, &at) != n)
		abort(); /* a frame would be lost: there are never more than the ring has room for */
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&port->fill, at + i) = addresses[i];
	xsk_ring_prod__submit(&port->fill, n);
}

static void
fill_up(struct forwarder *fwd)
{
	for (uint64_t i = 0; i < RING; i++) {
		uint64_t address = i * FRAME_SIZE;

		give(&fwd->from, &address, 1);
	}
}

/* Frames that have left go back to where the next ones arrive. */
static void
reclaim(struct forwarder *fwd)
{
	uint64_t addresses[RING];
	uint32_t at;
	uint32_t n = xsk_ring_cons__peek(&fwd->to.completion, RING, &at);

	if (n == 0)
		return;
	for (uint32_t i = 0; i < n; i++)
		addresses[i] = xsk_umem__extract_addr(*xsk_ring_cons__comp_addr(&fwd->to.completion, at + i)) /
			       FRAME_SIZE * FRAME_SIZE;
	xsk_ring_cons__release(&fwd->to.completion, n);
	fwd->in_flight -= n;
	give(&fwd->from, addresses, n);
}

static void
kick(struct forwarder *fwd)
{
	/* EAGAIN: the kernel's batch was full, and more is to do. */
	while (sendto(xsk_socket__fd(fwd->to.socket), NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno == EAGAIN &&
	       !stopped)
		;
}

static uint32_t
forward(struct forwarder *fwd)
{
	uint32_t rx;
	uint32_t tx;
	uint32_t n = xsk_ring_cons__peek(&fwd->from.rx, BURST, &rx);

	if (n == 0)
		return 0;
	if (xsk_ring_prod__reserve(&fwd->to.tx, n, &tx) != n)
		abort(); /* as above */
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_prod__tx_desc(&fwd->to.tx, tx + i) = *xsk_ring_cons__rx_desc(&fwd->from.rx, rx + i);
	xsk_ring_prod__submit(&fwd->to.tx, n);
	xsk_ring_cons__release(&fwd->from.rx, n);
	fwd->in_flight += n;
	fwd->forwarded += n;
	kick(fwd);
	return n;
}

static void
run(struct forwarder *fwd)
{
	struct pollfd input = {.fd = xsk_socket__fd(fwd->from.socket), .events = POLLIN};

	while (!stopped) {
		uint32_t n = forward(fwd);

		reclaim(fwd);
		if (n == 0)
			poll(&input, 1, fwd->in_flight > 0 ? 1 : -1);
	}
}

static void
close_port(struct port *port)
{
	const struct bpf_xdp_attach_opts options = {.sz = sizeof(options), .old_prog_fd = port->program};

	if (port->program > 0)
		bpf_xdp_detach(port->ifindex, XDP_FLAGS_DRV_MODE, &options);
	if (port->socket != NULL)
		xsk_socket__delete(port->socket);
}

int
main(int argc, char **argv)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	struct sigaction action = {.sa_handler = stop}; /* no SA_RESTART: it ends a poll() */
	struct forwarder fwd = {0};
	int code;

	if (argc != 3) {
		fprintf(stderr, "Usage: l2fwd FROM TO\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	setrlimit(RLIMIT_MEMLOCK, &unlimited); /* for kernels that count UMEM there */
	code = open_umem(&fwd);
	if (code == 0)
		code = open_port(&fwd, &fwd.from, argv[1]);
	if (code == 0)
		code = open_port(&fwd, &fwd.to, argv[2]);
	if (code != 0)
		return fail("opening", -code);
	fill_up(&fwd);
	printf("ready\n");
	fflush(stdout);
	run(&fwd);
	printf("forwarded=%llu\n", (unsigned long long) fwd.forwarded);
	close_port(&fwd.from);
	close_port(&fwd.to);
	return 0;
}
