/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_vlan_read:
 * @device: (nullable): a valid DEVICE
 *
 * The section "vlan": its number and parent from VLAN_ID and PHYSDEV, or from a name such as bond0.200 or vlan200.
 */
void ifcfg_vlan_read(struct ifcfg_file *file, const char *device, struct ifcfg_settings *settings);

G_END_DECLS
