/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happened, told on D-Bus after it was done: events wait in a queue until the loop is idle, so that no failover
 * waits for a signal.
 */
#include "bond-object-private.h"

#include "clock.h"
#include "lacp-verdict.h"
#include "text.h"

#define PROBE_FIRST_MS 2
#define PROBE_MAX      BOND_SEC

/* An event with copies of what it points to. */
struct bond_signal {
	struct bond_event event;
	bond_time plan_swapped; /* 0: it needed no plan */
	char *old_value;
	char *value;
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
signal_free(struct bond_signal *signal)
{
	g_free(signal->old_value);
	g_free(signal->value);
	g_free(signal);
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

	struct history_event event = {
	    .kind = HISTORY_FAILOVER,
	    .time = failover->event_seen,
	    .plan_swapped = failover->plan_swapped,
	    .first_frame = frame,
	    .port = failover->new_port,
	    .old_value = failover->old_port,
	    .new_value = failover->new_port,
	    .reason = bond_reason_name(failover->reason),
	};

	if (!failover->running)
		return;
	history_add(self->history, &event, service_now());
	dbus_bond_emit_failover_completed(DBUS_BOND(self), failover->old_port, failover->new_port, event.reason,
					  (guint64) failover->event_seen, (guint64) failover->plan_swapped,
					  (guint64) frame);
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
	/* The plan that follows from an event is out before the event is told. */
	signal->plan_swapped = self->published >= event->time ? self->published : 0;
	signal->old_value = g_strdup(event->old_value);
	signal->value = g_strdup(event->value);
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

/* --- To D-Bus --- */

static const char *
reason_of(const struct bond_signal *signal)
{
	return bond_reason_name(signal->event.reason);
}

/* What all signals end with. */
#define TIMES(signal) (guint64)(signal)->event.time, (guint64) (signal)->plan_swapped

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static void
emit_active_port(BondObject *self, const struct bond_signal *signal)
{
	dbus_bond_emit_active_port_changed(DBUS_BOND(self), signal->old_port, signal->new_port, reason_of(signal),
					   TIMES(signal));
}

static void
emit_port_link(BondObject *self, const struct bond_signal *signal)
{
	dbus_bond_emit_port_link_changed(DBUS_BOND(self), signal->port, bond_link_name(signal->event.old_link),
					 bond_link_name(signal->event.link), reason_of(signal), TIMES(signal));
}

static void
emit_port_added(BondObject *self, const struct bond_signal *signal)
{
	dbus_bond_emit_port_added(DBUS_BOND(self), signal->port, reason_of(signal), TIMES(signal));
}

static void
emit_port_removed(BondObject *self, const struct bond_signal *signal)
{
	dbus_bond_emit_port_removed(DBUS_BOND(self), signal->port, reason_of(signal), TIMES(signal));
}

static void
emit_carrier(BondObject *self, const struct bond_signal *signal)
{
	dbus_bond_emit_carrier_changed(DBUS_BOND(self), !signal->event.carrier, signal->event.carrier,
				       reason_of(signal), TIMES(signal));
}

static void
emit_peers_notified(BondObject *self, const struct bond_signal *signal)
{
	dbus_bond_emit_peers_notified(DBUS_BOND(self), signal->port, (guint64) signal->event.time);
}

static void
emit_option(BondObject *self, const struct bond_signal *signal)
{
	dbus_bond_emit_option_changed(DBUS_BOND(self), bond_option_table()[signal->event.option].name, signal->port,
				      text_or_empty(signal->old_value), text_or_empty(signal->value), reason_of(signal),
				      TIMES(signal));
}

/* NULL if the port has left since, or has no LACP any more. */
static char *
verdict_of(BondObject *self, const struct bond_signal *signal)
{
	const struct bond_port *port = bond_find_port(self->bond, signal->port);
	struct bond_lacp_info info;

	if (self->lacp == NULL || port == NULL || !bond_port_lacp_info(port, &info))
		return NULL;
	return lacp_verdict_text(&info.verdict);
}

static void
emit_lacp_state(BondObject *self, const struct bond_signal *signal)
{
	const struct bond_event *event = &signal->event;
	g_autofree char *verdict = verdict_of(self, signal);

	if (verdict != NULL)
		dbus_bond_lacp_emit_lacp_state_changed(DBUS_BOND_LACP(self->lacp), signal->port, event->old_lacp.actor,
						       event->lacp.actor, event->old_lacp.partner, event->lacp.partner,
						       verdict, TIMES(signal));
}

static void
emit_aggregator(BondObject *self, const struct bond_signal *signal)
{
	if (self->lacp != NULL)
		dbus_bond_lacp_emit_aggregator_changed(DBUS_BOND_LACP(self->lacp), signal->event.old_aggregator,
						       signal->event.aggregator, reason_of(signal), TIMES(signal));
}

/* --- To the history: what was and what is, as text --- */

static void
tell_active_port(BondObject *self, const struct bond_signal *signal, char **was, char **is)
{
	*was = g_strdup(signal->old_port);
	*is = g_strdup(signal->new_port);
}

static void
tell_port_link(BondObject *self, const struct bond_signal *signal, char **was, char **is)
{
	*was = g_strdup(bond_link_name(signal->event.old_link));
	*is = g_strdup(bond_link_name(signal->event.link));
}

static void
tell_carrier(BondObject *self, const struct bond_signal *signal, char **was, char **is)
{
	*was = g_strdup(signal->event.carrier ? "down" : "up");
	*is = g_strdup(signal->event.carrier ? "up" : "down");
}

static void
tell_option(BondObject *self, const struct bond_signal *signal, char **was, char **is)
{
	*was = g_strdup(signal->old_value);
	*is = g_strdup(signal->value);
}

static char *
lacp_text(const struct bond_lacp_states *states)
{
	return g_strdup_printf("actor 0x%02x, partner 0x%02x", states->actor, states->partner);
}

static void
tell_lacp_state(BondObject *self, const struct bond_signal *signal, char **was, char **is)
{
	*was = lacp_text(&signal->event.old_lacp);
	*is = lacp_text(&signal->event.lacp);
}

static char *
aggregator_text(guint16 id)
{
	return id != 0 ? g_strdup_printf("%u", id) : g_strdup("");
}

static void
tell_aggregator(BondObject *self, const struct bond_signal *signal, char **was, char **is)
{
	*was = aggregator_text(signal->event.old_aggregator);
	*is = aggregator_text(signal->event.aggregator);
}

static void
tell_address(BondObject *self, const struct bond_signal *signal, char **was, char **is)
{
	char mac[TEXT_MAC_SIZE];

	*was = g_strdup(text_of_mac(&signal->event.old_mac, mac));
	*is = g_strdup(text_of_mac(bond_get_mac(self->bond), mac));
}

static void
tell_mtu(BondObject *self, const struct bond_signal *signal, char **was, char **is)
{
	*was = g_strdup_printf("%u", signal->event.old_mtu);
	*is = g_strdup_printf("%u", bond_get_mtu(self->bond));
}

/* No emit: PropertiesChanged says it. No tell: there is no old and new. */
static const struct {
	enum history_kind kind;
	void (*emit)(BondObject *self, const struct bond_signal *signal);
	void (*tell)(BondObject *self, const struct bond_signal *signal, char **was, char **is);
} signal_table[] = {
    [BOND_EVENT_ACTIVE_PORT] = {HISTORY_ACTIVE_PORT, emit_active_port, tell_active_port},
    [BOND_EVENT_PORT_LINK] = {HISTORY_PORT_LINK, emit_port_link, tell_port_link},
    [BOND_EVENT_PORT_ADDED] = {HISTORY_PORT_ADDED, emit_port_added, NULL},
    [BOND_EVENT_PORT_REMOVED] = {HISTORY_PORT_REMOVED, emit_port_removed, NULL},
    [BOND_EVENT_CARRIER] = {HISTORY_CARRIER, emit_carrier, tell_carrier},
    [BOND_EVENT_PEERS_NOTIFIED] = {HISTORY_PEERS_NOTIFIED, emit_peers_notified, NULL},
    [BOND_EVENT_OPTION] = {HISTORY_OPTION, emit_option, tell_option},
    [BOND_EVENT_MAC] = {HISTORY_ADDRESS, NULL, tell_address},
    [BOND_EVENT_MTU] = {HISTORY_MTU, NULL, tell_mtu},
    [BOND_EVENT_LACP_STATE] = {HISTORY_LACP_STATE, emit_lacp_state, tell_lacp_state},
    [BOND_EVENT_AGGREGATOR] = {HISTORY_AGGREGATOR, emit_aggregator, tell_aggregator},
};

static void
remember(BondObject *self, const struct bond_signal *signal)
{
	enum bond_event_type type = signal->event.type;
	g_autofree char *was = NULL;
	g_autofree char *is = NULL;
	struct history_event event = {
	    .kind = signal_table[type].kind,
	    .time = signal->event.time,
	    .plan_swapped = signal->plan_swapped,
	    .port = signal->port,
	    .option = type == BOND_EVENT_OPTION ? bond_option_table()[signal->event.option].name : NULL,
	    .reason = reason_of(signal),
	};

	if (signal_table[type].tell != NULL)
		signal_table[type].tell(self, signal, &was, &is);
	event.old_value = was;
	event.new_value = is;
	history_add(self->history, &event, service_now());
}

void
bond_signals_send(BondObject *self)
{
	struct bond_signal *signal;

	while ((signal = g_queue_pop_head(&self->events)) != NULL) {
		remember(self, signal);
		if (signal_table[signal->event.type].emit != NULL)
			signal_table[signal->event.type].emit(self, signal);
		signal_free(signal);
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
		signal_free(signal);
}
