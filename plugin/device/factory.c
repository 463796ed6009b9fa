/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plugin's entry: NetworkManager asks for a factory of devices. Ours has no devices of a type of its own: it stands
 * before NetworkManager's factories of bonds and of TAPs, and hands them what is not for bondd.
 */
#include "bond-device.h"
#include "choice.h"
#include "classes.h"
#include "engines.h"
#include "profile.h"
#include "saved-bond.h"

#include "nm/config.h"

#define FACTORY_NAME "BonddNMDeviceFactory"
#define LINK_NONE    0

/* One in a process; NetworkManager's factories live as long as that. */
static struct {
	struct classes classes;
	Client *client;
	enum choice choice;
	NMLinkType tun;
	NMDeviceFactory *tun_delegate; /* NetworkManager's own factory of TUN and TAP devices */
	NMDevice *(*create_bond)(NMDeviceFactory *self, const char *iface, const NMPlatformLink *link,
				 NMConnection *connection, gboolean *ignore);
	const NMLinkType *link_types;
} plugin;

static const NMLinkType no_link_types[] = {LINK_NONE};
static const char *const no_setting_types[] = {NULL};

/* --- Devices --- */

/* NMDeviceBond is known when NetworkManager's factory has made one of it. */
static GType
device_type(NMDeviceFactory *bond_factory, const char *iface)
{
	GType parent = g_type_from_name("NMDeviceBond");
	NMDevice *one = NULL;
	gboolean ignore = FALSE;
	GType type;

	if (parent == G_TYPE_INVALID) {
		one = plugin.create_bond(bond_factory, iface, NULL, NULL, &ignore);
		parent = g_type_from_name("NMDeviceBond");
		g_clear_object(&one);
	}
	if (parent == G_TYPE_INVALID)
		return G_TYPE_INVALID;
	type = bond_device_register(parent, plugin.tun);
	engines_divide(parent, type, plugin.choice);
	return type;
}

/* NMBondDeviceFactory's. With @link it is the kernel's bond. */
static NMDevice *
create_bond(NMDeviceFactory *self, const char *iface, const NMPlatformLink *link, NMConnection *connection,
	    gboolean *ignore)
{
	g_autofree char *user = profile_user_value(connection, CHOICE_USER_KEY);
	GType type = device_type(self, iface);

	if (link != NULL || type == G_TYPE_INVALID || !choice_is_bondd(user, plugin.choice))
		return plugin.create_bond(self, iface, link, connection, ignore);
	return bond_device_new(type, iface, plugin.tun, plugin.client);
}

static NMDeviceFactory *
bond_factory(void)
{
	static NMDeviceFactory *factory;

	if (factory == NULL)
		factory = g_object_new(plugin.classes.bond_factory, NULL);
	return factory;
}

/* Ours: a TAP that is there already. */
static NMDevice *
create_tap(NMDeviceFactory *self, const char *iface, const NMPlatformLink *link, NMConnection *connection,
	   gboolean *ignore)
{
	struct nm_device_factory_class *tun = (gpointer) G_OBJECT_GET_CLASS(plugin.tun_delegate);
	GType type = G_TYPE_INVALID;

	if (link != NULL && saved_bond_exists(SAVED_BONDS, iface))
		type = device_type(bond_factory(), iface);
	if (type == G_TYPE_INVALID)
		return tun->create_device(plugin.tun_delegate, iface, link, connection, ignore);
	return bond_device_new(type, iface, plugin.tun, plugin.client);
}

static void
get_supported_types(NMDeviceFactory *self, const NMLinkType **link_types, const char *const **setting_types)
{
	*link_types = plugin.link_types;
	*setting_types = no_setting_types;
}

/* --- The factory --- */

static void
factory_class_init(gpointer klass, gpointer class_data)
{
	struct nm_device_factory_class *class = klass;

	class->get_supported_types = get_supported_types;
	class->create_device = create_tap;
}

static NMDeviceFactory *
factory_new(void)
{
	GTypeQuery query;
	GType type;

	g_type_query(plugin.classes.factory, &query);
	type = g_type_register_static(plugin.classes.factory, FACTORY_NAME,
				      &(const GTypeInfo){.class_size = (guint16) query.class_size,
							 .class_init = factory_class_init,
							 .instance_size = (guint16) query.instance_size},
				      0);
	return g_object_new(type, NULL);
}

/* The numbers of link types are not the same in all versions. */
static void
learn_tun(void)
{
	struct nm_device_factory_class *class;
	const NMLinkType *link_types = no_link_types;
	const char *const *setting_types = NULL;

	plugin.tun_delegate = g_object_new(plugin.classes.tun_factory, NULL);
	class = (gpointer) G_OBJECT_GET_CLASS(plugin.tun_delegate);
	class->get_supported_types(plugin.tun_delegate, &link_types, &setting_types);
	plugin.link_types = link_types;
	plugin.tun = link_types[0];
}

static void
take_over_bonds(void)
{
	struct nm_device_factory_class *class = g_type_class_ref(plugin.classes.bond_factory);

	plugin.create_bond = class->create_device;
	class->create_device = create_bond;
}

G_MODULE_EXPORT NMDeviceFactory *nm_device_factory_create(GError **error);

G_MODULE_EXPORT NMDeviceFactory *
nm_device_factory_create(GError **error)
{
	if (!classes_find(&plugin.classes, error)) {
		g_prefix_error(error, "bondd leaves bonds to NetworkManager: ");
		return NULL;
	}
	plugin.choice = choice_read_config(config_places);
	if (plugin.choice == CHOICE_AUTO)
		plugin.choice = choice_is_bondd(NULL, CHOICE_AUTO) ? CHOICE_BONDD : CHOICE_KERNEL;
	plugin.client = client_new();
	learn_tun();
	take_over_bonds();
	return factory_new();
}
