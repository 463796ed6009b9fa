/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes of rtnetlink and ethtool messages -> what they say. Pure functions; nothing in a message is believed
 * unchecked. Private to daemon/link.
 */
#pragma once

#include "link-config.h"
#include "link-watcher.h"

#include <linux/netlink.h>

G_BEGIN_DECLS

/* IFF_LOWER_UP is in <linux/if.h>, which does not go together with <net/if.h>. */
#define LINK_FLAG_LOWER_UP (1u << 16)

enum link_message {
	LINK_MESSAGE_OTHER, /* not about a device (e.g. a bridge speaking of its port), or damaged */
	LINK_MESSAGE_STATE,
	LINK_MESSAGE_GONE,
};

/**
 * link_parse:
 * @nlh: as from netlink_walk(): its length lies within the datagram
 * @info: (out): filled unless OTHER is returned; speed and duplex are unknown
 *
 * Returns: what an RTM_NEWLINK or RTM_DELLINK message means.
 */
enum link_message link_parse(const struct nlmsghdr *nlh, struct link_info *info);

/**
 * link_parse_address:
 * @ifindex: (out)
 * @usable: (out): duplicate address detection is through, or the address may be used before
 *
 * Returns: %FALSE if the message is not a sound RTM_NEWADDR.
 */
gboolean link_parse_address(const struct nlmsghdr *nlh, struct link_address *address, int *ifindex, gboolean *usable);

/**
 * link_parse_route:
 * @oif: (out): interface that a unicast route with one next hop leaves by
 *
 * Returns: %FALSE if the message is not a sound RTM_NEWROUTE of such a route.
 */
gboolean link_parse_route(const struct nlmsghdr *nlh, struct link_route *route, int *oif);

/**
 * link_parse_way:
 *
 * Returns: %FALSE if the message is not a sound answer to a question for the way to an address.
 */
gboolean link_parse_way(const struct nlmsghdr *nlh, struct link_way *way);

/* ETHTOOL_MSG_LINKMODES_GET_REPLY */
gboolean link_parse_linkmodes(const struct nlmsghdr *nlh, guint32 *speed, enum bond_duplex *duplex);

/**
 * link_parse_feature:
 * @changeable: (out): the device lets it be switched
 * @active: (out)
 *
 * Returns: %FALSE if the message is not a sound ETHTOOL_MSG_FEATURES_GET_REPLY that knows @feature.
 */
gboolean link_parse_feature(const struct nlmsghdr *nlh, const char *feature, gboolean *changeable, gboolean *active);

G_END_DECLS
