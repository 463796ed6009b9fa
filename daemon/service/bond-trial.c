/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bond-trial.h"

#include "option-values.h"

struct bond *
bond_trial_new(const char *name)
{
	static const struct bond_ops no_ops;
	static const struct bond_mac mac = {{0x02, 0, 0, 0, 0, 1}};

	return bond_new(name, &no_ops, NULL, &mac);
}

/* What the mode to come has no use for is refused there, and stays as it is without any effect. */
static gboolean
matters(const struct bond_option *option, const struct bond *wanted)
{
	g_autofree char *name = bond_get_option(wanted, "mode");
	gint64 mode;

	return option_is_setting(option) && bond_option_parse(&bond_option_table()[BOND_OPT_MODE], name, &mode) &&
	       (option->unsupported_modes & (1u << mode)) == 0;
}

GVariant *
bond_trial_difference(const struct bond *bond, const struct bond *wanted, gboolean *rebuild)
{
	const struct bond_option *table = bond_option_table();
	GVariantBuilder builder;

	*rebuild = FALSE;
	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		gboolean asked = matters(&table[i], wanted);
		g_autofree char *is = asked ? bond_get_option(bond, table[i].name) : NULL;
		g_autofree char *should = asked ? bond_get_option(wanted, table[i].name) : NULL;

		if (g_strcmp0(is, should) == 0)
			continue;
		g_variant_builder_add(&builder, "{ss}", table[i].name, should);
		if ((table[i].flags & (BOND_OPTFLAG_NOSLAVES | BOND_OPTFLAG_IFDOWN)) != 0)
			*rebuild = TRUE;
	}
	return g_variant_builder_end(&builder);
}
