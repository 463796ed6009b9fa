/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spelling.h"

#include <gio/gio.h>
#include <string.h>

#define CONNECTION  "connection"
#define AUTOCONNECT "autoconnect"
#define TIMESTAMP   "timestamp"
#define USER	    "user"

GKeyFile *
spelling_parse(const char *text, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();

	if (!g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, error))
		return NULL;
	g_key_file_remove_key(file, CONNECTION, TIMESTAMP, NULL);
	return g_steal_pointer(&file);
}

/* Takes a key away, and with the last one its section. */
static void
drop(GKeyFile *file, const char *group, const char *key)
{
	g_auto(GStrv) left = NULL;

	if (!g_key_file_remove_key(file, group, key, NULL))
		return;
	left = g_key_file_get_keys(file, group, NULL, NULL);
	if (left != NULL && left[0] == NULL)
		g_key_file_remove_group(file, group, NULL);
}

char *
spelling_ports(GKeyFile *file)
{
	return g_key_file_get_value(file, USER, PROFILES_PORTS_KEY, NULL);
}

/* A client that knows no such section loses it, which is no wish. */
static gboolean
drop_ports(GKeyFile *before, GKeyFile *after, GError **error)
{
	g_autofree char *told = spelling_ports(before);
	g_autofree char *wanted = spelling_ports(after);

	if (wanted != NULL && g_strcmp0(told, wanted) != 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    USER "." PROFILES_PORTS_KEY " are the ports whose files say NM_CONTROLLED=no");
		return FALSE;
	}
	drop(before, USER, PROFILES_PORTS_KEY);
	drop(after, USER, PROFILES_PORTS_KEY);
	return TRUE;
}

gboolean
spelling_drop_ours(GKeyFile *before, GKeyFile *after, gboolean is_unmanaged, GError **error)
{
	if (!drop_ports(before, after, error))
		return FALSE;
	if (!is_unmanaged)
		return TRUE;
	if (!g_key_file_has_key(after, CONNECTION, AUTOCONNECT, NULL) ||
	    g_key_file_get_boolean(after, CONNECTION, AUTOCONNECT, NULL)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    CONNECTION "." AUTOCONNECT " is no as long as the file says NM_CONTROLLED=no");
		return FALSE;
	}
	drop(before, CONNECTION, AUTOCONNECT);
	drop(after, CONNECTION, AUTOCONNECT);
	return TRUE;
}

/* What @a has and @b has not, or not so. */
static char *
find_excess(GKeyFile *a, GKeyFile *b)
{
	g_auto(GStrv) groups = g_key_file_get_groups(a, NULL);

	for (char **group = groups; *group != NULL; group++) {
		g_auto(GStrv) keys = g_key_file_get_keys(a, *group, NULL, NULL);

		for (char **key = keys; key != NULL && *key != NULL; key++) {
			g_autofree char *here = g_key_file_get_value(a, *group, *key, NULL);
			g_autofree char *there = g_key_file_get_value(b, *group, *key, NULL);

			if (g_strcmp0(here, there) != 0)
				return g_strdup_printf("%s.%s", *group, *key);
		}
	}
	return NULL;
}

char *
spelling_difference(GKeyFile *a, GKeyFile *b)
{
	char *difference = find_excess(a, b);

	return difference != NULL ? difference : find_excess(b, a);
}
