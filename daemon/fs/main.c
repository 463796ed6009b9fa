/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bondfs: shows what scripts read of the kernel's bonding driver, /proc/net/bonding and /sys/class/net, below a directory
 * of choice. It is a client of bondd on D-Bus, and no part of it.
 */
#include "config.h"

#include "operations.h"
#include "remote.h"

#include <fuse_lowlevel.h>
#include <locale.h>
#include <stddef.h>
#include <stdlib.h>

struct settings {
	int session;
	int help;
	int version;
};

static const struct fuse_opt options[] = {
    {"--session", offsetof(struct settings, session), 1}, {"-h", offsetof(struct settings, help), 1},
    {"--help", offsetof(struct settings, help), 1},	  {"-V", offsetof(struct settings, version), 1},
    {"--version", offsetof(struct settings, version), 1}, FUSE_OPT_END,
};

static void
print_help(void)
{
	g_print(
	    "Usage: bondfs [OPTION…] DIRECTORY\n\n"
	    "Shows proc/net/bonding/* and sys/class/net/* of bondd's bonds below DIRECTORY, as the kernel's bonding\n"
	    "driver has them. Root may write what is writable in sysfs. \"umount DIRECTORY\" ends it.\n\n"
	    "      --session         use the session bus instead of the system bus\n"
	    "  -h, --help            this text\n"
	    "  -V, --version         print the version\n\n"
	    "Options of every FUSE file system:\n");
	fuse_cmdline_help();
}

/* Mounts before it forks, so that whoever started it hears what is wrong; GDBus has a thread, which starts behind. */
static int
serve_mounted(struct fuse *fuse, const struct fuse_cmdline_opts *command, GBusType bus_type, GDBusConnection **bus)
{
	struct fuse_session *session = fuse_get_session(fuse);
	g_autoptr(GError) error = NULL;
	int status = 1;

	if (fuse_daemonize(command->foreground) != 0)
		return 1;
	*bus = remote_open(bus_type, &error);
	if (*bus == NULL) {
		g_printerr("bondfs: there is no D-Bus: %s\n", error->message);
		return 1;
	}
	if (fuse_set_signal_handlers(session) == 0) {
		status = fuse_loop(fuse) < 0;
		fuse_remove_signal_handlers(session);
	}
	g_clear_object(bus);
	return status;
}

static int
serve(struct fuse_args *args, const struct fuse_cmdline_opts *command, GBusType bus_type)
{
	GDBusConnection *bus = NULL;
	struct fuse *fuse = fuse_new(args, &operations, sizeof(operations), &bus);
	int status = 1;

	if (fuse == NULL)
		return 2;
	if (fuse_mount(fuse, command->mountpoint) == 0) {
		status = serve_mounted(fuse, command, bus_type, &bus);
		fuse_unmount(fuse);
	}
	fuse_destroy(fuse);
	return status;
}

static int
parse_and_serve(struct fuse_args *args, const struct settings *settings)
{
	struct fuse_cmdline_opts command = {0};
	int status = 2;

	if (fuse_parse_cmdline(args, &command) != 0)
		return 2;
	if (command.mountpoint == NULL)
		g_printerr("bondfs: say where to mount: \"bondfs DIRECTORY\"\n");
	else
		status = serve(args, &command, settings->session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM);
	free(command.mountpoint);
	return status;
}

int
main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct settings settings = {0};
	int status;

	setlocale(LC_ALL, "");
	if (fuse_opt_parse(&args, &settings, options, NULL) != 0)
		return 2;
	/* Permissions are those of sysfs, and the kernel checks them. */
	fuse_opt_add_arg(&args, "-odefault_permissions,fsname=bondfs,subtype=bondfs");
	if (settings.help) {
		print_help();
		status = 0;
	} else if (settings.version) {
		g_print("bondfs %s\n", PACKAGE_VERSION);
		status = 0;
	} else {
		status = parse_and_serve(&args, &settings);
	}
	fuse_opt_free_args(&args);
	return status;
}
