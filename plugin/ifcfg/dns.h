/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Name servers, DNS1 to DNSn, and what DHCP is told of names: alike for both families.
 */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_dns_read:
 * @family: AF_INET or AF_INET6; servers of the other one are left to its section
 *
 * Sets "dns-data" and "dns" of the family's section if there is a server. The first number that is missing ends them.
 */
void ifcfg_dns_read(struct ifcfg_file *file, int family, struct ifcfg_settings *settings);

/**
 * ifcfg_dns_check_flags:
 * @name: the property that flags of a full name need
 *
 * Reports what NetworkManager refuses of "dhcp-hostname-flags".
 */
void ifcfg_dns_check_flags(struct ifcfg_file *file, struct ifcfg_settings *settings, const char *section,
			   const char *name);

/**
 * ifcfg_dns_split_options:
 * @variable: (nullable): where they come from
 *
 * Returns: (transfer full): the options of the resolver in @text, each once; those that are none are reported
 */
GStrv ifcfg_dns_split_options(struct ifcfg_file *file, const char *variable, const char *text);

G_END_DECLS
