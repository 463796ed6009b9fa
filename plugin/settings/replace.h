/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that change together: all do, or all stay as they were.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One file. */
struct replacement {
	const char *path;
	const char *before; /* nullable: what it was when the change was thought of; there was none */
	gsize before_length;
	const char *after; /* nullable: the file is to go */
};

/**
 * replace_files:
 * @replacements: of files in one directory
 * @error: G_IO_ERROR; G_IO_ERROR_WRONG_ETAG: a file is not what it was, %G_IO_ERROR_EXISTS: there is one by now
 *
 * Readers see each file as it was or as it is to be, at any moment, whatever ends us. Owner, rights and SELinux label
 * are kept; a new file is for root alone.
 */
gboolean replace_files(const struct replacement *replacements, gsize n_replacements, GError **error);

G_END_DECLS
