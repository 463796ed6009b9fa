/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ports of a bond that NetworkManager is not to touch, as an ifcfg file with NM_CONTROLLED=no has it: the bond takes them
 * whenever they are there.
 */
#pragma once

#include "client.h"
#include "nm/nm-abi.h"

G_BEGIN_DECLS

struct own_ports;

/* @bond: name of the bond */
struct own_ports *own_ports_new(Client *client, const char *bond);
void own_ports_free(struct own_ports *own);

/**
 * own_ports_set:
 * @platform: tells of interfaces that come
 * @names: what the ports shall be
 * @user: (element-type utf8 utf8): [user] section of the bond's profile, which has options of ports
 *
 * The bond exists. Those that are not wanted any more leave it.
 */
void own_ports_set(struct own_ports *own, NMPlatform *platform, const char *const *names, GHashTable *user);

/* The bond is about to go: none is wanted any more. bondd lets them go with the bond. */
void own_ports_clear(struct own_ports *own);

G_END_DECLS
