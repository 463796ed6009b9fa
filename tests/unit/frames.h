/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames for tests: built from the outside in, and checked by the plainest code that can be right. */
#pragma once

#include "engine/wire.h"

static inline void
frame_put8(GByteArray *f, guint8 v)
{
	g_byte_array_append(f, &v, 1);
}

static inline void
frame_put16(GByteArray *f, guint16 v)
{
	frame_put8(f, v >> 8);
	frame_put8(f, v & 0xff);
}

static inline void
frame_put32(GByteArray *f, guint32 v)
{
	frame_put16(f, v >> 16);
	frame_put16(f, v & 0xffff);
}

/* @n bytes that go on from @first. */
static inline void
frame_put_run(GByteArray *f, guint8 first, guint n)
{
	while (n-- > 0)
		frame_put8(f, first++);
}

static inline GByteArray *
frame_eth(guint16 ethertype)
{
	static const guint8 macs[12] = {0x02, 0, 0, 0, 0x10, 0x21, 0x02, 0, 0, 0, 0x20, 0x43};
	GByteArray *f = g_byte_array_new();

	g_byte_array_append(f, macs, sizeof(macs));
	frame_put16(f, ethertype);
	return f;
}

/* Behind an Ethertype that was one of a VLAN. */
static inline void
frame_vlan(GByteArray *f, guint16 tci, guint16 ethertype)
{
	frame_put16(f, tci);
	frame_put16(f, ethertype);
}

/* @fragment: the flags and the offset; @l4_len: what follows. */
static inline void
frame_ip4(GByteArray *f, guint8 proto, guint16 fragment, guint l4_len)
{
	frame_put16(f, 0x4500);
	frame_put16(f, 20 + l4_len);
	frame_put16(f, 0x1234);
	frame_put16(f, fragment);
	frame_put8(f, 64);
	frame_put8(f, proto);
	frame_put16(f, 0); /* checksum: frame_finish_ip4() */
	frame_put32(f, 0xc0000201);
	frame_put32(f, 0xc6336407);
}

static inline void
frame_ip6(GByteArray *f, guint8 next, guint l4_len)
{
	frame_put32(f, 0x60012345);
	frame_put16(f, l4_len);
	frame_put8(f, next);
	frame_put8(f, 64);
	frame_put32(f, 0x20010db8);
	frame_put_run(f, 1, 12);
	frame_put32(f, 0x20010db8);
	frame_put_run(f, 0x41, 12);
}

static inline void
frame_udp(GByteArray *f, guint16 source, guint16 dest, guint payload)
{
	frame_put16(f, source);
	frame_put16(f, dest);
	frame_put16(f, 8 + payload);
	frame_put16(f, 0);
	frame_put_run(f, 0, payload);
}

/* Ones' complement of the ones' complement sum, a byte pair at a time; an odd last byte is a high one. */
static inline guint16
reference_checksum(guint32 sum, const guint8 *p, gsize len)
{
	gsize i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (guint32) p[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Of a TCP segment from @l4 to the end of the frame; 0 if the checksum in it is right. */
static inline guint16
reference_tcp_checksum(const guint8 *frame, gsize len, gsize l3, gsize l4, gboolean ipv6)
{
	const gsize first = l3 + (ipv6 ? 8 : 12);
	const gsize last = first + (ipv6 ? 32 : 8);
	guint32 sum = WIRE_PROTO_TCP + (len - l4);
	gsize i;

	for (i = first; i < last; i += 2)
		sum += frame[i] << 8 | frame[i + 1];
	return reference_checksum(sum, frame + l4, len - l4);
}

static inline void
frame_store16(guint8 *p, guint16 v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static inline void
frame_finish_ip4(guint8 *ip)
{
	frame_store16(ip + 10, 0);
	frame_store16(ip + 10, reference_checksum(0, ip, (ip[0] & 0xf) * 4));
}

/* A TCP frame as the host or the wire has it. */
struct tcp_spec {
	guint tags;
	gboolean ipv6;
	guint16 id;
	gboolean df;
	guint16 sport;
	guint32 seq;
	guint8 flags;
	guint options; /* bytes, a multiple of 4 */
	guint payload;
};

struct tcp_place {
	guint l3;
	guint l4;
	guint payload;
};

/* Checksums are right. @place may be NULL. */
static inline GByteArray *
frame_tcp(const struct tcp_spec *spec, struct tcp_place *place)
{
	const guint l4_len = 20 + spec->options + spec->payload;
	const guint16 ip = spec->ipv6 ? WIRE_IP6 : WIRE_IP4;
	GByteArray *f = frame_eth(spec->tags == 0 ? ip : spec->tags == 1 ? WIRE_8021Q : WIRE_8021AD);
	struct tcp_place here;
	guint i;

	for (i = 0; i < spec->tags; i++)
		frame_vlan(f, 100 + i, i + 1 < spec->tags ? WIRE_8021Q : ip);
	here.l3 = f->len;
	if (spec->ipv6)
		frame_ip6(f, WIRE_PROTO_TCP, l4_len);
	else
		frame_ip4(f, WIRE_PROTO_TCP, spec->df ? 0x4000 : 0, l4_len);
	here.l4 = f->len;
	frame_put16(f, spec->sport);
	frame_put16(f, 5201);
	frame_put32(f, spec->seq);
	frame_put32(f, 0x01020304);
	frame_put8(f, (20 + spec->options) / 4 << 4);
	frame_put8(f, spec->flags);
	frame_put16(f, 0x1000);
	frame_put32(f, 0);
	frame_put_run(f, 0x80, spec->options);
	here.payload = f->len;
	frame_put_run(f, spec->seq * 7, spec->payload);
	if (!spec->ipv6) {
		frame_store16(f->data + here.l3 + 4, spec->id);
		frame_finish_ip4(f->data + here.l3);
	}
	frame_store16(f->data + here.l4 + 16, reference_tcp_checksum(f->data, f->len, here.l3, here.l4, spec->ipv6));
	if (place)
		*place = here;
	return f;
}
