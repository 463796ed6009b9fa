/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The interfaces org.example.Bond.Lacp and org.example.Bond.Port.Lacp: what the engine knows of LACP. The counters are
 * read the moment somebody asks.
 */
#pragma once

#include "bond-dbus.h"

#include "engine/lacp-info.h"

G_BEGIN_DECLS

#define BOND_TYPE_LACP (bond_lacp_get_type())
G_DECLARE_FINAL_TYPE(BondLacp, bond_lacp, BOND, LACP, DbusBondLacpSkeleton)

#define PORT_TYPE_LACP (port_lacp_get_type())
G_DECLARE_FINAL_TYPE(PortLacp, port_lacp, PORT, LACP, DbusBondPortLacpSkeleton)

/**
 * bond_lacp_new:
 * @bond: must live until bond_lacp_forget()
 */
BondLacp *bond_lacp_new(const struct bond *bond);
/* The bond is about to go. */
void bond_lacp_forget(BondLacp *self);
/* Properties from the engine's state; PropertiesChanged follows for those that differ. */
void bond_lacp_sync(BondLacp *self);

/* The same for a port. */
PortLacp *port_lacp_new(const struct bond_port *port);
void port_lacp_forget(PortLacp *self);
void port_lacp_sync(PortLacp *self);

/* Floating as: the names of the bits that are set in a state octet. */
GVariant *lacp_state_words(guint8 state);

G_END_DECLS
