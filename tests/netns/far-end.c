/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "far-end.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAME_MAX 10000

char *
far_run(const char *format, ...)
{
	g_autofree char *command = NULL;
	g_autofree char *errors = NULL;
	char *output = NULL;
	GError *error = NULL;
	va_list args;
	int status;

	va_start(args, format);
	command = g_strdup_vprintf(format, args);
	va_end(args);
	g_spawn_command_line_sync(command, &output, &errors, &status, &error);
	g_assert_no_error(error);
	if (status != 0)
		g_error("%s: %s", command, errors);
	return output;
}

gboolean
far_try(const char *command)
{
	g_autofree char *output = NULL;
	g_autofree char *errors = NULL;
	int status;

	return g_spawn_command_line_sync(command, &output, &errors, &status, NULL) && status == 0;
}

static pid_t
far_hold_namespace(void)
{
	int ready[2];
	char c;
	pid_t pid;

	g_assert_cmpint(pipe(ready), ==, 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) != 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	g_assert_cmpint(read(ready[0], &c, 1), ==, 1);
	close(ready[0]);
	return pid;
}

static int
far_open_namespace(pid_t pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/ns/net", (int) pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	g_assert_cmpint(fd, >=, 0);
	return fd;
}

void
far_enter(const struct far_end *far)
{
	g_assert_cmpint(setns(far->far_ns, CLONE_NEWNET), ==, 0);
}

void
far_leave(const struct far_end *far)
{
	g_assert_cmpint(setns(far->near_ns, CLONE_NEWNET), ==, 0);
}

struct far_end *
far_new(guint mtu, guint n_queues)
{
	struct far_end *far = g_new0(struct far_end, 1);

	g_assert_cmpint(unshare(CLONE_NEWNET | CLONE_NEWNS), ==, 0);
	g_assert_cmpint(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), ==, 0);
	far->near_ns = far_open_namespace(getpid());
	far->holder = far_hold_namespace();
	far->far_ns = far_open_namespace(far->holder);
	RUN("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
	FAR_RUN(far, "sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
	for (guint i = 0; i < FAR_N_PORTS; i++) {
		g_autofree char *name = g_strdup_printf("f%u", i);

		RUN("ip link add p%u mtu %u numrxqueues %u numtxqueues %u type veth peer name f%u mtu %u numrxqueues "
		    "%u numtxqueues %u netns %d",
		    i, mtu, n_queues, n_queues, i, mtu, n_queues, n_queues, (int) far->holder);
		RUN("ip link set p%u up", i);
		/* What a cable carries: whole checksums, no segments longer than the MTU, tags in the frame. */
		FAR_RUN(far, "ethtool -K f%u tx off tso off gso off gro off txvlan off rxvlan off", i);
		FAR_RUN(far, "ip link set f%u up", i);
		far_enter(far);
		far->packet[i] = far_packet_socket(name);
		far_leave(far);
	}
	return far;
}

void
far_free(struct far_end *far)
{
	for (guint i = 0; i < FAR_N_PORTS; i++)
		close(far->packet[i]);
	close(far->near_ns);
	close(far->far_ns);
	kill(far->holder, SIGKILL);
	waitpid(far->holder, NULL, 0);
	g_free(far);
}

int
far_packet_socket(const char *ifname)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;
	int size = 64 << 20;

	g_assert_cmpint(fd, >=, 0);
	address.sll_ifindex = (int) if_nametoindex(ifname);
	g_assert_cmpint(address.sll_ifindex, >, 0);
	g_assert_cmpint(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)), ==, 0);
	g_assert_cmpint(setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)), ==, 0);
	g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)), ==, 0);
	g_assert_cmpint(bind(fd, (struct sockaddr *) &address, sizeof(address)), ==, 0);
	return fd;
}

static guint8
far_byte(guint32 seq, gsize i)
{
	return (guint8) (seq * 131 + i * 7 + (i >> 8));
}

gsize
far_frame_make(guint8 *frame, gsize len, guint32 seq, guint16 vlan)
{
	gsize at = 12;
	guint32 number = htonl(seq);
	guint32 length = htonl((guint32) len);

	memcpy(frame, "\x02\x00\x00\x00\x00\x99\x02\x00\x00\x00\x00\x98", 12);
	if (vlan != 0) {
		frame[at++] = 0x81;
		frame[at++] = 0x00;
		frame[at++] = (guint8) (vlan >> 8);
		frame[at++] = (guint8) vlan;
	}
	frame[at++] = FAR_ETHERTYPE >> 8;
	frame[at++] = FAR_ETHERTYPE & 0xff;
	memcpy(frame + at, &number, 4);
	memcpy(frame + at + 4, &length, 4);
	for (gsize i = 8; at + i < len; i++)
		frame[at + i] = far_byte(seq, i);
	return len;
}

gboolean
far_frame_check(const guint8 *frame, gsize len, guint32 *seq, guint16 *vlan)
{
	gsize at = 12;
	guint32 number;
	guint32 length;

	*vlan = 0;
	if (len > 18 && frame[at] == 0x81 && frame[at + 1] == 0) {
		*vlan = (guint16) (frame[at + 2] << 8 | frame[at + 3]);
		at += 4;
	}
	at += 2;
	memcpy(&number, frame + at, 4);
	memcpy(&length, frame + at + 4, 4);
	*seq = ntohl(number);
	/* A tag that the kernel took out of the frame is missing in its length. */
	if (ntohl(length) != len && ntohl(length) != len + 4)
		return FALSE;
	for (gsize i = 8; at + i < len; i++) {
		if (frame[at + i] != far_byte(*seq, i))
			return FALSE;
	}
	return TRUE;
}

void
far_seen_init(struct far_seen *seen, guint n_seqs)
{
	*seen = (struct far_seen){.n_seqs = n_seqs, .seqs = g_new0(guint8, n_seqs)};
}

void
far_seen_clear(struct far_seen *seen)
{
	g_clear_pointer(&seen->seqs, g_free);
}

static gboolean
far_is_numbered(const guint8 *frame, gsize len)
{
	gsize at = len > 18 && frame[12] == 0x81 && frame[13] == 0 ? 16 : 12;

	return len >= at + 10 && frame[at] == FAR_ETHERTYPE >> 8 && frame[at + 1] == (FAR_ETHERTYPE & 0xff);
}

/* The tag that the kernel took out of a received frame. */
static guint16
far_aux_vlan(struct msghdr *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	struct tpacket_auxdata aux;

	if (control == NULL || control->cmsg_level != SOL_PACKET || control->cmsg_type != PACKET_AUXDATA)
		return 0;
	memcpy(&aux, CMSG_DATA(control), sizeof(aux));
	return (aux.tp_status & TP_STATUS_VLAN_VALID) != 0 ? aux.tp_vlan_tci : 0;
}

guint
far_collect(int fd, struct far_seen *seen, guint16 vlan)
{
	guint8 frame[FRAME_MAX];
	char control[256];
	guint n = 0;

	for (;;) {
		struct iovec iov = {frame, sizeof(frame)};
		struct msghdr message = {
		    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
		ssize_t len = recvmsg(fd, &message, MSG_DONTWAIT);
		guint32 seq;
		guint16 tag;

		if (len < 0)
			return n;
		if (!far_is_numbered(frame, (gsize) len))
			continue;
		n++;
		seen->n++;
		if (!far_frame_check(frame, (gsize) len, &seq, &tag) || seq >= seen->n_seqs) {
			seen->damaged++;
			continue;
		}
		if (tag == 0)
			tag = far_aux_vlan(&message);
		seen->tagged += tag != 0 && tag == vlan;
		seen->repeated += seen->seqs[seq] > 0;
		seen->seqs[seq] = (guint8) MIN(seen->seqs[seq] + 1, 255);
	}
}

void
far_collect_until(int fd, struct far_seen *seen, guint n, guint ms, guint16 vlan)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	far_collect(fd, seen, vlan);
	while (seen->n < n && poll(&poll_fd, 1, (int) ms) > 0)
		far_collect(fd, seen, vlan);
}

void
far_send(int fd, guint32 from, guint n, gsize len, guint16 vlan)
{
	guint8 frame[FRAME_MAX];

	for (guint i = 0; i < n; i++) {
		far_frame_make(frame, len, from + i, vlan);
		while (send(fd, frame, len, 0) < 0) {
			if (errno != ENOBUFS && errno != EAGAIN)
				g_error("frame %u of %zu bytes: %s", i, len, g_strerror(errno));
			g_usleep(50);
		}
	}
}
