/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells the network where a bond's addresses live now: gratuitous ARP and unsolicited neighbour advertisements for
 * the bond and each VLAN above it, IGMP reports for its groups (NETDEV_NOTIFY_PEERS, NETDEV_RESEND_IGMP).
 */
#pragma once

#include "context.h"

#include "engine/types.h"

G_BEGIN_DECLS

/* Sends one frame; @user is the caller's. */
typedef void (*notifier_send)(void *user, const guint8 *frame, gsize len);

/**
 * notifier_peers:
 * @ifindex: of the bond's host interface
 * @mac: the bond's address
 *
 * Builds and sends an ARP or NA for each address of the interface and of the VLANs on it.
 */
void notifier_peers(const struct service_context *context, int ifindex, const struct bond_mac *mac, notifier_send send,
		    void *user);

/**
 * notifier_igmp:
 *
 * Builds and sends a membership report for each IPv4 group of the interface and of the VLANs on it.
 */
void notifier_igmp(const struct service_context *context, int ifindex, const struct bond_mac *mac, notifier_send send,
		   void *user);

/* A line of /proc/net/igmp that is a group. */
struct igmp_membership {
	int ifindex;
	guint version;
	guint32 group; /* network order */
};

/**
 * notifier_parse_igmp:
 * @text: of /proc/net/igmp
 *
 * Returns: (transfer full) (element-type struct igmp_membership): the groups; 224.0.0.1, which is never reported,
 * left out. Lines that it does not understand are skipped.
 */
GArray *notifier_parse_igmp(const char *text);

G_END_DECLS
