/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all runs of seeds have in common. */
#pragma once

#include "world.h"

G_BEGIN_DECLS

struct seed {
	struct world *world;
	guint32 state; /* of the random numbers */
	GString *report;
	gboolean verbose;
	gboolean failed;
};

void seed_begin(struct seed *seed, guint32 number, gboolean verbose, GString *report);
/* Frees the world. Returns whether nothing was wrong. */
gboolean seed_end(struct seed *seed);
/* 0 … n-1 */
guint seed_roll(struct seed *seed, guint n);
const char *seed_one_of(struct seed *seed, const char *const *values);
/* One line of the report. */
void seed_note(struct seed *seed, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Something is wrong; only the first is told: the rest mostly follows from it. */
void seed_wrong(struct seed *seed, const char *format, ...) G_GNUC_PRINTF(2, 3);

void seed_set_up(struct seed *seed, struct device *device, gboolean up);
/* The device joins the bond, which must work. */
void seed_join(struct seed *seed, struct device *bond, struct device *device);

G_END_DECLS
