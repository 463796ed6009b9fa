/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "dry-run.h"
#include "objects.h"
#include "wait.h"

#include <glib/gi18n.h>

/* "option=value…" as a{sv}, the values as text; NULL if a word is something else, which has been printed. */
static GVariant *
parse_options(guint n, char **arguments)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	for (guint i = 0; i < n; i++) {
		const char *equals = strchr(arguments[i], '=');
		g_autofree char *name = NULL;

		if (equals == NULL || equals == arguments[i]) {
			client_complain(_("“%s” is not of the form OPTION=VALUE"), arguments[i]);
			g_variant_builder_clear(&builder);
			return NULL;
		}
		name = g_strndup(arguments[i], equals - arguments[i]);
		g_variant_builder_add(&builder, "{sv}", name, g_variant_new_string(equals + 1));
	}
	return g_variant_builder_end(&builder);
}

/* What D-Bus cannot carry is refused here. */
static gboolean
check_utf8(guint n, char **arguments)
{
	for (guint i = 0; i < n; i++) {
		if (!g_utf8_validate(arguments[i], -1, NULL)) {
			client_complain(_("argument %u is not valid UTF-8"), i + 1);
			return FALSE;
		}
	}
	return TRUE;
}

enum exit_code
command_create(struct client *client, guint n, char **arguments)
{
	GVariant *options = check_utf8(n, arguments) ? parse_options(n - 1, arguments + 1) : NULL;
	static const char *const on[] = {"1", "on", "true", NULL};
	const char *up = NULL;
	enum wait_state state;

	if (options == NULL)
		return EXIT_USAGE;
	g_variant_lookup(options, "up", "&s", &up);
	state = up != NULL && g_strv_contains(on, up) ? WAIT_BOND_UP : WAIT_BOND_WORKS;
	return wait_after(client, client_do(client, "CreateBond", g_variant_new("(s@a{sv})", arguments[0], options)),
			  state, arguments[0]);
}

static enum exit_code
do_with_name(struct client *client, const char *method, char **arguments)
{
	if (!check_utf8(1, arguments))
		return EXIT_USAGE;
	return client_do(client, method, g_variant_new("(s)", arguments[0]));
}

enum exit_code
command_delete(struct client *client, guint n, char **arguments)
{
	return do_with_name(client, "RemoveBond", arguments);
}

enum exit_code
command_add(struct client *client, guint n, char **arguments)
{
	if (!check_utf8(n, arguments))
		return EXIT_USAGE;
	return wait_after(client, client_do(client, "AddPort", g_variant_new("(ss)", arguments[0], arguments[1])),
			  WAIT_PORT_IN_USE, arguments[0]);
}

enum exit_code
command_remove(struct client *client, guint n, char **arguments)
{
	return do_with_name(client, "RemovePort", arguments);
}

enum exit_code
command_ifup(struct client *client, guint n, char **arguments)
{
	return wait_after(client, do_with_name(client, "IfUp", arguments), WAIT_WORKS, arguments[0]);
}

enum exit_code
command_ifdown(struct client *client, guint n, char **arguments)
{
	return do_with_name(client, "IfDown", arguments);
}

static enum exit_code
call_object(struct client *client, const struct object *object, const char *interface, const char *method,
	    GVariant *arguments)
{
	g_autoptr(GVariant) reply = client_call(client, object->path, interface, method, arguments, "()");

	return reply != NULL ? EXIT_OK : client->failure;
}

/* The value as a number in the type that the method takes; NULL if it is none. */
static GVariant *
number_argument(const char *value, gboolean is_signed)
{
	gint64 number;
	guint64 positive;

	if (is_signed && g_ascii_string_to_signed(value, 10, G_MININT32, G_MAXINT32, &number, NULL))
		return g_variant_new("(i)", (gint32) number);
	if (!is_signed && g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT16, &positive, NULL))
		return g_variant_new("(q)", (guint16) positive);
	return NULL;
}

static const struct {
	const char *option;
	const char *method;
	gboolean is_signed;
} port_options[] = {
    {"queue_id", "SetQueueId", FALSE},
    {"prio", "SetPrio", TRUE},
};

static enum exit_code
set_port_option(struct client *client, const struct object *port, const char *option, const char *value)
{
	for (guint i = 0; i < G_N_ELEMENTS(port_options); i++) {
		GVariant *number;

		if (!g_str_equal(option, port_options[i].option))
			continue;
		number = number_argument(value, port_options[i].is_signed);
		if (number != NULL)
			return call_object(client, port, PORT_INTERFACE, port_options[i].method, number);
		client_complain(_("option %s takes a number, not “%s”"), option, value);
		return EXIT_REFUSED;
	}
	client_complain(_("a port has the options queue_id and prio, not %s"), option);
	return EXIT_NOT_FOUND;
}

static enum exit_code
set_port(struct client *client, const struct object *port, GVariant *options)
{
	GVariantIter iter;
	const char *name;
	GVariant *value;
	enum exit_code code = EXIT_OK;

	g_variant_iter_init(&iter, options);
	while (code == EXIT_OK && g_variant_iter_next(&iter, "{&sv}", &name, &value)) {
		code = set_port_option(client, port, name, g_variant_get_string(value, NULL));
		g_variant_unref(value);
	}
	return code;
}

static enum exit_code
set(struct client *client, const char *name, GVariant *options)
{
	g_autoptr(GPtrArray) bonds = objects_read(client);
	const struct object *bond;
	const struct object *port;

	if (bonds == NULL)
		return client->failure;
	bond = objects_find_bond(bonds, name);
	port = objects_find_port(bonds, name, NULL);
	if (bond != NULL && client_has(client, FLAG_DRY_RUN))
		return dry_run(client, bond, options);
	if (port != NULL && client_has(client, FLAG_DRY_RUN)) {
		client_complain(_("--dry-run is for options of bonds; %s is a port"), name);
		return EXIT_USAGE;
	}
	if (bond != NULL)
		return call_object(client, bond, BOND_INTERFACE, "SetOptions", g_variant_new("(@a{sv})", options));
	return port != NULL ? set_port(client, port, options) : objects_not_found(name);
}

enum exit_code
command_set(struct client *client, guint n, char **arguments)
{
	GVariant *parsed = check_utf8(n, arguments) ? parse_options(n - 1, arguments + 1) : NULL;
	g_autoptr(GVariant) options = parsed != NULL ? g_variant_ref_sink(parsed) : NULL;

	if (options == NULL)
		return EXIT_USAGE;
	if (client_has(client, FLAG_JSON) && !client_has(client, FLAG_DRY_RUN)) {
		client_complain(_("--json is for --dry-run here: to set an option prints nothing"));
		return EXIT_USAGE;
	}
	return wait_after(client, set(client, arguments[0], options), WAIT_WORKS, arguments[0]);
}

enum exit_code
command_activate(struct client *client, guint n, char **arguments)
{
	g_autoptr(GPtrArray) bonds = objects_read(client);
	const struct object *bond = NULL;

	if (bonds == NULL)
		return client->failure;
	if (objects_find_port(bonds, arguments[0], &bond) == NULL)
		return objects_not_found(arguments[0]);
	return wait_after(
	    client, call_object(client, bond, BOND_INTERFACE, "SetActivePort", g_variant_new("(s)", arguments[0])),
	    WAIT_PORT_ACTIVE, arguments[0]);
}
