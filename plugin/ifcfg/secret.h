/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether the value of a variable of this name is nobody's business. */
gboolean ifcfg_is_secret(const char *name);

G_END_DECLS
