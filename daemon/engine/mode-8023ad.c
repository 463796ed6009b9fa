/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 802.3ad: ports that the same partner puts together share the traffic. What LACP decides is in lacp.c and
 * aggregator.c; here is how the bond drives it. Its clock ticks every 100 ms, but only those ticks are run in which
 * something happens.
 */
#include "aggregator.h"
#include "lacp.h"
#include "lacpdu.h"
#include "options-private.h"

#include <stddef.h>

/* --- The clock --- */

static bond_time
time_of(const struct lacp_system *system, lacp_tick tick)
{
	return system->tick_time + (bond_time) (tick - system->tick_base) * LACP_TICK;
}

/* The first tick in which something happens, if nothing comes from outside. */
static lacp_tick
next_tick(const struct lacp_system *system)
{
	lacp_tick next = LACP_TICK_NEVER;
	struct lacp_port *p;

	if (!system->bond->up || system->bond->ports->len == 0)
		return LACP_TICK_NEVER;
	if (system->busy)
		return system->tick + 1;
	if (system->selection_timer != 0)
		next = MAX(system->selection_timer, system->tick + 1);
	FOREACH_LACP_PORT (system, p)
		next = MIN(next, lacp_port_next_tick(p, system->tick));
	return next;
}

/* The ticks before @until are over: there was nothing to do in them. One that should have been run by now has not been,
 * so it is still to come. */
static void
pass_ticks(struct lacp_system *system, bond_time until)
{
	lacp_tick passed;

	if (!system->bond->up || until <= system->tick_time)
		return;
	passed = system->tick_base + (lacp_tick) ((until - 1 - system->tick_time) / LACP_TICK);
	passed = MIN(passed, next_tick(system) - 1);
	system->tick = MAX(system->tick, passed);
}

/* Something comes from outside: the next tick is to look. */
static void
catch_up(struct lacp_system *system, bond_time now)
{
	system->now = now;
	pass_ticks(system, now);
	system->busy = TRUE;
}

static void
up_changed(struct bond *bond, gboolean up, bond_time now)
{
	struct lacp_system *system = lacp_system(bond);

	if (!up) {
		bond->up = TRUE;
		catch_up(system, now);
		bond->up = FALSE;
		return;
	}
	system->now = now;
	system->busy = TRUE;
	system->tick_time = now;
	system->tick_base = system->tick + 1;
	system->selection_timer = system->tick + 1;
}

/* --- Events --- */

static void
tell_port(struct lacp_port *p)
{
	struct bond_lacp_states states = {.actor = p->actor.state, .partner = p->partner.state};
	struct bond_event event = {
	    .type = BOND_EVENT_LACP_STATE,
	    .port = p->port,
	    .old_lacp = p->told,
	    .lacp = states,
	};

	if (states.actor == p->told.actor && states.partner == p->told.partner)
		return;
	p->told = states;
	bond_emit(p->port->bond, event, p->system->now);
}

/* What has changed since it was last told. */
static void
tell_changes(struct lacp_system *system)
{
	const struct lacp_aggregator *active = aggregator_active(system);
	guint16 id = active != NULL ? active->id : 0;
	struct bond_event event = {
	    .type = BOND_EVENT_AGGREGATOR,
	    .old_aggregator = system->told_aggregator,
	    .aggregator = id,
	};
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p)
		tell_port(p);
	if (id == system->told_aggregator)
		return;
	system->told_aggregator = id;
	bond_emit(system->bond, event, system->now);
}

/* An active aggregator of which nobody may send. Without one the kernel has no array of ports, and waits. */
static gboolean
nobody_sends(const struct bond *bond)
{
	const struct lacp_aggregator *active = aggregator_active(lacp_system(bond));
	const struct lacp_port *p;

	if (active == NULL)
		return FALSE;
	for (p = active->ports; p != NULL; p = p->next) {
		if (port_can_tx(p->port))
			return FALSE;
	}
	return TRUE;
}

static gboolean
any_port_waits(const struct bond *bond)
{
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port->link == BOND_LINK_BACK)
			return TRUE;
	}
	return FALSE;
}

/* The bond's carrier may depend on it, and its plan does. */
static void
settle(struct lacp_system *system)
{
	struct bond *bond = system->bond;

	bond_update_carrier(bond, system->now);
	bond_mark_plan(bond);
	/* The next look at the links takes a port early that waits for updelay (kernel-semantics 8). */
	if (any_port_waits(bond) && nobody_sends(bond))
		bond_inspect(bond, system->now + bond_ticks(bond, 1));
	tell_changes(system);
}

/* --- Life --- */

static int
enter(struct bond *bond)
{
	struct lacp_system *system = g_new0(struct lacp_system, 1);

	system->bond = bond;
	system->priority = bond->lacp_priority;
	system->mac = bond->lacp_mac;
	bond->mode_data = system;
	return 0;
}

static void
leave(struct bond *bond)
{
	const struct lacp_system *system = lacp_system(bond);

	bond->lacp_priority = system->priority;
	bond->lacp_mac = system->mac;
	g_clear_pointer(&bond->mode_data, g_free);
}

static struct lacp_port *
twin_of(const struct bond *copy, const struct lacp_port *p)
{
	return p != NULL ? lacp_port(bond_twin(copy, p->port)) : NULL;
}

static void
copy_links(struct bond *to, struct bond_port *port, const struct lacp_port *from)
{
	struct lacp_port *p = lacp_port(port);

	p->port = port;
	p->system = lacp_system(to);
	p->own.owner = p;
	p->own.ports = twin_of(to, from->own.ports);
	p->aggregator = from->aggregator != NULL ? &twin_of(to, from->aggregator->owner)->own : NULL;
	p->next = twin_of(to, from->next);
}

static void
copy(const struct bond *from, struct bond *to)
{
	struct lacp_system *system = g_memdup2(lacp_system(from), sizeof(*system));
	struct bond_port *port;

	system->bond = to;
	to->mode_data = system;
	FOREACH_PORT (to, port)
		port->mode_data = g_memdup2(port->mode_data, sizeof(struct lacp_port));
	FOREACH_PORT (to, port)
		copy_links(to, port, lacp_port(bond_nth_port(from, port_index)));
}

/* __ad_actor_update_port() */
static void
update_actor(struct lacp_port *p)
{
	p->actor.system_priority = p->system->priority;
	p->actor.system = p->system->mac;
	p->actor.port_priority = p->port->ad_actor_port_prio;
}

static void
update_system(struct lacp_system *system)
{
	const struct bond_params *params = &system->bond->params;

	system->priority = params->ad_actor_sys_prio;
	system->mac = bond_mac_is_zero(&params->ad_actor_system) ? system->bond->mac : params->ad_actor_system;
}

/* bond_3ad_initialize() */
static void
first_port_comes(struct lacp_system *system)
{
	system->last_aggregator = 0;
	update_system(system);
	system->selection_timer = system->tick + LACP_SELECTION_TIME;
}

static guint16
next_port_number(const struct bond *bond)
{
	guint n = bond->ports->len;

	return n == 0 ? 1 : lacp_port(bond_nth_port(bond, n - 1))->actor.port_number + 1;
}

static void
join_group(struct bond_port *port, gboolean join)
{
	struct bond *bond = port->bond;

	if (bond->ops->join_group != NULL && !port->gone)
		bond->ops->join_group(bond->user, port, &slow_group, join);
}

/* bond_3ad_bind_slave() */
static int
enslave(struct bond *bond, struct bond_port *port, bond_time now)
{
	struct lacp_system *system = lacp_system(bond);
	struct lacp_port *p = g_new0(struct lacp_port, 1);

	catch_up(system, now);
	if (bond->ports->len == 0)
		first_port_comes(system);
	port_set_inactive_flags(port);
	port->mode_data = p;
	p->port = port;
	p->system = system;
	p->own.owner = p;
	p->own.id = ++system->last_aggregator;
	lacp_port_init(p);
	p->actor.port_number = next_port_number(bond);
	p->admin_key = (guint16) (bond->params.ad_user_port_key << 6);
	lacp_port_update_keys(p, FALSE);
	update_actor(p);
	join_group(port, TRUE);
	return 0;
}

/* bond_3ad_unbind_slave(): the partner is told that the port is none of ours any more. */
static void
release(struct bond *bond, struct bond_port *port, bond_time now)
{
	struct lacp_system *system = lacp_system(bond);
	struct lacp_port *p = lacp_port(port);

	catch_up(system, now);
	p->actor.state &=
	    (guint8) ~(LACP_STATE_SYNC | LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING | LACP_STATE_AGGREGATION);
	lacp_port_send(p);
	aggregator_remove_port(p);
	tell_changes(system);
	join_group(port, FALSE);
	g_clear_pointer(&port->mode_data, g_free);
}

/* --- Links --- */

/* bond_3ad_handle_link_change() */
static void
link_changed(struct bond *bond, struct bond_port *port, gboolean up, bond_time now)
{
	struct lacp_system *system = lacp_system(bond);
	struct lacp_port *p = lacp_port(port);

	catch_up(system, now);
	p->enabled = up;
	lacp_port_update_keys(p, !up);
	aggregator_choose(system);
	settle(system);
}

static void
link_up(struct bond *bond, struct bond_port *port, bond_time now)
{
	/* LACP decides when it sends. */
	port->backup = TRUE;
	link_changed(bond, port, TRUE, now);
}

static void
link_down(struct bond *bond, struct bond_port *port, bond_time now)
{
	port_set_inactive_flags(port);
	link_changed(bond, port, FALSE, now);
}

/* bond_3ad_adapter_speed_duplex_changed() */
static void
device_changed(struct bond *bond, struct bond_port *port, bond_time now)
{
	/* A cable without signal has no speed, but whether the link is down the monitor decides, after downdelay. */
	if (port->mode_data == NULL || !port_is_up(port))
		return;
	bond_begin(bond, BOND_REASON_CARRIER);
	catch_up(lacp_system(bond), now);
	if (port->speed == BOND_SPEED_UNKNOWN) {
		port_change_link(port, port->last_link_up != 0 ? BOND_LINK_FAIL : BOND_LINK_DOWN, now);
		port->delay_end = 0;
	}
	lacp_port_update_keys(lacp_port(port), FALSE);
	settle(lacp_system(bond));
	bond_finish(bond, now);
}

/* bond_3ad_set_carrier(); kernel-semantics 25 */
static gboolean
carrier(const struct bond *bond)
{
	const struct lacp_aggregator *active = aggregator_active(lacp_system(bond));
	guint min_links = (guint) bond->params.min_links;

	if (active == NULL)
		return FALSE;
	if (bond->params.lacp_strict)
		return aggregator_n_forwarding(active) >= MAX(min_links, 1);
	return aggregator_n_enabled(active) >= min_links;
}

/* --- Frames --- */

static void
answer_marker(struct lacp_port *p, const guint8 *marker)
{
	struct bond *bond = p->port->bond;
	guint8 frame[LACPDU_FRAME_SIZE];

	marker_answer(&p->port->perm_mac, marker, frame);
	p->counters.marker_resp_tx++;
	p->system->counters.marker_resp_tx++;
	if (bond->ops->send != NULL)
		bond->ops->send(bond->user, p->port, frame, sizeof(frame));
}

#define NOT_COUNTED G_MAXSIZE

static const gsize counter_of[] = {
    [SLOW_NONE] = NOT_COUNTED,
    [SLOW_ILLEGAL] = offsetof(struct bond_lacp_counters, lacpdu_illegal_rx),
    [SLOW_OTHER] = offsetof(struct bond_lacp_counters, lacpdu_unknown_rx),
    [SLOW_LACPDU] = offsetof(struct bond_lacp_counters, lacpdu_rx),
    [SLOW_MARKER] = offsetof(struct bond_lacp_counters, marker_rx),
    [SLOW_MARKER_RESPONSE] = offsetof(struct bond_lacp_counters, marker_resp_rx),
    [SLOW_MARKER_UNKNOWN] = offsetof(struct bond_lacp_counters, marker_unknown_rx),
};

static void
count(struct bond_lacp_counters *counters, enum slow_kind kind)
{
	if (counter_of[kind] != NOT_COUNTED)
		(*(guint64 *) ((char *) counters + counter_of[kind]))++;
}

static void
control_frame(struct bond *bond, struct bond_port *port, const guint8 *frame, gsize len, bond_time now)
{
	struct lacp_port *p = lacp_port(port);
	struct lacpdu pdu;
	enum slow_kind kind = slow_parse(frame, len, &pdu);

	count(&p->counters, kind);
	count(&p->system->counters, kind);
	if (kind == SLOW_MARKER)
		answer_marker(p, frame);
	if (kind != SLOW_LACPDU)
		return;
	/* The next tick tells what has changed, however many of them come until then. */
	catch_up(p->system, now);
	lacp_port_receive(p, &pdu);
}

/* --- Ticks --- */

/* FNV-1a over all that a tick reads and changes. */
static guint64
mix(guint64 hash, guint64 value)
{
	return (hash ^ value) * G_GUINT64_CONSTANT(0x100000001b3);
}

static guint64
fingerprint(const struct lacp_system *system)
{
	guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p) {
		const guint8 *bytes = (const guint8 *) p;
		const gsize len = offsetof(struct lacp_port, counters);
		guint64 word = 0;

		for (gsize i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
			memcpy(&word, bytes + i, sizeof(word));
			hash = mix(hash, word);
		}
		for (gsize i = len - len % sizeof(word); i < len; i++)
			hash = mix(hash, bytes[i]);
		hash = mix(hash, (guint) (p->port->backup << 1 | p->port->inactive));
	}
	return hash;
}

/* bond_3ad_state_machine_handler() */
static void
run_tick(struct lacp_system *system)
{
	guint64 before = fingerprint(system);
	struct lacp_port *p;

	if (system->selection_timer != 0 && system->selection_timer <= system->tick) {
		system->selection_timer = 0;
		aggregator_choose(system);
	}
	FOREACH_LACP_PORT (system, p)
		lacp_port_tick(p);
	/* A tick that changed nothing would change nothing again, until a timer is over. */
	system->busy = fingerprint(system) != before;
	settle(system);
}

static void
run(struct bond *bond, bond_time now)
{
	struct lacp_system *system = lacp_system(bond);
	lacp_tick tick = next_tick(system);

	pass_ticks(system, now + 1);
	if (tick == LACP_TICK_NEVER || now < time_of(system, tick))
		return;
	/* Late, because the host stood still: so did the partner's LACPDUs. No timer runs out for that. */
	if (now - time_of(system, tick) >= LACP_TICK) {
		system->tick_base = tick;
		system->tick_time = now;
	}
	system->tick = tick;
	system->now = now;
	run_tick(system);
}

/* Timers of the kernel that are armed for the same moment fire last in, first out: this one and the monitor's take
 * turns in being the first. */
static gboolean
runs_first(const struct bond *bond, bond_time now)
{
	return (now - lacp_system(bond)->tick_time) / LACP_TICK % 2 != 0;
}

static bond_time
next_deadline(const struct bond *bond)
{
	const struct lacp_system *system = lacp_system(bond);
	lacp_tick tick = next_tick(system);

	return tick == LACP_TICK_NEVER ? BOND_TIME_NEVER : time_of(system, tick);
}

/* --- Plan --- */

/*
 * The partner has heard that we are in sync and may send by this port already; we wait for its answer. The kernel loses
 * these frames.
 */
static gboolean
is_expected_to_receive(const struct lacp_port *p)
{
	return p->mux == LACP_MUX_ATTACHED && lacp_has(&p->actor, LACP_STATE_SYNC) && p->rx == LACP_RX_CURRENT &&
	       p->matched && p->port->link == BOND_LINK_UP;
}

/* A dead cable brings nothing new: what still waits in the port's rings came while the partner meant it for us. */
static gboolean
has_only_leftovers(const struct lacp_port *p)
{
	return !port_is_up(p->port);
}

static void
add_port(struct bond_plan *plan, const struct lacp_port *p)
{
	guint8 *rx = &plan->rx[p->port->id];

	if (port_can_tx(p->port))
		plan_add_slot(plan, p->port);
	if (*rx == BOND_PLAN_RX_EXACT && (is_expected_to_receive(p) || has_only_leftovers(p)))
		*rx = BOND_PLAN_RX_UNICAST;
}

static void
build_plan(const struct bond *bond, struct bond_plan *plan)
{
	const struct lacp_aggregator *active = aggregator_active(lacp_system(bond));
	const struct bond_port *port;

	if (active == NULL)
		return;
	FOREACH_PORT (bond, port) {
		if (lacp_port(port)->aggregator == active)
			add_port(plan, lacp_port(port));
	}
	if (plan->n_slots == 0)
		return;
	plan->tx = BOND_PLAN_HASH;
	plan->broadcast_neighbor = bond->params.broadcast_neighbor;
}

/* --- Options --- */

static void
set_bit(struct lacp_system *system, guint8 bit, gboolean on)
{
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p)
		p->actor.state = on ? p->actor.state | bit : p->actor.state & (guint8) ~bit;
}

/* bond_3ad_update_ad_actor_settings(); the partner is told. */
static void
update_actors(struct lacp_system *system)
{
	struct lacp_port *p;

	update_system(system);
	FOREACH_LACP_PORT (system, p) {
		update_actor(p);
		p->ntt = TRUE;
	}
}

static void
option_changed(struct bond *bond, enum bond_option_id option, bond_time now)
{
	struct lacp_system *system = lacp_system(bond);

	catch_up(system, now);
	switch (option) {
	case BOND_OPT_LACP_RATE:
		set_bit(system, LACP_STATE_TIMEOUT, bond->params.lacp_fast);
		break;
	case BOND_OPT_LACP_ACTIVE:
		set_bit(system, LACP_STATE_ACTIVITY, bond->params.lacp_active);
		break;
	case BOND_OPT_AD_ACTOR_SYS_PRIO:
	case BOND_OPT_AD_ACTOR_SYSTEM:
	case BOND_OPT_PORT_AD_ACTOR_PRIO:
		update_actors(system);
		break;
	default: /* looked at when it is needed */
		break;
	}
	settle(system);
}

/* --- Status --- */

static void
append_active(const struct bond *bond, const struct lacp_aggregator *active, GString *text)
{
	g_autofree char *partner = NULL;

	if (active == NULL) {
		g_string_append_printf(text, "bond %s has no active aggregator\n", bond->name);
		return;
	}
	partner = bond_mac_text(&active->partner);
	g_string_append(text, "Active Aggregator Info:\n");
	g_string_append_printf(text, "\tAggregator ID: %u\n", active->id);
	g_string_append_printf(text, "\tNumber of ports: %u\n", aggregator_n_enabled(active));
	g_string_append_printf(text, "\tActor Key: %u\n", active->actor_key);
	g_string_append_printf(text, "\tPartner Key: %u\n", active->partner_key);
	g_string_append_printf(text, "\tPartner Mac Address: %s\n", partner);
}

/* A bond has no LACP system of its own before its first port: priority and address read as zero. */
static void
status(const struct bond *bond, GString *text)
{
	const struct bond_params *params = &bond->params;
	const struct lacp_system *system = lacp_system(bond);
	g_autofree char *mac = bond_mac_text(&system->mac);

	g_string_append(text, "\n802.3ad info\n");
	g_string_append_printf(text, "LACP active: %s\n", params->lacp_active ? "on" : "off");
	g_string_append_printf(text, "LACP rate: %s\n", params->lacp_fast ? "fast" : "slow");
	g_string_append_printf(text, "Min links: %d\n", (int) params->min_links);
	g_string_append_printf(text, "Aggregator selection policy (ad_select): %s\n",
			       bond_option_value_name(BOND_OPT_AD_SELECT, params->ad_select));
	g_string_append_printf(text, "System priority: %u\nSystem MAC address: %s\n", system->priority, mac);
	append_active(bond, aggregator_active(system), text);
}

static void
append_party(const struct bond_lacp_party *party, const char *key, GString *text)
{
	g_autofree char *mac = bond_mac_text(&party->system);

	g_string_append_printf(text, "    system priority: %u\n", party->system_priority);
	g_string_append_printf(text, "    system mac address: %s\n", mac);
	g_string_append_printf(text, "    %s key: %u\n", key, party->key);
	g_string_append_printf(text, "    port priority: %u\n", party->port_priority);
	g_string_append_printf(text, "    port number: %u\n", party->port_number);
	g_string_append_printf(text, "    port state: %u\n", party->state);
}

static void
port_status(const struct bond_port *port, GString *text)
{
	const struct lacp_port *p = lacp_port(port);

	if (p->aggregator == NULL) {
		g_string_append(text, "Aggregator ID: N/A\n");
		return;
	}
	g_string_append_printf(text, "Aggregator ID: %u\n", p->aggregator->id);
	g_string_append_printf(text, "Actor Churn State: %s\n", bond_lacp_churn_name(p->actor_churn.state));
	g_string_append_printf(text, "Partner Churn State: %s\n", bond_lacp_churn_name(p->partner_churn.state));
	g_string_append_printf(text, "Actor Churned Count: %u\n", p->actor_churn.count);
	g_string_append_printf(text, "Partner Churned Count: %u\n", p->partner_churn.count);
	g_string_append(text, "details actor lacp pdu:\n");
	append_party(&p->actor, "port", text);
	g_string_append(text, "details partner lacp pdu:\n");
	append_party(&p->partner, "oper", text);
}

static gboolean
attribute(const struct bond *bond, const char *name, GString *text)
{
	struct bond_aggregate_info info;
	g_autofree char *mac = NULL;

	if (!bond_lacp_info(bond, &info) || !info.has_active)
		return FALSE;
	mac = bond_mac_text(&info.partner_system);
	if (g_str_equal(name, "ad_aggregator"))
		g_string_append_printf(text, "%u", info.aggregator_id);
	else if (g_str_equal(name, "ad_num_ports"))
		g_string_append_printf(text, "%u", info.n_ports);
	else if (g_str_equal(name, "ad_actor_key"))
		g_string_append_printf(text, "%u", info.actor_key);
	else if (g_str_equal(name, "ad_partner_key"))
		g_string_append_printf(text, "%u", info.partner_key);
	else if (g_str_equal(name, "ad_partner_mac"))
		g_string_append(text, mac);
	else
		return FALSE;
	return TRUE;
}

static gboolean
port_attribute(const struct bond_port *port, const char *name, GString *text)
{
	const struct lacp_port *p = lacp_port(port);

	if (p->aggregator == NULL)
		return FALSE;
	if (g_str_equal(name, "ad_aggregator_id"))
		g_string_append_printf(text, "%u", p->aggregator->id);
	else if (g_str_equal(name, "ad_actor_oper_port_state"))
		g_string_append_printf(text, "%u", p->actor.state);
	else if (g_str_equal(name, "ad_partner_oper_port_state"))
		g_string_append_printf(text, "%u", p->partner.state);
	else
		return FALSE;
	return TRUE;
}

const struct bond_mode_ops bond_mode_8023ad = {
    .name = "802.3ad",
    .description = "IEEE 802.3ad Dynamic link aggregation",
    .needs_speed_duplex = TRUE,
    .enter = enter,
    .leave = leave,
    .copy = copy,
    .enslave = enslave,
    .release = release,
    .device_changed = device_changed,
    .link_up = link_up,
    .link_down = link_down,
    .ignore_updelay = nobody_sends,
    .up_changed = up_changed,
    .carrier = carrier,
    .control_frame = control_frame,
    .build_plan = build_plan,
    .next_deadline = next_deadline,
    .run = run,
    .runs_first = runs_first,
    .option_changed = option_changed,
    .attribute = attribute,
    .port_attribute = port_attribute,
    .status = status,
    .port_status = port_status,
};
