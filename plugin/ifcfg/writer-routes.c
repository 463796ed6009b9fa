/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routes and rules, in the files beside the ifcfg file. Lines of those that stay are not touched. */
#include "writer-private.h"

#include "diagnostics.h"
#include "keyfile.h"
#include "route.h"
#include "rule.h"
#include "settings.h"
#include "words.h"

#include <arpa/inet.h>
#include <string.h>

#define ROUTES_MAX 100000

/* What belongs to one of the families. */
static const struct family {
	const char *section;
	const char *routes;
	const char *rules;
	const char *variable; /* of rules */
	int family;
} families[] = {{"ipv4", "route-", "rule-", "ROUTING_RULE_", AF_INET},
		{"ipv6", "route6-", "rule6-", "ROUTING_RULE6_", AF_INET6}};

static const struct family *
family_of(const struct change *change)
{
	return &families[g_str_has_prefix(change->name, "ipv6.") ? 1 : 0];
}

static const char *
look_up(GHashTable *keys, const struct family *family, const char *key)
{
	g_autofree char *name = g_strconcat(family->section, ".", key, NULL);

	return g_hash_table_lookup(keys, name);
}

static GStrv
list_of(GHashTable *keys, const struct family *family, const char *key)
{
	const char *value = look_up(keys, family, key);

	return g_strsplit(value != NULL ? value : "", "\n", -1);
}

/* What a text of routes or rules says: (transfer full) (nullable), as writer_keys_read() has it. */
static char *
meaning_of(const struct family *family, const char *text, gboolean is_rule)
{
	g_autoptr(GPtrArray) diagnostics = ifcfg_diagnostics_new();
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GKeyFile) keyfile = g_key_file_new();
	struct directory_file file = {.path = (char *) family->section, .text = (char *) text, .length = strlen(text)};
	struct ifcfg_settings *settings = ifcfg_settings_new();
	g_autoptr(GVariant) all = NULL;
	g_autoptr(GHashTable) keys = NULL;
	g_autofree char *data = NULL;

	if (is_rule)
		ifcfg_rules_read(family->family, &file, settings, diagnostics);
	else
		ifcfg_routes_read(family->family, &file, settings, diagnostics);
	all = ifcfg_settings_end(settings);
	ifcfg_settings_free(settings);
	data = ifcfg_keyfile_format(all, NULL, lost);
	g_key_file_load_from_data(keyfile, data, -1, G_KEY_FILE_NONE, NULL);
	keys = writer_keys_read(keyfile);
	return g_strdup(look_up(keys, family, is_rule ? "routing-rules" : "routes"));
}

/* --- a route as words of `ip route` --- */

static const struct {
	const char *attribute;
	const char *word;
	const char *format; /* of the value; NULL: a flag */
} attributes[] = {
    {"onlink", "onlink"},	   {"quickack", "quickack", "b"}, {"table", "table", "u"},
    {"rto_min", "rto_min", "u"},   {"weight", "weight", "u"},	  {"mtu", "mtu", "l"},
    {"window", "window", "l"},	   {"cwnd", "cwnd", "l"},	  {"advmss", "advmss", "l"},
    {"initcwnd", "initcwnd", "l"}, {"initrwnd", "initrwnd", "l"}, {"tos", "tos", "x"},
    {"scope", "scope", "u"},	   {"src", "src", "s"},		  {"from", "from", "s"},
};

/* The value of NAME in "NAME=VALUE,…", or NULL. */
static const char *
find_attribute(char **options, const char *name)
{
	gsize length = strlen(name);

	for (; *options != NULL; options++) {
		if (strncmp(*options, name, length) == 0 && (*options)[length] == '=')
			return *options + length + 1;
	}
	return NULL;
}

static void
append_attribute(GString *out, guint which, const char *value, gboolean is_locked)
{
	char format = attributes[which].format != NULL ? attributes[which].format[0] : '\0';

	if (format == '\0' && strcmp(value, "true") != 0)
		return;
	g_string_append_printf(out, " %s", attributes[which].word);
	if (format == 'b')
		g_string_append(out, strcmp(value, "true") == 0 ? " 1" : " 0");
	else if (format == 'x')
		g_string_append_printf(out, " 0x%02x", (guint) g_ascii_strtoull(value, NULL, 10));
	else if (format != '\0')
		g_string_append_printf(out, "%s %s", is_locked ? " lock" : "", value);
}

static void
append_attributes(GString *out, char **options)
{
	for (guint i = 0; i < G_N_ELEMENTS(attributes); i++) {
		g_autofree char *lock = g_strconcat("lock-", attributes[i].attribute, NULL);
		const char *value = find_attribute(options, attributes[i].attribute);

		if (value != NULL)
			append_attribute(out, i, value, g_strcmp0(find_attribute(options, lock), "true") == 0);
	}
}

/* The parts of "DESTINATION/PREFIX,NEXT-HOP,METRIC NAME=VALUE,…" */
struct route {
	char **parts;
	char **options;
};

static struct route
route_split(const char *text)
{
	const char *blank = strchr(text, ' ');
	g_autofree char *head = g_strndup(text, blank - text);

	return (struct route){.parts = g_strsplit(head, ",", 3), .options = g_strsplit(blank + 1, ",", -1)};
}

static void
route_clear(struct route *route)
{
	g_strfreev(route->parts);
	g_strfreev(route->options);
}

static char *
route_line(const struct writer *writer, const char *text)
{
	struct route route = route_split(text);
	const char *type = find_attribute(route.options, "type");
	const char *device = writer_after(writer, "connection.interface-name");
	GString *out = g_string_new(NULL);

	if (type != NULL)
		g_string_append_printf(out, "%s ", type);
	g_string_append(out, route.parts[0]);
	if (*route.parts[1] != '\0')
		g_string_append_printf(out, " via %s", route.parts[1]);
	else if (type == NULL && device != NULL)
		g_string_append_printf(out, " dev %s", device);
	if (*route.parts[2] != '\0')
		g_string_append_printf(out, " metric %s", route.parts[2]);
	append_attributes(out, route.options);
	route_clear(&route);
	return g_string_free(out, FALSE);
}

/* --- files of lines --- */

static gboolean
remove_line(struct edit *edit, const struct family *family, const char *route)
{
	for (guint i = 0; i < edit_count(edit); i++) {
		g_autofree char *meaning = meaning_of(family, edit_line(edit, i), FALSE);

		if (g_strcmp0(meaning, route) != 0)
			continue;
		edit_remove(edit, i);
		return TRUE;
	}
	return FALSE;
}

static gboolean
write_lines(struct writer *writer, const struct change *change, struct edit *edit, GError **error)
{
	const struct family *family = family_of(change);
	g_auto(GStrv) before = list_of(writer->before, family, "routes");
	g_auto(GStrv) after = list_of(writer->after, family, "routes");

	for (char **route = before; *route != NULL; route++) {
		if (!g_strv_contains((const char *const *) after, *route) && !remove_line(edit, family, *route))
			return writer_refuse(change, error);
	}
	for (char **route = after; *route != NULL; route++) {
		g_autofree char *line = NULL;

		if (g_strv_contains((const char *const *) before, *route))
			continue;
		line = route_line(writer, *route);
		if (!edit_append(edit, line, error))
			return FALSE;
	}
	return TRUE;
}

/* --- files of ADDRESSn, NETMASKn, GATEWAYn, METRICn and OPTIONSn --- */

static const char *const numbered[] = {"ADDRESS", "NETMASK", "GATEWAY", "METRIC", "OPTIONS"};

/* The values of one route, NULL where there is none. */
struct entry {
	char *values[G_N_ELEMENTS(numbered)];
};

static void
entry_free(gpointer data)
{
	struct entry *entry = data;

	for (guint i = 0; i < G_N_ELEMENTS(numbered); i++)
		g_free(entry->values[i]);
	g_free(entry);
}

static GPtrArray *
list_entries(const struct edit *edit)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);

	for (guint number = 0; number < ROUTES_MAX; number++) {
		struct entry *entry = g_new0(struct entry, 1);

		for (guint i = 0; i < G_N_ELEMENTS(numbered); i++) {
			g_autofree char *name = g_strdup_printf("%s%u", numbered[i], number);

			entry->values[i] = g_strdup(edit_get(edit, name));
		}
		if (entry->values[0] == NULL) {
			entry_free(entry);
			break;
		}
		g_ptr_array_add(entries, entry);
	}
	return entries;
}

static char *
entry_meaning(const struct family *family, const struct entry *entry)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(numbered); i++) {
		g_autofree char *quoted = entry->values[i] != NULL ? edit_quote(entry->values[i], NULL) : NULL;

		if (quoted != NULL)
			g_string_append_printf(text, "%s0=%s\n", numbered[i], quoted);
	}
	return meaning_of(family, text->str, FALSE);
}

static char *
netmask_of(const char *network)
{
	const char *slash = strchr(network, '/');
	guint64 bits = slash != NULL ? MIN(g_ascii_strtoull(slash + 1, NULL, 10), 32) : 32;
	guint32 mask = htonl(bits > 0 ? G_MAXUINT32 << (32 - bits) : 0);
	char text[INET_ADDRSTRLEN];

	return g_strdup(inet_ntop(AF_INET, &mask, text, sizeof(text)));
}

static struct entry *
entry_new(const char *text)
{
	struct entry *entry = g_new0(struct entry, 1);
	struct route route = route_split(text);
	g_autoptr(GString) options = g_string_new(find_attribute(route.options, "type"));

	append_attributes(options, route.options);
	g_strchug(options->str);
	entry->values[0] = g_strndup(route.parts[0], strcspn(route.parts[0], "/"));
	entry->values[1] = netmask_of(route.parts[0]);
	entry->values[2] = *route.parts[1] != '\0' ? g_strdup(route.parts[1]) : NULL;
	entry->values[3] = *route.parts[2] != '\0' ? g_strdup(route.parts[2]) : NULL;
	entry->values[4] = options->str[0] != '\0' ? g_strdup(options->str) : NULL;
	route_clear(&route);
	return entry;
}

static gboolean
remove_entry(GPtrArray *entries, const struct family *family, const char *route)
{
	for (guint i = 0; i < entries->len; i++) {
		g_autofree char *meaning = entry_meaning(family, entries->pdata[i]);

		if (g_strcmp0(meaning, route) == 0) {
			g_ptr_array_remove_index(entries, i);
			return TRUE;
		}
	}
	return FALSE;
}

static gboolean
say_entries(struct edit *edit, const GPtrArray *entries, guint n_before, GError **error)
{
	for (guint number = 0; number < MAX(entries->len, n_before); number++) {
		const struct entry *entry = number < entries->len ? entries->pdata[number] : NULL;

		for (guint i = 0; i < G_N_ELEMENTS(numbered); i++) {
			g_autofree char *name = g_strdup_printf("%s%u", numbered[i], number);
			const char *value = entry != NULL ? entry->values[i] : NULL;

			if (value != NULL ? !edit_set(edit, name, value, error) : !edit_unset(edit, name, error))
				return FALSE;
		}
	}
	return TRUE;
}

static gboolean
write_numbered(struct writer *writer, const struct change *change, struct edit *edit, GError **error)
{
	const struct family *family = family_of(change);
	g_auto(GStrv) before = list_of(writer->before, family, "routes");
	g_auto(GStrv) after = list_of(writer->after, family, "routes");
	g_autoptr(GPtrArray) entries = list_entries(edit);
	guint n_before = entries->len;

	for (char **route = before; *route != NULL; route++) {
		if (!g_strv_contains((const char *const *) after, *route) && !remove_entry(entries, family, *route))
			return writer_refuse(change, error);
	}
	for (char **route = after; *route != NULL; route++) {
		if (!g_strv_contains((const char *const *) before, *route))
			g_ptr_array_add(entries, entry_new(*route));
	}
	return say_entries(edit, entries, n_before, error);
}

gboolean
writer_routes(struct writer *writer, const struct change *change, GError **error)
{
	const struct family *family = family_of(change);
	struct edit *edit = writer_open(writer, family->routes);

	if (family->family == AF_INET && edit_get(edit, "ADDRESS0") != NULL)
		return write_numbered(writer, change, edit, error);
	return write_lines(writer, change, edit, error);
}

/* --- rules --- */

static gboolean
says_rule(const struct family *family, const char *text, const char *rule)
{
	g_autofree char *meaning = meaning_of(family, text, TRUE);

	return g_strcmp0(meaning, rule) == 0;
}

/* A line for each rule, in their order. */
static gboolean
write_rule_lines(struct edit *edit, const struct family *family, char **rules, GError **error)
{
	for (guint i = 0; i < edit_count(edit); i++) {
		if (ifcfg_is_comment(edit_line(edit, i)))
			continue;
		if (*rules == NULL) {
			edit_remove(edit, i--);
			continue;
		}
		if (!says_rule(family, edit_line(edit, i), *rules))
			edit_replace(edit, i, *rules);
		rules++;
	}
	for (; *rules != NULL; rules++) {
		if (!edit_append(edit, *rules, error))
			return FALSE;
	}
	return TRUE;
}

static int
compare_numbers(gconstpointer a, gconstpointer b)
{
	guint left = *(const guint *) a;
	guint right = *(const guint *) b;

	return (left > right) - (left < right);
}

/* The numbers of the variables that the file has. */
static GArray *
list_numbers(const struct edit *edit, const char *prefix)
{
	GArray *numbers = g_array_new(FALSE, FALSE, sizeof(guint));

	for (guint i = 0; i < edit_count(edit); i++) {
		const char *line = edit_line(edit, i) + strspn(edit_line(edit, i), " \t");
		const char *digits = line + strlen(prefix);
		guint64 number;

		if (!g_str_has_prefix(line, prefix) || !g_ascii_isdigit(*digits) ||
		    digits[strspn(digits, "0123456789")] != '=')
			continue;
		number = g_ascii_strtoull(digits, NULL, 10);
		for (guint k = 0; k < numbers->len; k++)
			number = number == g_array_index(numbers, guint, k) ? G_MAXUINT64 : number;
		if (number < G_MAXUINT32 / 2)
			g_array_append_vals(numbers, &(guint){number}, 1);
	}
	g_array_sort(numbers, compare_numbers);
	return numbers;
}

static gboolean
write_rule_variables(struct writer *writer, const struct family *family, char **rules, GError **error)
{
	g_autoptr(GArray) numbers = list_numbers(writer->edit, family->variable);
	guint last = numbers->len > 0 ? g_array_index(numbers, guint, numbers->len - 1) : 0;
	guint n = g_strv_length(rules);

	for (guint i = 0; i < MAX(n, numbers->len); i++) {
		guint number = i < numbers->len ? g_array_index(numbers, guint, i) : ++last;
		g_autofree char *name = g_strdup_printf("%s%u", family->variable, number);
		const char *now = edit_get(writer->edit, name);

		if (i < n && now != NULL && says_rule(family, now, rules[i]))
			continue;
		if (!writer_say(writer, name, i < n ? rules[i] : NULL, error))
			return FALSE;
	}
	return TRUE;
}

/* Where there is a file of rules, variables have no say. */
gboolean
writer_rules(struct writer *writer, const struct change *change, GError **error)
{
	const struct family *family = family_of(change);
	g_auto(GStrv) rules = list_of(writer->after, family, "routing-rules");

	if (writer_has_file(writer, families[0].rules) || writer_has_file(writer, families[1].rules))
		return write_rule_lines(writer_open(writer, family->rules), family, rules, error);
	return write_rule_variables(writer, family, rules, error);
}
