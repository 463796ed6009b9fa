/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What outlives the daemon: the state of its bonds in a file, and descriptors that systemd keeps. And what systemd is
 * told: how it goes, and that it does.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct datapath_keeper;
struct life;
struct service_context;

/**
 * life_new:
 * @directory: of the state file
 * @error: G_FILE_ERROR: it cannot be used, or another daemon uses it
 */
struct life *life_new(struct service_context *context, const char *directory, GError **error);
void life_free(struct life *life);

/**
 * life_restore:
 *
 * Goes on with the bonds that the file tells of. What goes wrong is logged and does not stop the others.
 */
void life_restore(struct life *life);

/* Something changed: it is written soon. All of these take %NULL for a life that keeps nothing. */
void life_touch(struct life *life);
/* It is written now, if it differs. */
void life_save(struct life *life);
/* Nothing is written any more: what the file says now is what the next daemon gets. */
void life_seal(struct life *life);

/* Who keeps descriptors; NULL: nobody, and nothing is to outlive us. */
const struct datapath_keeper *life_keeper(struct life *life);

G_END_DECLS
