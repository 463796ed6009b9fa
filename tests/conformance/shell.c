/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The few shell commands that recordings use, each judged by what it does to the simulated hosts.
 */
#include "verbs.h"

#include "engine/status.h"

#include <errno.h>

static const struct bond_attribute *
find_attribute(const char *name)
{
	guint n;
	const struct bond_attribute *attributes = bond_status_attributes(&n);

	for (guint i = 0; i < n; i++)
		if (strcmp(attributes[i].name, name) == 0)
			return &attributes[i];
	return NULL;
}

void
sysfs_write(struct stage *stage, const char *bond_name, const char *name, const char *value, struct outcome *outcome)
{
	struct device *bond = world_find(stage->world, SIDE_HOST, bond_name);
	const struct bond_attribute *attribute = find_attribute(name);
	g_autoptr(GError) error = NULL;

	if (bond == NULL || bond->bond == NULL || attribute == NULL)
		outcome_errno(outcome, ENOENT);
	else if ((attribute->mode & 0222) == 0)
		outcome_errno(outcome, EACCES);
	else if (bond_set_option(bond->bond, name, value, BOND_SOURCE_SYSFS, stage->world->now, &error))
		outcome_ok(outcome);
	else
		outcome_refused(outcome, error);
}

/* `echo VALUE > PATH` */
static void
run_echo(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	g_auto(GStrv) path = NULL;
	guint n = g_strv_length(args);
	struct device *device;

	if (n != 4 || strcmp(args[2], ">") != 0) {
		outcome_unknown(outcome, "echo");
		return;
	}
	path = g_strsplit(args[3], "/", -1);
	n = g_strv_length(path);
	if (g_str_has_prefix(args[3], "/proc/sys/net/ipv6/conf/") && n == 8 && strcmp(path[7], "disable_ipv6") == 0) {
		device = world_find(stage->world, side, path[6]);
		if (device == NULL) {
			outcome_errno(outcome, ENOENT);
			return;
		}
		device->ipv6 = strcmp(args[1], "0") == 0;
		outcome_ok(outcome);
	} else if (g_str_has_prefix(args[3], "/sys/class/net/") && n == 7 && strcmp(path[5], "bonding") == 0) {
		sysfs_write(stage, path[4], path[6], args[1], outcome);
	} else {
		outcome_unknown(outcome, args[3]);
	}
}

/* `cat PATH`: whether there is such a file; its text is what snapshots are for. */
static void
run_cat(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	const char *name = args[1] != NULL ? args[1] : "";
	g_auto(GStrv) path = g_strsplit(name, "/", -1);
	guint n = g_strv_length(path);
	const char *bond = NULL;

	if (g_str_has_prefix(name, "/proc/net/bonding/") && n == 5)
		bond = path[4];
	else if (g_str_has_prefix(name, "/sys/class/net/") && n == 7 && find_attribute(path[6]) != NULL)
		bond = path[4];
	if (bond != NULL && world_find(stage->world, side, bond) != NULL)
		outcome_ok(outcome);
	else
		outcome_errno(outcome, ENOENT);
}

/* `ping [-c COUNT] [-i SECONDS] … TARGET` */
static void
run_ping(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	guint n = g_strv_length(args);
	const char *target = args[n - 1];
	guint64 count = 1;
	double interval = 1;

	for (guint i = 1; i + 1 < n; i++) {
		if (strcmp(args[i], "-c") == 0 && !g_ascii_string_to_unsigned(args[i + 1], 10, 1, 1000, &count, NULL))
			outcome_unknown(outcome, args[i + 1]);
		else if (strcmp(args[i], "-i") == 0)
			interval = g_ascii_strtod(args[i + 1], NULL);
	}
	if (outcome->unknown)
		return;
	if (world_ping(stage->world, side, target, (guint) count, (bond_time) (interval * 1e3) * BOND_MSEC))
		outcome_ok(outcome);
	else
		outcome_failed(outcome, "no answer from %s", target);
}

/* `ethtool -s DEV speed N duplex full|half` */
static void
run_ethtool(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	struct device *device = args[1] != NULL && args[2] != NULL ? world_find(stage->world, side, args[2]) : NULL;

	if (device == NULL || strcmp(args[1], "-s") != 0) {
		outcome_failed(outcome, "Cannot find device");
		return;
	}
	outcome_ok(outcome);
	for (args += 3; outcome->ok && args[0] != NULL; args += 2) {
		guint64 speed;

		if (args[1] == NULL)
			outcome_unknown(outcome, "ethtool");
		else if (strcmp(args[0], "duplex") == 0)
			device->duplex = strcmp(args[1], "full") == 0 ? BOND_DUPLEX_FULL : BOND_DUPLEX_HALF;
		else if (strcmp(args[0], "speed") == 0 &&
			 g_ascii_string_to_unsigned(args[1], 10, 0, G_MAXUINT32, &speed, NULL))
			device->speed = (guint32) speed;
		else
			outcome_unknown(outcome, args[0]);
		if (args[1] == NULL)
			break;
	}
}

static void
run_ip(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	/* `ip netns exec sw COMMAND`: sw is the switch host */
	if (g_strv_length(args) > 4 && strcmp(args[1], "netns") == 0 && strcmp(args[2], "exec") == 0) {
		g_autofree char *line = g_strjoinv(" ", args + 4);

		if (strcmp(args[3], "sw") == 0)
			shell_run(stage, SIDE_SWITCH, line, outcome);
		else
			outcome_unknown(outcome, args[3]);
		return;
	}
	ip_run(stage, side, args + 1, outcome);
}

static const struct {
	const char *name;
	void (*run)(struct stage *stage, enum device_side side, char **args, struct outcome *outcome);
} commands[] = {
    {"ip", run_ip}, {"echo", run_echo}, {"cat", run_cat}, {"ping", run_ping}, {"ethtool", run_ethtool},
};

void
shell_run(struct stage *stage, enum device_side side, const char *line, struct outcome *outcome)
{
	g_auto(GStrv) args = NULL;

	outcome_clear(outcome);
	if (!g_shell_parse_argv(line, NULL, &args, NULL)) {
		outcome_unknown(outcome, line);
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (strcmp(commands[i].name, args[0]) == 0) {
			commands[i].run(stage, side, args, outcome);
			return;
		}
	}
	outcome_unknown(outcome, args[0]);
}
