/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * active-backup: one port carries everything, the others wait. With fail_over_mac the addresses move too.
 */
#include <string.h>

#include "bond-private.h"

static int
enslave(struct bond *bond, struct bond_port *port, bond_time now)
{
	port_set_inactive_flags(port);
	return 0;
}

static void
link_down(struct bond *bond, struct bond_port *port, bond_time now)
{
	port_set_inactive_flags(port);
}

static void
active_changed(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now)
{
	if (old_port != NULL)
		port_set_inactive_flags(old_port);
	if (new_port != NULL)
		port_set_active_flags(new_port);
}

/* bond_get_old_active(): who holds the bond's address now? */
static struct bond_port *
holder_of_bond_mac(const struct bond *bond, const struct bond_port *except)
{
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port != except && bond_mac_equal(&port->mac, &bond->mac))
			return port;
	}
	return NULL;
}

/* fail_over_mac=follow: the new active port gets the old one's address, and the old one its own. */
static void
swap_macs(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now)
{
	struct bond_mac own = new_port->mac;
	struct bond_mac wanted;
	int res;

	if (old_port == NULL)
		old_port = holder_of_bond_mac(bond, new_port);
	wanted = old_port != NULL ? old_port->mac : bond->mac;
	res = port_change_mac(new_port, &wanted);
	if (res != 0) {
		port_log(new_port, now, G_LOG_LEVEL_CRITICAL, "Error %d setting MAC of new active slave", -res);
		return;
	}
	if (old_port == NULL)
		return;
	res = port_change_mac(old_port, &own);
	if (res != 0)
		port_log(old_port, now, G_LOG_LEVEL_CRITICAL, "Error %d setting MAC of old active slave", -res);
}

static void
fail_over_mac(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now)
{
	switch ((enum bond_fail_over_mac) bond->params.fail_over_mac) {
	case BOND_FOM_NONE:
		break;
	case BOND_FOM_ACTIVE:
		bond_take_mac(bond, &new_port->mac, now);
		break;
	case BOND_FOM_FOLLOW:
		swap_macs(bond, old_port, new_port, now);
		break;
	}
}

static void
announce(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now)
{
	if (new_port == NULL)
		return;
	fail_over_mac(bond, old_port, new_port, now);
	bond_start_notifying(bond, now);
	bond_start_igmp(bond, now);
}

static gboolean
no_active_port(const struct bond *bond)
{
	return bond->active == NULL;
}

static void
build_plan(const struct bond *bond, struct bond_plan *plan)
{
	if (bond->active == NULL || !port_can_tx(bond->active))
		return;
	plan->tx = BOND_PLAN_ONE;
	plan_add_slot(plan, bond->active);
}

const struct bond_mode_ops bond_mode_active_backup = {
    .name = "active-backup",
    .description = "fault-tolerance (active-backup)",
    .uses_primary = TRUE,
    .enslave = enslave,
    .link_down = link_down,
    .active_changed = active_changed,
    .announce = announce,
    .ignore_updelay = no_active_port,
    .build_plan = build_plan,
};
