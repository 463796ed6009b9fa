/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OpenMetrics text. It is also read by node_exporter, whose parser knows the types of Prometheus' own format only: so
 * what would be an info or a state set is a gauge.
 */
#include "config.h"

#include "commands.h"
#include "objects.h"

#include <glib/gi18n.h>
#include <stdio.h>

enum of {
	OF_BONDS,
	OF_PORTS,
};

enum kind {
	NUMBER,	    /* the property as it is */
	FLAG,	    /* a boolean: 0 or 1 */
	IS_WORD,    /* whether the property is `argument` */
	ONE,	    /* 1 if the property is not empty, which becomes the label `argument` */
	CAUSES,	    /* a{st}: a sample each, whose key becomes the label `argument` */
	MEGABITS,   /* Mbit/s as bytes a second; nothing if unknown */
	EVENT_TIME, /* ns CLOCK_MONOTONIC as seconds since 1970; nothing if it never was */
	MEMBERS,    /* how many ports; only those whose link is `argument` if there is one */
};

struct family {
	const char *name;
	const char *type; /* gauge or counter */
	const char *unit; /* the name ends in it; NULL: none */
	enum of of;
	gboolean lacp; /* the property is one of LACP */
	enum kind kind;
	const char *property;
	const char *argument;
	const char *help;
};

static const struct family families[] = {
    {"bondd_bond_mode", "gauge", NULL, OF_BONDS, FALSE, ONE, "Mode", "mode", "The mode of the bond; always 1."},
    {"bondd_bond_up", "gauge", NULL, OF_BONDS, FALSE, FLAG, "Up", NULL, "Whether the bond is set up."},
    {"bondd_bond_carrier", "gauge", NULL, OF_BONDS, FALSE, FLAG, "Carrier", NULL, "Whether the bond has carrier."},
    {"bondd_bond_active_port", "gauge", NULL, OF_BONDS, FALSE, ONE, "ActivePort", "port",
     "The active port, in the modes that have one; always 1."},
    {"bondd_bond_ports", "gauge", NULL, OF_BONDS, FALSE, MEMBERS, NULL, NULL, "How many ports the bond has."},
    {"bondd_bond_ports_up", "gauge", NULL, OF_BONDS, FALSE, MEMBERS, NULL, "up", "How many of the ports have a link."},
    {"bondd_bond_mtu_bytes", "gauge", "bytes", OF_BONDS, FALSE, NUMBER, "Mtu", NULL, "The MTU."},
    {"bondd_bond_last_failover_timestamp_seconds", "gauge", "seconds", OF_BONDS, FALSE, EVENT_TIME, "LastFailover",
     NULL, "When the active port last changed."},
    {"bondd_bond_receive_packets", "counter", "packets", OF_BONDS, FALSE, NUMBER, "RxPackets", NULL,
     "Frames received for the host."},
    {"bondd_bond_receive_bytes", "counter", "bytes", OF_BONDS, FALSE, NUMBER, "RxBytes", NULL, "Their bytes."},
    {"bondd_bond_transmit_packets", "counter", "packets", OF_BONDS, FALSE, NUMBER, "TxPackets", NULL,
     "Frames sent by the host."},
    {"bondd_bond_transmit_bytes", "counter", "bytes", OF_BONDS, FALSE, NUMBER, "TxBytes", NULL, "Their bytes."},
    {"bondd_bond_drop_packets", "counter", "packets", OF_BONDS, FALSE, CAUSES, "Drops", "cause",
     "Frames lost, by cause."},
    {"bondd_bond_lacp_aggregator", "gauge", NULL, OF_BONDS, TRUE, NUMBER, "AggregatorId", NULL,
     "The active aggregator; 0 if there is none."},
    {"bondd_bond_lacp_aggregator_ports", "gauge", NULL, OF_BONDS, TRUE, NUMBER, "AggregatorPorts", NULL,
     "How many of its ports have a link."},
    {"bondd_port_up", "gauge", NULL, OF_PORTS, FALSE, IS_WORD, "Link", "up",
     "Whether the port's link is up, after delays."},
    {"bondd_port_link", "gauge", NULL, OF_PORTS, FALSE, ONE, "Link", "link",
     "Where the link stands, delays included; always 1."},
    {"bondd_port_active", "gauge", NULL, OF_PORTS, FALSE, IS_WORD, "State", "active",
     "Whether the port is active, not a backup."},
    {"bondd_port_carrier", "gauge", NULL, OF_PORTS, FALSE, FLAG, "Carrier", NULL,
     "Whether the device has carrier just now."},
    {"bondd_port_speed_bytes", "gauge", "bytes", OF_PORTS, FALSE, MEGABITS, "Speed", NULL,
     "Bytes a second that the link can carry."},
    {"bondd_port_link_failures", "counter", NULL, OF_PORTS, FALSE, NUMBER, "LinkFailureCount", NULL,
     "How often the link went down."},
    {"bondd_port_receive_packets", "counter", "packets", OF_PORTS, FALSE, NUMBER, "RxPackets", NULL,
     "Frames received by the port."},
    {"bondd_port_receive_bytes", "counter", "bytes", OF_PORTS, FALSE, NUMBER, "RxBytes", NULL, "Their bytes."},
    {"bondd_port_transmit_packets", "counter", "packets", OF_PORTS, FALSE, NUMBER, "TxPackets", NULL,
     "Frames sent by the port."},
    {"bondd_port_transmit_bytes", "counter", "bytes", OF_PORTS, FALSE, NUMBER, "TxBytes", NULL, "Their bytes."},
    {"bondd_port_drop_packets", "counter", "packets", OF_PORTS, FALSE, CAUSES, "Drops", "cause",
     "Frames lost, by cause."},
    {"bondd_port_lacp_forwarding", "gauge", NULL, OF_PORTS, TRUE, FLAG, "Forwarding", NULL,
     "Whether LACP lets the port carry data."},
    {"bondd_port_lacp_verdict", "gauge", NULL, OF_PORTS, TRUE, ONE, "VerdictName", "verdict",
     "What LACP makes of the port, as a word; always 1."},
    {"bondd_port_lacp_packets", "counter", "packets", OF_PORTS, TRUE, CAUSES, "Counters", "kind",
     "Frames of the slow protocols, by kind."},
    {"bondd_port_lacp_actor_churns", "counter", NULL, OF_PORTS, TRUE, NUMBER, "ActorChurnCount", NULL,
     "How often this end did not come into step within a minute."},
    {"bondd_port_lacp_partner_churns", "counter", NULL, OF_PORTS, TRUE, NUMBER, "PartnerChurnCount", NULL,
     "How often the other end did not."},
};

static void
append_label(GString *text, const char *name, const char *value)
{
	g_string_append_printf(text, "%s%s=\"", text->str[text->len - 1] == '{' ? "" : ",", name);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\\' || *p == '"')
			g_string_append_c(text, '\\');
		if (*p == '\n')
			g_string_append(text, "\\n");
		else
			g_string_append_c(text, *p);
	}
	g_string_append_c(text, '"');
}

/* One line; @label and @value are a further label, or NULL. */
static void
append_sample(GString *text, const struct family *family, const struct object *object, const char *label,
	      const char *value, double number)
{
	gboolean counter = g_str_equal(family->type, "counter");
	char digits[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append_printf(text, "%s%s{", family->name, counter ? "_total" : "");
	append_label(text, "bond", object->is_bond ? object->name : object_string(object, "Bond"));
	if (!object->is_bond)
		append_label(text, "port", object->name);
	if (label != NULL)
		append_label(text, label, value);
	g_string_append_printf(text, "} %s\n", g_ascii_formatd(digits, sizeof(digits), "%.17g", number));
}

static void
append_causes(GString *text, const struct family *family, const struct object *object, GVariant *properties)
{
	g_autoptr(GVariant) causes = g_variant_lookup_value(properties, family->property, G_VARIANT_TYPE("a{st}"));
	GVariantIter iter;
	const char *cause;
	guint64 count;

	if (causes == NULL)
		return;
	g_variant_iter_init(&iter, causes);
	while (g_variant_iter_next(&iter, "{&st}", &cause, &count))
		append_sample(text, family, object, family->argument, cause, count);
}

static guint
count_members(const struct object *bond, const char *link)
{
	guint n = 0;

	for (guint i = 0; i < bond->ports->len; i++) {
		const struct object *port = g_ptr_array_index(bond->ports, i);

		n += link == NULL || g_str_equal(object_string(port, "Link"), link);
	}
	return n;
}

static double
wall_seconds(guint64 monotonic)
{
	gint64 age = g_get_monotonic_time() - (gint64) (monotonic / 1000);

	return (double) (g_get_real_time() - age) / G_USEC_PER_SEC;
}

static guint64
number_of(const struct family *family, const struct object *object)
{
	return family->lacp ? object_lacp_number(object, family->property) : object_number(object, family->property);
}

static const char *
word_of(const struct family *family, const struct object *object)
{
	return family->lacp ? object_lacp_string(object, family->property) : object_string(object, family->property);
}

static gboolean
flag_of(const struct family *family, GVariant *properties)
{
	gboolean flag = FALSE;

	g_variant_lookup(properties, family->property, "b", &flag);
	return flag;
}

/* The number of a sample without a further label; FALSE if there is nothing to say. */
static gboolean
measure(const struct family *family, const struct object *object, double *number)
{
	switch (family->kind) {
	case NUMBER:
		*number = number_of(family, object);
		return TRUE;
	case FLAG:
		*number = flag_of(family, family->lacp ? object->lacp : object->properties);
		return TRUE;
	case IS_WORD:
		*number = g_str_equal(word_of(family, object), family->argument);
		return TRUE;
	case MEMBERS:
		*number = count_members(object, family->argument);
		return TRUE;
	case MEGABITS:
		*number = (double) number_of(family, object) * 125000;
		return *number > 0;
	case EVENT_TIME:
		*number = wall_seconds(number_of(family, object));
		return number_of(family, object) > 0;
	default:
		return FALSE;
	}
}

static void
append_samples_of(GString *text, const struct family *family, const struct object *object)
{
	double number;

	if (family->kind == CAUSES)
		append_causes(text, family, object, family->lacp ? object->lacp : object->properties);
	else if (family->kind == ONE && *word_of(family, object) != '\0')
		append_sample(text, family, object, family->argument, word_of(family, object), 1);
	else if (measure(family, object, &number))
		append_sample(text, family, object, NULL, NULL, number);
}

static void
append_head(GString *text, const char *name, const char *type, const char *unit, const char *help)
{
	g_string_append_printf(text, "# TYPE %s %s\n", name, type);
	if (unit != NULL)
		g_string_append_printf(text, "# UNIT %s %s\n", name, unit);
	g_string_append_printf(text, "# HELP %s %s\n", name, help);
}

/* All samples of a family stand together. */
static void
append_family(GString *text, const struct family *family, const GPtrArray *bonds)
{
	append_head(text, family->name, family->type, family->unit, family->help);
	for (guint i = 0; i < bonds->len; i++) {
		const struct object *bond = g_ptr_array_index(bonds, i);

		if (family->of == OF_BONDS && (!family->lacp || bond->lacp != NULL))
			append_samples_of(text, family, bond);
		for (guint p = 0; family->of == OF_PORTS && p < bond->ports->len; p++) {
			const struct object *port = g_ptr_array_index(bond->ports, p);

			if (!family->lacp || port->lacp != NULL)
				append_samples_of(text, family, port);
		}
	}
}

/* @bonds: NULL if the service does not answer. */
static char *
exposition(const GPtrArray *bonds)
{
	GString *text = g_string_new(NULL);

	append_head(text, "bondd_up", "gauge", NULL, "Whether bondd answers.");
	g_string_append_printf(text, "bondd_up %d\n", bonds != NULL);
	for (guint i = 0; bonds != NULL && i < G_N_ELEMENTS(families); i++)
		append_family(text, &families[i], bonds);
	g_string_append(text, "# EOF\n");
	return g_string_free(text, FALSE);
}

enum exit_code
command_metrics(struct client *client, guint n, char **arguments)
{
	const char *output = client->flags->value[FLAG_OUTPUT];
	g_autoptr(GPtrArray) bonds = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;

	client->may_start = FALSE;
	bonds = objects_read(client);
	text = exposition(bonds);
	if (output == NULL) {
		fputs(text, stdout);
	} else if (!g_file_set_contents_full(output, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error)) {
		client_complain("%s", error->message);
		return EXIT_REFUSED;
	}
	return bonds != NULL ? EXIT_OK : client->failure;
}
