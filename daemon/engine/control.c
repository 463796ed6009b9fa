/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that need thought: they pass the control thread, and with it the engine, one by one.
 */
#include "bond-private.h"

#include "wire.h"

void
bond_receive_frame(struct bond_port *port, const guint8 *frame, gsize len, bond_time now)
{
	struct bond *bond = port->bond;

	if (len < WIRE_ETH_HEADER || !bond->up)
		return;
	bond_begin(bond, BOND_REASON_NONE);
	if (bond->params.arp_interval > 0)
		bond_arp_receive(port, frame, len, now);
	if (bond->mode->control_frame != NULL)
		bond->mode->control_frame(bond, port, frame, len, now);
	bond_finish(bond, now);
}

static void
send_by_plan(struct bond *bond, const guint8 *data, gsize len)
{
	const struct bond_frame frame = {.data = data, .len = (guint32) len};
	const struct bond_plan *plan = &bond->plan;
	g_autofree guint8 *copy = g_memdup2(data, len);
	struct bond_port *port;
	bond_port_id id;

	bond_plan_transmit(plan, &bond->control_state, &frame, 1, &id);
	/* What the mode did not want after all. */
	if (id == BOND_PORT_CONTROL)
		id = plan->unbalanced;
	FOREACH_PORT (bond, port) {
		gboolean chosen = port->id == id;

		for (guint i = 0; id == BOND_PORT_EVERY && i < plan->n_slots; i++)
			chosen |= plan->slots[i] == port->id;
		if (!chosen || bond->ops->send == NULL)
			continue;
		bond_plan_rewrite_source(plan, port->id, copy);
		bond->ops->send(bond->user, port, copy, len);
	}
}

void
bond_transmit_frame(struct bond *bond, const guint8 *frame, gsize len, bond_time now)
{
	if (len < WIRE_ETH_HEADER || !bond->up)
		return;
	bond_begin(bond, BOND_REASON_NONE);
	if (bond->mode->host_frame == NULL || !bond->mode->host_frame(bond, frame, len, now))
		send_by_plan(bond, frame, len);
	bond_finish(bond, now);
}
