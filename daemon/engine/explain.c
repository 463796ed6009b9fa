/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain.h"

#include "bond-private.h"
#include "rehearsal.h"
#include "wire.h"

const struct bond_port *
explain_port(const struct bond *bond, bond_port_id id)
{
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port->id == id)
			return port;
	}
	return NULL;
}

static const char *
name_of(const struct bond *bond, bond_port_id id)
{
	const struct bond_port *port = explain_port(bond, id);

	return port != NULL ? port->name : "no port";
}

/* --- Which port --- */

static guint64
slots_of(const struct bond_plan *plan)
{
	guint64 ports = 0;

	for (guint i = 0; i < plan->n_slots; i++)
		ports |= G_GUINT64_CONSTANT(1) << plan->slots[i];
	return ports;
}

static guint64
ask_control_thread(const struct bond *bond, const struct bond_frame *frame, bond_time now)
{
	struct rehearsal *rehearsal = rehearsal_new(bond);
	guint64 ports = rehearsal_transmit(rehearsal, frame->data, frame->len, now);

	rehearsal_free(rehearsal);
	return ports;
}

static bond_port_id
first_port(const struct bond *bond, guint64 ports)
{
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (ports >> port->id & 1)
			return port->id;
	}
	return BOND_PORT_NONE;
}

void
explain_frame(const struct bond *bond, const struct bond_plan_state *state, const struct bond_frame *frame,
	      bond_time now, struct explanation *explanation)
{
	static const struct bond_plan_state nothing_sent;
	const struct bond_plan *plan = &bond->plan;
	struct bond_plan_trace *trace = &explanation->trace;

	*explanation = (struct explanation){0};
	bond_dissect(frame->data, frame->len, frame->has_vlan, frame->vlan, plan->policy, &explanation->flow);
	bond_plan_trace(plan, state != NULL ? state : &nothing_sent, frame, trace);
	if (trace->port == BOND_PORT_EVERY)
		explanation->ports = slots_of(plan);
	else if (trace->port == BOND_PORT_CONTROL)
		explanation->ports = ask_control_thread(bond, frame, now);
	else if (trace->port != BOND_PORT_NONE)
		explanation->ports = G_GUINT64_CONSTANT(1) << trace->port;
	explanation->port = first_port(bond, explanation->ports);
	explanation->uses_hash = trace->has_hash && trace->way != BOND_PLAN_WAY_NEIGHBOR;
}

/* All ports of the table, in order of the bond. */
static guint
table_ports(const struct bond *bond, const struct bond_port **ports)
{
	const struct bond_port *port;
	guint64 used = 0;
	guint n = 0;

	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE; i++) {
		if (bond->plan.table[i] < BOND_MAX_PORTS)
			used |= G_GUINT64_CONSTANT(1) << bond->plan.table[i];
	}
	FOREACH_PORT (bond, port) {
		if (used >> port->id & 1)
			ports[n++] = port;
	}
	return n;
}

guint
explain_candidates(const struct bond *bond, const struct explanation *explanation, const struct bond_port **ports)
{
	guint n = 0;

	if (explanation->trace.way == BOND_PLAN_WAY_TABLE)
		return table_ports(bond, ports);
	for (guint i = 0; i < bond->plan.n_slots; i++) {
		const struct bond_port *port = explain_port(bond, bond->plan.slots[i]);

		if (port != NULL)
			ports[n++] = port;
	}
	return n;
}

/* --- Why --- */

static const char *
why_none(const struct bond *bond)
{
	if (!bond->up)
		return "the bond is set down: nothing leaves it";
	if (bond->ports->len == 0)
		return "the bond has no ports";
	if (bond_uses_primary(bond) && bond->active == NULL)
		return "no port has a link: there is no active port";
	if (bond->params.mode == BOND_MODE_8023AD)
		return "no port of the active aggregator may send";
	return "no port has a link";
}

static char *
why_hash(const struct bond *bond, const struct explanation *explanation)
{
	const struct bond_plan_trace *trace = &explanation->trace;
	const char *policy = bond_option_value_name(BOND_OPT_XMIT_HASH_POLICY, bond->plan.policy);
	gboolean falls_back = !explanation->flow.dissected && bond->plan.policy != BOND_HASH_LAYER2 &&
			      bond->plan.policy != BOND_HASH_VLAN_SRCMAC;

	return g_strdup_printf("its hash by %s%s is %u; modulo %u ports that may send it is slot %u: %s", policy,
			       falls_back ? " (which finds no addresses in it, and takes layer2)" : "", trace->hash,
			       trace->n_slots, trace->slot, name_of(bond, explanation->port));
}

/* The slots are all ports; one that cannot send passes its turn on. */
static char *
why_turn(const struct bond *bond, const struct explanation *explanation)
{
	const struct bond_plan_trace *trace = &explanation->trace;
	bond_port_id turn = bond->plan.slots[trace->slot];

	if (turn != explanation->port)
		return g_strdup_printf(
		    "it is the turn of slot %u of %u, %s, which cannot send: the next that can is %s", trace->slot,
		    trace->n_slots, name_of(bond, turn), name_of(bond, explanation->port));
	return g_strdup_printf("frames go round: it is the turn of slot %u of %u, %s", trace->slot, trace->n_slots,
			       name_of(bond, turn));
}

static char *
why_table(const struct bond *bond, const struct explanation *explanation)
{
	const struct bond_plan_trace *trace = &explanation->trace;
	const char *by = bond->plan.by_destination ? "its destination's IP address" : "its hash";

	return g_strdup_printf("by %s it belongs to entry %u of %u of the load table, which is on %s now", by,
			       trace->slot, trace->n_slots, name_of(bond, explanation->port));
}

static char *
why_control(const struct bond *bond, const struct explanation *explanation)
{
	const struct bond_port *port = explain_port(bond, explanation->port);

	if (port == NULL)
		return g_strdup("it is ARP, and no port can take it");
	return g_strdup_printf("it is ARP: receive load balancing tells this client to send to %s", port->name);
}

char *
explain_reason(const struct bond *bond, const struct explanation *explanation)
{
	const char *port = name_of(bond, explanation->port);

	switch (explanation->trace.way) {
	case BOND_PLAN_WAY_NONE:
		break;
	case BOND_PLAN_WAY_QUEUE:
		return g_strdup_printf("the host put it on a queue that belongs to %s by its queue_id", port);
	case BOND_PLAN_WAY_ONE:
		return g_strdup_printf("%s is the active port, and the only one that sends", port);
	case BOND_PLAN_WAY_ALL:
		return g_strdup("in broadcast every port sends a copy");
	case BOND_PLAN_WAY_NEIGHBOR:
		return g_strdup(
		    "it is ARP or neighbour discovery, and broadcast_neighbor is on: every port sends a copy");
	case BOND_PLAN_WAY_TURN:
		return why_turn(bond, explanation);
	case BOND_PLAN_WAY_RANDOM:
		return g_strdup("packets_per_slave is 0: each frame leaves by a port at random");
	case BOND_PLAN_WAY_IGMP:
		return g_strdup_printf("it is IGMP, which always leaves by one port: %s", port);
	case BOND_PLAN_WAY_HASH:
		return why_hash(bond, explanation);
	case BOND_PLAN_WAY_TABLE:
		return why_table(bond, explanation);
	case BOND_PLAN_WAY_UNBALANCED:
		return explanation->port == BOND_PORT_NONE
			   ? g_strdup(why_none(bond))
			   : g_strdup_printf("frames of its kind are not balanced: they leave by the active port, %s",
					     port);
	case BOND_PLAN_WAY_CONTROL:
		return why_control(bond, explanation);
	}
	return g_strdup(why_none(bond));
}

/* --- What the hash is made of --- */

static void
append_address(GString *text, guint16 ethertype, guint32 ip)
{
	const guint8 *bytes = (const guint8 *) &ip;

	if (ethertype == WIRE_IP6)
		g_string_append_printf(text, "0x%08x (folded)", GUINT32_FROM_BE(ip));
	else
		g_string_append_printf(text, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

static void
append_ethernet(GString *text, const struct bond_flow *flow)
{
	g_string_append_printf(text, "last bytes of the addresses %02x and %02x, EtherType 0x%04x", flow->src.b[5],
			       flow->dst.b[5], flow->ethertype);
}

static void
append_addresses(GString *text, const struct bond_flow *flow)
{
	g_string_append(text, "addresses ");
	append_address(text, flow->ethertype, flow->src_ip);
	g_string_append(text, " and ");
	append_address(text, flow->ethertype, flow->dst_ip);
}

static void
append_ports(GString *text, const struct bond_flow *flow)
{
	const guint8 *bytes = (const guint8 *) &flow->ports;

	if (flow->has_ports)
		g_string_append_printf(text, ", ports %u and %u", wire_get16(bytes), wire_get16(bytes + 2));
	else
		g_string_append(text, ", no ports");
}

static void
append_tag(GString *text, const struct bond_flow *flow)
{
	const guint8 *b = flow->src.b;

	g_string_append_printf(text, "tag 0x%04x, source address %02x:%02x:%02x:%02x:%02x:%02x", flow->vlan_tci, b[0],
			       b[1], b[2], b[3], b[4], b[5]);
}

char *
explain_hash_input(const struct bond *bond, const struct explanation *explanation)
{
	const struct bond_flow *flow = &explanation->flow;
	enum bond_hash_policy policy = bond->plan.policy;
	GString *text = g_string_new(NULL);

	if (!explanation->uses_hash)
		return g_string_free(text, FALSE);
	if (policy == BOND_HASH_VLAN_SRCMAC) {
		append_tag(text, flow);
	} else if (policy == BOND_HASH_LAYER2 || !flow->dissected) {
		append_ethernet(text, flow);
	} else if (policy == BOND_HASH_LAYER23 || policy == BOND_HASH_ENCAP23) {
		append_ethernet(text, flow);
		g_string_append(text, ", ");
		append_addresses(text, flow);
	} else {
		append_addresses(text, flow);
		append_ports(text, flow);
	}
	return g_string_free(text, FALSE);
}
