/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"

#include <arpa/inet.h>
#include <string.h>

#define NAME_MAX_LENGTH 15 /* IFNAMSIZ less the end mark */
#define MAC_LENGTH	6

gboolean
ifcfg_is_interface_name(const char *text)
{
	static const char *const reserved[] = {".", "..", "all", "default", "bonding_masters"};

	if (text[0] == '\0' || strlen(text) > NAME_MAX_LENGTH)
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(reserved); i++) {
		if (strcmp(text, reserved[i]) == 0)
			return FALSE;
	}
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '/' || *c == ':' || g_ascii_isspace(*c))
			return FALSE;
	}
	return TRUE;
}

gboolean
ifcfg_parse_mac(const char *text, guint8 *mac)
{
	for (int i = 0; i < MAC_LENGTH; i++) {
		int value = g_ascii_xdigit_value(*text++);
		int low = value >= 0 ? g_ascii_xdigit_value(*text) : -1;

		if (value < 0)
			return FALSE;
		if (low >= 0) {
			value = value << 4 | low;
			text++;
		}
		if (mac != NULL)
			mac[i] = value;
		if (i + 1 < MAC_LENGTH && *text != ':' && *text != '-')
			return FALSE;
		text += i + 1 < MAC_LENGTH;
	}
	return *text == '\0';
}

gboolean
ifcfg_is_ip_list(const char *text, int family)
{
	g_auto(GStrv) items = g_strsplit(text, ",", -1);
	guint n = 0;

	for (char **item = items; *item != NULL; item++) {
		guint8 address[16];

		g_strstrip(*item);
		if (**item == '\0')
			continue;
		if (inet_pton(family, *item, address) != 1)
			return FALSE;
		n++;
	}
	return n > 0;
}
