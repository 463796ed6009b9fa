/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/fill-in.h"

static const struct {
	const char *pattern;
	const char *text;
} cases[] = {
    {"", ""},
    {"nothing to fill in", "nothing to fill in"},
    {"{a}", "one"},
    {"{a} and {b-c}, {a}", "one and two, one"},
    {"{unknown} {a}", "{unknown} one"},
    {"{", "{"},
    {"{a", "{a"},
    {"a}", "a}"},
    {"{}", "{}"},
    {"{{a}}", "{one}"},
    /* What is put in is not looked at again. */
    {"{brace}{a}", "{a}one"},
    {"中{a}文", "中one文"},
};

static void
test_cases(void)
{
	g_autoptr(GVariant) details =
	    g_variant_ref_sink(g_variant_new_parsed("{'a': 'one', 'b-c': 'two', 'brace': '{a}'}"));

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = text_fill_in(cases[i].pattern, details);

		g_assert_cmpstr(text, ==, cases[i].text);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fill-in/cases", test_cases);
	return g_test_run();
}
