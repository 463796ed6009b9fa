/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ethernet.h"

#include "check.h"

#include <string.h>

#define SECTION	   "802-3-ethernet"
#define MTU_MAX	   65535
#define MAC_LENGTH 6

static void
read_mtu(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	gint64 mtu = ifcfg_file_get_integer(file, "MTU", 0, 0, MTU_MAX, 0);

	if (mtu > 0)
		ifcfg_settings_set(settings, SECTION, "mtu", g_variant_new_uint32(mtu));
}

static GVariant *
read_mac(struct ifcfg_file *file, const char *variable)
{
	const char *value = ifcfg_file_get(file, variable);
	g_autofree char *clean = value != NULL ? g_strstrip(g_strdup(value)) : NULL;
	guint8 mac[MAC_LENGTH];

	if (clean == NULL)
		return NULL;
	if (ifcfg_parse_mac(clean, mac))
		return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, mac, MAC_LENGTH, 1);
	ifcfg_file_report(file, IFCFG_FATAL, variable, "Write six bytes such as 02:00:00:00:00:01",
			  "%s is no hardware address", variable);
	return NULL;
}

/* The address to have. Besides a real one there are words for how to make one. */
static void
read_cloned_mac(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	static const char *const words[] = {"preserve", "permanent", "random", "stable", NULL};
	const char *value = ifcfg_file_get(file, "MACADDR");
	GVariant *mac;

	if (value == NULL)
		return;
	if (g_strv_contains(words, value)) {
		ifcfg_settings_set_string(settings, SECTION, "assigned-mac-address", value);
		return;
	}
	mac = read_mac(file, "MACADDR");
	if (mac == NULL)
		return;
	ifcfg_settings_set(settings, SECTION, "cloned-mac-address", mac);
	ifcfg_settings_set_string(settings, SECTION, "assigned-mac-address", value);
}

static void
report_ethtool(struct ifcfg_file *file, const char *word)
{
	ifcfg_file_report(file, IFCFG_INFO, "ETHTOOL_OPTS", "Set it by other means if it is needed",
			  "%s of ETHTOOL_OPTS is not handled", word);
}

/* One of `speed 1000`, `duplex full`, `autoneg on`. */
static gboolean
read_ethtool_pair(struct ifcfg_settings *settings, const char *name, const char *value)
{
	gint64 speed;

	if (strcmp(name, "speed") == 0 && ifcfg_parse_integer(value, 10, 1, G_MAXUINT32, &speed))
		ifcfg_settings_set(settings, SECTION, "speed", g_variant_new_uint32(speed));
	else if (strcmp(name, "duplex") == 0 && (strcmp(value, "full") == 0 || strcmp(value, "half") == 0))
		ifcfg_settings_set_string(settings, SECTION, "duplex", value);
	else if (strcmp(name, "autoneg") == 0 && (strcmp(value, "on") == 0 || strcmp(value, "off") == 0))
		ifcfg_settings_set(settings, SECTION, "auto-negotiate",
				   g_variant_new_boolean(strcmp(value, "on") == 0));
	else
		return FALSE;
	return TRUE;
}

static void
read_ethtool_command(struct ifcfg_file *file, struct ifcfg_settings *settings, char **words)
{
	char **word = words;

	while (*word != NULL && **word == '\0')
		word++;
	if (*word != NULL && **word == '-') {
		report_ethtool(file, *word);
		return;
	}
	for (; *word != NULL; word++) {
		if (**word == '\0')
			continue;
		if (word[1] != NULL && read_ethtool_pair(settings, word[0], word[1]))
			word++;
		else
			report_ethtool(file, *word);
	}
}

static void
read_ethtool(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	const char *value = ifcfg_file_get(file, "ETHTOOL_OPTS");
	g_auto(GStrv) calls = g_strsplit(value != NULL ? value : "", ";", -1);

	for (char **call = calls; *call != NULL; call++) {
		g_auto(GStrv) words = g_strsplit_set(*call, " \t", -1);

		read_ethtool_command(file, settings, words);
	}
}

static gboolean
is_wanted(struct ifcfg_file *file)
{
	static const char *const names[] = {
	    "MTU",	    "HWADDR",	   "MACADDR",	       "ACCEPT_ALL_MAC_ADDRESSES",
	    "ETHTOOL_OPTS", "SUBCHANNELS", "PORTNAME",	       "CTCPROT",
	    "NETTYPE",	    "OPTIONS",	   "HWADDR_BLACKLIST", "GENERATE_MAC_ADDRESS_MASK"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (g_hash_table_contains(file->by_name, names[i]))
			return TRUE;
	}
	return FALSE;
}

void
ifcfg_ethernet_read(struct ifcfg_file *file, struct ifcfg_settings *settings, gboolean always)
{
	const char *mask = ifcfg_file_get(file, "GENERATE_MAC_ADDRESS_MASK");
	int accept_all = ifcfg_file_get_boolean(file, "ACCEPT_ALL_MAC_ADDRESSES", -1);
	GVariant *mac;

	if (!always && !is_wanted(file))
		return;
	ifcfg_settings_set(settings, SECTION, "auto-negotiate", g_variant_new_boolean(FALSE));
	ifcfg_settings_set(settings, SECTION, "mac-address-blacklist", g_variant_new("as", NULL));
	ifcfg_settings_set(settings, SECTION, "s390-options", g_variant_new("a{ss}", NULL));
	read_mtu(file, settings);
	mac = read_mac(file, "HWADDR");
	if (mac != NULL)
		ifcfg_settings_set(settings, SECTION, "mac-address", mac);
	read_cloned_mac(file, settings);
	if (mask != NULL)
		ifcfg_settings_set_string(settings, SECTION, "generate-mac-address-mask", mask);
	if (accept_all >= 0)
		ifcfg_settings_set(settings, SECTION, "accept-all-mac-addresses", g_variant_new_int32(accept_all));
	read_ethtool(file, settings);
}
