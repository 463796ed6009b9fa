/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state-private.h"

#include "aggregator.h"
#include "lacp.h"
#include "lacpdu.h"

/* --- What is kept --- */

void
lacp_get_state(const struct bond *bond, struct bond_state *state)
{
	const struct lacp_system *system = lacp_system(bond);

	state->lacp_priority = system->priority;
	state->lacp_mac = system->mac;
	state->last_aggregator = system->last_aggregator;
	state->lacp_counters = system->counters;
}

void
lacp_get_port_state(const struct bond_port *port, struct bond_lacp_port_state *state)
{
	const struct lacp_port *p = lacp_port(port);

	*state = (struct bond_lacp_port_state){
	    .actor = p->actor,
	    .partner = p->partner,
	    .admin_key = p->admin_key,
	    .aggregator = p->aggregator != NULL ? p->aggregator->id : 0,
	    .enabled = p->enabled,
	    .lacp_enabled = p->lacp_enabled,
	    .selected = p->selected,
	    .matched = p->matched,
	    .ready_n = p->ready_n,
	    .ready = p->ready,
	    .rx = p->rx,
	    .periodic = p->periodic,
	    .mux = p->mux,
	    .actor_churn = p->actor_churn.state,
	    .partner_churn = p->partner_churn.state,
	    .actor_churned = p->actor_churn.count,
	    .partner_churned = p->partner_churn.count,
	    .counters = p->counters,
	    .own_id = p->own.id,
	    .own_active = p->own.is_active,
	    .own_individual = p->own.is_individual,
	    .own_actor_key = p->own.actor_key,
	    .own_partner_key = p->own.partner_key,
	    .own_partner_priority = p->own.partner_priority,
	    .own_partner = p->own.partner,
	};
}

/* --- Going on --- */

void
lacp_adopt(struct bond *bond, const struct bond_state *state)
{
	struct lacp_system *system = lacp_system(bond);

	system->priority = (guint16) state->lacp_priority;
	system->mac = state->lacp_mac;
	system->last_aggregator = (guint16) state->last_aggregator;
	system->counters = state->lacp_counters;
}

/* The same that a tick would have left, but for the timers: they begin anew. */
static void
start_timers(struct lacp_port *p)
{
	lacp_tick tick = p->system->tick;
	gboolean fast = lacp_has(&p->actor, LACP_STATE_TIMEOUT);

	p->tx_phase = tick;
	p->churned = p->actor_churn.state == BOND_LACP_MONITORING || p->partner_churn.state == BOND_LACP_MONITORING;
	if (p->rx == LACP_RX_CURRENT && !p->loopback)
		p->current_while = tick + (fast ? LACP_SHORT_TIMEOUT : LACP_LONG_TIMEOUT);
	else if (p->rx == LACP_RX_EXPIRED)
		p->current_while = tick + LACP_SHORT_TIMEOUT;
	if (p->periodic != LACP_PERIODIC_NONE) {
		/* Sends at once, and after its time again. */
		p->periodic = LACP_PERIODIC_FAST;
		p->periodic_timer = tick + 1;
	}
	if (p->mux == LACP_MUX_WAITING)
		p->wait_while = tick + LACP_WAIT_WHILE;
	p->ntt = TRUE;
}

static gboolean
is_sound(const struct bond *bond, const struct bond_lacp_port_state *state)
{
	struct lacp_port *other;

	FOREACH_LACP_PORT (lacp_system(bond), other) {
		if (other->own.id == state->own_id || other->actor.port_number == state->actor.port_number)
			return FALSE;
	}
	return state->own_id > 0 && state->own_id <= G_MAXUINT16 && state->actor.port_number > 0 &&
	       state->rx < LACP_RX_N_STATES && state->periodic < LACP_PERIODIC_N_STATES &&
	       state->mux < LACP_MUX_N_STATES && state->actor_churn < LACP_CHURN_N_STATES &&
	       state->partner_churn < LACP_CHURN_N_STATES;
}

static void
take_state(struct lacp_port *p, const struct bond_lacp_port_state *state)
{
	p->actor = state->actor;
	p->partner = state->partner;
	p->admin_key = (guint16) state->admin_key;
	p->begin = FALSE;
	p->enabled = state->enabled != FALSE;
	p->lacp_enabled = state->lacp_enabled != FALSE;
	p->selected = state->selected != FALSE;
	p->matched = state->matched != FALSE;
	p->ready_n = state->ready_n != FALSE;
	p->ready = state->ready != FALSE;
	p->rx = state->rx;
	p->periodic = state->periodic;
	p->mux = state->mux;
	p->actor_churn = (struct lacp_churn){.state = state->actor_churn, .count = state->actor_churned};
	p->partner_churn = (struct lacp_churn){.state = state->partner_churn, .count = state->partner_churned};
	p->counters = state->counters;
	p->own.id = (guint16) state->own_id;
	p->own.is_active = state->own_active != FALSE;
	p->own.is_individual = state->own_individual != FALSE;
	p->own.actor_key = (guint16) state->own_actor_key;
	p->own.partner_key = (guint16) state->own_partner_key;
	p->own.partner_priority = (guint16) state->own_partner_priority;
	p->own.partner = state->own_partner;
	p->adopted = (guint16) state->aggregator;
	p->told = (struct bond_lacp_states){.actor = p->actor.state, .partner = p->partner.state};
	start_timers(p);
}

void
lacp_adopt_port(struct bond_port *port, const struct bond_lacp_port_state *state)
{
	struct bond *bond = port->bond;
	struct lacp_system *system = lacp_system(bond);
	struct lacp_port *p = g_new0(struct lacp_port, 1);
	gboolean sound = is_sound(bond, state);

	port->mode_data = p;
	p->port = port;
	p->system = system;
	p->own.owner = p;
	lacp_port_init(p);
	/* What a process has joined it leaves when it dies. */
	if (bond->ops->join_group != NULL)
		bond->ops->join_group(bond->user, port, &slow_group, TRUE);
	if (sound) {
		take_state(p, state);
		system->last_aggregator = MAX(system->last_aggregator, p->own.id);
		return;
	}
	/* Then LACP begins anew for it. */
	port_set_inactive_flags(port);
	p->own.id = ++system->last_aggregator;
	p->actor.port_number = (guint16) (bond->ports->len + 1);
	p->admin_key = (guint16) (bond->params.ad_user_port_key << 6);
	p->actor.system_priority = system->priority;
	p->actor.system = system->mac;
	p->actor.port_priority = port->ad_actor_port_prio;
	lacp_port_update_keys(p, port->link != BOND_LINK_UP);
}

static struct lacp_aggregator *
find_aggregator(const struct lacp_system *system, guint id)
{
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p) {
		if (p->own.id == id)
			return &p->own;
	}
	return NULL;
}

/* Exactly one is active, and it has members; one without any is as if new. */
static void
tidy_aggregators(struct lacp_system *system)
{
	gboolean found = FALSE;
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p) {
		struct lacp_aggregator *own = &p->own;

		if (own->ports == NULL)
			*own = (struct lacp_aggregator){.owner = p, .id = own->id};
		own->is_active = own->is_active && !found;
		found = found || own->is_active;
		if (own->is_active)
			system->told_aggregator = own->id;
	}
}

/* One whose aggregator is nowhere looks for another, as a port that is new. */
static void
join_again(struct lacp_port *p)
{
	struct lacp_aggregator *aggregator = p->adopted != 0 ? find_aggregator(p->system, p->adopted) : NULL;

	p->adopted = 0;
	if (aggregator == NULL) {
		p->selected = FALSE;
		p->mux = LACP_MUX_DETACHED;
		port_set_inactive_flags(p->port);
		return;
	}
	p->aggregator = aggregator;
	p->next = aggregator->ports;
	aggregator->ports = p;
}

void
lacp_adopt_end(struct bond *bond)
{
	struct lacp_system *system = lacp_system(bond);
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p)
		join_again(p);
	tidy_aggregators(system);
}
