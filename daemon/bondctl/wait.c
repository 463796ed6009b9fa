/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "wait.h"

#include "lacp.h"
#include "objects.h"

#include <glib/gi18n.h>

#define DEFAULT_SECONDS 30

/* What is there of the name that is waited for. */
struct view {
	const struct object *bond; /* that it is, or that it is a port of; NULL: neither */
	const struct object *port; /* NULL: it is a bond */
};

static gboolean
port_in_use(const struct object *port)
{
	gboolean forwarding = TRUE;

	if (port->lacp != NULL)
		g_variant_lookup(port->lacp, "Forwarding", "b", &forwarding);
	return forwarding && g_str_equal(object_string(port, "Link"), "up");
}

static gboolean
bond_works(const struct object *bond)
{
	return !object_boolean(bond, "Up") || bond->ports->len == 0 || object_boolean(bond, "Carrier");
}

static gboolean
is_reached(const struct view *view, enum wait_state state, const char *name)
{
	if (view->bond == NULL)
		return FALSE;
	switch (state) {
	case WAIT_BOND_UP:
		return object_boolean(view->bond, "Up");
	case WAIT_BOND_WORKS:
		return bond_works(view->bond);
	case WAIT_PORT_IN_USE:
		return view->port != NULL && port_in_use(view->port);
	case WAIT_PORT_ACTIVE:
		return g_str_equal(object_string(view->bond, "ActivePort"), name);
	case WAIT_WORKS:
		return view->port != NULL ? port_in_use(view->port) : bond_works(view->bond);
	}
	return FALSE;
}

static struct view
look(const GPtrArray *bonds, const char *name)
{
	struct view view = {.bond = objects_find_bond(bonds, name)};

	if (view.bond == NULL)
		view.port = objects_find_port(bonds, name, &view.bond);
	return view;
}

static void
complain(const struct view *view, const char *name, double seconds)
{
	g_autofree char *verdict = NULL;

	if (view->port != NULL && view->port->lacp != NULL) {
		verdict = lacp_verdict(view->port);
		client_complain(_("waited %g s in vain for %s: %s"), seconds, name, verdict);
	} else if (view->port != NULL) {
		client_complain(_("waited %g s in vain for %s: its link is %s, it is %s"), seconds, name,
				object_string(view->port, "Link"), object_string(view->port, "State"));
	} else if (view->bond != NULL) {
		client_complain(object_boolean(view->bond, "Up") ? _("waited %g s in vain for %s: it has no carrier")
								 : _("waited %g s in vain for %s: it is set down"),
				seconds, name);
	} else {
		client_complain(_("waited %g s in vain for %s: there is no bond or port of this name"), seconds, name);
	}
}

static void
on_change(GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *signal,
	  GVariant *parameters, gpointer user)
{
	gboolean *changed = user;

	*changed = TRUE;
}

static gboolean
on_timeout(gpointer user)
{
	gboolean *over = user;

	*over = TRUE;
	return G_SOURCE_CONTINUE;
}

/* Looks whenever the service tells of a change; the first look is before any. */
static enum exit_code
wait_until(struct client *client, enum wait_state state, const char *name, double seconds, const gboolean *over,
	   gboolean *changed)
{
	for (;;) {
		g_autoptr(GPtrArray) bonds = objects_read(client);
		struct view view;

		if (bonds == NULL)
			return client->failure;
		view = look(bonds, name);
		if (is_reached(&view, state, name))
			return EXIT_OK;
		while (!*over && !*changed)
			g_main_context_iteration(NULL, TRUE);
		if (*over) {
			complain(&view, name, seconds);
			return EXIT_TIMEOUT;
		}
		*changed = FALSE;
	}
}

enum exit_code
wait_after(struct client *client, enum exit_code code, enum wait_state state, const char *name)
{
	double seconds = flags_duration(client->flags, FLAG_WAIT, DEFAULT_SECONDS);
	gboolean changed = FALSE;
	gboolean over = FALSE;
	guint signals;
	guint timer;

	if (code != EXIT_OK || !client_has(client, FLAG_WAIT))
		return code;
	signals = g_dbus_connection_signal_subscribe(client->connection, BUS_NAME, NULL, NULL, NULL, NULL,
						     G_DBUS_SIGNAL_FLAGS_NONE, on_change, &changed, NULL);
	timer = g_timeout_add((guint) MIN(seconds * 1000, G_MAXUINT), on_timeout, &over);
	code = wait_until(client, state, name, seconds, &over, &changed);
	g_source_remove(timer);
	g_dbus_connection_signal_unsubscribe(client->connection, signals);
	return code;
}
