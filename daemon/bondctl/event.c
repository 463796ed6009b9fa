/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "event.h"

#include "json.h"
#include "text/duration.h"

#include <glib/gi18n.h>
#include <stdio.h>

/* --- Of signals --- */

/* What the arguments of a signal are in an event. */
static const struct {
	const char *signal;
	const char *type;
	const char *event;
	const char *keys[8];
} signals[] = {
    {"ActivePortChanged", "(ssstt)", "active-port", {"old", "new", "reason", "time", "plan-swapped"}},
    {"PortLinkChanged", "(sssstt)", "port-link", {"port", "old", "new", "reason", "time", "plan-swapped"}},
    {"PortAdded", "(sstt)", "port-added", {"port", "reason", "time", "plan-swapped"}},
    {"PortRemoved", "(sstt)", "port-removed", {"port", "reason", "time", "plan-swapped"}},
    {"CarrierChanged", "(bbstt)", "carrier", {"old", "new", "reason", "time", "plan-swapped"}},
    {"FailoverCompleted", "(sssttt)", "failover", {"old", "new", "reason", "time", "plan-swapped", "first-frame"}},
    {"OptionChanged", "(ssssstt)", "option", {"option", "port", "old", "new", "reason", "time", "plan-swapped"}},
    {"PeersNotified", "(st)", "peers-notified", {"port", "time"}},
    {"LacpStateChanged",
     "(syyyystt)",
     "lacp-state",
     {"port", "old-actor", "actor", "old-partner", "partner", "new", "time", "plan-swapped"}},
    {"AggregatorChanged", "(qqstt)", "aggregator", {"old", "new", "reason", "time", "plan-swapped"}},
};

/* As the history has it: carrier as a word, an aggregator as text. */
static GVariant *
value_of(GVariant *argument)
{
	guint16 id;

	if (g_variant_is_of_type(argument, G_VARIANT_TYPE_BOOLEAN))
		return g_variant_new_string(g_variant_get_boolean(argument) ? "up" : "down");
	if (!g_variant_is_of_type(argument, G_VARIANT_TYPE_UINT16))
		return argument;
	id = g_variant_get_uint16(argument);
	return id == 0 ? g_variant_new_string("") : g_variant_new_take_string(g_strdup_printf("%u", id));
}

static gint64
wall_of(guint64 time)
{
	return g_get_real_time() - (g_get_monotonic_time() - (gint64) (time / 1000));
}

static GVariant *
finish(GVariantBuilder *event, const char *kind, guint64 time)
{
	g_variant_builder_add(event, "{sv}", "event", g_variant_new_string(kind));
	g_variant_builder_add(event, "{sv}", "wall", g_variant_new_uint64((guint64) MAX(wall_of(time), 0)));
	return g_variant_ref_sink(g_variant_builder_end(event));
}

GVariant *
event_of_bond(gboolean created)
{
	guint64 now = (guint64) g_get_monotonic_time() * 1000;
	GVariantBuilder event;

	g_variant_builder_init(&event, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&event, "{sv}", "time", g_variant_new_uint64(now));
	return finish(&event, created ? "bond-created" : "bond-removed", now);
}

GVariant *
event_of_signal(const char *signal, GVariant *parameters)
{
	for (guint i = 0; i < G_N_ELEMENTS(signals); i++) {
		GVariantBuilder event;
		guint64 time = 0;

		if (!g_str_equal(signal, signals[i].signal) ||
		    !g_variant_is_of_type(parameters, G_VARIANT_TYPE(signals[i].type)))
			continue;
		g_variant_builder_init(&event, G_VARIANT_TYPE_VARDICT);
		for (gsize k = 0; k < g_variant_n_children(parameters); k++) {
			g_autoptr(GVariant) argument = g_variant_get_child_value(parameters, k);

			if (g_str_equal(signals[i].keys[k], "time"))
				time = g_variant_get_uint64(argument);
			g_variant_builder_add(&event, "{sv}", signals[i].keys[k], value_of(argument));
		}
		return finish(&event, signals[i].event, time);
	}
	return NULL;
}

/* --- In words --- */

static const char *
word(GVariant *event, const char *key)
{
	const char *text = "";

	g_variant_lookup(event, key, "&s", &text);
	return text;
}

static guint64
number(GVariant *event, const char *key)
{
	guint64 value = 0;

	g_variant_lookup(event, key, "t", &value);
	return value;
}

static char *
active_port_text(GVariant *event)
{
	const char *old = word(event, "old");
	const char *new = word(event, "new");

	if (*new == '\0')
		return g_strdup_printf(_("no port is active any more, it was %s"), old);
	if (*old == '\0')
		return g_strdup_printf(_("%s is active"), new);
	return g_strdup_printf(_("%s is active instead of %s"), new, old);
}

static char *
port_link_text(GVariant *event)
{
	return g_strdup_printf(_("the link of %s is %s"), word(event, "port"), word(event, "new"));
}

static char *
port_added_text(GVariant *event)
{
	return g_strdup_printf(_("%s is a port now"), word(event, "port"));
}

static char *
port_removed_text(GVariant *event)
{
	return g_strdup_printf(_("%s is no port any more"), word(event, "port"));
}

static char *
carrier_text(GVariant *event)
{
	return g_strdup(g_str_equal(word(event, "new"), "up") ? _("the bond has carrier")
							      : _("the bond lost its carrier"));
}

static char *
failover_text(GVariant *event)
{
	guint64 seen = number(event, "time");
	g_autofree char *plan = text_of_duration((gint64) (number(event, "plan-swapped") - seen));
	g_autofree char *frame = text_of_duration((gint64) (number(event, "first-frame") - seen));

	if (number(event, "first-frame") < seen)
		return g_strdup_printf(_("failover to %s done: plan after %s, no frame since"), word(event, "new"),
				       plan);
	return g_strdup_printf(_("failover to %s done: plan after %s, first frame after %s"), word(event, "new"), plan,
			       frame);
}

static char *
option_text(GVariant *event)
{
	const char *port = word(event, "port");
	const char *value = *word(event, "new") != '\0' ? word(event, "new") : _("empty");

	if (*port != '\0')
		return g_strdup_printf(_("option %s of %s is %s"), word(event, "option"), port, value);
	return g_strdup_printf(_("option %s is %s"), word(event, "option"), value);
}

static char *
peers_text(GVariant *event)
{
	return g_strdup_printf(_("peers were told by %s"), word(event, "port"));
}

static char *
lacp_text(GVariant *event)
{
	return g_strdup_printf(_("LACP on %s: %s"), word(event, "port"), word(event, "new"));
}

static char *
aggregator_text(GVariant *event)
{
	const char *id = word(event, "new");

	return *id != '\0' ? g_strdup_printf(_("aggregator %s is active"), id) : g_strdup(_("no aggregator is active"));
}

static char *
address_text(GVariant *event)
{
	return g_strdup_printf(_("the address is %s, it was %s"), word(event, "new"), word(event, "old"));
}

static char *
mtu_text(GVariant *event)
{
	return g_strdup_printf(_("the MTU is %s, it was %s"), word(event, "new"), word(event, "old"));
}

static char *
created_text(GVariant *event)
{
	return g_strdup(_("created"));
}

static char *
removed_text(GVariant *event)
{
	return g_strdup(_("removed"));
}

static const struct {
	const char *event;
	char *(*text)(GVariant *event);
} texts[] = {
    {"active-port", active_port_text}, {"port-link", port_link_text},
    {"port-added", port_added_text},   {"port-removed", port_removed_text},
    {"carrier", carrier_text},	       {"failover", failover_text},
    {"option", option_text},	       {"peers-notified", peers_text},
    {"lacp-state", lacp_text},	       {"aggregator", aggregator_text},
    {"address", address_text},	       {"mtu", mtu_text},
    {"bond-created", created_text},    {"bond-removed", removed_text},
};

/* Of an event that is newer than we are, the service's own words. */
static char *
what_happened(GVariant *event)
{
	const char *kind = word(event, "event");

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		if (g_str_equal(kind, texts[i].event))
			return texts[i].text(event);
	}
	return g_strdup(*word(event, "text") != '\0' ? word(event, "text") : kind);
}

/* "the link of eth0 is up (carrier), after 1.2 s without" */
static char *
sentence(GVariant *event)
{
	g_autofree char *what = what_happened(event);
	g_autofree char *down_for = text_of_duration((gint64) number(event, "down-for"));
	const char *reason = word(event, "reason");
	GString *text = g_string_new(what);

	if (*reason != '\0' && !g_str_equal(reason, "none"))
		g_string_append_printf(text, " (%s)", reason);
	if (number(event, "down-for") > 0)
		g_string_append_printf(text, _(", after %s without"), down_for);
	return g_string_free(text, FALSE);
}

guint64
event_time(GVariant *event)
{
	return number(event, "time");
}

void
event_print(const char *bond, GVariant *event, gboolean date)
{
	gint64 wall = (gint64) number(event, "wall");
	g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_local(wall / G_USEC_PER_SEC);
	g_autofree char *clock =
	    seconds != NULL ? g_date_time_format(seconds, date ? "%F %T" : "%T") : g_strdup("--:--:--");
	g_autofree char *text = sentence(event);

	g_print("%s.%06d %s: %s\n", clock, (int) (wall % G_USEC_PER_SEC), bond, text);
	fflush(stdout);
}

GVariant *
event_describe(const char *bond, GVariant *event)
{
	GVariantBuilder members;

	g_variant_builder_init(&members, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&members, "{sv}", "bond", g_variant_new_string(bond));
	json_add_properties(&members, event, "text");
	g_variant_builder_add(&members, "{sv}", "text", g_variant_new_take_string(sentence(event)));
	return g_variant_builder_end(&members);
}
