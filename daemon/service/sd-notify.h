/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Readiness for systemd: a datagram to $NOTIFY_SOCKET, no library.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * sd_notify_send:
 * @state: e.g. "READY=1"
 *
 * Does nothing when nobody waits for it.
 */
void sd_notify_send(const char *state);

/* The same with a descriptor beside it ("FDSTORE=1"). */
void sd_notify_send_fd(const char *state, int fd);

G_END_DECLS
