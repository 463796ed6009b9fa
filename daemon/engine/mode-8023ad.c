/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 802.3ad: what the option table, status and refusals need to know of the mode.
 */
#include "bond-private.h"

/* A bond has no LACP system of its own before its first port: priority and address read as zero. */
static void
status(const struct bond *bond, GString *text)
{
	const struct bond_params *params = &bond->params;

	g_string_append(text, "\n802.3ad info\n");
	g_string_append_printf(text, "LACP active: %s\n", params->lacp_active ? "on" : "off");
	g_string_append_printf(text, "LACP rate: %s\n", params->lacp_fast ? "fast" : "slow");
	g_string_append_printf(text, "Min links: %u\n", params->min_links);
	g_string_append_printf(text, "Aggregator selection policy (ad_select): %s\n",
			       bond_option_value_name(BOND_OPT_AD_SELECT, params->ad_select));
	g_string_append(text, "System priority: 0\nSystem MAC address: 00:00:00:00:00:00\n");
	g_string_append_printf(text, "bond %s has no active aggregator\n", bond->name);
}

const struct bond_mode_ops bond_mode_8023ad = {
    .name = "802.3ad",
    .description = "IEEE 802.3ad Dynamic link aggregation",
    .needs_speed_duplex = TRUE,
    .built = FALSE,
    .status = status,
};
