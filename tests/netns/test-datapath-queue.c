/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * queue_id: frames that tc maps to a queue leave by the port that has its number, all others by the mode. For TAP.
 */
#include "datapath-bench.h"

#include "queue.skel.h"

#include <bpf/libbpf.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_HEADERS 600

/* By the mode p0; mapped to 2 p1, to 3 p2, to 1 nobody's. */
static void
publish_queues(struct bench *bench)
{
	struct bond_plan *plan = g_new0(struct bond_plan, 1);

	plan->generation = ++bench->generation;
	plan->tx = BOND_PLAN_ONE;
	plan->n_slots = 1;
	plan->slots[0] = 0;
	plan->usable = 7;
	plan->igmp_port = BOND_PORT_NONE;
	plan->n_queues = 4;
	memset(plan->queue_port, BOND_PORT_NONE, sizeof(plan->queue_port));
	plan->queue_port[2] = 1;
	plan->queue_port[3] = 2;
	plan->rx[0] = plan->rx[1] = plan->rx[2] = BOND_PLAN_RX_ALL;
	datapath_publish(bench->dp, plan);
}

static guint64
sent_by(struct bench *bench, guint id)
{
	struct datapath_counters counters;

	g_assert_true(datapath_get_port_counters(bench->dp, (bond_port_id) id, &counters));
	return counters.tx_packets;
}

/* All frames of [@from, @from + @n) come out of @to and nothing else does. */
static void
expect_from_host(struct bench *bench, guint from, guint n, guint to)
{
	guint64 before[FAR_N_PORTS];
	struct far_seen seen;

	for (guint id = 0; id < FAR_N_PORTS; id++)
		before[id] = sent_by(bench, id);
	far_seen_init(&seen, from + n);
	for (guint part = 0; part < n; part += 100) {
		far_send(bench->host, from + part, 100, 200, 0);
		far_collect_until(bench->far->packet[to], &seen, part + 100, PATIENCE_MS, 0);
	}
	g_assert_cmpuint(seen.n, ==, n);
	g_assert_cmpuint(seen.damaged + seen.repeated, ==, 0);
	for (guint id = 0; id < FAR_N_PORTS; id++)
		g_assert_cmpuint(sent_by(bench, id) - before[id], ==, id == to ? n : 0);
	far_seen_clear(&seen);
}

static struct queue *
attach_mapping(void)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int) if_nametoindex("bond0"), .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct queue *program = queue__open_and_load();

	g_assert_nonnull(program);
	opts.prog_fd = bpf_program__fd(program->progs.map_by_number);
	g_assert_cmpint(bpf_tc_hook_create(&hook), ==, 0);
	g_assert_cmpint(bpf_tc_attach(&hook, &opts), ==, 0);
	return program;
}

static void
check_mapped(guint n_workers)
{
	static const guint ports[] = {0, 0, 1, 2};
	struct bench bench;
	struct queue *program;

	bench_begin_queues(&bench, DATAPATH_HOST_TAP, 1500, FAR_N_PORTS, n_workers, FALSE);
	publish_queues(&bench);
	program = attach_mapping();
	for (guint round = 0; round < 2; round++) {
		for (guint i = 0; i < G_N_ELEMENTS(ports); i++)
			expect_from_host(&bench, (round * 4 + i) * 1000, 1000, ports[i]);
	}
	/* Without a port that has a queue_id the mode decides for all. */
	publish(&bench, BOND_PLAN_ONE, "1", "1");
	expect_from_host(&bench, 3000, 1000, 1);
	queue__destroy(program);
	bench_end(&bench);
}

static void
test_mapped(void)
{
	check_mapped(1);
}

static void
test_mapped_workers(void)
{
	check_mapped(3);
}

/* The two ways of the kernel's documentation. */
static void
test_skbedit(void)
{
	struct bench bench;

	bench_begin(&bench, DATAPATH_HOST_TAP, 1500, FAR_N_PORTS);
	publish_queues(&bench);
	RUN("tc qdisc add dev bond0 clsact");
	if (far_try("tc filter add dev bond0 egress u32 match u32 0 0 action skbedit queue_mapping 3")) {
		expect_from_host(&bench, 0, 1000, 2);
		RUN("tc filter del dev bond0 egress");
		expect_from_host(&bench, 0, 1000, 0);
		if (far_try("tc qdisc add dev bond0 handle 1 root multiq")) {
			RUN("tc filter add dev bond0 parent 1: u32 match u32 0 0 action skbedit queue_mapping 2");
			expect_from_host(&bench, 0, 1000, 1);
		}
	} else {
		g_test_skip("this kernel has no skbedit");
	}
	bench_end(&bench);
}

/* Headers of many flows: IPv4, IPv6 and neither. */
static gsize
make_header(guint8 *frame, guint i)
{
	static const guint8 types[][2] = {{0x08, 0x00}, {0x86, 0xdd}, {0x88, 0xb5}};

	for (gsize at = 0; at < 100; at++)
		frame[at] = (guint8) (g_test_rand_int() & 0xff);
	frame[0] = 0x02;
	frame[6] = 0x02;
	memcpy(frame + 12, types[i % G_N_ELEMENTS(types)], 2);
	frame[14] = i % 3 == 0 ? 0x45 : 0x60;
	frame[23] = frame[20] = 17;
	return 100;
}

/* Flows that go to several workers are not taken for mapped ones. */
static void
test_hashed(void)
{
	struct bench bench;
	guint8 frame[100];

	bench_begin_queues(&bench, DATAPATH_HOST_TAP, 1500, FAR_N_PORTS, 4, FALSE);
	publish_queues(&bench);
	for (guint i = 0; i < N_HEADERS; i++) {
		gsize len = make_header(frame, i);

		g_assert_cmpint(send(bench.host, frame, len, 0), ==, len);
	}
	for (guint i = 0; i < PATIENCE_MS / 10 && sent_by(&bench, 0) < N_HEADERS; i++)
		g_usleep(10000);
	g_assert_cmpuint(sent_by(&bench, 0), ==, N_HEADERS);
	g_assert_cmpuint(sent_by(&bench, 1) + sent_by(&bench, 2), ==, 0);
	bench_end(&bench);
}

/* A frame that comes in by a NIC and is passed on carries that NIC's queue where a mapping stands. */
static void
test_passed_on(void)
{
	struct bench bench;
	int in;

	bench_begin(&bench, DATAPATH_HOST_TAP, 1500, FAR_N_PORTS);
	publish_queues(&bench);
	RUN("ip link add in0 numtxqueues 4 numrxqueues 4 type veth peer name in1 numtxqueues 4 numrxqueues 4");
	RUN("ethtool -K in1 gro on");
	RUN("tc qdisc add dev in0 clsact");
	RUN("tc qdisc add dev in1 clsact");
	RUN("tc filter add dev in1 ingress u32 match u32 0 0 action mirred egress redirect dev bond0");
	RUN("ip link set in1 up");
	RUN("ip link set in0 up");
	in = far_packet_socket("in0");
	for (guint i = 0; i < N_HEADERS; i++) {
		guint8 frame[100];
		gsize len = make_header(frame, i);

		g_assert_cmpint(send(in, frame, len, 0), ==, len);
	}
	for (guint i = 0; i < PATIENCE_MS / 10 && sent_by(&bench, 0) < N_HEADERS; i++)
		g_usleep(10000);
	g_assert_cmpuint(sent_by(&bench, 1) + sent_by(&bench, 2), ==, 0);
	g_assert_cmpuint(sent_by(&bench, 0), ==, N_HEADERS);
	close(in);
	RUN("ip link del in0");
	bench_end(&bench);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/datapath/queue/mapped", test_mapped);
	g_test_add_func("/datapath/queue/mapped-workers", test_mapped_workers);
	g_test_add_func("/datapath/queue/skbedit", test_skbedit);
	g_test_add_func("/datapath/queue/hashed", test_hashed);
	g_test_add_func("/datapath/queue/passed-on", test_passed_on);
	return g_test_run();
}
