/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seeds.h"

#include "seed.h"

#include "engine/lacp-info.h"

#define MAX_LINKS 4
#define N_FLOWS	  16
#define MAX_DELAY 400 /* ms; within the second between two LACPDUs, so that they come in order or close to it */

/* A partner that is silent is forgotten after three of its periods… */
#define FORGET_FAST (3 * BOND_SEC)
#define FORGET_SLOW (90 * BOND_SEC)
/* … then both speak every 30 seconds only: of an unknown partner the long timeout is assumed. EXPIRED lasts three, the
 * choice of an aggregator waits eight after the bond came up, ports wait two for each other; and each machine may take
 * its tick to notice. */
#define OTHER_TIMERS (45 * BOND_SEC)
/* Time after that in which nothing may change. */
#define QUIET (3 * BOND_SEC)

#define RENEGOTIATION (500 * BOND_MSEC)
/* What an LACPDU told is acted on in the next tick. */
#define GRACE (100 * BOND_MSEC)

#define STATE_FORWARDS (LACP_STATE_SYNC | LACP_STATE_COLLECTING | LACP_STATE_DISTRIBUTING)

struct link {
	struct device *ends[2]; /* port of the host, its far end */
	gboolean cut[2];	/* frames from this end vanish, the carrier stays */
	guint loss;		/* percent of frames that are lost */
	guint delay;		/* ms at most */
	bond_time heard[2];	/* when this end last got an LACPDU */
	gboolean changed;	/* it had another speed or duplex */
};

/* What we remember of a port. */
struct port_watch {
	int ifindex;
	gboolean bound;	       /* it was in step with the partner that it has */
	bond_time wrong_since; /* it sends, but should not */
	char shown[160];       /* by trace_port() */
};

struct run {
	struct seed seed;
	struct device *bonds[2];
	struct link links[MAX_LINKS];
	guint n_links;
	gboolean fast[2]; /* lacp_rate */
	gboolean quiet;	  /* nothing may change any more */
	guint64 quiet_generation[2];
	struct bond_plan last_plan[2];
	bond_port_id last_flow[2][N_FLOWS];
	struct port_watch watches[2][BOND_MAX_PORTS];
};

/* --- What is always true --- */

static gboolean
port_sends(const struct bond_plan *plan, const struct bond_port *port)
{
	for (guint i = 0; plan->tx == BOND_PLAN_HASH && i < plan->n_slots; i++)
		if (plan->slots[i] == port_id(port))
			return TRUE;
	return FALSE;
}

/*
 * Why a port that sends should not, or NULL. Without any partner the ports of the active aggregator work alone
 * (kernel-semantics 61); when a partner appears they go on until they are in step with it, as the kernel's do: there was
 * no agreement yet that they could break.
 */
static const char *
why_not(struct port_watch *watch, const struct bond_lacp_info *info)
{
	gboolean in_step = (info->actor.state & STATE_FORWARDS) == STATE_FORWARDS;

	if (in_step || bond_mac_is_zero(&info->partner.system))
		watch->bound = in_step;
	if (!info->aggregator_active)
		return "its aggregator is not active";
	if (!watch->bound)
		return NULL;
	if (!in_step)
		return "it is out of step";
	return (info->partner.state & LACP_STATE_SYNC) != 0 ? NULL : "its partner is out of step";
}

/* Whether its partner has said nothing for longer than it may. */
static gboolean
is_silent(const struct run *run, const struct device *bond, const struct bond_port *port)
{
	guint side = bond == run->bonds[1];
	bond_time patience = run->fast[side] ? FORGET_FAST : FORGET_SLOW;

	for (guint i = 0; i < run->n_links; i++)
		if (run->links[i].ends[side]->ifindex == port_ifindex(port))
			return run->seed.world->now - run->links[i].heard[side] > patience + GRACE;
	return FALSE;
}

/* For whoever looks for the reason of a failure. */
static void
trace_port(struct run *run, const struct device *bond, const struct bond_port *port, const struct bond_lacp_info *info,
	   gboolean sends)
{
	struct port_watch *watch = &run->watches[bond == run->bonds[1]][port_id(port)];
	g_autofree char *text =
	    g_strdup_printf("%s: %s aggregator %u%s, actor %02x, partner %02x, %s, %s%s", bond->name, port_name(port),
			    info->aggregator_id, info->aggregator_active ? " active" : "", info->actor.state,
			    info->partner.state, info->rx_state, info->mux_state, sends ? ", sends" : "");

	if (strcmp(text, watch->shown) != 0)
		seed_note(&run->seed, "  %s", text);
	g_strlcpy(watch->shown, text, sizeof(watch->shown));
}

static void
check_port(struct run *run, const struct device *bond, struct bond_port *port, guint16 *active)
{
	struct port_watch *watch = &run->watches[bond == run->bonds[1]][port_id(port)];
	gboolean sends = port_sends(bond->plan, port);
	struct bond_lacp_info info;
	const char *why;

	if (!bond_port_lacp_info(port, &info)) {
		seed_wrong(&run->seed, "%s: %s has no LACP", bond->name, port_name(port));
		return;
	}
	if (info.aggregator_active && *active != 0 && *active != info.aggregator_id)
		seed_wrong(&run->seed, "%s: aggregators %u and %u are active", bond->name, *active, info.aggregator_id);
	if (info.aggregator_active)
		*active = info.aggregator_id;
	if (run->seed.verbose)
		trace_port(run, bond, port, &info, sends);
	if (watch->ifindex != port_ifindex(port))
		*watch = (struct port_watch){.ifindex = port_ifindex(port), .wrong_since = BOND_TIME_NEVER};
	why = why_not(watch, &info);
	if (!sends)
		why = NULL;
	if (why == NULL && sends && watch->bound && is_silent(run, bond, port))
		why = "its partner is silent";
	watch->wrong_since = why == NULL ? BOND_TIME_NEVER : MIN(watch->wrong_since, run->seed.world->now);
	if (why != NULL && run->seed.world->now - watch->wrong_since > GRACE)
		seed_wrong(&run->seed, "%s: %s sends, but %s: aggregator %u, actor %02x, partner %02x", bond->name,
			   port_name(port), why, info.aggregator_id, info.actor.state, info.partner.state);
}

/* A frame of TCP from one port to another, which says which flow it is. */
static void
make_flow(guint8 frame[54], guint flow)
{
	static const guint8 head[] = {0x02, 0, 0, 0, 3, 1,  0x02, 0, 0, 0,   0,	  1, 0x08, 0,	0x45, 0, 0,
				      40,   0, 0, 0, 0, 64, 6,	  0, 0, 192, 168, 7, 1,	   192, 168,  7, 254};

	memset(frame, 0, 54);
	memcpy(frame, head, sizeof(head));
	frame[34] = 0x80;
	frame[35] = (guint8) (flow * 37);
	frame[37] = 80;
	frame[46] = 0x50;
}

static gboolean
same_ports(const struct bond_plan *a, const struct bond_plan *b)
{
	guint64 in_a = 0;
	guint64 in_b = 0;

	for (guint i = 0; i < a->n_slots; i++)
		in_a |= G_GUINT64_CONSTANT(1) << a->slots[i];
	for (guint i = 0; i < b->n_slots; i++)
		in_b |= G_GUINT64_CONSTANT(1) << b->slots[i];
	return a->tx == b->tx && in_a == in_b;
}

/* A flow that moves without need may overtake itself. */
static void
check_flows(struct run *run, guint side)
{
	struct device *bond = run->bonds[side];
	struct bond_plan_state state = {.random = 1};
	gboolean same = run->last_plan[side].generation != 0 && same_ports(bond->plan, &run->last_plan[side]);

	if (bond->plan->generation == run->last_plan[side].generation)
		return;
	for (guint i = 0; i < N_FLOWS; i++) {
		guint8 bytes[54];
		const struct bond_frame frame = {.data = bytes, .len = sizeof(bytes)};
		bond_port_id id;

		make_flow(bytes, i);
		bond_plan_transmit(bond->plan, &state, &frame, 1, &id);
		if (same && id != run->last_flow[side][i])
			seed_wrong(&run->seed, "%s: flow %u moved from port %u to %u, and the ports are the same",
				   bond->name, i, run->last_flow[side][i], id);
		if (id != BOND_PORT_NONE && (bond->plan->usable >> id & 1) == 0)
			seed_wrong(&run->seed, "%s: flow %u goes by port %u, which may not send", bond->name, i, id);
		run->last_flow[side][i] = id;
	}
	run->last_plan[side] = *bond->plan;
}

static void
check_bond(struct run *run, guint side)
{
	const struct device *bond = run->bonds[side];
	struct bond_aggregate_info info;
	struct bond_port *port;
	guint16 active = 0;

	if (bond->plan == NULL)
		return;
	for (guint i = 0; (port = bond_nth_port(bond->bond, i)) != NULL; i++)
		check_port(run, bond, port, &active);
	if (!bond_lacp_info(bond->bond, &info))
		seed_wrong(&run->seed, "%s has no LACP", bond->name);
	if (active != 0 && info.aggregator_id != active)
		seed_wrong(&run->seed, "%s: aggregator %u is active, and %u says so", bond->name, info.aggregator_id,
			   active);
	if (bond_has_carrier(bond->bond) && !info.has_active)
		seed_wrong(&run->seed, "%s has a carrier without an active aggregator", bond->name);
	check_flows(run, side);
	if (run->quiet && bond->plan->generation != run->quiet_generation[side])
		seed_wrong(&run->seed, "%s: its plan changed, and nothing had happened", bond->name);
}

static void
check(void *data)
{
	struct run *run = data;

	for (guint side = 0; side < 2; side++)
		if (run->bonds[side] != NULL)
			check_bond(run, side);
	if (run->seed.world->broken != NULL)
		seed_wrong(&run->seed, "%s", run->seed.world->broken);
}

/* --- What may happen --- */

static gboolean
cross(void *data, const struct device *from, const guint8 *frame, gsize len, bond_time *delay)
{
	struct run *run = data;

	for (guint i = 0; i < run->n_links; i++) {
		const struct link *link = &run->links[i];
		guint end = link->ends[1] == from;

		if (link->ends[end] != from)
			continue;
		*delay = link->delay == 0 ? 0 : seed_roll(&run->seed, link->delay + 1) * BOND_MSEC;
		if (link->cut[end] || seed_roll(&run->seed, 100) < link->loss)
			return FALSE;
		run->links[i].heard[!end] = run->seed.world->now + *delay;
		return TRUE;
	}
	return TRUE;
}

static struct link *
some_link(struct run *run)
{
	return &run->links[seed_roll(&run->seed, run->n_links)];
}

static void
do_link(struct run *run)
{
	struct device *end = some_link(run)->ends[seed_roll(&run->seed, 2)];

	if (end->master != NULL)
		seed_set_up(&run->seed, end, !end->up);
}

static void
do_silent_cut(struct run *run)
{
	struct link *link = some_link(run);
	guint end = seed_roll(&run->seed, 2);

	link->cut[end] = !link->cut[end];
	seed_note(&run->seed, "frames from %s %s", link->ends[end]->name, link->cut[end] ? "vanish" : "arrive again");
}

static void
do_loss(struct run *run)
{
	static const guint losses[] = {0, 0, 10, 30, 60};
	struct link *link = some_link(run);

	link->loss = losses[seed_roll(&run->seed, G_N_ELEMENTS(losses))];
	seed_note(&run->seed, "%s loses %u %% of frames", link->ends[0]->name, link->loss);
}

static void
do_delay(struct run *run)
{
	struct link *link = some_link(run);

	link->delay = seed_roll(&run->seed, 2) * seed_roll(&run->seed, MAX_DELAY);
	seed_note(&run->seed, "%s takes up to %u ms", link->ends[0]->name, link->delay);
}

static void
do_member(struct run *run)
{
	guint side = seed_roll(&run->seed, 2);
	struct device *device = some_link(run)->ends[side];

	if (device->master == NULL) {
		seed_join(&run->seed, run->bonds[side], device);
		return;
	}
	seed_note(&run->seed, "%s leaves %s", device->name, run->bonds[side]->name);
	run->watches[side][port_id(device_port(device))].ifindex = 0;
	world_release(device);
}

/* While a bond is down its timers stand still. */
static void
set_bond_up(struct run *run, guint side, gboolean up)
{
	for (guint i = 0; up && i < run->n_links; i++)
		run->links[i].heard[side] = run->seed.world->now;
	seed_set_up(&run->seed, run->bonds[side], up);
}

static void
do_bond(struct run *run)
{
	guint side = seed_roll(&run->seed, 2);

	set_bond_up(run, side, !run->bonds[side]->up);
}

/* A link that settles on another speed is down meanwhile. */
static void
set_speed(struct run *run, struct link *link, guint32 speed, enum bond_duplex duplex)
{
	struct device *end = link->ends[1];
	gboolean was_up = end->up;

	link->changed = TRUE;
	seed_note(&run->seed, "%s has speed %d, %s duplex", link->ends[0]->name, (int) speed,
		  duplex == BOND_DUPLEX_FULL ? "full" : "half");
	device_set_up(end, FALSE);
	world_advance(run->seed.world, run->seed.world->now + RENEGOTIATION);
	for (guint i = 0; i < 2; i++) {
		link->ends[i]->speed = speed;
		link->ends[i]->duplex = duplex;
	}
	device_set_up(end, was_up);
}

static void
do_speed(struct run *run)
{
	static const guint32 speeds[] = {1000, 10000, 10000, 25000, BOND_SPEED_UNKNOWN};
	guint32 speed = speeds[seed_roll(&run->seed, G_N_ELEMENTS(speeds))];

	set_speed(run, some_link(run), speed, seed_roll(&run->seed, 4) == 0 ? BOND_DUPLEX_HALF : BOND_DUPLEX_FULL);
}

/* One port to another: what the far ends hear of it is another partner at the same link. */
static void
do_swap(struct run *run)
{
	struct link *a = some_link(run);
	struct link *b = some_link(run);
	struct device *far_end = a->ends[1];
	bond_time heard = a->heard[1];

	if (a == b)
		return;
	seed_note(&run->seed, "%s and %s swap their far ends", a->ends[0]->name, b->ends[0]->name);
	a->changed = b->changed = a->changed || b->changed;
	a->ends[1] = b->ends[1];
	b->ends[1] = far_end;
	a->heard[1] = b->heard[1];
	b->heard[1] = heard;
	a->ends[0]->cable = a->ends[1];
	a->ends[1]->cable = a->ends[0];
	b->ends[0]->cable = b->ends[1];
	b->ends[1]->cable = b->ends[0];
}

static void
do_something(struct run *run)
{
	static void (*const actions[])(struct run * run) = {
	    do_link, do_link,  do_link,	 do_link,   do_silent_cut, do_silent_cut, do_loss,  do_loss,
	    do_swap, do_delay, do_delay, do_member, do_member,	   do_bond,	  do_speed,
	};

	actions[seed_roll(&run->seed, G_N_ELEMENTS(actions))](run);
}

/* --- A seed's run --- */

static void
add_bond(struct run *run, guint side, const char *name, const char *active)
{
	static const char *const rates[] = {"fast", "fast", "fast", "slow", NULL};
	static const char *const selects[] = {"stable", "bandwidth", "count", NULL};
	static const char *const switches[] = {"on", "off", NULL};
	static const char *const delays[] = {"0", "0", "200", NULL};
	const char *rate = seed_one_of(&run->seed, rates);
	const char *select = seed_one_of(&run->seed, selects);
	const char *coupled = seed_one_of(&run->seed, switches);
	const char *updelay = seed_one_of(&run->seed, delays);
	const char *downdelay = seed_one_of(&run->seed, delays);
	const char *const settings[] = {
	    "mode",	 "802.3ad", "miimon",	   "100",     "lacp_rate",	  rate,
	    "ad_select", select,    "lacp_active", active,    "coupled_control",  coupled,
	    "updelay",	 updelay,   "downdelay",   downdelay, "xmit_hash_policy", "layer3+4",
	    NULL};
	g_autoptr(GError) error = NULL;

	seed_note(&run->seed,
		  "%s: lacp_rate %s, lacp_active %s, ad_select %s, coupled_control %s, updelay %s, downdelay %s", name,
		  rate, active, select, coupled, updelay, downdelay);
	run->bonds[side] = world_add_bond(run->seed.world, side == 0 ? SIDE_HOST : SIDE_SWITCH, name, NULL);
	if (!bond_set_options(run->bonds[side]->bond, settings, run->seed.world->now, &error))
		seed_wrong(&run->seed, "%s", error->message);
	run->fast[side] = strcmp(rate, "fast") == 0;
}

static void
build(struct run *run)
{
	guint passive = seed_roll(&run->seed, 6);

	add_bond(run, 0, "bond0", passive == 0 ? "off" : "on");
	add_bond(run, 1, "pb0", passive == 1 ? "off" : "on");
	run->n_links = 1 + seed_roll(&run->seed, MAX_LINKS);
	for (guint i = 0; i < run->n_links; i++) {
		g_autofree char *name = g_strdup_printf("p%u", i);
		struct device *port = world_add_port(run->seed.world, DEVICE_VETH, name, NULL);

		run->links[i].ends[0] = port;
		run->links[i].ends[1] = port->cable;
		seed_join(&run->seed, run->bonds[0], port);
		seed_join(&run->seed, run->bonds[1], port->cable);
	}
	seed_set_up(&run->seed, run->bonds[0], TRUE);
	world_advance(run->seed.world, run->seed.world->now + seed_roll(&run->seed, 300) * BOND_MSEC);
	seed_set_up(&run->seed, run->bonds[1], TRUE);
}

/*
 * A port that was half duplex takes part again after its link was down, and only a bond that is up notices that: the
 * bonds come first.
 */
static void
heal(struct run *run)
{
	seed_note(&run->seed, "all is well again");
	for (guint side = 0; side < 2; side++)
		if (!run->bonds[side]->up)
			set_bond_up(run, side, TRUE);
	for (guint i = 0; i < run->n_links; i++) {
		struct link *link = &run->links[i];

		link->cut[0] = link->cut[1] = FALSE;
		link->loss = link->delay = 0;
		for (guint side = 0; side < 2; side++) {
			if (link->ends[side]->master == NULL)
				seed_join(&run->seed, run->bonds[side], link->ends[side]);
			else if (!link->ends[side]->up)
				seed_set_up(&run->seed, link->ends[side], TRUE);
		}
		if (link->changed)
			set_speed(run, link, 10000, BOND_DUPLEX_FULL);
	}
}

static void
check_converged(struct run *run)
{
	for (guint side = 0; side < 2; side++) {
		const struct device *bond = run->bonds[side];
		struct bond_port *port;

		for (guint i = 0; (port = bond_nth_port(bond->bond, i)) != NULL; i++) {
			struct bond_lacp_info info;

			bond_port_lacp_info(port, &info);
			if ((info.actor.state & STATE_FORWARDS) != STATE_FORWARDS || !info.aggregator_active ||
			    !port_sends(bond->plan, port))
				seed_wrong(&run->seed,
					   "%s: %s does not send yet: actor %02x, partner %02x, aggregator %u%s, %s",
					   bond->name, port_name(port), info.actor.state, info.partner.state,
					   info.aggregator_id, info.aggregator_active ? " active" : "",
					   bond_lacp_verdict_name(info.verdict.type));
		}
		run->quiet_generation[side] = bond->plan->generation;
	}
}

static void
converge(struct run *run)
{
	heal(run);
	world_advance(run->seed.world,
		      run->seed.world->now + (run->fast[0] && run->fast[1] ? FORGET_FAST : FORGET_SLOW) + OTHER_TIMERS);
	check_converged(run);
	run->quiet = TRUE;
	world_advance(run->seed.world, run->seed.world->now + QUIET);
	run->quiet = FALSE;
}

gboolean
lacp_seed_run(guint32 seed, gboolean verbose, GString *report)
{
	struct run run = {0};
	guint events;

	seed_begin(&run.seed, seed, verbose, report);
	run.seed.world->cross = cross;
	run.seed.world->cross_data = &run;
	run.seed.world->changed = check;
	run.seed.world->changed_data = &run;
	build(&run);
	events = 5 + seed_roll(&run.seed, 25);
	for (guint i = 0; i < events && !run.seed.failed; i++) {
		world_advance(run.seed.world,
			      run.seed.world->now + seed_roll(&run.seed, 4) * seed_roll(&run.seed, 1500) * BOND_MSEC);
		do_something(&run);
		world_settle(run.seed.world);
	}
	if (!run.seed.failed)
		converge(&run);
	return seed_end(&run.seed);
}
