/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state behind bond.h, for the files of the engine only.
 */
#pragma once

#include "bond.h"

G_BEGIN_DECLS

/* Of what never happened: so long ago that no interval reaches back there. */
#define LONG_AGO (G_MININT64 / 2)

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
	bond_time delay_end; /* of FAIL and BACK */
	gboolean has_waited; /* an inspection has seen it in BACK */
	bond_time last_link_up;
	enum bond_reason down_reason; /* why it went down, for the event that tells it is up again */

	/* ARP and NS monitor */
	bond_time stamp_passed;			     /* what came by then, its role of that time has judged */
	bond_time last_rx;			     /* the last frame that counts, see arp-validate.c */
	bond_time last_tx;			     /* the last probe */
	bond_time target_rx[BOND_MAX_ARP_TARGETS];   /* by target: slave->target_last_arp_rx */
	struct bond_mac groups[BOND_MAX_NS_TARGETS]; /* joined for the NS targets */
	guint n_groups;

	gboolean gone; /* its device is unregistered: ask nothing of it */

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
	gboolean balances;		 /* bond_is_lb(): balance-tlb, balance-alb */
	int (*enter)(struct bond *bond); /* the mode was chosen or the bond was created */
	void (*leave)(struct bond *bond);
	/* Copies mode_data of the bond and of its ports */
	void (*copy)(const struct bond *from, struct bond *to);
	/* The port has its first link state and is about to join the list; a negative errno undoes the enslaving */
	int (*enslave)(struct bond *bond, struct bond_port *port, bond_time now);
	/* The port is still in the list */
	void (*release)(struct bond *bond, struct bond_port *port, bond_time now);
	/* It has left the list and is not the active one any more; no other is yet */
	void (*detached)(struct bond *bond, struct bond_port *port, bond_time now);
	/* What takes its time, once another active port is chosen. */
	void (*left)(struct bond *bond, struct bond_port *port, bond_time now);
	/* The port's device says something new of itself (NETDEV_UP, NETDEV_CHANGE); it is up */
	void (*device_changed)(struct bond *bond, struct bond_port *port, bond_time now);
	/* bond_miimon_commit(): the port's link is now UP / DOWN */
	void (*link_up)(struct bond *bond, struct bond_port *port, bond_time now);
	void (*link_down)(struct bond *bond, struct bond_port *port, bond_time now);
	/* bond->active is @new_port now. First the flags that the plan shows; the plan is published; then what
	 * may take its time: addresses, notifications. */
	void (*active_changed)(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port,
			       bond_time now);
	void (*announce)(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port, bond_time now);
	/* Nobody can transmit: the next port that comes back need not wait for updelay (kernel-semantics 8) */
	gboolean (*ignore_updelay)(const struct bond *bond);
	/* The bond went up or down */
	void (*up_changed)(struct bond *bond, gboolean up, bond_time now);
	/* NULL: any port up */
	gboolean (*carrier)(const struct bond *bond);
	void (*control_frame)(struct bond *bond, struct bond_port *port, const guint8 *frame, gsize len, bond_time now);
	/* A frame of the host that the plan left to us: sends it, or returns FALSE for the plan's own choice */
	gboolean (*host_frame)(struct bond *bond, const guint8 *frame, gsize len, bond_time now);
	/* Sets the ports' addresses to what a new one of the bond asks for; all or nothing. NULL: all get it */
	gboolean (*change_macs)(struct bond *bond, const struct bond_mac *mac, bond_time now, GError **error);
	/* A plan is about to be built, from what the mode can put right beforehand */
	void (*prepare_plan)(struct bond *bond);
	void (*build_plan)(const struct bond *bond, struct bond_plan *plan);
	/* Timers of the mode */
	bond_time (*next_deadline)(const struct bond *bond);
	void (*run)(struct bond *bond, bond_time now);
	/* run() comes before the link monitor, not after it */
	gboolean (*runs_first)(const struct bond *bond, bond_time now);
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

	gboolean in_tick;		 /* monitor-mii.c is committing */
	gboolean reselect;		 /* bond_run() is to choose the active port */
	gboolean mii_running;		 /* delays run */
	bond_time mii_tick;		 /* in which they are counted */
	bond_time mii_poll_at;		 /* use_carrier=0: nobody tells what drivers think of their links */
	bond_time inspect_at;		 /* a link changed since the last inspection */
	bond_time arp_at;		 /* next tick of the ARP monitor */
	struct bond_port *arp_candidate; /* current_arp_slave: being tried while there is no active port */
	gboolean arp_began;		 /* no tick yet since the monitor was started */
	gboolean arp_warned;		 /* of a target without route */
	gboolean ns_warned;
	guint send_peer_notif;	  /* ticks left, see kernel-semantics 20 */
	bond_time notif_deadline; /* next tick that counts them */
	gboolean notif_first;	  /* the active port changed: notify as soon as the plan is published */
	gboolean notif_in_tick;	  /* it changed in a tick of the monitor */
	gboolean notif_due;
	guint igmp_retrans; /* reports left */
	bond_time igmp_deadline;
	bond_port_id lingering; /* was active, its link is good: see bond_linger(); BOND_PORT_NONE: no port */
	bond_time linger_end;
	bond_time last_failover;
	enum bond_reason reason;     /* why we are choosing just now */
	enum bond_reason run_reason; /* what bond_run() is to act on */
	void *mode_data;
	guint16 lacp_priority; /* our LACP system, kept while another mode is chosen */
	struct bond_mac lacp_mac;

	guint64 plan_generation;
	gboolean plan_dirty;
	struct bond_plan plan;		      /* as last published */
	struct bond_plan_state control_state; /* for what the control thread sends by it */
	gboolean carrier_told;		      /* as last told to the world */

	guint depth;	   /* of bond_begin() */
	GPtrArray *events; /* waiting for bond_finish() */
};

#define FOREACH_PORT(bond, port)                                                                                       \
	for (guint port##_index = 0; ((port) = bond_nth_port((bond), port##_index)) != NULL; port##_index++)

/* --- bond.c --- */

gboolean bond_uses_primary(const struct bond *bond);
/*
 * Everything that decides stands between these two; they nest. Meanwhile events wait. The outermost bond_finish()
 * publishes the plan if it changed, then sets the carrier, notifies peers, resends IGMP and tells the events: the
 * frames' way first, the talk afterwards. @reason goes into the events, unless an outer one has set it.
 */
void bond_begin(struct bond *bond, enum bond_reason reason);
/* The same, with a reason that counts whatever the outer one is. */
void bond_begin_as(struct bond *bond, enum bond_reason reason);
void bond_finish(struct bond *bond, bond_time now);
/* What bond_finish() does at the outermost level, for whoever cannot wait so long. */
void bond_settle(struct bond *bond, bond_time now);
/* Tells an event: at once, or in bond_finish(). */
void bond_emit(struct bond *bond, struct bond_event event, bond_time now);
void bond_log(struct bond *bond, bond_time now, GLogLevelFlags level, const char *format, ...) G_GNUC_PRINTF(4, 5);
gboolean bond_set_error(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4); /* FALSE */
/*
 * A port hands over although its link is good (released, or another was chosen): what is on its way to it still
 * reaches the host, until the peers know better. The kernel loses these frames.
 */
void bond_linger(struct bond_port *port, bond_time now);
void bond_end_linger(struct bond *bond);
/* The port of a copy that is the same as @port, which may be NULL. */
struct bond_port *bond_twin(const struct bond *copy, const struct bond_port *port);
/* bond_set_carrier(). Returns whether it changed. */
gboolean bond_update_carrier(struct bond *bond, bond_time now);
/* bond_set_dev_addr(): the bond lives with a port's address. */
void bond_take_mac(struct bond *bond, const struct bond_mac *mac, bond_time now);
/* Back to a random one. */
void bond_forget_mac(struct bond *bond, bond_time now);

/* --- port.c --- */

gboolean port_is_up(const struct bond_port *port); /* bond_slave_is_up(): running && carrier */
/* bond_slave_can_tx(). */
gboolean port_can_tx(const struct bond_port *port);
/* bond_set_slave_active_flags() / bond_set_slave_inactive_flags(). */
void port_set_active_flags(struct bond_port *port);
void port_set_inactive_flags(struct bond_port *port);
/* Changes its state and tells it. */
void port_change_link(struct bond_port *port, enum bond_link link, bond_time now);
/* 0 or a negative errno. */
int port_change_mac(struct bond_port *port, const struct bond_mac *mac);
int port_change_mtu(struct bond_port *port, guint mtu);
/* bond_log() with the kernel's "(slave p0): " before it. */
void port_log(struct bond_port *port, bond_time now, GLogLevelFlags level, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* A port that nothing has been decided of yet; it has a number. */
struct bond_port *bond_port_new(struct bond *bond, const struct bond_port_info *info);
/* bond_uninit(): no other port is chosen in between. */
void bond_release_all(struct bond *bond, bond_time now);

/* --- active.c --- */

/* bond_select_active_slave(): choose, change, set the carrier. */
void bond_select_active(struct bond *bond, bond_time now);
/* bond_change_active_slave(). */
void bond_change_active(struct bond *bond, struct bond_port *new_active, bond_time now);
/* Filters follow: either may be NULL (bond_hw_addr_swap()). */
void bond_move_filters(struct bond *bond, struct bond_port *from, struct bond_port *to);
/* Starts num_peer_notif / resend_igmp; the first leaves when the plan is published. */
void bond_start_notifying(struct bond *bond, bond_time now);
void bond_start_igmp(struct bond *bond, bond_time now);
/* Sends what is due. */
void bond_send_notifications(struct bond *bond, bond_time now);
void bond_send_igmp(struct bond *bond, bond_time now);
/* One tick of the monitor passed. */
void bond_count_notifications(struct bond *bond, bond_time now);
/* The same of the ARP monitor: its ticks count only those that are sent (kernel-semantics 20). */
void bond_repeat_notification(struct bond *bond);

/* --- mode-trunk.c: what balance-rr, balance-xor and broadcast share --- */

int trunk_enslave(struct bond *bond, struct bond_port *port, bond_time now);
void trunk_link_up(struct bond *bond, struct bond_port *port, bond_time now);

/* --- plan-build.c --- */

/* Something that the plan shows may have changed; bond_publish() makes the plan and publishes it if it did. */
void bond_mark_plan(struct bond *bond);
void bond_publish(struct bond *bond);
/* Adds a port to the slots. */
void plan_add_slot(struct bond_plan *plan, const struct bond_port *port);

/* --- monitor-mii.c --- */

/* Something about a link changed: bond_mii_run() is to look. */
void bond_inspect(struct bond *bond, bond_time now);
/* bond_mii_monitor(): counts notifications, inspects, commits. */
void bond_mii_run(struct bond *bond, bond_time now);
bond_time bond_mii_next_deadline(const struct bond *bond);
/* First state of a new port (bond_enslave()). */
void bond_mii_first_state(struct bond_port *port, bond_time now);
/* miimon or arp_interval was switched on, off or changed. */
void bond_mii_reset(struct bond *bond, bond_time now);
/* use_carrier was set. */
void bond_mii_change_source(struct bond *bond, bond_time now);
/* The bond went up or down: delays stand still while it is down. */
void bond_mii_start(struct bond *bond, bond_time now);
void bond_mii_stop(struct bond *bond, bond_time now);
/* How much of updelay or downdelay a port has behind it. */
int port_delay_passed(const struct bond_port *port, int ticks, bond_time now); /* ms */
/* bond->params.updelay and its like in ns. */
bond_time bond_ticks(const struct bond *bond, int ticks);

/* --- monitor-arp.c --- */

/* The port is to become active or backup: what it received till now counted, or not, as what it was. */
void bond_arp_role_ends(struct bond_port *port);
/* slave_last_rx() */
bond_time port_last_rx(struct bond_port *port);
/* bond_time_in_interval(): whether @now is within @intervals of arp_interval after @last, and half a one more. */
gboolean bond_arp_within(const struct bond *bond, bond_time last, guint intervals, bond_time now);
/* What a new port has received so far (bond_enslave()). */
void bond_arp_first_state(struct bond_port *port, bond_time now);
/* The bond went up or arp_interval changed: begins anew, or ends. */
void bond_arp_start(struct bond *bond, bond_time now);
void bond_arp_stop(struct bond *bond);
/* bond_activebackup_arp_mon() or bond_loadbalance_arp_mon(), if its time has come. */
void bond_arp_run(struct bond *bond, bond_time now);
bond_time bond_arp_next_deadline(const struct bond *bond);
/* The port leaves the bond. */
void bond_arp_release(struct bond_port *port);

/* --- arp-validate.c --- */

/* What the plan is to let us see: enum bond_plan_control. */
guint bond_arp_plan_control(const struct bond *bond);
/* slave_do_arp_validate(): whether only answers that are checked count on this port. */
gboolean port_validates_arp(const struct bond_port *port);
/* bond_rcv_validate(): a frame was received. */
void bond_arp_receive(struct bond_port *port, const guint8 *frame, gsize len, bond_time now);
/* Target @i was added, or (@added FALSE) removed. */
void bond_arp_target_changed(struct bond *bond, guint i, gboolean added, bond_time now);
/* Ports join and leave the groups of the NS targets, by role (bond_slave_ns_maddrs_add()). */
void bond_arp_update_groups(struct bond *bond);
void bond_arp_leave_groups(struct bond_port *port);

/* --- options-apply.c --- */

/* Takes all of @params over at once, the mode too: for a bond that is down and has no ports. Returns 0 or the
 * negative errno of the mode's enter(); then nothing changed. */
int bond_take_params(struct bond *bond, const struct bond_params *params);

G_END_DECLS
