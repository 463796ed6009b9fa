/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_ethernet_read:
 * @always: whether the section is there even if the file says nothing for it
 *
 * The section "802-3-ethernet": MTU, HWADDR, MACADDR, ETHTOOL_OPTS. Bonds have it too, for their MTU and address.
 */
void ifcfg_ethernet_read(struct ifcfg_file *file, struct ifcfg_settings *settings, gboolean always);

G_END_DECLS
