/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rehearsal.h"

#include "bond-private.h"

/* What follows from a lost link is decided by then; LACP partners have not been silent for too long yet. */
#define PLAY_TIME BOND_SEC
/* Any monitor has decided by then, however short its period is: a question must not keep the real bond waiting. */
#define PLAY_STEPS 100
/* But for a link that is cut: the ARP monitor gives it up after 255 intervals at the latest. */
#define MAX_STEPS 600

struct rehearsal {
	struct bond *bond;
	const struct bond_ops *real;
	void *real_user;
	struct bond_ops ops;
	bond_time now;	   /* of the play; 0: the real one */
	guint64 cut;	   /* bit per port id */
	guint64 announced; /* bit per port id */
	guint64 reported;
	guint64 sent;
};

static guint64
bit_of(const struct bond_port *port)
{
	return port != NULL ? G_GUINT64_CONSTANT(1) << port->id : 0;
}

/* --- Orders: noted, if they matter --- */

static void
note_frame(void *user, struct bond_port *port, const guint8 *frame, gsize len)
{
	struct rehearsal *rehearsal = user;

	rehearsal->sent |= bit_of(port);
}

static void
note_announcement(void *user, struct bond_port *port)
{
	struct rehearsal *rehearsal = user;

	rehearsal->announced |= bit_of(port);
}

static void
note_report(void *user, struct bond_port *port)
{
	struct rehearsal *rehearsal = user;

	rehearsal->reported |= bit_of(port);
}

/* --- Questions: for the real world --- */

static enum bond_device_link
ask_device_link(void *user, struct bond_port *port)
{
	struct rehearsal *rehearsal = user;

	if (rehearsal->cut & bit_of(port))
		return BOND_DEVICE_LINK_DOWN;
	return rehearsal->real->device_link(rehearsal->real_user, port);
}

/* While the play goes on, all that is not cut hears its targets. */
static bond_time
ask_last_rx(void *user, struct bond_port *port)
{
	struct rehearsal *rehearsal = user;

	if (rehearsal->now != 0 && !(rehearsal->cut & bit_of(port)))
		return port->link == BOND_LINK_UP ? rehearsal->now : port->last_rx;
	return rehearsal->real->last_rx(rehearsal->real_user, port);
}

static guint32
ask_random(void *user)
{
	return 1;
}

static gboolean
ask_device(void *user, const char *name, struct bond_port_info *info)
{
	struct rehearsal *rehearsal = user;

	return rehearsal->real->find_device(rehearsal->real_user, name, info);
}

static void
ask_loads(void *user, guint64 *bytes)
{
	struct rehearsal *rehearsal = user;

	rehearsal->real->loads(rehearsal->real_user, bytes);
}

static enum bond_route_way
ask_route(void *user, const struct bond_ip *target, struct bond_route *route)
{
	struct rehearsal *rehearsal = user;

	return rehearsal->real->route(rehearsal->real_user, target, route);
}

static gboolean
ask_address(void *user, const struct bond_ip *address)
{
	struct rehearsal *rehearsal = user;

	return rehearsal->real->has_address(rehearsal->real_user, address);
}

static guint
ask_uppers(void *user, struct bond_upper *uppers, guint max)
{
	struct rehearsal *rehearsal = user;

	return rehearsal->real->uppers(rehearsal->real_user, uppers, max);
}

static gboolean
ask_bridged(void *user, const struct bond_mac *mac, const struct bond_ip *ip)
{
	struct rehearsal *rehearsal = user;

	return rehearsal->real->is_bridged(rehearsal->real_user, mac, ip);
}

/* What the real world does not know stays unknown. */
static struct bond_ops
make_ops(const struct bond_ops *real)
{
	return (struct bond_ops){
	    .send = note_frame,
	    .notify_peers = note_announcement,
	    .resend_igmp = note_report,
	    .device_link = real->device_link != NULL ? ask_device_link : NULL,
	    .last_rx = real->last_rx != NULL ? ask_last_rx : NULL,
	    .random = ask_random,
	    .find_device = real->find_device != NULL ? ask_device : NULL,
	    .loads = real->loads != NULL ? ask_loads : NULL,
	    .route = real->route != NULL ? ask_route : NULL,
	    .has_address = real->has_address != NULL ? ask_address : NULL,
	    .uppers = real->uppers != NULL ? ask_uppers : NULL,
	    .is_bridged = real->is_bridged != NULL ? ask_bridged : NULL,
	};
}

/* --- The play --- */

struct rehearsal *
rehearsal_new(const struct bond *bond)
{
	struct rehearsal *rehearsal = g_new0(struct rehearsal, 1);

	rehearsal->real = bond->ops;
	rehearsal->real_user = bond->user;
	rehearsal->ops = make_ops(bond->ops);
	rehearsal->bond = bond_copy(bond, &rehearsal->ops, rehearsal);
	return rehearsal;
}

void
rehearsal_free(struct rehearsal *rehearsal)
{
	bond_free(rehearsal->bond, rehearsal->now);
	g_free(rehearsal);
}

struct bond *
rehearsal_bond(struct rehearsal *rehearsal)
{
	return rehearsal->bond;
}

const struct bond_plan *
rehearsal_plan(struct rehearsal *rehearsal)
{
	return &rehearsal->bond->plan;
}

guint64
rehearsal_announced(const struct rehearsal *rehearsal)
{
	return rehearsal->announced;
}

guint64
rehearsal_reported(const struct rehearsal *rehearsal)
{
	return rehearsal->reported;
}

guint64
rehearsal_transmit(struct rehearsal *rehearsal, const guint8 *frame, gsize len, bond_time now)
{
	rehearsal->sent = 0;
	bond_transmit_frame(rehearsal->bond, frame, len, now);
	return rehearsal->sent;
}

/* Those whose answers are checked hear them from here. */
static void
keep_alive(struct rehearsal *rehearsal)
{
	struct bond_port *port;

	FOREACH_PORT (rehearsal->bond, port) {
		if (port->link != BOND_LINK_UP || (rehearsal->cut & bit_of(port)))
			continue;
		port->last_rx = rehearsal->now;
		for (guint i = 0; i < G_N_ELEMENTS(port->target_rx); i++)
			port->target_rx[i] = rehearsal->now;
	}
}

static gboolean
waits_for_monitor(const struct rehearsal *rehearsal)
{
	const struct bond *bond = rehearsal->bond;
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (bond->params.arp_interval > 0 && (rehearsal->cut & bit_of(port)) && port->link == BOND_LINK_UP)
			return TRUE;
	}
	return FALSE;
}

void
rehearsal_play(struct rehearsal *rehearsal, bond_time now)
{
	struct bond *bond = rehearsal->bond;
	bond_time end = MAX(now, rehearsal->now) + PLAY_TIME;

	rehearsal->now = MAX(now, rehearsal->now);
	for (guint i = 0; i < MAX_STEPS; i++) {
		bond_time next;

		keep_alive(rehearsal);
		bond_run(bond, rehearsal->now);
		next = bond_next_deadline(bond);
		if (next == BOND_TIME_NEVER || ((next > end || i >= PLAY_STEPS) && !waits_for_monitor(rehearsal)))
			break;
		rehearsal->now = MAX(rehearsal->now + 1, next);
	}
}

void
rehearsal_cut(struct rehearsal *rehearsal, struct bond_port *port, bond_time now)
{
	struct bond_port_link link = port->dev;

	rehearsal->now = MAX(now, rehearsal->now);
	rehearsal->cut |= bit_of(port);
	link.carrier = FALSE;
	rehearsal->bond->params.downdelay = 0;
	bond_port_set_link(port, &link, rehearsal->now);
	rehearsal_play(rehearsal, now);
}
