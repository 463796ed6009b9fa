/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dns.h"

#include "words.h"

#include <arpa/inet.h>
#include <string.h>

#define NUMBER_MAX	   10000
#define ADDRESS_LENGTH_MAX 16

/* enum NMDhcpHostnameFlags */
#define FLAG_SERVER_UPDATES 1
#define FLAG_ENCODED	    2
#define FLAG_NO_UPDATE	    4
#define FLAG_CLEAR	    8
#define FLAGS_ALL	    15

struct servers {
	int family;
	GHashTable *seen; /* as text */
	GVariantBuilder data;
	GVariantBuilder legacy;
};

/* ADDRESS or ADDRESS#NAME, the name being that of its certificate. */
static gboolean
parse_server(int family, const char *text, guint8 *address)
{
	const char *name = strchr(text, '#');
	g_autofree char *host = name != NULL ? g_strndup(text, name - text) : g_strdup(text);

	return (name == NULL || name[1] != '\0') && inet_pton(family, host, address) == 1;
}

static void
add_server(struct servers *servers, const char *text, const guint8 *address)
{
	guint32 number;

	if (!g_hash_table_add(servers->seen, (char *) text))
		return;
	g_variant_builder_add(&servers->data, "s", text);
	if (servers->family == AF_INET6) {
		g_variant_builder_add_value(
		    &servers->legacy, g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, address, ADDRESS_LENGTH_MAX, 1));
		return;
	}
	memcpy(&number, address, sizeof(number));
	g_variant_builder_add(&servers->legacy, "u", number);
}

static void
read_server(struct servers *servers, struct ifcfg_file *file, const char *variable, const char *text)
{
	guint8 address[ADDRESS_LENGTH_MAX];
	int other = servers->family == AF_INET ? AF_INET6 : AF_INET;

	if (parse_server(servers->family, text, address)) {
		ifcfg_file_find(file, variable);
		add_server(servers, text, address);
	} else if (!parse_server(other, text, address)) {
		ifcfg_file_report(file, IFCFG_FATAL, variable, "Write an address such as 192.0.2.1 or 2001:db8::1",
				  "%s is no address of a name server", variable);
	}
}

/* DNS1 … until one is missing; what comes after is reported as without effect. */
static void
read_servers(struct servers *servers, struct ifcfg_file *file)
{
	for (int number = 1; number < NUMBER_MAX; number++) {
		char variable[16];
		const struct ifcfg_variable *found;

		g_snprintf(variable, sizeof(variable), "DNS%d", number);
		found = g_hash_table_lookup(file->by_name, variable);
		if (found == NULL || found->value[0] == '\0')
			return;
		read_server(servers, file, variable, found->value);
	}
}

void
ifcfg_dns_read(struct ifcfg_file *file, int family, struct ifcfg_settings *settings)
{
	const char *section = family == AF_INET ? "ipv4" : "ipv6";
	struct servers servers = {.family = family, .seen = g_hash_table_new(g_str_hash, g_str_equal)};

	g_variant_builder_init(&servers.data, G_VARIANT_TYPE_STRING_ARRAY);
	g_variant_builder_init(&servers.legacy, G_VARIANT_TYPE(family == AF_INET ? "au" : "aay"));
	read_servers(&servers, file);
	if (g_hash_table_size(servers.seen) > 0) {
		ifcfg_settings_set(settings, section, "dns-data", g_variant_builder_end(&servers.data));
		ifcfg_settings_set(settings, section, "dns", g_variant_builder_end(&servers.legacy));
	} else {
		g_variant_builder_clear(&servers.data);
		g_variant_builder_clear(&servers.legacy);
	}
	g_hash_table_unref(servers.seen);
}

static const char *
find_objection(guint32 flags, gboolean has_name, gboolean is_sent)
{
	if ((flags & ~FLAGS_ALL) != 0)
		return "there are no such flags";
	if (!is_sent)
		return "the flags have no meaning when no name is sent";
	if ((flags & FLAG_NO_UPDATE) != 0 && (flags & FLAG_SERVER_UPDATES) != 0)
		return "flags 1 and 4 exclude each other";
	if ((flags & FLAG_CLEAR) != 0 && (flags & (FLAGS_ALL & ~FLAG_CLEAR)) != 0)
		return "flag 8 excludes the others";
	return has_name ? NULL : "the flags need a full name";
}

void
ifcfg_dns_check_flags(struct ifcfg_file *file, struct ifcfg_settings *settings, const char *section, const char *name)
{
	GVariant *flags = ifcfg_settings_get(settings, section, "dhcp-hostname-flags");
	GVariant *sent = ifcfg_settings_get(settings, section, "dhcp-send-hostname");
	const char *variable = strcmp(section, "ipv4") == 0 ? "DHCP_HOSTNAME_FLAGS" : "DHCPV6_HOSTNAME_FLAGS";
	const char *objection;

	if (flags == NULL || g_variant_get_uint32(flags) == 0)
		return;
	objection = find_objection(g_variant_get_uint32(flags), ifcfg_settings_get(settings, section, name) != NULL,
				   sent == NULL || g_variant_get_boolean(sent));
	if (objection != NULL)
		ifcfg_file_report(file, IFCFG_FATAL, variable, "Remove the line or correct the number", "%s",
				  objection);
}

GStrv
ifcfg_dns_split_options(struct ifcfg_file *file, const char *variable, const char *text)
{
	g_auto(GStrv) words = ifcfg_split_unique(text);
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

	for (char **word = words; *word != NULL; word++) {
		const char *colon = strchr(*word, ':');
		gint64 number;

		if (colon == NULL || (colon != *word && ifcfg_parse_integer(colon + 1, 10, 0, G_MAXINT32, &number)))
			g_strv_builder_add(builder, *word);
		else
			ifcfg_file_report(file, IFCFG_WARNING, variable, "Write a number after the colon",
					  "%s is no option of the resolver and is left out", *word);
	}
	return g_strv_builder_end(builder);
}
