/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's own TCP and UDP through the datapath: what the stack leaves to a NIC, checksums and segments, must be
 * right on the wire, and every byte must arrive.
 */
#include "datapath-bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A thread sanitizer sees each byte ten times as long. */
#ifdef __SANITIZE_THREAD__
#define STREAM_BYTES (4 << 20)
#else
#define STREAM_BYTES (24 << 20)
#endif

/* --- Addresses on both ends --- */

static void
bench_address(struct bench *bench)
{
	RUN("ip addr add 10.9.0.1/24 dev bond0");
	FAR_RUN(bench->far, "ip addr add 10.9.0.2/24 dev f0");
	RUN("sysctl -qw net.ipv6.conf.bond0.disable_ipv6=0");
	FAR_RUN(bench->far, "sysctl -qw net.ipv6.conf.f0.disable_ipv6=0");
	RUN("ip addr add 2001:db8::1/64 dev bond0 nodad");
	FAR_RUN(bench->far, "ip addr add 2001:db8::2/64 dev f0 nodad");
}

static struct sockaddr_in6
address_of(const char *text, guint16 port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	g_assert_cmpint(inet_pton(AF_INET6, text, &address.sin6_addr), ==, 1);
	return address;
}

/* --- Streams --- */

struct stream {
	int fd;
	GThread *thread;
};

static guint8
stream_byte(gsize i)
{
	return (guint8) (i * 31 + (i >> 10));
}

static gpointer
stream_write(gpointer data)
{
	struct stream *stream = data;
	g_autofree guint8 *buffer = g_malloc(65536);
	gsize done = 0;

	while (done < STREAM_BYTES) {
		gsize part = MIN(65536, STREAM_BYTES - done);
		gssize n;

		for (gsize i = 0; i < part; i++)
			buffer[i] = stream_byte(done + i);
		n = send(stream->fd, buffer, part, MSG_NOSIGNAL);
		if (n < 0)
			break;
		done += (gsize) n;
	}
	shutdown(stream->fd, SHUT_WR);
	return NULL;
}

static void
stream_check(int fd)
{
	g_autofree guint8 *buffer = g_malloc(65536);
	gsize done = 0;

	for (;;) {
		gssize n = recv(fd, buffer, 65536, 0);

		if (n < 0)
			g_error("after %zu bytes: %s", done, g_strerror(errno));
		if (n == 0)
			break;
		for (gssize i = 0; i < n; i++) {
			if (buffer[i] != stream_byte(done + (gsize) i))
				g_error("byte %zu is damaged", done + (gsize) i);
		}
		done += (gsize) n;
	}
	g_assert_cmpuint(done, ==, STREAM_BYTES);
}

/* Sockets live in the namespace where they were made. */
static int
tcp_socket(void)
{
	const struct timeval patience = {.tv_sec = 20};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int off = 0;

	g_assert_cmpint(fd, >=, 0);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

/* @server: as the far end's address is written in IPv6 */
static void
check_streams(struct bench *bench, const char *server)
{
	struct sockaddr_in6 any = address_of("::", 5001);
	struct sockaddr_in6 to = address_of(server, 5001);
	struct stream stream;
	int listener;
	int far;
	int near;
	int one = 1;

	far_enter(bench->far);
	listener = tcp_socket();
	far_leave(bench->far);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	g_assert_cmpint(bind(listener, (struct sockaddr *) &any, sizeof(any)), ==, 0);
	g_assert_cmpint(listen(listener, 1), ==, 0);
	near = tcp_socket();
	g_assert_cmpint(connect(near, (struct sockaddr *) &to, sizeof(to)), ==, 0);
	far = accept(listener, NULL, NULL);
	g_assert_cmpint(far, >=, 0);
	stream = (struct stream){.fd = near};
	stream.thread = g_thread_new("near", stream_write, &stream);
	stream_check(far);
	g_thread_join(stream.thread);
	stream = (struct stream){.fd = far};
	stream.thread = g_thread_new("far", stream_write, &stream);
	stream_check(near);
	g_thread_join(stream.thread);
	close(near);
	close(far);
	close(listener);
}

static void
run_streams(gconstpointer data, guint mtu)
{
	struct bench bench;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), mtu, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	bench_address(&bench);
	check_streams(&bench, "::ffff:10.9.0.2");
	check_streams(&bench, "2001:db8::2");
	bench_end(&bench);
}

static void
test_tcp(gconstpointer data)
{
	run_streams(data, 1500);
}

static void
test_tcp_jumbo(gconstpointer data)
{
	run_streams(data, 9000);
}

/* Connections land on different queues by their ports. */
static void
test_queues(gconstpointer data)
{
	struct bench bench;
	struct datapath_port_info info;

	bench_begin_queues(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 2, 2, FALSE);
	g_assert_true(datapath_get_port_info(bench.dp, 0, &info));
	g_assert_cmpuint(info.n_queues, ==, 2);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	bench_address(&bench);
	for (guint i = 0; i < 4; i++) {
		check_streams(&bench, "::ffff:10.9.0.2");
		/* Plans change and ports go while all workers run. */
		publish(&bench, BOND_PLAN_ONE, "0", "0");
		datapath_remove_port(bench.dp, 1);
		add_port(&bench, 1);
	}
	bench_end(&bench);
}

static void
test_busy_poll(gconstpointer data)
{
	struct bench bench;

	bench_begin_queues(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1, 1, TRUE);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	bench_address(&bench);
	check_streams(&bench, "::ffff:10.9.0.2");
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	check_streams(&bench, "2001:db8::2");
	bench_end(&bench);
}

/* --- Checksums as they are on the wire --- */

static guint32
sum_bytes(guint32 sum, const guint8 *bytes, gsize n)
{
	for (gsize i = 0; i < n; i++)
		sum += i % 2 ? bytes[i] : (guint32) bytes[i] << 8;
	return sum;
}

static guint16
fold(guint32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (guint16) sum;
}

/* Whether it is the UDP datagram of the test; then its checksums must be right. */
static gboolean
check_datagram(const guint8 *frame, gsize len, guint16 port, gsize payload)
{
	const guint8 *ip = frame + 14;
	const guint8 *udp = ip + 20;
	gsize udp_len = sizeof(struct udphdr) + payload;

	if (len < 42 || frame[12] != 8 || frame[13] != 0 || ip[9] != IPPROTO_UDP || udp[2] != port >> 8 ||
	    udp[3] != (port & 0xff))
		return FALSE;
	g_assert_cmpuint(len, >=, 14 + 20 + udp_len);
	g_assert_cmpuint(fold(sum_bytes(0, ip, 20)), ==, 0xffff);
	g_assert_cmpuint(udp[6] << 8 | udp[7], !=, 0);
	g_assert_cmpuint(fold(sum_bytes(sum_bytes(IPPROTO_UDP + (guint32) udp_len, ip + 12, 8), udp, udp_len)), ==,
			 0xffff);
	return TRUE;
}

static gboolean
see_datagram(int fd, guint16 port, gsize payload)
{
	guint8 frame[10000];
	gssize len;

	for (;;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		if (poll(&wait, 1, PATIENCE_MS) <= 0)
			return FALSE;
		while ((len = recv(fd, frame, sizeof(frame), MSG_DONTWAIT)) > 0) {
			if (check_datagram(frame, (gsize) len, port, payload))
				return TRUE;
		}
	}
}

static void
test_checksums(gconstpointer data)
{
	static const gsize payloads[] = {1, 2, 17, 18, 19, 500, 1471, 1472, 4000, 8001, 8972};
	struct bench bench;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7000)};
	g_autofree guint8 *payload = g_malloc(9000);
	int fd;

	for (gsize i = 0; i < 9000; i++)
		payload[i] = stream_byte(i);
	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 9000, 1);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	bench_address(&bench);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, "10.9.0.2", &to.sin_addr);
	for (guint i = 0; i < G_N_ELEMENTS(payloads); i++) {
		g_assert_cmpint(sendto(fd, payload, payloads[i], 0, (struct sockaddr *) &to, sizeof(to)), ==,
				payloads[i]);
		g_assert_true(see_datagram(bench.far->packet[0], 7000, payloads[i]));
	}
	close(fd);
	bench_end(&bench);
}

/* UDP of which the stack cuts what is longer than a frame, if the device does not. */
static void
test_udp_segments(gconstpointer data)
{
	struct bench bench;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7000)};
	g_autofree guint8 *payload = g_malloc0(10000);
	int segment = 1000;
	int fd;

	bench_begin(&bench, (enum datapath_host) GPOINTER_TO_INT(data), 1500, 1);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	bench_address(&bench);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, "10.9.0.2", &to.sin_addr);
	g_assert_cmpint(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)), ==, 0);
	g_assert_cmpint(sendto(fd, payload, 10000, 0, (struct sockaddr *) &to, sizeof(to)), ==, 10000);
	for (guint i = 0; i < 10; i++)
		g_assert_true(see_datagram(bench.far->packet[0], 7000, 1000));
	close(fd);
	bench_end(&bench);
}

/* --- The two ways of host=mixed --- */

/* A counter of `ip -s link`. */
static guint64
packets_of(const char *ifname, const char *direction)
{
	g_autofree char *text = far_run("ip -s -j link show %s", ifname);
	g_autofree char *pattern = g_strdup_printf("\"%s\":{\"bytes\":[0-9]+,\"packets\":([0-9]+)", direction);
	g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *number = NULL;

	g_assert_true(g_regex_match(regex, text, 0, &match));
	number = g_match_info_fetch(match, 1);
	return g_ascii_strtoull(number, NULL, 10);
}

static void
send_datagrams(struct bench *bench, guint n)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7000)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	guint8 payload[100] = {0};

	inet_pton(AF_INET, "10.9.0.2", &to.sin_addr);
	for (guint i = 0; i < n; i++) {
		g_assert_cmpint(sendto(fd, payload, sizeof(payload), 0, (struct sockaddr *) &to, sizeof(to)), ==,
				sizeof(payload));
		g_assert_true(see_datagram(bench->far->packet[0], 7000, sizeof(payload)));
	}
	close(fd);
}

/* UDP goes by the veth, TCP does not; the bond counts both. */
static void
test_mixed_ways(void)
{
	struct bench bench;
	guint64 by_veth;
	guint64 by_bond;

	bench_begin(&bench, DATAPATH_HOST_MIXED, 1500, 1);
	publish(&bench, BOND_PLAN_ONE, "0", "0");
	bench_address(&bench);
	send_datagrams(&bench, 1);
	by_veth = packets_of("bond0-udp", "tx");
	by_bond = packets_of("bond0", "tx");
	send_datagrams(&bench, 200);
	g_assert_cmpuint(packets_of("bond0-udp", "tx") - by_veth, >=, 200);
	g_assert_cmpuint(packets_of("bond0", "tx") - by_bond, >=, 200);
	by_veth = packets_of("bond0-udp", "tx");
	by_bond = packets_of("bond0-tap", "tx");
	check_streams(&bench, "::ffff:10.9.0.2");
	check_streams(&bench, "2001:db8::2");
	/* Neighbours are looked for now and then. */
	g_assert_cmpuint(packets_of("bond0-udp", "tx") - by_veth, <, 50);
	/* In segments of many frames, else it were 16 000 each way. */
	g_assert_cmpuint(packets_of("bond0-tap", "tx") - by_bond, >, 2 * STREAM_BYTES / 65536);
	bench_end(&bench);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	bench_add_test("tcp", test_tcp);
	bench_add_test("tcp-jumbo", test_tcp_jumbo);
	bench_add_test("queues", test_queues);
	bench_add_test("busy-poll", test_busy_poll);
	bench_add_test("checksums", test_checksums);
	bench_add_test("udp-segments", test_udp_segments);
	g_test_add_func("/datapath/mixed/ways", test_mixed_ways);
	return g_test_run();
}
