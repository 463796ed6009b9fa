/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recorded case as data: the steps of scenario.scn, each with the time and the answer that log.txt has for it.
 * Everything in a recording is input: a malformed line is an error that names file and line.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

/*
 * The recorded kernel's timers fire a little late: those of 100 ms every 104 ms. All of the driver's times are counted
 * in them, so the engine's clock runs slower than the recording's by that much, and its ticks are the kernel's.
 */
struct scenario_clock {
	guint interval; /* what the driver asked for, in milliseconds */
	guint period;	/* what it got */
};

bond_time scenario_engine_time(const struct scenario_clock *clock, bond_time recorded);
bond_time scenario_recorded_time(const struct scenario_clock *clock, bond_time engine);
/* The jiffy in which a timer of @wait fires that is armed in @jiffy. */
gint64 scenario_timer(gint64 jiffy, gint64 wait);

/* What the kernel (or the tool that spoke to it) answered to a step. */
enum scenario_verdict {
	SCENARIO_UNKNOWN, /* there is no log */
	SCENARIO_OK,
	SCENARIO_ERRNO,	 /* refused with .errnum */
	SCENARIO_FAILED, /* refused by the tool before the kernel was asked: no errno */
};

struct scenario_answer {
	enum scenario_verdict verdict;
	int errnum;
	char *extack; /* NULL: the answer has none (not a netlink one) */
	char *text;   /* as it stands in the log */
};

struct scenario_step {
	guint line;   /* in scenario.scn, from 1 */
	guint number; /* in log.txt, from 1 */
	char *text;
	char *verb;
	char *rest;	  /* what follows the verb, as written */
	char **args;	  /* the same, in words, quotes removed */
	bond_time logged; /* since step 1, in whole milliseconds */
	bond_time at;	  /* the same, on whatever clock the caller wants */
	struct scenario_answer answer;
};

struct scenario {
	char *name;	  /* of the folder */
	char *folder;	  /* its path */
	GPtrArray *steps; /* struct scenario_step * */
	gboolean has_log;
	struct scenario_clock clock;
	bond_time t0; /* the recorded host's monotonic clock at step 1; 0 if the log does not say */
};

/**
 * scenario_load:
 * @folder: a folder with a scenario.scn and mostly a log.txt
 *
 * Returns: (transfer full) (nullable): the case.
 */
struct scenario *scenario_load(const char *folder, GError **error);

/**
 * scenario_parse:
 * @log: (nullable): text of log.txt; without one the steps follow each other and only `wait` takes time
 *
 * As scenario_load(), from text.
 */
struct scenario *scenario_parse(const char *name, const char *scenario, const char *log, GError **error);

void scenario_free(struct scenario *scenario);

/**
 * scenario_parse_answer:
 * @text: what stands behind `->` in a log: `ok`, `EBUSY`, `EACCES (open)`, `rc=2 NLERR errno=13 extack="…"|…`
 * @answer: (out): cleared with scenario_answer_clear()
 *
 * Returns: %FALSE if it has no known form.
 */
gboolean scenario_parse_answer(const char *text, struct scenario_answer *answer);
void scenario_answer_clear(struct scenario_answer *answer);

/**
 * scenario_errno_by_name:
 *
 * Returns: the number of "EBUSY" and the like, 0 if there is none of that name.
 */
int scenario_errno_by_name(const char *name);

/* Milliseconds of a `wait` step, -1 if it has none. */
gint64 scenario_step_wait(const struct scenario_step *step);

G_END_DECLS
