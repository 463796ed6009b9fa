/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sentences with {names} in them: patterns that a client can translate before what differs from case to case is put in.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * text_fill_in:
 * @pattern: a sentence with {names}
 * @details: a{ss}, what stands for each name
 *
 * Returns: (transfer full): the sentence. A name that @details has not stays as it is, and so do braces in a value.
 */
char *text_fill_in(const char *pattern, GVariant *details);

G_END_DECLS
