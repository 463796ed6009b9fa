/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replays recordings of the kernel's driver against the engine, in virtual time.
 */
#pragma once

#include "differences.h"

G_BEGIN_DECLS

struct replay_options {
	struct differences *differences; /* may be NULL */
	gboolean dmesg;			 /* print how the messages differ; they are no reason to fail */
	gboolean frames;		 /* print the frames that crossed the cables */
	gboolean verbose;		 /* print all lines of a difference */
};

struct replay_result {
	char *name;
	gboolean passed;
	guint snapshots;
	guint snapshots_matched;
	GString *report; /* why it failed, line by line; may hold more than that with .dmesg */
};

/**
 * replay_find_cases:
 * @path: a case, or a folder with cases at any depth
 *
 * Returns: (transfer full) (element-type filename): folders that hold a scenario.scn, sorted.
 */
GPtrArray *replay_find_cases(const char *path);

/**
 * replay_case:
 * @folder: a case
 *
 * Returns: (transfer full): how it went. A case that cannot be read has failed.
 */
struct replay_result *replay_case(const char *folder, const struct replay_options *options);

void replay_result_free(struct replay_result *result);

G_END_DECLS
