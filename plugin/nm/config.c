/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

const char *const config_places[] = {
    "/usr/lib/NetworkManager/conf.d",
    "/run/NetworkManager/conf.d",
    "/etc/NetworkManager/NetworkManager.conf",
    "/etc/NetworkManager/conf.d",
    NULL,
};

/* What is asked of each file. */
struct question {
	const char *group;
	const char *key;
	config_value found;
	gpointer user;
};

static void
read_file(const char *path, const struct question *question)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *value = NULL;

	if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
		return;
	value = g_key_file_get_string(file, question->group, question->key, NULL);
	if (value != NULL)
		question->found(path, g_strstrip(value), question->user);
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
read_directory(const char *path, const struct question *question)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
		if (g_str_has_suffix(name, ".conf"))
			g_ptr_array_add(names, g_build_filename(path, name, NULL));
	}
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++)
		read_file(g_ptr_array_index(names, i), question);
}

void
config_read(const char *const *places, const char *group, const char *key, config_value found, gpointer user)
{
	const struct question question = {.group = group, .key = key, .found = found, .user = user};

	for (; *places != NULL; places++) {
		if (g_file_test(*places, G_FILE_TEST_IS_DIR))
			read_directory(*places, &question);
		else
			read_file(*places, &question);
	}
}
