/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state behind bond.h, for the files of the engine only.
 */
#pragma once

#include "bond.h"

G_BEGIN_DECLS

/* A port has five separate states (kernel-semantics B1): link, link_new_state, backup, inactive, and its
 * device's running && carrier. Only port_can_tx() may fold them. */
struct bond_port {
	struct bond *bond;
	char name[BOND_NAME_SIZE];
	int ifindex;
	bond_port_id id;
	guint16 type;
	gboolean fixed_mac;
	void *data;

	struct bond_mac perm_mac; /* its address when it was enslaved */
	struct bond_mac mac;	  /* its address now */
	guint saved_mtu;
	guint mtu;

	struct bond_port_link dev; /* what the device says */
	guint32 speed;		   /* slave->speed: as last read at a link change */
	enum bond_duplex duplex;

	enum bond_link link;
	enum bond_link link_new_state;
	gboolean link_proposed; /* link_new_state is to be committed */
	gboolean backup;
	gboolean inactive;
	int delay; /* ticks of miimon left in FAIL or BACK */
	bond_time last_link_up;

	guint32 link_failure_count;
	guint16 queue_id;
	gint32 prio;
	guint16 ad_actor_port_prio;
	void *mode_data; /* of bond->ops, e.g. LACP state */
};

/* A mode: one file, one of these. Every function may be NULL. */
struct bond_mode_ops {
	const char *name;	 /* option spelling */
	const char *description; /* of /proc/net/bonding */
	gboolean uses_primary;	 /* bond_uses_primary() */
	gboolean needs_speed_duplex;
	gboolean built;			 /* FALSE: bond_check_built() refuses it */
	int (*enter)(struct bond *bond); /* the mode was chosen or the bond was created */
	void (*leave)(struct bond *bond);
	int (*enslave)(struct bond *bond, struct bond_port *port, bond_time now);
	void (*release)(struct bond *bond, struct bond_port *port, bond_time now);
	/* bond_miimon_commit(): the port's link is now UP / DOWN */
	void (*link_up)(struct bond *bond, struct bond_port *port, bond_time now);
	void (*link_down)(struct bond *bond, struct bond_port *port, bond_time now);
	void (*active_changed)(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port,
			       bond_time now);
	gboolean (*carrier)(const struct bond *bond);
	void (*control_frame)(struct bond *bond, struct bond_port *port, const guint8 *frame, gsize len, bond_time now);
	void (*build_plan)(const struct bond *bond, struct bond_plan *plan);
	/* Timers of the mode */
	bond_time (*next_deadline)(const struct bond *bond);
	void (*run)(struct bond *bond, bond_time now);
	/* One of its options was set (lacp_rate, ad_actor_system, tlb_dynamic_lb, …): params has the new value */
	void (*option_changed)(struct bond *bond, enum bond_option_id option, bond_time now);
	/* sysfs attributes that show the mode's own state (ad_aggregator, ad_partner_mac, …): appends the text
	 * without a newline; returns FALSE to leave the default */
	gboolean (*attribute)(const struct bond *bond, const char *name, GString *text);
	gboolean (*port_attribute)(const struct bond_port *port, const char *name, GString *text);
	/* Its paragraph in /proc/net/bonding: of the bond, of a port */
	void (*status)(const struct bond *bond, GString *text);
	void (*port_status)(const struct bond_port *port, GString *text);
};

extern const struct bond_mode_ops bond_mode_round_robin;
extern const struct bond_mode_ops bond_mode_active_backup;
extern const struct bond_mode_ops bond_mode_xor;
extern const struct bond_mode_ops bond_mode_broadcast;
extern const struct bond_mode_ops bond_mode_8023ad;
extern const struct bond_mode_ops bond_mode_tlb;
extern const struct bond_mode_ops bond_mode_alb;

/* bond.c */
const struct bond_mode_ops *bond_mode_ops(enum bond_mode mode);

struct bond {
	char name[BOND_NAME_SIZE];
	const struct bond_ops *ops;
	void *user;
	struct bond_params params;
	const struct bond_mode_ops *mode;

	struct bond_mac random_mac;
	struct bond_mac mac;
	gboolean mac_assigned; /* addr_assign_type: FALSE while random (NET_ADDR_RANDOM) */
	gboolean mac_set;      /* set by hand (NET_ADDR_SET) */
	guint mtu;
	gboolean up;
	gboolean carrier;

	GPtrArray *ports; /* struct bond_port *, in enslave order */
	guint64 used_ids;
	struct bond_port *active;  /* curr_active_slave */
	struct bond_port *primary; /* primary_slave */
	gboolean force_primary;

	gboolean inspect_due;	/* a link changed since the last inspection */
	bond_time mii_deadline; /* next tick that a delay or a notification waits for */
	guint send_peer_notif;	/* ticks left, see kernel-semantics 20 */
	guint igmp_retrans;	/* reports left */
	bond_time igmp_deadline;
	bond_time last_failover;
	enum bond_reason reason; /* why we are choosing just now */
	void *mode_data;

	guint64 plan_generation;
	gboolean plan_dirty;
};

/* --- bond.c --- */

/* bond_slave_can_tx(). */
gboolean port_can_tx(const struct bond_port *port);
gboolean port_is_up(const struct bond_port *port); /* bond_slave_is_up(): running && carrier */
gboolean bond_uses_primary(const struct bond *bond);
/* bond_select_active_slave(): choose, change, set the carrier. */
void bond_select_active(struct bond *bond, bond_time now);
/* bond_change_active_slave(). */
void bond_change_active(struct bond *bond, struct bond_port *new_active, bond_time now);
/* bond_set_carrier(). */
void bond_update_carrier(struct bond *bond, bond_time now);
/* Something that the plan shows may have changed; bond_publish() makes the plan. */
void bond_mark_plan(struct bond *bond);
void bond_publish(struct bond *bond);
void bond_emit(struct bond *bond, struct bond_event event, bond_time now);
void bond_log(struct bond *bond, bond_time now, GLogLevelFlags level, const char *format, ...) G_GNUC_PRINTF(4, 5);
/* bond_set_slave_active_flags() / bond_set_slave_inactive_flags(). */
void port_set_active_flags(struct bond_port *port);
void port_set_inactive_flags(struct bond_port *port);
gboolean bond_set_error(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4); /* FALSE */

/* --- monitor-mii.c --- */

/* bond_mii_monitor(): inspect, commit, notify; arms mii_deadline only while something waits. */
void bond_mii_run(struct bond *bond, bond_time now);
/* First state of a new port (bond_enslave()). */
void bond_mii_first_state(struct bond_port *port, bond_time now);
/* miimon or arp_interval was switched on, off or changed. */
void bond_mii_reset(struct bond *bond, bond_time now);

/* --- options-apply.c --- */

/* Takes all of @params over at once, the mode too: for a bond that is down and has no ports. Returns 0 or the
 * negative errno of the mode's enter(); then nothing changed. */
int bond_take_params(struct bond *bond, const struct bond_params *params);

G_END_DECLS
