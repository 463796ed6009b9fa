/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile.h"

#include "bond-options.h"

static GHashTable *
get_table(NMSetting *setting, const char *property)
{
	g_autoptr(GHashTable) table = NULL;

	if (setting != NULL)
		g_object_get(setting, property, &table, NULL);
	/* Not all properties give away a table of their own. */
	return table != NULL ? bond_options_copy(table) : bond_options_new();
}

static NMSetting *
get_setting(NMConnection *connection, const char *name)
{
	return connection != NULL ? nm_connection_get_setting_by_name(connection, name) : NULL;
}

GHashTable *
profile_setting_options(NMSetting *setting)
{
	return get_table(setting, "options");
}

GHashTable *
profile_options(NMConnection *connection)
{
	return profile_setting_options(get_setting(connection, "bond"));
}

GHashTable *
profile_setting_user_data(NMSetting *setting)
{
	return get_table(setting, "data");
}

GHashTable *
profile_user_data(NMConnection *connection)
{
	return profile_setting_user_data(get_setting(connection, "user"));
}

char *
profile_user_value(NMConnection *connection, const char *key)
{
	g_autoptr(GHashTable) data = profile_user_data(connection);

	return g_strdup(g_hash_table_lookup(data, key));
}
