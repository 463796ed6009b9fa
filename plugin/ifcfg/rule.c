/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rule.h"

#include "check.h"
#include "words.h"

#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define FULL_MASK     G_MAXUINT32
#define BEGINNING_MIN 2

/* A rule being put together. */
struct rule {
	int family;
	guint seen;	     /* bit mask of indexes of words[] */
	gboolean is_command; /* a line for `ip rule add` */
	gboolean has_priority;
	gboolean has_table;
	guint32 table;
	guint8 action; /* FR_ACT_… */
	gboolean suppresses;
	GVariantDict entry;
};

typedef const char *(*word_reader)(struct rule *rule, const char *name, const char *value);

static const char *
read_prefix(struct rule *rule, const char *name, const char *value)
{
	g_autofree char *length = g_strconcat(name, "-len", NULL);
	char text[INET6_ADDRSTRLEN];
	guint8 address[16];
	gint64 prefix;

	if (strcmp(value, "all") == 0 || strcmp(value, "any") == 0)
		return NULL;
	if (!ifcfg_parse_network(rule->family, value, address, &prefix))
		return "an address is not valid";
	if (prefix == 0)
		return NULL;
	g_variant_dict_insert(&rule->entry, name, "s", inet_ntop(rule->family, address, text, sizeof(text)));
	g_variant_dict_insert(&rule->entry, length, "y", (guint8) prefix);
	return NULL;
}

static const char *
read_priority(struct rule *rule, const char *name, const char *value)
{
	gint64 number;

	if (!ifcfg_parse_integer(value, 0, 0, G_MAXUINT32, &number))
		return "the priority is no number";
	rule->has_priority = TRUE;
	g_variant_dict_insert(&rule->entry, name, "u", (guint32) number);
	return NULL;
}

static const char *
read_table(struct rule *rule, const char *name, const char *value)
{
	static const struct {
		const char *name;
		guint32 table;
	} tables[] = {{"main", RT_TABLE_MAIN}, {"local", RT_TABLE_LOCAL}, {"default", RT_TABLE_DEFAULT}};
	gint64 number;

	rule->has_table = TRUE;
	for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
		if (strcmp(value, tables[i].name) == 0) {
			rule->table = tables[i].table;
			return NULL;
		}
	}
	if (!ifcfg_parse_integer(value, 0, 0, G_MAXUINT32, &number))
		return "the table is no number";
	rule->table = number;
	return NULL;
}

static const char *
read_tos(struct rule *rule, const char *name, const char *value)
{
	gint64 number;

	if (!ifcfg_parse_integer(value, 16, 0, G_MAXUINT8, &number))
		return "the type of service is no number";
	if (number != 0)
		g_variant_dict_insert(&rule->entry, name, "y", (guint8) number);
	return NULL;
}

static const char *
read_protocol(struct rule *rule, const char *name, const char *value)
{
	gint64 number;

	if (!ifcfg_parse_integer(value, 10, 0, G_MAXUINT8, &number))
		return "the protocol is no number";
	if (number != 0)
		g_variant_dict_insert(&rule->entry, name, "y", (guint8) number);
	return NULL;
}

/* START or START-END */
static gboolean
parse_range(const char *value, guint base, gint64 min, gint64 max, gint64 *start, gint64 *end)
{
	const char *dash = strchr(value, '-');
	g_autofree char *first = dash != NULL ? g_strndup(value, dash - value) : g_strdup(value);

	if (!ifcfg_parse_integer(first, base, min, max, start))
		return FALSE;
	*end = *start;
	return dash == NULL || (ifcfg_parse_integer(dash + 1, base, min, max, end) && *end >= *start);
}

static const char *
read_ports(struct rule *rule, const char *name, const char *value)
{
	g_autofree char *from = g_strconcat(name, "-start", NULL);
	g_autofree char *to = g_strconcat(name, "-end", NULL);
	gint64 start;
	gint64 end;

	if (!parse_range(value, 10, 1, G_MAXUINT16, &start, &end))
		return "a port is no number";
	g_variant_dict_insert(&rule->entry, from, "q", (guint16) start);
	if (start != end)
		g_variant_dict_insert(&rule->entry, to, "q", (guint16) end);
	return NULL;
}

static const char *
read_mark(struct rule *rule, const char *name, const char *value)
{
	const char *slash = strchr(value, '/');
	g_autofree char *first = slash != NULL ? g_strndup(value, slash - value) : g_strdup(value);
	gint64 mark;
	gint64 mask = FULL_MASK;

	if (!ifcfg_parse_integer(first, 0, 0, G_MAXUINT32, &mark) ||
	    (slash != NULL && !ifcfg_parse_integer(slash + 1, 0, 0, G_MAXUINT32, &mask)))
		return "the mark is no number";
	if (mark != 0)
		g_variant_dict_insert(&rule->entry, name, "u", (guint32) mark);
	if (mask != 0)
		g_variant_dict_insert(&rule->entry, "fwmask", "u", (guint32) mask);
	return NULL;
}

static const char *
read_interface(struct rule *rule, const char *name, const char *value)
{
	if (!ifcfg_is_interface_name(value))
		return "an interface has no valid name";
	g_variant_dict_insert(&rule->entry, name, "s", value);
	return NULL;
}

static const char *
read_suppression(struct rule *rule, const char *name, const char *value)
{
	gint64 number;

	if (!ifcfg_parse_integer(value, 0, 0, rule->family == AF_INET ? 32 : 128, &number))
		return "the prefix length to suppress is not valid";
	rule->suppresses = TRUE;
	g_variant_dict_insert(&rule->entry, name, "i", (gint32) number);
	return NULL;
}

static const char *
read_users(struct rule *rule, const char *name, const char *value)
{
	gint64 start;
	gint64 end;

	if (!parse_range(value, 0, 0, G_MAXUINT32, &start, &end))
		return "the range of users is not valid";
	g_variant_dict_insert(&rule->entry, "uid-range-start", "u", (guint32) start);
	if (start != end)
		g_variant_dict_insert(&rule->entry, "uid-range-end", "u", (guint32) end);
	return NULL;
}

/* Words that take a value, what `ip rule` calls them beside that, and the key they become. */
static const struct {
	const char *names[5];
	const char *key;
	word_reader read;
} words[] = {
    {{"from"}, "from", read_prefix},
    {{"to"}, "to", read_prefix},
    {{"priority", "order", "pref", "preference"}, "priority", read_priority},
    {{"table", "lookup"}, "table", read_table},
    {{"tos", "dsfield"}, "tos", read_tos},
    {{"ipproto"}, "ipproto", read_protocol},
    {{"sport"}, "sport", read_ports},
    {{"dport"}, "dport", read_ports},
    {{"fwmark"}, "fwmark", read_mark},
    {{"iif", "dev"}, "iifname", read_interface},
    {{"oif"}, "oifname", read_interface},
    {{"suppress_prefixlength", "sup_pl"}, "suppress-prefixlength", read_suppression},
    {{"uidrange"}, "uidrange", read_users},
};

/* `ip rule` takes the beginning of a word for the word. */
static int
find_beginning(const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS(words) && strlen(text) >= BEGINNING_MIN; i++) {
		for (guint k = 0; words[i].names[k] != NULL; k++) {
			if (g_str_has_prefix(words[i].names[k], text))
				return i;
		}
	}
	return -1;
}

static int
find_word(const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		for (guint k = 0; words[i].names[k] != NULL; k++) {
			if (strcmp(words[i].names[k], text) == 0)
				return i;
		}
	}
	return -1;
}

static gboolean
read_action(struct rule *rule, const char *text)
{
	static const struct {
		const char *name;
		guint8 action;
	} actions[] = {
	    {"blackhole", FR_ACT_BLACKHOLE}, {"prohibit", FR_ACT_PROHIBIT}, {"unreachable", FR_ACT_UNREACHABLE}};

	for (guint i = 0; i < G_N_ELEMENTS(actions); i++) {
		if (strcmp(text, actions[i].name) == 0 && rule->action == FR_ACT_TO_TBL) {
			rule->action = actions[i].action;
			return TRUE;
		}
	}
	return FALSE;
}

static const char *
read_words(struct rule *rule, char **word)
{
	for (; *word != NULL; word++) {
		const char *problem;
		int which;

		if (strcmp(*word, "not") == 0) {
			g_variant_dict_insert(&rule->entry, "invert", "b", TRUE);
			continue;
		}
		if (strcmp(*word, "type") == 0 && word[1] != NULL)
			word++;
		if (read_action(rule, *word))
			continue;
		which = find_word(*word);
		if (which < 0 && rule->is_command)
			which = find_beginning(*word);
		if (which < 0)
			return "a word is unknown";
		if ((rule->seen & 1u << which) != 0)
			return "a word is there twice";
		if (word[1] == NULL)
			return "the last word has no value";
		rule->seen |= 1u << which;
		problem = words[which].read(rule, words[which].key, *++word);
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

static const char *
finish(struct rule *rule, gboolean need_priority)
{
	if (need_priority && !rule->has_priority)
		return "it has no priority";
	if (rule->action != FR_ACT_TO_TBL) {
		if (rule->suppresses)
			return "a rule without a table suppresses nothing";
		g_variant_dict_insert(&rule->entry, "action", "y", rule->action);
	} else if (!rule->has_table) {
		rule->table = RT_TABLE_MAIN;
	} else if (rule->table == 0) {
		return "there is no table 0";
	}
	if (rule->table != 0)
		g_variant_dict_insert(&rule->entry, "table", "u", rule->table);
	return NULL;
}

/* Returns a floating a{sv}, or NULL and why. */
static GVariant *
parse_rule(int family, const char *text, gboolean need_priority, const char **problem)
{
	g_auto(GStrv) parts = ifcfg_split_words(text);
	struct rule rule = {.family = family, .action = FR_ACT_TO_TBL, .table = RT_TABLE_UNSPEC};

	rule.is_command = !need_priority;
	g_variant_dict_init(&rule.entry, NULL);
	g_variant_dict_insert(&rule.entry, "family", "i", family);
	*problem = parts[0] == NULL ? "it is empty" : read_words(&rule, parts);
	if (*problem == NULL)
		*problem = finish(&rule, need_priority);
	if (*problem == NULL)
		return g_variant_dict_end(&rule.entry);
	g_variant_dict_clear(&rule.entry);
	return NULL;
}

static void
set_rules(struct ifcfg_settings *settings, int family, GPtrArray *rules)
{
	if (rules->len > 0)
		ifcfg_settings_set(settings, family == AF_INET ? "ipv4" : "ipv6", "routing-rules",
				   g_variant_new_array(G_VARIANT_TYPE_VARDICT, (GVariant **) rules->pdata, rules->len));
}

/* By the number at the end. */
static int
compare_numbers(gconstpointer a, gconstpointer b)
{
	const char *left = strrchr(*(const char *const *) a, '_');
	const char *right = strrchr(*(const char *const *) b, '_');
	guint64 m = g_ascii_strtoull(left + 1, NULL, 10);
	guint64 n = g_ascii_strtoull(right + 1, NULL, 10);

	return m != n ? (m > n) - (m < n) : strcmp(left, right);
}

/* Names of the variables PREFIXn, by their numbers. */
static GPtrArray *
list_variables(const struct ifcfg_file *file, const char *prefix)
{
	GPtrArray *names = g_ptr_array_new();
	GHashTableIter iter;
	gpointer name;

	g_hash_table_iter_init(&iter, file->by_name);
	while (g_hash_table_iter_next(&iter, &name, NULL)) {
		const char *number = (const char *) name + strlen(prefix);

		if (g_str_has_prefix(name, prefix) && *number != '\0' && number[strspn(number, "0123456789")] == '\0')
			g_ptr_array_add(names, name);
	}
	g_ptr_array_sort(names, compare_numbers);
	return names;
}

static void
read_variables(struct ifcfg_file *file, struct ifcfg_settings *settings, int family, const char *prefix)
{
	g_autoptr(GPtrArray) names = list_variables(file, prefix);
	g_autoptr(GPtrArray) rules = g_ptr_array_new();

	for (guint i = 0; i < names->len; i++) {
		const char *value = ifcfg_file_get(file, names->pdata[i]);
		const char *problem;
		GVariant *rule;

		if (value == NULL)
			continue;
		rule = parse_rule(family, value, TRUE, &problem);
		if (rule != NULL)
			g_ptr_array_add(rules, rule);
		else
			ifcfg_file_report(file, IFCFG_WARNING, names->pdata[i],
					  "Write such as `priority 100 from 192.0.2.0/24 table 100`",
					  "the rule is left out, %s", problem);
	}
	set_rules(settings, family, rules);
}

void
ifcfg_rules_read_variables(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	read_variables(file, settings, AF_INET, "ROUTING_RULE_");
	read_variables(file, settings, AF_INET6, "ROUTING_RULE6_");
}

void
ifcfg_rules_read(int family, const struct directory_file *text, struct ifcfg_settings *settings, GPtrArray *diagnostics)
{
	g_autofree char *valid = g_utf8_make_valid(text->text, text->length);
	g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
	g_autoptr(GPtrArray) rules = g_ptr_array_new();

	for (guint i = 0; lines[i] != NULL; i++) {
		const struct ifcfg_place place = {.file = text->path, .line = i + 1, .text = lines[i]};
		const char *problem;
		GVariant *rule;

		if (ifcfg_is_comment(lines[i]))
			continue;
		rule = parse_rule(family, lines[i], FALSE, &problem);
		if (rule != NULL)
			g_ptr_array_add(rules, rule);
		else
			ifcfg_diagnostics_add(diagnostics, IFCFG_WARNING, &place,
					      "Write such as `from 192.0.2.0/24 table 100 priority 100`",
					      "the rule is left out, %s", problem);
	}
	set_rules(settings, family, rules);
}
