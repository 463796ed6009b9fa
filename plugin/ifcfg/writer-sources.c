/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All files of a directory in memory, so that new texts can be read before they are anybody's files. */
#include "writer-private.h"

#include "interpret.h"
#include "keyfile.h"
#include "settings.h"

#include <string.h>

#define IFCFG_PREFIX  "ifcfg-"
#define MODPROBE_PATH "modprobe.d"

gboolean
writer_sources_read(struct writer_sources *sources, const char *directory, GError **error)
{
	g_autoptr(GPtrArray) ignored = ifcfg_diagnostics_new();

	sources->modprobe = g_ptr_array_new_with_free_func((GDestroyNotify) directory_file_free);
	sources->ifcfg = directory_read(directory, directory_is_ifcfg, ignored, error);
	if (sources->ifcfg == NULL)
		return FALSE;
	sources->routes = directory_read(directory, directory_is_route, ignored, error);
	if (sources->routes == NULL)
		return FALSE;
	sources->network = directory_read_network(directory, ignored);
	return TRUE;
}

void
writer_sources_clear(struct writer_sources *sources)
{
	g_clear_pointer(&sources->ifcfg, g_ptr_array_unref);
	g_clear_pointer(&sources->routes, g_ptr_array_unref);
	g_clear_pointer(&sources->modprobe, g_ptr_array_unref);
	g_clear_pointer(&sources->network, directory_file_free);
}

static GPtrArray *
list_for(const struct writer_sources *sources, const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	return g_str_has_prefix(name, IFCFG_PREFIX) ? sources->ifcfg : sources->routes;
}

static int
find_index(const GPtrArray *files, const char *path)
{
	for (guint i = 0; i < files->len; i++) {
		if (strcmp(((const struct directory_file *) files->pdata[i])->path, path) == 0)
			return i;
	}
	return -1;
}

const struct directory_file *
writer_sources_find(const struct writer_sources *sources, const char *path)
{
	const GPtrArray *files = list_for(sources, path);
	int i = find_index(files, path);

	return i >= 0 ? files->pdata[i] : NULL;
}

static int
compare_paths(gconstpointer a, gconstpointer b)
{
	const struct directory_file *left = *(const struct directory_file *const *) a;
	const struct directory_file *right = *(const struct directory_file *const *) b;

	return strcmp(left->path, right->path);
}

static struct directory_file *
file_new(const char *path, const char *text)
{
	struct directory_file *file = g_new0(struct directory_file, 1);

	file->path = g_strdup(path);
	file->text = g_strdup(text);
	file->length = strlen(text);
	return file;
}

void
writer_sources_put(struct writer_sources *sources, const char *path, const char *text)
{
	GPtrArray *files = list_for(sources, path);
	int i = find_index(files, path);

	if (i >= 0)
		g_ptr_array_remove_index(files, i);
	if (text != NULL)
		g_ptr_array_add(files, file_new(path, text));
	g_ptr_array_sort(files, compare_paths);
}

struct ifcfg_result *
writer_sources_interpret(const struct writer_sources *sources)
{
	const struct ifcfg_input input = {.ifcfg = sources->ifcfg,
					  .routes = sources->routes,
					  .modprobe = sources->modprobe,
					  .network = sources->network};

	return ifcfg_interpret(&input, ifcfg_diagnostics_new());
}

const struct ifcfg_profile *
writer_find_profile(const struct ifcfg_result *result, const char *path)
{
	for (guint i = 0; i < result->profiles->len; i++) {
		const struct ifcfg_profile *profile = result->profiles->pdata[i];

		if (strcmp(profile->file, path) == 0)
			return profile;
	}
	return NULL;
}

/* With the rules and routes that the settings leave to others. */
static GVariant *
all_settings(const struct ifcfg_profile *profile)
{
	struct ifcfg_settings *settings = ifcfg_settings_new();
	GVariant *all;

	ifcfg_settings_merge(settings, profile->settings);
	ifcfg_settings_merge(settings, profile->routing);
	if (!profile->nm_controlled)
		ifcfg_settings_set(settings, "connection", "autoconnect", g_variant_new_boolean(FALSE));
	all = ifcfg_settings_end(settings);
	ifcfg_settings_free(settings);
	return all;
}

GHashTable *
writer_profile_keys(const struct ifcfg_profile *profile)
{
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GKeyFile) keyfile = g_key_file_new();
	g_autoptr(GVariant) settings = NULL;
	g_autofree char *text = NULL;

	if (profile == NULL)
		return writer_keys_read(keyfile);
	settings = all_settings(profile);
	text = ifcfg_keyfile_format(settings, profile->extra, lost);
	g_key_file_load_from_data(keyfile, text, -1, G_KEY_FILE_NONE, NULL);
	return writer_keys_read(keyfile);
}

/* --- modprobe.d --- */

/* The option that "section.key" is, or NULL. */
static const char *
option_of(const char *name)
{
	static const char *const prefixes[] = {"bond.", "user.bondd."};

	for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		if (g_str_has_prefix(name, prefixes[i]))
			return name + strlen(prefixes[i]);
	}
	return NULL;
}

static gboolean
is_one_word(const char *value)
{
	return *value != '\0' && strpbrk(value, " \t\n\r\"'\\#") == NULL;
}

/* The options that @profile has and @known has not, as `options` of modprobe.d has them. */
static char *
format_missing(GHashTable *profile, GHashTable *known)
{
	GString *out = g_string_new(NULL);
	GHashTableIter iter;
	gpointer name;
	gpointer value;

	g_hash_table_iter_init(&iter, profile);
	while (g_hash_table_iter_next(&iter, &name, &value)) {
		if (option_of(name) != NULL && is_one_word(value) &&
		    g_strcmp0(g_hash_table_lookup(known, name), value) != 0)
			g_string_append_printf(out, " %s=%s", option_of(name), (char *) value);
	}
	return g_string_free(out, FALSE);
}

void
writer_sources_assume(struct writer_sources *sources, const char *path, GHashTable *profile)
{
	const char *device = g_hash_table_lookup(profile, "connection.interface-name");
	struct ifcfg_result *result;
	g_autoptr(GHashTable) known = NULL;
	g_autofree char *options = NULL;
	g_autofree char *text = NULL;

	if (g_strcmp0(g_hash_table_lookup(profile, "connection.type"), "bond") != 0 || device == NULL ||
	    !is_one_word(device))
		return;
	result = writer_sources_interpret(sources);
	known = writer_profile_keys(writer_find_profile(result, path));
	ifcfg_result_free(result);
	options = format_missing(profile, known);
	text = g_strdup_printf("alias %s bonding\n%s%s%s\n", device, *options != '\0' ? "options " : "",
			       *options != '\0' ? device : "", options);
	g_ptr_array_add(sources->modprobe, file_new(MODPROBE_PATH, text));
}
