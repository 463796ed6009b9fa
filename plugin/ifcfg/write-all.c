/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "write-all.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

gboolean
ifcfg_write_all(int fd, const char *text)
{
	gsize left = strlen(text);

	while (left > 0) {
		gssize n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FALSE;
		text += n;
		left -= (gsize) n;
	}
	return TRUE;
}
