/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked for by --words. One table makes the parser, the help, the completion and what the man page must say;
 * each command names those that it takes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum flag {
	FLAG_HELP,
	FLAG_SESSION,
	FLAG_VERSION,
	FLAG_NO_ASK_PASSWORD,
	FLAG_JSON,
	FLAG_WAIT,
	FLAG_DRY_RUN,
	FLAG_LIMIT,
	FLAG_SINCE,
	FLAG_FOLLOW,
	FLAG_DOWN,
	FLAG_ONCE,
	FLAG_INTERVAL,
	FLAG_OUTPUT,
	FLAG_KEYFILE,
	FLAG_TO,
	FLAG_FORCE,
	N_FLAGS,
};

/* The set that a command takes. */
#define TAKES(flag) (1u << (flag))
/* Those that all take. */
#define TAKES_ALWAYS (TAKES(FLAG_HELP) | TAKES(FLAG_SESSION) | TAKES(FLAG_VERSION) | TAKES(FLAG_NO_ASK_PASSWORD))

struct flags {
	gboolean is_set[N_FLAGS];
	char *value[N_FLAGS]; /* of the last one given; NULL if it takes none */
	char **down;	      /* each --down */
	char **words;	      /* the command and its arguments; NULL: none */
};

enum flag_kind {
	FLAG_WORD,
	FLAG_NUMBER,
	FLAG_DURATION, /* "2", "0.5", "90s", "500ms", "10min", "2h", "1d" */
};

struct flag_info {
	const char *name;
	char letter;	   /* or 0 */
	const char *value; /* what stands behind it, as help shows it; NULL: nothing */
	enum flag_kind kind;
	gboolean optional; /* the value is */
	const char *help;
};

extern const struct flag_info flag_table[N_FLAGS];

/**
 * flags_parse:
 *
 * Takes the command line apart. What is wrong is printed.
 */
gboolean flags_parse(struct flags *flags, int argc, char **argv);
void flags_clear(struct flags *flags);

/* Whether nothing but @allowed was given, a set of TAKES(), and all values are right; if not, that is printed. */
gboolean flags_check(const struct flags *flags, guint allowed, const char *command);

/* The value of a flag that passed flags_check(); @absent if it was not given, or without a value. */
guint flags_number(const struct flags *flags, enum flag flag, guint absent);
/* In seconds. */
double flags_duration(const struct flags *flags, enum flag flag, double absent);

/* "      --wait[=SECONDS]"; (transfer full) */
char *flag_usage(enum flag flag);

G_END_DECLS
