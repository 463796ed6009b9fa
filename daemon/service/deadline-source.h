/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A main-loop source on a timerfd, armed to one absolute monotonic time: the engine's next deadline. Nanoseconds,
 * unlike GLib's own time-outs, and no wake-up while nothing is due.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

typedef void (*deadline_func)(void *user);

/**
 * deadline_source_new:
 * @func: called each time a deadline has passed
 *
 * Returns: (transfer full): a source that is not armed, attached to the default context.
 */
GSource *deadline_source_new(deadline_func func, void *user);

/**
 * deadline_source_arm:
 * @deadline: monotonic ns, or BOND_TIME_NEVER
 */
void deadline_source_arm(GSource *source, bond_time deadline);

G_END_DECLS
