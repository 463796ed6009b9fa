/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond without a world, to try settings on before anything real is touched.
 */
#pragma once

#include "engine/bond.h"

G_BEGIN_DECLS

/**
 * bond_trial_new:
 *
 * Returns: (transfer full): a bond that is down, without ports, whose operations do nothing; for bond_free().
 */
struct bond *bond_trial_new(const char *name);

/**
 * bond_trial_difference:
 * @wanted: usually a trial
 * @rebuild: (out): some of it can only be changed while the bond is down or has no ports
 *
 * Returns: (transfer floating): a{ss}: the options of @wanted that have another value in @bond. What is state rather
 * than setting (active_slave) is left out, and so is what the mode of @wanted does not take.
 */
GVariant *bond_trial_difference(const struct bond *bond, const struct bond *wanted, gboolean *rebuild);

G_END_DECLS
