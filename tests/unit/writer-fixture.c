/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "writer-fixture.h"

#include "ifcfg/migrate.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define ABOVE "# above\n\n  UNKNOWN_WORD= 'two words'  # stays\n"
#define BELOW "\n#below, unknown:\nANOTHER_WORD=\"a b\"\n"

void
site_init(struct site *site)
{
	g_autoptr(GError) error = NULL;

	*site = (struct site){0};
	site->root = g_dir_make_tmp("writer-XXXXXX", &error);
	g_assert_no_error(error);
	site->scripts = g_build_filename(site->root, "network-scripts", NULL);
	g_assert_cmpint(g_mkdir(site->scripts, 0700), ==, 0);
}

static void
remove_files(const char *path)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(directory)) != NULL) {
		g_autofree char *full = g_build_filename(path, name, NULL);

		if (!g_file_test(full, G_FILE_TEST_IS_DIR))
			g_assert_cmpint(g_remove(full), ==, 0);
	}
}

void
site_empty(struct site *site)
{
	remove_files(site->scripts);
	remove_files(site->root);
}

void
site_clear(struct site *site)
{
	g_clear_pointer(&site->result, ifcfg_result_free);
	site_empty(site);
	g_assert_cmpint(g_rmdir(site->scripts), ==, 0);
	g_assert_cmpint(g_rmdir(site->root), ==, 0);
	g_clear_pointer(&site->root, g_free);
	g_clear_pointer(&site->scripts, g_free);
}

static char *
path_of(struct site *site, const char *name)
{
	return g_build_filename(strcmp(name, "network") == 0 ? site->root : site->scripts, name, NULL);
}

static void
put_bytes(const char *path, const char *text, gsize length)
{
	int fd = g_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, text, length), ==, length);
	close(fd);
}

void
site_put(struct site *site, const char *name, const char *text)
{
	g_autofree char *path = path_of(site, name);

	put_bytes(path, text, strlen(text));
}

char *
site_get(struct site *site, const char *name)
{
	g_autofree char *path = path_of(site, name);
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

static char *
cases_path(void)
{
	return g_test_build_filename(G_TEST_DIST, "..", "ifcfg", "cases", NULL);
}

static void
copy_file(struct site *site, const char *directory, const char *name)
{
	g_autofree char *from = g_build_filename(directory, name, NULL);
	g_autofree char *to = path_of(site, name);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *bytes = NULL;
	gsize length;

	g_assert_true(g_file_get_contents(from, &bytes, &length, NULL));
	if (g_str_has_prefix(name, "ifcfg-"))
		g_string_append(text, ABOVE);
	g_string_append_len(text, bytes, length);
	if (g_str_has_prefix(name, "ifcfg-") && length > 0 && bytes[length - 1] == '\n')
		g_string_append(text, BELOW);
	put_bytes(to, text->str, text->len);
}

gboolean
site_load(struct site *site, const char *name)
{
	g_autofree char *cases = cases_path();
	g_autofree char *path = g_build_filename(cases, name, NULL);
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	const char *file;

	g_assert_nonnull(directory);
	while ((file = g_dir_read_name(directory)) != NULL) {
		if (!g_str_has_prefix(file, "expected."))
			copy_file(site, path, file);
	}
	site_read(site);
	return site->result->profiles->len > 0;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

GPtrArray *
site_cases(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *cases = cases_path();
	g_autoptr(GDir) directory = g_dir_open(cases, 0, NULL);
	const char *name;

	g_assert_nonnull(directory);
	while ((name = g_dir_read_name(directory)) != NULL)
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	return names;
}

void
site_read(struct site *site)
{
	g_autoptr(GError) error = NULL;

	g_clear_pointer(&site->result, ifcfg_result_free);
	site->result = ifcfg_read_directory(site->scripts, NULL, &error);
	g_assert_no_error(error);
}

GKeyFile *
site_keyfile(struct site *site, const char *file)
{
	g_autoptr(GPtrArray) keyfiles = ifcfg_keyfiles_make(site->result);
	GKeyFile *keyfile = g_key_file_new();

	for (guint i = 0; i < keyfiles->len; i++) {
		const struct ifcfg_keyfile *made = keyfiles->pdata[i];

		if (strcmp(made->source, file) == 0)
			g_assert_true(g_key_file_load_from_data(keyfile, made->text, -1, G_KEY_FILE_NONE, NULL));
	}
	return keyfile;
}

GKeyFile *
site_copy(GKeyFile *keyfile)
{
	g_autofree char *text = g_key_file_to_data(keyfile, NULL, NULL);
	GKeyFile *copy = g_key_file_new();

	g_key_file_load_from_data(copy, text, -1, G_KEY_FILE_NONE, NULL);
	return copy;
}

void
site_apply(struct site *site, const GPtrArray *edits)
{
	for (guint i = 0; i < edits->len; i++) {
		const struct ifcfg_edit *edit = edits->pdata[i];

		g_assert_true(g_str_has_prefix(edit->path, site->scripts));
		if (edit->text != NULL)
			put_bytes(edit->path, edit->text, strlen(edit->text));
		else
			g_assert_cmpint(g_remove(edit->path), ==, 0);
	}
	site_read(site);
}

/* The name without the number at its end, and the number's digits. */
static gsize
stem_length(const char *key)
{
	gsize length = strlen(key);

	while (length > 0 && g_ascii_isdigit(key[length - 1]))
		length--;
	return length;
}

/* The order of routes says nothing, that of addresses and rules does; their numbers do not. */
static void
add_line(GPtrArray *lines, GKeyFile *keyfile, const char *group, const char *key, guint ordinal)
{
	g_autofree char *value = g_key_file_get_value(keyfile, group, key, NULL);
	gboolean is_route = g_str_has_prefix(key, "route") && g_ascii_isdigit(key[strlen("route")]);
	gboolean is_numbered = g_str_has_prefix(key, "address") || g_str_has_prefix(key, "routing-rule");
	g_autofree char *options_key = g_strconcat(key, "_options", NULL);
	g_autofree char *options = is_route ? g_key_file_get_value(keyfile, group, options_key, NULL) : NULL;

	if (g_str_has_suffix(key, "_options") || strcmp(key, "timestamp") == 0)
		return;
	if (is_route)
		g_ptr_array_add(lines, g_strdup_printf("%s.route=%s %s", group, value, options != NULL ? options : ""));
	else if (is_numbered)
		g_ptr_array_add(
		    lines, g_strdup_printf("%s.%.*s[%03u]=%s", group, (int) stem_length(key), key, ordinal, value));
	else
		g_ptr_array_add(lines, g_strdup_printf("%s.%s=%s", group, key, value));
}

/* How many keys before it differ from it by the number only. */
static guint
ordinal_of(char **keys, guint i)
{
	gsize length = stem_length(keys[i]);
	guint n = 0;

	while (n < i && stem_length(keys[i - n - 1]) == length && strncmp(keys[i - n - 1], keys[i], length) == 0)
		n++;
	return n;
}

static int
compare_keys(gconstpointer a, gconstpointer b)
{
	const char *left = *(char *const *) a;
	const char *right = *(char *const *) b;
	gsize length = stem_length(left);

	if (length == stem_length(right) && strncmp(left, right, length) == 0)
		return g_ascii_strtoll(left + length, NULL, 10) - g_ascii_strtoll(right + length, NULL, 10);
	return strcmp(left, right);
}

char *
site_meaning(GKeyFile *keyfile)
{
	/* What a keyfile may say and need not. */
	static const char *const defaults[] = {"ethernet.auto-negotiate=false", "vlan.flags=1",
					       "ipv6.addr-gen-mode=default-or-eui64", NULL};
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) groups = g_key_file_get_groups(keyfile, NULL);

	for (char **group = groups; *group != NULL; group++) {
		g_auto(GStrv) keys = g_key_file_get_keys(keyfile, *group, NULL, NULL);

		if (keys != NULL)
			qsort(keys, g_strv_length(keys), sizeof(char *), compare_keys);
		for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
			add_line(lines, keyfile, *group, keys[i], ordinal_of(keys, i));
	}
	for (guint i = 0; i < lines->len; i++) {
		if (g_strv_contains(defaults, lines->pdata[i]))
			g_ptr_array_remove_index(lines, i--);
	}
	g_ptr_array_sort(lines, compare_names);
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("\n", (char **) lines->pdata);
}
