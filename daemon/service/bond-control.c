/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames on their way to the engine: those that the workers hand over, and LACPDUs from a socket on each port.
 */
#include "bond-object-private.h"

#include "clock.h"
#include "control-source.h"

#define ETHERTYPE_SLOW 0x8809

static const struct bond_mac slow_group = {{0x01, 0x80, 0xc2, 0x00, 0x00, 0x02}};

static PortObject *
find_port(BondObject *self, bond_port_id id)
{
	for (guint i = 0; i < self->ports->len; i++) {
		PortObject *port = g_ptr_array_index(self->ports, i);

		if (port->id == id)
			return port;
	}
	return NULL;
}

static void
on_frame(void *user, enum datapath_origin origin, bond_port_id id, const guint8 *frame, gsize len, bond_time time)
{
	BondObject *self = user;
	PortObject *port;

	self->heard = TRUE;
	if (origin == DATAPATH_FROM_HOST) {
		bond_transmit_frame(self->bond, frame, len, service_now());
		return;
	}
	port = find_port(self, id);
	if (port != NULL && port->port != NULL)
		bond_receive_frame(port->port, frame, len, service_now());
}

static void
settle(BondObject *self)
{
	if (self->heard)
		bond_object_settle_quietly(self);
	self->heard = FALSE;
}

/* A port may go by what follows from another. */
static void
look_at_suspects(BondObject *self)
{
	for (guint64 suspects = datapath_take_suspects(self->datapath); suspects != 0; suspects &= suspects - 1) {
		PortObject *port = find_port(self, (bond_port_id) __builtin_ctzll(suspects));

		if (port != NULL)
			link_watcher_suspect(self->context->links, port->device.ifindex);
	}
}

static gboolean
read_rings(void *user)
{
	BondObject *self = user;
	gboolean more;

	look_at_suspects(self);
	more = datapath_read_control(self->datapath, on_frame, self);
	settle(self);
	return more;
}

void
bond_control_start(BondObject *self)
{
	self->control =
	    control_source_new(datapath_control_fd(self->datapath), "frames from the workers", read_rings, self);
}

static void
clear_source(GSource **source)
{
	if (*source != NULL)
		g_source_destroy(*source);
	g_clear_pointer(source, g_source_unref);
}

void
bond_control_stop(BondObject *self)
{
	clear_source(&self->control);
}

static void
on_slow_frame(void *user, const guint8 *frame, gsize len)
{
	PortObject *port = user;

	port->bond->heard = TRUE;
	if (port->port != NULL)
		bond_receive_frame(port->port, frame, len, service_now());
}

static gboolean
read_slow(void *user)
{
	PortObject *port = user;
	gboolean more = control_socket_read(port->slow, on_slow_frame, port);

	settle(port->bond);
	return more;
}

gboolean
bond_control_open_port(BondObject *self, PortObject *port, int ifindex, GError **error)
{
	/* With ports in it a bond keeps its mode. */
	if (bond_get_params(self->bond)->mode != BOND_MODE_8023AD)
		return TRUE;
	port->slow = control_socket_new(ifindex, ETHERTYPE_SLOW, &slow_group, error);
	if (port->slow == NULL)
		return FALSE;
	port->slow_source = control_source_new(control_socket_fd(port->slow), "slow protocols", read_slow, port);
	return TRUE;
}

void
bond_control_close_port(PortObject *port)
{
	clear_source(&port->slow_source);
	g_clear_pointer(&port->slow, control_socket_free);
}

void
bond_control_read(BondObject *self)
{
	if (self->control != NULL)
		control_source_read(self->control);
	for (guint i = 0; i < self->ports->len; i++) {
		PortObject *port = g_ptr_array_index(self->ports, i);

		if (port->slow_source != NULL)
			control_source_read(port->slow_source);
	}
}
