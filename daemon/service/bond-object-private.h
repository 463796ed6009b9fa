/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond's state, for the files of BondObject.
 */
#pragma once

#include "bond-object.h"
#include "history.h"
#include "host-options.h"
#include "lacp-object.h"

#include "datapath/datapath.h"
#include "engine/bond.h"

G_BEGIN_DECLS

/* A change of the active port that is being measured. */
struct failover {
	gboolean running;
	char old_port[BOND_NAME_SIZE];
	char new_port[BOND_NAME_SIZE];
	enum bond_reason reason;
	bond_time event_seen;
	bond_time plan_swapped;
	guint64 generation; /* of that plan */
	GSource *probe;	    /* looks whether a frame left */
	guint probe_ms;	    /* time between this look and the last */
	bond_time give_up;
};

struct _BondObject {
	DbusBondSkeleton parent;
	struct service_context *context;
	struct host_options host;
	struct bond *bond;
	struct datapath *datapath;
	struct bond_plan *early_plan; /* made before there was a datapath */
	int host_ifindex;
	GPtrArray *ports;		   /* PortObject, in enslave order */
	PortObject *adding;		   /* in bond_enslave() just now */
	const struct port_device *joining; /* made ready for it, or being given back */
	GError *op_error;		   /* why an operation that the engine asked for failed */
	GSource *deadline;
	GSource *control; /* frames that workers hand over */
	gboolean heard;	  /* one of them, or a LACPDU, reached the engine */
	gboolean links_dirty;
	gboolean notify_peers; /* asked by the engine; done when the new plan is out */
	gboolean resend_igmp;
	GQueue events; /* struct bond_signal, to be sent */
	GSource *flush_source;
	struct failover failover;
	struct history *history;
	bond_time published; /* when the workers got the last plan */
	guint64 generation;  /* of that plan */
	BondLacp *lacp;	     /* in mode 802.3ad */
	DbusObjectSkeleton *object;
};

/* --- bond-object.c --- */

/* After anything that made the engine decide: frames that it asked for, promiscuity, the next deadline, properties. */
void bond_object_settle(BondObject *self);
/* The same after timers and frames, of which there may be many: properties follow if the engine told of anything. */
void bond_object_settle_quietly(BondObject *self);
/* a{ss} as pairs for bond_set_options(); NULL if some are none that can be set. */
GStrv bond_object_read_options(GVariant *options, GError **error);
PortObject *bond_object_port_of(const struct bond_port *port);
void bond_object_export(BondObject *self);

/* A bond of which nothing is there yet; and when all is. */
BondObject *bond_object_begin(struct service_context *context);
void bond_object_complete(BondObject *self);
/* Its interface and workers. @remains: of an earlier daemon, or NULL. */
gboolean bond_object_make_engine(BondObject *self, const char *name, const struct bond_mac *mac,
				 const struct host_options *defaults, GVariant *options, GError **error);
gboolean bond_object_make_datapath(BondObject *self, const struct datapath_remains *remains, GError **error);

/* --- bond-world.c --- */

/* What the engine asks of the world; user is the BondObject. */
extern const struct bond_ops bond_world_ops;
/* Gives a port whose device is up its sockets. */
gboolean bond_world_attach_port(BondObject *self, PortObject *port, struct bond_port *engine_port, GError **error);
/* Sends what notify_peers() and resend_igmp() asked for. */
void bond_world_notify(BondObject *self);
/* Lets ports receive frames for an address that is not theirs. */
void bond_world_update_promisc(BondObject *self);

/* --- bond-upper.c: the stack above the bond, as the engine asks for it --- */

enum bond_route_way bond_upper_route(void *user, const struct bond_ip *target, struct bond_route *route);
/* Whether the device stands on the bond: as a VLAN or bridge, or as one on another bond whose port does. */
gboolean bond_upper_contains(BondObject *self, int ifindex);
gboolean bond_upper_has_address(void *user, const struct bond_ip *address);
guint bond_upper_list(void *user, struct bond_upper *uppers, guint max);
gboolean bond_upper_is_bridged(void *user, const struct bond_mac *mac, const struct bond_ip *ip);

/* --- bond-control.c: frames that the engine must see --- */

/* Once there is a datapath. */
void bond_control_start(BondObject *self);
void bond_control_stop(BondObject *self);
/* A port that is being enslaved: LACP needs a socket on it. */
gboolean bond_control_open_port(BondObject *self, PortObject *port, int ifindex, GError **error);
void bond_control_close_port(PortObject *port);
/* What waits now goes to the engine. */
void bond_control_read(BondObject *self);

/* --- bond-signals.c --- */

void bond_signals_queue(BondObject *self, const struct bond_event *event);
void bond_signals_send(BondObject *self);
void bond_signals_schedule(BondObject *self);
void bond_signals_clear(BondObject *self);

/* --- bond-properties.c --- */

void bond_properties_sync(BondObject *self);
/* The bond is about to be freed. */
void bond_properties_forget(BondObject *self);
/* All options with their values, each in its own type: a{sv}, floating. */
GVariant *bond_object_get_options(BondObject *self);

/* --- bond-methods.c --- */

void bond_methods_init(DbusBondIface *iface);
/* Somebody sets a property: gate_set_property_func. */
gboolean bond_methods_set_property(GDBusInterfaceSkeleton *interface, const char *name, GVariant *value,
				   GError **error);

G_END_DECLS
