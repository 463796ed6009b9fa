/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-frame.h"

#include "bond-private.h"
#include "wire-put.h"

#include <errno.h>

/* Ports and enough behind them for a header of TCP. */
#define PAYLOAD 20

static gboolean
is_ipv6(const struct flow_fields *fields)
{
	return (fields->has_source && fields->source.is_ipv6) ||
	       (fields->has_destination && fields->destination.is_ipv6) || fields->ether_type == WIRE_IP6;
}

static gboolean
check(const struct flow_fields *fields, GError **error)
{
	gboolean ipv6 = is_ipv6(fields);
	gboolean has_address = fields->has_source || fields->has_destination;

	if ((fields->has_source && fields->source.is_ipv6 != ipv6) ||
	    (fields->has_destination && fields->destination.is_ipv6 != ipv6))
		return bond_set_error(error, EINVAL, "one address is IPv4 and the other, or the EtherType, is IPv6");
	if (has_address && fields->ether_type != 0 && fields->ether_type != (ipv6 ? WIRE_IP6 : WIRE_IP4) &&
	    fields->ether_type != WIRE_ARP)
		return bond_set_error(error, EINVAL, "EtherType 0x%04x has no IP addresses: leave one of them out",
				      fields->ether_type);
	return TRUE;
}

static guint8 *
put_payload(guint8 *at, const struct flow_fields *fields)
{
	at = wire_put16(at, fields->source_port);
	at = wire_put16(at, fields->destination_port);
	return wire_put_zeros(at, PAYLOAD - 4);
}

static guint8 *
put_ip4(guint8 *at, const struct flow_fields *fields)
{
	guint8 *header = at;

	at = wire_put16(at, 0x4500);
	at = wire_put16(at, WIRE_IP4_HEADER + PAYLOAD);
	at = wire_put_zeros(at, 4);
	*at++ = 64;
	*at++ = fields->protocol;
	at = wire_put_zeros(at, 2);
	at = wire_put_bytes(at, fields->source.bytes, 4);
	at = wire_put_bytes(at, fields->destination.bytes, 4);
	wire_put_checksum(header + 10, wire_sum(header, WIRE_IP4_HEADER));
	return put_payload(at, fields);
}

static guint8 *
put_ip6(guint8 *at, const struct flow_fields *fields)
{
	at = wire_put16(at, 0x6000);
	at = wire_put_zeros(at, 2);
	at = wire_put16(at, PAYLOAD);
	*at++ = fields->protocol;
	*at++ = 64;
	at = wire_put_bytes(at, fields->source.bytes, 16);
	at = wire_put_bytes(at, fields->destination.bytes, 16);
	return put_payload(at, fields);
}

/* A request of @source for @destination. */
static guint8 *
put_arp(guint8 *at, const struct flow_fields *fields)
{
	at = wire_put16(at, 1);
	at = wire_put16(at, WIRE_IP4);
	*at++ = BOND_ETH_ALEN;
	*at++ = 4;
	at = wire_put16(at, 1);
	at = wire_put_bytes(at, fields->source_mac.b, BOND_ETH_ALEN);
	at = wire_put_bytes(at, fields->source.bytes, 4);
	at = wire_put_zeros(at, BOND_ETH_ALEN);
	return wire_put_bytes(at, fields->destination.bytes, 4);
}

gsize
flow_frame_build(const struct flow_fields *fields, guint8 *frame, GError **error)
{
	guint16 type = fields->ether_type;
	guint8 *at = frame;

	if (!check(fields, error))
		return 0;
	if (type == 0)
		type = is_ipv6(fields) ? WIRE_IP6 : WIRE_IP4;
	at = wire_put_bytes(at, fields->destination_mac.b, BOND_ETH_ALEN);
	at = wire_put_bytes(at, fields->source_mac.b, BOND_ETH_ALEN);
	if (fields->has_vlan) {
		at = wire_put16(at, WIRE_8021Q);
		at = wire_put16(at, fields->vlan);
	}
	at = wire_put16(at, type);
	if (type == WIRE_IP4)
		at = put_ip4(at, fields);
	else if (type == WIRE_IP6)
		at = put_ip6(at, fields);
	else if (type == WIRE_ARP)
		at = put_arp(at, fields);
	else
		at = wire_put_zeros(at, PAYLOAD);
	return (gsize) (at - frame);
}
