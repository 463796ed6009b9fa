/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "port-object.h"

#include "bond-object-private.h"
#include "clock.h"
#include "counters.h"
#include "error.h"
#include "option-values.h"
#include "text.h"

#include "engine/status.h"
#include "text/object-path.h"

static void port_object_methods_init(DbusBondPortIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(PortObject, port_object, DBUS_TYPE_BOND_PORT_SKELETON,
			      G_IMPLEMENT_INTERFACE(DBUS_TYPE_BOND_PORT, port_object_methods_init))

static const char *const xdp_modes[] = {
    [DATAPATH_XDP_NONE] = "none",
    [DATAPATH_XDP_NATIVE] = "native",
    [DATAPATH_XDP_GENERIC] = "generic",
};

static void
port_object_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
	PortObject *self = PORT_OBJECT(object);
	struct datapath_counters counters = {0};

	if (self->attached)
		datapath_get_port_counters(self->bond->datapath, self->id, &counters);
	counters_get_property(&counters, id, value);
}

/* The counters are read-only; construction does not touch them. */
static void
port_object_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
}

static void
port_object_class_init(PortObjectClass *class)
{
	GObjectClass *object_class = G_OBJECT_CLASS(class);

	object_class->get_property = port_object_get_property;
	object_class->set_property = port_object_set_property;
	counters_override_properties(object_class);
	gate_class_init(G_DBUS_INTERFACE_SKELETON_CLASS(class));
}

static void
port_object_init(PortObject *self)
{
	self->id = BOND_PORT_NONE;
}

static gboolean
set_property(GDBusInterfaceSkeleton *interface, const char *name, GVariant *value, GError **error)
{
	PortObject *self = PORT_OBJECT(interface);
	const struct bond_option *option = option_of_property(name);
	g_autofree char *text = NULL;
	gboolean ok;

	g_return_val_if_fail(option != NULL, FALSE);
	text = option_value_to_text(option->name, value, error);
	ok = text != NULL && bond_object_set_port_option(self->bond, self, option->name, text, error);
	bond_object_flush(self->bond);
	return ok;
}

PortObject *
port_object_new(BondObject *bond)
{
	PortObject *self = g_object_new(PORT_TYPE_OBJECT, NULL);

	self->bond = bond;
	gate_guard(bond->context->gate, G_DBUS_INTERFACE_SKELETON(self), set_property);
	return self;
}

const char *
port_object_name(PortObject *self)
{
	return self->port != NULL ? port_name(self->port) : self->device.name;
}

BondObject *
port_object_bond(PortObject *self)
{
	return self->bond;
}

static void
sync_device(PortObject *self)
{
	DbusBondPort *dbus = DBUS_BOND_PORT(self);
	struct datapath_port_info info = {0};

	datapath_get_port_info(self->bond->datapath, self->id, &info);
	dbus_bond_port_set_xdp_mode(dbus, xdp_modes[MIN(info.xdp_mode, DATAPATH_XDP_GENERIC)]);
	dbus_bond_port_set_zero_copy(dbus, info.zero_copy);
	dbus_bond_port_set_queues(dbus, info.n_queues);
}

/* A bond with ports keeps its mode. */
static void
sync_lacp(PortObject *self)
{
	struct bond_lacp_info info;

	if (self->lacp != NULL)
		port_lacp_sync(self->lacp);
	else if (bond_port_lacp_info(self->port, &info))
		self->lacp = port_lacp_new(self->port);
}

static void
sync_options(PortObject *self)
{
	DbusBondPort *dbus = DBUS_BOND_PORT(self);
	g_autofree char *ad_prio = bond_get_port_option(self->port, "ad_actor_port_prio");

	dbus_bond_port_set_queue_id(dbus, port_queue_id(self->port));
	dbus_bond_port_set_prio(dbus, port_prio(self->port));
	dbus_bond_port_set_ad_actor_port_prio(dbus, (guint16) g_ascii_strtoull(ad_prio, NULL, 10));
}

void
port_object_sync(PortObject *self)
{
	DbusBondPort *dbus = DBUS_BOND_PORT(self);
	const struct bond_port *port = self->port;
	guint32 speed = port_speed(port);
	char mac[TEXT_MAC_SIZE];

	dbus_bond_port_set_name(dbus, port_name(port));
	dbus_bond_port_set_bond(dbus, bond_object_name(self->bond));
	dbus_bond_port_set_if_index(dbus, port_ifindex(port));
	dbus_bond_port_set_link(dbus, bond_link_name(port_link(port)));
	dbus_bond_port_set_state(dbus, port_is_active(port) ? "active" : "backup");
	dbus_bond_port_set_up(dbus, port_running(port));
	dbus_bond_port_set_carrier(dbus, port_carrier(port));
	dbus_bond_port_set_speed(dbus, speed == BOND_SPEED_UNKNOWN ? 0 : speed);
	dbus_bond_port_set_duplex(dbus, text_of_duplex(port_duplex(port)));
	dbus_bond_port_set_permanent_address(dbus, text_of_mac(port_perm_mac(port), mac));
	dbus_bond_port_set_address(dbus, text_of_mac(port_mac(port), mac));
	dbus_bond_port_set_mtu(dbus, port_mtu(port));
	dbus_bond_port_set_link_failure_count(dbus, port_link_failure_count(port));
	sync_options(self);
	sync_device(self);
	sync_lacp(self);
	g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(self));
}

void
port_object_export(PortObject *self)
{
	g_autofree char *path = object_path_port(bond_object_name(self->bond), port_object_name(self));

	port_object_unexport(self);
	self->object = dbus_object_skeleton_new(path);
	dbus_object_skeleton_set_bond_port(self->object, DBUS_BOND_PORT(self));
	if (self->lacp != NULL)
		dbus_object_skeleton_set_bond_port_lacp(self->object, DBUS_BOND_PORT_LACP(self->lacp));
	g_dbus_object_manager_server_export(self->bond->context->objects, G_DBUS_OBJECT_SKELETON(self->object));
}

void
port_object_unexport(PortObject *self)
{
	if (self->object == NULL)
		return;
	g_dbus_object_manager_server_unexport(self->bond->context->objects,
					      g_dbus_object_get_object_path(G_DBUS_OBJECT(self->object)));
	dbus_object_skeleton_set_bond_port(self->object, NULL);
	dbus_object_skeleton_set_bond_port_lacp(self->object, NULL);
	g_clear_object(&self->object);
}

void
port_object_forget(PortObject *self)
{
	if (self->lacp != NULL)
		port_lacp_forget(self->lacp);
	g_clear_object(&self->lacp);
}

static gboolean
set_option(PortObject *self, GDBusMethodInvocation *invocation, const char *name, const char *value)
{
	GError *error = NULL;

	if (bond_object_set_port_option(self->bond, self, name, value, &error)) {
		bond_object_flush(self->bond);
		return TRUE;
	}
	service_return_error(invocation, error);
	return FALSE;
}

static gboolean
handle_set_queue_id(DbusBondPort *port, GDBusMethodInvocation *invocation, guint16 queue_id)
{
	g_autofree char *value = g_strdup_printf("%u", queue_id);

	if (set_option(PORT_OBJECT(port), invocation, "queue_id", value))
		dbus_bond_port_complete_set_queue_id(port, invocation);
	return TRUE;
}

static gboolean
handle_set_prio(DbusBondPort *port, GDBusMethodInvocation *invocation, int prio)
{
	g_autofree char *value = g_strdup_printf("%d", prio);

	if (set_option(PORT_OBJECT(port), invocation, "prio", value))
		dbus_bond_port_complete_set_prio(port, invocation);
	return TRUE;
}

static gboolean
handle_remove(DbusBondPort *port, GDBusMethodInvocation *invocation)
{
	g_autoptr(PortObject) self = g_object_ref(PORT_OBJECT(port));

	bond_object_remove_port(self->bond, self, FALSE);
	bond_object_flush(self->bond);
	dbus_bond_port_complete_remove(port, invocation);
	return TRUE;
}

static gboolean
handle_get_attribute(DbusBondPort *port, GDBusMethodInvocation *invocation, const char *name)
{
	g_autofree char *text = bond_status_port_attribute(PORT_OBJECT(port)->port, name);

	if (text == NULL)
		service_refuse(invocation, SERVICE_ERROR_NO_SUCH_OPTION, "a port has no attribute %.64s", name);
	else
		dbus_bond_port_complete_get_attribute(port, invocation, text);
	return TRUE;
}

static gboolean
handle_list_attributes(DbusBondPort *port, GDBusMethodInvocation *invocation)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	guint n;
	const struct bond_attribute *attributes = bond_status_port_attributes(&n);

	for (guint i = 0; i < n; i++)
		g_ptr_array_add(names, (gpointer) attributes[i].name);
	g_ptr_array_add(names, NULL);
	dbus_bond_port_complete_list_attributes(port, invocation, (const char *const *) names->pdata);
	return TRUE;
}

static void
port_object_methods_init(DbusBondPortIface *iface)
{
	iface->handle_set_queue_id = handle_set_queue_id;
	iface->handle_set_prio = handle_set_prio;
	iface->handle_remove = handle_remove;
	iface->handle_get_attribute = handle_get_attribute;
	iface->handle_list_attributes = handle_list_attributes;
}
