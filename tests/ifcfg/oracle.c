/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oracle.h"

#include "ifcfg/interpret.h"
#include "json-variant.h"

#include <string.h>

/* Where the files lay when they were recorded: their UUIDs are made of it. */
#define RECORDED_DIRECTORY "/etc/sysconfig/network-scripts"
#define SETTINGS	   "expected.settings.json"
#define REJECTED	   "expected.rejected"

static gboolean
has_file(const char *directory, const char *name)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

gboolean
oracle_is_case(const char *directory)
{
	return has_file(directory, SETTINGS) || has_file(directory, REJECTED);
}

GHashTable *
oracle_load_differences(const char *path, GError **error)
{
	GHashTable *differences = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, error)) {
		g_hash_table_unref(differences);
		return NULL;
	}
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		g_auto(GStrv) columns = g_strsplit(*line, "\t", 2);

		if (**line != '\0' && **line != '#' && columns[1] != NULL)
			g_hash_table_insert(differences, g_strdup(columns[0]), g_strdup(columns[1]));
	}
	return differences;
}

static gboolean
has_line(const char *directory, const char *name, const char *pattern)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);
	g_autofree char *text = NULL;
	g_autofree char *valid = NULL;
	g_auto(GStrv) lines = NULL;
	gsize length;

	if (!g_file_get_contents(path, &text, &length, NULL))
		return FALSE;
	valid = g_utf8_make_valid(text, length);
	lines = g_strsplit(valid, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		if (g_pattern_match_simple(pattern, *line))
			return TRUE;
	}
	return FALSE;
}

static gboolean
matches_line(const char *directory, const char *rule)
{
	const char *colon = strchr(rule, ':');
	g_autofree char *file = colon != NULL ? g_strndup(rule, colon - rule) : NULL;
	g_autoptr(GDir) names = colon != NULL ? g_dir_open(directory, 0, NULL) : NULL;
	const char *name;

	while (names != NULL && (name = g_dir_read_name(names)) != NULL) {
		if (g_pattern_match_simple(file, name) && has_line(directory, name, colon + 1))
			return TRUE;
	}
	return FALSE;
}

static gboolean
matches_rule(const char *directory, const char *rule)
{
	g_auto(GStrv) parts = g_strsplit(rule, " & ", -1);

	for (char **part = parts; *part != NULL; part++) {
		if (!matches_line(directory, *part))
			return FALSE;
	}
	return TRUE;
}

const char *
oracle_find_rule(GHashTable *differences, const char *directory)
{
	GHashTableIter iter;
	gpointer rule;
	gpointer reason;

	g_hash_table_iter_init(&iter, differences);
	while (g_hash_table_iter_next(&iter, &rule, &reason)) {
		if (matches_rule(directory, rule))
			return reason;
	}
	return NULL;
}

static void
move_to_recorded_place(GPtrArray *files)
{
	for (guint i = 0; i < files->len; i++) {
		struct directory_file *file = files->pdata[i];
		g_autofree char *name = g_path_get_basename(file->path);

		g_free(file->path);
		file->path = g_build_filename(RECORDED_DIRECTORY, name, NULL);
	}
}

static struct ifcfg_result *
read_case(const char *directory)
{
	GPtrArray *diagnostics = ifcfg_diagnostics_new();
	g_autoptr(GPtrArray) files = directory_read(directory, directory_is_ifcfg, diagnostics, NULL);
	g_autoptr(GPtrArray) routes = directory_read(directory, directory_is_route, diagnostics, NULL);
	struct ifcfg_input input = {.ifcfg = files, .routes = routes};
	g_autofree char *network = g_build_filename(directory, "network", NULL);
	struct ifcfg_result *result;

	g_assert_nonnull(files);
	g_assert_nonnull(routes);
	move_to_recorded_place(files);
	move_to_recorded_place(routes);
	/* What stood in the directory above. */
	if (g_file_test(network, G_FILE_TEST_EXISTS))
		input.network = directory_read_file(network, diagnostics);
	result = ifcfg_interpret(&input, diagnostics);
	g_clear_pointer(&input.network, directory_file_free);
	return result;
}

static void
append_diagnostics(GString *out, const struct ifcfg_result *result)
{
	for (guint i = 0; i < result->diagnostics->len; i++) {
		g_autofree char *line = ifcfg_diagnostic_format(result->diagnostics->pdata[i]);

		g_string_append_printf(out, "    (%s)\n", line);
	}
}

static gboolean are_equal(GVariant *a, GVariant *b);

/* Whether the entry's key is in @dictionary with an equal value, wherever it stands. */
static gboolean
has_entry(GVariant *dictionary, GVariant *entry)
{
	for (gsize i = 0; i < g_variant_n_children(dictionary); i++) {
		g_autoptr(GVariant) other = g_variant_get_child_value(dictionary, i);

		if (are_equal(entry, other))
			return TRUE;
	}
	return FALSE;
}

static gboolean
are_equal(GVariant *a, GVariant *b)
{
	gboolean any_order = g_variant_is_of_type(a, G_VARIANT_TYPE_DICTIONARY);

	if (!g_variant_type_equal(g_variant_get_type(a), g_variant_get_type(b)))
		return FALSE;
	if (!g_variant_is_container(a))
		return g_variant_equal(a, b);
	if (g_variant_n_children(a) != g_variant_n_children(b))
		return FALSE;
	for (gsize i = 0; i < g_variant_n_children(a); i++) {
		g_autoptr(GVariant) left = g_variant_get_child_value(a, i);
		g_autoptr(GVariant) right = g_variant_get_child_value(b, i);

		if (!(any_order ? has_entry(b, left) : are_equal(left, right)))
			return FALSE;
	}
	return TRUE;
}

/* The properties of @left that @right has not, or has differently. */
static void
append_properties(GString *out, const char *mark, const char *section, GVariant *left, GVariant *right)
{
	GVariantIter iter;
	GVariant *value;
	const char *name;

	g_variant_iter_init(&iter, left);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
		g_autoptr(GVariant) other = right != NULL ? g_variant_lookup_value(right, name, NULL) : NULL;
		g_autofree char *text = g_variant_print(value, TRUE);

		if (other == NULL || !are_equal(value, other))
			g_string_append_printf(out, "  %s %s.%s=%s\n", mark, section, name, text);
	}
}

static void
append_sections(GString *out, const char *mark, GVariant *left, GVariant *right)
{
	GVariantIter iter;
	GVariant *properties;
	const char *section;

	g_variant_iter_init(&iter, left);
	while (g_variant_iter_loop(&iter, "{&s@a{sv}}", &section, &properties)) {
		g_autoptr(GVariant) other = g_variant_lookup_value(right, section, G_VARIANT_TYPE_VARDICT);

		if (other == NULL)
			g_string_append_printf(out, "  %s [%s]\n", mark, section);
		append_properties(out, mark, section, properties, other);
	}
}

static void
compare_settings(GString *out, const char *directory, const struct ifcfg_result *result)
{
	g_autofree char *path = g_build_filename(directory, SETTINGS, NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) expected = NULL;
	const struct ifcfg_profile *profile;

	if (result->profiles->len == 0) {
		g_string_append(out, "  we refuse the file\n");
		append_diagnostics(out, result);
		return;
	}
	profile = result->profiles->pdata[0];
	if (g_file_get_contents(path, &text, NULL, &error))
		expected = json_variant_parse(text, &error);
	g_assert_no_error(error);
	append_sections(out, "-", expected, profile->settings);
	append_sections(out, "+", profile->settings, expected);
}

gboolean
oracle_compare(const char *directory, char **difference)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct ifcfg_result *result = read_case(directory);

	if (has_file(directory, SETTINGS))
		compare_settings(out, directory, result);
	else if (result->profiles->len > 0)
		g_string_append(out, "  we take the file, the recording refuses it\n");
	ifcfg_result_free(result);
	*difference = g_strdup(out->str);
	return out->len == 0;
}
