/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inet.h"

#include "engine/wire.h"

#define MAX_TAGS 2

/* The compiler makes vector instructions of this. Wider ones than the CPU has it would keep in memory. */
typedef guint64 lanes __attribute__((vector_size(16)));

/* 32 bytes at a time, each lane the sum of 32-bit words: no carry can be lost in less than 2^37 bytes. */
static guint64
sum_lanes(const guint8 *data, gsize len)
{
	const lanes mask = {G_MAXUINT32, G_MAXUINT32};
	lanes sums[4] = {{0}};
	gsize i;

	for (i = 0; i + 2 * sizeof(lanes) <= len; i += 2 * sizeof(lanes)) {
		lanes v[2];

		memcpy(v, data + i, sizeof(v));
		sums[0] += v[0] & mask;
		sums[1] += v[0] >> 32;
		sums[2] += v[1] & mask;
		sums[3] += v[1] >> 32;
	}
	sums[0] += sums[1] + sums[2] + sums[3];
	return sums[0][0] + sums[0][1];
}

guint64
inet_sum(guint64 sum, const guint8 *data, gsize len)
{
	gsize done = len & ~(gsize) 31;
	guint16 last = 0;

	sum = (sum & G_MAXUINT32) + (sum >> 32) + sum_lanes(data, len);
	for (; done + 4 <= len; done += 4)
		sum += wire_load32(data + done);
	if (done + 2 <= len) {
		sum += wire_load16(data + done);
		done += 2;
	}
	if (done < len) {
		memcpy(&last, data + done, 1);
		sum += last;
	}
	return sum;
}

guint64
inet_pseudo_sum(const guint8 *ip, gboolean ipv6, guint8 proto, guint32 len)
{
	guint64 sum = (guint64) GUINT32_TO_BE(len) + GUINT32_TO_BE((guint32) proto);

	return ipv6 ? inet_sum(sum, ip + 8, 32) : inet_sum(sum, ip + 12, 8);
}

static enum inet_kind
find_transport(const guint8 *frame, gsize len, struct inet_tcp *tcp)
{
	guint header;

	if (len < tcp->l4 + INET_TCP_OPTIONS)
		return INET_UNCLEAR;
	header = (frame[tcp->l4 + 12] >> 4) * 4;
	if (header < INET_TCP_OPTIONS || len < tcp->l4 + header)
		return INET_UNCLEAR;
	tcp->payload = tcp->l4 + header;
	return INET_TCP;
}

static enum inet_kind
find_ip4(const guint8 *frame, gsize len, struct inet_tcp *tcp)
{
	const guint8 *ip = frame + tcp->l3;

	if (len < tcp->l3 + WIRE_IP4_HEADER || ip[0] >> 4 != 4 || (ip[0] & 0xf) < 5)
		return INET_UNCLEAR;
	if (ip[9] != WIRE_PROTO_TCP)
		return INET_OTHER;
	if ((wire_get16(ip + 6) & WIRE_IP4_FRAGMENT) != 0)
		return INET_UNCLEAR;
	tcp->l4 = tcp->l3 + (ip[0] & 0xf) * 4;
	tcp->end = tcp->l3 + wire_get16(ip + 2);
	return find_transport(frame, len, tcp);
}

static enum inet_kind
find_ip6(const guint8 *frame, gsize len, struct inet_tcp *tcp)
{
	const guint8 *ip = frame + tcp->l3;

	if (len < tcp->l3 + WIRE_IP6_HEADER || ip[0] >> 4 != 6)
		return INET_UNCLEAR;
	if (ip[6] == WIRE_PROTO_UDP || ip[6] == WIRE_PROTO_ICMPV6)
		return INET_OTHER;
	if (ip[6] != WIRE_PROTO_TCP)
		return INET_UNCLEAR;
	tcp->ipv6 = TRUE;
	tcp->l4 = tcp->l3 + WIRE_IP6_HEADER;
	tcp->end = tcp->l4 + wire_get16(ip + 4);
	return find_transport(frame, len, tcp);
}

enum inet_kind
inet_find_tcp(const guint8 *frame, gsize len, struct inet_tcp *tcp)
{
	guint16 ethertype;
	guint tags;

	*tcp = (struct inet_tcp){.l3 = WIRE_ETH_HEADER};
	if (len < WIRE_ETH_HEADER)
		return INET_OTHER;
	ethertype = wire_get16(frame + 12);
	for (tags = 0; tags < MAX_TAGS && wire_is_vlan(ethertype); tags++) {
		tcp->l3 += WIRE_VLAN_HEADER;
		if (len < tcp->l3)
			return INET_OTHER;
		ethertype = wire_get16(frame + tcp->l3 - 2);
	}
	if (ethertype == WIRE_IP4)
		return find_ip4(frame, len, tcp);
	if (ethertype == WIRE_IP6)
		return find_ip6(frame, len, tcp);
	return INET_OTHER;
}
