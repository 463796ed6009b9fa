/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How fast calls come in: not faster than they are answered. GDBus reads the bus in a thread of its own and gives the
 * main loop a source for each call; GLib dispatches all that are ready of one priority before it looks at anything more
 * urgent. A thousand calls at once would make a lost carrier wait for the last of them. So that thread waits while a
 * few calls are not done; what clients send meanwhile is kept, and counted against their limits, by the bus.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

struct pace;

/**
 * pace_new:
 * @connection: whose method calls are to wait; its calls are handled in the default main context
 */
struct pace *pace_new(GDBusConnection *connection);

/* Nobody waits any more. */
void pace_free(struct pace *pace);

G_END_DECLS
