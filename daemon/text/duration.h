/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * text_of_duration:
 * @ns: nanoseconds; less than none counts as none
 *
 * Returns: (transfer full): "35 us", "12.3 ms", "3.5 s", "4 min 05 s", "2 h 05 min"; the same in all languages.
 */
char *text_of_duration(gint64 ns);

G_END_DECLS
