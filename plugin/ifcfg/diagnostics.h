/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the user is told: a list of struct ifcfg_diagnostic, made of bytes that nobody has checked yet.
 */
#pragma once

#include "ifcfg.h"

G_BEGIN_DECLS

/* Where something stands. A @line of 0 is the whole file; @text may be any bytes, or NULL. */
struct ifcfg_place {
	const char *file;
	guint line;
	const char *text;
};

/**
 * ifcfg_place_copy:
 *
 * A copy that owns its strings, the text cut to what a report shows; for ifcfg_place_clear().
 */
struct ifcfg_place ifcfg_place_copy(const struct ifcfg_place *place);

void ifcfg_place_clear(struct ifcfg_place *place);

/**
 * ifcfg_diagnostics_new:
 *
 * Returns: (transfer full): an empty list; g_ptr_array_unref() frees its entries too.
 */
GPtrArray *ifcfg_diagnostics_new(void);

/**
 * ifcfg_diagnostics_add:
 * @list: the list
 * @place: where; its text is cut and made valid UTF-8, for it goes to terminals and over D-Bus
 * @remedy: what to do, a sentence
 * @format: what is wrong
 *
 * A list does not grow without end: after a thousand entries in a row of one file, or twenty thousand of all, only
 * fatal ones are added, and the list says so.
 */
void ifcfg_diagnostics_add(GPtrArray *list, enum ifcfg_severity severity, const struct ifcfg_place *place,
			   const char *remedy, const char *format, ...) G_GNUC_PRINTF(5, 6);

/**
 * ifcfg_diagnostics_sort:
 *
 * By file and line; what was found first stays first.
 */
void ifcfg_diagnostics_sort(GPtrArray *list);

G_END_DECLS
