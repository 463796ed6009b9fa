/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TUN "/dev/net/tun"

static gboolean
make(int fd, const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE | IFF_TUN_EXCL};
	int carrier = 0;

	g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
	return ioctl(fd, TUNSETIFF, &request) == 0 && ioctl(fd, TUNSETCARRIER, &carrier) == 0 &&
	       ioctl(fd, TUNSETPERSIST, 1) == 0;
}

gboolean
tap_create(const char *name, GError **error)
{
	int fd = open(TUN, O_RDWR | O_CLOEXEC);
	gboolean made = fd >= 0 && make(fd, name);
	int errnum = errno;

	if (fd >= 0)
		close(fd);
	if (!made)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errnum), "cannot make the TAP device %s by %s: %s",
			    name, TUN, g_strerror(errnum));
	return made;
}
