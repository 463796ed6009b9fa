/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What LACP knows, to be read: for D-Bus properties, bondctl and logs. All of it is a copy of the engine's state at
 * the time of the call.
 */
#pragma once

#include "bond.h"

G_BEGIN_DECLS

/* Bits of a state octet (IEEE 802.1AX 6.4.2.3). */
enum lacp_state {
	LACP_STATE_ACTIVITY = 1 << 0,	  /* sends unasked */
	LACP_STATE_TIMEOUT = 1 << 1,	  /* wants to be told every second, not every 30 */
	LACP_STATE_AGGREGATION = 1 << 2,  /* may be one of several */
	LACP_STATE_SYNC = 1 << 3,	  /* is in the right aggregator */
	LACP_STATE_COLLECTING = 1 << 4,	  /* receives */
	LACP_STATE_DISTRIBUTING = 1 << 5, /* sends */
	LACP_STATE_DEFAULTED = 1 << 6,	  /* knows nothing of its partner */
	LACP_STATE_EXPIRED = 1 << 7,	  /* has heard nothing for too long */
};

/* One end of a link, as LACPDUs tell it. */
struct bond_lacp_party {
	guint16 system_priority;
	struct bond_mac system; /* all zero: not known */
	guint16 key;
	guint16 port_priority;
	guint16 port_number;
	guint8 state; /* enum lacp_state */
};

/* Whether an end has come into step within a minute. */
enum bond_lacp_churn {
	BOND_LACP_MONITORING,
	BOND_LACP_CHURNED,
	BOND_LACP_NO_CHURN,
};

/* As struct bond_3ad_stats. */
struct bond_lacp_counters {
	guint64 lacpdu_rx;
	guint64 lacpdu_tx;
	guint64 lacpdu_unknown_rx; /* of another slow protocol */
	guint64 lacpdu_illegal_rx; /* too short, or not what its type says */
	guint64 marker_rx;
	guint64 marker_tx;
	guint64 marker_resp_rx;
	guint64 marker_resp_tx;
	guint64 marker_unknown_rx;
};

/* The one thing that a person wants to know of a port. What its words need beside the name is in
 * struct bond_lacp_verdict. */
enum bond_lacp_verdict_type {
	BOND_LACP_UP,		    /* sends and receives in step with the partner */
	BOND_LACP_BOND_DOWN,	    /* the bond is down: LACP stands still */
	BOND_LACP_LINK_DOWN,	    /* no carrier, or the port is set down */
	BOND_LACP_NO_SPEED,	    /* the device does not tell its speed: it cannot be grouped */
	BOND_LACP_HALF_DUPLEX,	    /* LACP works on full duplex only */
	BOND_LACP_LOOPBACK,	    /* our own LACPDUs come back: both ends are this bond */
	BOND_LACP_LISTENING,	    /* no LACPDU yet, and the time for it is not over */
	BOND_LACP_NO_PARTNER,	    /* partner does not answer; .forwarding: the port works alone all the same */
	BOND_LACP_SILENT,	    /* the partner has been heard before, but not lately */
	BOND_LACP_OTHER_SYSTEM,	    /* another switch: .partner_system, the group's is .group_system */
	BOND_LACP_OTHER_KEY,	    /* the partner put it into another group: .partner_key, the group's is .group_key */
	BOND_LACP_OTHER_OWN_KEY,    /* our own key differs, by speed or duplex: .own_key, the group's is .group_key */
	BOND_LACP_OTHER_AGGREGATOR, /* it is in another aggregator for another reason: .aggregator, .active_aggregator */
	BOND_LACP_INDIVIDUAL,	    /* the partner wants it not to be one of several */
	BOND_LACP_MISMATCH,	    /* the partner answers somebody else: what it knows of us is wrong or old */
	BOND_LACP_NOT_IN_SYNC,	    /* the partner has not taken the link into its group (yet) */
	BOND_LACP_WAITING,	    /* all is well, a timer runs: wait_while or aggregator selection */
	BOND_LACP_COLLECTING,	    /* receives; the partner does not collect yet (coupled_control off) */
};

struct bond_lacp_verdict {
	enum bond_lacp_verdict_type type;
	gboolean forwarding; /* the port sends, whatever LACP says */
	guint16 aggregator;  /* 0: none */
	guint16 active_aggregator;
	guint16 own_key;
	guint16 partner_key;
	guint16 group_key; /* OTHER_KEY: the partner's in the active aggregator; OTHER_OWN_KEY: ours there */
	struct bond_mac partner_system;
	struct bond_mac group_system;
};

/* Of a port. */
struct bond_lacp_info {
	struct bond_lacp_party actor;
	struct bond_lacp_party partner;
	guint16 aggregator_id;	    /* 0: none */
	gboolean aggregator_active; /* it is the active one */
	enum bond_lacp_churn actor_churn;
	enum bond_lacp_churn partner_churn;
	guint actor_churn_count;
	guint partner_churn_count;
	const char *rx_state; /* names of the machines' states, for whoever looks for a fault */
	const char *periodic_state;
	const char *mux_state;
	struct bond_lacp_counters counters;
	struct bond_lacp_verdict verdict;
};

/* Of a bond: its own system, and the active aggregator. */
struct bond_aggregate_info {
	guint16 system_priority; /* 0 and all zero before the first port */
	struct bond_mac system;
	gboolean has_active; /* FALSE: the rest is 0 */
	guint16 aggregator_id;
	guint n_ports; /* whose link is up */
	guint16 actor_key;
	guint16 partner_key;
	struct bond_mac partner_system;	    /* all zero: no partner */
	struct bond_lacp_counters counters; /* of all ports that it has or had in this mode */
};

/**
 * bond_port_lacp_info:
 * @info: (out)
 *
 * Returns: %FALSE if the port's bond is not in mode 802.3ad; then @info is all zero.
 */
gboolean bond_port_lacp_info(const struct bond_port *port, struct bond_lacp_info *info);

/**
 * bond_lacp_info:
 * @info: (out)
 *
 * Returns: %FALSE if the bond is not in mode 802.3ad; then @info is all zero.
 */
gboolean bond_lacp_info(const struct bond *bond, struct bond_aggregate_info *info);

/**
 * bond_lacp_verdict_name:
 *
 * Returns: (transfer none): a word for programs: "up", "no-partner", "other-key", …
 */
const char *bond_lacp_verdict_name(enum bond_lacp_verdict_type type);

/**
 * bond_lacp_churn_name:
 *
 * Returns: (transfer none): the kernel's word: "monitoring", "churned", "none".
 */
const char *bond_lacp_churn_name(enum bond_lacp_churn churn);

G_END_DECLS
