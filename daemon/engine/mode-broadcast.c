/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broadcast: every frame leaves by every port.
 */
#include "bond-private.h"

static void
build_plan(const struct bond *bond, struct bond_plan *plan)
{
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port_is_up(port) && port->link == BOND_LINK_UP)
			plan_add_slot(plan, port);
	}
	if (plan->n_slots > 0)
		plan->tx = BOND_PLAN_BROADCAST;
}

const struct bond_mode_ops bond_mode_broadcast = {
    .name = "broadcast",
    .description = "fault-tolerance (broadcast)",
    .enslave = trunk_enslave,
    .link_up = trunk_link_up,
    .build_plan = build_plan,
};
