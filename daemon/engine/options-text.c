/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of options as text, the other way round from parsing.
 */
#include "options-private.h"

#include <arpa/inet.h>

char *
bond_mac_text(const struct bond_mac *mac)
{
	return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac->b[0], mac->b[1], mac->b[2], mac->b[3], mac->b[4],
			       mac->b[5]);
}

static void
append_address(GString *text, int family, const void *address, const char *separator)
{
	char buffer[INET6_ADDRSTRLEN];

	if (text->len > 0)
		g_string_append(text, separator);
	g_string_append(text, inet_ntop(family, address, buffer, sizeof(buffer)));
}

char *
bond_params_targets_text(const struct bond_params *params, enum bond_option_id id, const char *separator)
{
	GString *text = g_string_new(NULL);

	if (id == BOND_OPT_NS_IP6_TARGET) {
		for (guint i = 0; i < params->n_ns_targets; i++)
			append_address(text, AF_INET6, params->ns_targets[i], separator);
	} else {
		for (guint i = 0; i < BOND_MAX_ARP_TARGETS && params->arp_targets[i] != 0; i++)
			append_address(text, AF_INET, &params->arp_targets[i], separator);
	}
	return g_string_free(text, FALSE);
}

gint64
bond_params_value(const struct bond_params *params, enum bond_option_id id)
{
	gint64 value = bond_params_get(params, id);

	switch (id) {
	case BOND_OPT_UPDELAY:
	case BOND_OPT_DOWNDELAY:
	case BOND_OPT_PEER_NOTIF_DELAY:
		/* Kept as ticks, so that another miimon scales them; a delay without miimon reads as 0. */
		return (gint32) (value * params->miimon);
	default:
		return value;
	}
}

char *
bond_params_text(const struct bond_params *params, enum bond_option_id id)
{
	const struct bond_option *option = &bond_option_table()[id];

	switch (option->type) {
	case BOND_OPTION_ENUM:
		return g_strdup(bond_option_value_name(id, bond_params_value(params, id)));
	case BOND_OPTION_NUMBER:
		return g_strdup_printf("%" G_GINT64_FORMAT, bond_params_value(params, id));
	case BOND_OPTION_IFNAME:
		return id == BOND_OPT_PRIMARY ? g_strdup(params->primary) : NULL;
	case BOND_OPTION_MAC:
		return bond_mac_text(&params->ad_actor_system);
	case BOND_OPTION_IP4_LIST:
	case BOND_OPTION_IP6_LIST:
		return bond_params_targets_text(params, id, ",");
	case BOND_OPTION_PORT_VALUE:
	case BOND_OPTION_PORTS:
		return NULL;
	}
	g_return_val_if_reached(NULL);
}

static char *
port_option_text(const struct bond_port *port, enum bond_option_id id)
{
	switch (id) {
	case BOND_OPT_QUEUE_ID:
		return g_strdup_printf("%u", port->queue_id);
	case BOND_OPT_PORT_PRIO:
		return g_strdup_printf("%d", port->prio);
	case BOND_OPT_PORT_AD_ACTOR_PRIO:
		return g_strdup_printf("%u", port->ad_actor_port_prio);
	default:
		return NULL;
	}
}

char *
bond_get_port_option(const struct bond_port *port, const char *name)
{
	const struct bond_option *option = bond_option_find(name);

	return option ? port_option_text(port, option->id) : NULL;
}

char *
bond_ports_text(const struct bond *bond, enum bond_option_id id, const char *separator)
{
	GString *text = g_string_new(NULL);
	const struct bond_port *port;

	FOREACH_PORT (bond, port) {
		g_autofree char *value = port_option_text(port, id);

		g_string_append_printf(text, "%s%s%s%s", text->len > 0 ? separator : "", port->name, value ? ":" : "",
				       value ? value : "");
	}
	return g_string_free(text, FALSE);
}

char *
bond_get_option(const struct bond *bond, const char *name)
{
	const struct bond_option *option = bond_option_find(name);

	if (option == NULL)
		return NULL;
	if (option->id == BOND_OPT_ACTIVE_SLAVE)
		return g_strdup(bond_uses_primary(bond) && bond->active ? bond->active->name : "");
	if (option->type == BOND_OPTION_PORTS || (option->flags & BOND_OPTFLAG_PORT))
		return bond_ports_text(bond, option->id, ",");
	return bond_params_text(&bond->params, option->id);
}
