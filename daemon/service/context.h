/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all objects of the service share: the connection, the tree of objects, the bonds, and the ways to the kernel.
 */
#pragma once

#include "bond-dbus.h"
#include "gate.h"
#include "host-options.h"
#include "life.h"

#include "link/address-cache.h"
#include "link/ethtool.h"
#include "link/link-config.h"
#include "link/link-watcher.h"

G_BEGIN_DECLS

struct service_context {
	GDBusConnection *connection;
	GDBusObjectManagerServer *objects;
	struct link_watcher *links;
	struct link_config *config;
	struct ethtool *ethtool;
	struct address_cache *addresses;
	struct gate *gate;					/* that all calls go through */
	GPtrArray *bonds;					/* BondObject, oldest first */
	struct host_options defaults;				/* of new bonds */
	struct applier *applier;				/* of ifcfg files */
	struct life *life;					/* what outlives us */
	void (*bonds_changed)(struct service_context *context); /* a bond was made or removed */
	void *user;
};

G_END_DECLS
