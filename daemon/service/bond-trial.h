/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond without a world, to try settings on before anything real is touched.
 */
#pragma once

#include "engine/bond.h"

G_BEGIN_DECLS

/**
 * bond_trial_new:
 * @params: (nullable): what it starts with; %NULL for the defaults
 *
 * Returns: (transfer full): a bond that is down, without ports, whose operations do nothing; for bond_free().
 */
struct bond *bond_trial_new(const char *name, const struct bond_params *params);

/**
 * bond_trial_check_built:
 * @params: of a bond
 * @settings: pairs "name", "value", NULL terminated
 * @error: BOND_ERROR, ENOTSUP
 *
 * Whether all of it would be built after a change. What is wrong with a setting otherwise is not looked at.
 */
gboolean bond_trial_check_built(const char *name, const struct bond_params *params, const char *const *settings,
				GError **error);

/**
 * bond_trial_difference:
 * @wanted: usually a trial
 * @rebuild: (out): some of it can only be changed while the bond is down or has no ports
 *
 * Returns: (transfer floating): a{ss}: the options of @wanted that have another value in @bond. What is state rather
 * than setting (active_slave) is left out.
 */
GVariant *bond_trial_difference(const struct bond *bond, const struct bond *wanted, gboolean *rebuild);

G_END_DECLS
