/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life.h"

#include "applier.h"
#include "bonds.h"
#include "fd-store.h"
#include "history-file.h"
#include "sd-notify.h"
#include "state-file.h"
#include "state-text.h"

#include "engine/bond.h"
#include "engine/lacp-info.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between a change and the file: one failover is many changes. */
#define SAVE_DELAY_MS 20

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define NETWORK "/proc/self/ns/net"

struct life {
	struct service_context *context;
	char *directory;
	int lock;
	struct fd_store *store;
	char *written; /* what the file has */
	char *status;  /* what systemd was told */
	gboolean sealed;
	gboolean failed; /* it was said already */
	GSource *save;
	GSource *watchdog;
};

static void
clear_source(GSource **source)
{
	if (*source != NULL)
		g_source_destroy(*source);
	g_clear_pointer(source, g_source_unref);
}

/* --- Where we are --- */

static void
read_boot(char *boot, gsize size)
{
	g_autofree char *text = NULL;

	boot[0] = '\0';
	if (g_file_get_contents(BOOT_ID, &text, NULL, NULL))
		g_strlcpy(boot, g_strstrip(text), size);
}

static void
read_network(char *network, gsize size)
{
	struct stat info;

	network[0] = '\0';
	if (stat(NETWORK, &info) == 0)
		g_snprintf(network, size, "%" G_GUINT64_FORMAT, (guint64) info.st_ino);
}

/* --- Saving --- */

static char *
describe(struct life *life)
{
	struct state *state = state_new();
	char *text;

	read_boot(state->boot, sizeof(state->boot));
	read_network(state->network, sizeof(state->network));
	if (life->context->applier != NULL)
		state->applied = applier_save(life->context->applier);
	for (guint i = 0; i < life->context->bonds->len; i++)
		bond_object_save(g_ptr_array_index(life->context->bonds, i), state_add_bond(state));
	text = state_to_text(state);
	state_free(state);
	return text;
}

static void
write_state(struct life *life)
{
	g_autofree char *text = describe(life);
	g_autoptr(GError) error = NULL;

	if (g_strcmp0(text, life->written) == 0)
		return;
	if (!state_file_write(life->directory, text, &error)) {
		if (!life->failed)
			g_warning("cannot save the state of the bonds: %s: they will not survive a restart",
				  error->message);
		life->failed = TRUE;
		return;
	}
	life->failed = FALSE;
	g_free(life->written);
	life->written = g_steal_pointer(&text);
}

/* "bond0: eth0 of 2 ports" */
static void
append_status(GString *status, const struct bond *bond)
{
	const struct bond_port *active = bond_active_port(bond);
	struct bond_aggregate_info info;

	g_string_append_printf(status, "%s%s: ", status->len > 0 ? "; " : "", bond_name(bond));
	if (!bond_has_carrier(bond))
		g_string_append_printf(status, "no link, %u ports", bond_n_ports(bond));
	else if (bond_lacp_info(bond, &info))
		g_string_append_printf(status, "%u of %u ports in the active aggregator", info.n_ports,
				       bond_n_ports(bond));
	else if (active != NULL)
		g_string_append_printf(status, "%s active of %u ports", port_name(active), bond_n_ports(bond));
	else
		g_string_append_printf(status, "%u ports", bond_n_ports(bond));
}

static void
tell_status(struct life *life)
{
	g_autoptr(GString) status = g_string_new(NULL);
	g_autofree char *valid = NULL;
	g_autofree char *message = NULL;

	for (guint i = 0; i < life->context->bonds->len; i++)
		append_status(status, bond_object_engine(g_ptr_array_index(life->context->bonds, i)));
	if (status->len == 0)
		g_string_append(status, "no bonds");
	valid = g_utf8_make_valid(status->str, -1);
	if (g_strcmp0(valid, life->status) == 0)
		return;
	message = g_strconcat("STATUS=", valid, NULL);
	sd_notify_send(message);
	g_free(life->status);
	life->status = g_steal_pointer(&valid);
}

void
life_save(struct life *life)
{
	if (life == NULL || life->sealed)
		return;
	clear_source(&life->save);
	write_state(life);
	tell_status(life);
}

static gboolean
on_save(gpointer user)
{
	life_save(user);
	return G_SOURCE_REMOVE;
}

void
life_touch(struct life *life)
{
	if (life == NULL || life->sealed || life->save != NULL)
		return;
	life->save = g_timeout_source_new(SAVE_DELAY_MS);
	g_source_set_static_name(life->save, "state file");
	g_source_set_callback(life->save, on_save, life, NULL);
	g_source_attach(life->save, NULL);
}

void
life_seal(struct life *life)
{
	if (life == NULL)
		return;
	life_save(life);
	for (guint i = 0; i < life->context->bonds->len; i++) {
		BondObject *bond = g_ptr_array_index(life->context->bonds, i);

		history_file_write(life->directory, bond_object_name(bond), bond_object_history(bond));
	}
	life->sealed = TRUE;
}

/* --- Going on --- */

static void
restore_bond(struct life *life, const struct state_bond *saved, gboolean same)
{
	struct service_context *context = life->context;
	g_autoptr(GError) error = NULL;
	BondObject *bond;

	if (same && link_watcher_by_ifindex(context->links, saved->remains.ifindex) == NULL) {
		g_warning("%s: its interface was removed while bondd was away, so the bond goes too",
			  saved->engine.name);
		bond_object_give_up(context, saved);
		return;
	}
	bond = bond_object_adopt(context, saved, same, &error);
	if (bond != NULL) {
		bonds_add(context, bond);
		if (same)
			history_file_take(life->directory, bond_object_name(bond), bond_object_history(bond));
		g_message("%s: goes on with %u ports", bond_object_name(bond), bond_object_n_ports(bond));
		return;
	}
	g_warning("%s: cannot go on with it: %s", saved->engine.name, error->message);
	if (same)
		bond_object_give_up(context, saved);
}

static void
restore(struct life *life, const struct state *state)
{
	char boot[sizeof(state->boot)];
	char network[sizeof(state->network)];
	gboolean same_boot;

	read_boot(boot, sizeof(boot));
	read_network(network, sizeof(network));
	same_boot = g_str_equal(boot, state->boot);
	if (same_boot && !g_str_equal(network, state->network)) {
		g_warning("the saved bonds are in another network namespace, and stay there");
		return;
	}
	if (state->applied != NULL)
		applier_restore(life->context->applier, state->applied);
	for (guint i = 0; i < state->bonds->len; i++)
		restore_bond(life, g_ptr_array_index(state->bonds, i), same_boot);
	for (guint i = 0; i < life->context->bonds->len; i++)
		bond_object_renew(g_ptr_array_index(life->context->bonds, i));
}

void
life_restore(struct life *life)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	struct state *state = NULL;
	gsize len = 0;

	text = state_file_read(life->directory, &len, &error);
	if (text != NULL)
		state = state_from_text(text, len, &error);
	if (error != NULL)
		state_file_set_aside(life->directory, error);
	if (state != NULL) {
		restore(life, state);
		state_free(state);
	}
	fd_store_clear(life->store);
	life->sealed = FALSE;
	life_save(life);
}

const struct datapath_keeper *
life_keeper(struct life *life)
{
	return life != NULL ? fd_store_keeper(life->store) : NULL;
}

/* --- Watchdog --- */

static gboolean
on_watchdog(gpointer user)
{
	struct life *life = user;
	gboolean alive = TRUE;

	for (guint i = 0; i < life->context->bonds->len; i++)
		alive = bond_object_is_alive(g_ptr_array_index(life->context->bonds, i)) && alive;
	/* The main loop is, as we are here. */
	if (alive)
		sd_notify_send("WATCHDOG=1");
	return G_SOURCE_CONTINUE;
}

static void
start_watchdog(struct life *life)
{
	const char *pid = g_getenv("WATCHDOG_PID");
	const char *text = g_getenv("WATCHDOG_USEC");
	guint64 usec;
	guint64 number;

	if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT, &usec, NULL))
		return;
	if (pid != NULL &&
	    (!g_ascii_string_to_unsigned(pid, 10, 1, G_MAXINT, &number, NULL) || (pid_t) number != getpid()))
		return;
	/* Thrice in its time: one round may find a worker that was only just asked. */
	life->watchdog = g_timeout_source_new((guint) MAX(usec / 3000, 1));
	g_source_set_static_name(life->watchdog, "watchdog");
	g_source_set_callback(life->watchdog, on_watchdog, life, NULL);
	g_source_attach(life->watchdog, NULL);
}

/* --- Life of a life --- */

struct life *
life_new(struct service_context *context, const char *directory, GError **error)
{
	int lock = state_file_lock(directory, error);
	struct life *life;

	if (lock < 0)
		return NULL;
	life = g_new0(struct life, 1);
	life->lock = lock;
	life->context = context;
	life->directory = g_strdup(directory);
	life->store = fd_store_new();
	/* What is being restored is in the file already, and more that is not yet. */
	life->sealed = TRUE;
	start_watchdog(life);
	return life;
}

void
life_free(struct life *life)
{
	if (life == NULL)
		return;
	clear_source(&life->save);
	clear_source(&life->watchdog);
	fd_store_free(life->store);
	close(life->lock);
	g_free(life->directory);
	g_free(life->written);
	g_free(life->status);
	g_free(life);
}
