/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "aggregator.h"

#define FOREACH_MEMBER(aggregator, p) for ((p) = (aggregator)->ports; (p) != NULL; (p) = (p)->next)

gboolean
aggregator_has_partner(const struct lacp_aggregator *aggregator)
{
	return !bond_mac_is_zero(&aggregator->partner);
}

struct lacp_aggregator *
aggregator_active(const struct lacp_system *system)
{
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p) {
		if (p->own.is_active)
			return &p->own;
	}
	return NULL;
}

guint
aggregator_n_enabled(const struct lacp_aggregator *aggregator)
{
	const struct lacp_port *p;
	guint n = 0;

	FOREACH_MEMBER (aggregator, p)
		n += p->enabled ? 1 : 0;
	return n;
}

guint
aggregator_n_forwarding(const struct lacp_aggregator *aggregator)
{
	const struct lacp_port *p;
	guint n = 0;

	FOREACH_MEMBER (aggregator, p)
		n += lacp_has(&p->actor, LACP_STATE_COLLECTING) && lacp_has(&p->actor, LACP_STATE_DISTRIBUTING) ? 1 : 0;
	return n;
}

void
aggregator_update_ready(struct lacp_aggregator *aggregator)
{
	gboolean ready = TRUE;
	struct lacp_port *p;

	FOREACH_MEMBER (aggregator, p)
		ready = ready && p->ready_n;
	FOREACH_MEMBER (aggregator, p)
		p->ready = ready;
}

/* --- Membership --- */

static void
clear(struct lacp_aggregator *aggregator)
{
	*aggregator = (struct lacp_aggregator){.owner = aggregator->owner, .id = aggregator->id};
}

static void
join(struct lacp_aggregator *aggregator, struct lacp_port *p)
{
	p->aggregator = aggregator;
	p->next = aggregator->ports;
	aggregator->ports = p;
	p->selected = TRUE;
}

static void
unlink_port(struct lacp_aggregator *aggregator, struct lacp_port *p)
{
	struct lacp_port **at = &aggregator->ports;

	while (*at != NULL && *at != p)
		at = &(*at)->next;
	if (*at == p)
		*at = p->next;
	p->aggregator = NULL;
	p->next = NULL;
}

static void
leave(struct lacp_port *p)
{
	struct lacp_aggregator *aggregator = p->aggregator;

	if (aggregator == NULL)
		return;
	unlink_port(aggregator, p);
	if (aggregator->ports == NULL)
		clear(aggregator);
}

/* --- Port selection (kernel-semantics 58) --- */

static gboolean
suits(const struct lacp_aggregator *aggregator, const struct lacp_port *p)
{
	return aggregator->ports != NULL && aggregator->actor_key == p->actor.key &&
	       bond_mac_equal(&aggregator->partner, &p->partner.system) &&
	       aggregator->partner_priority == p->partner.system_priority &&
	       aggregator->partner_key == p->partner.key && aggregator_has_partner(aggregator) &&
	       !aggregator->is_individual;
}

/* The first group in the order of the ports that suits, else the first that is free. */
static struct lacp_aggregator *
find_group(const struct lacp_port *p)
{
	struct lacp_aggregator *unused = NULL;
	struct lacp_port *other;

	FOREACH_LACP_PORT (p->system, other) {
		if (suits(&other->own, p))
			return &other->own;
		if (unused == NULL && other->own.ports == NULL)
			unused = &other->own;
	}
	return unused;
}

static void
found_group(struct lacp_aggregator *aggregator, const struct lacp_port *p)
{
	aggregator->is_individual = (p->actor.key & 1) == 0; /* not full duplex */
	aggregator->actor_key = p->actor.key;
	aggregator->partner = p->partner.system;
	aggregator->partner_priority = p->partner.system_priority;
	aggregator->partner_key = p->partner.key;
}

void
aggregator_select_port(struct lacp_port *p)
{
	struct lacp_aggregator *aggregator;

	if (p->selected)
		return;
	leave(p);
	aggregator = find_group(p);
	/* There are as many as ports, so one is free. */
	g_return_if_fail(aggregator != NULL);
	if (aggregator->ports == NULL)
		found_group(aggregator, p);
	join(aggregator, p);
	aggregator_update_ready(aggregator);
	aggregator_choose(p->system);
	/* kernel-semantics 60 */
	if (!aggregator->is_active)
		p->actor.state &= ~LACP_STATE_SYNC;
}

/* --- Aggregator selection (kernel-semantics 59) --- */

static gboolean
device_up(const struct lacp_aggregator *aggregator)
{
	const struct lacp_port *p;

	FOREACH_MEMBER (aggregator, p) {
		if (port_is_up(p->port))
			return TRUE;
	}
	return FALSE;
}

/* The kernel takes the speed of one port for all: they have the same key. */
static guint64
bandwidth(const struct lacp_aggregator *aggregator)
{
	const struct lacp_port *first = aggregator->ports;

	if (first == NULL || first->port->link != BOND_LINK_UP || first->port->speed == BOND_SPEED_UNKNOWN)
		return 0;
	return (guint64) aggregator_n_enabled(aggregator) * first->port->speed;
}

/* The kernel adds up the priorities, and the higher sum wins: the opposite of what the standard's number means. */
static guint64
priority(const struct lacp_aggregator *aggregator)
{
	const struct lacp_port *p;
	guint64 sum = 0;

	FOREACH_MEMBER (aggregator, p)
		sum += p->enabled ? p->actor.port_priority : 0;
	return sum;
}

static guint64
enabled_ports(const struct lacp_aggregator *aggregator)
{
	return aggregator_n_enabled(aggregator);
}

static guint64
not_individual(const struct lacp_aggregator *aggregator)
{
	return !aggregator->is_individual;
}

static guint64
answered(const struct lacp_aggregator *aggregator)
{
	return aggregator_has_partner(aggregator);
}

typedef guint64 (*measure)(const struct lacp_aggregator *aggregator);

/* What is compared, by ad_select: the first in which two differ decides. */
static const measure measures[][6] = {
    [BOND_AD_STABLE] = {not_individual, answered, bandwidth},
    [BOND_AD_BANDWIDTH] = {not_individual, answered, bandwidth},
    [BOND_AD_COUNT] = {not_individual, answered, enabled_ports, bandwidth},
    [BOND_AD_PRIO] = {not_individual, answered, priority, enabled_ports, bandwidth},
};

/* ad_agg_selection_test(): whether @other is better than @best. */
static gboolean
is_better(const struct lacp_system *system, const struct lacp_aggregator *other, const struct lacp_aggregator *best)
{
	for (const measure *m = measures[system->bond->params.ad_select]; *m != NULL; m++) {
		guint64 a = (*m)(other);
		guint64 b = (*m)(best);

		if (a != b)
			return a > b;
	}
	return FALSE;
}

static struct lacp_aggregator *
find_best(const struct lacp_system *system, struct lacp_aggregator *active)
{
	struct lacp_aggregator *best = active != NULL && device_up(active) ? active : NULL;
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p) {
		struct lacp_aggregator *other = &p->own;

		if (aggregator_n_enabled(other) == 0 || !device_up(other))
			continue;
		if (best == NULL || is_better(system, other, best))
			best = other;
	}
	return best;
}

/* ad_select stable: whether the old one stays in spite of a better one. */
static gboolean
stays(const struct lacp_system *system, const struct lacp_aggregator *active, const struct lacp_aggregator *best)
{
	if (system->bond->params.ad_select != BOND_AD_STABLE)
		return FALSE;
	if (active == NULL || aggregator_n_enabled(active) == 0)
		return FALSE;
	if (!aggregator_has_partner(active) && aggregator_has_partner(best))
		return FALSE;
	return active->actor_key != 0 || best->actor_key == 0;
}

static void
activate(struct lacp_aggregator *best, struct lacp_aggregator *old)
{
	struct lacp_port *p;

	if (old != NULL) {
		FOREACH_MEMBER (old, p)
			lacp_port_disable(p);
	}
	best->is_active = TRUE;
	if (best->is_individual)
		bond_log(best->owner->system->bond, best->owner->system->now, G_LOG_LEVEL_WARNING,
			 "Warning: No 802.3ad response from the link partner for any adapters in the bond");
}

void
aggregator_choose(struct lacp_system *system)
{
	struct lacp_aggregator *active = aggregator_active(system);
	struct lacp_aggregator *best = find_best(system, active);
	struct lacp_port *p;

	FOREACH_LACP_PORT (system, p)
		p->own.is_active = FALSE;
	if (best != NULL && (best == active || stays(system, active, best)))
		active->is_active = TRUE;
	else if (best != NULL)
		activate(best, active);
	/* Nobody answers: its ports carry the traffic all the same (kernel-semantics 61). */
	active = aggregator_active(system);
	if (active != NULL && !aggregator_has_partner(active)) {
		FOREACH_MEMBER (active, p)
			lacp_port_enable(p);
	}
	bond_mark_plan(system->bond);
	bond_update_carrier(system->bond, system->now);
}

/* --- Leaving the bond --- */

static gboolean
has_no_other(const struct lacp_aggregator *aggregator, const struct lacp_port *p)
{
	return aggregator->ports == NULL || (aggregator->ports == p && p->next == NULL);
}

static void
choose_another(struct lacp_port *p)
{
	port_log(p->port, p->system->now, G_LOG_LEVEL_INFO, "Removing an active aggregator");
	aggregator_choose(p->system);
}

/* The ports of @old go on in @place. */
static void
move_ports(struct lacp_aggregator *place, struct lacp_aggregator *old)
{
	struct lacp_aggregator moved = *old;
	struct lacp_port *p;

	moved.owner = place->owner;
	moved.id = place->id;
	*place = moved;
	FOREACH_MEMBER (place, p)
		p->aggregator = place;
	clear(old);
}

/* Finds another place for those that the leaving port has housed. */
static void
rehouse(struct lacp_port *leaving)
{
	struct lacp_port *p;

	FOREACH_LACP_PORT (leaving->system, p) {
		gboolean was_active = p->own.is_active && p->own.ports == leaving;

		if (p == leaving || !has_no_other(&p->own, leaving))
			continue;
		/* The leaving one was there alone. */
		if (p->own.ports == leaving)
			leave(leaving);
		move_ports(&p->own, &leaving->own);
		if (was_active)
			choose_another(leaving);
		return;
	}
}

static void
remove_own(struct lacp_port *p)
{
	struct lacp_aggregator *own = &p->own;
	gboolean was_active = own->is_active;

	if (own->ports == NULL)
		return;
	if (!has_no_other(own, p)) {
		rehouse(p);
		return;
	}
	leave(p);
	if (was_active)
		choose_another(p);
}

/* The group that the port was in goes on without it. */
static void
remove_from_group(struct lacp_port *p)
{
	struct lacp_aggregator *aggregator = p->aggregator;
	gboolean was_active;

	if (aggregator == NULL)
		return;
	was_active = aggregator->is_active;
	unlink_port(aggregator, p);
	if (aggregator_n_enabled(aggregator) > 0)
		return;
	if (aggregator->ports == NULL)
		clear(aggregator);
	if (was_active)
		choose_another(p);
}

void
aggregator_remove_port(struct lacp_port *p)
{
	remove_own(p);
	remove_from_group(p);
}
