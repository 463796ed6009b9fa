/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guard.h"

#include <dlfcn.h>
#include <stdio.h>

#define FIRST_MINOR 40
#define LAST_MINOR  58

GType
guard_check_type(const char *name, guint class_size, guint instance_size, GError **error)
{
	GType type = g_type_from_name(name);
	GTypeQuery query;

	if (type == G_TYPE_INVALID) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "this NetworkManager has no %s", name);
		return G_TYPE_INVALID;
	}
	g_type_query(type, &query);
	if (query.class_size != class_size) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "the class %s of this NetworkManager has %u bytes, and we know one of %u", name,
			    query.class_size, class_size);
		return G_TYPE_INVALID;
	}
	if (instance_size != 0 && query.instance_size != instance_size) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "a %s of this NetworkManager has %u bytes, and we know one of %u", name,
			    query.instance_size, instance_size);
		return G_TYPE_INVALID;
	}
	return type;
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

gboolean
guard_check_version(GError **error)
{
	Dl_info info;

	if (dladdr(guard_check_version, &info) == 0 || info.dli_fname == NULL)
		return TRUE;
	return guard_version_is_known(info.dli_fname, error);
}
