/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input: a byte of options, then steps of an operation and a port each: a frame of any bytes; an LACPDU that may know
 * the port it comes to; time; carrier, speed and duplex; a port leaves and comes back. Whatever an 802.3ad bond
 * hears, its aggregators must stay whole, one of them active at most, and its clock must go on.
 */
#include "engine/aggregator.h"
#include "engine/lacpdu.h"

#define N_PORTS	  4
#define MAX_STEPS 256

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

struct host {
	struct bond *bond;
	bond_time now;
	struct bond_port_link links[N_PORTS];
	const guint8 *data;
	gsize left;
};

static void
check(gboolean right)
{
	if (!right)
		abort();
}

static guint8
take(struct host *host)
{
	if (host->left == 0)
		return 0;
	host->left--;
	return *host->data++;
}

/* What we send ourselves we must understand. */
static void
send_frame(void *user, struct bond_port *port, const guint8 *frame, gsize len)
{
	g_autofree guint8 *copy = g_memdup2(frame, len);
	struct lacpdu pdu;
	enum slow_kind kind = slow_parse(copy, len, &pdu);

	check(len == LACPDU_FRAME_SIZE && (kind == SLOW_LACPDU || kind == SLOW_MARKER_RESPONSE));
}

static const struct bond_ops ops = {.send = send_frame};

static const char *
port_name_of(guint i)
{
	static const char *const names[N_PORTS] = {"p0", "p1", "p2", "p3"};

	return names[i];
}

static void
add_port(struct host *host, guint i)
{
	const struct bond_port_info info = {
	    .name = port_name_of(i),
	    .ifindex = (int) i + 1,
	    .type = 1,
	    .mac = {{2, 0, 0, 0, 0, (guint8) (i + 1)}},
	    .mtu = 1500,
	    .link = {.carrier = host->links[i].carrier, .speed = host->links[i].speed, .duplex = host->links[i].duplex},
	};
	struct bond_port *port = bond_enslave(host->bond, &info, host->now, NULL);

	check(port != NULL);
	host->links[i].running = TRUE;
	bond_port_set_link(port, &host->links[i], host->now);
}

static void
make_bond(struct host *host)
{
	static const char *const selects[] = {"stable", "bandwidth", "count", "actor_port_prio"};
	static const struct bond_mac mac = {{2, 0, 0, 0, 0, 9}};
	guint8 options = take(host);
	const char *const settings[] = {
	    "mode",
	    "802.3ad",
	    "ad_select",
	    selects[options & 3],
	    "lacp_rate",
	    options & 4 ? "fast" : "slow",
	    "lacp_active",
	    options & 8 ? "off" : "on",
	    "coupled_control",
	    options & 16 ? "off" : "on",
	    "lacp_strict",
	    options & 32 ? "on" : "off",
	    "updelay",
	    options & 64 ? "300" : "0",
	    "min_links",
	    options & 128 ? "2" : "0",
	    NULL,
	};

	host->bond = bond_new("bond0", &ops, host, &mac);
	check(bond_set_options(host->bond, settings, 0, NULL));
	for (guint i = 0; i < N_PORTS; i++) {
		host->links[i] =
		    (struct bond_port_link){.carrier = TRUE, .speed = i < 3 ? 1000 : 10000, .duplex = BOND_DUPLEX_FULL};
		add_port(host, i);
	}
	bond_set_up(host->bond, TRUE, 0);
}

/* --- Steps --- */

static void
hear_bytes(struct host *host, struct bond_port *port)
{
	gsize wanted = take(host);
	gsize len = MIN(wanted, host->left);
	/* A copy of just that size, so that ASan sees where it ends. */
	g_autofree guint8 *frame = g_memdup2(host->data, len);

	host->data += len;
	host->left -= len;
	bond_receive_frame(port, frame, len, host->now);
}

static void
hear_lacpdu(struct host *host, struct bond_port *port)
{
	guint8 who = take(host);
	const struct lacp_port *p = lacp_port(port);
	struct lacpdu pdu = {
	    .actor = {.system_priority = 1,
		      .system = {{4, 0, 0, 0, 0, who & 3}},
		      .key = who >> 2 & 3,
		      .port_number = p->actor.port_number,
		      .state = take(host)},
	    .partner = p->actor,
	};
	guint8 frame[LACPDU_FRAME_SIZE];

	if (who & 16)
		pdu.actor.system = p->actor.system;
	if (who & 32)
		pdu.partner.key++;
	if (who & 64)
		pdu.partner.state = take(host);
	lacpdu_build(&pdu.actor.system, &pdu, frame);
	bond_receive_frame(port, frame, sizeof(frame), host->now);
}

static void
change_link(struct host *host, struct bond_port *port, guint i)
{
	static const guint32 speeds[] = {1000, 10000, BOND_SPEED_UNKNOWN, 123};
	guint8 what = take(host);

	host->links[i].running = (what & 1) == 0;
	host->links[i].carrier = (what & 2) == 0;
	host->links[i].speed = speeds[what >> 2 & 3];
	host->links[i].duplex = what & 16 ? BOND_DUPLEX_HALF : BOND_DUPLEX_FULL;
	bond_port_set_link(port, &host->links[i], host->now);
}

static void
leave_and_return(struct host *host, struct bond_port *port, guint i)
{
	if (take(host) & 1)
		bond_port_gone(port, host->now);
	else
		bond_release(port, host->now);
	add_port(host, i);
}

static void
step(struct host *host)
{
	guint8 op = take(host);
	guint i = op >> 4 & 3;
	struct bond_port *port = bond_find_port(host->bond, port_name_of(i));

	switch (op & 7) {
	case 0:
		hear_bytes(host, port);
		break;
	case 1:
		change_link(host, port, i);
		break;
	case 2:
		leave_and_return(host, port, i);
		break;
	case 3:
		bond_set_up(host->bond, !bond_is_up(host->bond), host->now);
		break;
	case 4:
	case 5:
		host->now += take(host) * 100 * BOND_MSEC;
		break;
	default:
		hear_lacpdu(host, port);
		break;
	}
}

/* --- What must be true --- */

static void
check_aggregator(const struct lacp_aggregator *aggregator, guint *members)
{
	for (const struct lacp_port *p = aggregator->ports; p != NULL; p = p->next) {
		check(p->aggregator == aggregator);
		check(++*members <= N_PORTS);
	}
	check(!aggregator->is_active || aggregator->ports != NULL);
}

static void
check_plan(const struct bond *bond, const struct lacp_aggregator *active)
{
	for (guint i = 0; i < bond->plan.n_slots; i++) {
		gboolean found = FALSE;

		check(active != NULL);
		for (const struct lacp_port *p = active->ports; p != NULL; p = p->next)
			found = found || p->port->id == bond->plan.slots[i];
		check(found);
	}
}

static void
check_bond(const struct bond *bond)
{
	const struct lacp_system *system = lacp_system(bond);
	guint members = 0;
	guint selected = 0;
	guint active = 0;
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p) {
		struct bond_lacp_info info;

		check_aggregator(&p->own, &members);
		active += p->own.is_active ? 1 : 0;
		selected += p->aggregator != NULL ? 1 : 0;
		check(bond_port_lacp_info(p->port, &info));
		check(bond_lacp_verdict_name(info.verdict.type) != NULL);
	}
	check(active <= 1 && members == selected);
	check_plan(bond, aggregator_active(system));
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	struct host host = {.data = data, .left = size};

	make_bond(&host);
	for (guint steps = 0; host.left > 0 && steps < MAX_STEPS; steps++) {
		step(&host);
		/* Once to see what has happened, once for what that has made due. */
		for (guint i = 0; i < 2 && bond_next_deadline(host.bond) <= host.now; i++)
			bond_run(host.bond, host.now);
		bond_run(host.bond, host.now);
		check(bond_next_deadline(host.bond) > host.now);
		check_bond(host.bond);
	}
	bond_free(host.bond, host.now);
	return 0;
}
