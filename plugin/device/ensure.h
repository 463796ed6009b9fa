/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond as its profile wants it, where what NetworkManager could not check may be wrong.
 */
#pragma once

#include "client.h"

G_BEGIN_DECLS

/**
 * ensure_bond:
 * @ifindex: as client_ensure_bond() has it
 * @options: (element-type utf8 utf8): of the setting "bond"; all of them must do
 * @extra: (element-type utf8 utf8): of the [user] section; one that bondd refuses is left out, with a line in the log
 * @done: not called any more once @cancellable is cancelled
 */
void ensure_bond(Client *client, const char *name, int ifindex, GHashTable *options, GHashTable *extra,
		 GCancellable *cancellable, client_done done, gpointer user);

G_END_DECLS
