/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the options share among themselves.
 */
#pragma once

#include "bond-private.h"

G_BEGIN_DECLS

/* --- options.c --- */

/* A parameter as a number, by option; 0 for those that are no numbers. Delays in ticks, as they are kept. */
gint64 bond_params_get(const struct bond_params *params, enum bond_option_id id);
void bond_params_put(struct bond_params *params, enum bond_option_id id, gint64 value);

/* --- options-text.c --- */

/* A parameter as it is shown: delays in ms. */
gint64 bond_params_value(const struct bond_params *params, enum bond_option_id id);
/* All of these return a new string; NULL for what is no parameter of the bond (active_slave, slaves, …). */
char *bond_params_text(const struct bond_params *params, enum bond_option_id id);
char *bond_params_targets_text(const struct bond_params *params, enum bond_option_id id, const char *separator);
/* The ports by name; for an option of ports as "name:value". */
char *bond_ports_text(const struct bond *bond, enum bond_option_id id, const char *separator);
char *bond_mac_text(const struct bond_mac *mac);

/* --- options-apply.c --- */

/* One value that somebody wants to set. */
struct setting {
	const struct bond_option *option;
	const char *name; /* as it was called: option->name or ->alias */
	const char *text;
	gint64 value;		/* ENUM and NUMBER: @text as a number */
	struct bond_port *port; /* of an option of a port that came by netlink */
	enum bond_option_source source;
	bond_time now;
};

typedef gboolean (*option_apply_function)(struct bond *bond, const struct setting *s, GError **error);

/* The effect of an option; its checks are done. */
option_apply_function option_apply(enum bond_option_id id);
gboolean option_refuse_stranger(const struct bond *bond, const char *name, GError **error);
/* bond_is_ip_target_ok(); network order */
gboolean bond_arp_target_is_valid(guint32 ip);

/* --- options-set.c: each returns FALSE, with the kernel's words for @errnum in the error --- */

gboolean option_refuse(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);
gboolean option_refuse_value(const struct bond *bond, const struct setting *s, GError **error);
const char *option_extack(int errnum);

G_END_DECLS
