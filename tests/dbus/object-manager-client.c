/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client as GLib programs are: GDBusObjectManagerClient with the types that gdbus-codegen makes. It expects bond0 with
 * eth0 and eth1 in active-backup, changes it in every way there is, and says what it sees.
 */
#include "bond-dbus.h"

#include <stdlib.h>

#define LIMIT_MS 10000

struct client {
	GMainLoop *loop;
	GDBusObjectManager *manager;
	DbusBond *bond;
	char *removed;	/* object path */
	char *option;	/* that was told to change, with its old and new value */
	guint notified; /* property changes of the bond */
};

static gboolean
on_limit(gpointer user)
{
	g_printerr("nothing happened within %d ms\n", LIMIT_MS);
	exit(EXIT_FAILURE);
}

/* Runs until @done says so. */
static void
wait_until(struct client *client, gboolean (*done)(struct client *client))
{
	guint limit = g_timeout_add(LIMIT_MS, on_limit, NULL);

	while (!done(client))
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(limit);
}

static void
on_object_removed(GDBusObjectManager *manager, GDBusObject *object, gpointer user)
{
	struct client *client = user;

	g_free(client->removed);
	client->removed = g_strdup(g_dbus_object_get_object_path(object));
}

static void
on_option_changed(DbusBond *bond, const char *option, const char *port, const char *was, const char *is,
		  const char *reason, guint64 seen, guint64 swapped, gpointer user)
{
	struct client *client = user;

	g_free(client->option);
	client->option = g_strdup_printf("%s from %s to %s", option, was, is);
}

static void
on_notify(GObject *object, GParamSpec *pspec, gpointer user)
{
	struct client *client = user;

	client->notified++;
}

static void
open_client(struct client *client)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusObject) object = NULL;

	client->manager =
	    dbus_object_manager_client_new_for_bus_sync(G_BUS_TYPE_SYSTEM, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE,
							"org.example.Bond", "/org/example/Bond", NULL, &error);
	g_assert_no_error(error);
	object = g_dbus_object_manager_get_object(client->manager, "/org/example/Bond/bond0");
	g_assert_true(DBUS_IS_OBJECT(object));
	client->bond = dbus_object_get_bond(DBUS_OBJECT(object));
	g_assert_nonnull(client->bond);
	g_signal_connect(client->manager, "object-removed", G_CALLBACK(on_object_removed), client);
	g_signal_connect(client->bond, "option-changed", G_CALLBACK(on_option_changed), client);
	g_signal_connect(client->bond, "notify::updelay", G_CALLBACK(on_notify), client);
}

static void
show_objects(struct client *client)
{
	GList *objects = g_dbus_object_manager_get_objects(client->manager);

	for (GList *link = objects; link != NULL; link = link->next) {
		DbusObject *object = DBUS_OBJECT(link->data);
		DbusBondPort *port = dbus_object_peek_bond_port(object);

		if (port != NULL)
			g_print("port %s of %s: %s, prio %d\n", dbus_bond_port_get_name(port),
				dbus_bond_port_get_bond(port), dbus_bond_port_get_link(port),
				dbus_bond_port_get_prio(port));
	}
	g_list_free_full(objects, g_object_unref);
	g_print("bond %s: %s, miimon %u, active %s\n", dbus_bond_get_name(client->bond),
		dbus_bond_get_mode(client->bond), dbus_bond_get_miimon(client->bond),
		dbus_bond_get_active_port(client->bond));
}

static gboolean
is_slower(struct client *client)
{
	return dbus_bond_get_updelay(client->bond) == 300;
}

static gboolean
option_is_told(struct client *client)
{
	return client->option != NULL;
}

/* Setting a property of the proxy writes it on the bus. */
static void
write_property(struct client *client)
{
	dbus_bond_set_updelay(client->bond, 300);
	wait_until(client, is_slower);
	wait_until(client, option_is_told);
	g_assert_cmpuint(client->notified, >, 0);
	g_print("option %s\n", client->option);
}

static GVariant *
one_option(const char *name, GVariant *value)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&builder, "{sv}", name, value);
	return g_variant_builder_end(&builder);
}

static void
call_methods(struct client *client)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) events = NULL;
	g_autofree char *name = NULL;

	dbus_bond_call_set_options_sync(client->bond, one_option("num_grat_arp", g_variant_new_uint32(4)), NULL,
					&error);
	g_assert_no_error(error);
	g_assert_false(dbus_bond_call_set_options_sync(
	    client->bond, one_option("lacp_rate", g_variant_new_string("fast")), NULL, &error));
	name = g_dbus_error_get_remote_error(error);
	g_print("refused: %s\n", name);
	g_clear_error(&error);
	dbus_bond_call_get_history_sync(client->bond, 0, 0, &events, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(g_variant_n_children(events), >, 5);
}

static gboolean
port_is_gone(struct client *client)
{
	return client->removed != NULL;
}

static void
remove_port(struct client *client)
{
	g_autoptr(GError) error = NULL;

	dbus_bond_call_remove_port_sync(client->bond, "eth1", NULL, &error);
	g_assert_no_error(error);
	wait_until(client, port_is_gone);
	g_print("removed %s\n", client->removed);
}

int
main(void)
{
	struct client client = {0};

	open_client(&client);
	show_objects(&client);
	write_property(&client);
	call_methods(&client);
	remove_port(&client);
	g_object_unref(client.bond);
	g_object_unref(client.manager);
	g_free(client.option);
	g_free(client.removed);
	return 0;
}
