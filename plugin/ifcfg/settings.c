/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include <string.h>

struct ifcfg_settings {
	GTree *sections; /* name -> GTree of property -> GVariant */
};

static int
compare(gconstpointer a, gconstpointer b, gpointer unused)
{
	return strcmp(a, b);
}

struct ifcfg_settings *
ifcfg_settings_new(void)
{
	struct ifcfg_settings *settings = g_new0(struct ifcfg_settings, 1);

	settings->sections = g_tree_new_full(compare, NULL, g_free, (GDestroyNotify) g_tree_unref);
	return settings;
}

void
ifcfg_settings_free(struct ifcfg_settings *settings)
{
	g_tree_unref(settings->sections);
	g_free(settings);
}

static GTree *
get_section(struct ifcfg_settings *settings, const char *name)
{
	GTree *section = g_tree_lookup(settings->sections, name);

	if (section == NULL) {
		section = g_tree_new_full(compare, NULL, g_free, (GDestroyNotify) g_variant_unref);
		g_tree_insert(settings->sections, g_strdup(name), section);
	}
	return section;
}

void
ifcfg_settings_add_section(struct ifcfg_settings *settings, const char *section)
{
	get_section(settings, section);
}

gboolean
ifcfg_settings_has_section(const struct ifcfg_settings *settings, const char *section)
{
	return g_tree_lookup(settings->sections, section) != NULL;
}

void
ifcfg_settings_set(struct ifcfg_settings *settings, const char *section, const char *property, GVariant *value)
{
	g_tree_replace(get_section(settings, section), g_strdup(property), g_variant_ref_sink(value));
}

void
ifcfg_settings_merge(struct ifcfg_settings *settings, GVariant *from)
{
	const char *section;
	const char *name;
	GVariant *properties;
	GVariant *value;
	GVariantIter sections;
	GVariantIter iter;

	g_variant_iter_init(&sections, from);
	while (g_variant_iter_loop(&sections, "{&s@a{sv}}", &section, &properties)) {
		ifcfg_settings_add_section(settings, section);
		g_variant_iter_init(&iter, properties);
		while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
			ifcfg_settings_set(settings, section, name, value);
	}
}

void
ifcfg_settings_set_string(struct ifcfg_settings *settings, const char *section, const char *property, const char *value)
{
	ifcfg_settings_set(settings, section, property, g_variant_new_string(value));
}

void
ifcfg_settings_unset(struct ifcfg_settings *settings, const char *section, const char *property)
{
	GTree *found = g_tree_lookup(settings->sections, section);

	if (found != NULL)
		g_tree_remove(found, property);
}

GVariant *
ifcfg_settings_get(const struct ifcfg_settings *settings, const char *section, const char *property)
{
	GTree *found = g_tree_lookup(settings->sections, section);

	return found != NULL ? g_tree_lookup(found, property) : NULL;
}

/* Entries of one dictionary. Arrays of them are made at once: a builder costs twice as much, and this is called often. */
struct entries {
	GVariant **entry;
	gsize n;
};

static void
entries_init(struct entries *entries, GTree *tree)
{
	*entries = (struct entries){.entry = g_new(GVariant *, MAX(g_tree_nnodes(tree), 1))};
}

static GVariant *
entries_end(struct entries *entries, const GVariantType *type)
{
	GVariant *dictionary = g_variant_new_array(type, entries->entry, entries->n);

	g_free(entries->entry);
	return dictionary;
}

static gboolean
add_property(gpointer key, gpointer value, gpointer data)
{
	struct entries *properties = data;

	properties->entry[properties->n++] =
	    g_variant_new_dict_entry(g_variant_new_string(key), g_variant_new_variant(value));
	return FALSE;
}

static gboolean
add_section(gpointer key, gpointer section, gpointer data)
{
	struct entries *sections = data;
	struct entries properties;

	entries_init(&properties, section);
	g_tree_foreach(section, add_property, &properties);
	sections->entry[sections->n++] =
	    g_variant_new_dict_entry(g_variant_new_string(key), entries_end(&properties, G_VARIANT_TYPE("{sv}")));
	return FALSE;
}

GVariant *
ifcfg_settings_end(const struct ifcfg_settings *settings)
{
	struct entries sections;

	entries_init(&sections, settings->sections);
	g_tree_foreach(settings->sections, add_section, &sections);
	return g_variant_ref_sink(entries_end(&sections, G_VARIANT_TYPE("{sa{sv}}")));
}
