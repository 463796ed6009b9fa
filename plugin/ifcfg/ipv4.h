/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ifcfg-file.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_ipv4_read:
 * @network: (nullable): /etc/sysconfig/network, for GATEWAY and GATEWAYDEV
 *
 * The section "ipv4": BOOTPROTO, IPADDRn with PREFIXn or NETMASKn, GATEWAYn, DEFROUTE, DNSn and what the table of
 * variables adds. Bad addresses are fatal, as they are for NetworkManager.
 */
void ifcfg_ipv4_read(struct ifcfg_file *file, struct ifcfg_file *network, struct ifcfg_settings *settings);

/**
 * ifcfg_ipv4_read_domains:
 *
 * Returns: (transfer full): the words of a list of search domains, each once
 */
GStrv ifcfg_ipv4_read_domains(struct ifcfg_file *file, const char *variable);

G_END_DECLS
