/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input: a netlink datagram. Every message in it goes to every parser of the link layer, whatever it says it is.
 */
#include "link/link-parse.h"

#include "link/netlink.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
check(gboolean right)
{
	if (!right)
		abort();
}

static void
parse_link(const struct nlmsghdr *nlh)
{
	struct link_info info;

	if (link_parse(nlh, &info) == LINK_MESSAGE_OTHER)
		return;
	check(memchr(info.name, '\0', sizeof(info.name)) != NULL && info.name[0] != '\0');
	check(memchr(info.kind, '\0', sizeof(info.kind)) != NULL);
	check(info.ifindex > 0 && info.link >= 0 && info.master >= 0);
}

static void
parse_route(const struct nlmsghdr *nlh)
{
	struct link_address address;
	struct link_route route;
	struct link_way way;
	gboolean usable;
	int ifindex;

	if (link_parse_address(nlh, &address, &ifindex, &usable))
		check(address.prefix <= (address.family == AF_INET ? 32 : 128));
	if (link_parse_route(nlh, &route, &ifindex))
		check(route.prefix <= (route.family == AF_INET ? 32 : 128) && ifindex >= 0);
	if (link_parse_way(nlh, &way))
		check(way.ifindex >= 0);
}

static void
parse_ethtool(const struct nlmsghdr *nlh)
{
	enum bond_duplex duplex;
	gboolean changeable;
	gboolean active;
	guint32 speed;

	if (link_parse_linkmodes(nlh, &speed, &duplex))
		check(speed != 0 && (duplex <= BOND_DUPLEX_FULL || duplex == BOND_DUPLEX_UNKNOWN));
	link_parse_feature(nlh, "tx-checksum-ip-generic", &changeable, &active);
}

static void
parse(void *user, const struct nlmsghdr *nlh)
{
	parse_link(nlh);
	parse_route(nlh);
	parse_ethtool(nlh);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	/* A copy of exactly this size, so that a read behind it is seen; aligned, as a receive buffer is. */
	g_autofree guint8 *copy = g_memdup2(data, size);
	struct netlink_result result = {0};

	netlink_walk(copy, size, 0, parse, NULL, &result);
	check(result.error >= 0 && result.error <= 4095);
	check(memchr(result.text, '\0', sizeof(result.text)) != NULL);
	return 0;
}
