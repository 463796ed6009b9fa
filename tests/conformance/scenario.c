/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scenario.h"

#include <gio/gio.h>

#define LAST_ERRNO 133

static void
step_free(gpointer data)
{
	struct scenario_step *step = data;

	g_free(step->text);
	g_free(step->verb);
	g_free(step->rest);
	g_strfreev(step->args);
	scenario_answer_clear(&step->answer);
	g_free(step);
}

void
scenario_free(struct scenario *scenario)
{
	if (scenario == NULL)
		return;
	g_free(scenario->name);
	g_free(scenario->folder);
	g_ptr_array_unref(scenario->steps);
	g_free(scenario);
}

void
scenario_answer_clear(struct scenario_answer *answer)
{
	g_clear_pointer(&answer->text, g_free);
	g_clear_pointer(&answer->extack, g_free);
}

int
scenario_errno_by_name(const char *name)
{
	for (int e = 1; e <= LAST_ERRNO; e++)
		if (g_strcmp0(strerrorname_np(e), name) == 0)
			return e;
	return 0;
}

/* "modprobe: ERROR: could not insert 'bonding': Invalid argument" -> EINVAL, 0 if the text ends in no errno. */
static int
errno_by_ending(const char *text)
{
	for (int e = 1; e <= LAST_ERRNO; e++) {
		g_autofree char *ending = g_strconcat(": ", strerrordesc_np(e), NULL);

		if (strerrordesc_np(e) != NULL && g_str_has_suffix(text, ending))
			return e;
	}
	return 0;
}

/* "NLERR errno=13 extack="…"|message" */
static gboolean
parse_nlerr(const char *text, struct scenario_answer *answer)
{
	const char *end;
	char *after;
	guint64 errnum;

	text += strlen("NLERR errno=");
	errnum = g_ascii_strtoull(text, &after, 10);
	if (after == text || errnum == 0 || errnum > LAST_ERRNO || !g_str_has_prefix(after, " extack=\""))
		return FALSE;
	after += strlen(" extack=\"");
	end = strstr(after, "\"|");
	if (end == NULL && g_str_has_suffix(after, "\""))
		end = after + strlen(after) - 1;
	if (end == NULL)
		return FALSE;
	answer->verdict = SCENARIO_ERRNO;
	answer->errnum = (int) errnum;
	answer->extack = g_strndup(after, end - after);
	return TRUE;
}

/* "rc=N …" */
static gboolean
parse_rc(const char *text, struct scenario_answer *answer)
{
	char *after;
	guint64 rc = g_ascii_strtoull(text + strlen("rc="), &after, 10);

	if (after == text + strlen("rc=") || (*after != '\0' && *after != ' ') || rc > 255)
		return FALSE;
	while (*after == ' ')
		after++;
	if (rc == 0) {
		answer->verdict = SCENARIO_OK;
		return TRUE;
	}
	if (g_str_has_prefix(after, "NLERR errno="))
		return parse_nlerr(after, answer);
	answer->errnum = errno_by_ending(after);
	answer->verdict = answer->errnum != 0 ? SCENARIO_ERRNO : SCENARIO_FAILED;
	return TRUE;
}

gboolean
scenario_parse_answer(const char *text, struct scenario_answer *answer)
{
	g_autofree char *word = NULL;

	memset(answer, 0, sizeof(*answer));
	answer->text = g_strdup(text);
	if (strcmp(text, "ok") == 0) {
		answer->verdict = SCENARIO_OK;
		return TRUE;
	}
	if (g_str_has_prefix(text, "rc="))
		return parse_rc(text, answer);
	word = g_strndup(text, strcspn(text, " "));
	answer->errnum = scenario_errno_by_name(word);
	answer->verdict = SCENARIO_ERRNO;
	return answer->errnum != 0;
}

gint64
scenario_step_wait(const struct scenario_step *step)
{
	gint64 ms;

	if (strcmp(step->verb, "wait") != 0 || step->args == NULL || g_strv_length(step->args) != 1 ||
	    !g_ascii_string_to_signed(step->args[0], 10, 0, G_GINT64_CONSTANT(86400000), &ms, NULL))
		return -1;
	return ms;
}

/* Words of a step. `sh` and `ip` lines are for their own interpreters: their words are not judged here. */
static gboolean
split_words(struct scenario_step *step, GError **error)
{
	g_autoptr(GError) bad = NULL;

	if (*step->rest == '\0' || g_shell_parse_argv(step->rest, NULL, &step->args, &bad)) {
		if (step->args == NULL)
			step->args = g_new0(char *, 1);
		return TRUE;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "scenario.scn:%u: %s: %s", step->line, step->text,
		    bad->message);
	return FALSE;
}

static struct scenario_step *
parse_step(const char *text, guint line, guint number, GError **error)
{
	struct scenario_step *step = g_new0(struct scenario_step, 1);
	gsize verb_len = strcspn(text, " \t");

	step->line = line;
	step->number = number;
	step->text = g_strdup(text);
	step->verb = g_strndup(text, verb_len);
	step->rest = g_strstrip(g_strdup(text + verb_len));
	if (!split_words(step, error)) {
		step_free(step);
		return NULL;
	}
	return step;
}

static gboolean
parse_steps(struct scenario *scenario, const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i] != NULL; i++) {
		struct scenario_step *step;

		g_strstrip(lines[i]);
		if (*lines[i] == '\0' || *lines[i] == '#')
			continue;
		step = parse_step(lines[i], i + 1, scenario->steps->len + 1, error);
		if (step == NULL)
			return FALSE;
		g_ptr_array_add(scenario->steps, step);
		if (strcmp(step->verb, "wait") == 0 && scenario_step_wait(step) < 0) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
				    "scenario.scn:%u: %s: a wait takes milliseconds", step->line, step->text);
			return FALSE;
		}
	}
	return TRUE;
}

/* "7 @0.301 snap settled -> ok" for @step */
static gboolean
parse_log_line(const char *line, struct scenario_step *step)
{
	char *after;
	guint64 number = g_ascii_strtoull(line, &after, 10);
	double at;

	if (number != step->number || !g_str_has_prefix(after, " @"))
		return FALSE;
	line = after + 2;
	at = g_ascii_strtod(line, &after);
	if (after == line || *after != ' ' || !(at >= 0 && at < 1e6))
		return FALSE;
	line = after + 1;
	if (!g_str_has_prefix(line, step->text))
		return FALSE;
	line += strlen(step->text);
	line += strspn(line, " "); /* blanks at the end of the step, too */
	if (!g_str_has_prefix(line, "-> "))
		return FALSE;
	step->at = step->logged = (bond_time) (at * 1000 + 0.5) * BOND_MSEC;
	return scenario_parse_answer(line + strlen("-> "), &step->answer);
}

static gboolean
parse_log(struct scenario *scenario, const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	bond_time last = 0;
	guint n = 0;

	if (g_str_has_prefix(text, "# t0="))
		scenario->t0 = (bond_time) (g_ascii_strtod(text + strlen("# t0="), NULL) * BOND_SEC);

	for (guint i = 0; lines[i] != NULL; i++) {
		struct scenario_step *step;

		if (*lines[i] == '\0' || *lines[i] == '#')
			continue;
		step = n < scenario->steps->len ? g_ptr_array_index(scenario->steps, n++) : NULL;
		if (step == NULL || !parse_log_line(lines[i], step) || step->at < last) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
				    "log.txt:%u: \"%s\" is not the answer to a step of scenario.scn", i + 1, lines[i]);
			return FALSE;
		}
		last = step->at;
	}
	if (n < scenario->steps->len) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "log.txt ends after step %u of %u of scenario.scn", n, scenario->steps->len);
		return FALSE;
	}
	return TRUE;
}

static void
time_by_waits(struct scenario *scenario)
{
	bond_time at = 0;

	for (guint i = 0; i < scenario->steps->len; i++) {
		struct scenario_step *step = g_ptr_array_index(scenario->steps, i);

		step->at = step->logged = at;
		at += MAX(scenario_step_wait(step), 0) * BOND_MSEC;
	}
}

/* --- Clocks --- */

/* The kernel's wheels of timers: up to so many jiffies a timer has a jiffy of its own, up to 8 times as many one of 8… */
#define WHEEL	    63
#define WHEEL_SHIFT 3
/* Longer ones are not of the kind that ticks. */
#define MAX_INTERVAL 10000

gint64
scenario_timer(gint64 jiffy, gint64 wait)
{
	guint shift = 0;

	while (wait >= (gint64) WHEEL << shift)
		shift += WHEEL_SHIFT;
	return (((jiffy + wait) >> shift) + 1) << shift;
}

bond_time
scenario_engine_time(const struct scenario_clock *clock, bond_time recorded)
{
	return recorded * clock->interval / clock->period;
}

bond_time
scenario_recorded_time(const struct scenario_clock *clock, bond_time engine)
{
	return engine * clock->period / clock->interval;
}

/* The value of "name=value" of a step; 0: it has none. */
static guint
number_of(const struct scenario_step *step, const char *name)
{
	guint64 value;

	for (guint i = 0; step->args[i] != NULL; i++)
		if (g_str_has_prefix(step->args[i], name) &&
		    g_ascii_string_to_unsigned(step->args[i] + strlen(name), 10, 1, MAX_INTERVAL, &value, NULL))
			return (guint) value;
	return 0;
}

/* What the first bond looks at its links by. Modes with a clock of their own have one of 100 ms. */
static void
set_clock(struct scenario *scenario)
{
	static const char *const clocked = "mode=802.3ad mode=4 mode=balance-tlb mode=5 mode=balance-alb mode=6";
	guint interval = 0;

	for (guint i = 0; i < scenario->steps->len && interval == 0; i++) {
		const struct scenario_step *step = g_ptr_array_index(scenario->steps, i);
		const char *mode = step->args[0] != NULL ? step->args[1] : NULL;

		if (strcmp(step->verb, "bond") != 0)
			continue;
		if (mode == NULL || strstr(clocked, mode) == NULL)
			interval = number_of(step, "arp_interval=");
		break;
	}
	scenario->clock.interval = interval != 0 ? interval : 100;
	scenario->clock.period = (guint) scenario_timer(0, scenario->clock.interval);
}

struct scenario *
scenario_parse(const char *name, const char *text, const char *log, GError **error)
{
	struct scenario *scenario = g_new0(struct scenario, 1);
	gboolean good;

	scenario->name = g_strdup(name);
	scenario->steps = g_ptr_array_new_with_free_func(step_free);
	scenario->has_log = log != NULL;
	good = parse_steps(scenario, text, error);
	if (good && log != NULL)
		good = parse_log(scenario, log, error);
	else if (good)
		time_by_waits(scenario);
	if (!good) {
		scenario_free(scenario);
		return NULL;
	}
	set_clock(scenario);
	return scenario;
}

struct scenario *
scenario_load(const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "scenario.scn", NULL);
	g_autofree char *log_path = g_build_filename(folder, "log.txt", NULL);
	g_autofree char *full = g_canonicalize_filename(folder, NULL);
	g_autofree char *name = g_path_get_basename(full);
	g_autofree char *text = NULL;
	g_autofree char *log = NULL;
	struct scenario *scenario;

	if (!g_file_get_contents(path, &text, NULL, error))
		return NULL;
	if (g_file_test(log_path, G_FILE_TEST_EXISTS) && !g_file_get_contents(log_path, &log, NULL, error))
		return NULL;
	scenario = scenario_parse(name, text, log, error);
	if (scenario != NULL)
		scenario->folder = g_strdup(folder);
	return scenario;
}
