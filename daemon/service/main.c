/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bondd: link aggregation in user space as a D-Bus service.
 */
#include "config.h"

#include "daemon-conf.h"
#include "manager.h"
#include "pace.h"
#include "privileges.h"
#include "sd-notify.h"

#include <glib-unix.h>
#include <locale.h>
#include <stdlib.h>

#define BUS_NAME "org.example.Bond"
/* Gone with a boot, as interfaces are. */
#define STATE_DIRECTORY "/run/bondd"
#define CONF_FILE	"/etc/bondd.conf"

struct daemon {
	GMainLoop *loop;
	Manager *manager;
	int status;
	char *state_directory;
	char *conf_file;
	gboolean session;
	gboolean verbose;
	gboolean version;
};

static void
on_name_acquired(GDBusConnection *connection, const char *name, gpointer user)
{
	sd_notify_send("READY=1");
	g_message("bondd " PACKAGE_VERSION " is ready");
}

static void
on_name_lost(GDBusConnection *connection, const char *name, gpointer user)
{
	struct daemon *daemon = user;

	g_warning("the name %s is taken or the bus is gone: is another bondd running?", name);
	daemon->status = EXIT_FAILURE;
	g_main_loop_quit(daemon->loop);
}

static gboolean
on_stop(gpointer user)
{
	struct daemon *daemon = user;

	sd_notify_send("STOPPING=1");
	g_main_loop_quit(daemon->loop);
	return G_SOURCE_CONTINUE;
}

static gboolean
parse_arguments(struct daemon *daemon, int *argc, char ***argv)
{
	const GOptionEntry entries[] = {
	    {"session", 0, 0, G_OPTION_ARG_NONE, &daemon->session, "Use the session bus instead of the system bus",
	     NULL},
	    {"config", 0, 0, G_OPTION_ARG_FILENAME, &daemon->conf_file, "Where defaults are read from (" CONF_FILE ")",
	     "FILE"},
	    {"state-dir", 0, 0, G_OPTION_ARG_FILENAME, &daemon->state_directory,
	     "Where the bonds are kept over a restart (" STATE_DIRECTORY ")", "DIRECTORY"},
	    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &daemon->verbose, "Log what is done, not only what went wrong",
	     NULL},
	    {"version", 0, 0, G_OPTION_ARG_NONE, &daemon->version, "Print the version and leave", NULL},
	    {NULL},
	};
	g_autoptr(GOptionContext) options = g_option_context_new("- link aggregation in user space");
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(options, entries, NULL);
	g_option_context_set_summary(options, "A D-Bus service: bondctl is its command line.");
	if (g_option_context_parse(options, argc, argv, &error) && *argc == 1)
		return TRUE;
	g_printerr("bondd: %s\nTry \u201cbondd --help\u201d.\n",
		   error != NULL ? error->message : "it takes no arguments beside options");
	return FALSE;
}

static void
run(struct daemon *daemon, GDBusConnection *connection)
{
	struct pace *pace = pace_new(connection);
	guint owner = g_bus_own_name_on_connection(connection, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
						   on_name_acquired, on_name_lost, daemon, NULL);
	guint term = g_unix_signal_add(SIGTERM, on_stop, daemon);
	guint interrupt = g_unix_signal_add(SIGINT, on_stop, daemon);

	g_main_loop_run(daemon->loop);
	pace_free(pace);
	g_source_remove(term);
	g_source_remove(interrupt);
	manager_close(daemon->manager);
	g_bus_unown_name(owner);
	g_dbus_connection_flush_sync(connection, NULL, NULL);
}

/* What is wrong in it has no effect: bonds must come up all the same. */
static struct host_options
read_defaults(const struct daemon *daemon)
{
	struct host_options defaults = HOST_OPTIONS_DEFAULT;
	g_autoptr(GPtrArray) complaints =
	    daemon_conf_read(daemon->conf_file != NULL ? daemon->conf_file : CONF_FILE, &defaults);

	for (guint i = 0; i < complaints->len; i++)
		g_warning("%s", (const char *) g_ptr_array_index(complaints, i));
	return defaults;
}

static int
start(struct daemon *daemon)
{
	struct host_options defaults = read_defaults(daemon);
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusConnection) connection =
	    g_bus_get_sync(daemon->session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, &error);

	if (connection == NULL) {
		g_printerr("bondd: no connection to the bus: %s\n", error->message);
		return EXIT_FAILURE;
	}
	/* Losing the bus must not end the process before the bonds are left as they should be. */
	g_dbus_connection_set_exit_on_close(connection, FALSE);
	daemon->manager = manager_new(
	    connection, daemon->state_directory != NULL ? daemon->state_directory : STATE_DIRECTORY, &defaults, &error);
	if (daemon->manager == NULL) {
		g_printerr("bondd: %s\n", error->message);
		return EXIT_FAILURE;
	}
	daemon->loop = g_main_loop_new(NULL, FALSE);
	run(daemon, connection);
	g_main_loop_unref(daemon->loop);
	g_object_unref(daemon->manager);
	return daemon->status;
}

int
main(int argc, char **argv)
{
	struct daemon daemon = {.status = EXIT_SUCCESS};

	/* Characters only: messages go to clients of any language, and would be half English, half ours. */
	setlocale(LC_CTYPE, "");
	if (!parse_arguments(&daemon, &argc, &argv))
		return 2;
	if (daemon.version) {
		g_print("bondd " PACKAGE_VERSION "\n");
		return EXIT_SUCCESS;
	}
	if (daemon.verbose)
		g_setenv("G_MESSAGES_DEBUG", G_LOG_DOMAIN, FALSE);
	privileges_drop();
	daemon.status = start(&daemon);
	g_free(daemon.state_directory);
	g_free(daemon.conf_file);
	return daemon.status;
}
