/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recorded cases of NetworkManager's own ifcfg reader, held against ours. A case is a directory with the file or files
 * and expected.settings.json (D-Bus settings as busctl prints them) or expected.rejected.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * oracle_load_differences:
 * @path: lines `case<TAB>reason`
 *
 * Returns: (transfer full): case -> reason, or %NULL
 */
GHashTable *oracle_load_differences(const char *path, GError **error);

/**
 * oracle_compare:
 * @directory: of one case
 * @difference: (transfer full): what differs, a line for each property, if something does
 *
 * Returns: whether our settings are the recorded ones, or the file is refused where the recording says so
 */
gboolean oracle_compare(const char *directory, char **difference);

/**
 * oracle_is_case:
 *
 * Returns: whether @directory holds an expectation
 */
gboolean oracle_is_case(const char *directory);

/**
 * oracle_find_rule:
 * @differences: from oracle_load_differences()
 *
 * Returns: (nullable): the reason of a rule `FILE:LINE`, or several of them with ` & ` between them, all with wildcards,
 *   that lines of the case's files match
 */
const char *oracle_find_rule(GHashTable *differences, const char *directory);

G_END_DECLS
