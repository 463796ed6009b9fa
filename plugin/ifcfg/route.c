/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "route.h"

#include "ifcfg-file.h"
#include "words.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define ADDRESS_LENGTH_MAX 16

/* One route. */
struct route {
	guint8 destination[ADDRESS_LENGTH_MAX];
	gint64 prefix;
	guint8 next_hop[ADDRESS_LENGTH_MAX];
	gboolean has_next_hop;
	gboolean has_destination;
	gint64 metric; /* -1: none */
	guint seen;    /* bit mask of indexes of words[] */
	GVariantDict attributes;
};

/* All routes of a file. */
struct routes {
	int family;
	gsize length;	  /* of an address */
	GHashTable *seen; /* the routes as text */
	GVariantBuilder data;
	GVariantBuilder legacy;
};

enum word_kind {
	WORD_VIA,
	WORD_TO,
	WORD_METRIC,
	WORD_IGNORED, /* takes a value that means nothing here */
	WORD_FLAG,
	WORD_BOOLEAN,
	WORD_UINT8,
	WORD_UINT32,
	WORD_LOCKABLE, /* [lock] NUMBER */
	WORD_ADDRESS,
	WORD_NETWORK,
	WORD_SCOPE,
};

/* Where a word has no place. */
enum word_limit {
	LIMIT_NONE,
	LIMIT_LINES,	/* not in OPTIONSn */
	LIMIT_IPV4,	/* unknown to the other family */
	LIMIT_IPV6,	/* unknown to the other family */
	LIMIT_SET_IPV4, /* known to the other family, without effect */
};

/* Words of `ip route add` and the attributes they become. */
static const struct {
	const char *word;
	enum word_kind kind;
	const char *attribute;
	enum word_limit limit;
} words[] = {
    {"to", WORD_TO, NULL, LIMIT_LINES},
    {"via", WORD_VIA, NULL, LIMIT_LINES},
    {"metric", WORD_METRIC, NULL, LIMIT_LINES},
    {"dev", WORD_IGNORED, NULL, LIMIT_LINES},
    {"proto", WORD_IGNORED, NULL, LIMIT_LINES},
    {"onlink", WORD_FLAG, "onlink"},
    {"quickack", WORD_BOOLEAN, "quickack"},
    {"table", WORD_UINT32, "table"},
    {"rto_min", WORD_UINT32, "rto_min"},
    {"weight", WORD_UINT32, "weight", LIMIT_IPV4},
    {"mtu", WORD_LOCKABLE, "mtu"},
    {"window", WORD_LOCKABLE, "window"},
    {"cwnd", WORD_LOCKABLE, "cwnd"},
    {"advmss", WORD_LOCKABLE, "advmss"},
    {"initcwnd", WORD_LOCKABLE, "initcwnd"},
    {"initrwnd", WORD_LOCKABLE, "initrwnd"},
    {"tos", WORD_UINT8, "tos", LIMIT_SET_IPV4},
    {"scope", WORD_SCOPE, "scope", LIMIT_SET_IPV4},
    {"src", WORD_ADDRESS, "src"},
    {"from", WORD_NETWORK, "from", LIMIT_IPV6},
};

/* NetworkManager reads no broadcast and no multicast routes. */
static const char *const types[] = {"unicast", "local", "blackhole", "unreachable", "prohibit", "throw", "nat", NULL};

static void
routes_init(struct routes *routes, int family)
{
	routes->family = family;
	routes->length = family == AF_INET ? 4 : ADDRESS_LENGTH_MAX;
	routes->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_variant_builder_init(&routes->data, G_VARIANT_TYPE("aa{sv}"));
	g_variant_builder_init(&routes->legacy, G_VARIANT_TYPE(family == AF_INET ? "aau" : "a(ayuayu)"));
}

static void
add_legacy(struct routes *routes, const struct route *route)
{
	guint32 metric = MAX(route->metric, 0);
	guint32 address[2];

	if (routes->family == AF_INET6) {
		g_variant_builder_add(
		    &routes->legacy, "(@ayu@ayu)",
		    g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, route->destination, routes->length, 1),
		    (guint32) route->prefix,
		    g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, route->next_hop, routes->length, 1), metric);
		return;
	}
	memcpy(&address[0], route->destination, sizeof(address[0]));
	memcpy(&address[1], route->next_hop, sizeof(address[1]));
	g_variant_builder_open(&routes->legacy, G_VARIANT_TYPE("au"));
	g_variant_builder_add(&routes->legacy, "u", address[0]);
	g_variant_builder_add(&routes->legacy, "u", (guint32) route->prefix);
	g_variant_builder_add(&routes->legacy, "u", address[1]);
	g_variant_builder_add(&routes->legacy, "u", metric);
	g_variant_builder_close(&routes->legacy);
}

static GVariant *
end_entry(const struct routes *routes, struct route *route)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(routes->family, route->destination, text, sizeof(text));
	g_variant_dict_insert(&route->attributes, "dest", "s", text);
	g_variant_dict_insert(&route->attributes, "prefix", "u", (guint32) route->prefix);
	if (route->has_next_hop) {
		inet_ntop(routes->family, route->next_hop, text, sizeof(text));
		g_variant_dict_insert(&route->attributes, "next-hop", "s", text);
	}
	if (route->metric >= 0)
		g_variant_dict_insert(&route->attributes, "metric", "u", (guint32) route->metric);
	return g_variant_ref_sink(g_variant_dict_end(&route->attributes));
}

/* Entries of equal content are equal as text, too. */
static void
add_route(struct routes *routes, struct route *route, const struct ifcfg_place *place, GPtrArray *diagnostics)
{
	g_autoptr(GVariant) entry = end_entry(routes, route);

	if (!g_hash_table_add(routes->seen, g_variant_print(entry, FALSE))) {
		ifcfg_diagnostics_add(diagnostics, IFCFG_INFO, place, "Remove one of the two",
				      "the route is there twice");
		return;
	}
	g_variant_builder_add_value(&routes->data, entry);
	add_legacy(routes, route);
}

static const char *
read_destination(const struct routes *routes, const char *text, struct route *route)
{
	route->has_destination = TRUE;
	if (strcmp(text, "default") == 0) {
		route->prefix = 0;
		return NULL;
	}
	if (!ifcfg_parse_network(routes->family, text, route->destination, &route->prefix))
		return "the destination is no address";
	return NULL;
}

static gboolean
read_address(const struct routes *routes, const char *attribute, const char *value, struct route *route)
{
	char text[INET6_ADDRSTRLEN];
	guint8 address[ADDRESS_LENGTH_MAX];

	if (inet_pton(routes->family, value, address) != 1)
		return FALSE;
	g_variant_dict_insert(&route->attributes, attribute, "s",
			      inet_ntop(routes->family, address, text, sizeof(text)));
	return TRUE;
}

static gboolean
read_network(const struct routes *routes, const char *attribute, const char *value, struct route *route)
{
	char text[INET6_ADDRSTRLEN];
	guint8 address[ADDRESS_LENGTH_MAX];
	g_autofree char *network = NULL;
	gint64 prefix;

	if (!ifcfg_parse_network(routes->family, value, address, &prefix))
		return FALSE;
	inet_ntop(routes->family, address, text, sizeof(text));
	network = strchr(value, '/') != NULL ? g_strdup_printf("%s/%u", text, (guint) prefix) : g_strdup(text);
	g_variant_dict_insert(&route->attributes, attribute, "s", network);
	return TRUE;
}

static gboolean
parse_scope(const char *value, gint64 *number)
{
	static const struct {
		const char *name;
		guint8 scope;
	} scopes[] = {{"global", RT_SCOPE_UNIVERSE},
		      {"site", RT_SCOPE_SITE},
		      {"link", RT_SCOPE_LINK},
		      {"host", RT_SCOPE_HOST},
		      {"nowhere", RT_SCOPE_NOWHERE}};

	for (guint i = 0; i < G_N_ELEMENTS(scopes); i++) {
		if (strcmp(value, scopes[i].name) == 0) {
			*number = scopes[i].scope;
			return TRUE;
		}
	}
	return ifcfg_parse_integer(value, 0, 0, G_MAXUINT8, number);
}

/* A word whose value is a number. */
static gboolean
read_number(const struct routes *routes, guint which, const char *value, struct route *route)
{
	gboolean is_set = words[which].limit != LIMIT_SET_IPV4 || routes->family == AF_INET;
	enum word_kind kind = words[which].kind;
	gboolean valid;
	gint64 number;

	if (kind == WORD_SCOPE)
		valid = parse_scope(value, &number);
	else if (kind == WORD_BOOLEAN)
		valid = ifcfg_parse_integer(value, 10, 0, 1, &number);
	else if (kind == WORD_UINT8)
		valid = ifcfg_parse_integer(value, 16, 0, G_MAXUINT8, &number);
	else
		valid = ifcfg_parse_integer(value, 10, 0, G_MAXUINT32, &number);
	if (!valid || !is_set)
		return valid;
	if (kind == WORD_BOOLEAN)
		g_variant_dict_insert(&route->attributes, words[which].attribute, "b", number != 0);
	else if (kind == WORD_UINT8 || kind == WORD_SCOPE)
		g_variant_dict_insert(&route->attributes, words[which].attribute, "y", (guint8) number);
	else
		g_variant_dict_insert(&route->attributes, words[which].attribute, "u", (guint32) number);
	return TRUE;
}

static gboolean
read_value(const struct routes *routes, guint which, const char *value, struct route *route)
{
	switch (words[which].kind) {
	case WORD_VIA:
		route->has_next_hop = inet_pton(routes->family, value, route->next_hop) == 1;
		return route->has_next_hop;
	case WORD_TO:
		return read_destination(routes, value, route) == NULL;
	case WORD_METRIC:
		return ifcfg_parse_integer(value, 10, 0, G_MAXUINT32, &route->metric);
	case WORD_ADDRESS:
		return read_address(routes, words[which].attribute, value, route);
	case WORD_NETWORK:
		return read_network(routes, words[which].attribute, value, route);
	case WORD_IGNORED:
		return TRUE;
	default:
		return read_number(routes, which, value, route);
	}
}

static int
find_word(const struct routes *routes, const char *text, gboolean in_options)
{
	const enum word_limit other = routes->family == AF_INET ? LIMIT_IPV6 : LIMIT_IPV4;

	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strcmp(words[i].word, text) == 0 && words[i].limit != other &&
		    !(in_options && words[i].limit == LIMIT_LINES))
			return i;
	}
	return -1;
}

/* A word and what belongs to it; moves to the last of them. */
static const char *
read_known_word(const struct routes *routes, guint which, char ***word, struct route *route)
{
	g_autofree char *lock = g_strconcat("lock-", words[which].attribute, NULL);

	if ((route->seen & 1u << which) != 0)
		return "a word is there twice";
	route->seen |= 1u << which;
	if (words[which].kind == WORD_FLAG) {
		g_variant_dict_insert(&route->attributes, words[which].attribute, "b", TRUE);
		return NULL;
	}
	if (words[which].kind == WORD_LOCKABLE && g_strcmp0((*word)[1], "lock") == 0) {
		g_variant_dict_insert(&route->attributes, lock, "b", TRUE);
		++*word;
	}
	if ((*word)[1] == NULL || !read_value(routes, which, (*word)[1], route))
		return "a word has no valid value";
	++*word;
	return NULL;
}

/* Words in any order; what is none may be the type, or the destination without its `to`. */
static const char *
read_words(const struct routes *routes, char **word, struct route *route, gboolean in_options)
{
	gboolean has_type = FALSE;
	const char *problem = NULL;

	for (; *word != NULL && problem == NULL; word++) {
		int which = find_word(routes, *word, in_options);

		if (which >= 0) {
			problem = read_known_word(routes, which, &word, route);
		} else if (!has_type && g_strv_contains(types, *word)) {
			has_type = TRUE;
			g_variant_dict_insert(&route->attributes, "type", "s", *word);
		} else if (!in_options && !route->has_destination) {
			problem = read_destination(routes, *word, route);
		} else {
			problem = "a word is unknown";
		}
	}
	if (problem == NULL && !in_options && !route->has_destination)
		problem = "the destination is missing";
	return problem;
}

static void
read_old_line(struct routes *routes, const char *line, const struct ifcfg_place *place, GPtrArray *diagnostics)
{
	g_auto(GStrv) parts = NULL;
	struct route route = {.metric = -1};
	const char *problem;

	if (ifcfg_is_comment(line))
		return;
	parts = ifcfg_split_words(line);
	g_variant_dict_init(&route.attributes, NULL);
	problem = read_words(routes, parts, &route, FALSE);
	if (problem == NULL) {
		add_route(routes, &route, place, diagnostics);
		return;
	}
	ifcfg_diagnostics_add(diagnostics, IFCFG_WARNING, place, "Write DESTINATION/PREFIX via ROUTER, one a line",
			      "the line is not read, %s", problem);
	g_variant_dict_clear(&route.attributes);
}

static void
read_old_file(struct routes *routes, const struct directory_file *text, GPtrArray *diagnostics)
{
	g_autofree char *valid = g_utf8_make_valid(text->text, text->length);
	g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);

	for (guint i = 0; lines[i] != NULL; i++) {
		const struct ifcfg_place place = {.file = text->path, .line = i + 1, .text = lines[i]};

		read_old_line(routes, lines[i], &place, diagnostics);
	}
}

/* The value of NAMEn as an address; fatal if it is none. */
static gboolean
get_address(struct ifcfg_file *file, const char *name, guint number, guint8 *address)
{
	g_autofree char *variable = g_strdup_printf("%s%u", name, number);
	const char *value = ifcfg_file_get(file, variable);

	if (value == NULL)
		return FALSE;
	if (inet_pton(AF_INET, value, address) == 1)
		return TRUE;
	ifcfg_file_report(file, IFCFG_FATAL, variable, "Write four numbers such as 192.0.2.1", "%s is no IPv4 address",
			  variable);
	return FALSE;
}

static gboolean
get_prefix(struct ifcfg_file *file, guint number, gint64 *prefix)
{
	g_autofree char *variable = g_strdup_printf("NETMASK%u", number);
	guint32 netmask;
	guint32 bits;

	if (!get_address(file, "NETMASK", number, (guint8 *) &netmask)) {
		if (!file->failed)
			ifcfg_file_report(file, IFCFG_FATAL, NULL, "Add the line", "%s is missing", variable);
		return FALSE;
	}
	bits = ntohl(netmask);
	*prefix = bits != 0 ? 32 - __builtin_ctz(bits) : 0;
	if (*prefix == 0 || bits == G_MAXUINT32 << (32 - *prefix))
		return TRUE;
	ifcfg_file_report(file, IFCFG_FATAL, variable, "Correct the netmask", "the netmask has holes");
	return FALSE;
}

static void
read_options(struct routes *routes, struct ifcfg_file *file, guint number, struct route *route)
{
	g_autofree char *variable = g_strdup_printf("OPTIONS%u", number);
	const char *value = ifcfg_file_get(file, variable);
	g_auto(GStrv) parts = ifcfg_split_words(value != NULL ? value : "");
	const char *problem = read_words(routes, parts, route, TRUE);

	if (problem != NULL)
		ifcfg_file_report(file, IFCFG_FATAL, variable, "Correct the words", "%s", problem);
}

static gboolean
is_null(const guint8 *address)
{
	for (guint i = 0; i < ADDRESS_LENGTH_MAX; i++) {
		if (address[i] != 0)
			return FALSE;
	}
	return TRUE;
}

/* ADDRESSn, NETMASKn, GATEWAYn, METRICn, OPTIONSn */
static gboolean
read_numbered(struct routes *routes, struct ifcfg_file *file, guint number)
{
	g_autofree char *metric = g_strdup_printf("METRIC%u", number);
	g_autofree char *address = g_strdup_printf("ADDRESS%u", number);
	struct ifcfg_place place;
	struct route route = {0};

	if (!get_address(file, "ADDRESS", number, route.destination) || !get_prefix(file, number, &route.prefix))
		return FALSE;
	g_variant_dict_init(&route.attributes, NULL);
	route.has_next_hop = get_address(file, "GATEWAY", number, route.next_hop) && !is_null(route.next_hop);
	route.metric = ifcfg_file_get_integer(file, metric, 10, 0, G_MAXUINT32, -1);
	if (route.metric < 0 && ifcfg_file_get(file, metric) != NULL)
		file->failed = TRUE;
	read_options(routes, file, number, &route);
	if (file->failed) {
		g_variant_dict_clear(&route.attributes);
		return FALSE;
	}
	place = ifcfg_file_place(file, address);
	add_route(routes, &route, &place, file->diagnostics);
	return TRUE;
}

/* What comes after a gap, and what no route has. */
static void
report_unread(struct ifcfg_file *file)
{
	for (guint i = 0; i < file->variables->len; i++) {
		const struct ifcfg_variable *variable = file->variables->pdata[i];

		if (!variable->used)
			ifcfg_file_report(file, IFCFG_WARNING, variable->name,
					  "Number the routes from 0 without gaps: ADDRESS0, NETMASK0, GATEWAY0 …",
					  "%s belongs to no route that is read", variable->name);
	}
}

static gboolean
read_numbered_file(struct routes *routes, struct ifcfg_file *file)
{
	for (guint number = 0; read_numbered(routes, file, number); number++) {
	}
	if (!file->failed)
		report_unread(file);
	return !file->failed;
}

static gboolean
has_numbered_lines(const struct ifcfg_file *file)
{
	for (guint i = 0; i < file->variables->len; i++) {
		const struct ifcfg_variable *variable = file->variables->pdata[i];

		if (g_str_has_prefix(variable->name, "ADDRESS"))
			return TRUE;
	}
	return FALSE;
}

/* Routes of an earlier file of the same profile. */
static void
take_over(struct routes *routes, const struct ifcfg_settings *settings, const char *section)
{
	GVariant *data = ifcfg_settings_get(settings, section, "route-data");
	GVariant *legacy = ifcfg_settings_get(settings, section, "routes");

	for (gsize i = 0; data != NULL && i < g_variant_n_children(data); i++) {
		g_autoptr(GVariant) entry = g_variant_get_child_value(data, i);

		g_hash_table_add(routes->seen, g_variant_print(entry, FALSE));
		g_variant_builder_add_value(&routes->data, entry);
	}
	for (gsize i = 0; legacy != NULL && i < g_variant_n_children(legacy); i++) {
		g_autoptr(GVariant) entry = g_variant_get_child_value(legacy, i);

		g_variant_builder_add_value(&routes->legacy, entry);
	}
}

gboolean
ifcfg_routes_read(int family, const struct directory_file *text, struct ifcfg_settings *settings,
		  GPtrArray *diagnostics)
{
	/* Lines of the old form are no assignments; that is not worth a report. */
	g_autoptr(GPtrArray) scratch = ifcfg_diagnostics_new();
	struct ifcfg_file *file = ifcfg_file_parse(text->path, text->text, text->length, scratch);
	const char *section = family == AF_INET ? "ipv4" : "ipv6";
	struct routes routes;
	gboolean usable = TRUE;

	routes_init(&routes, family);
	take_over(&routes, settings, section);
	if (family == AF_INET && has_numbered_lines(file)) {
		ifcfg_file_free(file);
		file = ifcfg_file_parse(text->path, text->text, text->length, diagnostics);
		usable = read_numbered_file(&routes, file);
	} else {
		read_old_file(&routes, text, diagnostics);
	}
	ifcfg_settings_set(settings, section, "route-data", g_variant_builder_end(&routes.data));
	ifcfg_settings_set(settings, section, "routes", g_variant_builder_end(&routes.legacy));
	g_hash_table_unref(routes.seen);
	ifcfg_file_free(file);
	return usable;
}
