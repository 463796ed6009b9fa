/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state-private.h"

#include "options-private.h"

#include <errno.h>
#include <net/if_arp.h>

/* --- Parameters as text --- */

char *
bond_params_to_text(const struct bond_params *params, enum bond_option_id id)
{
	const struct bond_option *option = &bond_option_table()[id];

	if ((option->flags & BOND_OPTFLAG_PORT) != 0)
		return NULL;
	if (option->type == BOND_OPTION_NUMBER)
		return g_strdup_printf("%" G_GINT64_FORMAT, bond_params_get(params, id));
	return bond_params_text(params, id);
}

static gboolean
number_from_text(struct bond_params *params, const struct bond_option *option, const char *text)
{
	gint64 value;

	if (!bond_option_parse(option, text, &value))
		return FALSE;
	bond_params_put(params, option->id, value);
	return TRUE;
}

/* Lists, names and addresses: by an engine of its own, which knows how to read them. */
static gboolean
text_from_text(struct bond_params *params, const struct bond_option *option, const char *text)
{
	static const struct bond_ops no_ops;
	static const struct bond_mac mac = {{0x02, 0, 0, 0, 0, 1}};
	static const enum bond_mode modes[] = {BOND_MODE_ACTIVEBACKUP, BOND_MODE_8023AD};
	enum bond_mode mode = modes[(option->unsupported_modes >> BOND_MODE_ACTIVEBACKUP) & 1];
	struct bond *bond;
	gboolean ok;

	if (*text == '\0')
		return TRUE;
	bond = bond_new("state", &no_ops, NULL, &mac);
	ok = bond_set_option(bond, "mode", bond_option_value_name(BOND_OPT_MODE, mode), BOND_SOURCE_NETLINK, 0, NULL) &&
	     bond_set_option(bond, option->name, text, BOND_SOURCE_NETLINK, 0, NULL);
	if (ok && option->id == BOND_OPT_PRIMARY)
		g_strlcpy(params->primary, bond->params.primary, sizeof(params->primary));
	if (ok && option->id == BOND_OPT_AD_ACTOR_SYSTEM)
		params->ad_actor_system = bond->params.ad_actor_system;
	if (ok && option->id == BOND_OPT_ARP_IP_TARGET)
		memcpy(params->arp_targets, bond->params.arp_targets, sizeof(params->arp_targets));
	if (ok && option->id == BOND_OPT_NS_IP6_TARGET) {
		memcpy(params->ns_targets, bond->params.ns_targets, sizeof(params->ns_targets));
		params->n_ns_targets = bond->params.n_ns_targets;
	}
	bond_free(bond, 0);
	return ok;
}

gboolean
bond_params_from_text(struct bond_params *params, enum bond_option_id id, const char *text)
{
	const struct bond_option *option = &bond_option_table()[id];

	switch (option->type) {
	case BOND_OPTION_ENUM:
	case BOND_OPTION_NUMBER:
		return (option->flags & BOND_OPTFLAG_PORT) == 0 && id != BOND_OPT_ACTIVE_SLAVE &&
		       number_from_text(params, option, text);
	case BOND_OPTION_IFNAME:
	case BOND_OPTION_MAC:
	case BOND_OPTION_IP4_LIST:
	case BOND_OPTION_IP6_LIST:
		return id != BOND_OPT_ACTIVE_SLAVE && text_from_text(params, option, text);
	case BOND_OPTION_PORT_VALUE:
	case BOND_OPTION_PORTS:
		return FALSE;
	}
	return FALSE;
}

/* --- What is kept --- */

void
bond_get_state(const struct bond *bond, struct bond_state *state)
{
	*state = (struct bond_state){
	    .params = bond->params,
	    .mac = bond->mac,
	    .random_mac = bond->random_mac,
	    .mac_origin = bond_get_mac_origin(bond),
	    .mtu = bond->mtu,
	    .carrier = bond->carrier,
	};
	g_strlcpy(state->name, bond->name, sizeof(state->name));
	if (bond->active != NULL)
		g_strlcpy(state->active, bond->active->name, sizeof(state->active));
	if (bond->params.mode == BOND_MODE_8023AD)
		lacp_get_state(bond, state);
}

void
bond_get_port_state(const struct bond_port *port, struct bond_port_state *state)
{
	*state = (struct bond_port_state){
	    .ifindex = port->ifindex,
	    .perm_mac = port->perm_mac,
	    .saved_mtu = port->saved_mtu,
	    .link_up = port->link == BOND_LINK_UP || port->link == BOND_LINK_FAIL,
	    .backup = port->backup,
	    .inactive = port->inactive,
	    .speed = port->speed,
	    .duplex = port->duplex,
	    .link_failure_count = port->link_failure_count,
	    .queue_id = port->queue_id,
	    .prio = port->prio,
	    .ad_actor_port_prio = port->ad_actor_port_prio,
	};
	g_strlcpy(state->name, port->name, sizeof(state->name));
	if (port->bond->params.mode == BOND_MODE_8023AD)
		lacp_get_port_state(port, &state->lacp);
}

/* --- Going on --- */

/* What the options' own rules would not have let happen, whoever wrote it. */
static void
tidy_params(struct bond_params *params)
{
	const struct bond_option *table = bond_option_table();
	guint mode = 1u << params->mode;

	if ((table[BOND_OPT_ARP_INTERVAL].unsupported_modes & mode) != 0 || params->miimon != 0)
		params->arp_interval = 0;
	if ((table[BOND_OPT_ARP_INTERVAL].unsupported_modes & mode) != 0 && params->miimon == 0)
		params->miimon = BOND_DEFAULT_MIIMON;
	if (params->arp_interval == 0 || (table[BOND_OPT_ARP_VALIDATE].unsupported_modes & mode) != 0)
		params->arp_validate = 0;
}

gboolean
bond_adopt(struct bond *bond, const struct bond_state *state, GError **error)
{
	struct bond_params params = state->params;
	int res;

	g_return_val_if_fail(bond->ports->len == 0 && !bond->up, FALSE);
	if (bond_mac_is_multicast(&state->mac) || bond_mac_is_zero(&state->mac) || state->mtu < BOND_MIN_MTU ||
	    state->mtu > BOND_MAX_MTU)
		return bond_set_error(error, EINVAL, "%s: its saved address or MTU is none", bond->name);
	tidy_params(&params);
	res = bond_take_params(bond, &params);
	if (res != 0)
		return bond_set_error(error, -res, "%s: cannot take its options up again: %s", bond->name,
				      g_strerror(-res));
	bond->mac = state->mac;
	if (!bond_mac_is_zero(&state->random_mac) && !bond_mac_is_multicast(&state->random_mac))
		bond->random_mac = state->random_mac;
	bond->mac_assigned = state->mac_origin > 1;
	bond->mac_set = state->mac_origin > 2;
	bond->mtu = state->mtu;
	if (bond->params.mode == BOND_MODE_8023AD)
		lacp_adopt(bond, state);
	return TRUE;
}

static gboolean
check_adopted(const struct bond *bond, const struct bond_port_info *info, const struct bond_port_state *state,
	      GError **error)
{
	if (bond->ports->len >= BOND_MAX_PORTS || bond_find_port_by_ifindex(bond, info->ifindex) != NULL ||
	    bond_find_port(bond, info->name) != NULL)
		return bond_set_error(error, EBUSY, "%s: %s cannot be its port once more", bond->name, info->name);
	if (info->type != ARPHRD_ETHER || bond_mac_is_multicast(&state->perm_mac) || bond_mac_is_zero(&state->perm_mac))
		return bond_set_error(error, EINVAL, "%s: %s is no Ethernet device with an address", bond->name,
				      info->name);
	return TRUE;
}

static void
take_port_state(struct bond_port *port, const struct bond_port_state *state, bond_time now)
{
	port->perm_mac = state->perm_mac;
	port->saved_mtu = state->saved_mtu;
	port->link = state->link_up ? BOND_LINK_UP : BOND_LINK_DOWN;
	if (state->link_up)
		port->last_link_up = now;
	port->backup = state->backup != FALSE;
	port->inactive = state->inactive != FALSE;
	port->speed = state->speed;
	port->duplex = state->duplex <= BOND_DUPLEX_FULL ? state->duplex : BOND_DUPLEX_UNKNOWN;
	port->link_failure_count = state->link_failure_count;
	port->queue_id = (guint16) state->queue_id;
	port->prio = state->prio;
	port->ad_actor_port_prio = (guint16) state->ad_actor_port_prio;
	/* Nobody has listened: what is alive has its time to show it. */
	bond_arp_first_state(port, now);
	port->last_rx = now;
	for (guint i = 0; i < G_N_ELEMENTS(port->target_rx); i++)
		port->target_rx[i] = now;
}

struct bond_port *
bond_adopt_port(struct bond *bond, const struct bond_port_info *info, const struct bond_port_state *state,
		bond_time now, GError **error)
{
	struct bond_port *port;

	if (!check_adopted(bond, info, state, error))
		return NULL;
	port = bond_port_new(bond, info);
	take_port_state(port, state, now);
	if (port_is_up(port) && info->link.speed != BOND_SPEED_UNKNOWN)
		bond_port_note_speed(port, info->link.speed, info->link.duplex);
	if (bond->params.mode == BOND_MODE_8023AD)
		lacp_adopt_port(port, &state->lacp);
	g_ptr_array_add(bond->ports, port);
	if (bond_uses_primary(bond) && strcmp(bond->params.primary, port->name) == 0)
		bond->primary = port;
	bond_mark_plan(bond);
	return port;
}

/* In modes without a primary any port that is up does. */
static struct bond_port *
adopted_active(const struct bond *bond, const struct bond_state *state)
{
	struct bond_port *port = state->active[0] != '\0' ? bond_find_port(bond, state->active) : NULL;

	return port != NULL && (!bond_uses_primary(bond) || port->link == BOND_LINK_UP) ? port : NULL;
}

void
bond_adopt_end(struct bond *bond, const struct bond_state *state, gboolean up, bond_time now)
{
	bond_begin(bond, BOND_REASON_NONE);
	bond->active = adopted_active(bond, state);
	if (bond->active != NULL)
		bond->active->backup = bond->active->inactive = FALSE;
	if (bond->params.mode == BOND_MODE_8023AD)
		lacp_adopt_end(bond);
	bond->carrier = bond->carrier_told = state->carrier != FALSE;
	bond_set_up(bond, up, now);
	bond->run_reason = BOND_REASON_NONE;
	if (bond->active == NULL)
		bond->reselect = bond_uses_primary(bond) && bond->ports->len > 0;
	bond_inspect(bond, now);
	bond_finish(bond, now);
}

void
bond_abandon(struct bond *bond, bond_time now)
{
	static const struct bond_ops nothing;
	struct bond_port *port;

	bond->ops = &nothing;
	FOREACH_PORT (bond, port)
		port->gone = TRUE;
	bond_free(bond, now);
}
