/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>

struct monitor {
	GMainLoop *loop;
	enum exit_code code;
};

/* Monotonic nanoseconds of an event as a time of day. */
static char *
clock_text(guint64 time)
{
	gint64 age = g_get_monotonic_time() - (gint64) (time / 1000);
	gint64 wall = g_get_real_time() - age;
	g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_local(wall / G_USEC_PER_SEC);
	g_autofree char *text = seconds != NULL ? g_date_time_format(seconds, "%H:%M:%S") : g_strdup("--:--:--");

	return g_strdup_printf("%s.%06" G_GINT64_FORMAT, text, wall % G_USEC_PER_SEC);
}

static void say(guint64 time, const char *bond, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
say(guint64 time, const char *bond, const char *format, ...)
{
	g_autofree char *clock = clock_text(time);
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_print("%s %s: %s\n", clock, bond, text);
}

static void
on_active_port(const char *bond, GVariant *parameters)
{
	const char *old;
	const char *new;
	const char *reason;
	guint64 time;

	g_variant_get(parameters, "(&s&s&stt)", &old, &new, &reason, &time, NULL);
	if (*new == '\0')
		say(time, bond, _("no port is active any more, it was %s (%s)"), old, reason);
	else if (*old == '\0')
		say(time, bond, _("%s is active (%s)"), new, reason);
	else
		say(time, bond, _("%s is active instead of %s (%s)"), new, old, reason);
}

static void
on_port_link(const char *bond, GVariant *parameters)
{
	const char *port;
	const char *link;
	const char *reason;
	guint64 time;

	g_variant_get(parameters, "(&s&s&s&stt)", &port, NULL, &link, &reason, &time, NULL);
	say(time, bond, _("the link of %s is %s (%s)"), port, link, reason);
}

static void
on_port_added(const char *bond, GVariant *parameters)
{
	const char *port;
	guint64 time;

	g_variant_get(parameters, "(&s&stt)", &port, NULL, &time, NULL);
	say(time, bond, _("%s is a port now"), port);
}

static void
on_port_removed(const char *bond, GVariant *parameters)
{
	const char *port;
	guint64 time;

	g_variant_get(parameters, "(&s&stt)", &port, NULL, &time, NULL);
	say(time, bond, _("%s is no port any more"), port);
}

static void
on_carrier(const char *bond, GVariant *parameters)
{
	gboolean carrier;
	guint64 time;

	g_variant_get(parameters, "(bb&stt)", NULL, &carrier, NULL, &time, NULL);
	say(time, bond, "%s", carrier ? _("the bond has carrier") : _("the bond lost its carrier"));
}

static void
on_failover(const char *bond, GVariant *parameters)
{
	const char *old;
	const char *new;
	const char *reason;
	guint64 seen;
	guint64 swapped;
	guint64 frame;

	g_variant_get(parameters, "(&s&s&sttt)", &old, &new, &reason, &seen, &swapped, &frame);
	if (frame > seen)
		say(frame, bond, _("failover to %s done: plan after %.1f µs, first frame after %.1f µs"), new,
		    (double) (swapped - seen) / 1000, (double) (frame - seen) / 1000);
	else
		say(swapped, bond, _("failover to %s done: plan after %.1f µs, no frame since"), new,
		    (double) (swapped - seen) / 1000);
}

static void
on_option(const char *bond, GVariant *parameters)
{
	const char *option;
	const char *value;
	guint64 time;

	g_variant_get(parameters, "(&s&s&s&s&stt)", &option, NULL, NULL, &value, NULL, &time, NULL);
	say(time, bond, _("option %s is %s"), option, *value != '\0' ? value : _("empty"));
}

static void
on_peers(const char *bond, GVariant *parameters)
{
	const char *port;
	guint64 time;

	g_variant_get(parameters, "(&st)", &port, &time);
	say(time, bond, _("peers were told by %s"), port);
}

static void
on_lacp_state(const char *bond, GVariant *parameters)
{
	const char *port;
	const char *verdict;
	guint64 time;
	guint8 old_actor, actor, old_partner, partner;

	g_variant_get(parameters, "(&syyyy&stt)", &port, &old_actor, &actor, &old_partner, &partner, &verdict, &time,
		      NULL);
	say(time, bond, _("LACP on %s: we tell %02x, the partner %02x: %s"), port, actor, partner, verdict);
}

static void
on_aggregator(const char *bond, GVariant *parameters)
{
	guint16 old_id;
	guint16 id;
	guint64 time;

	g_variant_get(parameters, "(qq&stt)", &old_id, &id, NULL, &time, NULL);
	if (id != 0)
		say(time, bond, _("aggregator %u is active"), id);
	else
		say(time, bond, _("no aggregator is active"));
}

static const struct {
	const char *signal;
	const char *type;
	void (*print)(const char *bond, GVariant *parameters);
} printers[] = {
    {"ActivePortChanged", "(ssstt)", on_active_port},
    {"PortLinkChanged", "(sssstt)", on_port_link},
    {"PortAdded", "(sstt)", on_port_added},
    {"PortRemoved", "(sstt)", on_port_removed},
    {"CarrierChanged", "(bbstt)", on_carrier},
    {"FailoverCompleted", "(sssttt)", on_failover},
    {"OptionChanged", "(ssssstt)", on_option},
    {"PeersNotified", "(st)", on_peers},
    {"LacpStateChanged", "(syyyystt)", on_lacp_state},
    {"AggregatorChanged", "(qqstt)", on_aggregator},
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
	g_autofree char *bond = name_of_path(path);

	for (guint i = 0; i < G_N_ELEMENTS(printers); i++) {
		if (g_str_equal(signal, printers[i].signal) &&
		    g_variant_is_of_type(parameters, G_VARIANT_TYPE(printers[i].type)))
			printers[i].print(bond, parameters);
	}
	fflush(stdout);
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
	gboolean added = g_str_equal(signal, "InterfacesAdded");
	const char *object = NULL;
	g_autofree char *bond = NULL;

	if (!added && !g_str_equal(signal, "InterfacesRemoved"))
		return;
	g_variant_get_child(parameters, 0, "&o", &object);
	if (!g_str_has_prefix(object, ROOT_PATH "/") || strchr(object + strlen(ROOT_PATH "/"), '/') != NULL)
		return;
	if (!names_bond(parameters, added))
		return;
	bond = name_of_path(object);
	say((guint64) g_get_monotonic_time() * 1000, bond, "%s", added ? _("created") : _("removed"));
	fflush(stdout);
}

static void
on_vanished(GDBusConnection *connection, const char *name, gpointer user)
{
	struct monitor *monitor = user;

	client_complain(_("bondd is not running: start it with “systemctl start bondd”"));
	monitor->code = EXIT_NO_DAEMON;
	g_main_loop_quit(monitor->loop);
}

static gboolean
on_stop(gpointer user)
{
	struct monitor *monitor = user;

	g_main_loop_quit(monitor->loop);
	return G_SOURCE_CONTINUE;
}

enum exit_code
command_monitor(struct client *client, guint n, char **arguments)
{
	struct monitor monitor = {.loop = g_main_loop_new(NULL, FALSE), .code = EXIT_OK};
	GDBusConnection *connection = client->connection;
	guint watch = g_bus_watch_name_on_connection(connection, BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_AUTO_START, NULL,
						     on_vanished, &monitor, NULL);
	guint events = g_dbus_connection_signal_subscribe(connection, BUS_NAME, BOND_INTERFACE, NULL, NULL, NULL,
							  G_DBUS_SIGNAL_FLAGS_NONE, on_signal, NULL, NULL);
	guint lacp = g_dbus_connection_signal_subscribe(connection, BUS_NAME, LACP_INTERFACE, NULL, NULL, NULL,
							G_DBUS_SIGNAL_FLAGS_NONE, on_signal, NULL, NULL);
	guint objects =
	    g_dbus_connection_signal_subscribe(connection, BUS_NAME, "org.freedesktop.DBus.ObjectManager", NULL,
					       ROOT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_object, NULL, NULL);
	guint interrupt = g_unix_signal_add(SIGINT, on_stop, &monitor);
	guint term = g_unix_signal_add(SIGTERM, on_stop, &monitor);

	g_main_loop_run(monitor.loop);
	g_source_remove(interrupt);
	g_source_remove(term);
	g_bus_unwatch_name(watch);
	g_dbus_connection_signal_unsubscribe(connection, events);
	g_dbus_connection_signal_unsubscribe(connection, lacp);
	g_dbus_connection_signal_unsubscribe(connection, objects);
	g_main_loop_unref(monitor.loop);
	return monitor.code;
}
