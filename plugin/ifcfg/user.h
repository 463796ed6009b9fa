/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_user_read:
 *
 * The section "user": NM_USER_KEY variables, whose names spell a key such as `my-app.key` in capitals: `__` is a dot,
 * `_X` a capital, `_055` the character of that octal number.
 */
void ifcfg_user_read(struct ifcfg_file *file, struct ifcfg_settings *settings);

G_END_DECLS
