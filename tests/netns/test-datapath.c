/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames through the datapath, on real devices in network namespaces of this process's own.
 */
#include "datapath-bench.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_both_ways(gconstpointer data)
{
	struct bench bench;
	struct datapath_counters counters;
	struct datapath_port_info info;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	expect_all(bench.host, bench.far->packet[0], N_FRAMES, 60, 0);
	expect_all(bench.host, bench.far->packet[0], N_FRAMES, 1514, 0);
	expect_all(bench.far->packet[0], bench.host, N_FRAMES, 60, 0);
	expect_all(bench.far->packet[0], bench.host, N_FRAMES, 1514, 0);
	g_assert_true(datapath_get_port_counters(bench.dp, 0, &counters));
	g_assert_cmpuint(counters.tx_packets, >=, 2 * N_FRAMES);
	g_assert_cmpuint(counters.rx_packets, >=, 2 * N_FRAMES);
	g_assert_cmpuint(counters.rx_bytes, >=, N_FRAMES * (60 + 1514));
	g_assert_true(datapath_get_port_info(bench.dp, 0, &info));
	g_assert_cmpint(info.xdp_mode, ==, DATAPATH_XDP_NATIVE);
	g_assert_cmpuint(info.n_queues, ==, 1);
	bench_end(&bench);
}

static void
test_inactive(gconstpointer data)
{
	struct bench bench;
	struct far_seen seen;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	far_seen_init(&seen, 100);
	far_send(bench.far->packet[1], 0, 100, 100, 0);
	far_collect_until(bench.host, &seen, 1, 200, 0);
	g_assert_cmpuint(seen.n, ==, 0);
	g_assert_cmpuint(wait_drops(&bench, 1, DATAPATH_DROP_INACTIVE, 100), ==, 100);
	far_collect(bench.host, &seen, 0);
	g_assert_cmpuint(seen.n, ==, 0);
	publish(&bench, BOND_PLAN_ONE, "1", "01");
	expect_all(bench.far->packet[1], bench.host, 100, 100, 0);
	expect_all(bench.host, bench.far->packet[1], 100, 100, 0);
	publish(&bench, BOND_PLAN_DROP, "", "");
	far_send(bench.host, 0, 50, 100, 0);
	wait_drops(&bench, BOND_PORT_NONE, DATAPATH_DROP_NO_PORT, 50);
	far_seen_clear(&seen);
	bench_end(&bench);
}

static void
test_broadcast(gconstpointer data)
{
	static const gsize lengths[] = {60, 700, 1514};
	struct bench bench;
	struct far_seen seen[FAR_N_PORTS];

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, FAR_N_PORTS);
	publish(&bench, BOND_PLAN_BROADCAST, "012", "0");
	for (guint i = 0; i < FAR_N_PORTS; i++)
		far_seen_init(&seen[i], 3 * N_FRAMES);
	for (guint part = 0; part < 3 * N_FRAMES; part += 100) {
		far_send(bench.host, part, 100, lengths[part / 100 % G_N_ELEMENTS(lengths)], 0);
		for (guint i = 0; i < FAR_N_PORTS; i++)
			far_collect_until(bench.far->packet[i], &seen[i], part + 100, PATIENCE_MS, 0);
	}
	for (guint i = 0; i < FAR_N_PORTS; i++) {
		g_assert_cmpuint(seen[i].n, ==, 3 * N_FRAMES);
		g_assert_cmpuint(seen[i].damaged, ==, 0);
		g_assert_cmpuint(seen[i].repeated, ==, 0);
		far_seen_clear(&seen[i]);
	}
	bench_end(&bench);
}

/* A port that does not take its copies must not hold up or damage those of the others. */
static void
test_broadcast_port_down(gconstpointer data)
{
	struct bench bench;
	struct far_seen seen;
	struct datapath_counters counters;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_BROADCAST, "01", "0");
	far_seen_init(&seen, N_FRAMES);
	RUN("ip link set p1 down");
	for (guint part = 0; part < N_FRAMES; part += 100) {
		far_send(bench.host, part, 100, 1000, 0);
		far_collect_until(bench.far->packet[0], &seen, part + 100, PATIENCE_MS, 0);
	}
	g_assert_cmpuint(seen.n, ==, N_FRAMES);
	g_assert_cmpuint(seen.damaged, ==, 0);
	g_assert_true(datapath_get_port_counters(bench.dp, 1, &counters));
	g_assert_cmpuint(counters.drops[DATAPATH_DROP_PORT_DOWN], >, 0);
	far_seen_clear(&seen);
	bench_end(&bench);
}

static void
test_round_robin(gconstpointer data)
{
	struct bench bench;
	struct far_seen seen[2];

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ROUND_ROBIN, "01", "01");
	for (guint i = 0; i < 2; i++)
		far_seen_init(&seen[i], N_FRAMES);
	for (guint part = 0; part < N_FRAMES; part += 100) {
		far_send(bench.host, part, 100, 200, 0);
		for (guint i = 0; i < 2; i++)
			far_collect_until(bench.far->packet[i], &seen[i], (part + 100) / 2, PATIENCE_MS, 0);
	}
	for (guint i = 0; i < 2; i++) {
		g_assert_cmpuint(seen[i].n, ==, N_FRAMES / 2);
		g_assert_cmpuint(seen[i].damaged + seen[i].repeated, ==, 0);
		far_seen_clear(&seen[i]);
	}
	expect_all(bench.far->packet[0], bench.host, 200, 200, 0);
	expect_all(bench.far->packet[1], bench.host, 200, 200, 0);
	bench_end(&bench);
}

static void
test_jumbo(gconstpointer data)
{
	static const gsize lengths[] = {60, 1514, 3840, 3841, 4096, 4097, 8000, 9014};
	struct bench bench;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 9000, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
		expect_all(bench.host, bench.far->packet[0], 300, lengths[i], 0);
		expect_all(bench.far->packet[0], bench.host, 300, lengths[i], 0);
	}
	bench_end(&bench);
}

/* The MTU grows after the bond was made for a small one. */
static void
test_mtu_grows(gconstpointer data)
{
	struct bench bench;
	GError *error = NULL;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	expect_all(bench.host, bench.far->packet[0], 100, 1514, 0);
	RUN("ip link set p0 mtu 9000");
	FAR_RUN(bench.far, "ip link set f0 mtu 9000");
	g_assert_true(datapath_set_mtu(bench.dp, 9000, &error));
	expect_all(bench.host, bench.far->packet[0], 300, 9014, 0);
	expect_all(bench.far->packet[0], bench.host, 300, 9014, 0);
	bench_end(&bench);
}

static void
ping_in_vlan(const struct bench *bench)
{
	RUN("ip addr add 10.9.7.1/24 dev bond0.7");
	RUN("ip link set bond0.7 up");
	FAR_RUN(bench->far, "ip link add link f0 name f0.7 type vlan id 7");
	FAR_RUN(bench->far, "ip addr add 10.9.7.2/24 dev f0.7");
	FAR_RUN(bench->far, "ip link set f0.7 up");
	RUN("ping -q -n -c 5 -i 0.01 -W 2 10.9.7.2");
	RUN("ping -q -n -c 5 -i 0.01 -W 2 -s 1472 -M do 10.9.7.2");
}

static void
test_vlan(gconstpointer data)
{
	struct bench bench;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	expect_all(bench.host, bench.far->packet[0], 300, 1518, 7);
	expect_all(bench.far->packet[0], bench.host, 300, 1518, 7);
	if (far_try("ip link add link bond0 name bond0.7 type vlan id 7"))
		ping_in_vlan(&bench);
	else
		g_test_message("this kernel has no VLAN devices: frames with tags only");
	bench_end(&bench);
}

/* What the stack is told of the next frame of the tests: PACKET_HOST, … */
static int
type_of_next(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	guint8 frame[200];

	g_assert_cmpint(poll(&wait, 1, PATIENCE_MS), ==, 1);
	g_assert_cmpint(recvfrom(fd, frame, sizeof(frame), 0, (struct sockaddr *) &from, &len), >, 0);
	return from.sll_pkttype;
}

static int
send_to(struct bench *bench, int fd, const guint8 *destination)
{
	guint8 frame[100];

	far_frame_make(frame, sizeof(frame), 1, 0);
	memcpy(frame, destination, 6);
	g_assert_cmpint(send(bench->far->packet[0], frame, sizeof(frame), 0), ==, sizeof(frame));
	return type_of_next(fd);
}

/* Frames for others, which a switch floods, are not taken for the host's own: it would route them. */
static void
test_addresses(gconstpointer data)
{
	static const guint8 own[] = {0x02, 0, 0, 0, 0, 0x01};
	static const guint8 other[] = {0x02, 0, 0, 0, 0, 0x02};
	static const guint8 every[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct bond_mac mac = {{0x02, 0, 0, 0, 0, 0x02}};
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(FAR_ETHERTYPE)};
	struct bench bench;
	GError *error = NULL;
	int fd;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	address.sll_ifindex = (int) if_nametoindex("bond0");
	g_assert_cmpint(bind(fd, (struct sockaddr *) &address, sizeof(address)), ==, 0);
	g_assert_cmpint(send_to(&bench, fd, own), ==, PACKET_HOST);
	g_assert_cmpint(send_to(&bench, fd, other), ==, PACKET_OTHERHOST);
	g_assert_cmpint(send_to(&bench, fd, every), ==, PACKET_BROADCAST);
	g_assert_true(datapath_set_mac(bench.dp, &mac, &error));
	g_assert_cmpint(send_to(&bench, fd, own), ==, PACKET_OTHERHOST);
	g_assert_cmpint(send_to(&bench, fd, other), ==, PACKET_HOST);
	close(fd);
	bench_end(&bench);
}

/* Frames for and from machines behind a bridge pass a bond that is its port. */
static void
test_bridged(gconstpointer data)
{
	struct bench bench;
	int machine;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	RUN("ip link add br0 type bridge forward_delay 0 mcast_snooping 0");
	RUN("ip link add in0 numtxqueues 1 numrxqueues 1 type veth peer name in1 numtxqueues 1 numrxqueues 1");
	RUN("sysctl -qw net.ipv6.conf.br0.disable_ipv6=1 net.ipv6.conf.in0.disable_ipv6=1 "
	    "net.ipv6.conf.in1.disable_ipv6=1");
	RUN("ip link set bond0 master br0");
	RUN("ip link set in1 master br0");
	RUN("ip link set in0 up");
	RUN("ip link set in1 up");
	RUN("ip link set br0 up");
	machine = far_packet_socket("in0");
	expect_all(machine, bench.far->packet[0], 500, 200, 0);
	expect_all(bench.far->packet[0], machine, 500, 200, 0);
	expect_all(machine, bench.far->packet[0], 500, 1514, 0);
	expect_all(bench.far->packet[0], machine, 500, 1514, 0);
	close(machine);
	RUN("ip link del br0");
	RUN("ip link del in0");
	bench_end(&bench);
}

/* Frames that the port took, and those that came too fast. */
static guint64
counted(struct bench *bench, bond_port_id id, struct datapath_counters *counters)
{
	g_assert_true(datapath_get_port_counters(bench->dp, id, counters));
	return counters->rx_packets + counters->drops[DATAPATH_DROP_RX_FULL];
}

/* What comes faster than it is taken is counted, too. */
static void
test_overrun(gconstpointer data)
{
	struct bench bench;
	struct datapath_counters counters;
	struct far_seen seen;

	bench_begin_frames(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 2, 64);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	far_seen_init(&seen, N_FRAMES);
	far_send(bench.far->packet[0], 0, N_FRAMES, 100, 0);
	for (guint i = 0; i < PATIENCE_MS / 10 && counted(&bench, 0, &counters) < N_FRAMES; i++)
		g_usleep(10000);
	far_collect_until(bench.host, &seen, counters.rx_packets, PATIENCE_MS, 0);
	g_assert_cmpuint(counters.rx_packets, ==, seen.n);
	g_assert_cmpuint(counters.drops[DATAPATH_DROP_RX_FULL], >, 0);
	g_assert_cmpuint(counters.rx_packets + counters.drops[DATAPATH_DROP_RX_FULL], ==, N_FRAMES);
	datapath_get_counters(bench.dp, &counters);
	g_assert_cmpuint(counters.drops[DATAPATH_DROP_RX_FULL], ==, N_FRAMES - seen.n);
	/* It is not counted twice when the sockets are closed and opened. */
	RUN("ip link set p0 down");
	far_send(bench.host, 0, 20, 100, 0);
	RUN("ip link set p0 up");
	g_usleep(300000);
	g_assert_true(datapath_get_port_counters(bench.dp, 0, &counters));
	g_assert_cmpuint(counters.drops[DATAPATH_DROP_RX_FULL], ==, N_FRAMES - seen.n);
	far_seen_clear(&seen);
	bench_end(&bench);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	bench_add_test("both-ways", test_both_ways);
	bench_add_test("inactive", test_inactive);
	bench_add_test("broadcast", test_broadcast);
	bench_add_test("broadcast-port-down", test_broadcast_port_down);
	bench_add_test("round-robin", test_round_robin);
	bench_add_test("jumbo", test_jumbo);
	bench_add_test("mtu-grows", test_mtu_grows);
	bench_add_test("vlan", test_vlan);
	bench_add_test("addresses", test_addresses);
	bench_add_test("bridged", test_bridged);
	bench_add_test("overrun", test_overrun);
	return g_test_run();
}
