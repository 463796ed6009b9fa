/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A balance-alb bond of three ports, in virtual time. Input: records of an action, an argument, a length and as many
 * bytes; the bytes are a frame of the host or of the wire. Whatever comes, each frame that leaves is a whole one by a
 * port that can send it, what the bond says by itself is in its own name and to one client, and it does not go on for
 * ever.
 */
#include "engine/bond.h"
#include "engine/wire.h"

#include <stdlib.h>

#define PORTS	   3
#define MAX_FRAMES 20000 /* 256 clients, two frames each, and learning frames, many times over */

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

enum action {
	HOST_FRAME,
	WIRE_FRAME,
	WAIT,
	CARRIER,
	MEMBER,
	ACTIVE,
	N_ACTIONS,
};

struct world {
	struct bond *bond;
	struct bond_port *ports[PORTS];
	gboolean carrier[PORTS];
	bond_time now;
	const guint8 *host_frame; /* being sent */
	guint n_frames;
};

static void
check(gboolean right)
{
	if (!right)
		abort();
}

static guint
index_of(const struct bond_port *port)
{
	return (guint) port_ifindex(port) - 10;
}

/* An ARP of its own: from the port, to one client. */
static void
check_update(const struct bond_port *port, const guint8 *frame, gsize len)
{
	gsize arp = WIRE_ETH_HEADER + (wire_get16(frame + 12) == WIRE_8021Q ? WIRE_VLAN_HEADER : 0);

	check(len == arp + 28);
	check((frame[0] & 1) == 0);
	check(memcmp(frame, frame + arp + 18, BOND_ETH_ALEN) == 0);
	check(memcmp(frame + 6, port_mac(port)->b, BOND_ETH_ALEN) == 0);
	check(memcmp(frame + arp + 8, port_mac(port)->b, BOND_ETH_ALEN) == 0);
	check(wire_get16(frame + arp + 6) == 2);
}

static void
send_frame(void *user, struct bond_port *port, const guint8 *frame, gsize len)
{
	struct world *world = user;
	guint16 type;

	check(len >= WIRE_ETH_HEADER);
	check(++world->n_frames < MAX_FRAMES);
	check(world->carrier[index_of(port)]);
	type = wire_get16(frame + 12);
	if (wire_is_vlan(type) && len >= WIRE_ETH_HEADER + WIRE_VLAN_HEADER)
		type = wire_get16(frame + 16);
	if (world->host_frame == NULL && type == WIRE_ARP)
		check_update(port, frame, len);
	else if (world->host_frame == NULL)
		check(type == 0x9000 && memcmp(frame, frame + 6, BOND_ETH_ALEN) == 0);
}

static const struct bond_ops ops = {.send = send_frame};

static struct bond_port_link
link_of(const struct world *world, guint i)
{
	return (struct bond_port_link){
	    .running = TRUE,
	    .carrier = world->carrier[i],
	    .speed = 1000,
	    .duplex = BOND_DUPLEX_FULL,
	};
}

static void
add_port(struct world *world, guint i)
{
	static const char *const names[PORTS] = {"p0", "p1", "p2"};
	const struct bond_port_info info = {
	    .name = names[i],
	    .ifindex = 10 + (int) i,
	    .type = 1,
	    .mac = {{0x02, 0, 0, 0, 0, i + 1}},
	    .mtu = 1500,
	};
	struct bond_port_link link = link_of(world, i);

	world->ports[i] = bond_enslave(world->bond, &info, world->now, NULL);
	check(world->ports[i] != NULL);
	bond_port_set_link(world->ports[i], &link, world->now);
}

static void
world_init(struct world *world)
{
	const struct bond_mac mac = {{0x02, 0, 0, 0, 0, 0xb0}};
	const char *const settings[] = {"mode", "balance-alb", NULL};

	*world = (struct world){.carrier = {TRUE, TRUE, TRUE}};
	world->bond = bond_new("bond0", &ops, world, &mac);
	check(bond_set_options(world->bond, settings, 0, NULL));
	bond_set_up(world->bond, TRUE, 0);
	for (guint i = 0; i < PORTS; i++)
		add_port(world, i);
	bond_run(world->bond, 0);
}

static void
wait(struct world *world, guint8 argument)
{
	bond_time end = world->now + argument * 50 * BOND_MSEC;
	guint n = 0;

	while (bond_next_deadline(world->bond) <= end) {
		check(bond_next_deadline(world->bond) > world->now || n++ < 10);
		world->now = MAX(world->now, bond_next_deadline(world->bond));
		bond_run(world->bond, world->now);
	}
	world->now = end;
}

static void
change_port(struct world *world, enum action action, guint i)
{
	struct bond_port_link link;

	if (action == MEMBER && world->ports[i] == NULL) {
		add_port(world, i);
	} else if (action == MEMBER) {
		bond_release(world->ports[i], world->now);
		world->ports[i] = NULL;
	} else if (action == CARRIER) {
		world->carrier[i] = !world->carrier[i];
		link = link_of(world, i);
		if (world->ports[i] != NULL)
			bond_port_set_link(world->ports[i], &link, world->now);
	} else if (world->ports[i] != NULL) {
		bond_set_active_port(world->bond, world->ports[i], world->now, NULL);
	}
	bond_run(world->bond, world->now);
}

static void
act(struct world *world, const guint8 *record, gsize len)
{
	/* A copy of just that size, so that ASan sees where it ends. */
	g_autofree guint8 *frame = g_memdup2(record + 3, len);
	enum action action = record[0] % N_ACTIONS;
	guint i = record[1] % PORTS;

	switch (action) {
	case HOST_FRAME:
		world->host_frame = frame;
		if (len > 0)
			bond_transmit_frame(world->bond, frame, len, world->now);
		world->host_frame = NULL;
		break;
	case WIRE_FRAME:
		if (world->ports[i] != NULL && len > 0)
			bond_receive_frame(world->ports[i], frame, len, world->now);
		break;
	case WAIT:
		wait(world, record[1]);
		break;
	default:
		change_port(world, action, i);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	struct world world;

	world_init(&world);
	while (size >= 3) {
		gsize len = MIN(data[2], size - 3);

		act(&world, data, len);
		data += 3 + len;
		size -= 3 + len;
		world.n_frames = 0;
	}
	wait(&world, 200);
	bond_free(world.bond, world.now);
	return 0;
}
