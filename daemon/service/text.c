/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

const char *
text_of_mac(const struct bond_mac *mac, char *text)
{
	g_snprintf(text, TEXT_MAC_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac->b[0], mac->b[1], mac->b[2], mac->b[3],
		   mac->b[4], mac->b[5]);
	return text;
}

const char *
text_of_duplex(enum bond_duplex duplex)
{
	switch (duplex) {
	case BOND_DUPLEX_HALF:
		return "half";
	case BOND_DUPLEX_FULL:
		return "full";
	default:
		return "unknown";
	}
}

const char *
text_of_name(const char *raw, char *name)
{
	const char *bad;

	g_strlcpy(name, raw, BOND_NAME_SIZE);
	while (!g_utf8_validate(name, -1, &bad))
		name[bad - name] = '?';
	return name;
}

gboolean
text_to_mac(const char *text, struct bond_mac *mac)
{
	struct bond_mac result;

	if (strlen(text) != TEXT_MAC_SIZE - 1)
		return FALSE;
	for (guint i = 0; i < BOND_ETH_ALEN; i++) {
		int high = g_ascii_xdigit_value(text[3 * i]);
		int low = g_ascii_xdigit_value(text[3 * i + 1]);

		if (high < 0 || low < 0 || (i < BOND_ETH_ALEN - 1 && text[3 * i + 2] != ':'))
			return FALSE;
		result.b[i] = (guint8) (high << 4 | low);
	}
	*mac = result;
	return TRUE;
}
