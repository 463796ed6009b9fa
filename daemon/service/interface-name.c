/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interface-name.h"

#include "error.h"

#include "engine/types.h"

#include <string.h>

/* The kernel takes "%" for a template: bond%d would become some other name. */
static gboolean
is_name_char(char c)
{
	return c != '/' && c != ':' && c != '%' && !g_ascii_isspace(c) && !g_ascii_iscntrl(c);
}

gboolean
interface_name_check(const char *name, GError **error)
{
	gsize len = strlen(name);
	gboolean valid = len > 0 && len < BOND_NAME_SIZE && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;

	for (const char *p = name; valid && *p != '\0'; p++)
		valid = is_name_char(*p);
	if (!valid)
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_NAME,
			    "\u201c%.32s\u201d cannot be the name of an interface: "
			    "use 1 to 15 characters without slash, colon, percent or space",
			    name);
	return valid;
}
