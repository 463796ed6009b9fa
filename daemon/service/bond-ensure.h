/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond as it shall be, whatever there is of it.
 */
#pragma once

#include "bonds.h"
#include "host-options.h"

G_BEGIN_DECLS

/**
 * bond_ensure_difference:
 * @options: a{ss}; what it does not name shall have its default
 * @defaults: of the host side
 * @rebuild: (out): some of it needs a bond without ports, or one made anew
 *
 * Returns: (transfer full): a{ss} to be set on @bond, or %NULL with an error if @options are wrong in themselves.
 */
GVariant *bond_ensure_difference(BondObject *bond, GVariant *options, const struct host_options *defaults,
				 gboolean *rebuild, GError **error);

/**
 * bond_ensure:
 * @options: a{ss}, as bonds_create(), and "ifindex": of the interface that it must be, which is never made then
 *
 * Makes a bond, on an interface that is there for it if there is one, or gives the options to the bond of this name.
 *
 * Returns: (transfer none): the bond, or %NULL: nothing was changed.
 */
BondObject *bond_ensure(struct service_context *context, const char *name, GVariant *options, GError **error);

G_END_DECLS
