/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the recorded kernel's own clock decides: when its timers fire, and when its addresses may be used.
 */
#include "world.h"

/* A link-local address may be used after its duplicate address detection: up to 1 s of waiting, 1 s of probing. */
#define DAD_WAIT  (2 * BOND_SEC)
#define DAD_PROBE (1000 * BOND_MSEC)
/* Jiffies begin 300 s before they have 32 bits. */
#define FIRST_JIFFY ((G_GINT64_CONSTANT(1) << 32) - 300 * 1000)

/* A device asked whether somebody else has its address. */
struct dad_check {
	guint8 address[16];
	bond_time at; /* on the engine's clock */
};

GArray *
world_new_checks(void)
{
	return g_array_new(FALSE, FALSE, sizeof(struct dad_check));
}

void
world_note_check(struct world *world, const guint8 *address, bond_time at)
{
	struct dad_check check = {.at = at};

	memcpy(check.address, address, sizeof(check.address));
	g_array_append_val(world->checks, check);
}

bond_time
world_timer_at(const struct world *world, bond_time armed, bond_time delay)
{
	bond_time recorded = world->t0 + scenario_recorded_time(&world->clock, armed);
	gint64 fires = scenario_timer(recorded / BOND_MSEC + FIRST_JIFFY, delay / BOND_MSEC);

	return scenario_engine_time(&world->clock, (fires - FIRST_JIFFY) * BOND_MSEC - world->t0);
}

bond_time
world_timer(const struct world *world, bond_time delay)
{
	return world_timer_at(world, world->now, delay);
}

bond_time
world_check_end(const struct world *world, const guint8 *address)
{
	for (guint i = 0; i < world->checks->len; i++) {
		const struct dad_check *check = &g_array_index(world->checks, struct dad_check, i);

		if (check->at >= world->now && memcmp(check->address, address, sizeof(check->address)) == 0)
			return world_timer_at(world, check->at, DAD_PROBE);
	}
	return world->now + DAD_WAIT;
}
