/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routing rules: "priority 5 from 192.0.2.0/24 table 10", the words in NetworkManager's order. */
#include "keyfile-private.h"

#include <arpa/inet.h>
#include <string.h>

/* The priority that `ip rule add` gives to the first rule without one; the next gets one less. */
#define PRIORITY_WITHOUT 32765

struct rule {
	GVariant *rule;	 /* a{sv} */
	const char *any; /* of its family: "0.0.0.0/0" */
	GString *out;
};

typedef void (*word_writer)(struct rule *rule, const char *word, GVariant *value);

static void
append(struct rule *rule, const char *format, ...)
{
	va_list arguments;

	if (rule->out->len > 0)
		g_string_append_c(rule->out, ' ');
	va_start(arguments, format);
	g_string_append_vprintf(rule->out, format, arguments);
	va_end(arguments);
}

static void
write_flag(struct rule *rule, const char *word, GVariant *value)
{
	if (g_variant_get_boolean(value))
		append(rule, "%s", word);
}

static void
write_number(struct rule *rule, const char *word, GVariant *value)
{
	g_autofree char *text = g_variant_print(value, FALSE);

	append(rule, "%s %s", word, text);
}

static void
write_byte(struct rule *rule, const char *word, GVariant *value)
{
	append(rule, "%s %u", word, g_variant_get_byte(value));
}

static void
write_tos(struct rule *rule, const char *word, GVariant *value)
{
	append(rule, "%s 0x%02x", word, g_variant_get_byte(value));
}

static void
write_word(struct rule *rule, const char *word, GVariant *value)
{
	append(rule, "%s %s", word, g_variant_get_string(value, NULL));
}

static void
write_network(struct rule *rule, const char *word, GVariant *value)
{
	g_autofree char *key = g_strdup_printf("%s-len", word);
	const char *address = g_variant_get_string(value, NULL);
	guint8 all = strchr(address, ':') != NULL ? 128 : 32;
	guint8 length = all;

	g_variant_lookup(rule->rule, key, "y", &length);
	if (length != all)
		append(rule, "%s %s/%u", word, address, length);
	else
		append(rule, "%s %s", word, address);
}

static void
write_ports(struct rule *rule, const char *word, GVariant *value)
{
	g_autofree char *key = g_strdup_printf("%s-end", word);
	guint16 start = g_variant_get_uint16(value);
	guint16 end = start;

	g_variant_lookup(rule->rule, key, "q", &end);
	if (end != start)
		append(rule, "%s %u-%u", word, start, end);
	else
		append(rule, "%s %u", word, start);
}

static void
write_mark(struct rule *rule, const char *word, GVariant *value)
{
	guint32 mask = G_MAXUINT32;

	g_variant_lookup(rule->rule, "fwmask", "u", &mask);
	if (mask == G_MAXUINT32)
		append(rule, "%s 0x%x", word, g_variant_get_uint32(value));
	else
		append(rule, "%s 0x%x/0x%x", word, g_variant_get_uint32(value), mask);
}

static void
write_users(struct rule *rule, const char *word, GVariant *value)
{
	guint32 start = g_variant_get_uint32(value);
	guint32 end = start;

	g_variant_lookup(rule->rule, "uid-range-end", "u", &end);
	append(rule, "%s %u-%u", word, start, end);
}

/* Numbers of the kernel (FR_ACT_…). */
static void
write_action(struct rule *rule, const char *word, GVariant *value)
{
	static const char *const names[] = {[6] = "blackhole", [7] = "unreachable", [8] = "prohibit"};
	guint8 action = g_variant_get_byte(value);

	if (action < G_N_ELEMENTS(names) && names[action] != NULL)
		append(rule, "%s %s", word, names[action]);
}

/* In the order of the text. */
static const struct {
	const char *key;
	const char *type;
	word_writer write; /* NULL: part of another */
	const char *word;
} words[] = {
    {"priority", "u", write_number, "priority"},
    {"invert", "b", write_flag, "not"},
    {"from", "s", write_network, "from"},
    {"to", "s", write_network, "to"},
    {"tos", "y", write_tos, "tos"},
    {"ipproto", "y", write_byte, "ipproto"},
    {"sport-start", "q", write_ports, "sport"},
    {"dport-start", "q", write_ports, "dport"},
    {"fwmark", "u", write_mark, "fwmark"},
    {"iifname", "s", write_word, "iif"},
    {"oifname", "s", write_word, "oif"},
    {"uid-range-start", "u", write_users, "uidrange"},
    {"suppress-prefixlength", "i", write_number, "suppress_prefixlength"},
    {"table", "u", write_number, "table"},
    {"action", "y", write_action, "type"},
    {"family", "i", NULL, NULL},
    {"from-len", "y", NULL, NULL},
    {"to-len", "y", NULL, NULL},
    {"sport-end", "q", NULL, NULL},
    {"dport-end", "q", NULL, NULL},
    {"fwmask", "u", NULL, NULL},
    {"uid-range-end", "u", NULL, NULL},
};

/* A text is one word of the rule; with a blank in it, it would be several. */
static gboolean
is_word(GVariant *value)
{
	const char *text;

	if (!g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
		return TRUE;
	text = g_variant_get_string(value, NULL);
	return *text != '\0' && strpbrk(text, " \t\n\r\f\v\\") == NULL;
}

static gboolean
is_known(const char *key, GVariant *value)
{
	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strcmp(words[i].key, key) == 0)
			return g_variant_is_of_type(value, G_VARIANT_TYPE(words[i].type)) && is_word(value);
	}
	return FALSE;
}

/* A rule less one of its conditions would mean more than was meant. */
static const char *
find_unknown(GVariant *rule)
{
	const char *key;
	GVariant *value;
	GVariantIter iter;

	g_variant_iter_init(&iter, rule);
	while (g_variant_iter_loop(&iter, "{&sv}", &key, &value)) {
		if (!is_known(key, value)) {
			const char *found = key;

			g_variant_unref(value);
			return found;
		}
	}
	return NULL;
}

static gboolean
has(const struct rule *rule, const char *key)
{
	g_autoptr(GVariant) value = g_variant_lookup_value(rule->rule, key, NULL);

	return value != NULL;
}

static void
format_rule(struct rule *rule)
{
	/* NetworkManager wants to know the family. */
	gboolean needs_any = !has(rule, "from") && !has(rule, "to");

	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autoptr(GVariant) value = g_variant_lookup_value(rule->rule, words[i].key, NULL);

		if (needs_any && strcmp(words[i].key, "from") == 0)
			append(rule, "from %s", rule->any);
		if (value != NULL && words[i].write != NULL)
			words[i].write(rule, words[i].word, value);
	}
}

void
keyfile_write_rules(struct keyfile *keyfile, const struct keyfile_item *item)
{
	guint without = 0;
	guint n = 0;

	if (!g_variant_is_of_type(item->value, G_VARIANT_TYPE("aa{sv}"))) {
		keyfile_lose(keyfile, item, "it is no list of rules");
		return;
	}
	for (gsize i = 0; i < g_variant_n_children(item->value); i++) {
		g_autoptr(GVariant) value = g_variant_get_child_value(item->value, i);
		g_autoptr(GString) out = g_string_new(NULL);
		struct rule rule = {
		    .rule = value, .any = strcmp(item->section, "ipv6") == 0 ? "::/0" : "0.0.0.0/0", .out = out};
		g_autofree char *key = NULL;
		const char *unknown = find_unknown(value);

		if (unknown != NULL) {
			keyfile_lose(keyfile, item,
				     "a keyfile cannot say the %s of rule %" G_GSIZE_FORMAT ", which is left out",
				     unknown, i + 1);
			continue;
		}
		if (!has(&rule, "priority")) {
			append(&rule, "priority %u", PRIORITY_WITHOUT - without);
			keyfile_lose(keyfile, item, "rule %" G_GSIZE_FORMAT " has no priority, it gets %u", i + 1,
				     PRIORITY_WITHOUT - without);
			without++;
		}
		format_rule(&rule);
		key = g_strdup_printf("routing-rule%u", ++n);
		g_key_file_set_string(keyfile->out, item->group, key, out->str);
	}
}
