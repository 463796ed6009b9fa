/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "announce.h"

#include "wire-put.h"

/* IP's "control" precedence, which routers forward first. */
#define TOS_INTERNETWORK_CONTROL 0xc0
#define IP_DONT_FRAGMENT	 0x4000

#define IPV4_HEADER_WITH_ALERT 24

#define NA_SIZE 32

/* @vlan: 0 is none */
static guint8 *
put_ethernet(guint8 *at, const struct bond_mac *destination, const struct bond_mac *source, guint16 vlan, guint16 type)
{
	const struct bond_tag tag = {.protocol = WIRE_8021Q, .id = vlan & 0x0fff};

	return wire_put_ethernet(at, destination, source, &tag, vlan != 0, type);
}

gsize
announce_arp(const struct bond_mac *mac, guint16 vlan, guint32 ip, guint8 *frame)
{
	static const struct bond_mac broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	static const guint8 request[] = {0, 1, 0x08, 0, BOND_ETH_ALEN, sizeof(ip), 0, 1};
	guint8 *at = put_ethernet(frame, &broadcast, mac, vlan, WIRE_ARP);

	at = wire_put_bytes(at, request, sizeof(request));
	at = wire_put_bytes(at, mac->b, sizeof(mac->b));
	at = wire_put_bytes(at, &ip, sizeof(ip));
	at = wire_put_zeros(at, sizeof(mac->b));
	at = wire_put_bytes(at, &ip, sizeof(ip));
	return (gsize) (at - frame);
}

gsize
announce_na(const struct bond_mac *mac, guint16 vlan, const guint8 *ip6, gboolean router, guint8 *frame)
{
	static const struct bond_mac all_nodes_mac = {{0x33, 0x33, 0, 0, 0, 1}};
	static const guint8 all_nodes[16] = {0xff, 0x02, [15] = 1};
	guint8 *ip = put_ethernet(frame, &all_nodes_mac, mac, vlan, WIRE_IP6);
	guint8 *icmp = wire_put_nd_header(ip, NA_SIZE, ip6, all_nodes);
	guint8 *at = icmp;

	*at++ = 136; /* neighbour advertisement */
	at = wire_put_zeros(at, 3);
	*at++ = router ? 0xa0 : 0x20; /* router, override */
	at = wire_put_zeros(at, 3);
	at = wire_put_bytes(at, ip6, 16);
	*at++ = 2; /* target link-layer address */
	*at++ = 1; /* in units of 8 bytes */
	at = wire_put_bytes(at, mac->b, sizeof(mac->b));
	wire_put_nd_checksum(ip, icmp, NA_SIZE);
	return (gsize) (at - frame);
}

/* With the router alert option (RFC 2113), so that routers look into a packet that is not for them. */
static guint8 *
put_ipv4_alert(guint8 *at, guint16 payload, guint32 source, guint32 destination)
{
	static const guint8 alert[] = {0x94, 4, 0, 0};
	guint8 *ip = at;

	*at++ = 0x40 | IPV4_HEADER_WITH_ALERT / 4;
	*at++ = TOS_INTERNETWORK_CONTROL;
	at = wire_put16(at, IPV4_HEADER_WITH_ALERT + payload);
	at = wire_put_zeros(at, 2);
	at = wire_put16(at, IP_DONT_FRAGMENT);
	*at++ = 1; /* hops */
	*at++ = WIRE_PROTO_IGMP;
	at = wire_put_zeros(at, 2);
	at = wire_put_bytes(at, &source, sizeof(source));
	at = wire_put_bytes(at, &destination, sizeof(destination));
	at = wire_put_bytes(at, alert, sizeof(alert));
	wire_put_checksum(ip + 10, wire_sum(ip, IPV4_HEADER_WITH_ALERT));
	return at;
}

/* RFC 1112: the low 23 bits of the group. */
static guint8 *
put_multicast(guint8 *at, const struct bond_mac *mac, guint16 vlan, guint32 group)
{
	guint32 host = g_ntohl(group);
	const struct bond_mac destination = {
	    {0x01, 0x00, 0x5e, (host >> 16) & 0x7f, (guint8) (host >> 8), (guint8) host}};

	return put_ethernet(at, &destination, mac, vlan, WIRE_IP4);
}

static gsize
announce_igmp2(const struct bond_mac *mac, guint16 vlan, guint32 source, guint32 group, guint8 *frame)
{
	guint8 *at = put_multicast(frame, mac, vlan, group);
	guint8 *igmp = put_ipv4_alert(at, 8, source, group);

	at = wire_put16(igmp, 0x1600); /* version 2 membership report */
	at = wire_put_zeros(at, 2);
	at = wire_put_bytes(at, &group, sizeof(group));
	wire_put_checksum(igmp + 2, wire_sum(igmp, 8));
	return (gsize) (at - frame);
}

static gsize
announce_igmp3(const struct bond_mac *mac, guint16 vlan, guint32 source, guint32 group, guint8 *frame)
{
	const guint32 all_routers = g_htonl(0xe0000016);
	guint8 *at = put_multicast(frame, mac, vlan, all_routers);
	guint8 *igmp = put_ipv4_alert(at, 16, source, all_routers);

	at = wire_put16(igmp, 0x2200); /* version 3 membership report */
	at = wire_put_zeros(at, 4);
	at = wire_put16(at, 1);	     /* record: */
	at = wire_put16(at, 0x0200); /* the mode is "exclude", with no sources: everything sent to the group */
	at = wire_put_zeros(at, 2);
	at = wire_put_bytes(at, &group, sizeof(group));
	wire_put_checksum(igmp + 2, wire_sum(igmp, 16));
	return (gsize) (at - frame);
}

gsize
announce_igmp(const struct bond_mac *mac, guint16 vlan, guint32 source, guint32 group, guint version, guint8 *frame)
{
	return version >= 3 ? announce_igmp3(mac, vlan, source, group, frame)
			    : announce_igmp2(mac, vlan, source, group, frame);
}
