/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rlb.h"

#include "balance.h"
#include "wire-put.h"

#define TABLE_SIZE   256
#define UPDATE_DELAY 20 /* ticks between two updates, and after a request of our own */
#define UPDATE_RETRY 3
#define ARP_BURST    2
#define MAX_UPPERS   128

struct client {
	guint32 ip_src; /* ours, as loaded */
	guint32 ip_dst; /* the client's */
	struct bond_mac mac_src;
	struct bond_mac mac_dst; /* not unicast as long as the client has not answered */
	struct bond_port *port;	 /* whose address the client is to know */
	guint16 vlan;		 /* 0: untagged */
	gboolean assigned;
	gboolean due; /* the client is to be told (ntt) */
};

struct rlb {
	struct client clients[TABLE_SIZE];
	guint8 used[TABLE_SIZE]; /* the newest first */
	guint n_used;
	const struct bond_port *last; /* that got a client: the next one gets the next */
	gboolean any_due;	      /* rx_ntt */
	gboolean rebalance;
	gint64 delay; /* ticks that updates have to wait for */
	gint64 retry; /* updates that are to be repeated */
};

/* --- ARP --- */

enum arp_operation {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
};

enum {
	ARP_SIZE = 28,
	ARP_OPERATION = 6,
	ARP_SENDER_MAC = 8,
	ARP_SENDER_IP = 14,
	ARP_TARGET_MAC = 18,
	ARP_TARGET_IP = 24,
};

struct arp {
	gsize at; /* where it begins in the frame */
	guint16 vlan;
	guint16 operation;
	guint32 ip_src;
	guint32 ip_dst;
	struct bond_mac mac_src;
	struct bond_mac mac_dst;
};

static const guint8 ethernet_ip4[] = {0, 1, 0x08, 0, BOND_ETH_ALEN, 4};

/* The bytes are anybody's. Only whole ARP of Ethernet and IPv4 is taken. */
static gboolean
parse_arp(const guint8 *frame, gsize len, struct arp *arp)
{
	const guint8 *data;
	guint16 type;

	*arp = (struct arp){.at = WIRE_ETH_HEADER};
	if (len < WIRE_ETH_HEADER + ARP_SIZE)
		return FALSE;
	type = wire_get16(frame + 2 * BOND_ETH_ALEN);
	if (wire_is_vlan(type)) {
		arp->vlan = wire_get16(frame + WIRE_ETH_HEADER) & 0x0fff;
		type = wire_get16(frame + WIRE_ETH_HEADER + 2);
		arp->at += WIRE_VLAN_HEADER;
	}
	data = frame + arp->at;
	if (type != WIRE_ARP || len < arp->at + ARP_SIZE || memcmp(data, ethernet_ip4, sizeof(ethernet_ip4)) != 0)
		return FALSE;
	arp->operation = wire_get16(data + ARP_OPERATION);
	memcpy(&arp->mac_src, data + ARP_SENDER_MAC, BOND_ETH_ALEN);
	memcpy(&arp->mac_dst, data + ARP_TARGET_MAC, BOND_ETH_ALEN);
	arp->ip_src = wire_load32(data + ARP_SENDER_IP);
	arp->ip_dst = wire_load32(data + ARP_TARGET_IP);
	return TRUE;
}

static gboolean
is_unicast(const struct bond_mac *mac)
{
	return !bond_mac_is_multicast(mac) && !bond_mac_is_zero(mac);
}

static gboolean
is_broadcast(const struct bond_mac *mac)
{
	static const struct bond_mac broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	return bond_mac_equal(mac, &broadcast);
}

static void
send_by(struct bond_port *port, const guint8 *frame, gsize len)
{
	struct bond *bond = port->bond;

	if (port->gone || !port_is_up(port) || bond->ops->send == NULL)
		return;
	balance_is_heard(port);
	bond->ops->send(bond->user, port, frame, len);
}

/* arp_create() of a reply as the client would get it had it asked */
static void
tell_client(const struct client *client)
{
	const struct bond_mac *mac = &client->port->mac;
	guint8 frame[WIRE_ETH_HEADER + WIRE_VLAN_HEADER + ARP_SIZE] = {0};
	guint8 *at = frame + 2 * BOND_ETH_ALEN;

	memcpy(frame, client->mac_dst.b, BOND_ETH_ALEN);
	memcpy(frame + BOND_ETH_ALEN, mac->b, BOND_ETH_ALEN);
	if (client->vlan != 0) {
		wire_put16(at, WIRE_8021Q);
		wire_put16(at + 2, client->vlan);
		at += WIRE_VLAN_HEADER;
	}
	wire_put16(at, WIRE_ARP);
	at += 2;
	memcpy(at, ethernet_ip4, sizeof(ethernet_ip4));
	wire_put16(at + ARP_OPERATION, ARP_REPLY);
	memcpy(at + ARP_SENDER_MAC, mac->b, BOND_ETH_ALEN);
	memcpy(at + ARP_SENDER_IP, &client->ip_src, sizeof(client->ip_src));
	memcpy(at + ARP_TARGET_MAC, client->mac_dst.b, BOND_ETH_ALEN);
	memcpy(at + ARP_TARGET_IP, &client->ip_dst, sizeof(client->ip_dst));
	for (guint i = 0; i < ARP_BURST; i++)
		send_by(client->port, frame, (gsize) (at + ARP_SIZE - frame));
}

/* rlb_update_client() */
static void
update_client(const struct client *client)
{
	if (client->port != NULL && is_unicast(&client->mac_dst))
		tell_client(client);
}

/* --- The table --- */

struct rlb *
rlb_new(void)
{
	return g_new0(struct rlb, 1);
}

void
rlb_free(struct rlb *rlb)
{
	g_free(rlb);
}

struct rlb *
rlb_copy(const struct rlb *rlb, const struct bond *to)
{
	struct rlb *copy = g_memdup2(rlb, sizeof(*rlb));

	for (guint i = 0; i < TABLE_SIZE; i++)
		copy->clients[i].port = bond_twin(to, rlb->clients[i].port);
	copy->last = bond_twin(to, rlb->last);
	return copy;
}

void
rlb_clear(struct rlb *rlb)
{
	memset(rlb, 0, sizeof(*rlb));
}

#define FOREACH_CLIENT(rlb, client)                                                                                    \
	for (guint client##_index = 0;                                                                                 \
	     client##_index < (rlb)->n_used && ((client) = &(rlb)->clients[(rlb)->used[client##_index]]) != NULL;      \
	     client##_index++)

/* _simple_hash() */
static struct client *
place_of(struct rlb *rlb, guint32 ip)
{
	guint32 hash = ip ^ ip >> 16;

	return &rlb->clients[(hash ^ hash >> 8) & (TABLE_SIZE - 1)];
}

static void
note_used(struct rlb *rlb, struct client *client)
{
	if (client->assigned)
		return;
	memmove(rlb->used + 1, rlb->used, rlb->n_used);
	rlb->used[0] = (guint8) (client - rlb->clients);
	rlb->n_used++;
	client->assigned = TRUE;
}

/* Keeps those that @keep wants, in their order. */
static void
forget_clients(struct rlb *rlb, gboolean (*keep)(const struct client *client, gconstpointer what), gconstpointer what)
{
	guint n = 0;

	for (guint i = 0; i < rlb->n_used; i++) {
		struct client *client = &rlb->clients[rlb->used[i]];

		if (keep(client, what))
			rlb->used[n++] = rlb->used[i];
		else
			*client = (struct client){0};
	}
	rlb->n_used = n;
}

static gboolean
is_faster(const struct bond_port *candidate, const struct bond_port *best)
{
	return best == NULL || candidate->speed > best->speed;
}

/* rlb_next_rx_slave(): round the fastest ports. */
static struct bond_port *
next_port(struct bond *bond, struct rlb *rlb)
{
	struct bond_port *before = NULL; /* up to the last one */
	struct bond_port *after = NULL;
	struct bond_port *port;
	gboolean found = FALSE;

	FOREACH_PORT (bond, port) {
		struct bond_port **best = found ? &after : &before;

		if (!port_can_tx(port))
			continue;
		if (is_faster(port, *best))
			*best = port;
		found |= port == rlb->last;
	}
	if (after == NULL || (before != NULL && before->speed > after->speed))
		after = before;
	if (after != NULL)
		rlb->last = after;
	return after;
}

static void
make_due(struct rlb *rlb, struct client *client)
{
	client->due = TRUE;
	rlb->any_due = TRUE;
}

/* --- What the host sends --- */

/* The client's place is free, or was just taken from another. */
static struct bond_port *
assign(struct bond *bond, struct rlb *rlb, struct client *client, const struct arp *arp)
{
	struct bond_port *port = next_port(bond, rlb);

	if (port == NULL)
		return NULL;
	client->ip_src = arp->ip_src;
	client->ip_dst = arp->ip_dst;
	client->mac_src = arp->mac_src;
	client->mac_dst = arp->mac_dst;
	client->port = port;
	client->vlan = arp->vlan;
	client->due = FALSE;
	if (is_unicast(&client->mac_dst))
		make_due(rlb, client);
	note_used(rlb, client);
	return port;
}

/* rlb_choose_channel() */
static struct bond_port *
choose_port(struct bond *bond, struct rlb *rlb, const struct arp *arp)
{
	struct client *client = place_of(rlb, arp->ip_dst);

	if (!client->assigned)
		return assign(bond, rlb, client, arp);
	if (client->ip_src == arp->ip_src && client->ip_dst == arp->ip_dst) {
		if (!is_broadcast(&arp->mac_dst))
			client->mac_dst = arp->mac_dst;
		client->mac_src = arp->mac_src;
		return client->port != NULL ? client->port : assign(bond, rlb, client, arp);
	}
	/* Whom it pushes out goes back to the current port, and is told (kernel-semantics 44). */
	if (bond->active != NULL && client->port != bond->active) {
		client->port = bond->active;
		update_client(client);
	}
	return assign(bond, rlb, client, arp);
}

/* A request is a broadcast: whoever hears it takes its sender's address for ours. They must be told again. */
static void
update_subnet(struct bond *bond, struct rlb *rlb, guint32 ip_src)
{
	struct client *client;

	rlb->delay = UPDATE_DELAY;
	FOREACH_CLIENT(rlb, client)
	{
		if (client->port != NULL && client->ip_src == ip_src && is_unicast(&client->mac_dst) &&
		    !bond_mac_equal(&client->port->mac, &bond->mac))
			make_due(rlb, client);
	}
}

static gboolean
is_own(const struct bond *bond, const struct arp *arp)
{
	struct bond_ip ip = {0};

	if (balance_find_mac(bond, &arp->mac_src) == NULL)
		return FALSE;
	memcpy(ip.bytes, &arp->ip_src, sizeof(arp->ip_src));
	return bond->ops->is_bridged == NULL || !bond->ops->is_bridged(bond->user, &arp->mac_src, &ip);
}

static struct bond_port *
port_for(struct bond *bond, struct rlb *rlb, const struct arp *arp)
{
	struct bond_port *port = NULL;

	if (!is_own(bond, arp))
		return NULL;
	if (arp->operation == ARP_REPLY || arp->operation == ARP_REQUEST)
		port = choose_port(bond, rlb, arp);
	if (arp->operation == ARP_REQUEST)
		update_subnet(bond, rlb, arp->ip_src);
	/* One that is just failing: the kernel sends by it all the same, for nobody to hear. */
	return port != NULL && port_can_tx(port) ? port : NULL;
}

/* bond_do_alb_xmit() */
gboolean
rlb_host_frame(struct bond *bond, const guint8 *frame, gsize len, bond_time now)
{
	struct rlb *rlb = balance_of(bond)->rlb;
	g_autofree guint8 *copy = NULL;
	struct bond_port *port;
	struct arp arp;

	if (!parse_arp(frame, len, &arp))
		return FALSE;
	balance_run(bond, now);
	copy = g_memdup2(frame, len);
	port = port_for(bond, rlb, &arp);
	if (port != NULL && arp.operation == ARP_REPLY)
		memcpy(copy + arp.at + ARP_SENDER_MAC, port->mac.b, BOND_ETH_ALEN);
	if (port != NULL && port != bond->active)
		memcpy(copy + BOND_ETH_ALEN, port->mac.b, BOND_ETH_ALEN);
	if (port == NULL) {
		port = bond->active;
		bond->control_state.loads[BOND_PLAN_TABLE_SIZE] += len;
	}
	if (port != NULL)
		send_by(port, copy, len);
	return TRUE;
}

/* --- What comes from the wire --- */

/* rlb_purge_src_ip(): an address of ours that another host has now is not ours to tell clients of. */
static gboolean
is_still_ours(const struct client *client, gconstpointer what)
{
	const struct arp *arp = what;

	return client->ip_src != arp->ip_src || bond_mac_equal(&client->mac_src, &arp->mac_src);
}

/* rlb_update_entry_from_arp() */
static void
learn_client(struct rlb *rlb, const struct arp *arp)
{
	struct client *client = place_of(rlb, arp->ip_src);

	if (!client->assigned || client->ip_src != arp->ip_dst || client->ip_dst != arp->ip_src ||
	    bond_mac_equal(&client->mac_dst, &arp->mac_src))
		return;
	client->mac_dst = arp->mac_src;
	make_due(rlb, client);
}

void
rlb_control_frame(struct bond *bond, struct bond_port *port, const guint8 *frame, gsize len, bond_time now)
{
	struct rlb *rlb = balance_of(bond)->rlb;
	struct arp arp;

	if (!parse_arp(frame, len, &arp))
		return;
	balance_run(bond, now);
	forget_clients(rlb, is_still_ours, &arp);
	if (arp.operation == ARP_REPLY)
		learn_client(rlb, &arp);
}

/* --- Ports come and go --- */

void
rlb_port_lost(struct bond *bond, struct bond_port *port)
{
	struct rlb *rlb = balance_of(bond)->rlb;
	struct client *client;

	if (rlb->last == port)
		rlb->last = NULL;
	FOREACH_CLIENT(rlb, client)
	{
		if (client->port != port)
			continue;
		client->port = next_port(bond, rlb);
		if (client->port == NULL || !is_unicast(&client->mac_dst))
			continue;
		make_due(rlb, client);
		rlb->retry = UPDATE_RETRY;
	}
	if (port != bond->active)
		balance_teach_disabled(bond, &port->mac);
}

void
rlb_mac_changed(struct bond *bond, const struct bond_port *port)
{
	struct rlb *rlb = balance_of(bond)->rlb;
	struct client *client;

	FOREACH_CLIENT(rlb, client)
	{
		if (client->port != port || !is_unicast(&client->mac_dst))
			continue;
		make_due(rlb, client);
		rlb->retry = UPDATE_RETRY;
	}
}

void
rlb_order_rebalance(struct rlb *rlb)
{
	rlb->rebalance = TRUE;
}

/* --- The clock --- */

/* rlb_rebalance() */
static void
rebalance(struct bond *bond, struct rlb *rlb)
{
	struct client *client;

	rlb->rebalance = FALSE;
	FOREACH_CLIENT(rlb, client)
	{
		struct bond_port *port = next_port(bond, rlb);

		if (port == NULL || client->port == port)
			continue;
		client->port = port;
		if (!bond_mac_is_zero(&client->mac_dst))
			make_due(rlb, client);
	}
}

struct uppers {
	struct bond_upper all[MAX_UPPERS];
	guint n;
};

static gboolean
has_interface(const struct client *client, gconstpointer what)
{
	const struct uppers *uppers = what;

	for (guint i = 0; i < uppers->n; i++) {
		if (uppers->all[i].tag.id == client->vlan)
			return TRUE;
	}
	return client->vlan == 0 || uppers->n == MAX_UPPERS;
}

/* rlb_clear_vlan(): nobody tells us that a VLAN went, so we look when it matters. */
static void
forget_lost_vlans(struct bond *bond, struct rlb *rlb)
{
	struct uppers uppers;

	if (bond->ops->uppers == NULL)
		return;
	uppers.n = MIN(bond->ops->uppers(bond->user, uppers.all, MAX_UPPERS), MAX_UPPERS);
	forget_clients(rlb, has_interface, &uppers);
}

/* rlb_update_rx_clients() */
static void
update_clients(struct bond *bond, struct rlb *rlb)
{
	struct client *client;

	forget_lost_vlans(bond, rlb);
	FOREACH_CLIENT(rlb, client)
	{
		if (!client->due)
			continue;
		update_client(client);
		client->due = rlb->retry > 0;
	}
	rlb->delay = UPDATE_DELAY;
	if (rlb->retry > 0)
		rlb->retry--;
	else
		rlb->any_due = FALSE;
}

void
rlb_tick(struct bond *bond, gint64 passed)
{
	struct rlb *rlb = balance_of(bond)->rlb;

	/* Those before this one only counted. */
	if (rlb->any_due)
		rlb->delay -= MIN(rlb->delay, passed - 1);
	if (rlb->rebalance)
		rebalance(bond, rlb);
	if (!rlb->any_due)
		return;
	if (rlb->delay > 0)
		rlb->delay--;
	else
		update_clients(bond, rlb);
}

gint64
rlb_ticks_left(const struct rlb *rlb)
{
	if (rlb->rebalance)
		return 1;
	return rlb->any_due ? rlb->delay + 1 : G_MAXINT64;
}
