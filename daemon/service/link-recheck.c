/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-recheck.h"

#include "bond-object.h"
#include "clock.h"
#include "deadline-source.h"

/* Longer than the kernel holds news back (linkwatch: one second). */
#define RECHECK_FOR	(1200 * BOND_MSEC)
#define RECHECK_FASTEST (10 * BOND_MSEC)
#define RECHECK_SLOWEST (100 * BOND_MSEC)

struct link_recheck {
	const struct service_context *context;
	GSource *timer;
	bond_time until;
	bond_time next;
};

/* The shortest miimon of all bonds, within reason; BOND_TIME_NEVER if no bond watches links. */
static bond_time
period(const struct link_recheck *recheck)
{
	bond_time shortest = BOND_TIME_NEVER;

	for (guint i = 0; i < recheck->context->bonds->len; i++) {
		BondObject *bond = g_ptr_array_index(recheck->context->bonds, i);
		int miimon = bond_get_params(bond_object_engine(bond))->miimon;

		if (miimon > 0 && bond_object_n_ports(bond) > 0)
			shortest = MIN(shortest, CLAMP(miimon * BOND_MSEC, RECHECK_FASTEST, RECHECK_SLOWEST));
	}
	return shortest;
}

/* A port may go while it is asked for: its index is what is kept. */
static void
recheck_bond(const struct link_recheck *recheck, BondObject *bond)
{
	g_autoptr(GArray) indices = g_array_new(FALSE, FALSE, sizeof(int));

	for (guint i = 0; i < bond_object_n_ports(bond); i++)
		g_array_append_val(indices, bond_object_nth_port(bond, i)->device.ifindex);
	for (guint i = 0; i < indices->len; i++)
		link_watcher_refresh(recheck->context->links, g_array_index(indices, int, i), NULL);
}

static void
arm(struct link_recheck *recheck, bond_time now)
{
	bond_time wait = period(recheck);

	recheck->next = wait == BOND_TIME_NEVER || now + wait > recheck->until ? BOND_TIME_NEVER : now + wait;
	deadline_source_arm(recheck->timer, recheck->next);
}

static void
on_timer(void *user)
{
	struct link_recheck *recheck = user;

	for (guint i = 0; i < recheck->context->bonds->len; i++) {
		g_autoptr(BondObject) bond = g_object_ref(g_ptr_array_index(recheck->context->bonds, i));

		recheck_bond(recheck, bond);
	}
	arm(recheck, service_now());
}

struct link_recheck *
link_recheck_new(const struct service_context *context)
{
	struct link_recheck *recheck = g_new0(struct link_recheck, 1);

	recheck->context = context;
	recheck->next = BOND_TIME_NEVER;
	recheck->timer = deadline_source_new(on_timer, recheck);
	return recheck;
}

void
link_recheck_free(struct link_recheck *recheck)
{
	g_source_destroy(recheck->timer);
	g_source_unref(recheck->timer);
	g_free(recheck);
}

void
link_recheck_kick(struct link_recheck *recheck)
{
	bond_time now = service_now();

	recheck->until = now + RECHECK_FOR;
	if (recheck->next == BOND_TIME_NEVER)
		arm(recheck, now);
}
