/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options between D-Bus, where each has a type, and the engine, which reads and writes text in the driver's spelling.
 */
#pragma once

#include "engine/options.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * option_values_to_text:
 * @options: a{sv}: names of options, and values of their type, of another integer type, or as text
 * @error: SERVICE_ERROR_INVALID_VALUE
 *
 * Whether the names and values are right is left to the engine; a value must only be one that can be written down.
 *
 * Returns: (transfer full): a{ss}, or %NULL.
 */
GVariant *option_values_to_text(GVariant *options, GError **error);

/**
 * option_value_to_text:
 * @name: of the option, for the message
 *
 * Returns: (transfer full): one value as text, or %NULL with SERVICE_ERROR_INVALID_VALUE.
 */
char *option_value_to_text(const char *name, GVariant *value, GError **error);

/**
 * option_value_from_text:
 * @text: as bond_get_option() and bond_get_port_option() have it
 *
 * Returns: (transfer floating): the value in the option's own type.
 */
GVariant *option_value_from_text(const struct bond_option *option, const char *text);

/**
 * option_is_setting:
 *
 * Returns: whether @option is one of a bond that somebody sets. active_slave is what happens, and slaves, queue_id and
 *   the like are of ports.
 */
gboolean option_is_setting(const struct bond_option *option);

/**
 * option_property_name:
 *
 * Returns: (transfer full): the D-Bus property of an option: XmitHashPolicy of xmit_hash_policy. Two have our own
 *   words, as they are more than options: ActivePort is active_slave, Ports is slaves.
 */
char *option_property_name(const struct bond_option *option);

/**
 * option_of_property:
 *
 * Returns: (nullable): the option whose property this is.
 */
const struct bond_option *option_of_property(const char *property);

G_END_DECLS
