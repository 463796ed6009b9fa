/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history.h"

#include "text/duration.h"

struct history {
	GQueue events;	   /* GVariant a{sv}, the oldest first */
	guint64 next;	   /* serial number */
	GHashTable *downs; /* port, or "" for the bond's carrier -> bond_time since when it is not up */
};

static const char *const kind_names[HISTORY_N_KINDS] = {
    [HISTORY_ACTIVE_PORT] = "active-port",
    [HISTORY_PORT_LINK] = "port-link",
    [HISTORY_PORT_ADDED] = "port-added",
    [HISTORY_PORT_REMOVED] = "port-removed",
    [HISTORY_CARRIER] = "carrier",
    [HISTORY_OPTION] = "option",
    [HISTORY_LACP_STATE] = "lacp-state",
    [HISTORY_AGGREGATOR] = "aggregator",
    [HISTORY_PEERS_NOTIFIED] = "peers-notified",
    [HISTORY_FAILOVER] = "failover",
    [HISTORY_ADDRESS] = "address",
    [HISTORY_MTU] = "mtu",
};

struct history *
history_new(void)
{
	struct history *history = g_new0(struct history, 1);

	g_queue_init(&history->events);
	history->next = 1;
	history->downs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return history;
}

void
history_free(struct history *history)
{
	g_queue_clear_full(&history->events, (GDestroyNotify) g_variant_unref);
	g_hash_table_unref(history->downs);
	g_free(history);
}

/* --- Sentences --- */

static const char *
or_none(const char *text)
{
	return *text != '\0' ? text : "none";
}

static char *
failover_text(const struct history_event *event)
{
	g_autofree char *plan = text_of_duration(event->plan_swapped - event->time);
	g_autofree char *frame = text_of_duration(event->first_frame - event->time);

	if (event->first_frame == 0)
		return g_strdup_printf("%s took over from %s: plan after %s, no frame within a second", event->port,
				       or_none(event->old_value), plan);
	return g_strdup_printf("%s took over from %s: plan after %s, first frame after %s", event->port,
			       or_none(event->old_value), plan, frame);
}

static char *
option_text(const struct history_event *event)
{
	return g_strdup_printf("option %s%s%s is \u201c%s\u201d, it was \u201c%s\u201d", event->option,
			       *event->port != '\0' ? " of " : "", event->port, event->new_value, event->old_value);
}

static char *
what_happened(const struct history_event *event)
{
	const char *port = event->port;
	const char *was = event->old_value;
	const char *is = event->new_value;

	switch (event->kind) {
	case HISTORY_ACTIVE_PORT:
		return g_strdup_printf("active port: %s instead of %s", or_none(is), or_none(was));
	case HISTORY_PORT_LINK:
		return g_strdup_printf("the link of %s is %s, it was %s", port, is, was);
	case HISTORY_PORT_ADDED:
		return g_strdup_printf("%s is a port now", port);
	case HISTORY_PORT_REMOVED:
		return g_strdup_printf("%s is no port any more", port);
	case HISTORY_CARRIER:
		return g_strdup_printf("the carrier of the bond is %s", is);
	case HISTORY_OPTION:
		return option_text(event);
	case HISTORY_LACP_STATE:
		return g_strdup_printf("LACP on %s: %s, it was %s", port, is, was);
	case HISTORY_AGGREGATOR:
		return g_strdup_printf("active aggregator: %s instead of %s", or_none(is), or_none(was));
	case HISTORY_PEERS_NOTIFIED:
		return g_strdup_printf("peers were told by %s", or_none(port));
	case HISTORY_FAILOVER:
		return failover_text(event);
	case HISTORY_ADDRESS:
		return g_strdup_printf("the address of the bond is %s, it was %s", is, was);
	case HISTORY_MTU:
		return g_strdup_printf("the MTU of the bond is %s, it was %s", is, was);
	case HISTORY_N_KINDS:
		break;
	}
	g_return_val_if_reached(g_strdup(""));
}

/* "… (carrier)", "… (carrier); it was down for 1.2 s" */
static char *
sentence(const struct history_event *event, bond_time down_for)
{
	g_autofree char *what = what_happened(event);
	g_autofree char *how_long = text_of_duration(down_for);

	if (down_for > 0)
		return g_strdup_printf("%s (%s); it was not up for %s", what, event->reason, how_long);
	if (*event->reason == '\0' || g_str_equal(event->reason, "none"))
		return g_steal_pointer(&what);
	return g_strdup_printf("%s (%s)", what, event->reason);
}

/* --- Events --- */

/* How long what is up again was not; 0 for all else. */
static bond_time
note_down(struct history *history, const struct history_event *event)
{
	const bond_time *since;
	bond_time passed = 0;

	if (event->kind == HISTORY_PORT_REMOVED)
		g_hash_table_remove(history->downs, event->port);
	if (event->kind != HISTORY_PORT_LINK && event->kind != HISTORY_CARRIER)
		return 0;
	since = g_hash_table_lookup(history->downs, event->port);
	if (g_str_equal(event->new_value, "up")) {
		passed = since != NULL ? MAX(event->time - *since, 1) : 0;
		g_hash_table_remove(history->downs, event->port);
	} else if (since == NULL && g_str_equal(event->old_value, "up")) {
		g_hash_table_insert(history->downs, g_strdup(event->port),
				    g_memdup2(&event->time, sizeof(event->time)));
	}
	return passed;
}

static void
add_string(GVariantBuilder *dict, const char *key, const char *value)
{
	g_variant_builder_add(dict, "{sv}", key, g_variant_new_string(value));
}

static void
add_time(GVariantBuilder *dict, const char *key, gint64 value)
{
	g_variant_builder_add(dict, "{sv}", key, g_variant_new_uint64((guint64) MAX(value, 0)));
}

static GVariant *
event_variant(const struct history_event *event, guint64 serial, gint64 wall, bond_time down_for)
{
	g_autofree char *text = sentence(event, down_for);
	GVariantBuilder dict;

	g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
	add_time(&dict, "serial", (gint64) serial);
	add_time(&dict, "time", event->time);
	add_time(&dict, "wall", wall);
	add_string(&dict, "event", kind_names[event->kind]);
	add_string(&dict, "port", event->port);
	add_string(&dict, "option", event->option);
	add_string(&dict, "old", event->old_value);
	add_string(&dict, "new", event->new_value);
	add_string(&dict, "reason", event->reason);
	add_time(&dict, "plan-swapped", event->plan_swapped);
	if (event->kind == HISTORY_FAILOVER) {
		add_time(&dict, "event-seen", event->time);
		add_time(&dict, "first-frame", event->first_frame);
	}
	if (down_for > 0)
		add_time(&dict, "down-for", down_for);
	add_string(&dict, "text", text);
	return g_variant_ref_sink(g_variant_builder_end(&dict));
}

static void
append(struct history *history, GVariant *event)
{
	g_queue_push_tail(&history->events, event);
	while (history->events.length > HISTORY_SIZE)
		g_variant_unref(g_queue_pop_head(&history->events));
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

void
history_add(struct history *history, const struct history_event *event, bond_time now)
{
	gint64 wall = g_get_real_time() - (now - event->time) / 1000;
	struct history_event whole = *event;
	bond_time down_for;

	whole.port = or_empty(event->port);
	whole.option = or_empty(event->option);
	whole.old_value = or_empty(event->old_value);
	whole.new_value = or_empty(event->new_value);
	whole.reason = or_empty(event->reason);
	down_for = note_down(history, &whole);
	append(history, event_variant(&whole, history->next++, wall, down_for));
}

static guint64
serial_of(GVariant *event)
{
	guint64 serial = 0;

	g_variant_lookup(event, "serial", "t", &serial);
	return serial;
}

GVariant *
history_list(const struct history *history, guint64 after, guint limit)
{
	GVariantBuilder list;
	guint n = 0;

	g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
	for (const GList *link = history->events.head; link != NULL && (limit == 0 || n < limit); link = link->next) {
		if (serial_of(link->data) <= after)
			continue;
		g_variant_builder_add_value(&list, link->data);
		n++;
	}
	return g_variant_builder_end(&list);
}

/* --- Over a restart --- */

GVariant *
history_save(const struct history *history)
{
	return g_variant_new("(t@aa{sv})", history->next, history_list(history, 0, 0));
}

static GVariant *
renumber(GVariant *event, guint64 serial)
{
	GVariantDict dict;

	g_variant_dict_init(&dict, event);
	g_variant_dict_insert(&dict, "serial", "t", serial);
	return g_variant_ref_sink(g_variant_dict_end(&dict));
}

/* What happened before comes first. */
static void
put_before(struct history *history, GVariant *events, guint64 next)
{
	GQueue own = history->events;
	GVariant *event;

	g_queue_init(&history->events);
	for (gsize i = 0; i < g_variant_n_children(events); i++)
		append(history, g_variant_get_child_value(events, i));
	history->next = next;
	while ((event = g_queue_pop_head(&own)) != NULL) {
		append(history, renumber(event, history->next++));
		g_variant_unref(event);
	}
}

static gboolean
is_sound(GVariant *event, guint64 after, guint64 before)
{
	g_autoptr(GVariant) text = g_variant_lookup_value(event, "text", G_VARIANT_TYPE_STRING);
	guint64 serial = serial_of(event);

	return text != NULL && serial > after && serial < before;
}

gboolean
history_restore(struct history *history, GVariant *saved)
{
	g_autoptr(GVariant) events = NULL;
	guint64 next;
	guint64 last = 0;
	gsize n;

	if (!g_variant_is_of_type(saved, G_VARIANT_TYPE(HISTORY_SAVED_TYPE)) || !g_variant_is_normal_form(saved))
		return FALSE;
	g_variant_get(saved, "(t@aa{sv})", &next, &events);
	n = g_variant_n_children(events);
	for (gsize i = 0; i < n; i++) {
		g_autoptr(GVariant) event = g_variant_get_child_value(events, i);

		if (!is_sound(event, last, next))
			return FALSE;
		last = serial_of(event);
	}
	if (next != last + 1)
		return FALSE;
	put_before(history, events, next);
	return TRUE;
}
