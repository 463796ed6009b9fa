/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way to bondd: calls over D-Bus, and errors told with what to do about them.
 */
#pragma once

#include "exit-codes.h"
#include "flags.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BUS_NAME	    "org.example.Bond"
#define ROOT_PATH	    "/org/example/Bond"
#define MANAGER_INTERFACE   "org.example.Bond.Manager"
#define BOND_INTERFACE	    "org.example.Bond"
#define PORT_INTERFACE	    "org.example.Bond.Port"
#define LACP_INTERFACE	    "org.example.Bond.Lacp"
#define PORT_LACP_INTERFACE "org.example.Bond.Port.Lacp"

struct client {
	const struct flags *flags; /* what was asked for on the command line */
	GDBusConnection *connection;
	gboolean may_start;	/* calls start bondd if it does not run and the bus knows how */
	enum exit_code failure; /* of the last call that failed */
};

/* Prints why and returns FALSE if there is no bus. @client has its flags already. */
gboolean client_open(struct client *client);

/* Whether a flag was given. */
gboolean client_has(const struct client *client, enum flag flag);

void client_close(struct client *client);

/**
 * client_call:
 * @arguments: (transfer floating) (nullable)
 * @reply_type: what the answer must look like
 *
 * Calls a method of the service; if it takes a password, the user is asked for it. A failure is printed and left in @client->failure.
 *
 * Returns: (transfer full) (nullable): the answer.
 */
GVariant *client_call(struct client *client, const char *path, const char *interface, const char *method,
		      GVariant *arguments, const char *reply_type);

/* What bondctl ends with if the service refused with the D-Bus error of this name. */
enum exit_code client_code_of(const char *error_name);

/* client_call() of the manager, for calls without an answer. */
enum exit_code client_do(struct client *client, const char *method, GVariant *arguments);

/* Prints "bondctl: …" on stderr. */
void client_complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

G_END_DECLS
