/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of a bond's profile as bondd takes them: NetworkManager's own rules for what a profile leaves out, and the
 * options that its setting "bond" does not have.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Before the name of an option in a profile's [user] section; plugin/ifcfg/keyfile.c writes it, too. */
#define BOND_OPTIONS_PREFIX "bondd."

/**
 * bond_options_new:
 *
 * Returns: (transfer full) (element-type utf8 utf8): a table that owns its strings.
 */
GHashTable *bond_options_new(void);

/* A table with all that is in @table. */
GHashTable *bond_options_copy(GHashTable *table);

/* Puts all that is in @from into @to. */
void bond_options_add(GHashTable *to, GHashTable *from);

/**
 * bond_options_complete:
 * @options: (element-type utf8 utf8): of a profile; its strings are owned
 *
 * What NetworkManager tells the kernel for such a profile: links are watched unless the profile says otherwise, one
 * monitor excludes the other, and active_slave is an old name of primary.
 */
void bond_options_complete(GHashTable *options);

/**
 * bond_options_extra:
 * @options: (element-type utf8 utf8): what the profile's setting "bond" says; it goes before
 * @user: (element-type utf8 utf8): the profile's [user] section
 *
 * Returns: (transfer full) (element-type utf8 utf8): the options of the bond that are named there.
 */
GHashTable *bond_options_extra(GHashTable *options, GHashTable *user);

/**
 * bond_options_queue_id:
 * @user: (element-type utf8 utf8): [user] section of a bond's profile: bondd.queue_id=PORT:NUMBER, several with commas
 *
 * Returns: the queue of a port, -1 if nothing (right) is said of it.
 */
gint32 bond_options_queue_id(GHashTable *user, const char *port);

/**
 * bond_options_fixed_difference:
 *
 * Returns: (nullable): an option that is not the same in both tables, and that cannot be changed while the bond is up
 *   with its ports.
 */
const char *bond_options_fixed_difference(GHashTable *before, GHashTable *after);

G_END_DECLS
