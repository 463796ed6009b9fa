/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "diagnostic.h"

#include <glib/gi18n.h>

static const char *
severity_text(const char *severity)
{
	if (g_str_equal(severity, "fatal"))
		return _("error");
	return g_str_equal(severity, "warning") ? _("warning") : _("note");
}

void
diagnostics_print(GVariant *diagnostics)
{
	const char *severity;
	const char *file;
	guint32 line;
	const char *text;
	const char *message;
	const char *remedy;
	GVariantIter iter;

	g_variant_iter_init(&iter, diagnostics);
	while (g_variant_iter_next(&iter, "(&s&su&s&s&s)", &severity, &file, &line, &text, &message, &remedy)) {
		if (line > 0)
			g_printerr("%s:%u: %s: %s\n", file, line, severity_text(severity), message);
		else
			g_printerr("%s: %s: %s\n", file, severity_text(severity), message);
		if (*text != '\0')
			g_printerr("    %s\n", text);
		if (*remedy != '\0')
			g_printerr("    → %s\n", remedy);
	}
}
