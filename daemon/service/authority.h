/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may do what: root everything, everybody else what polkit lets them. polkit is asked over D-Bus, by its documented
 * interface and without its library, because its absence is an ordinary case here: then root alone may change bonds.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define AUTHORITY_ACTION_PREFIX "org.example.Bond."

struct authority_question {
	const char *sender;   /* unique name on the bus */
	const char *action;   /* after AUTHORITY_ACTION_PREFIX, one of those that authority_knows() */
	GVariant *details;    /* a{ss}, for rules and for the text of the dialogue */
	gboolean interaction; /* the caller waits while somebody types a password */
};

/* Whether data/org.example.Bond.policy has this action. */
gboolean authority_knows(const char *action);

/**
 * authority_is_trusted:
 * @uid: of a caller, by the bus
 *
 * Returns: whether it is root, or the very user that runs the service (on a session bus).
 */
gboolean authority_is_trusted(guint32 uid);

/**
 * authority_ask:
 * @cancellable: when cancelled, a dialogue that is open is closed
 *
 * Asks polkit whether a caller that is not trusted may do something. Never blocks; there is one call of @callback.
 */
void authority_ask(GDBusConnection *connection, const struct authority_question *question, GCancellable *cancellable,
		   GAsyncReadyCallback callback, gpointer user);

/**
 * authority_ask_finish:
 * @error: G_DBUS_ERROR_ACCESS_DENIED, SERVICE_ERROR_INTERACTION_REQUIRED or G_IO_ERROR_CANCELLED
 *
 * Returns: whether it may.
 */
gboolean authority_ask_finish(GAsyncResult *result, GError **error);

G_END_DECLS
