/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LACP in words, for “bondctl show” and “bondctl monitor”.
 */
#pragma once

#include "objects.h"
#include "table.h"

G_BEGIN_DECLS

/* Adds rows if the bond or port is in mode 802.3ad. */
void lacp_add_bond(Table *table, const struct object *bond);
void lacp_add_port(Table *table, const struct object *port);

/**
 * lacp_verdict:
 *
 * Returns: (transfer full): what is to be said of a port, in the user's language.
 */
char *lacp_verdict(const struct object *port);

G_END_DECLS
