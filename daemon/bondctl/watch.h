/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the service tells by itself, until it ends, an interrupt comes, or nobody reads us any more.
 */
#pragma once

#include "client.h"

G_BEGIN_DECLS

struct watch {
	/* A signal of a bond, or of LACP on it. */
	void (*on_signal)(const char *bond, const char *signal, GVariant *parameters, gpointer user);
	/* A bond was made or removed; NULL if that does not matter. */
	void (*on_bond)(const char *bond, gboolean created, gpointer user);
	gpointer user;
};

struct watching;

/* From now on nothing is missed; what comes is told in watch_run(). */
struct watching *watch_begin(struct client *client, const struct watch *watch);

/* Frees @watching. */
enum exit_code watch_run(struct watching *watching);
void watch_end(struct watching *watching);

G_END_DECLS
