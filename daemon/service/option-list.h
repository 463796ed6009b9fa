/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The option table for ListOptions().
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * option_list_variant:
 *
 * Returns: (transfer floating): aa{sv}, the keys as the introspection describes them.
 */
GVariant *option_list_variant(void);

G_END_DECLS
