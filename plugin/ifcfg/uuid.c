/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uuid.h"

char *
ifcfg_uuid_of_path(const char *path)
{
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_MD5, path, -1);

	return g_strdup_printf("%.8s-%.4s-%.4s-%.4s-%.12s", sum, sum + 8, sum + 12, sum + 16, sum + 20);
}
