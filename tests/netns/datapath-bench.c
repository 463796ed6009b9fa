/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "datapath-bench.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct bond_mac bond_address = {{0x02, 0, 0, 0, 0, 0x01}};

void
publish(struct bench *bench, enum bond_plan_tx tx, const char *slots, const char *receive)
{
	publish_control(bench, tx, slots, receive, 0);
}

void
publish_port(struct bench *bench, bond_port_id id, guint control)
{
	struct bond_plan *plan = g_new0(struct bond_plan, 1);

	plan->generation = ++bench->generation;
	plan->tx = BOND_PLAN_ONE;
	plan->n_slots = 1;
	plan->slots[0] = id;
	plan->igmp_port = BOND_PORT_NONE;
	plan->control = control;
	datapath_publish(bench->dp, plan);
}

void
publish_control(struct bench *bench, enum bond_plan_tx tx, const char *slots, const char *receive, guint control)
{
	struct bond_plan *plan = g_new0(struct bond_plan, 1);

	plan->generation = ++bench->generation;
	plan->tx = tx;
	plan->packets_per_slave = 1;
	plan->igmp_port = BOND_PORT_NONE;
	plan->control = control;
	for (; *slots != '\0'; slots++) {
		plan->slots[plan->n_slots++] = (bond_port_id) (*slots - '0');
		plan->usable |= G_GUINT64_CONSTANT(1) << (*slots - '0');
	}
	for (; *receive != '\0'; receive++)
		plan->rx[*receive - '0'] = BOND_PLAN_RX_ALL;
	datapath_publish(bench->dp, plan);
}

void
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

/* The kernel attaches the queue a moment after it has set the flag, under a lock that a change of flags takes, too. */
static void
wait_for_link_work(const char *ifname)
{
	struct ifreq request = {.ifr_flags = (short) flags_of(ifname)};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_strlcpy(request.ifr_name, ifname, sizeof(request.ifr_name));
	g_assert_cmpint(ioctl(fd, SIOCSIFFLAGS, &request), ==, 0);
	close(fd);
}

void
wait_running(const char *ifname, gboolean running)
{
	for (guint i = 0; i < PATIENCE_MS / 10 && ((flags_of(ifname) & IFF_RUNNING) != 0) != running; i++)
		g_usleep(10000);
	g_assert_cmpint((flags_of(ifname) & IFF_RUNNING) != 0, ==, running);
	wait_for_link_work(ifname);
}

static void
bench_start(struct bench *bench, struct datapath_config *config, guint n_ports)
{
	GError *error = NULL;

	config->name = "bond0";
	config->mac = bond_address;
	*bench = (struct bench){.far = far_new(config->mtu, MAX(config->n_queues, 1))};
	bench->dp = datapath_new(config, &error);
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

void
bench_begin_queues(struct bench *bench, enum datapath_host host, guint mtu, guint n_ports, guint n_queues,
		   gboolean busy_poll)
{
	struct datapath_config config = {.host = host, .mtu = mtu, .n_queues = n_queues, .busy_poll = busy_poll};

	bench_start(bench, &config, n_ports);
}

void
bench_begin_frames(struct bench *bench, enum datapath_host host, guint n_ports, guint n_frames)
{
	struct datapath_config config = {.host = host, .mtu = 1500, .n_queues = 1, .n_frames = n_frames};

	bench_start(bench, &config, n_ports);
}

void
check_census(struct bench *bench)
{
	struct datapath_frame_census census;

	for (guint i = 0; i < PATIENCE_MS / 10; i++) {
		datapath_frame_census(bench->dp, &census);
		g_assert_cmpuint(census.pool + census.fill + census.rx + census.tx + census.completion + census.held,
				 ==, census.total);
		if (census.held == 0 && census.tx == 0 && census.rx == 0)
			return;
		g_usleep(10000);
	}
	g_error("frames are not back: rx %u, tx %u, held %u", census.rx, census.tx, census.held);
}

void
bench_end(struct bench *bench)
{
	check_census(bench);
	close(bench->host);
	datapath_free(bench->dp);
	g_assert_cmpuint(if_nametoindex("bond0"), ==, 0);
	far_free(bench->far);
}

static guint64
drops_of(struct bench *bench, bond_port_id id, enum datapath_drop cause)
{
	struct datapath_counters counters;

	if (id == BOND_PORT_NONE)
		datapath_get_counters(bench->dp, &counters);
	else
		g_assert_true(datapath_get_port_counters(bench->dp, id, &counters));
	return counters.drops[cause];
}

guint64
wait_drops(struct bench *bench, bond_port_id id, enum datapath_drop cause, guint64 n)
{
	for (guint i = 0; i < PATIENCE_MS / 10 && drops_of(bench, id, cause) < n; i++)
		g_usleep(10000);
	g_assert_cmpuint(drops_of(bench, id, cause), >=, n);
	return drops_of(bench, id, cause);
}

void
expect_all(int from, int to, guint n, gsize len, guint16 vlan)
{
	struct far_seen seen;
	guint sent = 0;

	far_seen_init(&seen, n);
	while (sent < n) {
		guint part = MIN(n - sent, 100);

		far_send(from, sent, part, len, vlan);
		sent += part;
		far_collect_until(to, &seen, sent, PATIENCE_MS, vlan);
	}
	g_assert_cmpuint(seen.n, ==, n);
	g_assert_cmpuint(seen.damaged, ==, 0);
	g_assert_cmpuint(seen.repeated, ==, 0);
	if (vlan != 0)
		g_assert_cmpuint(seen.tagged, ==, n);
	far_seen_clear(&seen);
}

void
bench_begin(struct bench *bench, enum datapath_host host, guint mtu, guint n_ports)
{
	bench_begin_queues(bench, host, mtu, n_ports, 1, FALSE);
}

void
bench_add_test(const char *name, GTestDataFunc func)
{
	static const char *const hosts[] = {
	    [DATAPATH_HOST_TAP] = "tap",
	    [DATAPATH_HOST_VETH] = "veth",
	    [DATAPATH_HOST_MIXED] = "mixed",
	};

	for (guint host = 0; host < G_N_ELEMENTS(hosts); host++) {
		g_autofree char *path = g_strdup_printf("/datapath/%s/%s", hosts[host], name);

		g_test_add_data_func(path, GUINT_TO_POINTER(host), func);
	}
}
