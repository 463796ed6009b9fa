/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon's one clock. The engine is told the time; whoever calls it asks here.
 */
#pragma once

#include "engine/types.h"

#include <time.h>

G_BEGIN_DECLS

/**
 * service_now:
 *
 * Returns: CLOCK_MONOTONIC in nanoseconds, the time of link events, plans and D-Bus signals.
 */
static inline bond_time
service_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (bond_time) ts.tv_sec * BOND_SEC + ts.tv_nsec;
}

G_END_DECLS
