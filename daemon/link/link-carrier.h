/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel has counted of a device's carrier, read past rtnl: netlink and ethtool answer, and notifications
 * leave, only when whoever holds that lock lets go of it.
 */
#pragma once

#include "link-watcher.h"

G_BEGIN_DECLS

struct link_carrier {
	guint32 downs; /* how often the device lost its carrier since it was made */
	gboolean up;   /* IFF_UP */
};

/**
 * link_carrier_read:
 * @info: a device; its name, index and address must be those of the one that sysfs has
 *
 * Returns: %FALSE if sysfs does not say, or is that of another network namespace.
 */
gboolean link_carrier_read(const struct link_info *info, struct link_carrier *carrier);

G_END_DECLS
