/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One file of assignments being changed. Lines that nobody changes stay as they are, byte for byte: comments, order,
 * blanks, names that nobody knows, ends of lines.
 */
#pragma once

#include "ifcfg.h"

G_BEGIN_DECLS

struct edit;

/**
 * edit_new:
 * @path: for reports
 * @text: (array length=length): any bytes
 */
struct edit *edit_new(const char *path, const char *text, gsize length);

void edit_free(struct edit *edit);

/**
 * edit_get:
 *
 * Returns: (nullable) (transfer none): the value of the last assignment of @name; "" if the line cannot be read
 */
const char *edit_get(const struct edit *edit, const char *name);

/**
 * edit_set:
 * @value: UTF-8
 * @error: IFCFG_ERROR_UNSUPPORTED: the line to change is one that no reader of lines understands
 *
 * Changes the last assignment of @name where it stands, keeping what is around the value and its kind of quotes; or
 * adds one at the end. A line that says it already stays as it is.
 */
gboolean edit_set(struct edit *edit, const char *name, const char *value, GError **error);

/**
 * edit_unset:
 *
 * Removes all assignments of @name, and nothing else.
 */
gboolean edit_unset(struct edit *edit, const char *name, GError **error);

/* Lines, for files that are not made of assignments; without their ends. */
guint edit_count(const struct edit *edit);
const char *edit_line(const struct edit *edit, guint i);
void edit_remove(struct edit *edit, guint i);
/* @line: without its end, which stays */
void edit_replace(struct edit *edit, guint i, const char *line);

/**
 * edit_append:
 * @line: without its end, which becomes that of the file's other lines
 * @error: IFCFG_ERROR_UNSUPPORTED: the file ends within a value
 */
gboolean edit_append(struct edit *edit, const char *line, GError **error);

gboolean edit_is_changed(const struct edit *edit);

/**
 * edit_text:
 *
 * Returns: (transfer full) (nullable): the file; %NULL with @error if it holds NUL bytes
 */
char *edit_text(const struct edit *edit, GError **error);

/**
 * edit_quote:
 * @like: (nullable): an earlier word, whose quotes are kept where they can be
 *
 * Returns: (transfer full): @value as a word that a shell, NetworkManager and lexer_unquote() read alike
 */
char *edit_quote(const char *value, const char *like);

G_END_DECLS
