/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The profiles of a directory of ifcfg files, as a plugin of NetworkManager's.
 */
#pragma once

#include "nm/nm-abi.h"

G_BEGIN_DECLS

#define PLUGIN_NAME "ifcfg-bond"

/**
 * plugin_new:
 * @directory: of the ifcfg files
 *
 * Returns: (transfer full): reads nothing before NetworkManager asks
 */
NMSettingsPlugin *plugin_new(const char *directory);

/**
 * plugin_new_idle:
 *
 * Returns: (transfer full): one that has no profile and never will
 */
NMSettingsPlugin *plugin_new_idle(void);

G_END_DECLS
