/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond's state as plain values, for a daemon that dies and one that goes on where it was: devices keep their
 * addresses, the active port stays, LACP's partner need not notice. Only values here; the service writes and reads them.
 *
 * What runs by the clock is not among them: delays begin anew, LACP waits for its partner once more in full.
 */
#pragma once

#include "bond.h"
#include "lacp-info.h"

G_BEGIN_DECLS

/* Of a port of an 802.3ad bond. */
struct bond_lacp_port_state {
	struct bond_lacp_party actor;
	struct bond_lacp_party partner;
	guint admin_key;
	guint aggregator; /* id of the one that it is in; 0: none */
	gboolean enabled;
	gboolean lacp_enabled;
	gboolean selected;
	gboolean matched;
	gboolean ready_n;
	gboolean ready;
	guint rx; /* enum lacp_rx_state and so on */
	guint periodic;
	guint mux;
	guint actor_churn; /* enum bond_lacp_churn */
	guint partner_churn;
	guint actor_churned; /* how often */
	guint partner_churned;
	struct bond_lacp_counters counters;
	/* The aggregator that the port owns. */
	guint own_id;
	gboolean own_active;
	gboolean own_individual;
	guint own_actor_key;
	guint own_partner_key;
	guint own_partner_priority;
	struct bond_mac own_partner;
};

struct bond_port_state {
	char name[BOND_NAME_SIZE];
	int ifindex;
	struct bond_mac perm_mac; /* to be given back */
	guint saved_mtu;
	gboolean link_up; /* what updelay or downdelay has not settled counts as before it */
	gboolean backup;
	gboolean inactive;
	guint speed;
	guint duplex; /* enum bond_duplex */
	guint link_failure_count;
	guint queue_id;
	int prio;
	guint ad_actor_port_prio;
	struct bond_lacp_port_state lacp; /* in mode 802.3ad */
};

struct bond_state {
	char name[BOND_NAME_SIZE];
	struct bond_params params;
	struct bond_mac mac;
	struct bond_mac random_mac;
	guint mac_origin; /* bond_get_mac_origin() */
	guint mtu;
	gboolean carrier;
	char active[BOND_NAME_SIZE]; /* "": none */
	/* In mode 802.3ad: */
	guint lacp_priority;
	struct bond_mac lacp_mac;
	guint last_aggregator;
	struct bond_lacp_counters lacp_counters;
};

void bond_get_state(const struct bond *bond, struct bond_state *state);
void bond_get_port_state(const struct bond_port *port, struct bond_port_state *state);

/**
 * bond_params_to_text:
 *
 * Returns: (transfer full) (nullable): the value of a parameter, as bond_params_from_text() reads it: delays in ticks
 * of miimon, as they are kept; NULL for what is none (active_slave, slaves, what ports have).
 */
char *bond_params_to_text(const struct bond_params *params, enum bond_option_id id);
/* FALSE if @text is no value of it; then nothing changed. Modes and states are not looked at. */
gboolean bond_params_from_text(struct bond_params *params, enum bond_option_id id, const char *text);

/**
 * bond_adopt:
 * @bond: just made
 * @state: not believed where it contradicts itself
 * @error: BOND_ERROR
 *
 * Makes it the bond that it was, without asking the world for anything. Its ports follow by bond_adopt_port() in the
 * order in which they were, then bond_adopt_end().
 */
gboolean bond_adopt(struct bond *bond, const struct bond_state *state, GError **error);

/**
 * bond_adopt_port:
 * @info: the device as it is now; of one that is gone what was known, for bond_port_gone() after bond_adopt_end()
 * @state: what it was as a port
 *
 * Returns: (transfer none) (nullable): the port; nothing was asked of its device but to join multicast groups.
 */
struct bond_port *bond_adopt_port(struct bond *bond, const struct bond_port_info *info,
				  const struct bond_port_state *state, bond_time now, GError **error);

/**
 * bond_adopt_end:
 * @up: whether its interface is up
 *
 * The plan is published. What differs from @state by now (links, speeds) the next bond_run() finds.
 */
void bond_adopt_end(struct bond *bond, const struct bond_state *state, gboolean up, bond_time now);

/**
 * bond_abandon:
 *
 * Frees the bond and leaves the world as it is, for the next who adopts it.
 */
void bond_abandon(struct bond *bond, bond_time now);

G_END_DECLS
