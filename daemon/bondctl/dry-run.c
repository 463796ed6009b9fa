/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "dry-run.h"

#include "json.h"

#include <glib/gi18n.h>

static void
print_json(gboolean possible, const char *error, const char *message, GVariant *effects)
{
	GVariantBuilder members;

	g_variant_builder_init(&members, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&members, "{sv}", "possible", g_variant_new_boolean(possible));
	g_variant_builder_add(&members, "{sv}", "error", g_variant_new_string(error));
	g_variant_builder_add(&members, "{sv}", "message", g_variant_new_string(message));
	g_variant_builder_add(&members, "{sv}", "effects", effects);
	json_print(g_variant_builder_end(&members));
}

static void
print_effects(GVariant *effects)
{
	for (gsize i = 0; i < g_variant_n_children(effects); i++) {
		g_autoptr(GVariant) effect = g_variant_get_child_value(effects, i);
		const char *text = "";

		g_variant_lookup(effect, "text", "&s", &text);
		g_print("%s\n", text);
	}
	if (g_variant_n_children(effects) == 0)
		g_print("%s\n", _("Nothing would change: all is so already."));
}

enum exit_code
dry_run(struct client *client, const struct object *bond, GVariant *options)
{
	g_autoptr(GVariant) reply = client_call(client, bond->path, BOND_INTERFACE, "CheckOptions",
						g_variant_new("(@a{sv})", options), "(bssaa{sv})");
	g_autoptr(GVariant) effects = NULL;
	gboolean possible;
	const char *error;
	const char *message;

	if (reply == NULL)
		return client->failure;
	g_variant_get(reply, "(b&s&s@aa{sv})", &possible, &error, &message, &effects);
	if (client_has(client, FLAG_JSON))
		print_json(possible, error, message, effects);
	else if (possible)
		print_effects(effects);
	if (possible)
		return EXIT_OK;
	if (!client_has(client, FLAG_JSON))
		client_complain("%s", message);
	return client_code_of(error);
}
