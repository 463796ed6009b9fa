/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_ipv4_read:
 * @network: (nullable): /etc/sysconfig/network, for GATEWAY and GATEWAYDEV
 * @aliases: (nullable) (element-type struct ifcfg_file): ifcfg-NAME:n and ifcfg-NAME-rangen
 *
 * The section "ipv4": BOOTPROTO, IPADDRn with PREFIXn or NETMASKn, GATEWAYn, DEFROUTE, DNSn and what the table of
 * variables adds. Bad addresses are fatal, as they are for NetworkManager.
 */
void ifcfg_ipv4_read(struct ifcfg_file *file, struct ifcfg_file *network, const GPtrArray *aliases,
		     struct ifcfg_settings *settings);

G_END_DECLS
