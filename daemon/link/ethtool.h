/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Speed, duplex, queues and offloads of a device: by ethtool netlink, with the ioctl as fallback for older kernels
 * and drivers.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

struct ethtool;

struct ethtool *ethtool_new(GError **error);
void ethtool_free(struct ethtool *ethtool);

/* Unknown values are BOND_SPEED_UNKNOWN and BOND_DUPLEX_UNKNOWN, not errors. */
void ethtool_get_link(struct ethtool *ethtool, const char *ifname, guint32 *speed, enum bond_duplex *duplex);
/* Whether the driver says that there is a link, other than by its carrier: 1 or 0; -1 if it says nothing. */
int ethtool_has_link(struct ethtool *ethtool, const char *ifname);
/* Name as in `ethtool -k`: "rx-vlan-hw-parse", "tx-checksum-ip-generic", … FALSE if the device has not got it. */
gboolean ethtool_get_feature(struct ethtool *ethtool, const char *ifname, const char *feature, gboolean *on,
			     GError **error);
gboolean ethtool_set_feature(struct ethtool *ethtool, const char *ifname, const char *feature, gboolean on,
			     GError **error);

G_END_DECLS
