/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bond-trial.h"

#include "engine/driver.h"

struct bond *
bond_trial_new(const char *name, const struct bond_params *params)
{
	static const struct bond_ops no_ops;
	static const struct bond_mac mac = {{0x02, 0, 0, 0, 0, 1}};

	if (params == NULL)
		return bond_new(name, &no_ops, NULL, &mac);
	return bond_new_with_params(name, &no_ops, NULL, &mac, params);
}

gboolean
bond_trial_check_built(const char *name, const struct bond_params *params, const char *const *settings, GError **error)
{
	struct bond *trial = bond_trial_new(name, params);
	gboolean built;

	/* One by one: what is refused here is refused, with its reason, on the bond itself. */
	for (guint i = 0; settings[i] != NULL; i += 2)
		bond_set_option(trial, settings[i], settings[i + 1], BOND_SOURCE_NETLINK, 0, NULL);
	built = bond_check_built(trial, error);
	bond_free(trial, 0);
	return built;
}

static gboolean
is_setting(const struct bond_option *option)
{
	return (option->flags & BOND_OPTFLAG_PORT) == 0 && option->type != BOND_OPTION_PORT_VALUE &&
	       option->type != BOND_OPTION_PORTS && option->id != BOND_OPT_ACTIVE_SLAVE;
}

GVariant *
bond_trial_difference(const struct bond *bond, const struct bond *wanted, gboolean *rebuild)
{
	const struct bond_option *table = bond_option_table();
	GVariantBuilder builder;

	*rebuild = FALSE;
	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		g_autofree char *is = is_setting(&table[i]) ? bond_get_option(bond, table[i].name) : NULL;
		g_autofree char *should = is_setting(&table[i]) ? bond_get_option(wanted, table[i].name) : NULL;

		if (g_strcmp0(is, should) == 0)
			continue;
		g_variant_builder_add(&builder, "{ss}", table[i].name, should);
		if ((table[i].flags & (BOND_OPTFLAG_NOSLAVES | BOND_OPTFLAG_IFDOWN)) != 0)
			*rebuild = TRUE;
	}
	return g_variant_builder_end(&builder);
}
