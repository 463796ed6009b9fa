/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bond-options.h"

#include <string.h>

#define DEFAULT_MIIMON "100" /* NetworkManager's, where the kernel has none */
#define QUEUE_ID       "queue_id"

GHashTable *
bond_options_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void
bond_options_add(GHashTable *to, GHashTable *from)
{
	GHashTableIter iter;
	gpointer name;
	gpointer value;

	g_hash_table_iter_init(&iter, from);
	while (g_hash_table_iter_next(&iter, &name, &value))
		g_hash_table_insert(to, g_strdup(name), g_strdup(value));
}

GHashTable *
bond_options_copy(GHashTable *table)
{
	GHashTable *copy = bond_options_new();

	bond_options_add(copy, table);
	return copy;
}

/* Whether it has a value other than nothing and 0. */
static gboolean
is_set(GHashTable *options, const char *name)
{
	const char *value = g_hash_table_lookup(options, name);

	return value != NULL && *value != '\0' && !g_str_equal(value, "0") && !g_str_equal(value, "none");
}

static void
remove_all(GHashTable *options, const char *const *names)
{
	for (; *names != NULL; names++)
		g_hash_table_remove(options, *names);
}

static void
choose_monitor(GHashTable *options)
{
	static const char *const arp[] = {"arp_interval", "arp_ip_target", "ns_ip6_target", NULL};
	static const char *const delays[] = {"updelay", "downdelay", NULL};

	if (is_set(options, "miimon")) {
		remove_all(options, arp);
	} else if (is_set(options, "arp_interval")) {
		/* They count in miimon, which there is none of. */
		remove_all(options, delays);
	} else if (!g_hash_table_contains(options, "miimon") && !is_set(options, "arp_validate")) {
		g_hash_table_insert(options, g_strdup("miimon"), g_strdup(DEFAULT_MIIMON));
	}
}

void
bond_options_complete(GHashTable *options)
{
	const char *active = g_hash_table_lookup(options, "active_slave");

	if (active != NULL && !is_set(options, "primary"))
		g_hash_table_insert(options, g_strdup("primary"), g_strdup(active));
	g_hash_table_remove(options, "active_slave");
	/* NetworkManager's own, not an engine's. */
	g_hash_table_remove(options, "balance-slb");
	/* Since 1.46, and 0 says nothing. */
	if (!is_set(options, "arp_missed_max"))
		g_hash_table_remove(options, "arp_missed_max");
	choose_monitor(options);
}

/* --- [user] --- */

/* NULL if it is no option of the whole bond. */
static const char *
extra_name(const char *key)
{
	/* ifindex is no option, but a word between programs. */
	static const char *const others[] = {"", QUEUE_ID, "ifindex", NULL};
	const char *name = key + strlen(BOND_OPTIONS_PREFIX);

	if (!g_str_has_prefix(key, BOND_OPTIONS_PREFIX) || g_strv_contains(others, name))
		return NULL;
	return name;
}

GHashTable *
bond_options_extra(GHashTable *options, GHashTable *user)
{
	GHashTable *extra = bond_options_new();
	GHashTableIter iter;
	gpointer key;
	gpointer value;

	g_hash_table_iter_init(&iter, user);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		const char *name = extra_name(key);

		if (name != NULL && !g_hash_table_contains(options, name))
			g_hash_table_insert(extra, g_strdup(name), g_strdup(value));
	}
	return extra;
}

gint32
bond_options_queue_id(GHashTable *user, const char *port)
{
	const char *text = g_hash_table_lookup(user, BOND_OPTIONS_PREFIX QUEUE_ID);
	g_auto(GStrv) items = g_strsplit(text != NULL ? text : "", ",", -1);
	gsize length = strlen(port);

	for (guint i = 0; items[i] != NULL; i++) {
		const char *item = g_strstrip(items[i]);
		guint64 number;

		if (strncmp(item, port, length) == 0 && item[length] == ':' &&
		    g_ascii_string_to_unsigned(item + length + 1, 10, 0, G_MAXUINT16, &number, NULL))
			return (gint32) number;
	}
	return -1;
}

/* --- changes --- */

/* As `bondctl options` has it: the bond must be down, or have no ports. */
static const struct {
	const char *name;
	const char *standard;
} fixed[] = {
    {"mode", "balance-rr"},  {"fail_over_mac", "none"}, {"lacp_rate", "slow"},	 {"lacp_active", "on"},
    {"ad_select", "stable"}, {"ad_user_port_key", "0"}, {"tlb_dynamic_lb", "1"}, {"coupled_control", "on"},
};

static const char *
value_of(GHashTable *options, guint i)
{
	const char *value = g_hash_table_lookup(options, fixed[i].name);

	return value != NULL ? value : fixed[i].standard;
}

const char *
bond_options_fixed_difference(GHashTable *before, GHashTable *after)
{
	for (guint i = 0; i < G_N_ELEMENTS(fixed); i++) {
		if (!g_str_equal(value_of(before, i), value_of(after, i)))
			return fixed[i].name;
	}
	return NULL;
}
