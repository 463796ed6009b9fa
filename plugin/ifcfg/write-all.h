/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text into an open file. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ifcfg_write_all:
 *
 * Writes all of @text, however often the kernel takes a part only.
 *
 * Returns: %FALSE with errno set; how much was written is not known then
 */
gboolean ifcfg_write_all(int fd, const char *text);

G_END_DECLS
