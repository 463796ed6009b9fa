/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lexer.h"

#include <string.h>

static const struct {
	const char *message;
	const char *remedy;
} problems[LEXER_N_PROBLEMS] = {
    [LEXER_OK] = {"", ""},
    [LEXER_UNCLOSED_SINGLE] = {"the quote ' is not closed on this line, the value counts as empty",
			       "Close the quote on the same line"},
    [LEXER_UNCLOSED_DOUBLE] = {"the quote \" is not closed on this line, the value counts as empty",
			       "Close the quote on the same line"},
    [LEXER_UNCLOSED_ANSI] = {"$'… is not closed on this line, the value counts as empty",
			     "Close the quote on the same line"},
    [LEXER_CONTINUATION] = {"a value cannot go on in the next line, it counts as empty",
			    "Write the whole value on one line"},
    [LEXER_COMMAND] = {"commands are not run, the value counts as empty", "Write the result of the command instead"},
    [LEXER_VARIABLE] = {"references to other variables are not followed, the value counts as empty",
			"Write the value itself, or put it in single quotes if the $ is meant"},
    [LEXER_OPERATOR] = {"a shell operator outside of quotes, the value counts as empty", "Put the value in quotes"},
    [LEXER_SECOND_WORD] = {"more than one word, the value counts as empty",
			   "Put the value in quotes; nothing may stand between = and the value"},
    [LEXER_NUL] = {"the line holds a NUL byte and is not read", "Write the line anew; the file may be damaged"},
    [LEXER_NOT_UTF8] = {"the value is not valid UTF-8 and counts as empty", "Save the file as UTF-8"},
};

/* A word being read. */
struct word {
	const char *at;
	const char *end;
	const char *start;
	GString *out;
	int old_quoting;     /* -1: not looked at yet */
	const char *comment; /* behind the word, or NULL */
};

void
lexer_init(struct lexer *lexer, const char *text, gsize length)
{
	*lexer = (struct lexer){.text = text, .length = length};
}

const char *
lexer_problem_message(enum lexer_problem problem)
{
	g_return_val_if_fail(problem < LEXER_N_PROBLEMS, "");
	return problems[problem].message;
}

const char *
lexer_problem_remedy(enum lexer_problem problem)
{
	g_return_val_if_fail(problem < LEXER_N_PROBLEMS, "");
	return problems[problem].remedy;
}

static gboolean
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static enum lexer_problem
read_single(struct word *word)
{
	const char *close = memchr(word->at, '\'', word->end - word->at);

	if (close == NULL)
		return LEXER_UNCLOSED_SINGLE;
	g_string_append_len(word->out, word->at, close - word->at);
	word->at = close + 1;
	return LEXER_OK;
}

/*
 * Old versions of NetworkManager wrote whole values in double quotes with \' and \~ inside, which a shell would read
 * as two characters. Values of exactly that form lose the backslash.
 */
static gboolean
is_old_networkmanager_quoting(const char *c, const char *end)
{
	if (c == end || *c++ != '"')
		return FALSE;
	for (; c < end; c++) {
		if (*c == '"')
			return c + 1 == end;
		if (*c == '\\') {
			if (++c == end || !is_one_of(*c, "\"\\$`'~"))
				return FALSE;
		} else if (is_one_of(*c, "$`'~")) {
			return FALSE;
		}
	}
	return FALSE;
}

static enum lexer_problem
read_double_escape(struct word *word)
{
	if (word->at == word->end)
		return LEXER_CONTINUATION;
	if (word->old_quoting < 0 && is_one_of(*word->at, "'~"))
		word->old_quoting = is_old_networkmanager_quoting(word->start, word->end);
	if (!is_one_of(*word->at, "$`\"\\") && !(word->old_quoting > 0 && is_one_of(*word->at, "'~")))
		g_string_append_c(word->out, '\\');
	g_string_append_c(word->out, *word->at++);
	return LEXER_OK;
}

/* What an expansion that starts at the `$` or "`" would be. */
static enum lexer_problem
name_expansion(const char *at, const char *end)
{
	return *at == '`' || (at + 1 < end && at[1] == '(') ? LEXER_COMMAND : LEXER_VARIABLE;
}

static enum lexer_problem
read_double(struct word *word)
{
	while (word->at < word->end) {
		enum lexer_problem problem = LEXER_OK;

		if (is_one_of(*word->at, "$`"))
			return name_expansion(word->at, word->end);
		if (*word->at == '"') {
			word->at++;
			return LEXER_OK;
		}
		if (*word->at == '\\') {
			word->at++;
			problem = read_double_escape(word);
		} else {
			g_string_append_c(word->out, *word->at++);
		}
		if (problem != LEXER_OK)
			return problem;
	}
	return LEXER_UNCLOSED_DOUBLE;
}

static void
read_ansi_octal(struct word *word)
{
	guint value = 0;

	for (int digits = 0; digits < 3 && word->at < word->end && *word->at >= '0' && *word->at <= '7'; digits++)
		value = value * 8 + (*word->at++ - '0');
	g_string_append_c(word->out, (char) (guint8) value);
}

/* \x, \u and \U; without digits they stand for themselves, as in bash. */
static enum lexer_problem
read_ansi_hex(struct word *word)
{
	char kind = *word->at++;
	int most = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
	gunichar value = 0;
	int digits = 0;

	for (; digits < most && word->at < word->end && g_ascii_isxdigit(*word->at); digits++)
		value = value * 16 + g_ascii_xdigit_value(*word->at++);
	if (digits == 0)
		g_string_append_printf(word->out, "\\%c", kind);
	else if (kind == 'x')
		g_string_append_c(word->out, (char) (guint8) value);
	else if (!g_unichar_validate(value))
		return LEXER_NOT_UTF8;
	else
		g_string_append_unichar(word->out, value);
	return LEXER_OK;
}

static enum lexer_problem
read_ansi_escape(struct word *word)
{
	static const char from[] = "abeEfnrtv?\"\\'";
	static const char to[] = "\a\b\033\033\f\n\r\t\v?\"\\'";
	const char *found = NULL;

	if (word->at == word->end)
		return LEXER_CONTINUATION;
	if (*word->at >= '0' && *word->at <= '7') {
		read_ansi_octal(word);
		return LEXER_OK;
	}
	if (is_one_of(*word->at, "xuU"))
		return read_ansi_hex(word);
	if (*word->at != '\0')
		found = strchr(from, *word->at);
	if (found == NULL)
		g_string_append_c(word->out, '\\');
	g_string_append_c(word->out, found != NULL ? to[found - from] : *word->at);
	word->at++;
	return LEXER_OK;
}

static enum lexer_problem
read_ansi(struct word *word)
{
	while (word->at < word->end) {
		enum lexer_problem problem = LEXER_OK;
		char c = *word->at++;

		if (c == '\'')
			return LEXER_OK;
		if (c == '\\')
			problem = read_ansi_escape(word);
		else
			g_string_append_c(word->out, c);
		if (problem != LEXER_OK)
			return problem;
	}
	return LEXER_UNCLOSED_ANSI;
}

/* After the first word only blanks, one `;` and a comment may follow. */
static enum lexer_problem
read_tail(struct word *word)
{
	gboolean semicolon = FALSE;

	for (const char *c = word->at; c < word->end; c++) {
		if (g_ascii_isspace(*c))
			continue;
		if (*c == '#') {
			word->comment = c;
			return LEXER_OK;
		}
		if (*c != ';' || semicolon)
			return LEXER_SECOND_WORD;
		semicolon = TRUE;
	}
	return LEXER_OK;
}

static gboolean
starts_expansion(const struct word *word)
{
	if (*word->at == '`')
		return TRUE;
	return *word->at == '$' && word->at + 1 < word->end &&
	       (g_ascii_isalnum(word->at[1]) || is_one_of(word->at[1], "_{(?*@#!$"));
}

/* One piece of the word; all of them together make it. */
static enum lexer_problem
read_piece(struct word *word)
{
	if (starts_expansion(word))
		return name_expansion(word->at, word->end);
	if (is_one_of(*word->at, "|&()<>"))
		return LEXER_OPERATOR;
	switch (*word->at++) {
	case '\'':
		return read_single(word);
	case '"':
		return read_double(word);
	case '$':
		if (word->at < word->end && *word->at == '\'') {
			word->at++;
			return read_ansi(word);
		}
		break;
	case '\\':
		if (word->at == word->end)
			return LEXER_CONTINUATION;
		word->at++;
		break;
	default:
		break;
	}
	g_string_append_c(word->out, word->at[-1]);
	return LEXER_OK;
}

static enum lexer_problem
read_word(struct word *word)
{
	while (word->at < word->end) {
		enum lexer_problem problem;

		if (g_ascii_isspace(*word->at) || *word->at == ';')
			return read_tail(word);
		problem = read_piece(word);
		if (problem != LEXER_OK)
			return problem;
	}
	return LEXER_OK;
}

const char *
lexer_find_comment(const char *text, gsize length)
{
	g_autoptr(GString) out = g_string_new(NULL);
	const char *end = text + length;
	const char *equals = memchr(text, '=', length);
	const char *start = text;
	struct word word;

	while (start < end && g_ascii_isspace(*start))
		start++;
	if (start == end || *start == '#')
		return start < end ? start : NULL;
	if (equals == NULL)
		return NULL;
	word = (struct word){.at = equals + 1, .start = equals + 1, .end = end, .out = out, .old_quoting = -1};
	return read_word(&word) == LEXER_OK ? word.comment : NULL;
}

gsize
lexer_measure_word(const char *text, gsize length)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct word word = {.at = text, .start = text, .end = text + length, .out = out, .old_quoting = -1};

	return read_word(&word) == LEXER_OK ? (gsize) (word.at - text) : 0;
}

enum lexer_problem
lexer_unquote(const char *text, gsize length, char **value)
{
	g_autoptr(GString) out = g_string_sized_new(MIN(length, 4096));
	struct word word = {.at = text, .start = text, .end = text + length, .out = out, .old_quoting = -1};
	enum lexer_problem problem = LEXER_OK;

	if (memchr(text, '\0', length) != NULL)
		problem = LEXER_NUL;
	if (problem == LEXER_OK)
		problem = read_word(&word);
	/* $'\0' ends the word, as in bash. */
	if (problem == LEXER_OK && !g_utf8_validate(out->str, strlen(out->str), NULL))
		problem = LEXER_NOT_UTF8;
	*value = g_strdup(problem == LEXER_OK ? out->str : "");
	return problem;
}

/* Length of NAME if the line reads NAME=…, else 0. */
static gsize
name_length(const char *line, gsize length)
{
	gsize n = 0;

	if (length == 0 || !(g_ascii_isalpha(line[0]) || line[0] == '_'))
		return 0;
	while (n < length && (g_ascii_isalnum(line[n]) || line[n] == '_'))
		n++;
	return n < length && line[n] == '=' ? n : 0;
}

static gboolean
read_line(struct lexer *lexer, const char **line, gsize *length)
{
	const char *end;

	if (lexer->position >= lexer->length)
		return FALSE;
	*line = lexer->text + lexer->position;
	end = memchr(*line, '\n', lexer->length - lexer->position);
	*length = end != NULL ? (gsize) (end - *line) : lexer->length - lexer->position;
	lexer->position += *length + 1;
	lexer->line++;
	return TRUE;
}

/* A quote that a backslash at the line's end leaves open was meant to go on, and the DOS form of it too. */
static enum lexer_problem
refine(enum lexer_problem problem, const char *line, gsize length)
{
	if (problem != LEXER_UNCLOSED_DOUBLE && problem != LEXER_CONTINUATION)
		return problem;
	while (length > 0 && line[length - 1] == '\r')
		length--;
	return length > 0 && line[length - 1] == '\\' ? LEXER_CONTINUATION : LEXER_UNCLOSED_DOUBLE;
}

static void
fill_token(struct lexer_token *token, const char *start, gsize length)
{
	gsize name = name_length(start, length);

	if (name == 0) {
		token->kind = LEXER_OTHER;
		token->problem = memchr(start, '\0', length) != NULL ? LEXER_NUL : LEXER_OK;
		return;
	}
	token->kind = LEXER_ASSIGNMENT;
	token->name = g_strndup(start, name);
	token->problem = lexer_unquote(start + name + 1, length - name - 1, &token->value);
	token->problem = refine(token->problem, start, length);
}

gboolean
lexer_next(struct lexer *lexer, struct lexer_token *token)
{
	const char *line;
	gsize length;

	*token = (struct lexer_token){0};
	while (read_line(lexer, &line, &length)) {
		gsize indent = 0;

		while (indent < length && g_ascii_isspace(line[indent]))
			indent++;
		if (indent == length || line[indent] == '#')
			continue;
		token->line = lexer->line;
		token->text = line;
		token->text_length = length;
		fill_token(token, line + indent, length - indent);
		return TRUE;
	}
	return FALSE;
}

void
lexer_token_clear(struct lexer_token *token)
{
	g_clear_pointer(&token->name, g_free);
	g_clear_pointer(&token->value, g_free);
}
