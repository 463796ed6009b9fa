/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bridge.h"

#include "check.h"
#include "words.h"

#include <string.h>

#define SECTION	    "bridge"
#define PORT	    "bridge-port"
#define MAC_LENGTH  6
#define VLAN_ID_MAX 4094

/* Bits of group_fwd_mask that the standard forbids to forward. */
#define RESERVED_GROUPS 7

enum option_kind {
	OPTION_UINT32,
	OPTION_UINT64,
	OPTION_BOOLEAN, /* 0 or 1 */
	OPTION_SWITCH,	/* on, yes, 1, off or no */
	OPTION_STRING,
	OPTION_MAC,
};

struct option_rule {
	const char *name;
	const char *property;
	enum option_kind kind;
	guint64 max;
	guint64 fallback; /* the value that is not written */
	gboolean needs_stp;
	guint64 stp_min; /* what a bridge with STP allows, else zero is fine, too */
};

static const struct option_rule delay_rule = {"DELAY", "forward-delay", OPTION_UINT32, 30, 15, TRUE, 2};

static const struct option_rule bridge_rules[] = {
    {"priority", "priority", OPTION_UINT32, G_MAXUINT16, 0x8000, TRUE},
    {"hello_time", "hello-time", OPTION_UINT32, 10, 2, TRUE, 1},
    {"max_age", "max-age", OPTION_UINT32, 40, 20, TRUE, 6},
    {"ageing_time", "ageing-time", OPTION_UINT32, 1000000, 300},
    {"multicast_last_member_count", "multicast-last-member-count", OPTION_UINT32, G_MAXUINT32, 2},
    {"multicast_last_member_interval", "multicast-last-member-interval", OPTION_UINT64, G_MAXUINT64, 100},
    {"multicast_membership_interval", "multicast-membership-interval", OPTION_UINT64, G_MAXUINT64, 26000},
    {"multicast_hash_max", "multicast-hash-max", OPTION_UINT32, G_MAXUINT32, 4096},
    {"multicast_querier", "multicast-querier", OPTION_BOOLEAN, 1, 0},
    {"multicast_querier_interval", "multicast-querier-interval", OPTION_UINT64, G_MAXUINT64, 25500},
    {"multicast_query_interval", "multicast-query-interval", OPTION_UINT64, G_MAXUINT64, 12500},
    {"multicast_query_response_interval", "multicast-query-response-interval", OPTION_UINT64, G_MAXUINT64, 1000},
    {"multicast_query_use_ifaddr", "multicast-query-use-ifaddr", OPTION_BOOLEAN, 1, 0},
    {"multicast_snooping", "multicast-snooping", OPTION_BOOLEAN, 1, 1},
    {"multicast_router", "multicast-router", OPTION_STRING},
    {"multicast_startup_query_count", "multicast-startup-query-count", OPTION_UINT32, G_MAXUINT32, 2},
    {"multicast_startup_query_interval", "multicast-startup-query-interval", OPTION_UINT64, G_MAXUINT64, 3125},
    {"vlan_filtering", "vlan-filtering", OPTION_BOOLEAN, 1, 0},
    {"default_pvid", "vlan-default-pvid", OPTION_UINT32, VLAN_ID_MAX, 1},
    {"group_address", "group-address", OPTION_MAC},
    {"group_fwd_mask", "group-forward-mask", OPTION_UINT32, G_MAXUINT16, 0},
    {"vlan_protocol", "vlan-protocol", OPTION_STRING},
    {"vlan_stats_enabled", "vlan-stats-enabled", OPTION_BOOLEAN, 1, 0},
};

static const struct option_rule port_rules[] = {
    {"priority", "priority", OPTION_UINT32, 63, 32},
    {"path_cost", "path-cost", OPTION_UINT32, G_MAXUINT16, 100},
    {"hairpin_mode", "hairpin-mode", OPTION_SWITCH, 1, 0},
};

/* What is being read. */
struct bridge {
	struct ifcfg_file *file;
	struct ifcfg_settings *settings;
	const char *section;
	gboolean stp;
};

static GVariant *
new_mac(const char *text)
{
	guint8 mac[MAC_LENGTH];

	if (!ifcfg_parse_mac(text, mac))
		return NULL;
	return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, mac, MAC_LENGTH, 1);
}

static gboolean
parse_switch(const char *value, guint64 *number)
{
	if (g_ascii_strcasecmp(value, "on") == 0 || g_ascii_strcasecmp(value, "yes") == 0 || strcmp(value, "1") == 0)
		*number = 1;
	else if (g_ascii_strcasecmp(value, "off") == 0 || g_ascii_strcasecmp(value, "no") == 0)
		*number = 0;
	else
		return FALSE;
	return TRUE;
}

static gboolean
parse_number(const struct option_rule *rule, const char *value, guint64 *number)
{
	if (rule->kind == OPTION_SWITCH)
		return parse_switch(value, number);
	return g_ascii_string_to_unsigned(value, 10, 0, rule->max, number, NULL);
}

static GVariant *
new_number(const struct option_rule *rule, guint64 number)
{
	if (rule->kind == OPTION_UINT32)
		return g_variant_new_uint32(number);
	return rule->kind == OPTION_UINT64 ? g_variant_new_uint64(number) : g_variant_new_boolean(number != 0);
}

/* A number that the property can hold and that the protocol cannot use is fatal. */
static void
set_number(struct bridge *bridge, const char *variable, const struct option_rule *rule, guint64 number)
{
	if (bridge->stp && number < rule->stp_min)
		ifcfg_file_report(bridge->file, IFCFG_FATAL, variable, "Correct the number, or write STP=no",
				  "%s is at least %" G_GUINT64_FORMAT " when STP is on", rule->name, rule->stp_min);
	ifcfg_settings_unset(bridge->settings, bridge->section, rule->property);
	if (number != rule->fallback)
		ifcfg_settings_set(bridge->settings, bridge->section, rule->property, new_number(rule, number));
}

/* Returns FALSE if the value is not valid. */
static gboolean
set_option(struct bridge *bridge, const char *variable, const struct option_rule *rule, const char *value)
{
	guint64 number;
	GVariant *mac;

	if (rule->kind == OPTION_STRING) {
		ifcfg_settings_set_string(bridge->settings, bridge->section, rule->property, value);
		return TRUE;
	}
	if (rule->kind == OPTION_MAC) {
		mac = new_mac(value);
		if (mac != NULL)
			ifcfg_settings_set(bridge->settings, bridge->section, rule->property, mac);
		return mac != NULL;
	}
	if (!parse_number(rule, value, &number))
		return FALSE;
	set_number(bridge, variable, rule, number);
	return TRUE;
}

static void
read_option(struct bridge *bridge, const char *variable, const struct option_rule *rule, const char *value)
{
	if (rule->needs_stp && !bridge->stp)
		ifcfg_file_report(bridge->file, IFCFG_WARNING, variable, "Write STP=yes or remove the option",
				  "%s has no effect without STP and is left out", rule->name);
	else if (!set_option(bridge, variable, rule, value))
		ifcfg_file_report(bridge->file, IFCFG_WARNING, variable, "Correct the value",
				  "%s=%s is not valid, the option is left out", rule->name, value);
}

static const struct option_rule *
find_rule(const struct option_rule *rules, gsize n, const char *name)
{
	for (gsize i = 0; i < n; i++) {
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	}
	return NULL;
}

static void
read_options(struct bridge *bridge, const struct option_rule *rules, gsize n)
{
	const char *text = ifcfg_file_get(bridge->file, "BRIDGING_OPTS");
	g_auto(GStrv) items = g_strsplit(text != NULL ? text : "", " ", -1);

	for (char **item = items; *item != NULL; item++) {
		char *equals = strchr(*item, '=');
		const struct option_rule *rule;

		if (**item == '\0')
			continue;
		if (equals != NULL)
			*equals = '\0';
		rule = find_rule(rules, n, *item);
		if (equals == NULL || equals[1] == '\0')
			ifcfg_file_report(bridge->file, IFCFG_WARNING, "BRIDGING_OPTS", "Write name=value",
					  "the item %s of BRIDGING_OPTS is not name=value and is left out", *item);
		else if (rule == NULL)
			ifcfg_file_report(bridge->file, IFCFG_WARNING, "BRIDGING_OPTS",
					  "Correct the name or remove the option",
					  "the option %s is not known here and is left out", *item);
		else
			read_option(bridge, "BRIDGING_OPTS", rule, equals + 1);
	}
}

/* One of the VLANs of a bridge. */
struct vlan {
	guint64 start;
	guint64 end;
	gboolean pvid;
	gboolean untagged;
};

/* FIRST[-LAST] [pvid] [untagged] */
static gboolean
parse_vlan(const char *text, struct vlan *vlan)
{
	g_auto(GStrv) words = ifcfg_split_words(text);
	char *dash = words[0] != NULL ? strchr(words[0], '-') : NULL;

	if (words[0] == NULL)
		return FALSE;
	if (dash != NULL)
		*dash = '\0';
	if (!g_ascii_string_to_unsigned(words[0], 10, 1, VLAN_ID_MAX, &vlan->start, NULL))
		return FALSE;
	vlan->end = vlan->start;
	if (dash != NULL && !g_ascii_string_to_unsigned(dash + 1, 10, vlan->start, VLAN_ID_MAX, &vlan->end, NULL))
		return FALSE;
	for (char **word = words + 1; *word != NULL; word++) {
		if (strcmp(*word, "pvid") == 0 && vlan->start == vlan->end)
			vlan->pvid = TRUE;
		else if (strcmp(*word, "untagged") == 0)
			vlan->untagged = TRUE;
		else
			return FALSE;
	}
	return TRUE;
}

static int
compare_vlans(gconstpointer a, gconstpointer b)
{
	const struct vlan *left = a;
	const struct vlan *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

static GVariant *
vlans_to_variant(GArray *vlans)
{
	GVariantBuilder builder;

	g_array_sort(vlans, compare_vlans);
	g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
	for (guint i = 0; i < vlans->len; i++) {
		const struct vlan *vlan = &g_array_index(vlans, struct vlan, i);

		g_variant_builder_open(&builder, G_VARIANT_TYPE_VARDICT);
		g_variant_builder_add(&builder, "{sv}", "vid-start", g_variant_new_uint16(vlan->start));
		g_variant_builder_add(&builder, "{sv}", "vid-end", g_variant_new_uint16(vlan->end));
		g_variant_builder_add(&builder, "{sv}", "pvid", g_variant_new_boolean(vlan->pvid));
		g_variant_builder_add(&builder, "{sv}", "untagged", g_variant_new_boolean(vlan->untagged));
		g_variant_builder_close(&builder);
	}
	return g_variant_builder_end(&builder);
}

static void
check_vlans(struct bridge *bridge, const char *variable, const GArray *vlans)
{
	guint pvids = 0;
	guint64 last = 0;

	/* They are sorted. */
	for (guint i = 0; i < vlans->len; i++) {
		const struct vlan *vlan = &g_array_index(vlans, struct vlan, i);

		if (vlan->start <= last)
			ifcfg_file_report(bridge->file, IFCFG_FATAL, variable, "Name each VLAN once",
					  "VLAN %u is there twice", (guint) vlan->start);
		last = MAX(last, vlan->end);
		pvids += vlan->pvid;
	}
	if (pvids > 1)
		ifcfg_file_report(bridge->file, IFCFG_FATAL, variable, "Remove pvid but for one",
				  "more than one VLAN is for frames without a tag");
}

static void
read_vlans(struct bridge *bridge, const char *variable)
{
	const char *text = ifcfg_file_get(bridge->file, variable);
	g_auto(GStrv) items = ifcfg_split_escaped(text != NULL ? text : "", ",");
	g_autoptr(GArray) vlans = g_array_new(FALSE, FALSE, sizeof(struct vlan));

	for (char **item = items; *item != NULL; item++) {
		struct vlan vlan = {0};

		if (parse_vlan(*item, &vlan))
			g_array_append_val(vlans, vlan);
		else
			ifcfg_file_report(bridge->file, IFCFG_WARNING, variable,
					  "Write such as `1 pvid untagged, 10-20`", "%s is no VLAN and is left out",
					  *item);
	}
	ifcfg_settings_set(bridge->settings, bridge->section, "vlans", vlans_to_variant(vlans));
	check_vlans(bridge, variable, vlans);
}

static gboolean
read_stp(struct ifcfg_file *file)
{
	const char *value = ifcfg_file_get(file, "STP");
	guint64 number = 0;

	if (value != NULL && (strcmp(value, "1") == 0 || !parse_switch(value, &number)))
		ifcfg_file_report(file, IFCFG_WARNING, "STP", "Write yes or no",
				  "STP is neither yes nor no and counts as no");
	return number != 0 && strcmp(value, "1") != 0;
}

static gboolean
is_one_of(struct bridge *bridge, const char *property, const char *const *names)
{
	GVariant *value = ifcfg_settings_get(bridge->settings, SECTION, property);

	return value == NULL || g_strv_contains(names, g_variant_get_string(value, NULL));
}

static guint32
get_number(struct bridge *bridge, const char *property)
{
	GVariant *value = ifcfg_settings_get(bridge->settings, SECTION, property);

	return value != NULL ? g_variant_get_uint32(value) : 0;
}

/* What NetworkManager refuses once it is put together. */
static void
check_bridge(struct bridge *bridge)
{
	static const char *const routers[] = {"auto", "enabled", "disabled", NULL};
	static const char *const protocols[] = {"802.1Q", "802.1ad", NULL};
	guint32 hash_max = get_number(bridge, "multicast-hash-max");
	const char *problem = NULL;

	if (!is_one_of(bridge, "multicast-router", routers))
		problem = "multicast_router is auto, enabled or disabled";
	else if (!is_one_of(bridge, "vlan-protocol", protocols))
		problem = "vlan_protocol is 802.1Q or 802.1ad";
	else if ((hash_max & (hash_max - 1)) != 0)
		problem = "multicast_hash_max is a power of two";
	else if ((get_number(bridge, "group-forward-mask") & RESERVED_GROUPS) != 0)
		problem = "group_fwd_mask has none of the lowest three bits";
	if (problem != NULL)
		ifcfg_file_report(bridge->file, IFCFG_FATAL, "BRIDGING_OPTS", "Correct or remove the option", "%s",
				  problem);
}

static void
read_address(struct bridge *bridge)
{
	const char *value = ifcfg_file_get(bridge->file, "BRIDGE_MACADDR");
	GVariant *mac = value != NULL ? new_mac(value) : NULL;

	if (mac != NULL)
		ifcfg_settings_set(bridge->settings, SECTION, "mac-address", mac);
	else if (value != NULL)
		ifcfg_file_report(bridge->file, IFCFG_FATAL, "BRIDGE_MACADDR",
				  "Write six bytes such as 02:00:00:00:00:01", "BRIDGE_MACADDR is no hardware address");
}

void
ifcfg_bridge_read(struct ifcfg_file *file, const char *device, struct ifcfg_settings *settings)
{
	struct bridge bridge = {.file = file, .settings = settings, .section = SECTION, .stp = read_stp(file)};
	const char *delay = ifcfg_file_get(file, "DELAY");

	if (device == NULL) {
		ifcfg_file_report(file, IFCFG_FATAL, NULL, "Add DEVICE=NAME, such as DEVICE=br0",
				  "a bridge needs a valid DEVICE");
		return;
	}
	ifcfg_settings_set_string(settings, SECTION, "interface-name", device);
	if (!bridge.stp)
		ifcfg_settings_set(settings, SECTION, "stp", g_variant_new_boolean(FALSE));
	read_address(&bridge);
	/* The usual DELAY=0 says nothing that STP=no does not say. */
	if (delay != NULL && (bridge.stp || strcmp(delay, "0") != 0))
		read_option(&bridge, "DELAY", &delay_rule, delay);
	read_options(&bridge, bridge_rules, G_N_ELEMENTS(bridge_rules));
	read_vlans(&bridge, "BRIDGE_VLANS");
	check_bridge(&bridge);
}

void
ifcfg_bridge_read_port(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	struct bridge bridge = {.file = file, .settings = settings, .section = PORT};

	read_options(&bridge, port_rules, G_N_ELEMENTS(port_rules));
	read_vlans(&bridge, "BRIDGE_PORT_VLANS");
}

/* --- the way back --- */

static char *
format_option(const struct option_rule *rule, const char *text)
{
	gboolean truth = strcmp(text, "true") == 0;

	if (rule->kind == OPTION_BOOLEAN)
		return g_strdup(truth ? "1" : "0");
	if (rule->kind == OPTION_SWITCH)
		return g_strdup(truth ? "yes" : "no");
	return *text != '\0' && strpbrk(text, " \t\\") == NULL ? g_strdup(text) : NULL;
}

const char *
ifcfg_bridge_format(gboolean is_port, const char *property, const char *text, char **value)
{
	const struct option_rule *table = is_port ? port_rules : bridge_rules;
	gsize n = is_port ? G_N_ELEMENTS(port_rules) : G_N_ELEMENTS(bridge_rules);

	*value = NULL;
	for (gsize i = 0; i < n; i++) {
		if (strcmp(table[i].property, property) != 0)
			continue;
		if (text != NULL)
			*value = format_option(&table[i], text);
		return text == NULL || *value != NULL ? table[i].name : NULL;
	}
	return NULL;
}
