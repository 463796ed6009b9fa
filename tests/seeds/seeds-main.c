/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lacp-seeds, bridge-seeds [--seeds FROM-TO]: random events, see seeds.h.
 */
#include "config.h"

#include "seeds.h"

#include <stdlib.h>

static guint
run_seeds(guint32 from, guint32 to, gboolean verbose)
{
	guint passed = 0;

	for (guint32 seed = from; seed <= to; seed++) {
		g_autoptr(GString) report = g_string_new(NULL);
		gboolean pass = SEED_RUN(seed, verbose, report);

		passed += pass;
		if (report->len > 0)
			g_print("seed %u: %s\n%s", seed, pass ? "pass" : "FAIL", report->str);
		if (!pass)
			g_print("  again: %s --verbose --seeds %u\n", g_get_prgname(), seed);
	}
	return passed;
}

int
main(int argc, char **argv)
{
	g_autofree char *range = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	gboolean verbose = FALSE;
	guint32 from;
	guint32 to;
	guint passed;
	const GOptionEntry entries[] = {
	    {"seeds", 0, 0, G_OPTION_ARG_STRING, &range, "Which ones (1-1000)", "FROM-TO"},
	    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "Show the events of seeds that pass, too", NULL},
	    {NULL},
	};

	g_option_context_set_summary(context, "Runs bonds of the engine under random events, in virtual time.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		g_printerr("%s\n", error->message);
		return 2;
	}
	if (!seed_parse_range(range != NULL ? range : "1-1000", &from, &to)) {
		g_printerr("--seeds takes a number or FROM-TO, not \"%s\"\n", range);
		return 2;
	}
	passed = run_seeds(from, to, verbose);
	g_print("seeds: %u of %u pass\n", passed, to - from + 1);
	return passed == to - from + 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
