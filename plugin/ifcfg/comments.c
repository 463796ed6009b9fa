/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "comments.h"

#include "lexer.h"
#include "secret.h"

#include <string.h>

static void
append_clean(GString *out, const char *text, gsize length)
{
	g_autofree char *valid = g_utf8_make_valid(text, length);

	for (char *c = valid; *c != '\0'; c++)
		*c = g_ascii_iscntrl(*c) ? ' ' : *c;
	g_strchomp(valid);
	g_string_append(out, valid);
	g_string_append_c(out, '\n');
}

void
ifcfg_comments_append_line(GString *out, const char *text)
{
	g_string_append(out, "# ");
	append_clean(out, text, strlen(text));
}

static void
append_line(GString *out, const char *line, gsize length)
{
	const char *comment = lexer_find_comment(line, length);
	gsize indent = 0;

	if (comment == NULL)
		return;
	while (g_ascii_isspace(line[indent]))
		indent++;
	if (comment > line + indent) {
		g_autofree char *name = g_strndup(line, (const char *) memchr(line, '=', length) - line);

		if (ifcfg_is_secret(name))
			return;
		g_string_append(out, "# ");
	}
	append_clean(out, line + indent, length - indent);
}

void
ifcfg_comments_append(GString *out, const char *text, gsize length)
{
	const char *end = text + length;

	while (text < end) {
		const char *line_end = memchr(text, '\n', end - text);

		if (line_end == NULL)
			line_end = end;
		append_line(out, text, line_end - text);
		text = line_end + 1;
	}
}
