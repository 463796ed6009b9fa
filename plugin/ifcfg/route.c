/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "route.h"

#include "ifcfg-file.h"

#include <arpa/inet.h>
#include <string.h>

#define ADDRESS_LENGTH_MAX 16

/* One route. */
struct route {
	guint8 destination[ADDRESS_LENGTH_MAX];
	gint64 prefix;
	guint8 next_hop[ADDRESS_LENGTH_MAX];
	gboolean has_next_hop;
	gint64 metric; /* -1: none */
	GVariantDict attributes;
};

/* All routes of a file. */
struct routes {
	int family;
	gsize length; /* of an address */
	GVariantBuilder data;
	GVariantBuilder legacy;
};

enum word_kind {
	WORD_VIA,
	WORD_METRIC,
	WORD_IGNORED, /* takes a value that means nothing here */
	WORD_FLAG,
	WORD_UINT8,
	WORD_UINT32,
	WORD_ADDRESS,
};

/* Words of `ip route add` and the attributes they become; words of the same name as their attribute have no second. */
static const struct {
	const char *word;
	enum word_kind kind;
	const char *attribute;
} words[] = {
    {"via", WORD_VIA},
    {"metric", WORD_METRIC},
    {"preference", WORD_METRIC},
    {"dev", WORD_IGNORED},
    {"proto", WORD_IGNORED},
    {"onlink", WORD_FLAG, "onlink"},
    {"table", WORD_UINT32, "table"},
    {"mtu", WORD_UINT32, "mtu"},
    {"window", WORD_UINT32, "window"},
    {"cwnd", WORD_UINT32, "cwnd"},
    {"initcwnd", WORD_UINT32, "initcwnd"},
    {"initrwnd", WORD_UINT32, "initrwnd"},
    {"tos", WORD_UINT8, "tos"},
    {"src", WORD_ADDRESS, "src"},
};

static const char *const types[] = {"unicast", "local", "blackhole", "unavailable", "prohibit", "throw", NULL};

static void
routes_init(struct routes *routes, int family)
{
	routes->family = family;
	routes->length = family == AF_INET ? 4 : ADDRESS_LENGTH_MAX;
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

static void
add_route(struct routes *routes, struct route *route)
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
	g_variant_builder_add_value(&routes->data, g_variant_dict_end(&route->attributes));
	add_legacy(routes, route);
}

/* The bits behind the prefix mean nothing. */
static void
mask_destination(const struct routes *routes, struct route *route)
{
	for (gsize i = 0; i < routes->length; i++) {
		gint64 bits = CLAMP(route->prefix - (gint64) i * 8, 0, 8);

		route->destination[i] &= 0xff00 >> bits;
	}
}

static gboolean
parse_destination(const struct routes *routes, const char *text, struct route *route)
{
	const char *slash = strchr(text, '/');
	g_autofree char *host = slash != NULL ? g_strndup(text, slash - text) : g_strdup(text);

	route->prefix = routes->length * 8;
	if (inet_pton(routes->family, host, route->destination) != 1)
		return FALSE;
	if (slash != NULL && !ifcfg_parse_integer(slash + 1, 10, 0, routes->length * 8, &route->prefix))
		return FALSE;
	mask_destination(routes, route);
	return TRUE;
}

static gboolean
read_value(const struct routes *routes, guint which, const char *value, struct route *route)
{
	guint8 address[ADDRESS_LENGTH_MAX];
	gint64 number;

	switch (words[which].kind) {
	case WORD_VIA:
		route->has_next_hop = inet_pton(routes->family, value, route->next_hop) == 1;
		return route->has_next_hop;
	case WORD_METRIC:
		return ifcfg_parse_integer(value, 0, 0, G_MAXUINT32, &route->metric);
	case WORD_UINT8:
		if (!ifcfg_parse_integer(value, 16, 0, G_MAXUINT8, &number))
			return FALSE;
		g_variant_dict_insert(&route->attributes, words[which].attribute, "y", (guint8) number);
		return TRUE;
	case WORD_UINT32:
		if (!ifcfg_parse_integer(value, 0, 0, G_MAXUINT32, &number))
			return FALSE;
		g_variant_dict_insert(&route->attributes, words[which].attribute, "u", (guint32) number);
		return TRUE;
	case WORD_ADDRESS:
		if (inet_pton(routes->family, value, address) != 1)
			return FALSE;
		g_variant_dict_insert(&route->attributes, words[which].attribute, "s", value);
		return TRUE;
	default:
		return TRUE;
	}
}

static int
find_word(const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strcmp(words[i].word, text) == 0)
			return i;
	}
	return -1;
}

/* What follows the destination. */
static const char *
read_words(const struct routes *routes, char **word, struct route *route)
{
	for (; *word != NULL; word++) {
		int which = find_word(*word);
		g_autofree char *lock = NULL;

		if (which < 0)
			return "a word is unknown";
		if (words[which].kind == WORD_FLAG) {
			g_variant_dict_insert(&route->attributes, words[which].attribute, "b", TRUE);
			continue;
		}
		if (words[which].kind == WORD_UINT32 && g_strcmp0(word[1], "lock") == 0) {
			lock = g_strconcat("lock-", words[which].attribute, NULL);
			g_variant_dict_insert(&route->attributes, lock, "b", TRUE);
			word++;
		}
		if (word[1] == NULL || !read_value(routes, which, word[1], route))
			return "a word has no valid value";
		word++;
	}
	return NULL;
}

/* [TYPE] [to] DESTINATION words… */
static const char *
read_line(const struct routes *routes, char **word, struct route *route)
{
	if (g_strv_contains(types, *word)) {
		if (strcmp(*word, "unicast") != 0)
			g_variant_dict_insert(&route->attributes, "type", "s", *word);
		word++;
	}
	if (g_strcmp0(*word, "to") == 0)
		word++;
	if (*word == NULL)
		return "the destination is missing";
	if (strcmp(*word, "default") == 0)
		return "a default route is GATEWAY's in the ifcfg file";
	if (!parse_destination(routes, *word, route))
		return "the destination is no address";
	if (route->prefix == 0)
		return "a default route is GATEWAY's in the ifcfg file";
	return read_words(routes, word + 1, route);
}

/* Words without the empty ones. */
static GStrv
split(const char *line)
{
	g_auto(GStrv) all = g_strsplit_set(line, " \t\r", -1);
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

	for (char **word = all; *word != NULL; word++) {
		if (**word != '\0')
			g_strv_builder_add(builder, *word);
	}
	return g_strv_builder_end(builder);
}

static void
read_old_line(struct routes *routes, const char *line, const struct ifcfg_place *place, GPtrArray *diagnostics)
{
	g_auto(GStrv) parts = split(line);
	struct route route = {.metric = -1};
	const char *problem;

	if (parts[0] == NULL || parts[0][0] == '#')
		return;
	g_variant_dict_init(&route.attributes, NULL);
	problem = read_line(routes, parts, &route);
	if (problem == NULL) {
		add_route(routes, &route);
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
	g_auto(GStrv) parts = split(value != NULL ? value : "");
	const char *problem = read_words(routes, parts, route);

	if (problem != NULL)
		ifcfg_file_report(file, IFCFG_FATAL, variable, "Correct the words", "%s", problem);
}

/* ADDRESSn, NETMASKn, GATEWAYn, METRICn, OPTIONSn */
static gboolean
read_numbered(struct routes *routes, struct ifcfg_file *file, guint number)
{
	g_autofree char *metric = g_strdup_printf("METRIC%u", number);
	struct route route = {0};

	if (!get_address(file, "ADDRESS", number, route.destination) || !get_prefix(file, number, &route.prefix))
		return FALSE;
	g_variant_dict_init(&route.attributes, NULL);
	route.has_next_hop = get_address(file, "GATEWAY", number, route.next_hop);
	route.metric = ifcfg_file_get_integer(file, metric, 10, 0, G_MAXUINT32, -1);
	read_options(routes, file, number, &route);
	if (file->failed) {
		g_variant_dict_clear(&route.attributes);
		return FALSE;
	}
	mask_destination(routes, &route);
	add_route(routes, &route);
	return TRUE;
}

static gboolean
read_numbered_file(struct routes *routes, struct ifcfg_file *file)
{
	for (guint number = 0; read_numbered(routes, file, number); number++) {
	}
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
	if (family == AF_INET && has_numbered_lines(file)) {
		ifcfg_file_free(file);
		file = ifcfg_file_parse(text->path, text->text, text->length, diagnostics);
		usable = read_numbered_file(&routes, file);
	} else {
		read_old_file(&routes, text, diagnostics);
	}
	ifcfg_settings_set(settings, section, "route-data", g_variant_builder_end(&routes.data));
	ifcfg_settings_set(settings, section, "routes", g_variant_builder_end(&routes.legacy));
	ifcfg_file_free(file);
	return usable;
}
