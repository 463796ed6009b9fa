/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machines of LACP (IEEE 802.1AX, as the kernel's bond_3ad.c runs them): receive, periodic, mux, transmit, churn.
 * Each is a table [state][event] of next states, and what entering a state does. They step once a tick of 100 ms; a
 * received LACPDU steps the receive machine at once (kernel-semantics 48).
 */
#pragma once

#include "bond-private.h"
#include "lacp-info.h"

G_BEGIN_DECLS

struct lacpdu;
struct lacp_port;

#define LACP_TICK (100 * BOND_MSEC)

/* Ticks since the mode was entered, counted while the bond is up. A timer is the tick in which it is over; 0: off. */
typedef guint64 lacp_tick;

#define LACP_TICK_NEVER G_MAXUINT64

/* kernel-semantics 49 */
enum lacp_time {
	LACP_TICKS_PER_SECOND = 10,
	LACP_FAST_PERIOD = 1 * LACP_TICKS_PER_SECOND,
	LACP_SLOW_PERIOD = 30 * LACP_TICKS_PER_SECOND,
	LACP_SHORT_TIMEOUT = 3 * LACP_FAST_PERIOD,
	LACP_LONG_TIMEOUT = 3 * LACP_SLOW_PERIOD,
	LACP_WAIT_WHILE = 2 * LACP_TICKS_PER_SECOND,
	LACP_CHURN_TIME = 60 * LACP_TICKS_PER_SECOND,
	LACP_SELECTION_TIME = 8 * LACP_TICKS_PER_SECOND,
	LACP_TX_GAP = LACP_TICKS_PER_SECOND / 3,
	LACP_WARN_GAP = 60 * LACP_TICKS_PER_SECOND,
};

enum lacp_rx_state {
	LACP_RX_INITIALIZE,
	LACP_RX_PORT_DISABLED,
	LACP_RX_LACP_DISABLED,
	LACP_RX_EXPIRED,
	LACP_RX_DEFAULTED,
	LACP_RX_CURRENT,
	LACP_RX_N_STATES,
};

/* The first that applies. */
enum lacp_rx_event {
	LACP_RX_BEGIN,	 /* the port is new, or has another speed */
	LACP_RX_DOWN,	 /* its link is down */
	LACP_RX_PDU,	 /* an LACPDU came */
	LACP_RX_PDU_OFF, /* the same, while LACP is off for the port: half duplex, no speed */
	LACP_RX_TIMEOUT, /* current_while is over */
	LACP_RX_IDLE,	 /* a tick */
	LACP_RX_IDLE_OFF,
	LACP_RX_N_EVENTS,
};

enum lacp_periodic_state {
	LACP_PERIODIC_NONE,
	LACP_PERIODIC_FAST,
	LACP_PERIODIC_SLOW,
	LACP_PERIODIC_TX,
	LACP_PERIODIC_N_STATES,
};

enum lacp_periodic_event {
	LACP_PERIODIC_OFF,	 /* BEGIN, link down, LACP off, or both ends are passive */
	LACP_PERIODIC_TIMEOUT,	 /* periodic_timer is over */
	LACP_PERIODIC_WANT_FAST, /* the partner wants to be told every second */
	LACP_PERIODIC_WANT_SLOW,
	LACP_PERIODIC_N_EVENTS,
};

enum lacp_mux_state {
	LACP_MUX_DETACHED,
	LACP_MUX_WAITING,
	LACP_MUX_ATTACHED,
	LACP_MUX_COLLECTING, /* the two of independent control */
	LACP_MUX_DISTRIBUTING,
	LACP_MUX_COLLECTING_DISTRIBUTING, /* coupled */
	LACP_MUX_N_STATES,
};

enum lacp_mux_event {
	LACP_MUX_BEGIN,
	LACP_MUX_UNSELECTED,
	LACP_MUX_SELECTED, /* and no more: wait_while runs, or another port of the aggregator is not ready */
	LACP_MUX_READY,
	LACP_MUX_OUT_OF_SYNC,
	LACP_MUX_IN_SYNC,
	LACP_MUX_PARTNER_COLLECTS, /* and is in sync */
	LACP_MUX_N_EVENTS,
};

enum lacp_control {
	LACP_INDEPENDENT,
	LACP_COUPLED,
	LACP_N_CONTROLS,
};

/* enum bond_lacp_churn is the state. */
enum lacp_churn_event {
	LACP_CHURN_RESTART, /* something happened: watch anew */
	LACP_CHURN_IN_SYNC, /* the minute is over */
	LACP_CHURN_OUT_OF_SYNC,
	LACP_CHURN_N_EVENTS,
};

#define LACP_CHURN_N_STATES (BOND_LACP_NO_CHURN + 1)

/* A place where ports come together. Each port owns one, and may be in another's. */
struct lacp_aggregator {
	struct lacp_port *owner;
	guint16 id;
	gboolean is_active;
	gboolean is_individual;
	guint16 actor_key;
	guint16 partner_key;
	guint16 partner_priority;
	struct bond_mac partner; /* all zero: nobody answers */
	struct lacp_port *ports; /* the one that joined last comes first */
};

struct lacp_churn {
	enum bond_lacp_churn state;
	lacp_tick timer;
	guint32 count;
};

struct lacp_port {
	struct bond_port *port;
	struct lacp_system *system;
	struct lacp_aggregator own;
	struct lacp_aggregator *aggregator;
	struct lacp_port *next; /* in its aggregator */

	struct bond_lacp_party actor;
	struct bond_lacp_party partner;
	guint16 admin_key;

	gboolean begin;
	gboolean enabled;      /* its link is up */
	gboolean lacp_enabled; /* it is full duplex and knows its speed */
	gboolean selected;
	gboolean matched;
	gboolean ready_n;
	gboolean ready;
	gboolean churned;
	gboolean ntt; /* need to transmit */
	gboolean loopback;

	enum lacp_rx_state rx;
	enum lacp_periodic_state periodic;
	enum lacp_mux_state mux;
	struct lacp_churn actor_churn;
	struct lacp_churn partner_churn;
	lacp_tick current_while;
	lacp_tick periodic_timer;
	lacp_tick wait_while;
	lacp_tick tx_phase; /* it may send LACP_TX_GAP ticks later, twice that, … */

	struct bond_lacp_counters counters;
	struct bond_lacp_states told;
	lacp_tick may_warn; /* of a loopback: not before this tick */
	guint16 adopted;    /* state.h: id of the aggregator that it was in; 0 otherwise */
};

/* Of a bond: bond->mode_data. */
struct lacp_system {
	struct bond *bond;
	bond_time now; /* of what happens just now */
	guint16 priority;
	struct bond_mac mac;
	guint16 last_aggregator;
	guint16 told_aggregator;
	struct bond_lacp_counters counters;

	lacp_tick tick;	     /* the last one that is over */
	bond_time tick_time; /* of tick_base, while the bond is up */
	lacp_tick tick_base;
	lacp_tick selection_timer; /* until it is over, nobody collects */
	gboolean busy;		   /* the next tick has something to do */
};

static inline struct lacp_port *
lacp_port(const struct bond_port *port)
{
	return port->mode_data;
}

static inline struct lacp_system *
lacp_system(const struct bond *bond)
{
	return bond->mode_data;
}

/* All ports of a bond. */
#define FOREACH_LACP_PORT(system, p)                                                                                   \
	for (guint p##_index = 0; ((p) = lacp_nth_port((system), p##_index)) != NULL; p##_index++)

static inline struct lacp_port *
lacp_nth_port(const struct lacp_system *system, guint n)
{
	const struct bond_port *port = bond_nth_port(system->bond, n);

	return port != NULL ? lacp_port(port) : NULL;
}

static inline gboolean
lacp_has(const struct bond_lacp_party *party, guint8 state)
{
	return (party->state & state) != 0;
}

/* --- lacp.c: the machines --- */

/* A port that LACP sees for the first time; its actor and keys are still to be set. */
void lacp_port_init(struct lacp_port *p);
/* What each machine makes of the port's conditions. @pdu: received just now, or NULL for a tick. */
enum lacp_rx_event lacp_rx_event(const struct lacp_port *p, const struct lacpdu *pdu);
enum lacp_periodic_event lacp_periodic_event(const struct lacp_port *p);
enum lacp_mux_event lacp_mux_event(const struct lacp_port *p);
/* One step of each. The tick is system->tick. */
void lacp_rx_step(struct lacp_port *p, enum lacp_rx_event event, const struct lacpdu *pdu);
void lacp_periodic_step(struct lacp_port *p, enum lacp_periodic_event event);
void lacp_mux_step(struct lacp_port *p, enum lacp_control control, enum lacp_mux_event event);
void lacp_churn_step(struct lacp_churn *churn, enum lacp_churn_event event, lacp_tick tick);
void lacp_churn_run(struct lacp_port *p);
/* Whether the transmit machine lets an LACPDU out in this tick. */
gboolean lacp_tx_is_open(const struct lacp_port *p, lacp_tick tick);
/* All of them, in the kernel's order (kernel-semantics 48). */
void lacp_port_tick(struct lacp_port *p);
void lacp_port_receive(struct lacp_port *p, const struct lacpdu *pdu);
/* The first tick after @after in which the port has something to do by itself. */
lacp_tick lacp_port_next_tick(const struct lacp_port *p, lacp_tick after);
/* Link, speed or duplex changed (ad_update_actor_keys()). @reset: the link is down. */
void lacp_port_update_keys(struct lacp_port *p, gboolean reset);
/* The two sides of a port. */
void lacp_port_enable(struct lacp_port *p);
void lacp_port_disable(struct lacp_port *p);
/* Sends what the port has to say now. */
void lacp_port_send(struct lacp_port *p);

/* --- Names, for whoever looks for a fault --- */

const char *lacp_rx_state_name(enum lacp_rx_state state);
const char *lacp_periodic_state_name(enum lacp_periodic_state state);
const char *lacp_mux_state_name(enum lacp_mux_state state);

G_END_DECLS
