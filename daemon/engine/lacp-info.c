/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lacp-info.h"

#include "aggregator.h"
#include "lacp.h"

/* --- The verdict: the first of these that applies --- */

/* A port, and what it is measured by: the active aggregator. */
struct judged {
	const struct lacp_port *p;
	const struct lacp_aggregator *active;
};

static gboolean
bond_is_down(const struct judged *j)
{
	return !j->p->system->bond->up;
}

static gboolean
link_is_down(const struct judged *j)
{
	return !port_is_up(j->p->port) || (j->p->port->link != BOND_LINK_UP && j->p->port->speed != BOND_SPEED_UNKNOWN);
}

static gboolean
has_no_speed(const struct judged *j)
{
	return !j->p->lacp_enabled && j->p->port->speed == BOND_SPEED_UNKNOWN;
}

static gboolean
is_half_duplex(const struct judged *j)
{
	return !j->p->lacp_enabled;
}

static gboolean
is_loopback(const struct judged *j)
{
	return j->p->loopback;
}

static gboolean
is_new(const struct judged *j)
{
	return j->p->begin || j->p->rx == LACP_RX_PORT_DISABLED ||
	       (j->p->rx == LACP_RX_EXPIRED && bond_mac_is_zero(&j->p->partner.system));
}

static gboolean
has_no_partner(const struct judged *j)
{
	return bond_mac_is_zero(&j->p->partner.system);
}

static gboolean
is_silent(const struct judged *j)
{
	return j->p->rx == LACP_RX_EXPIRED;
}

static gboolean
is_individual(const struct judged *j)
{
	return !lacp_has(&j->p->partner, LACP_STATE_AGGREGATION);
}

static gboolean
is_elsewhere(const struct judged *j)
{
	return j->active != NULL && j->p->aggregator != NULL && j->p->aggregator != j->active &&
	       aggregator_has_partner(j->active);
}

static gboolean
has_other_system(const struct judged *j)
{
	return is_elsewhere(j) && !bond_mac_equal(&j->p->partner.system, &j->active->partner);
}

static gboolean
has_other_own_key(const struct judged *j)
{
	return is_elsewhere(j) && j->p->actor.key != j->active->actor_key;
}

static gboolean
has_other_key(const struct judged *j)
{
	return is_elsewhere(j) && j->p->partner.key != j->active->partner_key;
}

static gboolean
distributes(const struct judged *j)
{
	return lacp_has(&j->p->actor, LACP_STATE_DISTRIBUTING);
}

static gboolean
waits_for_timer(const struct judged *j)
{
	return j->p->mux < LACP_MUX_ATTACHED || (j->p->matched && lacp_has(&j->p->partner, LACP_STATE_SYNC) &&
						 j->p->mux == LACP_MUX_ATTACHED && !is_elsewhere(j));
}

static gboolean
is_mismatched(const struct judged *j)
{
	return !j->p->matched;
}

static gboolean
collects(const struct judged *j)
{
	return lacp_has(&j->p->actor, LACP_STATE_COLLECTING);
}

static const struct {
	enum bond_lacp_verdict_type type;
	gboolean (*applies)(const struct judged *j);
} verdicts[] = {
    {BOND_LACP_BOND_DOWN, bond_is_down},	{BOND_LACP_LINK_DOWN, link_is_down},
    {BOND_LACP_NO_SPEED, has_no_speed},		{BOND_LACP_HALF_DUPLEX, is_half_duplex},
    {BOND_LACP_LOOPBACK, is_loopback},		{BOND_LACP_LISTENING, is_new},
    {BOND_LACP_NO_PARTNER, has_no_partner},	{BOND_LACP_SILENT, is_silent},
    {BOND_LACP_OTHER_SYSTEM, has_other_system}, {BOND_LACP_OTHER_OWN_KEY, has_other_own_key},
    {BOND_LACP_OTHER_KEY, has_other_key},	{BOND_LACP_OTHER_AGGREGATOR, is_elsewhere},
    {BOND_LACP_INDIVIDUAL, is_individual},	{BOND_LACP_UP, distributes},
    {BOND_LACP_WAITING, waits_for_timer},	{BOND_LACP_MISMATCH, is_mismatched},
    {BOND_LACP_COLLECTING, collects},
};

static void
judge(const struct lacp_port *p, struct bond_lacp_verdict *verdict)
{
	const struct lacp_aggregator *active = aggregator_active(p->system);
	const struct judged j = {.p = p, .active = active};

	*verdict = (struct bond_lacp_verdict){
	    .type = BOND_LACP_NOT_IN_SYNC,
	    .forwarding =
		p->system->bond->up && port_can_tx(p->port) && p->aggregator != NULL && p->aggregator == active,
	    .aggregator = p->aggregator != NULL ? p->aggregator->id : 0,
	    .active_aggregator = active != NULL ? active->id : 0,
	    .own_key = p->actor.key,
	    .partner_key = p->partner.key,
	    .partner_system = p->partner.system,
	};
	for (guint i = 0; i < G_N_ELEMENTS(verdicts); i++) {
		if (verdicts[i].applies(&j)) {
			verdict->type = verdicts[i].type;
			break;
		}
	}
	if (active == NULL)
		return;
	verdict->group_system = active->partner;
	verdict->group_key = verdict->type == BOND_LACP_OTHER_OWN_KEY ? active->actor_key : active->partner_key;
}

const char *
bond_lacp_verdict_name(enum bond_lacp_verdict_type type)
{
	static const char *const names[] = {
	    [BOND_LACP_UP] = "up",
	    [BOND_LACP_BOND_DOWN] = "bond-down",
	    [BOND_LACP_LINK_DOWN] = "link-down",
	    [BOND_LACP_NO_SPEED] = "no-speed",
	    [BOND_LACP_HALF_DUPLEX] = "half-duplex",
	    [BOND_LACP_LOOPBACK] = "loopback",
	    [BOND_LACP_LISTENING] = "listening",
	    [BOND_LACP_NO_PARTNER] = "no-partner",
	    [BOND_LACP_SILENT] = "silent",
	    [BOND_LACP_OTHER_SYSTEM] = "other-system",
	    [BOND_LACP_OTHER_KEY] = "other-key",
	    [BOND_LACP_OTHER_OWN_KEY] = "other-own-key",
	    [BOND_LACP_OTHER_AGGREGATOR] = "other-aggregator",
	    [BOND_LACP_INDIVIDUAL] = "individual",
	    [BOND_LACP_MISMATCH] = "mismatch",
	    [BOND_LACP_NOT_IN_SYNC] = "not-in-sync",
	    [BOND_LACP_WAITING] = "waiting",
	    [BOND_LACP_COLLECTING] = "collecting",
	};

	g_return_val_if_fail((guint) type < G_N_ELEMENTS(names), "not-in-sync");
	return names[type];
}

const char *
bond_lacp_churn_name(enum bond_lacp_churn churn)
{
	static const char *const names[] = {
	    [BOND_LACP_MONITORING] = "monitoring",
	    [BOND_LACP_CHURNED] = "churned",
	    [BOND_LACP_NO_CHURN] = "none",
	};

	g_return_val_if_fail((guint) churn < G_N_ELEMENTS(names), "unknown");
	return names[churn];
}

/* --- Reading --- */

gboolean
bond_port_lacp_info(const struct bond_port *port, struct bond_lacp_info *info)
{
	const struct lacp_port *p;

	memset(info, 0, sizeof(*info));
	if (port->bond->params.mode != BOND_MODE_8023AD || port->mode_data == NULL)
		return FALSE;
	p = lacp_port(port);
	info->actor = p->actor;
	info->partner = p->partner;
	info->aggregator_id = p->aggregator != NULL ? p->aggregator->id : 0;
	info->aggregator_active = p->aggregator != NULL && p->aggregator->is_active;
	info->actor_churn = p->actor_churn.state;
	info->partner_churn = p->partner_churn.state;
	info->actor_churn_count = p->actor_churn.count;
	info->partner_churn_count = p->partner_churn.count;
	info->rx_state = lacp_rx_state_name(p->rx);
	info->periodic_state = lacp_periodic_state_name(p->periodic);
	info->mux_state = lacp_mux_state_name(p->mux);
	info->counters = p->counters;
	judge(p, &info->verdict);
	return TRUE;
}

gboolean
bond_lacp_info(const struct bond *bond, struct bond_aggregate_info *info)
{
	const struct lacp_aggregator *active;
	const struct lacp_system *system;

	memset(info, 0, sizeof(*info));
	if (bond->params.mode != BOND_MODE_8023AD || bond->mode_data == NULL)
		return FALSE;
	system = lacp_system(bond);
	info->system_priority = system->priority;
	info->system = system->mac;
	info->counters = system->counters;
	active = aggregator_active(system);
	if (active == NULL)
		return TRUE;
	info->has_active = TRUE;
	info->aggregator_id = active->id;
	info->n_ports = aggregator_n_enabled(active);
	info->actor_key = active->actor_key;
	info->partner_key = active->partner_key;
	info->partner_system = active->partner;
	return TRUE;
}
