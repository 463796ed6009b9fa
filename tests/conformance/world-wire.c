/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What crosses the cables of the simulated hosts: frames wait in a queue, so that nobody is called from within
 * himself; bridges learn and flood; bonds send by their plan and receive by it.
 */
#include "world.h"

#include "order.h"
#include "packet.h"

#include "engine/wire.h"

#define TYPE_SLOW_PROTOCOLS 0x8809
/* So many frames from one moment are a storm. */
#define MAX_FRAMES_AT_ONCE 100000
/* A MAC that nobody heard of for so long is forgotten. */
#define FDB_AGE (300 * BOND_SEC)

#define RELAY_TIME (BOND_MSEC / 100)

struct flight {
	bond_time at;
	struct device *to;
	GBytes *bytes;
};

void
world_flight_free(gpointer data)
{
	struct flight *flight = data;

	g_bytes_unref(flight->bytes);
	g_free(flight);
}

static struct bond_mac
mac_at(const guint8 *bytes)
{
	struct bond_mac mac;

	memcpy(mac.b, bytes, sizeof(mac.b));
	return mac;
}

/* --- Cables --- */

static void
capture(const struct device *port, const guint8 *frame, gsize len)
{
	struct world_frame *seen = g_new0(struct world_frame, 1);

	seen->at = port->world->now;
	seen->port = port;
	seen->bytes = g_bytes_new(frame, len);
	g_ptr_array_add(port->world->frames, seen);
}

void
world_arrive(struct device *to, bond_time at, GBytes *bytes)
{
	GQueue *queue = to->world->flights;
	struct flight *flight = g_new0(struct flight, 1);
	GList *before = queue->tail;

	flight->at = at;
	flight->to = to;
	flight->bytes = g_bytes_ref(bytes);
	while (before != NULL && ((struct flight *) before->data)->at > at)
		before = before->prev;
	g_queue_insert_after(queue, before, flight);
}

static const struct device *
far_end_of(const struct device *device)
{
	return device->kind == DEVICE_FAR_END ? device : device->cable;
}

static void device_receive(struct device *device, const guint8 *frame, gsize len);

/* When the other end hears an LACPDU of a recording. */
static enum order_hearing
hearing(const struct device *device, const guint8 *frame)
{
	const struct order *order = device->world->order;

	if (order == NULL || wire_get16(frame + 2 * BOND_ETH_ALEN) != TYPE_SLOW_PROTOCOLS)
		return ORDER_HEARS_AT_ONCE;
	return order_hearing(order, far_end_of(device), device->side, device->world->now);
}

void
world_transmit(struct device *device, const guint8 *frame, gsize len)
{
	struct world *world = device->world;
	struct device *other = device->cable;
	g_autoptr(GBytes) bytes = NULL;
	bond_time delay = 0;
	enum order_hearing when;

	if (len < WIRE_ETH_HEADER || other == NULL || !device_carrier(device))
		return;
	if (world->keeps_frames)
		capture(device->kind == DEVICE_FAR_END ? other : device, frame, len);
	if (world->cross != NULL && !world->cross(world->cross_data, device, frame, len, &delay))
		return;
	when = hearing(device, frame);
	if (when == ORDER_HEARS_NOTHING)
		return;
	if (when == ORDER_HEARS_BEHIND && far_end_of(device)->cable->kind == DEVICE_TAP)
		delay += RELAY_TIME;
	/* The switch host is another one: it has forwarded before we do what comes next. */
	if (delay == 0 && other->master != NULL && other->master->kind == DEVICE_BRIDGE && other->side == SIDE_SWITCH) {
		device_receive(other, frame, len);
		return;
	}
	bytes = g_bytes_new(frame, len);
	world_arrive(other, world->now + delay, bytes);
}

void
world_drop_flights(struct device *to)
{
	for (GList *link = to->world->flights->head; link != NULL;) {
		GList *next = link->next;

		if (((struct flight *) link->data)->to == to) {
			world_flight_free(link->data);
			g_queue_delete_link(to->world->flights, link);
		}
		link = next;
	}
}

bond_time
world_next_flight(const struct world *world)
{
	const struct flight *first = g_queue_peek_head(world->flights);

	return first != NULL ? first->at : BOND_TIME_NEVER;
}

/* --- Bridges --- */

struct fdb_entry {
	struct bond_mac mac;
	struct device *port;
	bond_time at;
};

static struct fdb_entry *
find_fdb(struct device *bridge, const struct bond_mac *mac)
{
	for (guint i = 0; i < bridge->fdb->len; i++) {
		struct fdb_entry *entry = &g_array_index(bridge->fdb, struct fdb_entry, i);

		if (bond_mac_equal(&entry->mac, mac))
			return entry;
	}
	return NULL;
}

static void
learn(struct device *bridge, struct device *port, const struct bond_mac *mac)
{
	struct fdb_entry *entry = find_fdb(bridge, mac);
	struct fdb_entry fresh = {.mac = *mac, .port = port, .at = bridge->world->now};

	if (bond_mac_is_multicast(mac) || bond_mac_equal(mac, &bridge->mac))
		return;
	if (entry != NULL)
		*entry = fresh;
	else
		g_array_append_val(bridge->fdb, fresh);
}

GArray *
world_new_fdb(void)
{
	return g_array_new(FALSE, TRUE, sizeof(struct fdb_entry));
}

void
world_forget_port(struct device *port)
{
	for (guint i = 0; i < port->world->devices->len; i++) {
		struct device *bridge = g_ptr_array_index(port->world->devices, i);

		for (guint n = bridge->fdb->len; n > 0; n--)
			if (g_array_index(bridge->fdb, struct fdb_entry, n - 1).port == port)
				g_array_remove_index_fast(bridge->fdb, n - 1);
	}
}

/* Out of all ports of the bridge but @from, or of the one where the address was learned. */
static void
forward(struct device *bridge, const struct device *from, const guint8 *frame, gsize len)
{
	struct bond_mac to = mac_at(frame);
	const struct fdb_entry *entry = find_fdb(bridge, &to);
	const struct device *only = entry != NULL && bridge->world->now - entry->at <= FDB_AGE ? entry->port : NULL;

	for (guint i = 0; i < bridge->world->devices->len; i++) {
		struct device *port = g_ptr_array_index(bridge->world->devices, i);

		if (port != from && port->master == bridge && device_carrier(port) && (only == NULL || only == port))
			device_send(port, frame, len);
	}
}

static void
bridge_receive(struct device *bridge, struct device *from, const guint8 *frame, gsize len)
{
	static const guint8 link_local[] = {0x01, 0x80, 0xc2, 0, 0};
	struct bond_mac to = mac_at(frame);
	struct bond_mac source = mac_at(frame + BOND_ETH_ALEN);
	gboolean own = bond_mac_equal(&to, &bridge->mac);

	if (!bridge->up || memcmp(frame, link_local, sizeof(link_local)) == 0)
		return;
	learn(bridge, from, &source);
	if (own || bond_mac_is_multicast(&to))
		stack_receive(bridge, frame, len);
	if (!own)
		forward(bridge, from, frame, len);
}

/* --- Bonds --- */

static gboolean
is_nd(const guint8 *frame, gsize len)
{
	const guint8 *ip = frame + WIRE_ETH_HEADER;
	guint8 type;

	if (wire_get16(frame + 12) != WIRE_IP6 || len <= WIRE_ETH_HEADER + WIRE_IP6_HEADER)
		return FALSE;
	type = ip[WIRE_IP6_HEADER];
	return ip[6] == WIRE_PROTO_ICMPV6 && (type == PACKET_ND_SOLICITATION || type == PACKET_ND_ADVERTISEMENT);
}

static gboolean
engine_wants(const struct device *bond, const guint8 *frame, gsize len)
{
	guint control = bond->plan != NULL ? bond->plan->control : 0;
	gsize type_at = 2 * BOND_ETH_ALEN;
	guint16 type = wire_get16(frame + type_at);

	if (wire_is_vlan(type) && len >= WIRE_ETH_HEADER + WIRE_VLAN_HEADER)
		type = wire_get16(frame + type_at + WIRE_VLAN_HEADER);
	if (type == TYPE_SLOW_PROTOCOLS)
		return TRUE;
	if (type == WIRE_ARP)
		return (control & BOND_PLAN_COPY_ARP) != 0;
	return (control & BOND_PLAN_COPY_ND) != 0 && is_nd(frame, len);
}

static void
port_receive(struct device *device, const guint8 *frame, gsize len)
{
	static const guint8 link_local[] = {0x01, 0x80, 0xc2, 0, 0};
	struct device *bond = device->master;
	struct bond_port *port = device_port(device);
	g_autofree guint8 *copy = NULL;
	const struct bond_plan *plan;

	if (engine_wants(bond, frame, len))
		bond_receive_frame(port, frame, len, bond->world->now);
	plan = bond->plan;
	if (!bond->up || plan == NULL || memcmp(frame, link_local, sizeof(link_local)) == 0 ||
	    !bond_plan_receive_frame(plan, port_id(port), frame))
		return;
	copy = g_memdup2(frame, len);
	if (plan->rewrite_destination)
		bond_plan_rewrite_destination(plan, port_id(port), copy);
	if (bond->master != NULL && bond->master->kind == DEVICE_BRIDGE)
		bridge_receive(bond->master, bond, copy, len);
	else
		stack_receive(bond, copy, len);
}

static void
send_by_port(struct device *bond, struct device *device, const guint8 *frame, gsize len)
{
	g_autofree guint8 *copy = g_memdup2(frame, len);

	bond_plan_rewrite_source(bond->plan, port_id(device_port(device)), copy);
	world_transmit(device, copy, len);
}

static gboolean
is_chosen(const struct bond_plan *plan, bond_port_id chosen, bond_port_id id)
{
	if (chosen != BOND_PORT_EVERY)
		return chosen == id;
	for (guint i = 0; i < plan->n_slots; i++)
		if (plan->slots[i] == id)
			return TRUE;
	return FALSE;
}

static void
bond_send(struct device *bond, const guint8 *data, gsize len)
{
	const struct bond_frame frame = {.data = data, .len = (guint32) len};
	bond_port_id chosen;

	if (!bond->up || bond->plan == NULL)
		return;
	bond_plan_transmit(bond->plan, &bond->plan_state, &frame, 1, &chosen);
	if (chosen == BOND_PORT_CONTROL) {
		bond_transmit_frame(bond->bond, data, len, bond->world->now);
		return;
	}
	for (guint i = 0; i < bond->world->devices->len; i++) {
		struct device *device = g_ptr_array_index(bond->world->devices, i);

		if (device->master == bond && device_port(device) != NULL &&
		    is_chosen(bond->plan, chosen, port_id(device_port(device))))
			send_by_port(bond, device, data, len);
	}
}

/* --- Devices --- */

void
device_send(struct device *device, const guint8 *frame, gsize len)
{
	g_autofree guint8 *tagged = NULL;

	switch (device->kind) {
	case DEVICE_BOND:
		bond_send(device, frame, len);
		break;
	case DEVICE_BRIDGE:
		if (device->up)
			forward(device, NULL, frame, len);
		break;
	case DEVICE_VLAN:
		tagged = g_malloc(len + WIRE_VLAN_HEADER);
		len = packet_tag(frame, len, device->vlan, tagged);
		device_send(device->lower, tagged, len);
		break;
	case DEVICE_VETH:
	case DEVICE_TAP:
	case DEVICE_FAR_END:
		world_transmit(device, frame, len);
		break;
	case DEVICE_DUMMY:
	case DEVICE_LOOPBACK:
	case DEVICE_OTHER:
		break;
	}
}

/* Whether it counts for bond_ops.last_rx: of a port whose plan says so only ARP and IPv6 do. */
static gboolean
is_stamped(const struct device *device, const guint8 *frame, gsize len)
{
	const struct device *bond = device->master;
	gsize at = 2 * BOND_ETH_ALEN;
	guint16 type = wire_get16(frame + at);

	if (bond == NULL || bond->plan == NULL || (bond->plan->control & BOND_PLAN_STAMP_ARP) == 0)
		return TRUE;
	if (wire_is_vlan(type) && len >= WIRE_ETH_HEADER + WIRE_VLAN_HEADER)
		type = wire_get16(frame + at + WIRE_VLAN_HEADER);
	return type == WIRE_ARP || type == WIRE_IP6;
}

static void
device_receive(struct device *device, const guint8 *frame, gsize len)
{
	if (!device->up)
		return;
	if (is_stamped(device, frame, len))
		device->last_rx = device->world->now;
	if (device_port(device) != NULL)
		port_receive(device, frame, len);
	else if (device->master != NULL && device->master->kind == DEVICE_BRIDGE)
		bridge_receive(device->master, device, frame, len);
	else
		stack_receive(device, frame, len);
}

gboolean
world_deliver(struct world *world)
{
	guint n = 0;

	while (world_next_flight(world) <= world->now) {
		struct flight *flight = g_queue_pop_head(world->flights);
		gsize len;
		const guint8 *frame = g_bytes_get_data(flight->bytes, &len);

		if (++n > MAX_FRAMES_AT_ONCE && world->broken == NULL)
			world->broken = g_strdup("frames run in circles");
		if (world->broken == NULL)
			device_receive(flight->to, frame, len);
		world_flight_free(flight);
	}
	return n > 0;
}
