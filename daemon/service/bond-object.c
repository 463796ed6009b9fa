/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bond-object-private.h"

#include "bond-trial.h"
#include "bonds.h"
#include "clock.h"
#include "counters.h"
#include "deadline-source.h"
#include "error.h"
#include "text.h"

#include "engine/rehearsal.h"
#include "engine/state.h"
#include "text/object-path.h"

#include <net/if.h>

#define DEFAULT_MTU 1500
/* The loop may have been busy with frames that wait beside the timer. */
#define LATE (10 * BOND_MSEC)

G_DEFINE_FINAL_TYPE_WITH_CODE(BondObject, bond_object, DBUS_TYPE_BOND_SKELETON,
			      G_IMPLEMENT_INTERFACE(DBUS_TYPE_BOND, bond_methods_init))

static void
bond_object_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
	BondObject *self = BOND_OBJECT(object);
	struct datapath_counters counters = {0};

	if (self->datapath != NULL)
		datapath_get_counters(self->datapath, &counters);
	counters_get_property(&counters, id, value);
}

/* The counters are read-only; construction does not touch them. */
static void
bond_object_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
}

static void
bond_object_finalize(GObject *object)
{
	BondObject *self = BOND_OBJECT(object);

	bond_object_close(self);
	g_ptr_array_unref(self->ports);
	history_free(self->history);
	G_OBJECT_CLASS(bond_object_parent_class)->finalize(object);
}

static void
bond_object_class_init(BondObjectClass *class)
{
	GObjectClass *object_class = G_OBJECT_CLASS(class);

	object_class->get_property = bond_object_get_property;
	object_class->set_property = bond_object_set_property;
	object_class->finalize = bond_object_finalize;
	counters_override_properties(object_class);
	gate_class_init(G_DBUS_INTERFACE_SKELETON_CLASS(class));
}

static void
bond_object_init(BondObject *self)
{
	self->ports = g_ptr_array_new_with_free_func(g_object_unref);
	g_queue_init(&self->events);
	self->history = history_new();
}

/* --- Reading --- */

const char *
bond_object_name(BondObject *self)
{
	return bond_name(self->bond);
}

char *
bond_object_path(BondObject *self)
{
	return object_path_bond(bond_object_name(self));
}

int
bond_object_ifindex(BondObject *self)
{
	return self->host_ifindex;
}

struct bond *
bond_object_engine(BondObject *self)
{
	return self->bond;
}

struct history *
bond_object_history(BondObject *self)
{
	return self->history;
}

const struct host_options *
bond_object_host_options(BondObject *self)
{
	return &self->host;
}

guint
bond_object_n_ports(BondObject *self)
{
	return self->ports->len;
}

PortObject *
bond_object_nth_port(BondObject *self, guint n)
{
	return g_ptr_array_index(self->ports, n);
}

PortObject *
bond_object_find_port(BondObject *self, const char *name)
{
	for (guint i = 0; i < self->ports->len; i++) {
		PortObject *port = g_ptr_array_index(self->ports, i);

		if (g_str_equal(port_object_name(port), name))
			return port;
	}
	return NULL;
}

static PortObject *
find_port_by_ifindex(BondObject *self, int ifindex)
{
	for (guint i = 0; i < self->ports->len; i++) {
		PortObject *port = g_ptr_array_index(self->ports, i);

		if (port->device.ifindex == ifindex)
			return port;
	}
	return NULL;
}

PortObject *
bond_object_port_of(const struct bond_port *port)
{
	return port_get_data(port);
}

gboolean
bond_object_is_alive(BondObject *self)
{
	return self->datapath == NULL || datapath_is_alive(self->datapath);
}

/* --- After every decision --- */

static void
on_deadline(void *user)
{
	BondObject *self = user;

	/* We are late: what came in time still counts. */
	if (service_now() > bond_next_deadline(self->bond) + LATE)
		bond_control_read(self);
	bond_run(self->bond, service_now());
	bond_object_settle_quietly(self);
}

void
bond_object_settle_quietly(BondObject *self)
{
	bond_world_notify(self);
	bond_world_update_promisc(self);
	g_clear_error(&self->op_error);
	deadline_source_arm(self->deadline, bond_next_deadline(self->bond));
}

void
bond_object_settle(BondObject *self)
{
	bond_object_settle_quietly(self);
	bond_signals_schedule(self);
}

void
bond_object_flush(BondObject *self)
{
	if (self->bond == NULL)
		return;
	bond_properties_sync(self);
	g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(self));
	bond_signals_send(self);
}

/* What the engine refused, told by whoever refused it underneath if it was not the engine itself. */
static void
propagate_refusal(BondObject *self, GError **error, GError *refusal)
{
	if (self->op_error != NULL) {
		g_propagate_error(error, g_steal_pointer(&self->op_error));
		g_error_free(refusal);
	} else {
		g_propagate_error(error, refusal);
	}
}

/* --- Making and closing --- */

static void
unexport(BondObject *self)
{
	if (self->object == NULL)
		return;
	g_dbus_object_manager_server_unexport(self->context->objects,
					      g_dbus_object_get_object_path(G_DBUS_OBJECT(self->object)));
	dbus_object_skeleton_set_bond(self->object, NULL);
	dbus_object_skeleton_set_bond_lacp(self->object, NULL);
	g_clear_object(&self->object);
}

void
bond_object_export(BondObject *self)
{
	g_autofree char *path = bond_object_path(self);

	unexport(self);
	self->object = dbus_object_skeleton_new(path);
	dbus_object_skeleton_set_bond(self->object, DBUS_BOND(self));
	if (self->lacp != NULL)
		dbus_object_skeleton_set_bond_lacp(self->object, DBUS_BOND_LACP(self->lacp));
	g_dbus_object_manager_server_export(self->context->objects, G_DBUS_OBJECT_SKELETON(self->object));
}

/* A locally administered address, as eth_hw_addr_random() gives it. */
static struct bond_mac
random_mac(void)
{
	struct bond_mac mac;

	for (guint i = 0; i < BOND_ETH_ALEN; i++)
		mac.b[i] = (guint8) g_random_int_range(0, 256);
	mac.b[0] = (mac.b[0] & 0xfe) | 0x02;
	return mac;
}

gboolean
bond_object_make_engine(BondObject *self, const char *name, const struct bond_mac *mac,
			const struct host_options *defaults, GVariant *options, GError **error)
{
	g_auto(GStrv) settings = host_options_take(options, defaults, &self->host, error);

	if (settings == NULL)
		return FALSE;
	self->bond = bond_new(name, &bond_world_ops, self, mac);
	return bond_set_options(self->bond, (const char *const *) settings, service_now(), error);
}

gboolean
bond_object_make_datapath(BondObject *self, const struct datapath_remains *remains, GError **error)
{
	struct datapath_config config = {
	    .name = bond_name(self->bond),
	    .host = self->host.kind,
	    .mac = *bond_get_mac(self->bond),
	    .mtu = bond_get_mtu(self->bond),
	    .keeper = life_keeper(self->context->life),
	    .adopt = remains,
	    .carrier = bond_has_carrier(self->bond),
	    .n_queues = self->host.n_queues,
	    .busy_poll = self->host.busy_poll,
	};

	self->datapath = datapath_new(&config, error);
	if (self->datapath == NULL)
		return FALSE;
	self->host_ifindex = datapath_ifindex(self->datapath);
	/* What is adopted has ports that the datapath does not know yet. */
	if (self->early_plan != NULL && remains == NULL)
		datapath_publish(self->datapath, g_steal_pointer(&self->early_plan));
	bond_control_start(self);
	return link_watcher_refresh(self->context->links, self->host_ifindex, error);
}

static gboolean
check_name_is_free(const struct service_context *context, const char *name, GError **error)
{
	/* A bond of this name may have been removed a moment ago. */
	link_watcher_dispatch(context->links);
	if (link_watcher_by_name(context->links, name) == NULL)
		return TRUE;
	g_set_error(
	    error, SERVICE_ERROR, SERVICE_ERROR_EXISTS,
	    "an interface %s exists already: choose another name, or remove it with \u201cip link delete %s\u201d",
	    name, name);
	return FALSE;
}

BondObject *
bond_object_begin(struct service_context *context)
{
	BondObject *self = g_object_new(BOND_TYPE_OBJECT, NULL);

	self->context = context;
	gate_guard(context->gate, G_DBUS_INTERFACE_SKELETON(self), bond_methods_set_property);
	self->deadline = deadline_source_new(on_deadline, self);
	return self;
}

void
bond_object_complete(BondObject *self)
{
	bond_object_settle(self);
	bond_properties_sync(self);
	bond_object_export(self);
}

BondObject *
bond_object_new(struct service_context *context, const char *name, GVariant *options, GError **error)
{
	g_autoptr(BondObject) self = bond_object_begin(context);
	struct bond_mac mac = random_mac();

	if (!check_name_is_free(context, name, error) ||
	    !bond_object_make_engine(self, name, &mac, &context->defaults, options, error) ||
	    !bond_object_make_datapath(self, NULL, error))
		return NULL;
	if (self->host.up && !bond_object_set_up(self, TRUE, error))
		return NULL;
	bond_object_complete(self);
	g_info("%s: created", name);
	return g_steal_pointer(&self);
}

/* What is left when the engine is gone. */
static void
end(BondObject *self)
{
	bond_signals_clear(self);
	bond_control_stop(self);
	g_clear_pointer(&self->early_plan, bond_plan_free);
	g_clear_error(&self->op_error);
	if (self->deadline != NULL)
		g_source_destroy(self->deadline);
	g_clear_pointer(&self->deadline, g_source_unref);
}

void
bond_object_close(BondObject *self)
{
	while (self->ports->len > 0)
		bond_object_remove_port(self, g_ptr_array_index(self->ports, self->ports->len - 1), FALSE);
	unexport(self);
	bond_properties_forget(self);
	if (self->bond != NULL)
		bond_free(self->bond, service_now());
	self->bond = NULL;
	end(self);
	g_clear_pointer(&self->datapath, datapath_free);
}

void
bond_object_leave(BondObject *self)
{
	unexport(self);
	for (guint i = 0; i < self->ports->len; i++) {
		PortObject *port = g_ptr_array_index(self->ports, i);

		port_object_unexport(port);
		port_object_forget(port);
		bond_control_close_port(port);
		port->port = NULL;
		port->attached = FALSE;
		port->device.taken = FALSE;
	}
	g_ptr_array_set_size(self->ports, 0);
	bond_properties_forget(self);
	if (self->bond != NULL)
		bond_abandon(self->bond, service_now());
	self->bond = NULL;
	end(self);
	g_clear_pointer(&self->datapath, datapath_leave);
}

/* --- Ports --- */

static gboolean
check_device_is_free(BondObject *self, const char *name, GError **error)
{
	PortObject *port = bonds_peek_port(self->context, name);
	const struct link_info *link = link_watcher_by_name(self->context->links, name);

	if (port != NULL) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BUSY,
			    "%s is a port of %s already: remove it there first (\u201cbondctl remove %s\u201d)", name,
			    bond_object_name(port->bond), name);
		return FALSE;
	}
	if (bonds_peek(self->context, name) != NULL || g_str_equal(name, bond_object_name(self))) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NOT_PERMITTED,
			    "%s is a bond itself: a bond takes only other interfaces as ports", name);
		return FALSE;
	}
	if (link != NULL && bond_upper_contains(self, link->ifindex)) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BUSY,
			    "%s stands on %s itself, so frames would run in circles: take an interface below it", name,
			    bond_object_name(self));
		return FALSE;
	}
	return TRUE;
}

static void
detach_port(BondObject *self, PortObject *port)
{
	bond_control_close_port(port);
	if (port->attached)
		datapath_remove_port(self->datapath, port->id);
	port->attached = FALSE;
}

static gboolean
enslave(BondObject *self, PortObject *port, const struct bond_port_info *info, GError **error)
{
	GError *refusal = NULL;

	self->adding = port;
	g_clear_error(&self->op_error);
	port->port = bond_enslave(self->bond, info, service_now(), &refusal);
	self->adding = NULL;
	if (port->port != NULL) {
		port_set_data(port->port, port);
		return TRUE;
	}
	detach_port(self, port);
	port_device_give_back(&port->device);
	propagate_refusal(self, error, refusal);
	return FALSE;
}

PortObject *
bond_object_add_port(BondObject *self, const char *name, GError **error)
{
	g_autoptr(PortObject) port = NULL;
	struct bond_port_info info;
	gboolean added;

	link_watcher_dispatch(self->context->links);
	if (!check_device_is_free(self, name, error))
		return NULL;
	port = port_object_new(self);
	self->joining = &port->device;
	added = port_device_take(&port->device, self->context, name, &info, error) && enslave(self, port, &info, error);
	self->joining = NULL;
	if (!added)
		return NULL;
	g_ptr_array_add(self->ports, g_object_ref(port));
	self->links_dirty = TRUE;
	link_watcher_dispatch(self->context->links);
	bond_object_links_settled(self, service_now());
	if (port->port == NULL) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DEVICE, "%s was removed meanwhile", name);
		return NULL;
	}
	port_object_sync(port);
	port_object_export(port);
	/* Before anybody hears of it: what the device was must not be lost. */
	life_save(self->context->life);
	g_info("%s: %s is a port", bond_object_name(self), name);
	return port;
}

static void
let_go(BondObject *self, PortObject *port, gboolean gone)
{
	struct bond_port *engine_port = g_steal_pointer(&port->port);

	port_object_forget(port);
	if (gone)
		bond_port_gone(engine_port, service_now());
	else
		bond_release(engine_port, service_now());
	detach_port(self, port);
	if (gone)
		port->device.taken = FALSE;
	port_device_give_back(&port->device);
}

static void
drop_port(BondObject *self, PortObject *port, gboolean gone)
{
	g_autoptr(PortObject) held = g_object_ref(port);

	port_object_unexport(port);
	/* Out of the list first: nothing that happens meanwhile may find half a port. */
	g_ptr_array_remove(self->ports, port);
	self->joining = gone ? NULL : &port->device;
	life_save(self->context->life);
	let_go(self, port, gone);
	self->joining = NULL;
	bond_object_settle(self);
	life_touch(self->context->life);
	g_info("%s: %s is no port any more", bond_object_name(self), port_object_name(port));
}

void
bond_object_remove_port(BondObject *self, PortObject *port, gboolean leave_down)
{
	if (leave_down)
		port->device.was_up = FALSE;
	drop_port(self, port, FALSE);
}

/* --- Options --- */

/* What the engine refuses it refuses to a copy, too. */
static gboolean
try_options(BondObject *self, const char *const *settings, GError **error)
{
	struct rehearsal *rehearsal = rehearsal_new(self->bond);
	gboolean ok = bond_set_options(rehearsal_bond(rehearsal), settings, service_now(), error);

	rehearsal_free(rehearsal);
	return ok;
}

GStrv
bond_object_read_options(GVariant *options, GError **error)
{
	struct host_options unused;

	return host_options_check_none(options, error) ? host_options_take(options, NULL, &unused, error) : NULL;
}

gboolean
bond_object_set_options(BondObject *self, GVariant *options, GError **error)
{
	g_auto(GStrv) settings = bond_object_read_options(options, error);
	GError *refusal = NULL;
	gboolean ok;

	if (settings == NULL || !try_options(self, (const char *const *) settings, error))
		return FALSE;
	g_clear_error(&self->op_error);
	ok = bond_set_options(self->bond, (const char *const *) settings, service_now(), &refusal);
	if (!ok)
		propagate_refusal(self, error, refusal);
	bond_object_settle(self);
	return ok;
}

gboolean
bond_object_set_attribute(BondObject *self, const char *name, const char *text, GError **error)
{
	GError *refusal = NULL;
	gboolean ok;

	/* The service adds ports, not the engine: their devices have to be taken first. */
	if (g_str_equal(name, "slaves")) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NOT_PERMITTED,
			    "%s: ports are added and removed by AddPort() and RemovePort()", bond_object_name(self));
		return FALSE;
	}
	g_clear_error(&self->op_error);
	ok = bond_set_option(self->bond, name, text, BOND_SOURCE_SYSFS, service_now(), &refusal);
	if (!ok)
		propagate_refusal(self, error, refusal);
	bond_object_settle(self);
	return ok;
}

gboolean
bond_object_set_port_option(BondObject *self, PortObject *port, const char *name, const char *value, GError **error)
{
	gboolean ok = bond_set_port_option(self->bond, port_object_name(port), name, value, service_now(), error);

	bond_object_settle(self);
	return ok;
}

/* --- The interface --- */

gboolean
bond_object_set_up(BondObject *self, gboolean up, GError **error)
{
	if (!link_set_up(self->context->config, self->host_ifindex, up, error))
		return FALSE;
	if (up != bond_is_up(self->bond)) {
		bond_set_up(self->bond, up, service_now());
		bond_run(self->bond, service_now());
	}
	bond_object_settle(self);
	return TRUE;
}

gboolean
bond_object_set_mtu(BondObject *self, guint mtu, GError **error)
{
	GError *refusal = NULL;
	gboolean ok;

	g_clear_error(&self->op_error);
	ok = bond_set_mtu(self->bond, mtu, service_now(), &refusal);
	if (!ok)
		propagate_refusal(self, error, refusal);
	bond_object_settle(self);
	return ok;
}

gboolean
bond_object_set_mac(BondObject *self, const struct bond_mac *mac, GError **error)
{
	GError *refusal = NULL;
	gboolean ok;

	g_clear_error(&self->op_error);
	ok = bond_set_mac(self->bond, mac, service_now(), &refusal);
	if (!ok)
		propagate_refusal(self, error, refusal);
	bond_object_settle(self);
	return ok;
}

/* --- From the link watcher --- */

static void
rename_bond(BondObject *self, const char *name)
{
	g_info("%s: renamed to %s", bond_object_name(self), name);
	bond_set_name(self->bond, name);
	bond_properties_sync(self);
	bond_object_export(self);
	for (guint i = 0; i < self->ports->len; i++)
		port_object_export(g_ptr_array_index(self->ports, i));
	self->context->bonds_changed(self->context);
}

/* "ip link set bond0 address …": all ports follow, or the interface gets the old one back. */
static void
follow_host_mac(BondObject *self, const struct bond_mac *mac)
{
	g_autoptr(GError) refused = NULL;
	g_autoptr(GError) error = NULL;

	if (bond_mac_equal(mac, bond_get_mac(self->bond)))
		return;
	if (!bond_object_set_mac(self, mac, &refused))
		g_warning("%s: the address stays as it was: %s", bond_object_name(self), refused->message);
	if (!bond_mac_equal(mac, bond_get_mac(self->bond)) &&
	    !datapath_set_mac(self->datapath, bond_get_mac(self->bond), &error))
		g_warning("%s: cannot restore its address: %s", bond_object_name(self), error->message);
}

static void
follow_host_mtu(BondObject *self, guint mtu)
{
	g_autoptr(GError) refused = NULL;
	g_autoptr(GError) error = NULL;

	if (mtu == bond_get_mtu(self->bond))
		return;
	if (!bond_object_set_mtu(self, mtu, &refused))
		g_warning("%s: the MTU stays as it was: %s", bond_object_name(self), refused->message);
	if (mtu != bond_get_mtu(self->bond) && !datapath_set_mtu(self->datapath, bond_get_mtu(self->bond), &error))
		g_warning("%s: cannot restore its MTU: %s", bond_object_name(self), error->message);
}

static void
follow_host(BondObject *self, bond_time time)
{
	const struct link_info *info = link_watcher_by_ifindex(self->context->links, self->host_ifindex);
	struct link_info seen;
	char name[BOND_NAME_SIZE];
	gboolean up;

	if (info == NULL)
		return;
	seen = *info;
	up = (seen.flags & IFF_UP) != 0;
	if (!g_str_equal(text_of_name(seen.name, name), bond_object_name(self)))
		rename_bond(self, name);
	if (up != bond_is_up(self->bond))
		bond_set_up(self->bond, up, time);
	follow_host_mac(self, &seen.mac);
	follow_host_mtu(self, seen.mtu);
}

static void
rename_port(PortObject *port, const char *name, bond_time time)
{
	bond_port_renamed(port->port, name, time);
	port_device_set_name(&port->device, name);
	port_object_sync(port);
	port_object_export(port);
}

static void
follow_port(BondObject *self, PortObject *port, bond_time time)
{
	const struct link_info *info = link_watcher_by_ifindex(self->context->links, port->device.ifindex);
	struct bond_port_link link;
	char name[BOND_NAME_SIZE];

	if (info == NULL)
		return;
	port_device_link(info, &link);
	bond_port_set_link(port->port, &link, time);
	if (!g_str_equal(text_of_name(info->name, name), port_object_name(port)))
		rename_port(port, name, time);
	if (!bond_mac_equal(&info->mac, port_mac(port->port)))
		bond_port_mac_changed(port->port, &info->mac);
	if (info->mtu != port_mtu(port->port))
		bond_port_mtu_changed(port->port, info->mtu);
}

void
bond_object_link_changed(BondObject *self, enum link_change change, const struct link_info *info, bond_time time)
{
	PortObject *port = find_port_by_ifindex(self, info->ifindex);

	if (port == NULL && info->ifindex != self->host_ifindex)
		return;
	if (port != NULL && change == LINK_REMOVED)
		drop_port(self, port, TRUE);
	else
		self->links_dirty = TRUE;
}

void
bond_object_links_settled(BondObject *self, bond_time time)
{
	/* In the middle of bond_enslave() the engine must not be asked to decide: bond_object_add_port() comes back. */
	if (!self->links_dirty || self->adding != NULL)
		return;
	self->links_dirty = FALSE;
	for (guint i = 0; i < self->ports->len; i++)
		follow_port(self, g_ptr_array_index(self->ports, i), time);
	/* The ports are told first and decided for at once: a failover does not wait for what the host side wants. */
	bond_run(self->bond, time);
	follow_host(self, time);
	bond_run(self->bond, time);
	bond_object_settle(self);
}
