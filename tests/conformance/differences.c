/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "differences.h"

#include <gio/gio.h>

struct entry {
	char **fields; /* case, where, what, rule */
	guint line;
	gboolean used;
};

struct differences {
	GPtrArray *entries;
};

static void
entry_free(gpointer data)
{
	struct entry *entry = data;

	g_strfreev(entry->fields);
	g_free(entry);
}

void
differences_free(struct differences *differences)
{
	if (differences == NULL)
		return;
	g_ptr_array_unref(differences->entries);
	g_free(differences);
}

static gboolean
parse_entry(struct differences *differences, const char *text, guint number, GError **error)
{
	g_auto(GStrv) fields = g_strsplit(text, "\t", -1);
	struct entry *entry;

	if (g_strv_length(fields) != 4 || *fields[0] == '\0' || *fields[1] == '\0' || *fields[2] == '\0' ||
	    *fields[3] == '\0') {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "differences:%u: an entry is case, where, what and rule, with one tab between them",
			    number);
		return FALSE;
	}
	entry = g_new0(struct entry, 1);
	entry->fields = g_steal_pointer(&fields);
	entry->line = number;
	g_ptr_array_add(differences->entries, entry);
	return TRUE;
}

struct differences *
differences_parse(const char *text, GError **error)
{
	struct differences *differences = g_new0(struct differences, 1);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	differences->entries = g_ptr_array_new_with_free_func(entry_free);
	for (guint i = 0; lines[i] != NULL; i++) {
		if (*lines[i] == '\0' || *lines[i] == '#')
			continue;
		if (!parse_entry(differences, lines[i], i + 1, error)) {
			differences_free(differences);
			return NULL;
		}
	}
	return differences;
}

struct differences *
differences_load(const char *path, GError **error)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, error))
		return NULL;
	return differences_parse(text, error);
}

gboolean
differences_excuse(struct differences *differences, const char *name, const char *where, const char *expected,
		   const char *got, gboolean use)
{
	if (differences == NULL)
		return FALSE;
	for (guint i = 0; i < differences->entries->len; i++) {
		struct entry *entry = g_ptr_array_index(differences->entries, i);
		const char *pattern = entry->fields[2];

		if (strcmp(entry->fields[0], name) != 0 || !g_pattern_match_simple(entry->fields[1], where))
			continue;
		if (!(expected == NULL || g_pattern_match_simple(pattern, expected)) ||
		    !(got == NULL || g_pattern_match_simple(pattern, got)))
			continue;
		entry->used = entry->used || use;
		return TRUE;
	}
	return FALSE;
}

char *
differences_unused(const struct differences *differences, const char *name)
{
	for (guint i = 0; differences != NULL && i < differences->entries->len; i++) {
		const struct entry *entry = g_ptr_array_index(differences->entries, i);

		if (strcmp(entry->fields[0], name) == 0 && !entry->used)
			return g_strdup_printf("differences:%u: excuses nothing: take it out", entry->line);
	}
	return NULL;
}

char **
differences_cases(const struct differences *differences)
{
	GStrvBuilder *names = g_strv_builder_new();
	char **result;

	for (guint i = 0; i < differences->entries->len; i++)
		g_strv_builder_add(names, ((struct entry *) g_ptr_array_index(differences->entries, i))->fields[0]);
	result = g_strv_builder_end(names);
	g_strv_builder_unref(names);
	return result;
}
