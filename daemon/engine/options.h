/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * THE option table. Parser, checks, sysfs text, D-Bus properties, bondctl's help and the tests are made from
 * it; nobody else knows an option's name, range, default or rule. Follows bond_options.c of Linux 6.12.
 */
#pragma once

#include "types.h"

G_BEGIN_DECLS

struct bond;
struct bond_port;

#define BOND_MAX_ARP_TARGETS 16
#define BOND_MAX_NS_TARGETS  16

#define BOND_DEFAULT_TX_QUEUES 16
#define BOND_DEFAULT_MIIMON    100 /* ms, where a mode needs link monitoring */

enum bond_option_id {
	BOND_OPT_MODE,
	BOND_OPT_PACKETS_PER_SLAVE,
	BOND_OPT_XMIT_HASH_POLICY,
	BOND_OPT_ARP_VALIDATE,
	BOND_OPT_ARP_ALL_TARGETS,
	BOND_OPT_FAIL_OVER_MAC,
	BOND_OPT_ARP_INTERVAL,
	BOND_OPT_ARP_IP_TARGET,
	BOND_OPT_NS_IP6_TARGET,
	BOND_OPT_ARP_MISSED_MAX,
	BOND_OPT_DOWNDELAY,
	BOND_OPT_UPDELAY,
	BOND_OPT_PEER_NOTIF_DELAY,
	BOND_OPT_LACP_RATE,
	BOND_OPT_LACP_ACTIVE,
	BOND_OPT_MIN_LINKS,
	BOND_OPT_AD_SELECT,
	BOND_OPT_NUM_PEER_NOTIF, /* num_grat_arp and num_unsol_na: one value, two names */
	BOND_OPT_MIIMON,
	BOND_OPT_PRIMARY,
	BOND_OPT_PRIMARY_RESELECT,
	BOND_OPT_USE_CARRIER,
	BOND_OPT_ACTIVE_SLAVE,
	BOND_OPT_QUEUE_ID,
	BOND_OPT_ALL_SLAVES_ACTIVE,
	BOND_OPT_RESEND_IGMP,
	BOND_OPT_LP_INTERVAL,
	BOND_OPT_SLAVES,
	BOND_OPT_TLB_DYNAMIC_LB,
	BOND_OPT_AD_ACTOR_SYS_PRIO,
	BOND_OPT_AD_ACTOR_SYSTEM,
	BOND_OPT_AD_USER_PORT_KEY,
	BOND_OPT_COUPLED_CONTROL,
	BOND_OPT_BROADCAST_NEIGHBOR, /* newer than 6.12 */
	BOND_OPT_LACP_STRICT,	     /* newer than 6.12 */
	BOND_OPT_PORT_PRIO,	     /* of a port; netlink "prio" */
	BOND_OPT_PORT_AD_ACTOR_PRIO, /* of a port; newer than 6.12 */
	BOND_N_OPTIONS,
};

enum bond_option_type {
	BOND_OPTION_ENUM,   /* a name or its number */
	BOND_OPTION_NUMBER, /* min..max */
	BOND_OPTION_IFNAME, /* an interface name, "" clears */
	BOND_OPTION_MAC,
	BOND_OPTION_IP4_LIST, /* sysfs: +a / -a; elsewhere a comma list */
	BOND_OPTION_IP6_LIST,
	BOND_OPTION_PORT_VALUE, /* "port:value" (queue_id) */
	BOND_OPTION_PORTS,	/* sysfs: +port / -port */
};

/* bond_option_flags of the kernel, and what we need beside them. */
enum bond_option_flags {
	BOND_OPTFLAG_NONE = 0,
	BOND_OPTFLAG_NOSLAVES = 1 << 0, /* ENOTEMPTY with ports */
	BOND_OPTFLAG_IFDOWN = 1 << 1,	/* EBUSY while the bond is up */
	BOND_OPTFLAG_MODULE = 1 << 2,	/* exists as a module parameter */
	BOND_OPTFLAG_SYSFS = 1 << 3,	/* exists as a sysfs attribute */
	BOND_OPTFLAG_PORT = 1 << 4,	/* set on a port, not on the bond */
	BOND_OPTFLAG_NETLINK = 1 << 5,	/* exists as a netlink attribute */
};

struct bond_option_name {
	const char *name;
	gint64 value;
};

struct bond_option {
	enum bond_option_id id;
	const char *name;
	const char *alias; /* second spelling (num_unsol_na), or NULL */
	enum bond_option_type type;
	guint flags;
	guint unsupported_modes; /* bit per enum bond_mode: EACCES there */
	gint64 min;
	gint64 max;
	gint64 def;
	/* Names, ended by a NULL name. ENUM: all its values. NUMBER: the kernel's words for some, or NULL. */
	const struct bond_option_name *values;
	const char *dbus_type; /* "s", "u", "b" (values are off and on), "as"; of a port's property: "q", "i" */
	const char *unit;      /* "ms", "s" or NULL */
	const char *help;      /* one sentence, for bondctl, D-Bus and the man page */
};

/* Where a setting comes from: the kernel's rules differ (see BOND_OPTFLAG_*, kernel-semantics B11). */
enum bond_option_source {
	BOND_SOURCE_NETLINK, /* also D-Bus and bondctl: lists replace, conflicts are errors */
	BOND_SOURCE_SYSFS,   /* lists change by +/-, miimon and arp_interval switch each other off */
};

/* All values of a bond, as the kernel's struct bond_params. Delays are counts of miimon ticks. */
struct bond_params {
	enum bond_mode mode;
	enum bond_hash_policy xmit_policy;
	int miimon;  /* ms */
	int updelay; /* ticks of miimon */
	int downdelay;
	int peer_notif_delay;
	guint8 num_peer_notif;
	guint8 missed_max;
	gboolean use_carrier;
	int arp_interval; /* ms */
	guint arp_validate;
	guint arp_all_targets;
	guint32 arp_targets[BOND_MAX_ARP_TARGETS]; /* network order, 0 ends the list */
	guint8 ns_targets[BOND_MAX_NS_TARGETS][16];
	guint n_ns_targets;
	guint fail_over_mac;
	guint primary_reselect;
	char primary[BOND_NAME_SIZE];
	gboolean all_slaves_active;
	int resend_igmp;
	int packets_per_slave;
	int min_links;	 /* counts as unsigned: modprobe's min_links=-1 is taken unchecked and never met */
	int lp_interval; /* s */
	gboolean tlb_dynamic_lb;
	gboolean lacp_fast;
	gboolean lacp_active;
	guint ad_select;
	guint16 ad_actor_sys_prio;
	struct bond_mac ad_actor_system;
	guint16 ad_user_port_key;
	gboolean coupled_control;
	gboolean broadcast_neighbor;
	gboolean lacp_strict;
	int tx_queues;
};

enum bond_fail_over_mac { BOND_FOM_NONE = 0, BOND_FOM_ACTIVE = 1, BOND_FOM_FOLLOW = 2 };
enum bond_ad_select { BOND_AD_STABLE = 0, BOND_AD_BANDWIDTH = 1, BOND_AD_COUNT = 2, BOND_AD_PRIO = 3 };
enum bond_primary_reselect { BOND_PRI_ALWAYS = 0, BOND_PRI_BETTER = 1, BOND_PRI_FAILURE = 2 };

/**
 * bond_option_table:
 *
 * Returns: (transfer none): the table, BOND_N_OPTIONS entries in the order of enum bond_option_id.
 */
const struct bond_option *bond_option_table(void);

/**
 * bond_option_find:
 * @name: an option's name or alias
 *
 * Returns: (nullable) (transfer none): the option, or %NULL.
 */
const struct bond_option *bond_option_find(const char *name);

/**
 * bond_option_value_name:
 *
 * Returns: (nullable) (transfer none): the spelling of @value of an enum option, or %NULL.
 */
const char *bond_option_value_name(enum bond_option_id id, gint64 value);

/**
 * bond_option_parse:
 * @text: what was written; a trailing newline and blanks around it do not matter
 * @value: (out): the number; unchanged on failure
 *
 * Reads a value of an ENUM or NUMBER option as the kernel does: a name of the table, "default", or decimal
 * digits in the range. Stricter in one thing: a second word behind the value is refused, not ignored.
 *
 * Returns: %FALSE if it is no value of @option.
 */
gboolean bond_option_parse(const struct bond_option *option, const char *text, gint64 *value);

/**
 * bond_option_describe_values:
 *
 * Returns: (transfer full): what may be written, for messages and help: "0 to 255", "none (0), active (1) or
 *   follow (2)", "the name of an interface", …
 */
char *bond_option_describe_values(const struct bond_option *option);

/**
 * bond_option_describe_modes:
 *
 * Returns: (transfer full): the modes that know @option: "every mode", "active-backup, balance-tlb and
 *   balance-alb", …
 */
char *bond_option_describe_modes(const struct bond_option *option);

/**
 * bond_option_describe_change:
 *
 * Returns: (transfer none): when @option may change: "any time", "while the bond is down", …
 */
const char *bond_option_describe_change(const struct bond_option *option);

/**
 * bond_params_default:
 *
 * The values of a bond just created by netlink with nothing said.
 */
void bond_params_default(struct bond_params *params);

/**
 * bond_set_option:
 * @bond: the bond
 * @name: an option's name or alias
 * @value: its text; a trailing newline is ignored, as sysfs does
 * @source: whose rules apply
 * @now: monotonic ns
 * @error: BOND_ERROR whose code is the kernel's errno (EACCES not in this mode, EBUSY bond is up, ENOTEMPTY it
 *   has ports, EINVAL bad value, EPERM wrong state, ENOENT no such option)
 *
 * Follows __bond_opt_set(): the mode is checked first, then state, then the value. Nothing changes on error.
 * bond_error_extack() gives the kernel's words for a netlink refusal.
 *
 * Each option that has another value afterwards, this one or one that it switches off, is told by a
 * BOND_EVENT_OPTION.
 *
 * Returns: %FALSE if refused.
 */
gboolean bond_set_option(struct bond *bond, const char *name, const char *value, enum bond_option_source source,
			 bond_time now, GError **error);

/**
 * bond_set_options:
 * @settings: pairs "name", "value", NULL terminated
 *
 * A netlink change of several options: applied in the order of bond_changelink(), whatever the order given.
 * Like the kernel it stops at the first refusal; what came before stays set.
 */
gboolean bond_set_options(struct bond *bond, const char *const *settings, bond_time now, GError **error);

/**
 * bond_set_port_option:
 * @port: a port's name
 * @name: "queue_id", "prio" or "ad_actor_port_prio"
 *
 * A netlink change of an option of a port (bond_slave_changelink()).
 */
gboolean bond_set_port_option(struct bond *bond, const char *port, const char *name, const char *value, bond_time now,
			      GError **error);

/**
 * bond_get_option:
 *
 * Returns: (transfer full) (nullable): the value as bondctl and D-Bus show it (enum names without their number,
 * lists with commas), or %NULL for an unknown name.
 */
char *bond_get_option(const struct bond *bond, const char *name);

/**
 * bond_get_port_option:
 *
 * Returns: (transfer full) (nullable): the value of an option of a port, or %NULL for an unknown name.
 */
char *bond_get_port_option(const struct bond_port *port, const char *name);

G_END_DECLS
