/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * json_variant_parse:
 * @text: what `busctl --json=short call` prints: {"type":…,"data":[…]}, with every variant inside of the same form
 *
 * Returns: (transfer full): the first of the values, or %NULL
 */
GVariant *json_variant_parse(const char *text, GError **error);

G_END_DECLS
