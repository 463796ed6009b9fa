/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * As much of the simulated hosts' network stacks as a bond and its partners hear of: ARP, neighbour discovery, ping,
 * announcements. Neighbours age as Linux' own do, because their probes are on the wire.
 */
#include "world.h"

#include "packet.h"

#include "engine/announce.h"
#include "engine/wire.h"

#include <gio/gio.h>

#define ARP_LENGTH	28
#define ND_LENGTH	24
#define ND_SOLICITED	0x40
#define REACHABLE_TIME	(30 * BOND_SEC)
#define DELAY_PROBE	(5 * BOND_SEC)
#define RETRANSMIT_TIME BOND_SEC
#define MAX_PROBES	3
/* Of ARP answers that contradict each other within this time Linux believes the first. */
#define LOCK_TIME BOND_SEC
#define PING_ID	  1

enum neighbour_state { NEIGHBOUR_NONE, NEIGHBOUR_ASKED, NEIGHBOUR_REACHABLE, NEIGHBOUR_STALE, NEIGHBOUR_DELAY };

struct neighbour {
	struct bond_ip ip;
	struct bond_mac mac;
	enum neighbour_state state;
	bond_time since;
	bond_time changed; /* another state or address */
	bond_time deadline;
	guint probes;
	/* One echo that waits for the address. */
	gboolean has_echo;
	enum packet_icmp4 echo_type;
	guint16 echo_sequence;
	struct bond_ip echo_source;
};

GArray *
world_new_neighbours(void)
{
	return g_array_new(FALSE, TRUE, sizeof(struct neighbour));
}

/* --- Addresses and routes --- */

static gsize
ip_size(const struct bond_ip *ip)
{
	return ip->is_ipv6 ? 16 : 4;
}

static gboolean
ip_equal(const struct bond_ip *a, const struct bond_ip *b)
{
	return a->is_ipv6 == b->is_ipv6 && memcmp(a->bytes, b->bytes, ip_size(a)) == 0;
}

static struct bond_ip
ip_at(const guint8 *bytes, gboolean is_ipv6)
{
	struct bond_ip ip = {.is_ipv6 = is_ipv6};

	memcpy(ip.bytes, bytes, is_ipv6 ? 16 : 4);
	return ip;
}

static gboolean
is_unspecified(const struct bond_ip *ip)
{
	static const guint8 zero[16];

	return memcmp(ip->bytes, zero, ip_size(ip)) == 0;
}

gboolean
device_has_ip(const struct device *device, const struct bond_ip *ip)
{
	for (guint i = 0; device->up && i < device->addresses->len; i++) {
		const struct device_address *address = &g_array_index(device->addresses, struct device_address, i);

		if (address->is_ipv6 == ip->is_ipv6 && memcmp(address->bytes, ip->bytes, ip_size(ip)) == 0 &&
		    address->valid_from <= device->world->now)
			return TRUE;
	}
	return FALSE;
}

static gboolean
host_has_ip(const struct world *world, enum device_side side, const struct bond_ip *ip)
{
	for (guint i = 0; i < world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(world->devices, i);

		if (device->side == side && device_has_ip(device, ip))
			return TRUE;
	}
	return FALSE;
}

static gboolean
prefix_matches(const struct device_address *address, const struct bond_ip *ip)
{
	guint whole = address->prefix / 8;
	guint rest = address->prefix % 8;
	guint8 mask = (guint8) (0xff00 >> rest);

	if (address->is_ipv6 != ip->is_ipv6 || memcmp(address->bytes, ip->bytes, whole) != 0)
		return FALSE;
	return rest == 0 || ((address->bytes[whole] ^ ip->bytes[whole]) & mask) == 0;
}

struct device *
world_route(const struct world *world, enum device_side side, const struct bond_ip *target, struct bond_ip *source)
{
	struct device *best = NULL;
	guint best_prefix = 0;

	if (host_has_ip(world, side, target))
		return NULL;
	for (guint i = 0; i < world->devices->len; i++) {
		struct device *device = g_ptr_array_index(world->devices, i);

		if (device->side != side || !device->up)
			continue;
		for (guint n = 0; n < device->addresses->len; n++) {
			const struct device_address *address =
			    &g_array_index(device->addresses, struct device_address, n);

			if (!prefix_matches(address, target) || (best != NULL && address->prefix <= best_prefix))
				continue;
			best = device;
			best_prefix = address->prefix;
			*source = ip_at(address->bytes, address->is_ipv6);
		}
	}
	return best;
}

gboolean
device_is_above(const struct device *device, const struct device *bond)
{
	for (guint depth = 0; device != NULL && depth <= BOND_MAX_TAGS; depth++, device = device->lower) {
		if (device == bond || (device->kind == DEVICE_BRIDGE && bond->master == device))
			return TRUE;
	}
	return FALSE;
}

/* --- Neighbours --- */

static struct neighbour *
find_neighbour(struct device *device, const struct bond_ip *ip)
{
	for (guint i = 0; i < device->neighbours->len; i++) {
		struct neighbour *neighbour = &g_array_index(device->neighbours, struct neighbour, i);

		if (ip_equal(&neighbour->ip, ip))
			return neighbour;
	}
	return NULL;
}

static struct neighbour *
get_neighbour(struct device *device, const struct bond_ip *ip)
{
	struct neighbour *neighbour = find_neighbour(device, ip);
	struct neighbour fresh = {.ip = *ip, .deadline = BOND_TIME_NEVER};

	if (neighbour != NULL)
		return neighbour;
	g_array_append_val(device->neighbours, fresh);
	return &g_array_index(device->neighbours, struct neighbour, device->neighbours->len - 1);
}

static void
send_echo(struct device *device, struct neighbour *neighbour)
{
	guint8 frame[PACKET_MAX];
	gsize len;

	len = packet_echo(&neighbour->mac, &device->mac, neighbour->echo_type, neighbour->echo_source.bytes,
			  neighbour->ip.bytes, PING_ID, neighbour->echo_sequence, frame);
	neighbour->has_echo = FALSE;
	device_send(device, frame, len);
}

static gboolean
find_link_local(const struct device *device, struct bond_ip *ip)
{
	for (guint i = 0; i < device->addresses->len; i++) {
		const struct device_address *address = &g_array_index(device->addresses, struct device_address, i);

		if (address->is_ipv6 && address->bytes[0] == 0xfe && address->valid_from <= device->world->now) {
			*ip = ip_at(address->bytes, TRUE);
			return TRUE;
		}
	}
	return FALSE;
}

/* Whom it asks: everybody, from the address of what is to be sent, or the one who had the address last. */
static void
ask(struct device *device, const struct neighbour *neighbour, gboolean everybody)
{
	struct bond_ip source = {.is_ipv6 = neighbour->ip.is_ipv6};
	struct bond_mac to = everybody ? packet_broadcast : neighbour->mac;
	guint8 group[16];
	guint8 frame[PACKET_MAX];
	gsize len;

	world_route(device->world, device->side, &neighbour->ip, &source);
	if (neighbour->ip.is_ipv6 && !everybody && !find_link_local(device, &source))
		return;
	if (neighbour->ip.is_ipv6) {
		memcpy(group, neighbour->ip.bytes, sizeof(group));
		if (everybody)
			packet_solicited_node(neighbour->ip.bytes, group, &to);
		len = packet_nd(&to, &device->mac, PACKET_ND_SOLICITATION, 0, source.bytes, group, neighbour->ip.bytes,
				frame);
	} else {
		len = packet_arp(&to, &device->mac, PACKET_ARP_REQUEST, source.bytes, NULL, neighbour->ip.bytes, frame);
	}
	device_send(device, frame, len);
}

static void
set_state(const struct world *world, struct neighbour *neighbour, enum neighbour_state state, bond_time timeout)
{
	bond_time now = world->now;

	if (neighbour->state != state)
		neighbour->changed = now;
	neighbour->state = state;
	neighbour->since = now;
	neighbour->probes = 0;
	neighbour->deadline = timeout != 0 ? world_timer(world, timeout) : BOND_TIME_NEVER;
}

/* It lives somewhere else now than it did a moment ago. */
static gboolean
contradicts(const struct neighbour *neighbour, const struct bond_mac *mac)
{
	return neighbour->state != NEIGHBOUR_NONE && neighbour->state != NEIGHBOUR_ASKED &&
	       !bond_mac_equal(&neighbour->mac, mac);
}

/* An ARP packet told so; who speaks to us or of itself is believed at once. */
static gboolean
believes_arp(struct device *device, const struct bond_ip *ip, const struct bond_mac *mac)
{
	const struct neighbour *neighbour = find_neighbour(device, ip);

	return neighbour == NULL || !contradicts(neighbour, mac) || device->world->now - neighbour->changed > LOCK_TIME;
}

/* Somebody told where the address lives: in answer to us, or by the way. */
static void
hear_of(struct device *device, const struct bond_ip *ip, const struct bond_mac *mac, gboolean answer, gboolean create)
{
	struct neighbour *neighbour = create ? get_neighbour(device, ip) : find_neighbour(device, ip);
	bond_time now = device->world->now;

	if (neighbour == NULL || is_unspecified(ip))
		return;
	if (contradicts(neighbour, mac))
		neighbour->changed = now;
	if (answer)
		set_state(device->world, neighbour, NEIGHBOUR_REACHABLE, 0);
	else if (neighbour->state == NEIGHBOUR_NONE || neighbour->state == NEIGHBOUR_ASKED ||
		 !bond_mac_equal(&neighbour->mac, mac))
		set_state(device->world, neighbour, NEIGHBOUR_STALE, 0);
	neighbour->mac = *mac;
	if (neighbour->has_echo)
		send_echo(device, neighbour);
}

/* Something is sent to a neighbour whose address is known: whether it still holds is to be seen. */
static void
use(struct device *device, struct neighbour *neighbour)
{
	gboolean old =
	    neighbour->state == NEIGHBOUR_REACHABLE && device->world->now - neighbour->since > REACHABLE_TIME;

	if (old || neighbour->state == NEIGHBOUR_STALE)
		set_state(device->world, neighbour, NEIGHBOUR_DELAY, DELAY_PROBE);
}

static void
send_to(struct device *device, struct neighbour *neighbour)
{
	if (neighbour->state == NEIGHBOUR_ASKED)
		return;
	if (neighbour->state == NEIGHBOUR_NONE) {
		set_state(device->world, neighbour, NEIGHBOUR_ASKED, RETRANSMIT_TIME);
		ask(device, neighbour, TRUE);
		return;
	}
	use(device, neighbour);
	send_echo(device, neighbour);
}

/* Asks again, or gives the neighbour up. */
static void
probe(struct device *device, struct neighbour *neighbour)
{
	gboolean everybody = neighbour->state == NEIGHBOUR_ASKED;

	if (++neighbour->probes > MAX_PROBES || (everybody && neighbour->probes == MAX_PROBES)) {
		set_state(device->world, neighbour, NEIGHBOUR_NONE, 0);
		neighbour->has_echo = FALSE;
		return;
	}
	neighbour->deadline = world_timer(device->world, RETRANSMIT_TIME);
	ask(device, neighbour, everybody);
}

bond_time
world_next_probe(const struct world *world)
{
	bond_time next = BOND_TIME_NEVER;

	for (guint i = 0; i < world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(world->devices, i);

		for (guint n = 0; n < device->neighbours->len; n++)
			next = MIN(next, g_array_index(device->neighbours, struct neighbour, n).deadline);
	}
	return next;
}

void
world_probe_neighbours(struct world *world)
{
	for (guint i = 0; i < world->devices->len; i++) {
		struct device *device = g_ptr_array_index(world->devices, i);

		for (guint n = 0; n < device->neighbours->len; n++) {
			struct neighbour *neighbour = &g_array_index(device->neighbours, struct neighbour, n);

			if (neighbour->deadline <= world->now)
				probe(device, neighbour);
		}
	}
}

/* --- What arrives --- */

static void
arp_receive(struct device *device, const guint8 *frame, gsize len)
{
	const guint8 *arp = frame + WIRE_ETH_HEADER;
	struct bond_ip source;
	struct bond_ip target;
	struct bond_mac sender;
	guint8 answer[PACKET_MAX];
	gboolean is_reply;
	gboolean ours;

	if (len < WIRE_ETH_HEADER + ARP_LENGTH)
		return;
	source = ip_at(arp + 14, FALSE);
	target = ip_at(arp + 24, FALSE);
	memcpy(sender.b, arp + 8, sizeof(sender.b));
	/* The recorded hosts did not answer for an address of another device of theirs. */
	ours = device_has_ip(device, &target);
	is_reply = wire_get16(arp + 6) == PACKET_ARP_REPLY;
	if ((is_reply || !ours) && !ip_equal(&source, &target) && !believes_arp(device, &source, &sender))
		return;
	if (is_reply) {
		hear_of(device, &source, &sender, ours && (frame[0] & 1) == 0, FALSE);
		return;
	}
	hear_of(device, &source, &sender, FALSE, ours);
	if (!ours || ip_equal(&source, &target))
		return;
	len = packet_arp(&sender, &device->mac, PACKET_ARP_REPLY, target.bytes, &sender, source.bytes, answer);
	device_send(device, answer, len);
}

static void
advertise(struct device *device, const struct bond_ip *target, const struct bond_ip *source,
	  const struct bond_mac *sender, gboolean to_all)
{
	static const guint8 all_nodes[16] = {0xff, 0x02, [15] = 1};
	static const struct bond_mac all_nodes_mac = {{0x33, 0x33, 0, 0, 0, 1}};
	gboolean nobody = is_unspecified(source); /* duplicate address detection */
	guint8 flags = (nobody ? 0 : ND_SOLICITED) | (to_all ? PACKET_ND_OVERRIDE : 0);
	guint8 frame[PACKET_MAX];
	gsize len;

	len = packet_nd(nobody ? &all_nodes_mac : sender, &device->mac, PACKET_ND_ADVERTISEMENT, flags, target->bytes,
			nobody ? all_nodes : source->bytes, target->bytes, frame);
	device_send(device, frame, len);
}

static void
nd_receive(struct device *device, const guint8 *frame, gsize len)
{
	const guint8 *ip = frame + WIRE_ETH_HEADER;
	const guint8 *icmp = ip + WIRE_IP6_HEADER;
	struct neighbour *asker;
	struct bond_ip source;
	struct bond_ip target;
	struct bond_mac sender;

	if (len < WIRE_ETH_HEADER + WIRE_IP6_HEADER + ND_LENGTH || ip[6] != WIRE_PROTO_ICMPV6)
		return;
	source = ip_at(ip + 8, TRUE);
	target = ip_at(icmp + 8, TRUE);
	memcpy(sender.b, frame + BOND_ETH_ALEN, sizeof(sender.b));
	if (icmp[0] == PACKET_ND_ADVERTISEMENT) {
		hear_of(device, &target, &sender, (icmp[4] & ND_SOLICITED) != 0, FALSE);
	} else if (icmp[0] == PACKET_ND_SOLICITATION && device_has_ip(device, &target)) {
		if (!is_unspecified(&source))
			hear_of(device, &source, &sender, FALSE, TRUE);
		advertise(device, &target, &source, &sender, (frame[0] & 1) != 0);
		asker = find_neighbour(device, &source);
		if (asker != NULL)
			use(device, asker);
	}
}

static void
send_ping(struct device *device, enum packet_icmp4 type, const struct bond_ip *source, const struct bond_ip *to,
	  guint16 sequence)
{
	struct neighbour *neighbour = get_neighbour(device, to);

	neighbour->has_echo = !to->is_ipv6;
	neighbour->echo_type = type;
	neighbour->echo_sequence = sequence;
	neighbour->echo_source = *source;
	send_to(device, neighbour);
}

static void
ip_receive(struct device *device, const guint8 *frame, gsize len)
{
	const guint8 *ip = frame + WIRE_ETH_HEADER;
	const guint8 *icmp = ip + WIRE_IP4_HEADER;
	struct bond_ip source;
	struct bond_ip target;
	struct bond_ip from;
	struct device *out;

	if (len < WIRE_ETH_HEADER + WIRE_IP4_HEADER + 8 || ip[0] != 0x45)
		return;
	if (ip[9] == PACKET_EXPERIMENTAL)
		device->heard++;
	if (ip[9] != WIRE_PROTO_ICMP)
		return;
	source = ip_at(ip + 12, FALSE);
	target = ip_at(ip + 16, FALSE);
	if (!host_has_ip(device->world, device->side, &target))
		return;
	if (icmp[0] == PACKET_ECHO_REPLY) {
		device->world->echoes++;
	} else if (icmp[0] == PACKET_ECHO_REQUEST) {
		out = world_route(device->world, device->side, &source, &from);
		if (out != NULL)
			send_ping(out, PACKET_ECHO_REPLY, &target, &source, wire_get16(icmp + 6));
	}
}

static struct device *
find_vlan(const struct device *lower, guint16 id)
{
	for (guint i = 0; i < lower->world->devices->len; i++) {
		struct device *device = g_ptr_array_index(lower->world->devices, i);

		if (device->kind == DEVICE_VLAN && device->lower == lower && device->vlan == id)
			return device;
	}
	return NULL;
}

static void
receive_tagged(struct device *device, const guint8 *frame, gsize len)
{
	g_autofree guint8 *plain = NULL;
	struct device *vlan;

	if (len < WIRE_ETH_HEADER + WIRE_VLAN_HEADER)
		return;
	vlan = find_vlan(device, wire_get16(frame + WIRE_ETH_HEADER) & 0x0fff);
	if (vlan == NULL)
		return;
	len -= WIRE_VLAN_HEADER;
	plain = g_malloc(len);
	memcpy(plain, frame, 2 * BOND_ETH_ALEN);
	memcpy(plain + 2 * BOND_ETH_ALEN, frame + 2 * BOND_ETH_ALEN + WIRE_VLAN_HEADER, len - 2 * BOND_ETH_ALEN);
	stack_receive(vlan, plain, len);
}

void
stack_receive(struct device *device, const guint8 *frame, gsize len)
{
	guint16 type = wire_get16(frame + 2 * BOND_ETH_ALEN);

	if (!device->up || ((frame[0] & 1) == 0 && memcmp(frame, device->mac.b, BOND_ETH_ALEN) != 0))
		return;
	if (type == WIRE_8021Q)
		receive_tagged(device, frame, len);
	else if (type == WIRE_ARP)
		arp_receive(device, frame, len);
	else if (type == WIRE_IP4)
		ip_receive(device, frame, len);
	else if (type == WIRE_IP6)
		nd_receive(device, frame, len);
}

/* --- Announcements --- */

static void
announce_addresses(const struct device *device, gboolean ipv6, struct device *bond, struct device *port)
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
		device_send(port != NULL ? port : bond, frame, len);
	}
}

static void
announce_device(struct device *device, struct device *bond, struct device *port)
{
	if (!device->up)
		return;
	announce_addresses(device, FALSE, bond, port);
	for (guint i = 0; i < device->world->devices->len; i++) {
		struct device *upper = g_ptr_array_index(device->world->devices, i);

		if (upper->lower == device) {
			upper->mac = device->mac;
			announce_device(upper, bond, port);
		}
	}
	if (device->ipv6)
		announce_addresses(device, TRUE, bond, port);
}

/* The order of the kernel's notifiers: IPv4, then the VLANs above, then IPv6. */
void
world_notify_peers(struct device *bond, struct device *port)
{
	announce_device(bond, bond, port);
}

/* --- Ping --- */

static gboolean
parse_ip(const char *text, struct bond_ip *ip)
{
	g_autoptr(GInetAddress) address = g_inet_address_new_from_string(text);

	if (address == NULL)
		return FALSE;
	*ip = ip_at(g_inet_address_to_bytes(address), g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6);
	return TRUE;
}

gboolean
world_ping(struct world *world, enum device_side side, const char *address, guint count, bond_time interval)
{
	struct device *device;
	struct bond_ip source;
	struct bond_ip ip;
	guint before = world->echoes;

	if (!parse_ip(address, &ip))
		return FALSE;
	if (host_has_ip(world, side, &ip))
		return TRUE;
	for (guint i = 0; i < count; i++) {
		const struct neighbour *neighbour;

		device = world_route(world, side, &ip, &source);
		if (device == NULL)
			return FALSE;
		send_ping(device, PACKET_ECHO_REQUEST, &source, &ip, (guint16) (i + 1));
		world_advance(world, i + 1 < count ? world->now + interval : world->now);
		neighbour = find_neighbour(device, &ip);
		/* Of IPv6 only the way to the neighbour is simulated. */
		if (ip.is_ipv6 && neighbour != NULL && neighbour->state == NEIGHBOUR_REACHABLE)
			world->echoes++;
	}
	return world->echoes != before;
}
