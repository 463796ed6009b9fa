/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suse.h"

#include "check.h"
#include "words.h"

#include <arpa/inet.h>
#include <string.h>

/* Variables that have another name and the same meaning. */
static const struct {
	const char *suse;
	const char *name;
} renamed[] = {
    {"BONDING_MODULE_OPTS", "BONDING_OPTS"},
    {"LLADDR", "MACADDR"},
    {"ETHTOOL_OPTIONS", "ETHTOOL_OPTS"},
    {"ETHERDEVICE", "PHYSDEV"},
    {"BRIDGE_STP", "STP"},
    {"BRIDGE_FORWARDDELAY", "DELAY"},
    {"PREFIXLEN", "PREFIX"},
    {"DHCLIENT_CLIENT_ID", "DHCP_CLIENT_ID"},
};

static gboolean
is_suse(const struct ifcfg_file *file)
{
	static const char *const marks[] = {"STARTMODE",       "BONDING_MODULE_OPTS", "BONDING_SLAVE0",
					    "BONDING_SLAVE_0", "BONDING_SLAVE1",      "BONDING_SLAVE_1",
					    "ETHERDEVICE",     "BRIDGE_PORTS"};

	for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
		if (g_hash_table_contains(file->by_name, marks[i]))
			return TRUE;
	}
	return FALSE;
}

/* Unless it is there. */
static void
say(struct ifcfg_file *file, const struct ifcfg_variable *from, const char *name, const char *value)
{
	if (!g_hash_table_contains(file->by_name, name))
		ifcfg_file_add(file, from, name, value);
}

static void
rename_variables(struct ifcfg_file *file)
{
	for (guint i = 0; i < G_N_ELEMENTS(renamed); i++) {
		const struct ifcfg_variable *from = ifcfg_file_find(file, renamed[i].suse);

		if (from != NULL)
			say(file, from, renamed[i].name, from->value);
	}
}

static void
translate_start(struct ifcfg_file *file)
{
	static const char *const never[] = {"manual", "off", NULL};
	static const char *const boot[] = {"auto", "boot", "onboot", "on", "hotplug", "ifplugd", "nfsroot", NULL};
	const struct ifcfg_variable *mode = ifcfg_file_find(file, "STARTMODE");
	g_autofree char *lower = mode != NULL ? g_ascii_strdown(mode->value, -1) : NULL;

	if (mode == NULL)
		return;
	if (!g_strv_contains(never, lower) && !g_strv_contains(boot, lower))
		ifcfg_file_report(file, IFCFG_WARNING, "STARTMODE", "Write auto, hotplug, manual or off",
				  "there is no STARTMODE %s, it counts as auto", mode->value);
	say(file, mode, "ONBOOT", g_strv_contains(never, lower) ? "no" : "yes");
}

static void
translate_protocol(struct ifcfg_file *file)
{
	static const struct {
		const char *suse;
		const char *ipv4;
		gboolean ipv6;
	} protocols[] = {{"dhcp4", "dhcp", FALSE},
			 {"dhcp6", "none", TRUE},
			 {"dhcp", "dhcp", TRUE},
			 {"dhcp+autoip", "dhcp", FALSE},
			 {"auto6", "none", TRUE}};
	const struct ifcfg_variable *protocol = ifcfg_file_find(file, "BOOTPROTO");

	for (guint i = 0; protocol != NULL && i < G_N_ELEMENTS(protocols); i++) {
		if (g_ascii_strcasecmp(protocol->value, protocols[i].suse) != 0)
			continue;
		if (protocols[i].ipv6)
			say(file, protocol, "IPV6INIT", "yes");
		ifcfg_file_add(file, protocol, "BOOTPROTO", protocols[i].ipv4);
		return;
	}
}

/* The value of NAME with a suffix, now used. */
static const struct ifcfg_variable *
find_with_suffix(struct ifcfg_file *file, const char *name, const char *suffix)
{
	g_autofree char *full = g_strconcat(name, suffix, NULL);
	const struct ifcfg_variable *found = ifcfg_file_find(file, full);

	return found != NULL && found->value[0] != '\0' ? found : NULL;
}

static void
add_ipv6_address(struct ifcfg_file *file, const struct ifcfg_variable *from, const char *value)
{
	const struct ifcfg_variable *earlier = ifcfg_file_find(file, "IPV6ADDR_SECONDARIES");
	g_autofree char *both = g_strdup_printf("%s %s", earlier != NULL ? earlier->value : "", value);

	ifcfg_file_add(file, from, "IPV6ADDR_SECONDARIES", both);
	say(file, from, "IPV6INIT", "yes");
	say(file, from, "IPV6_AUTOCONF", "no");
}

/* IPADDRsuffix=ADDRESS[/PREFIX] with PREFIXLENsuffix or NETMASKsuffix becomes IPADDRn and PREFIXn. */
static void
translate_address(struct ifcfg_file *file, const struct ifcfg_variable *from, const char *suffix, guint number)
{
	g_autofree char *address_name = g_strdup_printf("IPADDR%u", number);
	g_autofree char *prefix_name = g_strdup_printf("PREFIX%u", number);
	g_autofree char *mask_name = g_strdup_printf("NETMASK%u", number);
	const struct ifcfg_variable *length = find_with_suffix(file, "PREFIXLEN", suffix);
	const struct ifcfg_variable *mask = find_with_suffix(file, "NETMASK", suffix);
	g_autofree char *value = g_strdup(from->value);
	char *slash = strchr(value, '/');

	if (strchr(value, ':') != NULL) {
		g_autofree char *full =
		    slash == NULL && length != NULL ? g_strconcat(value, "/", length->value, NULL) : g_strdup(value);

		add_ipv6_address(file, from, full);
		return;
	}
	if (slash != NULL)
		*slash = '\0';
	ifcfg_file_add(file, from, address_name, value);
	if (slash != NULL)
		ifcfg_file_add(file, from, prefix_name, slash + 1);
	else if (length != NULL)
		ifcfg_file_add(file, length, prefix_name, length->value);
	else if (mask != NULL)
		ifcfg_file_add(file, mask, mask_name, mask->value);
}

/* IPADDR, IPADDR0, IPADDR_1, IPADDR_any: what they are called does not matter, but their order does. */
static void
translate_addresses(struct ifcfg_file *file)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new();

	for (guint i = 0; i < file->variables->len; i++) {
		struct ifcfg_variable *variable = file->variables->pdata[i];

		if (g_str_has_prefix(variable->name, "IPADDR") && variable->value[0] != '\0' &&
		    g_hash_table_lookup(file->by_name, variable->name) == variable)
			g_ptr_array_add(found, variable);
	}
	for (guint i = 0; i < found->len; i++) {
		const struct ifcfg_variable *variable = found->pdata[i];
		g_autofree char *suffix = g_strdup(variable->name + strlen("IPADDR"));
		g_autofree char *name = g_strdup(variable->name);

		ifcfg_file_hide(file, name);
		translate_address(file, variable, suffix, i);
	}
}

/* The file of a port that another file names; made if there is none. */
static struct ifcfg_file *
get_port(GPtrArray *files, struct ifcfg_file *file, const char *device)
{
	g_autofree char *directory = g_path_get_dirname(file->path);
	g_autofree char *name = g_strconcat("ifcfg-", device, NULL);
	g_autofree char *path = g_build_filename(directory, name, NULL);
	struct ifcfg_file *port;

	for (guint i = 0; i < files->len; i++) {
		port = files->pdata[i];
		if (strcmp(port->name, device) == 0)
			return port;
	}
	port = ifcfg_file_parse(path, "", 0, file->diagnostics);
	g_ptr_array_add(files, port);
	return port;
}

static void
add_port(GPtrArray *files, struct ifcfg_file *file, const struct ifcfg_variable *from, const char *device,
	 gboolean of_bridge)
{
	struct ifcfg_file *port;

	if (!ifcfg_is_interface_name(device)) {
		ifcfg_file_report(file, IFCFG_WARNING, from->name, "Write the name of an interface, such as eth0",
				  "%s is no name of an interface, the port is left out", device);
		return;
	}
	port = get_port(files, file, device);
	say(port, from, "DEVICE", device);
	if (of_bridge) {
		say(port, from, "BRIDGE", file->name);
	} else {
		say(port, from, "TYPE", "Ethernet");
		say(port, from, "MASTER", file->name);
		say(port, from, "SLAVE", "yes");
	}
	/* Ports of SUSE's start with what stands on them. */
	ifcfg_file_add(port, from, "ONBOOT", ifcfg_file_get_boolean(file, "ONBOOT", TRUE) ? "yes" : "no");
}

/* BONDING_SLAVE0, BONDING_SLAVE_0, BONDING_SLAVE_any */
static void
translate_bond(GPtrArray *files, struct ifcfg_file *file)
{
	for (guint i = 0; i < file->variables->len; i++) {
		struct ifcfg_variable *variable = file->variables->pdata[i];

		if (!g_str_has_prefix(variable->name, "BONDING_SLAVE") || variable->value[0] == '\0')
			continue;
		variable->used = TRUE;
		say(file, variable, "BONDING_MASTER", "yes");
		add_port(files, file, variable, variable->value, FALSE);
	}
}

static void
translate_bridge(GPtrArray *files, struct ifcfg_file *file)
{
	const struct ifcfg_variable *ports = ifcfg_file_find(file, "BRIDGE_PORTS");
	g_auto(GStrv) names = ports != NULL ? ifcfg_split_words(ports->value) : NULL;

	if (!ifcfg_file_get_boolean(file, "BRIDGE", FALSE)) {
		if (ports != NULL)
			ifcfg_file_report(file, IFCFG_WARNING, "BRIDGE_PORTS", "Add BRIDGE=yes, or remove the line",
					  "BRIDGE_PORTS has no effect without BRIDGE=yes");
		return;
	}
	say(file, ifcfg_file_find(file, "BRIDGE"), "TYPE", "Bridge");
	ifcfg_file_hide(file, "BRIDGE");
	for (char **name = names; name != NULL && *name != NULL; name++)
		add_port(files, file, ports, *name, TRUE);
}

static void
translate_file(GPtrArray *files, struct ifcfg_file *file)
{
	const struct ifcfg_variable *first = file->variables->len > 0 ? file->variables->pdata[0] : NULL;

	say(file, first, "DEVICE", file->name);
	translate_addresses(file);
	rename_variables(file);
	translate_start(file);
	translate_protocol(file);
	if (g_hash_table_contains(file->by_name, "ETHERDEVICE"))
		say(file, ifcfg_file_find(file, "ETHERDEVICE"), "VLAN", "yes");
	translate_bond(files, file);
	translate_bridge(files, file);
	if (ifcfg_file_get_boolean(file, "BONDING_MASTER", FALSE))
		say(file, ifcfg_file_find(file, "BONDING_MASTER"), "TYPE", "Bond");
}

void
ifcfg_suse_translate(GPtrArray *files)
{
	/* Files that are added are done already. */
	guint n = files->len;

	for (guint i = 0; i < n; i++) {
		if (is_suse(files->pdata[i]))
			translate_file(files, files->pdata[i]);
	}
}

static gboolean
is_given(const char *word)
{
	return word != NULL && strcmp(word, "-") != 0;
}

static gboolean
is_of_family(const char *destination, const char *gateway, int family)
{
	gboolean ipv6 = strchr(destination, ':') != NULL || (is_given(gateway) && strchr(gateway, ':') != NULL);

	return ipv6 == (family == AF_INET6);
}

static void
append_destination(GString *out, const char *destination, const char *mask)
{
	guint32 bits;

	g_string_append(out, destination);
	if (!is_given(mask) || strchr(destination, '/') != NULL || strcmp(destination, "default") == 0)
		return;
	if (inet_pton(AF_INET, mask, &bits) == 1)
		g_string_append_printf(out, "/%d", __builtin_popcount(bits));
	else
		g_string_append_printf(out, "/%s", mask);
}

static gboolean
is_in_network(const guint8 *a, const guint8 *b, guint32 prefix)
{
	for (guint bit = 0; bit < prefix; bit++) {
		if (((a[bit / 8] ^ b[bit / 8]) & (0x80 >> bit % 8)) != 0)
			return FALSE;
	}
	return TRUE;
}

static gboolean
is_reached(const struct suse_interface *interface, const char *gateway)
{
	guint8 there[16];
	guint8 here[16];

	if (gateway == NULL || interface->addresses == NULL || inet_pton(interface->family, gateway, there) != 1)
		return FALSE;
	for (gsize i = 0; i < g_variant_n_children(interface->addresses); i++) {
		g_autoptr(GVariant) data = g_variant_get_child_value(interface->addresses, i);
		const char *address = "";
		guint32 prefix = 0;

		if (g_variant_lookup(data, "address", "&s", &address) &&
		    g_variant_lookup(data, "prefix", "u", &prefix) &&
		    inet_pton(interface->family, address, here) == 1 && is_in_network(here, there, prefix))
			return TRUE;
	}
	return FALSE;
}

static void
translate_route(GString *out, const char *line, const struct suse_interface *interface)
{
	g_auto(GStrv) words = ifcfg_split_words(line);
	guint n = g_strv_length(words);
	const char *gateway = n > 1 && is_given(words[1]) ? words[1] : NULL;
	const char *device = n > 3 && is_given(words[3]) ? words[3] : NULL;

	if (n == 0 || words[0][0] == '#' || !is_of_family(words[0], gateway, interface->family))
		return;
	if (device != NULL ? strcmp(device, interface->device) != 0
			   : !interface->is_own && !is_reached(interface, gateway))
		return;
	if (n > 4 && is_given(words[4]))
		g_string_append_printf(out, "%s ", words[4]);
	append_destination(out, words[0], n > 2 ? words[2] : NULL);
	if (gateway != NULL)
		g_string_append_printf(out, " via %s", gateway);
	for (guint i = 5; i < n; i++)
		g_string_append_printf(out, " %s", words[i]);
}

char *
ifcfg_suse_translate_routes(const char *text, gsize length, const struct suse_interface *interface)
{
	g_autofree char *valid = g_utf8_make_valid(text, length);
	g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
	GString *out = g_string_new(NULL);

	for (char **line = lines; *line != NULL; line++) {
		translate_route(out, *line, interface);
		g_string_append_c(out, '\n');
	}
	return g_string_free(out, FALSE);
}
