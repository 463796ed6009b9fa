/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The IP addresses of this host, for whoever asks once a frame: read from the kernel when they are first asked for, and
 * again only after it said that some changed.
 */
#pragma once

#include "link-config.h"

G_BEGIN_DECLS

struct address_cache;

/**
 * address_cache_new:
 *
 * Subscribes in the current network namespace.
 */
struct address_cache *address_cache_new(GError **error);
void address_cache_free(struct address_cache *cache);

/**
 * address_cache_foreach:
 * @address: of the family's length
 * @func: returns %FALSE to end the search
 *
 * Calls @func with each interface that has @address, as of now; tentative ones do not.
 */
void address_cache_foreach(struct address_cache *cache, int family, const guint8 *address,
			   gboolean (*func)(void *user, int ifindex), void *user);

/* How often the addresses were read; for tests. */
guint64 address_cache_n_reads(const struct address_cache *cache);

G_END_DECLS
