/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "json.h"
#include "table.h"

#include <glib/gi18n.h>

static const char *
text_of(GVariant *option, const char *key)
{
	const char *text = "";

	g_variant_lookup(option, key, "&s", &text);
	return text;
}

static gboolean
flag_of(GVariant *option, const char *key)
{
	gboolean value = FALSE;

	g_variant_lookup(option, key, "b", &value);
	return value;
}

static char *
join(GVariant *option, const char *key)
{
	g_auto(GStrv) words = NULL;

	g_variant_lookup(option, key, "^as", &words);
	return words != NULL ? g_strjoinv(" ", words) : g_strdup("");
}

/* "off on", "0…65535 ms", "interface" */
static char *
values_text(GVariant *option)
{
	const char *unit = text_of(option, "unit");
	gint64 min;
	gint64 max;

	if (g_str_equal(text_of(option, "type"), "enum"))
		return join(option, "values");
	if (g_variant_lookup(option, "minimum", "x", &min) && g_variant_lookup(option, "maximum", "x", &max))
		return g_strdup_printf("%" G_GINT64_FORMAT "…%" G_GINT64_FORMAT "%s%s", min, max,
				       *unit != '\0' ? " " : "", unit);
	return g_strdup(text_of(option, "type"));
}

static void
print_all(GVariant *options)
{
	g_autoptr(Table) table = table_new();

	table_row(table, _("OPTION"), _("DEFAULT"), _("VALUES"), NULL);
	for (gsize i = 0; i < g_variant_n_children(options); i++) {
		g_autoptr(GVariant) option = g_variant_get_child_value(options, i);
		g_autofree char *values = values_text(option);
		const char *def = text_of(option, "default");

		table_row(table, text_of(option, "name"), *def != '\0' ? def : "-", values, NULL);
	}
	table_print(table);
}

static const char *
when_text(GVariant *option)
{
	if (flag_of(option, "down") && flag_of(option, "empty"))
		return _("while the bond is down and has no ports");
	if (flag_of(option, "down"))
		return _("while the bond is down");
	if (flag_of(option, "empty"))
		return _("while the bond has no ports");
	return _("at any time");
}

static void
print_one(GVariant *option)
{
	g_autoptr(Table) table = table_new();
	g_autofree char *values = values_text(option);
	g_autofree char *modes = join(option, "modes");
	const char *help = text_of(option, "help");

	g_print("%s: %s\n", text_of(option, "name"), *help != '\0' ? _(help) : "");
	if (*text_of(option, "alias") != '\0')
		table_row(table, _("  Also called"), text_of(option, "alias"), NULL);
	table_row(table, _("  Values"), values, NULL);
	table_row(table, _("  Default"), *text_of(option, "default") != '\0' ? text_of(option, "default") : "-", NULL);
	table_row(table, _("  Modes"), modes, NULL);
	table_row(table, _("  Of"), flag_of(option, "port") ? _("a port") : _("a bond"), NULL);
	table_row(table, _("  Changes"), when_text(option), NULL);
	table_print(table);
}

static gboolean
is_called(GVariant *option, const char *name)
{
	return g_str_equal(text_of(option, "name"), name) || g_str_equal(text_of(option, "alias"), name);
}

static GVariant *
find(GVariant *options, const char *name)
{
	for (gsize i = 0; i < g_variant_n_children(options); i++) {
		g_autoptr(GVariant) option = g_variant_get_child_value(options, i);

		if (is_called(option, name))
			return g_steal_pointer(&option);
	}
	return NULL;
}

static enum exit_code
options_of(const struct client *client, GVariant *options)
{
	if (client_has(client, FLAG_JSON))
		json_print(options);
	else
		print_all(options);
	return EXIT_OK;
}

enum exit_code
command_options(struct client *client, guint n, char **arguments)
{
	g_autoptr(GVariant) reply = client_call(client, ROOT_PATH, MANAGER_INTERFACE, "ListOptions", NULL, "(aa{sv})");
	g_autoptr(GVariant) options = reply != NULL ? g_variant_get_child_value(reply, 0) : NULL;
	g_autoptr(GVariant) option = NULL;

	if (options == NULL)
		return client->failure;
	if (n == 0)
		return options_of(client, options);
	option = find(options, arguments[0]);
	if (option == NULL) {
		client_complain(_("there is no option %s; “bondctl options” lists them"), arguments[0]);
		return EXIT_NOT_FOUND;
	}
	if (client_has(client, FLAG_JSON))
		json_print(option);
	else
		print_one(option);
	return EXIT_OK;
}
