/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What reading and writing a file of the tree means.
 */
#pragma once

#include "node.h"

G_BEGIN_DECLS

/**
 * file_read:
 * @node: a file
 * @text: (out) (transfer full): all of it, as the kernel's bonding driver prints it
 *
 * Returns: 0 or an errno.
 */
int file_read(GDBusConnection *connection, const struct node *node, char **text);

/**
 * file_write:
 * @node: a file that may be written
 * @text: what one write() brought; a newline at its end does not count
 *
 * As a store to the driver's attribute in sysfs: "+eth0" to slaves, "1" or "active-backup" to mode, "+bond1" to
 * bonding_masters.
 *
 * Returns: 0 or the errno that the driver has for it.
 */
int file_write(GDBusConnection *connection, const struct node *node, const char *text);

G_END_DECLS
