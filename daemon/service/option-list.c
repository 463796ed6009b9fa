/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "option-list.h"

#include "engine/options.h"

static const char *const type_names[] = {
    [BOND_OPTION_ENUM] = "enum",
    [BOND_OPTION_NUMBER] = "number",
    [BOND_OPTION_IFNAME] = "interface",
    [BOND_OPTION_MAC] = "mac",
    [BOND_OPTION_IP4_LIST] = "ip4-list",
    [BOND_OPTION_IP6_LIST] = "ip6-list",
    [BOND_OPTION_PORT_VALUE] = "port-value",
    [BOND_OPTION_PORTS] = "ports",
};

static const struct {
	const char *key;
	guint flag;
} flag_keys[] = {
    {"port", BOND_OPTFLAG_PORT},     {"down", BOND_OPTFLAG_IFDOWN}, {"empty", BOND_OPTFLAG_NOSLAVES},
    {"module", BOND_OPTFLAG_MODULE}, {"sysfs", BOND_OPTFLAG_SYSFS}, {"netlink", BOND_OPTFLAG_NETLINK},
};

static void
add_string(GVariantBuilder *dict, const char *key, const char *value)
{
	g_variant_builder_add(dict, "{sv}", key, g_variant_new_string(value != NULL ? value : ""));
}

static char *
default_text(const struct bond_option *option)
{
	const char *name = NULL;

	if (option->type == BOND_OPTION_ENUM)
		name = bond_option_value_name(option->id, option->def);
	if (name != NULL)
		return g_strdup(name);
	if (option->type == BOND_OPTION_NUMBER)
		return g_strdup_printf("%" G_GINT64_FORMAT, option->def);
	return g_strdup("");
}

static void
add_values(GVariantBuilder *dict, const struct bond_option *option)
{
	GVariantBuilder values;

	if (option->type != BOND_OPTION_ENUM)
		return;
	g_variant_builder_init(&values, G_VARIANT_TYPE("as"));
	for (const struct bond_option_name *value = option->values; value->name != NULL; value++)
		g_variant_builder_add(&values, "s", value->name);
	g_variant_builder_add(dict, "{sv}", "values", g_variant_builder_end(&values));
}

static void
add_modes(GVariantBuilder *dict, const struct bond_option *option)
{
	GVariantBuilder modes;

	g_variant_builder_init(&modes, G_VARIANT_TYPE("as"));
	for (guint mode = 0; mode < BOND_N_MODES; mode++) {
		if ((option->unsupported_modes & (1u << mode)) == 0)
			g_variant_builder_add(&modes, "s", bond_option_value_name(BOND_OPT_MODE, mode));
	}
	g_variant_builder_add(dict, "{sv}", "modes", g_variant_builder_end(&modes));
}

static void
add_option(GVariantBuilder *list, const struct bond_option *option)
{
	g_autofree char *def = default_text(option);
	GVariantBuilder dict;

	g_variant_builder_init(&dict, G_VARIANT_TYPE("a{sv}"));
	add_string(&dict, "name", option->name);
	add_string(&dict, "alias", option->alias);
	add_string(&dict, "type", type_names[option->type]);
	add_string(&dict, "signature", option->dbus_type);
	add_string(&dict, "default", def);
	add_string(&dict, "unit", option->unit);
	add_string(&dict, "help", option->help);
	add_values(&dict, option);
	add_modes(&dict, option);
	if (option->type == BOND_OPTION_NUMBER) {
		g_variant_builder_add(&dict, "{sv}", "minimum", g_variant_new_int64(option->min));
		g_variant_builder_add(&dict, "{sv}", "maximum", g_variant_new_int64(option->max));
	}
	for (guint i = 0; i < G_N_ELEMENTS(flag_keys); i++)
		g_variant_builder_add(&dict, "{sv}", flag_keys[i].key,
				      g_variant_new_boolean((option->flags & flag_keys[i].flag) != 0));
	g_variant_builder_add_value(list, g_variant_builder_end(&dict));
}

GVariant *
option_list_variant(void)
{
	const struct bond_option *table = bond_option_table();
	GVariantBuilder list;

	g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
	for (guint i = 0; i < BOND_N_OPTIONS; i++)
		add_option(&list, &table[i]);
	return g_variant_builder_end(&list);
}
