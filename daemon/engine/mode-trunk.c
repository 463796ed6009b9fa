/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What balance-rr, balance-xor and broadcast share: every port is active, always.
 */
#include "bond-private.h"

int
trunk_enslave(struct bond *bond, struct bond_port *port, bond_time now)
{
	port_set_active_flags(port);
	/* The active port means little here (it carries IGMP in balance-rr), so nothing is done about the change. */
	if (bond->active == NULL && port->link == BOND_LINK_UP)
		bond->active = port;
	return 0;
}

void
trunk_link_up(struct bond *bond, struct bond_port *port, bond_time now)
{
	/* Both flags: the ARP monitor may have set them before miimon took over. The kernel forgets the second, and the port
	 * hears no broadcast until the bond has been down. */
	port_set_active_flags(port);
}
