/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plugin's entry. NetworkManager does not start when it gets nothing from here: where we do not fit it gets a plugin
 * that does nothing.
 */
#include "plugin.h"

#include "nm/config.h"
#include "nm/guard.h"

#include <string.h>

#define DEFAULT_DIRECTORY "/etc/sysconfig/network-scripts"
#define DIRECTORY_KEY	  "directory"

static void
on_directory(const char *path, const char *value, gpointer user)
{
	char **directory = user;

	if (!g_path_is_absolute(value)) {
		g_warning("%s: " DIRECTORY_KEY "=%s of ifcfg files is ignored: write the path from / on", path, value);
		return;
	}
	g_free(*directory);
	*directory = g_canonicalize_filename(value, NULL);
}

static void
on_new_profiles(const char *path, const char *value, gpointer user)
{
	gboolean *takes_new = user;

	*takes_new = strcmp(value, "ifcfg") == 0;
	if (!*takes_new && strcmp(value, "keyfile") != 0)
		g_warning("%s: " NEW_PROFILES_KEY "=%s is taken for keyfile: write ifcfg or keyfile", path, value);
}

/* [ifcfg-bond] says more precisely what is meant than [bondd]. */
static char *
configured_directory(void)
{
	char *directory = g_strdup(DEFAULT_DIRECTORY);

	config_read(config_places, "bondd", DIRECTORY_KEY, on_directory, &directory);
	config_read(config_places, PLUGIN_NAME, DIRECTORY_KEY, on_directory, &directory);
	return directory;
}

static gboolean
is_known(GError **error)
{
	if (!guard_check_version(error))
		return FALSE;
	nm_settings_plugin_get_type();
	nm_settings_storage_get_type();
	return guard_check_type("NMSettingsPlugin", NM_SETTINGS_PLUGIN_CLASS_SIZE, NM_SETTINGS_PLUGIN_SIZE, error) !=
		   G_TYPE_INVALID &&
	       guard_check_type("NMSettingsStorage", NM_SETTINGS_STORAGE_CLASS_SIZE, NM_SETTINGS_STORAGE_SIZE, error) !=
		   G_TYPE_INVALID;
}

G_MODULE_EXPORT NMSettingsPlugin *nm_settings_plugin_factory(void);

G_MODULE_EXPORT NMSettingsPlugin *
nm_settings_plugin_factory(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = NULL;
	gboolean takes_new = FALSE;

	if (!is_known(&error)) {
		g_warning(PLUGIN_NAME " leaves ifcfg files alone: %s", error->message);
		return plugin_new_idle();
	}
	directory = configured_directory();
	config_read(config_places, PLUGIN_NAME, NEW_PROFILES_KEY, on_new_profiles, &takes_new);
	return plugin_new(directory, takes_new);
}
