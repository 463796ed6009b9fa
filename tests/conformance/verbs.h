/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the verbs of a scenario do to the simulated world, and what the world answers.
 */
#pragma once

#include "scenario.h"
#include "world.h"

G_BEGIN_DECLS

/* The answer to a step here, to be held against struct scenario_answer. */
struct outcome {
	gboolean ok;
	gboolean unknown; /* no such verb, command or form of it */
	int errnum;	  /* 0: refused by the tool, not by the bond */
	char *extack;
	char *message;
};

/* One world, and what the recorder keeps in mind beside it. */
struct stage {
	struct world *world;
	GPtrArray *watched; /* char *: devices that a snapshot shows, bonds and ports */
	gboolean has_module_params;
	struct bond_params module_params;
};

typedef void (*verb_function)(struct stage *stage, const struct scenario_step *step, struct outcome *outcome);

struct stage *stage_new(void);
void stage_free(struct stage *stage);
void stage_watch(struct stage *stage, const char *name);
void stage_unwatch(struct stage *stage, const char *name);
/* What modprobe does, unless the module is there already. */
void stage_load_module(struct stage *stage, const char *const *params, struct outcome *outcome);
/* A bond as the kernel makes one by netlink or bonding_masters: with the module's values, if it got any. */
struct device *stage_add_bond(struct stage *stage, enum device_side side, const char *name);

/**
 * verb_run:
 *
 * Does what a step says, at the world's present time. `wait` and `snap` do nothing here.
 */
void verb_run(struct stage *stage, const struct scenario_step *step, struct outcome *outcome);

/* Whether a step changes nothing: the 300 ms of a settled snapshot are not counted from it. */
gboolean verb_is_passive(const char *verb);
/* Whether a step is the news of a link: the engine may hear of several at once. */
gboolean verb_is_link_event(const struct scenario_step *step);

void outcome_clear(struct outcome *outcome);
void outcome_ok(struct outcome *outcome);
void outcome_refused(struct outcome *outcome, const GError *error);
void outcome_errno(struct outcome *outcome, int errnum);
void outcome_failed(struct outcome *outcome, const char *format, ...) G_GNUC_PRINTF(2, 3);
void outcome_unknown(struct outcome *outcome, const char *what);

/* --- iproute.c --- */

/* `ip ARGS` on one of the hosts. */
void ip_run(struct stage *stage, enum device_side side, char **args, struct outcome *outcome);
/* Bond options as `ip link … type bond` takes them: name, value, … */
void ip_set_bond(struct stage *stage, struct device *bond, char **args, struct outcome *outcome);
void ip_set_port(struct device *port, char **args, struct outcome *outcome);
void ip_add_bond(struct stage *stage, enum device_side side, const char *name, char **args, struct outcome *outcome);
void ip_delete(struct stage *stage, struct device *device, struct outcome *outcome);

/* --- shell.c --- */

/* A command line of `sh`: judged by what it does, command by command. */
void shell_run(struct stage *stage, enum device_side side, const char *line, struct outcome *outcome);
/* Writes a sysfs attribute of a bond. */
void sysfs_write(struct stage *stage, const char *bond, const char *name, const char *value, struct outcome *outcome);

G_END_DECLS
