/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "event.h"
#include "json.h"
#include "watch.h"

static void
print(const struct client *client, const char *bond, GVariant *event)
{
	if (client_has(client, FLAG_JSON))
		json_print_line(event_describe(bond, event));
	else
		event_print(bond, event, FALSE);
}

static void
on_signal(const char *bond, const char *signal, GVariant *parameters, gpointer user)
{
	g_autoptr(GVariant) event = event_of_signal(signal, parameters);

	if (event != NULL)
		print(user, bond, event);
}

static void
on_bond(const char *bond, gboolean created, gpointer user)
{
	g_autoptr(GVariant) event = event_of_bond(created);

	print(user, bond, event);
}

enum exit_code
command_monitor(struct client *client, guint n, char **arguments)
{
	const struct watch watch = {.on_signal = on_signal, .on_bond = on_bond, .user = client};

	return watch_run(watch_begin(client, &watch));
}
