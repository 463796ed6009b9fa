/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ifcfg files, read here: check, ifcfg, migrate. */
#include "config.h"

#include "commands.h"
#include "diagnostic.h"
#include "ifcfg/migrate.h"
#include "json.h"
#include "table.h"

#include <glib/gi18n.h>
#include <stdio.h>

#define CHECK_TIMEOUT_MS 60000

/* The paths as the command line has them. */
struct paths {
	char *scripts;	  /* a directory or one file */
	char *modprobe_d; /* nullable */
};

static struct paths
read_paths(guint n, char **arguments)
{
	struct paths paths = {.scripts = g_canonicalize_filename(n > 0 ? arguments[0] : DEFAULT_SCRIPTS, NULL)};

	if (n != 1)
		paths.modprobe_d = g_canonicalize_filename(n > 1 ? arguments[1] : DEFAULT_MODPROBE_D, NULL);
	return paths;
}

static void
clear_paths(struct paths *paths)
{
	g_free(paths->scripts);
	g_free(paths->modprobe_d);
}

static gboolean
is_file(const struct paths *paths)
{
	return g_file_test(paths->scripts, G_FILE_TEST_EXISTS) && !g_file_test(paths->scripts, G_FILE_TEST_IS_DIR);
}

/* NULL, with the reason printed. */
static struct ifcfg_result *
read_files(const struct paths *paths)
{
	g_autoptr(GError) error = NULL;
	struct ifcfg_result *result = is_file(paths) ? ifcfg_read_file(paths->scripts, &error)
						     : ifcfg_read_directory(paths->scripts, paths->modprobe_d, &error);

	if (result == NULL)
		client_complain("%s", error->message);
	return result;
}

/* --- diagnostics --- */

static GVariant *
diagnostic_to_variant(const struct ifcfg_diagnostic *diagnostic)
{
	static const char *const severities[] = {
	    [IFCFG_INFO] = "info", [IFCFG_WARNING] = "warning", [IFCFG_FATAL] = "fatal"};

	return g_variant_new("(ssusss)", severities[diagnostic->severity], diagnostic->file, diagnostic->line,
			     diagnostic->text, diagnostic->message, diagnostic->remedy);
}

static gboolean
contains(const GPtrArray *diagnostics, GVariant *sought)
{
	for (guint i = 0; i < diagnostics->len; i++) {
		if (g_variant_equal(diagnostics->pdata[i], sought))
			return TRUE;
	}
	return FALSE;
}

/*
 * What only bondd itself can say, for it tries the options on a bond. It is not started for this, and it may refuse to
 * read files for this user: then what is said here is all.
 */
static void
ask_daemon(struct client *client, const struct paths *paths, GPtrArray *diagnostics)
{
	GBusType bus = client_has(client, FLAG_SESSION) ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM;
	g_autoptr(GDBusConnection) connection = is_file(paths) ? NULL : g_bus_get_sync(bus, NULL, NULL);
	g_autoptr(GVariant) reply = NULL;
	g_autoptr(GVariant) found = NULL;
	const char *modprobe_d = paths->modprobe_d != NULL ? paths->modprobe_d : "";
	guint known = diagnostics->len;

	if (connection == NULL)
		return;
	reply = g_dbus_connection_call_sync(connection, BUS_NAME, ROOT_PATH, MANAGER_INTERFACE, "Check",
					    g_variant_new("(ss)", paths->scripts, modprobe_d),
					    G_VARIANT_TYPE("(baa{sa{sv}}" DIAGNOSTICS_TYPE ")"),
					    G_DBUS_CALL_FLAGS_NO_AUTO_START, CHECK_TIMEOUT_MS, NULL, NULL);
	if (reply == NULL)
		return;
	g_variant_get(reply, "(b@aa{sa{sv}}@" DIAGNOSTICS_TYPE ")", NULL, NULL, &found);
	for (gsize i = 0; i < g_variant_n_children(found); i++) {
		g_autoptr(GVariant) diagnostic = g_variant_get_child_value(found, i);

		/* Both read the same files, most are the same at the same place. */
		if (i < known && g_variant_equal(diagnostics->pdata[i], diagnostic))
			continue;
		if (!contains(diagnostics, diagnostic))
			g_ptr_array_add(diagnostics, g_steal_pointer(&diagnostic));
	}
}

static GPtrArray *
collect_diagnostics(const struct ifcfg_result *result)
{
	GPtrArray *diagnostics = g_ptr_array_new_with_free_func((GDestroyNotify) g_variant_unref);

	for (guint i = 0; i < result->diagnostics->len; i++)
		g_ptr_array_add(diagnostics, g_variant_ref_sink(diagnostic_to_variant(result->diagnostics->pdata[i])));
	return diagnostics;
}

static GVariant *
diagnostics_to_variant(const GPtrArray *diagnostics)
{
	return g_variant_ref_sink(
	    g_variant_new_array(G_VARIANT_TYPE("(ssusss)"), (GVariant *const *) diagnostics->pdata, diagnostics->len));
}

static gboolean
is_usable(const GPtrArray *diagnostics)
{
	for (guint i = 0; i < diagnostics->len; i++) {
		const char *severity;

		g_variant_get_child(diagnostics->pdata[i], 0, "&s", &severity);
		if (g_str_equal(severity, "fatal"))
			return FALSE;
	}
	return TRUE;
}

/* --- JSON --- */

static GVariant *
diagnostic_to_json(GVariant *diagnostic)
{
	static const char *const names[] = {"severity", "file", "line", "text", "message", "remedy"};
	GVariantBuilder object;

	g_variant_builder_init(&object, G_VARIANT_TYPE_VARDICT);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		g_variant_builder_add(&object, "{sv}", names[i], g_variant_get_child_value(diagnostic, i));
	return g_variant_builder_end(&object);
}

static GVariant *
profile_to_json(const struct ifcfg_profile *profile)
{
	g_autofree char *file = g_utf8_make_valid(profile->file, -1);
	GVariantBuilder object;

	g_variant_builder_init(&object, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&object, "{sv}", "file", g_variant_new_string(file));
	g_variant_builder_add(&object, "{sv}", "device",
			      g_variant_new_string(profile->device != NULL ? profile->device : ""));
	g_variant_builder_add(&object, "{sv}", "bond",
			      g_variant_new_string(profile->bond != NULL ? profile->bond : ""));
	g_variant_builder_add(&object, "{sv}", "is_bond", g_variant_new_boolean(profile->is_bond));
	g_variant_builder_add(&object, "{sv}", "onboot", g_variant_new_boolean(profile->onboot));
	g_variant_builder_add(&object, "{sv}", "nm_controlled", g_variant_new_boolean(profile->nm_controlled));
	g_variant_builder_add(&object, "{sv}", "settings", profile->settings);
	g_variant_builder_add(&object, "{sv}", "extra_options", profile->extra);
	g_variant_builder_add(&object, "{sv}", "routing", profile->routing);
	return g_variant_builder_end(&object);
}

static void
print_json(const struct ifcfg_result *result, const GPtrArray *diagnostics)
{
	GVariantBuilder object;
	GVariantBuilder profiles;
	GVariantBuilder reports;

	g_variant_builder_init(&profiles, G_VARIANT_TYPE("aa{sv}"));
	for (guint i = 0; i < result->profiles->len; i++)
		g_variant_builder_add_value(&profiles, profile_to_json(result->profiles->pdata[i]));
	g_variant_builder_init(&reports, G_VARIANT_TYPE("aa{sv}"));
	for (guint i = 0; i < diagnostics->len; i++)
		g_variant_builder_add_value(&reports, diagnostic_to_json(diagnostics->pdata[i]));
	g_variant_builder_init(&object, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&object, "{sv}", "usable", g_variant_new_boolean(is_usable(diagnostics)));
	g_variant_builder_add(&object, "{sv}", "profiles", g_variant_builder_end(&profiles));
	g_variant_builder_add(&object, "{sv}", "diagnostics", g_variant_builder_end(&reports));
	json_print(g_variant_builder_end(&object));
}

/* --- check --- */

static void
append_options(GString *text, GVariant *options)
{
	GVariantIter iter;
	const char *name;
	const char *value;

	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
		g_string_append_printf(text, "%s%s=%s", text->len > 0 ? " " : "", name, value);
}

static char *
bond_options(const struct ifcfg_profile *profile)
{
	g_autoptr(GVariant) bond = NULL;
	g_autoptr(GVariant) options = NULL;
	GString *text = g_string_new(NULL);

	if (profile->is_bond)
		bond = g_variant_lookup_value(profile->settings, "bond", G_VARIANT_TYPE_VARDICT);
	if (bond != NULL)
		options = g_variant_lookup_value(bond, "options", G_VARIANT_TYPE("a{ss}"));
	if (options != NULL)
		append_options(text, options);
	append_options(text, profile->extra);
	return g_string_free(text, FALSE);
}

/* Of other profiles: what NetworkManager calls them, and what they are a port of. */
static char *
role_of(const struct ifcfg_profile *profile)
{
	g_autoptr(GVariant) connection = NULL;
	const char *type = "";
	const char *master = NULL;

	if (profile->bond != NULL)
		return g_strdup_printf(_("port of %s"), profile->bond);
	connection = g_variant_lookup_value(profile->settings, "connection", G_VARIANT_TYPE_VARDICT);
	if (g_variant_lookup(connection, "master", "&s", &master))
		return g_strdup_printf(_("port of %s"), master);
	g_variant_lookup(connection, "type", "&s", &type);
	return g_strdup(type);
}

static void
add_profile(Table *table, const struct ifcfg_profile *profile)
{
	g_autofree char *options = bond_options(profile);
	g_autofree char *role = role_of(profile);

	table_row(table, profile->device != NULL ? profile->device : "", role, options, NULL);
}

static void
print_profiles(const struct ifcfg_result *result)
{
	g_autoptr(Table) table = table_new();

	for (guint i = 0; i < result->profiles->len; i++)
		add_profile(table, result->profiles->pdata[i]);
	table_print(table);
	if (result->profiles->len == 0)
		g_print("%s\n", _("There are no ifcfg files of bonds and ports."));
}

static enum exit_code
check(struct client *client, const struct paths *paths, const struct ifcfg_result *result)
{
	g_autoptr(GPtrArray) diagnostics = collect_diagnostics(result);
	g_autoptr(GVariant) all = NULL;

	ask_daemon(client, paths, diagnostics);
	if (client_has(client, FLAG_JSON)) {
		print_json(result, diagnostics);
		return is_usable(diagnostics) ? EXIT_OK : EXIT_REFUSED;
	}
	all = diagnostics_to_variant(diagnostics);
	print_profiles(result);
	diagnostics_print(all);
	if (is_usable(diagnostics))
		return EXIT_OK;
	client_complain(_("“bondctl apply” would change nothing: correct the errors above"));
	return EXIT_REFUSED;
}

enum exit_code
command_check(struct client *client, guint n, char **arguments)
{
	struct paths paths = read_paths(n, arguments);
	struct ifcfg_result *result = read_files(&paths);
	enum exit_code code = result != NULL ? check(client, &paths, result) : EXIT_REFUSED;

	g_clear_pointer(&result, ifcfg_result_free);
	clear_paths(&paths);
	return code;
}

/* --- ifcfg --- */

static enum exit_code
show(struct client *client, const struct ifcfg_result *result)
{
	g_autoptr(GPtrArray) diagnostics = collect_diagnostics(result);
	g_autoptr(GVariant) all = diagnostics_to_variant(diagnostics);
	g_autoptr(GPtrArray) keyfiles = NULL;

	if (client_has(client, FLAG_JSON)) {
		print_json(result, diagnostics);
	} else {
		keyfiles = ifcfg_keyfiles_make(result);
		for (guint i = 0; i < keyfiles->len; i++) {
			const struct ifcfg_keyfile *keyfile = keyfiles->pdata[i];

			/* Not g_print(): keyfiles are UTF-8 whatever the locale. */
			fputs(i > 0 ? "\n" : "", stdout);
			fputs(keyfile->text, stdout);
		}
		diagnostics_print(all);
	}
	return is_usable(diagnostics) ? EXIT_OK : EXIT_REFUSED;
}

enum exit_code
command_ifcfg(struct client *client, guint n, char **arguments)
{
	struct paths paths = read_paths(n, arguments);
	struct ifcfg_result *result = NULL;
	enum exit_code code = EXIT_REFUSED;

	if (client_has(client, FLAG_JSON) && client_has(client, FLAG_KEYFILE)) {
		client_complain(_("choose one of --json and --keyfile"));
		code = EXIT_USAGE;
	} else {
		result = read_files(&paths);
	}
	if (result != NULL)
		code = show(client, result);
	g_clear_pointer(&result, ifcfg_result_free);
	clear_paths(&paths);
	return code;
}

/* --- migrate --- */

static void
print_keyfiles(const GPtrArray *keyfiles, const char *directory)
{
	g_autoptr(Table) table = table_new();

	for (guint i = 0; i < keyfiles->len; i++) {
		const struct ifcfg_keyfile *keyfile = keyfiles->pdata[i];
		g_autofree char *target = g_build_filename(directory, keyfile->name, NULL);
		g_autofree char *shown = g_filename_display_name(target);
		g_autofree char *source = g_filename_display_basename(keyfile->source);

		table_row(table, source, "→", shown, NULL);
		for (guint k = 0; k < keyfile->lost->len; k++)
			g_printerr(_("%s: not carried over: %s\n"), source, (const char *) keyfile->lost->pdata[k]);
	}
	table_print(table);
}

static enum exit_code
migrate(struct client *client, const struct ifcfg_result *result, const char *directory)
{
	g_autoptr(GPtrArray) diagnostics = collect_diagnostics(result);
	g_autoptr(GVariant) all = diagnostics_to_variant(diagnostics);
	g_autoptr(GPtrArray) keyfiles = NULL;
	g_autoptr(GError) error = NULL;

	diagnostics_print(all);
	if (!is_usable(diagnostics)) {
		client_complain(_("nothing was written: correct the errors above, or take the files away"));
		return EXIT_REFUSED;
	}
	if (result->profiles->len == 0) {
		client_complain(_("nothing was written: there are no ifcfg files of interfaces"));
		return EXIT_REFUSED;
	}
	keyfiles = ifcfg_keyfiles_make(result);
	if (!client_has(client, FLAG_DRY_RUN) &&
	    !ifcfg_keyfiles_write(keyfiles, directory, client_has(client, FLAG_FORCE), &error)) {
		client_complain(g_error_matches(error, IFCFG_ERROR, IFCFG_ERROR_EXISTS) ? _("%s; --force replaces it")
											: "%s",
				error->message);
		return EXIT_REFUSED;
	}
	print_keyfiles(keyfiles, directory);
	return EXIT_OK;
}

enum exit_code
command_migrate(struct client *client, guint n, char **arguments)
{
	const char *directory = client->flags->value[FLAG_TO];
	struct paths paths = read_paths(n, arguments);
	struct ifcfg_result *result = NULL;
	enum exit_code code = EXIT_REFUSED;

	if (directory == NULL) {
		client_complain(_("say with --to=DIRECTORY where the keyfiles go"));
		code = EXIT_USAGE;
	} else {
		result = read_files(&paths);
	}
	if (result != NULL)
		code = migrate(client, result, directory);
	g_clear_pointer(&result, ifcfg_result_free);
	clear_paths(&paths);
	return code;
}
