/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where we differ from the kernel on purpose: the data file `differences` beside this one. A line is
 * `case<TAB>where<TAB>what<TAB>rule`: where is the name of a snapshot, "step N" or "wire-PORT"; what is a pattern
 * (* and ?) for the lines that may differ; rule says which rule we follow.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct differences;

struct differences *differences_load(const char *path, GError **error);
struct differences *differences_parse(const char *text, GError **error);
void differences_free(struct differences *differences);

/**
 * differences_excuse:
 * @expected: (nullable)
 * @got: (nullable)
 * @use: whether the entry counts as used by this
 *
 * Returns: whether an entry allows this difference.
 */
gboolean differences_excuse(struct differences *differences, const char *name, const char *where, const char *expected,
			    const char *got, gboolean use);

/**
 * differences_unused:
 *
 * Returns: (transfer full) (nullable): the first entry of the case that excused nothing.
 */
char *differences_unused(const struct differences *differences, const char *name);

/* Names of the cases that have entries, NULL terminated. */
char **differences_cases(const struct differences *differences);

G_END_DECLS
