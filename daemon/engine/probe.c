/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probe.h"

#include "wire-put.h"

#include <net/if_arp.h>

#define ARP_SIZE	28
#define ARP_SENDER	14 /* IP address of the sender */
#define ARP_TARGET	24
#define NS_SIZE		24
#define NS_OPTION	8
#define ND_HOP_LIMIT	255
#define ND_SOLICIT	135
#define ND_ADVERTISE	136
#define ND_TYPE		WIRE_IP6_HEADER
#define SOURCE_LINK_MAC 1

/* --- Building --- */

static gsize
build_arp(const struct bond_mac *mac, const struct bond_route *route, const struct bond_ip *target, guint8 *frame)
{
	static const struct bond_mac broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	static const guint8 request[] = {0, ARPHRD_ETHER, 0x08, 0, BOND_ETH_ALEN, 4, 0, ARPOP_REQUEST};
	guint8 *at = wire_put_ethernet(frame, &broadcast, mac, route->tags, route->n_tags, WIRE_ARP);

	at = wire_put_bytes(at, request, sizeof(request));
	at = wire_put_bytes(at, mac->b, sizeof(mac->b));
	at = wire_put_bytes(at, route->source.bytes, 4);
	at = wire_put_zeros(at, sizeof(mac->b));
	at = wire_put_bytes(at, target->bytes, 4);
	return (gsize) (at - frame);
}

static gboolean
is_unspecified(const struct bond_ip *ip)
{
	static const guint8 any[16];

	return memcmp(ip->bytes, any, ip->is_ipv6 ? 16 : 4) == 0;
}

static gsize
build_ns(const struct bond_mac *mac, const struct bond_route *route, const struct bond_ip *target, guint8 *frame)
{
	struct bond_ip source = {.is_ipv6 = TRUE};
	struct bond_mac group_mac;
	guint8 group[16];
	guint16 size = NS_SIZE;
	guint8 *ip, *icmp, *at;

	if (route->source.is_ipv6)
		source = route->source;
	/* Whoever has no address yet must not tell where it would be (RFC 4861, 4.3). */
	if (!is_unspecified(&source))
		size += NS_OPTION;
	probe_solicited_node(target->bytes, group, &group_mac);
	ip = wire_put_ethernet(frame, &group_mac, mac, route->tags, route->n_tags, WIRE_IP6);
	icmp = wire_put_nd_header(ip, size, source.bytes, group);
	at = icmp;
	*at++ = ND_SOLICIT;
	at = wire_put_zeros(at, 7);
	at = wire_put_bytes(at, target->bytes, 16);
	if (size > NS_SIZE) {
		*at++ = SOURCE_LINK_MAC;
		*at++ = NS_OPTION / 8;
		at = wire_put_bytes(at, mac->b, sizeof(mac->b));
	}
	wire_put_nd_checksum(ip, icmp, size);
	return (gsize) (at - frame);
}

gsize
probe_build(const struct bond_mac *mac, const struct bond_route *route, const struct bond_ip *target, guint8 *frame)
{
	g_return_val_if_fail(route->n_tags <= BOND_MAX_TAGS, 0);
	return target->is_ipv6 ? build_ns(mac, route, target, frame) : build_arp(mac, route, target, frame);
}

void
probe_solicited_node(const guint8 *ip6, guint8 *group, struct bond_mac *mac)
{
	static const guint8 prefix[16] = {0xff, 0x02, [11] = 1, 0xff};

	memcpy(group, prefix, sizeof(prefix));
	memcpy(group + 13, ip6 + 13, 3);
	*mac = (struct bond_mac){{0x33, 0x33, group[12], group[13], group[14], group[15]}};
}

/* --- Understanding --- */

static void
read_arp(const guint8 *arp, gsize len, struct probe_seen *seen)
{
	static const guint8 ip_over_ethernet[] = {0, ARPHRD_ETHER, 0x08, 0, BOND_ETH_ALEN, 4};

	if (len < ARP_SIZE || memcmp(arp, ip_over_ethernet, sizeof(ip_over_ethernet)) != 0)
		return;
	seen->addressed = TRUE;
	seen->reply = wire_get16(arp + 6) == ARPOP_REPLY;
	memcpy(seen->sender.bytes, arp + ARP_SENDER, 4);
	memcpy(seen->target.bytes, arp + ARP_TARGET, 4);
}

/* Neighbour discovery has no extension headers, as far as the kernel's monitor cares. */
static gboolean
is_nd(const guint8 *ip, gsize len)
{
	return len > ND_TYPE && ip[0] >> 4 == 6 && ip[6] == WIRE_PROTO_ICMPV6 &&
	       (ip[ND_TYPE] == ND_SOLICIT || ip[ND_TYPE] == ND_ADVERTISE);
}

static void
read_nd(const guint8 *ip, gsize len, struct probe_seen *seen)
{
	/* One that a router has passed on comes from nobody here (RFC 4861, 7.1). */
	if (len < WIRE_IP6_HEADER + NS_SIZE || wire_get16(ip + 4) < NS_SIZE || ip[7] != ND_HOP_LIMIT)
		return;
	seen->addressed = TRUE;
	seen->reply = TRUE;
	seen->sender.is_ipv6 = TRUE;
	seen->target.is_ipv6 = TRUE;
	memcpy(seen->sender.bytes, ip + 8, 16);
	memcpy(seen->target.bytes, ip + 24, 16);
}

enum probe_kind
probe_parse(const guint8 *frame, gsize len, struct probe_seen *seen)
{
	gsize at = WIRE_ETH_HEADER;
	guint16 type;

	if (len < at)
		return PROBE_NONE;
	type = wire_get16(frame + at - 2);
	for (guint tags = 0; wire_is_vlan(type) && tags < BOND_MAX_TAGS && len - at >= WIRE_VLAN_HEADER; tags++) {
		at += WIRE_VLAN_HEADER;
		type = wire_get16(frame + at - 2);
	}
	memset(seen, 0, sizeof(*seen));
	memcpy(seen->destination.b, frame, sizeof(seen->destination.b));
	if (type == WIRE_ARP) {
		read_arp(frame + at, len - at, seen);
		return PROBE_ARP;
	}
	if (type != WIRE_IP6)
		return PROBE_NONE;
	if (!is_nd(frame + at, len - at))
		return PROBE_IP6;
	read_nd(frame + at, len - at, seen);
	return PROBE_ND;
}
