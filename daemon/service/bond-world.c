/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the engine asks of the world, done: devices by rtnetlink, the host interface and frames by the datapath.
 */
#include "bond-object-private.h"

#include "clock.h"
#include "error.h"
#include "notifier.h"

#include "engine/lacp-info.h"

/* Keeps the first reason for a refusal: the engine only learns an errno. */
static int
failed(BondObject *self, GError *error)
{
	int result = service_error_to_errno(error);

	if (self->op_error == NULL)
		self->op_error = error;
	else
		g_error_free(error);
	return result;
}

static int
set_port_mac(void *user, struct bond_port *port, const struct bond_mac *mac)
{
	BondObject *self = user;
	GError *error = NULL;

	if (link_set_mac(self->context->config, port_ifindex(port), mac, &error))
		return 0;
	return failed(self, error);
}

static int
set_port_mtu(void *user, struct bond_port *port, guint mtu)
{
	BondObject *self = user;
	GError *error = NULL;

	if (link_set_mtu(self->context->config, port_ifindex(port), mtu, &error))
		return 0;
	return failed(self, error);
}

gboolean
bond_world_attach_port(BondObject *self, PortObject *port, struct bond_port *engine_port, GError **error)
{
	if (port->attached)
		return TRUE;
	if (!datapath_add_port(self->datapath, port_id(engine_port), port_name(engine_port), port_ifindex(engine_port),
			       error))
		return FALSE;
	port->id = port_id(engine_port);
	port->attached = TRUE;
	return bond_control_open_port(self, port, port_ifindex(engine_port), error);
}

/* So that a port with carrier joins as one, as in the kernel, where opening a device tells its carrier. */
static void
tell_first_link(BondObject *self, struct bond_port *port)
{
	const struct link_info *info;
	struct bond_port_link link;

	link_watcher_refresh(self->context->links, port_ifindex(port), NULL);
	info = link_watcher_by_ifindex(self->context->links, port_ifindex(port));
	if (info == NULL)
		return;
	port_device_link(info, &link);
	bond_port_set_link(port, &link, service_now());
}

/*
 * The kernel's driver closes a port that it releases. We leave one open that was open before: many a device needs
 * seconds to get its link back, and for NetworkManager a carrier that comes back is a cable that is plugged in, upon
 * which it starts the profile of a bond that was just stopped.
 */
static gboolean
stays_up(struct bond_port *engine_port)
{
	PortObject *port = bond_object_port_of(engine_port);

	return port != NULL && port->device.was_up;
}

static int
set_port_up(void *user, struct bond_port *port, gboolean up)
{
	BondObject *self = user;
	GError *error = NULL;

	if (!up && stays_up(port))
		return 0;
	if (!link_set_up(self->context->config, port_ifindex(port), up, &error))
		return failed(self, error);
	if (up && self->adding != NULL) {
		/* It gets its sockets when its device is up, before the first plan names it. */
		if (!bond_world_attach_port(self, self->adding, port, &error))
			return failed(self, error);
		tell_first_link(self, port);
	}
	return 0;
}

static int
set_port_promisc(void *user, struct bond_port *engine_port, gboolean on)
{
	PortObject *port = bond_object_port_of(engine_port);

	/* Done by bond_world_update_promisc(), which knows of the other reason too. */
	if (port != NULL)
		port->wants_promisc = on;
	return 0;
}

static void
set_bond_mac(void *user, const struct bond_mac *mac)
{
	BondObject *self = user;
	g_autoptr(GError) error = NULL;

	if (self->datapath != NULL && !datapath_set_mac(self->datapath, mac, &error))
		g_warning("%s: cannot set its address: %s", bond_object_name(self), error->message);
}

static void
set_bond_mtu(void *user, guint mtu)
{
	BondObject *self = user;
	g_autoptr(GError) error = NULL;

	if (self->datapath != NULL && !datapath_set_mtu(self->datapath, mtu, &error))
		g_warning("%s: cannot set its MTU to %u: %s", bond_object_name(self), mtu, error->message);
}

static void
set_bond_carrier(void *user, gboolean up)
{
	BondObject *self = user;
	g_autoptr(GError) error = NULL;

	if (self->datapath != NULL && !datapath_set_carrier(self->datapath, up, &error))
		g_warning("%s: cannot set its carrier: %s", bond_object_name(self), error->message);
}

static void
send_by(BondObject *self, bond_port_id id, const guint8 *frame, gsize len)
{
	g_autoptr(GError) error = NULL;

	if (!datapath_send(self->datapath, id, frame, len, &error))
		g_info("%s: a control frame was not sent: %s", bond_object_name(self), error->message);
}

static void
send_frame(void *user, struct bond_port *port, const guint8 *frame, gsize len)
{
	BondObject *self = user;

	send_by(self, port_id(port), frame, len);
}

static void
notify_peers(void *user, struct bond_port *port)
{
	BondObject *self = user;

	self->notify_peers = TRUE;
}

static void
resend_igmp(void *user, struct bond_port *port)
{
	BondObject *self = user;

	self->resend_igmp = TRUE;
}

static void
event(void *user, const struct bond_event *event)
{
	BondObject *self = user;

	/* The driver's errors are refusals and failures of devices; to GLib "critical" is a fault of the program. */
	life_touch(self->context->life);
	if (event->type == BOND_EVENT_LOG)
		g_log(G_LOG_DOMAIN, event->level == G_LOG_LEVEL_CRITICAL ? G_LOG_LEVEL_WARNING : event->level, "%s",
		      event->message);
	else
		bond_signals_queue(self, event);
}

static void
publish(void *user, struct bond_plan *plan)
{
	BondObject *self = user;
	guint64 generation = plan->generation;

	if (self->datapath == NULL) {
		g_clear_pointer(&self->early_plan, bond_plan_free);
		self->early_plan = plan;
		return;
	}
	datapath_publish(self->datapath, plan);
	self->published = service_now();
	self->generation = generation;
	bond_signals_schedule(self);
}

static gboolean
find_device(void *user, const char *name, struct bond_port_info *info)
{
	BondObject *self = user;
	const struct link_info *link = link_watcher_by_name(self->context->links, name);

	if (link == NULL)
		return FALSE;
	port_device_info(link, info);
	info->above_bond = bond_upper_contains(self, link->ifindex);
	return TRUE;
}

/* Ports let all multicast frames in (port_device_take()); a device that cannot needs to know the group. */
static void
join_group(void *user, struct bond_port *port, const struct bond_mac *mac, gboolean join)
{
	BondObject *self = user;
	g_autoptr(GError) error = NULL;

	if (!link_set_group(self->context->config, port_ifindex(port), mac, join, &error))
		g_warning("%s", error->message);
}

static bond_time
last_rx(void *user, struct bond_port *port)
{
	BondObject *self = user;

	return self->datapath != NULL ? datapath_last_rx(self->datapath, port_id(port)) : 0;
}

static void
loads(void *user, guint64 *bytes)
{
	BondObject *self = user;

	if (self->datapath != NULL)
		datapath_get_loads(self->datapath, bytes);
	else
		memset(bytes, 0, BOND_N_LOADS * sizeof(*bytes));
}

static enum bond_device_link
device_link(void *user, struct bond_port *port)
{
	BondObject *self = user;

	switch (ethtool_has_link(self->context->ethtool, port_name(port))) {
	case 0:
		return BOND_DEVICE_LINK_DOWN;
	case 1:
		return BOND_DEVICE_LINK_UP;
	default:
		return BOND_DEVICE_LINK_UNKNOWN;
	}
}

static guint32
random_number(void *user)
{
	return g_random_int();
}

const struct bond_ops bond_world_ops = {
    .set_port_mac = set_port_mac,
    .set_port_mtu = set_port_mtu,
    .set_port_up = set_port_up,
    .set_port_promisc = set_port_promisc,
    .set_bond_mac = set_bond_mac,
    .set_bond_mtu = set_bond_mtu,
    .set_bond_carrier = set_bond_carrier,
    .send = send_frame,
    .notify_peers = notify_peers,
    .resend_igmp = resend_igmp,
    .event = event,
    .publish = publish,
    .find_device = find_device,
    .device_link = device_link,
    .random = random_number,
    .last_rx = last_rx,
    .loads = loads,
    .route = bond_upper_route,
    .has_address = bond_upper_has_address,
    .uppers = bond_upper_list,
    .is_bridged = bond_upper_is_bridged,
    .join_group = join_group,
};

struct outlet {
	BondObject *bond;
	bond_port_id id;
};

static void
send_from_outlet(void *user, const guint8 *frame, gsize len)
{
	struct outlet *outlet = user;

	send_by(outlet->bond, outlet->id, frame, len);
}

static void
announce_by(BondObject *self, struct bond_port *port, gboolean peers, gboolean igmp)
{
	struct outlet outlet = {self, port_id(port)};

	if (peers)
		notifier_peers(self->context, self->host_ifindex, bond_get_mac(self->bond), send_from_outlet, &outlet);
	if (igmp)
		notifier_igmp(self->context, self->host_ifindex, bond_get_mac(self->bond), send_from_outlet, &outlet);
}

/* In 802.3ad each port that sends tells its neighbours; in the other modes the active one does. */
static gboolean
announces(const BondObject *self, const struct bond_port *port)
{
	struct bond_lacp_info info;

	if (bond_port_lacp_info(port, &info))
		return info.verdict.forwarding;
	return port == bond_active_port(self->bond);
}

void
bond_world_notify(BondObject *self)
{
	gboolean peers = self->notify_peers;
	gboolean igmp = self->resend_igmp;

	self->notify_peers = FALSE;
	self->resend_igmp = FALSE;
	for (guint i = 0; i < bond_n_ports(self->bond); i++) {
		struct bond_port *port = bond_nth_port(self->bond, i);

		if (announces(self, port))
			announce_by(self, port, peers, igmp);
	}
}

/* In the balancing modes only the current port receives for the bond's address; the others do for their own or not. */
static gboolean
needs_promisc(BondObject *self, const struct bond_port *port)
{
	enum bond_mode mode = bond_get_params(self->bond)->mode;

	if (bond_mac_equal(port_mac(port), bond_get_mac(self->bond)))
		return FALSE;
	return (mode != BOND_MODE_ALB && mode != BOND_MODE_TLB) || port == bond_active_port(self->bond);
}

void
bond_world_update_promisc(BondObject *self)
{
	for (guint i = 0; i < self->ports->len; i++) {
		PortObject *port = g_ptr_array_index(self->ports, i);
		g_autoptr(GError) error = NULL;

		if (!port_device_set_promisc(&port->device, needs_promisc(self, port->port) || port->wants_promisc,
					     &error))
			g_warning("%s: cannot set promiscuity: %s", port_object_name(port), error->message);
	}
}
