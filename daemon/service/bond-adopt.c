/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond that goes on in another daemon. First the engine knows all that it knew, then the devices get sockets and
 * programs again, then the plan that the old daemon had is published, and only then does anybody look what has changed.
 */
#include "bond-object-private.h"

#include "clock.h"
#include "error.h"
#include "text.h"

#include "datapath/xdp-attach.h"
#include "engine/state.h"

#include <net/if.h>

/* --- Saving --- */

/* What is being done to a device just now must be undone if we die of it. */
static void
save_joining(const struct port_device *device, struct state_bond *saved)
{
	struct state_port saved_port = {
	    .joining = TRUE,
	    .mac = device->mac,
	    .engine = {.ifindex = device->ifindex, .perm_mac = device->mac, .saved_mtu = device->mtu},
	};

	g_strlcpy(saved_port.engine.name, device->name, sizeof(saved_port.engine.name));
	port_device_save(device, &saved_port);
	g_array_append_val(saved->ports, saved_port);
}

void
bond_object_save(BondObject *self, struct state_bond *saved)
{
	bond_get_state(self->bond, &saved->engine);
	saved->host = self->host;
	saved->up = bond_is_up(self->bond);
	datapath_get_remains(self->datapath, &saved->remains);
	for (guint i = 0; i < self->ports->len; i++) {
		PortObject *port = g_ptr_array_index(self->ports, i);
		struct state_port saved_port = {0};

		bond_get_port_state(port->port, &saved_port.engine);
		saved_port.mac = *port_mac(port->port);
		port_device_save(&port->device, &saved_port);
		g_array_append_val(saved->ports, saved_port);
	}
	if (self->joining != NULL && self->joining->ifindex != 0)
		save_joining(self->joining, saved);
}

/* --- Devices --- */

/* Renamed or not, it is the one that we had; an index alone may be another's by now. */
static const struct link_info *
find_device(const struct service_context *context, const struct state_port *saved)
{
	const struct link_info *info = link_watcher_by_ifindex(context->links, saved->engine.ifindex);
	char name[BOND_NAME_SIZE];

	if (info == NULL)
		return NULL;
	if (g_str_equal(text_of_name(info->name, name), saved->engine.name) || bond_mac_equal(&info->mac, &saved->mac))
		return info;
	return bond_mac_equal(&info->perm_mac, &saved->device_mac) && !bond_mac_is_zero(&info->perm_mac) ? info : NULL;
}

/* It was taken out of the host and put back: it is new, and has its own address. */
static gboolean
is_back(const struct service_context *context, const struct state_port *saved)
{
	const struct link_info *info = link_watcher_by_name(context->links, saved->engine.name);

	return info != NULL && bond_mac_equal(&info->mac, &saved->device_mac);
}

static void
give_back(struct service_context *context, const struct state_port *saved)
{
	const struct link_info *info = find_device(context, saved);
	struct port_device device;

	if (info == NULL)
		return;
	port_device_adopt(&device, context, info, saved);
	xdp_attach_drop(life_keeper(context->life), info->ifindex);
	port_device_give_back(&device);
}

void
bond_object_give_up(struct service_context *context, const struct state_bond *saved)
{
	for (guint i = 0; i < saved->ports->len; i++)
		give_back(context, &g_array_index(saved->ports, struct state_port, i));
}

/* --- The engine --- */

/* Of a device that is gone: what was known of it. */
static void
info_of_lost(const struct state_port *saved, struct bond_port_info *info)
{
	*info = (struct bond_port_info){
	    .name = saved->engine.name,
	    .ifindex = saved->engine.ifindex,
	    .type = 1,
	    .mac = saved->mac,
	    .mtu = saved->device_mtu,
	    .link = {.speed = BOND_SPEED_UNKNOWN, .duplex = BOND_DUPLEX_UNKNOWN},
	};
}

static void
adopt_port(BondObject *self, const struct state_port *saved, GPtrArray *lost)
{
	const struct link_info *link = find_device(self->context, saved);
	g_autoptr(PortObject) port = NULL;
	g_autoptr(GError) error = NULL;
	struct bond_port_info info;
	struct bond_port *engine_port;

	if (saved->joining) {
		give_back(self->context, saved);
		return;
	}
	if (link != NULL)
		port_device_info(link, &info);
	else
		info_of_lost(saved, &info);
	engine_port = bond_adopt_port(self->bond, &info, &saved->engine, service_now(), &error);
	if (engine_port == NULL) {
		g_warning("%s", error->message);
		return;
	}
	if (link == NULL) {
		g_ptr_array_add(lost, engine_port);
		return;
	}
	port = port_object_new(self);
	port_device_adopt(&port->device, self->context, link, saved);
	port->port = engine_port;
	port->id = port_id(engine_port);
	port_set_data(engine_port, port);
	g_ptr_array_add(self->ports, g_steal_pointer(&port));
}

static gboolean
adopt_engine(BondObject *self, const struct state_bond *saved, const char *name, gboolean up, GPtrArray *lost,
	     GError **error)
{
	self->host = saved->host;
	self->bond = bond_new(name, &bond_world_ops, self, &saved->engine.mac);
	if (!bond_adopt(self->bond, &saved->engine, error))
		return FALSE;
	for (guint i = 0; i < saved->ports->len; i++)
		adopt_port(self, &g_array_index(saved->ports, struct state_port, i), lost);
	bond_adopt_end(self->bond, &saved->engine, up, service_now());
	return TRUE;
}

/* --- The datapath --- */

static gboolean
attach(BondObject *self, PortObject *port, GError **error)
{
	struct link_config *config = self->context->config;
	int ifindex = port->device.ifindex;
	gboolean running = port_running(port->port);

	/* A device that somebody has set down takes no sockets. */
	if (!running && !link_set_up(config, ifindex, TRUE, error))
		return FALSE;
	if (!bond_world_attach_port(self, port, port->port, error))
		return FALSE;
	return running || link_set_up(config, ifindex, FALSE, error);
}

static void
attach_ports(BondObject *self)
{
	for (guint i = self->ports->len; i > 0; i--) {
		PortObject *port = g_ptr_array_index(self->ports, i - 1);
		g_autoptr(GError) error = NULL;

		if (attach(self, port, &error))
			continue;
		g_warning("%s: %s is no port any more: %s", bond_object_name(self), port_object_name(port),
			  error->message);
		bond_object_remove_port(self, port, FALSE);
	}
}

static gboolean
adopt_datapath(BondObject *self, const struct state_bond *saved, GError **error)
{
	if (!bond_object_make_datapath(self, &saved->remains, error))
		return FALSE;
	attach_ports(self);
	/* The old daemon may have died between the file and the interface. */
	if (!datapath_set_carrier(self->datapath, bond_has_carrier(self->bond), error))
		return FALSE;
	if (self->early_plan != NULL)
		datapath_publish(self->datapath, g_steal_pointer(&self->early_plan));
	return TRUE;
}

/* --- What has changed meanwhile --- */

static void
catch_up(BondObject *self, const struct state_bond *saved, const GPtrArray *lost)
{
	self->links_dirty = TRUE;
	bond_object_links_settled(self, service_now());
	for (guint i = 0; i < lost->len; i++) {
		struct bond_port *port = g_ptr_array_index(lost, i);

		g_warning("%s: %s went while bondd was away", bond_object_name(self), port_name(port));
		bond_port_gone(port, service_now());
	}
	bond_run(self->bond, service_now());
	for (guint i = 0; i < saved->ports->len; i++) {
		const struct state_port *port = &g_array_index(saved->ports, struct state_port, i);
		g_autoptr(GError) error = NULL;

		if (port->joining || bond_object_find_port(self, port->engine.name) != NULL ||
		    !is_back(self->context, port))
			continue;
		if (bond_object_add_port(self, port->engine.name, &error) == NULL)
			g_warning("%s: %s", bond_object_name(self), error->message);
	}
}

static void
show_ports(BondObject *self)
{
	for (guint i = 0; i < self->ports->len; i++) {
		PortObject *port = g_ptr_array_index(self->ports, i);

		if (port->object != NULL)
			continue;
		port_object_sync(port);
		port_object_export(port);
	}
}

/* --- After a boot: the same bond, but nothing of it is there --- */

static gboolean
make_again(BondObject *self, const struct state_bond *saved, GError **error)
{
	struct state_bond anew = *saved;
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	g_autoptr(GArray) no_ports = g_array_new(FALSE, FALSE, sizeof(struct state_port));

	if (anew.engine.mac_origin < 3)
		anew.engine.mac = anew.engine.random_mac;
	anew.engine.mac_origin = anew.engine.mac_origin < 3 ? 1 : 3;
	anew.engine.carrier = FALSE;
	anew.ports = no_ports;
	if (!adopt_engine(self, &anew, saved->engine.name, FALSE, none, error) ||
	    !bond_object_make_datapath(self, NULL, error))
		return FALSE;
	return !saved->up || bond_object_set_up(self, TRUE, error);
}

static void
add_again(BondObject *self, const struct state_bond *saved)
{
	for (guint i = 0; i < saved->ports->len; i++) {
		const struct state_port *port = &g_array_index(saved->ports, struct state_port, i);
		g_autoptr(GError) error = NULL;

		if (port->joining)
			continue;
		if (!is_back(self->context, port))
			g_warning("%s: there is no %s with the address it had", bond_object_name(self),
				  port->engine.name);
		else if (bond_object_add_port(self, port->engine.name, &error) == NULL)
			g_warning("%s", error->message);
	}
}

/* --- All of it --- */

static gboolean
go_on(BondObject *self, const struct state_bond *saved, GError **error)
{
	const struct link_info *host = link_watcher_by_ifindex(self->context->links, saved->remains.ifindex);
	g_autoptr(GPtrArray) lost = g_ptr_array_new();
	char name[BOND_NAME_SIZE];

	if (host == NULL) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DEVICE, "its interface is gone");
		return FALSE;
	}
	text_of_name(host->name, name);
	if (!adopt_engine(self, saved, name, (host->flags & IFF_UP) != 0, lost, error) ||
	    !adopt_datapath(self, saved, error))
		return FALSE;
	catch_up(self, saved, lost);
	return TRUE;
}

void
bond_object_renew(BondObject *self)
{
	datapath_renew(self->datapath);
}

BondObject *
bond_object_adopt(struct service_context *context, const struct state_bond *saved, gboolean same, GError **error)
{
	g_autoptr(BondObject) self = bond_object_begin(context);
	gboolean ok = same ? go_on(self, saved, error) : make_again(self, saved, error);

	if (!ok) {
		if (same)
			bond_object_leave(self);
		return NULL;
	}
	bond_object_complete(self);
	show_ports(self);
	if (!same)
		add_again(self, saved);
	return g_steal_pointer(&self);
}
