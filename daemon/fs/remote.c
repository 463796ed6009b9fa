/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remote.h"

#include <errno.h>

/* Who waits here is a process that reads a file. */
#define TIMEOUT_MS 10000

/* As the introspection of org.example.Bond.Manager has them. */
static const struct {
	const char *name;
	int errnum;
} errors[] = {
    {"org.example.Bond.Error.WrongMode", EACCES},
    {"org.example.Bond.Error.Busy", EBUSY},
    {"org.example.Bond.Error.NotPermitted", EPERM},
    {"org.example.Bond.Error.HasPorts", ENOTEMPTY},
    {"org.example.Bond.Error.InvalidValue", EINVAL},
    {"org.example.Bond.Error.InvalidName", EINVAL},
    {"org.example.Bond.Error.NoSuchOption", ENOENT},
    {"org.example.Bond.Error.Exists", EEXIST},
    {"org.example.Bond.Error.NoDevice", ENODEV},
    {"org.example.Bond.Error.NoSuchBond", ENODEV},
    {"org.example.Bond.Error.NoSuchPort", EINVAL},
    {"org.example.Bond.Error.AddressInUse", EFAULT},
    {"org.example.Bond.Error.NotSupported", EOPNOTSUPP},
    {"org.freedesktop.DBus.Error.AccessDenied", EACCES},
    {"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", EACCES},
    {"org.freedesktop.DBus.Error.UnknownObject", ENODEV},
    {"org.freedesktop.DBus.Error.UnknownMethod", ENODEV}, /* of an object that is gone */
};

static int
errno_of(const GError *error)
{
	g_autofree char *name = g_dbus_error_get_remote_error(error);

	for (guint i = 0; name != NULL && i < G_N_ELEMENTS(errors); i++) {
		if (g_str_equal(name, errors[i].name))
			return errors[i].errnum;
	}
	return EIO;
}

GDBusConnection *
remote_open(GBusType bus, GError **error)
{
	GDBusConnection *connection = g_bus_get_sync(bus, NULL, error);

	/* A bus that is started anew is no reason to leave what is mounted without an owner: reads fail instead. */
	if (connection != NULL)
		g_dbus_connection_set_exit_on_close(connection, FALSE);
	return connection;
}

static GVariant *
call(GDBusConnection *connection, const char *path, const char *interface, const char *method, GVariant *arguments,
     const GVariantType *reply, int *errnum)
{
	g_autoptr(GError) error = NULL;
	GVariant *answer =
	    g_dbus_connection_call_sync(connection, "org.example.Bond", path, interface, method, arguments, reply,
					G_DBUS_CALL_FLAGS_NO_AUTO_START, TIMEOUT_MS, NULL, &error);

	*errnum = answer != NULL ? 0 : errno_of(error);
	return answer;
}

/* --- What there is --- */

static void
port_free(gpointer data)
{
	struct remote_port *port = data;

	g_free(port->name);
	g_free(port->path);
	g_free(port);
}

static void
bond_free(gpointer data)
{
	struct remote_bond *bond = data;

	g_free(bond->name);
	g_free(bond->path);
	g_ptr_array_unref(bond->ports);
	g_free(bond);
}

static gint
compare_bonds(gconstpointer a, gconstpointer b)
{
	const struct remote_bond *const *left = a;
	const struct remote_bond *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

/* An object's properties of @interface, if it has it: a{sv}. */
static GVariant *
properties_of(GVariant *interfaces, const char *interface)
{
	return g_variant_lookup_value(interfaces, interface, G_VARIANT_TYPE_VARDICT);
}

static struct remote_bond *
bond_new(const char *path, GVariant *properties)
{
	struct remote_bond *bond = g_new0(struct remote_bond, 1);
	g_autofree char **ports = NULL;

	bond->path = g_strdup(path);
	bond->ports = g_ptr_array_new_with_free_func(port_free);
	if (!g_variant_lookup(properties, "Name", "s", &bond->name))
		bond->name = g_strdup("");
	g_variant_lookup(properties, "Ports", "^a&s", &ports);
	for (guint i = 0; ports != NULL && ports[i] != NULL; i++) {
		struct remote_port *port = g_new0(struct remote_port, 1);

		port->name = g_strdup(ports[i]);
		g_ptr_array_add(bond->ports, port);
	}
	return bond;
}

static void
take_path(const GPtrArray *bonds, const char *path, GVariant *properties)
{
	const char *name = NULL;
	const char *bond_name = NULL;
	const struct remote_bond *bond;

	if (!g_variant_lookup(properties, "Name", "&s", &name) ||
	    !g_variant_lookup(properties, "Bond", "&s", &bond_name))
		return;
	bond = remote_find_bond(bonds, bond_name);
	for (guint i = 0; bond != NULL && i < bond->ports->len; i++) {
		struct remote_port *port = g_ptr_array_index(bond->ports, i);

		if (g_str_equal(port->name, name) && port->path == NULL)
			port->path = g_strdup(path);
	}
}

/* A port whose object is not there yet, or no longer, is none. */
static void
drop_pathless(GPtrArray *bonds)
{
	for (guint i = 0; i < bonds->len; i++) {
		const struct remote_bond *bond = g_ptr_array_index(bonds, i);

		for (guint j = bond->ports->len; j-- > 0;) {
			const struct remote_port *port = g_ptr_array_index(bond->ports, j);

			if (port->path == NULL)
				g_ptr_array_remove_index(bond->ports, j);
		}
	}
}

typedef void (*visit_func)(GPtrArray *bonds, const char *path, GVariant *properties);

static void
visit(GVariant *objects, const char *interface, GPtrArray *bonds, visit_func func)
{
	GVariantIter iter;
	const char *path;
	GVariant *interfaces;

	g_variant_iter_init(&iter, objects);
	while (g_variant_iter_loop(&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
		g_autoptr(GVariant) properties = properties_of(interfaces, interface);

		if (properties != NULL)
			func(bonds, path, properties);
	}
}

static void
visit_bond(GPtrArray *bonds, const char *path, GVariant *properties)
{
	g_ptr_array_add(bonds, bond_new(path, properties));
}

static void
visit_port(GPtrArray *bonds, const char *path, GVariant *properties)
{
	take_path(bonds, path, properties);
}

GPtrArray *
remote_bonds(GDBusConnection *connection, int *errnum)
{
	g_autoptr(GVariant) answer = call(connection, REMOTE_ROOT, "org.freedesktop.DBus.ObjectManager",
					  "GetManagedObjects", NULL, G_VARIANT_TYPE("(a{oa{sa{sv}}})"), errnum);
	g_autoptr(GVariant) objects = NULL;
	GPtrArray *bonds;

	if (answer == NULL)
		return NULL;
	objects = g_variant_get_child_value(answer, 0);
	bonds = g_ptr_array_new_with_free_func(bond_free);
	visit(objects, REMOTE_BOND, bonds, visit_bond);
	visit(objects, REMOTE_PORT, bonds, visit_port);
	drop_pathless(bonds);
	g_ptr_array_sort(bonds, compare_bonds);
	return bonds;
}

const struct remote_bond *
remote_find_bond(const GPtrArray *bonds, const char *name)
{
	for (guint i = 0; i < bonds->len; i++) {
		const struct remote_bond *bond = g_ptr_array_index(bonds, i);

		if (g_str_equal(bond->name, name))
			return bond;
	}
	return NULL;
}

const struct remote_port *
remote_find_port(const GPtrArray *bonds, const char *name, const struct remote_bond **owner)
{
	for (guint i = 0; i < bonds->len; i++) {
		const struct remote_bond *bond = g_ptr_array_index(bonds, i);

		for (guint j = 0; j < bond->ports->len; j++) {
			const struct remote_port *port = g_ptr_array_index(bond->ports, j);

			if (!g_str_equal(port->name, name))
				continue;
			if (owner != NULL)
				*owner = bond;
			return port;
		}
	}
	return NULL;
}

/* --- Calls --- */

int
remote_read(GDBusConnection *connection, const char *path, const char *interface, const char *method,
	    GVariant *arguments, char **text)
{
	int errnum;
	g_autoptr(GVariant) answer =
	    call(connection, path, interface, method, arguments, G_VARIANT_TYPE("(s)"), &errnum);

	if (answer != NULL)
		g_variant_get(answer, "(s)", text);
	return errnum;
}

int
remote_call(GDBusConnection *connection, const char *path, const char *interface, const char *method,
	    GVariant *arguments)
{
	int errnum;
	g_autoptr(GVariant) answer = call(connection, path, interface, method, arguments, NULL, &errnum);

	return errnum;
}
