/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile as bondd uses it: what of NetworkManager's settings dictionaries makes a bond, a port and its addresses.
 */
#pragma once

#include "ifcfg/ifcfg.h"
#include "link/link-rule.h"
#include "link/link-upper.h"

G_BEGIN_DECLS

enum profile_kind {
	PROFILE_OTHER, /* bondd leaves it alone, unless it is a port */
	PROFILE_BOND,
	PROFILE_VLAN,
	PROFILE_BRIDGE,
};

struct profile {
	enum profile_kind kind;
	char *device;
	char *file;
	gboolean is_bond;
	gboolean onboot;
	char *bond;	   /* of a port: its bond's name */
	GVariant *options; /* a{ss} of a bond */
	GArray *addresses; /* struct link_address */
	GArray *routes;	   /* struct link_route */
	GArray *rules;	   /* struct link_rule */
	char *bridge;	   /* the bridge it is a port of; else NULL */
	char *parent;	   /* of a VLAN: what it stands on */
	guint vlan;	   /* id */
	guint16 vlan_protocol;
	guint32 vlan_flags;
	struct link_bridge bridge_options;
	guint mtu; /* 0: as it is */
	gboolean has_mac;
	struct bond_mac mac;
	gint64 queue_id; /* of a port; -1: not said */
	gboolean has_prio;
	gint32 prio;
	GVariant *source; /* PROFILE_SOURCE: what it was made of */
};

/* Device, file, is_bond, onboot, bond, and the settings: struct ifcfg_profile. */
#define PROFILE_SOURCE "(ssbbsa{sa{sv}}a{ss}a{sa{sv}})"

/**
 * profile_new:
 * @error: IFCFG_ERROR_INVALID: settings that cannot be used; the message names the setting
 *
 * Returns: (transfer full): what @from says, or %NULL.
 */
struct profile *profile_new(const struct ifcfg_profile *from, GError **error);
/* The same of @source of an earlier one. */
struct profile *profile_new_again(GVariant *source, GError **error);
void profile_free(struct profile *profile);

G_END_DECLS
