/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes what runs equal to a profile, and tells what it did.
 */
#pragma once

#include "bonds.h"
#include "profile.h"

G_BEGIN_DECLS

/* What was done, for Apply(). */
struct change_list {
	GVariantBuilder changes; /* a(sss) */
	gboolean failed;
};

void change_list_init(struct change_list *list);
void change_list_add(struct change_list *list, const char *device, const char *action, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/**
 * reconcile_bond:
 * @wanted: a bond's profile
 * @before: (nullable): the profile that was applied before; addresses and routes that only it has are removed
 *
 * Makes the bond if it is not there, makes it anew if an option asks for that, else changes the options that differ;
 * then address, MTU, up, addresses and routes.
 */
gboolean reconcile_bond(struct service_context *context, const struct profile *wanted, const struct profile *before,
			struct change_list *list, GError **error);

/**
 * reconcile_addressing:
 *
 * Addresses, routes and rules of @wanted on the interface; those that only @before has are removed.
 */
gboolean reconcile_addressing(struct service_context *context, const struct profile *wanted,
			      const struct profile *before, int ifindex, struct change_list *list, GError **error);

/* Makes a device a port of its profile's bond, with its queue and priority. */
gboolean reconcile_port(struct service_context *context, const struct profile *wanted, struct change_list *list,
			GError **error);

/* Takes a profile's addresses, routes and rules from its interface. */
void reconcile_remove_addresses(struct service_context *context, const struct profile *profile, int ifindex);

G_END_DECLS
