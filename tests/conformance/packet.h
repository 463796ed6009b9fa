/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames of the simulated hosts' own network stacks. Each builder writes at most PACKET_MAX bytes and returns how
 * many; addresses are as on the wire.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

#define PACKET_MAX 128

enum packet_arp { PACKET_ARP_REQUEST = 1, PACKET_ARP_REPLY = 2 };

enum packet_icmp6 { PACKET_ND_SOLICITATION = 135, PACKET_ND_ADVERTISEMENT = 136 };

enum packet_icmp4 { PACKET_ECHO_REPLY = 0, PACKET_ECHO_REQUEST = 8 };

extern const struct bond_mac packet_broadcast;

/* @target_mac: NULL for an unknown one, which is zero */
gsize packet_arp(const struct bond_mac *to, const struct bond_mac *from, enum packet_arp operation,
		 const guint8 *source, const struct bond_mac *target_mac, const guint8 *target, guint8 *frame);

/* Of an advertisement: it may replace what is known. */
#define PACKET_ND_OVERRIDE 0x20

/* Solicitation or advertisement, with its link-layer address option but in an advertisement that overrides nothing. */
gsize packet_nd(const struct bond_mac *to, const struct bond_mac *from, enum packet_icmp6 type, guint8 flags,
		const guint8 *source, const guint8 *destination, const guint8 *target, guint8 *frame);

gsize packet_echo(const struct bond_mac *to, const struct bond_mac *from, enum packet_icmp4 type, const guint8 *source,
		  const guint8 *destination, guint16 id, guint16 sequence, guint8 *frame);

/* A datagram of a protocol that nobody speaks (RFC 3692). */
#define PACKET_EXPERIMENTAL 253
gsize packet_datagram(const struct bond_mac *to, const struct bond_mac *from, const guint8 *source,
		      const guint8 *destination, guint8 *frame);

/* ff02::1:ffXX:XXXX of @ip6, and its MAC. */
void packet_solicited_node(const guint8 *ip6, guint8 *group, struct bond_mac *mac);

/* @frame with a VLAN tag; @tagged has room for 4 bytes more. Returns its length. */
gsize packet_tag(const guint8 *frame, gsize len, guint16 vlan, guint8 *tagged);

G_END_DECLS
