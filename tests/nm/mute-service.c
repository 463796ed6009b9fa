/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bondd that has taken its name on the bus and says nothing, as one that hangs when it starts: mute-service. It stops
 * itself once it has the name.
 */
#include <gio/gio.h>
#include <signal.h>

int
main(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
	g_autoptr(GVariant) answer = NULL;

	if (bus != NULL)
		answer = g_dbus_connection_call_sync(
		    bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
		    g_variant_new("(su)", "org.example.Bond", 0), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
	if (answer == NULL) {
		g_printerr("mute-service: %s\n", error->message);
		return 1;
	}
	raise(SIGSTOP);
	return 0;
}
