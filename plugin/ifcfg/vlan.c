/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vlan.h"

#include <string.h>

#define SECTION	    "vlan"
#define ID_MAX	    4094
#define NAME_PREFIX "vlan"

/* enum NMVlanFlags */
#define FLAG_REORDER_HEADERS 1
#define FLAG_GVRP	     2
#define FLAG_LOOSE_BINDING   4
#define FLAG_MVRP	     8

#define PRIORITY_MAX 7

/* The number in a name: after the first dot, or after "vlan". */
static const char *
number_in(const char *device)
{
	const char *dot = strchr(device, '.');

	if (dot != NULL)
		return dot + 1;
	return g_str_has_prefix(device, NAME_PREFIX) ? device + strlen(NAME_PREFIX) : NULL;
}

static void
set_id(struct ifcfg_file *file, const char *device, struct ifcfg_settings *settings)
{
	const char *text = ifcfg_file_get(file, "VLAN_ID");
	gint64 id;

	if (text == NULL && device != NULL)
		text = number_in(device);
	if (text == NULL || !ifcfg_parse_integer(text, 10, 0, ID_MAX, &id))
		ifcfg_file_report(file, IFCFG_FATAL, "VLAN_ID", "Add VLAN_ID with a number from 1 to 4094",
				  "the VLAN has no valid number");
	else if (id > 0)
		ifcfg_settings_set(settings, SECTION, "id", g_variant_new_uint32(id));
}

/* What stands before the dot in a name, unless that is "vlan5". */
static char *
parent_in(const char *device)
{
	const char *dot = device != NULL ? strchr(device, '.') : NULL;

	if (dot == NULL || dot == device || g_str_has_prefix(device, NAME_PREFIX))
		return NULL;
	return g_strndup(device, dot - device);
}

static void
set_parent(struct ifcfg_file *file, const char *device, struct ifcfg_settings *settings)
{
	const char *parent = ifcfg_file_get(file, "PHYSDEV");
	g_autofree char *from_name = parent_in(device);

	if (parent == NULL)
		parent = from_name;
	if (parent != NULL)
		ifcfg_settings_set_string(settings, SECTION, "parent", parent);
	else
		ifcfg_file_report(file, IFCFG_FATAL, "DEVICE", "Add PHYSDEV=NAME",
				  "the VLAN has no interface below it");
}

/* NetworkManager does not obey REORDER_HDR, but its own word for it. */
static void
check_reordering(struct ifcfg_file *file, guint32 flags)
{
	int reorder = ifcfg_file_get_boolean(file, "REORDER_HDR", -1);

	if (reorder >= 0 && reorder != ((flags & FLAG_REORDER_HEADERS) != 0))
		ifcfg_file_report(file, IFCFG_WARNING, "REORDER_HDR", "Write VLAN_FLAGS=NO_REORDER_HDR instead",
				  "REORDER_HDR has no effect");
}

static guint32
read_flags(struct ifcfg_file *file)
{
	const char *text = ifcfg_file_get(file, "VLAN_FLAGS");
	g_auto(GStrv) words = g_strsplit_set(text != NULL ? text : "", ", ", -1);
	int gvrp = ifcfg_file_get_boolean(file, "GVRP", -1);
	guint32 flags = FLAG_REORDER_HEADERS | (gvrp > 0 ? FLAG_GVRP : 0);

	for (char **word = words; *word != NULL; word++) {
		if (strcmp(*word, "GVRP") == 0)
			flags |= gvrp < 0 ? FLAG_GVRP : 0;
		else if (strcmp(*word, "LOOSE_BINDING") == 0)
			flags |= FLAG_LOOSE_BINDING;
		else if (strcmp(*word, "NO_REORDER_HDR") == 0)
			flags &= ~FLAG_REORDER_HEADERS;
		else if (**word != '\0')
			ifcfg_file_report(file, IFCFG_WARNING, "VLAN_FLAGS", "Correct or remove it",
					  "there is no flag %s, it is left out", *word);
	}
	check_reordering(file, flags);
	if (ifcfg_file_get_boolean(file, "MVRP", FALSE))
		flags |= FLAG_MVRP;
	return flags;
}

static int
compare_from(gconstpointer a, gconstpointer b)
{
	guint64 left = g_ascii_strtoull(*(const char *const *) a, NULL, 10);
	guint64 right = g_ascii_strtoull(*(const char *const *) b, NULL, 10);

	return (left > right) - (left < right);
}

/* FROM:TO with the limits of the direction; the number alone, without zeros before it. */
static char *
parse_priority(const char *text, gboolean ingress)
{
	const char *colon = strchr(text, ':');
	g_autofree char *left = colon != NULL ? g_strndup(text, colon - text) : g_strdup("");
	guint64 from;
	guint64 to;

	if (colon == NULL ||
	    !g_ascii_string_to_unsigned(left, 10, 0, ingress ? PRIORITY_MAX : G_MAXUINT32, &from, NULL) ||
	    !g_ascii_string_to_unsigned(colon + 1, 10, 0, ingress ? G_MAXUINT32 : PRIORITY_MAX, &to, NULL))
		return NULL;
	return g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, from, to);
}

static void
set_priorities(struct ifcfg_file *file, const char *variable, const char *property, gboolean ingress,
	       struct ifcfg_settings *settings)
{
	const char *text = ifcfg_file_get(file, variable);
	g_auto(GStrv) items = g_strsplit(text != NULL ? text : "", ",", -1);
	g_autoptr(GPtrArray) valid = g_ptr_array_new_with_free_func(g_free);

	for (char **item = items; *item != NULL; item++) {
		char *entry = parse_priority(*item, ingress);

		if (entry != NULL)
			g_ptr_array_add(valid, entry);
		else if (**item != '\0')
			ifcfg_file_report(file, IFCFG_WARNING, variable, "Write FROM:TO, with commas between them",
					  "%s is no pair of priorities and is left out", *item);
	}
	g_ptr_array_sort(valid, compare_from);
	ifcfg_settings_set(settings, SECTION, property,
			   g_variant_new_strv((const char *const *) valid->pdata, valid->len));
}

static void
set_protocol(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	static const char *const protocols[] = {"802.1Q", "802.1ad", NULL};
	const char *protocol = ifcfg_file_get(file, "VLAN_PROTOCOL");

	if (protocol == NULL)
		return;
	ifcfg_settings_set_string(settings, SECTION, "protocol", protocol);
	if (!g_strv_contains(protocols, protocol))
		ifcfg_file_report(file, IFCFG_FATAL, "VLAN_PROTOCOL", "Write 802.1Q or 802.1ad",
				  "there is no such protocol");
}

void
ifcfg_vlan_read(struct ifcfg_file *file, const char *device, struct ifcfg_settings *settings)
{
	set_id(file, device, settings);
	set_parent(file, device, settings);
	set_protocol(file, settings);
	ifcfg_settings_set(settings, SECTION, "flags", g_variant_new_uint32(read_flags(file)));
	set_priorities(file, "VLAN_EGRESS_PRIORITY_MAP", "egress-priority-map", FALSE, settings);
	set_priorities(file, "VLAN_INGRESS_PRIORITY_MAP", "ingress-priority-map", TRUE, settings);
	if (device != NULL)
		ifcfg_settings_set_string(settings, SECTION, "interface-name", device);
}
