/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A port on D-Bus: its object, its device, its place in the engine and in the datapath.
 */
#pragma once

#include "lacp-object.h"
#include "port-device.h"

#include "datapath/control-socket.h"
#include "datapath/datapath.h"
#include "engine/bond.h"

G_BEGIN_DECLS

typedef struct _BondObject BondObject;

#define PORT_TYPE_OBJECT (port_object_get_type())
G_DECLARE_FINAL_TYPE(PortObject, port_object, PORT, OBJECT, DbusBondPortSkeleton)

/* What only the bond's own files may touch. */
struct _PortObject {
	DbusBondPortSkeleton parent;
	BondObject *bond;
	struct port_device device;
	struct bond_port *port; /* NULL before it is enslaved and after it is released */
	bond_port_id id;
	gboolean attached;	     /* the datapath has it */
	gboolean wants_promisc;	     /* the engine asked for it */
	struct control_socket *slow; /* 802.3ad: where LACPDUs come from */
	GSource *slow_source;
	PortLacp *lacp;
	DbusObjectSkeleton *object;
};

PortObject *port_object_new(BondObject *bond);
const char *port_object_name(PortObject *self);
BondObject *port_object_bond(PortObject *self);

/* Properties from the engine's and the datapath's state; PropertiesChanged follows for those that differ. */
void port_object_sync(PortObject *self);
/* Shows it at its path; again after a rename. */
void port_object_export(PortObject *self);
void port_object_unexport(PortObject *self);
/* The engine is about to free its port. */
void port_object_forget(PortObject *self);

G_END_DECLS
