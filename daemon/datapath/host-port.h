/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The side of the bond that the host's stack sees. Two kinds, each one file that ends in one const struct
 * host_port_ops: a TAP device, and a veth pair with AF_XDP on its twin.
 */
#pragma once

#include "burst.h"
#include "datapath.h"
#include "link/link-config.h"

G_BEGIN_DECLS

struct tap_device;
struct worker;
struct host_port;
struct host_queue; /* a worker's side of it */

#define HOST_QUEUE_FDS 2

struct host_port_ops {
	/* Makes the interface, down and without carrier. */
	struct host_port *(*create)(const struct datapath_config *config, struct link_config *link, GError **error);
	/* Takes over the interface that config->adopt says, as it is. */
	struct host_port *(*adopt)(const struct datapath_config *config, struct link_config *link, GError **error);
	void (*destroy)(struct host_port *host);
	/* The same, but what the kernel has stays. */
	void (*leave)(struct host_port *host);
	void (*note_mac)(struct host_port *host, const struct bond_mac *mac); /* may be NULL */
	gboolean (*set_carrier)(struct host_port *host, gboolean up, GError **error);

	struct host_queue *(*queue_new)(struct host_port *host, guint index);
	void (*queue_free)(struct host_queue *queue);
	/* What to poll for frames from the host; -1: nothing more, they come by a socket that the worker knows. */
	void (*queue_fds)(const struct host_queue *queue, int *fds);
	/* Takes a burst from the host and sends it by @plan. Returns the number of frames, 0 if there were none. */
	guint (*take)(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan);
	/* Hands frames to the host; they are the queue's to put back. */
	void (*deliver)(struct worker *worker, struct host_queue *queue, const struct burst *burst);
};

/* What both kinds begin with. */
struct host_port {
	const struct host_port_ops *ops;
	char name[BOND_NAME_SIZE];
	int ifindex;
	struct link_config *link;
	struct tap_device *tap;
	const struct datapath_keeper *keeper;
	int lower;	 /* TAP below it; 0: none */
	int near;	 /* the twin's other end, if that is not the interface itself; 0: none */
	int twin;	 /* device that needs an XDP program and sockets; 0: none */
	int follower;	 /* device behind it that must have its MTU; 0: none */
	guint max_frame; /* atomic: MTU and Ethernet headers, VLAN tags included */
};

extern const struct host_port_ops host_tap;
extern const struct host_port_ops host_veth;
extern const struct host_port_ops host_mixed;

/**
 * host_port_new:
 *
 * Makes the host interface, or takes it over.
 */
struct host_port *host_port_new(const struct datapath_config *config, GError **error);
void host_port_free(struct host_port *host);
void host_port_leave(struct host_port *host);

gboolean host_port_set_mac(struct host_port *host, const struct bond_mac *mac, GError **error);
gboolean host_port_set_mtu(struct host_port *host, guint mtu, GError **error);

/* Whether an interface has the name already; then @error says so. */
gboolean host_port_exists(const char *name, GError **error);

/**
 * host_port_fill:
 *
 * What all kinds begin with, of an interface that is made or, by config->adopt, there.
 *
 * Returns: %FALSE with DATAPATH_ERROR_NO_DEVICE if it is not.
 */
gboolean host_port_fill(struct host_port *host, const struct datapath_config *config, struct link_config *link,
			GError **error);

/* The name of a device behind @name: that with a suffix; of a long one a part and a number made of the whole. */
void host_port_hidden_name(const char *name, const char *suffix, char *hidden);

/**
 * host_port_link_failed:
 * @link_error: (transfer full): LINK_ERROR
 * @error: (out): the same as DATAPATH_ERROR
 *
 * Returns: %FALSE, always.
 */
gboolean host_port_link_failed(GError *link_error, GError **error);

static inline guint
host_port_max_frame(const struct host_port *host)
{
	return __atomic_load_n(&host->max_frame, __ATOMIC_RELAXED);
}

G_END_DECLS
