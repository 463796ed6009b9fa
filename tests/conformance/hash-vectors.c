/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hash-vectors [--columns GLOB] FILE: holds our transmit decisions against a file of vectors (vectors.h). Exit
 * status 0 only if every one matches.
 */
#include "vectors.h"

#define SHOWN_MISSES 5

struct score {
	guint64 matching;
	guint64 total;
};

static void
print_misses(const char *column, const GArray *misses, guint n_rows)
{
	guint i;

	g_print("%s: %u of %u differ\n", column, misses->len, n_rows);
	for (i = 0; i < MIN(misses->len, SHOWN_MISSES); i++) {
		const struct vectors_miss *miss = &g_array_index(misses, struct vectors_miss, i);

		if (miss->chosen == BOND_PORT_NONE)
			g_print("  id %u %s: port %u, ours drops\n", miss->row->id, miss->row->category,
				miss->expected);
		else
			g_print("  id %u %s: port %u, ours %u\n", miss->row->id, miss->row->category, miss->expected,
				miss->chosen);
	}
}

static void
check_column(const struct vectors *vectors, guint column, struct score *score)
{
	g_autoptr(GArray) misses = g_array_new(FALSE, FALSE, sizeof(struct vectors_miss));
	g_autoptr(GError) error = NULL;

	score->total += vectors->rows->len;
	if (!vectors_check(vectors, column, misses, &error)) {
		g_print("%s (%u frames)\n", error->message, vectors->rows->len);
		return;
	}
	score->matching += vectors->rows->len - misses->len;
	if (misses->len > 0)
		print_misses(vectors->columns->pdata[column], misses, vectors->rows->len);
}

int
main(int argc, char **argv)
{
	g_autofree char *glob = NULL;
	const GOptionEntry entries[] = {
	    {"columns", 0, 0, G_OPTION_ARG_STRING, &glob, "Only columns whose name matches", "GLOB"},
	    {NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("FILE");
	g_autoptr(GError) error = NULL;
	struct score score = {0};
	struct vectors *vectors;
	guint i;

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_summary(context, "Holds transmit decisions against recorded ones.");
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
		g_printerr("hash-vectors: %s\n", error ? error->message : "give one FILE of vectors; see --help");
		return 2;
	}
	vectors = vectors_load(argv[1], &error);
	if (!vectors) {
		g_printerr("hash-vectors: %s\n", error->message);
		return 2;
	}
	for (i = 0; i < vectors->columns->len; i++) {
		if (!glob || g_pattern_match_simple(glob, vectors->columns->pdata[i]))
			check_column(vectors, i, &score);
	}
	g_print("vectors: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " match\n", score.matching, score.total);
	vectors_free(vectors);
	return score.total > 0 && score.matching == score.total ? 0 : 1;
}
