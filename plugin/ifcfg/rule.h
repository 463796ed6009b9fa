/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules of policy routing: ROUTING_RULE_n and ROUTING_RULE6_n of ifcfg files, and the lines of rule-NAME and rule6-NAME
 * that the old scripts gave to `ip rule add`. Both become the entries of NetworkManager's "routing-rules".
 */
#pragma once

#include "directory.h"
#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_rules_read_variables:
 *
 * Sets "routing-rules" of the "ipv4" and "ipv6" sections. Those that are no rule are reported and left out.
 */
void ifcfg_rules_read_variables(struct ifcfg_file *file, struct ifcfg_settings *settings);

/**
 * ifcfg_rules_read:
 * @family: AF_INET or AF_INET6
 * @text: a file of rules; one without priority is fine here
 *
 * Sets "routing-rules" of the family's section.
 */
void ifcfg_rules_read(int family, const struct directory_file *text, struct ifcfg_settings *settings,
		      GPtrArray *diagnostics);

G_END_DECLS
