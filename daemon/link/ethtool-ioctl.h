/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ethtool ioctl, for kernels without ethtool netlink. Private to daemon/link.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

/* Leaves @speed and @duplex alone if the driver has no answer. */
void ethtool_ioctl_get_link(int fd, const char *ifname, guint32 *speed, enum bond_duplex *duplex);

/* Whether the driver says that there is a link: 1 or 0; -1 if it says nothing, neither by ethtool nor by MII registers. */
int ethtool_ioctl_has_link(int fd, const char *ifname);

/* Both return 0 or an errno; EOPNOTSUPP if the kernel knows no such feature. */
int ethtool_ioctl_get_feature(int fd, const char *ifname, const char *feature, gboolean *changeable, gboolean *active);
int ethtool_ioctl_set_feature(int fd, const char *ifname, const char *feature, gboolean on);

G_END_DECLS
