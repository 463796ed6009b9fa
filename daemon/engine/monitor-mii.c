/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Link monitoring by carrier. The kernel's driver looks every miimon milliseconds; here a change of carrier is
 * looked at when it is told, and the clock runs only while updelay, downdelay or a peer notification waits. With
 * use_carrier=0 drivers are asked, who tell nothing by themselves: then it is every miimon here, too.
 */
#include "bond-private.h"

/* The kernel lets miimon grow under ticks that were counted with a small one. */
#define LONGEST_MS (G_MAXINT64 / 4 / BOND_MSEC)

static gint64
ticks_ms(const struct bond *bond, int ticks)
{
	return MIN((gint64) ticks * bond->params.miimon, LONGEST_MS);
}

bond_time
bond_ticks(const struct bond *bond, int ticks)
{
	return ticks_ms(bond, ticks) * BOND_MSEC;
}

static gboolean
monitoring(const struct bond *bond)
{
	return bond->up && bond->params.miimon > 0;
}

void
bond_inspect(struct bond *bond, bond_time now)
{
	if (monitoring(bond))
		bond->inspect_at = MIN(bond->inspect_at, now);
}

/* --- Links --- */

static enum bond_device_link
ask_driver(struct bond_port *port)
{
	const struct bond_ops *ops = port->bond->ops;

	if (port->gone || ops->device_link == NULL)
		return BOND_DEVICE_LINK_UNKNOWN;
	return ops->device_link(port->bond->user, port);
}

/* bond_check_dev_link() */
static gboolean
has_link(struct bond_port *port)
{
	if (!port->dev.running || port->bond->params.use_carrier)
		return port_is_up(port);
	return ask_driver(port) != BOND_DEVICE_LINK_DOWN;
}

static gboolean
polls(const struct bond *bond)
{
	return monitoring(bond) && !bond->params.use_carrier;
}

static void
warn_of_silent_driver(struct bond_port *port, bond_time now)
{
	if (!port->bond->params.use_carrier && ask_driver(port) == BOND_DEVICE_LINK_UNKNOWN)
		port_log(
		    port, now, G_LOG_LEVEL_WARNING,
		    "its driver tells no link status by ethtool or MII: with use_carrier=0 a lost link will not be "
		    "noticed");
}

/* --- Delays. They stand still while nobody looks: then delay_end counts from 0. --- */

static bond_time
clock_of(const struct bond *bond, bond_time now)
{
	return bond->mii_running ? now : 0;
}

static void
start_delay(struct bond_port *port, int ticks, bond_time now)
{
	struct bond *bond = port->bond;

	bond->mii_tick = bond_ticks(bond, 1);
	port->delay_end = clock_of(bond, now) + bond_ticks(bond, ticks);
	port->has_waited = FALSE;
}

static gboolean
delay_over(const struct bond_port *port, bond_time now)
{
	return now >= port->delay_end;
}

int
port_delay_passed(const struct bond_port *port, int ticks, bond_time now)
{
	bond_time total = bond_ticks(port->bond, ticks);
	bond_time left = MAX(0, port->delay_end - clock_of(port->bond, now));

	return (int) CLAMP((total - left) / BOND_MSEC, 0, G_MAXINT32);
}

static gboolean
is_waiting(const struct bond_port *port)
{
	return port->link == BOND_LINK_FAIL || port->link == BOND_LINK_BACK;
}

static void
start_clock(struct bond *bond, bond_time now)
{
	struct bond_port *port;

	if (bond->mii_running || !monitoring(bond))
		return;
	bond->mii_running = TRUE;
	FOREACH_PORT (bond, port) {
		if (is_waiting(port))
			port->delay_end += now;
	}
}

static void
stop_clock(struct bond *bond, bond_time now)
{
	struct bond_port *port;

	if (!bond->mii_running)
		return;
	bond->mii_running = FALSE;
	FOREACH_PORT (bond, port) {
		if (is_waiting(port))
			port->delay_end = MAX(0, port->delay_end - now);
	}
}

/* Delays are counted in ticks: what is left of a running one changes with the tick. The kernel looks at once, and
 * that is the first of them. */
static void
change_tick(struct bond *bond)
{
	bond_time tick = bond_ticks(bond, 1);
	struct bond_port *port;

	if (tick == 0 || tick == bond->mii_tick || bond->mii_tick == 0)
		return;
	FOREACH_PORT (bond, port) {
		bond_time left;

		if (!is_waiting(port))
			continue;
		left = (port->delay_end + bond->mii_tick - 1) / bond->mii_tick;
		port->delay_end = bond_ticks(bond, (int) CLAMP(left - 1, 0, G_MAXINT));
	}
	bond->mii_tick = tick;
}

static void
start_polling(struct bond *bond, bond_time now)
{
	bond->mii_poll_at = polls(bond) ? now + bond_ticks(bond, 1) : BOND_TIME_NEVER;
}

void
bond_mii_change_source(struct bond *bond, bond_time now)
{
	start_polling(bond, now);
	bond_inspect(bond, now);
}

void
bond_mii_start(struct bond *bond, bond_time now)
{
	start_clock(bond, now);
	start_polling(bond, now);
	bond_inspect(bond, now);
}

void
bond_mii_stop(struct bond *bond, bond_time now)
{
	stop_clock(bond, now);
	bond->mii_poll_at = BOND_TIME_NEVER;
	bond->inspect_at = BOND_TIME_NEVER;
	bond->send_peer_notif = 0;
	bond->notif_first = FALSE;
	bond->notif_due = FALSE;
	bond->notif_deadline = BOND_TIME_NEVER;
}

void
bond_mii_reset(struct bond *bond, bond_time now)
{
	gboolean notifying = monitoring(bond) && bond->send_peer_notif > 0;

	stop_clock(bond, now);
	change_tick(bond);
	start_clock(bond, now);
	start_polling(bond, now);
	bond->inspect_at = BOND_TIME_NEVER;
	bond_inspect(bond, now);
	bond->notif_deadline = notifying ? now + bond_ticks(bond, 1) : BOND_TIME_NEVER;
}

void
bond_mii_first_state(struct bond_port *port, bond_time now)
{
	const struct bond_params *params = &port->bond->params;

	if (params->miimon > 0)
		warn_of_silent_driver(port, now);
	if (params->miimon > 0 && has_link(port))
		port->link = params->updelay > 0 ? BOND_LINK_BACK : BOND_LINK_UP;
	else if (params->miimon > 0)
		port->link = BOND_LINK_DOWN;
	else if (params->arp_interval > 0)
		port->link = port->dev.carrier ? BOND_LINK_UP : BOND_LINK_DOWN;
	else
		port->link = BOND_LINK_UP;
	if (port->link == BOND_LINK_BACK)
		start_delay(port, params->updelay, now);
	if (port->link != BOND_LINK_DOWN)
		port->last_link_up = now;
}

/* --- First pass: propose (bond_miimon_inspect()) --- */

struct inspection {
	struct bond *bond;
	bond_time now;
	gboolean ignore_updelay;
	gboolean commit;
};

static void
propose(struct inspection *in, struct bond_port *port, enum bond_link link)
{
	port->link_new_state = link;
	port->link_proposed = TRUE;
	in->commit = TRUE;
}

static void
inspect_fail(struct inspection *in, struct bond_port *port)
{
	if (has_link(port)) {
		propose(in, port, BOND_LINK_UP);
		port->last_link_up = in->now;
		port_log(port, in->now, G_LOG_LEVEL_INFO, "link status up again after %d ms",
			 port_delay_passed(port, in->bond->params.downdelay, in->now));
	} else if (delay_over(port, in->now)) {
		propose(in, port, BOND_LINK_DOWN);
	}
}

static void
inspect_up(struct inspection *in, struct bond_port *port)
{
	int downdelay = in->bond->params.downdelay;
	const char *role = "";

	if (has_link(port))
		return;
	propose(in, port, BOND_LINK_FAIL);
	start_delay(port, downdelay, in->now);
	if (in->bond->params.mode == BOND_MODE_ACTIVEBACKUP)
		role = port->backup ? "backup " : "active ";
	if (downdelay > 0)
		port_log(port, in->now, G_LOG_LEVEL_INFO,
			 "link status down for %sinterface, disabling it in %" G_GINT64_FORMAT " ms", role,
			 ticks_ms(in->bond, downdelay));
	inspect_fail(in, port);
}

static void
inspect_back(struct inspection *in, struct bond_port *port)
{
	if (!has_link(port)) {
		propose(in, port, BOND_LINK_DOWN);
		port_log(port, in->now, G_LOG_LEVEL_INFO, "link status down again after %d ms",
			 port_delay_passed(port, in->bond->params.updelay, in->now));
		return;
	}
	port->has_waited = TRUE;
	if (!in->ignore_updelay && !delay_over(port, in->now))
		return;
	propose(in, port, BOND_LINK_UP);
	/* One is enough to be usable again; the others wait. */
	in->ignore_updelay = FALSE;
}

static void
inspect_down(struct inspection *in, struct bond_port *port)
{
	int updelay = in->bond->params.updelay;

	if (!has_link(port))
		return;
	propose(in, port, BOND_LINK_BACK);
	start_delay(port, updelay, in->now);
	if (updelay > 0)
		port_log(port, in->now, G_LOG_LEVEL_INFO, "link status up, enabling it in %" G_GINT64_FORMAT " ms",
			 in->ignore_updelay ? 0 : ticks_ms(in->bond, updelay));
	inspect_back(in, port);
}

static gboolean
inspect(struct bond *bond, bond_time now)
{
	static void (*const by_state[])(struct inspection * in, struct bond_port * port) = {
	    [BOND_LINK_UP] = inspect_up,
	    [BOND_LINK_FAIL] = inspect_fail,
	    [BOND_LINK_DOWN] = inspect_down,
	    [BOND_LINK_BACK] = inspect_back,
	};
	struct inspection in = {.bond = bond, .now = now};
	struct bond_port *port;

	in.ignore_updelay = bond->mode->ignore_updelay != NULL && bond->mode->ignore_updelay(bond);
	FOREACH_PORT (bond, port) {
		port->link_proposed = FALSE;
		by_state[port->link](&in, port);
	}
	return in.commit;
}

/* --- Second pass: commit (bond_miimon_commit()) --- */

static enum bond_reason
link_reason(const struct bond_port *port)
{
	if (port->bond->run_reason != BOND_REASON_NONE)
		return port->bond->run_reason;
	if (port->link_new_state == BOND_LINK_UP)
		return port->down_reason;
	return port->dev.running ? BOND_REASON_CARRIER : BOND_REASON_ADMIN;
}

/* Returns whether the active port is to be chosen anew. */
static gboolean
commit_up(struct bond *bond, struct bond_port *port, bond_time now)
{
	if (bond->mode->needs_speed_duplex && port->speed == BOND_SPEED_UNKNOWN) {
		port_change_link(port, BOND_LINK_DOWN, now);
		port_log(port, now, G_LOG_LEVEL_WARNING, "failed to get link speed/duplex");
		return FALSE;
	}
	port->last_link_up = now;
	port_change_link(port, BOND_LINK_UP, now);
	port_log(port, now, G_LOG_LEVEL_INFO, "link status definitely up, %u Mbps %s duplex",
		 port->speed == BOND_SPEED_UNKNOWN ? 0 : port->speed,
		 port->duplex != BOND_DUPLEX_HALF ? "full" : "half");
	if (bond->mode->link_up != NULL)
		bond->mode->link_up(bond, port, now);
	return bond->active == NULL || port == bond->primary || port->prio > bond->active->prio;
}

static gboolean
commit_down(struct bond *bond, struct bond_port *port, bond_time now)
{
	if (port->link_failure_count < G_MAXUINT32)
		port->link_failure_count++;
	port->down_reason = port->dev.running ? BOND_REASON_CARRIER : BOND_REASON_ADMIN;
	port_change_link(port, BOND_LINK_DOWN, now);
	if (bond->mode->link_down != NULL)
		bond->mode->link_down(bond, port, now);
	port_log(port, now, G_LOG_LEVEL_INFO, "link status definitely down, disabling slave");
	return port == bond->active;
}

static gboolean
commit_port(struct bond *bond, struct bond_port *port, bond_time now)
{
	bond->reason = link_reason(port);
	switch (port->link_new_state) {
	case BOND_LINK_UP:
		return commit_up(bond, port, now);
	case BOND_LINK_DOWN:
		return commit_down(bond, port, now);
	case BOND_LINK_FAIL:
	case BOND_LINK_BACK:
		port_change_link(port, port->link_new_state, now);
		return FALSE;
	}
	return FALSE;
}

/* Several ports may change in one tick; there is one choice for all of them (kernel-semantics 3). */
static void
commit(struct bond *bond, bond_time now)
{
	enum bond_reason why = BOND_REASON_NONE;
	gboolean failover = FALSE;
	struct bond_port *port;

	bond->in_tick = TRUE;
	FOREACH_PORT (bond, port) {
		if (!port->link_proposed)
			continue;
		port->link_proposed = FALSE;
		if (!commit_port(bond, port, now))
			continue;
		failover = TRUE;
		why = bond->reason;
	}
	if (failover) {
		bond->reason = why;
		bond_select_active(bond, now);
	}
	bond_update_carrier(bond, now);
	bond->in_tick = FALSE;
}

/* --- The clock --- */

static gboolean
inspection_due(const struct bond *bond, bond_time now)
{
	const struct bond_port *port;

	if (bond->inspect_at <= now || bond->mii_poll_at <= now)
		return TRUE;
	FOREACH_PORT (bond, port) {
		if (is_waiting(port) && delay_over(port, now))
			return TRUE;
	}
	return FALSE;
}

void
bond_mii_run(struct bond *bond, bond_time now)
{
	if (!monitoring(bond))
		return;
	bond_count_notifications(bond, now);
	if (!inspection_due(bond, now))
		return;
	bond->inspect_at = BOND_TIME_NEVER;
	if (bond->mii_poll_at <= now)
		start_polling(bond, now);
	if (inspect(bond, now))
		commit(bond, now);
}

bond_time
bond_mii_next_deadline(const struct bond *bond)
{
	const struct bond_port *port;
	bond_time next;

	if (!monitoring(bond))
		return BOND_TIME_NEVER;
	next = MIN(MIN(bond->inspect_at, bond->mii_poll_at), bond->notif_deadline);
	FOREACH_PORT (bond, port) {
		if (is_waiting(port))
			next = MIN(next, port->delay_end);
	}
	return next;
}
