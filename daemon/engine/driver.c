/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loading the module, and bonding_masters. Semantics of bond_check_params() and bonding_store_bonds() of Linux
 * 6.12: a wrong word is an error, a number out of range is repaired with a warning.
 */
#include "driver.h"
#include "options-private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>

#define DEFAULT_MAX_BONDS 1

/* The parameters as they were given. A NULL word was not given. */
struct given {
	int max_bonds;
	int tx_queues;
	int num_peer_notif;
	int miimon;
	int updelay;
	int downdelay;
	int use_carrier;
	int min_links;
	int arp_interval;
	int all_slaves_active;
	int resend_igmp;
	int packets_per_slave;
	int lp_interval;
	const char *mode;
	const char *primary;
	const char *primary_reselect;
	const char *lacp_rate;
	const char *ad_select;
	const char *xmit_hash_policy;
	const char *arp_ip_target;
	const char *arp_validate;
	const char *arp_all_targets;
	const char *fail_over_mac;
};

/* A module being loaded. */
struct loading {
	struct given given;
	struct bond_params *params;
	GPtrArray *warnings;
};

enum parameter_type {
	PARAMETER_INT,
	PARAMETER_COUNT, /* an int that takes no sign */
	PARAMETER_WORD,
};

struct parameter {
	const char *name;
	enum parameter_type type;
	gsize offset;
};

#define AT(member) offsetof(struct given, member)

static const struct parameter parameters[] = {
    {"max_bonds", PARAMETER_INT, AT(max_bonds)},
    {"tx_queues", PARAMETER_INT, AT(tx_queues)},
    {"num_grat_arp", PARAMETER_INT, AT(num_peer_notif)},
    {"num_unsol_na", PARAMETER_INT, AT(num_peer_notif)},
    {"miimon", PARAMETER_INT, AT(miimon)},
    {"updelay", PARAMETER_INT, AT(updelay)},
    {"downdelay", PARAMETER_INT, AT(downdelay)},
    {"use_carrier", PARAMETER_INT, AT(use_carrier)},
    {"min_links", PARAMETER_INT, AT(min_links)},
    {"arp_interval", PARAMETER_INT, AT(arp_interval)},
    {"all_slaves_active", PARAMETER_INT, AT(all_slaves_active)},
    {"resend_igmp", PARAMETER_INT, AT(resend_igmp)},
    {"packets_per_slave", PARAMETER_INT, AT(packets_per_slave)},
    {"lp_interval", PARAMETER_COUNT, AT(lp_interval)},
    {"mode", PARAMETER_WORD, AT(mode)},
    {"primary", PARAMETER_WORD, AT(primary)},
    {"primary_reselect", PARAMETER_WORD, AT(primary_reselect)},
    {"lacp_rate", PARAMETER_WORD, AT(lacp_rate)},
    {"ad_select", PARAMETER_WORD, AT(ad_select)},
    {"xmit_hash_policy", PARAMETER_WORD, AT(xmit_hash_policy)},
    {"arp_ip_target", PARAMETER_WORD, AT(arp_ip_target)},
    {"arp_validate", PARAMETER_WORD, AT(arp_validate)},
    {"arp_all_targets", PARAMETER_WORD, AT(arp_all_targets)},
    {"fail_over_mac", PARAMETER_WORD, AT(fail_over_mac)},
};

static void G_GNUC_PRINTF(2, 3) warn(struct loading *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(l->warnings, g_strdup_vprintf(format, args));
	va_end(args);
}

/* --- Reading "name=value" --- */

static void
given_default(struct given *given)
{
	*given = (struct given){
	    .max_bonds = DEFAULT_MAX_BONDS,
	    .tx_queues = BOND_DEFAULT_TX_QUEUES,
	    .num_peer_notif = 1,
	    .use_carrier = 1,
	    .resend_igmp = 1,
	    .packets_per_slave = 1,
	    .lp_interval = 1,
	};
}

/* In names of module parameters a hyphen is an underscore. */
static gboolean
same_name(const char *name, const char *given, gsize len)
{
	for (gsize i = 0; i < len; i++) {
		if (name[i] != (given[i] == '-' ? '_' : given[i]))
			return FALSE;
	}
	return name[len] == '\0';
}

static const struct parameter *
find_parameter(const char *given, gsize len)
{
	for (guint i = 0; i < G_N_ELEMENTS(parameters); i++) {
		if (same_name(parameters[i].name, given, len))
			return &parameters[i];
	}
	return NULL;
}

/* kstrtoint(): decimal, 0x and 0 prefixes, a sign. */
static gboolean
read_int(const char *text, int min, int *value)
{
	char *end = NULL;
	gint64 number;

	errno = 0;
	number = g_ascii_strtoll(text, &end, 0);
	if (end == text || *end != '\0' || errno != 0 || g_ascii_isspace(*text))
		return FALSE;
	if (number < min || number > G_MAXINT32)
		return FALSE;
	*value = (int) number;
	return TRUE;
}

static gboolean
read_parameter(struct loading *l, const char *pair, GError **error)
{
	gsize len = strcspn(pair, "=");
	const char *value = pair[len] == '=' ? pair + len + 1 : NULL;
	const struct parameter *parameter = find_parameter(pair, len);
	char *at = (char *) &l->given;

	if (parameter == NULL) {
		warn(l, "unknown parameter '%.*s' ignored", (int) len, pair);
		return TRUE;
	}
	if (value == NULL)
		return option_refuse(error, EINVAL, "module parameter %s: no value: write %s=VALUE", parameter->name,
				     parameter->name);
	if (parameter->type == PARAMETER_WORD)
		memcpy(at + parameter->offset, &value, sizeof(value));
	else if (!read_int(value, parameter->type == PARAMETER_COUNT ? 0 : G_MININT32,
			   (int *) (at + parameter->offset)))
		return option_refuse(error, EINVAL, "module parameter %s: \"%s\" is no number of its range",
				     parameter->name, value);
	return TRUE;
}

/* --- Words --- */

static const char *
mode_description(const struct loading *l)
{
	return bond_mode_ops(l->params->mode)->description;
}

/* A word that was given must be right. */
static gboolean
take_word(struct loading *l, enum bond_option_id id, const char *text, GError **error)
{
	const struct bond_option *option = &bond_option_table()[id];
	g_autofree char *values = NULL;
	gint64 value;

	if (text == NULL)
		return TRUE;
	if (bond_option_parse(option, text, &value)) {
		bond_params_put(l->params, id, value);
		return TRUE;
	}
	values = bond_option_describe_values(option);
	return option_refuse(error, EINVAL, "module parameter %s: \"%s\" is no value: it takes %s", option->name, text,
			     values);
}

/* As take_word(), but in a mode outside @modes the word is not even looked at. */
static gboolean
take_word_in(struct loading *l, guint modes, enum bond_option_id id, const char *text, GError **error)
{
	if (text == NULL || (modes & (1u << l->params->mode)))
		return take_word(l, id, text, error);
	warn(l, "%s param is irrelevant in mode %s", bond_option_table()[id].name, mode_description(l));
	return TRUE;
}

static gboolean
take_mode_words(struct loading *l, GError **error)
{
	const guint hashing = 1u << BOND_MODE_XOR | 1u << BOND_MODE_8023AD | 1u << BOND_MODE_TLB | 1u << BOND_MODE_ALB;

	if (!take_word(l, BOND_OPT_MODE, l->given.mode, error) ||
	    !take_word_in(l, hashing, BOND_OPT_XMIT_HASH_POLICY, l->given.xmit_hash_policy, error) ||
	    !take_word_in(l, 1u << BOND_MODE_8023AD, BOND_OPT_LACP_RATE, l->given.lacp_rate, error) ||
	    !take_word(l, BOND_OPT_AD_SELECT, l->given.ad_select, error))
		return FALSE;
	if (l->given.ad_select != NULL && l->params->mode != BOND_MODE_8023AD)
		warn(l, "ad_select param only affects 802.3ad mode");
	return TRUE;
}

static gboolean
take_primary(struct loading *l, GError **error)
{
	const char *primary = l->given.primary;
	const struct bond_option *option = &bond_option_table()[BOND_OPT_PRIMARY];

	if (primary == NULL)
		return TRUE;
	if (option->unsupported_modes & (1u << l->params->mode)) {
		warn(l, "Warning: %s primary device specified but has no effect in %s mode", primary,
		     mode_description(l));
		return TRUE;
	}
	if (bond_name_is_valid(primary))
		g_strlcpy(l->params->primary, primary, sizeof(l->params->primary));
	else if (*primary != '\0')
		warn(l, "Warning: primary (%s) is no name of an interface, ignoring it", primary);
	return take_word(l, BOND_OPT_PRIMARY_RESELECT, l->given.primary_reselect, error);
}

static gboolean
take_fail_over_mac(struct loading *l, GError **error)
{
	if (!take_word(l, BOND_OPT_FAIL_OVER_MAC, l->given.fail_over_mac, error))
		return FALSE;
	if (l->given.fail_over_mac != NULL && l->params->mode != BOND_MODE_ACTIVEBACKUP)
		warn(l, "Warning: fail_over_mac only affects active-backup mode");
	return TRUE;
}

/* --- Numbers --- */

static void
repair_time(struct loading *l, const char *name, int *value)
{
	if (*value >= 0)
		return;
	warn(l, "Warning: %s module parameter (%d), not in range 0-%d, so it was reset to 0", name, *value, G_MAXINT32);
	*value = 0;
}

static void
repair_switch(struct loading *l, const char *name, int *value, int otherwise)
{
	if (*value == 0 || *value == 1)
		return;
	warn(l, "Warning: %s module parameter (%d), not of valid value (0/1), so it was set to %d", name, *value,
	     otherwise);
	*value = otherwise;
}

static void
repair_count(struct loading *l, const char *name, int *value, int min, int max, int otherwise)
{
	if (*value >= min && *value <= max)
		return;
	warn(l, "Warning: %s (%d) should be between %d and %d, resetting to %d", name, *value, min, max, otherwise);
	*value = otherwise;
}

static void
repair_max_bonds(struct loading *l)
{
	struct given *g = &l->given;

	if (g->max_bonds >= 0)
		return;
	warn(l, "Warning: max_bonds (%d) not in range %d-%d, so it was reset to BOND_DEFAULT_MAX_BONDS (%d)",
	     g->max_bonds, 0, G_MAXINT32, DEFAULT_MAX_BONDS);
	g->max_bonds = DEFAULT_MAX_BONDS;
}

static void
repair_peer_notif(struct loading *l)
{
	struct given *g = &l->given;

	if (g->num_peer_notif >= 0 && g->num_peer_notif <= 255)
		return;
	warn(l, "Warning: num_grat_arp/num_unsol_na (%d) not in range 0-255 so it was reset to 1", g->num_peer_notif);
	g->num_peer_notif = 1;
}

static gboolean
mode_has_arp(const struct loading *l)
{
	return !(bond_option_table()[BOND_OPT_ARP_INTERVAL].unsupported_modes & (1u << l->params->mode));
}

static void
force_miimon(struct loading *l)
{
	struct given *g = &l->given;

	if (mode_has_arp(l) || g->miimon != 0)
		return;
	warn(l, "Warning: miimon must be specified, otherwise bonding will not detect link failure, speed and duplex "
		"which are essential for 802.3ad operation");
	warn(l, "Forcing miimon to 100msec");
	g->miimon = BOND_DEFAULT_MIIMON;
}

static void
repair_packets_per_slave(struct loading *l)
{
	struct given *g = &l->given;

	if (g->packets_per_slave >= 0 && g->packets_per_slave <= G_MAXUINT16)
		return;
	/* The kernel's sentence lacks the comma of the others. */
	warn(l, "Warning: packets_per_slave (%d) should be between 0 and %u resetting to 1", g->packets_per_slave,
	     G_MAXUINT16);
	g->packets_per_slave = 1;
}

static void
repair_numbers(struct loading *l)
{
	struct given *g = &l->given;

	repair_max_bonds(l);
	repair_time(l, "miimon", &g->miimon);
	repair_time(l, "updelay", &g->updelay);
	repair_time(l, "downdelay", &g->downdelay);
	repair_switch(l, "use_carrier", &g->use_carrier, 1);
	repair_peer_notif(l);
	force_miimon(l);
	repair_count(l, "tx_queues", &g->tx_queues, 1, 255, BOND_DEFAULT_TX_QUEUES);
	repair_switch(l, "all_slaves_active", &g->all_slaves_active, 0);
	repair_count(l, "resend_igmp", &g->resend_igmp, 0, 255, 1);
	repair_packets_per_slave(l);
	if (l->params->mode == BOND_MODE_ALB)
		warn(l,
		     "In ALB mode you might experience client disconnections upon reconnection of a link if the "
		     "bonding module updelay parameter (%d msec) is incompatible with the forwarding delay time of "
		     "the switch",
		     g->updelay);
}

static void
repair_lp_interval(struct loading *l)
{
	struct given *g = &l->given;

	if (g->lp_interval >= 1)
		return;
	warn(l, "Warning: ip_interval must be between 1 and %d, so it was reset to 1", G_MAXINT32);
	g->lp_interval = 1;
}

/* --- The two monitors --- */

static void
round_delay(struct loading *l, const char *name, int *delay)
{
	int miimon = l->given.miimon;

	if (*delay % miimon != 0)
		warn(l, "Warning: %s (%d) is not a multiple of miimon (%d), %s rounded to %d ms", name, *delay, miimon,
		     name, *delay / miimon * miimon);
	*delay /= miimon;
}

static void
choose_monitor(struct loading *l)
{
	struct given *g = &l->given;

	if (g->miimon == 0) {
		if (g->updelay != 0 || g->downdelay != 0)
			warn(l,
			     "Warning: miimon module parameter not set and updelay (%d) or downdelay (%d) module "
			     "parameter is set; updelay and downdelay have no effect unless miimon is set",
			     g->updelay, g->downdelay);
	} else {
		if (g->arp_interval != 0)
			warn(l,
			     "Warning: miimon (%d) and arp_interval (%d) can't be used simultaneously, disabling ARP "
			     "monitoring",
			     g->miimon, g->arp_interval);
		g->arp_interval = 0;
		round_delay(l, "updelay", &g->updelay);
		round_delay(l, "downdelay", &g->downdelay);
	}
	repair_time(l, "arp_interval", &g->arp_interval);
}

static gboolean
has_target(const struct bond_params *params, guint n, guint32 ip)
{
	for (guint i = 0; i < n; i++) {
		if (params->arp_targets[i] == ip)
			return TRUE;
	}
	return FALSE;
}

static void
take_target(struct loading *l, guint *n, const char *text)
{
	guint32 ip;

	if (inet_pton(AF_INET, text, &ip) != 1 || !bond_arp_target_is_valid(ip)) {
		warn(l, "Warning: bad arp_ip_target module parameter (%s), ARP monitoring will not be performed", text);
		l->given.arp_interval = 0;
	} else if (has_target(l->params, *n, ip)) {
		warn(l, "Warning: duplicate address %s in arp_ip_target, skipping", text);
	} else {
		l->params->arp_targets[(*n)++] = ip;
	}
}

static gboolean
take_targets(struct loading *l, GError **error)
{
	g_auto(GStrv) items = g_strsplit(l->given.arp_ip_target ? l->given.arp_ip_target : "", ",", -1);
	guint n = 0;

	if (g_strv_length(items) > BOND_MAX_ARP_TARGETS)
		return option_refuse(error, EINVAL, "module parameter arp_ip_target: at most %d addresses",
				     BOND_MAX_ARP_TARGETS);
	for (guint i = 0; items[i] != NULL; i++)
		take_target(l, &n, items[i]);
	if (l->given.arp_interval != 0 && n == 0) {
		warn(l,
		     "Warning: arp_interval module parameter (%d) specified without providing an arp_ip_target "
		     "parameter, arp_interval was reset to 0",
		     l->given.arp_interval);
		l->given.arp_interval = 0;
	}
	return TRUE;
}

static gboolean
take_arp_words(struct loading *l, GError **error)
{
	gint64 value;

	if (l->given.arp_validate != NULL && l->given.arp_interval == 0)
		return option_refuse(error, EINVAL,
				     "module parameter arp_validate: it requires arp_interval, which is 0 or was "
				     "switched off: set arp_interval and arp_ip_target, and no miimon");
	if (!take_word(l, BOND_OPT_ARP_VALIDATE, l->given.arp_validate, error))
		return FALSE;
	if (l->given.arp_all_targets == NULL)
		return TRUE;
	/* The only wrong word that the kernel forgives. */
	if (bond_option_parse(&bond_option_table()[BOND_OPT_ARP_ALL_TARGETS], l->given.arp_all_targets, &value))
		l->params->arp_all_targets = value;
	else
		warn(l, "Error: invalid arp_all_targets_value \"%s\"", l->given.arp_all_targets);
	return TRUE;
}

static void
take_numbers(struct bond_params *params, const struct given *g)
{
	params->miimon = g->miimon;
	params->updelay = g->updelay;
	params->downdelay = g->downdelay;
	params->use_carrier = g->use_carrier;
	params->num_peer_notif = g->num_peer_notif;
	params->tx_queues = g->tx_queues;
	params->all_slaves_active = g->all_slaves_active;
	params->resend_igmp = g->resend_igmp;
	params->packets_per_slave = g->packets_per_slave;
	params->min_links = g->min_links;
	params->arp_interval = g->arp_interval;
	params->lp_interval = g->lp_interval;
}

static gboolean
check_params(struct loading *l, GError **error)
{
	if (!take_mode_words(l, error))
		return FALSE;
	repair_numbers(l);
	choose_monitor(l);
	if (!take_targets(l, error) || !take_arp_words(l, error) || !take_primary(l, error) ||
	    !take_fail_over_mac(l, error))
		return FALSE;
	repair_lp_interval(l);
	return TRUE;
}

gboolean
bond_module_parse(const char *const *params, struct bond_module *module, GPtrArray **warnings, GError **error)
{
	struct bond_params values;
	struct loading l = {.params = &values};

	*warnings = g_ptr_array_new_with_free_func(g_free);
	l.warnings = *warnings;
	given_default(&l.given);
	bond_params_default(&values);
	for (guint i = 0; params[i] != NULL; i++) {
		if (!read_parameter(&l, params[i], error))
			return FALSE;
	}
	if (!check_params(&l, error))
		return FALSE;
	take_numbers(&values, &l.given);
	module->params = values;
	module->max_bonds = l.given.max_bonds;
	return TRUE;
}

struct bond *
bond_new_with_params(const char *name, const struct bond_ops *ops, void *user, const struct bond_mac *random_mac,
		     const struct bond_params *params)
{
	struct bond *bond = bond_new(name, ops, user, random_mac);

	/* A new bond has no ports, so its mode has nothing to refuse. */
	if (bond_take_params(bond, params) < 0)
		g_warning("%s: cannot enter mode %s", name, bond_option_value_name(BOND_OPT_MODE, params->mode));
	return bond;
}

/* --- bonding_masters --- */

gboolean
bond_masters_check(const char *text, const char *const *existing, gboolean *create, char **name, GError **error)
{
	g_autofree char *command = g_strstrip(g_strdup(text));
	gboolean exists;

	if ((*command != '+' && *command != '-') || !bond_name_is_valid(command + 1))
		return option_refuse(
		    error, EPERM, "bonding_masters: \"%s\" creates and deletes nothing: write +NAME or -NAME", command);
	exists = g_strv_contains(existing, command + 1);
	if (*command == '+' && exists)
		return option_refuse(error, EEXIST, "bonding_masters: there is an interface %s already", command + 1);
	if (*command == '-' && !exists)
		return option_refuse(error, ENODEV, "bonding_masters: there is no bond %s", command + 1);
	*create = *command == '+';
	*name = g_strdup(command + 1);
	return TRUE;
}
