/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing frames: each function writes at @at and returns where the next one goes on.
 */
#pragma once

#include "wire.h"

G_BEGIN_DECLS

static inline guint8 *
wire_put16(guint8 *at, guint16 value)
{
	at[0] = (guint8) (value >> 8);
	at[1] = (guint8) value;
	return at + 2;
}

static inline guint8 *
wire_put_bytes(guint8 *at, const void *bytes, gsize len)
{
	memcpy(at, bytes, len);
	return at + len;
}

static inline guint8 *
wire_put_zeros(guint8 *at, gsize len)
{
	memset(at, 0, len);
	return at + len;
}

/* @tags: outermost first; those of id 0 are left out, as the kernel does. */
static inline guint8 *
wire_put_ethernet(guint8 *at, const struct bond_mac *destination, const struct bond_mac *source,
		  const struct bond_tag *tags, guint n_tags, guint16 type)
{
	at = wire_put_bytes(at, destination->b, sizeof(destination->b));
	at = wire_put_bytes(at, source->b, sizeof(source->b));
	for (guint i = 0; i < n_tags; i++) {
		if (tags[i].id == 0)
			continue;
		at = wire_put16(at, tags[i].protocol);
		at = wire_put16(at, tags[i].id & 0x0fff);
	}
	return wire_put16(at, type);
}

/* A packet of neighbour discovery: hop limit 255 proves that no router has passed it on. */
static inline guint8 *
wire_put_nd_header(guint8 *at, guint16 payload, const guint8 *source, const guint8 *destination)
{
	at = wire_put16(at, 0x6000);
	at = wire_put_zeros(at, 2);
	at = wire_put16(at, payload);
	*at++ = WIRE_PROTO_ICMPV6;
	*at++ = 255;
	at = wire_put_bytes(at, source, 16);
	return wire_put_bytes(at, destination, 16);
}

/* The sum of RFC 1071 over an even number of bytes, not folded yet. */
static inline guint32
wire_sum(const guint8 *data, gsize len)
{
	guint32 total = 0;

	for (gsize i = 0; i < len; i += 2)
		total += (guint32) data[i] << 8 | data[i + 1];
	return total;
}

static inline void
wire_put_checksum(guint8 *at, guint32 total)
{
	while (total > G_MAXUINT16)
		total = (total & G_MAXUINT16) + (total >> 16);
	wire_put16(at, (guint16) ~total);
}

/* The checksum of an ICMPv6 message behind the header @ip, over its pseudo header, too. */
static inline void
wire_put_nd_checksum(const guint8 *ip, guint8 *icmp, guint16 payload)
{
	wire_put_checksum(icmp + 2, wire_sum(ip + 8, 32) + payload + WIRE_PROTO_ICMPV6 + wire_sum(icmp, payload));
}

G_END_DECLS
