/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may happen to a bond's devices while frames go through it: nothing of it may stop the others or lose a frame
 * of the umem.
 */
#include "datapath-bench.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static guint32
xdp_on(const char *ifname)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);

	g_assert_cmpint(bpf_xdp_query((int) if_nametoindex(ifname), 0, &opts), ==, 0);
	return opts.prog_id;
}

/* A program that passes everything, on p0 as somebody else's. Returns its id. */
static guint32
attach_foreign(void)
{
	const struct bpf_insn pass[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "foreign", "GPL", pass, G_N_ELEMENTS(pass), NULL);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(bpf_xdp_attach((int) if_nametoindex("p0"), fd, XDP_FLAGS_UPDATE_IF_NOEXIST, NULL), ==, 0);
	close(fd);
	return xdp_on("p0");
}

static void
test_foreign_program(void)
{
	struct bench bench;
	GError *error = NULL;
	guint32 id;
	g_autofree char *words = NULL;

	bench_begin(&bench, DATAPATH_HOST_TAP, 1500, 0);
	id = attach_foreign();
	words = g_strdup_printf("program %u 'foreign' tag ", id);
	g_assert_false(datapath_add_port(bench.dp, 0, "p0", (int) if_nametoindex("p0"), &error));
	g_assert_error(error, DATAPATH_ERROR, DATAPATH_ERROR_BUSY);
	g_assert_nonnull(strstr(error->message, words));
	g_clear_error(&error);
	g_assert_cmpuint(xdp_on("p0"), ==, id);
	datapath_remove_port(bench.dp, 0);
	g_assert_cmpuint(xdp_on("p0"), ==, id);
	g_assert_cmpint(bpf_xdp_detach((int) if_nametoindex("p0"), 0, NULL), ==, 0);
	add_port(&bench, 0);
	g_assert_cmpuint(xdp_on("p0"), >, 0);
	datapath_remove_port(bench.dp, 0);
	g_assert_cmpuint(xdp_on("p0"), ==, 0);
	bench_end(&bench);
}

struct load {
	struct bench *bench;
	gboolean stop; /* atomic */
	guint32 sent;
	GThread *thread;
};

/* Frames in both directions, until load_end(). */
static gpointer
load_run(gpointer data)
{
	struct load *load = data;
	guint8 frame[1000];

	while (!__atomic_load_n(&load->stop, __ATOMIC_RELAXED)) {
		far_frame_make(frame, sizeof(frame), load->sent++, 0);
		(void) !send(load->bench->host, frame, sizeof(frame), MSG_DONTWAIT);
		for (guint i = 0; i < 2; i++)
			(void) !send(load->bench->far->packet[i], frame, sizeof(frame), MSG_DONTWAIT);
		if (load->sent % 32 == 0)
			g_usleep(300);
	}
	return NULL;
}

static void
load_begin(struct load *load, struct bench *bench)
{
	*load = (struct load){.bench = bench};
	load->thread = g_thread_new("load", load_run, load);
}

static void
load_end(struct load *load)
{
	__atomic_store_n(&load->stop, TRUE, __ATOMIC_RELAXED);
	g_thread_join(load->thread);
}

/* Throws away what is in a socket, and what comes until nothing does. */
static void
drain(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	guint8 frame[2000];

	while (poll(&wait, 1, 100) == 1)
		(void) !recv(fd, frame, sizeof(frame), MSG_DONTWAIT);
}

static void
drain_all(struct bench *bench)
{
	/* What the worker has not got round to must not come later. */
	check_census(bench);
	drain(bench->host);
	for (guint i = 0; i < FAR_N_PORTS; i++)
		drain(bench->far->packet[i]);
}

/* Both ports carry frames in both directions. */
static void
expect_ports(struct bench *bench, const char *ports)
{
	for (; *ports != '\0'; ports++) {
		char slot[] = {*ports, '\0'};
		int far = bench->far->packet[*ports - '0'];

		publish(bench, BOND_PLAN_ONE, slot, "01");
		drain_all(bench);
		expect_all(bench->host, far, 300, 500, 0);
		expect_all(far, bench->host, 300, 500, 0);
	}
}

/* Frames get through @from -> @to sooner or later. */
static void
wait_flow(int from, int to)
{
	struct far_seen seen;

	far_seen_init(&seen, 1000);
	for (guint i = 0; i < PATIENCE_MS / 10 && seen.n == 0; i++) {
		far_send(from, i, 1, 200, 0);
		far_collect_until(to, &seen, 1, 10, 0);
	}
	g_assert_cmpuint(seen.n, >, 0);
	far_seen_clear(&seen);
}

static void
test_ports_come_and_go(gconstpointer data)
{
	struct bench bench;
	struct load load;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ROUND_ROBIN, "01", "01");
	load_begin(&load, &bench);
	for (guint i = 0; i < 15; i++) {
		publish(&bench, BOND_PLAN_ROUND_ROBIN, "0", "0");
		datapath_remove_port(bench.dp, 1);
		g_assert_cmpuint(xdp_on("p1"), ==, 0);
		add_port(&bench, 1);
		publish(&bench, i % 2 ? BOND_PLAN_BROADCAST : BOND_PLAN_ROUND_ROBIN, "01", "01");
		g_usleep(5000);
	}
	load_end(&load);
	expect_ports(&bench, "01");
	bench_end(&bench);
}

/* The plan still names it: its frames are counted as lost, those of the other port are not. */
static void
test_removed_before_plan(gconstpointer data)
{
	struct bench bench;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ROUND_ROBIN, "01", "01");
	datapath_remove_port(bench.dp, 1);
	far_send(bench.host, 0, 100, 200, 0);
	wait_drops(&bench, BOND_PORT_NONE, DATAPATH_DROP_PORT_GONE, 50);
	add_port(&bench, 1);
	expect_ports(&bench, "01");
	bench_end(&bench);
}

static void
test_admin_down(gconstpointer data)
{
	struct bench bench;
	struct load load;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ROUND_ROBIN, "01", "01");
	load_begin(&load, &bench);
	RUN("ip link set p1 down");
	wait_drops(&bench, 1, DATAPATH_DROP_PORT_DOWN, 1);
	RUN("ip link set p1 up");
	for (guint i = 0; i < 5; i++) {
		RUN("ip link set p1 down");
		g_usleep(20000);
		RUN("ip link set p1 up");
		g_usleep(20000);
	}
	load_end(&load);
	publish(&bench, BOND_PLAN_ONE, "1", "01");
	wait_flow(bench.host, bench.far->packet[1]);
	expect_ports(&bench, "01");
	bench_end(&bench);
}

/* A port that only receives has nothing that stalls; and it gets its frames again without having sent any. */
static void
test_admin_down_receiver(gconstpointer data)
{
	struct bench bench;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "01");
	RUN("ip link set p1 down");
	g_usleep(50000);
	RUN("ip link set p1 up");
	wait_flow(bench.far->packet[1], bench.host);
	publish(&bench, BOND_PLAN_ONE, "1", "01");
	RUN("ip link set p1 down");
	far_send(bench.host, 0, 100, 200, 0);
	publish(&bench, BOND_PLAN_ONE, "0", "01");
	RUN("ip link set p1 up");
	wait_flow(bench.far->packet[1], bench.host);
	expect_ports(&bench, "01");
	bench_end(&bench);
}

static void
test_far_end_cut(gconstpointer data)
{
	struct bench bench;
	struct load load;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_BROADCAST, "01", "01");
	load_begin(&load, &bench);
	for (guint i = 0; i < 10; i++) {
		FAR_RUN(bench.far, "ip link set f1 down");
		g_usleep(5000);
		FAR_RUN(bench.far, "ip link set f1 up");
		g_usleep(5000);
	}
	load_end(&load);
	expect_ports(&bench, "01");
	bench_end(&bench);
}

static void
test_device_removed(gconstpointer data)
{
	struct bench bench;
	struct load load;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ROUND_ROBIN, "01", "01");
	load_begin(&load, &bench);
	g_usleep(10000);
	RUN("ip link del p1");
	g_usleep(50000);
	publish(&bench, BOND_PLAN_ROUND_ROBIN, "0", "0");
	datapath_remove_port(bench.dp, 1);
	g_usleep(10000);
	load_end(&load);
	expect_ports(&bench, "0");
	bench_end(&bench);
}

static void
test_rename(gconstpointer data)
{
	struct bench bench;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	RUN("ip link set p1 down");
	RUN("ip link set p1 name other");
	RUN("ip link set other up");
	publish(&bench, BOND_PLAN_ONE, "1", "1");
	wait_flow(bench.host, bench.far->packet[1]);
	expect_ports(&bench, "01");
	/* Its sockets are opened anew by the new name. */
	publish(&bench, BOND_PLAN_ONE, "1", "1");
	RUN("ip link set other down");
	far_send(bench.host, 0, 100, 200, 0);
	RUN("ip link set other name another");
	RUN("ip link set another up");
	wait_flow(bench.host, bench.far->packet[1]);
	expect_ports(&bench, "01");
	datapath_remove_port(bench.dp, 1);
	g_assert_cmpuint(xdp_on("another"), ==, 0);
	bench_end(&bench);
}

static void
test_host_down(gconstpointer data)
{
	struct bench bench;
	struct load load;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ROUND_ROBIN, "01", "01");
	load_begin(&load, &bench);
	for (guint i = 0; i < 5; i++) {
		RUN("ip link set bond0 down");
		g_usleep(20000);
		RUN("ip link set bond0 up");
		g_usleep(20000);
	}
	load_end(&load);
	wait_running("bond0", TRUE);
	expect_ports(&bench, "01");
	bench_end(&bench);
}

static void
test_host_removed(gconstpointer data)
{
	struct bench bench;
	struct datapath_frame_census census;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ROUND_ROBIN, "01", "01");
	RUN("ip link del bond0");
	far_send(bench.far->packet[0], 0, 500, 200, 0);
	g_usleep(50000);
	datapath_frame_census(bench.dp, &census);
	g_assert_cmpuint(census.pool + census.fill + census.rx + census.tx + census.completion + census.held, ==,
			 census.total);
	datapath_remove_port(bench.dp, 0);
	g_assert_cmpuint(xdp_on("p0"), ==, 0);
	bench_end(&bench);
}

static void
test_carrier(gconstpointer data)
{
	struct bench bench;
	GError *error = NULL;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	for (guint i = 0; i < 3; i++) {
		g_assert_true(datapath_set_carrier(bench.dp, FALSE, &error));
		wait_running("bond0", FALSE);
		far_send(bench.far->packet[0], 0, 300, 200, 0);
		g_assert_true(datapath_set_carrier(bench.dp, TRUE, &error));
		wait_running("bond0", TRUE);
		drain_all(&bench);
		expect_all(bench.host, bench.far->packet[0], 300, 500, 0);
		expect_all(bench.far->packet[0], bench.host, 300, 500, 0);
	}
	bench_end(&bench);
}

static void
test_first_transmit(gconstpointer data)
{
	struct bench bench;
	guint64 generation;
	bond_time before;
	bond_time first;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	g_assert_cmpint(datapath_first_transmit(bench.dp, &generation), ==, 0);
	expect_all(bench.host, bench.far->packet[0], 100, 500, 0);
	first = datapath_first_transmit(bench.dp, &generation);
	g_assert_cmpuint(generation, ==, 1);
	expect_all(bench.host, bench.far->packet[0], 100, 500, 0);
	g_assert_cmpint(datapath_first_transmit(bench.dp, &generation), ==, first);
	before = g_get_monotonic_time() * 1000;
	g_assert_cmpint(first, <=, before);
	publish(&bench, BOND_PLAN_ONE, "1", "1");
	expect_all(bench.host, bench.far->packet[1], 100, 500, 0);
	g_assert_cmpint(datapath_first_transmit(bench.dp, &generation), >=, before);
	g_assert_cmpuint(generation, ==, 2);
	bench_end(&bench);
}

/* The next frame is this one. */
static void
expect_next(int fd, const guint8 *wanted, gsize len)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	guint8 frame[2000];
	gssize seen;

	g_assert_cmpint(poll(&wait, 1, PATIENCE_MS), ==, 1);
	seen = recv(fd, frame, sizeof(frame), MSG_DONTWAIT);
	g_assert_cmpmem(frame, seen, wanted, len);
}

/* Control frames leave although the plan sends nothing, and the program passes those that arrive. */
static void
test_control_frames(gconstpointer data)
{
	static const guint8 lacp[60] = {0x01, 0x80, 0xc2, 0, 0, 0x02, 2, 0, 0, 0, 0, 1, 0x88, 0x09, 1, 1};
	struct bench bench;
	GError *error = NULL;
	guint8 frame[2000];
	int port;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish(&bench, BOND_PLAN_DROP, "", "0");
	drain_all(&bench);
	g_assert_true(datapath_send(bench.dp, 0, lacp, sizeof(lacp), &error));
	expect_next(bench.far->packet[0], lacp, sizeof(lacp));
	g_assert_false(datapath_send(bench.dp, 1, lacp, sizeof(lacp), &error));
	g_assert_error(error, DATAPATH_ERROR, DATAPATH_ERROR_NO_DEVICE);
	g_clear_error(&error);
	port = far_packet_socket("p0");
	g_assert_cmpint(send(bench.far->packet[0], lacp, sizeof(lacp), 0), ==, sizeof(lacp));
	expect_next(port, lacp, sizeof(lacp));
	g_assert_cmpint(recv(bench.host, frame, sizeof(frame), MSG_DONTWAIT), <, 0);
	close(port);
	bench_end(&bench);
}

/* In a child that is killed with a bond on p0. */
static void
killed_daemon(enum datapath_host host)
{
	struct datapath_config config = {.name = "bond0", .host = host, .mtu = 1500, .mac = {{2, 0, 0, 0, 0, 1}}};
	struct datapath *dp = datapath_new(&config, NULL);

	if (dp == NULL || !datapath_add_port(dp, 0, "p0", (int) if_nametoindex("p0"), NULL))
		_exit(1);
	raise(SIGKILL);
}

static void
test_killed(gconstpointer data)
{
	struct bench bench = {.far = far_new(1500, 1)};
	struct datapath_config config = {.name = "bond0",
					 .host = (enum datapath_host) GPOINTER_TO_INT(data),
					 .mtu = 1500,
					 .mac = {{2, 0, 0, 0, 0, 1}}};
	GError *error = NULL;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		killed_daemon(config.host);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_true(WIFSIGNALED(status));
	g_assert_cmpuint(xdp_on("p0"), ==, 0);
	bench.dp = datapath_new(&config, &error);
	g_assert_no_error(error);
	add_port(&bench, 0);
	RUN("ip link set bond0 up");
	g_assert_true(datapath_set_carrier(bench.dp, TRUE, &error));
	wait_running("bond0", TRUE);
	bench.host = far_packet_socket("bond0");
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	expect_all(bench.host, bench.far->packet[0], 300, 500, 0);
	expect_all(bench.far->packet[0], bench.host, 300, 500, 0);
	bench_end(&bench);
}

static void
test_refusals(gconstpointer data)
{
	struct bench bench;
	struct datapath_config config = {
	    .name = "p1", .host = (enum datapath_host) GPOINTER_TO_INT(data), .mtu = 1500, .mac = {{2, 0, 0, 0, 0, 1}}};
	struct datapath *other;
	GError *error = NULL;

	bench_begin(&bench, config.host, 1500, 1);
	g_assert_null(datapath_new(&config, &error));
	g_assert_error(error, DATAPATH_ERROR, DATAPATH_ERROR_EXISTS);
	g_clear_error(&error);
	config.name = "bond0";
	g_assert_null(datapath_new(&config, &error));
	g_assert_error(error, DATAPATH_ERROR, DATAPATH_ERROR_EXISTS);
	g_clear_error(&error);
	/* A port of another bond, and one that is not there. */
	config.name = "bond1";
	other = datapath_new(&config, &error);
	g_assert_no_error(error);
	g_assert_false(datapath_add_port(other, 0, "p0", (int) if_nametoindex("p0"), &error));
	g_assert_error(error, DATAPATH_ERROR, DATAPATH_ERROR_BUSY);
	g_clear_error(&error);
	g_assert_false(datapath_add_port(other, 0, "nowhere", 9999, &error));
	g_assert_error(error, DATAPATH_ERROR, DATAPATH_ERROR_NO_DEVICE);
	g_clear_error(&error);
	datapath_free(other);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	expect_all(bench.host, bench.far->packet[0], 100, 500, 0);
	bench_end(&bench);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	libbpf_set_print(NULL);
	g_test_add_func("/datapath/foreign-program", test_foreign_program);
	bench_add_test("ports-come-and-go", test_ports_come_and_go);
	bench_add_test("removed-before-plan", test_removed_before_plan);
	bench_add_test("admin-down", test_admin_down);
	bench_add_test("admin-down-receiver", test_admin_down_receiver);
	bench_add_test("far-end-cut", test_far_end_cut);
	bench_add_test("device-removed", test_device_removed);
	bench_add_test("rename", test_rename);
	bench_add_test("host-down", test_host_down);
	bench_add_test("host-removed", test_host_removed);
	bench_add_test("carrier", test_carrier);
	bench_add_test("first-transmit", test_first_transmit);
	bench_add_test("control-frames", test_control_frames);
	bench_add_test("killed", test_killed);
	bench_add_test("refusals", test_refusals);
	return g_test_run();
}
