/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The properties of a bond, from the engine's state. The options come from the option table: the GObject name of the
 * property is the option's name with hyphens.
 */
#include "bond-object-private.h"

#include "option-values.h"
#include "text.h"

/* Values with commas, as bond_get_option() has them. */
static void
set_list(GObject *object, const char *property, const char *text)
{
	g_auto(GStrv) items = *text != '\0' ? g_strsplit(text, ",", -1) : g_new0(char *, 1);

	g_object_set(object, property, items, NULL);
}

static void
set_option_property(GObject *object, const GParamSpec *pspec, const char *text)
{
	GType type = pspec->value_type;

	if (type == G_TYPE_BOOLEAN)
		g_object_set(object, pspec->name, g_str_equal(text, "on") || g_str_equal(text, "1"), NULL);
	else if (type == G_TYPE_UINT)
		g_object_set(object, pspec->name, (guint) g_ascii_strtoull(text, NULL, 10), NULL);
	else if (type == G_TYPE_STRV)
		set_list(object, pspec->name, text);
	else
		g_object_set(object, pspec->name, text, NULL);
}

static void
sync_options(BondObject *self)
{
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *option = &bond_option_table()[i];
		g_autofree char *property = g_strdelimit(g_strdup(option->name), "_", '-');
		GParamSpec *pspec = g_object_class_find_property(G_OBJECT_GET_CLASS(self), property);
		g_autofree char *value = NULL;

		if (pspec == NULL || !option_is_setting(option))
			continue;
		value = bond_get_option(self->bond, option->name);
		if (value != NULL)
			set_option_property(G_OBJECT(self), pspec, value);
	}
}

GVariant *
bond_object_get_options(BondObject *self)
{
	GVariantBuilder all;

	g_variant_builder_init(&all, G_VARIANT_TYPE_VARDICT);
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *option = &bond_option_table()[i];
		g_autofree char *value = option_is_setting(option) ? bond_get_option(self->bond, option->name) : NULL;

		if (value != NULL)
			g_variant_builder_add(&all, "{sv}", option->name, option_value_from_text(option, value));
	}
	return g_variant_builder_end(&all);
}

static void
sync_ports(BondObject *self)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	struct bond_port *active = bond_active_port(self->bond);

	for (guint i = 0; i < self->ports->len; i++) {
		PortObject *port = g_ptr_array_index(self->ports, i);

		port_object_sync(port);
		g_ptr_array_add(names, (gpointer) port_object_name(port));
	}
	g_ptr_array_add(names, NULL);
	dbus_bond_set_ports(DBUS_BOND(self), (const char *const *) names->pdata);
	dbus_bond_set_active_port(DBUS_BOND(self), active != NULL ? port_name(active) : "");
}

/* The interface comes and goes with the mode. */
static void
sync_lacp(BondObject *self)
{
	gboolean wanted = bond_get_params(self->bond)->mode == BOND_MODE_8023AD;

	if (wanted && self->lacp != NULL) {
		bond_lacp_sync(self->lacp);
	} else if (wanted) {
		self->lacp = bond_lacp_new(self->bond);
		if (self->object != NULL)
			dbus_object_skeleton_set_bond_lacp(self->object, DBUS_BOND_LACP(self->lacp));
	} else if (self->lacp != NULL) {
		if (self->object != NULL)
			dbus_object_skeleton_set_bond_lacp(self->object, NULL);
		bond_properties_forget(self);
	}
}

void
bond_properties_forget(BondObject *self)
{
	if (self->lacp != NULL)
		bond_lacp_forget(self->lacp);
	g_clear_object(&self->lacp);
}

void
bond_properties_sync(BondObject *self)
{
	DbusBond *bond = DBUS_BOND(self);
	char mac[TEXT_MAC_SIZE];

	dbus_bond_set_name(bond, bond_name(self->bond));
	dbus_bond_set_if_index(bond, self->host_ifindex);
	dbus_bond_set_host_kind(bond, host_kind_name(self->host.kind));
	dbus_bond_set_queues(bond, self->host.n_queues);
	dbus_bond_set_busy_poll(bond, self->host.busy_poll);
	dbus_bond_set_up(bond, bond_is_up(self->bond));
	dbus_bond_set_carrier(bond, bond_has_carrier(self->bond));
	dbus_bond_set_mii_status(bond, bond_has_carrier(self->bond) ? "up" : "down");
	dbus_bond_set_address(bond, text_of_mac(bond_get_mac(self->bond), mac));
	dbus_bond_set_mtu(bond, bond_get_mtu(self->bond));
	dbus_bond_set_last_failover(bond, (guint64) bond_last_failover(self->bond));
	sync_ports(self);
	sync_lacp(self);
	sync_options(self);
}
