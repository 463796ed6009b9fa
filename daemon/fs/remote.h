/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bonds as bondd shows them on D-Bus, for callers that want an errno.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

struct remote_port {
	char *name;
	char *path; /* of its object */
};

struct remote_bond {
	char *name;
	char *path;
	GPtrArray *ports; /* struct remote_port, in the order they were added */
};

/**
 * remote_open:
 * @bus: G_BUS_TYPE_SYSTEM or G_BUS_TYPE_SESSION
 *
 * Returns: (transfer full): the connection, or %NULL with an error.
 */
GDBusConnection *remote_open(GBusType bus, GError **error);

/**
 * remote_bonds:
 * @errnum: (out): 0 or an errno: EIO if bondd does not answer
 *
 * Returns: (transfer full) (element-type struct remote_bond): what there is just now, by name; %NULL on error.
 */
GPtrArray *remote_bonds(GDBusConnection *connection, int *errnum);

/* %NULL if there is none. @bond: (out) (optional): to which the port belongs. */
const struct remote_bond *remote_find_bond(const GPtrArray *bonds, const char *name);
const struct remote_port *remote_find_port(const GPtrArray *bonds, const char *name, const struct remote_bond **bond);

/**
 * remote_read:
 * @path: an object
 * @method: of @interface, that takes @arguments and returns one string
 * @arguments: (transfer floating) (nullable)
 * @text: (out) (transfer full): the string
 *
 * Returns: 0 or an errno: that of the kernel's driver where bondd refuses as the driver does.
 */
int remote_read(GDBusConnection *connection, const char *path, const char *interface, const char *method,
		GVariant *arguments, char **text);

/* The same of a method that changes something; what it returns is not looked at. */
int remote_call(GDBusConnection *connection, const char *path, const char *interface, const char *method,
		GVariant *arguments);

#define REMOTE_ROOT    "/org/example/Bond"
#define REMOTE_MANAGER "org.example.Bond.Manager"
#define REMOTE_BOND    "org.example.Bond"
#define REMOTE_PORT    "org.example.Bond.Port"

G_END_DECLS
