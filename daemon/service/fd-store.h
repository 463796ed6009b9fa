/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * systemd's file descriptor store: what is put there comes back, by its name, when the service is started again,
 * however it ended. Without systemd nothing is kept, and nothing comes.
 */
#pragma once

#include "datapath/keeper.h"

G_BEGIN_DECLS

struct fd_store;

/* Takes what the service manager has passed (LISTEN_FDS, LISTEN_FDNAMES). */
struct fd_store *fd_store_new(void);
void fd_store_free(struct fd_store *store);

const struct datapath_keeper *fd_store_keeper(struct fd_store *store);

/* Nobody has asked for the rest: it is given up, programs are taken off their devices. */
void fd_store_clear(struct fd_store *store);

G_END_DECLS
