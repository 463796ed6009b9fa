/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input: two files of modprobe.d with a byte 0x1e between them. Whatever they say, the bond keeps a mode and is never
 * refused, and every report is text.
 */
#include "ifcfg/modprobe.h"

#include <stdlib.h>
#include <string.h>

#define SEPARATOR 0x1e

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
check(gboolean right)
{
	if (!right)
		abort();
}

/* Exactly as long as it is, so that a byte too many is noticed. */
static void
add_file(struct modprobe *modprobe, const char *path, const guint8 *data, gsize size)
{
	g_autofree char *text = g_malloc(MAX(size, 1));

	memcpy(text, data, size);
	modprobe_add_file(modprobe, path, text, size);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	const struct ifcfg_place place = {.file = "ifcfg-bond0"};
	const guint8 *separator = memchr(data, SEPARATOR, size);
	gsize first = separator != NULL ? (gsize) (separator - data) : size;
	g_autoptr(GPtrArray) diagnostics = ifcfg_diagnostics_new();
	struct modprobe *modprobe = modprobe_new(diagnostics);
	struct bonding_opts *opts = bonding_opts_new(diagnostics);

	add_file(modprobe, "/etc/modprobe.d/a.conf", data, first);
	if (separator != NULL)
		add_file(modprobe, "/etc/modprobe.d/b.conf", separator + 1, size - first - 1);
	modprobe_names_bond(modprobe, "bond0");
	modprobe_apply(modprobe, "bond0", opts);
	check(bonding_opts_finish(opts, &place));
	check(bonding_opts_get(opts, "mode") != NULL);
	modprobe_report_unused(modprobe);
	for (guint i = 0; i < diagnostics->len; i++) {
		g_autofree char *line = ifcfg_diagnostic_format(diagnostics->pdata[i]);

		check(g_utf8_validate(line, -1, NULL));
	}
	bonding_opts_free(opts);
	modprobe_free(modprobe);
	return 0;
}
