/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All files of a directory as they were at one moment, and the profiles that they are, or would be after a change. No
 * NetworkManager is needed for this.
 */
#pragma once

#include "ifcfg/directory.h"
#include "profiles.h"

G_BEGIN_DECLS

struct snapshot;

/**
 * snapshot_take:
 * @directory: of the ifcfg files
 * @modprobe_d: (nullable): see ifcfg_read_directory()
 * @place: an existing directory; in one of its own there, which nobody else may see, the files are tried
 *
 * Returns: (nullable) (transfer full)
 */
struct snapshot *snapshot_take(const char *directory, const char *modprobe_d, const char *place, GError **error);

/* Leaves nothing in its place. */
void snapshot_free(struct snapshot *snapshot);

/**
 * snapshot_find:
 *
 * Returns: (nullable) (transfer none): the text of a file, by its path in the directory, when the snapshot was taken
 */
const struct directory_file *snapshot_find(const struct snapshot *snapshot, const char *path);

/**
 * snapshot_read:
 * @edits: (nullable) (element-type struct ifcfg_edit): changes to make to the files before they are read
 *
 * Returns: (nullable) (transfer full) (element-type struct profile_text): with the files and identities that they have
 *   in the directory itself
 */
GPtrArray *snapshot_read(struct snapshot *snapshot, const GPtrArray *edits, GError **error);

G_END_DECLS
