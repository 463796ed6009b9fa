/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Methods, addresses, routers and name servers. */
#include "writer-private.h"

#include "ifcfg-file.h"
#include "words.h"

#include <arpa/inet.h>
#include <string.h>

#define SLOTS_MAX 1000

/* Sets a variable, or with a @value of NULL removes it; for names that are made. */
static gboolean
say_numbered(struct writer *writer, const char *name, const char *suffix, const char *value, GError **error)
{
	g_autofree char *variable = g_strconcat(name, suffix, NULL);

	return writer_say(writer, variable, value, error);
}

static const char *
get_numbered(const struct writer *writer, const char *name, const char *suffix)
{
	g_autofree char *variable = g_strconcat(name, suffix, NULL);
	const char *value = edit_get(writer->edit, variable);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* The lines of a value; none of NULL. */
static GStrv
split_lines(const char *value)
{
	return g_strsplit(value != NULL ? value : "", "\n", -1);
}

/* --- methods --- */

static const struct {
	const char *bootproto;
	const char *method;
} protocols[] = {
    {"none", "manual"}, {"none", "disabled"}, {"static", "manual"},	{"static", "disabled"},
    {"dhcp", "auto"},	{"bootp", "auto"},    {"autoip", "link-local"}, {"shared", "shared"},
};

gboolean
writer_ipv4_method(struct writer *writer, const struct change *change, GError **error)
{
	const char *now = edit_get(writer->edit, "BOOTPROTO");
	const char *method = change->value != NULL ? change->value : "disabled";
	const char *word = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(protocols); i++) {
		if (strcmp(protocols[i].method, method) != 0)
			continue;
		if (now != NULL && g_ascii_strcasecmp(now, protocols[i].bootproto) == 0)
			return TRUE;
		if (word == NULL)
			word = protocols[i].bootproto;
	}
	if (word == NULL)
		return writer_refuse(change, error);
	return change->value == NULL && now == NULL ? TRUE : writer_say(writer, "BOOTPROTO", word, error);
}

/* What each method is, in words; NULL: the line goes, "": it may stay as it is. */
static const struct ipv6_method {
	const char *method;
	const char *init;
	const char *autoconf;
	const char *dhcp;
	const char *disabled;
} ipv6_methods[] = {
    {"ignore", "no", "", "", NULL},	     {"disabled", "", "", "", "yes"},
    {"auto", "yes", "yes", "", NULL},	     {"dhcp", "yes", "no", "yes", NULL},
    {"manual", "yes", "no", NULL, NULL},     {"link-local", "yes", "no", NULL, NULL},
    {"shared", "yes", "shared", NULL, NULL},
};

static gboolean
say_unless_empty(struct writer *writer, const char *variable, const char *value, GError **error)
{
	return g_strcmp0(value, "") == 0 || writer_say(writer, variable, value, error);
}

gboolean
writer_ipv6_method(struct writer *writer, const struct change *change, GError **error)
{
	/* A port has none of it. */
	const char *method = change->value != NULL ? change->value : "ignore";

	for (guint i = 0; i < G_N_ELEMENTS(ipv6_methods); i++) {
		const struct ipv6_method *words = &ipv6_methods[i];

		if (strcmp(words->method, method) != 0)
			continue;
		if (change->value == NULL && edit_get(writer->edit, "IPV6INIT") == NULL)
			return writer_say(writer, "IPV6_DISABLED", NULL, error);
		return say_unless_empty(writer, "IPV6INIT", words->init, error) &&
		       say_unless_empty(writer, "IPV6_AUTOCONF", words->autoconf, error) &&
		       say_unless_empty(writer, "DHCPV6C", words->dhcp, error) &&
		       say_unless_empty(writer, "IPV6_DISABLED", words->disabled, error);
	}
	return writer_refuse(change, error);
}

/* --- addresses of IPv4 --- */

/* The suffixes of the addresses that the file has, in the order of their reading. */
static GPtrArray *
list_slots(const struct writer *writer)
{
	GPtrArray *slots = g_ptr_array_new_with_free_func(g_free);

	for (int number = -1; number < SLOTS_MAX; number++) {
		g_autofree char *suffix = number < 0 ? g_strdup("") : g_strdup_printf("%d", number);

		if (get_numbered(writer, "IPADDR", suffix) != NULL)
			g_ptr_array_add(slots, g_steal_pointer(&suffix));
		else if (number > 1)
			break;
	}
	return slots;
}

/* The suffix for one more. */
static char *
next_slot(const GPtrArray *slots)
{
	const char *last = slots->len > 0 ? slots->pdata[slots->len - 1] : NULL;

	if (last == NULL)
		return g_strdup("");
	return g_strdup_printf("%d", *last != '\0' ? (int) g_ascii_strtoll(last, NULL, 10) + 1 : 1);
}

static char *
netmask_of(const char *prefix)
{
	guint64 bits = MIN(g_ascii_strtoull(prefix, NULL, 10), 32);
	guint32 mask = htonl(bits > 0 ? G_MAXUINT32 << (32 - bits) : 0);
	char text[INET_ADDRSTRLEN];

	return g_strdup(inet_ntop(AF_INET, &mask, text, sizeof(text)));
}

/* Files keep the form that they have for prefixes. */
static gboolean
has_netmasks(const struct writer *writer)
{
	return edit_get(writer->edit, "PREFIX") == NULL && edit_get(writer->edit, "PREFIX0") == NULL &&
	       (edit_get(writer->edit, "NETMASK") != NULL || edit_get(writer->edit, "NETMASK0") != NULL);
}

static gboolean
say_prefix(struct writer *writer, const char *suffix, const char *prefix, GError **error)
{
	gboolean has_prefix = get_numbered(writer, "PREFIX", suffix) != NULL;
	gboolean has_mask = get_numbered(writer, "NETMASK", suffix) != NULL;
	g_autofree char *mask = netmask_of(prefix);

	if (!has_prefix && !has_mask)
		has_mask = has_netmasks(writer);
	if (has_mask && !say_numbered(writer, "NETMASK", suffix, mask, error))
		return FALSE;
	return (has_mask && !has_prefix) || say_numbered(writer, "PREFIX", suffix, prefix, error);
}

/* @network: "ADDRESS/PREFIX" */
static gboolean
say_address(struct writer *writer, const char *suffix, const char *network, GError **error)
{
	const char *now = get_numbered(writer, "IPADDR", suffix);
	g_auto(GStrv) parts = g_strsplit(network, "/", 2);

	if (parts[0] == NULL || parts[1] == NULL) {
		g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED, "%s is no address with a prefix", network);
		return FALSE;
	}
	if (now != NULL && strchr(now, '/') != NULL)
		return say_numbered(writer, "IPADDR", suffix, network, error);
	return say_numbered(writer, "IPADDR", suffix, parts[0], error) && say_prefix(writer, suffix, parts[1], error);
}

static gboolean
forget_address(struct writer *writer, const char *suffix, GError **error)
{
	static const char *const names[] = {"IPADDR", "PREFIX", "NETMASK", "GATEWAY"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (!say_numbered(writer, names[i], suffix, NULL, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
is_own(const struct writer *writer, const GPtrArray *slots, const char *network)
{
	g_autofree char *address = g_strndup(network, strcspn(network, "/"));

	for (guint i = 0; i < slots->len; i++) {
		const char *own = get_numbered(writer, "IPADDR", slots->pdata[i]);

		if (strncmp(own, address, strlen(address)) == 0 && strchr("/", own[strlen(address)]) != NULL)
			return TRUE;
	}
	return FALSE;
}

/* What the profile shall have, less what the files of its aliases say anyhow. */
static GPtrArray *
list_wanted(const struct writer *writer, const GPtrArray *slots)
{
	GPtrArray *wanted = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) after = split_lines(writer_after(writer, "ipv4.addresses"));
	g_auto(GStrv) before = split_lines(g_hash_table_lookup(writer->before, "ipv4.addresses"));

	for (char **network = after; *network != NULL; network++) {
		if (!g_strv_contains((const char *const *) before, *network) || is_own(writer, slots, *network))
			g_ptr_array_add(wanted, g_strdup(*network));
	}
	return wanted;
}

/* The first that is there counts. */
static gboolean
say_gateway(struct writer *writer, const GPtrArray *slots, GError **error)
{
	const char *gateway = writer_after(writer, "ipv4.gateway");

	for (guint i = 0; i < slots->len; i++) {
		if (get_numbered(writer, "GATEWAY", slots->pdata[i]) == NULL)
			continue;
		if (!say_numbered(writer, "GATEWAY", slots->pdata[i], gateway, error))
			return FALSE;
		if (gateway != NULL)
			return TRUE;
	}
	if (gateway == NULL)
		return writer_say(writer, "GATEWAY", NULL, error);
	return say_numbered(writer, "GATEWAY", slots->len > 0 ? slots->pdata[0] : "", gateway, error);
}

/* An address that is where it was keeps the form of its prefix, even that of none at all. */
static gboolean
is_unchanged(const struct writer *writer, guint i, const char *suffix, const char *network)
{
	g_auto(GStrv) before = split_lines(g_hash_table_lookup(writer->before, "ipv4.addresses"));
	const char *own = get_numbered(writer, "IPADDR", suffix);
	gsize length = strcspn(network, "/");

	return i < g_strv_length(before) && strcmp(before[i], network) == 0 && own != NULL &&
	       strncmp(own, network, length) == 0 && strlen(own) == length;
}

gboolean
writer_ipv4_addresses(struct writer *writer, const struct change *change, GError **error)
{
	g_autoptr(GPtrArray) slots = list_slots(writer);
	g_autoptr(GPtrArray) wanted = list_wanted(writer, slots);

	for (guint i = 0; i < wanted->len; i++) {
		if (i == slots->len)
			g_ptr_array_add(slots, next_slot(slots));
		if (!is_unchanged(writer, i, slots->pdata[i], wanted->pdata[i]) &&
		    !say_address(writer, slots->pdata[i], wanted->pdata[i], error))
			return FALSE;
	}
	while (slots->len > wanted->len) {
		if (!forget_address(writer, slots->pdata[slots->len - 1], error))
			return FALSE;
		g_ptr_array_set_size(slots, slots->len - 1);
	}
	return say_gateway(writer, slots, error);
}

/* --- addresses of IPv6 --- */

/* Whether a list of words says the same addresses as @wanted. */
static gboolean
says_addresses(const char *text, const char *const *wanted, gsize n)
{
	g_auto(GStrv) words = ifcfg_split_words(text != NULL ? text : "");

	if (g_strv_length(words) != n)
		return FALSE;
	for (gsize i = 0; i < n; i++) {
		guint8 a[16];
		guint8 b[16];
		gint64 m;
		gint64 k;

		if (!ifcfg_parse_network(AF_INET6, words[i], a, &m) || !ifcfg_parse_network(AF_INET6, wanted[i], b, &k))
			return FALSE;
		if (strchr(words[i], '/') == NULL)
			m = 64;
		if (m != k || memcmp(a, b, sizeof(a)) != 0)
			return FALSE;
	}
	return TRUE;
}

static gboolean
say_addresses(struct writer *writer, const char *variable, char **wanted, gsize n, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (says_addresses(edit_get(writer->edit, variable), (const char *const *) wanted, n))
		return TRUE;
	for (gsize i = 0; i < n; i++)
		g_string_append_printf(text, "%s%s", i > 0 ? " " : "", wanted[i]);
	return writer_say(writer, variable, n > 0 ? text->str : NULL, error);
}

gboolean
writer_ipv6_addresses(struct writer *writer, const struct change *change, GError **error)
{
	g_auto(GStrv) wanted = split_lines(writer_after(writer, "ipv6.addresses"));
	gsize n = g_strv_length(wanted);
	gboolean only_others =
	    edit_get(writer->edit, "IPV6ADDR") == NULL && edit_get(writer->edit, "IPV6ADDR_SECONDARIES") != NULL;
	gsize first = only_others ? 0 : MIN(n, 1);

	return say_addresses(writer, "IPV6ADDR", wanted, first, error) &&
	       say_addresses(writer, "IPV6ADDR_SECONDARIES", wanted + first, n - first, error) &&
	       writer_say(writer, "IPV6_DEFAULTGW", writer_after(writer, "ipv6.gateway"), error);
}

/* --- name servers of both families --- */

static gboolean
is_ipv6(const char *server)
{
	return memchr(server, ':', strcspn(server, "#")) != NULL;
}

static GStrv
get_servers(const struct writer *writer, const char *name)
{
	const char *value = writer_after(writer, name);

	return writer_split_list(value != NULL ? value : "");
}

/* Those of the file give the order of the families, the rest comes behind. */
static GPtrArray *
merge_servers(const struct writer *writer, char **ipv4, char **ipv6, guint *n_before)
{
	GPtrArray *all = g_ptr_array_new();
	const char *server;

	for (*n_before = 0; *n_before < SLOTS_MAX; ++*n_before) {
		g_autofree char *suffix = g_strdup_printf("%u", *n_before + 1);
		char ***from;

		server = get_numbered(writer, "DNS", suffix);
		if (server == NULL)
			break;
		from = is_ipv6(server) ? &ipv6 : &ipv4;
		if (**from != NULL)
			g_ptr_array_add(all, *(*from)++);
	}
	for (; *ipv4 != NULL; ipv4++)
		g_ptr_array_add(all, *ipv4);
	for (; *ipv6 != NULL; ipv6++)
		g_ptr_array_add(all, *ipv6);
	return all;
}

gboolean
writer_dns(struct writer *writer, const struct change *change, GError **error)
{
	g_auto(GStrv) ipv4 = get_servers(writer, "ipv4.dns");
	g_auto(GStrv) ipv6 = get_servers(writer, "ipv6.dns");
	guint n_before;
	g_autoptr(GPtrArray) all = merge_servers(writer, ipv4, ipv6, &n_before);
	/* One that stood behind a gap must not come back. */
	guint n = all->len > n_before ? all->len + 1 : n_before;

	for (guint i = 0; i < n; i++) {
		g_autofree char *suffix = g_strdup_printf("%u", i + 1);

		if (!say_numbered(writer, "DNS", suffix, i < all->len ? all->pdata[i] : NULL, error))
			return FALSE;
	}
	return TRUE;
}
