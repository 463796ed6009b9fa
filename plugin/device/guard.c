/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guard.h"

#include "nm-abi.h"

#include <dlfcn.h>
#include <stdio.h>

#define FIRST_MINOR 40
#define LAST_MINOR  58

static const struct {
	const char *name;
	gsize offset; /* in struct guard */
	guint class_size;
} types[] = {
    {"NMDevice", G_STRUCT_OFFSET(struct guard, device), NM_DEVICE_CLASS_SIZE},
    {"NMDeviceFactory", G_STRUCT_OFFSET(struct guard, factory), NM_DEVICE_FACTORY_CLASS_SIZE},
    {"NMBondDeviceFactory", G_STRUCT_OFFSET(struct guard, bond_factory), NM_DEVICE_FACTORY_CLASS_SIZE},
    {"NMTunDeviceFactory", G_STRUCT_OFFSET(struct guard, tun_factory), NM_DEVICE_FACTORY_CLASS_SIZE},
};

static gboolean
check_type(const char *name, GType type, guint class_size, GError **error)
{
	GTypeQuery query;

	if (type == G_TYPE_INVALID) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "this NetworkManager has no %s", name);
		return FALSE;
	}
	g_type_query(type, &query);
	if (query.class_size == class_size)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "the class %s of this NetworkManager has %u bytes, and we know one of %u", name, query.class_size,
		    class_size);
	return FALSE;
}

gboolean
guard_version_is_known(const char *path, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(directory);
	unsigned int major;
	unsigned int minor;

	if (sscanf(name, "%u.%u", &major, &minor) != 2)
		return TRUE;
	if (major == 1 && minor >= FIRST_MINOR && minor <= LAST_MINOR)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "NetworkManager %s is none of 1.%u to 1.%u", name,
		    FIRST_MINOR, LAST_MINOR);
	return FALSE;
}

static gboolean
check_version(GError **error)
{
	Dl_info info;

	if (dladdr(guard_check, &info) == 0 || info.dli_fname == NULL)
		return TRUE;
	return guard_version_is_known(info.dli_fname, error);
}

gboolean
guard_check(struct guard *guard, GError **error)
{
	if (!check_version(error))
		return FALSE;
	/* The abstract ones may not have been used yet. */
	nm_device_get_type();
	nm_device_factory_get_type();
	for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
		GType type = g_type_from_name(types[i].name);

		if (!check_type(types[i].name, type, types[i].class_size, error))
			return FALSE;
		G_STRUCT_MEMBER(GType, guard, types[i].offset) = type;
	}
	return TRUE;
}
