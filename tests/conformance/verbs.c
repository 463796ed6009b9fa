/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verbs.h"

#include <errno.h>

#define PEER_BOND "pb0"

void
outcome_clear(struct outcome *outcome)
{
	g_free(outcome->extack);
	g_free(outcome->message);
	memset(outcome, 0, sizeof(*outcome));
}

void
outcome_ok(struct outcome *outcome)
{
	outcome_clear(outcome);
	outcome->ok = TRUE;
}

void
outcome_refused(struct outcome *outcome, const GError *error)
{
	outcome_clear(outcome);
	outcome->errnum = error->domain == BOND_ERROR ? error->code : 0;
	outcome->extack = g_strdup(bond_error_extack(error));
	outcome->message = g_strdup(error->message);
}

void
outcome_errno(struct outcome *outcome, int errnum)
{
	outcome_clear(outcome);
	outcome->ok = errnum == 0;
	outcome->errnum = errnum;
}

void
outcome_failed(struct outcome *outcome, const char *format, ...)
{
	va_list args;

	outcome_clear(outcome);
	va_start(args, format);
	outcome->message = g_strdup_vprintf(format, args);
	va_end(args);
}

void
outcome_unknown(struct outcome *outcome, const char *what)
{
	outcome_failed(outcome, "unknown: %s", what);
	outcome->unknown = TRUE;
}

struct stage *
stage_new(void)
{
	struct stage *stage = g_new0(struct stage, 1);

	stage->world = world_new();
	stage->watched = g_ptr_array_new_with_free_func(g_free);
	return stage;
}

void
stage_free(struct stage *stage)
{
	world_free(stage->world);
	g_ptr_array_unref(stage->watched);
	g_free(stage);
}

void
stage_watch(struct stage *stage, const char *name)
{
	if (!g_ptr_array_find_with_equal_func(stage->watched, name, g_str_equal, NULL))
		g_ptr_array_add(stage->watched, g_strdup(name));
}

void
stage_unwatch(struct stage *stage, const char *name)
{
	guint at;

	if (g_ptr_array_find_with_equal_func(stage->watched, name, g_str_equal, &at))
		g_ptr_array_remove_index(stage->watched, at);
}

struct device *
stage_add_bond(struct stage *stage, enum device_side side, const char *name)
{
	gboolean own = side == SIDE_HOST && stage->has_module_params;

	return world_add_bond(stage->world, side, name, own ? &stage->module_params : NULL);
}

void
stage_load_module(struct stage *stage, const char *const *params, struct outcome *outcome)
{
	g_autoptr(GPtrArray) warnings = NULL;
	g_autoptr(GError) error = NULL;
	struct bond_module module;

	outcome_ok(outcome);
	if (stage->world->module)
		return;
	if (!bond_module_parse(params, &module, &warnings, &error)) {
		outcome_refused(outcome, error);
		return;
	}
	stage->world->module = TRUE;
	stage->has_module_params = TRUE;
	stage->module_params = module.params;
	for (guint i = 0; i < warnings->len; i++)
		g_ptr_array_add(stage->world->log,
				g_strdup_printf("bonding: %s", (char *) g_ptr_array_index(warnings, i)));
	for (int i = 0; i < module.max_bonds; i++) {
		g_autofree char *name = g_strdup_printf("bond%d", i);

		stage_add_bond(stage, SIDE_HOST, name);
	}
}

/* The device that the step's first word names, or an answer as `ip` gives it. */
static struct device *
find(struct stage *stage, enum device_side side, const char *name, struct outcome *outcome)
{
	struct device *device = name != NULL ? world_find(stage->world, side, name) : NULL;

	if (device == NULL)
		outcome_failed(outcome, "Cannot find device \"%s\"", name != NULL ? name : "");
	return device;
}

/* "mode=1" "miimon=100" -> "mode" "1" "miimon" "100" */
static char **
split_pairs(char **pairs)
{
	GStrvBuilder *words = g_strv_builder_new();
	char **result;

	for (; *pairs != NULL; pairs++) {
		g_auto(GStrv) pair = g_strsplit(*pairs, "=", 2);

		g_strv_builder_add(words, pair[0] != NULL ? pair[0] : "");
		g_strv_builder_add(words, pair[0] != NULL && pair[1] != NULL ? pair[1] : "");
	}
	result = g_strv_builder_end(words);
	g_strv_builder_unref(words);
	return result;
}

static const char *
pair_value(char **pairs, const char *name)
{
	for (; *pairs != NULL; pairs++)
		if (g_str_has_prefix(*pairs, name) && (*pairs)[strlen(name)] == '=')
			return *pairs + strlen(name) + 1;
	return NULL;
}

static void
verb_bond(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	g_auto(GStrv) words = split_pairs(step->args + 1);

	ip_add_bond(stage, SIDE_HOST, step->args[0], words, outcome);
}

static void
verb_delbond(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	struct device *bond = find(stage, SIDE_HOST, step->args[0], outcome);

	if (bond != NULL)
		ip_delete(stage, bond, outcome);
}

static gboolean
parse_duplex(const char *text, enum bond_duplex *duplex)
{
	if (strcmp(text, "full") == 0)
		*duplex = BOND_DUPLEX_FULL;
	else if (strcmp(text, "half") == 0)
		*duplex = BOND_DUPLEX_HALF;
	else
		return FALSE;
	return TRUE;
}

static gboolean
set_port_speed(struct device *port, char **args)
{
	const char *speed = pair_value(args, "speed");
	const char *duplex = pair_value(args, "duplex");
	guint64 mbit;

	if (port->kind == DEVICE_TAP)
		port->speed = 10; /* what a TAP says of itself until it is told */
	if (speed != NULL) {
		if (!g_ascii_string_to_unsigned(speed, 10, 0, G_MAXUINT32, &mbit, NULL))
			return FALSE;
		port->speed = (guint32) mbit;
	}
	return duplex == NULL || parse_duplex(duplex, &port->duplex);
}

static void
verb_port(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	static const struct {
		const char *name;
		enum device_kind kind;
	} kinds[] = {{"veth", DEVICE_VETH}, {"tap", DEVICE_TAP}, {"dummy", DEVICE_DUMMY}};
	const char *kind = pair_value(step->args + 1, "kind");
	const char *mac_text = pair_value(step->args + 1, "mac");
	struct bond_mac mac;

	if (mac_text != NULL && !world_parse_mac(mac_text, &mac)) {
		outcome_unknown(outcome, step->text);
		return;
	}
	if (world_find(stage->world, SIDE_HOST, step->args[0]) != NULL) {
		outcome_errno(outcome, EEXIST);
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct device *port;

		if (strcmp(kind != NULL ? kind : "veth", kinds[i].name) != 0)
			continue;
		port = world_add_port(stage->world, kinds[i].kind, step->args[0], mac_text != NULL ? &mac : NULL);
		stage_watch(stage, port->name);
		if (!set_port_speed(port, step->args + 1)) {
			outcome_unknown(outcome, step->text);
			return;
		}
		if (port->cable != NULL) { /* a pair of TAPs, told the same */
			port->cable->speed = port->speed;
			port->cable->duplex = port->duplex;
		}
		outcome_ok(outcome);
		return;
	}
	outcome_unknown(outcome, step->text);
}

static void run_ip(struct stage *stage, enum device_side side, struct outcome *outcome, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static void
run_ip(struct stage *stage, enum device_side side, struct outcome *outcome, const char *format, ...)
{
	g_autofree char *line = NULL;
	g_auto(GStrv) words = NULL;
	va_list args;

	va_start(args, format);
	line = g_strdup_vprintf(format, args);
	va_end(args);
	words = g_strsplit(line, " ", -1);
	ip_run(stage, side, words, outcome);
}

static void
verb_enslave(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	run_ip(stage, SIDE_HOST, outcome, "link set %s master %s", step->args[1], step->args[0]);
}

static void
verb_release(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	run_ip(stage, SIDE_HOST, outcome, "link set %s nomaster", step->args[0]);
}

static void
verb_up(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	struct device *device = find(stage, SIDE_HOST, step->args[0], outcome);
	struct device *peer = world_find(stage->world, SIDE_SWITCH, PEER_BOND);

	if (device == NULL)
		return;
	outcome_errno(outcome, device_set_up(device, TRUE));
	if (device->kind == DEVICE_BOND && peer != NULL)
		device_set_up(peer, TRUE);
}

static void
verb_down(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	struct device *device = find(stage, SIDE_HOST, step->args[0], outcome);

	if (device != NULL)
		outcome_errno(outcome, device_set_up(device, FALSE));
}

static struct device *
find_far_end(struct stage *stage, const char *port, struct outcome *outcome)
{
	struct device *device = find(stage, SIDE_HOST, port, outcome);

	if (device != NULL && device->cable == NULL)
		outcome_failed(outcome, "%s has no far end", port);
	return device != NULL ? device->cable : NULL;
}

static void
verb_carrier(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	struct device *far_end = find_far_end(stage, step->args[0], outcome);

	if (far_end == NULL)
		return;
	if (g_strcmp0(step->args[1], "up") != 0 && g_strcmp0(step->args[1], "down") != 0)
		outcome_unknown(outcome, step->text);
	else
		outcome_errno(outcome, device_set_up(far_end, strcmp(step->args[1], "up") == 0));
}

static void
verb_sysfs(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	g_autofree char *value = g_strjoinv(" ", step->args + 2);

	sysfs_write(stage, step->args[0], step->args[1], value, outcome);
}

static void
verb_nl(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	g_auto(GStrv) words = split_pairs(step->args + 1);
	struct device *bond = find(stage, SIDE_HOST, step->args[0], outcome);

	if (bond != NULL)
		ip_set_bond(stage, bond, words, outcome);
}

static void
verb_slnl(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	g_auto(GStrv) words = split_pairs(step->args + 1);
	struct device *port = find(stage, SIDE_HOST, step->args[0], outcome);

	if (port != NULL)
		ip_set_port(port, words, outcome);
}

/* `-x` looks among the bonds only, `+x` must not be any interface. */
static char **
names_for_masters(struct stage *stage, const char *text)
{
	GStrvBuilder *names;
	char **result;

	if (*text != '-')
		return world_names(stage->world);
	names = g_strv_builder_new();
	for (guint i = 0; i < stage->world->devices->len; i++) {
		struct device *device = g_ptr_array_index(stage->world->devices, i);

		if (device->kind == DEVICE_BOND && device->side == SIDE_HOST)
			g_strv_builder_add(names, device->name);
	}
	result = g_strv_builder_end(names);
	g_strv_builder_unref(names);
	return result;
}

static void
verb_masters(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	g_auto(GStrv) names = names_for_masters(stage, step->args[0]);
	g_autoptr(GError) error = NULL;
	g_autofree char *name = NULL;
	gboolean create;

	if (!stage->world->module) {
		outcome_errno(outcome, ENOENT);
		return;
	}
	if (!bond_masters_check(step->args[0], (const char *const *) names, &create, &name, &error)) {
		outcome_refused(outcome, error);
		return;
	}
	if (create) {
		stage_add_bond(stage, SIDE_HOST, name);
		stage_watch(stage, name);
	} else {
		world_remove_device(world_find(stage->world, SIDE_HOST, name));
		stage_unwatch(stage, name);
	}
	outcome_ok(outcome);
}

static void
verb_modprobe(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	stage_load_module(stage, (const char *const *) step->args, outcome);
}

static void
verb_peerbond(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	const struct bond_mac mac = {{0x02, 0, 0, 0, 0x02, 0x01}};
	g_auto(GStrv) words = split_pairs(step->args);

	ip_add_bond(stage, SIDE_SWITCH, PEER_BOND, words, outcome);
	if (outcome->ok)
		device_set_mac(world_find(stage->world, SIDE_SWITCH, PEER_BOND), &mac, NULL);
}

static void
verb_peerjoin(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	struct device *far_end = find_far_end(stage, step->args[0], outcome);

	if (far_end == NULL)
		return;
	device_set_up(far_end, FALSE);
	run_ip(stage, SIDE_SWITCH, outcome, "link set %s master %s", far_end->name, PEER_BOND);
}

static void
verb_peerleave(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	struct device *far_end = find_far_end(stage, step->args[0], outcome);

	if (far_end == NULL)
		return;
	run_ip(stage, SIDE_SWITCH, outcome, "link set %s nomaster", far_end->name);
	device_set_up(far_end, TRUE);
}

static void
verb_peerbridge(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	struct device *bridge;

	run_ip(stage, SIDE_SWITCH, outcome, "link add br0 type bridge");
	if (!outcome->ok)
		return;
	bridge = world_find(stage->world, SIDE_SWITCH, "br0");
	bridge->mac = (struct bond_mac){{0x02, 0, 0, 0, 0x03, 0x01}};
	bridge->ipv6 = TRUE;
	device_set_up(bridge, TRUE);
	device_add_address(bridge, "192.168.7.254/24", TRUE);
	device_add_address(bridge, "2001:db8::254/64", TRUE);
}

static void
verb_peerbr(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	struct device *far_end = find_far_end(stage, step->args[0], outcome);

	if (far_end != NULL)
		run_ip(stage, SIDE_SWITCH, outcome, "link set %s master br0", far_end->name);
}

/* Several commands on one line: the answer is the last one's, with the first error of the bond itself if any. */
static void
run_line(struct stage *stage, enum device_side side, const char *line, struct outcome *outcome)
{
	g_auto(GStrv) commands = g_strsplit(line, ";", -1);
	struct outcome failed = {0};

	for (guint i = 0; commands[i] != NULL; i++) {
		if (*g_strstrip(commands[i]) == '\0')
			continue;
		shell_run(stage, side, commands[i], outcome);
		if (outcome->ok || failed.errnum != 0)
			continue;
		outcome_clear(&failed);
		failed = *outcome;
		memset(outcome, 0, sizeof(*outcome));
		if (failed.unknown)
			break;
	}
	if (outcome->ok) {
		outcome_clear(&failed);
	} else {
		outcome_clear(outcome);
		*outcome = failed;
	}
}

static void
verb_ip(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	run_line(stage, SIDE_HOST, step->text, outcome);
}

static void
verb_peerip(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	g_autofree char *line = g_strconcat("ip ", step->rest, NULL);

	run_line(stage, SIDE_SWITCH, line, outcome);
}

static void
verb_sh(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	run_line(stage, SIDE_HOST, step->rest, outcome);
}

static void
verb_watch(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	stage_watch(stage, step->args[0]);
	outcome_ok(outcome);
}

static void
verb_nothing(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	outcome_ok(outcome);
}

static const struct {
	const char *name;
	guint min_args;
	gboolean passive;
	verb_function run;
} verbs[] = {
    {"bond", 1, FALSE, verb_bond},
    {"delbond", 1, FALSE, verb_delbond},
    {"port", 1, FALSE, verb_port},
    {"enslave", 2, FALSE, verb_enslave},
    {"release", 1, FALSE, verb_release},
    {"up", 1, FALSE, verb_up},
    {"down", 1, FALSE, verb_down},
    {"carrier", 2, FALSE, verb_carrier},
    {"sysfs", 2, FALSE, verb_sysfs},
    {"nl", 2, FALSE, verb_nl},
    {"slnl", 2, FALSE, verb_slnl},
    {"masters", 1, FALSE, verb_masters},
    {"modprobe", 0, FALSE, verb_modprobe},
    {"peerbond", 0, FALSE, verb_peerbond},
    {"peerjoin", 1, FALSE, verb_peerjoin},
    {"peerleave", 1, FALSE, verb_peerleave},
    {"peerbridge", 0, FALSE, verb_peerbridge},
    {"peerbr", 1, FALSE, verb_peerbr},
    {"ip", 1, FALSE, verb_ip},
    {"peerip", 1, FALSE, verb_peerip},
    {"sh", 1, FALSE, verb_sh},
    {"watch", 1, TRUE, verb_watch},
    {"wait", 1, TRUE, verb_nothing},
    {"snap", 1, TRUE, verb_nothing},
};

void
verb_run(struct stage *stage, const struct scenario_step *step, struct outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	for (guint i = 0; i < G_N_ELEMENTS(verbs); i++) {
		if (strcmp(verbs[i].name, step->verb) != 0)
			continue;
		if (g_strv_length(step->args) < verbs[i].min_args)
			outcome_unknown(outcome, step->text);
		else
			verbs[i].run(stage, step, outcome);
		return;
	}
	outcome_unknown(outcome, step->text);
}

gboolean
verb_is_passive(const char *verb)
{
	for (guint i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (strcmp(verbs[i].name, verb) == 0)
			return verbs[i].passive;
	return FALSE;
}

gboolean
verb_is_link_event(const struct scenario_step *step)
{
	guint n = g_strv_length(step->args);

	if (strcmp(step->verb, "carrier") == 0)
		return TRUE;
	return (strcmp(step->verb, "ip") == 0 || strcmp(step->verb, "peerip") == 0) && n == 4 &&
	       strcmp(step->args[0], "link") == 0 && strcmp(step->args[1], "set") == 0 &&
	       (strcmp(step->args[3], "up") == 0 || strcmp(step->args[3], "down") == 0);
}
