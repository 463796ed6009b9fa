/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts made of words: values with blanks between them, lines of routes and rules, addresses with a prefix length.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ifcfg_split_words:
 *
 * Returns: (transfer full): the words between blanks and tabs, none of them empty
 */
GStrv ifcfg_split_words(const char *text);

/* As ifcfg_split_words(), without those that came before. */
GStrv ifcfg_split_unique(const char *text);

/**
 * ifcfg_split_escaped:
 * @delimiters: characters between the items
 *
 * As ifcfg_split_words(), but a backslash takes a delimiter or a backslash into the word.
 *
 * Returns: (transfer full): the items, without blanks around them, none of them empty
 */
GStrv ifcfg_split_escaped(const char *text, const char *delimiters);

/* Whether a line is empty, blank or a comment. */
gboolean ifcfg_is_comment(const char *line);

/**
 * ifcfg_parse_network:
 * @family: AF_INET or AF_INET6
 * @text: ADDRESS or ADDRESS/PREFIX
 * @address: 16 bytes; those that the family does not need become 0
 * @prefix: all bits if @text has none
 */
gboolean ifcfg_parse_network(int family, const char *text, guint8 *address, gint64 *prefix);

G_END_DECLS
