/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quotes, escapes and everything that would need a shell; values are those that bash gives, where it gives any. */
#include "ifcfg/lexer.h"

#include <string.h>

static const struct {
	const char *text;
	const char *value;
} words[] = {
    {"", ""},
    {"yes", "yes"},
    {"a=b=c", "a=b=c"},
    {"yes # comment", "yes"},
    {"yes#no", "yes#no"},
    {" # comment", ""},
    {"   ", ""},
    {"yes\r", "yes"},
    {"yes;", "yes"},
    {"yes ; # comment", "yes"},
    {"\"mode=1 miimon=100\"", "mode=1 miimon=100"},
    {"'mode=1 miimon=100'", "mode=1 miimon=100"},
    {"mode=1\\ miimon=100", "mode=1 miimon=100"},
    {"\"a\"'b'c", "abc"},
    {"\"\"", ""},
    {"''", ""},
    {"\"a # b\"", "a # b"},
    {"'a\"b'", "a\"b"},
    {"'a\\b'", "a\\b"},
    {"'$(rm)`rm`$x'", "$(rm)`rm`$x"},
    {"\"a\\\"b\\\\c\\$d\\`e\"", "a\"b\\c$d`e"},
    {"\"a\\nb\"", "a\\nb"},
    {"\"it's\"", "it's"},
    {"\\$x", "$x"},
    {"a$", "a$"},
    {"a$.b", "a$.b"},
    {"$'a\\tb'", "a\tb"},
    {"$'\\a\\b\\e\\E\\f\\n\\r\\v\\\\\\'\\\"\\?'", "\a\b\033\033\f\n\r\v\\'\"?"},
    {"$'\\101\\x42\\u0043\\U00000044'", "ABCD"},
    {"$'\\u4e0a'", "上"},
    {"$'\\xzz\\q'", "\\xzz\\q"},
    {"$'a\\0b'", "a"},
    {"$'\\1013'", "A3"},
    {"上行", "上行"},
    /* written by old versions of NetworkManager */
    {"\"it\\'s \\~\"", "it's ~"},
    {"\"it\\'s\"x", "it\\'sx"},
    {"\"it's it\\'s\"", "it's it\\'s"},
};

static const struct {
	const char *text;
	enum lexer_problem problem;
} bad[] = {
    {"\"open", LEXER_UNCLOSED_DOUBLE},
    {"'open", LEXER_UNCLOSED_SINGLE},
    {"$'open", LEXER_UNCLOSED_ANSI},
    {"open\\", LEXER_CONTINUATION},
    {"\"open\\", LEXER_CONTINUATION},
    {"$'open\\", LEXER_CONTINUATION},
    {"$(touch /tmp/never)", LEXER_COMMAND},
    {"`touch /tmp/never`", LEXER_COMMAND},
    {"\"$(touch /tmp/never)\"", LEXER_COMMAND},
    {"\"`touch /tmp/never`\"", LEXER_COMMAND},
    {"$OPTS", LEXER_VARIABLE},
    {"${OPTS}", LEXER_VARIABLE},
    {"\"$OPTS\"", LEXER_VARIABLE},
    {"\"${OPTS:-x}\"", LEXER_VARIABLE},
    {"$1", LEXER_VARIABLE},
    {"\"costs 5$\"", LEXER_VARIABLE},
    {"a|b", LEXER_OPERATOR},
    {"a&", LEXER_OPERATOR},
    {"(a)", LEXER_OPERATOR},
    {"a>b", LEXER_OPERATOR},
    {"<(a)", LEXER_OPERATOR},
    {"C ls", LEXER_SECOND_WORD},
    {" yes", LEXER_SECOND_WORD},
    {"a;b", LEXER_SECOND_WORD},
    {"a;;", LEXER_SECOND_WORD},
    {"\"a\" b", LEXER_SECOND_WORD},
    {"\xff\xfe", LEXER_NOT_UTF8},
    {"$'\\xff'", LEXER_NOT_UTF8},
    {"$'\\ud800'", LEXER_NOT_UTF8},
    {"$'\\Uffffffff'", LEXER_NOT_UTF8},
};

static void
test_words(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autofree char *value = NULL;
		enum lexer_problem problem = lexer_unquote(words[i].text, strlen(words[i].text), &value);

		if (problem != LEXER_OK)
			g_error("%s: %s", words[i].text, lexer_problem_message(problem));
		g_assert_cmpstr(value, ==, words[i].value);
	}
}

static void
test_bad_words(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *value = NULL;
		enum lexer_problem problem = lexer_unquote(bad[i].text, strlen(bad[i].text), &value);

		if (problem != bad[i].problem)
			g_error("%s: problem %d, not %d", bad[i].text, problem, bad[i].problem);
		g_assert_cmpstr(value, ==, "");
	}
	g_assert_false(g_file_test("/tmp/never", G_FILE_TEST_EXISTS));
}

static void
test_every_problem_has_words(void)
{
	for (int problem = LEXER_OK + 1; problem < LEXER_N_PROBLEMS; problem++) {
		g_assert_cmpuint(strlen(lexer_problem_message(problem)), >, 10);
		g_assert_cmpuint(strlen(lexer_problem_remedy(problem)), >, 10);
	}
}

/* NAME=VALUE or !LINE, with line numbers. */
static char *
describe(const char *text, gsize length)
{
	GString *out = g_string_new(NULL);
	struct lexer_token token;
	struct lexer lexer;

	lexer_init(&lexer, text, length);
	while (lexer_next(&lexer, &token)) {
		if (token.kind == LEXER_ASSIGNMENT)
			g_string_append_printf(out, "%u:%s=%s%s ", token.line, token.name, token.value,
					       token.problem != LEXER_OK ? "?" : "");
		else
			g_string_append_printf(out, "%u:!%.*s ", token.line, (int) token.text_length, token.text);
		lexer_token_clear(&token);
	}
	return g_string_free(out, FALSE);
}

static void
test_lines(void)
{
	static const struct {
		const char *text;
		const char *tokens;
	} cases[] = {
	    {"", ""},
	    {"\n\n", ""},
	    {"A=1", "1:A=1 "},
	    {"A=1\nB=2\n", "1:A=1 2:B=2 "},
	    {"# A=1\n  # x\n\t\nB=2\n", "4:B=2 "},
	    {"  A=1\n\tB=2", "1:A=1 2:B=2 "},
	    {"A=1\r\nB=\"x y\"\r\n\r\n", "1:A=1 2:B=x y "},
	    {"A\nA =1\n1A=2\nA-B=3\n=4\n", "1:!A 2:!A =1 3:!1A=2 4:!A-B=3 5:!=4 "},
	    {"export A=1\n", "1:!export A=1 "},
	    {"_a9=1\n", "1:_a9=1 "},
	    {"A=\"1 \\\nB=2\"\nC=3\n", "1:A=? 2:B=? 3:C=3 "},
	    {"A=\"1\nB=2\n", "1:A=? 2:B=2 "},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *tokens = describe(cases[i].text, strlen(cases[i].text));

		g_assert_cmpstr(tokens, ==, cases[i].tokens);
	}
}

/* A value that a backslash would carry into the next line is told apart from a forgotten quote. */
static void
test_continuation(void)
{
	static const struct {
		const char *text;
		enum lexer_problem problem;
	} cases[] = {
	    {"A=\"mode=1 \\\nx\"", LEXER_CONTINUATION},
	    {"A=\"mode=1 \\\r\nx\"", LEXER_CONTINUATION},
	    {"A=mode=1\\\nx", LEXER_CONTINUATION},
	    {"A=\"mode=1\nx\"", LEXER_UNCLOSED_DOUBLE},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct lexer_token token;
		struct lexer lexer;

		lexer_init(&lexer, cases[i].text, strlen(cases[i].text));
		g_assert_true(lexer_next(&lexer, &token));
		g_assert_cmpint(token.problem, ==, cases[i].problem);
		lexer_token_clear(&token);
	}
}

/* NUL bytes spoil their own line only; nothing is read beyond the length. */
static void
test_nul_and_length(void)
{
	static const char text[] = "A=1\0x\nB\0=2\nC=3\nD=4 and more";
	g_autofree char *tokens = describe(text, strlen("A=1") + 2 + strlen("\nB") + 1 + strlen("=2\nC=3\nD=4"));

	g_assert_cmpstr(tokens, ==, "1:A=? 2:!B 3:C=3 4:D=4 ");
}

static void
test_huge_lines(void)
{
	const gsize size = 5 * 1024 * 1024;
	static const struct {
		const char *start;
		char fill;
		const char *end;
	} cases[] = {
	    {"A=", 'x', ""},  {"A=\"", '\\', "\""}, {"A=\"", 'x', "\""}, {"A='", 'x', ""}, {"A=$'", '\\', "'"},
	    {"", 'A', "=1"},  {"A=", ' ', "x"},	    {"A=", '\\', ""},	 {"#", '#', ""},   {"A=\"\\'", '\'', "\""},
	    {"", ' ', "A=1"}, {"A=", '\'', ""},	    {"A=", '"', ""},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) line = g_string_sized_new(size + 16);
		struct lexer_token token;
		struct lexer lexer;

		g_string_append(line, cases[i].start);
		while (line->len < size)
			g_string_append_c(line, cases[i].fill);
		g_string_append(line, cases[i].end);
		g_string_append(line, "\nLAST=1\n");
		lexer_init(&lexer, line->str, line->len);
		while (lexer_next(&lexer, &token)) {
			gboolean last = token.name != NULL && strcmp(token.name, "LAST") == 0;

			g_assert_cmpuint(token.line, ==, last ? 2 : 1);
			lexer_token_clear(&token);
		}
		g_assert_cmpuint(lexer.line, ==, 2);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lexer/words", test_words);
	g_test_add_func("/lexer/bad-words", test_bad_words);
	g_test_add_func("/lexer/every-problem-has-words", test_every_problem_has_words);
	g_test_add_func("/lexer/lines", test_lines);
	g_test_add_func("/lexer/continuation", test_continuation);
	g_test_add_func("/lexer/nul-and-length", test_nul_and_length);
	g_test_add_func("/lexer/huge-lines", test_huge_lines);
	return g_test_run();
}
