/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Link monitoring by asking hosts of the network: ARP requests and neighbour solicitations go out every arp_interval,
 * and a port on which nothing comes back is down. In active-backup only the active port asks, and the backups are
 * judged by hearing its broadcasts; in the other modes every port does.
 */
#include <arpa/inet.h>

#include "bond-private.h"
#include "probe.h"

/* The kernel's work starts in another thread, a moment after it was asked for: by then an address that is set together
 * with the bond going up is there, and the first probe has a source. */
#define FIRST_TICK BOND_MSEC
/* A jiffy: what a new port received lies a little more than one interval back. */
#define JIFFY BOND_MSEC

static bond_time
interval(const struct bond *bond)
{
	return bond->params.arp_interval * BOND_MSEC;
}

gboolean
bond_arp_within(const struct bond *bond, bond_time last, guint intervals, bond_time now)
{
	bond_time delta = interval(bond);

	return now >= last - delta && now <= last + intervals * delta + delta / 2;
}

/* --- What was received --- */

/* The workers note when a port received something. */
static void
read_stamp(struct bond_port *port)
{
	struct bond *bond = port->bond;
	bond_time stamp;

	if (port_validates_arp(port) || bond->ops->last_rx == NULL)
		return;
	stamp = bond->ops->last_rx(bond->user, port);
	if (stamp > port->stamp_passed && stamp > port->last_rx)
		port->last_rx = stamp;
}

void
bond_arp_role_ends(struct bond_port *port)
{
	const struct bond *bond = port->bond;

	if (bond->params.arp_interval == 0 || bond->ops->last_rx == NULL || port->gone)
		return;
	read_stamp(port);
	port->stamp_passed = bond->ops->last_rx(bond->user, port);
}

/* slave_oldest_target_arp_rx() */
static bond_time
oldest_target_rx(const struct bond_port *port)
{
	const struct bond_params *params = &port->bond->params;
	bond_time oldest = port->target_rx[0];

	for (guint i = 1; i < BOND_MAX_ARP_TARGETS && params->arp_targets[i] != 0; i++)
		oldest = MIN(oldest, port->target_rx[i]);
	return oldest;
}

static bond_time
any_last_rx(struct bond_port *port)
{
	read_stamp(port);
	return port->last_rx;
}

/* Where no answer is checked nobody knows which target it came from: there all targets are as good as any, as the
 * kernel's documentation has it. (Its code waits for answers that it does not look at, and no port is ever up.) */
bond_time
port_last_rx(struct bond_port *port)
{
	if (port->bond->params.arp_all_targets && port_validates_arp(port))
		return oldest_target_rx(port);
	return any_last_rx(port);
}

void
bond_arp_first_state(struct bond_port *port, bond_time now)
{
	port->last_rx = now - interval(port->bond) - JIFFY;
	port->last_tx = port->last_rx;
	for (guint i = 0; i < G_N_ELEMENTS(port->target_rx); i++)
		port->target_rx[i] = port->last_rx;
}

/* --- Probes --- */

struct probe {
	struct bond_ip target;
	struct bond_route route;
};

/* What one tick sends, the same by each port that does. */
struct probes {
	guint n;
	struct probe list[BOND_MAX_ARP_TARGETS + BOND_MAX_NS_TARGETS];
};

static void
warn_no_route(struct bond *bond, const struct bond_ip *target, bond_time now)
{
	gboolean *warned = target->is_ipv6 ? &bond->ns_warned : &bond->arp_warned;
	char text[INET6_ADDRSTRLEN];

	if (bond->params.arp_validate == 0 || *warned)
		return;
	*warned = TRUE;
	inet_ntop(target->is_ipv6 ? AF_INET6 : AF_INET, target->bytes, text, sizeof(text));
	bond_log(bond, now, G_LOG_LEVEL_WARNING, "no route to %s %s and arp_validate is set",
		 target->is_ipv6 ? "ns_ip6_target" : "arp_ip_target", text);
}

static void
add_probe(struct bond *bond, struct probes *probes, const struct bond_ip *target, bond_time now)
{
	struct probe *probe = &probes->list[probes->n];
	enum bond_route_way way = BOND_ROUTE_NONE;

	*probe = (struct probe){.target = *target};
	if (bond->ops->route != NULL)
		way = bond->ops->route(bond->user, target, &probe->route);
	switch (way) {
	case BOND_ROUTE_ELSEWHERE:
		return;
	case BOND_ROUTE_NONE:
		/* It makes traffic at least, and whoever answers 0.0.0.0 is heard. */
		probe->route = (struct bond_route){0};
		warn_no_route(bond, target, now);
		break;
	case BOND_ROUTE_BOND:
		probe->route.n_tags = MIN(probe->route.n_tags, BOND_MAX_TAGS);
		break;
	}
	probes->n++;
}

static void
find_probes(struct bond *bond, struct probes *probes, bond_time now)
{
	const struct bond_params *params = &bond->params;

	probes->n = 0;
	for (guint i = 0; i < BOND_MAX_ARP_TARGETS && params->arp_targets[i] != 0; i++) {
		struct bond_ip target = {.is_ipv6 = FALSE};

		memcpy(target.bytes, &params->arp_targets[i], sizeof(params->arp_targets[i]));
		add_probe(bond, probes, &target, now);
	}
	for (guint i = 0; i < params->n_ns_targets; i++) {
		struct bond_ip target = {.is_ipv6 = TRUE};

		memcpy(target.bytes, params->ns_targets[i], sizeof(target.bytes));
		add_probe(bond, probes, &target, now);
	}
}

/* bond_arp_send_all(), bond_ns_send_all() */
static void
send_probes(struct bond_port *port, const struct probes *probes, bond_time now)
{
	const struct bond *bond = port->bond;

	for (guint i = 0; i < probes->n; i++) {
		guint8 frame[PROBE_FRAME_MAX];
		gsize len = probe_build(&port->mac, &probes->list[i].route, &probes->list[i].target, frame);

		port->last_tx = now;
		if (bond->ops->send != NULL)
			bond->ops->send(bond->user, port, frame, len);
	}
}

/* --- What both monitors do --- */

static void
propose(struct bond_port *port, enum bond_link link)
{
	port->link_new_state = link;
	port->link_proposed = TRUE;
}

static void
count_failure(struct bond_port *port)
{
	if (port->link_failure_count < G_MAXUINT32)
		port->link_failure_count++;
}

static void
change_link(struct bond_port *port, enum bond_link link, bond_time now)
{
	/* No delay runs, should miimon take over. */
	port->delay_end = 0;
	port->has_waited = FALSE;
	if (link == BOND_LINK_DOWN)
		port->down_reason = BOND_REASON_MONITOR;
	port_change_link(port, link, now);
}

/* --- active-backup, first pass (bond_ab_arp_inspect()) --- */

static gboolean
backup_is_lost(struct bond_port *port, bond_time rx, bond_time now)
{
	struct bond *bond = port->bond;

	/* While a new active port is searched each port gets its turn before it is judged. */
	return port->backup && bond->arp_candidate == NULL &&
	       !bond_arp_within(bond, rx, bond->params.missed_max + 1, now);
}

static gboolean
active_is_lost(struct bond_port *port, bond_time rx, bond_time now)
{
	struct bond *bond = port->bond;

	return !port->backup && (!bond_arp_within(bond, port->last_tx, bond->params.missed_max, now) ||
				 !bond_arp_within(bond, rx, bond->params.missed_max, now));
}

static void
ab_inspect_port(struct bond_port *port, bond_time now)
{
	struct bond *bond = port->bond;
	bond_time rx = port_last_rx(port);

	port->link_proposed = FALSE;
	if (port->link != BOND_LINK_UP) {
		if (bond_arp_within(bond, rx, 1, now))
			propose(port, BOND_LINK_UP);
		else if (port->link == BOND_LINK_BACK)
			propose(port, BOND_LINK_FAIL);
		return;
	}
	/* It takes a whole cycle until the times of a port that was just chosen mean something. */
	if (bond_arp_within(bond, port->last_link_up, 2, now))
		return;
	if (backup_is_lost(port, rx, now) || active_is_lost(port, rx, now))
		propose(port, BOND_LINK_DOWN);
}

/* --- active-backup, second pass (bond_ab_arp_commit()). Each returns whether to choose anew. --- */

static gboolean
ab_commit_up(struct bond *bond, struct bond_port *port, bond_time now)
{
	change_link(port, BOND_LINK_UP, now);
	/* Only if miimon was at work before: it was going down. The kernel leaves it so, but sends by it. */
	if (bond->active == port)
		return FALSE;
	if (bond->arp_candidate != NULL)
		port_set_inactive_flags(bond->arp_candidate);
	bond->arp_candidate = NULL;
	port_log(port, now, G_LOG_LEVEL_INFO, "link status definitely up");
	return bond->active == NULL || port == bond->primary || port->prio > bond->active->prio;
}

static gboolean
ab_commit_down(struct bond *bond, struct bond_port *port, bond_time now)
{
	count_failure(port);
	change_link(port, BOND_LINK_DOWN, now);
	port_set_inactive_flags(port);
	port_log(port, now, G_LOG_LEVEL_INFO, "link status definitely down, disabling slave");
	if (port != bond->active)
		return FALSE;
	bond->arp_candidate = NULL;
	return TRUE;
}

static gboolean
ab_commit_fail(struct bond *bond, struct bond_port *port, bond_time now)
{
	change_link(port, BOND_LINK_FAIL, now);
	port_set_inactive_flags(port);
	/* Somebody was enslaved and became active meanwhile: the search is over. */
	if (bond->active != NULL)
		bond->arp_candidate = NULL;
	return FALSE;
}

static gboolean
ab_commit_port(struct bond *bond, struct bond_port *port, bond_time now)
{
	switch (port->link_new_state) {
	case BOND_LINK_UP:
		return ab_commit_up(bond, port, now);
	case BOND_LINK_DOWN:
		return ab_commit_down(bond, port, now);
	case BOND_LINK_FAIL:
		return ab_commit_fail(bond, port, now);
	case BOND_LINK_BACK:
		break;
	}
	return FALSE;
}

/* Several ports may change in one tick; there is one choice for all of them (kernel-semantics 3). */
static void
ab_commit(struct bond *bond, bond_time now)
{
	gboolean failover = FALSE;
	gboolean changed = FALSE;
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (!port->link_proposed)
			continue;
		port->link_proposed = FALSE;
		changed = TRUE;
		failover |= ab_commit_port(bond, port, now);
	}
	if (!changed)
		return;
	if (failover)
		bond_select_active(bond, now);
	bond_update_carrier(bond, now);
	/* Traffic and the news to the peers go first, then the probes. */
	bond_settle(bond, now);
}

/* --- active-backup, third pass: probes, and the search for an active port (bond_ab_arp_probe()) --- */

/* A port that is up without being the active one is not, when nobody is active. */
static void
put_down_lost(struct bond_port *port, bond_time now)
{
	if (port_is_up(port) || port->link != BOND_LINK_UP)
		return;
	change_link(port, BOND_LINK_DOWN, now);
	count_failure(port);
	port_set_inactive_flags(port);
	port_log(port, now, G_LOG_LEVEL_INFO, "backup interface is now down");
}

/* The next port behind the last candidate, round about; of those whose device is up. */
static struct bond_port *
next_candidate(struct bond *bond, bond_time now)
{
	struct bond_port *last = bond->arp_candidate != NULL ? bond->arp_candidate : bond_nth_port(bond, 0);
	struct bond_port *before = NULL;
	struct bond_port *behind = NULL;
	gboolean found = FALSE;
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (!found && before == NULL && port_is_up(port))
			before = port;
		if (found && behind == NULL && port_is_up(port))
			behind = port;
		put_down_lost(port, now);
		found |= port == last;
	}
	return behind != NULL ? behind : before;
}

static void
try_candidate(struct bond *bond, const struct probes *probes, bond_time now)
{
	struct bond_port *port = next_candidate(bond, now);

	if (port == NULL)
		return;
	change_link(port, BOND_LINK_BACK, now);
	port_set_active_flags(port);
	/* Before the probe: its answer must find the port as a candidate. */
	port->last_link_up = now;
	bond->arp_candidate = port;
	send_probes(port, probes, now);
}

static void
ab_probe(struct bond *bond, bond_time now)
{
	struct probes probes;

	find_probes(bond, &probes, now);
	if (bond->active != NULL)
		send_probes(bond->active, &probes, now);
	else
		try_candidate(bond, &probes, now);
}

static void
ab_tick(struct bond *bond, bond_time now)
{
	struct bond_port *port;

	bond_repeat_notification(bond);
	FOREACH_PORT (bond, port)
		ab_inspect_port(port, now);
	ab_commit(bond, now);
	ab_probe(bond, now);
}

/* --- The other modes (bond_loadbalance_arp_mon()) --- */

struct lb_tick {
	struct bond *bond;
	bond_time now;
	struct bond_port *active; /* when the tick began */
	gboolean changed;
	gboolean failover;
};

static gboolean
lb_hears(struct bond_port *port, guint intervals, bond_time now)
{
	const struct bond *bond = port->bond;

	return bond_arp_within(bond, port->last_tx, intervals, now) &&
	       bond_arp_within(bond, any_last_rx(port), intervals, now);
}

static void
lb_inspect_port(struct lb_tick *tick, struct bond_port *port)
{
	guint missed_max = tick->bond->params.missed_max;

	port->link_proposed = FALSE;
	if (port->link != BOND_LINK_UP && lb_hears(port, 1, tick->now)) {
		propose(port, BOND_LINK_UP);
		tick->failover |= tick->active == NULL;
		port_log(port, tick->now, G_LOG_LEVEL_INFO,
			 tick->active == NULL ? "link status definitely up" : "interface is now up");
	} else if (port->link == BOND_LINK_UP && !lb_hears(port, missed_max, tick->now)) {
		propose(port, BOND_LINK_DOWN);
		count_failure(port);
		tick->failover |= tick->active == port;
		port_log(port, tick->now, G_LOG_LEVEL_INFO, "interface is now down");
	}
	tick->changed |= port->link_proposed;
}

/* bond_slave_state_change() */
static void
lb_commit(struct lb_tick *tick)
{
	struct bond *bond = tick->bond;
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port->link_proposed)
			change_link(port, port->link_new_state, tick->now);
		port->link_proposed = FALSE;
		if (port->link == BOND_LINK_UP)
			port_set_active_flags(port);
		else if (port->link == BOND_LINK_DOWN)
			port_set_inactive_flags(port);
	}
	if (tick->failover)
		bond_select_active(bond, tick->now);
	bond_update_carrier(bond, tick->now);
}

static void
lb_tick(struct bond *bond, bond_time now)
{
	struct lb_tick tick = {.bond = bond, .now = now, .active = bond->active};
	struct probes probes;
	struct bond_port *port;

	find_probes(bond, &probes, now);
	/* A probe that a switch floods is heard by the ports behind: they are looked at after it was sent. */
	FOREACH_PORT (bond, port) {
		lb_inspect_port(&tick, port);
		if (port_is_up(port))
			send_probes(port, &probes, now);
	}
	if (tick.changed)
		lb_commit(&tick);
}

/* --- The clock --- */

/* Not when arp_interval is set, as the kernel does where it may tell: the targets often come right behind it. */
static void
warn_no_targets(struct bond *bond, bond_time now)
{
	if (bond->arp_began && bond->params.arp_targets[0] == 0 && bond->params.n_ns_targets == 0)
		bond_log(bond, now, G_LOG_LEVEL_WARNING,
			 "ARP monitoring has been set up, but no ARP targets have been specified");
	bond->arp_began = FALSE;
}

/* The port that was being tried must not stay a second active one: under the other monitor nobody would look after it. */
static void
end_search(struct bond *bond)
{
	if (bond->arp_candidate != NULL && bond->arp_candidate != bond->active)
		port_set_inactive_flags(bond->arp_candidate);
	bond->arp_candidate = NULL;
}

void
bond_arp_start(struct bond *bond, bond_time now)
{
	bond->arp_began = TRUE;
	if (bond->params.arp_interval == 0)
		end_search(bond);
	bond->arp_at = bond->up && bond->params.arp_interval > 0 ? now + FIRST_TICK : BOND_TIME_NEVER;
	bond_mark_plan(bond);
}

void
bond_arp_stop(struct bond *bond)
{
	bond->arp_at = BOND_TIME_NEVER;
	if (bond->params.arp_interval == 0)
		end_search(bond);
	bond_mark_plan(bond);
}

void
bond_arp_run(struct bond *bond, bond_time now)
{
	if (now < bond->arp_at)
		return;
	/* Counted from now, as the kernel does: whoever is late is not asked to catch up. */
	bond->arp_at = now + interval(bond);
	if (bond->ports->len == 0)
		return;
	warn_no_targets(bond, now);
	bond->reason = BOND_REASON_MONITOR;
	if (bond->params.mode == BOND_MODE_ACTIVEBACKUP)
		ab_tick(bond, now);
	else
		lb_tick(bond, now);
}

bond_time
bond_arp_next_deadline(const struct bond *bond)
{
	return bond->arp_at;
}

void
bond_arp_release(struct bond_port *port)
{
	end_search(port->bond);
	bond_arp_leave_groups(port);
}
