/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "diagnostic.h"
#include "table.h"

#include <glib/gi18n.h>

/* Paths as bondd needs them: absolute. */
static GVariant *
paths(guint n, char **arguments)
{
	g_autofree char *scripts = g_canonicalize_filename(n > 0 ? arguments[0] : DEFAULT_SCRIPTS, NULL);
	g_autofree char *modprobe_d = NULL;

	if (n > 1)
		modprobe_d = g_canonicalize_filename(arguments[1], NULL);
	else
		modprobe_d = g_strdup(n > 0 ? "" : DEFAULT_MODPROBE_D);
	return g_variant_new("(ss)", scripts, modprobe_d);
}

/* Whether all of them went well. */
static gboolean
print_changes(GVariant *changes)
{
	g_autoptr(Table) table = table_new();
	gboolean ok = TRUE;
	const char *device;
	const char *action;
	const char *detail;
	GVariantIter iter;

	g_variant_iter_init(&iter, changes);
	while (g_variant_iter_next(&iter, "(&s&s&s)", &device, &action, &detail)) {
		if (g_str_equal(action, "failed")) {
			client_complain("%s: %s", device, detail);
			ok = FALSE;
		} else {
			table_row(table, device, action, detail, NULL);
		}
	}
	table_print(table);
	if (g_variant_n_children(changes) == 0)
		g_print("%s\n", _("All is as the files say: nothing was changed."));
	return ok;
}

enum exit_code
command_apply(struct client *client, guint n, char **arguments)
{
	g_autoptr(GVariant) reply =
	    client_call(client, ROOT_PATH, MANAGER_INTERFACE, "Apply", paths(n, arguments), "(ba(sss)a(ssusss))");
	g_autoptr(GVariant) changes = NULL;
	g_autoptr(GVariant) diagnostics = NULL;
	gboolean applied;

	if (reply == NULL)
		return client->failure;
	g_variant_get(reply, "(b@a(sss)@a(ssusss))", &applied, &changes, &diagnostics);
	diagnostics_print(diagnostics);
	if (!applied) {
		client_complain(_("nothing was changed: correct the errors above, then apply again"));
		return EXIT_REFUSED;
	}
	return print_changes(changes) ? EXIT_OK : EXIT_REFUSED;
}
