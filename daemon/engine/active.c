/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Choice of the active port, and what a failover leads to: filters move, peers are told, IGMP is sent again.
 */
#include <errno.h>

#include "bond-private.h"

#define IGMP_INTERVAL (200 * BOND_MSEC)
/* Longer than a switch needs to learn from a gratuitous ARP where the bond's address is now. */
#define LINGER_TIME (200 * BOND_MSEC)

/* --- Choice (bond_find_best_slave()) --- */

/* The first of the highest prio among those that are up. */
static struct bond_port *
highest_prio(const struct bond *bond)
{
	struct bond_port *best = NULL;
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port->link == BOND_LINK_UP && (best == NULL || port->prio > best->prio))
			best = port;
	}
	return best;
}

/* Whether primary_reselect lets @candidate take over from @current; both are up. */
static gboolean
takes_over(const struct bond *bond, const struct bond_port *candidate, const struct bond_port *current)
{
	switch ((enum bond_primary_reselect) bond->params.primary_reselect) {
	case BOND_PRI_ALWAYS:
		return TRUE;
	case BOND_PRI_BETTER:
		return candidate->speed > current->speed ||
		       (candidate->speed == current->speed && candidate->duplex > current->duplex);
	case BOND_PRI_FAILURE:
		return FALSE;
	}
	return FALSE;
}

/* bond_choose_primary_or_current() */
static struct bond_port *
choose_up(struct bond *bond)
{
	struct bond_port *current = bond->active;
	struct bond_port *candidate = bond->primary;

	if (candidate != NULL && candidate->link == BOND_LINK_UP) {
		if (bond->force_primary) {
			bond->force_primary = FALSE;
			return candidate;
		}
	} else {
		candidate = highest_prio(bond);
	}
	if (candidate == NULL || current == NULL || current->link != BOND_LINK_UP)
		return candidate;
	return takes_over(bond, candidate, current) ? candidate : current;
}

/* Nobody is up: of those that wait for updelay the one that has waited longest (kernel-semantics 9). */
static struct bond_port *
choose_coming_up(const struct bond *bond, bond_time now)
{
	int best_ms = -1;
	struct bond_port *best = NULL;
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		int ms;

		if (port->link != BOND_LINK_BACK || !port->has_waited || !port_is_up(port))
			continue;
		ms = port_delay_passed(port, bond->params.updelay, now);
		if (ms <= best_ms)
			continue;
		best_ms = ms;
		best = port;
	}
	return best;
}

static struct bond_port *
choose(struct bond *bond, bond_time now)
{
	struct bond_port *port = choose_up(bond);

	return port != NULL ? port : choose_coming_up(bond, now);
}

void
bond_select_active(struct bond *bond, bond_time now)
{
	struct bond_port *best;

	bond_begin(bond, BOND_REASON_OPTION);
	best = choose(bond, now);
	if (best != bond->active) {
		bond_change_active(bond, best, now);
		if (bond_update_carrier(bond, now))
			bond_log(bond, now, G_LOG_LEVEL_INFO,
				 bond->carrier ? "active interface up!" : "now running without any active interface!");
	}
	bond_finish(bond, now);
}

/* --- Change (bond_change_active_slave()) --- */

/* The chosen port need not wait any longer. */
static void
take_early(struct bond *bond, struct bond_port *port, bond_time now)
{
	gboolean early = port->link == BOND_LINK_BACK;
	int ms = early ? port_delay_passed(port, bond->params.updelay, now) : 0;

	port->last_link_up = now;
	if (early) {
		port->delay_end = BOND_TIME_NEVER;
		port_change_link(port, BOND_LINK_UP, now);
		if (bond->mode->link_up != NULL)
			bond->mode->link_up(bond, port, now);
	}
	if (!bond_uses_primary(bond))
		return;
	if (early)
		port_log(port, now, G_LOG_LEVEL_INFO, "making interface the new active one %d ms earlier", ms);
	else
		port_log(port, now, G_LOG_LEVEL_INFO, "making interface the new active one");
}

/* The other modes have an active port too, but it is nobody's business: any port does. */
static void
tell_active_changed(struct bond *bond, struct bond_port *old, bond_time now)
{
	struct bond_event event = {.type = BOND_EVENT_ACTIVE_PORT, .old_port = old, .new_port = bond->active};

	if (!bond_uses_primary(bond))
		return;
	bond->last_failover = now;
	bond_emit(bond, event, now);
}

void
bond_change_active(struct bond *bond, struct bond_port *new_active, bond_time now)
{
	struct bond_port *old = bond->active;

	if (old == new_active)
		return;
	bond_begin(bond, BOND_REASON_OPTION);
	if (new_active != NULL)
		take_early(bond, new_active, now);
	if (old != NULL && new_active != NULL)
		bond_linger(old, now);
	bond->active = new_active;
	bond_mark_plan(bond);
	if (bond->mode->active_changed != NULL)
		bond->mode->active_changed(bond, old, new_active, now);
	tell_active_changed(bond, old, now);
	/* Traffic first: all that follows may take its time. */
	if (new_active != NULL)
		bond_publish(bond);
	if (bond_uses_primary(bond))
		bond_move_filters(bond, old, new_active);
	if (bond->mode->announce != NULL)
		bond->mode->announce(bond, old, new_active, now);
	bond_finish(bond, now);
}

static gboolean
can_be_chosen(const struct bond *bond, const struct bond_port *port)
{
	return bond->active != NULL && port->link == BOND_LINK_UP && port_is_up(port);
}

gboolean
bond_set_active_port(struct bond *bond, struct bond_port *port, bond_time now, GError **error)
{
	if (!bond_uses_primary(bond))
		return bond_set_error(error, EACCES, "%s: mode %s has no active port; use active-backup", bond->name,
				      bond->mode->name);
	if (port != NULL && port->bond != bond)
		return bond_set_error(error, EINVAL, "%s: %s is not one of its ports", bond->name, port->name);
	if (port == NULL) {
		bond_begin(bond, BOND_REASON_OPTION);
		bond_change_active(bond, NULL, now);
		bond_select_active(bond, now);
		bond_finish(bond, now);
		return TRUE;
	}
	if (port == bond->active)
		return TRUE;
	if (!can_be_chosen(bond, port)) {
		port_log(port, now, G_LOG_LEVEL_CRITICAL,
			 "Could not set as active slave; either %s is down or the link is down", port->name);
		return bond_set_error(error, EINVAL, "%s: %s cannot be the active port: it or its link is down",
				      bond->name, port->name);
	}
	bond_change_active(bond, port, now);
	return TRUE;
}

/* --- Actions --- */

void
bond_linger(struct bond_port *port, bond_time now)
{
	struct bond *bond = port->bond;

	if (!bond->up || !bond_uses_primary(bond) || port->gone || port->link != BOND_LINK_UP || !port_is_up(port))
		return;
	bond->lingering = port->id;
	bond->linger_end = now + LINGER_TIME;
	bond_mark_plan(bond);
}

void
bond_end_linger(struct bond *bond)
{
	bond->lingering = BOND_PORT_NONE;
	bond->linger_end = BOND_TIME_NEVER;
	bond_mark_plan(bond);
}

void
bond_move_filters(struct bond *bond, struct bond_port *from, struct bond_port *to)
{
	if (from != NULL && from->gone)
		from = NULL;
	if (bond->ops->move_filters != NULL && from != to)
		bond->ops->move_filters(bond->user, from, to);
}

static guint
notif_interval(const struct bond *bond)
{
	return MAX(1, bond->params.peer_notif_delay);
}

static void
arm_notifications(struct bond *bond, bond_time now)
{
	gboolean count = bond->send_peer_notif > 0 && bond->params.miimon > 0;

	bond->notif_deadline = count ? now + bond_ticks(bond, 1) : BOND_TIME_NEVER;
}

void
bond_start_notifying(struct bond *bond, bond_time now)
{
	if (!bond->up)
		return;
	bond->send_peer_notif = bond->params.num_peer_notif * notif_interval(bond);
	bond->notif_first = bond->send_peer_notif > 0;
	bond->notif_in_tick = bond->in_tick;
	arm_notifications(bond, now);
}

/* bond_should_notify_peers() */
static gboolean
may_notify(const struct bond *bond)
{
	gboolean by_anybody = bond->active != NULL || bond->params.mode == BOND_MODE_8023AD;

	return by_anybody && bond->carrier && bond->send_peer_notif % notif_interval(bond) == 0;
}

void
bond_count_notifications(struct bond *bond, bond_time now)
{
	if (now < bond->notif_deadline)
		return;
	if (bond->send_peer_notif > 0) {
		bond->notif_due = may_notify(bond);
		bond->send_peer_notif--;
	}
	arm_notifications(bond, now);
}

void
bond_repeat_notification(struct bond *bond)
{
	if (bond->send_peer_notif == 0 || !may_notify(bond))
		return;
	bond->notif_due = TRUE;
	bond->send_peer_notif--;
}

/*
 * The first notification of a failover. The kernel counts the tick that brought the failover, too, so with a
 * peer_notif_delay of several ticks the second one comes one tick early; it does the same without a delay and
 * loses one notification by it, which we do not.
 */
static void
notify_first(struct bond *bond)
{
	bond->notif_first = FALSE;
	if (!may_notify(bond))
		return;
	bond->notif_due = TRUE;
	bond->send_peer_notif--;
	if (bond->notif_in_tick && bond->send_peer_notif > 0 && notif_interval(bond) > 1)
		bond->send_peer_notif--;
	if (bond->send_peer_notif == 0)
		bond->notif_deadline = BOND_TIME_NEVER;
}

/* In 802.3ad the neighbours of all ports are told (broadcast_neighbor, kernel-semantics 20). */
static gboolean
announces(const struct bond *bond, const struct bond_port *port)
{
	if (bond->params.mode != BOND_MODE_8023AD)
		return port == bond->active;
	for (guint i = 0; i < bond->plan.n_slots; i++) {
		if (bond->plan.slots[i] == port->id)
			return TRUE;
	}
	return FALSE;
}

static void
notify_by(struct bond *bond, struct bond_port *port, bond_time now)
{
	if (bond->ops->notify_peers != NULL)
		bond->ops->notify_peers(bond->user, port);
	bond_emit(bond, (struct bond_event){.type = BOND_EVENT_PEERS_NOTIFIED, .port = port}, now);
}

void
bond_send_notifications(struct bond *bond, bond_time now)
{
	struct bond_port *port;

	if (bond->notif_first)
		notify_first(bond);
	if (!bond->notif_due)
		return;
	bond->notif_due = FALSE;
	FOREACH_PORT (bond, port) {
		if (announces(bond, port))
			notify_by(bond, port, now);
	}
}

void
bond_start_igmp(struct bond *bond, bond_time now)
{
	if (!bond->up || bond->params.resend_igmp <= 0)
		return;
	bond->igmp_retrans = bond->params.resend_igmp;
	bond->igmp_deadline = now;
}

void
bond_send_igmp(struct bond *bond, bond_time now)
{
	if (now < bond->igmp_deadline)
		return;
	bond->igmp_retrans--;
	bond->igmp_deadline = bond->igmp_retrans > 0 ? now + IGMP_INTERVAL : BOND_TIME_NEVER;
	if (bond->active != NULL && bond->ops->resend_igmp != NULL)
		bond->ops->resend_igmp(bond->user, bond->active);
}
