/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipv6.h"

#include "dns.h"
#include "variables.h"
#include "words.h"

#include <arpa/inet.h>
#include <string.h>

#define SECTION		 "ipv6"
#define ADDRESS_LENGTH	 16
#define DEFAULT_PREFIX	 64
#define GEN_MODE_DEFAULT 2 /* "default-or-eui64" */

struct address {
	guint8 address[ADDRESS_LENGTH];
	guint32 prefix;
};

/* What is being read of one profile. */
struct ipv6 {
	struct ifcfg_file *file;
	struct ifcfg_file *network;
	struct ifcfg_settings *settings;
	GArray *addresses;
	GHashTable *seen; /* the addresses as text */
	guint8 gateway[ADDRESS_LENGTH];
	gboolean has_gateway;
};

static gboolean
is_initialized(struct ifcfg_file *file, struct ifcfg_file *network)
{
	if (ifcfg_file_get(file, "IPV6INIT") == NULL && network != NULL)
		return ifcfg_file_get_boolean(network, "IPV6INIT", FALSE);
	return ifcfg_file_get_boolean(file, "IPV6INIT", FALSE);
}

static gboolean
has_static_address(struct ifcfg_file *file)
{
	return ifcfg_file_get(file, "IPV6ADDR") != NULL || ifcfg_file_get(file, "IPV6ADDR_SECONDARIES") != NULL;
}

static const char *
read_method(struct ifcfg_file *file, struct ifcfg_file *network)
{
	const char *autoconf;

	if (ifcfg_file_get_boolean(file, "IPV6_DISABLED", FALSE))
		return "disabled";
	if (!is_initialized(file, network))
		return "ignore";
	autoconf = ifcfg_file_get(file, "IPV6_AUTOCONF");
	if (autoconf != NULL && strcmp(autoconf, "shared") == 0)
		return "shared";
	if (ifcfg_file_get_boolean(file, "IPV6_AUTOCONF", !ifcfg_file_get_boolean(file, "IPV6FORWARDING", FALSE)))
		return "auto";
	if (ifcfg_file_get_boolean(file, "DHCPV6C", FALSE))
		return "dhcp";
	return has_static_address(file) ? "manual" : "link-local";
}

static void
read_privacy(struct ipv6 *ipv6)
{
	const char *value = ifcfg_file_get(ipv6->file, "IPV6_PRIVACY");
	gboolean prefer_public = ifcfg_file_get_boolean(ipv6->file, "IPV6_PRIVACY_PREFER_PUBLIC_IP", FALSE);
	gboolean private;

	if (value == NULL)
		return;
	private = ifcfg_parse_boolean(value, FALSE) || strcmp(value, "rfc4941") == 0 || strcmp(value, "rfc3041") == 0;
	ifcfg_settings_set(ipv6->settings, SECTION, "ip6-privacy",
			   g_variant_new_int32(!private	       ? 0
					       : prefer_public ? 1
							       : 2));
}

/* ADDRESS or ADDRESS/PREFIX */
static gboolean
parse_address(const char *text, struct address *address)
{
	const char *slash = strchr(text, '/');
	g_autofree char *host = slash != NULL ? g_strndup(text, slash - text) : g_strdup(text);
	gint64 prefix = DEFAULT_PREFIX;

	if (inet_pton(AF_INET6, host, address->address) != 1)
		return FALSE;
	if (slash != NULL && !ifcfg_parse_integer(slash + 1, 10, 0, 128, &prefix))
		return FALSE;
	address->prefix = prefix;
	return TRUE;
}

static void
add_address(struct ipv6 *ipv6, const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, address->address, text, sizeof(text));
	if (g_hash_table_add(ipv6->seen, g_strdup(text)))
		g_array_append_vals(ipv6->addresses, address, 1);
}

static void
read_addresses(struct ipv6 *ipv6, const char *variable)
{
	const char *value = ifcfg_file_get(ipv6->file, variable);
	g_auto(GStrv) words = g_strsplit(value != NULL ? value : "", " ", -1);

	for (char **word = words; *word != NULL; word++) {
		struct address address;

		if (**word == '\0')
			continue;
		if (!parse_address(*word, &address))
			ifcfg_file_report(ipv6->file, IFCFG_FATAL, variable, "Write addresses such as 2001:db8::2/64",
					  "%s is no IPv6 address", *word);
		else
			add_address(ipv6, &address);
	}
}

static void
read_gateway(struct ipv6 *ipv6)
{
	const char *value = ifcfg_file_get(ipv6->file, "IPV6_DEFAULTGW");
	g_autofree char *host = NULL;

	if (ipv6->addresses->len == 0) {
		if (value != NULL)
			ifcfg_file_report(ipv6->file, IFCFG_WARNING, "IPV6_DEFAULTGW",
					  "Add IPV6ADDR, or remove the line",
					  "IPV6_DEFAULTGW has no effect without an address of IPv6");
		return;
	}
	if (value == NULL && ipv6->network != NULL)
		value = ifcfg_file_get(ipv6->network, "IPV6_DEFAULTGW");
	if (value == NULL)
		return;
	host = g_strndup(value, strcspn(value, "%"));
	ipv6->has_gateway = inet_pton(AF_INET6, host, ipv6->gateway) == 1;
	if (!ipv6->has_gateway)
		ifcfg_file_report(ipv6->file, IFCFG_FATAL, "IPV6_DEFAULTGW", "Write an address such as 2001:db8::1",
				  "IPV6_DEFAULTGW is no IPv6 address");
	if (ifcfg_settings_get(ipv6->settings, SECTION, "never-default") != NULL)
		ipv6->has_gateway = FALSE;
}

static GVariant *
bytes(const guint8 *address)
{
	return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, address, ADDRESS_LENGTH, 1);
}

static void
set_addresses(struct ipv6 *ipv6)
{
	static const guint8 none[ADDRESS_LENGTH];
	GVariantBuilder data;
	GVariantBuilder legacy;
	char text[INET6_ADDRSTRLEN];

	g_variant_builder_init(&data, G_VARIANT_TYPE("aa{sv}"));
	g_variant_builder_init(&legacy, G_VARIANT_TYPE("a(ayuay)"));
	for (guint i = 0; i < ipv6->addresses->len; i++) {
		const struct address *address = &g_array_index(ipv6->addresses, struct address, i);
		gboolean with_gateway = i == 0 && ipv6->has_gateway;

		inet_ntop(AF_INET6, address->address, text, sizeof(text));
		g_variant_builder_open(&data, G_VARIANT_TYPE_VARDICT);
		g_variant_builder_add(&data, "{sv}", "address", g_variant_new_string(text));
		g_variant_builder_add(&data, "{sv}", "prefix", g_variant_new_uint32(address->prefix));
		g_variant_builder_close(&data);
		g_variant_builder_add(&legacy, "(@ayu@ay)", bytes(address->address), address->prefix,
				      bytes(with_gateway ? ipv6->gateway : none));
	}
	ifcfg_settings_set(ipv6->settings, SECTION, "address-data", g_variant_builder_end(&data));
	ifcfg_settings_set(ipv6->settings, SECTION, "addresses", g_variant_builder_end(&legacy));
	if (ipv6->has_gateway) {
		inet_ntop(AF_INET6, ipv6->gateway, text, sizeof(text));
		ifcfg_settings_set_string(ipv6->settings, SECTION, "gateway", text);
	}
}

/* How addresses are made; a token needs the classic way. */
static void
read_gen_mode(struct ipv6 *ipv6)
{
	static const char *const modes[] = {"eui64", "stable-privacy", "default-or-eui64", "default"};
	const char *value = ifcfg_file_get(ipv6->file, "IPV6_ADDR_GEN_MODE");
	gint64 number;

	if (value == NULL) {
		if (ifcfg_settings_get(ipv6->settings, SECTION, "token") != NULL)
			ifcfg_settings_set(ipv6->settings, SECTION, "addr-gen-mode", g_variant_new_int32(0));
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
		if (strcmp(value, modes[i]) == 0 ||
		    (ifcfg_parse_integer(value, 0, 0, G_N_ELEMENTS(modes) - 1, &number) && number == i)) {
			ifcfg_settings_set(ipv6->settings, SECTION, "addr-gen-mode", g_variant_new_int32(i));
			return;
		}
	}
	ifcfg_file_report(ipv6->file, IFCFG_WARNING, "IPV6_ADDR_GEN_MODE",
			  "Write eui64, stable-privacy, default or default-or-eui64",
			  "there is no such mode, the line is ignored");
}

/* The lower half of an address to come, which nothing but the classic way takes. */
static void
check_token(struct ipv6 *ipv6)
{
	GVariant *token = ifcfg_settings_get(ipv6->settings, SECTION, "token");
	GVariant *mode = ifcfg_settings_get(ipv6->settings, SECTION, "addr-gen-mode");
	guint8 address[ADDRESS_LENGTH];
	guint64 high;

	if (token == NULL)
		return;
	if (inet_pton(AF_INET6, g_variant_get_string(token, NULL), address) == 1)
		memcpy(&high, address, sizeof(high));
	else
		high = G_MAXUINT64;
	if (high != 0)
		ifcfg_file_report(ipv6->file, IFCFG_FATAL, "IPV6_TOKEN", "Write such as ::1",
				  "IPV6_TOKEN is no lower half of an address");
	if (g_variant_get_int32(mode) != 0)
		ifcfg_file_report(ipv6->file, IFCFG_FATAL, "IPV6_ADDR_GEN_MODE", "Write eui64 or remove IPV6_TOKEN",
				  "a token needs IPV6_ADDR_GEN_MODE=eui64");
}

/* What has a link-local address only asks nobody for names. */
static void
check_link_local(struct ipv6 *ipv6, const char *method)
{
	if (strcmp(method, "link-local") == 0 && ifcfg_settings_get(ipv6->settings, SECTION, "dns") != NULL)
		ifcfg_file_report(ipv6->file, IFCFG_FATAL, "DNS1", "Add IPV6ADDR or remove the server of IPv6",
				  "a name server of IPv6 needs an IPv6 address");
}

/* The device that sysconfig/network keeps the default route for, or NULL. */
static const char *
find_default_device(struct ifcfg_file *network)
{
	const char *gateway = network != NULL ? ifcfg_file_get(network, "IPV6_DEFAULTGW") : NULL;
	const char *percent = gateway != NULL ? strchr(gateway, '%') : NULL;

	if (percent != NULL)
		return percent + 1;
	return network != NULL ? ifcfg_file_get(network, "IPV6_DEFAULTDEV") : NULL;
}

static void
read_default_route(struct ipv6 *ipv6)
{
	const char *device = ifcfg_file_get(ipv6->file, "DEVICE");
	const char *chosen = find_default_device(ipv6->network);
	gboolean never = !ifcfg_file_get_boolean(ipv6->file, "IPV6_DEFROUTE", TRUE);

	if (chosen != NULL && device != NULL)
		never = strcmp(chosen, device) != 0;
	if (never)
		ifcfg_settings_set(ipv6->settings, SECTION, "never-default", g_variant_new_boolean(TRUE));
}

/* Old files have one name for both families; a full one is good for DHCPv6, too. */
static void
read_host_name(struct ipv6 *ipv6, const char *method)
{
	const char *name = ifcfg_file_get(ipv6->file, "DHCPV6_HOSTNAME");

	if (name == NULL && (strcmp(method, "auto") == 0 || strcmp(method, "dhcp") == 0)) {
		name = ifcfg_file_get(ipv6->file, "DHCP_HOSTNAME");
		if (name != NULL && strchr(name, '.') == NULL)
			name = NULL;
	}
	if (name != NULL)
		ifcfg_settings_set_string(ipv6->settings, SECTION, "dhcp-hostname", name);
	ifcfg_dns_check_flags(ipv6->file, ipv6->settings, SECTION, "dhcp-hostname");
}

static gboolean
has_ipv4_domains(const struct ifcfg_settings *settings)
{
	GVariant *domains = ifcfg_settings_get(settings, "ipv4", "dns-search");

	return domains != NULL && g_variant_n_children(domains) > 0;
}

/* Domains of a profile without IPv4 go here. With IPv6 ignored, too, NetworkManager refuses the file for them. */
static void
read_domains(struct ipv6 *ipv6, gboolean enabled)
{
	const char *own = enabled ? ifcfg_file_get(ipv6->file, "IPV6_DOMAIN") : NULL;
	const char *left = has_ipv4_domains(ipv6->settings) ? NULL : ifcfg_file_get(ipv6->file, "DOMAIN");
	g_autofree char *text = NULL;
	g_auto(GStrv) all = NULL;

	if (left != NULL && !enabled) {
		ifcfg_file_report(ipv6->file, IFCFG_WARNING, "DOMAIN",
				  "Give the interface an address, or remove DOMAIN",
				  "an interface without addresses has no domains, DOMAIN is ignored");
		left = NULL;
	}
	text = g_strdup_printf("%s %s", own != NULL ? own : "", left != NULL ? left : "");
	all = ifcfg_split_unique(text);
	ifcfg_settings_set(ipv6->settings, SECTION, "dns-search", g_variant_new_strv((const char *const *) all, -1));
}

/* What is there in every "ipv6" section. */
static void
set_empty(struct ifcfg_settings *settings)
{
	ifcfg_settings_set(settings, SECTION, "addr-gen-mode", g_variant_new_int32(GEN_MODE_DEFAULT));
	ifcfg_settings_set(settings, SECTION, "address-data", g_variant_new("aa{sv}", NULL));
	ifcfg_settings_set(settings, SECTION, "addresses", g_variant_new("a(ayuay)", NULL));
	ifcfg_settings_set(settings, SECTION, "route-data", g_variant_new("aa{sv}", NULL));
	ifcfg_settings_set(settings, SECTION, "routes", g_variant_new("a(ayuayu)", NULL));
}

static void
read_enabled(struct ipv6 *ipv6)
{
	ifcfg_variables_apply(ipv6->file, ipv6->settings, VARIABLE_OF_IPV6_ON);
	read_addresses(ipv6, "IPV6ADDR");
	read_addresses(ipv6, "IPV6ADDR_SECONDARIES");
	read_gateway(ipv6);
	set_addresses(ipv6);
	ifcfg_dns_read(ipv6->file, AF_INET6, ipv6->settings);
}

void
ifcfg_ipv6_read(struct ifcfg_file *file, struct ifcfg_file *network, struct ifcfg_settings *settings)
{
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(struct address));
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct ipv6 ipv6 = {
	    .file = file, .network = network, .settings = settings, .addresses = addresses, .seen = seen};
	const char *method = read_method(file, network);
	gboolean enabled = strcmp(method, "ignore") != 0 && strcmp(method, "disabled") != 0;

	set_empty(settings);
	ifcfg_settings_set_string(settings, SECTION, "method", method);
	read_default_route(&ipv6);
	ifcfg_variables_apply(file, settings, VARIABLE_OF_IPV6);
	read_privacy(&ipv6);
	read_gen_mode(&ipv6);
	read_host_name(&ipv6, method);
	if (enabled)
		read_enabled(&ipv6);
	check_token(&ipv6);
	check_link_local(&ipv6, method);
	read_domains(&ipv6, enabled);
}
