/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What /proc and /sys show at a moment, of the engine and in a recording, and how the two are held together.
 */
#pragma once

#include "verbs.h"

G_BEGIN_DECLS

struct snapshot {
	bond_time at; /* since when it looks like this */
	char *proc;   /* NULL: there is no bond to show */
	char *sysfs;
};

/* One line that differs; either side may be missing. */
struct snapshot_diff {
	const char *file; /* "proc" or "sysfs" */
	guint line;	  /* in the recorded file, 0 if it has none */
	char *expected;
	char *got;
};

/**
 * snapshot_take:
 *
 * Returns: (transfer full): what the stage's watched devices show now.
 */
struct snapshot *snapshot_take(const struct stage *stage);

/**
 * snapshot_load:
 * @prefix: path of the recorded files without .proc and .sysfs
 *
 * Returns: (transfer full) (nullable): the recorded snapshot; %NULL and @error if it has no .sysfs.
 */
struct snapshot *snapshot_load(const char *prefix, GError **error);

gboolean snapshot_equal(const struct snapshot *a, const struct snapshot *b);

/**
 * snapshot_compare:
 * @world: knows which addresses somebody chose
 * @pairs: random addresses of the engine (utf8) and the recorded ones that they stand for, from snapshots before
 *   this one; extended by those that this one pairs
 *
 * Holds @got against the recorded @expected. The driver's version and attributes that a TAP does not share with a
 * bond device are not compared. A random address equals another one, but always the same; only a bond that says
 * its address is random may have a new one each time.
 *
 * Returns: (transfer full) (element-type struct snapshot_diff): what differs; empty if they are equal.
 */
GPtrArray *snapshot_compare(const struct snapshot *expected, const struct snapshot *got, const struct world *world,
			    GHashTable *pairs);

void snapshot_free(struct snapshot *snapshot);

G_END_DECLS
