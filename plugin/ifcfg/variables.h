/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * THE table of variables of ifcfg files: what becomes of each. Plain ones become a property by the table alone;
 * the others are read by the file named after their subject. What is left over is reported.
 */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/* When a plain variable is looked at. */
enum variable_group {
	VARIABLE_OF_CONNECTION, /* always */
	VARIABLE_OF_IPV4,	/* IPv4 in any form */
	VARIABLE_OF_IPV4_ON,	/* IPv4 that is not disabled */
	VARIABLE_OF_IPV6,	/* IPv6 in any form */
	VARIABLE_OF_IPV6_ON,	/* IPv6 that is neither ignored nor disabled */
	VARIABLE_OF_OTHERS,	/* always, in the sections that have no file of their own */
	VARIABLE_ELSEWHERE,	/* not plain */
};

/**
 * ifcfg_variables_apply:
 *
 * Turns the plain variables of @group into properties.
 */
void ifcfg_variables_apply(struct ifcfg_file *file, struct ifcfg_settings *settings, enum variable_group group);

/**
 * ifcfg_variables_skip:
 *
 * Takes the variables of @group for looked at: they have no meaning in this profile, a port. Those that say more than
 * that the port has none of it are reported.
 */
void ifcfg_variables_skip(struct ifcfg_file *file, enum variable_group group);

/**
 * ifcfg_variables_report_unused:
 *
 * Reports every variable that nobody has looked at: known but not handled, or unknown.
 */
void ifcfg_variables_report_unused(struct ifcfg_file *file);

/**
 * ifcfg_variables_format:
 * @text: (nullable): a value as a keyfile has it; %NULL: none
 * @value: (out) (transfer full) (nullable): what the variable has to be; %NULL: unset
 *
 * Returns: (nullable): the name of the plain variable that becomes @section.@property, or %NULL if there is none or it
 *   has no such value
 */
const char *ifcfg_variables_format(const char *section, const char *property, const char *text, char **value);

/**
 * ifcfg_variables_name:
 *
 * Returns: (nullable): the name of the table's row @i, less the number behind it; %NULL after the last
 */
const char *ifcfg_variables_name(guint i);

G_END_DECLS
