/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a new file is called.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * naming_choose:
 * @interface: (nullable): the profile's interface name
 * @id: the profile's name
 *
 * Returns: (transfer full): the path of an ifcfg file that is not there, nor any file that would belong to it: after the
 *   interface, as administrators do it, or after the profile
 */
char *naming_choose(const char *directory, const char *interface, const char *id);

G_END_DECLS
