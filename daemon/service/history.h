/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last events of a bond, for those who come later and ask what happened, why and for how long.
 */
#pragma once

#include "engine/types.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define HISTORY_SIZE 1000
/* What history_save() gives: the serial number of the next event, and the events. */
#define HISTORY_SAVED_TYPE "(taa{sv})"

enum history_kind {
	HISTORY_ACTIVE_PORT,
	HISTORY_PORT_LINK,
	HISTORY_PORT_ADDED,
	HISTORY_PORT_REMOVED,
	HISTORY_CARRIER,
	HISTORY_OPTION,
	HISTORY_LACP_STATE,
	HISTORY_AGGREGATOR,
	HISTORY_PEERS_NOTIFIED,
	HISTORY_FAILOVER,
	HISTORY_ADDRESS,
	HISTORY_MTU,
	HISTORY_N_KINDS,
};

/* Strings are copied; NULL is "". */
struct history_event {
	enum history_kind kind;
	bond_time time;		/* CLOCK_MONOTONIC, when it was seen */
	bond_time plan_swapped; /* 0: it needed no plan */
	bond_time first_frame;	/* of a failover; 0: none */
	const char *port;
	const char *option;
	const char *old_value;
	const char *new_value;
	const char *reason;
};

struct history;

struct history *history_new(void);
void history_free(struct history *history);

/**
 * history_add:
 * @now: CLOCK_MONOTONIC, for the time of day
 *
 * Remembers an event, and forgets the oldest if there are HISTORY_SIZE already.
 */
void history_add(struct history *history, const struct history_event *event, bond_time now);

/**
 * history_list:
 * @after: only events with a higher serial number
 * @limit: at most so many, the oldest of them; 0: all
 *
 * Returns: (transfer floating): aa{sv}, the oldest first: GetHistory() of org.example.Bond.
 */
GVariant *history_list(const struct history *history, guint64 after, guint limit);

/**
 * history_save:
 *
 * Returns: (transfer floating): HISTORY_SAVED_TYPE, for history_restore() of another daemon.
 */
GVariant *history_save(const struct history *history);

/**
 * history_restore:
 * @saved: from a file, not believed
 *
 * Puts what another daemon saved before the events that there are, which are numbered anew.
 *
 * Returns: %FALSE if @saved is nothing that history_save() gave: then @history is as it was.
 */
gboolean history_restore(struct history *history, GVariant *saved);

G_END_DECLS
