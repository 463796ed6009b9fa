/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile.h"

#include "bridge.h"
#include "check.h"
#include "connection.h"
#include "ethernet.h"
#include "ipv4.h"
#include "ipv6.h"
#include "route.h"
#include "rule.h"
#include "suse.h"
#include "settings.h"
#include "user.h"
#include "uuid.h"
#include "variables.h"
#include "vlan.h"
#include "words.h"

#include <string.h>
#include <sys/socket.h>

enum profile_type {
	PROFILE_ETHERNET,
	PROFILE_BOND,
	PROFILE_VLAN,
	PROFILE_BRIDGE,
	PROFILE_OTHER, /* known, not ours */
	PROFILE_NONE,
};

/* What NetworkManager calls them. */
static const struct {
	const char *connection_type;
	const char *id_prefix;
} types[] = {
    [PROFILE_ETHERNET] = {"802-3-ethernet", "System"},
    [PROFILE_BOND] = {"bond", "Bond"},
    [PROFILE_VLAN] = {"vlan", "Vlan"},
    [PROFILE_BRIDGE] = {"bridge", "Bridge"},
};

/* Values of TYPE, in any case. */
static const struct {
	const char *name;
	enum profile_type type;
} type_names[] = {
    {"Ethernet", PROFILE_ETHERNET}, {"CTC", PROFILE_ETHERNET}, {"Bond", PROFILE_BOND},
    {"Bonding", PROFILE_BOND},	    {"Vlan", PROFILE_VLAN},    {"Bridge", PROFILE_BRIDGE},
};

/* A profile being made. */
struct profile {
	struct ifcfg_file *file;
	const struct profile_context *context;
	struct ifcfg_settings *settings;
	enum profile_type type;
	const char *device;
	gboolean is_port;
	GVariant *extra;
	GVariant *routing; /* nullable */
};

static gboolean
is_truth(const char *value, int truth)
{
	return value != NULL && ifcfg_parse_boolean(value, -1) == truth;
}

const char *
ifcfg_profile_named_bond(struct ifcfg_file *file)
{
	const char *bond = ifcfg_file_get(file, "MASTER_UUID");

	if (bond == NULL)
		bond = ifcfg_file_get(file, "MASTER");
	return bond != NULL && ifcfg_parse_boolean(bond, -1) < 0 ? bond : NULL;
}

/* MASTER=yes marks the bond itself, as the tutorials of the old days have it. */
static gboolean
is_marked_bond(struct profile *profile)
{
	if (is_truth(ifcfg_file_get(profile->file, "MASTER"), TRUE))
		return TRUE;
	return ifcfg_file_get_boolean(profile->file, "BONDING_MASTER", FALSE);
}

/* Options in a port's file do not make it a bond; they are reported. */
static gboolean
has_bond_options(struct profile *profile)
{
	gboolean is_port =
	    ifcfg_profile_named_bond(profile->file) != NULL && ifcfg_file_get_boolean(profile->file, "SLAVE", FALSE);

	return !is_port && ifcfg_file_get(profile->file, "BONDING_OPTS") != NULL;
}

/* modprobe.d or the ports' files know it as a bond. */
static gboolean
is_known_bond(const struct profile *profile)
{
	const struct profile_context *context = profile->context;

	if (profile->device == NULL)
		return FALSE;
	if (context->modprobe != NULL && modprobe_names_bond(context->modprobe, profile->device))
		return TRUE;
	return context->named_bonds != NULL &&
	       g_hash_table_contains((GHashTable *) context->named_bonds, profile->device);
}

static enum profile_type
find_type(struct ifcfg_file *file, const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(type_names); i++) {
		if (g_ascii_strcasecmp(name, type_names[i].name) == 0)
			return type_names[i].type;
	}
	ifcfg_file_report(file, IFCFG_INFO, "TYPE", "Set it up by other means", "connections of type %s are left alone",
			  name);
	return PROFILE_OTHER;
}

static enum profile_type
type_without_word(struct profile *profile)
{
	if (profile->device == NULL) {
		ifcfg_file_report(profile->file, IFCFG_FATAL, NULL, "Add DEVICE=NAME and TYPE=Bond or TYPE=Ethernet",
				  "the file has neither TYPE nor DEVICE");
		return PROFILE_NONE;
	}
	if (strcmp(profile->device, "lo") == 0) {
		ifcfg_file_report(profile->file, IFCFG_INFO, NULL, "Nothing need be done",
				  "the loopback interface needs no profile");
		return PROFILE_NONE;
	}
	return ifcfg_file_get_boolean(profile->file, "VLAN", FALSE) && !is_marked_bond(profile) ? PROFILE_VLAN
												: PROFILE_ETHERNET;
}

static enum profile_type
classify(struct profile *profile)
{
	const char *word = ifcfg_file_get(profile->file, "TYPE");
	const char *device_type = ifcfg_file_get(profile->file, "DEVICETYPE");
	enum profile_type type;

	if ((device_type != NULL && g_ascii_strcasecmp(device_type, "Team") == 0) ||
	    g_hash_table_contains(profile->file->by_name, "TEAM_CONFIG"))
		word = "Team";
	type = word != NULL ? find_type(profile->file, word) : type_without_word(profile);
	if (type == PROFILE_ETHERNET &&
	    (is_marked_bond(profile) || has_bond_options(profile) || is_known_bond(profile)))
		type = PROFILE_BOND;
	if ((type == PROFILE_VLAN || type == PROFILE_BRIDGE) &&
	    ifcfg_file_get_boolean(profile->file, "BONDING_MASTER", FALSE))
		ifcfg_file_report(profile->file, IFCFG_FATAL, "BONDING_MASTER", "Write TYPE=Bond or remove the line",
				  "a connection of type %s is no bond", word);
	return type;
}

static void
read_device(struct profile *profile)
{
	const char *device = ifcfg_file_get(profile->file, "DEVICE");

	profile->device = device;
	if (device == NULL || ifcfg_is_interface_name(device))
		return;
	profile->device = NULL;
	ifcfg_file_report(profile->file, IFCFG_WARNING, "DEVICE",
			  "Use at most 15 characters, none of them a blank, / or :", "%s is no name of an interface",
			  device);
}

static void
set_identity(struct profile *profile)
{
	struct ifcfg_file *file = profile->file;
	const char *name = ifcfg_file_get(file, "NAME");
	const char *uuid = ifcfg_file_get(file, "UUID");
	g_autofree char *id = NULL;
	g_autofree char *lower = NULL;

	id = name != NULL ? g_strdup(name) : g_strdup_printf("%s %s", types[profile->type].id_prefix, file->name);
	ifcfg_settings_set_string(profile->settings, "connection", "id", id);
	if (uuid != NULL && !g_uuid_string_is_valid(uuid))
		ifcfg_file_report(file, IFCFG_FATAL, "UUID", "Remove the line or write one made by uuidgen",
				  "%s is no UUID", uuid);
	lower = uuid != NULL ? g_ascii_strdown(uuid, -1) : ifcfg_uuid_of_path(file->path);
	ifcfg_settings_set_string(profile->settings, "connection", "uuid", lower);
	ifcfg_settings_set_string(profile->settings, "connection", "type", types[profile->type].connection_type);
	if (profile->device != NULL)
		ifcfg_settings_set_string(profile->settings, "connection", "interface-name", profile->device);
}

static void
set_permissions(struct profile *profile)
{
	const char *value = ifcfg_file_get(profile->file, "USERS");
	g_auto(GStrv) users = ifcfg_split_unique(value != NULL ? value : "");
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_STRING_ARRAY);
	for (char **user = users; *user != NULL; user++) {
		g_autofree char *permission = g_strdup_printf("user:%s:", *user);

		if (strchr(*user, ':') == NULL)
			g_variant_builder_add(&builder, "s", permission);
		else
			ifcfg_file_report(profile->file, IFCFG_WARNING, "USERS", "Write names with blanks between them",
					  "%s is no name of a user and is left out", *user);
	}
	ifcfg_settings_set(profile->settings, "connection", "permissions", g_variant_builder_end(&builder));
}

/* Who takes this interface for a port, the first that is set. */
static const struct {
	const char *uuid;
	const char *name;
	const char *type;
} controllers[] = {
    {"BRIDGE_UUID", "BRIDGE", "bridge"},
    {"MASTER_UUID", "MASTER", "bond"},
    {"TEAM_MASTER_UUID", "TEAM_MASTER", "team"},
};

static void
set_controller(struct profile *profile, const char *controller, const char *type)
{
	if (profile->is_port) {
		ifcfg_file_report(profile->file, IFCFG_WARNING, NULL, "Remove the line of one of them",
				  "the interface is a port already and cannot be one of %s too", controller);
		return;
	}
	profile->is_port = TRUE;
	ifcfg_settings_set_string(profile->settings, "connection", "master", controller);
	ifcfg_settings_set_string(profile->settings, "connection", "slave-type", type);
}

/* What belongs to a VRF keeps its addresses. */
static void
read_vrf(struct profile *profile)
{
	const char *vrf = ifcfg_file_get(profile->file, "VRF_UUID");

	if (vrf == NULL)
		vrf = ifcfg_file_get(profile->file, "VRF");
	if (vrf == NULL)
		return;
	if (profile->is_port) {
		set_controller(profile, vrf, "vrf");
		return;
	}
	ifcfg_settings_set_string(profile->settings, "connection", "master", vrf);
	ifcfg_settings_set_string(profile->settings, "connection", "slave-type", "vrf");
}

static void
read_controllers(struct profile *profile)
{
	for (guint i = 0; i < G_N_ELEMENTS(controllers); i++) {
		const char *controller = ifcfg_file_get(profile->file, controllers[i].uuid);

		if (controller == NULL)
			controller = ifcfg_file_get(profile->file, controllers[i].name);
		if (strcmp(controllers[i].type, "bond") == 0)
			controller = ifcfg_profile_named_bond(profile->file);
		if (controller != NULL)
			set_controller(profile, controller, controllers[i].type);
	}
	read_vrf(profile);
}

static void
check_port_words(struct profile *profile)
{
	struct ifcfg_file *file = profile->file;
	int slave = ifcfg_file_get_boolean(file, "SLAVE", -1);
	const char *bond = ifcfg_profile_named_bond(file);

	if (slave == TRUE && profile->type == PROFILE_BOND && bond == NULL)
		ifcfg_file_report(file, IFCFG_FATAL, "SLAVE",
				  "Write MASTER=NAME with the bond's name for a port, or remove SLAVE=yes for a bond",
				  "the file is a port and a bond at once");
	else if (slave == TRUE && !profile->is_port)
		ifcfg_file_report(file, IFCFG_WARNING, "SLAVE", "Add MASTER=NAME with the bond's name",
				  "SLAVE=yes without MASTER makes no port");
	else if (slave == FALSE && bond != NULL)
		ifcfg_file_report(file, IFCFG_WARNING, "SLAVE", "Remove MASTER if it shall be no port, else SLAVE=no",
				  "MASTER makes it a port of %s in spite of SLAVE=no", bond);
	if (bond != NULL && profile->type != PROFILE_BOND && ifcfg_file_find(file, "BONDING_OPTS") != NULL)
		ifcfg_file_report(file, IFCFG_WARNING, "BONDING_OPTS", "Move the line to the file of the bond",
				  "options of the bond have no effect in the file of a port");
	if (is_truth(ifcfg_file_get(file, "MASTER"), FALSE))
		ifcfg_file_report(file, IFCFG_INFO, "MASTER", "The line may stay or go", "MASTER=no has no effect");
}

static void
set_connection(struct profile *profile)
{
	set_identity(profile);
	if (!ifcfg_file_get_boolean(profile->file, "ONBOOT", TRUE))
		ifcfg_settings_set(profile->settings, "connection", "autoconnect", g_variant_new_boolean(FALSE));
	set_permissions(profile);
	ifcfg_variables_apply(profile->file, profile->settings, VARIABLE_OF_CONNECTION);
	ifcfg_connection_read(profile->file, profile->settings);
	read_controllers(profile);
	check_port_words(profile);
}

static void
set_bond(struct profile *profile)
{
	struct ifcfg_place place = ifcfg_file_place(profile->file, "BONDING_OPTS");
	const char *text = ifcfg_file_get(profile->file, "BONDING_OPTS");
	struct bonding_opts *opts;

	if (profile->device == NULL) {
		ifcfg_file_report(profile->file, IFCFG_FATAL, NULL, "Add DEVICE=NAME, such as DEVICE=bond0",
				  "a bond needs a valid DEVICE");
		return;
	}
	opts = bonding_opts_new(profile->file->diagnostics);
	if (profile->context->modprobe != NULL)
		modprobe_apply(profile->context->modprobe, profile->device, opts);
	if (text != NULL)
		bonding_opts_add_text(opts, &place, text);
	if (!bonding_opts_finish(opts, &place))
		profile->file->failed = TRUE;
	ifcfg_settings_set_string(profile->settings, "bond", "interface-name", profile->device);
	ifcfg_settings_set(profile->settings, "bond", "options", bonding_opts_to_variant(opts));
	profile->extra = g_variant_ref_sink(bonding_opts_extra_to_variant(opts));
	bonding_opts_free(opts);
}

/* Addresses on a port never work, and everybody tries it once. */
static void
report_addresses(struct ifcfg_file *file)
{
	static const char *const prefixes[] = {"IPADDR", "GATEWAY", "IPV6ADDR"};

	for (guint i = 0; i < file->variables->len; i++) {
		const struct ifcfg_variable *variable = file->variables->pdata[i];

		for (guint k = 0; k < G_N_ELEMENTS(prefixes) && !variable->used; k++) {
			if (g_str_has_prefix(variable->name, prefixes[k]) && variable->value[0] != '\0')
				ifcfg_file_report(file, IFCFG_WARNING, variable->name,
						  "Move the line to the file of the interface above the port",
						  "a port has no addresses of its own, %s has no effect",
						  variable->name);
		}
	}
}

static void
set_port(struct profile *profile)
{
	static const enum variable_group groups[] = {VARIABLE_OF_IPV4, VARIABLE_OF_IPV4_ON, VARIABLE_OF_IPV6,
						     VARIABLE_OF_IPV6_ON};
	GVariant *type = ifcfg_settings_get(profile->settings, "connection", "slave-type");
	gint64 queue = ifcfg_file_get_integer(profile->file, "BOND_PORT_QUEUE_ID", 10, 0, G_MAXUINT16, -1);

	report_addresses(profile->file);
	for (guint i = 0; i < G_N_ELEMENTS(groups); i++)
		ifcfg_variables_skip(profile->file, groups[i]);
	if (strcmp(g_variant_get_string(type, NULL), "bridge") == 0)
		ifcfg_bridge_read_port(profile->file, profile->settings);
	if (strcmp(g_variant_get_string(type, NULL), "team") == 0)
		ifcfg_settings_add_section(profile->settings, "team-port");
	if (ifcfg_file_find(profile->file, "BOND_PORT_QUEUE_ID") != NULL)
		ifcfg_settings_add_section(profile->settings, "bond-port");
	if (queue > 0)
		ifcfg_settings_set(profile->settings, "bond-port", "queue-id", g_variant_new_uint32(queue));
}

static void
check_script(struct profile *profile)
{
	const char *script = ifcfg_file_get(profile->file, "PAC_SCRIPT");

	if (script != NULL && strstr(script, "FindProxyForURL") == NULL)
		ifcfg_file_report(profile->file, IFCFG_FATAL, "PAC_SCRIPT", "Write the script, not its path",
				  "the script has no function FindProxyForURL");
}

static void
set_proxy(struct profile *profile)
{
	static const struct {
		const char *variable;
		const char *property;
	} of_auto[] = {{"PAC_URL", "pac-url"}, {"PAC_SCRIPT", "pac-script"}};
	const char *method = ifcfg_file_get(profile->file, "PROXY_METHOD");

	ifcfg_settings_add_section(profile->settings, "proxy");
	if (method == NULL)
		return;
	if (g_ascii_strcasecmp(method, "auto") == 0) {
		ifcfg_settings_set(profile->settings, "proxy", "method", g_variant_new_int32(1));
		for (guint i = 0; i < G_N_ELEMENTS(of_auto); i++) {
			const char *value = ifcfg_file_get(profile->file, of_auto[i].variable);

			if (value != NULL)
				ifcfg_settings_set_string(profile->settings, "proxy", of_auto[i].property, value);
		}
		check_script(profile);
	} else if (g_ascii_strcasecmp(method, "none") != 0) {
		ifcfg_file_report(profile->file, IFCFG_WARNING, "PROXY_METHOD", "Write none or auto",
				  "there is no PROXY_METHOD %s, it is ignored", method);
	}
	if (ifcfg_file_get_boolean(profile->file, "BROWSER_ONLY", FALSE))
		ifcfg_settings_set(profile->settings, "proxy", "browser-only", g_variant_new_boolean(TRUE));
}

/* A file beside it, or NULL. */
static const struct directory_file *
find_file(const struct profile *profile, const char *name)
{
	g_autofree char *directory = g_path_get_dirname(profile->file->path);
	g_autofree char *path = g_build_filename(directory, name, NULL);
	struct directory_file *file = NULL;

	if (profile->context->routes != NULL)
		file = g_hash_table_lookup(profile->context->routes, path);
	if (file != NULL)
		file->used = TRUE;
	return file;
}

/* PREFIX-NAME beside ifcfg-NAME, or NULL. */
static const struct directory_file *
find_beside(const struct profile *profile, const char *prefix)
{
	g_autofree char *name = g_strconcat(prefix, profile->file->name, NULL);

	return find_file(profile, name);
}

/* Where files beside ifcfg-NAME go to. */
static const struct {
	const char *routes;
	const char *rules;
	const char *section;
	int family;
} families[] = {{"route-", "rule-", "ipv4", AF_INET}, {"route6-", "rule6-", "ipv6", AF_INET6}};

/* Rules and routes belong together: NetworkManager's reader leaves both to a dispatcher script if there are rules. */
static gboolean
has_rules(struct profile *profile)
{
	gboolean any = FALSE;

	for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
		const struct directory_file *rules = find_beside(profile, families[i].rules);
		const struct ifcfg_place place = {.file = rules != NULL ? rules->path : ""};

		if (rules == NULL)
			continue;
		any = TRUE;
		ifcfg_diagnostics_add(
		    profile->file->diagnostics, IFCFG_INFO, &place, "Nothing need be done for what bondd runs",
		    "NetworkManager leaves these rules and the routes of %s to a script", profile->file->name);
	}
	return any;
}

/* With files of rules, tables of routing have no meaning either. */
static void
leave_out_routing(struct profile *profile)
{
	static const struct {
		const char *variable;
		const char *section;
	} tables[] = {{"IPV4_ROUTE_TABLE", "ipv4"}, {"IPV6_ROUTE_TABLE", "ipv6"}};

	for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
		if (ifcfg_settings_get(profile->settings, tables[i].section, "route-table") == NULL)
			continue;
		ifcfg_settings_unset(profile->settings, tables[i].section, "route-table");
		ifcfg_file_report(profile->file, IFCFG_WARNING, tables[i].variable, "Write the rules as ROUTING_RULE_n",
				  "%s is ignored beside a file of rules", tables[i].variable);
	}
}

static gboolean
is_off(const struct profile *profile, const struct directory_file *routes)
{
	const char *method = g_variant_get_string(ifcfg_settings_get(profile->settings, "ipv4", "method"), NULL);
	const struct ifcfg_place place = {.file = routes->path};

	if (strcmp(method, "disabled") != 0)
		return FALSE;
	ifcfg_diagnostics_add(profile->file->diagnostics, IFCFG_WARNING, &place,
			      "Give the interface an IPv4 address, or remove the file",
			      "%s has no IPv4, its routes are ignored", profile->file->name);
	return TRUE;
}

static void
read_suse_routes(struct profile *profile, const struct directory_file *from, guint family, gboolean is_own)
{
	const struct suse_interface interface = {
	    .device = profile->device != NULL ? profile->device : "",
	    .family = families[family].family,
	    .is_own = is_own,
	    .addresses = ifcfg_settings_get(profile->settings, families[family].section, "address-data"),
	};
	g_autofree char *text = ifcfg_suse_translate_routes(from->text, from->length, &interface);
	struct directory_file translated = {.path = from->path, .text = text, .length = strlen(text)};

	if (!ifcfg_routes_read(interface.family, &translated, profile->settings, profile->file->diagnostics))
		profile->file->failed = TRUE;
}

/* SUSE's files of routes: the interface's own, and the one for all. */
static void
read_all_suse_routes(struct profile *profile)
{
	g_autofree char *name = g_strconcat("ifroute-", profile->file->name, NULL);
	const struct directory_file *own = find_file(profile, name);
	const struct directory_file *all = find_file(profile, "routes");

	for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
		if (own != NULL)
			read_suse_routes(profile, own, i, TRUE);
		if (all != NULL)
			read_suse_routes(profile, all, i, FALSE);
	}
}

static void
read_routes(struct profile *profile, struct ifcfg_settings *settings)
{
	for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
		const struct directory_file *routes = find_beside(profile, families[i].routes);

		/* NetworkManager reads those of IPv6 whatever the method is. */
		if (routes == NULL || (families[i].family == AF_INET && is_off(profile, routes)))
			continue;
		if (!ifcfg_routes_read(families[i].family, routes, settings, profile->file->diagnostics))
			profile->file->failed = TRUE;
	}
}

/* What the profile's own settings must not have. */
static void
read_routing_apart(struct profile *profile)
{
	struct ifcfg_settings *settings = ifcfg_settings_new();

	read_routes(profile, settings);
	for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
		const struct directory_file *rules = find_beside(profile, families[i].rules);

		if (rules != NULL)
			ifcfg_rules_read(families[i].family, rules, settings, profile->file->diagnostics);
	}
	profile->routing = ifcfg_settings_end(settings);
	ifcfg_settings_free(settings);
}

static void
set_routes(struct profile *profile)
{
	if (has_rules(profile)) {
		leave_out_routing(profile);
		read_routing_apart(profile);
		return;
	}
	ifcfg_rules_read_variables(profile->file, profile->settings);
	read_routes(profile, profile->settings);
	read_all_suse_routes(profile);
}

static const GPtrArray *
find_aliases(const struct profile *profile)
{
	const GHashTable *aliases = profile->context->aliases;

	return aliases != NULL ? g_hash_table_lookup((GHashTable *) aliases, profile->file->name) : NULL;
}

static void
set_sections(struct profile *profile)
{
	set_connection(profile);
	if (profile->type == PROFILE_BOND)
		set_bond(profile);
	if (profile->type == PROFILE_VLAN)
		ifcfg_vlan_read(profile->file, profile->device, profile->settings);
	if (profile->type == PROFILE_BRIDGE)
		ifcfg_bridge_read(profile->file, profile->device, profile->settings);
	ifcfg_ethernet_read(profile->file, profile->settings, profile->type != PROFILE_BOND);
	ifcfg_variables_apply(profile->file, profile->settings, VARIABLE_OF_OTHERS);
	ifcfg_user_read(profile->file, profile->settings);
	if (profile->is_port) {
		set_port(profile);
		return;
	}
	ifcfg_ipv4_read(profile->file, profile->context->network, find_aliases(profile), profile->settings);
	ifcfg_ipv6_read(profile->file, profile->context->network, profile->settings);
	set_routes(profile);
	set_proxy(profile);
}

static struct ifcfg_profile *
finish(struct profile *profile)
{
	struct ifcfg_profile *done = g_new0(struct ifcfg_profile, 1);
	const char *bond = ifcfg_profile_named_bond(profile->file);
	GVariant *type = ifcfg_settings_get(profile->settings, "connection", "slave-type");

	done->file = g_strdup(profile->file->path);
	done->device = g_strdup(profile->device);
	done->settings = ifcfg_settings_end(profile->settings);
	done->extra =
	    profile->extra != NULL ? g_variant_ref(profile->extra) : g_variant_ref_sink(g_variant_new("a{ss}", NULL));
	done->routing = profile->routing != NULL ? g_variant_ref(profile->routing)
						 : g_variant_ref_sink(g_variant_new("a{sa{sv}}", NULL));
	done->is_bond = profile->type == PROFILE_BOND;
	if (type != NULL && strcmp(g_variant_get_string(type, NULL), "bond") == 0)
		done->bond = g_strdup(bond);
	done->onboot = ifcfg_file_get_boolean(profile->file, "ONBOOT", TRUE);
	done->nm_controlled = ifcfg_file_get_boolean(profile->file, "NM_CONTROLLED", TRUE);
	return done;
}

/* Words beside TYPE that say the kind of file once more: they may repeat it, and not contradict it. */
static const struct {
	const char *variable;
	enum profile_type type;
} type_words[] = {{"BONDING_MASTER", PROFILE_BOND}, {"VLAN", PROFILE_VLAN}};

static void
check_type_words(struct profile *profile)
{
	for (guint i = 0; i < G_N_ELEMENTS(type_words); i++) {
		gboolean is_it = profile->type == type_words[i].type;

		if (ifcfg_file_get_boolean(profile->file, type_words[i].variable, is_it) != is_it)
			ifcfg_file_report(profile->file, IFCFG_INFO, type_words[i].variable, "The line may stay or go",
					  "%s has no effect on a connection of type %s", type_words[i].variable,
					  types[profile->type].connection_type);
	}
}

static void
check_device_type(struct profile *profile)
{
	const char *word = ifcfg_file_get(profile->file, "DEVICETYPE");
	const char *type = ifcfg_file_get(profile->file, "TYPE");
	GVariant *port_type = ifcfg_settings_get(profile->settings, "connection", "slave-type");
	gboolean is_team_port = port_type != NULL && strcmp(g_variant_get_string(port_type, NULL), "team") == 0;

	if (word == NULL || (is_team_port && g_ascii_strcasecmp(word, "TeamPort") == 0))
		return;
	if (type == NULL || g_ascii_strcasecmp(word, type) != 0)
		ifcfg_file_report(profile->file, IFCFG_INFO, "DEVICETYPE", "Write TYPE instead, or remove the line",
				  "DEVICETYPE=%s has no effect", word);
}

static void
report_words(struct profile *profile)
{
	/* Words that a file of this kind may have although nothing follows from them. */
	static const char *const silent[] = {"BONDING_MASTER", "DEVICETYPE",  "VLAN",	       "SLAVE",
					     "MASTER",	       "MASTER_UUID", "NM_CONTROLLED", "ONBOOT"};

	for (guint i = 0; i < G_N_ELEMENTS(silent); i++)
		ifcfg_file_find(profile->file, silent[i]);
	check_type_words(profile);
	check_device_type(profile);
	ifcfg_variables_report_unused(profile->file);
}

struct ifcfg_profile *
ifcfg_profile_read(struct ifcfg_file *file, const struct profile_context *context)
{
	struct profile profile = {.file = file, .context = context};
	struct ifcfg_profile *done = NULL;

	read_device(&profile);
	profile.type = classify(&profile);
	if (profile.type == PROFILE_NONE || profile.type == PROFILE_OTHER)
		return NULL;
	profile.settings = ifcfg_settings_new();
	set_sections(&profile);
	report_words(&profile);
	if (!file->failed)
		done = finish(&profile);
	ifcfg_settings_free(profile.settings);
	g_clear_pointer(&profile.extra, g_variant_unref);
	g_clear_pointer(&profile.routing, g_variant_unref);
	return done;
}

void
ifcfg_profile_free(struct ifcfg_profile *profile)
{
	g_free(profile->file);
	g_free(profile->device);
	g_free(profile->bond);
	g_variant_unref(profile->settings);
	g_variant_unref(profile->extra);
	g_variant_unref(profile->routing);
	g_free(profile);
}
