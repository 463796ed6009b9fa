/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond: what it decides. A function of events and time: the caller tells what happened and when, the engine
 * changes its state, acts through `struct bond_ops` and says when it wants to be called again.
 *
 * Events only record; bond_run() decides. So several events of one netlink batch lead to one choice of the
 * active port, as several carriers seen in one tick of the kernel's miimon do.
 */
#pragma once

#include "options.h"
#include "plan.h"
#include "types.h"

G_BEGIN_DECLS

struct bond;
struct bond_port;

#define BOND_DEFAULT_MTU 1500
#define BOND_MIN_MTU	 68
#define BOND_MAX_MTU	 65535

/* Why something happened; bond_reason_name() spells it for signals and logs. */
enum bond_reason {
	BOND_REASON_NONE,
	BOND_REASON_CARRIER, /* carrier lost or found (after the delays) */
	BOND_REASON_ADMIN,   /* a port was set down or up by its administrator */
	BOND_REASON_ENSLAVED,
	BOND_REASON_RELEASED,
	BOND_REASON_OPTION, /* an option was set: active_slave, primary, prio, … */
	BOND_REASON_BOND_UP,
	BOND_REASON_BOND_DOWN,
	BOND_REASON_MONITOR, /* ARP/NS monitor */
};

enum bond_event_type {
	BOND_EVENT_ACTIVE_PORT,	   /* .old_port, .new_port (either may be NULL) */
	BOND_EVENT_PORT_LINK,	   /* .port, .old_link, .link */
	BOND_EVENT_PORT_ADDED,	   /* .port */
	BOND_EVENT_PORT_REMOVED,   /* .port: valid only during the call */
	BOND_EVENT_CARRIER,	   /* .carrier: of the bond */
	BOND_EVENT_PEERS_NOTIFIED, /* gratuitous ARP / unsolicited NA went out */
	BOND_EVENT_OPTION,	   /* .option, .port (of an option of a port), .old_value, .value: as text */
	BOND_EVENT_MAC,		   /* .old_mac: the bond's address changed */
	BOND_EVENT_MTU,		   /* .old_mtu */
	BOND_EVENT_LACP_STATE,	   /* .port, .old_lacp, .lacp */
	BOND_EVENT_AGGREGATOR,	   /* .old_aggregator, .aggregator: which is the active one; 0: none */
	BOND_EVENT_LOG,		   /* .message: text and level of the kernel's own message */
};

/* State octets of a port (enum lacp_state). */
struct bond_lacp_states {
	guint8 actor;
	guint8 partner;
};

struct bond_event {
	enum bond_event_type type;
	enum bond_reason reason;
	bond_time time;
	const struct bond_port *port;
	const struct bond_port *old_port;
	const struct bond_port *new_port;
	enum bond_link old_link;
	enum bond_link link;
	gboolean carrier;
	enum bond_option_id option;
	const char *old_value; /* of an option, valid only during the call */
	const char *value;
	struct bond_mac old_mac;
	guint old_mtu;
	struct bond_lacp_states old_lacp;
	struct bond_lacp_states lacp;
	guint16 old_aggregator;
	guint16 aggregator;
	GLogLevelFlags level;
	const char *message;
};

/* Network states that a port's owner tells (netdev of the port). */
struct bond_port_link {
	gboolean running; /* IFF_UP: administratively up */
	gboolean carrier; /* IFF_LOWER_UP */
	guint32 speed;	  /* Mbit/s or BOND_SPEED_UNKNOWN */
	enum bond_duplex duplex;
};

/* A device that is to become a port. */
struct bond_port_info {
	const char *name;
	int ifindex;
	guint16 type;	     /* ARPHRD_* */
	gboolean loopback;   /* IFF_LOOPBACK */
	gboolean has_master; /* it belongs to some bond, bridge or team already */
	gboolean above_bond; /* it stands on the bond, or on what does: frames would run in circles */
	gboolean fixed_mac;  /* its driver has no ndo_set_mac_address */
	struct bond_mac mac; /* current address: restored at release, "Permanent HW addr" */
	guint mtu;
	struct bond_port_link link; /* not running yet; carrier as far as it is known of a device that is down */
};

/* What a driver says of a link, other than by its carrier (bond_check_dev_link()). */
enum bond_device_link {
	BOND_DEVICE_LINK_DOWN,
	BOND_DEVICE_LINK_UP,
	BOND_DEVICE_LINK_UNKNOWN, /* nothing: taken for up, as the kernel does */
};

/* Whether a probe to some target may leave by the bond (bond_arp_send_all()). */
enum bond_route_way {
	BOND_ROUTE_NONE,      /* the host has no route to it: the probe leaves all the same, without a source */
	BOND_ROUTE_BOND,      /* by the bond, or an interface above it: see struct bond_route */
	BOND_ROUTE_ELSEWHERE, /* by some other interface: it is not probed */
};

/* How a probe to some target leaves. */
struct bond_route {
	struct bond_ip source; /* all zero: none */
	struct bond_tag
	    tags[BOND_MAX_TAGS]; /* of the VLAN interfaces between the bond and the address; outermost first */
	guint n_tags;
};

/* An interface above the bond whose address must be where the bond is (alb_upper_dev_walk()). */
struct bond_upper {
	gboolean is_macvlan; /* else a VLAN directly above the bond */
	gboolean own_mac;    /* it has an address of its own: addr_assign_type is not NET_ADDR_STOLEN */
	struct bond_tag tag; /* id 0: untagged */
	struct bond_mac mac;
};

/* Bytes that the host sent, by entry of the plan's table; the last counts what is not balanced. */
#define BOND_N_LOADS (BOND_PLAN_TABLE_SIZE + 1)

/*
 * What the engine asks of the world, at once and in order. Every function gets the `user` of bond_new(). Those
 * that return int return 0 or a negative errno, and the engine follows the kernel's roll-back for a failure.
 * Any member may be NULL: then it succeeds and does nothing.
 */
struct bond_ops {
	/* Devices */
	int (*set_port_mac)(void *user, struct bond_port *port, const struct bond_mac *mac);
	int (*set_port_mtu)(void *user, struct bond_port *port, guint mtu);
	/* While enslaving it may call bond_port_set_link(), to tell at once what the device says after coming up;
	 * plans may name the port as soon as it has returned. If it fails, it is called with FALSE. */
	int (*set_port_up)(void *user, struct bond_port *port, gboolean up);
	int (*set_port_promisc)(void *user, struct bond_port *port, gboolean on);
	void (*set_bond_mac)(void *user, const struct bond_mac *mac);
	void (*set_bond_mtu)(void *user, guint mtu);
	void (*set_bond_carrier)(void *user, gboolean up);
	/* The bond's multicast, promiscuous and all-multicast settings are to leave @from and to be on @to; either
	 * may be NULL. In modes with a primary they follow the active port (bond_hw_addr_swap()), in the others
	 * each port gets them as it joins. */
	void (*move_filters)(void *user, struct bond_port *from, struct bond_port *to);
	/* Frames of the control thread */
	void (*send)(void *user, struct bond_port *port, const guint8 *frame, gsize len);
	/* NETDEV_NOTIFY_PEERS: gratuitous ARP and unsolicited NA for the bond and each VLAN above it. The frames
	 * come from announce.h and leave by @port: the active one, or in 802.3ad each that sends, one call for each. */
	void (*notify_peers)(void *user, struct bond_port *port);
	/* NETDEV_RESEND_IGMP: membership reports for the bond's groups leave by @port. */
	void (*resend_igmp)(void *user, struct bond_port *port);
	/* What happened, for signals, history and logs. Must not call back into the engine. */
	void (*event)(void *user, const struct bond_event *event);
	/* A new plan; ownership passes. */
	void (*publish)(void *user, struct bond_plan *plan);
	/* Whether @port has a link by what its driver says (ethtool, else the MII registers): with use_carrier=0 it is
	 * asked every miimon. NULL: it tells none, as BOND_DEVICE_LINK_UNKNOWN. */
	enum bond_device_link (*device_link)(void *user, struct bond_port *port);
	guint32 (*random)(void *user);
	/* Fills in what is known of the interface @name, for commands that name any interface of the host (sysfs
	 * "slaves" and "active_slave"). Returns FALSE if there is none of that name; so does a NULL here. */
	gboolean (*find_device)(void *user, const char *name, struct bond_port_info *info);
	/* When @port last received a frame (slave->last_rx), or 0; exact to a burst. Any frame while the plan says
	 * BOND_PLAN_STAMP_RX, ARP or IPv6 while it says BOND_PLAN_STAMP_ARP. NULL: what bond_receive_frame()
	 * brought. */
	bond_time (*last_rx)(void *user, struct bond_port *port);
	/* What was sent since the bond was made, by all workers together; BOND_N_LOADS numbers. NULL: nothing. */
	void (*loads)(void *user, guint64 *bytes);
	/* The route of the host to @target. Fills in @route for BOND_ROUTE_BOND. NULL: none. */
	enum bond_route_way (*route)(void *user, const struct bond_ip *target, struct bond_route *route);
	/* Whether the bond or an interface above it has @address (bond_has_this_ip()). */
	gboolean (*has_address)(void *user, const struct bond_ip *address);
	/* The VLAN interfaces directly above the bond, and the macvlans above it: fills in at most @max, returns how
	 * many. NULL: unknown. */
	guint (*uppers)(void *user, struct bond_upper *uppers, guint max);
	/* Whether @mac is the address of a macvlan above the bond, or @ip one of a bridge that the bond is a port of:
	 * receive load balancing leaves such ARP alone (rlb_arp_xmit()). */
	gboolean (*is_bridged)(void *user, const struct bond_mac *mac, const struct bond_ip *ip);
	/* @port is to receive the multicast group @mac (solicited-node groups of NS targets; the LACP group). */
	void (*join_group)(void *user, struct bond_port *port, const struct bond_mac *mac, gboolean join);
};

/**
 * bond_new:
 * @name: interface name of the bond
 * @ops: the world, must outlive the bond
 * @user: first argument of every op
 * @random_mac: the address it has until the first port lends its own (bond_set_dev_addr())
 *
 * Returns: (transfer full): a bond that is down, without ports, with bond_params_default().
 */
struct bond *bond_new(const char *name, const struct bond_ops *ops, void *user, const struct bond_mac *random_mac);

/**
 * bond_free:
 *
 * Releases all ports (bond_uninit()) and frees the bond.
 */
void bond_free(struct bond *bond, bond_time now);

/**
 * bond_copy:
 * @bond: not in the middle of a decision
 * @ops: the copy's own world
 *
 * Returns: (transfer full): a bond in the same state, ports and timers included, that decides what @bond would; for
 *   bond_free(). Nothing is asked of @ops.
 */
struct bond *bond_copy(const struct bond *bond, const struct bond_ops *ops, void *user);

/* --- Events. They record; nothing is decided before bond_run(). --- */

/**
 * bond_set_up:
 *
 * ndo_open and ndo_stop of the bond (bond_open(), bond_close()).
 */
void bond_set_up(struct bond *bond, gboolean up, bond_time now);

/**
 * bond_port_set_link:
 *
 * What the port's device says of itself, whenever it changed.
 */
void bond_port_set_link(struct bond_port *port, const struct bond_port_link *link, bond_time now);

/**
 * bond_port_note_speed:
 *
 * What the device says of its speed when it is asked, without having told of a change: shown from now on, but nothing
 * follows from it (bond_ethtool_get_link_ksettings()).
 */
void bond_port_note_speed(struct bond_port *port, guint32 speed, enum bond_duplex duplex);

/**
 * bond_port_renamed:
 *
 * NETDEV_CHANGENAME: may make or unmake the primary (kernel-semantics 16).
 */
void bond_port_renamed(struct bond_port *port, const char *name, bond_time now);

/**
 * bond_port_mac_changed:
 *
 * Somebody else gave the port's device another address. Recorded for status only, as the kernel does.
 */
void bond_port_mac_changed(struct bond_port *port, const struct bond_mac *mac);

/**
 * bond_port_mtu_changed:
 *
 * NETDEV_CHANGEMTU on a port: recorded; the kernel leaves the bond's own MTU alone.
 */
void bond_port_mtu_changed(struct bond_port *port, guint mtu);

/**
 * bond_run:
 * @now: monotonic ns, not before the last call's
 *
 * Does all that is due: inspects links that changed, lets delays and timers run, chooses the active port,
 * publishes a plan if it changed. Call it after a batch of events and at bond_next_deadline().
 */
void bond_run(struct bond *bond, bond_time now);

/**
 * bond_next_deadline:
 *
 * Returns: when bond_run() wants to be called if nothing happens, or BOND_TIME_NEVER: an idle bond sleeps.
 */
bond_time bond_next_deadline(const struct bond *bond);

/**
 * bond_receive_frame:
 * @frame: a whole frame from its destination MAC on, not believed
 * @len: bytes readable
 *
 * A frame that the control thread saw on @port: of the slow protocols (802.3ad), or one of those that the plan
 * has copied to it (bond_handle_frame()'s recv_probe). Acts at once, as the kernel does in its receive path; what it
 * decides is published before it returns.
 */
void bond_receive_frame(struct bond_port *port, const guint8 *frame, gsize len, bond_time now);

/**
 * bond_transmit_frame:
 * @frame: a frame of the host for which the plan said BOND_PORT_CONTROL
 *
 * Sends it, changed as the mode wants (receive load balancing: rlb_arp_xmit()), or as the plan in force says.
 */
void bond_transmit_frame(struct bond *bond, const guint8 *frame, gsize len, bond_time now);

/* --- Commands. They act at once and end in a published plan. --- */

/**
 * bond_enslave:
 * @info: the device
 * @error: BOND_ERROR with the errno of bond_enslave() in bond_main.c
 *
 * Saves and overwrites the port's MAC and MTU, sets it up, decides its first link state. On any failure
 * everything done so far is undone.
 *
 * Returns: (transfer none): the new port, owned by the bond, or %NULL.
 */
struct bond_port *bond_enslave(struct bond *bond, const struct bond_port_info *info, bond_time now, GError **error);

/**
 * bond_release:
 *
 * __bond_release_one(): chooses another active port first, then gives the port its MAC and MTU back.
 */
void bond_release(struct bond_port *port, bond_time now);

/**
 * bond_port_gone:
 *
 * The device was unregistered: as bond_release(), but nothing is asked of the device any more.
 */
void bond_port_gone(struct bond_port *port, bond_time now);

/**
 * bond_set_mac:
 * @error: BOND_ERROR; all ports have their old address again
 *
 * bond_set_mac_address(): all or nothing over the ports; a successful no-op for the ports with fail_over_mac.
 */
gboolean bond_set_mac(struct bond *bond, const struct bond_mac *mac, bond_time now, GError **error);

/**
 * bond_set_mtu:
 * @error: BOND_ERROR; all ports have their old MTU again
 *
 * bond_change_mtu(): all or nothing over the ports, backups included.
 */
gboolean bond_set_mtu(struct bond *bond, guint mtu, bond_time now, GError **error);

/**
 * bond_set_active_port:
 * @port: (nullable): %NULL clears, then the rules choose again
 *
 * Same as option active_slave.
 */
gboolean bond_set_active_port(struct bond *bond, struct bond_port *port, bond_time now, GError **error);

/* --- Reading --- */

const char *bond_name(const struct bond *bond);
void bond_set_name(struct bond *bond, const char *name);
const struct bond_params *bond_get_params(const struct bond *bond);
const struct bond_mac *bond_get_mac(const struct bond *bond);
/* addr_assign_type of net-sysfs: 1 random, 2 taken over from a port, 3 set by hand. */
guint bond_get_mac_origin(const struct bond *bond);
guint bond_get_mtu(const struct bond *bond);
gboolean bond_is_up(const struct bond *bond);
gboolean bond_has_carrier(const struct bond *bond);

/**
 * bond_link_settings:
 * @speed: (out): Mbit/s, or BOND_SPEED_UNKNOWN
 * @duplex: (out): of the first port that knows its own
 *
 * bond_ethtool_get_link_ksettings(): the ports that may transmit now, together; for broadcast the slowest of them.
 */
void bond_link_settings(const struct bond *bond, guint32 *speed, enum bond_duplex *duplex);

/* When the engine last changed the active port; 0 before the first. */
bond_time bond_last_failover(const struct bond *bond);

guint bond_n_ports(const struct bond *bond);
/* In enslave order; %NULL at and beyond the end. */
struct bond_port *bond_nth_port(const struct bond *bond, guint n);
struct bond_port *bond_find_port(const struct bond *bond, const char *name);
struct bond_port *bond_find_port_by_ifindex(const struct bond *bond, int ifindex);
struct bond_port *bond_active_port(const struct bond *bond);
struct bond_port *bond_primary_port(const struct bond *bond);

struct bond *port_bond(const struct bond_port *port);
const char *port_name(const struct bond_port *port);
int port_ifindex(const struct bond_port *port);
bond_port_id port_id(const struct bond_port *port);
const struct bond_mac *port_mac(const struct bond_port *port);
const struct bond_mac *port_perm_mac(const struct bond_port *port);
guint port_mtu(const struct bond_port *port);
enum bond_link port_link(const struct bond_port *port);
guint32 port_speed(const struct bond_port *port);
enum bond_duplex port_duplex(const struct bond_port *port);
guint32 port_link_failure_count(const struct bond_port *port);
guint16 port_queue_id(const struct bond_port *port);
gint32 port_prio(const struct bond_port *port);
gboolean port_running(const struct bond_port *port);
gboolean port_carrier(const struct bond_port *port);
/* bond_is_active_slave(): its transmit side is not a backup. */
gboolean port_is_active(const struct bond_port *port);
/* Its receive side takes exact matches only (slave->inactive). */
gboolean port_is_inactive(const struct bond_port *port);
/* For the owner's own use, e.g. its D-Bus object. */
void port_set_data(struct bond_port *port, void *data);
void *port_get_data(const struct bond_port *port);

const char *bond_reason_name(enum bond_reason reason);
/* The kernel's word: "up", "going down", "down", "going back". */
const char *bond_link_name(enum bond_link link);

G_END_DECLS
