/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A profile as bondd uses it: what of NetworkManager's settings dictionaries makes a bond, a port and its addresses.
 */
#pragma once

#include "ifcfg/ifcfg.h"
#include "link/link-config.h"

G_BEGIN_DECLS

struct profile {
	char *device;
	char *file;
	gboolean is_bond;
	gboolean onboot;
	char *bond;	   /* of a port: its bond's name */
	GVariant *options; /* a{ss} of a bond */
	GArray *addresses; /* struct link_address */
	GArray *routes;	   /* struct link_route */
	guint mtu;	   /* 0: as it is */
	gboolean has_mac;
	struct bond_mac mac;
	gint64 queue_id; /* of a port; -1: not said */
	gboolean has_prio;
	gint32 prio;
};

/**
 * profile_new:
 * @error: IFCFG_ERROR_INVALID: settings that cannot be used; the message names the setting
 *
 * Returns: (transfer full): what @from says, or %NULL.
 */
struct profile *profile_new(const struct ifcfg_profile *from, GError **error);
void profile_free(struct profile *profile);

G_END_DECLS
