/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "writer-private.h"

#include <string.h>

#define PREFIX "ifcfg-"

static void
edit_destroy(gpointer edit)
{
	edit_free(edit);
}

static void
ifcfg_edit_free(gpointer data)
{
	struct ifcfg_edit *edit = data;

	g_free(edit->path);
	g_free(edit->text);
	g_free(edit);
}

/* --- errors --- */

/* Whatever may be one; a refusal more does no harm. */
static gboolean
is_secret(const char *name)
{
	static const char *const words[] = {"password", "passphrase", "psk", "private-key", "wep-key", "secret"};

	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strstr(name, words[i]) != NULL && !g_str_has_prefix(name, "user."))
			return TRUE;
	}
	return g_str_has_suffix(name, ".pin") || g_str_has_suffix(name, "-pin");
}

static void
refuse(GError **error, const char *name, const char *value, const char *reason)
{
	gboolean shown = value != NULL && !is_secret(name);
	/* One line, whatever the value. */
	g_autofree char *text = shown ? g_strdelimit(g_strstrip(g_strdup(value)), "\n", ';') : g_strdup("");

	g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED, "%s%s%s: %s; NetworkManager keeps it in a keyfile",
		    name, shown ? "=" : "", text, reason);
}

gboolean
writer_refuse(const struct change *change, GError **error)
{
	refuse(error, change->name, change->value, "an ifcfg file cannot say it");
	return FALSE;
}

/* --- files --- */

static struct edit *
open_path(struct writer *writer, const char *path)
{
	struct edit *edit = g_hash_table_lookup(writer->files, path);
	const struct directory_file *file = writer_sources_find(writer->sources, path);

	if (edit != NULL)
		return edit;
	edit = edit_new(path, file != NULL ? file->text : "", file != NULL ? file->length : 0);
	g_hash_table_insert(writer->files, g_strdup(path), edit);
	return edit;
}

static char *
path_beside(const struct writer *writer, const char *prefix)
{
	g_autofree char *name = g_strconcat(prefix, writer->name, NULL);

	return g_build_filename(writer->directory, name, NULL);
}

struct edit *
writer_open(struct writer *writer, const char *prefix)
{
	g_autofree char *path = path_beside(writer, prefix);

	return open_path(writer, path);
}

gboolean
writer_has_file(struct writer *writer, const char *prefix)
{
	g_autofree char *path = path_beside(writer, prefix);
	const struct edit *edit = g_hash_table_lookup(writer->files, path);

	if (edit != NULL && edit_is_changed(edit))
		return edit_count(edit) > 0;
	return writer_sources_find(writer->sources, path) != NULL;
}

const char *
writer_after(const struct writer *writer, const char *name)
{
	return g_hash_table_lookup(writer->after, name);
}

gboolean
writer_say(struct writer *writer, const char *variable, const char *value, GError **error)
{
	if (value == NULL)
		return edit_unset(writer->edit, variable, error);
	return edit_set(writer->edit, variable, value, error);
}

/* --- what differs --- */

static void
change_free(gpointer change)
{
	g_free(change);
}

static int
compare_changes(gconstpointer a, gconstpointer b)
{
	const struct change *left = *(const struct change *const *) a;
	const struct change *right = *(const struct change *const *) b;

	/* Plain variables come last. */
	if (left->row != right->row)
		return right->row == NULL || (left->row != NULL && left->row < right->row) ? -1 : 1;
	return strcmp(left->name, right->name);
}

static void
add_change(GPtrArray *changes, const char *name, const char *value)
{
	struct change *change = g_new0(struct change, 1);

	change->name = name;
	change->key = strchr(name, '.') + 1;
	change->value = value;
	change->row = writer_find_row(name);
	g_ptr_array_add(changes, change);
}

/* In the order of the table. */
static GPtrArray *
list_changes(GHashTable *before, GHashTable *after)
{
	GPtrArray *changes = g_ptr_array_new_with_free_func(change_free);
	GHashTableIter iter;
	gpointer name;
	gpointer value;

	g_hash_table_iter_init(&iter, after);
	while (g_hash_table_iter_next(&iter, &name, &value)) {
		if (g_strcmp0(g_hash_table_lookup(before, name), value) != 0)
			add_change(changes, name, value);
	}
	g_hash_table_iter_init(&iter, before);
	while (g_hash_table_iter_next(&iter, &name, &value)) {
		if (!g_hash_table_contains(after, name))
			add_change(changes, name, NULL);
	}
	g_ptr_array_sort(changes, compare_changes);
	return changes;
}

static gboolean
write_change(struct writer *writer, const struct change *change, GError **error)
{
	if (is_secret(change->name))
		return writer_refuse(change, error);
	return change->row != NULL ? change->row->write(writer, change, error) : writer_plain(writer, change, error);
}

static gboolean
write_changes(struct writer *writer, const GPtrArray *changes, GError **error)
{
	for (guint i = 0; i < changes->len; i++) {
		if (!write_change(writer, changes->pdata[i], error))
			return FALSE;
	}
	return TRUE;
}

/* Says in so many words what followed from something that is no longer there. */
static gboolean
write_side_effects(struct writer *writer, GError **error)
{
	g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(change_free);
	GHashTableIter iter;
	gpointer name;

	g_hash_table_iter_init(&iter, writer->side_effects);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		add_change(changes, name, writer_after(writer, name));
	g_ptr_array_sort(changes, compare_changes);
	return write_changes(writer, changes, error);
}

/* --- the new texts --- */

static int
compare_edits(gconstpointer a, gconstpointer b)
{
	return strcmp((*(const struct ifcfg_edit *const *) a)->path, (*(const struct ifcfg_edit *const *) b)->path);
}

static gboolean
add_edit(GPtrArray *edits, const char *path, const struct edit *edit, GError **error)
{
	struct ifcfg_edit *done = g_new0(struct ifcfg_edit, 1);

	done->path = g_strdup(path);
	g_ptr_array_add(edits, done);
	if (edit_count(edit) == 0)
		return TRUE;
	done->text = edit_text(edit, error);
	return done->text != NULL;
}

static GPtrArray *
list_edits(struct writer *writer, GError **error)
{
	g_autoptr(GPtrArray) edits = g_ptr_array_new_with_free_func(ifcfg_edit_free);
	GHashTableIter iter;
	gpointer path;
	gpointer edit;

	g_hash_table_iter_init(&iter, writer->files);
	while (g_hash_table_iter_next(&iter, &path, &edit)) {
		if (edit_is_changed(edit) && !add_edit(edits, path, edit, error))
			return NULL;
	}
	g_ptr_array_sort(edits, compare_edits);
	return g_steal_pointer(&edits);
}

/* --- reading them back --- */

static const char *
find_reason(const struct ifcfg_result *result, const char *path)
{
	for (guint i = 0; i < result->diagnostics->len; i++) {
		const struct ifcfg_diagnostic *diagnostic = result->diagnostics->pdata[i];

		if (diagnostic->severity == IFCFG_FATAL && strcmp(diagnostic->file, path) == 0)
			return diagnostic->message;
	}
	return "the file would be no profile";
}

/* The profile that was written says what it shall. */
static gboolean
check_wanted(const struct writer *writer, GHashTable *before, GHashTable *now, GError **error)
{
	g_autoptr(GPtrArray) wanted = list_changes(writer->before, writer->after);

	for (guint i = 0; i < wanted->len; i++) {
		const struct change *change = wanted->pdata[i];

		if (g_strcmp0(g_hash_table_lookup(now, change->name), change->value) != 0)
			return writer_refuse(change, error);
		if (change->value != NULL || g_hash_table_contains(before, change->name))
			continue;
		refuse(error, change->name, NULL, "no file said it, so none can stop saying it");
		return FALSE;
	}
	return TRUE;
}

/* The rest of it says what it said before. */
static gboolean
check_side_effects(const struct writer *writer, GHashTable *before, GHashTable *now, GError **error)
{
	g_autoptr(GPtrArray) changes = list_changes(before, now);
	const struct change *blame = NULL;

	g_hash_table_remove_all(writer->side_effects);
	for (guint i = 0; i < changes->len; i++) {
		const struct change *change = changes->pdata[i];

		if (g_strcmp0(g_hash_table_lookup(writer->before, change->name), writer_after(writer, change->name)) !=
		    0)
			continue;
		g_hash_table_add(writer->side_effects, g_strdup(change->name));
		blame = change;
	}
	if (blame != NULL)
		refuse(error, blame->name, blame->value,
		       blame->value != NULL ? "an ifcfg file that says the rest would say this, too"
					    : "an ifcfg file that says the rest cannot keep it");
	return blame == NULL;
}

static gboolean
is_same(const struct ifcfg_profile *a, const struct ifcfg_profile *b)
{
	return a != NULL && b != NULL && g_variant_equal(a->settings, b->settings) &&
	       g_variant_equal(a->extra, b->extra) && g_variant_equal(a->routing, b->routing);
}

/* No file changes the profile of another. */
static gboolean
check_others(const struct writer *writer, const struct ifcfg_result *now, GError **error)
{
	const struct ifcfg_result *before = writer->old;

	for (guint i = 0; i < before->profiles->len; i++) {
		const struct ifcfg_profile *profile = before->profiles->pdata[i];

		if (strcmp(profile->file, writer->path) == 0 ||
		    is_same(profile, writer_find_profile(now, profile->file)))
			continue;
		refuse(error, profile->file, NULL, "this other profile would change as well");
		return FALSE;
	}
	return TRUE;
}

static gboolean
check_profile(const struct writer *writer, const struct ifcfg_result *now, GError **error)
{
	const struct ifcfg_profile *profile = writer_find_profile(now, writer->path);
	g_autoptr(GHashTable) old_keys = writer_profile_keys(writer_find_profile(writer->old, writer->path));
	g_autoptr(GHashTable) new_keys = writer_profile_keys(profile);
	gboolean is_wanted = g_hash_table_size(writer->after) > 0;

	if (is_wanted != (profile != NULL)) {
		refuse(error, writer->path, NULL, is_wanted ? find_reason(now, writer->path) : "others name its port");
		return FALSE;
	}
	if (profile != NULL && (!check_wanted(writer, old_keys, new_keys, error) ||
				!check_side_effects(writer, old_keys, new_keys, error)))
		return FALSE;
	return check_others(writer, now, error);
}

static gboolean
check(const struct writer *writer, struct writer_sources *sources, const GPtrArray *edits, GError **error)
{
	struct ifcfg_result *now;
	gboolean right;

	g_hash_table_remove_all(writer->side_effects);
	for (guint i = 0; i < edits->len; i++) {
		const struct ifcfg_edit *edit = edits->pdata[i];

		writer_sources_put(sources, edit->path, edit->text);
	}
	now = writer_sources_interpret(sources);
	right = check_profile(writer, now, error);
	ifcfg_result_free(now);
	return right;
}

/* --- the whole --- */

/* A file that is there and was not read must not be taken for none. */
static gboolean
check_path(const struct writer *writer, GError **error)
{
	if (writer_sources_find(writer->sources, writer->path) != NULL ||
	    !g_file_test(writer->path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK))
		return TRUE;
	g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_READ, "%s is no file that can be read. Correct or remove it",
		    writer->path);
	return FALSE;
}

static void
remove_file(GPtrArray *edits, const char *path)
{
	struct ifcfg_edit *edit = g_new0(struct ifcfg_edit, 1);

	edit->path = g_strdup(path);
	g_ptr_array_add(edits, edit);
}

/* Whether a file is the profile's alone: the ifcfg file, its aliases, its routes and rules. */
static gboolean
belongs(const struct writer *writer, const char *path)
{
	static const char *const prefixes[] = {PREFIX, "route-", "route6-", "rule-", "rule6-", "ifroute-"};
	g_autofree char *name = g_path_get_basename(path);

	for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		const char *rest = name + strlen(prefixes[i]);
		gsize length = strlen(writer->name);

		if (!g_str_has_prefix(name, prefixes[i]) || strncmp(rest, writer->name, length) != 0)
			continue;
		if (rest[length] == '\0')
			return TRUE;
		if (i == 0 && (rest[length] == ':' || g_str_has_prefix(rest + length, "-range")))
			return TRUE;
	}
	return FALSE;
}

static GPtrArray *
list_removals(const struct writer *writer)
{
	GPtrArray *edits = g_ptr_array_new_with_free_func(ifcfg_edit_free);
	const GPtrArray *lists[] = {writer->sources->ifcfg, writer->sources->routes};

	for (guint list = 0; list < G_N_ELEMENTS(lists); list++) {
		for (guint i = 0; i < lists[list]->len; i++) {
			const struct directory_file *file = lists[list]->pdata[i];

			if (belongs(writer, file->path))
				remove_file(edits, file->path);
		}
	}
	g_ptr_array_sort(edits, compare_edits);
	return edits;
}

static GPtrArray *
make_edits(struct writer *writer, GError **error)
{
	g_autoptr(GPtrArray) changes = list_changes(writer->before, writer->after);

	if (g_hash_table_size(writer->after) == 0)
		return list_removals(writer);
	writer->edit = open_path(writer, writer->path);
	return write_changes(writer, changes, error) ? list_edits(writer, error) : NULL;
}

/* What followed from the lines that changed is said by lines of its own, if it can be. */
static GPtrArray *
repair_edits(struct writer *writer, GError **error)
{
	return write_side_effects(writer, error) ? list_edits(writer, error) : NULL;
}

static GPtrArray *
make_right_edits(struct writer *writer, struct writer_sources *sources, GError **error)
{
	g_autoptr(GPtrArray) edits = make_edits(writer, error);
	g_autoptr(GPtrArray) repaired = NULL;
	g_autoptr(GError) problem = NULL;

	if (edits == NULL || check(writer, sources, edits, &problem))
		return g_steal_pointer(&edits);
	if (g_hash_table_size(writer->side_effects) > 0)
		repaired = repair_edits(writer, NULL);
	if (repaired != NULL && check(writer, sources, repaired, NULL))
		return g_steal_pointer(&repaired);
	g_propagate_error(error, g_steal_pointer(&problem));
	return NULL;
}

static GPtrArray *
change(struct writer *writer, struct writer_sources *sources, GError **error)
{
	GPtrArray *edits;

	if (!writer_sources_read(sources, writer->directory, error) || !check_path(writer, error))
		return NULL;
	writer_sources_assume(sources, writer->path, writer->before);
	writer->old = writer_sources_interpret(sources);
	edits = make_right_edits(writer, sources, error);
	ifcfg_result_free(writer->old);
	return edits;
}

GPtrArray *
ifcfg_writer_change(const char *file, GKeyFile *before, GKeyFile *after, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(file);
	g_autofree char *base = g_path_get_basename(file);
	g_autofree char *path = g_build_filename(directory, base, NULL);
	g_autoptr(GHashTable) old_keys = writer_keys_read(before);
	g_autoptr(GHashTable) new_keys = writer_keys_read(after);
	g_autoptr(GHashTable) side_effects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, edit_destroy);
	struct writer_sources sources = {0};
	struct writer writer = {.path = path,
				.directory = directory,
				.name = g_str_has_prefix(base, PREFIX) ? base + strlen(PREFIX) : base,
				.before = old_keys,
				.after = new_keys,
				.files = files,
				.side_effects = side_effects,
				.sources = &sources};
	GPtrArray *edits = change(&writer, &sources, error);

	writer_sources_clear(&sources);
	return edits;
}
