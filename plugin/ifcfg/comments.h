/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people wrote beside the settings. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ifcfg_comments_append:
 * @text: (array length=length): a file
 *
 * Appends the comments of @text, one a line, each beginning with `#` and made of valid UTF-8 without control
 * characters. One that stands behind a value comes with its whole line, for it speaks of it. Lines that hold secrets
 * stay where they are.
 */
void ifcfg_comments_append(GString *out, const char *text, gsize length);

/**
 * ifcfg_comments_append_line:
 *
 * Appends `# ` and @text with whatever would end the line made a blank.
 */
void ifcfg_comments_append_line(GString *out, const char *text);

G_END_DECLS
