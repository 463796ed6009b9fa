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

/* Groups of bonds are "bond 0", those of their ports "bond 0 port 0". */
static gboolean
is_bond(GKeyFile *file, const char *group, const char *name)
{
	g_autofree char *value = NULL;

	if (!g_str_has_prefix(group, "bond ") || strstr(group, " port ") != NULL)
		return FALSE;
	value = g_key_file_get_string(file, group, "name", NULL);
	return g_strcmp0(value, name) == 0;
}

gboolean
tap_is_ours(const char *state, const char *name)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_auto(GStrv) groups = NULL;

	if (!g_key_file_load_from_file(file, state, G_KEY_FILE_NONE, NULL))
		return FALSE;
	groups = g_key_file_get_groups(file, NULL);
	for (guint i = 0; groups[i] != NULL; i++) {
		if (is_bond(file, groups[i], name))
			return TRUE;
	}
	return FALSE;
}
