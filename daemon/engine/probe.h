/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames of the ARP and NS monitor: what it asks its targets with, and what it understands of the answers.
 */
#pragma once

#include "bond.h"

G_BEGIN_DECLS

/* Room for the largest frame of this file, VLAN tags included. */
#define PROBE_FRAME_MAX 128

/**
 * probe_build:
 * @mac: of the port that sends it
 * @route: its source address (all zero: none) and VLAN tags
 * @frame: (out caller-allocates): PROBE_FRAME_MAX bytes
 *
 * ARP request (bond_arp_send()) or neighbour solicitation (bond_ns_send()), by the kind of @target.
 *
 * Returns: length in bytes.
 */
gsize probe_build(const struct bond_mac *mac, const struct bond_route *route, const struct bond_ip *target,
		  guint8 *frame);

/**
 * probe_solicited_node:
 * @ip6: 16 bytes
 * @group: (out): 16 bytes: the multicast address to which solicitations for @ip6 go (RFC 4291)
 * @mac: (out): the same in the hardware
 */
void probe_solicited_node(const guint8 *ip6, guint8 *group, struct bond_mac *mac);

enum probe_kind {
	PROBE_NONE, /* neither */
	PROBE_ARP,
	PROBE_IP6, /* other IPv6 */
	PROBE_ND,  /* neighbour solicitation or advertisement */
};

/* Of a received frame. */
struct probe_seen {
	struct bond_mac destination;
	gboolean addressed; /* the addresses below could be read: it is well formed */
	gboolean reply;	    /* ARP reply; of ND always TRUE: the kernel takes both kinds for one */
	struct bond_ip sender;
	struct bond_ip target; /* ARP: whom it asks or answers; ND: the packet's destination */
};

/**
 * probe_parse:
 * @frame: a whole frame, not believed; VLAN tags are skipped
 * @len: bytes readable
 *
 * Returns: what the frame is; @seen is filled in unless that is %PROBE_NONE.
 */
enum probe_kind probe_parse(const guint8 *frame, gsize len, struct probe_seen *seen);

G_END_DECLS
