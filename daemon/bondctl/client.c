/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client.h"

#include "agent.h"

#include <glib/gi18n.h>

/* Long enough for Apply() on a large directory. */
#define CALL_TIMEOUT_MS 60000

#define INTERACTION_REQUIRED "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"

static const struct {
	const char *name;
	enum exit_code code;
	const char *remedy; /* if the message does not say it */
} failures[] = {
    {"org.freedesktop.DBus.Error.ServiceUnknown", EXIT_NO_DAEMON,
     N_("bondd is not running: start it with \u201csystemctl start bondd\u201d")},
    {"org.freedesktop.DBus.Error.NameHasNoOwner", EXIT_NO_DAEMON,
     N_("bondd is not running: start it with \u201csystemctl start bondd\u201d")},
    {"org.freedesktop.DBus.Error.NoReply", EXIT_NO_DAEMON,
     N_("bondd does not answer: \u201cjournalctl -u bondd\u201d may tell why")},
    {"org.freedesktop.DBus.Error.AccessDenied", EXIT_DENIED, NULL},
    {INTERACTION_REQUIRED, EXIT_DENIED, NULL},
    {"org.example.Bond.Error.NoSuchBond", EXIT_NOT_FOUND, NULL},
    {"org.example.Bond.Error.NoSuchPort", EXIT_NOT_FOUND, NULL},
    {"org.example.Bond.Error.NoSuchOption", EXIT_NOT_FOUND, NULL},
    {"org.example.Bond.Error.NoDevice", EXIT_NOT_FOUND, NULL},
    {"org.example.Bond.Error.NoConfiguration", EXIT_NOT_FOUND, NULL},
};

void
client_complain(const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_printerr("bondctl: %s\n", text);
}

enum exit_code
client_code_of(const char *error_name)
{
	for (guint i = 0; i < G_N_ELEMENTS(failures); i++) {
		if (g_strcmp0(error_name, failures[i].name) == 0)
			return failures[i].code;
	}
	return EXIT_REFUSED;
}

static enum exit_code
explain(const GError *from)
{
	g_autofree char *name = g_dbus_error_get_remote_error(from);
	g_autoptr(GError) error = g_error_copy(from);

	g_dbus_error_strip_remote_error(error);
	for (guint i = 0; i < G_N_ELEMENTS(failures); i++) {
		if (g_strcmp0(name, failures[i].name) != 0)
			continue;
		client_complain("%s", failures[i].remedy != NULL ? _(failures[i].remedy) : error->message);
		return failures[i].code;
	}
	client_complain("%s", error->message);
	return EXIT_REFUSED;
}

gboolean
client_open(struct client *client)
{
	GBusType bus = client_has(client, FLAG_SESSION) ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM;
	g_autoptr(GError) error = NULL;

	client->connection = g_bus_get_sync(bus, NULL, &error);
	client->may_start = TRUE;
	client->failure = EXIT_OK;
	if (client->connection == NULL) {
		client_complain(_("there is no D-Bus: %s"), error->message);
		client->failure = EXIT_NO_DAEMON;
	}
	return client->connection != NULL;
}

gboolean
client_has(const struct client *client, enum flag flag)
{
	return client->flags->is_set[flag];
}

void
client_close(struct client *client)
{
	g_clear_object(&client->connection);
}

struct request {
	const char *path;
	const char *interface;
	const char *method;
	GVariant *arguments;
	const GVariantType *reply_type;
};

static GVariant *
request_send(struct client *client, const struct request *request, GDBusCallFlags flags, int timeout_ms, GError **error)
{
	return g_dbus_connection_call_sync(client->connection, BUS_NAME, request->path, request->interface,
					   request->method, request->arguments, request->reply_type, flags, timeout_ms,
					   NULL, error);
}

static gboolean
is_password_wanted(const GError *error)
{
	g_autofree char *name = g_dbus_error_get_remote_error(error);

	return g_strcmp0(name, INTERACTION_REQUIRED) == 0;
}

/* The call once more, and time for somebody to type: nothing was done the first time. */
static GVariant *
request_with_password(struct client *client, const struct request *request, GError **error)
{
	GPid agent = agent_start();
	GVariant *reply =
	    request_send(client, request, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, error);

	agent_stop(agent);
	return reply;
}

GVariant *
client_call(struct client *client, const char *path, const char *interface, const char *method, GVariant *arguments,
	    const char *reply_type)
{
	const struct request request = {path, interface, method, arguments, G_VARIANT_TYPE(reply_type)};
	g_autoptr(GVariant) held = arguments != NULL ? g_variant_ref_sink(arguments) : NULL;
	GDBusCallFlags flags = client->may_start ? G_DBUS_CALL_FLAGS_NONE : G_DBUS_CALL_FLAGS_NO_AUTO_START;
	g_autoptr(GError) error = NULL;
	GVariant *reply = request_send(client, &request, flags, CALL_TIMEOUT_MS, &error);

	if (reply == NULL && !client->flags->is_set[FLAG_NO_ASK_PASSWORD] && is_password_wanted(error)) {
		g_clear_error(&error);
		reply = request_with_password(client, &request, &error);
	}
	if (reply == NULL)
		client->failure = explain(error);
	return reply;
}

enum exit_code
client_do(struct client *client, const char *method, GVariant *arguments)
{
	g_autoptr(GVariant) reply = client_call(client, ROOT_PATH, MANAGER_INTERFACE, method, arguments, "*");

	return reply != NULL ? EXIT_OK : client->failure;
}
