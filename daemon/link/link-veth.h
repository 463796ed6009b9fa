/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making and removing virtual interfaces by rtnetlink. Errors are LINK_ERROR.
 */
#pragma once

#include "link-config.h"

G_BEGIN_DECLS

/**
 * link_add_veth:
 * @n_queues: of each direction, on both ends
 *
 * Makes a pair, both ends down.
 */
gboolean link_add_veth(struct link_config *config, const char *name, const char *peer, guint n_queues, GError **error);

/* Makes a macvlan device that has the device @lower for itself (mode passthru); it goes when that goes. */
gboolean link_add_macvlan(struct link_config *config, const char *name, int lower, GError **error);

/* Removes a device; of a pair, both. */
gboolean link_remove(struct link_config *config, int ifindex, GError **error);

/**
 * link_set_silent:
 *
 * The host's own protocols leave the device alone: no IPv6 address of its own, no ARP.
 */
gboolean link_set_silent(struct link_config *config, int ifindex, GError **error);

/* Frames go to the device at once: it has no queueing discipline. */
gboolean link_set_no_queue(struct link_config *config, int ifindex, GError **error);

G_END_DECLS
