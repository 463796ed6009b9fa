/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service's own object: makes bonds, hears of links, answers org.example.Bond.Manager.
 */
#pragma once

#include "context.h"

G_BEGIN_DECLS

#define MANAGER_TYPE_OBJECT (manager_get_type())
G_DECLARE_FINAL_TYPE(Manager, manager, MANAGER, OBJECT, DbusBondManagerSkeleton)

/**
 * manager_new:
 * @state_directory: where the bonds of an earlier daemon are told of, and ours
 * @defaults: of new bonds
 * @error: LINK_ERROR: no way to the kernel; or what kept the objects from the bus
 *
 * Opens the ways to the kernel, exports the object tree on @connection and goes on with the bonds that there are.
 *
 * Returns: (transfer full): the manager, or %NULL.
 */
Manager *manager_new(GDBusConnection *connection, const char *state_directory, const struct host_options *defaults,
		     GError **error);

/**
 * manager_close:
 *
 * Leaves the bus. Bonds stay as they are, for the next daemon.
 */
void manager_close(Manager *self);

G_END_DECLS
