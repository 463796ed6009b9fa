/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packet.h"

#include "engine/wire.h"

#define ND_SIZE	       32
#define ND_OPTION_SIZE 8
#define ICMP_SIZE      64 /* what ping sends by itself: 8 of header, 56 of data */

const struct bond_mac packet_broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static guint8 *
put16(guint8 *at, guint16 value)
{
	at[0] = (guint8) (value >> 8);
	at[1] = (guint8) value;
	return at + 2;
}

static guint8 *
put_bytes(guint8 *at, const void *bytes, gsize len)
{
	memcpy(at, bytes, len);
	return at + len;
}

static guint8 *
put_zeros(guint8 *at, gsize len)
{
	memset(at, 0, len);
	return at + len;
}

static guint8 *
put_ethernet(guint8 *at, const struct bond_mac *to, const struct bond_mac *from, guint16 type)
{
	at = put_bytes(at, to->b, BOND_ETH_ALEN);
	at = put_bytes(at, from->b, BOND_ETH_ALEN);
	return put16(at, type);
}

static guint32
sum(const guint8 *data, gsize len)
{
	guint32 total = 0;

	for (gsize i = 0; i < len; i += 2)
		total += wire_get16(data + i);
	return total;
}

static void
put_checksum(guint8 *at, guint32 total)
{
	while (total > G_MAXUINT16)
		total = (total & G_MAXUINT16) + (total >> 16);
	put16(at, (guint16) ~total);
}

gsize
packet_arp(const struct bond_mac *to, const struct bond_mac *from, enum packet_arp operation, const guint8 *source,
	   const struct bond_mac *target_mac, const guint8 *target, guint8 *frame)
{
	static const guint8 ethernet_ip4[] = {0, 1, 0x08, 0, BOND_ETH_ALEN, 4};
	static const struct bond_mac unknown;
	guint8 *at = put_ethernet(frame, to, from, WIRE_ARP);

	at = put_bytes(at, ethernet_ip4, sizeof(ethernet_ip4));
	at = put16(at, (guint16) operation);
	at = put_bytes(at, from->b, BOND_ETH_ALEN);
	at = put_bytes(at, source, 4);
	at = put_bytes(at, target_mac != NULL ? target_mac->b : unknown.b, BOND_ETH_ALEN);
	at = put_bytes(at, target, 4);
	return (gsize) (at - frame);
}

static guint8 *
put_ip6(guint8 *at, guint16 payload, guint8 next, const guint8 *source, const guint8 *destination)
{
	at = put16(at, 0x6000);
	at = put_zeros(at, 2);
	at = put16(at, payload);
	*at++ = next;
	*at++ = 255;
	at = put_bytes(at, source, 16);
	return put_bytes(at, destination, 16);
}

gsize
packet_nd(const struct bond_mac *to, const struct bond_mac *from, enum packet_icmp6 type, guint8 flags,
	  const guint8 *source, const guint8 *destination, const guint8 *target, guint8 *frame)
{
	/* Who asks one host knows its address. */
	gboolean has_option = type == PACKET_ND_SOLICITATION || (flags & PACKET_ND_OVERRIDE) != 0;
	guint16 size = has_option ? ND_SIZE : ND_SIZE - ND_OPTION_SIZE;
	guint8 *ip = put_ethernet(frame, to, from, WIRE_IP6);
	guint8 *icmp = put_ip6(ip, size, WIRE_PROTO_ICMPV6, source, destination);
	guint8 *at = icmp;

	*at++ = (guint8) type;
	at = put_zeros(at, 3);
	*at++ = flags;
	at = put_zeros(at, 3);
	at = put_bytes(at, target, 16);
	if (has_option) {
		*at++ = type == PACKET_ND_ADVERTISEMENT ? 2 : 1; /* target or source link-layer address */
		*at++ = 1;
		at = put_bytes(at, from->b, BOND_ETH_ALEN);
	}
	put_checksum(icmp + 2, sum(ip + 8, 32) + size + WIRE_PROTO_ICMPV6 + sum(icmp, size));
	return (gsize) (at - frame);
}

static guint8 *
put_ip4(guint8 *ip, guint16 payload, guint8 protocol, const guint8 *source, const guint8 *destination)
{
	guint8 *at = put16(ip, 0x4500);

	at = put16(at, WIRE_IP4_HEADER + payload);
	at = put_zeros(at, 4);
	*at++ = 64;
	*at++ = protocol;
	at = put_zeros(at, 2);
	at = put_bytes(at, source, 4);
	at = put_bytes(at, destination, 4);
	put_checksum(ip + 10, sum(ip, WIRE_IP4_HEADER));
	return at;
}

gsize
packet_echo(const struct bond_mac *to, const struct bond_mac *from, enum packet_icmp4 type, const guint8 *source,
	    const guint8 *destination, guint16 id, guint16 sequence, guint8 *frame)
{
	guint8 *ip = put_ethernet(frame, to, from, WIRE_IP4);
	guint8 *icmp = put_ip4(ip, ICMP_SIZE, WIRE_PROTO_ICMP, source, destination);
	guint8 *at = put_zeros(icmp, ICMP_SIZE);

	icmp[0] = (guint8) type;
	put16(icmp + 4, id);
	put16(icmp + 6, sequence);
	put_checksum(icmp + 2, sum(icmp, ICMP_SIZE));
	return (gsize) (at - frame);
}

gsize
packet_datagram(const struct bond_mac *to, const struct bond_mac *from, const guint8 *source, const guint8 *destination,
		guint8 *frame)
{
	guint8 *ip = put_ethernet(frame, to, from, WIRE_IP4);
	guint8 *at = put_zeros(put_ip4(ip, 26, PACKET_EXPERIMENTAL, source, destination), 26);

	return (gsize) (at - frame);
}

void
packet_solicited_node(const guint8 *ip6, guint8 *group, struct bond_mac *mac)
{
	static const guint8 prefix[13] = {0xff, 0x02, [11] = 1, [12] = 0xff};

	memcpy(group, prefix, sizeof(prefix));
	memcpy(group + 13, ip6 + 13, 3);
	*mac = (struct bond_mac){{0x33, 0x33, 0xff, ip6[13], ip6[14], ip6[15]}};
}

gsize
packet_tag(const guint8 *frame, gsize len, guint16 vlan, guint8 *tagged)
{
	guint8 *at = put_bytes(tagged, frame, 2 * BOND_ETH_ALEN);

	at = put16(at, WIRE_8021Q);
	at = put16(at, vlan);
	put_bytes(at, frame + 2 * BOND_ETH_ALEN, len - 2 * BOND_ETH_ALEN);
	return len + WIRE_VLAN_HEADER;
}
