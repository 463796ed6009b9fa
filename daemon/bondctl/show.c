/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "json.h"
#include "lacp.h"
#include "objects.h"
#include "table.h"

#include <glib/gi18n.h>
#include <inttypes.h>

static char *
speed_text(const struct object *port)
{
	guint64 speed = object_number(port, "Speed");

	if (speed == 0)
		return g_strdup(_("unknown speed"));
	return g_strdup_printf("%" G_GUINT64_FORMAT " Mbit/s %s", speed, object_string(port, "Duplex"));
}

static const char *
dash_if_empty(const char *text)
{
	return *text != '\0' ? text : "-";
}

static void
add_port_row(Table *table, const struct object *port)
{
	g_autofree char *name = g_strconcat("  ", port->name, NULL);
	g_autofree char *speed = speed_text(port);

	table_row(table, name, object_string(port, "Link"), object_string(port, "State"), speed, NULL);
}

enum exit_code
command_overview(struct client *client, guint n, char **arguments)
{
	g_autoptr(GPtrArray) bonds = objects_read(client);
	g_autoptr(Table) table = table_new();

	if (bonds == NULL)
		return client->failure;
	if (client_has(client, FLAG_JSON)) {
		json_print(objects_describe(bonds));
		return EXIT_OK;
	}
	if (bonds->len == 0) {
		g_print("%s\n", _("There are no bonds. “bondctl create bond0 mode=active-backup miimon=100” makes one, "
				  "“bondctl apply” those of the ifcfg files."));
		return EXIT_OK;
	}
	table_row(table, _("NAME"), _("LINK"), _("ACTIVE"), _("MODE"), NULL);
	for (guint i = 0; i < bonds->len; i++) {
		const struct object *bond = g_ptr_array_index(bonds, i);

		table_row(table, bond->name,
			  object_boolean(bond, "Up") ? object_string(bond, "MiiStatus") : _("set down"),
			  dash_if_empty(object_string(bond, "ActivePort")), object_string(bond, "Mode"), NULL);
		for (guint p = 0; p < bond->ports->len; p++)
			add_port_row(table, g_ptr_array_index(bond->ports, p));
	}
	table_print(table);
	return EXIT_OK;
}

/* --- show --- */

static void
add_number(Table *table, const char *label, guint64 number)
{
	g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);

	table_row(table, label, text, NULL);
}

static void
add_traffic(Table *table, const char *label, const struct object *object, const char *packets, const char *bytes)
{
	guint64 n = object_number(object, packets);
	g_autofree char *size = g_format_size_full(object_number(object, bytes), G_FORMAT_SIZE_IEC_UNITS);
	g_autofree char *text =
	    g_strdup_printf(ngettext("%" PRIu64 " frame, %s", "%" PRIu64 " frames, %s", n), n, size);

	table_row(table, label, text, NULL);
}

static void
add_drops(Table *table, const char *label, const struct object *object)
{
	g_autoptr(GVariant) drops = g_variant_lookup_value(object->properties, "Drops", G_VARIANT_TYPE("a{st}"));
	g_autoptr(GString) text = g_string_new(NULL);
	GVariantIter iter;
	const char *cause;
	guint64 count;

	if (drops == NULL)
		return;
	g_variant_iter_init(&iter, drops);
	while (g_variant_iter_next(&iter, "{&st}", &cause, &count)) {
		if (count > 0)
			g_string_append_printf(text, "%s%s %" G_GUINT64_FORMAT, text->len > 0 ? ", " : "", cause,
					       count);
	}
	table_row(table, label, text->len > 0 ? text->str : _("none"), NULL);
}

static char *
how_long_ago(guint64 time)
{
	guint64 now = (guint64) g_get_monotonic_time() * 1000;
	guint64 seconds = now > time ? (now - time) / 1000000000 : 0;

	if (time == 0)
		return g_strdup(_("never"));
	return g_strdup_printf(_("%" PRIu64 " s ago"), seconds);
}

static void
show_bond(const struct object *bond)
{
	g_autoptr(Table) table = table_new();
	g_autofree char *failover = how_long_ago(object_number(bond, "LastFailover"));
	const char *link = object_string(bond, "MiiStatus");

	g_print("%s\n", bond->name);
	table_row(table, _("  Mode"), object_string(bond, "Mode"), NULL);
	table_row(table, _("  Link"), object_boolean(bond, "Up") ? link : _("set down"), NULL);
	table_row(table, _("  Active port"), dash_if_empty(object_string(bond, "ActivePort")), NULL);
	lacp_add_bond(table, bond);
	table_row(table, _("  Last failover"), failover, NULL);
	table_row(table, _("  Address"), object_string(bond, "Address"), NULL);
	add_number(table, _("  MTU"), object_number(bond, "Mtu"));
	table_row(table, _("  Host interface"), object_string(bond, "HostKind"), NULL);
	add_traffic(table, _("  Received"), bond, "RxPackets", "RxBytes");
	add_traffic(table, _("  Sent"), bond, "TxPackets", "TxBytes");
	add_drops(table, _("  Lost"), bond);
	table_print(table);
}

/* As “bondctl set” takes it. */
static char *
option_text(GVariant *value)
{
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
		return g_variant_dup_string(value, NULL);
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
		return g_strdup(g_variant_get_boolean(value) ? "on" : "off");
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY)) {
		g_autofree const char **items = g_variant_get_strv(value, NULL);

		return g_strjoinv(",", (char **) items);
	}
	return g_variant_print(value, FALSE);
}

static gboolean
show_options(struct client *client, const struct object *bond)
{
	g_autoptr(GVariant) reply = client_call(client, bond->path, BOND_INTERFACE, "GetOptions", NULL, "(a{sv})");
	g_autoptr(GVariant) options = reply != NULL ? g_variant_get_child_value(reply, 0) : NULL;
	g_autoptr(GString) text = g_string_new(_("  Options"));
	gsize column = 0;
	GVariantIter iter;
	const char *name;
	GVariant *typed;

	if (options == NULL)
		return FALSE;
	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&sv}", &name, &typed)) {
		g_autoptr(GVariant) held = typed;
		g_autofree char *value = option_text(held);
		gsize len = strlen(name) + strlen(value) + 2;

		if (*value == '\0')
			continue;
		g_string_append(text, column == 0 || column + len > 100 ? "\n    " : " ");
		column = column == 0 || column + len > 100 ? len : column + len;
		g_string_append_printf(text, "%s=%s", name, value);
	}
	g_print("%s\n", text->str);
	return TRUE;
}

/* "native, zero-copy, 4 queues" */
static char *
xdp_text(const struct object *port)
{
	guint64 queues = object_number(port, "Queues");

	return g_strdup_printf(ngettext("%s, %s, %" PRIu64 " queue", "%s, %s, %" PRIu64 " queues", queues),
			       object_string(port, "XdpMode"),
			       object_boolean(port, "ZeroCopy") ? _("zero-copy") : _("copy"), queues);
}

static void
show_port(const struct object *port)
{
	g_autoptr(Table) table = table_new();
	g_autofree char *speed = speed_text(port);
	g_autofree char *xdp = xdp_text(port);

	g_print(_("  Port %s\n"), port->name);
	table_row(table, _("    Link"), object_string(port, "Link"), NULL);
	table_row(table, _("    State"), object_string(port, "State"), NULL);
	table_row(table, _("    Speed"), speed, NULL);
	lacp_add_port(table, port);
	add_number(table, _("    Link failures"), object_number(port, "LinkFailureCount"));
	table_row(table, _("    Permanent address"), object_string(port, "PermanentAddress"), NULL);
	table_row(table, _("    Address"), object_string(port, "Address"), NULL);
	add_number(table, _("    Queue"), object_number(port, "QueueId"));
	table_row(table, _("    AF_XDP"), xdp, NULL);
	add_traffic(table, _("    Received"), port, "RxPackets", "RxBytes");
	add_traffic(table, _("    Sent"), port, "TxPackets", "TxBytes");
	add_drops(table, _("    Lost"), port);
	table_print(table);
}

static enum exit_code
show_text(struct client *client, const GPtrArray *bonds)
{
	for (guint i = 0; i < bonds->len; i++) {
		const struct object *bond = g_ptr_array_index(bonds, i);

		show_bond(bond);
		if (!show_options(client, bond))
			return client->failure;
		for (guint p = 0; p < bond->ports->len; p++)
			show_port(g_ptr_array_index(bond->ports, p));
	}
	return EXIT_OK;
}

enum exit_code
command_show(struct client *client, guint n, char **arguments)
{
	g_autoptr(GPtrArray) bonds = objects_read_one(client, n > 0 ? arguments[0] : NULL);

	if (bonds == NULL)
		return client->failure;
	if (!client_has(client, FLAG_JSON))
		return show_text(client, bonds);
	json_print(objects_describe(bonds));
	return EXIT_OK;
}

enum exit_code
command_proc(struct client *client, guint n, char **arguments)
{
	g_autoptr(GPtrArray) bonds = objects_read(client);
	const struct object *bond = bonds != NULL ? objects_find_bond(bonds, arguments[0]) : NULL;
	g_autoptr(GVariant) reply = NULL;
	const char *text;

	if (bonds == NULL)
		return client->failure;
	if (bond == NULL)
		return objects_not_found(arguments[0]);
	reply = client_call(client, bond->path, BOND_INTERFACE, "GetProcText", NULL, "(s)");
	if (reply == NULL)
		return client->failure;
	g_variant_get(reply, "(&s)", &text);
	if (client_has(client, FLAG_JSON))
		json_print(g_variant_new_parsed("{'bond': <%s>, 'text': <%s>}", bond->name, text));
	else
		g_print("%s", text);
	return EXIT_OK;
}
