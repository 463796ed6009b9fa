/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profiles.h"

#include "ifcfg/migrate.h"
#include "ifcfg/settings.h"

#include <string.h>

#define MAC_LENGTH 6

static void
profile_text_free(gpointer data)
{
	struct profile_text *text = data;

	g_free(text->file);
	g_free(text->keyfile);
	g_free(text->unmanaged);
	g_ptr_array_unref(text->lost);
	g_free(text);
}

/* --- settings --- */

void
profiles_set_property(struct ifcfg_profile *profile, const char *section, const char *property, GVariant *value)
{
	struct ifcfg_settings *settings = ifcfg_settings_new();

	ifcfg_settings_merge(settings, profile->settings);
	ifcfg_settings_set(settings, section, property, value);
	g_variant_unref(profile->settings);
	profile->settings = ifcfg_settings_end(settings);
	ifcfg_settings_free(settings);
}

static GVariant *
get_property(const struct ifcfg_profile *profile, const char *section, const char *property, const GVariantType *type)
{
	g_autoptr(GVariant) properties = g_variant_lookup_value(profile->settings, section, G_VARIANT_TYPE_VARDICT);

	return properties != NULL ? g_variant_lookup_value(properties, property, type) : NULL;
}

static void
set_user_data(struct ifcfg_profile *profile, const char *key, const char *value)
{
	g_autoptr(GVariant) before = get_property(profile, "user", "data", G_VARIANT_TYPE("a{ss}"));
	GVariantBuilder builder;
	GVariantIter iter;
	const char *name;
	const char *text;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
	if (before != NULL) {
		g_variant_iter_init(&iter, before);
		while (g_variant_iter_next(&iter, "{&s&s}", &name, &text)) {
			if (strcmp(name, key) != 0)
				g_variant_builder_add(&builder, "{ss}", name, text);
		}
	}
	g_variant_builder_add(&builder, "{ss}", key, value);
	profiles_set_property(profile, "user", "data", g_variant_builder_end(&builder));
}

/* --- NM_CONTROLLED=no --- */

static gboolean
is_port_without_manager(const struct ifcfg_profile *profile, const char *bond)
{
	return profile->bond != NULL && profile->device != NULL && !profile->nm_controlled &&
	       strcmp(profile->bond, bond) == 0;
}

/* NetworkManager does not touch these ports, so bondd is to take them. */
static void
name_ports(struct ifcfg_profile *bond, const GPtrArray *profiles)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (guint i = 0; i < profiles->len; i++) {
		const struct ifcfg_profile *profile = profiles->pdata[i];

		if (is_port_without_manager(profile, bond->device))
			g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", profile->device);
	}
	if (names->len > 0)
		set_user_data(bond, PROFILES_PORTS_KEY, names->str);
}

/* Returns: (nullable) (transfer full): as nm-settings has it for unmanaged-devices of NetworkManager.conf */
static char *
device_spec(const struct ifcfg_profile *profile)
{
	g_autoptr(GVariant) mac = NULL;
	const guint8 *bytes;
	gsize n = 0;

	if (profile->device != NULL)
		return g_strdup_printf("interface-name:=%s", profile->device);
	mac = get_property(profile, "802-3-ethernet", "mac-address", G_VARIANT_TYPE_BYTESTRING);
	bytes = mac != NULL ? g_variant_get_fixed_array(mac, &n, 1) : NULL;
	if (n != MAC_LENGTH)
		return NULL;
	return g_strdup_printf("mac:%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
			       bytes[5]);
}

static void
prepare(struct ifcfg_profile *profile, const GPtrArray *profiles)
{
	if (profile->is_bond && profile->device != NULL)
		name_ports(profile, profiles);
	if (!profile->nm_controlled)
		profiles_set_property(profile, "connection", "autoconnect", g_variant_new_boolean(FALSE));
}

GPtrArray *
profiles_make(struct ifcfg_result *result)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(profile_text_free);
	g_autoptr(GPtrArray) keyfiles = NULL;

	for (guint i = 0; i < result->profiles->len; i++)
		prepare(result->profiles->pdata[i], result->profiles);
	keyfiles = ifcfg_keyfiles_make(result);
	for (guint i = 0; i < result->profiles->len; i++) {
		const struct ifcfg_profile *profile = result->profiles->pdata[i];
		const struct ifcfg_keyfile *keyfile = keyfiles->pdata[i];
		struct profile_text *text = g_new0(struct profile_text, 1);

		text->file = g_strdup(profile->file);
		text->keyfile = g_strdup(keyfile->text);
		text->unmanaged = profile->nm_controlled ? NULL : device_spec(profile);
		text->lost = g_ptr_array_ref(keyfile->lost);
		g_ptr_array_add(texts, text);
	}
	return texts;
}

const struct profile_text *
profiles_find(const GPtrArray *texts, const char *file)
{
	for (guint i = 0; i < texts->len; i++) {
		const struct profile_text *text = texts->pdata[i];

		if (strcmp(text->file, file) == 0)
			return text;
	}
	return NULL;
}
