/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include <errno.h>
#include <gio/gio.h>
#include <net/if_arp.h>

#define MTU_MIN 68
#define MTU_MAX 65535

static guint
mac_hash(gconstpointer key)
{
	const struct bond_mac *mac = key;

	return mac->b[5] | mac->b[4] << 8 | mac->b[3] << 16 | (guint) mac->b[2] << 24;
}

static gboolean
mac_equal(gconstpointer a, gconstpointer b)
{
	return bond_mac_equal(a, b);
}

gboolean
world_parse_mac(const char *text, struct bond_mac *mac)
{
	g_auto(GStrv) bytes = g_strsplit(text, ":", BOND_ETH_ALEN + 1);

	if (g_strv_length(bytes) != BOND_ETH_ALEN)
		return FALSE;
	for (guint i = 0; i < BOND_ETH_ALEN; i++) {
		guint64 value;

		if (!g_ascii_string_to_unsigned(bytes[i], 16, 0, G_MAXUINT8, &value, NULL))
			return FALSE;
		mac->b[i] = (guint8) value;
	}
	return TRUE;
}

static void
device_free(gpointer data)
{
	struct device *device = data;

	g_array_unref(device->addresses);
	g_array_unref(device->neighbours);
	g_array_unref(device->fdb);
	bond_plan_free(device->plan);
	g_free(device);
}

static void
frame_free(gpointer data)
{
	struct world_frame *frame = data;

	g_bytes_unref(frame->bytes);
	g_free(frame);
}

struct world *
world_new(void)
{
	struct world *world = g_new0(struct world, 1);
	struct device *lo;

	world->devices = g_ptr_array_new_with_free_func(device_free);
	world->flights = g_queue_new();
	world->keeps_frames = TRUE;
	world->frames = g_ptr_array_new_with_free_func(frame_free);
	world->log = g_ptr_array_new_with_free_func(g_free);
	world->macs = g_hash_table_new_full(mac_hash, mac_equal, g_free, NULL);
	world->chosen = g_hash_table_new_full(mac_hash, mac_equal, g_free, NULL);
	world->checks = world_new_checks();
	world->clock = (struct scenario_clock){.interval = 1, .period = 1};
	world->random = 0x2545f491;
	lo = world_add_device(world, DEVICE_LOOPBACK, SIDE_HOST, "lo");
	lo->up = TRUE;
	lo->mtu = 65536;
	return world;
}

void
world_free(struct world *world)
{
	world->changed = NULL;
	for (guint i = world->devices->len; i > 0; i--) {
		struct device *device = g_ptr_array_index(world->devices, i - 1);

		if (device->bond != NULL)
			bond_free(g_steal_pointer(&device->bond), world->now);
	}
	g_queue_free_full(world->flights, world_flight_free);
	g_ptr_array_unref(world->devices);
	g_ptr_array_unref(world->frames);
	g_ptr_array_unref(world->log);
	g_hash_table_unref(world->macs);
	g_hash_table_unref(world->chosen);
	g_array_unref(world->checks);
	g_free(world->broken);
	g_free(world);
}

struct device *
world_find(const struct world *world, enum device_side side, const char *name)
{
	for (guint i = 0; i < world->devices->len; i++) {
		struct device *device = g_ptr_array_index(world->devices, i);

		if (device->side == side && strcmp(device->name, name) == 0)
			return device;
	}
	return NULL;
}

char **
world_names(const struct world *world)
{
	GStrvBuilder *names = g_strv_builder_new();
	char **result;

	for (guint i = 0; i < world->devices->len; i++) {
		struct device *device = g_ptr_array_index(world->devices, i);

		if (device->side == SIDE_HOST)
			g_strv_builder_add(names, device->name);
	}
	result = g_strv_builder_end(names);
	g_strv_builder_unref(names);
	return result;
}

struct device *
world_add_device(struct world *world, enum device_kind kind, enum device_side side, const char *name)
{
	struct device *device = g_new0(struct device, 1);

	device->world = world;
	g_strlcpy(device->name, name, sizeof(device->name));
	device->ifindex = ++world->last_ifindex;
	device->kind = kind;
	device->type = kind == DEVICE_LOOPBACK ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
	device->side = side;
	device->mtu = 1500;
	device->speed = BOND_SPEED_UNKNOWN;
	device->duplex = BOND_DUPLEX_UNKNOWN;
	device->addresses = g_array_new(FALSE, TRUE, sizeof(struct device_address));
	device->neighbours = world_new_neighbours();
	device->fdb = world_new_fdb();
	device->plan_state.random = 1;
	g_ptr_array_add(world->devices, device);
	return device;
}

/* The recordings number devices by their names: p0 is 02:00:00:00:00:01, its far end 02:00:00:00:01:01. */
static struct bond_mac
numbered_mac(const char *name, guint8 group)
{
	const char *digits = name + strcspn(name, "0123456789");
	guint64 number = g_ascii_strtoull(digits, NULL, 10) + 1;

	return (struct bond_mac){{0x02, 0, 0, (guint8) (number >> 8), group, (guint8) number}};
}

struct bond_mac
world_far_mac(const char *name)
{
	return numbered_mac(name, 1);
}

static void
choose_mac(struct world *world, const struct bond_mac *mac)
{
	g_hash_table_add(world->chosen, g_memdup2(mac, sizeof(*mac)));
}

gboolean
world_mac_is_random(const struct world *world, const char *text)
{
	struct bond_mac mac;

	return world_parse_mac(text, &mac) && !g_hash_table_contains(world->chosen, &mac);
}

struct device *
world_add_port(struct world *world, enum device_kind kind, const char *name, const struct bond_mac *mac)
{
	struct device *port = world_add_device(world, kind, SIDE_HOST, name);
	g_autofree char *far_name = g_strconcat(name, "p", NULL);
	struct bond_mac numbered = numbered_mac(name, 0);

	device_take_mac(port, mac != NULL ? mac : &numbered);
	choose_mac(world, &port->mac);
	if (kind == DEVICE_DUMMY)
		return port;
	port->speed = 10000;
	port->duplex = BOND_DUPLEX_FULL;
	port->cable = world_add_device(world, DEVICE_FAR_END, SIDE_SWITCH, far_name);
	port->cable->cable = port;
	port->cable->mac = world_far_mac(name);
	port->cable->up = TRUE;
	port->cable->speed = port->speed;
	port->cable->duplex = port->duplex;
	return port;
}

static void
unlink_device(struct device *gone)
{
	struct world *world = gone->world;

	for (guint i = 0; i < world->devices->len; i++) {
		struct device *device = g_ptr_array_index(world->devices, i);

		if (device->master == gone)
			device->master = NULL;
		if (device->cable == gone)
			device->cable = NULL;
	}
}

/* VLANs go with the device below them. */
static struct device *
find_upper(const struct device *lower)
{
	for (guint i = 0; i < lower->world->devices->len; i++) {
		struct device *device = g_ptr_array_index(lower->world->devices, i);

		if (device->lower == lower)
			return device;
	}
	return NULL;
}

void
world_remove_device(struct device *device)
{
	struct world *world = device->world;
	struct device *upper;
	struct device *cable = device->cable;

	while ((upper = find_upper(device)) != NULL)
		world_remove_device(upper);
	if (device_port(device) != NULL)
		bond_port_gone(device_port(device), world->now);
	if (device->bond != NULL)
		bond_free(g_steal_pointer(&device->bond), world->now);
	unlink_device(device);
	world_drop_flights(device);
	world_forget_port(device);
	g_ptr_array_remove(world->devices, device);
	if (cable != NULL)
		world_remove_device(cable);
}

static gboolean
has_live_port(const struct device *bridge)
{
	for (guint i = 0; i < bridge->world->devices->len; i++) {
		const struct device *port = g_ptr_array_index(bridge->world->devices, i);

		if (port->master == bridge && device_carrier(port))
			return TRUE;
	}
	return FALSE;
}

gboolean
device_carrier(const struct device *device)
{
	if (!device->up)
		return FALSE;
	switch (device->kind) {
	case DEVICE_BOND:
		return device->carrier;
	case DEVICE_VLAN:
		return device_carrier(device->lower);
	case DEVICE_VETH:
	case DEVICE_TAP:
	case DEVICE_FAR_END:
		return device->cable != NULL && device->cable->up;
	case DEVICE_BRIDGE:
		return has_live_port(device);
	case DEVICE_DUMMY:
	case DEVICE_LOOPBACK:
	case DEVICE_OTHER:
		return TRUE;
	}
	g_return_val_if_reached(FALSE);
}

struct bond_port_link
device_link(const struct device *device)
{
	return (struct bond_port_link){
	    .running = device->up,
	    .carrier = device_carrier(device),
	    .speed = device->speed,
	    .duplex = device->duplex,
	};
}

struct bond_port *
device_port(const struct device *device)
{
	if (device->master == NULL || device->master->bond == NULL)
		return NULL;
	return bond_find_port_by_ifindex(device->master->bond, device->ifindex);
}

void
device_info(const struct device *device, struct bond_port_info *info)
{
	*info = (struct bond_port_info){
	    .name = device->name,
	    .ifindex = device->ifindex,
	    .type = device->type,
	    .loopback = device->kind == DEVICE_LOOPBACK,
	    .has_master = device->master != NULL,
	    .mac = device->mac,
	    .mtu = device->mtu,
	    .link = device_link(device),
	};
}

/* The modified EUI-64 address that a device gives itself when it goes up. */
static void
add_link_local(struct device *device)
{
	const guint8 *m = device->mac.b;
	struct device_address address = {
	    .is_ipv6 = TRUE,
	    .prefix = 64,
	    .bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]},
	};

	address.valid_from = world_check_end(device->world, address.bytes);
	g_array_append_val(device->addresses, address);
}

static void
remove_link_local(struct device *device)
{
	for (guint i = device->addresses->len; i > 0; i--) {
		const struct device_address *address = &g_array_index(device->addresses, struct device_address, i - 1);

		if (address->is_ipv6 && address->bytes[0] == 0xfe && address->bytes[1] == 0x80)
			g_array_remove_index(device->addresses, i - 1);
	}
}

int
device_set_up(struct device *device, gboolean up)
{
	if (device->kind == DEVICE_VLAN && up && !device->lower->up)
		return ENETDOWN;
	if (device->up == up)
		return 0;
	device->up = up;
	if (!up)
		g_array_set_size(device->neighbours, 0);
	world_forget_port(device->cable != NULL ? device->cable : device);
	world_forget_port(device);
	if (device->bond != NULL)
		world_set_bond_up(device, up);
	remove_link_local(device);
	if (up && device->ipv6)
		add_link_local(device);
	return 0;
}

void
device_take_mac(struct device *device, const struct bond_mac *mac)
{
	device->mac = *mac;
	if (device->side == SIDE_HOST)
		g_hash_table_add(device->world->macs, g_memdup2(mac, sizeof(*mac)));
}

int
device_set_mac(struct device *device, const struct bond_mac *mac, GError **error)
{
	choose_mac(device->world, mac);
	if (device->bond != NULL) {
		if (!bond_set_mac(device->bond, mac, device->world->now, error))
			return EINVAL;
		return 0;
	}
	if (bond_mac_is_multicast(mac) || bond_mac_is_zero(mac))
		return EADDRNOTAVAIL;
	device_take_mac(device, mac);
	if (device_port(device) != NULL)
		bond_port_mac_changed(device_port(device), mac);
	return 0;
}

int
device_set_mtu(struct device *device, guint mtu, GError **error)
{
	if (mtu < MTU_MIN || mtu > MTU_MAX)
		return EINVAL;
	if (device->bond != NULL)
		return bond_set_mtu(device->bond, mtu, device->world->now, error) ? 0 : EINVAL;
	device->mtu = mtu;
	if (device_port(device) != NULL)
		bond_port_mtu_changed(device_port(device), mtu);
	return 0;
}

void
device_set_name(struct device *device, const char *name)
{
	g_strlcpy(device->name, name, sizeof(device->name));
	if (device->bond != NULL)
		bond_set_name(device->bond, name);
	if (device_port(device) != NULL)
		bond_port_renamed(device_port(device), name, device->world->now);
}

/* "192.168.7.1/24", "2001:db8::1/64" */
static gboolean
parse_address(const char *text, struct device_address *address)
{
	g_auto(GStrv) parts = g_strsplit(text, "/", 2);
	g_autoptr(GInetAddress) ip = parts[0] != NULL ? g_inet_address_new_from_string(parts[0]) : NULL;
	guint64 prefix;

	memset(address, 0, sizeof(*address));
	if (ip == NULL)
		return FALSE;
	address->is_ipv6 = g_inet_address_get_family(ip) == G_SOCKET_FAMILY_IPV6;
	memcpy(address->bytes, g_inet_address_to_bytes(ip), g_inet_address_get_native_size(ip));
	address->prefix = address->is_ipv6 ? 128 : 32;
	if (parts[1] == NULL)
		return TRUE;
	if (!g_ascii_string_to_unsigned(parts[1], 10, 0, address->prefix, &prefix, NULL))
		return FALSE;
	address->prefix = (guint) prefix;
	return TRUE;
}

gboolean
device_add_address(struct device *device, const char *text, gboolean checked)
{
	struct device_address address;
	guint at = 0;

	if (!parse_address(text, &address))
		return FALSE;
	address.valid_from =
	    address.is_ipv6 && !checked ? world_check_end(device->world, address.bytes) : device->world->now;
	/* The kernel keeps IPv6 addresses of a wider scope before link-local ones. */
	while (at < device->addresses->len &&
	       g_array_index(device->addresses, struct device_address, at).bytes[0] != 0xfe)
		at++;
	g_array_insert_val(device->addresses, at, address);
	return TRUE;
}

gboolean
device_remove_address(struct device *device, const char *text)
{
	struct device_address wanted;

	if (!parse_address(text, &wanted))
		return FALSE;
	for (guint i = 0; i < device->addresses->len; i++) {
		const struct device_address *address = &g_array_index(device->addresses, struct device_address, i);

		if (address->is_ipv6 == wanted.is_ipv6 && memcmp(address->bytes, wanted.bytes, 16) == 0) {
			g_array_remove_index(device->addresses, i);
			return TRUE;
		}
	}
	return FALSE;
}

void
device_flush_addresses(struct device *device)
{
	g_array_set_size(device->addresses, 0);
}
