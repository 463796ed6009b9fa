/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bondctl/frame.h"
#include "bondctl/json.h"
#include "bondctl/flags.h"

#include <string.h>

/* --- JSON --- */

static const struct {
	const char *value;
	const char *json;
} json_cases[] = {
    {"'plain'", "\"plain\""},
    {"'a\"b\\\\c/d'", "\"a\\\"b\\\\c/d\""},
    {"'line\\nnext\\ttab\\u0001\\u007f'", "\"line\\nnext\\u0009tab\\u0001\\u007f\""},
    {"'中文 é'", "\"中文 é\""},
    {"true", "true"},
    {"byte 0xff", "255"},
    {"uint16 65535", "65535"},
    {"int32 -5", "-5"},
    {"uint64 18446744073709551615", "18446744073709551615"},
    {"int64 -9223372036854775808", "-9223372036854775808"},
    {"0.5", "0.5"},
    {"1e300", "1.0000000000000001e+300"},
    {"@ad [inf, -inf, nan]", "[null,null,null]"},
    {"@as []", "[]"},
    {"@a{sv} {}", "{}"},
    {"['a', 'b']", "[\"a\",\"b\"]"},
    {"('a', 1, <@as ['x']>)", "[\"a\",1,[\"x\"]]"},
    {"{'k': <1>, 'l': <{'m': <true>}>}", "{\"k\":1,\"l\":{\"m\":true}}"},
    {"{1: 'one'}", "{\"1\":\"one\"}"},
    {"[{'a': <1>}, {'a': <2>}]", "[{\"a\":1},{\"a\":2}]"},
    {"<<<'deep'>>>", "\"deep\""},
    {"objectpath '/a'", "\"/a\""},
};

static void
test_json(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(json_cases); i++) {
		g_autofree char *text = json_text(g_variant_new_parsed(json_cases[i].value));

		g_assert_cmpstr(text, ==, json_cases[i].json);
	}
}

static const struct {
	const char *property;
	const char *key;
} key_cases[] = {
    {"Mode", "mode"},	     {"XmitHashPolicy", "xmit_hash_policy"}, {"NsIp6Target", "ns_ip6_target"},
    {"RxBytes", "rx_bytes"}, {"plan-swapped", "plan_swapped"},	     {"", ""},
};

static void
test_keys(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(key_cases); i++) {
		g_autofree char *key = json_key(key_cases[i].property);

		g_assert_cmpstr(key, ==, key_cases[i].key);
	}
}

/* --- Frames --- */

/* All say the bytes 00 11 22 33 aa bb; NULL at the end: no frame. */
static const char *const frames[] = {
    "00112233aabb",
    "00:11:22:33:AA:BB",
    "00-11-22-33-aa-bb\n",
    "  0011 2233\taabb \r\n\r\n",
    "0011\n2233\naabb",
    "\t0x0000:  0011 2233\n\t0x0004:  aabb",
    "00000000: 0011 2233  .. is \"3\n00000004: aabb       ..\n",
    "0000: 00112233aabb",
};

static const char *const no_frames[] = {
    "", "  \n\n", "0", "001", "0x001122", "zz", "00 1 22", "00,11", "00112233aab", "é",
};

static void
test_frames(void)
{
	static const guint8 bytes[] = {0x00, 0x11, 0x22, 0x33, 0xaa, 0xbb};

	for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
		g_autoptr(GBytes) frame = frame_from_hex(frames[i]);
		gsize len = 0;
		const guint8 *data = frame != NULL ? g_bytes_get_data(frame, &len) : NULL;

		g_test_message("%s", frames[i]);
		g_assert_cmpmem(data, len, bytes, sizeof(bytes));
	}
	for (guint i = 0; i < G_N_ELEMENTS(no_frames); i++) {
		g_test_message("%s", no_frames[i]);
		g_assert_null(frame_from_hex(no_frames[i]));
	}
}

/* --- Flags --- */

/* A command line ended by NULL; that it is taken is left to the caller. */
static gboolean
parse(struct flags *flags, ...)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	const char *word;
	va_list args;

	g_ptr_array_add(words, (gpointer) "bondctl");
	va_start(args, flags);
	while ((word = va_arg(args, const char *)) != NULL)
		g_ptr_array_add(words, (gpointer) word);
	va_end(args);
	g_ptr_array_add(words, NULL);
	return flags_parse(flags, (int) words->len - 1, (char **) words->pdata);
}

static const struct {
	const char *word;
	double seconds;
} durations[] = {
    {"--wait", 30},	   {"-w", 30},		 {"--wait=", 30},	{"--wait=2", 2},
    {"--wait=0.5", 0.5},   {"--wait=0", 0},	 {"--wait=500ms", 0.5}, {"--wait=2min", 120},
    {"--wait=1.5h", 5400}, {"--wait=1d", 86400},
};

static const char *const no_durations[] = {
    "--wait=x", "--wait=-1", "--wait=1w", "--wait=1 s", "--wait=nan", "--wait=inf", "--wait=1e99", "--wait=s",
};

static void
test_durations(void)
{
	struct flags flags;

	for (guint i = 0; i < G_N_ELEMENTS(durations); i++) {
		/* The word behind is no value of it. */
		g_assert_true(parse(&flags, "add", durations[i].word, "eth0", "bond0", NULL));
		g_assert_cmpuint(g_strv_length(flags.words), ==, 3);
		g_assert_true(flags_check(&flags, TAKES(FLAG_WAIT), "add"));
		g_assert_cmpfloat_with_epsilon(flags_duration(&flags, FLAG_WAIT, 30), durations[i].seconds, 1e-9);
		flags_clear(&flags);
	}
	for (guint i = 0; i < G_N_ELEMENTS(no_durations); i++) {
		g_assert_true(parse(&flags, "add", no_durations[i], NULL));
		g_assert_false(flags_check(&flags, TAKES(FLAG_WAIT), "add"));
		flags_clear(&flags);
	}
}

static void
test_flags(void)
{
	struct flags flags;

	g_assert_true(parse(&flags, "explain", "bond0", "--down", "eth0", "-d", "eth1", "--", "--wait", NULL));
	g_assert_cmpuint(g_strv_length(flags.down), ==, 2);
	g_assert_cmpstr(flags.down[1], ==, "eth1");
	g_assert_cmpstr(flags.words[2], ==, "--wait");
	g_assert_false(flags.is_set[FLAG_WAIT]);
	g_assert_false(flags_check(&flags, TAKES(FLAG_JSON), "explain"));
	g_assert_true(flags_check(&flags, TAKES(FLAG_DOWN), "explain"));
	flags_clear(&flags);
	g_assert_true(parse(&flags, "history", "--limit=7", "--json", NULL));
	g_assert_true(flags_check(&flags, TAKES(FLAG_LIMIT) | TAKES(FLAG_JSON), "history"));
	g_assert_cmpuint(flags_number(&flags, FLAG_LIMIT, 50), ==, 7);
	flags_clear(&flags);
	g_assert_true(parse(&flags, "history", "--limit=-7", NULL));
	g_assert_false(flags_check(&flags, TAKES(FLAG_LIMIT), "history"));
	flags_clear(&flags);
	g_assert_false(parse(&flags, "--frobnicate", NULL));
	flags_clear(&flags);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bondctl/json", test_json);
	g_test_add_func("/bondctl/keys", test_keys);
	g_test_add_func("/bondctl/frames", test_frames);
	g_test_add_func("/bondctl/durations", test_durations);
	g_test_add_func("/bondctl/flags", test_flags);
	return g_test_run();
}
