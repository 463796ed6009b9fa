/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control-socket.h"

#include "datapath.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

/* LACPDUs have 124 bytes; whatever is longer than this is no frame that we know. */
#define FRAME_MAX 1600
/* Frames of one call. The slowest partner sends one in 30 seconds, the fastest one a second. */
#define READ_BUDGET 16
/* As frames wait in the kernel: a hundred or so. */
#define RECEIVE_BUFFER 131072

struct control_socket {
	int fd;
	guint8 frame[FRAME_MAX];
};

/* Only frames to @group wake us. */
static gboolean
set_filter(int fd, const struct bond_mac *group)
{
	guint32 high = (guint32) group->b[0] << 24 | group->b[1] << 16 | group->b[2] << 8 | group->b[3];
	guint32 low = (guint32) group->b[4] << 8 | group->b[5];
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),	     /* the first four bytes of the destination */
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, high, 0, 3), /* else drop */
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),	     /* and the last two */
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low, 0, 1),  /* else drop */
	    BPF_STMT(BPF_RET | BPF_K, FRAME_MAX),	     /* keep */
	    BPF_STMT(BPF_RET | BPF_K, 0),		     /* drop */
	};
	const struct sock_fprog program = {.len = G_N_ELEMENTS(code), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static gboolean
join(int fd, int ifindex, const struct bond_mac *group)
{
	struct packet_mreq request = {
	    .mr_ifindex = ifindex,
	    .mr_type = PACKET_MR_MULTICAST,
	    .mr_alen = BOND_ETH_ALEN,
	};

	memcpy(request.mr_address, group->b, BOND_ETH_ALEN);
	return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(request)) == 0;
}

/* Nothing comes before bind() tells the protocol, when the filter stands already. */
static gboolean
prepare(int fd, int ifindex, guint16 ethertype, const struct bond_mac *group)
{
	const struct sockaddr_ll address = {
	    .sll_family = AF_PACKET,
	    .sll_protocol = GUINT16_TO_BE(ethertype),
	    .sll_ifindex = ifindex,
	};
	const int on = 1;
	const int size = RECEIVE_BUFFER;

	/* If it cannot be larger it is as it is. */
	(void) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return set_filter(fd, group) && setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0 &&
	       join(fd, ifindex, group) && bind(fd, (const struct sockaddr *) &address, sizeof(address)) == 0;
}

struct control_socket *
control_socket_new(int ifindex, guint16 ethertype, const struct bond_mac *group, GError **error)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct control_socket *self;
	char name[IF_NAMESIZE] = "?";
	int code;

	if (fd < 0 || !prepare(fd, ifindex, ethertype, group)) {
		code = errno;
		(void) if_indextoname((unsigned int) ifindex, name);
		g_set_error(error, DATAPATH_ERROR, code == EPERM ? DATAPATH_ERROR_NOT_PERMITTED : DATAPATH_ERROR_FAILED,
			    "%s: cannot open a socket for protocol %04x: %s%s", name, ethertype, g_strerror(code),
			    code == EPERM ? ": CAP_NET_RAW is needed" : "");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	self = g_new0(struct control_socket, 1);
	self->fd = fd;
	return self;
}

void
control_socket_free(struct control_socket *self)
{
	if (self == NULL)
		return;
	close(self->fd);
	g_free(self);
}

int
control_socket_fd(const struct control_socket *self)
{
	return self->fd;
}

gboolean
control_socket_read(struct control_socket *self, control_socket_func func, void *user)
{
	for (guint i = 0; i < READ_BUDGET; i++) {
		gssize len = recv(self->fd, self->frame, sizeof(self->frame), 0);

		/* A device that goes down says so once; the socket works again when it is up. */
		if (len < 0 && (errno == ENETDOWN || errno == EINTR))
			continue;
		if (len < 0)
			return FALSE;
		func(user, self->frame, (gsize) len);
	}
	return TRUE;
}
