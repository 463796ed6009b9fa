/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "saved-bond.h"

#include "bond-options.h"

#include <string.h>

#define OPTION_PREFIX "option."

enum kind {
	KIND_TEXT, /* as it is */
	KIND_SWITCH,
	KIND_DELAY, /* counted in miimon */
};

/* The options that profiles have since 1.40. */
static const struct {
	const char *name;
	enum kind kind;
} options[] = {
    {"mode", KIND_TEXT},
    {"miimon", KIND_TEXT},
    {"updelay", KIND_DELAY},
    {"downdelay", KIND_DELAY},
    {"peer_notif_delay", KIND_DELAY},
    {"arp_interval", KIND_TEXT},
    {"arp_ip_target", KIND_TEXT},
    {"arp_validate", KIND_TEXT},
    {"arp_all_targets", KIND_TEXT},
    {"primary", KIND_TEXT},
    {"primary_reselect", KIND_TEXT},
    {"fail_over_mac", KIND_TEXT},
    {"use_carrier", KIND_SWITCH},
    {"ad_select", KIND_TEXT},
    {"xmit_hash_policy", KIND_TEXT},
    {"resend_igmp", KIND_TEXT},
    {"lacp_rate", KIND_TEXT},
    {"ad_actor_sys_prio", KIND_TEXT},
    {"ad_actor_system", KIND_TEXT},
    {"ad_user_port_key", KIND_TEXT},
    {"all_slaves_active", KIND_SWITCH},
    {"min_links", KIND_TEXT},
    {"num_grat_arp", KIND_TEXT},
    {"packets_per_slave", KIND_TEXT},
    {"tlb_dynamic_lb", KIND_SWITCH},
    {"lp_interval", KIND_TEXT},
};

/* Groups of bonds are "bond 0", those of their ports "bond 0 port 0". */
static gboolean
is_bond(GKeyFile *file, const char *group, const char *name)
{
	g_autofree char *value = NULL;

	if (!g_str_has_prefix(group, "bond ") || strstr(group, " port ") != NULL)
		return FALSE;
	value = g_key_file_get_string(file, group, "name", NULL);
	return g_strcmp0(value, name) == 0;
}

/* (transfer full) (nullable): the group of a bond */
static char *
find_bond(GKeyFile *file, const char *state, const char *name)
{
	g_auto(GStrv) groups = NULL;

	if (!g_key_file_load_from_file(file, state, G_KEY_FILE_NONE, NULL))
		return NULL;
	groups = g_key_file_get_groups(file, NULL);
	for (guint i = 0; groups[i] != NULL; i++) {
		if (is_bond(file, groups[i], name))
			return g_strdup(groups[i]);
	}
	return NULL;
}

gboolean
saved_bond_exists(const char *state, const char *name)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *group = find_bond(file, state, name);

	return group != NULL;
}

/* (transfer full): a value as profiles have it */
static char *
profile_value(enum kind kind, const char *value, guint64 miimon)
{
	guint64 count;

	switch (kind) {
	case KIND_SWITCH:
		return g_strdup(g_str_equal(value, "on") ? "1" : "0");
	case KIND_DELAY:
		if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT32, &count, NULL))
			return g_strdup("0");
		return g_strdup_printf("%" G_GUINT64_FORMAT, MIN(count * miimon, G_MAXINT32));
	case KIND_TEXT:
		break;
	}
	return g_strdup(value);
}

GHashTable *
saved_bond_options(const char *state, const char *name)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *group = find_bond(file, state, name);
	GHashTable *table;
	guint64 miimon;

	if (group == NULL)
		return NULL;
	miimon = g_key_file_get_uint64(file, group, OPTION_PREFIX "miimon", NULL);
	miimon = MIN(miimon, G_MAXINT32);
	table = bond_options_new();
	for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
		g_autofree char *key = g_strconcat(OPTION_PREFIX, options[i].name, NULL);
		g_autofree char *value = g_key_file_get_string(file, group, key, NULL);

		if (value != NULL)
			g_hash_table_insert(table, g_strdup(options[i].name),
					    profile_value(options[i].kind, value, miimon));
	}
	/* bondd does not name what is 0 without being asked; NetworkManager would think of its own default. */
	if (miimon == 0 && !g_hash_table_contains(table, "arp_interval"))
		g_hash_table_insert(table, g_strdup("miimon"), g_strdup("0"));
	return table;
}
