/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The variables of one file: which are there, which somebody has looked at, and what to report of each.
 */
#pragma once

#include "diagnostics.h"

G_BEGIN_DECLS

struct ifcfg_variable {
	char *name;
	char *value; /* never NULL */
	guint line;
	char *text; /* the line */
	gboolean used;
	gboolean reported; /* for a bad value, which may be looked at twice */
};

struct ifcfg_file {
	char *path;
	char *name;		/* of "/…/ifcfg-NAME" */
	GPtrArray *variables;	/* struct ifcfg_variable *, as in the file */
	GHashTable *by_name;	/* borrowed from @variables, the last of each name */
	GPtrArray *diagnostics; /* a reference */
	gboolean looked_at;	/* somebody asked for a variable */
	gboolean failed;	/* something fatal was reported */
};

/**
 * ifcfg_file_parse:
 * @path: as it will be reported, and what an identity without UUID= is made of
 * @text: (array length=length): any bytes
 * @diagnostics: lines that cannot be read are reported here
 *
 * Never fails: a file of rubbish has no variables.
 */
struct ifcfg_file *ifcfg_file_parse(const char *path, const char *text, gsize length, GPtrArray *diagnostics);

void ifcfg_file_free(struct ifcfg_file *file);

/**
 * ifcfg_file_find:
 *
 * Returns: (nullable) (transfer none): the variable, now used; an empty value counts too.
 */
const struct ifcfg_variable *ifcfg_file_find(struct ifcfg_file *file, const char *name);

/**
 * ifcfg_file_add:
 * @from: (nullable): where it comes from, for reports; now used
 *
 * Adds a variable that nobody wrote, or overrides one.
 */
void ifcfg_file_add(struct ifcfg_file *file, const struct ifcfg_variable *from, const char *name, const char *value);

/* Forgets a variable that means something else here. What it pointed to stays valid. */
void ifcfg_file_hide(struct ifcfg_file *file, const char *name);

/**
 * ifcfg_file_get:
 *
 * Returns: (nullable) (transfer none): the value of a variable, now used, or %NULL if it is unset or empty.
 */
const char *ifcfg_file_get(struct ifcfg_file *file, const char *name);

/**
 * ifcfg_file_get_boolean:
 * @fallback: of an unset variable or of a value that is neither yes nor no; the latter is reported
 */
int ifcfg_file_get_boolean(struct ifcfg_file *file, const char *name, int fallback);

/**
 * ifcfg_file_get_integer:
 * @base: 10, or 0 for C's notation
 * @fallback: of an unset variable or of one that is no number from @min to @max; the latter is reported
 */
gint64 ifcfg_file_get_integer(struct ifcfg_file *file, const char *name, guint base, gint64 min, gint64 max,
			      gint64 fallback);

/**
 * ifcfg_file_report:
 * @variable: (nullable): a variable's name, or %NULL for the whole file
 */
void ifcfg_file_report(struct ifcfg_file *file, enum ifcfg_severity severity, const char *variable, const char *remedy,
		       const char *format, ...) G_GNUC_PRINTF(5, 6);

/**
 * ifcfg_file_place:
 *
 * Returns: where the variable stands; valid as long as the file is
 */
struct ifcfg_place ifcfg_file_place(const struct ifcfg_file *file, const char *variable);

/**
 * ifcfg_parse_boolean:
 *
 * Returns: what yes, true, t, y, 1 and no, false, f, n, 0 mean in any case, else @fallback
 */
int ifcfg_parse_boolean(const char *value, int fallback);

/**
 * ifcfg_parse_integer:
 *
 * Returns: %FALSE unless @text is nothing but a number from @min to @max, blanks around it aside
 */
gboolean ifcfg_parse_integer(const char *text, guint base, gint64 min, gint64 max, gint64 *value);

G_END_DECLS
