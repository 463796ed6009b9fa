/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engines.h"

#include "profile.h"
#include "saved-bond.h"

#include <net/if.h>

/* What the classes had before, and what they are told apart by. One in a process, as the classes are. */
static struct {
	GType ours;
	GPtrArray *suspects; /* NMDevice: without an interface, and refused a profile */
	enum choice configured;
	gboolean (*check_compatible)(NMDevice *self, NMConnection *connection, gpointer a, gpointer b);
	gboolean (*create_kernel_bond)(NMDevice *self, NMConnection *connection, NMDevice *parent,
				       const NMPlatformLink **link, GError **error);
} engines;

static gboolean
is_ours(NMDevice *device)
{
	return G_TYPE_CHECK_INSTANCE_TYPE(device, engines.ours);
}

static gboolean
wants_engine(NMDevice *device, NMConnection *connection)
{
	g_autofree char *user = profile_user_value(connection, CHOICE_USER_KEY);
	enum choice choice;

	if (!choice_parse(user, &choice)) {
		/* It was complained of when the device was made. What is there stays what it is. */
		g_clear_pointer(&user, g_free);
		if (nm_device_get_ifindex(device) > 0)
			return TRUE;
	}
	return choice_is_bondd(user, engines.configured) == is_ours(device);
}

/* --- Devices that nobody wants --- */

static gboolean
is_wanted(NMDevice *device)
{
	NMSettingsConnection *const *profiles = nm_settings_get_connections(nm_settings_get(), NULL);

	for (; *profiles != NULL; profiles++) {
		NMConnection *profile = nm_settings_connection_get_connection(*profiles);

		if (engines.check_compatible(device, profile, NULL, NULL) && wants_engine(device, profile))
			return TRUE;
	}
	return FALSE;
}

static gboolean
on_idle(gpointer unused)
{
	g_autoptr(GPtrArray) suspects = g_steal_pointer(&engines.suspects);

	for (guint i = 0; i < suspects->len; i++) {
		NMDevice *device = suspects->pdata[i];

		if (nm_device_get_ifindex(device) <= 0 && !is_wanted(device))
			g_signal_emit_by_name(device, "removed");
	}
	return G_SOURCE_REMOVE;
}

/* NetworkManager removes a device that lost its last profile, but not one that never counted any; a port that names
 * its bond by interface would find that one. */
static void
suspect(NMDevice *device)
{
	if (nm_settings_get == NULL || nm_settings_get_connections == NULL ||
	    nm_settings_connection_get_connection == NULL)
		return;
	if (engines.suspects == NULL) {
		engines.suspects = g_ptr_array_new_with_free_func(g_object_unref);
		g_idle_add(on_idle, NULL);
	}
	if (!g_ptr_array_find(engines.suspects, device, NULL))
		g_ptr_array_add(engines.suspects, g_object_ref(device));
}

/* --- Profiles and devices --- */

/* NetworkManager's own words, as where the error goes depends on its version: "connection type is not "…"". */
static gboolean
refuse(NMDevice *self, NMConnection *connection, gpointer a, gpointer b)
{
	struct nm_device_class *class = (gpointer) G_OBJECT_GET_CLASS(self);
	const char *type = class->connection_type_check_compatible;

	class->connection_type_check_compatible = is_ours(self) ? "bond on bondd" : "bond on the kernel's driver";
	engines.check_compatible(self, connection, a, b);
	class->connection_type_check_compatible = type;
	if (nm_device_get_ifindex(self) <= 0)
		suspect(self);
	return FALSE;
}

static gboolean
check_compatible(NMDevice *self, NMConnection *connection, gpointer a, gpointer b)
{
	if (!engines.check_compatible(self, connection, a, b))
		return FALSE;
	return wants_engine(self, connection) || refuse(self, connection, a, b);
}

static gboolean
create_kernel_bond(NMDevice *self, NMConnection *connection, NMDevice *parent, const NMPlatformLink **link,
		   GError **error)
{
	const char *iface = nm_device_get_iface(self);

	if (!saved_bond_exists(SAVED_BONDS, iface) || if_nametoindex(iface) == 0)
		return engines.create_kernel_bond(self, connection, parent, link, error);
	g_set_error(error, g_quark_from_string(NM_DEVICE_ERROR_DOMAIN), NM_DEVICE_ERROR_MISSING_DEPENDENCIES,
		    "%s still runs on bondd: take it down first (nmcli device down %s)", iface, iface);
	return FALSE;
}

/* A bond's class has a function of its own to complete profiles, and NMDevice's to check them. */
static gboolean
is_as_expected(const struct nm_device_class *bond)
{
	const struct nm_device_class *device = g_type_class_peek(nm_device_get_type());

	return bond->check_connection_compatible != NULL &&
	       bond->check_connection_compatible == device->check_connection_compatible &&
	       bond->complete_connection != NULL && bond->complete_connection != device->complete_connection;
}

void
engines_divide(GType parent, GType ours, enum choice configured)
{
	struct nm_device_class *kernel = g_type_class_ref(parent);
	struct nm_device_class *bondd = g_type_class_ref(ours);

	if (engines.ours != G_TYPE_INVALID || !is_as_expected(kernel))
		return;
	engines.ours = ours;
	engines.configured = configured;
	engines.check_compatible = kernel->check_connection_compatible;
	engines.create_kernel_bond = kernel->create_and_realize;
	kernel->check_connection_compatible = check_compatible;
	kernel->create_and_realize = create_kernel_bond;
	bondd->check_connection_compatible = check_compatible;
}
