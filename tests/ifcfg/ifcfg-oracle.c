/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ifcfg-oracle [--differences=FILE] DIR…: reads every recorded case below the directories, prints what we make
 * differently, and ends with `cases: A of B match`. A case that the file of differences lists by its name matches if it
 * differs. A rule there, `FILE:LINE` with the usual wildcards, is for every case that has such a line; one of them that
 * does not differ matches, too.
 */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

struct run {
	GHashTable *differences;
	guint cases;
	guint matching;
};

static void
run_case(struct run *run, const char *directory)
{
	g_autofree char *name = g_path_get_basename(directory);
	g_autofree char *difference = NULL;
	const char *reason = g_hash_table_lookup(run->differences, name);
	gboolean equal = oracle_compare(directory, &difference);

	run->cases++;
	if (!equal && reason == NULL)
		reason = oracle_find_rule(run->differences, directory);
	if (equal != (reason != NULL)) {
		run->matching++;
		if (reason != NULL)
			g_print("%s: different on purpose: %s\n", name, reason);
		return;
	}
	if (equal)
		g_print("%s: listed as different but equal to the recording\n", name);
	else
		g_print("%s:\n%s", name, difference);
}

static int
compare_paths(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
run_directory(struct run *run, const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) directory = NULL;
	const char *name;

	if (oracle_is_case(path)) {
		run_case(run, path);
		return;
	}
	directory = g_dir_open(path, 0, &error);
	if (directory == NULL) {
		g_printerr("%s\n", error->message);
		exit(EXIT_FAILURE);
	}
	while ((name = g_dir_read_name(directory)) != NULL)
		g_ptr_array_add(names, g_build_filename(path, name, NULL));
	g_ptr_array_sort(names, compare_paths);
	for (guint i = 0; i < names->len; i++) {
		if (oracle_is_case(names->pdata[i]))
			run_case(run, names->pdata[i]);
	}
}

int
main(int argc, char **argv)
{
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;
	const GOptionEntry entries[] = {
	    {"differences", 0, 0, G_OPTION_ARG_FILENAME, &path, "Cases that differ on purpose", "FILE"},
	    {NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("DIR…");
	struct run run = {0};

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		g_printerr("%s\n", error->message);
		return EXIT_FAILURE;
	}
	run.differences = oracle_load_differences(path != NULL ? path : DIFFERENCES, &error);
	if (run.differences == NULL) {
		g_printerr("%s\n", error->message);
		return EXIT_FAILURE;
	}
	for (int i = 1; i < argc; i++)
		run_directory(&run, argv[i]);
	g_hash_table_unref(run.differences);
	g_print("cases: %u of %u match\n", run.matching, run.cases);
	return run.cases > 0 && run.matching == run.cases ? EXIT_SUCCESS : EXIT_FAILURE;
}
