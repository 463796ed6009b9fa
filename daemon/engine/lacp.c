/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lacp.h"

#include "aggregator.h"
#include "lacpdu.h"

/* What is known of a partner that has not been heard (kernel-semantics 66). */
static const struct bond_lacp_party DEFAULT_PARTNER = {
    .system_priority = 65535,
    .key = 1,
    .port_priority = 255,
    .port_number = 1,
};

static void
set_state(struct bond_lacp_party *party, guint8 bits)
{
	party->state |= bits;
}

static void
clear_state(struct bond_lacp_party *party, guint8 bits)
{
	party->state &= (guint8) ~bits;
}

static lacp_tick
timer(const struct lacp_port *p, guint ticks)
{
	return p->system->tick + ticks;
}

static gboolean
is_over(const struct lacp_port *p, lacp_tick at)
{
	return at != 0 && at <= p->system->tick;
}

/* --- The two sides of a port --- */

void
lacp_port_enable(struct lacp_port *p)
{
	if (p->port->link == BOND_LINK_UP && port_is_up(p->port))
		port_set_active_flags(p->port);
}

void
lacp_port_disable(struct lacp_port *p)
{
	port_set_inactive_flags(p->port);
}

/* It receives; kernel-semantics 30. */
static void
enable_collecting(struct lacp_port *p)
{
	if (!p->aggregator->is_active || p->port->link != BOND_LINK_UP || !port_is_up(p->port))
		return;
	p->port->inactive = FALSE;
	bond_mark_plan(p->port->bond);
}

static void
disable_distributing(struct lacp_port *p)
{
	if (p->aggregator == NULL || !aggregator_has_partner(p->aggregator))
		return;
	p->port->backup = TRUE;
	bond_mark_plan(p->port->bond);
}

/* kernel-semantics 20 */
static void
enable_distributing(struct lacp_port *p)
{
	struct bond *bond = p->port->bond;

	if (p->aggregator == NULL || !p->aggregator->is_active)
		return;
	lacp_port_enable(p);
	if (bond->params.broadcast_neighbor)
		bond_start_notifying(bond, p->system->now);
}

/* A port that works alone goes on. */
static void
disable_both(struct lacp_port *p)
{
	if (p->aggregator != NULL && aggregator_has_partner(p->aggregator))
		lacp_port_disable(p);
}

/* --- Receive machine (kernel-semantics 50 to 56) --- */

static gboolean
same_identity(const struct bond_lacp_party *a, const struct bond_lacp_party *b)
{
	return a->port_number == b->port_number && a->port_priority == b->port_priority &&
	       bond_mac_equal(&a->system, &b->system) && a->system_priority == b->system_priority && a->key == b->key;
}

static gboolean
same_state(const struct bond_lacp_party *a, const struct bond_lacp_party *b, guint8 bits)
{
	return ((a->state ^ b->state) & bits) == 0;
}

/* __update_selected(), __update_default_selected(): somebody else is there now. */
static void
update_selected(struct lacp_port *p, const struct bond_lacp_party *partner)
{
	if (!same_identity(partner, &p->partner) || !same_state(partner, &p->partner, LACP_STATE_AGGREGATION))
		p->selected = FALSE;
}

/* What the partner believes of us is not so any more. */
static void
update_ntt(struct lacp_port *p, const struct lacpdu *pdu)
{
	const guint8 bits = LACP_STATE_ACTIVITY | LACP_STATE_TIMEOUT | LACP_STATE_SYNC | LACP_STATE_AGGREGATION;

	if (!same_identity(&pdu->partner, &p->actor) || !same_state(&pdu->partner, &p->actor, bits))
		p->ntt = TRUE;
}

/* __choose_matched() */
static gboolean
is_matched(const struct lacp_port *p, const struct lacpdu *pdu)
{
	if (!lacp_has(&pdu->actor, LACP_STATE_AGGREGATION))
		return TRUE;
	return same_identity(&pdu->partner, &p->actor) && same_state(&pdu->partner, &p->actor, LACP_STATE_AGGREGATION);
}

static void
record_pdu(struct lacp_port *p, const struct lacpdu *pdu)
{
	p->matched = is_matched(p, pdu);
	p->partner = pdu->actor;
	clear_state(&p->actor, LACP_STATE_DEFAULTED);
	if (!p->matched)
		clear_state(&p->partner, LACP_STATE_SYNC);
}

static void
record_default(struct lacp_port *p)
{
	p->partner = DEFAULT_PARTNER;
	set_state(&p->actor, LACP_STATE_DEFAULTED);
}

static void
enter_initialize(struct lacp_port *p, const struct lacpdu *pdu)
{
	p->lacp_enabled = (p->actor.key & 1) != 0;
	p->selected = FALSE;
	p->churned = TRUE;
	record_default(p);
	clear_state(&p->actor, LACP_STATE_EXPIRED);
	p->matched = FALSE;
	p->current_while = 0;
	/* There is nothing to wait for. */
	p->rx = LACP_RX_PORT_DISABLED;
}

static void
enter_port_disabled(struct lacp_port *p, const struct lacpdu *pdu)
{
	clear_state(&p->partner, LACP_STATE_SYNC);
	p->matched = FALSE;
	p->current_while = 0;
}

static void
enter_lacp_disabled(struct lacp_port *p, const struct lacpdu *pdu)
{
	p->selected = FALSE;
	record_default(p);
	clear_state(&p->partner, LACP_STATE_AGGREGATION);
	p->matched = TRUE;
	clear_state(&p->actor, LACP_STATE_EXPIRED);
	p->current_while = 0;
}

static void
enter_expired(struct lacp_port *p, const struct lacpdu *pdu)
{
	clear_state(&p->partner, LACP_STATE_SYNC);
	/* So that we send every second until we know more. */
	set_state(&p->partner, LACP_STATE_TIMEOUT);
	set_state(&p->actor, LACP_STATE_EXPIRED);
	p->matched = FALSE;
	p->churned = TRUE;
	p->current_while = timer(p, LACP_SHORT_TIMEOUT);
}

static void
enter_defaulted(struct lacp_port *p, const struct lacpdu *pdu)
{
	update_selected(p, &DEFAULT_PARTNER);
	record_default(p);
	p->matched = TRUE;
	clear_state(&p->actor, LACP_STATE_EXPIRED);
	p->current_while = 0;
}

static void
warn_of_loopback(struct lacp_port *p)
{
	if (p->system->tick >= p->may_warn) {
		p->may_warn = timer(p, LACP_WARN_GAP);
		port_log(p->port, p->system->now, G_LOG_LEVEL_CRITICAL,
			 "An illegal loopback occurred on slave. Check the configuration to verify that all adapters "
			 "are connected to 802.3ad compliant switch ports");
	}
	p->loopback = TRUE;
	p->current_while = 0;
}

/* The timeout is what we have asked for, not what the partner wants (kernel-semantics 51). */
static void
enter_current(struct lacp_port *p, const struct lacpdu *pdu)
{
	if (bond_mac_equal(&pdu->actor.system, &p->actor.system)) {
		warn_of_loopback(p);
		return;
	}
	p->loopback = FALSE;
	update_selected(p, &pdu->actor);
	update_ntt(p, pdu);
	record_pdu(p, pdu);
	p->current_while = timer(p, lacp_has(&p->actor, LACP_STATE_TIMEOUT) ? LACP_SHORT_TIMEOUT : LACP_LONG_TIMEOUT);
	clear_state(&p->actor, LACP_STATE_EXPIRED);
}

typedef void (*rx_action)(struct lacp_port *p, const struct lacpdu *pdu);

static const rx_action rx_actions[LACP_RX_N_STATES] = {
    [LACP_RX_INITIALIZE] = enter_initialize,	   [LACP_RX_PORT_DISABLED] = enter_port_disabled,
    [LACP_RX_LACP_DISABLED] = enter_lacp_disabled, [LACP_RX_EXPIRED] = enter_expired,
    [LACP_RX_DEFAULTED] = enter_defaulted,	   [LACP_RX_CURRENT] = enter_current,
};

/* clang-format off */
static const enum lacp_rx_state rx_table[LACP_RX_N_STATES][LACP_RX_N_EVENTS] = {
	[LACP_RX_INITIALIZE] = {
		[LACP_RX_BEGIN] = LACP_RX_INITIALIZE,
		[LACP_RX_DOWN] = LACP_RX_PORT_DISABLED,
		[LACP_RX_PDU] = LACP_RX_PORT_DISABLED,
		[LACP_RX_PDU_OFF] = LACP_RX_PORT_DISABLED,
		[LACP_RX_TIMEOUT] = LACP_RX_PORT_DISABLED,
		[LACP_RX_IDLE] = LACP_RX_PORT_DISABLED,
		[LACP_RX_IDLE_OFF] = LACP_RX_PORT_DISABLED,
	},
	[LACP_RX_PORT_DISABLED] = {
		[LACP_RX_BEGIN] = LACP_RX_INITIALIZE,
		[LACP_RX_DOWN] = LACP_RX_PORT_DISABLED,
		[LACP_RX_PDU] = LACP_RX_EXPIRED,
		[LACP_RX_PDU_OFF] = LACP_RX_LACP_DISABLED,
		[LACP_RX_TIMEOUT] = LACP_RX_PORT_DISABLED,
		[LACP_RX_IDLE] = LACP_RX_EXPIRED,
		[LACP_RX_IDLE_OFF] = LACP_RX_LACP_DISABLED,
	},
	[LACP_RX_LACP_DISABLED] = {
		[LACP_RX_BEGIN] = LACP_RX_INITIALIZE,
		[LACP_RX_DOWN] = LACP_RX_PORT_DISABLED,
		[LACP_RX_PDU] = LACP_RX_LACP_DISABLED,
		[LACP_RX_PDU_OFF] = LACP_RX_LACP_DISABLED,
		[LACP_RX_TIMEOUT] = LACP_RX_LACP_DISABLED,
		[LACP_RX_IDLE] = LACP_RX_LACP_DISABLED,
		[LACP_RX_IDLE_OFF] = LACP_RX_LACP_DISABLED,
	},
	[LACP_RX_EXPIRED] = {
		[LACP_RX_BEGIN] = LACP_RX_INITIALIZE,
		[LACP_RX_DOWN] = LACP_RX_PORT_DISABLED,
		[LACP_RX_PDU] = LACP_RX_CURRENT,
		[LACP_RX_PDU_OFF] = LACP_RX_CURRENT,
		[LACP_RX_TIMEOUT] = LACP_RX_DEFAULTED,
		[LACP_RX_IDLE] = LACP_RX_EXPIRED,
		[LACP_RX_IDLE_OFF] = LACP_RX_EXPIRED,
	},
	[LACP_RX_DEFAULTED] = {
		[LACP_RX_BEGIN] = LACP_RX_INITIALIZE,
		[LACP_RX_DOWN] = LACP_RX_PORT_DISABLED,
		[LACP_RX_PDU] = LACP_RX_CURRENT,
		[LACP_RX_PDU_OFF] = LACP_RX_CURRENT,
		[LACP_RX_TIMEOUT] = LACP_RX_DEFAULTED,
		[LACP_RX_IDLE] = LACP_RX_DEFAULTED,
		[LACP_RX_IDLE_OFF] = LACP_RX_DEFAULTED,
	},
	[LACP_RX_CURRENT] = {
		[LACP_RX_BEGIN] = LACP_RX_INITIALIZE,
		[LACP_RX_DOWN] = LACP_RX_PORT_DISABLED,
		[LACP_RX_PDU] = LACP_RX_CURRENT,
		[LACP_RX_PDU_OFF] = LACP_RX_CURRENT,
		[LACP_RX_TIMEOUT] = LACP_RX_EXPIRED,
		[LACP_RX_IDLE] = LACP_RX_CURRENT,
		[LACP_RX_IDLE_OFF] = LACP_RX_CURRENT,
	},
};
/* clang-format on */

enum lacp_rx_event
lacp_rx_event(const struct lacp_port *p, const struct lacpdu *pdu)
{
	if (p->begin)
		return LACP_RX_BEGIN;
	if (!p->enabled)
		return LACP_RX_DOWN;
	if (pdu != NULL)
		return p->lacp_enabled ? LACP_RX_PDU : LACP_RX_PDU_OFF;
	if (is_over(p, p->current_while))
		return LACP_RX_TIMEOUT;
	return p->lacp_enabled ? LACP_RX_IDLE : LACP_RX_IDLE_OFF;
}

void
lacp_rx_step(struct lacp_port *p, enum lacp_rx_event event, const struct lacpdu *pdu)
{
	enum lacp_rx_state last = p->rx;
	gboolean received = event == LACP_RX_PDU || event == LACP_RX_PDU_OFF;

	p->rx = rx_table[last][event];
	if (event == LACP_RX_TIMEOUT)
		p->current_while = 0;
	if (p->rx == last && !received && event != LACP_RX_BEGIN)
		return;
	if (p->rx == LACP_RX_CURRENT && last != LACP_RX_CURRENT)
		p->churned = TRUE;
	rx_actions[p->rx](p, pdu);
}

/* --- Periodic machine (kernel-semantics 51, 52) --- */

static const guint periods[LACP_PERIODIC_N_STATES] = {
    /* A tick of each second passes in LACP_PERIODIC_TX. */
    [LACP_PERIODIC_FAST] = LACP_FAST_PERIOD - 1,
    [LACP_PERIODIC_SLOW] = LACP_SLOW_PERIOD - 1,
};

/* clang-format off */
static const enum lacp_periodic_state periodic_table[LACP_PERIODIC_N_STATES][LACP_PERIODIC_N_EVENTS] = {
	[LACP_PERIODIC_NONE] = {
		[LACP_PERIODIC_OFF] = LACP_PERIODIC_NONE,
		[LACP_PERIODIC_TIMEOUT] = LACP_PERIODIC_FAST,
		[LACP_PERIODIC_WANT_FAST] = LACP_PERIODIC_FAST,
		[LACP_PERIODIC_WANT_SLOW] = LACP_PERIODIC_FAST,
	},
	[LACP_PERIODIC_FAST] = {
		[LACP_PERIODIC_OFF] = LACP_PERIODIC_NONE,
		[LACP_PERIODIC_TIMEOUT] = LACP_PERIODIC_TX,
		[LACP_PERIODIC_WANT_FAST] = LACP_PERIODIC_FAST,
		[LACP_PERIODIC_WANT_SLOW] = LACP_PERIODIC_SLOW,
	},
	[LACP_PERIODIC_SLOW] = {
		[LACP_PERIODIC_OFF] = LACP_PERIODIC_NONE,
		[LACP_PERIODIC_TIMEOUT] = LACP_PERIODIC_TX,
		[LACP_PERIODIC_WANT_FAST] = LACP_PERIODIC_TX,
		[LACP_PERIODIC_WANT_SLOW] = LACP_PERIODIC_SLOW,
	},
	[LACP_PERIODIC_TX] = {
		[LACP_PERIODIC_OFF] = LACP_PERIODIC_NONE,
		[LACP_PERIODIC_TIMEOUT] = LACP_PERIODIC_FAST,
		[LACP_PERIODIC_WANT_FAST] = LACP_PERIODIC_FAST,
		[LACP_PERIODIC_WANT_SLOW] = LACP_PERIODIC_SLOW,
	},
};
/* clang-format on */

enum lacp_periodic_event
lacp_periodic_event(const struct lacp_port *p)
{
	guint8 either = p->actor.state | p->partner.state;

	if (p->begin || !p->lacp_enabled || !p->enabled || !(either & LACP_STATE_ACTIVITY))
		return LACP_PERIODIC_OFF;
	if (is_over(p, p->periodic_timer))
		return LACP_PERIODIC_TIMEOUT;
	return lacp_has(&p->partner, LACP_STATE_TIMEOUT) ? LACP_PERIODIC_WANT_FAST : LACP_PERIODIC_WANT_SLOW;
}

void
lacp_periodic_step(struct lacp_port *p, enum lacp_periodic_event event)
{
	enum lacp_periodic_state last = p->periodic;

	p->periodic = periodic_table[last][event];
	if (p->periodic == last)
		return;
	p->periodic_timer = periods[p->periodic] > 0 ? timer(p, periods[p->periodic]) : 0;
	if (p->periodic == LACP_PERIODIC_TX)
		p->ntt = TRUE;
}

/* --- Mux machine (kernel-semantics 60, 62) --- */

static void
enter_detached(struct lacp_port *p)
{
	disable_both(p);
	clear_state(&p->actor, LACP_STATE_SYNC | LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING);
	p->ntt = TRUE;
}

static void
enter_waiting(struct lacp_port *p)
{
	p->wait_while = timer(p, LACP_WAIT_WHILE);
}

static void
enter_attached(struct lacp_port *p)
{
	if (p->aggregator->is_active)
		set_state(&p->actor, LACP_STATE_SYNC);
	else
		clear_state(&p->actor, LACP_STATE_SYNC);
	clear_state(&p->actor, LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING);
	disable_both(p);
	p->ntt = TRUE;
}

static void
enter_collecting(struct lacp_port *p)
{
	set_state(&p->actor, LACP_STATE_SYNC | LACP_STATE_COLLECTING);
	clear_state(&p->actor, LACP_STATE_DISTRIBUTING);
	enable_collecting(p);
	disable_distributing(p);
	p->ntt = TRUE;
}

static void
enter_distributing(struct lacp_port *p)
{
	set_state(&p->actor, LACP_STATE_SYNC | LACP_STATE_DISTRIBUTING);
	enable_distributing(p);
}

static void
enter_collecting_distributing(struct lacp_port *p)
{
	set_state(&p->actor, LACP_STATE_SYNC | LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING);
	enable_distributing(p);
	p->ntt = TRUE;
}

static void (*const mux_actions[LACP_MUX_N_STATES])(struct lacp_port *p) = {
    [LACP_MUX_DETACHED] = enter_detached,	  [LACP_MUX_WAITING] = enter_waiting,
    [LACP_MUX_ATTACHED] = enter_attached,	  [LACP_MUX_COLLECTING] = enter_collecting,
    [LACP_MUX_DISTRIBUTING] = enter_distributing, [LACP_MUX_COLLECTING_DISTRIBUTING] = enter_collecting_distributing,
};

/* What a state sees to as long as it lasts. */

static void
stay_attached(struct lacp_port *p)
{
	if (p->aggregator->is_active)
		set_state(&p->actor, LACP_STATE_SYNC);
}

static void
stay_collecting(struct lacp_port *p)
{
	if (p->port->inactive)
		enable_collecting(p);
}

static void
stay_distributing(struct lacp_port *p)
{
	if (p->aggregator->is_active && p->port->backup)
		lacp_port_enable(p);
}

static void (*const mux_stays[LACP_MUX_N_STATES])(struct lacp_port *p) = {
    [LACP_MUX_ATTACHED] = stay_attached,
    [LACP_MUX_COLLECTING] = stay_collecting,
    [LACP_MUX_DISTRIBUTING] = stay_distributing,
    [LACP_MUX_COLLECTING_DISTRIBUTING] = stay_distributing,
};

/* clang-format off */
#define MUX_DETACHED_ROW {							\
	[LACP_MUX_BEGIN] = LACP_MUX_DETACHED,					\
	[LACP_MUX_UNSELECTED] = LACP_MUX_DETACHED,				\
	[LACP_MUX_SELECTED] = LACP_MUX_WAITING,					\
	[LACP_MUX_READY] = LACP_MUX_WAITING,					\
	[LACP_MUX_OUT_OF_SYNC] = LACP_MUX_WAITING,				\
	[LACP_MUX_IN_SYNC] = LACP_MUX_WAITING,					\
	[LACP_MUX_PARTNER_COLLECTS] = LACP_MUX_WAITING,				\
}
#define MUX_WAITING_ROW {							\
	[LACP_MUX_BEGIN] = LACP_MUX_DETACHED,					\
	[LACP_MUX_UNSELECTED] = LACP_MUX_DETACHED,				\
	[LACP_MUX_SELECTED] = LACP_MUX_WAITING,					\
	[LACP_MUX_READY] = LACP_MUX_ATTACHED,					\
	[LACP_MUX_OUT_OF_SYNC] = LACP_MUX_WAITING,				\
	[LACP_MUX_IN_SYNC] = LACP_MUX_WAITING,					\
	[LACP_MUX_PARTNER_COLLECTS] = LACP_MUX_WAITING,				\
}
#define MUX_ATTACHED_ROW(next) {						\
	[LACP_MUX_BEGIN] = LACP_MUX_DETACHED,					\
	[LACP_MUX_UNSELECTED] = LACP_MUX_DETACHED,				\
	[LACP_MUX_SELECTED] = LACP_MUX_ATTACHED,				\
	[LACP_MUX_READY] = LACP_MUX_ATTACHED,					\
	[LACP_MUX_OUT_OF_SYNC] = LACP_MUX_ATTACHED,				\
	[LACP_MUX_IN_SYNC] = (next),						\
	[LACP_MUX_PARTNER_COLLECTS] = (next),					\
}
/* The bond may have changed from one control to the other while it was down: both tables have all rows. */
#define MUX_COLLECTING_ROW {							\
	[LACP_MUX_BEGIN] = LACP_MUX_DETACHED,					\
	[LACP_MUX_UNSELECTED] = LACP_MUX_ATTACHED,				\
	[LACP_MUX_SELECTED] = LACP_MUX_COLLECTING,				\
	[LACP_MUX_READY] = LACP_MUX_COLLECTING,					\
	[LACP_MUX_OUT_OF_SYNC] = LACP_MUX_ATTACHED,				\
	[LACP_MUX_IN_SYNC] = LACP_MUX_COLLECTING,				\
	[LACP_MUX_PARTNER_COLLECTS] = LACP_MUX_DISTRIBUTING,			\
}
#define MUX_DISTRIBUTING_ROW {							\
	[LACP_MUX_BEGIN] = LACP_MUX_DETACHED,					\
	[LACP_MUX_UNSELECTED] = LACP_MUX_COLLECTING,				\
	[LACP_MUX_SELECTED] = LACP_MUX_DISTRIBUTING,				\
	[LACP_MUX_READY] = LACP_MUX_DISTRIBUTING,				\
	[LACP_MUX_OUT_OF_SYNC] = LACP_MUX_COLLECTING,				\
	[LACP_MUX_IN_SYNC] = LACP_MUX_COLLECTING,				\
	[LACP_MUX_PARTNER_COLLECTS] = LACP_MUX_DISTRIBUTING,			\
}
#define MUX_COLLECTING_DISTRIBUTING_ROW {					\
	[LACP_MUX_BEGIN] = LACP_MUX_DETACHED,					\
	[LACP_MUX_UNSELECTED] = LACP_MUX_ATTACHED,				\
	[LACP_MUX_SELECTED] = LACP_MUX_COLLECTING_DISTRIBUTING,			\
	[LACP_MUX_READY] = LACP_MUX_COLLECTING_DISTRIBUTING,			\
	[LACP_MUX_OUT_OF_SYNC] = LACP_MUX_ATTACHED,				\
	[LACP_MUX_IN_SYNC] = LACP_MUX_COLLECTING_DISTRIBUTING,			\
	[LACP_MUX_PARTNER_COLLECTS] = LACP_MUX_COLLECTING_DISTRIBUTING,		\
}

static const enum lacp_mux_state mux_tables[LACP_N_CONTROLS][LACP_MUX_N_STATES][LACP_MUX_N_EVENTS] = {
	[LACP_INDEPENDENT] = {
		[LACP_MUX_DETACHED] = MUX_DETACHED_ROW,
		[LACP_MUX_WAITING] = MUX_WAITING_ROW,
		[LACP_MUX_ATTACHED] = MUX_ATTACHED_ROW(LACP_MUX_COLLECTING),
		[LACP_MUX_COLLECTING] = MUX_COLLECTING_ROW,
		[LACP_MUX_DISTRIBUTING] = MUX_DISTRIBUTING_ROW,
		[LACP_MUX_COLLECTING_DISTRIBUTING] = MUX_COLLECTING_DISTRIBUTING_ROW,
	},
	[LACP_COUPLED] = {
		[LACP_MUX_DETACHED] = MUX_DETACHED_ROW,
		[LACP_MUX_WAITING] = MUX_WAITING_ROW,
		[LACP_MUX_ATTACHED] = MUX_ATTACHED_ROW(LACP_MUX_COLLECTING_DISTRIBUTING),
		[LACP_MUX_COLLECTING] = MUX_COLLECTING_ROW,
		[LACP_MUX_DISTRIBUTING] = MUX_DISTRIBUTING_ROW,
		[LACP_MUX_COLLECTING_DISTRIBUTING] = MUX_COLLECTING_DISTRIBUTING_ROW,
	},
};
/* clang-format on */

static gboolean
may_collect(const struct lacp_port *p)
{
	if (!lacp_has(&p->partner, LACP_STATE_SYNC))
		return FALSE;
	/* While the aggregator is still being looked for, nobody begins. */
	if (p->mux == LACP_MUX_ATTACHED)
		return p->aggregator->is_active && p->system->selection_timer == 0;
	return lacp_has(&p->actor, LACP_STATE_SYNC);
}

enum lacp_mux_event
lacp_mux_event(const struct lacp_port *p)
{
	if (p->begin)
		return LACP_MUX_BEGIN;
	if (!p->selected)
		return LACP_MUX_UNSELECTED;
	if (p->mux == LACP_MUX_DETACHED)
		return LACP_MUX_SELECTED;
	if (p->mux == LACP_MUX_WAITING)
		return p->ready && p->wait_while == 0 ? LACP_MUX_READY : LACP_MUX_SELECTED;
	if (!may_collect(p))
		return LACP_MUX_OUT_OF_SYNC;
	return lacp_has(&p->partner, LACP_STATE_COLLECTING) ? LACP_MUX_PARTNER_COLLECTS : LACP_MUX_IN_SYNC;
}

void
lacp_mux_step(struct lacp_port *p, enum lacp_control control, enum lacp_mux_event event)
{
	enum lacp_mux_state last = p->mux;

	p->mux = mux_tables[control][last][event];
	if (p->mux != last)
		mux_actions[p->mux](p);
	else if (mux_stays[p->mux] != NULL)
		mux_stays[p->mux](p);
}

/* What the machine does before it looks where it is: one that waits counts, one that was put out is not ready. */
static void
prepare_mux(struct lacp_port *p)
{
	gboolean waits = p->mux == LACP_MUX_WAITING || p->mux == LACP_MUX_ATTACHED;

	if (p->begin || !waits)
		return;
	if (p->selected && p->mux == LACP_MUX_ATTACHED)
		return;
	if (!p->selected) {
		p->ready_n = FALSE;
	} else if (is_over(p, p->wait_while)) {
		p->wait_while = 0;
		p->ready_n = TRUE;
	}
	if (p->aggregator != NULL)
		aggregator_update_ready(p->aggregator);
}

static void
run_mux(struct lacp_port *p)
{
	enum lacp_control control = p->port->bond->params.coupled_control ? LACP_COUPLED : LACP_INDEPENDENT;
	enum lacp_mux_event event;

	prepare_mux(p);
	event = lacp_mux_event(p);
	lacp_mux_step(p, control, event);
}

/* --- Transmit machine: at most three LACPDUs a second --- */

gboolean
lacp_tx_is_open(const struct lacp_port *p, lacp_tick tick)
{
	return (tick - p->tx_phase) % LACP_TX_GAP == 0;
}

void
lacp_port_send(struct lacp_port *p)
{
	const struct lacpdu pdu = {.actor = p->actor, .partner = p->partner};
	struct bond *bond = p->port->bond;
	guint8 frame[LACPDU_FRAME_SIZE];

	if (p->port->gone)
		return;
	lacpdu_build(&p->port->perm_mac, &pdu, frame);
	p->counters.lacpdu_tx++;
	p->system->counters.lacpdu_tx++;
	if (bond->ops->send != NULL)
		bond->ops->send(bond->user, p->port, frame, sizeof(frame));
}

static void
run_tx(struct lacp_port *p)
{
	if (!p->ntt || !p->lacp_enabled || !lacp_tx_is_open(p, p->system->tick))
		return;
	lacp_port_send(p);
	p->ntt = FALSE;
}

/* --- Churn machines --- */

/* clang-format off */
static const enum bond_lacp_churn churn_table[LACP_CHURN_N_STATES][LACP_CHURN_N_EVENTS] = {
	[BOND_LACP_MONITORING] = {
		[LACP_CHURN_RESTART] = BOND_LACP_MONITORING,
		[LACP_CHURN_IN_SYNC] = BOND_LACP_NO_CHURN,
		[LACP_CHURN_OUT_OF_SYNC] = BOND_LACP_CHURNED,
	},
	[BOND_LACP_CHURNED] = {
		[LACP_CHURN_RESTART] = BOND_LACP_MONITORING,
		[LACP_CHURN_IN_SYNC] = BOND_LACP_CHURNED,
		[LACP_CHURN_OUT_OF_SYNC] = BOND_LACP_CHURNED,
	},
	[BOND_LACP_NO_CHURN] = {
		[LACP_CHURN_RESTART] = BOND_LACP_MONITORING,
		[LACP_CHURN_IN_SYNC] = BOND_LACP_NO_CHURN,
		[LACP_CHURN_OUT_OF_SYNC] = BOND_LACP_NO_CHURN,
	},
};
/* clang-format on */

void
lacp_churn_step(struct lacp_churn *churn, enum lacp_churn_event event, lacp_tick tick)
{
	enum bond_lacp_churn last = churn->state;

	churn->state = churn_table[last][event];
	churn->timer = event == LACP_CHURN_RESTART ? tick + LACP_CHURN_TIME : 0;
	if (churn->state == BOND_LACP_CHURNED && last != BOND_LACP_CHURNED)
		churn->count++;
}

static void
end_of_minute(struct lacp_port *p, struct lacp_churn *churn, const struct bond_lacp_party *party)
{
	gboolean in_sync = lacp_has(party, LACP_STATE_SYNC);

	if (is_over(p, churn->timer))
		lacp_churn_step(churn, in_sync ? LACP_CHURN_IN_SYNC : LACP_CHURN_OUT_OF_SYNC, p->system->tick);
}

void
lacp_churn_run(struct lacp_port *p)
{
	if (p->churned) {
		p->churned = FALSE;
		lacp_churn_step(&p->actor_churn, LACP_CHURN_RESTART, p->system->tick);
		lacp_churn_step(&p->partner_churn, LACP_CHURN_RESTART, p->system->tick);
		return;
	}
	end_of_minute(p, &p->actor_churn, &p->actor);
	end_of_minute(p, &p->partner_churn, &p->partner);
}

/* --- All of them --- */

void
lacp_port_tick(struct lacp_port *p)
{
	lacp_rx_step(p, lacp_rx_event(p, NULL), NULL);
	lacp_periodic_step(p, lacp_periodic_event(p));
	aggregator_select_port(p);
	run_mux(p);
	run_tx(p);
	lacp_churn_run(p);
	p->begin = FALSE;
}

void
lacp_port_receive(struct lacp_port *p, const struct lacpdu *pdu)
{
	lacp_rx_step(p, lacp_rx_event(p, pdu), pdu);
}

static lacp_tick
earlier(lacp_tick best, lacp_tick timer, lacp_tick after)
{
	return timer == 0 ? best : MIN(best, MAX(timer, after + 1));
}

/* The first tick after @after in which it may send. */
static lacp_tick
next_open_tick(const struct lacp_port *p, lacp_tick after)
{
	return after + LACP_TX_GAP - (after - p->tx_phase) % LACP_TX_GAP;
}

lacp_tick
lacp_port_next_tick(const struct lacp_port *p, lacp_tick after)
{
	lacp_tick next = LACP_TICK_NEVER;

	next = earlier(next, p->enabled ? p->current_while : 0, after);
	next = earlier(next, p->periodic_timer, after);
	next = earlier(next, p->mux == LACP_MUX_WAITING ? p->wait_while : 0, after);
	next = earlier(next, p->actor_churn.timer, after);
	next = earlier(next, p->partner_churn.timer, after);
	if (p->ntt && p->lacp_enabled)
		next = MIN(next, next_open_tick(p, after));
	return next;
}

/* --- Keys (kernel-semantics 57) --- */

/* Steps of speed in keys; the numbers are the kernel's. 1 Mbit/s has one (1), but the driver does not give it. */
static const struct {
	guint32 mbps;
	guint8 code;
} speed_codes[] = {
    {10, 2},	 {100, 3},    {1000, 4},   {2500, 5},	{5000, 6},    {10000, 7},   {14000, 8},	  {20000, 9},
    {25000, 10}, {40000, 11}, {50000, 12}, {56000, 13}, {100000, 14}, {200000, 15}, {400000, 16}, {800000, 17},
};

enum {
	KEY_DUPLEX = 0x0001,
	KEY_SPEED = 0x003e,
	KEY_LINK = KEY_DUPLEX | KEY_SPEED,
};

static guint16
speed_key(const struct bond_port *port)
{
	for (guint i = 0; port->link == BOND_LINK_UP && i < G_N_ELEMENTS(speed_codes); i++) {
		if (speed_codes[i].mbps == port->speed)
			return (guint16) (speed_codes[i].code << 1);
	}
	return 0;
}

/* Another speed starts everything anew; a loss of it does not. */
static void
key_changed(struct lacp_port *p, guint16 old, gboolean reset)
{
	gboolean full = (p->actor.key & KEY_DUPLEX) != 0;
	guint16 speed = p->actor.key & KEY_SPEED;

	p->lacp_enabled = full;
	if (reset)
		return;
	if (speed == 0)
		port_log(p->port, p->system->now, G_LOG_LEVEL_CRITICAL, "speed changed to 0 on port %u",
			 p->actor.port_number);
	else if (full && (old & KEY_SPEED) != speed)
		p->begin = TRUE;
}

void
lacp_port_update_keys(struct lacp_port *p, gboolean reset)
{
	const struct bond_port *port = p->port;
	guint16 old = p->actor.key;

	p->admin_key &= (guint16) ~KEY_LINK;
	if (!reset) {
		p->admin_key |= speed_key(port);
		if (port->link == BOND_LINK_UP && port->duplex == BOND_DUPLEX_FULL)
			p->admin_key |= KEY_DUPLEX;
	}
	p->actor.key = p->admin_key;
	if (old != p->actor.key)
		key_changed(p, old, reset);
}

void
lacp_port_init(struct lacp_port *p)
{
	const struct bond_params *params = &p->port->bond->params;

	p->actor.state = LACP_STATE_AGGREGATION;
	if (params->lacp_active)
		set_state(&p->actor, LACP_STATE_ACTIVITY);
	if (params->lacp_fast)
		set_state(&p->actor, LACP_STATE_TIMEOUT);
	p->partner = DEFAULT_PARTNER;
	p->begin = TRUE;
	p->enabled = TRUE;
	p->lacp_enabled = TRUE;
	p->tx_phase = p->system->tick;
	p->rx = LACP_RX_INITIALIZE;
	p->ntt = TRUE; /* entering DETACHED */
}

/* --- Names --- */

const char *
lacp_rx_state_name(enum lacp_rx_state state)
{
	static const char *const names[LACP_RX_N_STATES] = {
	    [LACP_RX_INITIALIZE] = "initialize",       [LACP_RX_PORT_DISABLED] = "port-disabled",
	    [LACP_RX_LACP_DISABLED] = "lacp-disabled", [LACP_RX_EXPIRED] = "expired",
	    [LACP_RX_DEFAULTED] = "defaulted",	       [LACP_RX_CURRENT] = "current",
	};

	return names[state];
}

const char *
lacp_periodic_state_name(enum lacp_periodic_state state)
{
	static const char *const names[LACP_PERIODIC_N_STATES] = {
	    [LACP_PERIODIC_NONE] = "none",
	    [LACP_PERIODIC_FAST] = "fast",
	    [LACP_PERIODIC_SLOW] = "slow",
	    [LACP_PERIODIC_TX] = "tx",
	};

	return names[state];
}

const char *
lacp_mux_state_name(enum lacp_mux_state state)
{
	static const char *const names[LACP_MUX_N_STATES] = {
	    [LACP_MUX_DETACHED] = "detached",	      [LACP_MUX_WAITING] = "waiting",
	    [LACP_MUX_ATTACHED] = "attached",	      [LACP_MUX_COLLECTING] = "collecting",
	    [LACP_MUX_DISTRIBUTING] = "distributing", [LACP_MUX_COLLECTING_DISTRIBUTING] = "collecting-distributing",
	};

	return names[state];
}
