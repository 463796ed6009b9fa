/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fill-in.h"

#include <string.h>

/* Appends what stands for the name behind @brace; NULL if there is no such name, else the place behind it. */
static const char *
append_detail(GString *text, const char *brace, GVariant *details)
{
	const char *end = strchr(brace, '}');
	g_autofree char *name = NULL;
	const char *value;

	if (end == NULL)
		return NULL;
	name = g_strndup(brace + 1, end - brace - 1);
	if (!g_variant_lookup(details, name, "&s", &value))
		return NULL;
	g_string_append(text, value);
	return end + 1;
}

char *
text_fill_in(const char *pattern, GVariant *details)
{
	GString *text = g_string_new(NULL);
	const char *p = pattern;

	while (*p != '\0') {
		const char *next = *p == '{' ? append_detail(text, p, details) : NULL;

		if (next == NULL)
			g_string_append_c(text, *p);
		p = next != NULL ? next : p + 1;
	}
	return g_string_free(text, FALSE);
}
