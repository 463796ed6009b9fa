/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the service shows: its bonds and ports, as one call of the object manager returns them.
 */
#pragma once

#include "client.h"

G_BEGIN_DECLS

struct object {
	char *path;
	char *name;
	gboolean is_bond;
	GVariant *properties; /* a{sv} of org.example.Bond or org.example.Bond.Port */
	GVariant *lacp;	  /* a{sv} of org.example.Bond.Lacp or org.example.Bond.Port.Lacp; NULL: not in mode 802.3ad */
	GPtrArray *ports; /* of a bond: struct object, in the order that they were added */
};

/**
 * objects_read:
 *
 * Returns: (transfer full) (nullable) (element-type struct object): the bonds, by name; %NULL if the service did not
 * answer, which has been printed.
 */
GPtrArray *objects_read(struct client *client);

/* The same of one bond only; of all if @name is NULL. That there is no such bond has been printed. */
GPtrArray *objects_read_one(struct client *client, const char *name);

/* NULL if there is none. @bond: (out) (optional): the bond that a port belongs to. */
const struct object *objects_find_bond(const GPtrArray *bonds, const char *name);
const struct object *objects_find_port(const GPtrArray *bonds, const char *name, const struct object **bond);

/* A property, or what stands for one that an older service has not got. */
const char *object_string(const struct object *object, const char *property);
gboolean object_boolean(const struct object *object, const char *property);
guint64 object_number(const struct object *object, const char *property);

/* The same of LACP. */
const char *object_lacp_string(const struct object *object, const char *property);
guint64 object_lacp_number(const struct object *object, const char *property);

/**
 * objects_describe:
 * @bonds: (element-type struct object): bonds, or ports of one
 *
 * Returns: (transfer floating): all of their properties for JSON, aa{sv}: each object as json_add_properties() has it,
 *   with LACP's under "lacp" and, of a bond, the ports' under "ports".
 */
GVariant *objects_describe(const GPtrArray *bonds);

/* Prints that there is no such bond or port. */
enum exit_code objects_not_found(const char *name);

G_END_DECLS
