/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lacp.h"

#include "text/fill-in.h"

#include <glib/gi18n.h>
#include <inttypes.h>

char *
lacp_verdict(const struct object *port)
{
	const char *pattern = object_lacp_string(port, "VerdictPattern");
	g_autoptr(GVariant) details = g_variant_lookup_value(port->lacp, "VerdictDetails", G_VARIANT_TYPE("a{ss}"));

	if (*pattern == '\0' || details == NULL)
		return g_strdup(object_lacp_string(port, "Verdict"));
	return text_fill_in(_(pattern), details);
}

static const char *
dash_if_empty(const char *text)
{
	return *text != '\0' ? text : "-";
}

/* "aggregation, synchronization" */
static void
add_words(Table *table, const char *label, const struct object *port, const char *property)
{
	g_autofree const char **words = NULL;
	g_autofree char *text = NULL;

	if (!g_variant_lookup(port->lacp, property, "^a&s", &words))
		return;
	text = g_strjoinv(", ", (char **) words);
	table_row(table, label, dash_if_empty(text), NULL);
}

static char *
aggregator_text(const struct object *bond)
{
	guint64 id = object_lacp_number(bond, "AggregatorId");
	guint64 ports = object_lacp_number(bond, "AggregatorPorts");

	if (id == 0)
		return g_strdup(_("none"));
	return g_strdup_printf(
	    ngettext("%" PRIu64 ", with %" PRIu64 " port", "%" PRIu64 ", with %" PRIu64 " ports", ports), id, ports);
}

void
lacp_add_bond(Table *table, const struct object *bond)
{
	g_autofree char *aggregator = NULL;

	if (bond->lacp == NULL)
		return;
	aggregator = aggregator_text(bond);
	table_row(table, _("  Active aggregator"), aggregator, NULL);
	table_row(table, _("  Partner"), dash_if_empty(object_lacp_string(bond, "PartnerSystem")), NULL);
}

static char *
partner_text(const struct object *port)
{
	const char *system = object_lacp_string(port, "PartnerSystem");

	if (*system == '\0')
		return g_strdup("-");
	return g_strdup_printf(_("%s, key %" PRIu64 ", port %" PRIu64), system, object_lacp_number(port, "PartnerKey"),
			       object_lacp_number(port, "PartnerPort"));
}

static char *
place_text(const struct object *port)
{
	gboolean active = FALSE;
	guint64 id = object_lacp_number(port, "AggregatorId");

	g_variant_lookup(port->lacp, "AggregatorActive", "b", &active);
	if (id == 0)
		return g_strdup(_("none"));
	return g_strdup_printf(active ? _("%" PRIu64 ", the active one") : _("%" PRIu64 ", not the active one"), id);
}

void
lacp_add_port(Table *table, const struct object *port)
{
	g_autofree char *verdict = NULL;
	g_autofree char *partner = NULL;
	g_autofree char *place = NULL;

	if (port->lacp == NULL)
		return;
	verdict = lacp_verdict(port);
	partner = partner_text(port);
	place = place_text(port);
	table_row(table, _("    LACP"), verdict, NULL);
	table_row(table, _("    Aggregator"), place, NULL);
	table_row(table, _("    Partner"), partner, NULL);
	add_words(table, _("    We tell it"), port, "ActorStateWords");
	add_words(table, _("    It tells us"), port, "PartnerStateWords");
}
