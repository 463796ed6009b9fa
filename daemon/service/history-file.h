/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The history of a bond over a restart of the daemon: written when it ends, taken when the next one begins. What a daemon
 * that was killed knew is lost.
 */
#pragma once

#include "history.h"

G_BEGIN_DECLS

/* Of the bond @bond; failure is logged. */
void history_file_write(const char *directory, const char *bond, const struct history *history);

/**
 * history_file_take:
 *
 * Puts what the file has before the events of @history, and removes the file. One that is not whole is ignored.
 */
void history_file_take(const char *directory, const char *bond, struct history *history);

G_END_DECLS
