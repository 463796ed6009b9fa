/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connection settings as the text of a NetworkManager keyfile. The settings are generic: what a property's type says
 * is enough for most, a table names those that keyfiles spell otherwise.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ifcfg_keyfile_format:
 * @settings: a{sa{sv}}, as NetworkManager's D-Bus API has it
 * @extra: (nullable): a{ss} of options that NetworkManager's bond has not; they become "bondd.NAME" of the section
 *   "user", which NetworkManager keeps and does not use
 * @lost: (element-type utf8): takes a sentence for each thing that no keyfile can say
 *
 * Never fails: what cannot be said is left out and told.
 *
 * Returns: (transfer full): the text
 */
char *ifcfg_keyfile_format(GVariant *settings, GVariant *extra, GPtrArray *lost);

G_END_DECLS
