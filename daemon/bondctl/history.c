/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "event.h"
#include "json.h"
#include "objects.h"
#include "watch.h"

#include <glib/gi18n.h>

#define DEFAULT_LIMIT 50

struct entry {
	char *bond;
	GVariant *event;
	guint64 order; /* its time, or that of an earlier event of the bond if that is later */
};

struct history {
	struct client *client;
	const char *only;  /* the bond asked for; NULL: all */
	GHashTable *known; /* bond -> serial number of the last event that was printed */
	GPtrArray *entries;
};

static void
entry_free(gpointer data)
{
	struct entry *entry = data;

	g_free(entry->bond);
	g_variant_unref(entry->event);
	g_free(entry);
}

static guint64
serial_of(GVariant *event)
{
	guint64 serial = 0;

	g_variant_lookup(event, "serial", "t", &serial);
	return serial;
}

/* Adds what is not known yet of a bond. */
static gboolean
fetch(struct history *history, const char *bond, const char *path)
{
	const guint64 *last = g_hash_table_lookup(history->known, bond);
	guint64 after = last != NULL ? *last : 0;
	guint64 order = 0;
	g_autoptr(GVariant) reply = client_call(history->client, path, BOND_INTERFACE, "GetHistory",
						g_variant_new("(tu)", after, 0), "(aa{sv})");
	g_autoptr(GVariant) events = reply != NULL ? g_variant_get_child_value(reply, 0) : NULL;

	for (gsize i = 0; events != NULL && i < g_variant_n_children(events); i++) {
		struct entry *entry = g_new0(struct entry, 1);

		entry->bond = g_strdup(bond);
		entry->event = g_variant_get_child_value(events, i);
		after = serial_of(entry->event);
		order = MAX(order, event_time(entry->event));
		entry->order = order;
		g_ptr_array_add(history->entries, entry);
	}
	g_hash_table_insert(history->known, g_strdup(bond), g_memdup2(&after, sizeof(after)));
	return events != NULL;
}

/* The sort is stable: events of one bond stay in the order of their numbers. */
static int
compare_order(gconstpointer a, gconstpointer b)
{
	const struct entry *const *left = a;
	const struct entry *const *right = b;

	return (*left)->order < (*right)->order ? -1 : (*left)->order > (*right)->order;
}

/* As --since and --limit ask for. */
static void
cut(struct history *history)
{
	const struct flags *flags = history->client->flags;
	gboolean has_since = client_has(history->client, FLAG_SINCE);
	guint limit = flags_number(flags, FLAG_LIMIT, has_since ? 0 : DEFAULT_LIMIT);
	double age = flags_duration(flags, FLAG_SINCE, 0) * 1e9;
	double now = (double) g_get_monotonic_time() * 1000;
	GPtrArray *entries = history->entries;
	guint old = 0;

	g_ptr_array_sort(entries, compare_order);
	while (has_since && old < entries->len) {
		const struct entry *entry = g_ptr_array_index(entries, old);

		if ((double) event_time(entry->event) >= now - age)
			break;
		old++;
	}
	if (limit > 0 && entries->len - old > limit)
		old = entries->len - limit;
	if (old > 0)
		g_ptr_array_remove_range(entries, 0, old);
}

static void
print_lines(struct history *history)
{
	gboolean json = client_has(history->client, FLAG_JSON);

	for (guint i = 0; i < history->entries->len; i++) {
		const struct entry *entry = g_ptr_array_index(history->entries, i);

		if (json)
			json_print_line(event_describe(entry->bond, entry->event));
		else
			event_print(entry->bond, entry->event, TRUE);
	}
	g_ptr_array_set_size(history->entries, 0);
}

static void
print_document(const struct history *history)
{
	GVariantBuilder list;

	g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
	for (guint i = 0; i < history->entries->len; i++) {
		const struct entry *entry = g_ptr_array_index(history->entries, i);

		g_variant_builder_add_value(&list, event_describe(entry->bond, entry->event));
	}
	json_print(g_variant_builder_end(&list));
}

/* A signal says that there is something new; what it is, the history says without gaps. */
static void
on_signal(const char *bond, const char *signal, GVariant *parameters, gpointer user)
{
	struct history *history = user;
	g_autoptr(GPtrArray) bonds = NULL;
	const struct object *object;

	if (history->only != NULL && !g_str_equal(bond, history->only))
		return;
	bonds = objects_read(history->client);
	object = bonds != NULL ? objects_find_bond(bonds, bond) : NULL;
	if (object != NULL && fetch(history, bond, object->path))
		print_lines(history);
}

/* Another bond of the same name begins at 1. */
static void
on_bond(const char *bond, gboolean created, gpointer user)
{
	struct history *history = user;

	if (!created)
		g_hash_table_remove(history->known, bond);
}

static enum exit_code
run(struct history *history, struct watching *watching)
{
	g_autoptr(GPtrArray) bonds = objects_read_one(history->client, history->only);

	if (bonds == NULL)
		return history->client->failure;
	for (guint i = 0; i < bonds->len; i++) {
		const struct object *bond = g_ptr_array_index(bonds, i);

		if (!fetch(history, bond->name, bond->path))
			return history->client->failure;
	}
	cut(history);
	if (watching == NULL && client_has(history->client, FLAG_JSON))
		print_document(history);
	else
		print_lines(history);
	return EXIT_OK;
}

enum exit_code
command_history(struct client *client, guint n, char **arguments)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
	struct history history = {client, n > 0 ? arguments[0] : NULL, known, entries};
	const struct watch watch = {.on_signal = on_signal, .on_bond = on_bond, .user = &history};
	struct watching *watching = client_has(client, FLAG_FOLLOW) ? watch_begin(client, &watch) : NULL;
	enum exit_code code = run(&history, watching);

	if (watching == NULL)
		return code;
	if (code == EXIT_OK)
		return watch_run(watching);
	watch_end(watching);
	return code;
}
