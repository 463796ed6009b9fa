/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ifcfg_uuid_of_path:
 * @path: where a file lies
 *
 * The identity that NetworkManager gives to an ifcfg file without UUID=: the MD5 sum of its path, written as a UUID.
 * It stays the same as long as the file stays where it is.
 *
 * Returns: (transfer full)
 */
char *ifcfg_uuid_of_path(const char *path);

G_END_DECLS
