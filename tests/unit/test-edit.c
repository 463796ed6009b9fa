/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file changed: the line that it is about, and not a byte else; and values that every reader reads alike. */
#include "ifcfg/edit.h"
#include "ifcfg/lexer.h"

#include <gio/gio.h>
#include <string.h>

static const struct {
	const char *text;
	const char *name;
	const char *value;    /* NULL: unset */
	const char *expected; /* NULL: refused */
} changes[] = {
    {"", "A", "1", "A=1\n"},
    {"A=1\n", "A", "2", "A=2\n"},
    {"A=1\n", "A", "1", "A=1\n"},
    {"A=1\n", "B", "2", "A=1\nB=2\n"},
    {"A=1", "B", "2", "A=1\nB=2\n"},
    {"A=1", "A", "2", "A=2"},
    {"A=1\r\nB=2\r\n", "A", "3", "A=3\r\nB=2\r\n"},
    {"A=1\r\nB=2\r\n", "C", "3", "A=1\r\nB=2\r\nC=3\r\n"},
    {"A=1\r\nB=2", "C", "3", "A=1\r\nB=2\r\nC=3\r\n"},
    {"  A=1   # why\nB=2\n", "A", "x y", "  A=\"x y\"   # why\nB=2\n"},
    {"A=1;\n", "A", "2", "A=2;\n"},
    {"A=1 ; # why\n", "A", "2", "A=2 ; # why\n"},
    {"A=1#2\n", "A", "2", "A=2\n"},
    {"A='1'\n", "A", "2", "A='2'\n"},
    {"A='1'\n", "A", "it's", "A=\"it's\"\n"},
    {"A=\"1\" # why\n", "A", "2", "A=\"2\" # why\n"},
    {"A=\"1 2\"3\n", "A", "2", "A=\"2\"\n"},
    {"A=\"1\"\n", "A", "1", "A=\"1\"\n"},
    {"A=\n", "A", "2", "A=2\n"},
    {"A= # none\n", "A", "2", "A=2 # none\n"},
    {"A=1\nB=1\nA=2\n", "A", "3", "A=1\nB=1\nA=3\n"},
    {"A=1\nAA=1\n_A=1\n", "A", "3", "A=3\nAA=1\n_A=1\n"},
    {"# A=1\n#A=1\n", "A", "3", "# A=1\n#A=1\nA=3\n"},
    {"export A=1\n", "A", "3", "export A=1\nA=3\n"},
    {"A=1\n", "A", "", "A=\n"},
    {"# of A\nA=1\n# of B\nB=2 # b\n", "A", NULL, "# of A\n# of B\nB=2 # b\n"},
    {"A=1\nB=1\nA=2", "A", NULL, "B=1\n"},
    {"B=1\n", "A", NULL, "B=1\n"},
    {"A=1\n\n\n", "B", "2", "A=1\n\n\nB=2\n"},
    /* What only a shell could tell is left to people. */
    {"A=$B\n", "A", "1", NULL},
    {"A=\"1\\\n2\"\n", "A", "1", NULL},
    {"A='1\n2'\n", "A", NULL, NULL},
    {"A=1; B=2\n", "A", "1", NULL},
    {"A=$B\n", "C", "1", "A=$B\nC=1\n"},
    {"A=1 \\\n", "C", "1", NULL},
    {"A=\"1\n", "C", "1", NULL},
    {"# ends so \\\n", "C", "1", "# ends so \\\nC=1\n"},
};

static void
test_changes(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
		struct edit *edit = edit_new("ifcfg-x", changes[i].text, strlen(changes[i].text));
		g_autoptr(GError) error = NULL;
		g_autofree char *text = NULL;
		gboolean done = changes[i].value != NULL ? edit_set(edit, changes[i].name, changes[i].value, &error)
							 : edit_unset(edit, changes[i].name, &error);

		g_test_message("%s", changes[i].text);
		text = edit_text(edit, NULL);
		g_assert_cmpint(done, ==, changes[i].expected != NULL);
		if (done) {
			g_assert_no_error(error);
			g_assert_cmpstr(text, ==, changes[i].expected);
			g_assert_cmpstr(edit_get(edit, changes[i].name), ==, changes[i].value);
			g_assert_cmpint(edit_is_changed(edit), ==, strcmp(text, changes[i].text) != 0);
		} else {
			g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED);
			g_assert_true(g_str_has_prefix(error->message, "ifcfg-x:1: "));
		}
		edit_free(edit);
	}
}

static void
test_nul(void)
{
	struct edit *edit = edit_new("ifcfg-x", "A=1\nB\0C\n", 8);
	g_autoptr(GError) error = NULL;

	g_assert_true(edit_set(edit, "A", "2", &error));
	g_assert_no_error(error);
	g_assert_null(edit_text(edit, &error));
	g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED);
	edit_free(edit);
}

static void
test_lines(void)
{
	struct edit *edit = edit_new("route-x", "one\r\n#two\r\nthree", 16);
	g_autofree char *text = NULL;

	g_assert_cmpuint(edit_count(edit), ==, 3);
	g_assert_cmpstr(edit_line(edit, 0), ==, "one");
	edit_replace(edit, 0, "1");
	g_assert_true(edit_append(edit, "four", NULL));
	edit_remove(edit, 2);
	text = edit_text(edit, NULL);
	g_assert_cmpstr(text, ==, "1\r\n#two\r\nfour\r\n");
	edit_free(edit);
}

/* --- quotes --- */

static const char *const values[] = {
    "plain",
    "a b",
    "it's",
    "say \"hi\"",
    "$HOME `id` \\ \\\\",
    "~",
    "a~",
    "\\'",
    "\\~'",
    "\"\\'~\"",
    "#no",
    "a #b",
    "a;b",
    "a&b|c<d>(e)",
    "*?[x]",
    "{a,b}",
    "!x",
    "=",
    "a=b",
    "\t",
    "line\nline",
    "\001\177",
    "gr\303\274n",
    "\342\202\254 5",
    "'",
    "''",
    "\"",
    "\\",
    "$",
    "$'x'",
    "a'b\nc\\d",
    "%s",
};

static void
test_quotes(void)
{
	static const char *const likes[] = {NULL, "", "x", "'x'", "\"x\"", "$'x'"};

	for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
		for (guint k = 0; k < G_N_ELEMENTS(likes); k++) {
			g_autofree char *quoted = edit_quote(values[i], likes[k]);
			g_autofree char *back = NULL;

			g_assert_cmpint(lexer_unquote(quoted, strlen(quoted), &back), ==, LEXER_OK);
			g_assert_cmpstr(back, ==, values[i]);
			g_assert_cmpuint(lexer_measure_word(quoted, strlen(quoted)), ==, strlen(quoted));
		}
	}
}

/* A shell that sources the file has the same values. */
static void
test_shell(void)
{
	g_autoptr(GString) script = g_string_new(NULL);
	g_autoptr(GString) expected = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *out = NULL;
	const char *argv[] = {"/bin/bash", "-c", NULL, NULL};

	for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autofree char *quoted = edit_quote(values[i], i % 2 == 0 ? NULL : "'");

		g_string_append_printf(script, "X=%s\nprintf '%%s|' \"$X\"\n", quoted);
		g_string_append_printf(expected, "%s|", values[i]);
	}
	argv[2] = script->str;
	g_assert_true(g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, NULL, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(out, ==, expected->str);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/edit/changes", test_changes);
	g_test_add_func("/edit/nul", test_nul);
	g_test_add_func("/edit/lines", test_lines);
	g_test_add_func("/edit/quotes", test_quotes);
	g_test_add_func("/edit/shell", test_shell);
	return g_test_run();
}
