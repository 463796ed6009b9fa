/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * replay DIR…: replays recordings of the kernel's bonding driver against the engine.
 */
#include "config.h"

#include "replay.h"

#include <stdlib.h>

struct totals {
	guint cases;
	guint passed;
	guint snapshots;
	guint matched;
};

static void
replay_folder(const char *path, const struct replay_options *options, struct totals *totals)
{
	g_autoptr(GPtrArray) cases = replay_find_cases(path);

	if (cases->len == 0) {
		g_printerr("%s: no case: no scenario.scn in it or below it\n", path);
		totals->cases++;
	}
	for (guint i = 0; i < cases->len; i++) {
		struct replay_result *result = replay_case(g_ptr_array_index(cases, i), options);

		totals->cases++;
		totals->passed += result->passed;
		totals->snapshots += result->snapshots;
		totals->matched += result->snapshots_matched;
		if (!result->passed)
			g_print("%s: FAIL\n", result->name);
		else if (options->verbose || result->report->len > 0)
			g_print("%s: pass\n", result->name);
		g_print("%s", result->report->str);
		replay_result_free(result);
	}
}

int
main(int argc, char **argv)
{
	struct replay_options options = {0};
	g_autofree char *differences = g_strdup(DIFFERENCES_FILE);
	g_auto(GStrv) folders = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new("DIR…");
	struct totals totals = {0};
	const GOptionEntry entries[] = {
	    {"differences", 0, 0, G_OPTION_ARG_FILENAME, &differences, "Where we differ on purpose", "FILE"},
	    {"dmesg", 0, 0, G_OPTION_ARG_NONE, &options.dmesg, "Show how the messages differ", NULL},
	    {"frames", 0, 0, G_OPTION_ARG_NONE, &options.frames, "Show the frames that crossed the cables", NULL},
	    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose, "Show every line, and cases that pass", NULL},
	    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &folders, NULL, NULL},
	    {NULL},
	};

	g_option_context_set_summary(context, "Replays recordings of the kernel's bonding driver against the engine.\n"
					      "DIR is a case or holds cases at any depth.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || folders == NULL) {
		g_printerr("%s\n", error != NULL ? error->message : "Name a folder with recordings; see --help");
		return 2;
	}
	options.differences = differences_load(differences, &error);
	if (options.differences == NULL) {
		g_printerr("%s\n", error->message);
		return 2;
	}
	for (guint i = 0; folders[i] != NULL; i++)
		replay_folder(folders[i], &options, &totals);
	g_print("cases: %u of %u pass; snapshots: %u of %u match\n", totals.passed, totals.cases, totals.matched,
		totals.snapshots);
	differences_free(options.differences);
	return totals.passed == totals.cases ? EXIT_SUCCESS : EXIT_FAILURE;
}
