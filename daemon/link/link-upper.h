/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices above others: VLANs and bridges, made by rtnetlink.
 */
#pragma once

#include "link-config.h"

G_BEGIN_DECLS

/* What a bridge is set to; -1 for what stays as it is. Times in seconds, as the network scripts have them. */
struct link_bridge {
	gboolean stp;
	gint64 priority;
	gint64 forward_delay;
	gint64 hello_time;
	gint64 max_age;
	gint64 ageing_time;
	gint64 multicast_snooping;
	gint64 vlan_filtering;
};

/**
 * link_add_vlan:
 * @lower: ifindex of what it stands on
 * @id: 1 to 4094
 * @protocol: 0x8100 or 0x88a8
 * @flags: VLAN_FLAG_…
 * @error: LINK_ERROR; EOPNOTSUPP if the kernel has no VLAN devices
 */
gboolean link_add_vlan(struct link_config *config, const char *name, int lower, guint id, guint16 protocol,
		       guint32 flags, GError **error);

/* A bridge that is there is only set. */
gboolean link_add_bridge(struct link_config *config, const char *name, const struct link_bridge *bridge,
			 GError **error);

/* Makes a device a port of a bridge; 0: of none. */
gboolean link_set_controller(struct link_config *config, int ifindex, int controller, GError **error);

G_END_DECLS
