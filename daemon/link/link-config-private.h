/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link-config.h"
#include "netlink.h"

G_BEGIN_DECLS

struct link_config {
	struct netlink netlink;
	int packet_fd;
};

/* Always FALSE. @what: "set the MTU": what cannot be done to the device; @text: the kernel's own words or "". */
gboolean link_config_error(GError **error, int ifindex, int code, const char *text, const char *what);

/* @tolerated: an errno that means that it is so already; 0: none */
gboolean link_config_talk(struct link_config *config, struct nlmsghdr *nlh, int ifindex, int tolerated,
			  const char *what, GError **error);

G_END_DECLS
