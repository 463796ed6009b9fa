/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond on D-Bus: the engine that decides, the datapath that obeys and the object that tells, tied together.
 */
#pragma once

#include "context.h"
#include "history.h"
#include "host-options.h"
#include "port-object.h"
#include "state-text.h"

G_BEGIN_DECLS

#define BOND_TYPE_OBJECT (bond_object_get_type())
G_DECLARE_FINAL_TYPE(BondObject, bond_object, BOND, OBJECT, DbusBondSkeleton)

/**
 * bond_object_new:
 * @options: a{ss}
 * @error: BOND_ERROR, DATAPATH_ERROR, SERVICE_ERROR; then nothing was made
 *
 * Returns: (transfer full): a bond with its interface, exported.
 */
BondObject *bond_object_new(struct service_context *context, const char *name, GVariant *options, GError **error);

/**
 * bond_object_close:
 *
 * Gives the ports back, removes the interface and the object. Only to be unreferenced afterwards.
 */
void bond_object_close(BondObject *self);

/**
 * bond_object_take_over:
 * @name: of a TAP device without a program behind it, of the kind that bondd makes: persistent, with queues and headers
 * @options: a{ss}, as bond_object_new()
 * @error: SERVICE_ERROR_EXISTS if the interface is another
 *
 * Somebody has made the host interface already. It keeps its index, state, MTU and address.
 *
 * Returns: (transfer full): the bond, exported.
 */
BondObject *bond_object_take_over(struct service_context *context, const char *name, GVariant *options, GError **error);

/**
 * bond_object_adopt:
 * @saved: by bond_object_save(), maybe of another daemon
 * @same: its interface indices still mean something: it is the same boot
 * @error: nothing was made; what there is was left alone
 *
 * Goes on with a bond where it was left. What is not there any more is made anew, or given up.
 *
 * Returns: (transfer full): the bond, exported.
 */
BondObject *bond_object_adopt(struct service_context *context, const struct state_bond *saved, gboolean same,
			      GError **error);

/* Its interface is gone, so it is no bond any more: its ports get back what they had. */
void bond_object_give_up(struct service_context *context, const struct state_bond *saved);

void bond_object_save(BondObject *self, struct state_bond *saved);

/**
 * bond_object_leave:
 *
 * Closes the bond, but leaves its interface and ports as they are, for bond_object_adopt(). Only to be unreferenced
 * afterwards.
 */
void bond_object_leave(BondObject *self);

const char *bond_object_name(BondObject *self);
char *bond_object_path(BondObject *self);
int bond_object_ifindex(BondObject *self);
struct bond *bond_object_engine(BondObject *self);
struct history *bond_object_history(BondObject *self);
const struct host_options *bond_object_host_options(BondObject *self);
PortObject *bond_object_find_port(BondObject *self, const char *name);
guint bond_object_n_ports(BondObject *self);
PortObject *bond_object_nth_port(BondObject *self, guint n);

/**
 * bond_object_add_port:
 *
 * Returns: (transfer none): the new port, exported.
 */
PortObject *bond_object_add_port(BondObject *self, const char *name, GError **error);

/**
 * bond_object_remove_port:
 * @leave_down: as ifdown does it; else the device is up again if it was before
 */
void bond_object_remove_port(BondObject *self, PortObject *port, gboolean leave_down);

/* After bond_object_adopt() of all bonds: what takes its time and is not urgent. */
void bond_object_renew(BondObject *self);
/* Whether its workers have come round since the last call. */
gboolean bond_object_is_alive(BondObject *self);

/* a{ss} of options of the bond, by the netlink rules: all of them or none. */
gboolean bond_object_set_options(BondObject *self, GVariant *options, GError **error);
gboolean bond_object_set_port_option(BondObject *self, PortObject *port, const char *name, const char *value,
				     GError **error);
/* A file of bonding/ but "slaves", by the rules of sysfs. */
gboolean bond_object_set_attribute(BondObject *self, const char *name, const char *text, GError **error);
/* Of the interface: what "ip link set" does. */
gboolean bond_object_set_up(BondObject *self, gboolean up, GError **error);
gboolean bond_object_set_mtu(BondObject *self, guint mtu, GError **error);
gboolean bond_object_set_mac(BondObject *self, const struct bond_mac *mac, GError **error);

/* --- From the link watcher --- */

/**
 * bond_object_link_changed:
 * @info: any device
 *
 * Remembers that the bond is to look at its devices.
 */
void bond_object_link_changed(BondObject *self, enum link_change change, const struct link_info *info, bond_time time);

/**
 * bond_object_links_settled:
 *
 * The batch is over: tells the engine what differs, lets it decide, publishes.
 */
void bond_object_links_settled(BondObject *self, bond_time time);

/**
 * bond_object_flush:
 *
 * Brings the properties up to date and sends the signals that wait. Happens by itself when the loop is idle; before
 * the reply to a method it is called, so that a caller sees what it did.
 */
void bond_object_flush(BondObject *self);

G_END_DECLS
