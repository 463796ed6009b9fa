/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vlan.h"

#include <string.h>

#define SECTION	    "vlan"
#define ID_MAX	    4095
#define NAME_PREFIX "vlan"

/* enum NMVlanFlags */
#define FLAG_REORDER_HEADERS 1
#define FLAG_GVRP	     2
#define FLAG_MVRP	     8

/* The number in a name: after the last dot, or after "vlan". */
static const char *
number_in(const char *device)
{
	const char *dot = strrchr(device, '.');

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
	if (text != NULL && ifcfg_parse_integer(text, 10, 0, ID_MAX, &id))
		ifcfg_settings_set(settings, SECTION, "id", g_variant_new_uint32(id));
	else
		ifcfg_file_report(file, IFCFG_FATAL, "VLAN_ID", "Add VLAN_ID with a number from 0 to 4095",
				  "the VLAN has no valid number");
}

static void
set_parent(struct ifcfg_file *file, const char *device, struct ifcfg_settings *settings)
{
	const char *parent = ifcfg_file_get(file, "PHYSDEV");
	const char *dot = device != NULL ? strrchr(device, '.') : NULL;
	g_autofree char *from_name = dot != NULL && dot != device ? g_strndup(device, dot - device) : NULL;

	if (parent == NULL)
		parent = from_name;
	if (parent != NULL)
		ifcfg_settings_set_string(settings, SECTION, "parent", parent);
	else
		ifcfg_file_report(file, IFCFG_FATAL, "DEVICE", "Add PHYSDEV=NAME",
				  "the VLAN has no interface below it");
}

static guint32
read_flags(struct ifcfg_file *file)
{
	guint32 flags = 0;

	if (ifcfg_file_get_boolean(file, "REORDER_HDR", TRUE))
		flags |= FLAG_REORDER_HEADERS;
	if (ifcfg_file_get_boolean(file, "GVRP", FALSE))
		flags |= FLAG_GVRP;
	if (ifcfg_file_get_boolean(file, "MVRP", FALSE))
		flags |= FLAG_MVRP;
	return flags;
}

void
ifcfg_vlan_read(struct ifcfg_file *file, const char *device, struct ifcfg_settings *settings)
{
	set_id(file, device, settings);
	set_parent(file, device, settings);
	ifcfg_settings_set(settings, SECTION, "flags", g_variant_new_uint32(read_flags(file)));
	ifcfg_settings_set(settings, SECTION, "egress-priority-map", g_variant_new("as", NULL));
	ifcfg_settings_set(settings, SECTION, "ingress-priority-map", g_variant_new("as", NULL));
	if (device != NULL)
		ifcfg_settings_set_string(settings, SECTION, "interface-name", device);
}
