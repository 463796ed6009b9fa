/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shell as far as ifcfg files need it: assignments, quotes, escapes and comments, one line at a time. Nothing is
 * ever run or expanded; what would need a shell is a problem of that line and its value counts as empty, as it does
 * for NetworkManager.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum lexer_problem {
	LEXER_OK,
	LEXER_UNCLOSED_SINGLE,
	LEXER_UNCLOSED_DOUBLE,
	LEXER_UNCLOSED_ANSI,
	LEXER_CONTINUATION,
	LEXER_COMMAND,
	LEXER_VARIABLE,
	LEXER_OPERATOR,
	LEXER_SECOND_WORD,
	LEXER_NUL,
	LEXER_NOT_UTF8,
	LEXER_N_PROBLEMS,
};

enum lexer_kind {
	LEXER_ASSIGNMENT, /* NAME=value */
	LEXER_OTHER,	  /* neither blank, comment nor assignment */
};

/* Where we are in a text that needs no end mark. */
struct lexer {
	const char *text;
	gsize length;
	gsize position;
	guint line; /* of the last token, from 1 */
};

struct lexer_token {
	enum lexer_kind kind;
	guint line;
	const char *text; /* the line in the text, without its end */
	gsize text_length;
	char *name;  /* of an assignment */
	char *value; /* of an assignment: unquoted; "" if there is a problem */
	enum lexer_problem problem;
};

/**
 * lexer_init:
 * @text: (array length=length): any bytes; must outlive the lexer and its tokens
 */
void lexer_init(struct lexer *lexer, const char *text, gsize length);

/**
 * lexer_next:
 * @token: (out caller-allocates): to be cleared with lexer_token_clear()
 *
 * The next line that is not blank and not a comment.
 *
 * Returns: %FALSE at the end; @token is then empty.
 */
gboolean lexer_next(struct lexer *lexer, struct lexer_token *token);

void lexer_token_clear(struct lexer_token *token);

/**
 * lexer_unquote:
 * @text: what stands after the `=`
 * @value: (out) (transfer full): the word, or "" if there is a problem
 *
 * Returns: %LEXER_OK, or why the word cannot be read
 */
enum lexer_problem lexer_unquote(const char *text, gsize length, char **value);

/**
 * lexer_measure_word:
 * @text: what stands after the `=`
 *
 * Returns: how many bytes of @text make the word, quotes included; 0 if there is a problem
 */
gsize lexer_measure_word(const char *text, gsize length);

/**
 * lexer_find_comment:
 * @text: (array length=length): a line
 *
 * Returns: (nullable) (transfer none): where its comment begins, at the `#`
 */
const char *lexer_find_comment(const char *text, gsize length);

const char *lexer_problem_message(enum lexer_problem problem);
const char *lexer_problem_remedy(enum lexer_problem problem);

G_END_DECLS
