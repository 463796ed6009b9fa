/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong with files, for people. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DIAGNOSTICS_TYPE "a(ssusss)"

/**
 * diagnostics_print:
 * @diagnostics: DIAGNOSTICS_TYPE, as Check() and Apply() of bondd answer: severity, file, line, text, message, remedy
 *
 * As a compiler does, so that editors find the place; on stderr, away from the results.
 */
void diagnostics_print(GVariant *diagnostics);

G_END_DECLS
