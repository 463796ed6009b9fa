/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What balance-tlb and balance-alb share (bond_alb.c): 256 flows, or groups of flows, each on the port that has most
 * room; every ten seconds they are placed anew by what they sent. Learning frames keep the switches' tables true.
 */
#pragma once

#include "bond-private.h"

G_BEGIN_DECLS

struct rlb;

#define BALANCE_MAX_LENT 8

/* An address that the active port stands in for: of a port that is dead, left, or has another one now. */
struct balance_lent {
	struct bond_mac mac;
	gboolean known; /* switches know it at the active port; else they send it everywhere */
};

struct balance_entry {
	struct bond_port *port; /* NULL: to be placed by the next plan */
	guint64 mark;		/* of the counter when the entry was last placed for what it sent */
	guint64 history;	/* load it brings along, bytes a second; 0 before its first frame */
	gboolean live;		/* it sent something in the period that @history is of */
};

struct balance {
	struct balance_entry entries[BOND_PLAN_TABLE_SIZE];
	guint64 unbalanced_mark;
	guint64 load[BOND_MAX_PORTS]; /* bytes a second, by port id */

	/* The clock of the kernel's bond_alb_monitor(): ticks of 100 ms since the bond went up. Between two that have
	 * something to do nobody wakes; the counters are those of the kernel. */
	gboolean ticking;
	bond_time start;
	gint64 tick; /* the last one that passed */
	gint64 lp_counter;
	gint64 rebalance_counter;
	gboolean ordered; /* that rebalance is for a port that came, whatever was sent */
	gint64 promisc_counter;

	struct bond_port *promisc; /* the active port, while it is promiscuous for the sake of an address it was lent */
	struct bond_port *swapped; /* had the active port's address before it; until balance_announce() */
	struct bond_port *untold;  /* got its address from the active port, which leaves; until balance_left() */
	struct rlb *rlb;	   /* balance-alb only */
	struct balance_lent lent[BALANCE_MAX_LENT]; /* the newest first */
	guint n_lent;
	gint64 lent_counter;
	guint64 joining; /* bit per port id: see balance_is_there() */
};

static inline struct balance *
balance_of(const struct bond *bond)
{
	return bond->mode_data;
}

/* --- balance.c: for the ops of both modes --- */

int balance_enter(struct bond *bond);
void balance_leave(struct bond *bond);
void balance_copy(const struct bond *from, struct bond *to);
int balance_enslave(struct bond *bond, struct bond_port *port, bond_time now);
void balance_release(struct bond *bond, struct bond_port *port, bond_time now);
void balance_detached(struct bond *bond, struct bond_port *port, bond_time now);
void balance_left(struct bond *bond, struct bond_port *port, bond_time now);
void balance_link_up(struct bond *bond, struct bond_port *port, bond_time now);
void balance_link_down(struct bond *bond, struct bond_port *port, bond_time now);
void balance_active_changed(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now);
void balance_announce(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now);
gboolean balance_nothing_usable(const struct bond *bond);
void balance_up_changed(struct bond *bond, gboolean up, bond_time now);
void balance_prepare_plan(struct bond *bond);
void balance_build_plan(const struct bond *bond, struct bond_plan *plan);
bond_time balance_next_deadline(const struct bond *bond);
void balance_run(struct bond *bond, bond_time now);

/* --- balance-mac.c: addresses --- */

/* Who of the bond's ports has @mac now? (bond_slave_has_mac()) */
struct bond_port *balance_find_mac(const struct bond *bond, const struct bond_mac *mac);
/* Gives a new port an address that no other has. Returns a negative errno if there is none, or it does not take it. */
int balance_give_mac(struct bond *bond, struct bond_port *port, bond_time now);
/* Gives the address that a leaving port was born with back to it. */
void balance_return_mac(struct bond *bond, struct bond_port *port, bond_time now);
/* Before the plan: who is to have which address. After it: the devices are told, then switches and clients. */
void balance_swap_for_active(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port);
void balance_announce_swap(struct bond *bond, struct bond_port *new_port, bond_time now);
/* bond_alb_set_mac_address() */
gboolean balance_change_macs(struct bond *bond, const struct bond_mac *mac, bond_time now, GError **error);
/* Learning frames for @mac by @port: alb_send_learning_packets(). */
void balance_teach(struct bond *bond, struct bond_port *port, const struct bond_mac *mac, gboolean strict);
/* The active port stands in for an address that nobody has: rlb_teach_disabled_mac_on_primary(). */
void balance_teach_disabled(struct bond *bond, const struct bond_mac *mac);
void balance_end_promisc(struct bond *bond);
/* Nobody has @mac any more, but clients know it: the active port stands in for it until they know better. */
void balance_lend(struct bond *bond, const struct bond_mac *mac, gboolean known);
/* The active port is another one: what switches know of lent addresses is of no use. */
void balance_forget_known(struct bond *bond);
/*
 * Whether a port receives what is for its address. One that has just come up does not, before it has sent something:
 * until then switches send for it everywhere, and the active port takes it, maybe has taken it already.
 */
gboolean balance_is_there(const struct bond *bond, const struct bond_port *port);
/* It sends something. */
void balance_is_heard(struct bond_port *port);
/* Whether the active port is to receive for it. */
gboolean balance_stands_in(const struct bond *bond, const struct balance_lent *lent);

G_END_DECLS
