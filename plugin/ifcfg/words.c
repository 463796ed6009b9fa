/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "words.h"

#include "ifcfg-file.h"

#include <arpa/inet.h>
#include <string.h>

#define BLANKS		   " \t\n\r"
#define ADDRESS_LENGTH_MAX 16

GStrv
ifcfg_split_words(const char *text)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

	for (;;) {
		gsize length;
		g_autofree char *word = NULL;

		text += strspn(text, BLANKS);
		length = strcspn(text, BLANKS);
		if (length == 0)
			return g_strv_builder_end(builder);
		word = g_strndup(text, length);
		g_strv_builder_add(builder, word);
		text += length;
	}
}

GStrv
ifcfg_split_unique(const char *text)
{
	g_auto(GStrv) words = ifcfg_split_words(text);
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (char **word = words; *word != NULL; word++) {
		if (g_hash_table_add(seen, *word))
			g_strv_builder_add(builder, *word);
	}
	return g_strv_builder_end(builder);
}

static void
add_item(GStrvBuilder *builder, GString *item, gsize keep)
{
	while (item->len > keep && g_ascii_isspace(item->str[item->len - 1]))
		g_string_truncate(item, item->len - 1);
	if (item->len > 0)
		g_strv_builder_add(builder, item->str);
	g_string_truncate(item, 0);
}

GStrv
ifcfg_split_escaped(const char *text, const char *delimiters)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_autoptr(GString) item = g_string_new(NULL);
	gsize keep = 0; /* what was escaped is no blank to be cut off */

	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0' &&
		    (text[1] == '\\' || g_ascii_isspace(text[1]) || strchr(delimiters, text[1]) != NULL)) {
			g_string_append_c(item, *++text);
			keep = item->len;
		} else if (strchr(delimiters, *text) != NULL) {
			add_item(builder, item, keep);
			keep = 0;
		} else if (item->len > 0 || !g_ascii_isspace(*text)) {
			g_string_append_c(item, *text);
		}
	}
	add_item(builder, item, keep);
	return g_strv_builder_end(builder);
}

gboolean
ifcfg_is_comment(const char *line)
{
	line += strspn(line, BLANKS);
	return *line == '\0' || *line == '#';
}

gboolean
ifcfg_parse_network(int family, const char *text, guint8 *address, gint64 *prefix)
{
	const char *slash = strchr(text, '/');
	g_autofree char *host = slash != NULL ? g_strndup(text, slash - text) : g_strdup(text);
	gint64 bits = family == AF_INET ? 32 : 128;

	memset(address, 0, ADDRESS_LENGTH_MAX);
	*prefix = bits;
	if (inet_pton(family, host, address) != 1)
		return FALSE;
	return slash == NULL || ifcfg_parse_integer(slash + 1, 10, 0, bits, prefix);
}
