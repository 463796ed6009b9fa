/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipv4.h"

#include "dns.h"
#include "variables.h"
#include "words.h"

#include <arpa/inet.h>
#include <string.h>

#define SECTION		"ipv4"
#define DAD_TIMEOUT_MAX 30000 /* ms */
#define LABEL_SIZE	16    /* IFNAMSIZ */

struct address {
	guint32 address; /* network order */
	guint32 prefix;
	const char *label; /* nullable: an alias' name */
};

/* What is being read of one profile. */
struct ipv4 {
	struct ifcfg_file *file;
	struct ifcfg_file *network;
	struct ifcfg_settings *settings;
	GArray *addresses;
	GHashTable *seen; /* the addresses, as keys */
	GStringChunk *labels;
	guint32 gateway; /* network order, 0: none */
	gboolean never_default;
	gboolean has_own_default; /* DEFROUTE is said, aliases have no say */
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
add_address(struct ipv4 *ipv4, struct ifcfg_file *file, const char *variable, struct address address)
{
	if (g_hash_table_add(ipv4->seen, GUINT_TO_POINTER(address.address)))
		g_array_append_val(ipv4->addresses, address);
	else
		ifcfg_file_report(file, IFCFG_WARNING, variable, "Remove one of the two", "the address is there twice");
}

/* IPADDR, IPADDR0, IPADDR1, IPADDR2 …; from IPADDR2 on a missing number ends them. */
static void
read_addresses(struct ipv4 *ipv4)
{
	struct address address = {0};
	char variable[32];

	for (int number = -1;; number++) {
		if (!read_address(ipv4->file, "IPADDR", number, &address.address)) {
			if (number > 1 || ipv4->file->failed)
				return;
			continue;
		}
		if (ipv4->gateway == 0)
			read_address(ipv4->file, "GATEWAY", number, &ipv4->gateway);
		address.prefix = read_prefix(ipv4->file, number, address.address);
		add_address(ipv4, ipv4->file, numbered(variable, sizeof(variable), "IPADDR", number), address);
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

	ipv4->has_own_default = ifcfg_file_get_boolean(ipv4->file, "DEFROUTE", -1) >= 0;
	ipv4->never_default = !ifcfg_file_get_boolean(ipv4->file, "DEFROUTE", TRUE);
	if (chosen != NULL && device != NULL)
		ipv4->never_default = strcmp(device, chosen) != 0;
}

/* The gateway of all interfaces counts for those that have addresses. */
static void
choose_gateway(struct ipv4 *ipv4)
{
	guint32 gateway;

	if (ipv4->gateway != 0 || ipv4->network == NULL)
		return;
	if (read_address(ipv4->network, "GATEWAY", -1, &gateway) && ipv4->addresses->len > 0)
		ipv4->gateway = gateway;
	if (ipv4->network->failed)
		ipv4->file->failed = TRUE;
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
		if (address->label != NULL)
			g_variant_builder_add(&data, "{sv}", "label", g_variant_new_string(address->label));
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

static void
set_labels(struct ipv4 *ipv4)
{
	g_autoptr(GPtrArray) labels = g_ptr_array_new();
	gboolean any = FALSE;

	for (guint i = 0; i < ipv4->addresses->len; i++) {
		const char *label = g_array_index(ipv4->addresses, struct address, i).label;

		any = any || label != NULL;
		g_ptr_array_add(labels, (char *) (label != NULL ? label : ""));
	}
	if (any)
		ifcfg_settings_set(ipv4->settings, SECTION, "address-labels",
				   g_variant_new_strv((const char *const *) labels->pdata, labels->len));
}

/* The names that the DHCP server is told. */
static void
read_host_name(struct ipv4 *ipv4)
{
	const char *name = ifcfg_file_get(ipv4->file, "DHCP_HOSTNAME");
	const char *full = ifcfg_file_get(ipv4->file, "DHCP_FQDN");

	if (full != NULL && strchr(full, '.') == NULL)
		ifcfg_file_report(ipv4->file, IFCFG_FATAL, "DHCP_FQDN", "Write a name such as host.example.com",
				  "DHCP_FQDN has no domain");
	if (full != NULL && name != NULL)
		ifcfg_file_report(ipv4->file, IFCFG_INFO, "DHCP_HOSTNAME", "Remove one of the two lines",
				  "DHCP_FQDN counts, DHCP_HOSTNAME does not");
	if (full != NULL)
		ifcfg_settings_set_string(ipv4->settings, SECTION, "dhcp-fqdn", full);
	else if (name != NULL)
		ifcfg_settings_set_string(ipv4->settings, SECTION, "dhcp-hostname", name);
	ifcfg_dns_check_flags(ipv4->file, ipv4->settings, SECTION, "dhcp-fqdn");
}

/* Options of the resolver: those of the file, then those of all interfaces. */
static void
read_resolver_options(struct ipv4 *ipv4)
{
	const struct ifcfg_variable *own = ifcfg_file_find(ipv4->file, "RES_OPTIONS");
	const struct ifcfg_variable *all = ipv4->network != NULL ? ifcfg_file_find(ipv4->network, "RES_OPTIONS") : NULL;
	g_autofree char *text = NULL;
	g_auto(GStrv) options = NULL;

	if (own == NULL && all == NULL)
		return;
	text = g_strdup_printf("%s %s", own != NULL ? own->value : "", all != NULL ? all->value : "");
	options = ifcfg_dns_split_options(ipv4->file, own != NULL ? "RES_OPTIONS" : NULL, text);
	ifcfg_settings_set(ipv4->settings, SECTION, "dns-options",
			   g_variant_new_strv((const char *const *) options, -1));
}

static void
read_domains(struct ipv4 *ipv4)
{
	const char *value = ifcfg_file_get(ipv4->file, "DOMAIN");
	g_auto(GStrv) domains = NULL;

	/* What NetworkManager itself once wrote. */
	if (value == NULL)
		value = ifcfg_file_get(ipv4->file, "SEARCH");
	domains = ifcfg_split_unique(value != NULL ? value : "");
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

/* Whether PREFIX or NETMASK is there; an alias takes over the prefix of the first address else. */
static guint32
read_alias_prefix(struct ipv4 *ipv4, struct ifcfg_file *alias, guint32 address)
{
	gboolean inherits = ifcfg_file_get(alias, "PREFIX") == NULL && ifcfg_file_get(alias, "NETMASK") == NULL;

	if (inherits && ipv4->addresses->len > 0)
		return g_array_index(ipv4->addresses, struct address, 0).prefix;
	return read_prefix(alias, -1, address);
}

static void
read_alias_default(struct ipv4 *ipv4, struct ifcfg_file *alias)
{
	int truth = ifcfg_file_get_boolean(alias, "DEFROUTE", -1);

	if (ipv4->has_own_default || ipv4->gateway != 0)
		return;
	read_address(alias, "GATEWAY", -1, &ipv4->gateway);
	if (truth < 0)
		return;
	ipv4->has_own_default = TRUE;
	ipv4->never_default = !truth;
}

static gboolean
has_valid_number(const struct ifcfg_file *alias)
{
	for (const char *c = strchr(alias->name, ':') + 1; *c != '\0'; c++) {
		if (!g_ascii_isalnum(*c) && *c != '_')
			return FALSE;
	}
	return TRUE;
}

static void
read_alias(struct ipv4 *ipv4, struct ifcfg_file *alias)
{
	const char *device = ifcfg_file_get(alias, "DEVICE");
	struct address address = {.label = alias->name};

	if (!has_valid_number(alias)) {
		ifcfg_file_report(alias, IFCFG_WARNING, NULL, "Use letters, digits and _ after the colon",
				  "%s is no name of an alias, the file is left out", alias->name);
		return;
	}
	if (device == NULL || strcmp(device, alias->name) != 0) {
		ifcfg_file_report(alias, IFCFG_WARNING, device != NULL ? "DEVICE" : NULL,
				  "Write DEVICE with the name of the file after ifcfg-",
				  "DEVICE of the alias is not %s, the alias is left out", alias->name);
		return;
	}
	if (!read_address(alias, "IPADDR", -1, &address.address)) {
		ifcfg_file_report(alias, IFCFG_WARNING, NULL, "Add IPADDR", "the alias has no address");
		return;
	}
	address.prefix = read_alias_prefix(ipv4, alias, address.address);
	if (alias->failed)
		return;
	add_address(ipv4, alias, "IPADDR", address);
	read_alias_default(ipv4, alias);
}

#define RANGE_MAX 1024

/* IPADDR_START to IPADDR_END, as eth0:0, eth0:1 … from CLONENUM_START on. */
static void
read_range(struct ipv4 *ipv4, struct ifcfg_file *range)
{
	const char *device = ifcfg_file_get(ipv4->file, "DEVICE");
	gint64 number = ifcfg_file_get_integer(range, "CLONENUM_START", 10, 0, G_MAXINT32, 0);
	struct address address = {0};
	guint32 first;
	guint32 last;

	if (!read_address(range, "IPADDR_START", -1, &first) || !read_address(range, "IPADDR_END", -1, &last) ||
	    ntohl(last) < ntohl(first) || ntohl(last) - ntohl(first) >= RANGE_MAX) {
		ifcfg_file_report(range, IFCFG_WARNING, NULL, "Write IPADDR_START and IPADDR_END, at most 1024 apart",
				  "the range of addresses cannot be read and is left out");
		return;
	}
	address.prefix = read_alias_prefix(ipv4, range, first);
	for (guint32 i = 0; i <= ntohl(last) - ntohl(first) && !range->failed; i++) {
		g_autofree char *label = g_strdup_printf("%s:%" G_GINT64_FORMAT, device, number + i);

		address.address = htonl(ntohl(first) + i);
		address.label = strlen(label) < LABEL_SIZE ? g_string_chunk_insert_const(ipv4->labels, label) : NULL;
		add_address(ipv4, range, "IPADDR_START", address);
	}
}

/* One that cannot be read is left out; the interface works without. */
static void
read_aliases(struct ipv4 *ipv4, const GPtrArray *aliases)
{
	for (guint i = 0; aliases != NULL && i < aliases->len; i++) {
		struct ifcfg_file *alias = aliases->pdata[i];

		if (strchr(alias->name, ':') != NULL)
			read_alias(ipv4, alias);
		else
			read_range(ipv4, alias);
	}
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
	read_host_name(ipv4);
	read_addresses(ipv4);
	report_gap(ipv4->file);
	choose_gateway(ipv4);
	if (strcmp(method, "shared") != 0) {
		ifcfg_dns_read(ipv4->file, AF_INET, ipv4->settings);
		read_domains(ipv4);
	}
	read_resolver_options(ipv4);
	read_dad_timeout(ipv4);
	if (strcmp(method, "link-local") == 0 && ipv4->addresses->len > 0)
		ifcfg_file_report(ipv4->file, IFCFG_FATAL, "BOOTPROTO", "Remove IPADDR, or write BOOTPROTO=none",
				  "BOOTPROTO=autoip goes with no address of your own");
	if (strcmp(method, "manual") == 0 && ipv4->addresses->len == 0 && !ipv4->file->failed)
		ifcfg_file_report(ipv4->file, IFCFG_FATAL, "PREFIX", "Add IPADDR or remove PREFIX and NETMASK",
				  "there is a prefix but no address");
}

/* DEFROUTE=no makes GATEWAY void. */
static void
finish_default_route(struct ipv4 *ipv4)
{
	if (!ipv4->never_default)
		return;
	ifcfg_settings_set(ipv4->settings, SECTION, "never-default", g_variant_new_boolean(TRUE));
	if (ipv4->gateway != 0)
		ifcfg_file_report(ipv4->file, IFCFG_WARNING, "GATEWAY", "Remove DEFROUTE=no or GATEWAY",
				  "GATEWAY has no effect, the default route is not for this interface");
	ipv4->gateway = 0;
}

void
ifcfg_ipv4_read(struct ifcfg_file *file, struct ifcfg_file *network, const GPtrArray *aliases,
		struct ifcfg_settings *settings)
{
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(struct address));
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	g_autoptr(GStringChunk) labels = g_string_chunk_new(256);
	struct ipv4 ipv4 = {.file = file,
			    .network = network,
			    .settings = settings,
			    .addresses = addresses,
			    .seen = seen,
			    .labels = labels};
	const char *method = read_method(file);

	set_empty(settings);
	read_default_route(&ipv4);
	ifcfg_variables_apply(file, settings, VARIABLE_OF_IPV4);
	if (strcmp(method, "disabled") != 0)
		read_enabled(&ipv4, method);
	read_aliases(&ipv4, aliases);
	if (strcmp(method, "disabled") == 0 && addresses->len > 0)
		method = "manual";
	finish_default_route(&ipv4);
	if (addresses->len > 0)
		set_addresses(&ipv4);
	set_labels(&ipv4);
	ifcfg_settings_set_string(settings, SECTION, "method", method);
}
