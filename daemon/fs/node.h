/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a path of the file system stands for.
 */
#pragma once

#include "remote.h"

#include "engine/status.h"

#include <sys/types.h>

G_BEGIN_DECLS

enum node_kind {
	NODE_FIXED,	      /* a directory that is always there: /sys/class */
	NODE_PROC_DIR,	      /* /proc/net/bonding */
	NODE_PROC,	      /* /proc/net/bonding/bond0 */
	NODE_NET_DIR,	      /* /sys/class/net */
	NODE_MASTERS,	      /* /sys/class/net/bonding_masters */
	NODE_BOND_DIR,	      /* /sys/class/net/bond0 */
	NODE_ATTRIBUTES,      /* /sys/class/net/bond0/bonding */
	NODE_ATTRIBUTE,	      /* /sys/class/net/bond0/bonding/mode */
	NODE_LOWER,	      /* /sys/class/net/bond0/slave_eth0 -> ../eth0 */
	NODE_PORT_DIR,	      /* /sys/class/net/eth0 */
	NODE_MASTER,	      /* /sys/class/net/eth0/master -> ../bond0 */
	NODE_PORT_ATTRIBUTES, /* /sys/class/net/eth0/bonding_slave */
	NODE_PORT_ATTRIBUTE,  /* /sys/class/net/eth0/bonding_slave/state */
};

struct node {
	enum node_kind kind;
	mode_t mode;			/* type and permissions, for stat() */
	const char *const *fixed;	/* of NODE_FIXED: names in it, NULL terminated */
	GPtrArray *bonds;		/* what there was when it was looked up; %NULL where that does not matter */
	const struct remote_bond *bond; /* in @bonds */
	const struct remote_port *port;
	const struct bond_attribute *attribute;
};

/**
 * node_find:
 * @path: from the root of the file system
 * @node: (out): for node_clear(); nothing on error
 *
 * Returns: 0, ENOENT, or EIO if bondd does not answer.
 */
int node_find(GDBusConnection *connection, const char *path, struct node *node);

void node_clear(struct node *node);

/**
 * node_list:
 * @node: a directory
 *
 * Returns: (transfer full): names of what is in it.
 */
GPtrArray *node_list(const struct node *node);

/* Where a symbolic link points to. */
char *node_target(const struct node *node);

G_END_DECLS
