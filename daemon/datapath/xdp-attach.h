/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our XDP program on a device. Attached by a link: the kernel takes it off when the link's last owner goes, however
 * it goes, nobody replaces it by accident, and it never replaces anybody else's. A keeper makes it outlive the daemon;
 * meanwhile it drops what it has no socket for.
 */
#pragma once

#include "datapath.h"
#include "keeper.h"

G_BEGIN_DECLS

struct xdp_attach;

enum xdp_program {
	XDP_PROGRAM_PORT, /* link-local frames go up to the kernel, others to the sockets */
	XDP_PROGRAM_TWIN, /* all frames go to the sockets */
};

/**
 * xdp_attach_new:
 * @program: which of ours
 * @ifname: for messages
 * @keeper: (nullable): outlives it
 * @error: DATAPATH_ERROR_BUSY if another program is on the device: the message names it
 *
 * Loads a program of our own for this device and attaches it, native if the driver can, else generic; or goes on with
 * the one that an earlier daemon left, until xdp_attach_renew(). Until xdp_attach_set_socket() frames are dropped.
 */
struct xdp_attach *xdp_attach_new(enum xdp_program program, int ifindex, const char *ifname,
				  const struct datapath_keeper *keeper, GError **error);

/* Our program takes the place of an earlier daemon's. That takes the kernel some 10 ms, and no frame is lost. */
void xdp_attach_renew(struct xdp_attach *attach);

/* Detaches it. Safe when the device is gone. */
void xdp_attach_free(struct xdp_attach *attach);
/* Leaves it to the keeper. */
void xdp_attach_leave(struct xdp_attach *attach);

/* Takes off what an earlier daemon left on a device that is not to be a port any more. */
void xdp_attach_drop(const struct datapath_keeper *keeper, int ifindex);

/**
 * xdp_attach_set_socket:
 * @fd: an AF_XDP socket bound to @queue; the kernel forgets it when it is closed
 *
 * Frames of the queue go to the socket from now on. May be called from any thread.
 */
gboolean xdp_attach_set_socket(const struct xdp_attach *attach, guint queue, int fd, GError **error);

enum datapath_xdp_mode xdp_attach_mode(const struct xdp_attach *attach);

G_END_DECLS
