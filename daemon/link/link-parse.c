/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-parse.h"
#include "netlink.h"

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

/*
 * The header of a message and the attributes that follow it; NULL if it is too short or damaged.
 */
static const void *
read_header(const struct nlmsghdr *nlh, gsize header_size, const struct nlattr **table, guint n)
{
	const guint8 *payload = mnl_nlmsg_get_payload(nlh);
	gsize offset = MNL_ALIGN(header_size);
	gsize len;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + offset)
		return NULL;
	len = nlh->nlmsg_len - MNL_NLMSG_HDRLEN - offset;
	return netlink_attributes(payload + offset, len, table, n) ? payload : NULL;
}

static void
read_mac(const struct nlattr *attr, struct bond_mac *mac)
{
	/* Devices that are not Ethernet-like have longer or shorter ones. */
	if (attr != NULL && mnl_attr_get_payload_len(attr) == sizeof(mac->b))
		memcpy(mac->b, mnl_attr_get_payload(attr), sizeof(mac->b));
}

/* netif_carrier_ok(). IFF_LOWER_UP says the same except that it is also clear on a device that is down. */
static gboolean
read_carrier(const struct nlattr *attr, guint flags)
{
	guint8 carrier;

	if (netlink_get_u8(attr, &carrier))
		return carrier != 0;
	return (flags & LINK_FLAG_LOWER_UP) != 0;
}

/* Kernels older than 802.1ad do not say the protocol. */
static void
read_vlan(const struct nlattr **data, struct link_info *info)
{
	guint16 protocol = GUINT16_TO_BE(ETH_P_8021Q);

	netlink_get_u16(data[IFLA_VLAN_ID], &info->vlan);
	netlink_get_u16(data[IFLA_VLAN_PROTOCOL], &protocol);
	info->vlan_protocol = GUINT16_FROM_BE(protocol);
}

static void
read_kind(const struct nlattr *linkinfo, struct link_info *info)
{
	const struct nlattr *table[IFLA_INFO_MAX + 1];
	const struct nlattr *data[IFLA_VLAN_MAX + 1];

	if (!netlink_nested(linkinfo, table, G_N_ELEMENTS(table)))
		return;
	if (!netlink_get_string(table[IFLA_INFO_KIND], info->kind, sizeof(info->kind)))
		info->kind[0] = '\0';
	if (g_str_equal(info->kind, "vlan") && netlink_nested(table[IFLA_INFO_DATA], data, G_N_ELEMENTS(data)))
		read_vlan(data, info);
}

/* With programs in several places at once the kernel gives one id a place and no common one. */
static void
read_xdp(const struct nlattr *xdp, struct link_info *info)
{
	static const guint16 places[] = {IFLA_XDP_PROG_ID, IFLA_XDP_DRV_PROG_ID, IFLA_XDP_SKB_PROG_ID,
					 IFLA_XDP_HW_PROG_ID};
	const struct nlattr *table[IFLA_XDP_MAX + 1];

	if (!netlink_nested(xdp, table, G_N_ELEMENTS(table)))
		return;
	for (guint i = 0; i < G_N_ELEMENTS(places) && info->xdp_prog_id == 0; i++)
		netlink_get_u32(table[places[i]], &info->xdp_prog_id);
}

/* What a device stands on counts only if it is in this namespace: a veth's twin may be in another one. */
static int
read_link(const struct nlattr **table, int ifindex)
{
	guint32 link = 0;

	if (table[IFLA_LINK_NETNSID] != NULL || !netlink_get_u32(table[IFLA_LINK], &link))
		return 0;
	return link <= G_MAXINT && (int) link != ifindex ? (int) link : 0;
}

static void
read_link_attributes(const struct nlattr **table, struct link_info *info)
{
	guint32 master = 0;

	info->carrier = read_carrier(table[IFLA_CARRIER], info->flags);
	netlink_get_u32(table[IFLA_CARRIER_DOWN_COUNT], &info->carrier_downs);
	info->speed = BOND_SPEED_UNKNOWN;
	info->duplex = BOND_DUPLEX_UNKNOWN;
	info->link = read_link(table, info->ifindex);
	if (netlink_get_u32(table[IFLA_MASTER], &master) && master <= G_MAXINT)
		info->master = (int) master;
	netlink_get_u32(table[IFLA_MTU], &info->mtu);
	netlink_get_u32(table[IFLA_NUM_RX_QUEUES], &info->n_rx_queues);
	netlink_get_u32(table[IFLA_NUM_TX_QUEUES], &info->n_tx_queues);
	read_mac(table[IFLA_ADDRESS], &info->mac);
	read_mac(table[IFLA_PERM_ADDRESS], &info->perm_mac);
	read_kind(table[IFLA_LINKINFO], info);
	read_xdp(table[IFLA_XDP], info);
}

enum link_message
link_parse(const struct nlmsghdr *nlh, struct link_info *info)
{
	const struct nlattr *table[IFLA_MAX + 1];
	const struct ifinfomsg *ifi;

	if (nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK)
		return LINK_MESSAGE_OTHER;
	ifi = read_header(nlh, sizeof(*ifi), table, G_N_ELEMENTS(table));
	/* A bridge says NEWLINK and DELLINK of family AF_BRIDGE when a port joins and leaves it. */
	if (ifi == NULL || ifi->ifi_family != AF_UNSPEC || ifi->ifi_index <= 0)
		return LINK_MESSAGE_OTHER;

	/* Zeroed whole, so that two of them can be compared by memcmp(). */
	memset(info, 0, sizeof(*info));
	info->ifindex = ifi->ifi_index;
	info->type = ifi->ifi_type;
	info->flags = ifi->ifi_flags;
	if (!netlink_get_string(table[IFLA_IFNAME], info->name, sizeof(info->name)))
		return LINK_MESSAGE_OTHER;
	read_link_attributes(table, info);
	return nlh->nlmsg_type == RTM_NEWLINK ? LINK_MESSAGE_STATE : LINK_MESSAGE_GONE;
}

/* 0: neither IPv4 nor IPv6 */
static gsize
address_size(int family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static gboolean
read_address(const struct nlattr *attr, int family, guint8 *address)
{
	gsize size = address_size(family);

	if (attr == NULL || size == 0 || mnl_attr_get_payload_len(attr) != size)
		return FALSE;
	memcpy(address, mnl_attr_get_payload(attr), size);
	return TRUE;
}

gboolean
link_parse_address(const struct nlmsghdr *nlh, struct link_address *address, int *ifindex, gboolean *usable)
{
	const struct nlattr *table[IFA_MAX + 1];
	const struct ifaddrmsg *ifa;
	guint32 flags;

	if (nlh->nlmsg_type != RTM_NEWADDR)
		return FALSE;
	ifa = read_header(nlh, sizeof(*ifa), table, G_N_ELEMENTS(table));
	if (ifa == NULL || ifa->ifa_prefixlen > 8 * address_size(ifa->ifa_family))
		return FALSE;
	memset(address, 0, sizeof(*address));
	address->family = ifa->ifa_family;
	address->prefix = ifa->ifa_prefixlen;
	/* IFA_ADDRESS is the peer's on a point-to-point link; then IFA_LOCAL is ours. */
	if (!read_address(table[IFA_LOCAL], ifa->ifa_family, address->address) &&
	    !read_address(table[IFA_ADDRESS], ifa->ifa_family, address->address))
		return FALSE;
	flags = ifa->ifa_flags;
	netlink_get_u32(table[IFA_FLAGS], &flags);
	*ifindex = (int) ifa->ifa_index;
	*usable = (flags & IFA_F_TENTATIVE) == 0 || (flags & IFA_F_OPTIMISTIC) != 0;
	return TRUE;
}

gboolean
link_parse_route(const struct nlmsghdr *nlh, struct link_route *route, int *oif)
{
	const struct nlattr *table[RTA_MAX + 1];
	const struct rtmsg *rtm;
	guint32 index = 0;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return FALSE;
	rtm = read_header(nlh, sizeof(*rtm), table, G_N_ELEMENTS(table));
	if (rtm == NULL || rtm->rtm_type != RTN_UNICAST || rtm->rtm_dst_len > 8 * address_size(rtm->rtm_family))
		return FALSE;
	memset(route, 0, sizeof(*route));
	route->family = rtm->rtm_family;
	route->prefix = rtm->rtm_dst_len;
	route->table = rtm->rtm_table;
	netlink_get_u32(table[RTA_TABLE], &route->table);
	netlink_get_u32(table[RTA_PRIORITY], &route->metric);
	route->has_gateway = read_address(table[RTA_GATEWAY], rtm->rtm_family, route->gateway);
	if (route->prefix > 0 && !read_address(table[RTA_DST], rtm->rtm_family, route->destination))
		return FALSE;
	if (!netlink_get_u32(table[RTA_OIF], &index) || index > G_MAXINT)
		return FALSE;
	*oif = (int) index;
	return TRUE;
}

gboolean
link_parse_way(const struct nlmsghdr *nlh, struct link_way *way)
{
	const struct nlattr *table[RTA_MAX + 1];
	const struct rtmsg *rtm;
	guint32 index = 0;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return FALSE;
	rtm = read_header(nlh, sizeof(*rtm), table, G_N_ELEMENTS(table));
	if (rtm == NULL || address_size(rtm->rtm_family) == 0)
		return FALSE;
	if (!netlink_get_u32(table[RTA_OIF], &index) || index > G_MAXINT)
		return FALSE;
	*way = (struct link_way){.ifindex = (int) index};
	way->has_source = read_address(table[RTA_PREFSRC], rtm->rtm_family, way->source);
	return TRUE;
}

gboolean
link_parse_linkmodes(const struct nlmsghdr *nlh, guint32 *speed, enum bond_duplex *duplex)
{
	const struct nlattr *table[ETHTOOL_A_LINKMODES_MAX + 1];
	const struct genlmsghdr *genl = read_header(nlh, sizeof(*genl), table, G_N_ELEMENTS(table));
	guint8 value;

	if (genl == NULL || genl->cmd != ETHTOOL_MSG_LINKMODES_GET_REPLY)
		return FALSE;
	/* Drivers say "unknown" as 0 as well as all ones. */
	if (!netlink_get_u32(table[ETHTOOL_A_LINKMODES_SPEED], speed) || *speed == 0)
		*speed = BOND_SPEED_UNKNOWN;
	*duplex = BOND_DUPLEX_UNKNOWN;
	if (netlink_get_u8(table[ETHTOOL_A_LINKMODES_DUPLEX], &value) && value <= BOND_DUPLEX_FULL)
		*duplex = (enum bond_duplex) value;
	return TRUE;
}

/* Returns: whether @bitset lists bit @name; @value: with a mask the list holds the zero bits, too. */
static gboolean
find_bit(const struct nlattr *bitset, const char *name, gboolean *value)
{
	const struct nlattr *table[ETHTOOL_A_BITSET_MAX + 1];
	const struct nlattr *bit;

	if (!netlink_nested(bitset, table, G_N_ELEMENTS(table)) || table[ETHTOOL_A_BITSET_BITS] == NULL)
		return FALSE;
	mnl_attr_for_each_nested(bit, table[ETHTOOL_A_BITSET_BITS])
	{
		const struct nlattr *fields[ETHTOOL_A_BITSET_BIT_MAX + 1];
		char text[64];

		if (!netlink_nested(bit, fields, G_N_ELEMENTS(fields)) ||
		    !netlink_get_string(fields[ETHTOOL_A_BITSET_BIT_NAME], text, sizeof(text)))
			continue;
		if (g_str_equal(text, name)) {
			*value = table[ETHTOOL_A_BITSET_NOMASK] != NULL || fields[ETHTOOL_A_BITSET_BIT_VALUE] != NULL;
			return TRUE;
		}
	}
	return FALSE;
}

gboolean
link_parse_feature(const struct nlmsghdr *nlh, const char *feature, gboolean *changeable, gboolean *active)
{
	const struct nlattr *table[ETHTOOL_A_FEATURES_MAX + 1];
	const struct genlmsghdr *genl = read_header(nlh, sizeof(*genl), table, G_N_ELEMENTS(table));

	if (genl == NULL || genl->cmd != ETHTOOL_MSG_FEATURES_GET_REPLY)
		return FALSE;
	/* The set of what the hardware can do is the one that lists every feature with its value. */
	if (!find_bit(table[ETHTOOL_A_FEATURES_HW], feature, changeable))
		return FALSE;
	*active = FALSE;
	find_bit(table[ETHTOOL_A_FEATURES_ACTIVE], feature, active);
	return TRUE;
}
