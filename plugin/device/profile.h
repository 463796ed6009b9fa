/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What we read of NetworkManager's profiles.
 */
#pragma once

#include "nm/nm-abi.h"

G_BEGIN_DECLS

/**
 * profile_options:
 * @connection: (nullable)
 *
 * Returns: (transfer full) (element-type utf8 utf8): the options of a bond's profile; none if it has no such setting.
 */
GHashTable *profile_options(NMConnection *connection);

/* The same of the setting itself, (nullable). */
GHashTable *profile_setting_options(NMSetting *setting);

/**
 * profile_user_data:
 * @connection: (nullable)
 *
 * Returns: (transfer full) (element-type utf8 utf8): its [user] section, empty if there is none.
 */
GHashTable *profile_user_data(NMConnection *connection);

/* The same of the setting itself, (nullable). */
GHashTable *profile_setting_user_data(NMSetting *setting);

/**
 * profile_user_value:
 * @connection: (nullable)
 *
 * Returns: (nullable) (transfer full): what the profile's [user] section has under @key
 */
char *profile_user_value(NMConnection *connection, const char *key);

G_END_DECLS
