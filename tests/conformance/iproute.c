/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * As much of `ip` as recordings use. Values are not checked here but by the engine; `ip` itself only refuses
 * names of devices that do not exist, because netlink carries their numbers.
 */
#include "verbs.h"

#include <errno.h>
#include <net/if_arp.h>

/* Spellings of `ip` that differ from the option's own name. */
static const char *
option_name(const char *name)
{
	if (strcmp(name, "peer_notify_delay") == 0)
		return "peer_notif_delay";
	if (strcmp(name, "clear_active_slave") == 0)
		return "active_slave";
	return name;
}

static gboolean
names_a_device(const char *option)
{
	return strcmp(option, "primary") == 0 || strcmp(option, "active_slave") == 0;
}

/* `name value …` as the engine takes it; NULL if a device that is named does not exist. */
static char **
bond_settings(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	GStrvBuilder *words = g_strv_builder_new();
	char **result = NULL;

	while (*args != NULL) {
		gboolean alone = strcmp(args[0], "clear_active_slave") == 0;
		const char *value = alone ? "" : args[1];

		if (value == NULL) {
			outcome_failed(outcome, "Command line is not complete: %s", args[0]);
			goto out;
		}
		if (names_a_device(args[0]) && *value != '\0' && world_find(stage->world, side, value) == NULL) {
			outcome_failed(outcome, "Cannot find device \"%s\"", value);
			goto out;
		}
		g_strv_builder_add(words, option_name(args[0]));
		g_strv_builder_add(words, value);
		args += alone ? 1 : 2;
	}
	result = g_strv_builder_end(words);
out:
	g_strv_builder_unref(words);
	return result;
}

void
ip_set_bond(struct stage *stage, struct device *bond, char **args, struct outcome *outcome)
{
	g_auto(GStrv) settings = bond_settings(stage, bond->side, args, outcome);
	g_autoptr(GError) error = NULL;

	if (settings == NULL)
		return;
	if (bond->bond == NULL)
		outcome_errno(outcome, EOPNOTSUPP);
	else if (bond_set_options(bond->bond, (const char *const *) settings, stage->world->now, &error))
		outcome_ok(outcome);
	else
		outcome_refused(outcome, error);
}

void
ip_set_port(struct device *port, char **args, struct outcome *outcome)
{
	/* by the `ip` of the recordings */
	static const char *const known[] = {"queue_id", "prio", NULL};

	outcome_ok(outcome);
	if (device_port(port) == NULL) {
		outcome_errno(outcome, EOPNOTSUPP);
		outcome->extack = g_strdup("");
		return;
	}
	for (; outcome->ok && args[0] != NULL && args[1] != NULL; args += 2) {
		g_autoptr(GError) error = NULL;

		if (!g_strv_contains(known, args[0])) {
			outcome_failed(outcome, "bond_slave: unknown option \"%s\"?", args[0]);
			return;
		}
		if (!bond_set_port_option(port->master->bond, port->name, args[0], args[1], port->world->now, &error))
			outcome_refused(outcome, error);
	}
}

/* The first `type bond` loads the module, without parameters: that makes a bond0 of its own. */
static void
load_module_by_itself(struct stage *stage, struct outcome *outcome)
{
	const char *const none[] = {NULL};

	stage_load_module(stage, none, outcome);
}

void
ip_add_bond(struct stage *stage, enum device_side side, const char *name, char **args, struct outcome *outcome)
{
	struct device *bond;

	load_module_by_itself(stage, outcome);
	if (world_find(stage->world, side, name) != NULL) {
		outcome_errno(outcome, EEXIST);
		outcome->extack = g_strdup("");
		return;
	}
	bond = stage_add_bond(stage, side, name);
	ip_set_bond(stage, bond, args, outcome);
	if (!outcome->ok)
		world_remove_device(bond);
	else if (side == SIDE_HOST)
		stage_watch(stage, name);
}

void
ip_delete(struct stage *stage, struct device *device, struct outcome *outcome)
{
	if (device->kind == DEVICE_LOOPBACK) {
		outcome_errno(outcome, EOPNOTSUPP);
		return;
	}
	world_remove_device(device);
	outcome_ok(outcome);
}

static struct device *
find(struct stage *stage, enum device_side side, const char *name, struct outcome *outcome)
{
	struct device *device = name != NULL ? world_find(stage->world, side, name) : NULL;

	if (device == NULL)
		outcome_failed(outcome, "Cannot find device \"%s\"", name != NULL ? name : "");
	return device;
}

static void
set_nomaster(struct device *device, struct outcome *outcome)
{
	if (device_port(device) != NULL)
		world_release(device);
	world_forget_port(device);
	device->master = NULL;
	outcome_ok(outcome);
}

static void
set_master(struct stage *stage, struct device *device, const char *name, struct outcome *outcome)
{
	struct device *master = find(stage, device->side, name, outcome);
	g_autoptr(GError) error = NULL;

	if (master == NULL)
		return;
	outcome_ok(outcome);
	if (device->master == master)
		return;
	set_nomaster(device, outcome);
	if (master->kind == DEVICE_BRIDGE)
		device->master = master;
	else if (master->bond == NULL)
		outcome_errno(outcome, EOPNOTSUPP);
	else if (!world_enslave(master, device, &error))
		outcome_refused(outcome, error);
}

static void
set_address(struct device *device, const char *text, struct outcome *outcome)
{
	g_autoptr(GError) error = NULL;
	struct bond_mac mac;
	int errnum;

	if (text == NULL || !world_parse_mac(text, &mac)) {
		outcome_failed(outcome, "\"%s\" is invalid lladdr", text != NULL ? text : "");
		return;
	}
	errnum = device_set_mac(device, &mac, &error);
	if (error != NULL)
		outcome_refused(outcome, error);
	else
		outcome_errno(outcome, errnum);
}

static void
set_mtu(struct device *device, const char *text, struct outcome *outcome)
{
	g_autoptr(GError) error = NULL;
	guint64 mtu;
	int errnum;

	if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &mtu, NULL)) {
		outcome_failed(outcome, "Invalid \"mtu\" value");
		return;
	}
	errnum = device_set_mtu(device, (guint) mtu, &error);
	if (error != NULL) {
		outcome_refused(outcome, error);
		return;
	}
	outcome_errno(outcome, errnum);
	if (errnum != 0)
		outcome->extack =
		    g_strdup(mtu < device->mtu ? "mtu less than device minimum" : "mtu greater than device maximum");
}

static void
set_name(struct stage *stage, struct device *device, const char *name, struct outcome *outcome)
{
	if (name == NULL || strlen(name) >= BOND_NAME_SIZE || *name == '\0') {
		outcome_failed(outcome, "\"name\" not a valid ifname");
		return;
	}
	if (world_find(stage->world, device->side, name) != NULL) {
		outcome_errno(outcome, EEXIST);
		return;
	}
	device_set_name(device, name);
	outcome_ok(outcome);
}

/* `type bond …` and `type bond_slave …` take the rest of the line. */
static void
set_type(struct stage *stage, struct device *device, char **args, struct outcome *outcome)
{
	if (g_strcmp0(args[0], "bond") == 0)
		ip_set_bond(stage, device, args + 1, outcome);
	else if (g_strcmp0(args[0], "bond_slave") == 0)
		ip_set_port(device, args + 1, outcome);
	else
		outcome_unknown(outcome, args[0] != NULL ? args[0] : "type");
}

/* One setting of `ip link set DEV …`. Returns how many words it took. */
static guint
link_setting(struct stage *stage, struct device *device, char **args, struct outcome *outcome)
{
	if (strcmp(args[0], "up") == 0 || strcmp(args[0], "down") == 0) {
		outcome_errno(outcome, device_set_up(device, strcmp(args[0], "up") == 0));
		return 1;
	}
	if (strcmp(args[0], "nomaster") == 0) {
		set_nomaster(device, outcome);
		return 1;
	}
	if (strcmp(args[0], "type") == 0) {
		set_type(stage, device, args + 1, outcome);
		return g_strv_length(args);
	}
	if (strcmp(args[0], "mtu") == 0)
		set_mtu(device, args[1], outcome);
	else if (strcmp(args[0], "address") == 0)
		set_address(device, args[1], outcome);
	else if (strcmp(args[0], "name") == 0)
		set_name(stage, device, args[1], outcome);
	else if (strcmp(args[0], "master") == 0)
		set_master(stage, device, args[1], outcome);
	else
		outcome_unknown(outcome, args[0]);
	return args[1] != NULL ? 2 : 1;
}

static void
link_set(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	struct device *device;

	if (g_strcmp0(args[0], "dev") == 0)
		args++;
	device = find(stage, side, args[0], outcome);
	if (device == NULL)
		return;
	args++;
	outcome_ok(outcome);
	while (outcome->ok && *args != NULL)
		args += link_setting(stage, device, args, outcome);
}

static void
add_vlan(struct stage *stage, enum device_side side, const char *name, const char *lower_name, char **args,
	 struct outcome *outcome)
{
	struct device *lower = find(stage, side, lower_name, outcome);
	struct device *vlan;
	guint64 id;

	if (lower == NULL)
		return;
	if (g_strcmp0(args[0], "id") != 0 || args[1] == NULL ||
	    !g_ascii_string_to_unsigned(args[1], 10, 0, 4095, &id, NULL)) {
		outcome_unknown(outcome, "type vlan");
		return;
	}
	vlan = world_add_device(stage->world, DEVICE_VLAN, side, name);
	vlan->lower = lower;
	vlan->vlan = (guint16) id;
	vlan->mtu = lower->mtu;
	device_take_mac(vlan, &lower->mac);
	outcome_ok(outcome);
}

/* Other kinds of devices: all that matters of them is whether they are Ethernet. */
static const struct {
	const char *name;
	guint16 type;
} other_links[] = {
    {"gre", ARPHRD_IPGRE},	{"ifb", ARPHRD_ETHER},	   {"ipip", ARPHRD_TUNNEL},    {"ipvlan", ARPHRD_ETHER},
    {"ip6tnl", ARPHRD_TUNNEL6}, {"macvlan", ARPHRD_ETHER}, {"sit", ARPHRD_SIT},	       {"vti", ARPHRD_TUNNEL},
    {"vxlan", ARPHRD_ETHER},	{"gretap", ARPHRD_ETHER},  {"wireguard", ARPHRD_NONE},
};

static void
add_other(struct stage *stage, enum device_side side, const char *name, const char *type, struct outcome *outcome)
{
	for (guint i = 0; i < G_N_ELEMENTS(other_links); i++) {
		if (strcmp(other_links[i].name, type) == 0) {
			world_add_device(stage->world, DEVICE_OTHER, side, name)->type = other_links[i].type;
			return;
		}
	}
	outcome_unknown(outcome, type);
}

struct link_add {
	const char *name;
	const char *lower;
	const char *type;
	char **rest;
};

static gboolean
parse_link_add(char **args, struct link_add *add)
{
	memset(add, 0, sizeof(*add));
	while (*args != NULL) {
		if (strcmp(args[0], "type") == 0 && args[1] != NULL) {
			add->type = args[1];
			add->rest = args + 2;
			break;
		}
		if (strcmp(args[0], "link") == 0 && args[1] != NULL) {
			add->lower = args[1];
			args += 2;
		} else {
			if ((strcmp(args[0], "name") == 0 || strcmp(args[0], "dev") == 0) && args[1] != NULL)
				args++;
			add->name = *args++;
		}
	}
	return add->name != NULL && add->type != NULL;
}

static void
link_add(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	struct link_add add;

	if (!parse_link_add(args, &add)) {
		outcome_unknown(outcome, "link add");
		return;
	}
	if (world_find(stage->world, side, add.name) != NULL) {
		outcome_errno(outcome, EEXIST);
		outcome->extack = g_strdup("");
		return;
	}
	outcome_ok(outcome);
	if (strcmp(add.type, "bond") == 0)
		ip_add_bond(stage, side, add.name, add.rest, outcome);
	else if (strcmp(add.type, "vlan") == 0)
		add_vlan(stage, side, add.name, add.lower, add.rest, outcome);
	else if (strcmp(add.type, "dummy") == 0)
		world_add_port(stage->world, DEVICE_DUMMY, add.name, NULL);
	else if (strcmp(add.type, "bridge") == 0)
		world_add_device(stage->world, DEVICE_BRIDGE, side, add.name);
	else
		add_other(stage, side, add.name, add.type, outcome);
}

static void
link_del(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	struct device *device = find(stage, side, g_strcmp0(args[0], "dev") == 0 ? args[1] : args[0], outcome);

	if (device != NULL)
		ip_delete(stage, device, outcome);
}

static const char *
word_after(char **args, const char *name)
{
	for (; args[0] != NULL; args++)
		if (strcmp(args[0], name) == 0)
			return args[1];
	return NULL;
}

static void
address(struct stage *stage, enum device_side side, const char *verb, char **args, struct outcome *outcome)
{
	struct device *device = find(stage, side, word_after(args, "dev"), outcome);
	gboolean checked = g_strv_contains((const char *const *) args, "nodad");

	if (device == NULL)
		return;
	outcome_ok(outcome);
	if (strcmp(verb, "flush") == 0) {
		device_flush_addresses(device);
	} else if (strcmp(verb, "add") == 0) {
		if (!device_add_address(device, args[0], checked))
			outcome_failed(outcome, "\"%s\" is not an address", args[0]);
	} else if (strcmp(verb, "del") == 0) {
		if (!device_remove_address(device, args[0]))
			outcome_errno(outcome, EADDRNOTAVAIL);
	} else {
		outcome_unknown(outcome, verb);
	}
}

/* `ip tuntap add [dev] NAME mode tun|tap` */
static void
tuntap(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	const char *mode = word_after(args, "mode");
	const char *name = word_after(args, "dev");

	if (name == NULL && g_strcmp0(args[0], "mode") != 0)
		name = args[0];
	if (name == NULL || mode == NULL) {
		outcome_unknown(outcome, "tuntap");
		return;
	}
	outcome_ok(outcome);
	if (world_find(stage->world, side, name) != NULL)
		outcome_errno(outcome, EBUSY);
	else if (strcmp(mode, "tun") == 0)
		world_add_device(stage->world, DEVICE_OTHER, side, name)->type = ARPHRD_NONE;
	else /* nobody has it open: no carrier */
		world_add_port(stage->world, DEVICE_TAP, name, NULL)->cable->up = FALSE;
}

void
ip_run(struct stage *stage, enum device_side side, char **args, struct outcome *outcome)
{
	guint n = g_strv_length(args);
	const char *object = n > 0 ? args[0] : "";
	const char *verb = n > 1 ? args[1] : "";

	if (strcmp(object, "link") == 0 && strcmp(verb, "set") == 0)
		link_set(stage, side, args + 2, outcome);
	else if (strcmp(object, "link") == 0 && strcmp(verb, "add") == 0)
		link_add(stage, side, args + 2, outcome);
	else if (strcmp(object, "link") == 0 && (strcmp(verb, "del") == 0 || strcmp(verb, "delete") == 0))
		link_del(stage, side, args + 2, outcome);
	else if ((strcmp(object, "addr") == 0 || strcmp(object, "address") == 0) && n > 2)
		address(stage, side, verb, args + 2, outcome);
	else if (strcmp(object, "tuntap") == 0 && strcmp(verb, "add") == 0)
		tuntap(stage, side, args + 2, outcome);
	else
		outcome_unknown(outcome, object);
}
