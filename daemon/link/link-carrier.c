/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The longest: an address. */
#define ATTRIBUTE_SIZE 64

/* One line without its end; "" if there is none. */
static void
read_attribute(const struct link_info *info, const char *attribute, char line[ATTRIBUTE_SIZE])
{
	char path[64 + BOND_NAME_SIZE];
	gssize n = -1;
	int fd;

	g_snprintf(path, sizeof(path), "/sys/class/net/%s/%s", info->name, attribute);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, line, ATTRIBUTE_SIZE - 1);
		close(fd);
	}
	line[MAX(n, 0)] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

static gboolean
read_number(const struct link_info *info, const char *attribute, guint64 *number)
{
	char line[ATTRIBUTE_SIZE];
	gboolean hexadecimal;

	read_attribute(info, attribute, line);
	hexadecimal = g_str_has_prefix(line, "0x");
	return g_ascii_string_to_unsigned(line + (hexadecimal ? 2 : 0), hexadecimal ? 16 : 10, 0, G_MAXUINT32, number,
					  NULL);
}

/* In a container /sys may be the host's, with a device of the same name. */
static gboolean
is_same_device(const struct link_info *info)
{
	const guint8 *b = info->mac.b;
	char address[ATTRIBUTE_SIZE];
	char line[ATTRIBUTE_SIZE];
	guint64 ifindex;

	if (!read_number(info, "ifindex", &ifindex) || (int) ifindex != info->ifindex)
		return FALSE;
	g_snprintf(address, sizeof(address), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	read_attribute(info, "address", line);
	return g_str_equal(line, address);
}

gboolean
link_carrier_read(const struct link_info *info, struct link_carrier *carrier)
{
	guint64 downs;
	guint64 flags;

	if (!read_number(info, "carrier_down_count", &downs) || !read_number(info, "flags", &flags) ||
	    !is_same_device(info))
		return FALSE;
	carrier->downs = (guint32) downs;
	carrier->up = (flags & IFF_UP) != 0;
	return TRUE;
}
