/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "datapath/plan-box.h"

#define N_READERS 3
#define N_PLANS	  20000

static struct bond_plan *
make_plan(guint64 generation)
{
	struct bond_plan *plan = g_new0(struct bond_plan, 1);

	plan->generation = generation;
	/* What a reader checks: a plan is whole or freed. */
	plan->usable = ~generation;
	return plan;
}

static void
test_retire(void)
{
	struct plan_box *box = plan_box_new(2, make_plan(1));
	const struct bond_plan *first = plan_box_enter(box, 0);

	g_assert_cmpuint(first->generation, ==, 1);
	plan_box_publish(box, make_plan(2));
	/* Reader 0 still has it. */
	g_assert_cmpuint(plan_box_n_retired(box), ==, 1);
	g_assert_cmpuint(first->usable, ==, ~G_GUINT64_CONSTANT(1));
	g_assert_cmpuint(plan_box_enter(box, 1)->generation, ==, 2);
	plan_box_publish(box, make_plan(3));
	g_assert_cmpuint(plan_box_n_retired(box), ==, 2);
	g_assert_cmpuint(plan_box_enter(box, 0)->generation, ==, 3);
	plan_box_leave(box, 1);
	plan_box_publish(box, make_plan(4));
	/* Only the one that reader 0 has now. */
	g_assert_cmpuint(plan_box_n_retired(box), ==, 1);
	plan_box_leave(box, 0);
	plan_box_publish(box, make_plan(5));
	g_assert_cmpuint(plan_box_n_retired(box), ==, 0);
	plan_box_free(box);
}

struct reader {
	struct plan_box *box;
	guint index;
	guint64 seen;
	GThread *thread;
};

/* Plans only get newer, and none is touched after it was freed (the sanitizers would tell). */
static gpointer
read_plans(gpointer data)
{
	struct reader *reader = data;
	guint64 last = 0;

	while (last < N_PLANS) {
		const struct bond_plan *plan = plan_box_enter(reader->box, reader->index);

		g_assert_cmpuint(plan->generation, >=, last);
		g_assert_cmpuint(plan->usable, ==, ~plan->generation);
		last = plan->generation;
		reader->seen++;
		if (reader->seen % 7 == 0)
			plan_box_leave(reader->box, reader->index);
		if (reader->seen % 64 == 0)
			g_thread_yield();
		/* Still the same one unless we left it. */
		if (reader->seen % 7 != 0)
			g_assert_cmpuint(plan->usable, ==, ~last);
	}
	plan_box_leave(reader->box, reader->index);
	return NULL;
}

static void
test_concurrent(void)
{
	struct plan_box *box = plan_box_new(N_READERS, make_plan(0));
	struct reader readers[N_READERS];
	guint most = 0;

	for (guint i = 0; i < N_READERS; i++) {
		readers[i] = (struct reader){.box = box, .index = i};
		readers[i].thread = g_thread_new("reader", read_plans, &readers[i]);
	}
	for (guint64 generation = 1; generation <= N_PLANS; generation++) {
		plan_box_publish(box, make_plan(generation));
		most = MAX(most, plan_box_n_retired(box));
		if (generation % 16 == 0)
			g_thread_yield();
	}
	for (guint i = 0; i < N_READERS; i++)
		g_thread_join(readers[i].thread);
	plan_box_publish(box, make_plan(N_PLANS + 1));
	g_assert_cmpuint(plan_box_n_retired(box), ==, 0);
	g_test_message("at most %u plans waited", most);
	plan_box_free(box);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/plan-box/retire", test_retire);
	g_test_add_func("/plan-box/concurrent", test_concurrent);
	return g_test_run();
}
