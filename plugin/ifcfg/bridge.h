/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_bridge_read:
 *
 * The section "bridge": STP, DELAY, BRIDGING_OPTS, BRIDGE_MACADDR and BRIDGE_VLANS. What NetworkManager leaves out is
 * reported, what it refuses is fatal.
 */
void ifcfg_bridge_read(struct ifcfg_file *file, const char *device, struct ifcfg_settings *settings);

/**
 * ifcfg_bridge_read_port:
 *
 * The section "bridge-port" of a port of a bridge: BRIDGING_OPTS and BRIDGE_PORT_VLANS.
 */
void ifcfg_bridge_read_port(struct ifcfg_file *file, struct ifcfg_settings *settings);

/**
 * ifcfg_bridge_format:
 * @text: (nullable): a value as a keyfile has it
 * @value: (out) (transfer full) (nullable): what the option has to be
 *
 * Returns: (nullable): the name of the option of BRIDGING_OPTS that becomes @property, or %NULL if there is none or it
 *   has no such value
 */
const char *ifcfg_bridge_format(gboolean is_port, const char *property, const char *text, char **value);

G_END_DECLS
