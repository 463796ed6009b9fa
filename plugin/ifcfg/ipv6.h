/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_ipv6_read:
 * @network: (nullable): /etc/sysconfig/network, for IPV6INIT and IPV6_DEFAULTGW
 *
 * The section "ipv6": method "ignore" unless IPV6INIT=yes, addresses, gateway, privacy, DNS. To be called after
 * ifcfg_ipv4_read(): search domains that IPv4 did not take become IPv6's.
 */
void ifcfg_ipv6_read(struct ifcfg_file *file, struct ifcfg_file *network, struct ifcfg_settings *settings);

G_END_DECLS
