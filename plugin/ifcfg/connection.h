/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_connection_read:
 *
 * Variables of the section "connection" that need more than the table: DEVTIMEOUT, GATEWAY_PING_TIMEOUT and MUD_URL.
 */
void ifcfg_connection_read(struct ifcfg_file *file, struct ifcfg_settings *settings);

G_END_DECLS
