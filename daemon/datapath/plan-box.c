/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan-box.h"

/* Of a reader that holds no plan. */
#define EPOCH_AWAY G_MAXUINT64

struct retired_plan {
	struct bond_plan *plan;
	guint64 epoch; /* readers that entered in this epoch or later do not have it */
};

struct plan_box {
	struct bond_plan *plan; /* atomic */
	guint64 epoch;		/* atomic: grows with each plan */
	guint n_readers;
	struct plan_reader *readers;
	GArray *retired; /* struct retired_plan */
};

struct plan_box *
plan_box_new(guint n_readers, struct bond_plan *plan)
{
	struct plan_box *box = g_new0(struct plan_box, 1);

	box->plan = plan;
	box->n_readers = n_readers;
	box->readers = g_aligned_alloc0(n_readers, sizeof(struct plan_reader), sizeof(struct plan_reader));
	for (guint i = 0; i < n_readers; i++)
		box->readers[i].epoch = EPOCH_AWAY;
	box->retired = g_array_new(FALSE, FALSE, sizeof(struct retired_plan));
	return box;
}

void
plan_box_free(struct plan_box *box)
{
	if (box == NULL)
		return;
	for (guint i = 0; i < box->retired->len; i++)
		bond_plan_free(g_array_index(box->retired, struct retired_plan, i).plan);
	g_array_unref(box->retired);
	bond_plan_free(box->plan);
	g_aligned_free(box->readers);
	g_free(box);
}

/* The earliest epoch that a reader may be in. */
static guint64
plan_box_oldest(const struct plan_box *box)
{
	guint64 oldest = EPOCH_AWAY;

	for (guint i = 0; i < box->n_readers; i++) {
		/* One look: MIN() would take two, and a reader that leaves in between would hide the others. */
		guint64 epoch = __atomic_load_n(&box->readers[i].epoch, __ATOMIC_SEQ_CST);

		oldest = MIN(oldest, epoch);
	}
	return oldest;
}

static void
plan_box_reclaim(struct plan_box *box)
{
	guint64 oldest = plan_box_oldest(box);
	guint n = 0;

	while (n < box->retired->len && g_array_index(box->retired, struct retired_plan, n).epoch <= oldest)
		bond_plan_free(g_array_index(box->retired, struct retired_plan, n++).plan);
	if (n > 0)
		g_array_remove_range(box->retired, 0, n);
}

void
plan_box_publish(struct plan_box *box, struct bond_plan *plan)
{
	struct retired_plan old;

	/* The order matters: a reader that enters in the new epoch, or from away after we look, sees the new plan. */
	old.plan = __atomic_exchange_n(&box->plan, plan, __ATOMIC_SEQ_CST);
	old.epoch = __atomic_add_fetch(&box->epoch, 1, __ATOMIC_SEQ_CST);
	g_array_append_val(box->retired, old);
	plan_box_reclaim(box);
}

const struct bond_plan *
plan_box_enter(struct plan_box *box, guint reader)
{
	guint64 epoch = __atomic_load_n(&box->epoch, __ATOMIC_SEQ_CST);

	__atomic_store_n(&box->readers[reader].epoch, epoch, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&box->plan, __ATOMIC_SEQ_CST);
}

void
plan_box_leave(struct plan_box *box, guint reader)
{
	__atomic_store_n(&box->readers[reader].epoch, EPOCH_AWAY, __ATOMIC_SEQ_CST);
}

guint
plan_box_n_retired(const struct plan_box *box)
{
	return box->retired->len;
}
