/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sd-notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static gsize
notify_address(const char *path, struct sockaddr_un *address)
{
	gsize len = strlen(path);

	memset(address, 0, sizeof(*address));
	if (len < 2 || len >= sizeof(address->sun_path) || (path[0] != '/' && path[0] != '@'))
		return 0;
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, len);
	if (path[0] == '@')
		address->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + len;
}

/* @fd: -1: none */
static gssize
notify_by(int socket, const struct sockaddr_un *address, gsize address_len, const char *state, int fd)
{
	union {
		struct cmsghdr header;
		guint8 room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {(gpointer) state, strlen(state)};
	struct msghdr message = {
	    .msg_name = (gpointer) address,
	    .msg_namelen = (socklen_t) address_len,
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	};
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL);
}

void
sd_notify_send(const char *state)
{
	sd_notify_send_fd(state, -1);
}

void
sd_notify_send_fd(const char *state, int passed)
{
	const char *path = g_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	gsize address_len;
	int fd;

	if (path == NULL)
		return;
	address_len = notify_address(path, &address);
	if (address_len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (notify_by(fd, &address, address_len, state, passed) < 0)
		g_warning("cannot tell systemd \u201c%s\u201d: %s", state, g_strerror(errno));
	close(fd);
}
