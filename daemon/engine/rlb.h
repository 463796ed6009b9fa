/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Receive load balancing (rlb_* of bond_alb.c): each client of the host is told, by ARP, the address of one of the
 * ports, so that what clients send is spread over all of them. Which client was told what stands in a table of 256; a
 * client that falls on another's place pushes it out (kernel-semantics 43-45).
 */
#pragma once

#include "bond-private.h"

G_BEGIN_DECLS

struct rlb;

struct rlb *rlb_new(void);
void rlb_free(struct rlb *rlb);
/* Of the bond @to, which is a copy of @rlb's. */
struct rlb *rlb_copy(const struct rlb *rlb, const struct bond *to);
/* The bond went up: nobody is known. */
void rlb_clear(struct rlb *rlb);

/**
 * rlb_host_frame:
 * @frame: an ARP frame of the host, not believed
 *
 * rlb_arp_xmit(): notes the client and sends the frame by the client's port, a reply with that port's address in it.
 *
 * Returns: %FALSE if it is no ARP: then nothing was done.
 */
gboolean rlb_host_frame(struct bond *bond, const guint8 *frame, gsize len, bond_time now);

/**
 * rlb_control_frame:
 *
 * rlb_arp_recv(): forgets what another host now owns, notes a client's address from its reply.
 */
void rlb_control_frame(struct bond *bond, struct bond_port *port, const guint8 *frame, gsize len, bond_time now);

/* The port cannot receive any more: its clients get others (rlb_clear_slave()). */
void rlb_port_lost(struct bond *bond, struct bond_port *port);
/* Its clients are to know its new address (rlb_req_update_slave_clients()). */
void rlb_mac_changed(struct bond *bond, const struct bond_port *port);
/* Clients are to be spread anew at the next tick. */
void rlb_order_rebalance(struct rlb *rlb);
/* @passed ticks went by. */
void rlb_tick(struct bond *bond, gint64 passed);
/* Until rlb_tick() has something to do; G_MAXINT64 if it has nothing. */
gint64 rlb_ticks_left(const struct rlb *rlb);

G_END_DECLS
