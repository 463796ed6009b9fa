/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "classes.h"

#include "nm/guard.h"
#include "nm/nm-abi.h"

static const struct {
	const char *name;
	gsize offset; /* in struct classes */
	guint class_size;
} types[] = {
    {"NMDevice", G_STRUCT_OFFSET(struct classes, device), NM_DEVICE_CLASS_SIZE},
    {"NMDeviceFactory", G_STRUCT_OFFSET(struct classes, factory), NM_DEVICE_FACTORY_CLASS_SIZE},
    {"NMBondDeviceFactory", G_STRUCT_OFFSET(struct classes, bond_factory), NM_DEVICE_FACTORY_CLASS_SIZE},
    {"NMTunDeviceFactory", G_STRUCT_OFFSET(struct classes, tun_factory), NM_DEVICE_FACTORY_CLASS_SIZE},
};

gboolean
classes_find(struct classes *classes, GError **error)
{
	if (!guard_check_version(error))
		return FALSE;
	/* The abstract ones may not have been used yet. */
	nm_device_get_type();
	nm_device_factory_get_type();
	for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
		GType type = guard_check_type(types[i].name, types[i].class_size, 0, error);

		if (type == G_TYPE_INVALID)
			return FALSE;
		G_STRUCT_MEMBER(GType, classes, types[i].offset) = type;
	}
	return TRUE;
}
