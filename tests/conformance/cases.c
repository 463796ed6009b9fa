/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay.h"

static void
find_cases(const char *path, GPtrArray *cases)
{
	g_autofree char *scenario = g_build_filename(path, "scenario.scn", NULL);
	g_autoptr(GDir) dir = NULL;
	const char *name;

	if (g_file_test(scenario, G_FILE_TEST_IS_REGULAR)) {
		g_ptr_array_add(cases, g_strdup(path));
		return;
	}
	dir = g_dir_open(path, 0, NULL);
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK))
			find_cases(below, cases);
	}
}

static gint
compare_paths(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
replay_find_cases(const char *path)
{
	GPtrArray *cases = g_ptr_array_new_with_free_func(g_free);

	find_cases(path, cases);
	g_ptr_array_sort(cases, compare_paths);
	return cases;
}
