/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * balance-rr: frames go round over all ports.
 */
#include "bond-private.h"

static void
active_changed(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now)
{
	bond_start_igmp(bond, now);
}

/* IGMP always leaves by one port, so that the switch learns the groups on it (kernel-semantics 32). */
static bond_port_id
igmp_port(const struct bond *bond)
{
	const struct bond_port *port;

	if (bond->active != NULL && port_can_tx(bond->active))
		return bond->active->id;
	FOREACH_PORT (bond, port) {
		if (port_can_tx(port))
			return port->id;
	}
	return BOND_PORT_NONE;
}

/* Slots are all ports, usable or not: the kernel counts them all and walks on from one that cannot transmit. */
static void
build_plan(const struct bond *bond, struct bond_plan *plan)
{
	const struct bond_port *port;

	if (plan->usable == 0)
		return;
	plan->tx = BOND_PLAN_ROUND_ROBIN;
	plan->igmp_port = igmp_port(bond);
	FOREACH_PORT (bond, port) {
		plan_add_slot(plan, port);
	}
}

const struct bond_mode_ops bond_mode_round_robin = {
    .name = "balance-rr",
    .description = "load balancing (round-robin)",
    .enslave = trunk_enslave,
    .link_up = trunk_link_up,
    .active_changed = active_changed,
    .build_plan = build_plan,
};
