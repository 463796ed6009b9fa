/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Internet checksums, and where the TCP header of a frame is.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

/* Offsets inside the TCP header, and its flags. */
#define INET_TCP_SEQ	  4
#define INET_TCP_ACK	  8
#define INET_TCP_FLAGS	  13
#define INET_TCP_WINDOW	  14
#define INET_TCP_CHECKSUM 16
#define INET_TCP_URGENT	  18
#define INET_TCP_OPTIONS  20

#define INET_TCP_FIN   0x01
#define INET_TCP_PSH   0x08
#define INET_TCP_ACKED 0x10
#define INET_TCP_ECE   0x40
#define INET_TCP_CWR   0x80

/* The smallest payload that Linux itself gives a segment (TCP_MIN_GSO_SIZE); less would only multiply frames. */
#define INET_MIN_MSS 8

enum inet_kind {
	INET_OTHER,   /* surely not TCP over IP */
	INET_UNCLEAR, /* maybe TCP: a fragment, extension headers, lengths that do not fit */
	INET_TCP,
};

/* Offsets in the frame. */
struct inet_tcp {
	guint l3;
	guint l4;
	guint payload; /* where the TCP header ends */
	guint end;     /* where the IP packet says that it ends; not checked against the frame's length */
	gboolean ipv6;
};

/**
 * inet_find_tcp:
 * @tcp: (out): set if it is INET_TCP; its headers are inside the frame
 *
 * Looks behind up to two VLAN tags.
 */
enum inet_kind inet_find_tcp(const guint8 *frame, gsize len, struct inet_tcp *tcp);

/**
 * inet_sum:
 * @sum: what was summed so far, of an even number of bytes
 *
 * Adds bytes to a ones' complement sum, in the CPU's byte order.
 */
guint64 inet_sum(guint64 sum, const guint8 *data, gsize len);

/**
 * inet_pseudo_sum:
 * @ip: an IPv4 or IPv6 header
 * @len: of the transport header and its payload
 *
 * Returns: the sum of the pseudo header.
 */
guint64 inet_pseudo_sum(const guint8 *ip, gboolean ipv6, guint8 proto, guint32 len);

/**
 * inet_fold:
 *
 * Returns: the sum in 16 bits, not yet complemented.
 */
static inline guint16
inet_fold(guint64 sum)
{
	sum = (sum & G_MAXUINT32) + (sum >> 32);
	sum = (sum & G_MAXUINT32) + (sum >> 32);
	sum = (sum & G_MAXUINT16) + (sum >> 16);
	sum = (sum & G_MAXUINT16) + (sum >> 16);
	return (guint16) sum;
}

G_END_DECLS
