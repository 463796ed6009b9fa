/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the process that loaded us is a NetworkManager that nm-abi.h describes. If not, nothing of it is touched.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * guard_version_is_known:
 * @path: of a file in a directory of NetworkManager's plugins, which is named after its version: …/NetworkManager/1.42.4/…
 *
 * Returns: whether it is a version whose layouts we know, or no version at all, where sizes must do.
 */
gboolean guard_version_is_known(const char *path, GError **error);

/* guard_version_is_known() of the plugin that this is part of. */
gboolean guard_check_version(GError **error);

/**
 * guard_check_type:
 * @instance_size: 0: any
 * @error: G_IO_ERROR_NOT_SUPPORTED: what differs
 *
 * Returns: the type of this name, %G_TYPE_INVALID if there is none or if it has other sizes.
 */
GType guard_check_type(const char *name, guint class_size, guint instance_size, GError **error);

G_END_DECLS
