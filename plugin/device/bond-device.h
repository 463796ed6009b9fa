/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A device of NetworkManager's type bond whose work is done by bondd: a class below NetworkManager's own NMDeviceBond,
 * with other functions where that one speaks with the kernel's driver.
 */
#pragma once

#include "client.h"
#include "nm/nm-abi.h"

G_BEGIN_DECLS

/**
 * bond_device_register:
 * @parent: the type NMDeviceBond
 * @tun: the link type that NetworkManager gives to TAP devices
 *
 * Returns: the type; the first call makes it.
 */
GType bond_device_register(GType parent, NMLinkType tun);

/**
 * bond_device_new:
 * @type: of bond_device_register()
 * @iface: name of the bond
 *
 * Returns: (transfer full): the device.
 */
NMDevice *bond_device_new(GType type, const char *iface, NMLinkType tun, Client *client);

G_END_DECLS
