/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The datapath on real devices, in network namespaces of this process's own, with plans made by hand.
 */
#include "datapath/datapath.h"
#include "far-end.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_FRAMES 2000

struct bench {
	struct far_end *far;
	struct datapath *dp;
	guint64 generation;
	int host; /* raw socket on bond0 */
};

static const struct bond_mac bond_address = {{0x02, 0, 0, 0, 0, 0x01}};

/* A plan that sends by @tx over the ports of @slots ("01" is p0 and p1) and receives on those of @receive. */
static void
publish(struct bench *bench, enum bond_plan_tx tx, const char *slots, const char *receive)
{
	struct bond_plan *plan = g_new0(struct bond_plan, 1);

	plan->generation = ++bench->generation;
	plan->tx = tx;
	plan->packets_per_slave = 1;
	plan->igmp_port = BOND_PORT_NONE;
	for (; *slots != '\0'; slots++) {
		plan->slots[plan->n_slots++] = (bond_port_id) (*slots - '0');
		plan->usable |= G_GUINT64_CONSTANT(1) << (*slots - '0');
	}
	for (; *receive != '\0'; receive++)
		plan->rx[*receive - '0'] = BOND_PLAN_RX_ALL;
	datapath_publish(bench->dp, plan);
}

static void
add_port(struct bench *bench, guint id)
{
	g_autofree char *name = g_strdup_printf("p%u", id);
	GError *error = NULL;

	datapath_add_port(bench->dp, (bond_port_id) id, name, (int) if_nametoindex(name), &error);
	g_assert_no_error(error);
}

static guint
flags_of(const char *ifname)
{
	struct ifreq request = {0};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_strlcpy(request.ifr_name, ifname, sizeof(request.ifr_name));
	g_assert_cmpint(ioctl(fd, SIOCGIFFLAGS, &request), ==, 0);
	close(fd);
	return (guint) (guint16) request.ifr_flags;
}

static void
wait_running(const char *ifname, gboolean running)
{
	for (guint i = 0; i < 300 && ((flags_of(ifname) & IFF_RUNNING) != 0) != running; i++)
		g_usleep(10000);
	g_assert_cmpint((flags_of(ifname) & IFF_RUNNING) != 0, ==, running);
	/* The kernel attaches the queue a moment after it has set the flag. */
	g_usleep(10000);
}

static void
bench_begin(struct bench *bench, enum datapath_host host, guint mtu, guint n_ports)
{
	struct datapath_config config = {.name = "bond0", .host = host, .mac = bond_address, .mtu = mtu};
	GError *error = NULL;

	*bench = (struct bench){.far = far_new(mtu)};
	bench->dp = datapath_new(&config, &error);
	g_assert_no_error(error);
	for (guint id = 0; id < n_ports; id++)
		add_port(bench, id);
	RUN("sysctl -qw net.ipv6.conf.bond0.disable_ipv6=1");
	RUN("ip link set bond0 up");
	wait_running("bond0", FALSE);
	g_assert_true(datapath_set_carrier(bench->dp, TRUE, &error));
	wait_running("bond0", TRUE);
	bench->host = far_packet_socket("bond0");
}

/* Frames are all accounted for, and none is in anybody's hands for good. */
static void
check_census(struct bench *bench)
{
	struct datapath_frame_census census;

	for (guint i = 0; i < 100; i++) {
		datapath_frame_census(bench->dp, &census);
		g_assert_cmpuint(census.pool + census.fill + census.rx + census.tx + census.completion + census.held,
				 ==, census.total);
		if (census.held == 0 && census.tx == 0 && census.rx == 0)
			return;
		g_usleep(10000);
	}
	g_error("frames are not back: rx %u, tx %u, held %u", census.rx, census.tx, census.held);
}

static void
bench_end(struct bench *bench)
{
	check_census(bench);
	close(bench->host);
	datapath_free(bench->dp);
	g_assert_cmpuint(if_nametoindex("bond0"), ==, 0);
	far_free(bench->far);
}

static guint32
xdp_on(const char *ifname)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);

	g_assert_cmpint(bpf_xdp_query((int) if_nametoindex(ifname), 0, &opts), ==, 0);
	return opts.prog_id;
}

/* Sends @n frames into @from and wants all of them, whole, once, out of @to. */
static void
expect_all(int from, int to, guint n, gsize len, guint16 vlan)
{
	struct far_seen seen;
	guint sent = 0;

	far_seen_init(&seen, n);
	while (sent < n) {
		guint part = MIN(n - sent, 100);

		far_send(from, sent, part, len, vlan);
		sent += part;
		far_collect_until(to, &seen, sent, 2000, vlan);
	}
	g_assert_cmpuint(seen.n, ==, n);
	g_assert_cmpuint(seen.damaged, ==, 0);
	g_assert_cmpuint(seen.repeated, ==, 0);
	if (vlan != 0)
		g_assert_cmpuint(seen.tagged, ==, n);
	far_seen_clear(&seen);
}

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
	struct datapath_counters counters;
	struct far_seen seen;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	far_seen_init(&seen, 100);
	far_send(bench.far->packet[1], 0, 100, 100, 0);
	far_collect_until(bench.host, &seen, 1, 200, 0);
	g_assert_cmpuint(seen.n, ==, 0);
	g_assert_true(datapath_get_port_counters(bench.dp, 1, &counters));
	g_assert_cmpuint(counters.drops[DATAPATH_DROP_INACTIVE], ==, 100);
	publish(&bench, BOND_PLAN_ONE, "1", "01");
	expect_all(bench.far->packet[1], bench.host, 100, 100, 0);
	expect_all(bench.host, bench.far->packet[1], 100, 100, 0);
	publish(&bench, BOND_PLAN_DROP, "", "");
	far_send(bench.host, 0, 50, 100, 0);
	g_usleep(100000);
	datapath_get_counters(bench.dp, &counters);
	g_assert_cmpuint(counters.drops[DATAPATH_DROP_NO_PORT], >=, 50);
	far_seen_clear(&seen);
	bench_end(&bench);
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

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		GTestDataFunc func;
	} both[] = {
	    {"both-ways", test_both_ways},
	    {"inactive", test_inactive},
	};
	static const char *const hosts[] = {
	    [DATAPATH_HOST_TAP] = "tap",
	    [DATAPATH_HOST_VETH] = "veth",
	};

	g_test_init(&argc, &argv, NULL);
	libbpf_set_print(NULL);
	for (guint i = 0; i < G_N_ELEMENTS(both); i++) {
		for (guint host = 0; host < G_N_ELEMENTS(hosts); host++) {
			g_autofree char *path = g_strdup_printf("/datapath/%s/%s", hosts[host], both[i].name);

			g_test_add_data_func(path, GUINT_TO_POINTER(host), both[i].func);
		}
	}
	g_test_add_func("/datapath/foreign-program", test_foreign_program);
	return g_test_run();
}
