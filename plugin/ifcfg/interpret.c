/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interpret.h"

#include "modprobe.h"
#include "profile.h"
#include "suse.h"
#include "variables.h"

#include <string.h>

static void
free_file(gpointer file)
{
	if (file != NULL)
		ifcfg_file_free(file);
}

static void
free_profile(gpointer profile)
{
	ifcfg_profile_free(profile);
}

static GPtrArray *
parse_files(const GPtrArray *texts, GPtrArray *diagnostics)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(free_file);

	for (guint i = 0; i < texts->len; i++) {
		const struct directory_file *text = texts->pdata[i];

		g_ptr_array_add(files, ifcfg_file_parse(text->path, text->text, text->length, diagnostics));
	}
	return files;
}

static struct modprobe *
parse_modprobe(const GPtrArray *texts, GPtrArray *diagnostics)
{
	struct modprobe *modprobe = modprobe_new(diagnostics);

	for (guint i = 0; texts != NULL && i < texts->len; i++) {
		const struct directory_file *text = texts->pdata[i];

		modprobe_add_file(modprobe, text->path, text->text, text->length);
	}
	return modprobe;
}

/* Names are borrowed from the files. */
static GHashTable *
collect_named_bonds(const GPtrArray *files)
{
	GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < files->len; i++) {
		const char *bond = ifcfg_profile_named_bond(files->pdata[i]);

		if (bond != NULL)
			g_hash_table_add(names, (char *) bond);
	}
	return names;
}

/* Bonds first, each kind by file name; the array is in the order of names already and the sort is stable. */
static int
compare_profiles(gconstpointer a, gconstpointer b)
{
	const struct ifcfg_profile *left = *(const struct ifcfg_profile *const *) a;
	const struct ifcfg_profile *right = *(const struct ifcfg_profile *const *) b;

	return (right->is_bond != FALSE) - (left->is_bond != FALSE);
}

static const char *
uuid_of(const struct ifcfg_profile *profile)
{
	g_autoptr(GVariant) connection = g_variant_lookup_value(profile->settings, "connection", NULL);
	const char *uuid = NULL;

	/* The string stays where it is as long as the settings do. */
	g_variant_lookup(connection, "uuid", "&s", &uuid);
	return uuid;
}

/* Bonds by interface name and by UUID. */
static GHashTable *
index_bonds(const GPtrArray *profiles)
{
	GHashTable *bonds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < profiles->len; i++) {
		struct ifcfg_profile *profile = profiles->pdata[i];

		if (!profile->is_bond)
			continue;
		g_hash_table_insert(bonds, g_strdup(profile->device), profile);
		g_hash_table_insert(bonds, g_strdup(uuid_of(profile)), profile);
	}
	return bonds;
}

/* A port may name its bond by UUID; and the bond may not be there. */
static void
resolve_bonds(struct ifcfg_result *result)
{
	g_autoptr(GHashTable) bonds = index_bonds(result->profiles);

	for (guint i = 0; i < result->profiles->len; i++) {
		struct ifcfg_profile *profile = result->profiles->pdata[i];
		const struct ifcfg_place place = {.file = profile->file};
		const struct ifcfg_profile *bond;

		if (profile->bond == NULL)
			continue;
		bond = g_hash_table_lookup(bonds, profile->bond);
		if (bond == NULL) {
			ifcfg_diagnostics_add(result->diagnostics, IFCFG_WARNING, &place,
					      "Write an ifcfg file for the bond, or correct MASTER",
					      "no file sets up the bond %s of this port", profile->bond);
			continue;
		}
		g_free(profile->bond);
		profile->bond = g_strdup(bond->device);
	}
}

static void
report_doubles(struct ifcfg_result *result)
{
	g_autoptr(GHashTable) devices = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < result->profiles->len; i++) {
		struct ifcfg_profile *profile = result->profiles->pdata[i];
		const struct ifcfg_place place = {.file = profile->file};
		const struct ifcfg_profile *first;
		g_autofree char *name = NULL;

		if (profile->device == NULL)
			continue;
		first = g_hash_table_lookup(devices, profile->device);
		if (first == NULL) {
			g_hash_table_insert(devices, profile->device, profile);
			continue;
		}
		name = g_path_get_basename(first->file);
		ifcfg_diagnostics_add(result->diagnostics, IFCFG_WARNING, &place, "Keep one of the two files",
				      "%s sets up %s too", name, profile->device);
	}
}

/* The name of the interface that a file of aliases belongs to; NULL if it is none: eth0:1, eth0-range0. */
static char *
parent_of_alias(const struct ifcfg_file *file)
{
	const char *colon = strchr(file->name, ':');
	const char *range = g_strrstr(file->name, "-range");

	if (colon != NULL)
		return g_strndup(file->name, colon - file->name);
	if (range != NULL && range != file->name && g_hash_table_contains(file->by_name, "IPADDR_START"))
		return g_strndup(file->name, range - file->name);
	return NULL;
}

static void
free_array(gpointer array)
{
	g_ptr_array_unref(array);
}

/* Takes the files of aliases out of @files: NAME -> array of them. */
static GHashTable *
take_aliases(GPtrArray *files)
{
	GHashTable *aliases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_array);
	guint kept = 0;

	for (guint i = 0; i < files->len; i++) {
		struct ifcfg_file *file = files->pdata[i];
		char *parent = parent_of_alias(file);
		GPtrArray *list = parent != NULL ? g_hash_table_lookup(aliases, parent) : NULL;

		if (parent == NULL) {
			files->pdata[kept++] = file;
			continue;
		}
		if (list == NULL) {
			list = g_ptr_array_new_with_free_func(free_file);
			g_hash_table_insert(aliases, g_strdup(parent), list);
		}
		g_ptr_array_add(list, file);
		g_free(parent);
	}
	/* The rest has moved or has another owner now. */
	for (guint i = kept; i < files->len; i++)
		files->pdata[i] = NULL;
	g_ptr_array_set_size(files, kept);
	return aliases;
}

static void
report_aliases(GHashTable *aliases)
{
	GHashTableIter iter;
	gpointer name;
	gpointer list;

	g_hash_table_iter_init(&iter, aliases);
	while (g_hash_table_iter_next(&iter, &name, &list)) {
		for (guint i = 0; i < ((GPtrArray *) list)->len; i++) {
			struct ifcfg_file *file = ((GPtrArray *) list)->pdata[i];

			if (g_hash_table_size(file->by_name) > 0 && !file->looked_at)
				ifcfg_file_report(
				    file, IFCFG_WARNING, NULL, "Write an ifcfg file with addresses for it",
				    "%s has no addresses, or no file: its alias is ignored", (const char *) name);
			else
				ifcfg_variables_report_unused(file);
		}
	}
}

/* By path. */
static GHashTable *
index_routes(const GPtrArray *routes)
{
	GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; routes != NULL && i < routes->len; i++) {
		struct directory_file *file = routes->pdata[i];

		g_hash_table_insert(index, file->path, file);
	}
	return index;
}

static void
report_unused_routes(const GPtrArray *routes, GPtrArray *diagnostics)
{
	for (guint i = 0; routes != NULL && i < routes->len; i++) {
		const struct directory_file *file = routes->pdata[i];
		const struct ifcfg_place place = {.file = file->path};

		if (!file->used)
			ifcfg_diagnostics_add(
			    diagnostics, IFCFG_WARNING, &place,
			    "Name it after the ifcfg file of an interface with addresses, or remove it",
			    "no interface that was read takes this file, it is ignored");
	}
}

static void
read_profiles(struct ifcfg_result *result, const GPtrArray *files, const struct profile_context *context)
{
	for (guint i = 0; i < files->len; i++) {
		struct ifcfg_profile *profile = ifcfg_profile_read(files->pdata[i], context);

		if (profile != NULL)
			g_ptr_array_add(result->profiles, profile);
	}
	g_ptr_array_sort(result->profiles, compare_profiles);
}

struct ifcfg_result *
ifcfg_interpret(const struct ifcfg_input *input, GPtrArray *diagnostics)
{
	struct ifcfg_result *result = g_new0(struct ifcfg_result, 1);
	g_autoptr(GPtrArray) files = parse_files(input->ifcfg, diagnostics);
	g_autoptr(GHashTable) aliases = take_aliases(files);
	g_autoptr(GHashTable) routes = index_routes(input->routes);
	g_autoptr(GHashTable) named_bonds = NULL;
	struct profile_context context = {
	    .modprobe = parse_modprobe(input->modprobe, diagnostics),
	    .routes = routes,
	    .aliases = aliases,
	};
	const struct directory_file *network = input->network;

	ifcfg_suse_translate(files);
	named_bonds = collect_named_bonds(files);
	context.named_bonds = named_bonds;
	if (network != NULL)
		context.network = ifcfg_file_parse(network->path, network->text, network->length, diagnostics);
	result->profiles = g_ptr_array_new_with_free_func(free_profile);
	result->diagnostics = diagnostics;
	read_profiles(result, files, &context);
	resolve_bonds(result);
	report_doubles(result);
	report_aliases(aliases);
	report_unused_routes(input->routes, diagnostics);
	modprobe_report_unused(context.modprobe);
	modprobe_free(context.modprobe);
	g_clear_pointer(&context.network, ifcfg_file_free);
	ifcfg_diagnostics_sort(diagnostics);
	return result;
}
