/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ifcfg files made into NetworkManager keyfiles, on disk. */
#pragma once

#include "ifcfg.h"

G_BEGIN_DECLS

/* One keyfile to be. */
struct ifcfg_keyfile {
	char *source;	 /* the ifcfg file */
	char *name;	 /* "bond0.nmconnection" */
	char *text;	 /* comments and settings */
	GPtrArray *lost; /* char *: what it cannot say, a sentence each */
};

/**
 * ifcfg_keyfiles_make:
 *
 * The text of one profile's keyfile, with the comments of its ifcfg file and of the route and rule files beside it. What
 * cannot be carried over stands in it as a comment, too.
 *
 * Returns: (transfer full) (element-type struct ifcfg_keyfile): one for each profile; g_ptr_array_unref() frees them
 */
GPtrArray *ifcfg_keyfiles_make(const struct ifcfg_result *result);

/**
 * ifcfg_keyfiles_write:
 * @directory: made, for its owner only, if it does not exist
 * @force: replace keyfiles of the same names
 * @error: IFCFG_ERROR_WRITE
 *
 * Writes all of them or none, each with mode 0600 and whole at any moment. Without @force nothing that exists is
 * touched; with it, a disk that fails between two renames leaves those before it replaced.
 */
gboolean ifcfg_keyfiles_write(const GPtrArray *keyfiles, const char *directory, gboolean force, GError **error);

G_END_DECLS
