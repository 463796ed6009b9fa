/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happened, told on D-Bus after it was done: events wait in a queue until the loop is idle, so that no failover
 * waits for a signal.
 */
#include "bond-object-private.h"

#include "clock.h"
#include "lacp-verdict.h"

#define PROBE_FIRST_MS 2
#define PROBE_MAX      BOND_SEC

/* An event with copies of what it points to. */
struct bond_signal {
	struct bond_event event;
	char port[BOND_NAME_SIZE];
	char old_port[BOND_NAME_SIZE];
	char new_port[BOND_NAME_SIZE];
};

static void
copy_name(char *name, const struct bond_port *port)
{
	g_strlcpy(name, port != NULL ? port_name(port) : "", BOND_NAME_SIZE);
}

static void
failover_clear(BondObject *self)
{
	if (self->failover.probe != NULL)
		g_source_destroy(self->failover.probe);
	g_clear_pointer(&self->failover.probe, g_source_unref);
	self->failover.running = FALSE;
}

/* When a frame left by the plan of this failover or a later one; 0: none did. */
static bond_time
first_frame(BondObject *self)
{
	guint64 generation = 0;
	bond_time time = datapath_first_transmit(self->datapath, &generation);

	return generation >= self->failover.generation ? time : 0;
}

static void
failover_complete(BondObject *self, bond_time frame)
{
	struct failover *failover = &self->failover;

	if (failover->running)
		dbus_bond_emit_failover_completed(DBUS_BOND(self), failover->old_port, failover->new_port,
						  bond_reason_name(failover->reason), (guint64) failover->event_seen,
						  (guint64) failover->plan_swapped, (guint64) frame);
	failover_clear(self);
}

static gboolean
on_probe(gpointer user)
{
	BondObject *self = user;
	struct failover *failover = &self->failover;
	bond_time frame = first_frame(self);

	if (frame != 0 || service_now() >= failover->give_up) {
		failover_complete(self, frame);
		return G_SOURCE_REMOVE;
	}
	failover->probe_ms = MIN(failover->probe_ms * 2, 100);
	g_source_set_ready_time(failover->probe, g_get_monotonic_time() + failover->probe_ms * 1000);
	return G_SOURCE_CONTINUE;
}

static void
failover_watch(BondObject *self)
{
	struct failover *failover = &self->failover;

	if (!failover->running || failover->probe != NULL)
		return;
	failover->probe_ms = PROBE_FIRST_MS;
	failover->give_up = service_now() + PROBE_MAX;
	failover->probe = g_timeout_source_new(PROBE_FIRST_MS);
	g_source_set_static_name(failover->probe, "first frame after a failover");
	g_source_set_callback(failover->probe, on_probe, self, NULL);
	g_source_attach(failover->probe, NULL);
}

/* The engine publishes the plan first and tells the event afterwards. */
static void
failover_begin(BondObject *self, const struct bond_event *event)
{
	struct failover *failover = &self->failover;

	if (failover->running)
		failover_complete(self, first_frame(self));
	/* The first port of a bond takes nothing over. */
	if (event->new_port == NULL || (event->old_port == NULL && event->reason == BOND_REASON_ENSLAVED))
		return;
	*failover = (struct failover){
	    .running = TRUE,
	    .reason = event->reason,
	    .event_seen = event->time,
	    .plan_swapped = self->published,
	    .generation = self->generation,
	};
	copy_name(failover->old_port, event->old_port);
	copy_name(failover->new_port, event->new_port);
}

void
bond_signals_queue(BondObject *self, const struct bond_event *event)
{
	struct bond_signal *signal = g_new0(struct bond_signal, 1);

	signal->event = *event;
	copy_name(signal->port, event->port);
	copy_name(signal->old_port, event->old_port);
	copy_name(signal->new_port, event->new_port);
	if (event->type == BOND_EVENT_PEERS_NOTIFIED && event->port == NULL)
		copy_name(signal->port, bond_active_port(self->bond));
	g_queue_push_tail(&self->events, signal);
	if (event->type == BOND_EVENT_ACTIVE_PORT)
		failover_begin(self, event);
	bond_signals_schedule(self);
}

static void
emit_option(BondObject *self, const struct bond_event *event)
{
	const char *name = bond_option_table()[event->option].name;
	g_autofree char *value = bond_get_option(self->bond, name);

	dbus_bond_emit_option_changed(DBUS_BOND(self), name, value != NULL ? value : "", (guint64) event->time);
}

static void
emit_lacp_state(BondObject *self, const struct bond_signal *signal)
{
	const struct bond_event *event = &signal->event;
	const struct bond_port *port = bond_find_port(self->bond, signal->port);
	struct bond_lacp_info info;
	g_autofree char *verdict = NULL;

	/* It may have left since. */
	if (self->lacp == NULL || port == NULL || !bond_port_lacp_info(port, &info))
		return;
	verdict = lacp_verdict_text(&info.verdict);
	dbus_bond_lacp_emit_lacp_state_changed(DBUS_BOND_LACP(self->lacp), signal->port, event->old_lacp.actor,
					       event->lacp.actor, event->old_lacp.partner, event->lacp.partner, verdict,
					       (guint64) event->time);
}

static void
emit_aggregator(BondObject *self, const struct bond_event *event)
{
	if (self->lacp != NULL)
		dbus_bond_lacp_emit_aggregator_changed(DBUS_BOND_LACP(self->lacp), event->old_aggregator,
						       event->aggregator, (guint64) event->time);
}

static void
emit_signal(BondObject *self, const struct bond_signal *signal)
{
	DbusBond *bond = DBUS_BOND(self);
	const struct bond_event *event = &signal->event;
	const char *reason = bond_reason_name(event->reason);
	guint64 time = (guint64) event->time;

	switch (event->type) {
	case BOND_EVENT_ACTIVE_PORT:
		dbus_bond_emit_active_port_changed(bond, signal->old_port, signal->new_port, reason, time);
		break;
	case BOND_EVENT_PORT_LINK:
		dbus_bond_emit_port_link_changed(bond, signal->port, bond_link_name(event->link), reason, time);
		break;
	case BOND_EVENT_PORT_ADDED:
		dbus_bond_emit_port_added(bond, signal->port, time);
		break;
	case BOND_EVENT_PORT_REMOVED:
		dbus_bond_emit_port_removed(bond, signal->port, time);
		break;
	case BOND_EVENT_CARRIER:
		dbus_bond_emit_carrier_changed(bond, event->carrier, time);
		break;
	case BOND_EVENT_PEERS_NOTIFIED:
		dbus_bond_emit_peers_notified(bond, signal->port, time);
		break;
	case BOND_EVENT_OPTION:
		emit_option(self, event);
		break;
	case BOND_EVENT_LACP_STATE:
		emit_lacp_state(self, signal);
		break;
	case BOND_EVENT_AGGREGATOR:
		emit_aggregator(self, event);
		break;
	case BOND_EVENT_MAC:
	case BOND_EVENT_MTU:
	case BOND_EVENT_LOG:
		break; /* PropertiesChanged says it */
	}
}

void
bond_signals_send(BondObject *self)
{
	struct bond_signal *signal;

	while ((signal = g_queue_pop_head(&self->events)) != NULL) {
		emit_signal(self, signal);
		g_free(signal);
	}
	failover_watch(self);
}

static gboolean
on_idle(gpointer user)
{
	BondObject *self = user;

	g_clear_pointer(&self->flush_source, g_source_unref);
	bond_object_flush(self);
	return G_SOURCE_REMOVE;
}

void
bond_signals_schedule(BondObject *self)
{
	if (self->flush_source != NULL)
		return;
	self->flush_source = g_idle_source_new();
	g_source_set_priority(self->flush_source, G_PRIORITY_DEFAULT);
	g_source_set_static_name(self->flush_source, "bond signals");
	g_source_set_callback(self->flush_source, on_idle, self, NULL);
	g_source_attach(self->flush_source, NULL);
}

void
bond_signals_clear(BondObject *self)
{
	struct bond_signal *signal;

	failover_clear(self);
	if (self->flush_source != NULL)
		g_source_destroy(self->flush_source);
	g_clear_pointer(&self->flush_source, g_source_unref);
	while ((signal = g_queue_pop_head(&self->events)) != NULL)
		g_free(signal);
}
