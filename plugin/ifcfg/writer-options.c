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
