/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames of the simulated hosts: what a bond announces, what crosses the cables, what a bridge floods.
 */
#include "world.h"

#include "engine/announce.h"

#include <gio/gio.h>

static void
capture(struct device *far_end, const guint8 *frame, gsize len)
{
	struct world_frame *seen = g_new0(struct world_frame, 1);

	seen->at = far_end->world->now;
	seen->port = far_end->cable;
	seen->bytes = g_bytes_new(frame, len);
	g_ptr_array_add(far_end->world->frames, seen);
}

/* A bridge floods what is for a group; it learns nothing: unicast frames do not matter to anyone here. */
static void
flood(struct device *from, const guint8 *frame, gsize len)
{
	const struct device *bridge = from->master;

	if (bridge == NULL || bridge->kind != DEVICE_BRIDGE || !bridge->up || (frame[0] & 1) == 0)
		return;
	for (guint i = 0; i < from->world->devices->len; i++) {
		struct device *device = g_ptr_array_index(from->world->devices, i);

		if (device != from && device->master == bridge && device_carrier(device))
			capture(device, frame, len);
	}
}

void
world_transmit(struct device *device, const guint8 *frame, gsize len)
{
	struct device *far_end = device->cable;

	if (len < 2 * BOND_ETH_ALEN || far_end == NULL || !device_carrier(device))
		return;
	if (far_end->kind != DEVICE_FAR_END)
		return;
	capture(far_end, frame, len);
	flood(far_end, frame, len);
}

static void
announce_addresses(const struct device *device, gboolean ipv6, struct device *port)
{
	for (guint i = 0; i < device->addresses->len; i++) {
		const struct device_address *address = &g_array_index(device->addresses, struct device_address, i);
		guint8 frame[ANNOUNCE_FRAME_MAX];
		guint32 ip;
		gsize len;

		if (address->is_ipv6 != ipv6 || address->valid_from > device->world->now)
			continue;
		memcpy(&ip, address->bytes, sizeof(ip));
		if (ipv6)
			len = announce_na(&device->mac, device->vlan, address->bytes, FALSE, frame);
		else
			len = announce_arp(&device->mac, device->vlan, ip, frame);
		world_transmit(port, frame, len);
	}
}

/* The order of the kernel's notifiers: IPv4, then the VLANs above, then IPv6. */
void
world_notify_peers(struct device *device, struct device *port)
{
	if (!device->up)
		return;
	announce_addresses(device, FALSE, port);
	for (guint i = 0; i < device->world->devices->len; i++) {
		struct device *upper = g_ptr_array_index(device->world->devices, i);

		if (upper->lower == device) {
			upper->mac = device->mac;
			world_notify_peers(upper, port);
		}
	}
	if (device->ipv6)
		announce_addresses(device, TRUE, port);
}

static const struct device *
owner_of(const struct world *world, enum device_side side, const GInetAddress *ip)
{
	gsize size = g_inet_address_get_native_size((GInetAddress *) ip);
	const guint8 *bytes = g_inet_address_to_bytes((GInetAddress *) ip);

	for (guint i = 0; i < world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(world->devices, i);

		if (device->side != side || !device->up)
			continue;
		for (guint n = 0; n < device->addresses->len; n++)
			if (memcmp(g_array_index(device->addresses, struct device_address, n).bytes, bytes, size) == 0)
				return device;
	}
	return NULL;
}

/* A bond reaches a bridge over any port that may send and whose far end belongs to the bridge. */
static gboolean
bond_reaches(const struct device *bond, const struct device *bridge)
{
	const struct world *world = bond->world;

	if (bond->plan == NULL || !device_carrier(bond))
		return FALSE;
	for (guint i = 0; i < world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(world->devices, i);
		const struct bond_port *port = device->master == bond ? device_port(device) : NULL;

		if (port != NULL && (bond->plan->usable >> port_id(port) & 1) != 0 && device->cable != NULL &&
		    device->cable->master == bridge)
			return TRUE;
	}
	return FALSE;
}

static const struct device *
first_bond_with_address(const struct world *world)
{
	for (guint i = 0; i < world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(world->devices, i);

		if (device->kind == DEVICE_BOND && device->side == SIDE_HOST && device->addresses->len > 0)
			return device;
	}
	return NULL;
}

gboolean
world_ping(struct world *world, enum device_side side, const char *address)
{
	g_autoptr(GInetAddress) ip = g_inet_address_new_from_string(address);
	enum device_side other = side == SIDE_HOST ? SIDE_SWITCH : SIDE_HOST;
	const struct device *target;
	const struct device *bond;
	const struct device *bridge;

	if (ip == NULL)
		return FALSE;
	if (owner_of(world, side, ip) != NULL)
		return TRUE;
	target = owner_of(world, other, ip);
	if (target == NULL)
		return FALSE;
	bond = side == SIDE_HOST ? first_bond_with_address(world) : target;
	bridge = side == SIDE_HOST ? target : world_find(world, SIDE_SWITCH, "br0");
	return bond != NULL && bridge != NULL && bridge->up && bond_reaches(bond, bridge);
}
