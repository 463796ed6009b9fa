/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Aligned columns.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct table Table;

Table *table_new(void);
void table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* A row of texts, ended by NULL. */
void table_row(Table *table, ...) G_GNUC_NULL_TERMINATED;
void table_row_strv(Table *table, const char *const *cells);

/* Each column as wide as its widest cell, two blanks between; nothing is padded at the end of a line. */
void table_print(const Table *table);
/* The same, not printed; (transfer full). */
char *table_text(const Table *table);

/* Columns that a character takes on a terminal: 0, 1 or 2. */
guint table_char_width(gunichar c);

G_END_DECLS
