/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parsers of the replay tool: recordings are input and may be anything. */
#include "differences.h"
#include "scenario.h"

#include <errno.h>

static const struct scenario_step *
step(const struct scenario *scenario, guint n)
{
	g_assert_cmpuint(n, <, scenario->steps->len);
	return g_ptr_array_index(scenario->steps, n);
}

static void
test_steps(void)
{
	g_autoptr(GError) error = NULL;
	struct scenario *scenario = scenario_parse(
	    "case", "# title\nbond bond0 mode=1\n\n  wait 20 \nsysfs bond0 primary ''\nwait 5\nsnap end\n", NULL,
	    &error);

	g_assert_no_error(error);
	g_assert_cmpuint(scenario->steps->len, ==, 5);
	g_assert_false(scenario->has_log);
	g_assert_cmpstr(step(scenario, 0)->verb, ==, "bond");
	g_assert_cmpstr(step(scenario, 0)->args[1], ==, "mode=1");
	g_assert_cmpuint(step(scenario, 1)->line, ==, 4);
	g_assert_cmpuint(step(scenario, 1)->number, ==, 2);
	g_assert_cmpint(scenario_step_wait(step(scenario, 1)), ==, 20);
	g_assert_cmpint(scenario_step_wait(step(scenario, 0)), ==, -1);
	g_assert_cmpstr(step(scenario, 2)->args[2], ==, "");
	g_assert_cmpint(step(scenario, 2)->at, ==, 20 * BOND_MSEC);
	g_assert_cmpint(step(scenario, 4)->at, ==, 25 * BOND_MSEC);
	scenario_free(scenario);
}

static void
test_log(void)
{
	g_autoptr(GError) error = NULL;
	struct scenario *scenario =
	    scenario_parse("case", "up bond0\nsysfs bond0 mode 0\n",
			   "# t0=1\n1 @0.000 up bond0 -> ok\n2 @0.301 sysfs bond0 mode 0 -> EBUSY\n", &error);

	g_assert_no_error(error);
	g_assert_cmpint(step(scenario, 0)->answer.verdict, ==, SCENARIO_OK);
	g_assert_cmpint(step(scenario, 1)->at, ==, 301 * BOND_MSEC);
	g_assert_cmpint(step(scenario, 1)->answer.errnum, ==, EBUSY);
	scenario_free(scenario);
}

static void
test_answers(void)
{
	static const struct {
		const char *text;
		gboolean good;
		enum scenario_verdict verdict;
		int errnum;
		const char *extack;
	} cases[] = {
	    {"ok", TRUE, SCENARIO_OK, 0, NULL},
	    {"EACCES (open)", TRUE, SCENARIO_ERRNO, EACCES, NULL},
	    {"ENOTEMPTY", TRUE, SCENARIO_ERRNO, ENOTEMPTY, NULL},
	    {"rc=2 NLERR errno=13 extack=\"not in mode\"|Error: not in mode.", TRUE, SCENARIO_ERRNO, 13, "not in mode"},
	    {"rc=2 NLERR errno=1 extack=\"\"", TRUE, SCENARIO_ERRNO, 1, ""},
	    {"rc=0 PING 1.1.1.1|2 received", TRUE, SCENARIO_OK, 0, NULL},
	    {"rc=0", TRUE, SCENARIO_OK, 0, NULL},
	    {"rc=1 Cannot find device \"b7\"", TRUE, SCENARIO_FAILED, 0, NULL},
	    {"rc=1 modprobe: ERROR: could not insert 'bonding': Invalid argument", TRUE, SCENARIO_ERRNO, EINVAL, NULL},
	    {"EWHAT", FALSE, 0, 0, NULL},
	    {"", FALSE, 0, 0, NULL},
	    {"rc=", FALSE, 0, 0, NULL},
	    {"rc=x", FALSE, 0, 0, NULL},
	    {"rc=999 text", FALSE, 0, 0, NULL},
	    {"rc=2 NLERR errno= extack=\"\"", FALSE, 0, 0, NULL},
	    {"rc=2 NLERR errno=13", FALSE, 0, 0, NULL},
	    {"rc=2 NLERR errno=13 extack=\"open", FALSE, 0, 0, NULL},
	    {"rc=2 NLERR errno=99999 extack=\"\"", FALSE, 0, 0, NULL},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct scenario_answer answer;
		gboolean good = scenario_parse_answer(cases[i].text, &answer);

		g_test_message("%s", cases[i].text);
		g_assert_cmpint(good, ==, cases[i].good);
		if (good) {
			g_assert_cmpint(answer.verdict, ==, cases[i].verdict);
			g_assert_cmpint(answer.errnum, ==, cases[i].errnum);
			g_assert_cmpstr(answer.extack, ==, cases[i].extack);
		}
		scenario_answer_clear(&answer);
	}
}

static void
test_malformed(void)
{
	static const struct {
		const char *scenario;
		const char *log;
		const char *message;
	} cases[] = {
	    {"wait", NULL, "*scenario.scn:1:*"},
	    {"up bond0\nwait long", NULL, "*scenario.scn:2:*"},
	    {"wait -5", NULL, "*scenario.scn:1:*"},
	    {"wait 99999999999999999999", NULL, "*scenario.scn:1:*"},
	    {"sysfs bond0 primary 'p0", NULL, "*scenario.scn:1:*"},
	    {"up bond0", "", "*log.txt ends after step 0 of 1*"},
	    {"up bond0", "1 @0.000 up bond1 -> ok", "*log.txt:1:*"},
	    {"up bond0", "2 @0.000 up bond0 -> ok", "*log.txt:1:*"},
	    {"up bond0", "1 @x up bond0 -> ok", "*log.txt:1:*"},
	    {"up bond0", "1 @-1 up bond0 -> ok", "*log.txt:1:*"},
	    {"up bond0", "1 @nan up bond0 -> ok", "*log.txt:1:*"},
	    {"up bond0", "1 @0.000 up bond0", "*log.txt:1:*"},
	    {"up bond0", "1 @0.000 up bond0 -> perhaps", "*log.txt:1:*"},
	    {"up bond0", "1 @0.000 up bond0 -> ok\n2 @0.000 down bond0 -> ok", "*log.txt:2:*"},
	    {"up a\nup b", "1 @2.000 up a -> ok\n2 @1.000 up b -> ok", "*log.txt:2:*"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%s", cases[i].scenario);
		g_assert_null(scenario_parse("case", cases[i].scenario, cases[i].log, &error));
		g_assert_true(g_pattern_match_simple(cases[i].message, error->message));
	}
}

static void
test_differences(void)
{
	g_autoptr(GError) error = NULL;
	struct differences *differences =
	    differences_parse("# comment\ncase\tsettled\tp?/mtu=*\tour rule\nother\tstep 3\t*\trule\n", &error);
	g_autofree char *unused = NULL;

	g_assert_no_error(error);
	g_assert_false(differences_excuse(differences, "case", "up", "p0/mtu=1", "p0/mtu=2", TRUE));
	g_assert_false(differences_excuse(differences, "case", "settled", "p0/mtu=1", "p0/speed=2", TRUE));
	g_assert_true(differences_excuse(differences, "case", "settled", "p0/mtu=1", NULL, FALSE));
	unused = differences_unused(differences, "case");
	g_assert_nonnull(unused);
	g_assert_true(differences_excuse(differences, "case", "settled", "p0/mtu=1", "p0/mtu=2", TRUE));
	g_assert_null(differences_unused(differences, "case"));
	g_assert_null(differences_unused(differences, "third"));
	differences_free(differences);
}

static void
test_malformed_differences(void)
{
	static const char *const bad[] = {"case", "case\tsettled\t*", "case\tsettled\t*\t", "\tsettled\t*\trule",
					  "case\tsettled\t*\trule\tmore"};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(differences_parse(bad[i], &error));
		g_assert_true(g_str_has_prefix(error->message, "differences:1:"));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenario/steps", test_steps);
	g_test_add_func("/scenario/log", test_log);
	g_test_add_func("/scenario/answers", test_answers);
	g_test_add_func("/scenario/malformed", test_malformed);
	g_test_add_func("/differences/excuse", test_differences);
	g_test_add_func("/differences/malformed", test_malformed_differences);
	return g_test_run();
}
