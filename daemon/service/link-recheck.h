/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The safety re-read of links. The kernel tells a loss of carrier at once unless it told of another link within the
 * last second; then the news may wait for up to a second. So after each news the ports are asked directly, with the
 * period of miimon, until that second is over. While nothing happens nothing is asked.
 */
#pragma once

#include "context.h"

G_BEGIN_DECLS

struct link_recheck;

struct link_recheck *link_recheck_new(const struct service_context *context);
void link_recheck_free(struct link_recheck *recheck);

/* The kernel said something of a link. */
void link_recheck_kick(struct link_recheck *recheck);

G_END_DECLS
