/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VLANs and bridges above bonds: which of a configuration's are bondd's to make, and making them equal to it.
 */
#pragma once

#include "configuration.h"
#include "reconcile.h"

G_BEGIN_DECLS

/**
 * reconcile_upper_find:
 *
 * Returns: (transfer full): names of the configuration's bonds and of all that stands on them
 */
GHashTable *reconcile_upper_find(const struct configuration *configuration);

/**
 * reconcile_upper:
 * @wanted: a VLAN's or a bridge's profile
 * @before: (nullable): the profile that was applied before
 * @error: what it stands on is not there; the kernel has no such devices
 *
 * Makes the device if it is not there, or anew if it is another VLAN; then address, MTU, up, addresses, routes, rules.
 */
gboolean reconcile_upper(struct service_context *context, const struct profile *wanted, const struct profile *before,
			 struct change_list *list, GError **error);

/* Makes the device of a profile a port of its bridge. */
gboolean reconcile_bridge_port(struct service_context *context, const struct profile *wanted, struct change_list *list,
			       GError **error);

/* Removes the device; one that is not there is fine. */
gboolean reconcile_remove_upper(struct service_context *context, const struct profile *before, struct change_list *list,
				GError **error);

G_END_DECLS
