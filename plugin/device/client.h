/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bondd, asked over D-Bus without ever waiting: NetworkManager's main loop must go on. bondd carries out the calls of
 * one client in the order they were made, so nothing here waits for an answer before the next call.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CLIENT_TYPE (client_get_type())
G_DECLARE_FINAL_TYPE(Client, client, BONDD, CLIENT, GObject)

/**
 * client_new:
 *
 * On the system bus, once that answers.
 *
 * Returns: (transfer full)
 */
Client *client_new(void);

/* @error: why it was not done, as GDBus has it, or %NULL. Not called any more once @cancellable is cancelled. */
typedef void (*client_done)(gpointer user, const GError *error);

/**
 * client_ensure_bond:
 * @ifindex: of its interface; without that there is no bond to be made any more when bondd comes to it
 * @options: (element-type utf8 utf8): in the kernel's spelling; what is not named has its default
 *
 * Makes the bond of this name, on the interface that is there, or changes the one that exists.
 */
void client_ensure_bond(Client *self, const char *name, int ifindex, GHashTable *options, GCancellable *cancellable,
			client_done done, gpointer user);

/* What a profile of a port says; -1 and FALSE: nothing. */
struct port_options {
	gint32 queue_id;
	gboolean has_prio;
	gint32 prio;
};

/**
 * client_add_port:
 *
 * A port that is in the bond already stays there. After @cancellable was cancelled the port is taken out again.
 */
void client_add_port(Client *self, const char *bond, const char *port, const struct port_options *options,
		     GCancellable *cancellable, client_done done, gpointer user);

/* Whether bondd took it out is of no interest: it may be gone already. */
void client_remove_port(Client *self, const char *bond, const char *port);

/**
 * client_empty_bond:
 * @done: called once, without an error: when all ports are out or cannot be taken out, when bondd has not answered for
 *   some seconds, or where there is no bondd
 *
 * Takes all ports out of a bond.
 */
void client_empty_bond(Client *self, const char *bond, client_done done, gpointer user);

G_END_DECLS
