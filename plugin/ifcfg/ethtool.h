/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_ethtool_is_set:
 *
 * Returns: whether the file has ETHTOOL_OPTS or ETHTOOL_WAKE_ON_LAN, be it empty
 */
gboolean ifcfg_ethtool_is_set(struct ifcfg_file *file);

/**
 * ifcfg_ethtool_read:
 *
 * ETHTOOL_OPTS, calls of ethtool with `;` between them: speed, duplex, autoneg and Wake-on-LAN become properties of
 * "802-3-ethernet", -A, -C, -G and -K the section "ethtool". Words that NetworkManager does not know are reported.
 */
void ifcfg_ethtool_read(struct ifcfg_file *file, struct ifcfg_settings *settings);

G_END_DECLS
