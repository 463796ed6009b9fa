/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the current plan is for everybody to see. Readers never wait: each says between two bursts that it holds
 * no plan, and an old plan is freed once every reader has said so after the swap.
 */
#pragma once

#include "engine/plan.h"

G_BEGIN_DECLS

struct plan_box;

/* A reader's place; its own cache line, since it writes there once a burst. */
struct plan_reader {
	guint64 epoch;
} __attribute__((aligned(64)));

/**
 * plan_box_new:
 * @plan: (transfer full): the first plan
 */
struct plan_box *plan_box_new(guint n_readers, struct bond_plan *plan);

/* No reader runs any more. */
void plan_box_free(struct plan_box *box);

/**
 * plan_box_publish:
 * @plan: (transfer full): the plan from now on
 *
 * By one thread only.
 */
void plan_box_publish(struct plan_box *box, struct bond_plan *plan);

/**
 * plan_box_enter:
 * @reader: the caller's own number
 *
 * Gives up the plan that the reader had, if any.
 *
 * Returns: the current plan; valid until this reader calls plan_box_enter() or plan_box_leave() again.
 */
const struct bond_plan *plan_box_enter(struct plan_box *box, guint reader);

/* The reader holds no plan: it goes to sleep. */
void plan_box_leave(struct plan_box *box, guint reader);

/* Plans that wait to be freed; for tests. */
guint plan_box_n_retired(const struct plan_box *box);

G_END_DECLS
