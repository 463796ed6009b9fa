/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The datapath of one bond: its host interface, an AF_XDP socket on every queue of each port, and the workers
 * that carry frames between them by the plan. Control calls come from one thread; frames never touch it.
 */
#pragma once

#include "engine/plan.h"
#include "engine/types.h"

G_BEGIN_DECLS

#define DATAPATH_ERROR (datapath_error_quark())
GQuark datapath_error_quark(void);

enum datapath_error {
	DATAPATH_ERROR_FAILED,
	DATAPATH_ERROR_BUSY,   /* somebody else's XDP program or socket is on the device; the message says whose */
	DATAPATH_ERROR_EXISTS, /* an interface of the bond's name exists */
	DATAPATH_ERROR_NO_DEVICE,
	DATAPATH_ERROR_NOT_PERMITTED,
	DATAPATH_ERROR_UNSUPPORTED,
};

struct datapath;

enum datapath_host {
	DATAPATH_HOST_TAP,   /* vnet_hdr, checksums and TSO cut in user space, GRO: best for TCP of this host */
	DATAPATH_HOST_VETH,  /* AF_XDP on the twin of a veth pair: best for small packets and forwarding */
	DATAPATH_HOST_MIXED, /* TCP as with the TAP, all else as with the veth; needs macvlan and clsact */
};

enum datapath_xdp_mode {
	DATAPATH_XDP_NONE,
	DATAPATH_XDP_NATIVE,
	DATAPATH_XDP_GENERIC,
};

struct datapath_keeper;

/* What stays of a datapath when its daemon dies: interface indices; 0: has none. */
struct datapath_remains {
	int ifindex; /* of the host interface */
	int lower;   /* DATAPATH_HOST_MIXED: the TAP below it */
	int veth;    /* the same: what takes the rest, and its twin; DATAPATH_HOST_VETH: the twin */
	int twin;
};

struct datapath_config {
	const char *name; /* of the host interface, e.g. bond0 */
	enum datapath_host host;
	struct bond_mac mac;
	guint mtu;
	guint n_queues;	    /* workers; 0: one */
	gboolean busy_poll; /* spin instead of sleeping: shortest round trip, a core each worker */
	guint n_frames;	    /* of the UMEM; 0: enough for all rings of 8 ports */
	/* Outlives the datapath. NULL: the host interface goes with the process. */
	const struct datapath_keeper *keeper;
	/* NULL: the host interface is made anew. Else it is there, and keeps its state, address, MTU and carrier; what
	 * the host sends waits until the first plan is published. */
	const struct datapath_remains *adopt;
	gboolean carrier; /* of what is adopted */
};

/* Drop causes, in the order of their names in datapath_drop_name(). */
enum datapath_drop {
	DATAPATH_DROP_NO_PORT,	/* the plan has no usable port */
	DATAPATH_DROP_TX_FULL,	/* a port's ring is full */
	DATAPATH_DROP_NO_FRAME, /* the pool is empty */
	DATAPATH_DROP_TOO_LONG,
	DATAPATH_DROP_MALFORMED,    /* offload headers that do not fit the frame */
	DATAPATH_DROP_INACTIVE,	    /* received on a port whose frames the host does not get */
	DATAPATH_DROP_HOST_FULL,    /* the host interface took no more */
	DATAPATH_DROP_PORT_GONE,    /* was queued for a port that is no member any more */
	DATAPATH_DROP_PORT_DOWN,    /* the port's device is down or gone, and the plan does not know yet */
	DATAPATH_DROP_CONTROL_FULL, /* the control thread takes no more of what it is to see */
	DATAPATH_DROP_RX_FULL,	    /* came faster than the worker took it */
	DATAPATH_N_DROPS,
};

struct datapath_counters {
	guint64 rx_packets;
	guint64 rx_bytes;
	guint64 tx_packets;
	guint64 tx_bytes;
	guint64 drops[DATAPATH_N_DROPS];
};

struct datapath_port_info {
	enum datapath_xdp_mode xdp_mode;
	gboolean zero_copy;
	guint n_queues;
};

/* Where every frame of the UMEM is: the sum is always `total` when the workers stand still. */
struct datapath_frame_census {
	guint total;
	guint pool;
	guint fill;
	guint rx;
	guint tx;
	guint completion;
	guint held; /* in a worker's hands or referenced by a broadcast */
};

/**
 * datapath_new:
 * @config: copied
 * @error: DATAPATH_ERROR
 *
 * Makes the host interface, down and without carrier, and starts the workers. Needs CAP_NET_ADMIN, CAP_NET_RAW
 * and CAP_BPF in the current network namespace.
 *
 * Returns: (transfer full): the datapath, or %NULL.
 */
struct datapath *datapath_new(const struct datapath_config *config, GError **error);

/**
 * datapath_free:
 *
 * Stops the workers, lets go of all ports and removes the host interface.
 */
void datapath_free(struct datapath *dp);

/**
 * datapath_leave:
 *
 * Frees it, but leaves interfaces and programs where they are for the next daemon. What comes meanwhile is dropped; what
 * the host sends waits in the TAP, if there is a keeper, as far as there is room.
 */
void datapath_leave(struct datapath *dp);

/**
 * datapath_renew:
 *
 * Puts our XDP programs in the place of those that an earlier daemon left. Frames flow meanwhile, and without it; the
 * caller waits some 10 ms a port.
 */
void datapath_renew(struct datapath *dp);

/* What datapath_config.adopt is to be then. */
void datapath_get_remains(const struct datapath *dp, struct datapath_remains *remains);

/**
 * datapath_is_alive:
 *
 * Whether each worker has come round since the last call; then they are asked anew. Never waits.
 */
gboolean datapath_is_alive(struct datapath *dp);

/**
 * datapath_publish:
 * @plan: (transfer full): what workers execute from their next burst on
 *
 * One atomic pointer swap; the old plan is freed once no worker reads it. Wait-free for the workers.
 */
void datapath_publish(struct datapath *dp, struct bond_plan *plan);

/**
 * datapath_add_port:
 * @id: the engine's port id; frames flow when a plan names it
 * @error: DATAPATH_ERROR; the device is as it was
 *
 * Attaches our XDP program (native, else generic: see datapath_port_info()), opens a socket per queue.
 */
gboolean datapath_add_port(struct datapath *dp, bond_port_id id, const char *ifname, int ifindex, GError **error);

/**
 * datapath_remove_port:
 *
 * Stops using the port, reclaims its frames, closes its sockets and detaches our XDP program. Safe when the
 * device is gone. No plan may name @id any more.
 */
void datapath_remove_port(struct datapath *dp, bond_port_id id);

/**
 * datapath_send:
 *
 * A frame of the control thread out of port @id, past the data rings (AF_PACKET), so that no flood delays it.
 */
gboolean datapath_send(struct datapath *dp, bond_port_id id, const guint8 *frame, gsize len, GError **error);

/* Where a frame for the control thread comes from. */
enum datapath_origin {
	DATAPATH_FROM_WIRE, /* a copy of what port @id received (BOND_PLAN_COPY_ARP, BOND_PLAN_COPY_ND) */
	DATAPATH_FROM_HOST, /* BOND_PORT_CONTROL: a frame that nobody has sent yet; @id is BOND_PORT_NONE */
};

/* @time: when the worker saw it. May call anything here but datapath_free(). */
typedef void (*datapath_control_func)(void *user, enum datapath_origin origin, bond_port_id id, const guint8 *frame,
				      gsize len, bond_time time);

/**
 * datapath_control_fd:
 *
 * Returns: what to poll for input; then call datapath_read_control().
 */
int datapath_control_fd(const struct datapath *dp);

/**
 * datapath_read_control:
 * @func: called for each frame
 *
 * Takes a bounded number of frames of either origin, so that neither keeps the other waiting, nor both the caller.
 *
 * Returns: whether some are left: then the descriptor need not become readable again.
 */
gboolean datapath_read_control(struct datapath *dp, datapath_control_func func, void *user);

/**
 * datapath_take_suspects:
 *
 * To be called first when the descriptor is readable.
 *
 * Returns: the ids of ports whose devices refused frames since the last call, one bit each. A device does so under
 * overload, and at once when it has no carrier, long before the kernel tells of that.
 */
guint64 datapath_take_suspects(struct datapath *dp);

/* When port @id last received any frame, exact to a burst, while plans say BOND_PLAN_STAMP_RX; 0: never. */
bond_time datapath_last_rx(struct datapath *dp, bond_port_id id);

/* Frames that the first worker has sent in turn (balance-rr): rr_counter of its struct bond_plan_state. */
guint32 datapath_get_turn(struct datapath *dp);
/* Bytes that the host sent, of all workers together (struct bond_plan_state). */
void datapath_get_loads(struct datapath *dp, guint64 loads[BOND_PLAN_TABLE_SIZE + 1]);

gboolean datapath_set_mac(struct datapath *dp, const struct bond_mac *mac, GError **error);
gboolean datapath_set_mtu(struct datapath *dp, guint mtu, GError **error);
/* The carrier that the host's stack sees on the bond (TUNSETCARRIER, or the twin's state). */
gboolean datapath_set_carrier(struct datapath *dp, gboolean up, GError **error);
/* Interface index of the host interface. */
int datapath_ifindex(const struct datapath *dp);

void datapath_get_counters(struct datapath *dp, struct datapath_counters *counters);
gboolean datapath_get_port_counters(struct datapath *dp, bond_port_id id, struct datapath_counters *counters);
gboolean datapath_get_port_info(struct datapath *dp, bond_port_id id, struct datapath_port_info *info);
/* Waits until no worker is in a burst, then counts. For tests and debugging. */
void datapath_frame_census(struct datapath *dp, struct datapath_frame_census *census);
/* "no-port", "tx-full", …: stable words for D-Bus and bondctl. */
const char *datapath_drop_name(enum datapath_drop drop);

/* When a worker first sent a frame by plan @generation (monotonic ns), 0 if none did yet. */
bond_time datapath_first_transmit(struct datapath *dp, guint64 *generation);

G_END_DECLS
