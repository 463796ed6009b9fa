/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ifcfg files as SUSE has them, said in Red Hat's words before anybody reads them: STARTMODE, BONDING_SLAVEn in the
 * file of the bond, BONDING_MODULE_OPTS, addresses with their prefix and a suffix of any kind, ETHERDEVICE, BRIDGE_PORTS,
 * LLADDR, and no DEVICE.
 */
#pragma once

#include "ifcfg-file.h"

G_BEGIN_DECLS

/**
 * ifcfg_suse_translate:
 * @files: (element-type struct ifcfg_file): all files of a directory
 *
 * Adds variables to the files that are written SUSE's way, and, for the ports that they name, files that nobody wrote;
 * their variables stand where the port is named. Files of Red Hat's kind stay as they are.
 */
void ifcfg_suse_translate(GPtrArray *files);

/* Whose routes are wanted. */
struct suse_interface {
	const char *device;
	int family;
	gboolean is_own;     /* the file is its own: lines that name no interface are for it */
	GVariant *addresses; /* nullable: aa{sv}; else such lines are if their gateway is in one of its networks */
};

/**
 * ifcfg_suse_translate_routes:
 * @text: ifroute-NAME, or the file "routes": DESTINATION GATEWAY NETMASK INTERFACE [TYPE] [OPTIONS], `-` for none
 *
 * Returns: (transfer full): the lines in the words of `ip route`, as many as there were; those of others are empty
 */
char *ifcfg_suse_translate_routes(const char *text, gsize length, const struct suse_interface *interface);

G_END_DECLS
