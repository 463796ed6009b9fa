/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel's module does around its bonds: module parameters and the set of bond names
 * (/sys/class/net/bonding_masters).
 */
#pragma once

#include "bond.h"

G_BEGIN_DECLS

/* Result of module parameters: what each of max_bonds bonds starts with. */
struct bond_module {
	struct bond_params params;
	int max_bonds;
};

/**
 * bond_module_parse:
 * @params: pairs as modprobe and modprobe.d have them, "name=value", NULL terminated
 * @module: (out): the values of each new bond
 * @warnings: (out) (transfer full) (element-type utf8): what was repaired, in the kernel's words, never %NULL
 * @error: BOND_ERROR with the errno that loading fails with
 *
 * bond_check_params(): names and enums must be right, numbers out of range are repaired with a warning, miimon
 * wins over arp_interval (kernel-semantics 11, 93).
 */
gboolean bond_module_parse(const char *const *params, struct bond_module *module, GPtrArray **warnings, GError **error);

/**
 * bond_new_with_params:
 *
 * As bond_new(), with a module's values instead of the defaults.
 */
struct bond *bond_new_with_params(const char *name, const struct bond_ops *ops, void *user,
				  const struct bond_mac *random_mac, const struct bond_params *params);

/**
 * bond_masters_check:
 * @text: what was written to bonding_masters: "+name" or "-name"
 * @existing: names of bonds (and of other interfaces), NULL terminated
 * @create: (out): whether to create or to delete
 * @name: (out) (transfer full)
 * @error: BOND_ERROR: EEXIST, ENODEV, EPERM as bonding_store_bonds()
 */
gboolean bond_masters_check(const char *text, const char *const *existing, gboolean *create, char **name,
			    GError **error);

G_END_DECLS
