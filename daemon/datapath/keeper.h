/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Somebody who holds file descriptors while the daemon is dead: what hangs on them outlives it. A TAP device keeps its
 * carrier and queues what the host sends, XDP programs stay on their devices and let nothing through to the stack.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct datapath_keeper {
	void *user;
	/* (transfer full): what an earlier daemon has given away by this name, -1 if there is none. Stays kept. */
	int (*take)(void *user, const char *name);
	/* @fd stays the caller's. */
	void (*keep)(void *user, const char *name, int fd);
	void (*drop)(void *user, const char *name);
};

#define KEEPER_NAME_SIZE 32

/* "xdp-7" */
static inline void
keeper_name(char *name, const char *kind, int ifindex)
{
	g_snprintf(name, KEEPER_NAME_SIZE, "%s-%d", kind, ifindex);
}

static inline int
keeper_take(const struct datapath_keeper *keeper, const char *kind, int ifindex)
{
	char name[KEEPER_NAME_SIZE];

	keeper_name(name, kind, ifindex);
	return keeper != NULL ? keeper->take(keeper->user, name) : -1;
}

static inline void
keeper_keep(const struct datapath_keeper *keeper, const char *kind, int ifindex, int fd)
{
	char name[KEEPER_NAME_SIZE];

	keeper_name(name, kind, ifindex);
	if (keeper != NULL)
		keeper->keep(keeper->user, name, fd);
}

static inline void
keeper_drop(const struct datapath_keeper *keeper, const char *kind, int ifindex)
{
	char name[KEEPER_NAME_SIZE];

	keeper_name(name, kind, ifindex);
	if (keeper != NULL)
		keeper->drop(keeper->user, name);
}

G_END_DECLS
