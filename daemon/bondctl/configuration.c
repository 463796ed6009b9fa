/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "table.h"

#include <glib/gi18n.h>

#define DEFAULT_SCRIPTS	   "/etc/sysconfig/network-scripts"
#define DEFAULT_MODPROBE_D "/etc/modprobe.d"

/* Paths as bondd needs them: absolute. */
static GVariant *
paths(guint n, char **arguments)
{
	g_autofree char *scripts = g_canonicalize_filename(n > 0 ? arguments[0] : DEFAULT_SCRIPTS, NULL);
	g_autofree char *modprobe_d = NULL;

	if (n > 1)
		modprobe_d = g_canonicalize_filename(arguments[1], NULL);
	else
		modprobe_d = g_strdup(n > 0 ? "" : DEFAULT_MODPROBE_D);
	return g_variant_new("(ss)", scripts, modprobe_d);
}

static const char *
severity_text(const char *severity)
{
	if (g_str_equal(severity, "fatal"))
		return _("error");
	return g_str_equal(severity, "warning") ? _("warning") : _("note");
}

/* As a compiler does, so that editors find the place; on stderr, away from the results. */
static void
print_diagnostics(GVariant *diagnostics)
{
	const char *severity;
	const char *file;
	guint32 line;
	const char *text;
	const char *message;
	const char *remedy;
	GVariantIter iter;

	g_variant_iter_init(&iter, diagnostics);
	while (g_variant_iter_next(&iter, "(&s&su&s&s&s)", &severity, &file, &line, &text, &message, &remedy)) {
		if (line > 0)
			g_printerr("%s:%u: %s: %s\n", file, line, severity_text(severity), message);
		else
			g_printerr("%s: %s: %s\n", file, severity_text(severity), message);
		if (*text != '\0')
			g_printerr("    %s\n", text);
		if (*remedy != '\0')
			g_printerr("    → %s\n", remedy);
	}
}

/* Whether all of them went well. */
static gboolean
print_changes(GVariant *changes)
{
	g_autoptr(Table) table = table_new();
	gboolean ok = TRUE;
	const char *device;
	const char *action;
	const char *detail;
	GVariantIter iter;

	g_variant_iter_init(&iter, changes);
	while (g_variant_iter_next(&iter, "(&s&s&s)", &device, &action, &detail)) {
		if (g_str_equal(action, "failed")) {
			client_complain("%s: %s", device, detail);
			ok = FALSE;
		} else {
			table_row(table, device, action, detail, NULL);
		}
	}
	table_print(table);
	if (g_variant_n_children(changes) == 0)
		g_print("%s\n", _("All is as the files say: nothing was changed."));
	return ok;
}

enum exit_code
command_apply(struct client *client, guint n, char **arguments)
{
	g_autoptr(GVariant) reply =
	    client_call(client, ROOT_PATH, MANAGER_INTERFACE, "Apply", paths(n, arguments), "(ba(sss)a(ssusss))");
	g_autoptr(GVariant) changes = NULL;
	g_autoptr(GVariant) diagnostics = NULL;
	gboolean applied;

	if (reply == NULL)
		return client->failure;
	g_variant_get(reply, "(b@a(sss)@a(ssusss))", &applied, &changes, &diagnostics);
	print_diagnostics(diagnostics);
	if (!applied) {
		client_complain(_("nothing was changed: correct the errors above, then apply again"));
		return EXIT_REFUSED;
	}
	return print_changes(changes) ? EXIT_OK : EXIT_REFUSED;
}

/* --- check --- */

static const char *
setting(GVariant *profile, const char *group, const char *key, const char *absent)
{
	g_autoptr(GVariant) settings = g_variant_lookup_value(profile, group, G_VARIANT_TYPE("a{sv}"));
	const char *text = absent;

	if (settings != NULL)
		g_variant_lookup(settings, key, "&s", &text);
	return text;
}

static char *
bond_options(GVariant *profile)
{
	g_autoptr(GVariant) bond = g_variant_lookup_value(profile, "bond", G_VARIANT_TYPE("a{sv}"));
	g_autoptr(GVariant) options = NULL;
	GString *text = g_string_new(NULL);
	GVariantIter iter;
	const char *name;
	const char *value;

	if (bond != NULL)
		options = g_variant_lookup_value(bond, "options", G_VARIANT_TYPE("a{ss}"));
	if (options == NULL)
		return g_string_free(text, FALSE);
	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
		g_string_append_printf(text, "%s%s=%s", text->len > 0 ? " " : "", name, value);
	return g_string_free(text, FALSE);
}

static void
add_profile(Table *table, GVariant *profile)
{
	const char *name = setting(profile, "connection", "interface-name", "");
	const char *type = setting(profile, "connection", "type", "");
	const char *master = setting(profile, "connection", "master", "");
	g_autofree char *options = bond_options(profile);
	g_autofree char *role = *master != '\0' ? g_strdup_printf(_("port of %s"), master) : g_strdup(type);

	table_row(table, name, role, options, NULL);
}

enum exit_code
command_check(struct client *client, guint n, char **arguments)
{
	g_autoptr(GVariant) reply =
	    client_call(client, ROOT_PATH, MANAGER_INTERFACE, "Check", paths(n, arguments), "(baa{sa{sv}}a(ssusss))");
	g_autoptr(GVariant) profiles = NULL;
	g_autoptr(GVariant) diagnostics = NULL;
	g_autoptr(Table) table = table_new();
	gboolean usable;

	if (reply == NULL)
		return client->failure;
	g_variant_get(reply, "(b@aa{sa{sv}}@a(ssusss))", &usable, &profiles, &diagnostics);
	for (gsize i = 0; i < g_variant_n_children(profiles); i++) {
		g_autoptr(GVariant) profile = g_variant_get_child_value(profiles, i);

		add_profile(table, profile);
	}
	table_print(table);
	print_diagnostics(diagnostics);
	if (g_variant_n_children(profiles) == 0)
		g_print("%s\n", _("There are no ifcfg files of bonds and ports."));
	if (!usable)
		client_complain(_("“bondctl apply” would change nothing: correct the errors above"));
	return usable ? EXIT_OK : EXIT_REFUSED;
}
