/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Life of a bond: made, up and down, run, freed; how what it decided reaches the world; how it is read.
 */
#include <errno.h>

#include "bond-private.h"

struct queued_event {
	struct bond_event event;
	char *message;
	char *old_value;
	char *value;
};

static const struct bond_mode_ops *const modes[BOND_N_MODES] = {
    [BOND_MODE_ROUNDROBIN] = &bond_mode_round_robin,
    [BOND_MODE_ACTIVEBACKUP] = &bond_mode_active_backup,
    [BOND_MODE_XOR] = &bond_mode_xor,
    [BOND_MODE_BROADCAST] = &bond_mode_broadcast,
    [BOND_MODE_8023AD] = &bond_mode_8023ad,
    [BOND_MODE_TLB] = &bond_mode_tlb,
    [BOND_MODE_ALB] = &bond_mode_alb,
};

const struct bond_mode_ops *
bond_mode_ops(enum bond_mode mode)
{
	g_return_val_if_fail((guint) mode < BOND_N_MODES, NULL);
	return modes[mode];
}

gboolean
bond_uses_primary(const struct bond *bond)
{
	return bond->mode->uses_primary;
}

/* --- Errors, events, logs --- */

gboolean
bond_set_error(GError **error, int errnum, const char *format, ...)
{
	va_list args;
	g_autofree char *message = NULL;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, BOND_ERROR, errnum, message);
	return FALSE;
}

static void
queued_event_free(gpointer data)
{
	struct queued_event *queued = data;

	g_free(queued->message);
	g_free(queued->old_value);
	g_free(queued->value);
	g_free(queued);
}

void
bond_emit(struct bond *bond, struct bond_event event, bond_time now)
{
	struct queued_event *queued;

	if (bond->ops->event == NULL)
		return;
	event.time = now;
	if (event.reason == BOND_REASON_NONE)
		event.reason = bond->reason;
	if (bond->depth == 0) {
		bond->ops->event(bond->user, &event);
		return;
	}
	queued = g_new0(struct queued_event, 1);
	queued->event = event;
	queued->message = g_strdup(event.message);
	queued->event.message = queued->message;
	queued->old_value = g_strdup(event.old_value);
	queued->event.old_value = queued->old_value;
	queued->value = g_strdup(event.value);
	queued->event.value = queued->value;
	g_ptr_array_add(bond->events, queued);
}

static void
tell_events(struct bond *bond)
{
	for (guint i = 0; i < bond->events->len; i++) {
		struct queued_event *queued = g_ptr_array_index(bond->events, i);

		bond->ops->event(bond->user, &queued->event);
	}
	g_ptr_array_set_size(bond->events, 0);
}

void
bond_log(struct bond *bond, bond_time now, GLogLevelFlags level, const char *format, ...)
{
	va_list args;
	g_autofree char *message = NULL;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	bond_emit(bond, (struct bond_event){.type = BOND_EVENT_LOG, .level = level, .message = message}, now);
}

/* --- From decisions to the world --- */

void
bond_begin(struct bond *bond, enum bond_reason reason)
{
	bond->depth++;
	if (bond->reason == BOND_REASON_NONE)
		bond->reason = reason;
}

void
bond_begin_as(struct bond *bond, enum bond_reason reason)
{
	bond_begin(bond, reason);
	bond->reason = reason;
}

static void
tell_carrier(struct bond *bond)
{
	if (bond->carrier_told == bond->carrier)
		return;
	bond->carrier_told = bond->carrier;
	if (bond->ops->set_bond_carrier != NULL)
		bond->ops->set_bond_carrier(bond->user, bond->carrier);
}

void
bond_settle(struct bond *bond, bond_time now)
{
	bond_arp_update_groups(bond);
	bond_publish(bond);
	tell_carrier(bond);
	bond_send_notifications(bond, now);
	bond_send_igmp(bond, now);
	tell_events(bond);
}

void
bond_finish(struct bond *bond, bond_time now)
{
	g_return_if_fail(bond->depth > 0);
	if (bond->depth == 1) {
		bond_settle(bond, now);
		bond->reason = BOND_REASON_NONE;
	}
	bond->depth--;
}

static gboolean
any_port_up(const struct bond *bond)
{
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port->link == BOND_LINK_UP)
			return TRUE;
	}
	return FALSE;
}

gboolean
bond_update_carrier(struct bond *bond, bond_time now)
{
	gboolean carrier;

	if (bond->ports->len == 0)
		carrier = FALSE;
	else if (bond->mode->carrier != NULL)
		carrier = bond->mode->carrier(bond);
	else
		carrier = any_port_up(bond);
	if (carrier == bond->carrier)
		return FALSE;
	bond->carrier = carrier;
	bond_emit(bond, (struct bond_event){.type = BOND_EVENT_CARRIER, .carrier = carrier}, now);
	return TRUE;
}

/* --- The bond's address and MTU --- */

static void
change_bond_mac(struct bond *bond, const struct bond_mac *mac, bond_time now)
{
	struct bond_event event = {.type = BOND_EVENT_MAC, .old_mac = bond->mac};
	gboolean same = bond_mac_equal(&bond->mac, mac);

	bond->mac = *mac;
	if (same)
		return;
	bond_mark_plan(bond);
	if (bond->ops->set_bond_mac != NULL)
		bond->ops->set_bond_mac(bond->user, mac);
	bond_emit(bond, event, now);
}

void
bond_take_mac(struct bond *bond, const struct bond_mac *mac, bond_time now)
{
	bond->mac_assigned = TRUE;
	bond->mac_set = FALSE;
	change_bond_mac(bond, mac, now);
}

void
bond_forget_mac(struct bond *bond, bond_time now)
{
	bond->mac_assigned = FALSE;
	bond->mac_set = FALSE;
	change_bond_mac(bond, &bond->random_mac, now);
}

/* Gives the first @n ports the addresses that they had. */
static void
roll_back_macs(struct bond *bond, const struct bond_mac *old, guint n)
{
	for (guint i = 0; i < n; i++)
		port_change_mac(bond_nth_port(bond, i), &old[i]);
}

static gboolean
change_port_macs(struct bond *bond, const struct bond_mac *mac, GError **error)
{
	struct bond_mac old[BOND_MAX_PORTS];
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		int res;

		old[port_index] = port->mac;
		res = port_change_mac(port, mac);
		if (res == 0)
			continue;
		roll_back_macs(bond, old, port_index);
		return bond_set_error(error, -res, "%s: port %s does not take the new address: %s; nothing was changed",
				      bond->name, port->name, g_strerror(-res));
	}
	return TRUE;
}

static gboolean
change_macs(struct bond *bond, const struct bond_mac *mac, bond_time now, GError **error)
{
	if (bond->mode->change_macs != NULL)
		return bond->mode->change_macs(bond, mac, now, error);
	return change_port_macs(bond, mac, error);
}

gboolean
bond_set_mac(struct bond *bond, const struct bond_mac *mac, bond_time now, GError **error)
{
	gboolean follows = bond->params.mode == BOND_MODE_ACTIVEBACKUP && bond->params.fail_over_mac != BOND_FOM_NONE;

	if (bond_mac_is_multicast(mac) || bond_mac_is_zero(mac))
		return bond_set_error(error, EADDRNOTAVAIL, "%s: a bond needs a unicast address", bond->name);
	bond_begin(bond, BOND_REASON_NONE);
	if (!follows && !change_macs(bond, mac, now, error)) {
		bond_finish(bond, now);
		return FALSE;
	}
	bond->mac_assigned = TRUE;
	bond->mac_set = TRUE;
	/* With fail_over_mac the address is the ports' affair: success, and nothing changes (kernel-semantics 22). */
	if (!follows)
		change_bond_mac(bond, mac, now);
	bond_finish(bond, now);
	return TRUE;
}

static void
roll_back_mtus(struct bond *bond, const guint *old, guint n)
{
	for (guint i = 0; i < n; i++)
		port_change_mtu(bond_nth_port(bond, i), old[i]);
}

static gboolean
change_port_mtus(struct bond *bond, guint mtu, GError **error)
{
	guint old[BOND_MAX_PORTS];
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		int res;

		old[port_index] = port->mtu;
		res = port_change_mtu(port, mtu);
		if (res == 0)
			continue;
		roll_back_mtus(bond, old, port_index);
		return bond_set_error(error, -res, "%s: port %s does not take MTU %u: %s; nothing was changed",
				      bond->name, port->name, mtu, g_strerror(-res));
	}
	return TRUE;
}

gboolean
bond_set_mtu(struct bond *bond, guint mtu, bond_time now, GError **error)
{
	struct bond_event event = {.type = BOND_EVENT_MTU, .old_mtu = bond->mtu};
	gboolean changed;

	if (mtu < BOND_MIN_MTU || mtu > BOND_MAX_MTU)
		return bond_set_error(error, EINVAL, "%s: MTU %u is not between %d and %d", bond->name, mtu,
				      BOND_MIN_MTU, BOND_MAX_MTU);
	bond_begin(bond, BOND_REASON_NONE);
	changed = mtu == bond->mtu || change_port_mtus(bond, mtu, error);
	if (changed && mtu != bond->mtu) {
		bond->mtu = mtu;
		if (bond->ops->set_bond_mtu != NULL)
			bond->ops->set_bond_mtu(bond->user, mtu);
		bond_emit(bond, event, now);
	}
	bond_finish(bond, now);
	return changed;
}

/* --- Life --- */

struct bond *
bond_new(const char *name, const struct bond_ops *ops, void *user, const struct bond_mac *random_mac)
{
	struct bond *bond = g_new0(struct bond, 1);

	g_strlcpy(bond->name, name, sizeof(bond->name));
	bond->ops = ops;
	bond->user = user;
	bond_params_default(&bond->params);
	bond->mode = bond_mode_ops(bond->params.mode);
	bond->random_mac = *random_mac;
	bond->control_state.random = 1;
	bond->mac = *random_mac;
	bond->mtu = BOND_DEFAULT_MTU;
	bond->ports = g_ptr_array_new();
	bond->events = g_ptr_array_new_with_free_func(queued_event_free);
	bond->mii_poll_at = BOND_TIME_NEVER;
	bond->inspect_at = BOND_TIME_NEVER;
	bond->arp_at = BOND_TIME_NEVER;
	bond->notif_deadline = BOND_TIME_NEVER;
	bond->igmp_deadline = BOND_TIME_NEVER;
	bond_end_linger(bond);
	bond->plan_dirty = TRUE;
	if (bond->mode->enter != NULL)
		bond->mode->enter(bond);
	return bond;
}

void
bond_free(struct bond *bond, bond_time now)
{
	bond_release_all(bond, now);
	bond_log(bond, now, G_LOG_LEVEL_INFO, "Released all slaves");
	if (bond->mode->leave != NULL)
		bond->mode->leave(bond);
	g_ptr_array_unref(bond->events);
	g_ptr_array_unref(bond->ports);
	g_free(bond);
}

struct bond_port *
bond_twin(const struct bond *copy, const struct bond_port *port)
{
	struct bond_port *twin;

	FOREACH_PORT (copy, twin) {
		if (port != NULL && twin->id == port->id)
			return twin;
	}
	return NULL;
}

struct bond *
bond_copy(const struct bond *bond, const struct bond_ops *ops, void *user)
{
	struct bond *copy = g_memdup2(bond, sizeof(*bond));
	const struct bond_port *port;

	g_warn_if_fail(bond->depth == 0);
	copy->ops = ops;
	copy->user = user;
	copy->events = g_ptr_array_new_with_free_func(queued_event_free);
	copy->ports = g_ptr_array_new();
	FOREACH_PORT (bond, port) {
		struct bond_port *twin = g_memdup2(port, sizeof(*port));

		twin->bond = copy;
		g_ptr_array_add(copy->ports, twin);
	}
	copy->active = bond_twin(copy, bond->active);
	copy->primary = bond_twin(copy, bond->primary);
	copy->arp_candidate = bond_twin(copy, bond->arp_candidate);
	if (bond->mode->copy != NULL)
		bond->mode->copy(bond, copy);
	return copy;
}

/* bond_open(): "reset slave->backup and slave->inactive". */
static void
reset_flags(struct bond *bond)
{
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (bond_uses_primary(bond) && port != bond->active)
			port_set_inactive_flags(port);
		else if (bond->params.mode != BOND_MODE_8023AD)
			port_set_active_flags(port);
	}
}

void
bond_set_up(struct bond *bond, gboolean up, bond_time now)
{
	up = up != FALSE;
	if (up == bond->up)
		return;
	bond->up = up;
	bond->run_reason = up ? BOND_REASON_BOND_UP : BOND_REASON_BOND_DOWN;
	bond_mark_plan(bond);
	if (up) {
		reset_flags(bond);
		bond_mii_start(bond, now);
		bond_arp_start(bond, now);
	} else {
		bond_mii_stop(bond, now);
		bond_arp_stop(bond);
		bond->igmp_retrans = 0;
		bond->igmp_deadline = BOND_TIME_NEVER;
		bond_end_linger(bond);
	}
	if (bond->mode->up_changed != NULL)
		bond->mode->up_changed(bond, up, now);
}

static void
run_mode(struct bond *bond, bond_time now)
{
	if (bond->up && bond->mode->run != NULL)
		bond->mode->run(bond, now);
}

static void
run_timers(struct bond *bond, bond_time now)
{
	gboolean mode_first = bond->mode->runs_first != NULL && bond->mode->runs_first(bond, now);

	if (mode_first)
		run_mode(bond, now);
	bond_mii_run(bond, now);
	bond_arp_run(bond, now);
	if (!mode_first)
		run_mode(bond, now);
}

void
bond_run(struct bond *bond, bond_time now)
{
	bond_begin(bond, BOND_REASON_NONE);
	if (bond->reselect) {
		bond->reselect = FALSE;
		bond->reason = BOND_REASON_OPTION;
		bond_select_active(bond, now);
		bond->reason = BOND_REASON_NONE;
	}
	if (now >= bond->linger_end)
		bond_end_linger(bond);
	run_timers(bond, now);
	bond_finish(bond, now);
	bond->run_reason = BOND_REASON_NONE;
}

bond_time
bond_next_deadline(const struct bond *bond)
{
	bond_time next = BOND_TIME_NEVER;

	if (!bond->up)
		return next;
	next = MIN(bond_mii_next_deadline(bond), bond_arp_next_deadline(bond));
	next = MIN(next, MIN(bond->igmp_deadline, bond->linger_end));
	if (bond->mode->next_deadline != NULL)
		next = MIN(next, bond->mode->next_deadline(bond));
	return next;
}

/* --- Reading --- */

const char *
bond_name(const struct bond *bond)
{
	return bond->name;
}

void
bond_set_name(struct bond *bond, const char *name)
{
	g_strlcpy(bond->name, name, sizeof(bond->name));
}

const struct bond_params *
bond_get_params(const struct bond *bond)
{
	return &bond->params;
}

const struct bond_mac *
bond_get_mac(const struct bond *bond)
{
	return &bond->mac;
}

guint
bond_get_mac_origin(const struct bond *bond)
{
	enum { RANDOM = 1, STOLEN = 2, SET = 3 };

	if (!bond->mac_assigned)
		return RANDOM;
	return bond->mac_set ? SET : STOLEN;
}

guint
bond_get_mtu(const struct bond *bond)
{
	return bond->mtu;
}

gboolean
bond_is_up(const struct bond *bond)
{
	return bond->up;
}

gboolean
bond_has_carrier(const struct bond *bond)
{
	return bond->carrier;
}

void
bond_link_settings(const struct bond *bond, guint32 *speed, enum bond_duplex *duplex)
{
	gboolean slowest = bond->params.mode == BOND_MODE_BROADCAST;
	const struct bond_port *port;
	guint32 sum = 0;

	*duplex = BOND_DUPLEX_UNKNOWN;
	FOREACH_PORT (bond, port) {
		if (!port_can_tx(port))
			continue;
		if (port->speed != BOND_SPEED_UNKNOWN)
			sum = slowest && sum != 0 ? MIN(sum, port->speed) : sum + port->speed;
		if (*duplex == BOND_DUPLEX_UNKNOWN)
			*duplex = port->duplex;
	}
	*speed = sum != 0 ? sum : BOND_SPEED_UNKNOWN;
}

bond_time
bond_last_failover(const struct bond *bond)
{
	return bond->last_failover;
}

guint
bond_n_ports(const struct bond *bond)
{
	return bond->ports->len;
}

struct bond_port *
bond_nth_port(const struct bond *bond, guint n)
{
	return n < bond->ports->len ? g_ptr_array_index(bond->ports, n) : NULL;
}

struct bond_port *
bond_find_port(const struct bond *bond, const char *name)
{
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (strcmp(port->name, name) == 0)
			return port;
	}
	return NULL;
}

struct bond_port *
bond_find_port_by_ifindex(const struct bond *bond, int ifindex)
{
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (port->ifindex == ifindex)
			return port;
	}
	return NULL;
}

struct bond_port *
bond_active_port(const struct bond *bond)
{
	return bond->active;
}

struct bond_port *
bond_primary_port(const struct bond *bond)
{
	return bond->primary;
}

const char *
bond_reason_name(enum bond_reason reason)
{
	static const char *const names[] = {
	    [BOND_REASON_NONE] = "none",	 [BOND_REASON_CARRIER] = "carrier",
	    [BOND_REASON_ADMIN] = "admin",	 [BOND_REASON_ENSLAVED] = "enslaved",
	    [BOND_REASON_RELEASED] = "released", [BOND_REASON_OPTION] = "option",
	    [BOND_REASON_BOND_UP] = "bond-up",	 [BOND_REASON_BOND_DOWN] = "bond-down",
	    [BOND_REASON_MONITOR] = "monitor",
	};

	g_return_val_if_fail((guint) reason < G_N_ELEMENTS(names), "none");
	return names[reason];
}

const char *
bond_link_name(enum bond_link link)
{
	static const char *const names[] = {
	    [BOND_LINK_UP] = "up",
	    [BOND_LINK_FAIL] = "going down",
	    [BOND_LINK_DOWN] = "down",
	    [BOND_LINK_BACK] = "going back",
	};

	g_return_val_if_fail((guint) link < G_N_ELEMENTS(names), "unknown");
	return names[link];
}
