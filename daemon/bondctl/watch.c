/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "watch.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

struct watching {
	struct client *client;
	struct watch watch;
	GMainLoop *loop;
	guint name;
	guint signals[3];
	enum exit_code code;
};

/* The reverse of the escape in object paths: "_2d" is "-". */
static char *
name_of_path(const char *path)
{
	const char *element = strrchr(path, '/');
	GString *name = g_string_new(NULL);

	for (const char *p = element != NULL ? element + 1 : path; *p != '\0'; p++) {
		if (*p == '_' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])) {
			g_string_append_c(name, (char) (g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2])));
			p += 2;
		} else {
			g_string_append_c(name, *p);
		}
	}
	return g_string_free(name, FALSE);
}

static void
on_signal(GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *signal,
	  GVariant *parameters, gpointer user)
{
	const struct watching *watching = user;
	g_autofree char *bond = name_of_path(path);

	watching->watch.on_signal(bond, signal, parameters, watching->watch.user);
}

/* Other interfaces of a bond come and go with its mode. */
static gboolean
names_bond(GVariant *parameters, gboolean added)
{
	g_autoptr(GVariant) interfaces = g_variant_get_child_value(parameters, 1);
	g_autoptr(GVariant) properties = NULL;
	g_autofree const char **names = NULL;

	if (added) {
		properties = g_variant_lookup_value(interfaces, BOND_INTERFACE, NULL);
		return properties != NULL;
	}
	names = g_variant_get_strv(interfaces, NULL);
	return g_strv_contains(names, BOND_INTERFACE);
}

static void
on_object(GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *signal,
	  GVariant *parameters, gpointer user)
{
	const struct watching *watching = user;
	gboolean added = g_str_equal(signal, "InterfacesAdded");
	const char *object = NULL;
	g_autofree char *bond = NULL;

	if (watching->watch.on_bond == NULL || (!added && !g_str_equal(signal, "InterfacesRemoved")))
		return;
	g_variant_get_child(parameters, 0, "&o", &object);
	if (!g_str_has_prefix(object, ROOT_PATH "/") || strchr(object + strlen(ROOT_PATH "/"), '/') != NULL)
		return;
	if (!names_bond(parameters, added))
		return;
	bond = name_of_path(object);
	watching->watch.on_bond(bond, added, watching->watch.user);
}

static void
on_vanished(GDBusConnection *connection, const char *name, gpointer user)
{
	struct watching *watching = user;

	client_complain(_("bondd is not running: start it with “systemctl start bondd”"));
	watching->code = EXIT_NO_DAEMON;
	g_main_loop_quit(watching->loop);
}

static gboolean
on_stop(gpointer user)
{
	struct watching *watching = user;

	g_main_loop_quit(watching->loop);
	return G_SOURCE_CONTINUE;
}

static guint
subscribe(struct watching *watching, const char *interface, const char *path, GDBusSignalCallback callback)
{
	return g_dbus_connection_signal_subscribe(watching->client->connection, BUS_NAME, interface, NULL, path, NULL,
						  G_DBUS_SIGNAL_FLAGS_NONE, callback, watching, NULL);
}

struct watching *
watch_begin(struct client *client, const struct watch *watch)
{
	struct watching *watching = g_new0(struct watching, 1);

	watching->client = client;
	watching->watch = *watch;
	watching->loop = g_main_loop_new(NULL, FALSE);
	watching->signals[0] = subscribe(watching, BOND_INTERFACE, NULL, on_signal);
	watching->signals[1] = subscribe(watching, LACP_INTERFACE, NULL, on_signal);
	watching->signals[2] = subscribe(watching, "org.freedesktop.DBus.ObjectManager", ROOT_PATH, on_object);
	watching->name = g_bus_watch_name_on_connection(
	    client->connection, BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_AUTO_START, NULL, on_vanished, watching, NULL);
	return watching;
}

void
watch_end(struct watching *watching)
{
	g_bus_unwatch_name(watching->name);
	for (guint i = 0; i < G_N_ELEMENTS(watching->signals); i++)
		g_dbus_connection_signal_unsubscribe(watching->client->connection, watching->signals[i]);
	g_main_loop_unref(watching->loop);
	g_free(watching);
}

enum exit_code
watch_run(struct watching *watching)
{
	guint interrupt = g_unix_signal_add(SIGINT, on_stop, watching);
	guint term = g_unix_signal_add(SIGTERM, on_stop, watching);
	enum exit_code code;

	g_main_loop_run(watching->loop);
	code = watching->code;
	g_source_remove(interrupt);
	g_source_remove(term);
	watch_end(watching);
	return code;
}
