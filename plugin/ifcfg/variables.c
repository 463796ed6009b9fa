/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "variables.h"

#include "words.h"

#include <string.h>

/* What becomes of a variable. */
enum variable_kind {
	KIND_TAKEN,   /* read elsewhere */
	KIND_LATER,   /* NetworkManager's reader knows it, this one does not handle it yet */
	KIND_SCRIPTS, /* of the old scripts; means nothing to NetworkManager */
	KIND_STRING,
	KIND_BOOLEAN,  /* property = value */
	KIND_OPPOSITE, /* property = not value */
	KIND_INT32,
	KIND_UINT32,
	KIND_INT64,
	KIND_NAME,    /* one of @names, property = its number; also any form of yes and no */
	KIND_ENUM,    /* one of @names or its number, nothing else */
	KIND_FLAGS,   /* several of @names or a number */
	KIND_TERNARY, /* yes 1, no 0 */
	KIND_UUIDS,   /* words between blanks, all UUIDs */
	KIND_TOKENS,  /* the same, with backslashes */
	KIND_OPTIONS, /* words, where an empty list means something, too */
};

struct variable_name {
	const char *name;
	int value;
};

struct variable_rule {
	const char *name;
	enum variable_kind kind;
	enum variable_group group;
	const char *section;
	const char *property;
	gint64 min;
	gint64 max;
	gint64 fallback; /* also the value that is not written */
	const struct variable_name *names;
	gboolean numbered; /* NAME, NAME0, NAME1 … */
};

static const struct variable_name metered_names[] = {{"yes", 1}, {"no", 2}, {NULL}};
static const struct variable_name name_service_names[] = {
    {"default", -1}, {"no", 0}, {"resolve", 1}, {"yes", 2}, {NULL}};
static const struct variable_name dns_over_tls_names[] = {
    {"default", -1}, {"no", 0}, {"opportunistic", 1}, {"yes", 2}, {NULL}};
static const struct variable_name link_local_names[] = {
    {"default", 0}, {"auto", 1}, {"disabled", 2}, {"enabled", 3}, {NULL}};
static const struct variable_name mptcp_names[] = {{"none", 0},
						   {"disabled", 0x1},
						   {"enabled", 0x2},
						   {"also-without-sysctl", 0x4},
						   {"also-without-default-route", 0x8},
						   {"signal", 0x10},
						   {"subflow", 0x20},
						   {"backup", 0x40},
						   {"fullmesh", 0x80},
						   {NULL}};
static const struct variable_name lldp_names[] = {{"no", 0}, {"yes", 1}, {"rx", 1}, {NULL}};

#define TAKEN(name)                                                                                                    \
	{                                                                                                              \
		name, KIND_TAKEN, VARIABLE_ELSEWHERE                                                                   \
	}
#define TAKEN_NUMBERED(name)                                                                                           \
	{                                                                                                              \
		name, KIND_TAKEN, VARIABLE_ELSEWHERE, .numbered = TRUE                                                 \
	}
#define TAKEN_BY_IPV4(name)                                                                                            \
	{                                                                                                              \
		name, KIND_TAKEN, VARIABLE_OF_IPV4                                                                     \
	}
#define TAKEN_BY_IPV4_NUMBERED(name)                                                                                   \
	{                                                                                                              \
		name, KIND_TAKEN, VARIABLE_OF_IPV4, .numbered = TRUE                                                   \
	}
#define TAKEN_BY_IPV6(name)                                                                                            \
	{                                                                                                              \
		name, KIND_TAKEN, VARIABLE_OF_IPV6                                                                     \
	}
#define LATER(name)                                                                                                    \
	{                                                                                                              \
		name, KIND_LATER, VARIABLE_ELSEWHERE                                                                   \
	}
#define LATER_NUMBERED(name)                                                                                           \
	{                                                                                                              \
		name, KIND_LATER, VARIABLE_ELSEWHERE, .numbered = TRUE                                                 \
	}
#define SCRIPTS(name)                                                                                                  \
	{                                                                                                              \
		name, KIND_SCRIPTS, VARIABLE_ELSEWHERE                                                                 \
	}
#define CONNECTION VARIABLE_OF_CONNECTION, "connection"
#define OTHER	   VARIABLE_OF_OTHERS
#define IPV4	   VARIABLE_OF_IPV4, "ipv4"
#define IPV4_ON	   VARIABLE_OF_IPV4_ON, "ipv4"
#define IPV6	   VARIABLE_OF_IPV6, "ipv6"
#define IPV6_ON	   VARIABLE_OF_IPV6_ON, "ipv6"

static const struct variable_rule rules[] = {
    /* profile.c */
    TAKEN("BONDING_MASTER"),
    TAKEN("BONDING_OPTS"),
    TAKEN("DEVICE"),
    TAKEN("DEVICETYPE"),
    TAKEN("MASTER"),
    TAKEN("MASTER_UUID"),
    TAKEN("NAME"),
    TAKEN("NM_CONTROLLED"),
    TAKEN("ONBOOT"),
    TAKEN("SLAVE"),
    TAKEN("TYPE"),
    TAKEN("UUID"),
    TAKEN("VLAN"),
    TAKEN("BRIDGE"),
    TAKEN("BRIDGE_UUID"),
    TAKEN("TEAM_MASTER"),
    TAKEN("TEAM_MASTER_UUID"),
    TAKEN("BOND_PORT_QUEUE_ID"),
    TAKEN("USERS"),
    TAKEN("PHYSDEV"),
    TAKEN("VLAN_ID"),
    TAKEN("REORDER_HDR"),
    TAKEN("GVRP"),
    TAKEN("MVRP"),
    TAKEN("PROXY_METHOD"),
    TAKEN("PAC_URL"),
    TAKEN("PAC_SCRIPT"),
    TAKEN("BROWSER_ONLY"),
    {"ZONE", KIND_STRING, CONNECTION, "zone"},
    {"STABLE_ID", KIND_STRING, CONNECTION, "stable-id"},
    TAKEN("MUD_URL"),
    {"AUTOCONNECT_PRIORITY", KIND_INT32, CONNECTION, "autoconnect-priority", -999, 999, 0},
    {"AUTOCONNECT_RETRIES", KIND_INT32, CONNECTION, "autoconnect-retries", -1, G_MAXINT32, -1},
    {"AUTOCONNECT_SLAVES", KIND_NAME, CONNECTION, "autoconnect-slaves", .fallback = -1,
     .names = (const struct variable_name[]){{"no", 0}, {"yes", 1}, {NULL}}},
    {"AUTH_RETRIES", KIND_INT32, CONNECTION, "auth-retries", -1, G_MAXINT32, -1},
    {"MULTI_CONNECT", KIND_INT32, CONNECTION, "multi-connect", G_MININT32, G_MAXINT32, 0},
    TAKEN("GATEWAY_PING_TIMEOUT"),
    {"CONNECTION_METERED", KIND_NAME, CONNECTION, "metered", .fallback = 0, .names = metered_names},
    {"LLDP", KIND_NAME, CONNECTION, "lldp", .fallback = -1, .names = lldp_names},
    {"LLMNR", KIND_ENUM, CONNECTION, "llmnr", .fallback = -1, .names = name_service_names},
    {"MDNS", KIND_ENUM, CONNECTION, "mdns", .fallback = -1, .names = name_service_names},
    {"DNS_OVER_TLS", KIND_ENUM, CONNECTION, "dns-over-tls", .fallback = -1, .names = dns_over_tls_names},
    {"MPTCP_FLAGS", KIND_FLAGS, CONNECTION, "mptcp-flags", .fallback = 0, .names = mptcp_names},
    {"WAIT_ACTIVATION_DELAY", KIND_INT32, CONNECTION, "wait-activation-delay", -1, G_MAXINT32, -1},
    {"SECONDARY_UUIDS", KIND_UUIDS, CONNECTION, "secondaries"},
    TAKEN("DEVTIMEOUT"),
    LATER("BOND_PORT_PRIO"),
    {"MATCH_DRIVER", KIND_TOKENS, OTHER, "match", "driver"},
    {"MATCH_INTERFACE_NAME", KIND_TOKENS, OTHER, "match", "interface-name"},
    {"MATCH_KERNEL_COMMAND_LINE", KIND_TOKENS, OTHER, "match", "kernel-command-line"},
    {"MATCH_PATH", KIND_TOKENS, OTHER, "match", "path"},
    {"HOSTNAME_FROM_DHCP", KIND_TERNARY, OTHER, "hostname", "from-dhcp"},
    {"HOSTNAME_FROM_DNS_LOOKUP", KIND_TERNARY, OTHER, "hostname", "from-dns-lookup"},
    {"HOSTNAME_ONLY_FROM_DEFAULT", KIND_TERNARY, OTHER, "hostname", "only-from-default"},
    {"HOSTNAME_PRIORITY", KIND_INT32, OTHER, "hostname", "priority", G_MININT32, G_MAXINT32, 0},
    LATER("OVS_PORT"),
    LATER("OVS_PORT_UUID"),
    TAKEN("VRF"),
    TAKEN("VRF_UUID"),
    /* ethernet.c */
    TAKEN("MTU"),
    TAKEN("HWADDR"),
    TAKEN("MACADDR"),
    TAKEN("GENERATE_MAC_ADDRESS_MASK"),
    TAKEN("ACCEPT_ALL_MAC_ADDRESSES"),
    TAKEN("ETHTOOL_OPTS"),
    TAKEN("ETHTOOL_WAKE_ON_LAN"),
    TAKEN("HWADDR_BLACKLIST"),
    TAKEN("SUBCHANNELS"),
    TAKEN("PORTNAME"),
    TAKEN("CTCPROT"),
    TAKEN("NETTYPE"),
    TAKEN("OPTIONS"),
    TAKEN("KEY_MGMT"),
    TAKEN("VLAN_EGRESS_PRIORITY_MAP"),
    TAKEN("VLAN_FLAGS"),
    TAKEN("VLAN_INGRESS_PRIORITY_MAP"),
    TAKEN("VLAN_PROTOCOL"),
    TAKEN("BRIDGE_PORT_VLANS"),
    TAKEN("BRIDGING_OPTS"),
    TAKEN("BONDING_MODULE_OPTS"),
    TAKEN_NUMBERED("BONDING_SLAVE"),
    TAKEN_NUMBERED("BONDING_SLAVE_"),
    TAKEN("BRIDGE_PORTS"),
    TAKEN("ETHERDEVICE"),
    TAKEN("LLADDR"),
    TAKEN("STARTMODE"),
    TAKEN("BRIDGE_MACADDR"),
    TAKEN("BRIDGE_VLANS"),
    TAKEN("STP"),
    TAKEN("DELAY"),
    LATER("TEAM_CONFIG"),
    LATER("TEAM_PORT_CONFIG"),
    LATER("DCB"),
    LATER("SRIOV_AUTOPROBE_DRIVERS"),
    LATER("SRIOV_TOTAL_VFS"),
    LATER_NUMBERED("SRIOV_VF"),
    LATER_NUMBERED("QDISC"),
    LATER_NUMBERED("FILTER"),
    LATER("TC_COMMIT"),
    /* ipv4.c */
    TAKEN_BY_IPV4("BOOTPROTO"),
    TAKEN_BY_IPV4("DEFROUTE"),
    TAKEN_BY_IPV4_NUMBERED("IPADDR"),
    TAKEN_BY_IPV4_NUMBERED("PREFIX"),
    TAKEN_BY_IPV4_NUMBERED("NETMASK"),
    TAKEN_BY_IPV4_NUMBERED("GATEWAY"),
    TAKEN_BY_IPV4_NUMBERED("DNS"),
    TAKEN_BY_IPV4("DOMAIN"),
    TAKEN_BY_IPV4("SEARCH"),
    TAKEN_BY_IPV4("ARPING_WAIT"),
    TAKEN_BY_IPV4("ACD_TIMEOUT"),
    {"PEERDNS", KIND_OPPOSITE, IPV4, "ignore-auto-dns", .fallback = 0},
    {"PEERROUTES", KIND_OPPOSITE, IPV4, "ignore-auto-routes", .fallback = 0},
    {"IPV4_FAILURE_FATAL", KIND_OPPOSITE, IPV4, "may-fail", .fallback = 1},
    {"IPV4_ROUTE_METRIC", KIND_INT64, IPV4, "route-metric", -1, G_MAXUINT32, -1},
    {"IPV4_ROUTE_TABLE", KIND_UINT32, IPV4, "route-table", 0, G_MAXUINT32, 0},
    TAKEN_BY_IPV4("DHCP_HOSTNAME"),
    TAKEN_BY_IPV4("DHCP_FQDN"),
    {"DHCP_HOSTNAME_FLAGS", KIND_UINT32, IPV4_ON, "dhcp-hostname-flags", 0, G_MAXUINT32, 0},
    {"DHCP_SEND_HOSTNAME", KIND_BOOLEAN, IPV4_ON, "dhcp-send-hostname", .fallback = 1},
    {"IPV4_DHCP_TIMEOUT", KIND_INT32, IPV4_ON, "dhcp-timeout", 0, G_MAXINT32, 0},
    {"DHCP_CLIENT_ID", KIND_STRING, IPV4_ON, "dhcp-client-id"},
    {"DHCP_VENDOR_CLASS_IDENTIFIER", KIND_STRING, IPV4_ON, "dhcp-vendor-class-identifier"},
    {"DHCP_IAID", KIND_STRING, IPV4_ON, "dhcp-iaid"},
    {"IPV4_DNS_PRIORITY", KIND_INT32, IPV4_ON, "dns-priority", G_MININT32, G_MAXINT32, 0},
    {"DHCP_REJECT_SERVERS", KIND_TOKENS, IPV4_ON, "dhcp-reject-servers"},
    {"IPV4_REQUIRED_TIMEOUT", KIND_INT32, IPV4_ON, "required-timeout", 0, G_MAXINT32, -1},
    {"IPV4_LINK_LOCAL", KIND_ENUM, IPV4, "link-local", .fallback = 0, .names = link_local_names},
    {"IPV4_AUTO_ROUTE_EXT_GW", KIND_TERNARY, IPV4, "auto-route-ext-gw"},
    {"IPV4_REPLACE_LOCAL_RULE", KIND_TERNARY, IPV4, "replace-local-rule"},
    TAKEN_BY_IPV4("RES_OPTIONS"),
    TAKEN_BY_IPV4("PREFIXLEN"),
    TAKEN_BY_IPV4("IPADDR_START"),
    TAKEN_BY_IPV4("IPADDR_END"),
    TAKEN_BY_IPV4("CLONENUM_START"),
    TAKEN_BY_IPV4_NUMBERED("ROUTING_RULE_"),
    TAKEN_BY_IPV4_NUMBERED("ROUTING_RULE6_"),
    /* ipv6.c */
    TAKEN_BY_IPV6("IPV6INIT"),
    TAKEN_BY_IPV6("IPV6_AUTOCONF"),
    TAKEN_BY_IPV6("IPV6_DISABLED"),
    TAKEN_BY_IPV6("IPV6ADDR"),
    TAKEN_BY_IPV6("IPV6ADDR_SECONDARIES"),
    TAKEN_BY_IPV6("IPV6_DEFAULTGW"),
    TAKEN_BY_IPV6("IPV6_PRIVACY"),
    TAKEN_BY_IPV6("IPV6_PRIVACY_PREFER_PUBLIC_IP"),
    TAKEN_BY_IPV6("IPV6_ADDR_GEN_MODE"),
    TAKEN_BY_IPV6("IPV6_DOMAIN"),
    TAKEN_BY_IPV6("IPV6FORWARDING"),
    TAKEN_BY_IPV6("DHCPV6C"),
    TAKEN_BY_IPV6("IPV6_DEFROUTE"),
    {"IPV6_PEERDNS", KIND_OPPOSITE, IPV6, "ignore-auto-dns", .fallback = 0},
    {"IPV6_PEERROUTES", KIND_OPPOSITE, IPV6, "ignore-auto-routes", .fallback = 0},
    {"IPV6_FAILURE_FATAL", KIND_OPPOSITE, IPV6_ON, "may-fail", .fallback = 1},
    {"IPV6_ROUTE_METRIC", KIND_INT64, IPV6, "route-metric", -1, G_MAXUINT32, -1},
    {"IPV6_ROUTE_TABLE", KIND_UINT32, IPV6, "route-table", 0, G_MAXUINT32, 0},
    {"IPV6_TOKEN", KIND_STRING, IPV6, "token"},
    {"IPV6_DNS_PRIORITY", KIND_INT32, IPV6, "dns-priority", G_MININT32, G_MAXINT32, 0},
    {"IPV6_DHCP_TIMEOUT", KIND_INT32, IPV6, "dhcp-timeout", 0, G_MAXINT32, 0},
    {"IPV6_RA_TIMEOUT", KIND_INT32, IPV6, "ra-timeout", 0, G_MAXINT32, 0},
    TAKEN_BY_IPV6("DHCPV6_HOSTNAME"),
    {"DHCPV6_DUID", KIND_STRING, IPV6, "dhcp-duid"},
    {"DHCPV6_IAID", KIND_STRING, IPV6, "dhcp-iaid"},
    {"DHCPV6_SEND_HOSTNAME", KIND_BOOLEAN, IPV6, "dhcp-send-hostname", .fallback = 1},
    {"DHCPV6_HOSTNAME_FLAGS", KIND_UINT32, IPV6, "dhcp-hostname-flags", 0, G_MAXUINT32, 0},
    {"IPV6_REQUIRED_TIMEOUT", KIND_INT32, IPV6, "required-timeout", 0, G_MAXINT32, -1},
    {"IPV6_AUTO_ROUTE_EXT_GW", KIND_TERNARY, IPV6, "auto-route-ext-gw"},
    {"IPV6_REPLACE_LOCAL_RULE", KIND_TERNARY, IPV6, "replace-local-rule"},
    {"IPV6_RES_OPTIONS", KIND_OPTIONS, IPV6, "dns-options"},
    LATER("IPV6_DEFAULTDEV"),
    /* the old scripts' own */
    SCRIPTS("BROADCAST"),
    SCRIPTS("BRIDGE_AGEINGTIME"),
    SCRIPTS("DHCLIENT_SET_DEFAULT_ROUTE"),
    SCRIPTS("DHCLIENT_SET_HOSTNAME"),
    SCRIPTS("FIREWALL"),
    SCRIPTS("IFPLUGD_PRIORITY"),
    SCRIPTS("LINK_REQUIRED"),
    SCRIPTS("LINK_READY_WAIT"),
    SCRIPTS("POST_UP_SCRIPT"),
    SCRIPTS("PRE_DOWN_SCRIPT"),
    SCRIPTS("REMOTE_IPADDR"),
    SCRIPTS("TUNNEL"),
    SCRIPTS("USERCONTROL"),
    SCRIPTS("ARPCHECK"),
    SCRIPTS("ARPUPDATE"),
    SCRIPTS("CHECK_LINK_DOWN"),
    SCRIPTS("DHCLIENTARGS"),
    SCRIPTS("DHCLIENT_IGNORE_GATEWAY"),
    SCRIPTS("DHCPRELEASE"),
    SCRIPTS("ETHTOOL_DELAY"),
    SCRIPTS("HOSTNAME"),
    SCRIPTS("IPV6_CONTROL_RADVD"),
    SCRIPTS("IPV6_MTU"),
    SCRIPTS("IPV6_ROUTER"),
    SCRIPTS("IPV6_SET_SYSCTLS"),
    SCRIPTS("IPV6TO4INIT"),
    SCRIPTS("ISALIAS"),
    SCRIPTS("KEEPALIVE"),
    SCRIPTS("NETWORKING"),
    SCRIPTS("NO_ALIASROUTING"),
    SCRIPTS("NO_DHCP_HOSTNAME"),
    SCRIPTS("ONPARENT"),
    SCRIPTS("PROMISC"),
    SCRIPTS("VLAN_NAME_TYPE"),
    SCRIPTS("HOTPLUG"),
    SCRIPTS("IPCALC_IPV4"),
    SCRIPTS("LINKDELAY"),
    SCRIPTS("NETWORK"),
    SCRIPTS("NOZEROCONF"),
    SCRIPTS("PERSISTENT_DHCLIENT"),
    SCRIPTS("SCOPE"),
    SCRIPTS("SRCADDR"),
    SCRIPTS("USERCTL"),
    SCRIPTS("WINDOW"),
};

static GVariant *
read_name(struct ifcfg_file *file, const struct variable_rule *rule)
{
	const char *value = ifcfg_file_get(file, rule->name);
	int truth = value != NULL ? ifcfg_parse_boolean(value, -1) : -1;

	if (value == NULL)
		return NULL;
	for (const struct variable_name *name = rule->names; name->name != NULL; name++) {
		gboolean is_boolean = strcmp(name->name, truth > 0 ? "yes" : "no") == 0 && truth >= 0;

		if (is_boolean || strcmp(name->name, value) == 0)
			return name->value != rule->fallback ? g_variant_new_int32(name->value) : NULL;
	}
	ifcfg_file_report(file, IFCFG_WARNING, rule->name, "Write yes or no", "%s has no such value, it is ignored",
			  rule->name);
	return NULL;
}

/* The number of a name, or of its digits; FALSE if it is neither. */
static gboolean
find_number(const struct variable_rule *rule, const char *text, gboolean any_number, gint64 *number)
{
	gboolean is_number = ifcfg_parse_integer(text, 0, G_MININT32, G_MAXINT32, number);

	for (const struct variable_name *name = rule->names; name->name != NULL; name++) {
		if (strcmp(name->name, text) == 0 || (is_number && name->value == *number)) {
			*number = name->value;
			return TRUE;
		}
	}
	return is_number && any_number;
}

static void
report_name(struct ifcfg_file *file, const struct variable_rule *rule)
{
	g_autoptr(GString) remedy = g_string_new("Write ");

	for (const struct variable_name *name = rule->names; name->name != NULL; name++)
		g_string_append_printf(remedy, "%s%s",
				       name == rule->names    ? ""
				       : name[1].name != NULL ? ", "
							      : " or ",
				       name->name);
	ifcfg_file_report(file, IFCFG_WARNING, rule->name, remedy->str, "%s has no such value, it is ignored",
			  rule->name);
}

static GVariant *
read_enum(struct ifcfg_file *file, const struct variable_rule *rule)
{
	const char *value = ifcfg_file_get(file, rule->name);
	gint64 number;

	if (value == NULL)
		return NULL;
	if (find_number(rule, value, FALSE, &number))
		return number != rule->fallback ? g_variant_new_int32(number) : NULL;
	report_name(file, rule);
	return NULL;
}

static GVariant *
read_flags(struct ifcfg_file *file, const struct variable_rule *rule)
{
	const char *value = ifcfg_file_get(file, rule->name);
	g_auto(GStrv) words = g_strsplit_set(value != NULL ? value : "", " ,\t", -1);
	guint32 flags = 0;

	for (char **word = words; *word != NULL; word++) {
		gint64 number;

		if (**word == '\0')
			continue;
		if (!find_number(rule, *word, TRUE, &number)) {
			report_name(file, rule);
			return NULL;
		}
		flags |= number;
	}
	return flags != 0 ? g_variant_new_uint32(flags) : NULL;
}

static GVariant *
read_ternary(struct ifcfg_file *file, const struct variable_rule *rule)
{
	int truth = ifcfg_file_get_boolean(file, rule->name, -1);

	return truth >= 0 ? g_variant_new_int32(truth) : NULL;
}

static GVariant *
read_uuids(struct ifcfg_file *file, const struct variable_rule *rule)
{
	const char *value = ifcfg_file_get(file, rule->name);
	g_auto(GStrv) words = ifcfg_split_unique(value != NULL ? value : "");
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_auto(GStrv) valid = NULL;

	for (char **word = words; *word != NULL; word++) {
		if (g_uuid_string_is_valid(*word))
			g_strv_builder_add(builder, *word);
		else
			ifcfg_file_report(file, IFCFG_WARNING, rule->name, "Correct or remove it",
					  "%s is no UUID and is left out", *word);
	}
	valid = g_strv_builder_end(builder);
	return valid[0] != NULL ? g_variant_new_strv((const char *const *) valid, -1) : NULL;
}

static GVariant *
read_words(struct ifcfg_file *file, const struct variable_rule *rule)
{
	const struct ifcfg_variable *variable = ifcfg_file_find(file, rule->name);
	const char *value = variable != NULL ? variable->value : "";
	g_auto(GStrv) words = rule->kind == KIND_TOKENS ? ifcfg_split_escaped(value, " \t") : ifcfg_split_unique(value);

	if (words[0] == NULL && (rule->kind != KIND_OPTIONS || variable == NULL))
		return NULL;
	return g_variant_new_strv((const char *const *) words, -1);
}

static GVariant *
read_number(struct ifcfg_file *file, const struct variable_rule *rule)
{
	gint64 number = ifcfg_file_get_integer(file, rule->name, 10, rule->min, rule->max, rule->fallback);

	if (number == rule->fallback)
		return NULL;
	if (rule->kind == KIND_INT32)
		return g_variant_new_int32(number);
	return rule->kind == KIND_UINT32 ? g_variant_new_uint32(number) : g_variant_new_int64(number);
}

static GVariant *
read_boolean(struct ifcfg_file *file, const struct variable_rule *rule)
{
	gboolean opposite = rule->kind == KIND_OPPOSITE;
	gboolean fallback = opposite ? !rule->fallback : rule->fallback;
	gboolean truth = ifcfg_file_get_boolean(file, rule->name, fallback);

	return truth != fallback ? g_variant_new_boolean(opposite ? !truth : truth) : NULL;
}

static GVariant *
read_variable(struct ifcfg_file *file, const struct variable_rule *rule)
{
	const char *text;

	switch (rule->kind) {
	case KIND_STRING:
		text = ifcfg_file_get(file, rule->name);
		return text != NULL ? g_variant_new_string(text) : NULL;
	case KIND_BOOLEAN:
	case KIND_OPPOSITE:
		return read_boolean(file, rule);
	case KIND_INT32:
	case KIND_UINT32:
	case KIND_INT64:
		return read_number(file, rule);
	case KIND_NAME:
		return read_name(file, rule);
	case KIND_ENUM:
		return read_enum(file, rule);
	case KIND_FLAGS:
		return read_flags(file, rule);
	case KIND_TERNARY:
		return read_ternary(file, rule);
	case KIND_UUIDS:
		return read_uuids(file, rule);
	case KIND_TOKENS:
	case KIND_OPTIONS:
		return read_words(file, rule);
	default:
		return NULL;
	}
}

void
ifcfg_variables_apply(struct ifcfg_file *file, struct ifcfg_settings *settings, enum variable_group group)
{
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		GVariant *value = rules[i].group == group ? read_variable(file, &rules[i]) : NULL;

		if (value != NULL)
			ifcfg_settings_set(settings, rules[i].section, rules[i].property, value);
	}
}

static gboolean
matches(const struct variable_rule *rule, const char *name)
{
	gsize length;

	/* Nearly all of a long table end here. */
	if (rule->name[0] != name[0])
		return FALSE;
	length = strlen(rule->name);
	if (strncmp(rule->name, name, length) != 0)
		return FALSE;
	return name[length] == '\0' || (rule->numbered && name[length + strspn(name + length, "0123456789")] == '\0');
}

static const struct variable_rule *
find_rule(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		if (matches(&rules[i], name))
			return &rules[i];
	}
	return NULL;
}

/* One letter too few, too many or wrong, or two swapped; case does not count. */
static gboolean
is_misspelt(const char *name, const char *right)
{
	gsize a = strlen(name);
	gsize b = strlen(right);
	gsize head = 0;
	gsize tail = 0;
	gsize most = MIN(a, b);

	if (MAX(a, b) - most > 1)
		return FALSE;
	while (head < most && g_ascii_toupper(name[head]) == right[head])
		head++;
	while (tail < most - head && g_ascii_toupper(name[a - 1 - tail]) == right[b - 1 - tail])
		tail++;
	if (a - head - tail <= 1 && b - head - tail <= 1)
		return TRUE;
	return a == b && a - head - tail == 2 && name[head] == right[head + 1] && name[head + 1] == right[head];
}

static const char *
suggest(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		if (is_misspelt(name, rules[i].name))
			return rules[i].name;
	}
	return NULL;
}

static void
report_unknown(struct ifcfg_file *file, const char *name)
{
	const char *right = suggest(name);
	g_autofree char *remedy = right != NULL ? g_strdup_printf("Did you mean %s?", right)
						: g_strdup("Correct the name or remove the line");

	ifcfg_file_report(file, IFCFG_WARNING, name, remedy, "there is no variable %s, it is ignored", name);
}

static void
report_unused(struct ifcfg_file *file, const struct ifcfg_variable *variable)
{
	const struct variable_rule *rule = find_rule(variable->name);

	if (rule == NULL && !g_str_has_prefix(variable->name, "NM_USER_"))
		report_unknown(file, variable->name);
	else if (rule != NULL && rule->kind == KIND_SCRIPTS)
		ifcfg_file_report(file, IFCFG_INFO, variable->name, "The line may stay or go",
				  "%s is of the old network scripts and has no effect", variable->name);
	else if (rule == NULL || rule->kind == KIND_LATER)
		ifcfg_file_report(file, IFCFG_INFO, variable->name, "Set it by other means if it is needed",
				  "%s is known but not handled", variable->name);
	else if (!file->failed) /* reading ended early otherwise, and nobody came to look */
		ifcfg_file_report(file, IFCFG_INFO, variable->name, "The line may stay or go",
				  "%s has no effect together with the rest of this file", variable->name);
}

/* What a port's file says by custom: that the port has none of it. */
static gboolean
says_none(const struct ifcfg_variable *variable)
{
	static const char *const words[] = {"none", "static", NULL};
	g_autofree char *value = g_ascii_strdown(variable->value, -1);

	return *value == '\0' || g_strv_contains(words, value) || ifcfg_parse_boolean(value, -1) == FALSE;
}

void
ifcfg_variables_skip(struct ifcfg_file *file, enum variable_group group)
{
	for (guint i = 0; i < file->variables->len; i++) {
		struct ifcfg_variable *variable = file->variables->pdata[i];
		const struct variable_rule *rule = find_rule(variable->name);

		if (rule == NULL || rule->group != group || variable->used)
			continue;
		variable->used = TRUE;
		if (!says_none(variable))
			ifcfg_file_report(file, IFCFG_INFO, variable->name, "The line may stay or go",
					  "%s has no effect on a port", variable->name);
	}
}

void
ifcfg_variables_report_unused(struct ifcfg_file *file)
{
	for (guint i = 0; i < file->variables->len; i++) {
		const struct ifcfg_variable *variable = file->variables->pdata[i];

		if (!variable->used)
			report_unused(file, variable);
	}
}

const char *
ifcfg_variables_name(guint i)
{
	return i < G_N_ELEMENTS(rules) ? rules[i].name : NULL;
}

/* --- the way back --- */

static char *
format_name(const struct variable_rule *rule, const char *text)
{
	gint64 number;

	if (!ifcfg_parse_integer(text, 10, G_MININT32, G_MAXINT32, &number))
		return NULL;
	for (const struct variable_name *name = rule->names; name->name != NULL; name++) {
		if (name->value == number)
			return g_strdup(name->name);
	}
	return NULL;
}

/* The items of a keyfile's list, with blanks between them; an item with a blank has its backslashes. */
static char *
format_words(const struct variable_rule *rule, const char *text)
{
	GString *out = g_string_new(NULL);

	for (gboolean in_word = FALSE; *text != '\0'; text++) {
		gboolean escaped = *text == '\\' && (text[1] == ';' || text[1] == '\\');

		if (*text == ';') {
			in_word = FALSE;
			continue;
		}
		if (!in_word && out->len > 0)
			g_string_append_c(out, ' ');
		in_word = TRUE;
		text += escaped;
		if (rule->kind == KIND_TOKENS && strchr(" \t\\", *text) != NULL)
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
	return g_string_free(out, FALSE);
}

static char *
format_boolean(const char *yes, const char *no, const char *text)
{
	if (strcmp(text, yes) == 0)
		return g_strdup("yes");
	return strcmp(text, no) == 0 ? g_strdup("no") : NULL;
}

static char *
format_value(const struct variable_rule *rule, const char *text)
{
	switch (rule->kind) {
	case KIND_STRING:
	case KIND_INT32:
	case KIND_UINT32:
	case KIND_INT64:
	case KIND_FLAGS:
		return g_strdup(text);
	case KIND_BOOLEAN:
		return format_boolean("true", "false", text);
	case KIND_OPPOSITE:
		return format_boolean("false", "true", text);
	case KIND_TERNARY:
		return format_boolean("1", "0", text);
	case KIND_NAME:
	case KIND_ENUM:
		return format_name(rule, text);
	case KIND_UUIDS:
	case KIND_TOKENS:
	case KIND_OPTIONS:
		return format_words(rule, text);
	default:
		return NULL;
	}
}

const char *
ifcfg_variables_format(const char *section, const char *property, const char *text, char **value)
{
	*value = NULL;
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		if (rules[i].section == NULL || strcmp(rules[i].section, section) != 0 ||
		    strcmp(rules[i].property, property) != 0)
			continue;
		if (text == NULL)
			return rules[i].name;
		*value = format_value(&rules[i], text);
		return *value != NULL ? rules[i].name : NULL;
	}
	return NULL;
}
