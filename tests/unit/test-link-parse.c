/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/link-parse.h"
#include "link/netlink.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <net/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

static const guint8 mac[] = {0x02, 0, 0, 0, 0, 0x17};

static struct nlmsghdr *
begin_link(guint8 *buffer, guint16 type, guint8 family, int ifindex, guint flags)
{
	struct nlmsghdr *nlh = netlink_begin(buffer, type, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_family = family;
	ifi->ifi_type = ARPHRD_ETHER;
	ifi->ifi_index = ifindex;
	ifi->ifi_flags = flags;
	return nlh;
}

/* A VLAN device with all that we read. */
static struct nlmsghdr *
make_link(guint8 *buffer, guint16 type)
{
	struct nlmsghdr *nlh = begin_link(buffer, type, AF_UNSPEC, 7, IFF_UP | IFF_RUNNING);
	struct nlattr *outer;
	struct nlattr *inner;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, "eth0.17");
	mnl_attr_put_u8(nlh, IFLA_CARRIER, 1);
	mnl_attr_put_u32(nlh, IFLA_CARRIER_DOWN_COUNT, 5);
	mnl_attr_put_u32(nlh, IFLA_MTU, 9000);
	mnl_attr_put_u32(nlh, IFLA_MASTER, 12);
	mnl_attr_put_u32(nlh, IFLA_LINK, 3);
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, 4);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, 2);
	mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_put(nlh, IFLA_PERM_ADDRESS, sizeof(mac), mac);
	outer = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vlan");
	inner = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, 17);
	mnl_attr_nest_end(nlh, inner);
	mnl_attr_nest_end(nlh, outer);
	outer = mnl_attr_nest_start(nlh, IFLA_XDP);
	mnl_attr_put_u8(nlh, IFLA_XDP_ATTACHED, XDP_ATTACHED_DRV);
	mnl_attr_put_u32(nlh, IFLA_XDP_PROG_ID, 99);
	mnl_attr_nest_end(nlh, outer);
	return nlh;
}

static void
test_link(void)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct link_info info;

	g_assert_cmpint(link_parse(make_link(buffer, RTM_NEWLINK), &info), ==, LINK_MESSAGE_STATE);
	g_assert_cmpint(info.ifindex, ==, 7);
	g_assert_cmpstr(info.name, ==, "eth0.17");
	g_assert_cmpint(info.type, ==, ARPHRD_ETHER);
	g_assert_cmpuint(info.flags, ==, IFF_UP | IFF_RUNNING);
	g_assert_true(info.carrier);
	g_assert_cmpuint(info.carrier_downs, ==, 5);
	g_assert_cmpuint(info.mtu, ==, 9000);
	g_assert_cmpint(info.master, ==, 12);
	g_assert_cmpint(info.link, ==, 3);
	g_assert_cmpuint(info.n_rx_queues, ==, 2);
	g_assert_cmpuint(info.n_tx_queues, ==, 4);
	g_assert_cmpmem(info.mac.b, 6, mac, 6);
	g_assert_cmpmem(info.perm_mac.b, 6, mac, 6);
	g_assert_cmpstr(info.kind, ==, "vlan");
	g_assert_cmpuint(info.vlan, ==, 17);
	g_assert_cmpuint(info.xdp_prog_id, ==, 99);
	g_assert_cmpuint(info.speed, ==, BOND_SPEED_UNKNOWN);
	g_assert_cmpint(link_parse(make_link(buffer, RTM_DELLINK), &info), ==, LINK_MESSAGE_GONE);
}

static void
test_carrier(void)
{
	static const struct {
		guint flags;
		int attribute; /* -1: none */
		gboolean carrier;
	} rows[] = {
	    {IFF_UP | 1u << 16, -1, TRUE},
	    {IFF_UP, -1, FALSE},
	    {IFF_UP | 1u << 16, 0, FALSE},
	    {IFF_UP, 1, TRUE}, /* not operational for another reason, e.g. 802.1X */
	    {0, 1, TRUE},
	    {IFF_UP | IFF_RUNNING, -1, FALSE},
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		guint8 buffer[NETLINK_REQUEST_SIZE];
		struct nlmsghdr *nlh = begin_link(buffer, RTM_NEWLINK, AF_UNSPEC, 7, rows[i].flags);
		struct link_info info;

		mnl_attr_put_strz(nlh, IFLA_IFNAME, "eth0");
		if (rows[i].attribute >= 0)
			mnl_attr_put_u8(nlh, IFLA_CARRIER, (guint8) rows[i].attribute);
		g_assert_cmpint(link_parse(nlh, &info), ==, LINK_MESSAGE_STATE);
		g_assert_cmpint(info.carrier, ==, rows[i].carrier);
	}
}

static enum link_message
parse_named(guint8 family, int ifindex, guint16 type, const void *name, gsize len)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = begin_link(buffer, type, family, ifindex, 0);
	struct link_info info;

	mnl_attr_put(nlh, IFLA_IFNAME, len, name);
	return link_parse(nlh, &info);
}

static void
test_not_ours(void)
{
	static const char full[] = "a123456789012345";

	g_assert_cmpint(parse_named(AF_UNSPEC, 7, RTM_NEWLINK, "eth0", 5), ==, LINK_MESSAGE_STATE);
	/* A port leaving a bridge is not a device going away. */
	g_assert_cmpint(parse_named(AF_BRIDGE, 7, RTM_DELLINK, "eth0", 5), ==, LINK_MESSAGE_OTHER);
	g_assert_cmpint(parse_named(AF_UNSPEC, 0, RTM_NEWLINK, "eth0", 5), ==, LINK_MESSAGE_OTHER);
	g_assert_cmpint(parse_named(AF_UNSPEC, -5, RTM_NEWLINK, "eth0", 5), ==, LINK_MESSAGE_OTHER);
	g_assert_cmpint(parse_named(AF_UNSPEC, 7, RTM_NEWADDR, "eth0", 5), ==, LINK_MESSAGE_OTHER);
	g_assert_cmpint(parse_named(AF_UNSPEC, 7, RTM_NEWLINK, "eth0", 4), ==, LINK_MESSAGE_OTHER);
	g_assert_cmpint(parse_named(AF_UNSPEC, 7, RTM_NEWLINK, "", 1), ==, LINK_MESSAGE_OTHER);
	g_assert_cmpint(parse_named(AF_UNSPEC, 7, RTM_NEWLINK, "", 0), ==, LINK_MESSAGE_OTHER);
	g_assert_cmpint(parse_named(AF_UNSPEC, 7, RTM_NEWLINK, full + 1, 16), ==, LINK_MESSAGE_STATE);
	g_assert_cmpint(parse_named(AF_UNSPEC, 7, RTM_NEWLINK, full, 17), ==, LINK_MESSAGE_OTHER);
}

/* Attributes of the wrong size count as missing. */
static void
test_wrong_sizes(void)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = begin_link(buffer, RTM_NEWLINK, AF_UNSPEC, 7, IFF_UP);
	struct link_info info;
	struct nlattr *nest;
	guint8 bytes[32];

	memset(bytes, 0xff, sizeof(bytes));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "ib0");
	mnl_attr_put(nlh, IFLA_ADDRESS, 20, bytes);
	mnl_attr_put(nlh, IFLA_PERM_ADDRESS, 0, NULL);
	mnl_attr_put(nlh, IFLA_MTU, 3, bytes);
	mnl_attr_put(nlh, IFLA_MASTER, 4, bytes);
	mnl_attr_put(nlh, IFLA_LINK, 4, bytes);
	mnl_attr_put(nlh, IFLA_CARRIER, 4, bytes);
	nest = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put(nlh, IFLA_INFO_KIND, 32, bytes);
	mnl_attr_nest_end(nlh, nest);
	g_assert_cmpint(link_parse(nlh, &info), ==, LINK_MESSAGE_STATE);
	g_assert_true(bond_mac_is_zero(&info.mac));
	g_assert_true(bond_mac_is_zero(&info.perm_mac));
	g_assert_cmpuint(info.mtu, ==, 0);
	g_assert_cmpint(info.master, ==, 0);
	g_assert_cmpint(info.link, ==, 0);
	g_assert_false(info.carrier);
	g_assert_cmpstr(info.kind, ==, "");
}

static void
test_link_elsewhere(void)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = begin_link(buffer, RTM_NEWLINK, AF_UNSPEC, 7, IFF_UP);
	struct link_info info;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, "veth0");
	mnl_attr_put_u32(nlh, IFLA_LINK, 3);
	mnl_attr_put_u32(nlh, IFLA_LINK_NETNSID, 0);
	g_assert_cmpint(link_parse(nlh, &info), ==, LINK_MESSAGE_STATE);
	g_assert_cmpint(info.link, ==, 0);
}

static struct nlmsghdr *
make_address(guint8 *buffer, int family, guint8 prefix, guint32 flags)
{
	static const guint8 own[16] = {192, 0, 2, 1};
	static const guint8 peer[16] = {192, 0, 2, 2};
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_NEWADDR, 0);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	gsize size = family == AF_INET ? 4 : 16;

	ifa->ifa_family = (guint8) family;
	ifa->ifa_prefixlen = prefix;
	ifa->ifa_index = 9;
	mnl_attr_put(nlh, IFA_ADDRESS, size, peer);
	mnl_attr_put(nlh, IFA_LOCAL, size, own);
	mnl_attr_put_u32(nlh, IFA_FLAGS, flags);
	return nlh;
}

static void
test_address(void)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct link_address address;
	gboolean usable;
	int ifindex;

	g_assert_true(link_parse_address(make_address(buffer, AF_INET, 24, 0), &address, &ifindex, &usable));
	g_assert_cmpint(address.family, ==, AF_INET);
	g_assert_cmpuint(address.prefix, ==, 24);
	g_assert_cmpuint(address.address[3], ==, 1);
	g_assert_cmpint(ifindex, ==, 9);
	g_assert_true(usable);
	g_assert_true(
	    link_parse_address(make_address(buffer, AF_INET6, 128, IFA_F_TENTATIVE), &address, &ifindex, &usable));
	g_assert_false(usable);
	g_assert_true(link_parse_address(make_address(buffer, AF_INET6, 64, IFA_F_TENTATIVE | IFA_F_OPTIMISTIC),
					 &address, &ifindex, &usable));
	g_assert_true(usable);
	g_assert_false(link_parse_address(make_address(buffer, AF_INET, 33, 0), &address, &ifindex, &usable));
	g_assert_false(link_parse_address(make_address(buffer, AF_BRIDGE, 0, 0), &address, &ifindex, &usable));
}

static struct nlmsghdr *
make_features(guint8 *buffer)
{
	static const struct {
		guint16 set;
		const char *name;
		gboolean value;
	} bits[] = {{ETHTOOL_A_FEATURES_HW, "rx-gro", TRUE},
		    {ETHTOOL_A_FEATURES_HW, "loopback", FALSE},
		    {ETHTOOL_A_FEATURES_HW, "tx-nocache-copy", TRUE},
		    {ETHTOOL_A_FEATURES_ACTIVE, "rx-gro", FALSE}};
	struct nlmsghdr *nlh = netlink_begin(buffer, 30, 0);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = ETHTOOL_MSG_FEATURES_GET_REPLY;
	for (guint16 set = ETHTOOL_A_FEATURES_HW; set <= ETHTOOL_A_FEATURES_ACTIVE; set++) {
		struct nlattr *outer = mnl_attr_nest_start(nlh, set);
		struct nlattr *list;

		if (set == ETHTOOL_A_FEATURES_ACTIVE)
			mnl_attr_put(nlh, ETHTOOL_A_BITSET_NOMASK, 0, NULL);
		list = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS);
		for (guint i = 0; i < G_N_ELEMENTS(bits); i++) {
			struct nlattr *bit;

			if (bits[i].set != set)
				continue;
			bit = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS_BIT);
			mnl_attr_put_strz(nlh, ETHTOOL_A_BITSET_BIT_NAME, bits[i].name);
			if (bits[i].value)
				mnl_attr_put(nlh, ETHTOOL_A_BITSET_BIT_VALUE, 0, NULL);
			mnl_attr_nest_end(nlh, bit);
		}
		mnl_attr_nest_end(nlh, list);
		mnl_attr_nest_end(nlh, outer);
	}
	return nlh;
}

static void
test_features(void)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = make_features(buffer);
	gboolean changeable;
	gboolean active;

	g_assert_true(link_parse_feature(nlh, "rx-gro", &changeable, &active));
	g_assert_true(changeable);
	g_assert_true(active);
	g_assert_true(link_parse_feature(nlh, "loopback", &changeable, &active));
	g_assert_false(changeable);
	g_assert_false(active);
	g_assert_true(link_parse_feature(nlh, "tx-nocache-copy", &changeable, &active));
	g_assert_true(changeable);
	g_assert_false(active);
	g_assert_false(link_parse_feature(nlh, "rx-gr", &changeable, &active));
}

static struct nlmsghdr *
make_linkmodes(guint8 *buffer, guint32 speed, guint8 duplex)
{
	struct nlmsghdr *nlh = netlink_begin(buffer, 30, 0);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = ETHTOOL_MSG_LINKMODES_GET_REPLY;
	mnl_attr_put_u32(nlh, ETHTOOL_A_LINKMODES_SPEED, speed);
	mnl_attr_put_u8(nlh, ETHTOOL_A_LINKMODES_DUPLEX, duplex);
	return nlh;
}

static void
test_linkmodes(void)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	enum bond_duplex duplex;
	guint32 speed;

	g_assert_true(link_parse_linkmodes(make_linkmodes(buffer, 10000, 1), &speed, &duplex));
	g_assert_cmpuint(speed, ==, 10000);
	g_assert_cmpint(duplex, ==, BOND_DUPLEX_FULL);
	g_assert_true(link_parse_linkmodes(make_linkmodes(buffer, 0, 7), &speed, &duplex));
	g_assert_cmpuint(speed, ==, BOND_SPEED_UNKNOWN);
	g_assert_cmpint(duplex, ==, BOND_DUPLEX_UNKNOWN);
}

/* --- Damage: every parser, every length, every byte. The sanitizers say whether one reads too far. --- */

static void
parse_all(void *user, const struct nlmsghdr *nlh)
{
	struct link_address address;
	struct link_route route;
	struct link_info info;
	struct link_way way;
	enum bond_duplex duplex;
	gboolean yes;
	guint32 speed;
	guint *n = user;
	int ifindex;

	if (link_parse(nlh, &info) != LINK_MESSAGE_OTHER) {
		g_assert_cmpuint(strlen(info.name), <, sizeof(info.name));
		g_assert_cmpuint(strlen(info.kind), <, sizeof(info.kind));
		g_assert_cmpint(info.ifindex, >, 0);
		g_assert_cmpint(info.link, >=, 0);
		g_assert_cmpint(info.master, >=, 0);
		++*n;
	}
	if (link_parse_address(nlh, &address, &ifindex, &yes))
		g_assert_cmpuint(address.prefix, <=, 128);
	if (link_parse_route(nlh, &route, &ifindex))
		g_assert_cmpuint(route.prefix, <=, 128);
	if (link_parse_way(nlh, &way))
		g_assert_cmpint(way.ifindex, >=, 0);
	link_parse_linkmodes(nlh, &speed, &duplex);
	link_parse_feature(nlh, "tx-nocache-copy", &yes, &yes);
}

static guint
walk_copy(const void *data, gsize len)
{
	g_autofree guint8 *copy = g_memdup2(data, len);
	struct netlink_result result = {0};
	guint n = 0;

	if (len > 0)
		netlink_walk(copy, len, 0, parse_all, &n, &result);
	return n;
}

static void
damage(const struct nlmsghdr *nlh)
{
	g_autofree guint8 *copy = g_memdup2(nlh, nlh->nlmsg_len);

	for (gsize len = 0; len <= nlh->nlmsg_len; len++) {
		g_autofree guint8 *shorter = g_memdup2(nlh, nlh->nlmsg_len);
		guint32 claim = (guint32) len;

		walk_copy(nlh, len);
		/* The header admits the cut: only the attributes lie. */
		memcpy(shorter, &claim, sizeof(claim));
		walk_copy(shorter, len);
	}
	for (gsize at = 0; at < nlh->nlmsg_len; at++)
		for (guint flip = 1; flip < 256; flip = flip * 2 + 1) {
			copy[at] ^= (guint8) flip;
			walk_copy(copy, nlh->nlmsg_len);
			copy[at] ^= (guint8) flip;
		}
}

static void
test_damage(void)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];

	g_assert_cmpuint(walk_copy(make_link(buffer, RTM_NEWLINK), make_link(buffer, RTM_NEWLINK)->nlmsg_len), ==, 1);
	damage(make_link(buffer, RTM_NEWLINK));
	damage(make_address(buffer, AF_INET, 24, 0));
	damage(make_features(buffer));
	damage(make_linkmodes(buffer, 1000, 1));
}

/* A cut attribute makes the whole message worthless: what is missing must not be taken for zero. */
static void
test_cut_message(void)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = make_link(buffer, RTM_NEWLINK);
	struct link_info info;

	nlh->nlmsg_len -= 3;
	g_assert_cmpint(link_parse(nlh, &info), ==, LINK_MESSAGE_OTHER);
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 2;
	g_assert_cmpint(link_parse(nlh, &info), ==, LINK_MESSAGE_OTHER);
}

static void
count(void *user, const struct nlmsghdr *nlh)
{
	++*(guint *) user;
}

static void
test_walk(void)
{
	guint8 buffer[4 * NETLINK_REQUEST_SIZE];
	struct netlink_result result = {0};
	struct nlmsghdr *nlh = make_link(buffer, RTM_NEWLINK);
	gsize one = nlh->nlmsg_len;
	guint n = 0;

	g_assert_cmpuint(one % 4, ==, 0);
	nlh->nlmsg_seq = 5;
	nlh = make_link(buffer + one, RTM_NEWLINK);
	nlh->nlmsg_seq = 6;
	nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
	g_assert_true(netlink_walk(buffer, 2 * one, 0, count, &n, &result));
	g_assert_cmpuint(n, ==, 2);
	g_assert_true(result.interrupted);
	g_assert_false(result.done);

	/* The answer to another question does not count. */
	n = 0;
	memset(&result, 0, sizeof(result));
	g_assert_true(netlink_walk(buffer, 2 * one, 5, count, &n, &result));
	g_assert_cmpuint(n, ==, 1);
	g_assert_false(result.interrupted);

	/* The second message claims more than there is, then less than a header. */
	n = 0;
	g_assert_false(netlink_walk(buffer, 2 * one - 4, 0, count, &n, &result));
	g_assert_cmpuint(n, ==, 1);
	nlh->nlmsg_len = 15;
	g_assert_false(netlink_walk(buffer, 2 * one, 0, count, &n, &result));
	nlh->nlmsg_len = 0;
	g_assert_false(netlink_walk(buffer, 2 * one, 0, count, &n, &result));
	nlh->nlmsg_len = G_MAXUINT32;
	g_assert_false(netlink_walk(buffer, 2 * one, 0, count, &n, &result));
}

static int
walk_error(int code, gsize payload, const char *text, char *seen)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	struct nlmsgerr *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
	struct netlink_result result = {0};

	err->error = code;
	if (text != NULL)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, text);
	if (payload > 0)
		nlh->nlmsg_len = MNL_NLMSG_HDRLEN + (guint32) payload;
	netlink_walk(nlh, nlh->nlmsg_len, 0, NULL, NULL, &result);
	g_assert_true(result.done);
	strcpy(seen, result.text);
	return result.error;
}

static void
test_errors(void)
{
	char text[128];

	g_assert_cmpint(walk_error(0, 0, NULL, text), ==, 0);
	g_assert_cmpint(walk_error(-EBUSY, 0, "somebody is in the way", text), ==, EBUSY);
	g_assert_cmpstr(text, ==, "somebody is in the way");
	g_assert_cmpint(walk_error(-EBUSY, 2, NULL, text), ==, EBADMSG);
	g_assert_cmpint(walk_error(EBUSY, 0, NULL, text), ==, EBADMSG);
	g_assert_cmpint(walk_error(G_MININT, 0, NULL, text), ==, EBADMSG);
}

/* The failed request is quoted before the text unless the kernel left it out; its length is a claim, too. */
static void
test_quoted_request(void)
{
	static const guint32 claims[] = {0, 15, 16, 17, 64, 4096, G_MAXUINT32};

	for (guint i = 0; i < G_N_ELEMENTS(claims); i++) {
		guint8 buffer[NETLINK_REQUEST_SIZE];
		struct nlmsghdr *nlh = netlink_begin(buffer, NLMSG_ERROR, NLM_F_ACK_TLVS);
		struct nlmsgerr *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
		struct netlink_result result = {0};
		g_autofree guint8 *copy = NULL;

		err->error = -EINVAL;
		err->msg.nlmsg_len = claims[i];
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "no");
		copy = g_memdup2(nlh, nlh->nlmsg_len);
		netlink_walk(copy, nlh->nlmsg_len, 0, NULL, NULL, &result);
		g_assert_cmpint(result.error, ==, EINVAL);
		g_assert_cmpstr(result.text, ==, claims[i] == 16 ? "no" : "");
	}
}

static void
test_done(void)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, NLMSG_DONE, NLM_F_DUMP_INTR);
	gint32 *code = mnl_nlmsg_put_extra_header(nlh, sizeof(*code));
	struct netlink_result result = {0};

	*code = -ENOMEM;
	g_assert_true(netlink_walk(nlh, nlh->nlmsg_len, 0, NULL, NULL, &result));
	g_assert_true(result.done);
	g_assert_true(result.interrupted);
	g_assert_cmpint(result.error, ==, ENOMEM);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/link-parse/link", test_link);
	g_test_add_func("/link-parse/carrier", test_carrier);
	g_test_add_func("/link-parse/not-ours", test_not_ours);
	g_test_add_func("/link-parse/wrong-sizes", test_wrong_sizes);
	g_test_add_func("/link-parse/link-elsewhere", test_link_elsewhere);
	g_test_add_func("/link-parse/address", test_address);
	g_test_add_func("/link-parse/features", test_features);
	g_test_add_func("/link-parse/linkmodes", test_linkmodes);
	g_test_add_func("/link-parse/damage", test_damage);
	g_test_add_func("/link-parse/cut-message", test_cut_message);
	g_test_add_func("/netlink/walk", test_walk);
	g_test_add_func("/netlink/errors", test_errors);
	g_test_add_func("/netlink/quoted-request", test_quoted_request);
	g_test_add_func("/netlink/done", test_done);
	return g_test_run();
}
