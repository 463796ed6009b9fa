/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "objects.h"

#include "json.h"

#include <glib/gi18n.h>

static void
object_free(gpointer data)
{
	struct object *object = data;

	g_free(object->path);
	g_free(object->name);
	g_variant_unref(object->properties);
	g_clear_pointer(&object->lacp, g_variant_unref);
	g_ptr_array_unref(object->ports);
	g_free(object);
}

static struct object *
object_new(const char *path, gboolean is_bond, GVariant *properties, GVariant *lacp)
{
	struct object *object = g_new0(struct object, 1);

	object->path = g_strdup(path);
	object->properties = properties;
	object->lacp = lacp;
	object->is_bond = is_bond;
	object->ports = g_ptr_array_new_with_free_func(object_free);
	object->name = g_strdup(object_string(object, "Name"));
	return object;
}

static void
sort_object(GPtrArray *bonds, GPtrArray *ports, const char *path, GVariant *interfaces)
{
	GVariant *bond = g_variant_lookup_value(interfaces, BOND_INTERFACE, G_VARIANT_TYPE("a{sv}"));
	GVariant *port = g_variant_lookup_value(interfaces, PORT_INTERFACE, G_VARIANT_TYPE("a{sv}"));
	const char *lacp = bond != NULL ? LACP_INTERFACE : PORT_LACP_INTERFACE;

	if (bond == NULL && port == NULL)
		return;
	g_ptr_array_add(bond != NULL ? bonds : ports,
			object_new(path, bond != NULL, bond != NULL ? bond : port,
				   g_variant_lookup_value(interfaces, lacp, G_VARIANT_TYPE("a{sv}"))));
}

static struct object *
steal_port(GPtrArray *ports, const char *bond, const char *name)
{
	for (guint i = 0; i < ports->len; i++) {
		const struct object *port = g_ptr_array_index(ports, i);

		if (g_str_equal(port->name, name) && g_str_equal(object_string(port, "Bond"), bond))
			return g_ptr_array_steal_index(ports, i);
	}
	return NULL;
}

/* In the order of the bond's own list. */
static void
give_ports(struct object *bond, GPtrArray *ports)
{
	g_autofree const char **names = NULL;

	if (!g_variant_lookup(bond->properties, "Ports", "^a&s", &names))
		return;
	for (guint i = 0; names[i] != NULL; i++) {
		struct object *port = steal_port(ports, bond->name, names[i]);

		if (port != NULL)
			g_ptr_array_add(bond->ports, port);
	}
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
	const struct object *const *left = a;
	const struct object *const *right = b;

	return g_strcmp0((*left)->name, (*right)->name);
}

GPtrArray *
objects_read(struct client *client)
{
	g_autoptr(GVariant) reply = client_call(client, ROOT_PATH, "org.freedesktop.DBus.ObjectManager",
						"GetManagedObjects", NULL, "(a{oa{sa{sv}}})");
	g_autoptr(GPtrArray) ports = g_ptr_array_new_with_free_func(object_free);
	g_autoptr(GVariantIter) iter = NULL;
	GPtrArray *bonds;
	GVariant *interfaces;
	const char *path;

	if (reply == NULL)
		return NULL;
	bonds = g_ptr_array_new_with_free_func(object_free);
	g_variant_get(reply, "(a{oa{sa{sv}}})", &iter);
	while (g_variant_iter_loop(iter, "{&o@a{sa{sv}}}", &path, &interfaces))
		sort_object(bonds, ports, path, interfaces);
	g_ptr_array_sort(bonds, compare_names);
	for (guint i = 0; i < bonds->len; i++)
		give_ports(g_ptr_array_index(bonds, i), ports);
	return bonds;
}

const struct object *
objects_find_bond(const GPtrArray *bonds, const char *name)
{
	for (guint i = 0; i < bonds->len; i++) {
		const struct object *bond = g_ptr_array_index(bonds, i);

		if (g_str_equal(bond->name, name))
			return bond;
	}
	return NULL;
}

GPtrArray *
objects_read_one(struct client *client, const char *name)
{
	g_autoptr(GPtrArray) bonds = objects_read(client);

	if (bonds == NULL || name == NULL)
		return g_steal_pointer(&bonds);
	if (objects_find_bond(bonds, name) == NULL) {
		client->failure = objects_not_found(name);
		return NULL;
	}
	for (guint i = bonds->len; i > 0; i--) {
		const struct object *bond = g_ptr_array_index(bonds, i - 1);

		if (!g_str_equal(bond->name, name))
			g_ptr_array_remove_index(bonds, i - 1);
	}
	return g_steal_pointer(&bonds);
}

static const struct object *
find_port_of(const struct object *bond, const char *name)
{
	for (guint i = 0; i < bond->ports->len; i++) {
		const struct object *port = g_ptr_array_index(bond->ports, i);

		if (g_str_equal(port->name, name))
			return port;
	}
	return NULL;
}

const struct object *
objects_find_port(const GPtrArray *bonds, const char *name, const struct object **bond)
{
	for (guint i = 0; i < bonds->len; i++) {
		const struct object *candidate = g_ptr_array_index(bonds, i);
		const struct object *port = find_port_of(candidate, name);

		if (port == NULL)
			continue;
		if (bond != NULL)
			*bond = candidate;
		return port;
	}
	return NULL;
}

static const char *
string_of(GVariant *properties, const char *property)
{
	const char *text = "";

	if (properties != NULL)
		g_variant_lookup(properties, property, "&s", &text);
	return text;
}

static guint64
number_of(GVariant *properties, const char *property)
{
	g_autoptr(GVariant) value = properties != NULL ? g_variant_lookup_value(properties, property, NULL) : NULL;

	if (value == NULL)
		return 0;
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
		return g_variant_get_uint64(value);
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
		return g_variant_get_uint32(value);
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT16))
		return g_variant_get_uint16(value);
	return 0;
}

const char *
object_string(const struct object *object, const char *property)
{
	return string_of(object->properties, property);
}

gboolean
object_boolean(const struct object *object, const char *property)
{
	gboolean value = FALSE;

	g_variant_lookup(object->properties, property, "b", &value);
	return value;
}

guint64
object_number(const struct object *object, const char *property)
{
	return number_of(object->properties, property);
}

const char *
object_lacp_string(const struct object *object, const char *property)
{
	return string_of(object->lacp, property);
}

guint64
object_lacp_number(const struct object *object, const char *property)
{
	return number_of(object->lacp, property);
}

static GVariant *
describe(const struct object *object)
{
	GVariantBuilder members;
	GVariantBuilder lacp;

	g_variant_builder_init(&members, G_VARIANT_TYPE("a{sv}"));
	json_add_properties(&members, object->properties, "Ports");
	if (object->lacp != NULL) {
		g_variant_builder_init(&lacp, G_VARIANT_TYPE("a{sv}"));
		json_add_properties(&lacp, object->lacp, NULL);
		g_variant_builder_add(&members, "{sv}", "lacp", g_variant_builder_end(&lacp));
	}
	if (object->is_bond)
		g_variant_builder_add(&members, "{sv}", "ports", objects_describe(object->ports));
	return g_variant_builder_end(&members);
}

GVariant *
objects_describe(const GPtrArray *bonds)
{
	GVariantBuilder list;

	g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
	for (guint i = 0; i < bonds->len; i++)
		g_variant_builder_add_value(&list, describe(g_ptr_array_index(bonds, i)));
	return g_variant_builder_end(&list);
}

enum exit_code
objects_not_found(const char *name)
{
	client_complain(_("there is no bond or port %s; “bondctl” lists those that are"), name);
	return EXIT_NOT_FOUND;
}
