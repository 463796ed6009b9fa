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
 * @error: LINK_ERROR: no way to the kernel; or what kept the objects from the bus
 *
 * Opens the ways to the kernel and exports the object tree on @connection.
 *
 * Returns: (transfer full): the manager, or %NULL.
 */
Manager *manager_new(GDBusConnection *connection, GError **error);

/**
 * manager_close:
 *
 * Gives all ports back, removes all bonds, leaves the bus.
 */
void manager_close(Manager *self);

G_END_DECLS
