/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which variable says which property. What stands neither here nor in the table of variables, no file can say. */
#include "writer-private.h"

#include "bonding-opts.h"
#include "ifcfg-file.h"
#include "variables.h"

#include <string.h>

#define MS 1000

/* enum NMVlanFlags */
#define VLAN_REORDER_HEADERS 1
#define VLAN_GVRP	     2
#define VLAN_LOOSE_BINDING   4
#define VLAN_MVRP	     8

gboolean
writer_plain(struct writer *writer, const struct change *change, GError **error)
{
	g_autofree char *section = g_strndup(change->name, change->key - 1 - change->name);
	g_autofree char *value = NULL;
	const char *variable = ifcfg_variables_format(section, change->key, change->value, &value);

	if (variable == NULL)
		return writer_refuse(change, error);
	return writer_say(writer, variable, value, error);
}

/* --- forms of values --- */

static gboolean
write_string(struct writer *writer, const struct change *change, GError **error)
{
	g_autofree char *text = change->value != NULL ? writer_unescape(change->value) : NULL;

	return writer_say(writer, change->row->variable, text, error);
}

/* yes or no; a line that is there says the default, too. */
static gboolean
say_boolean(struct writer *writer, const char *variable, gboolean truth, gboolean fallback, GError **error)
{
	if (truth == fallback && edit_get(writer->edit, variable) == NULL)
		return TRUE;
	return writer_say(writer, variable, truth ? "yes" : "no", error);
}

/* Properties that are false by default and whose variable says the opposite. */
static gboolean
write_opposite(struct writer *writer, const struct change *change, GError **error)
{
	return say_boolean(writer, change->row->variable, g_strcmp0(change->value, "true") != 0, TRUE, error);
}

static gboolean
write_ternary(struct writer *writer, const struct change *change, GError **error)
{
	const char *value = change->value;

	return writer_say(writer, change->row->variable,
			  value == NULL		    ? NULL
			  : strcmp(value, "1") == 0 ? "yes"
						    : "no",
			  error);
}

/* The items of a list, with @separator between them. */
static gboolean
write_list(struct writer *writer, const struct change *change, const char *separator, GError **error)
{
	g_auto(GStrv) items = writer_split_list(change->value != NULL ? change->value : "");
	g_autofree char *text = g_strjoinv(separator, items);

	for (char **item = items; *item != NULL; item++) {
		if (strpbrk(*item, " \t\\") != NULL || strstr(*item, separator) != NULL)
			return writer_refuse(change, error);
	}
	return writer_say(writer, change->row->variable, change->value != NULL ? text : NULL, error);
}

static gboolean
write_words(struct writer *writer, const struct change *change, GError **error)
{
	return write_list(writer, change, " ", error);
}

static gboolean
write_commas(struct writer *writer, const struct change *change, GError **error)
{
	return write_list(writer, change, ",", error);
}

/* --- connection --- */

static gboolean
write_start(struct writer *writer, const struct change *change, GError **error)
{
	gboolean starts = g_strcmp0(change->value, "false") != 0;

	if (edit_get(writer->edit, "STARTMODE") != NULL && edit_get(writer->edit, "ONBOOT") == NULL)
		return writer_say(writer, "STARTMODE", starts ? "auto" : "manual", error);
	return writer_say(writer, "ONBOOT", starts ? "yes" : "no", error);
}

/* The name that a VLAN had may have said its number and what it is on. */
static gboolean
write_device(struct writer *writer, const struct change *change, GError **error)
{
	static const struct {
		const char *name;
		const char *variable;
	} in_name[] = {{"vlan.id", "VLAN_ID"}, {"vlan.parent", "PHYSDEV"}};
	gboolean had_name =
	    g_hash_table_contains(writer->before, change->name) && edit_get(writer->edit, "ETHERDEVICE") == NULL;

	for (guint i = 0; i < G_N_ELEMENTS(in_name) && had_name; i++) {
		const char *value = writer_after(writer, in_name[i].name);

		if (value != NULL && !writer_say(writer, in_name[i].variable, value, error))
			return FALSE;
	}
	return write_string(writer, change, error);
}

/* Words that old scripts want beside TYPE, in a new file. */
static const struct {
	const char *type;
	const char *word;
	const char *mark; /* nullable: NAME of NAME=yes */
} types[] = {
    {"ethernet", "Ethernet"}, {"802-3-ethernet", "Ethernet"}, {"bond", "Bond", "BONDING_MASTER"},
    {"vlan", "Vlan", "VLAN"}, {"bridge", "Bridge", "STP"},
};

static gboolean
write_type(struct writer *writer, const struct change *change, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
		if (g_strcmp0(types[i].type, change->value) != 0)
			continue;
		return writer_say(writer, "TYPE", types[i].word, error) &&
		       (types[i].mark == NULL || writer_say(writer, types[i].mark, "yes", error));
	}
	return writer_refuse(change, error);
}

/* What an interface can be a port of; the variables name the one above by its UUID or its name. */
static const struct controller {
	const char *type;
	const char *uuid;
	const char *name;
} controllers[] = {
    {"bond", "MASTER_UUID", "MASTER"},
    {"bridge", "BRIDGE_UUID", "BRIDGE"},
    {"team", "TEAM_MASTER_UUID", "TEAM_MASTER"},
    {"vrf", "VRF_UUID", "VRF"},
};

/* MASTER=yes marks a bond and names nobody. */
static gboolean
forget_controller(struct writer *writer, const struct controller *controller, GError **error)
{
	const char *name = edit_get(writer->edit, controller->name);

	if (!writer_say(writer, controller->uuid, NULL, error))
		return FALSE;
	if (name == NULL || ifcfg_parse_boolean(name, -1) >= 0)
		return TRUE;
	return writer_say(writer, controller->name, NULL, error);
}

static gboolean
say_controller(struct writer *writer, const struct controller *controller, const char *master, GError **error)
{
	gboolean is_uuid = g_uuid_string_is_valid(master);
	gboolean is_new =
	    edit_get(writer->edit, controller->uuid) == NULL && edit_get(writer->edit, controller->name) == NULL;
	const char *other = is_uuid ? controller->name : controller->uuid;

	if (!writer_say(writer, is_uuid ? controller->uuid : controller->name, master, error) ||
	    !writer_say(writer, other, NULL, error))
		return FALSE;
	return !is_new || strcmp(controller->type, "bond") != 0 || writer_say(writer, "SLAVE", "yes", error);
}

static gboolean
write_controller(struct writer *writer, const struct change *change, GError **error)
{
	const char *master = writer_after(writer, "connection.master");
	const char *type = writer_after(writer, "connection.slave-type");
	gboolean found = master == NULL;

	for (guint i = 0; i < G_N_ELEMENTS(controllers); i++) {
		gboolean is_it = master != NULL && g_strcmp0(controllers[i].type, type) == 0;

		found = found || is_it;
		if (is_it ? !say_controller(writer, &controllers[i], master, error)
			  : !forget_controller(writer, &controllers[i], error))
			return FALSE;
	}
	if (!found)
		return writer_refuse(change, error);
	return g_strcmp0(type, "bond") == 0 || writer_say(writer, "SLAVE", NULL, error);
}

/* "user:NAME:" */
static gboolean
write_users(struct writer *writer, const struct change *change, GError **error)
{
	g_auto(GStrv) items = writer_split_list(change->value != NULL ? change->value : "");
	g_autoptr(GString) out = g_string_new(NULL);

	for (char **item = items; *item != NULL; item++) {
		g_auto(GStrv) parts = g_strsplit(*item, ":", -1);
		guint n = g_strv_length(parts);

		if (n < 2 || n > 3 || strcmp(parts[0], "user") != 0 || (n == 3 && *parts[2] != '\0') ||
		    strpbrk(parts[1], " \t\\") != NULL)
			return writer_refuse(change, error);
		g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", parts[1]);
	}
	return writer_say(writer, "USERS", out->len > 0 ? out->str : NULL, error);
}

/* Milliseconds; the variable has seconds. */
static gboolean
write_device_timeout(struct writer *writer, const struct change *change, GError **error)
{
	gint64 ms = 0;
	g_autofree char *text = NULL;

	if (change->value == NULL)
		return writer_say(writer, "DEVTIMEOUT", NULL, error);
	if (!ifcfg_parse_integer(change->value, 10, 0, G_MAXINT32, &ms))
		return writer_refuse(change, error);
	text = ms % MS == 0 ? g_strdup_printf("%d", (int) ms / MS)
			    : g_strdup_printf("%d.%03d", (int) ms / MS, (int) ms % MS);
	return writer_say(writer, "DEVTIMEOUT", text, error);
}

/* --- ipv4, ipv6 --- */

/* Milliseconds, or the whole seconds of an old variable that is there. */
static gboolean
write_dad_timeout(struct writer *writer, const struct change *change, GError **error)
{
	gboolean is_old =
	    edit_get(writer->edit, "ARPING_WAIT") != NULL && edit_get(writer->edit, "ACD_TIMEOUT") == NULL;
	g_autofree char *seconds = NULL;
	gint64 ms = 0;

	if (change->value == NULL)
		return writer_say(writer, "ACD_TIMEOUT", NULL, error) && writer_say(writer, "ARPING_WAIT", NULL, error);
	if (!ifcfg_parse_integer(change->value, 10, -1, G_MAXINT32, &ms))
		return writer_refuse(change, error);
	if (!is_old || ms < 0 || ms % MS != 0)
		return writer_say(writer, "ACD_TIMEOUT", change->value, error);
	seconds = g_strdup_printf("%d", (int) ms / MS);
	return writer_say(writer, "ARPING_WAIT", seconds, error);
}

/* Domains of a profile without IPv4's go to IPv6 by either variable. */
static gboolean
write_domains(struct writer *writer, const struct change *change, GError **error)
{
	static const char *const names[] = {"ipv4.dns-search", "ipv6.dns-search"};
	gboolean is_old = edit_get(writer->edit, "DOMAIN") == NULL && edit_get(writer->edit, "SEARCH") != NULL;
	const char *const variables[] = {is_old ? "SEARCH" : "DOMAIN", "IPV6_DOMAIN"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		const struct writer_row row = {.variable = variables[i]};
		const char *value = writer_after(writer, names[i]);
		const struct change one = {.name = names[i], .key = "dns-search", .value = value, .row = &row};

		if (!write_words(writer, &one, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
write_privacy(struct writer *writer, const struct change *change, GError **error)
{
	static const struct {
		const char *value;
		const char *privacy;
		gboolean prefers_public;
	} words[] = {{"0", "no", FALSE}, {"1", "rfc4941", TRUE}, {"2", "rfc4941", FALSE}};

	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		if (g_strcmp0(words[i].value, change->value) == 0)
			return writer_say(writer, "IPV6_PRIVACY", words[i].privacy, error) &&
			       say_boolean(writer, "IPV6_PRIVACY_PREFER_PUBLIC_IP", words[i].prefers_public, FALSE,
					   error);
	}
	if (change->value != NULL && strcmp(change->value, "-1") != 0)
		return writer_refuse(change, error);
	return writer_say(writer, "IPV6_PRIVACY", NULL, error) &&
	       writer_say(writer, "IPV6_PRIVACY_PREFER_PUBLIC_IP", NULL, error);
}

/* A file without the line means this one. */
static gboolean
write_address_mode(struct writer *writer, const struct change *change, GError **error)
{
	gboolean is_default = g_strcmp0(change->value, "default-or-eui64") == 0;

	if (is_default && edit_get(writer->edit, "IPV6_ADDR_GEN_MODE") == NULL)
		return TRUE;
	return writer_say(writer, "IPV6_ADDR_GEN_MODE", change->value, error);
}

/* --- vlan, bridge, proxy, user --- */

/* Adds a word to a list with commas or takes it out; the others stay. Returns: (transfer full) */
static char *
set_flag(const char *text, const char *word, gboolean wanted)
{
	g_auto(GStrv) items = g_strsplit_set(text, ", ", -1);
	GString *out = g_string_new(NULL);

	for (char **item = items; *item != NULL; item++) {
		if (**item != '\0' && (wanted || strcmp(*item, word) != 0))
			g_string_append_printf(out, "%s%s", out->len > 0 ? "," : "", *item);
	}
	if (wanted && !g_strv_contains((const char *const *) items, word))
		g_string_append_printf(out, "%s%s", out->len > 0 ? "," : "", word);
	return g_string_free(out, FALSE);
}

static gboolean
say_vlan_words(struct writer *writer, gint64 flags, GError **error)
{
	static const struct {
		const char *word;
		gint64 flag;
		gint64 when;
	} words[] = {{"LOOSE_BINDING", VLAN_LOOSE_BINDING, VLAN_LOOSE_BINDING},
		     {"NO_REORDER_HDR", VLAN_REORDER_HEADERS, 0},
		     {"GVRP", VLAN_GVRP, VLAN_GVRP}};
	const char *now = edit_get(writer->edit, "VLAN_FLAGS");
	gboolean has_gvrp = edit_get(writer->edit, "GVRP") != NULL || now == NULL || strstr(now, "GVRP") == NULL;
	g_autofree char *text = g_strdup(now != NULL ? now : "");

	/* GVRP has a variable of its own, which counts if it is there. */
	for (guint i = 0; i < G_N_ELEMENTS(words) - (has_gvrp ? 1 : 0); i++) {
		char *changed = set_flag(text, words[i].word, (flags & words[i].flag) == words[i].when);

		g_free(text);
		text = changed;
	}
	if (has_gvrp && !say_boolean(writer, "GVRP", (flags & VLAN_GVRP) != 0, FALSE, error))
		return FALSE;
	return writer_say(writer, "VLAN_FLAGS", *text != '\0' ? text : NULL, error);
}

static gboolean
write_vlan_flags(struct writer *writer, const struct change *change, GError **error)
{
	gint64 flags = VLAN_REORDER_HEADERS;
	gboolean reorders;

	if (change->value != NULL && !ifcfg_parse_integer(change->value, 10, 0, 15, &flags))
		return writer_refuse(change, error);
	reorders = (flags & VLAN_REORDER_HEADERS) != 0;
	if (edit_get(writer->edit, "REORDER_HDR") != NULL &&
	    !writer_say(writer, "REORDER_HDR", reorders ? "yes" : "no", error))
		return FALSE;
	return say_vlan_words(writer, flags, error) &&
	       say_boolean(writer, "MVRP", (flags & VLAN_MVRP) != 0, FALSE, error);
}

/* On by default for NetworkManager, off for a file that does not say it. */
static gboolean
write_stp(struct writer *writer, const struct change *change, GError **error)
{
	const char *variable = edit_get(writer->edit, "STP") == NULL && edit_get(writer->edit, "BRIDGE_STP") != NULL
				   ? "BRIDGE_STP"
				   : "STP";

	return writer_say(writer, variable, g_strcmp0(change->value, "false") == 0 ? "no" : "yes", error);
}

/* BROWSER_ONLY is read beside a method only. */
static gboolean
write_proxy(struct writer *writer, const struct change *change, GError **error)
{
	const char *method = writer_after(writer, "proxy.method");
	gboolean browser_only = g_strcmp0(writer_after(writer, "proxy.browser-only"), "true") == 0;

	if (method != NULL && strcmp(method, "1") != 0)
		return writer_refuse(change, error);
	return writer_say(writer, "PROXY_METHOD",
			  method != NULL ? "auto"
			  : browser_only ? "none"
					 : NULL,
			  error) &&
	       say_boolean(writer, "BROWSER_ONLY", browser_only, FALSE, error);
}

/* Keys in capitals: `.` is `__`, a capital has a `_` before it, other bytes are `_` and three octal digits. */
static char *
encode_user_key(const char *key)
{
	GString *name = g_string_new("NM_USER_");

	for (; *key != '\0'; key++) {
		if (*key == '.')
			g_string_append(name, "__");
		else if (g_ascii_isupper(*key))
			g_string_append_printf(name, "_%c", *key);
		else if (g_ascii_isalnum(*key))
			g_string_append_c(name, g_ascii_toupper(*key));
		else
			g_string_append_printf(name, "_%03o", (guchar) *key);
	}
	return g_string_free(name, FALSE);
}

static gboolean
write_user(struct writer *writer, const struct change *change, GError **error)
{
	g_autofree char *text = change->value != NULL ? writer_unescape(change->value) : NULL;
	g_autofree char *name = NULL;

	if (g_str_has_prefix(change->key, "bondd.") && bonding_opts_is_extra(change->key + strlen("bondd.")))
		return writer_bond_option(writer, change, error);
	/* A key that the keyfile spells with escapes. */
	if (strchr(change->key, '\\') != NULL)
		return writer_refuse(change, error);
	name = encode_user_key(change->key);
	return writer_say(writer, name, text, error);
}

/* --- the table, in the order of a new file --- */

static const struct writer_row rows[] = {
    {"connection.interface-name", write_device, "DEVICE"},
    {"connection.type", write_type, "TYPE"},
    {"connection.id", write_string, "NAME"},
    {"connection.uuid", write_string, "UUID"},
    {"connection.autoconnect", write_start, "ONBOOT"},
    {"connection.master", write_controller},
    {"connection.slave-type", write_controller},
    {"connection.permissions", write_users, "USERS"},
    {"connection.wait-device-timeout", write_device_timeout, "DEVTIMEOUT"},
    {"connection.gateway-ping-timeout", write_string, "GATEWAY_PING_TIMEOUT"},
    {"connection.mud-url", write_string, "MUD_URL"},
    {"bond.", writer_bond_option, "BONDING_OPTS"},
    {"bond-port.queue-id", write_string, "BOND_PORT_QUEUE_ID"},
    {"bridge.stp", write_stp, "STP"},
    {"bridge.forward-delay", write_string, "DELAY"},
    {"bridge.mac-address", write_string, "BRIDGE_MACADDR"},
    {"bridge.vlans", write_string, "BRIDGE_VLANS"},
    {"bridge.", writer_bridge_option, "BRIDGING_OPTS"},
    {"bridge-port.vlans", write_string, "BRIDGE_PORT_VLANS"},
    {"bridge-port.", writer_bridge_option, "BRIDGING_OPTS"},
    {"vlan.id", write_string, "VLAN_ID"},
    {"vlan.parent", write_string, "PHYSDEV"},
    {"vlan.protocol", write_string, "VLAN_PROTOCOL"},
    {"vlan.flags", write_vlan_flags, "VLAN_FLAGS"},
    {"vlan.ingress-priority-map", write_commas, "VLAN_INGRESS_PRIORITY_MAP"},
    {"vlan.egress-priority-map", write_commas, "VLAN_EGRESS_PRIORITY_MAP"},
    {"ethernet.mtu", write_string, "MTU"},
    {"ethernet.mac-address", write_string, "HWADDR"},
    {"ethernet.cloned-mac-address", write_string, "MACADDR"},
    {"ethernet.mac-address-blacklist", write_words, "HWADDR_BLACKLIST"},
    {"ethernet.generate-mac-address-mask", write_string, "GENERATE_MAC_ADDRESS_MASK"},
    {"ethernet.accept-all-mac-addresses", write_ternary, "ACCEPT_ALL_MAC_ADDRESSES"},
    {"ethernet.speed", writer_ethtool, "speed"},
    {"ethernet.duplex", writer_ethtool, "duplex"},
    {"ethernet.auto-negotiate", writer_ethtool, "autoneg"},
    {"ethernet.wake-on-lan", writer_ethtool, "wol"},
    {"ethtool.", writer_ethtool, "ETHTOOL_OPTS"},
    {"ipv4.method", writer_ipv4_method, "BOOTPROTO"},
    {"ipv4.addresses", writer_ipv4_addresses, "IPADDR"},
    {"ipv4.gateway", writer_ipv4_addresses, "GATEWAY"},
    {"ipv4.dns", writer_dns, "DNS1"},
    {"ipv4.dns-search", write_domains, "DOMAIN"},
    {"ipv4.dns-options", write_words, "RES_OPTIONS"},
    {"ipv4.never-default", write_opposite, "DEFROUTE"},
    {"ipv4.dhcp-hostname", write_string, "DHCP_HOSTNAME"},
    {"ipv4.dhcp-fqdn", write_string, "DHCP_FQDN"},
    {"ipv4.dad-timeout", write_dad_timeout, "ACD_TIMEOUT"},
    {"ipv4.routes", writer_routes},
    {"ipv4.routing-rules", writer_rules},
    {"ipv6.method", writer_ipv6_method, "IPV6INIT"},
    {"ipv6.addresses", writer_ipv6_addresses, "IPV6ADDR"},
    {"ipv6.gateway", writer_ipv6_addresses, "IPV6_DEFAULTGW"},
    {"ipv6.dns", writer_dns, "DNS1"},
    {"ipv6.dns-search", write_domains, "IPV6_DOMAIN"},
    {"ipv6.never-default", write_opposite, "IPV6_DEFROUTE"},
    {"ipv6.ip6-privacy", write_privacy, "IPV6_PRIVACY"},
    {"ipv6.addr-gen-mode", write_address_mode, "IPV6_ADDR_GEN_MODE"},
    {"ipv6.dhcp-hostname", write_string, "DHCPV6_HOSTNAME"},
    {"ipv6.routes", writer_routes},
    {"ipv6.routing-rules", writer_rules},
    {"proxy.method", write_proxy, "PROXY_METHOD"},
    {"proxy.pac-url", write_string, "PAC_URL"},
    {"proxy.pac-script", write_string, "PAC_SCRIPT"},
    {"proxy.browser-only", write_proxy, "BROWSER_ONLY"},
    {"user.", write_user, "NM_USER_…"},
};

const struct writer_row *
writer_find_row(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		gboolean is_all = g_str_has_suffix(rows[i].name, ".");

		if (is_all ? g_str_has_prefix(name, rows[i].name) : strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}
