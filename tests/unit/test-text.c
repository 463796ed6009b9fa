/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/duration.h"
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

static const struct {
	gint64 ns;
	const char *text;
} durations[] = {
    {G_MININT64, "0 us"},
    {-1, "0 us"},
    {0, "0 us"},
    {35999, "35 us"},
    {1000000, "1.0 ms"},
    {12340000, "12.3 ms"},
    {3500000000, "3.5 s"},
    {G_GINT64_CONSTANT(245000000000), "4 min 05 s"},
    {G_GINT64_CONSTANT(7500000000000), "2 h 05 min"},
    {G_MAXINT64, "2562047 h 47 min"},
};

static void
test_durations(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(durations); i++) {
		g_autofree char *text = text_of_duration(durations[i].ns);

		g_assert_cmpstr(text, ==, durations[i].text);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/text/fill-in", test_cases);
	g_test_add_func("/text/durations", test_durations);
	return g_test_run();
}
