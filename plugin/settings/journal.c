/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal.h"

struct journal {
	GHashTable *before; /* lines found when the files were looked at last, and now */
	GHashTable *now;
};

static GHashTable *
set_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

struct journal *
journal_new(void)
{
	struct journal *journal = g_new0(struct journal, 1);

	journal->before = set_new();
	journal->now = set_new();
	return journal;
}

void
journal_free(struct journal *journal)
{
	g_hash_table_unref(journal->before);
	g_hash_table_unref(journal->now);
	g_free(journal);
}

void
journal_begin(struct journal *journal)
{
	g_hash_table_unref(journal->before);
	journal->before = journal->now;
	journal->now = set_new();
}

void
journal_tell(struct journal *journal, const char *line)
{
	if (g_hash_table_add(journal->now, g_strdup(line)) && !g_hash_table_contains(journal->before, line))
		g_warning("%s", line);
}

void
journal_tell_diagnostics(struct journal *journal, const GPtrArray *diagnostics)
{
	for (guint i = 0; i < diagnostics->len; i++) {
		const struct ifcfg_diagnostic *diagnostic = diagnostics->pdata[i];
		g_autofree char *line = ifcfg_diagnostic_format(diagnostic);

		if (diagnostic->severity != IFCFG_INFO)
			journal_tell(journal, line);
	}
}
