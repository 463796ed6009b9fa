/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options of one bond, from BONDING_OPTS and from modprobe.d, checked as NetworkManager's bond setting checks them.
 * Options that the kernel has and NetworkManager's setting has not are kept beside: bondd can apply them.
 */
#pragma once

#include "diagnostics.h"

G_BEGIN_DECLS

struct bonding_opts;

enum bonding_opts_origin {
	BONDING_OPTS_MODULE, /* modprobe.d: the weaker one, and never a reason to refuse a profile */
	BONDING_OPTS_FILE,   /* BONDING_OPTS */
};

struct bonding_opts *bonding_opts_new(GPtrArray *diagnostics);
void bonding_opts_free(struct bonding_opts *opts);

/**
 * bonding_opts_add:
 * @place: where it stands, for reports
 *
 * Adds one option. A bad one is reported and left out. A later one replaces an earlier one of the same origin;
 * BONDING_OPTS replaces modprobe.d.
 */
void bonding_opts_add(struct bonding_opts *opts, enum bonding_opts_origin origin, const struct ifcfg_place *place,
		      const char *name, const char *value);

/**
 * bonding_opts_add_text:
 * @text: value of BONDING_OPTS: `name=value` items with blanks between them
 */
void bonding_opts_add_text(struct bonding_opts *opts, const struct ifcfg_place *place, const char *text);

/**
 * bonding_opts_finish:
 * @place: of the bond, for what no single option is to blame
 *
 * Checks the options against each other, names the mode and leaves out what the mode does not have. What
 * contradicts itself within BONDING_OPTS is fatal, as it is for NetworkManager.
 *
 * Returns: %FALSE if the bond cannot be used
 */
gboolean bonding_opts_finish(struct bonding_opts *opts, const struct ifcfg_place *place);

/**
 * bonding_opts_get:
 *
 * Returns: (nullable) (transfer none)
 */
const char *bonding_opts_get(const struct bonding_opts *opts, const char *name);

/**
 * bonding_opts_to_variant:
 *
 * Returns: (transfer floating): a{ss} of what NetworkManager's setting has
 */
GVariant *bonding_opts_to_variant(const struct bonding_opts *opts);

/**
 * bonding_opts_extra_to_variant:
 *
 * Returns: (transfer floating): a{ss} of options that only the kernel and bondd have
 */
GVariant *bonding_opts_extra_to_variant(const struct bonding_opts *opts);

/* Whether only the kernel and bondd have the option. */
gboolean bonding_opts_is_extra(const char *name);

G_END_DECLS
