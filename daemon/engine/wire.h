/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of the wire, and loads of bytes that stand at any alignment.
 */
#pragma once

#include "types.h"

G_BEGIN_DECLS

#define WIRE_ETH_HEADER	 14
#define WIRE_VLAN_HEADER 4
#define WIRE_IP4_HEADER	 20 /* without options */
#define WIRE_IP6_HEADER	 40

enum wire_ethertype {
	WIRE_IP4 = 0x0800,
	WIRE_ARP = 0x0806,
	WIRE_BATMAN = 0x4305,
	WIRE_TEB = 0x6558,
	WIRE_RARP = 0x8035,
	WIRE_8021Q = 0x8100,
	WIRE_IP6 = 0x86dd,
	WIRE_MPLS_UC = 0x8847,
	WIRE_MPLS_MC = 0x8848,
	WIRE_PPPOE = 0x8864,
	WIRE_SLOW = 0x8809, /* LACP, markers, OAM */
	WIRE_GRE_PPP = 0x880b,
	WIRE_8021AD = 0x88a8,
	WIRE_TIPC = 0x88ca,
	WIRE_PTP = 0x88f7,
	WIRE_PRP = 0x88fb,
	WIRE_CFM = 0x8902,
	WIRE_FCOE = 0x8906,
	WIRE_HSR = 0x892f,
};

enum wire_ip_proto {
	WIRE_PROTO_HOPOPTS = 0,
	WIRE_PROTO_ICMP = 1,
	WIRE_PROTO_IGMP = 2,
	WIRE_PROTO_IPIP = 4,
	WIRE_PROTO_TCP = 6,
	WIRE_PROTO_UDP = 17,
	WIRE_PROTO_DCCP = 33,
	WIRE_PROTO_IPV6 = 41,
	WIRE_PROTO_ROUTING = 43,
	WIRE_PROTO_FRAGMENT = 44,
	WIRE_PROTO_GRE = 47,
	WIRE_PROTO_ESP = 50,
	WIRE_PROTO_AH = 51,
	WIRE_PROTO_ICMPV6 = 58,
	WIRE_PROTO_DSTOPTS = 60,
	WIRE_PROTO_SCTP = 132,
	WIRE_PROTO_UDPLITE = 136,
	WIRE_PROTO_MPLS = 137,
};

/* IPv4: more fragments, or an offset (host order). */
#define WIRE_IP4_FRAGMENT 0x3fff

/* As the CPU loads them. */
static inline guint16
wire_load16(const guint8 *p)
{
	guint16 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline guint32
wire_load32(const guint8 *p)
{
	guint32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* As the network means them. */
static inline guint16
wire_get16(const guint8 *p)
{
	return GUINT16_FROM_BE(wire_load16(p));
}

static inline guint32
wire_get32(const guint8 *p)
{
	return GUINT32_FROM_BE(wire_load32(p));
}

static inline gboolean
wire_is_vlan(guint16 ethertype)
{
	return ethertype == WIRE_8021Q || ethertype == WIRE_8021AD;
}

G_END_DECLS
