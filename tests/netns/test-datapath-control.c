/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames on their way to the control thread: by the rings of the workers, and by sockets beside them.
 */
#include "datapath-bench.h"

#include "datapath/control-socket.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLOW_PROTOCOLS 0x8809

static const struct bond_mac slow_group = {{0x01, 0x80, 0xc2, 0, 0, 0x02}};
static const struct bond_mac everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
static const struct bond_mac far_mac = {{0x02, 0xfa, 0, 0, 0, 0x01}};

static bond_time
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * BOND_SEC + ts.tv_nsec;
}

/* --- Frames --- */

struct made_frame {
	guint8 b[128];
	gsize len;
};

static void
append(struct made_frame *frame, const void *bytes, gsize len)
{
	g_assert_cmpuint(frame->len + len, <=, sizeof(frame->b));
	memcpy(frame->b + frame->len, bytes, len);
	frame->len += len;
}

static void
append16(struct made_frame *frame, guint16 value)
{
	const guint16 be = GUINT16_TO_BE(value);

	append(frame, &be, sizeof(be));
}

/* A header with up to two tags; the payload is @mark over and over, with @byte at @offset. */
static struct made_frame
make_frame(const struct bond_mac *dst, guint n_tags, guint16 ethertype, guint offset, guint8 byte, guint8 mark)
{
	struct made_frame frame = {.len = 0};
	gsize start;

	append(&frame, dst->b, BOND_ETH_ALEN);
	append(&frame, far_mac.b, BOND_ETH_ALEN);
	for (guint i = 0; i < n_tags; i++) {
		append16(&frame, i == 0 && n_tags > 1 ? 0x88a8 : 0x8100);
		append16(&frame, (guint16) (7 + i));
	}
	append16(&frame, ethertype);
	start = frame.len;
	for (guint i = 0; i < 64; i++)
		append(&frame, &mark, 1);
	frame.b[start + offset] = byte;
	return frame;
}

static struct made_frame
make_arp(guint n_tags, guint8 mark)
{
	return make_frame(&everybody, n_tags, 0x0806, 7, 1, mark);
}

/* IPv6 with an ICMPv6 message of @type. */
static struct made_frame
make_icmp6(guint n_tags, guint8 type, guint8 mark)
{
	struct made_frame frame = make_frame(&everybody, n_tags, 0x86dd, 6, 58, mark);

	frame.b[14 + 4 * n_tags + 40] = type;
	return frame;
}

static void
send_frame(int fd, const struct made_frame *frame)
{
	while (send(fd, frame->b, frame->len, 0) < 0) {
		g_assert_true(errno == ENOBUFS || errno == EAGAIN);
		g_usleep(100);
	}
}

/* --- What the control thread gets --- */

struct got {
	enum datapath_origin origin;
	bond_port_id id;
	bond_time time;
	struct made_frame frame;
};

static void
collect(void *user, enum datapath_origin origin, bond_port_id id, const guint8 *frame, gsize len, bond_time time)
{
	GArray *all = user;
	struct got got = {.origin = origin, .id = id, .time = time};

	got.frame.len = len;
	memcpy(got.frame.b, frame, MIN(len, sizeof(got.frame.b)));
	g_array_append_val(all, got);
}

/* Until @n have come, or nothing comes any more. */
static GArray *
read_control(struct bench *bench, guint n)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct got));
	struct pollfd fd = {.fd = datapath_control_fd(bench->dp), .events = POLLIN};

	while (all->len < n && poll(&fd, 1, PATIENCE_MS) == 1) {
		while (datapath_read_control(bench->dp, collect, all))
			continue;
	}
	return all;
}

static void
check_got(const GArray *all, guint n, enum datapath_origin origin, bond_port_id id, const struct made_frame *frame)
{
	const struct got *got = &g_array_index(all, struct got, n);

	g_assert_cmpuint(n, <, all->len);
	g_assert_cmpint(got->origin, ==, origin);
	g_assert_cmpuint(got->id, ==, id);
	g_assert_cmpmem(got->frame.b, got->frame.len, frame->b, frame->len);
	g_assert_cmpint(got->time, <=, now());
	g_assert_cmpint(got->time, >, now() - 5 * BOND_SEC);
}

/* kernel-semantics 27: what a monitor must see is copied on inactive ports too, before anything is dropped. */
static void
test_copies(gconstpointer data)
{
	const struct made_frame frames[] = {make_arp(0, 1),	   make_icmp6(0, 135, 2), make_arp(1, 3),
					    make_icmp6(2, 136, 4), make_arp(2, 5),	  make_arp(0, 6)};
	const struct made_frame others[] = {make_icmp6(0, 128, 7), make_frame(&everybody, 0, 0x0800, 9, 58, 8),
					    make_frame(&everybody, 1, 0x8035, 0, 0, 9)};
	struct datapath_counters counters;
	struct bench bench;
	g_autoptr(GArray) all = NULL;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish_control(&bench, BOND_PLAN_ONE, "0", "0", BOND_PLAN_COPY_ARP | BOND_PLAN_COPY_ND);
	for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
		send_frame(bench.far->packet[1], &frames[i]);
		send_frame(bench.far->packet[1], &others[i % G_N_ELEMENTS(others)]);
	}
	all = read_control(&bench, G_N_ELEMENTS(frames));
	/* All have been looked at. */
	g_assert_cmpuint(wait_drops(&bench, 1, DATAPATH_DROP_INACTIVE, 2 * G_N_ELEMENTS(frames)), ==,
			 2 * G_N_ELEMENTS(frames));
	g_assert_false(datapath_read_control(bench.dp, collect, all));
	g_assert_cmpuint(all->len, ==, G_N_ELEMENTS(frames));
	for (guint i = 0; i < G_N_ELEMENTS(frames); i++)
		check_got(all, i, DATAPATH_FROM_WIRE, 1, &frames[i]);
	g_assert_true(datapath_get_port_counters(bench.dp, 1, &counters));
	g_assert_cmpuint(counters.drops[DATAPATH_DROP_CONTROL_FULL], ==, 0);
	bench_end(&bench);
}

/* Only what the plan names; and the host has its own of each. */
static void
test_flags(gconstpointer data)
{
	const struct made_frame arp = make_arp(0, 1);
	const struct made_frame nd = make_icmp6(0, 135, 2);
	struct bench bench;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	for (guint flags = 0; flags < 4; flags++) {
		struct made_frame wanted[2];
		guint n = 0;
		g_autoptr(GArray) all = NULL;

		if ((flags & BOND_PLAN_COPY_ARP) != 0)
			wanted[n++] = arp;
		if ((flags & BOND_PLAN_COPY_ND) != 0)
			wanted[n++] = nd;
		publish_control(&bench, BOND_PLAN_ONE, "0", "0", flags);
		expect_all(bench.far->packet[0], bench.host, 10, 100, 0);
		send_frame(bench.far->packet[0], &arp);
		send_frame(bench.far->packet[0], &nd);
		expect_all(bench.far->packet[0], bench.host, 10, 100, 0);
		all = read_control(&bench, n);
		g_assert_cmpuint(all->len, ==, n);
		for (guint i = 0; i < n; i++)
			check_got(all, i, DATAPATH_FROM_WIRE, 0, &wanted[i]);
	}
	bench_end(&bench);
}

/* Frames of the host that the plan leaves to the control thread: it has the only copy. */
static void
test_hand(gconstpointer data)
{
	const struct made_frame frame = make_arp(0, 1);
	guint8 seen[2048];
	struct pollfd far = {.events = POLLIN};
	struct bench bench;
	GError *error = NULL;
	g_autoptr(GArray) all = NULL;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish_port(&bench, BOND_PORT_CONTROL, 0);
	far.fd = bench.far->packet[0];
	send_frame(bench.host, &frame);
	all = read_control(&bench, 1);
	check_got(all, 0, DATAPATH_FROM_HOST, BOND_PORT_NONE, &frame);
	g_assert_cmpint(poll(&far, 1, 50), ==, 0);
	g_assert_true(datapath_send(bench.dp, 0, frame.b, frame.len, &error));
	g_assert_cmpint(poll(&far, 1, PATIENCE_MS), ==, 1);
	g_assert_cmpint(recv(far.fd, seen, sizeof(seen), 0), ==, frame.len);
	g_assert_cmpmem(seen, frame.len, frame.b, frame.len);
	bench_end(&bench);
}

static guint
count_from(const GArray *all, enum datapath_origin origin)
{
	guint n = 0;

	for (guint i = 0; i < all->len; i++)
		n += g_array_index(all, struct got, i).origin == origin;
	return n;
}

/* Nobody reads: what is too much is dropped and counted, what was there first stays, and the host's have room. */
static void
test_full(gconstpointer data)
{
	const struct made_frame frame = make_arp(0, 1);
	struct datapath_counters counters;
	struct bench bench;
	const guint n = 3000;
	guint from_wire;
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct got));

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish_port(&bench, BOND_PORT_CONTROL, BOND_PLAN_COPY_ARP);
	for (guint i = 0; i < n; i++)
		send_frame(bench.far->packet[0], &frame);
	wait_drops(&bench, 0, DATAPATH_DROP_CONTROL_FULL, 1);
	send_frame(bench.host, &frame);
	for (guint i = 0; i < PATIENCE_MS / 10 && count_from(all, DATAPATH_FROM_HOST) == 0; i++) {
		g_usleep(10000);
		while (datapath_read_control(bench.dp, collect, all))
			continue;
	}
	g_assert_cmpuint(count_from(all, DATAPATH_FROM_HOST), ==, 1);
	from_wire = count_from(all, DATAPATH_FROM_WIRE);
	g_assert_cmpuint(from_wire, >=, 500);
	g_assert_true(datapath_get_port_counters(bench.dp, 0, &counters));
	g_assert_cmpuint(counters.drops[DATAPATH_DROP_CONTROL_FULL], >, 0);
	g_assert_cmpuint(counters.drops[DATAPATH_DROP_CONTROL_FULL], <=, n - from_wire);
	bench_end(&bench);
}

/* A call takes a bounded number, and says that there are more. */
static void
test_budget(gconstpointer data)
{
	const struct made_frame frame = make_arp(0, 1);
	struct bench bench;
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct got));
	guint calls = 1;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish_control(&bench, BOND_PLAN_ONE, "0", "", BOND_PLAN_COPY_ARP);
	for (guint i = 0; i < 500; i++)
		send_frame(bench.far->packet[0], &frame);
	wait_drops(&bench, 0, DATAPATH_DROP_INACTIVE, 500);
	for (; datapath_read_control(bench.dp, collect, all); calls++)
		g_assert_cmpuint(all->len, <=, 64 * calls);
	g_assert_cmpuint(calls, >=, 500 / 64);
	g_assert_cmpuint(all->len, ==, 500);
	bench_end(&bench);
}

static void
test_stamps(gconstpointer data)
{
	struct bench bench;
	bond_time before;
	bond_time first;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	expect_all(bench.far->packet[0], bench.host, 10, 100, 0);
	g_assert_cmpint(datapath_last_rx(bench.dp, 0), ==, 0);
	publish_control(&bench, BOND_PLAN_ONE, "0", "0", BOND_PLAN_STAMP_RX);
	before = now();
	expect_all(bench.far->packet[0], bench.host, 10, 100, 0);
	first = datapath_last_rx(bench.dp, 0);
	g_assert_cmpint(first, >=, before);
	g_assert_cmpint(first, <=, now());
	/* Inactive ports count, and the others stay as they are. */
	g_assert_cmpint(datapath_last_rx(bench.dp, 1), ==, 0);
	far_send(bench.far->packet[1], 0, 1, 60, 0);
	for (guint i = 0; i < PATIENCE_MS / 10 && datapath_last_rx(bench.dp, 1) == 0; i++)
		g_usleep(10000);
	g_assert_cmpint(datapath_last_rx(bench.dp, 1), >, first);
	g_assert_cmpint(datapath_last_rx(bench.dp, 0), ==, first);
	/* The next port of the number begins anew. */
	publish(&bench, BOND_PLAN_DROP, "", "");
	datapath_remove_port(bench.dp, 0);
	add_port(&bench, 0);
	g_assert_cmpint(datapath_last_rx(bench.dp, 0), ==, 0);
	bench_end(&bench);
}

/* Data that is no ARP and no IPv6 says nothing, then. */
static void
test_stamps_of_arp(gconstpointer data)
{
	const struct made_frame frames[] = {make_arp(0, 1), make_arp(2, 1), make_icmp6(0, 135, 1),
					    make_icmp6(1, 143, 1)};
	struct bench bench;
	bond_time last = 0;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish_control(&bench, BOND_PLAN_ONE, "0", "0", BOND_PLAN_STAMP_ARP);
	for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
		expect_all(bench.far->packet[0], bench.host, 10, 100, 0);
		g_assert_cmpint(datapath_last_rx(bench.dp, 0), ==, last);
		send_frame(bench.far->packet[0], &frames[i]);
		for (guint n = 0; n < PATIENCE_MS / 10 && datapath_last_rx(bench.dp, 0) == last; n++)
			g_usleep(10000);
		g_assert_cmpint(datapath_last_rx(bench.dp, 0), >, last);
		last = datapath_last_rx(bench.dp, 0);
	}
	bench_end(&bench);
}

/* What a port received before it left is not taken for its successor's. */
static void
test_port_replaced(gconstpointer data)
{
	const struct made_frame frame = make_arp(0, 1);
	const struct made_frame later = make_arp(0, 2);
	struct bench bench;
	g_autoptr(GArray) all = NULL;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish_control(&bench, BOND_PLAN_ONE, "0", "0", BOND_PLAN_COPY_ARP);
	for (guint i = 0; i < 10; i++)
		send_frame(bench.far->packet[0], &frame);
	g_usleep(50000);
	datapath_remove_port(bench.dp, 0);
	add_port(&bench, 0);
	send_frame(bench.far->packet[0], &later);
	all = read_control(&bench, 1);
	g_assert_cmpuint(all->len, ==, 1);
	check_got(all, 0, DATAPATH_FROM_WIRE, 0, &later);
	bench_end(&bench);
}

/* --- Addresses --- */

static const struct bond_mac own_mac[] = {{{0x02, 0, 0, 0, 0x01, 0}}, {{0x02, 0, 0, 0, 0x01, 1}}};
static const struct bond_mac bond_mac = {{0x02, 0, 0, 0, 0, 0x01}};

/* As balance-alb has it: p0 is the current port, both leave with addresses of their own. */
static void
publish_balance(struct bench *bench)
{
	struct bond_plan *plan = g_new0(struct bond_plan, 1);

	plan->generation = ++bench->generation;
	plan->tx = BOND_PLAN_BALANCE;
	plan->by_destination = TRUE;
	plan->unbalanced = 0;
	memset(plan->table, 1, sizeof(plan->table));
	plan->igmp_port = BOND_PORT_NONE;
	plan->rx[0] = BOND_PLAN_RX_ALL;
	plan->rx[1] = BOND_PLAN_RX_OWN;
	plan->source_ports = 3;
	plan->rewrite_destination = TRUE;
	plan->bond_mac = bond_mac;
	memcpy(plan->port_mac, own_mac, sizeof(own_mac));
	datapath_publish(bench->dp, plan);
}

/* The first frame of our payload that comes to @fd; its addresses are checked, and that the rest is as it was. */
static void
expect_frame(int fd, const struct made_frame *sent, const struct bond_mac *dst, const struct bond_mac *src)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	guint8 seen[2048];

	while (poll(&pollfd, 1, PATIENCE_MS) == 1) {
		gssize len = recv(fd, seen, sizeof(seen), 0);

		if (len != (gssize) sent->len || memcmp(seen + 12, sent->b + 12, sent->len - 12) != 0)
			continue;
		g_assert_cmpmem(seen, BOND_ETH_ALEN, dst->b, BOND_ETH_ALEN);
		g_assert_cmpmem(seen + BOND_ETH_ALEN, BOND_ETH_ALEN, src->b, BOND_ETH_ALEN);
		return;
	}
	g_error("a frame did not arrive");
}

static guint64
sum_of_loads(struct datapath *dp, guint from, guint to)
{
	guint64 loads[BOND_PLAN_TABLE_SIZE + 1];
	guint64 sum = 0;

	datapath_get_loads(dp, loads);
	for (guint i = from; i < to; i++)
		sum += loads[i];
	return sum;
}

/* kernel-semantics 29, 41: each port has its own address towards the peers, the host has one. */
static void
test_addresses(gconstpointer data)
{
	const struct made_frame balanced = make_frame(&far_mac, 0, 0x0800, 0, 0x45, 1);
	const struct made_frame current = make_frame(&far_mac, 0, FAR_ETHERTYPE, 0, 0, 2);
	const struct made_frame to_own = make_frame(&own_mac[1], 0, FAR_ETHERTYPE, 0, 0, 3);
	const struct made_frame flooded = make_frame(&bond_mac, 0, FAR_ETHERTYPE, 0, 0, 4);
	struct datapath_counters counters;
	struct bench bench;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish_balance(&bench);
	send_frame(bench.host, &balanced);
	expect_frame(bench.far->packet[1], &balanced, &far_mac, &own_mac[1]);
	send_frame(bench.host, &current);
	expect_frame(bench.far->packet[0], &current, &far_mac, &own_mac[0]);
	g_assert_cmpuint(sum_of_loads(bench.dp, 0, BOND_PLAN_TABLE_SIZE), ==, balanced.len);
	g_assert_cmpuint(sum_of_loads(bench.dp, BOND_PLAN_TABLE_SIZE, BOND_PLAN_TABLE_SIZE + 1), >=, current.len);
	send_frame(bench.far->packet[1], &to_own);
	expect_frame(bench.host, &to_own, &bond_mac, &far_mac);
	/* The current port gets it, too: the host must not see it twice. */
	send_frame(bench.far->packet[1], &flooded);
	send_frame(bench.far->packet[0], &flooded);
	expect_frame(bench.host, &flooded, &bond_mac, &far_mac);
	wait_drops(&bench, 1, DATAPATH_DROP_INACTIVE, 1);
	g_assert_true(datapath_get_port_counters(bench.dp, 1, &counters));
	g_assert_cmpuint(counters.rx_packets, ==, 1);
	bench_end(&bench);
}

/* --- Ports that refuse frames --- */

/* What the bell tells of after the host has sent a frame; 0 if it does not ring within @ms. */
static guint64
suspects_after_frame(struct bench *bench, int ms)
{
	struct pollfd fd = {.fd = datapath_control_fd(bench->dp), .events = POLLIN};

	far_send(bench->host, 0, 1, 200, 0);
	return poll(&fd, 1, ms) == 1 ? datapath_take_suspects(bench->dp) : 0;
}

/* The first frame that a port does not take tells of it, before the kernel's news can. */
static void
test_suspects(gconstpointer data)
{
	struct bench bench;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ONE, "1", "01");
	g_assert_cmphex(suspects_after_frame(&bench, 50), ==, 0);
	FAR_RUN(bench.far, "ip link set f1 down");
	g_assert_cmphex(suspects_after_frame(&bench, PATIENCE_MS), ==, 2);
	g_assert_cmphex(datapath_take_suspects(bench.dp), ==, 0);
	/* It is told again, if not for each frame. */
	g_usleep(20000);
	g_assert_cmphex(suspects_after_frame(&bench, PATIENCE_MS), ==, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "01");
	g_assert_cmphex(suspects_after_frame(&bench, 50), ==, 0);
	RUN("ip link set p0 down");
	g_assert_cmphex(suspects_after_frame(&bench, PATIENCE_MS), ==, 1);
	RUN("ip link set p0 up");
	FAR_RUN(bench.far, "ip link set f1 up");
	bench_end(&bench);
}

#define N_REFUSED 20

/* Sends frames that p1 refuses, waits until it has, and lets another plan send by p0 after @ms. */
static void
refuse_frames(struct bench *bench, guint ms)
{
	struct pollfd fd = {.fd = datapath_control_fd(bench->dp), .events = POLLIN};

	publish(bench, BOND_PLAN_ONE, "1", "01");
	g_usleep(20000);
	(void) datapath_take_suspects(bench->dp);
	far_send(bench->host, 0, N_REFUSED, 200, 0);
	g_assert_cmpint(poll(&fd, 1, PATIENCE_MS), ==, 1);
	g_usleep(ms * 1000);
	publish(bench, BOND_PLAN_ONE, "0", "01");
}

/* Numbered frames that came out of f0, in order. */
static guint
count_in_order(struct bench *bench)
{
	struct pollfd fd = {.fd = bench->far->packet[0], .events = POLLIN};
	guint8 frame[2000];
	guint n = 0;

	while (poll(&fd, 1, 100) == 1) {
		gssize len = recv(fd.fd, frame, sizeof(frame), MSG_DONTWAIT);
		guint32 seq;
		guint16 vlan;

		if (len > 0 && far_frame_check(frame, (gsize) len, &seq, &vlan))
			g_assert_cmpuint(seq, ==, n++);
	}
	return n;
}

/* What a port refused leaves by the plan that follows at once, and not by one that comes late. */
static void
test_refused(gconstpointer data)
{
	struct bench bench;
	guint n = 0;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	FAR_RUN(bench.far, "ip link set f1 down");
	/* This thread may be the one that is late. */
	for (guint i = 0; i < 100 && n < N_REFUSED; i++) {
		refuse_frames(&bench, 1);
		n = count_in_order(&bench);
	}
	g_assert_cmpuint(n, ==, N_REFUSED);
	refuse_frames(&bench, 100);
	g_assert_cmpuint(count_in_order(&bench), ==, 0);
	FAR_RUN(bench.far, "ip link set f1 up");
	bench_end(&bench);
}

/* The first burst that meets a device that is down is kept, too; the port's sockets are closed then. */
static void
test_refused_by_down(gconstpointer data)
{
	struct bench bench;
	guint n = 0;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	for (guint i = 0; i < 50 && n == 0; i++) {
		publish(&bench, BOND_PLAN_ONE, "1", "01");
		g_usleep(20000);
		RUN("ip link set p1 down");
		refuse_frames(&bench, 1);
		n = count_in_order(&bench);
		RUN("ip link set p1 up");
		/* Its sockets are there again. */
		publish(&bench, BOND_PLAN_ONE, "1", "01");
		while (suspects_after_frame(&bench, 100) != 0)
			g_usleep(20000);
		g_usleep(100000);
	}
	g_assert_cmpuint(n, >, 0);
	bench_end(&bench);
}

/* --- Beside the rings --- */

static void
note_slow(void *user, const guint8 *frame, gsize len)
{
	GArray *all = user;
	struct made_frame copy = {.len = len};

	memcpy(copy.b, frame, MIN(len, sizeof(copy.b)));
	g_array_append_val(all, copy);
}

static void
wait_slow(struct control_socket *socket, GArray *all, guint n, int ms)
{
	struct pollfd fd = {.fd = control_socket_fd(socket), .events = POLLIN};

	while (all->len < n && poll(&fd, 1, ms) == 1)
		(void) control_socket_read(socket, note_slow, all);
}

/* Only what the device received for the group, whatever the data rings do. */
static void
test_socket(gconstpointer data)
{
	const struct made_frame pdu = make_frame(&slow_group, 0, SLOW_PROTOCOLS, 0, 1, 1);
	const struct made_frame own = make_frame(&slow_group, 0, SLOW_PROTOCOLS, 0, 1, 2);
	const struct made_frame not_group = make_frame(&everybody, 0, SLOW_PROTOCOLS, 0, 1, 3);
	const struct made_frame lldp = make_frame(&slow_group, 0, 0x88cc, 0, 1, 4);
	struct bench bench;
	struct control_socket *socket;
	GError *error = NULL;
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct made_frame));

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	/* No plan is needed: it works where no data may flow. */
	socket = control_socket_new((int) if_nametoindex("p0"), SLOW_PROTOCOLS, &slow_group, &error);
	g_assert_no_error(error);
	send_frame(bench.far->packet[0], &not_group);
	send_frame(bench.far->packet[0], &lldp);
	send_frame(bench.far->packet[1], &pdu);
	g_assert_true(datapath_send(bench.dp, 0, own.b, own.len, &error));
	wait_slow(socket, all, 1, 100);
	g_assert_cmpuint(all->len, ==, 0);
	send_frame(bench.far->packet[0], &pdu);
	wait_slow(socket, all, 1, PATIENCE_MS);
	g_assert_cmpuint(all->len, ==, 1);
	g_assert_cmpmem(g_array_index(all, struct made_frame, 0).b, pdu.len, pdu.b, pdu.len);
	/* It outlives a device that goes down and up. */
	RUN("ip link set p0 down");
	RUN("ip link set p0 up");
	wait_running("p0", TRUE);
	send_frame(bench.far->packet[0], &pdu);
	wait_slow(socket, all, 2, PATIENCE_MS);
	g_assert_cmpuint(all->len, ==, 2);
	control_socket_free(socket);
	bench_end(&bench);
}

static void
test_socket_refused(gconstpointer data)
{
	GError *error = NULL;

	g_assert_null(control_socket_new(0x7ffffff0, SLOW_PROTOCOLS, &slow_group, &error));
	g_assert_error(error, DATAPATH_ERROR, DATAPATH_ERROR_FAILED);
	g_clear_error(&error);
}

struct flood {
	int fds[2];
	gboolean stop; /* atomic */
	guint64 sent;
};

static gpointer
flood_main(gpointer user)
{
	struct flood *flood = user;
	const struct made_frame frame = make_frame(&far_mac, 0, FAR_ETHERTYPE, 0, 0, 0);

	while (!__atomic_load_n(&flood->stop, __ATOMIC_RELAXED)) {
		for (guint i = 0; i < 256; i++)
			flood->sent += send(flood->fds[i % 2], frame.b, 60, 0) > 0;
	}
	return NULL;
}

/* A flood of small frames on every port: each PDU still arrives, and each of ours leaves. */
static void
test_socket_flood(gconstpointer data)
{
	const struct made_frame pdu = make_frame(&slow_group, 0, SLOW_PROTOCOLS, 0, 1, 1);
	struct bench bench;
	struct flood flood = {.stop = FALSE};
	struct control_socket *near_socket;
	struct control_socket *far_socket;
	GThread *thread;
	GError *error = NULL;
	g_autoptr(GArray) near_all = g_array_new(FALSE, FALSE, sizeof(struct made_frame));
	g_autoptr(GArray) far_all = g_array_new(FALSE, FALSE, sizeof(struct made_frame));

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "01");
	near_socket = control_socket_new((int) if_nametoindex("p0"), SLOW_PROTOCOLS, &slow_group, &error);
	g_assert_no_error(error);
	far_enter(bench.far);
	far_socket = control_socket_new((int) if_nametoindex("f0"), SLOW_PROTOCOLS, &slow_group, &error);
	far_leave(bench.far);
	g_assert_no_error(error);
	for (guint i = 0; i < 2; i++)
		flood.fds[i] = bench.far->packet[i];
	thread = g_thread_new("flood", flood_main, &flood);
	for (guint i = 1; i <= 50; i++) {
		while (send(bench.far->packet[0], pdu.b, pdu.len, 0) < 0)
			g_usleep(100);
		g_assert_true(datapath_send(bench.dp, 0, pdu.b, pdu.len, &error));
		wait_slow(near_socket, near_all, i, PATIENCE_MS);
		wait_slow(far_socket, far_all, i, PATIENCE_MS);
		g_assert_cmpuint(near_all->len, ==, i);
		g_assert_cmpuint(far_all->len, ==, i);
		g_usleep(20000);
	}
	__atomic_store_n(&flood.stop, TRUE, __ATOMIC_RELAXED);
	g_thread_join(thread);
	g_test_message("%" G_GUINT64_FORMAT " frames beside 50 PDUs", flood.sent);
	g_assert_cmpuint(flood.sent, >, 10000);
	control_socket_free(near_socket);
	control_socket_free(far_socket);
	bench_end(&bench);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	bench_add_test("copies", test_copies);
	bench_add_test("flags", test_flags);
	bench_add_test("hand", test_hand);
	bench_add_test("full", test_full);
	bench_add_test("budget", test_budget);
	bench_add_test("stamps", test_stamps);
	bench_add_test("stamps-of-arp", test_stamps_of_arp);
	bench_add_test("port-replaced", test_port_replaced);
	bench_add_test("addresses", test_addresses);
	bench_add_test("suspects", test_suspects);
	bench_add_test("refused", test_refused);
	bench_add_test("refused-by-down", test_refused_by_down);
	bench_add_test("socket", test_socket);
	bench_add_test("socket-refused", test_socket_refused);
	bench_add_test("socket-flood", test_socket_flood);
	return g_test_run();
}
