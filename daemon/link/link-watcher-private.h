/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link-watcher.h"

G_BEGIN_DECLS

/* Several thousand messages: what a hundred devices say when a switch dies. */
#define LINK_WATCHER_RECEIVE_BUFFER (8 * 1024 * 1024)

/* What happened to a watcher since it was made. */
struct link_watcher_stats {
	guint64 messages;
	guint64 overruns;    /* the kernel said ENOBUFS, or a datagram was cut */
	guint64 resyncs;     /* dumps that repaired that */
	guint64 interrupted; /* dumps that had to be repeated */
};

/**
 * link_watcher_new_sized:
 * @receive_buffer: bytes of SO_RCVBUFFORCE
 *
 * As link_watcher_new().
 */
struct link_watcher *link_watcher_new_sized(gsize receive_buffer, link_change_func changed, link_batch_func batch_end,
					    void *user, GError **error);

void link_watcher_get_stats(const struct link_watcher *watcher, struct link_watcher_stats *stats);

G_END_DECLS
