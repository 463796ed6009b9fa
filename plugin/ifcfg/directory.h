/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of a directory: which of them count, and their text. Whoever may ask for a directory to be read sees the
 * lines that are wrong, so nothing but plain files of the directory itself is opened.
 */
#pragma once

#include "diagnostics.h"

G_BEGIN_DECLS

/* A file's text. */
struct directory_file {
	char *path;
	char *text;
	gsize length;
	gboolean used; /* somebody took it into account; what nobody did is reported */
};

/* Whether a file counts; a @reason makes a report of one that does not. */
typedef gboolean (*directory_filter)(const char *name, const char **reason);

/**
 * directory_is_ifcfg:
 *
 * ifcfg-NAME that is no copy left behind by an editor or a package manager.
 */
gboolean directory_is_ifcfg(const char *name, const char **reason);

/* route-NAME, route6-NAME, rule-NAME and rule6-NAME beside the ifcfg files. */
gboolean directory_is_route(const char *name, const char **reason);

/* *.conf, as modprobe has it. */
gboolean directory_is_modprobe(const char *name, const char **reason);

/**
 * directory_read:
 * @diagnostics: files that count and cannot be read are fatal here
 *
 * Returns: (transfer full) (element-type struct directory_file): in the order of their names, or %NULL
 */
GPtrArray *directory_read(const char *path, directory_filter filter, GPtrArray *diagnostics, GError **error);

/**
 * directory_read_file:
 *
 * Returns: (transfer full) (nullable): one file, or %NULL with a fatal diagnostic
 */
struct directory_file *directory_read_file(const char *path, GPtrArray *diagnostics);

/**
 * directory_read_network:
 *
 * Returns: (transfer full) (nullable): sysconfig/network beside sysconfig/network-scripts, what is common to all
 *   interfaces
 */
struct directory_file *directory_read_network(const char *network_scripts, GPtrArray *diagnostics);

void directory_file_free(struct directory_file *file);

G_END_DECLS
