/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames for the engine in a GLib main loop: at high priority, but never so many that nothing else gets its turn.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads a bounded number of frames. Returns whether more may wait. */
typedef gboolean (*control_read_func)(void *user);

/**
 * control_source_new:
 * @fd: readable when there is something to read; the caller's
 * @name: for debugging, static
 * @read: must not destroy the source
 *
 * While more waits than one call reads, there is a pause of a millisecond after each.
 *
 * Returns: (transfer full): the source, attached to the default context.
 */
GSource *control_source_new(int fd, const char *name, control_read_func read, void *user);

/**
 * control_source_read:
 *
 * Reads now what waits, before a timer of the engine runs out for the want of it; but not in a pause.
 */
void control_source_read(GSource *source);

G_END_DECLS
