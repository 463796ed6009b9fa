/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ethernet.h"

#include "check.h"
#include "ethtool.h"
#include "words.h"

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

/* Access points and the like that the profile is not for. */
static void
read_excluded(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	const char *value = ifcfg_file_get(file, "HWADDR_BLACKLIST");
	g_auto(GStrv) words = ifcfg_split_words(value != NULL ? value : "");
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_auto(GStrv) valid = NULL;

	for (char **word = words; *word != NULL; word++) {
		if (ifcfg_parse_mac(*word, NULL))
			g_strv_builder_add(builder, *word);
		else
			ifcfg_file_report(file, IFCFG_WARNING, "HWADDR_BLACKLIST", "Correct or remove it",
					  "%s is no hardware address and is left out", *word);
	}
	valid = g_strv_builder_end(builder);
	ifcfg_settings_set(settings, SECTION, "mac-address-blacklist",
			   g_variant_new_strv((const char *const *) valid, -1));
}

static const char *const s390_options[] = {"bridge_role",
					   "broadcast_mode",
					   "buffer_count",
					   "canonical_macaddr",
					   "checksumming",
					   "ctcprot",
					   "fake_broadcast",
					   "inter",
					   "inter_jumbo",
					   "ipato_add4",
					   "ipato_add6",
					   "ipato_enable",
					   "ipato_invert4",
					   "ipato_invert6",
					   "isolation",
					   "lancmd_timeout",
					   "large_send",
					   "layer2",
					   "portname",
					   "portno",
					   "priority_queueing",
					   "protocol",
					   "route4",
					   "route6",
					   "rxip_add4",
					   "rxip_add6",
					   "sniffer",
					   "total",
					   "vipa_add4",
					   "vipa_add6",
					   NULL};

/* Options of the mainframe's devices. */
static GVariant *
read_s390_options(struct ifcfg_file *file)
{
	static const char *const names[] = {"PORTNAME", "CTCPROT"};
	const char *text = ifcfg_file_get(file, "OPTIONS");
	g_auto(GStrv) items = ifcfg_split_escaped(text != NULL ? text : "", " \t");
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *value = ifcfg_file_get(file, names[i]);
		g_autofree char *name = g_ascii_strdown(names[i], -1);

		if (value != NULL)
			g_variant_builder_add(&builder, "{ss}", name, value);
	}
	for (char **item = items; *item != NULL; item++) {
		char *equals = strchr(*item, '=');

		if (equals == NULL || equals == *item) {
			ifcfg_file_report(file, IFCFG_WARNING, "OPTIONS", "Write name=value",
					  "the item %s of OPTIONS is not name=value and is left out", *item);
			continue;
		}
		*equals = '\0';
		if (!g_strv_contains(s390_options, *item))
			ifcfg_file_report(file, IFCFG_FATAL, "OPTIONS", "Remove it", "there is no option %s", *item);
		g_variant_builder_add(&builder, "{ss}", *item, equals + 1);
	}
	return g_variant_builder_end(&builder);
}

static void
read_s390(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	static const char *const types[] = {"qeth", "lcs", "ctc", NULL};
	const char *type = ifcfg_file_get(file, "NETTYPE");
	const char *text = ifcfg_file_get(file, "SUBCHANNELS");
	g_auto(GStrv) channels = g_strsplit(text != NULL ? text : "", ",", -1);
	guint n = g_strv_length(channels);

	ifcfg_settings_set(settings, SECTION, "s390-options", read_s390_options(file));
	if (type != NULL && g_strv_contains(types, type))
		ifcfg_settings_set_string(settings, SECTION, "s390-nettype", type);
	else if (type != NULL)
		ifcfg_file_report(file, IFCFG_WARNING, "NETTYPE", "Write qeth, lcs or ctc", "there is no NETTYPE %s",
				  type);
	if (text != NULL && (n == 2 || n == 3))
		ifcfg_settings_set(settings, SECTION, "s390-subchannels",
				   g_variant_new_strv((const char *const *) channels, -1));
	else if (text != NULL)
		ifcfg_file_report(file, IFCFG_WARNING, "SUBCHANNELS", "Write two or three, with commas between them",
				  "SUBCHANNELS has %u channels and is ignored", n);
}

/* Which bits of a random address are taken from which addresses. */
static void
read_mask(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	const char *mask = ifcfg_file_get(file, "GENERATE_MAC_ADDRESS_MASK");
	g_auto(GStrv) words = ifcfg_split_words(mask != NULL ? mask : "");

	if (mask == NULL)
		return;
	ifcfg_settings_set_string(settings, SECTION, "generate-mac-address-mask", mask);
	for (char **word = words; *word != NULL; word++) {
		if (!ifcfg_parse_mac(*word, NULL))
			ifcfg_file_report(file, IFCFG_FATAL, "GENERATE_MAC_ADDRESS_MASK",
					  "Write addresses with blanks between them", "%s is no hardware address",
					  *word);
	}
}

static void
check_key_management(struct ifcfg_file *file)
{
	const char *value = ifcfg_file_get(file, "KEY_MGMT");

	if (value == NULL)
		return;
	if (strcmp(value, "IEEE8021X") == 0)
		ifcfg_file_report(file, IFCFG_WARNING, "KEY_MGMT", "Set up 802.1X by other means",
				  "authentication by 802.1X is not handled");
	else
		ifcfg_file_report(file, IFCFG_FATAL, "KEY_MGMT", "Remove the line", "there is no KEY_MGMT %s for wires",
				  value);
}

static gboolean
is_wanted(struct ifcfg_file *file)
{
	static const char *const names[] = {"MTU",     "HWADDR",  "SUBCHANNELS", "PORTNAME",
					    "CTCPROT", "NETTYPE", "OPTIONS",	 "KEY_MGMT"};
	static const char *const filled[] = {"MACADDR", "HWADDR_BLACKLIST", "GENERATE_MAC_ADDRESS_MASK"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (g_hash_table_contains(file->by_name, names[i]))
			return TRUE;
	}
	for (guint i = 0; i < G_N_ELEMENTS(filled); i++) {
		if (ifcfg_file_get(file, filled[i]) != NULL)
			return TRUE;
	}
	return ifcfg_file_get_boolean(file, "ACCEPT_ALL_MAC_ADDRESSES", -1) >= 0 || ifcfg_ethtool_is_set(file);
}

void
ifcfg_ethernet_read(struct ifcfg_file *file, struct ifcfg_settings *settings, gboolean always)
{
	int accept_all = ifcfg_file_get_boolean(file, "ACCEPT_ALL_MAC_ADDRESSES", -1);
	GVariant *mac;

	if (!always && !is_wanted(file))
		return;
	ifcfg_settings_set(settings, SECTION, "auto-negotiate", g_variant_new_boolean(FALSE));
	read_excluded(file, settings);
	read_s390(file, settings);
	read_mtu(file, settings);
	mac = read_mac(file, "HWADDR");
	if (mac != NULL)
		ifcfg_settings_set(settings, SECTION, "mac-address", mac);
	read_cloned_mac(file, settings);
	read_mask(file, settings);
	if (accept_all >= 0)
		ifcfg_settings_set(settings, SECTION, "accept-all-mac-addresses", g_variant_new_int32(accept_all));
	check_key_management(file);
	ifcfg_ethtool_read(file, settings);
}
