/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * balance-xor: a flow's hash chooses among the usable ports.
 */
#include "bond-private.h"

/* The kernel's array of usable slaves exists since the first port came, and is empty. */
static gboolean
nothing_usable(const struct bond *bond)
{
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port_can_tx(port))
			return FALSE;
	}
	return TRUE;
}

static void
build_plan(const struct bond *bond, struct bond_plan *plan)
{
	const struct bond_port *port;

	if (plan->usable == 0)
		return;
	plan->tx = BOND_PLAN_HASH;
	FOREACH_PORT (bond, port) {
		if (port_can_tx(port))
			plan_add_slot(plan, port);
	}
}

const struct bond_mode_ops bond_mode_xor = {
    .name = "balance-xor",
    .description = "load balancing (xor)",
    .enslave = trunk_enslave,
    .link_up = trunk_link_up,
    .ignore_updelay = nothing_usable,
    .build_plan = build_plan,
};
