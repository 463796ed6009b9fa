/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "object-path.h"

#include <string.h>

char *
object_path_escape(const char *name)
{
	GString *path = g_string_new(NULL);

	if (*name == '\0')
		g_string_append_c(path, '_');
	for (const char *p = name; *p != '\0'; p++) {
		gboolean plain = g_ascii_isalpha(*p) || (g_ascii_isdigit(*p) && p > name);

		if (plain)
			g_string_append_c(path, *p);
		else
			g_string_append_printf(path, "_%02x", (guint) (guint8) *p);
	}
	return g_string_free(path, FALSE);
}

char *
object_path_bond(const char *bond)
{
	g_autofree char *name = object_path_escape(bond);

	return g_strconcat(OBJECT_PATH_ROOT "/", name, NULL);
}

char *
object_path_port(const char *bond, const char *port)
{
	g_autofree char *parent = object_path_bond(bond);
	g_autofree char *name = object_path_escape(port);

	return g_strconcat(parent, "/", name, NULL);
}

static char *
unescape(const char *element)
{
	g_autoptr(GString) name = g_string_new(NULL);

	for (const char *p = element; *p != '\0'; p++) {
		gboolean escaped = p[0] == '_' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2]);

		if (escaped)
			g_string_append_c(name, (char) (g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2])));
		else
			g_string_append_c(name, *p);
		p += escaped ? 2 : 0;
	}
	return g_utf8_make_valid(name->str, name->len);
}

void
object_path_parse(const char *path, char **bond, char **port)
{
	g_auto(GStrv) elements = NULL;

	*bond = *port = NULL;
	if (!g_str_has_prefix(path, OBJECT_PATH_ROOT "/"))
		return;
	elements = g_strsplit(path + strlen(OBJECT_PATH_ROOT "/"), "/", 3);
	*bond = elements[0] != NULL ? unescape(elements[0]) : NULL;
	*port = *bond != NULL && elements[1] != NULL ? unescape(elements[1]) : NULL;
}
