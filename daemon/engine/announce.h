/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that tell the network where an address lives now: gratuitous ARP, unsolicited neighbour advertisement,
 * IGMP membership reports. Builders only: who sends them when is the bond's decision.
 */
#pragma once

#include "types.h"

G_BEGIN_DECLS

/* Room for the largest frame of this file, VLAN tag included. */
#define ANNOUNCE_FRAME_MAX 128

/* VLAN id of a frame; 0 is untagged. */

/**
 * announce_arp:
 * @mac: sender
 * @ip: network order
 * @frame: (out caller-allocates): ANNOUNCE_FRAME_MAX bytes
 *
 * Gratuitous ARP as inetdev_send_gratuitous_arp(): a broadcast request, sender and target IP are @ip.
 *
 * Returns: length in bytes.
 */
gsize announce_arp(const struct bond_mac *mac, guint16 vlan, guint32 ip, guint8 *frame);

/**
 * announce_na:
 * @ip6: 16 bytes
 * @router: the host forwards IPv6 (sets the R flag)
 *
 * Unsolicited neighbour advertisement as ndisc_send_unsol_na(): to ff02::1, override set, target link-layer
 * address option.
 */
gsize announce_na(const struct bond_mac *mac, guint16 vlan, const guint8 *ip6, gboolean router, guint8 *frame);

/**
 * announce_igmp:
 * @source: network order, 0 if the host has no address
 * @group: network order
 * @version: 2 or 3, by what the network's querier speaks (1 is answered as 2)
 *
 * Membership report for one group (igmp_send_report()), router alert option included.
 */
gsize announce_igmp(const struct bond_mac *mac, guint16 vlan, guint32 source, guint32 group, guint version,
		    guint8 *frame);

G_END_DECLS
