/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What bondd keeps of its bonds for its own next start: it is asked where there is no time to ask bondd.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where bondd keeps it. */
#define SAVED_BONDS "/run/bondd/state"

/**
 * saved_bond_exists:
 * @state: the file, usually SAVED_BONDS
 *
 * Returns: whether @name is the interface of a bond of bondd.
 */
gboolean saved_bond_exists(const char *state, const char *name);

/**
 * saved_bond_options:
 *
 * Returns: (transfer full) (nullable) (element-type utf8 utf8): the options of a bond as profiles of NetworkManager have
 *   them, without those that have NetworkManager's default and those that it does not know; %NULL if there is no such
 *   bond.
 */
GHashTable *saved_bond_options(const char *state, const char *name);

G_END_DECLS
