/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The profiles of a directory of ifcfg files, as a plugin of NetworkManager's.
 */
#pragma once

#include "nm/nm-abi.h"

G_BEGIN_DECLS

#define PLUGIN_NAME	 "ifcfg-bond"
#define NEW_PROFILES_KEY "new-profiles" /* of the section of this name in NetworkManager.conf */

/**
 * plugin_new:
 * @directory: of the ifcfg files
 * @takes_new: whether new profiles become ifcfg files, if these can say them
 *
 * Returns: (transfer full): reads nothing before NetworkManager asks
 */
NMSettingsPlugin *plugin_new(const char *directory, gboolean takes_new);

/**
 * plugin_new_idle:
 *
 * Returns: (transfer full): one that has no profile and never will
 */
NMSettingsPlugin *plugin_new_idle(void);

G_END_DECLS
