/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What setting an option does: one small function for the effect of each, in a table by id. Semantics of
 * bond_option_*_set() in bond_options.c of Linux 6.12.
 */
#include "options-private.h"

#include <arpa/inet.h>
#include <errno.h>

static void
tell_mode(struct bond *bond, const struct setting *s)
{
	if (bond->mode->option_changed != NULL)
		bond->mode->option_changed(bond, s->option->id, s->now);
}

static gboolean
apply_value(struct bond *bond, const struct setting *s, GError **error)
{
	bond_params_put(&bond->params, s->option->id, s->value);
	tell_mode(bond, s);
	return TRUE;
}

static gboolean
apply_to_plan(struct bond *bond, const struct setting *s, GError **error)
{
	bond_mark_plan(bond);
	return apply_value(bond, s, error);
}

static void
leave_mode(struct bond *bond)
{
	if (bond->mode != NULL && bond->mode->leave != NULL)
		bond->mode->leave(bond);
}

static int
enter_mode(struct bond *bond)
{
	bond->mode = bond_mode_ops(bond->params.mode);
	bond_mark_plan(bond);
	return bond->mode->enter != NULL ? bond->mode->enter(bond) : 0;
}

int
bond_take_params(struct bond *bond, const struct bond_params *params)
{
	struct bond_params before = bond->params;
	int rc;

	leave_mode(bond);
	bond->params = *params;
	rc = enter_mode(bond);
	if (rc < 0) {
		bond->params = before;
		enter_mode(bond);
	}
	return rc;
}

static gboolean
mode_uses_arp(enum bond_mode mode)
{
	const struct bond_option *option = &bond_option_table()[BOND_OPT_ARP_INTERVAL];

	return !(option->unsupported_modes & (1u << mode));
}

/* bond_option_mode_set() */
static gboolean
apply_mode(struct bond *bond, const struct setting *s, GError **error)
{
	struct bond_params params = bond->params;
	int rc;

	params.mode = s->value;
	params.arp_validate = 0;
	if (!mode_uses_arp(params.mode)) {
		params.arp_interval = 0;
		if (params.miimon == 0)
			params.miimon = BOND_DEFAULT_MIIMON;
	}
	if (params.mode == BOND_MODE_ALB)
		params.tlb_dynamic_lb = TRUE;
	rc = bond_take_params(bond, &params);
	if (rc < 0)
		return option_refuse(error, -rc, "%s: cannot enter mode %s: %s", bond->name,
				     bond_option_value_name(BOND_OPT_MODE, s->value), g_strerror(-rc));
	return TRUE;
}

/* The two monitors exclude each other: the one set last stays. */
static gboolean
apply_miimon(struct bond *bond, const struct setting *s, GError **error)
{
	bond->params.miimon = s->value;
	if (s->value != 0 && bond->params.arp_interval != 0) {
		bond->params.arp_interval = 0;
		bond->params.arp_validate = 0;
		bond_arp_stop(bond);
	}
	bond_mii_reset(bond, s->now);
	return TRUE;
}

static gboolean
apply_arp_interval(struct bond *bond, const struct setting *s, GError **error)
{
	bond->params.arp_interval = s->value;
	if (s->value != 0)
		bond->params.miimon = 0;
	bond_mii_reset(bond, s->now);
	bond_arp_start(bond, s->now);
	return TRUE;
}

static gboolean
apply_use_carrier(struct bond *bond, const struct setting *s, GError **error)
{
	bond->params.use_carrier = s->value != 0;
	bond_mii_change_source(bond, s->now);
	return TRUE;
}

static const char *
delay_name(enum bond_option_id id)
{
	switch (id) {
	case BOND_OPT_UPDELAY:
		return "up delay";
	case BOND_OPT_DOWNDELAY:
		return "down delay";
	default:
		return "peer notification delay";
	}
}

/* _bond_option_delay_set() */
static gboolean
apply_delay(struct bond *bond, const struct setting *s, GError **error)
{
	int miimon = bond->params.miimon;

	if (miimon == 0)
		return option_refuse(error, EPERM,
				     "%s: option %s counts in steps of miimon, and miimon is 0: set miimon first",
				     bond->name, s->name);
	if (s->value % miimon != 0)
		bond_log(bond, s->now, G_LOG_LEVEL_WARNING,
			 "%s (%d) is not a multiple of miimon (%d), value rounded to %d ms", delay_name(s->option->id),
			 (int) s->value, miimon, (int) (s->value / miimon * miimon));
	bond_params_put(&bond->params, s->option->id, s->value / miimon);
	return TRUE;
}

static gboolean
apply_primary(struct bond *bond, const struct setting *s, GError **error)
{
	g_autofree char *name = g_strstrip(g_strdup(s->text));
	struct bond_port *port = bond_find_port(bond, name);

	if (*name != '\0' && !bond_name_is_valid(name))
		return option_refuse_value(bond, s, error);
	g_strlcpy(bond->params.primary, name, sizeof(bond->params.primary));
	if (port == NULL && bond->primary == NULL && *name != '\0')
		return TRUE;
	bond->primary = port;
	if (port != NULL)
		bond->force_primary = TRUE;
	bond_select_active(bond, s->now);
	return TRUE;
}

static gboolean
apply_primary_reselect(struct bond *bond, const struct setting *s, GError **error)
{
	bond->params.primary_reselect = s->value;
	bond_select_active(bond, s->now);
	return TRUE;
}

static gboolean
device_exists(const struct bond *bond, const char *name)
{
	struct bond_port_info info = {.name = name};

	return bond->ops->find_device != NULL && bond->ops->find_device(bond->user, name, &info);
}

gboolean
option_refuse_stranger(const struct bond *bond, const char *name, GError **error)
{
	if (!device_exists(bond, name))
		return option_refuse(error, ENODEV, "%s: there is no interface \"%s\"", bond->name, name);
	return option_refuse(error, EINVAL, "%s: %s is no port of %s: add it first", bond->name, name, bond->name);
}

/* bond_option_active_slave_set() */
static gboolean
apply_active(struct bond *bond, const struct setting *s, GError **error)
{
	g_autofree char *name = g_strstrip(g_strdup(s->text));
	struct bond_port *port = bond_find_port(bond, name);
	GError *refusal = NULL;

	if (port == NULL && *name != '\0')
		return option_refuse_stranger(bond, name, error);
	if (bond_set_active_port(bond, port, s->now, &refusal))
		return TRUE;
	bond_error_set_extack(refusal, option_extack(refusal->code));
	g_propagate_error(error, refusal);
	return FALSE;
}

static gboolean
apply_all_slaves_active(struct bond *bond, const struct setting *s, GError **error)
{
	struct bond_port *port;

	if (bond->params.all_slaves_active == s->value)
		return TRUE;
	bond->params.all_slaves_active = s->value;
	FOREACH_PORT (bond, port) {
		if (port->backup)
			port->inactive = !s->value;
	}
	bond_mark_plan(bond);
	return TRUE;
}

static gboolean
apply_min_links(struct bond *bond, const struct setting *s, GError **error)
{
	bond->params.min_links = s->value;
	bond_update_carrier(bond, s->now);
	return TRUE;
}

static gboolean
parse_mac(const char *text, struct bond_mac *mac)
{
	if (strlen(text) != 3 * BOND_ETH_ALEN - 1)
		return FALSE;
	for (guint i = 0; i < BOND_ETH_ALEN; i++, text += 3) {
		if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1]) ||
		    text[2] != (i < BOND_ETH_ALEN - 1 ? ':' : '\0'))
			return FALSE;
		mac->b[i] = g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]);
	}
	return TRUE;
}

static gboolean
apply_ad_actor_system(struct bond *bond, const struct setting *s, GError **error)
{
	g_autofree char *text = g_strstrip(g_strdup(s->text));
	struct bond_mac mac;

	if (!parse_mac(text, &mac) || bond_mac_is_multicast(&mac))
		return option_refuse_value(bond, s, error);
	bond->params.ad_actor_system = mac;
	tell_mode(bond, s);
	return TRUE;
}

/* --- Targets of the ARP and NS monitor --- */

static guint
count_arp_targets(const struct bond_params *params)
{
	guint n = 0;

	while (n < BOND_MAX_ARP_TARGETS && params->arp_targets[n] != 0)
		n++;
	return n;
}

static guint
find_arp_target(const struct bond_params *params, guint32 ip)
{
	guint i = 0;

	while (i < count_arp_targets(params) && params->arp_targets[i] != ip)
		i++;
	return i;
}

gboolean
bond_arp_target_is_valid(guint32 ip)
{
	return g_ntohl(ip) >> 24 != 0 && ip != G_MAXUINT32;
}

/* bond_option_arp_ip_target_add() */
static gboolean
add_arp_target(struct bond *bond, guint32 ip, const char *text, bond_time now, GError **error)
{
	guint n = count_arp_targets(&bond->params);

	if (!bond_arp_target_is_valid(ip))
		return option_refuse(error, EINVAL, "%s: %s cannot be an ARP target: name the address of a host",
				     bond->name, text);
	if (find_arp_target(&bond->params, ip) < n)
		return option_refuse(error, EINVAL, "%s: %s is an ARP target already", bond->name, text);
	if (n == BOND_MAX_ARP_TARGETS)
		return option_refuse(error, EINVAL,
				     "%s: no room for ARP target %s: there are %d already, remove one first",
				     bond->name, text, BOND_MAX_ARP_TARGETS);
	bond->params.arp_targets[n] = ip;
	bond_arp_target_changed(bond, n, TRUE, now);
	return TRUE;
}

static gboolean
remove_arp_target(struct bond *bond, guint32 ip, const char *text, bond_time now, GError **error)
{
	struct bond_params *params = &bond->params;
	guint n = count_arp_targets(params);
	guint i = find_arp_target(params, ip);

	if (i == n)
		return option_refuse(error, EINVAL, "%s: %s is no ARP target", bond->name, text);
	if (n == 1 && params->arp_interval != 0)
		bond_log(bond, now, G_LOG_LEVEL_WARNING, "Removing last arp target with arp_interval on");
	memmove(&params->arp_targets[i], &params->arp_targets[i + 1], (n - i - 1) * sizeof(params->arp_targets[0]));
	params->arp_targets[n - 1] = 0;
	bond_arp_target_changed(bond, i, FALSE, now);
	return TRUE;
}

/* sysfs: one address a write, "+a" or "-a". Malformed is EPERM there. */
static gboolean
change_arp_target(struct bond *bond, const struct setting *s, GError **error)
{
	g_autofree char *text = g_strstrip(g_strdup(s->text));
	guint32 ip;

	if ((*text != '+' && *text != '-') || inet_pton(AF_INET, text + 1, &ip) != 1)
		return option_refuse(error, EPERM, "%s: \"%s\" changes no ARP target: write +ADDRESS or -ADDRESS",
				     bond->name, text);
	if (*text == '+')
		return add_arp_target(bond, ip, text + 1, s->now, error);
	return remove_arp_target(bond, ip, text + 1, s->now, error);
}

/* A comma list; nothing at all is the empty list. */
static char **
split_list(const char *text)
{
	g_autofree char *list = g_strstrip(g_strdup(text));
	char **items = g_strsplit(list, ",", -1);

	for (guint i = 0; items[i] != NULL; i++)
		g_strstrip(items[i]);
	return items;
}

static gboolean
addresses_are_wellformed(int family, char **items)
{
	guint8 address[16];

	for (guint i = 0; items[i] != NULL; i++) {
		if (inet_pton(family, items[i], address) != 1)
			return FALSE;
	}
	return TRUE;
}

/* Netlink: the list as a whole. As in bond_changelink() what stood before an address that is refused stays. */
static gboolean
replace_arp_targets(struct bond *bond, const struct setting *s, GError **error)
{
	g_auto(GStrv) items = split_list(s->text);

	if (!addresses_are_wellformed(AF_INET, items))
		return option_refuse_value(bond, s, error);
	memset(bond->params.arp_targets, 0, sizeof(bond->params.arp_targets));
	bond_mark_plan(bond);
	for (guint i = 0; items[i] != NULL; i++) {
		guint32 ip = 0;

		inet_pton(AF_INET, items[i], &ip);
		if (!add_arp_target(bond, ip, items[i], s->now, error))
			return FALSE;
	}
	if (items[0] == NULL && bond->params.arp_interval != 0)
		bond_log(bond, s->now, G_LOG_LEVEL_WARNING, "Removing last arp target with arp_interval on");
	return TRUE;
}

static gboolean
apply_arp_ip_target(struct bond *bond, const struct setting *s, GError **error)
{
	if (s->source == BOND_SOURCE_SYSFS)
		return change_arp_target(bond, s, error);
	return replace_arp_targets(bond, s, error);
}

static gboolean
find_ns_target(const struct bond_params *params, const struct in6_addr *ip)
{
	for (guint i = 0; i < params->n_ns_targets; i++) {
		if (memcmp(params->ns_targets[i], ip, sizeof(*ip)) == 0)
			return TRUE;
	}
	return FALSE;
}

static gboolean
add_ns_target(struct bond *bond, const struct in6_addr *ip, const char *text, bond_time now, GError **error)
{
	struct bond_params *params = &bond->params;

	if (IN6_IS_ADDR_LINKLOCAL(ip)) {
		option_refuse(error, EINVAL, "%s: %s cannot be an NS target: link-local addresses are not probed",
			      bond->name, text);
		bond_error_set_extack(error ? *error : NULL, "Invalid IPv6 addr6");
		return FALSE;
	}
	if (IN6_IS_ADDR_UNSPECIFIED(ip) || IN6_IS_ADDR_LOOPBACK(ip) || IN6_IS_ADDR_MULTICAST(ip))
		return option_refuse(error, EINVAL, "%s: %s cannot be an NS target: name the address of a host",
				     bond->name, text);
	if (find_ns_target(params, ip))
		return option_refuse(error, EINVAL, "%s: %s is an NS target already", bond->name, text);
	if (params->n_ns_targets == BOND_MAX_NS_TARGETS)
		return option_refuse(error, EINVAL, "%s: no room for NS target %s: at most %d", bond->name, text,
				     BOND_MAX_NS_TARGETS);
	bond_arp_target_changed(bond, params->n_ns_targets, TRUE, now);
	memcpy(params->ns_targets[params->n_ns_targets++], ip, sizeof(*ip));
	return TRUE;
}

static gboolean
apply_ns_ip6_target(struct bond *bond, const struct setting *s, GError **error)
{
	g_auto(GStrv) items = split_list(s->text);

	if (!addresses_are_wellformed(AF_INET6, items))
		return option_refuse_value(bond, s, error);
	memset(bond->params.ns_targets, 0, sizeof(bond->params.ns_targets));
	bond->params.n_ns_targets = 0;
	bond_mark_plan(bond);
	for (guint i = 0; items[i] != NULL; i++) {
		struct in6_addr ip = IN6ADDR_ANY_INIT;

		inet_pton(AF_INET6, items[i], &ip);
		if (!add_ns_target(bond, &ip, items[i], s->now, error))
			return FALSE;
	}
	return TRUE;
}

/* --- Options of ports --- */

/* The part of bond_option_queue_id_set() that both ways in share. All its refusals are EPERM. */
static gboolean
set_queue_id(struct bond *bond, struct bond_port *port, guint16 queue, GError **error)
{
	const struct bond_port *other;

	if (queue > bond->params.tx_queues)
		return option_refuse(error, EPERM, "%s: queue_id %u of port %s is out of range: it takes 0 to %d",
				     bond->name, queue, port->name, bond->params.tx_queues);
	FOREACH_PORT (bond, other) {
		if (queue != 0 && other != port && other->queue_id == queue)
			return option_refuse(error, EPERM,
					     "%s: queue_id %u belongs to port %s already: give %s another", bond->name,
					     queue, other->name, port->name);
	}
	port->queue_id = queue;
	bond_mark_plan(bond);
	return TRUE;
}

/* "port:queue". The number is a 16 bit one and wraps, as in the kernel. */
static gboolean
apply_queue_id(struct bond *bond, const struct setting *s, GError **error)
{
	g_auto(GStrv) parts = NULL;
	struct bond_port *port;
	gint64 queue;

	if (s->port != NULL)
		return set_queue_id(bond, s->port, s->value, error);
	parts = g_strsplit(s->text, ":", 2);
	if (g_strv_length(parts) != 2 ||
	    !g_ascii_string_to_signed(g_strstrip(parts[1]), 10, G_MININT64, G_MAXINT64, &queue, NULL))
		return option_refuse(error, EPERM, "%s: \"%s\" sets no queue_id: write PORT:NUMBER", bond->name,
				     s->text);
	port = bond_find_port(bond, g_strstrip(parts[0]));
	if (port == NULL)
		return option_refuse(error, EPERM, "%s: queue_id: %s is no port of %s", bond->name, parts[0],
				     bond->name);
	return set_queue_id(bond, port, (guint16) queue, error);
}

static gboolean
apply_port_prio(struct bond *bond, const struct setting *s, GError **error)
{
	s->port->prio = s->value;
	if (bond->primary == NULL)
		bond_select_active(bond, s->now);
	return TRUE;
}

static gboolean
apply_port_ad_prio(struct bond *bond, const struct setting *s, GError **error)
{
	s->port->ad_actor_port_prio = s->value;
	tell_mode(bond, s);
	return TRUE;
}

/* --- sysfs "slaves" --- */

static gboolean
add_port(struct bond *bond, const char *name, bond_time now, GError **error)
{
	struct bond_port_info info = {.name = name};

	if (bond->ops->find_device == NULL || !bond->ops->find_device(bond->user, name, &info))
		return option_refuse(error, ENODEV, "%s: there is no interface \"%s\"", bond->name, name);
	info.name = name;
	return bond_enslave(bond, &info, now, error) != NULL;
}

static gboolean
remove_port(struct bond *bond, const char *name, bond_time now, GError **error)
{
	struct bond_port *port = bond_find_port(bond, name);

	if (port == NULL)
		return option_refuse_stranger(bond, name, error);
	bond_release(port, now);
	return TRUE;
}

static gboolean
apply_slaves(struct bond *bond, const struct setting *s, GError **error)
{
	g_autofree char *text = g_strstrip(g_strdup(s->text));

	if ((*text != '+' && *text != '-') || !bond_name_is_valid(text + 1))
		return option_refuse(error, EPERM, "%s: \"%s\" changes no port: write +NAME or -NAME", bond->name,
				     text);
	if (*text == '+')
		return add_port(bond, text + 1, s->now, error);
	return remove_port(bond, text + 1, s->now, error);
}

static const option_apply_function apply_table[BOND_N_OPTIONS] = {
    [BOND_OPT_MODE] = apply_mode,
    [BOND_OPT_PACKETS_PER_SLAVE] = apply_to_plan,
    [BOND_OPT_XMIT_HASH_POLICY] = apply_to_plan,
    [BOND_OPT_ARP_VALIDATE] = apply_to_plan,
    [BOND_OPT_ARP_ALL_TARGETS] = apply_value,
    [BOND_OPT_FAIL_OVER_MAC] = apply_value,
    [BOND_OPT_ARP_INTERVAL] = apply_arp_interval,
    [BOND_OPT_ARP_IP_TARGET] = apply_arp_ip_target,
    [BOND_OPT_NS_IP6_TARGET] = apply_ns_ip6_target,
    [BOND_OPT_ARP_MISSED_MAX] = apply_value,
    [BOND_OPT_DOWNDELAY] = apply_delay,
    [BOND_OPT_UPDELAY] = apply_delay,
    [BOND_OPT_PEER_NOTIF_DELAY] = apply_delay,
    [BOND_OPT_LACP_RATE] = apply_value,
    [BOND_OPT_LACP_ACTIVE] = apply_value,
    [BOND_OPT_MIN_LINKS] = apply_min_links,
    [BOND_OPT_AD_SELECT] = apply_value,
    [BOND_OPT_NUM_PEER_NOTIF] = apply_value,
    [BOND_OPT_MIIMON] = apply_miimon,
    [BOND_OPT_PRIMARY] = apply_primary,
    [BOND_OPT_PRIMARY_RESELECT] = apply_primary_reselect,
    [BOND_OPT_USE_CARRIER] = apply_use_carrier,
    [BOND_OPT_ACTIVE_SLAVE] = apply_active,
    [BOND_OPT_QUEUE_ID] = apply_queue_id,
    [BOND_OPT_ALL_SLAVES_ACTIVE] = apply_all_slaves_active,
    [BOND_OPT_RESEND_IGMP] = apply_value,
    [BOND_OPT_LP_INTERVAL] = apply_value,
    [BOND_OPT_SLAVES] = apply_slaves,
    [BOND_OPT_TLB_DYNAMIC_LB] = apply_value,
    [BOND_OPT_AD_ACTOR_SYS_PRIO] = apply_value,
    [BOND_OPT_AD_ACTOR_SYSTEM] = apply_ad_actor_system,
    [BOND_OPT_AD_USER_PORT_KEY] = apply_value,
    [BOND_OPT_COUPLED_CONTROL] = apply_value,
    [BOND_OPT_BROADCAST_NEIGHBOR] = apply_value,
    [BOND_OPT_LACP_STRICT] = apply_value,
    [BOND_OPT_PORT_PRIO] = apply_port_prio,
    [BOND_OPT_PORT_AD_ACTOR_PRIO] = apply_port_ad_prio,
};

option_apply_function
option_apply(enum bond_option_id id)
{
	return apply_table[id];
}
