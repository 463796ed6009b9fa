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

void
sd_notify_send(const char *state)
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
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *) &address, (socklen_t) address_len) < 0)
		g_warning("cannot tell systemd \u201c%s\u201d: %s", state, g_strerror(errno));
	close(fd);
}
