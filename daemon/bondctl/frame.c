/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frame.h"

#include <string.h>

/* Behind "  0x0010:  " or "00000010: ", if that is how it begins. */
static const char *
skip_offset(const char *line)
{
	const char *p = line + strspn(line, " \t");
	gsize digits;

	p += g_str_has_prefix(p, "0x") ? 2 : 0;
	digits = strspn(p, "0123456789abcdefABCDEF");
	if (digits < 4 || digits > 8 || p[digits] != ':' || (p[digits + 1] != ' ' && p[digits + 1] != '\t'))
		return line + strspn(line, " \t");
	return p + digits + 1 + strspn(p + digits + 1, " \t");
}

/* FALSE if there is something that is no byte. */
static gboolean
append_line(GByteArray *bytes, const char *line)
{
	for (const char *p = skip_offset(line); *p != '\0';) {
		guint8 byte;

		if (strchr(" \t\r:-", *p) != NULL) {
			if (p[0] == ' ' && p[1] == ' ')
				break;
			p++;
			continue;
		}
		if (!g_ascii_isxdigit(p[0]) || !g_ascii_isxdigit(p[1]))
			return FALSE;
		byte = (guint8) (g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1]));
		g_byte_array_append(bytes, &byte, 1);
		p += 2;
	}
	return TRUE;
}

GBytes *
frame_from_hex(const char *text)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i] != NULL; i++) {
		if (!append_line(bytes, lines[i]))
			return NULL;
	}
	if (bytes->len == 0)
		return NULL;
	return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
