/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules of policy routing, as `ip rule` has them.
 */
#pragma once

#include "link-config.h"

G_BEGIN_DECLS

/* 0, "" and FALSE for what is not said. */
struct link_rule {
	int family;
	guint8 action; /* FR_ACT_… */
	guint32 table;
	gboolean has_priority; /* else the kernel chooses one */
	guint32 priority;
	gboolean invert;
	guint8 from[16];
	guint from_prefix;
	guint8 to[16];
	guint to_prefix;
	char input[BOND_NAME_SIZE];  /* interface */
	char output[BOND_NAME_SIZE]; /* interface */
	guint8 tos;
	guint8 protocol;
	guint32 mark;
	guint32 mask;
	guint16 source_ports[2]; /* first and last */
	guint16 destination_ports[2];
	gboolean has_users;
	guint32 users[2];
	gboolean suppresses;
	guint32 suppressed_prefix;
};

/* Adding what is there and removing what is not both succeed. */
gboolean link_add_rule(struct link_config *config, const struct link_rule *rule, GError **error);
gboolean link_remove_rule(struct link_config *config, const struct link_rule *rule, GError **error);

G_END_DECLS
