/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel says of network devices, the moment it says so: rtnetlink in, typed events out.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

#define LINK_ERROR (link_error_quark())
GQuark link_error_quark(void); /* codes are errno values */

struct link_watcher;

/* A device as last seen. Strings and numbers are the watcher's own copies. */
struct link_info {
	int ifindex;
	char name[BOND_NAME_SIZE];
	guint16 type;	       /* ARPHRD_* */
	guint flags;	       /* IFF_* */
	gboolean carrier;      /* netif_carrier_ok(): IFLA_CARRIER, else IFF_LOWER_UP */
	guint32 carrier_downs; /* how often it was lost; kernels before 4.16 do not say: 0 */
	struct bond_mac mac;
	struct bond_mac perm_mac; /* IFLA_PERM_ADDRESS; zero if the driver has none */
	guint mtu;
	int master;   /* ifindex of its bridge, bond or team; 0: none */
	int link;     /* IFLA_LINK of a VLAN or veth: ifindex of what it stands on; 0: none in this namespace */
	guint16 vlan; /* id if it is a VLAN device, else 0 */
	guint16 vlan_protocol; /* of its tag: 0x8100 or 0x88a8 */
	char kind[16];	       /* IFLA_INFO_KIND: "veth", "vlan", "tun", "bond", … or "" */
	guint n_rx_queues;
	guint n_tx_queues;
	guint32 xdp_prog_id; /* of the XDP program attached to it; 0: none */
	/* Read when the device appears and when it or its carrier comes up. A loss of carrier is reported at once, and
	 * what became of the speed by a LINK_CHANGED after the batch. */
	guint32 speed;
	guint8 duplex; /* enum bond_duplex */
};

enum link_change {
	LINK_ADDED,
	LINK_CHANGED,
	LINK_RENAMED, /* info->name is the new one; LINK_CHANGED follows if anything else is new, too */
	LINK_REMOVED, /* info is the last state seen */
};

/*
 * @info: valid during the call
 * @time: monotonic ns when the message was read. A batch of calls ends with one link_batch_func.
 *
 * May call anything here but link_watcher_free().
 */
typedef void (*link_change_func)(void *user, enum link_change change, const struct link_info *info, bond_time time);
typedef void (*link_batch_func)(void *user, bond_time time);

/**
 * link_watcher_new:
 * @changed: called for each change, from link_watcher_dispatch()
 * @batch_end: (nullable): called when no more messages wait, so that several changes lead to one decision
 * @error: LINK_ERROR
 *
 * Subscribes in the current network namespace and reads all devices (no calls for those).
 *
 * Returns: (transfer full): a watcher, or %NULL.
 */
struct link_watcher *link_watcher_new(link_change_func changed, link_batch_func batch_end, void *user, GError **error);
void link_watcher_free(struct link_watcher *watcher);

/**
 * link_watcher_fd:
 *
 * Returns: what to poll for input; then call link_watcher_dispatch().
 */
int link_watcher_fd(const struct link_watcher *watcher);

/**
 * link_watcher_dispatch:
 *
 * Reads all that waits. After ENOBUFS it reads all devices anew and reports the differences: nothing is lost.
 */
void link_watcher_dispatch(struct link_watcher *watcher);

/**
 * link_watcher_attach:
 * @context: (nullable): a main context; %NULL for the default one
 *
 * Lets a GLib main loop call link_watcher_dispatch(), at high priority, until the watcher is freed. Once a watcher.
 *
 * Returns: (transfer full): the source, attached.
 */
GSource *link_watcher_attach(struct link_watcher *watcher, GMainContext *context);

/* Last seen state; valid until the next dispatch. */
const struct link_info *link_watcher_by_name(const struct link_watcher *watcher, const char *name);
const struct link_info *link_watcher_by_ifindex(const struct link_watcher *watcher, int ifindex);
void link_watcher_foreach(const struct link_watcher *watcher, void (*func)(void *user, const struct link_info *info),
			  void *user);

/**
 * link_watcher_refresh:
 *
 * Asks the kernel for one device now, past any queue: the safety re-read of miimon. Changes are reported; a known
 * device that is gone is LINK_REMOVED and no error. Needed besides notifications: on a device that stands on no other,
 * the kernel may hold the news of a lost carrier back for up to a second (linkwatch).
 */
gboolean link_watcher_refresh(struct link_watcher *watcher, int ifindex, GError **error);

/**
 * link_watcher_suspect:
 *
 * Something speaks for a lost carrier: the device refuses frames. After what waits has been read, the kernel's count of
 * losses is looked at, which needs no lock that others may hold; a loss that it has not told of yet is reported now,
 * unless the link flaps.
 * The notification that follows is no news then.
 *
 * Returns: whether there was one.
 */
gboolean link_watcher_suspect(struct link_watcher *watcher, int ifindex);

G_END_DECLS
