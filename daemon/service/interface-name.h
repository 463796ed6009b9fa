/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an interface may be called.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * interface_name_check:
 * @error: SERVICE_ERROR_INVALID_NAME
 *
 * dev_valid_name(): 1 to 15 bytes, no "/", ":" or white space, not "." or "..". Control characters and "%"
 * are refused too: nobody means them.
 */
gboolean interface_name_check(const char *name, GError **error);

G_END_DECLS
