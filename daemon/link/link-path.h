/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which devices stand on which, as the watcher saw them: VLANs and macvlans on what they were made on, ports below
 * their bridge. Pure functions; whatever the links claim, the walk ends.
 */
#pragma once

#include "link-watcher.h"

G_BEGIN_DECLS

/* More devices than this do not stand on one another. */
#define LINK_PATH_DEPTH 8

/**
 * link_path_find:
 * @links: (element-type struct link_info): in any order
 * @from: ifindex of the lowest device
 * @to: ifindex of a device
 * @tags: (out caller-allocates) (nullable): BOND_MAX_TAGS of VLAN devices on the way, outermost first
 * @n_tags: (out) (nullable)
 *
 * Returns: whether @to is @from or stands on it, over not too many devices and tags.
 */
gboolean link_path_find(const GPtrArray *links, int from, int to, struct bond_tag *tags, guint *n_tags);

G_END_DECLS
