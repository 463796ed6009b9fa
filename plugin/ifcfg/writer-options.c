/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Variables that hold many options: only those that differ change, in their place; the others keep theirs. */
#include "writer-private.h"

#include "bridge.h"
#include "words.h"

#include <string.h>

/* --- NAME=value items with blanks between them --- */

static gboolean
is_item(const char *item, const char *name)
{
	gsize length = strlen(name);

	return strncmp(item, name, length) == 0 && item[length] == '=';
}

/* Sets one option, or with a @value of NULL removes it. Returns: (transfer full): all of them. */
static char *
set_item(const char *text, const char *name, const char *value)
{
	g_auto(GStrv) items = g_strsplit(text, " ", -1);
	GString *out = g_string_new(NULL);
	gboolean is_set = value == NULL;

	for (char **item = items; *item != NULL; item++) {
		if (!is_item(*item, name))
			g_string_append_printf(out, "%s ", *item);
		else if (!is_set)
			g_string_append_printf(out, "%s=%s ", name, value);
		is_set = is_set || is_item(*item, name);
	}
	if (out->len > 0)
		g_string_truncate(out, out->len - 1);
	if (!is_set)
		g_string_append_printf(out, "%s%s=%s", out->len > 0 && text[0] != '\0' ? " " : "", name, value);
	return g_string_free(out, FALSE);
}

static gboolean
say_item(struct writer *writer, const char *variable, const char *name, const char *value, GError **error)
{
	const char *text = edit_get(writer->edit, variable);
	g_autofree char *changed = set_item(text != NULL ? text : "", name, value);

	/* An empty value is one less that somebody asks about, but the file of a bond may need the line. */
	return text == NULL && value == NULL ? TRUE : writer_say(writer, variable, changed, error);
}

/* The name of a variable as this file has it. */
static const char *
spelling(const struct writer *writer, const char *name, const char *other)
{
	return edit_get(writer->edit, name) == NULL && edit_get(writer->edit, other) != NULL ? other : name;
}

/* "bond.NAME", or "user.bondd.NAME" for what NetworkManager's bond has not. */
gboolean
writer_bond_option(struct writer *writer, const struct change *change, GError **error)
{
	const char *name = g_str_has_prefix(change->key, "bondd.") ? change->key + strlen("bondd.") : change->key;

	if (change->value != NULL && (*change->value == '\0' || strpbrk(change->value, " \t\\") != NULL))
		return writer_refuse(change, error);
	return say_item(writer, spelling(writer, "BONDING_OPTS", "BONDING_MODULE_OPTS"), name, change->value, error);
}

/* "bridge.NAME", "bridge-port.NAME" */
gboolean
writer_bridge_option(struct writer *writer, const struct change *change, GError **error)
{
	gboolean is_port = g_str_has_prefix(change->name, "bridge-port.");
	g_autofree char *value = NULL;
	const char *name = ifcfg_bridge_format(is_port, change->key, change->value, &value);

	return name != NULL ? say_item(writer, "BRIDGING_OPTS", name, value, error) : writer_refuse(change, error);
}

/* --- ETHTOOL_OPTS: words for the link, and calls with their own words, `;` between them --- */

/* Calls: the words that begin one, and what the properties begin with that are its words. */
static const struct call {
	const char *words[3];
	const char *prefix;
	gboolean keeps_prefix;
} calls[] = {
    {{"-A", "--pause"}, "pause-", TRUE},
    {{"-C", "--coalesce"}, "coalesce-"},
    {{"-G", "--set-ring"}, "ring-"},
    {{"-K", "--features", "--offload"}, "feature-"},
};

static gboolean
is_call(const struct call *call, const char *word)
{
	for (guint i = 0; i < G_N_ELEMENTS(call->words) && call->words[i] != NULL; i++) {
		if (strcmp(call->words[i], word) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Whether a part is the one of @call, or with %NULL the one without a call. */
static gboolean
is_part(const char *part, const struct call *call)
{
	g_auto(GStrv) words = ifcfg_split_words(part);

	if (words[0] == NULL)
		return FALSE;
	return call != NULL ? is_call(call, words[0]) : words[0][0] != '-';
}

/* Sets the word behind @name, or with a @value of NULL removes both. Returns: (transfer full) */
static char *
set_word(const char *part, guint first, const char *name, const char *value)
{
	g_auto(GStrv) words = ifcfg_split_words(part);
	gsize indent = strspn(part, " \t");
	GString *out = g_string_new_len(part, indent);
	gboolean is_set = value == NULL;

	for (guint i = 0; words[i] != NULL; i++) {
		gboolean is_it = i >= first && words[i + 1] != NULL && strcmp(words[i], name) == 0;

		if (!is_it)
			g_string_append_printf(out, "%s%s", out->len > indent ? " " : "", words[i]);
		else if (!is_set)
			g_string_append_printf(out, "%s%s %s", out->len > indent ? " " : "", name, value);
		is_set = is_set || is_it;
		i += is_it;
	}
	if (!is_set)
		g_string_append_printf(out, "%s%s %s", out->len > indent ? " " : "", name, value);
	return g_string_free(out, FALSE);
}

/* A call that sets nothing is none. */
static gboolean
is_empty_part(const char *part, const struct call *call)
{
	g_auto(GStrv) words = ifcfg_split_words(part);

	return g_strv_length(words) <= (call != NULL ? 2 : 0);
}

/* Returns: (transfer full): all parts, one of them changed */
static char *
set_in_parts(const char *text, const struct call *call, const char *device, const char *name, const char *value)
{
	g_auto(GStrv) parts = g_strsplit(text, ";", -1);
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_auto(GStrv) all = NULL;
	gboolean done = value == NULL;

	for (char **part = parts; *part != NULL; part++) {
		g_autofree char *changed = g_strdup(*part);

		if (is_part(*part, call) && (!done || value == NULL)) {
			g_free(changed);
			changed = set_word(*part, call != NULL ? 2 : 0, name, value);
			done = TRUE;
		}
		if (strcmp(changed, *part) == 0 ? **part != '\0' : !is_empty_part(changed, call))
			g_strv_builder_add(builder, changed);
	}
	if (!done) {
		const char *blank = *text != '\0' ? " " : "";
		g_autofree char *added =
		    call != NULL ? g_strdup_printf("%s%s %s %s %s", blank, call->words[0], device, name, value)
				 : g_strdup_printf("%s%s %s", blank, name, value);

		g_strv_builder_add(builder, added);
	}
	all = g_strv_builder_end(builder);
	return g_strjoinv(";", all);
}

static gboolean
say_word(struct writer *writer, const struct call *call, const char *name, const char *value, GError **error)
{
	const char *device = writer_after(writer, "connection.interface-name");
	const char *variable = spelling(writer, "ETHTOOL_OPTS", "ETHTOOL_OPTIONS");
	const char *text = edit_get(writer->edit, variable);
	g_autofree char *changed =
	    set_in_parts(text != NULL ? text : "", call, device != NULL ? device : writer->name, name, value);

	/* An empty one would mean to leave everything as it is. */
	return writer_say(writer, variable, *changed != '\0' ? changed : NULL, error);
}

static gboolean
say_wake(struct writer *writer, const struct change *change, GError **error)
{
	static const char letters[] = "pumbag"; /* bits 1 to 6 */
	guint64 flags = change->value != NULL ? g_ascii_strtoull(change->value, NULL, 10) : 0;
	gboolean is_ignored = flags == 0x8000;
	g_autoptr(GString) word = g_string_new(NULL);

	if (!is_ignored && (flags & ~(guint64) 0x7e) != 0)
		return writer_refuse(change, error);
	for (guint bit = 0; letters[bit] != '\0' && !is_ignored; bit++) {
		if ((flags & (2u << bit)) != 0)
			g_string_append_c(word, letters[bit]);
	}
	if (!is_ignored && word->len == 0)
		g_string_append_c(word, 'd');
	if (!writer_say(writer, "ETHTOOL_WAKE_ON_LAN", is_ignored ? "ignore" : NULL, error))
		return FALSE;
	return say_word(writer, NULL, "wol", change->value == NULL || is_ignored ? NULL : word->str, error);
}

/* Values of the link's words: numbers and names stay, booleans are on and off. */
static const char *
on_off(const char *value)
{
	if (value == NULL || (strcmp(value, "true") != 0 && strcmp(value, "false") != 0))
		return value;
	return strcmp(value, "true") == 0 ? "on" : "off";
}

/* "ethtool.…" and what "ethernet" has of it */
gboolean
writer_ethtool(struct writer *writer, const struct change *change, GError **error)
{
	const char *value = on_off(change->value);

	if (strcmp(change->key, "wake-on-lan") == 0)
		return say_wake(writer, change, error);
	if (value != NULL && (*value == '\0' || strpbrk(value, " \t;\\") != NULL))
		return writer_refuse(change, error);
	if (g_str_has_prefix(change->name, "ethernet."))
		return say_word(writer, NULL, change->row->variable, value, error);
	for (guint i = 0; i < G_N_ELEMENTS(calls); i++) {
		if (g_str_has_prefix(change->key, calls[i].prefix))
			return say_word(writer, &calls[i],
					change->key + (calls[i].keeps_prefix ? 0 : strlen(calls[i].prefix)), value,
					error);
	}
	return writer_refuse(change, error);
}
