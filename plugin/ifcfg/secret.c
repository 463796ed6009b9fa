/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret.h"

#include <string.h>

gboolean
ifcfg_is_secret(const char *name)
{
	static const char *const words[] = {"PASSWORD", "PASSPHRASE", "PSK", "PRIVATE_KEY", "_PIN"};

	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strstr(name, words[i]) != NULL)
			return TRUE;
	}
	return FALSE;
}
