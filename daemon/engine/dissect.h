/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Headers of a frame -> the fields that a transmit hash uses. Follows the kernel's flow dissector as the bonding
 * driver asks it (bond_flow_dissect(), bond_flow_ip(), __skb_flow_dissect() for the encap policies). Input is
 * whatever came over the wire: nothing is believed, nothing beyond @len is read.
 */
#pragma once

#include "types.h"

G_BEGIN_DECLS

/* A frame as the worker holds it. */
struct bond_frame {
	const guint8 *data;
	guint32 len;   /* bytes readable at data */
	guint16 queue; /* host queue that it came from; 0: no override */
	guint16 vlan;  /* tag held beside the frame, TCI */
	gboolean has_vlan;
};

struct bond_flow {
	struct bond_mac dst;
	struct bond_mac src;
	guint16 ethertype; /* host order; behind a VLAN tag the inner one, as the kernel's accelerated tag has it */
	guint16 vlan_tci;  /* PCP included; 0 without a tag */
	gboolean has_vlan;
	/* The walk came to a good end: the hash uses addresses and ports, though they may be zero (ARP under the
	 * encap policies). Otherwise it falls back to the plain layer 2 one. */
	gboolean dissected;
	gboolean has_ip; /* src_ip/dst_ip were read */
	gboolean has_ports;
	guint8 ip_proto; /* the innermost one read; 0 for a fragment outside the encap policies */
	guint32 src_ip;	 /* as loaded from the packet (network order); IPv6 folded to 32 bits */
	guint32 dst_ip;
	guint32 ports; /* the raw 32-bit load, or the ICMP word */
};

/**
 * bond_dissect:
 * @data: a frame from its destination MAC on
 * @len: bytes readable
 * @vlan_tci: tag held beside the frame, used if @has_vlan; else a tag inside the frame is found and taken as one
 * @policy: decides how deep to look (encap policies go into tunnels)
 * @flow: (out): all fields set
 *
 * Never fails: what cannot be read is left out, and the hash falls back as the kernel's does.
 */
void bond_dissect(const guint8 *data, gsize len, gboolean has_vlan, guint16 vlan_tci, enum bond_hash_policy policy,
		  struct bond_flow *flow);

/**
 * bond_dissect_is_igmp:
 *
 * Returns: whether the frame is IPv4 IGMP, which balance-rr never spreads (bond_xmit_roundrobin()).
 */
gboolean bond_dissect_is_igmp(const guint8 *data, gsize len);

G_END_DECLS
