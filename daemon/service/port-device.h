/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network device behind a port: made ready for a bond, and given back as it was.
 */
#pragma once

#include "context.h"
#include "state-text.h"

#include "engine/bond.h"

G_BEGIN_DECLS

/* What a device was before it became a port. */
struct port_device {
	const struct service_context *context;
	char name[BOND_NAME_SIZE];
	int ifindex;
	gboolean was_up;
	gboolean was_rxvlan;
	gboolean was_ipv6; /* IPv6 was not disabled on it */
	struct bond_mac mac;
	guint mtu;
	gboolean promisc; /* as we set it */
	gboolean taken;
};

/**
 * port_device_take:
 * @name: of the device
 * @info: (out): what the engine must know of it; its name is that of @device
 * @error: SERVICE_ERROR_NO_DEVICE, LINK_ERROR
 *
 * Remembers the device's state and makes it ready: sets it down (the engine, as the kernel, takes no device that is
 * up), switches its own IPv6 off (the kernel does that for a port by IFF_SLAVE: otherwise the port would announce
 * the bond's link-local address as its own), opens its filter for all multicast frames and lets VLAN tags stay in the
 * frames. A device that the engine refuses
 * anyway, because it has a master or is the loopback, is not touched.
 */
gboolean port_device_take(struct port_device *device, const struct service_context *context, const char *name,
			  struct bond_port_info *info, GError **error);

/**
 * port_device_give_back:
 *
 * Restores what the device was. The MAC and MTU are checked too, should the engine not have been able to. What fails
 * is logged: there is nobody to tell.
 */
void port_device_give_back(struct port_device *device);

/**
 * port_device_adopt:
 *
 * The device was taken by an earlier daemon; @saved says what it was before. Its filters are opened again, else nothing
 * is done to it.
 */
void port_device_adopt(struct port_device *device, const struct service_context *context, const struct link_info *link,
		       const struct state_port *saved);
/* For the next daemon. */
void port_device_save(const struct port_device *device, struct state_port *saved);

/* Follows a rename. */
void port_device_set_name(struct port_device *device, const char *name);

/* One user's: what others have switched on stays on. */
gboolean port_device_set_promisc(struct port_device *device, gboolean on, GError **error);

/* What a device is, for the engine; its name is that of @link. */
void port_device_info(const struct link_info *link, struct bond_port_info *info);
/* What it says of its link now. */
void port_device_link(const struct link_info *info, struct bond_port_link *link);

G_END_DECLS
