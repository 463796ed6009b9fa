/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the state of a bond to the plan that its datapath executes.
 */
#include "bond-private.h"

void
bond_mark_plan(struct bond *bond)
{
	bond->plan_dirty = TRUE;
}

void
plan_add_slot(struct bond_plan *plan, const struct bond_port *port)
{
	g_return_if_fail(plan->n_slots < BOND_MAX_PORTS);
	plan->slots[plan->n_slots++] = port->id;
}

/* bond_should_deliver_exact_match() (kernel-semantics 28). A bond that is down gives its host nothing. */
static enum bond_plan_rx
receive_rule(const struct bond *bond, const struct bond_port *port)
{
	if (!bond->up)
		return BOND_PLAN_RX_EXACT;
	if (!port->inactive)
		return BOND_PLAN_RX_ALL;
	return bond->params.mode == BOND_MODE_ALB ? BOND_PLAN_RX_OWN : BOND_PLAN_RX_EXACT;
}

/* bond_slave_override(): the first port with a queue's id decides about it, were it a backup or not. */
static void
add_queue(struct bond_plan *plan, const struct bond_port *port)
{
	guint queue = port->queue_id;

	if (queue == 0 || queue >= G_N_ELEMENTS(plan->queue_port) || plan->queue_port[queue] != BOND_PORT_NONE)
		return;
	if (!port_is_up(port) || port->link != BOND_LINK_UP)
		return;
	plan->queue_port[queue] = port->id;
	plan->n_queues = MAX(plan->n_queues, queue + 1);
}

static void
add_transmit(const struct bond *bond, struct bond_plan *plan)
{
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port_can_tx(port))
			plan->usable |= G_GUINT64_CONSTANT(1) << port->id;
		add_queue(plan, port);
	}
	if (bond->mode->build_plan != NULL)
		bond->mode->build_plan(bond, plan);
}

static void
build(const struct bond *bond, struct bond_plan *plan)
{
	const struct bond_port *port;

	plan->tx = BOND_PLAN_DROP;
	plan->policy = bond->params.xmit_policy;
	plan->packets_per_slave = bond->params.packets_per_slave;
	plan->igmp_port = BOND_PORT_NONE;
	plan->unbalanced = BOND_PORT_NONE;
	memset(plan->table, BOND_PORT_NONE, sizeof(plan->table));
	memset(plan->slots, BOND_PORT_NONE, sizeof(plan->slots));
	memset(plan->queue_port, BOND_PORT_NONE, sizeof(plan->queue_port));
	/* Maybe a port that is just leaving and no member any more. */
	if (bond->lingering != BOND_PORT_NONE)
		plan->rx[bond->lingering] = BOND_PLAN_RX_UNICAST;
	FOREACH_PORT (bond, port) {
		enum bond_plan_rx rule = receive_rule(bond, port);

		if (port->id != bond->lingering || rule == BOND_PLAN_RX_ALL)
			plan->rx[port->id] = rule;
	}
	plan->control = bond_arp_plan_control(bond);
	if (bond->up)
		add_transmit(bond, plan);
}

void
bond_publish(struct bond *bond)
{
	struct bond_plan *plan;

	if (!bond->plan_dirty)
		return;
	if (bond->up && bond->mode->prepare_plan != NULL)
		bond->mode->prepare_plan(bond);
	bond->plan_dirty = FALSE;
	plan = g_new0(struct bond_plan, 1);
	plan->generation = bond->plan_generation;
	build(bond, plan);
	if (bond->plan_generation > 0 && memcmp(plan, &bond->plan, sizeof(*plan)) == 0) {
		bond_plan_free(plan);
		return;
	}
	plan->generation = ++bond->plan_generation;
	memcpy(&bond->plan, plan, sizeof(*plan));
	if (bond->ops->publish != NULL)
		bond->ops->publish(bond->user, plan);
	else
		bond_plan_free(plan);
}
