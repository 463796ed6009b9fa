/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a host side with a TAP device does, for whoever has more than that: see struct host_port_ops.
 */
#pragma once

#include "host-port.h"

G_BEGIN_DECLS

#define KEPT_TAP "tap"

/* Gives the first queue of a device to the keeper. */
void tap_keep(const struct host_port *host, int ifindex);
/* Opens a device that an earlier daemon left, with the queue that was kept if there is one. */
struct tap_device *tap_take_over(const struct host_port *host, int ifindex, const struct datapath_config *config,
				 gboolean mapped, GError **error);

struct host_queue *tap_queue_new(struct host_port *host, guint index);
void tap_queue_free(struct host_queue *queue);
void tap_queue_fds(const struct host_queue *queue, int *fds);
guint tap_take(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan);
void tap_deliver(struct worker *worker, struct host_queue *queue, const struct burst *burst);

G_END_DECLS
