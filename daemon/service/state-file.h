/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file that is whole or not there: written beside its place and renamed. One that cannot be trusted is set aside.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * state_file_lock:
 * @directory: made if it is not there
 * @error: G_FILE_ERROR
 *
 * Two daemons with one state would take each other's ports. One that is just dying is waited for.
 *
 * Returns: a descriptor; the lock is held until it is closed, or -1.
 */
int state_file_lock(const char *directory, GError **error);

/**
 * state_file_read:
 * @error: G_FILE_ERROR, also if the file is too large, no file, somebody else's or writable for others
 *
 * Returns: (transfer full) (nullable): what is in it, NULL without an error if there is none.
 */
char *state_file_read(const char *directory, gsize *len, GError **error);

gboolean state_file_write(const char *directory, const char *text, GError **error);

/* Renames it, so that somebody can look at it, and says where it is and why. */
void state_file_set_aside(const char *directory, const GError *why);

G_END_DECLS
