/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The set of bonds: made, found and removed by name.
 */
#pragma once

#include "bond-object.h"
#include "port-object.h"

G_BEGIN_DECLS

/**
 * bonds_create:
 * @options: a{ss}, the driver's options and our own (see CreateBond() in the introspection)
 *
 * Returns: (transfer none): the new bond, exported.
 */
BondObject *bonds_create(struct service_context *context, const char *name, GVariant *options, GError **error);

/* @bond: (transfer full) */
void bonds_add(struct service_context *context, BondObject *bond);

/* Releases its ports, removes its interface and its object. */
void bonds_remove(struct service_context *context, BondObject *bond);

/* NULL without an error if there is none. */
BondObject *bonds_peek(const struct service_context *context, const char *name);
/* The port of this name, of any bond. */
PortObject *bonds_peek_port(const struct service_context *context, const char *name);

/* As above, with SERVICE_ERROR_NO_SUCH_BOND and SERVICE_ERROR_NO_SUCH_PORT. */
BondObject *bonds_find(const struct service_context *context, const char *name, GError **error);
PortObject *bonds_find_port(const struct service_context *context, const char *name, GError **error);

G_END_DECLS
