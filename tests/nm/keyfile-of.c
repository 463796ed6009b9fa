/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keyfile-of: settings from stdin, as `busctl --json=short call … GetSettings` prints them; their keyfile to stdout. */
#include "ifcfg/keyfile.h"
#include "json-variant.h"

#include <stdio.h>
#include <stdlib.h>

static char *
read_stdin(void)
{
	GString *text = g_string_new(NULL);
	char buffer[4096];
	gsize n;

	while ((n = fread(buffer, 1, sizeof(buffer), stdin)) > 0)
		g_string_append_len(text, buffer, n);
	return g_string_free(text, FALSE);
}

int
main(void)
{
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *json = read_stdin();
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) settings = json_variant_parse(json, &error);

	if (settings == NULL) {
		g_printerr("%s\n", error->message);
		return EXIT_FAILURE;
	}
	text = ifcfg_keyfile_format(settings, NULL, lost);
	fputs(text, stdout);
	for (guint i = 0; i < lost->len; i++)
		g_printerr("%s\n", (const char *) lost->pdata[i]);
	return EXIT_SUCCESS;
}
