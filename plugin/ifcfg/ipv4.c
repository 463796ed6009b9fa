/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipv4.h"

#include "variables.h"

#include <arpa/inet.h>
#include <string.h>

#define SECTION		"ipv4"
#define DAD_TIMEOUT_MAX 30000 /* ms */
#define DNS_MAX		10

struct address {
	guint32 address; /* network order */
	guint32 prefix;
};

/* What is being read of one profile. */
struct ipv4 {
	struct ifcfg_file *file;
	struct ifcfg_file *network;
	struct ifcfg_settings *settings;
	GArray *addresses;
	GHashTable *seen; /* the addresses, as keys */
	guint32 gateway;  /* network order, 0: none */
	gboolean never_default;
};

/* NAME for -1, else NAME0, NAME1 … */
static const char *
numbered(char *buffer, gsize size, const char *name, int number)
{
	if (number < 0)
		g_strlcpy(buffer, name, size);
	else
		g_snprintf(buffer, size, "%s%d", name, number);
	return buffer;
}

/* FALSE if there is none; a bad one is fatal. */
static gboolean
read_address(struct ifcfg_file *file, const char *name, int number, guint32 *address)
{
	char variable[32];
	const char *value = ifcfg_file_get(file, numbered(variable, sizeof(variable), name, number));

	if (value == NULL)
		return FALSE;
	if (inet_pton(AF_INET, value, address) == 1)
		return TRUE;
	ifcfg_file_report(file, IFCFG_FATAL, variable, "Write four numbers such as 192.0.2.1", "%s is no IPv4 address",
			  variable);
	return FALSE;
}

static guint32
prefix_of_netmask(struct ifcfg_file *file, int number, guint32 netmask)
{
	guint32 bits = ntohl(netmask);
	guint32 prefix = bits != 0 ? 32 - __builtin_ctz(bits) : 0;
	char variable[32];

	if (prefix > 0 && bits != G_MAXUINT32 << (32 - prefix))
		ifcfg_file_report(file, IFCFG_WARNING, numbered(variable, sizeof(variable), "NETMASK", number),
				  "Correct the netmask or write PREFIX instead",
				  "the netmask has holes, it counts as /%u", prefix);
	return prefix;
}

/* The prefix that an address had before there were netmasks. */
static guint32
prefix_of_class(struct ifcfg_file *file, int number, guint32 address)
{
	guint8 first = ntohl(address) >> 24;
	guint32 prefix = first < 128 ? 8 : first < 192 ? 16 : 24;
	char variable[32];

	ifcfg_file_report(file, IFCFG_WARNING, numbered(variable, sizeof(variable), "IPADDR", number),
			  "Add a line with PREFIX or NETMASK", "no prefix is given, it counts as /%u", prefix);
	return prefix;
}

static guint32
read_prefix(struct ifcfg_file *file, int number, guint32 address)
{
	char variable[32];
	const char *value = ifcfg_file_get(file, numbered(variable, sizeof(variable), "PREFIX", number));
	gint64 prefix = 0;
	guint32 netmask;

	if (value != NULL) {
		if (!ifcfg_parse_integer(value, 10, 0, 32, &prefix))
			ifcfg_file_report(file, IFCFG_FATAL, variable, "Write a number from 0 to 32",
					  "%s is no prefix length of IPv4", variable);
		return prefix;
	}
	if (read_address(file, "NETMASK", number, &netmask))
		return prefix_of_netmask(file, number, netmask);
	return file->failed ? 0 : prefix_of_class(file, number, address);
}

static void
add_address(struct ipv4 *ipv4, int number, struct address address)
{
	char variable[32];

	if (g_hash_table_add(ipv4->seen, GUINT_TO_POINTER(address.address)))
		g_array_append_val(ipv4->addresses, address);
	else
		ifcfg_file_report(ipv4->file, IFCFG_WARNING, numbered(variable, sizeof(variable), "IPADDR", number),
				  "Remove one of the two", "the address is there twice");
}

/* IPADDR, IPADDR0, IPADDR1, IPADDR2 …; from IPADDR2 on a missing number ends them. */
static void
read_addresses(struct ipv4 *ipv4)
{
	struct address address;

	for (int number = -1;; number++) {
		if (!read_address(ipv4->file, "IPADDR", number, &address.address)) {
			if (number > 1 || ipv4->file->failed)
				return;
			continue;
		}
		if (ipv4->gateway == 0)
			read_address(ipv4->file, "GATEWAY", number, &ipv4->gateway);
		address.prefix = read_prefix(ipv4->file, number, address.address);
		add_address(ipv4, number, address);
	}
}

static void
report_gap(struct ifcfg_file *file)
{
	for (guint i = 0; i < file->variables->len; i++) {
		struct ifcfg_variable *variable = file->variables->pdata[i];

		if (variable->used || !g_str_has_prefix(variable->name, "IPADDR"))
			continue;
		variable->used = TRUE;
		ifcfg_file_report(file, IFCFG_WARNING, variable->name, "Number the addresses without gaps",
				  "%s comes after a gap and is not read", variable->name);
	}
}

static gboolean
is_any_address_set(struct ifcfg_file *file)
{
	static const char *const names[] = {"IPADDR", "PREFIX", "NETMASK"};
	char variable[32];

	for (int number = -1; number <= 2; number++) {
		for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
			const char *name = numbered(variable, sizeof(variable), names[i], number);
			const struct ifcfg_variable *found = g_hash_table_lookup(file->by_name, name);

			if (found != NULL && found->value[0] != '\0')
				return TRUE;
		}
	}
	return FALSE;
}

static const struct {
	const char *bootproto;
	const char *method; /* NULL: manual or disabled */
} protocols[] = {
    {"none", NULL},   {"static", NULL},		{"bootp", "auto"},
    {"dhcp", "auto"}, {"autoip", "link-local"}, {"shared", "shared"},
};

static const char *
read_method(struct ifcfg_file *file)
{
	const char *bootproto = ifcfg_file_get(file, "BOOTPROTO");
	const char *without = is_any_address_set(file) ? "manual" : "disabled";

	if (bootproto == NULL)
		return without;
	for (guint i = 0; i < G_N_ELEMENTS(protocols); i++) {
		if (g_ascii_strcasecmp(bootproto, protocols[i].bootproto) == 0)
			return protocols[i].method != NULL ? protocols[i].method : without;
	}
	ifcfg_file_report(file, IFCFG_FATAL, "BOOTPROTO", "Write none, static, dhcp, autoip or shared",
			  "there is no BOOTPROTO %s", bootproto);
	return without;
}

static void
read_default_route(struct ipv4 *ipv4)
{
	const char *device = ifcfg_file_get(ipv4->file, "DEVICE");
	const char *chosen = ipv4->network != NULL ? ifcfg_file_get(ipv4->network, "GATEWAYDEV") : NULL;

	ipv4->never_default = !ifcfg_file_get_boolean(ipv4->file, "DEFROUTE", TRUE);
	if (chosen != NULL && device != NULL)
		ipv4->never_default = strcmp(device, chosen) != 0;
	if (ipv4->never_default)
		ifcfg_settings_set(ipv4->settings, SECTION, "never-default", g_variant_new_boolean(TRUE));
}

/* The gateway of all interfaces counts for those that have addresses. */
static void
choose_gateway(struct ipv4 *ipv4)
{
	if (ipv4->gateway == 0 && ipv4->network != NULL && ipv4->addresses->len > 0)
		read_address(ipv4->network, "GATEWAY", -1, &ipv4->gateway);
	if (ipv4->gateway != 0 && ipv4->never_default) {
		ifcfg_file_report(ipv4->file, IFCFG_WARNING, "GATEWAY", "Remove DEFROUTE=no or GATEWAY",
				  "GATEWAY has no effect, the default route is not for this interface");
		ipv4->gateway = 0;
	}
}

static void
set_addresses(struct ipv4 *ipv4)
{
	GVariantBuilder data;
	GVariantBuilder legacy;
	char text[INET_ADDRSTRLEN];

	g_variant_builder_init(&data, G_VARIANT_TYPE("aa{sv}"));
	g_variant_builder_init(&legacy, G_VARIANT_TYPE("aau"));
	for (guint i = 0; i < ipv4->addresses->len; i++) {
		const struct address *address = &g_array_index(ipv4->addresses, struct address, i);

		inet_ntop(AF_INET, &address->address, text, sizeof(text));
		g_variant_builder_open(&data, G_VARIANT_TYPE_VARDICT);
		g_variant_builder_add(&data, "{sv}", "address", g_variant_new_string(text));
		g_variant_builder_add(&data, "{sv}", "prefix", g_variant_new_uint32(address->prefix));
		g_variant_builder_close(&data);
		g_variant_builder_open(&legacy, G_VARIANT_TYPE("au"));
		g_variant_builder_add(&legacy, "u", address->address);
		g_variant_builder_add(&legacy, "u", address->prefix);
		g_variant_builder_add(&legacy, "u", i == 0 ? ipv4->gateway : 0);
		g_variant_builder_close(&legacy);
	}
	ifcfg_settings_set(ipv4->settings, SECTION, "address-data", g_variant_builder_end(&data));
	ifcfg_settings_set(ipv4->settings, SECTION, "addresses", g_variant_builder_end(&legacy));
	if (ipv4->gateway != 0) {
		inet_ntop(AF_INET, &ipv4->gateway, text, sizeof(text));
		ifcfg_settings_set_string(ipv4->settings, SECTION, "gateway", text);
	}
}

/* Servers of the other family are for the other section; they count as looked at there. */
static void
read_dns(struct ipv4 *ipv4)
{
	GVariantBuilder data;
	GVariantBuilder legacy;
	gboolean any = FALSE;
	char variable[32];

	g_variant_builder_init(&data, G_VARIANT_TYPE_STRING_ARRAY);
	g_variant_builder_init(&legacy, G_VARIANT_TYPE("au"));
	for (int number = 1; number <= DNS_MAX; number++) {
		const struct ifcfg_variable *found =
		    g_hash_table_lookup(ipv4->file->by_name, numbered(variable, sizeof(variable), "DNS", number));
		guint8 other[16];
		guint32 server;

		if (found == NULL || found->value[0] == '\0' || inet_pton(AF_INET6, found->value, other) == 1)
			continue;
		if (!read_address(ipv4->file, "DNS", number, &server))
			continue;
		any = TRUE;
		g_variant_builder_add(&data, "s", found->value);
		g_variant_builder_add(&legacy, "u", server);
	}
	if (any) {
		ifcfg_settings_set(ipv4->settings, SECTION, "dns-data", g_variant_builder_end(&data));
		ifcfg_settings_set(ipv4->settings, SECTION, "dns", g_variant_builder_end(&legacy));
		return;
	}
	g_variant_builder_clear(&data);
	g_variant_builder_clear(&legacy);
}

GStrv
ifcfg_ipv4_read_domains(struct ifcfg_file *file, const char *variable)
{
	const char *value = ifcfg_file_get(file, variable);
	g_auto(GStrv) words = g_strsplit(value != NULL ? value : "", " ", -1);
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (char **word = words; *word != NULL; word++) {
		if (**word != '\0' && g_hash_table_add(seen, *word))
			g_strv_builder_add(builder, *word);
	}
	return g_strv_builder_end(builder);
}

static void
read_domains(struct ipv4 *ipv4)
{
	g_auto(GStrv) domains = ifcfg_ipv4_read_domains(ipv4->file, "DOMAIN");

	/* What NetworkManager itself once wrote. */
	if (domains[0] == NULL) {
		g_strfreev(domains);
		domains = ifcfg_ipv4_read_domains(ipv4->file, "SEARCH");
	}
	ifcfg_settings_set(ipv4->settings, SECTION, "dns-search",
			   g_variant_new_strv((const char *const *) domains, -1));
}

static void
read_dad_timeout(struct ipv4 *ipv4)
{
	gint64 timeout = ifcfg_file_get_integer(ipv4->file, "ACD_TIMEOUT", 10, -1, DAD_TIMEOUT_MAX, -2);

	if (timeout == -2) {
		timeout = ifcfg_file_get_integer(ipv4->file, "ARPING_WAIT", 10, -1, DAD_TIMEOUT_MAX / 1000, -1);
		timeout = timeout > 0 ? timeout * 1000 : timeout;
	}
	if (timeout != -1)
		ifcfg_settings_set(ipv4->settings, SECTION, "dad-timeout", g_variant_new_int32(timeout));
}

/* What is there in every "ipv4" section. */
static void
set_empty(struct ifcfg_settings *settings)
{
	ifcfg_settings_set(settings, SECTION, "address-data", g_variant_new("aa{sv}", NULL));
	ifcfg_settings_set(settings, SECTION, "addresses", g_variant_new("aau", NULL));
	ifcfg_settings_set(settings, SECTION, "dns-search", g_variant_new("as", NULL));
	ifcfg_settings_set(settings, SECTION, "route-data", g_variant_new("aa{sv}", NULL));
	ifcfg_settings_set(settings, SECTION, "routes", g_variant_new("aau", NULL));
}

static void
read_enabled(struct ipv4 *ipv4, const char *method)
{
	ifcfg_variables_apply(ipv4->file, ipv4->settings, VARIABLE_OF_IPV4_ON);
	read_addresses(ipv4);
	report_gap(ipv4->file);
	choose_gateway(ipv4);
	set_addresses(ipv4);
	if (strcmp(method, "shared") != 0) {
		read_dns(ipv4);
		read_domains(ipv4);
	}
	read_dad_timeout(ipv4);
	if (strcmp(method, "manual") == 0 && ipv4->addresses->len == 0 && !ipv4->file->failed)
		ifcfg_file_report(ipv4->file, IFCFG_FATAL, "PREFIX", "Add IPADDR or remove PREFIX and NETMASK",
				  "there is a prefix but no address");
}

void
ifcfg_ipv4_read(struct ifcfg_file *file, struct ifcfg_file *network, struct ifcfg_settings *settings)
{
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(struct address));
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	struct ipv4 ipv4 = {
	    .file = file, .network = network, .settings = settings, .addresses = addresses, .seen = seen};
	const char *method = read_method(file);

	set_empty(settings);
	ifcfg_settings_set_string(settings, SECTION, "method", method);
	read_default_route(&ipv4);
	ifcfg_variables_apply(file, settings, VARIABLE_OF_IPV4);
	if (strcmp(method, "disabled") != 0)
		read_enabled(&ipv4, method);
}
