/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "json.h"
#include "lacp.h"
#include "objects.h"
#include "table.h"

#include <glib/gi18n.h>
#include <inttypes.h>

/* A state octet of IEEE 802.1AX, bit by bit. */
static const struct {
	guint8 bit;
	const char *label;
	const char *set;
	const char *clear;
} bits[] = {
    {0x01, N_("    Speaks"), N_("unasked"), N_("if spoken to")},
    {0x02, N_("    Wants to be told"), N_("every second"), N_("every 30 seconds")},
    {0x04, N_("    May be grouped"), N_("yes"), N_("no")},
    {0x08, N_("    In step"), N_("yes"), N_("no")},
    {0x10, N_("    Receives"), N_("yes"), N_("no")},
    {0x20, N_("    Sends"), N_("yes"), N_("no")},
    {0x40, N_("    Knows the other end"), N_("no, assumes defaults"), N_("yes")},
    {0x80, N_("    Has heard of it in time"), N_("no"), N_("yes")},
};

static guint8
octet(const struct object *port, const char *property)
{
	guint8 value = 0;

	g_variant_lookup(port->lacp, property, "y", &value);
	return value;
}

/* The partner's words are worth nothing before it spoke. */
static gboolean
has_partner(const struct object *port)
{
	return *object_lacp_string(port, "PartnerSystem") != '\0';
}

static void
add_row(Table *table, const struct object *port, const char *label, char *ours, char *theirs)
{
	table_row(table, label, ours, has_partner(port) ? theirs : "-", NULL);
	g_free(ours);
	g_free(theirs);
}

static char *
number_text(const struct object *port, const char *property)
{
	return g_strdup_printf("%" G_GUINT64_FORMAT, object_lacp_number(port, property));
}

/* "65535, 02:00:00:00:00:01" */
static char *
system_text(const struct object *port, const char *priority, const char *system)
{
	return g_strdup_printf("%" G_GUINT64_FORMAT ", %s", object_lacp_number(port, priority),
			       object_lacp_string(port, system));
}

static char *
port_text(const struct object *port, const char *priority, const char *number)
{
	return g_strdup_printf("%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT, object_lacp_number(port, priority),
			       object_lacp_number(port, number));
}

static void
add_state(Table *table, const struct object *port)
{
	guint8 actor = octet(port, "ActorState");
	guint8 partner = octet(port, "PartnerState");

	add_row(table, port, _("    State"), g_strdup_printf("0x%02x", actor), g_strdup_printf("0x%02x", partner));
	for (guint i = 0; i < G_N_ELEMENTS(bits); i++)
		add_row(table, port, _(bits[i].label),
			g_strdup((actor & bits[i].bit) != 0 ? _(bits[i].set) : _(bits[i].clear)),
			g_strdup((partner & bits[i].bit) != 0 ? _(bits[i].set) : _(bits[i].clear)));
}

static void
print_port(const struct object *port)
{
	g_autoptr(Table) table = table_new();
	g_autofree char *verdict = lacp_verdict(port);

	g_print("  %s: %s\n", port->name, verdict);
	table_row(table, "", _("WE TELL"), _("PARTNER TELLS"), NULL);
	add_row(table, port, _("    System"), system_text(port, "ActorSystemPriority", "ActorSystem"),
		system_text(port, "PartnerSystemPriority", "PartnerSystem"));
	add_row(table, port, _("    Key"), number_text(port, "ActorKey"), number_text(port, "PartnerKey"));
	add_row(table, port, _("    Port"), port_text(port, "ActorPortPriority", "ActorPort"),
		port_text(port, "PartnerPortPriority", "PartnerPort"));
	add_state(table, port);
	table_print(table);
}

static void
print_bond(const struct object *bond)
{
	guint64 id = object_lacp_number(bond, "AggregatorId");
	guint64 ports = object_lacp_number(bond, "AggregatorPorts");

	if (id != 0)
		g_print(ngettext("%s: aggregator %" PRIu64 " with %" PRIu64 " port carries the traffic\n",
				 "%s: aggregator %" PRIu64 " with %" PRIu64 " ports carries the traffic\n", ports),
			bond->name, id, ports);
	else
		g_print(_("%s: no aggregator carries the traffic\n"), bond->name);
	for (guint p = 0; p < bond->ports->len; p++) {
		const struct object *port = g_ptr_array_index(bond->ports, p);

		if (port->lacp != NULL)
			print_port(port);
	}
}

enum exit_code
command_lacp(struct client *client, guint n, char **arguments)
{
	g_autoptr(GPtrArray) bonds = objects_read_one(client, n > 0 ? arguments[0] : NULL);

	if (bonds == NULL)
		return client->failure;
	for (guint i = bonds->len; i > 0; i--) {
		const struct object *bond = g_ptr_array_index(bonds, i - 1);

		if (bond->lacp == NULL)
			g_ptr_array_remove_index(bonds, i - 1);
	}
	if (n > 0 && bonds->len == 0) {
		client_complain(_("%s does not speak LACP: that is for mode 802.3ad"), arguments[0]);
		return EXIT_REFUSED;
	}
	if (client_has(client, FLAG_JSON)) {
		json_print(objects_describe(bonds));
		return EXIT_OK;
	}
	if (bonds->len == 0)
		g_print("%s\n", _("No bond speaks LACP: none is in mode 802.3ad."));
	for (guint i = 0; i < bonds->len; i++)
		print_bond(g_ptr_array_index(bonds, i));
	return EXIT_OK;
}
