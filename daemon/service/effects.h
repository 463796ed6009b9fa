/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a change of options would do, by doing it to a copy of the bond: CheckOptions() of org.example.Bond.
 */
#pragma once

#include "engine/bond.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define EFFECTS_SAMPLE_FLOWS 1024

/**
 * effects_of_options:
 * @settings: pairs, as for bond_set_options()
 * @error: BOND_ERROR: the change would be refused
 *
 * Two copies of the bond live through the next second, one with the change and one without; the differences are the
 * effects.
 *
 * Returns: (transfer floating): aa{sv}, or %NULL.
 */
GVariant *effects_of_options(const struct bond *bond, const char *const *settings, bond_time now, GError **error);

G_END_DECLS
