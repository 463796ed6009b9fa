/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input: a value and a file, a byte 0x1e between them. Setting and removing the variable A must give a file that says so,
 * whose other lines are as they were, or leave the file as it is.
 */
#include "ifcfg/edit.h"
#include "ifcfg/lexer.h"

#include <stdlib.h>
#include <string.h>

#define SEPARATOR 0x1e
#define NAME	  "A"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
check(gboolean right)
{
	if (!right)
		abort();
}

/* All lines but those that assign A, each with its end; the last one may have none. */
static char *
other_lines(const char *text, gsize length)
{
	GString *out = g_string_new(NULL);

	while (length > 0) {
		const char *newline = memchr(text, '\n', length);
		gsize line = newline != NULL ? (gsize) (newline + 1 - text) : length;
		struct lexer lexer;
		struct lexer_token token;

		lexer_init(&lexer, text, line);
		lexer_next(&lexer, &token);
		if (g_strcmp0(token.name, NAME) != 0)
			g_string_append_len(out, text, line);
		lexer_token_clear(&token);
		text += line;
		length -= line;
	}
	/* One is added where something is put behind it. */
	while (out->len > 0 && strchr("\r\n", out->str[out->len - 1]) != NULL)
		g_string_truncate(out, out->len - 1);
	return g_string_free(out, FALSE);
}

/* The value of A as a reader of the whole file has it, or NULL. */
static char *
value_in(const char *text)
{
	struct lexer lexer;
	struct lexer_token token;
	char *value = NULL;

	lexer_init(&lexer, text, strlen(text));
	while (lexer_next(&lexer, &token)) {
		if (g_strcmp0(token.name, NAME) == 0) {
			g_free(value);
			value = g_strdup(token.value);
		}
		lexer_token_clear(&token);
	}
	return value;
}

static void
try_change(const char *text, gsize length, const char *value)
{
	struct edit *edit = edit_new("ifcfg-x", text, length);
	g_autoptr(GError) error = NULL;
	gboolean done = value != NULL ? edit_set(edit, NAME, value, &error) : edit_unset(edit, NAME, &error);
	g_autofree char *after = edit_text(edit, NULL);

	check(done == (error == NULL));
	check(done || g_utf8_validate(error->message, -1, NULL));
	check((after != NULL) == (memchr(text, '\0', length) == NULL));
	if (after != NULL) {
		g_autofree char *others = other_lines(text, length);
		g_autofree char *others_after = other_lines(after, strlen(after));
		g_autofree char *now = value_in(after);

		check(strcmp(others, others_after) == 0);
		check(!done || g_strcmp0(now, value) == 0);
		check(edit_is_changed(edit) || (strlen(after) == length && memcmp(after, text, length) == 0));
	}
	edit_free(edit);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const guint8 *end = memchr(data, SEPARATOR, size);
	gsize head = end != NULL ? (gsize) (end - data) : 0;
	gsize skipped = end != NULL ? head + 1 : 0;
	g_autofree char *value = g_strndup((const char *) data, head);
	/* Exactly as long as it is, so that a byte too many is noticed. */
	g_autofree char *text = g_malloc(MAX(size - skipped, 1));

	if (size > skipped)
		memcpy(text, data + skipped, size - skipped);
	try_change(text, size - skipped, NULL);
	if (g_utf8_validate(value, -1, NULL))
		try_change(text, size - skipped, value);
	return 0;
}
