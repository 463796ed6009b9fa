/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small simulated host for the engine: net devices with a clock of their own. Ports are cables to far ends on a
 * switch host; the switch host has a bridge or a bond of its own. All that a device tells of itself (address,
 * MTU, up, carrier, speed) is state here, the rest is the engine's.
 */
#pragma once

#include "scenario.h"

#include "engine/bond.h"
#include "engine/driver.h"

G_BEGIN_DECLS

enum device_kind {
	DEVICE_VETH, /* a port; its other end is a DEVICE_FAR_END */
	DEVICE_TAP,
	DEVICE_DUMMY, /* nothing behind it, always carrier */
	DEVICE_FAR_END,
	DEVICE_BRIDGE,
	DEVICE_BOND,
	DEVICE_VLAN,
	DEVICE_LOOPBACK,
	DEVICE_OTHER, /* no Ethernet: .type says what */
};

/* Which network namespace a device lives in. */
enum device_side { SIDE_HOST, SIDE_SWITCH };

struct device_address {
	guint8 bytes[16]; /* IPv4: the first four, network order */
	gboolean is_ipv6;
	guint prefix;
	bond_time valid_from; /* after duplicate address detection */
};

struct device {
	struct world *world;
	char name[BOND_NAME_SIZE];
	int ifindex;
	enum device_kind kind;
	enum device_side side;
	guint16 type; /* ARPHRD_* */
	struct bond_mac mac;
	guint mtu;
	gboolean up;
	guint32 speed;
	enum bond_duplex duplex;
	struct device *cable;  /* the other end, of ports and far ends */
	struct device *master; /* the bridge or bond that it belongs to */
	struct device *lower;  /* of a VLAN */
	guint16 vlan;
	GArray *addresses;  /* struct device_address */
	GArray *neighbours; /* world-stack.c */
	GArray *fdb;	    /* of a bridge; world-wire.c */
	gboolean ipv6;	    /* disable_ipv6 is off */
	bond_time last_rx;
	guint heard;   /* datagrams of PACKET_EXPERIMENTAL */
	gboolean told; /* the engine knows the link state below */
	struct bond_port_link last_link;

	/* DEVICE_BOND */
	struct bond *bond;
	struct bond_mac random_mac;
	gboolean carrier;
	struct bond_plan *plan;
	struct bond_plan_state plan_state;
	bond_time went_up;
	bond_time ticks; /* a moment of its ticks of 100 ms */
};

/* A frame that crossed the cable of a port in either direction, as its far end saw it. */
struct world_frame {
	bond_time at;
	const struct device *port;
	GBytes *bytes;
};

struct world {
	bond_time now;
	const struct order *order; /* which of the bonds has the first tick; NULL: by turns */
	GPtrArray *devices;	   /* struct device *, in order of creation */
	GQueue *flights;	   /* frames that are on their way; world-wire.c */
	gboolean keeps_frames;
	GPtrArray *frames; /* struct world_frame *: all that crossed a cable, in both directions */
	guint echoes;	   /* answers to pings that anybody got */
	/* Whether a frame that @from sends crosses its cable, and after how long. NULL: always, at once. */
	gboolean (*cross)(void *data, const struct device *from, const guint8 *frame, gsize len, bond_time *delay);
	void *cross_data;
	GPtrArray *log;	    /* char *: the engine's messages as dmesg has them: "bond0: …" */
	GHashTable *macs;   /* struct bond_mac * that the host's devices ever had: who sent a recorded frame */
	GHashTable *chosen; /* those that somebody chose: all others are random, here and in a recording */
	int last_ifindex;
	guint32 random;
	gboolean module; /* the bonding driver is there: bonding_masters can be read */
	/* Called whenever something may look different now. */
	void (*changed)(void *data);
	void *changed_data;
	struct scenario_clock clock;
	bond_time t0;	/* the recorded kernel's clock at 0 */
	GArray *checks; /* of addresses: world-time.c */
	char *broken;	/* the engine did what it must never do, e.g. its clock stands */
};

struct world *world_new(void);
void world_free(struct world *world);
/* "02:00:00:00:00:01" */
gboolean world_parse_mac(const char *text, struct bond_mac *mac);

/* --- Devices --- */

struct device *world_find(const struct world *world, enum device_side side, const char *name);
struct device *world_add_device(struct world *world, enum device_kind kind, enum device_side side, const char *name);
/* What the far end "p0p" of port p0 has. */
struct bond_mac world_far_mac(const char *name);
/* A port with its far end, which is up; @mac may be NULL. */
struct device *world_add_port(struct world *world, enum device_kind kind, const char *name, const struct bond_mac *mac);
void world_remove_device(struct device *device);
gboolean device_carrier(const struct device *device);
struct bond_port_link device_link(const struct device *device);
/* The engine's port of this device, or NULL. */
struct bond_port *device_port(const struct device *device);
void device_info(const struct device *device, struct bond_port_info *info);
/* 0 or an errno; what `ip link set` does. */
int device_set_up(struct device *device, gboolean up);
int device_set_mac(struct device *device, const struct bond_mac *mac, GError **error);
int device_set_mtu(struct device *device, guint mtu, GError **error);
void device_set_name(struct device *device, const char *name);
gboolean device_add_address(struct device *device, const char *text, gboolean checked);
gboolean device_remove_address(struct device *device, const char *text);
void device_flush_addresses(struct device *device);
void device_take_mac(struct device *device, const struct bond_mac *mac);
/* "02:00:00:00:00:01" is nobody's choice */
gboolean world_mac_is_random(const struct world *world, const char *text);

/* --- Bonds: world-bond.c --- */

/* @params: NULL for a bond made by netlink */
struct device *world_add_bond(struct world *world, enum device_side side, const char *name,
			      const struct bond_params *params);
gboolean world_enslave(struct device *bond, struct device *port, GError **error);
void world_release(struct device *port);
void world_set_bond_up(struct device *bond, gboolean up);
/* Names of all devices of the host, NULL terminated. */
char **world_names(const struct world *world);

/* --- Time: world-bond.c --- */

/* Tells the engine what changed on its ports, and lets it decide. */
void world_settle(struct world *world);
/* Tells the engine, but does not let it decide yet: several events of one batch. */
void world_tell(struct world *world);
/* Somebody reads the bonds' own speed, so that they ask the ports that may send for theirs. */
void world_ask_speeds(struct world *world);
/* What he reads: bond_link_settings(), had they been asked before. */
void world_link_settings(const struct device *bond, guint32 *speed, enum bond_duplex *duplex);
/* Lets time pass up to @until, with all deadlines of the engine on the way. */
void world_advance(struct world *world, bond_time until);

/* --- The recorded kernel's clock: world-time.c --- */

/* When a timer of its that is armed now fires: later than asked for, by its granularity. */
bond_time world_timer(const struct world *world, bond_time delay);
bond_time world_timer_at(const struct world *world, bond_time armed, bond_time delay);
GArray *world_new_checks(void);
/* The recording shows that the detection of duplicates of an IPv6 address began at @at. */
void world_note_check(struct world *world, const guint8 *address, bond_time at);
/* When an address that a device gets now may be used. */
bond_time world_check_end(const struct world *world, const guint8 *address);

/* --- Frames: world-wire.c --- */

/* A frame leaves a device of the host or of the switch host: by its cable, its bridge, or as its bond decides. */
void device_send(struct device *device, const guint8 *frame, gsize len);
/* It leaves by the cable, which is the device's own. */
void world_transmit(struct device *device, const guint8 *frame, gsize len);
/* A frame is to arrive at @to, whoever sent it. */
void world_arrive(struct device *to, bond_time at, GBytes *bytes);
/* Brings what has arrived by now, and what is said in answer at once. Returns whether there was anything. */
gboolean world_deliver(struct world *world);
bond_time world_next_flight(const struct world *world);
void world_drop_flights(struct device *to);
void world_flight_free(gpointer flight);
GArray *world_new_fdb(void);
/* Bridges forget what they learned on this port: it lost its link, or left. */
void world_forget_port(struct device *port);

/* --- The hosts' network stacks: world-stack.c --- */

GArray *world_new_neighbours(void);
void stack_receive(struct device *device, const guint8 *frame, gsize len);
bond_time world_next_probe(const struct world *world);
/* Asks neighbours that are due. */
void world_probe_neighbours(struct world *world);
gboolean device_has_ip(const struct device *device, const struct bond_ip *ip);
/* The bond itself, a VLAN above it, the bridge that it belongs to. */
gboolean device_is_above(const struct device *device, const struct device *bond);
/* The device of a host by which it reaches @target, and its address; NULL if there is none. */
struct device *world_route(const struct world *world, enum device_side side, const struct bond_ip *target,
			   struct bond_ip *source);
/* NETDEV_NOTIFY_PEERS of a bond and of the VLANs above it; the frames leave by @port, or by the plan if it is NULL. */
void world_notify_peers(struct device *bond, struct device *port);
/* Whether a ping from a host of @side to the address gets an answer. Takes its time. */
gboolean world_ping(struct world *world, enum device_side side, const char *address, guint count, bond_time interval);

G_END_DECLS
