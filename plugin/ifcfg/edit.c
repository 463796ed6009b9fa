/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "edit.h"

#include "lexer.h"

#include <string.h>

/* One line. */
struct line {
	char *bytes; /* with the end of the line */
	gsize length;
	char *text;  /* without it */
	char *name;  /* of an assignment, else NULL */
	char *value; /* of an assignment */
	enum lexer_problem problem;
};

struct edit {
	char *path;
	GPtrArray *lines; /* struct line * */
	const char *end;  /* of a line, as the file has it */
	gboolean changed;
};

static void
line_free(gpointer data)
{
	struct line *line = data;

	g_free(line->bytes);
	g_free(line->text);
	g_free(line->name);
	g_free(line->value);
	g_free(line);
}

static struct line *
line_new(const char *bytes, gsize length)
{
	struct line *line = g_new0(struct line, 1);
	gsize kept = length;
	struct lexer_token token;
	struct lexer lexer;

	line->bytes = g_memdup2(bytes, length);
	line->length = length;
	if (kept > 0 && bytes[kept - 1] == '\n')
		kept--;
	if (kept > 0 && kept < length && bytes[kept - 1] == '\r')
		kept--;
	line->text = g_strndup(bytes, kept);
	lexer_init(&lexer, line->bytes, length);
	if (lexer_next(&lexer, &token)) {
		line->name = g_steal_pointer(&token.name);
		line->value = g_steal_pointer(&token.value);
		line->problem = token.problem;
	}
	lexer_token_clear(&token);
	return line;
}

struct edit *
edit_new(const char *path, const char *text, gsize length)
{
	struct edit *edit = g_new0(struct edit, 1);
	const char *end = text + length;

	edit->path = g_strdup(path);
	edit->lines = g_ptr_array_new_with_free_func(line_free);
	edit->end = "\n";
	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);
		const char *next = newline != NULL ? newline + 1 : end;

		if (newline != NULL && newline > text && newline[-1] == '\r')
			edit->end = "\r\n";
		g_ptr_array_add(edit->lines, line_new(text, next - text));
		text = next;
	}
	return edit;
}

void
edit_free(struct edit *edit)
{
	g_ptr_array_unref(edit->lines);
	g_free(edit->path);
	g_free(edit);
}

static gboolean
is_assignment(const struct line *line, const char *name)
{
	return line->name != NULL && strcmp(line->name, name) == 0;
}

/* Index of the last assignment, or -1. */
static int
find_last(const struct edit *edit, const char *name)
{
	for (int i = (int) edit->lines->len - 1; i >= 0; i--) {
		if (is_assignment(edit->lines->pdata[i], name))
			return i;
	}
	return -1;
}

const char *
edit_get(const struct edit *edit, const char *name)
{
	int i = find_last(edit, name);

	return i >= 0 ? ((const struct line *) edit->lines->pdata[i])->value : NULL;
}

/* What a line means to a shell is not to be guessed. */
static gboolean
check_line(const struct edit *edit, guint i, GError **error)
{
	const struct line *line = edit->lines->pdata[i];

	if (line->problem == LEXER_OK)
		return TRUE;
	g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED, "%s:%u: %s. %s", edit->path, i + 1,
		    lexer_problem_message(line->problem), lexer_problem_remedy(line->problem));
	return FALSE;
}

/* --- quotes --- */

static gboolean
is_plain(const char *value)
{
	for (; *value != '\0'; value++) {
		if (!g_ascii_isalnum(*value) && strchr("_-./:,+@%=", *value) == NULL)
			return FALSE;
	}
	return TRUE;
}

static gboolean
has_control(const char *value)
{
	for (; *value != '\0'; value++) {
		if (g_ascii_iscntrl(*value))
			return TRUE;
	}
	return FALSE;
}

static char *
quote_ansi(const char *value)
{
	GString *out = g_string_new("$'");

	for (; *value != '\0'; value++) {
		if (g_ascii_iscntrl(*value))
			g_string_append_printf(out, "\\%03o", (guchar) *value);
		else if (*value == '\'' || *value == '\\')
			g_string_append_printf(out, "\\%c", *value);
		else
			g_string_append_c(out, *value);
	}
	g_string_append_c(out, '\'');
	return g_string_free(out, FALSE);
}

static char *
quote_double(const char *value)
{
	GString *out = g_string_new("\"");

	for (; *value != '\0'; value++) {
		if (strchr("\"\\$`", *value) != NULL)
			g_string_append_c(out, '\\');
		g_string_append_c(out, *value);
	}
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

char *
edit_quote(const char *value, const char *like)
{
	char quote = like != NULL ? *like : '\0';

	if (has_control(value))
		return quote_ansi(value);
	if (quote == '\'' && strchr(value, '\'') == NULL)
		return g_strdup_printf("'%s'", value);
	if (quote != '"' && is_plain(value))
		return g_strdup(value);
	return quote_double(value);
}

/* --- changes --- */

static void
replace_line(struct edit *edit, guint i, const char *bytes, gsize length)
{
	line_free(edit->lines->pdata[i]);
	edit->lines->pdata[i] = line_new(bytes, length);
	edit->changed = TRUE;
}

static void
replace_value(struct edit *edit, guint i, const char *value)
{
	const struct line *line = edit->lines->pdata[i];
	gsize head = (const char *) memchr(line->bytes, '=', line->length) + 1 - line->bytes;
	gsize word = lexer_measure_word(line->bytes + head, line->length - head);
	g_autofree char *old = g_strndup(line->bytes + head, word);
	g_autofree char *quoted = edit_quote(value, old);
	g_autoptr(GString) out = g_string_new_len(line->bytes, head);

	g_string_append(out, quoted);
	g_string_append_len(out, line->bytes + head + word, line->length - head - word);
	replace_line(edit, i, out->str, out->len);
}

gboolean
edit_set(struct edit *edit, const char *name, const char *value, GError **error)
{
	int i = find_last(edit, name);
	g_autofree char *quoted = NULL;
	g_autofree char *line = NULL;

	if (i >= 0 && !check_line(edit, i, error))
		return FALSE;
	if (i >= 0) {
		if (strcmp(((const struct line *) edit->lines->pdata[i])->value, value) != 0)
			replace_value(edit, i, value);
		return TRUE;
	}
	quoted = edit_quote(value, NULL);
	line = g_strconcat(name, "=", quoted, NULL);
	return edit_append(edit, line, error);
}

gboolean
edit_unset(struct edit *edit, const char *name, GError **error)
{
	for (int i = (int) edit->lines->len - 1; i >= 0; i--) {
		if (!is_assignment(edit->lines->pdata[i], name))
			continue;
		if (!check_line(edit, i, error))
			return FALSE;
		edit_remove(edit, i);
	}
	return TRUE;
}

guint
edit_count(const struct edit *edit)
{
	return edit->lines->len;
}

const char *
edit_line(const struct edit *edit, guint i)
{
	return ((const struct line *) edit->lines->pdata[i])->text;
}

void
edit_remove(struct edit *edit, guint i)
{
	g_ptr_array_remove_index(edit->lines, i);
	edit->changed = TRUE;
}

void
edit_replace(struct edit *edit, guint i, const char *text)
{
	const struct line *line = edit->lines->pdata[i];
	gsize kept = strlen(line->text);
	g_autoptr(GString) out = g_string_new(text);

	g_string_append_len(out, line->bytes + kept, line->length - kept);
	replace_line(edit, i, out->str, out->len);
}

static gboolean
is_open(const struct line *line)
{
	return line->name != NULL && line->problem >= LEXER_UNCLOSED_SINGLE && line->problem <= LEXER_CONTINUATION;
}

/* A value or a command that goes on in the next line would swallow what is put there. */
static gboolean
check_end(const struct edit *edit, GError **error)
{
	const struct line *last = edit->lines->len > 0 ? edit->lines->pdata[edit->lines->len - 1] : NULL;

	if (last == NULL || last->text[strspn(last->text, " \t")] == '#')
		return TRUE;
	if (!g_str_has_suffix(last->text, "\\"))
		return !is_open(last) || check_line(edit, edit->lines->len - 1, error);
	g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED, "%s:%u: the last line goes on. Take the \\ away",
		    edit->path, edit->lines->len);
	return FALSE;
}

/* So that something can stand behind it. */
static void
end_last_line(struct edit *edit)
{
	const struct line *last = edit->lines->len > 0 ? edit->lines->pdata[edit->lines->len - 1] : NULL;
	g_autoptr(GString) out = NULL;

	if (last == NULL || last->bytes[last->length - 1] == '\n')
		return;
	out = g_string_new_len(last->bytes, last->length);
	g_string_append(out, edit->end);
	replace_line(edit, edit->lines->len - 1, out->str, out->len);
}

gboolean
edit_append(struct edit *edit, const char *line, GError **error)
{
	g_autofree char *bytes = g_strconcat(line, edit->end, NULL);

	if (!check_end(edit, error))
		return FALSE;
	end_last_line(edit);
	g_ptr_array_add(edit->lines, line_new(bytes, strlen(bytes)));
	edit->changed = TRUE;
	return TRUE;
}

gboolean
edit_is_changed(const struct edit *edit)
{
	return edit->changed;
}

char *
edit_text(const struct edit *edit, GError **error)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (guint i = 0; i < edit->lines->len; i++) {
		const struct line *line = edit->lines->pdata[i];

		g_string_append_len(out, line->bytes, line->length);
	}
	if (strlen(out->str) == out->len)
		return g_strdup(out->str);
	g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED, "%s holds NUL bytes. Write it anew", edit->path);
	return NULL;
}
