/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "configuration.h"

#include "bond-trial.h"
#include "error.h"
#include "host-options.h"
#include "interface-name.h"
#include "unapplied.h"

struct reader {
	struct configuration *configuration;
	GVariantBuilder diagnostics;
};

static const char *const severity_names[] = {
    [IFCFG_INFO] = "info",
    [IFCFG_WARNING] = "warning",
    [IFCFG_FATAL] = "fatal",
};

/* Files hold any bytes; D-Bus does not. */
static void
add_diagnostic(struct reader *reader, const struct ifcfg_diagnostic *diagnostic)
{
	g_autofree char *file = g_utf8_make_valid(diagnostic->file != NULL ? diagnostic->file : "", -1);
	g_autofree char *text = g_utf8_make_valid(diagnostic->text != NULL ? diagnostic->text : "", -1);
	g_autofree char *message = g_utf8_make_valid(diagnostic->message != NULL ? diagnostic->message : "", -1);
	g_autofree char *remedy = g_utf8_make_valid(diagnostic->remedy != NULL ? diagnostic->remedy : "", -1);

	g_variant_builder_add(&reader->diagnostics, "(ssusss)", severity_names[diagnostic->severity], file,
			      diagnostic->line, text, message, remedy);
	if (diagnostic->severity == IFCFG_FATAL)
		reader->configuration->usable = FALSE;
}

static void
add_fatal(struct reader *reader, const char *file, const GError *error, const char *remedy)
{
	struct ifcfg_diagnostic diagnostic = {
	    .severity = IFCFG_FATAL,
	    .file = (char *) file,
	    .message = error->message,
	    .remedy = (char *) remedy,
	};

	add_diagnostic(reader, &diagnostic);
}

struct place {
	struct reader *reader;
	const char *file;
};

static void
add_unapplied(void *user, const char *message, const char *remedy)
{
	struct place *place = user;
	struct ifcfg_diagnostic diagnostic = {
	    .severity = IFCFG_INFO,
	    .file = (char *) place->file,
	    .message = (char *) message,
	    .remedy = (char *) remedy,
	};

	add_diagnostic(place->reader, &diagnostic);
}

/* Bonds and ports, and what may stand on them. */
static void
tell_unapplied(struct reader *reader, const struct ifcfg_profile *from, const struct profile *profile)
{
	struct place place = {.reader = reader, .file = from->file};

	if (profile->kind != PROFILE_OTHER || profile->bond != NULL || profile->bridge != NULL)
		unapplied_find(from, add_unapplied, &place);
	else
		add_unapplied(&place, "bondd leaves the interface alone, it is neither a bond nor a port",
			      "Set it up by other means");
}

static gboolean
try_bond(const struct profile *profile, GError **error)
{
	struct host_options host;
	g_auto(GStrv) settings = host_options_take(profile->options, NULL, &host, error);
	struct bond *trial;
	gboolean ok;

	if (settings == NULL)
		return FALSE;
	trial = bond_trial_new(profile->device);
	ok = bond_set_options(trial, (const char *const *) settings, 0, error);
	bond_free(trial, 0);
	return ok;
}

static gboolean
check_profile(const struct profile *profile, GError **error)
{
	if (!interface_name_check(profile->device, error))
		return FALSE;
	return !profile->is_bond || try_bond(profile, error);
}

static void
take_profile(struct reader *reader, const struct ifcfg_profile *from)
{
	g_autoptr(GError) error = NULL;
	struct profile *profile = from->device != NULL ? profile_new(from, &error) : NULL;

	if (from->device == NULL)
		return;
	if (profile == NULL) {
		add_fatal(reader, from->file, error, "Correct the line of the file that says so");
		return;
	}
	if (!check_profile(profile, &error))
		add_fatal(reader, from->file, error, "Correct BONDING_OPTS, or the options in modprobe.d");
	tell_unapplied(reader, from, profile);
	g_ptr_array_add(reader->configuration->profiles, profile);
}

static void
take_result(struct reader *reader, const struct ifcfg_result *result)
{
	GVariantBuilder settings;

	g_variant_builder_init(&settings, G_VARIANT_TYPE("aa{sa{sv}}"));
	for (guint i = 0; i < result->diagnostics->len; i++)
		add_diagnostic(reader, g_ptr_array_index(result->diagnostics, i));
	for (guint i = 0; i < result->profiles->len; i++) {
		const struct ifcfg_profile *profile = g_ptr_array_index(result->profiles, i);

		g_variant_builder_add_value(&settings, profile->settings);
		take_profile(reader, profile);
	}
	reader->configuration->settings = g_variant_ref_sink(g_variant_builder_end(&settings));
}

static gboolean
check_path(const char *path, GError **error)
{
	if (*path == '\0' || g_path_is_absolute(path))
		return TRUE;
	g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_CONFIG_UNREADABLE, "\u201c%s\u201d is no absolute path", path);
	return FALSE;
}

struct configuration *
configuration_read(const char *scripts, const char *modprobe_d, GError **error)
{
	struct ifcfg_result *result;
	struct reader reader;

	if (!check_path(scripts, error) || !check_path(modprobe_d, error))
		return NULL;
	result = ifcfg_read_directory(*scripts != '\0' ? scripts : CONFIGURATION_SCRIPTS,
				      *modprobe_d != '\0' ? modprobe_d : NULL, error);
	if (result == NULL)
		return NULL;
	reader.configuration = g_new0(struct configuration, 1);
	reader.configuration->profiles = g_ptr_array_new_with_free_func((GDestroyNotify) profile_free);
	reader.configuration->usable = TRUE;
	g_variant_builder_init(&reader.diagnostics, G_VARIANT_TYPE("a(ssusss)"));
	take_result(&reader, result);
	if (!ifcfg_result_is_usable(result))
		reader.configuration->usable = FALSE;
	reader.configuration->diagnostics = g_variant_ref_sink(g_variant_builder_end(&reader.diagnostics));
	ifcfg_result_free(result);
	return reader.configuration;
}

struct configuration *
configuration_new_empty(void)
{
	struct configuration *configuration = g_new0(struct configuration, 1);

	configuration->profiles = g_ptr_array_new_with_free_func((GDestroyNotify) profile_free);
	configuration->settings = g_variant_ref_sink(g_variant_new("aa{sa{sv}}", NULL));
	configuration->diagnostics = g_variant_ref_sink(g_variant_new("a(ssusss)", NULL));
	configuration->usable = TRUE;
	return configuration;
}

void
configuration_free(struct configuration *configuration)
{
	g_ptr_array_unref(configuration->profiles);
	g_variant_unref(configuration->settings);
	g_variant_unref(configuration->diagnostics);
	g_free(configuration);
}

const struct profile *
configuration_find(const struct configuration *configuration, const char *device)
{
	for (guint i = 0; i < configuration->profiles->len; i++) {
		const struct profile *profile = g_ptr_array_index(configuration->profiles, i);

		if (g_str_equal(profile->device, device))
			return profile;
	}
	return NULL;
}
