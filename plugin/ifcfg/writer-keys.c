/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keyfiles as sets of properties that can be compared: each under one name and in one spelling. */
#include "writer-private.h"

#include "check.h"

#include <arpa/inet.h>
#include <string.h>

/* Sections and keys that have two names. */
static const struct {
	const char *other;
	const char *name;
} names[] = {
    {"connection.controller", "connection.master"},
    {"connection.port-type", "connection.slave-type"},
    {"connection.autoconnect-ports", "connection.autoconnect-slaves"},
    {"ethernet.mac-address-denylist", "ethernet.mac-address-blacklist"},
};

/* What means the same as nothing. */
static const struct {
	const char *name;
	const char *value;
} defaults[] = {
    {"connection.autoconnect", "true"},
    {"ethernet.auto-negotiate", "false"},
    {"ethernet.mtu", "0"},
    {"ethernet.wake-on-lan", "1"},
    {"ipv4.may-fail", "true"},
    {"ipv6.may-fail", "true"},
    {"ipv6.addr-gen-mode", "default-or-eui64"},
    {"bridge.stp", "true"},
    {"vlan.flags", "1"},
    {"bond-port.queue-id", "0"},
    {"bond-port.prio", "0"},
    {"proxy.method", "0"},
    {"connection.permissions", ""},
    {"connection.secondaries", ""},
    {"ethernet.mac-address-blacklist", ""},
    {"ipv4.dns", ""},
    {"ipv4.dns-search", ""},
    {"ipv6.dns", ""},
    {"ipv6.dns-search", ""},
    {"vlan.egress-priority-map", ""},
    {"vlan.ingress-priority-map", ""},
};

/* What NetworkManager keeps elsewhere. */
static const char *const ignored[] = {"connection.timestamp", "connection.read-only", NULL};

char *
writer_unescape(const char *value)
{
	static const char from[] = "sntr\\";
	static const char to[] = " \n\t\r\\";
	GString *out = g_string_new(NULL);

	for (; *value != '\0'; value++) {
		const char *found = *value == '\\' && value[1] != '\0' ? strchr(from, value[1]) : NULL;

		g_string_append_c(out, found != NULL ? to[found - from] : *value);
		value += found != NULL;
	}
	return g_string_free(out, FALSE);
}

GStrv
writer_split_list(const char *value)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_autoptr(GString) item = g_string_new(NULL);

	for (; *value != '\0'; value++) {
		if (*value == '\\' && (value[1] == ';' || value[1] == '\\')) {
			g_string_append_c(item, *++value);
		} else if (*value == ';') {
			g_strv_builder_add(builder, item->str);
			g_string_truncate(item, 0);
		} else {
			g_string_append_c(item, *value);
		}
	}
	if (item->len > 0)
		g_strv_builder_add(builder, item->str);
	return g_strv_builder_end(builder);
}

/* --- properties of several lines --- */

/* The number of PREFIX, PREFIXs and either with a number behind; -1 if the key is none. */
static gint64
number_of(const char *key, const char *prefix)
{
	gsize length = strlen(prefix);

	if (strncmp(key, prefix, length) != 0)
		return -1;
	key += length;
	if (*key == 's')
		key++;
	if (*key == '\0')
		return 0;
	return key[strspn(key, "0123456789")] == '\0' && strlen(key) < 9 ? g_ascii_strtoll(key, NULL, 10) : -1;
}

/* A line of a numbered property. */
struct entry {
	gint64 number;
	char *key;
	char *value;
};

static void
entry_free(gpointer data)
{
	struct entry *entry = data;

	g_free(entry->key);
	g_free(entry->value);
	g_free(entry);
}

static int
compare_entries(gconstpointer a, gconstpointer b)
{
	const struct entry *left = *(const struct entry *const *) a;
	const struct entry *right = *(const struct entry *const *) b;

	return (left->number > right->number) - (left->number < right->number);
}

/* In the order of their numbers. */
static GPtrArray *
list_entries(GKeyFile *keyfile, const char *group, const char *prefix)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
	g_auto(GStrv) keys = g_key_file_get_keys(keyfile, group, NULL, NULL);

	for (char **key = keys; key != NULL && *key != NULL; key++) {
		struct entry *entry;

		if (number_of(*key, prefix) < 0)
			continue;
		entry = g_new0(struct entry, 1);
		entry->number = number_of(*key, prefix);
		entry->key = g_strdup(*key);
		entry->value = g_key_file_get_value(keyfile, group, *key, NULL);
		g_ptr_array_add(entries, entry);
	}
	g_ptr_array_sort(entries, compare_entries);
	return entries;
}

/* As inet_ntop() has it; what is no address stays as it is, and "none" is empty. */
static char *
normal_address(const char *text)
{
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	guint8 address[sizeof(struct in6_addr)] = {0};
	guint8 none[sizeof(struct in6_addr)] = {0};
	char out[INET6_ADDRSTRLEN];

	if (inet_pton(family, text, address) != 1)
		return g_strdup(text);
	if (memcmp(address, none, sizeof(none)) == 0)
		return g_strdup("");
	return g_strdup(inet_ntop(family, address, out, sizeof(out)));
}

static char *
normal_network(const char *text)
{
	const char *slash = strchr(text, '/');
	g_autofree char *host = slash != NULL ? g_strndup(text, slash - text) : g_strdup(text);
	g_autofree char *normal = normal_address(host);
	const char *shown = *normal == '\0' ? host : normal;

	return g_strconcat(shown, slash != NULL ? slash : "", NULL);
}

static void
put(GHashTable *keys, const char *section, const char *key, char *value)
{
	g_hash_table_insert(keys, g_strconcat(section, ".", key, NULL), value);
}

/* "ADDRESS/PREFIX,GATEWAY"; the gateway may also stand alone. */
static void
read_addresses(GHashTable *keys, GKeyFile *keyfile, const char *group)
{
	g_autoptr(GPtrArray) entries = list_entries(keyfile, group, "address");
	g_autofree char *gateway = g_key_file_get_value(keyfile, group, "gateway", NULL);
	g_autoptr(GString) out = g_string_new(NULL);

	for (guint i = 0; i < entries->len; i++) {
		const struct entry *entry = entries->pdata[i];
		g_auto(GStrv) parts = g_strsplit(entry->value, ",", 2);
		g_autofree char *network = normal_network(parts[0] != NULL ? parts[0] : "");

		if (gateway == NULL && parts[0] != NULL)
			gateway = g_strdup(parts[1]);
		g_string_append_printf(out, "%s%s", i > 0 ? "\n" : "", network);
	}
	if (out->len > 0)
		put(keys, group, "addresses", g_strdup(out->str));
	if (gateway != NULL) {
		g_autofree char *normal = normal_address(gateway);

		if (*normal != '\0')
			put(keys, group, "gateway", g_steal_pointer(&normal));
	}
}

static int
compare_words(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* "DESTINATION/PREFIX,NEXT-HOP,METRIC NAME=VALUE,…" */
static char *
normal_route(const char *value, const char *options)
{
	g_auto(GStrv) parts = g_strsplit(value, ",", 3);
	guint n = g_strv_length(parts);
	g_autofree char *network = normal_network(n > 0 ? parts[0] : "");
	g_autofree char *via = normal_address(n > 1 ? parts[1] : "");
	g_auto(GStrv) words = g_strsplit(options != NULL ? options : "", ",", -1);
	g_autofree char *sorted = NULL;

	qsort(words, g_strv_length(words), sizeof(char *), compare_words);
	sorted = g_strjoinv(",", words);
	return g_strdup_printf("%s,%s,%s %s", network, via, n > 2 ? parts[2] : "", sorted);
}

/* Their order means nothing. */
static void
read_routes(GHashTable *keys, GKeyFile *keyfile, const char *group)
{
	g_autoptr(GPtrArray) entries = list_entries(keyfile, group, "route");
	g_autoptr(GPtrArray) routes = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < entries->len; i++) {
		const struct entry *entry = entries->pdata[i];
		g_autofree char *options_key = g_strconcat(entry->key, "_options", NULL);
		g_autofree char *options = g_key_file_get_string(keyfile, group, options_key, NULL);

		g_ptr_array_add(routes, normal_route(entry->value, options));
	}
	if (routes->len == 0)
		return;
	g_ptr_array_sort(routes, compare_words);
	g_ptr_array_add(routes, NULL);
	put(keys, group, "routes", g_strjoinv("\n", (char **) routes->pdata));
}

static void
read_rules(GHashTable *keys, GKeyFile *keyfile, const char *group)
{
	g_autoptr(GPtrArray) entries = list_entries(keyfile, group, "routing-rule");
	g_autoptr(GString) out = g_string_new(NULL);

	for (guint i = 0; i < entries->len; i++) {
		const struct entry *entry = entries->pdata[i];

		g_string_append_printf(out, "%s%s", i > 0 ? "\n" : "", entry->value);
	}
	if (out->len > 0)
		put(keys, group, "routing-rules", g_strdup(out->str));
}

static gboolean
is_numbered(const char *key)
{
	static const char *const prefixes[] = {"address", "route", "routing-rule"};
	gboolean is_options = g_str_has_suffix(key, "_options");
	g_autofree char *base = g_strndup(key, strlen(key) - (is_options ? strlen("_options") : 0));

	if (strcmp(key, "gateway") == 0)
		return TRUE;
	for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		if (number_of(base, prefixes[i]) >= 0)
			return TRUE;
	}
	return FALSE;
}

/* --- all --- */

static char *
normal_value(const char *key, char *value)
{
	gsize length = strlen(value);
	gboolean is_mac = g_str_has_suffix(key, "mac-address") || strcmp(key, "group-address") == 0;

	if (is_mac && ifcfg_parse_mac(value, NULL)) {
		g_autofree char *mac = value;

		return g_strdelimit(g_ascii_strup(mac, -1), "-", ':');
	}
	/* The end of a list may be marked or not. */
	if (length > 0 && value[length - 1] == ';' && (length == 1 || value[length - 2] != '\\'))
		value[length - 1] = '\0';
	return value;
}

static void
put_property(GHashTable *keys, const char *group, const char *key, char *value)
{
	g_autofree char *full = g_strconcat(group, ".", key, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (strcmp(names[i].other, full) == 0) {
			g_free(full);
			full = g_strdup(names[i].name);
		}
	}
	value = normal_value(key, value);
	for (guint i = 0; i < G_N_ELEMENTS(defaults); i++) {
		if (strcmp(defaults[i].name, full) == 0 && strcmp(defaults[i].value, value) == 0)
			g_clear_pointer(&value, g_free);
		if (value == NULL)
			return;
	}
	if (g_strv_contains(ignored, full))
		g_free(value);
	else
		g_hash_table_insert(keys, g_steal_pointer(&full), value);
}

static void
read_group(GHashTable *keys, GKeyFile *keyfile, const char *group)
{
	gboolean is_ip = strcmp(group, "ipv4") == 0 || strcmp(group, "ipv6") == 0;
	const char *section = strcmp(group, "802-3-ethernet") == 0 ? "ethernet" : group;
	g_auto(GStrv) words = g_key_file_get_keys(keyfile, group, NULL, NULL);

	for (char **key = words; key != NULL && *key != NULL; key++) {
		if (!is_ip || !is_numbered(*key))
			put_property(keys, section, *key, g_key_file_get_value(keyfile, group, *key, NULL));
	}
	if (!is_ip)
		return;
	read_addresses(keys, keyfile, group);
	read_routes(keys, keyfile, group);
	read_rules(keys, keyfile, group);
}

GHashTable *
writer_keys_read(GKeyFile *keyfile)
{
	GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) groups = g_key_file_get_groups(keyfile, NULL);

	for (char **group = groups; *group != NULL; group++)
		read_group(keys, keyfile, *group);
	return keys;
}
