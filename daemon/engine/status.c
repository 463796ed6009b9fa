/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status.h"
#include "options-private.h"

/* --- /proc/net/bonding --- */

static void
append_mode(const struct bond *bond, GString *text)
{
	g_string_append_printf(text, "Bonding Mode: %s", bond->mode->description);
	if (bond->params.mode == BOND_MODE_ACTIVEBACKUP && bond->params.fail_over_mac != BOND_FOM_NONE)
		g_string_append_printf(text, " (fail_over_mac %s)",
				       bond_option_value_name(BOND_OPT_FAIL_OVER_MAC, bond->params.fail_over_mac));
	g_string_append_c(text, '\n');
}

/* bond_mode_uses_xmit_hash() */
static gboolean
uses_hash(const struct bond *bond)
{
	if (bond->mode->balances)
		return !bond->params.tlb_dynamic_lb;
	return bond->params.mode == BOND_MODE_XOR || bond->params.mode == BOND_MODE_8023AD;
}

static void
append_hash_policy(const struct bond *bond, GString *text)
{
	if (!uses_hash(bond))
		return;
	g_string_append_printf(text, "Transmit Hash Policy: %s (%d)\n",
			       bond_option_value_name(BOND_OPT_XMIT_HASH_POLICY, bond->params.xmit_policy),
			       bond->params.xmit_policy);
}

static void
append_primary(const struct bond *bond, GString *text)
{
	if (!bond_uses_primary(bond))
		return;
	g_string_append_printf(text, "Primary Slave: %s", bond->primary ? bond->primary->name : "None");
	if (bond->primary != NULL)
		g_string_append_printf(
		    text, " (primary_reselect %s)",
		    bond_option_value_name(BOND_OPT_PRIMARY_RESELECT, bond->params.primary_reselect));
	g_string_append_printf(text, "\nCurrently Active Slave: %s\n", bond->active ? bond->active->name : "None");
}

static int
param_ms(const struct bond *bond, enum bond_option_id id)
{
	return (int) bond_params_value(&bond->params, id);
}

static void
append_links(const struct bond *bond, GString *text)
{
	g_string_append_printf(text, "MII Status: %s\n", bond->carrier ? "up" : "down");
	g_string_append_printf(text, "MII Polling Interval (ms): %d\n", bond->params.miimon);
	g_string_append_printf(text, "Up Delay (ms): %d\n", param_ms(bond, BOND_OPT_UPDELAY));
	g_string_append_printf(text, "Down Delay (ms): %d\n", param_ms(bond, BOND_OPT_DOWNDELAY));
	g_string_append_printf(text, "Peer Notification Delay (ms): %d\n", param_ms(bond, BOND_OPT_PEER_NOTIF_DELAY));
}

static void
append_targets(const struct bond *bond, enum bond_option_id id, const char *label, GString *text)
{
	g_autofree char *targets = bond_params_targets_text(&bond->params, id, ", ");

	g_string_append_printf(text, "%s:%s%s\n", label, *targets != '\0' ? " " : "", targets);
}

static void
append_arp_monitor(const struct bond *bond, GString *text)
{
	if (bond->params.arp_interval == 0)
		return;
	g_string_append_printf(text, "ARP Polling Interval (ms): %d\n", bond->params.arp_interval);
	g_string_append_printf(text, "ARP Missed Max: %u\n", bond->params.missed_max);
	append_targets(bond, BOND_OPT_ARP_IP_TARGET, "ARP IP target/s (n.n.n.n form)", text);
	append_targets(bond, BOND_OPT_NS_IP6_TARGET, "NS IPv6 target/s (xx::xx form)", text);
}

static const char *
duplex_name(enum bond_duplex duplex)
{
	switch (duplex) {
	case BOND_DUPLEX_HALF:
		return "half";
	case BOND_DUPLEX_FULL:
		return "full";
	default:
		return "Unknown";
	}
}

static void
append_port(const struct bond_port *port, GString *text)
{
	g_autofree char *mac = bond_mac_text(&port->perm_mac);

	g_string_append_printf(text, "\nSlave Interface: %s\n", port->name);
	g_string_append_printf(text, "MII Status: %s\n", bond_link_name(port->link));
	if (port->speed == BOND_SPEED_UNKNOWN)
		g_string_append(text, "Speed: Unknown\n");
	else
		g_string_append_printf(text, "Speed: %d Mbps\n", (int) port->speed);
	g_string_append_printf(text, "Duplex: %s\n", duplex_name(port->duplex));
	g_string_append_printf(text, "Link Failure Count: %u\n", port->link_failure_count);
	g_string_append_printf(text, "Permanent HW addr: %s\n", mac);
	g_string_append_printf(text, "Slave queue ID: %u\n", port->queue_id);
	if (port->bond->mode->port_status != NULL)
		port->bond->mode->port_status(port, text);
}

char *
bond_status_proc(const struct bond *bond, const char *version)
{
	GString *text = g_string_new(NULL);
	const struct bond_port *port;

	g_string_append_printf(text, "Ethernet Channel Bonding Driver: %s\n\n", version);
	append_mode(bond, text);
	append_hash_policy(bond, text);
	append_primary(bond, text);
	append_links(bond, text);
	append_arp_monitor(bond, text);
	if (bond->mode->status != NULL)
		bond->mode->status(bond, text);
	FOREACH_PORT (bond, port)
		append_port(port, text);
	return g_string_free(text, FALSE);
}

/* --- sysfs, bonding/ of a bond --- */

/* How an attribute is written. Those that are no option, or have no value in the bond's mode, read as nothing. */
enum form {
	FORM_NAME_NUMBER, /* "layer2 0" */
	FORM_NUMBER,	  /* "0", also for switches */
	FORM_TARGETS,	  /* "10.0.0.1 10.0.0.2" */
	FORM_PORTS,	  /* "p0 p1", "p0:0 p1:2" */
	FORM_PRIMARY,
	FORM_ACTIVE,
	FORM_CARRIER,
	FORM_AD_NUMBER, /* an option that reads as nothing outside 802.3ad */
	FORM_AD_MAC,
	FORM_AD_STATE, /* of the active aggregator, which the mode knows; 0 while there is none */
	FORM_AD_PARTNER,
};

#define READ_WRITE 0644
#define READ_ONLY  0444

static const struct bond_attribute bond_attributes[] = {
    {"active_slave", READ_WRITE, BOND_OPT_ACTIVE_SLAVE, FORM_ACTIVE},
    {"ad_actor_key", READ_ONLY, 0, FORM_AD_STATE},
    {"ad_actor_sys_prio", READ_WRITE, BOND_OPT_AD_ACTOR_SYS_PRIO, FORM_AD_NUMBER},
    {"ad_actor_system", READ_WRITE, BOND_OPT_AD_ACTOR_SYSTEM, FORM_AD_MAC},
    {"ad_aggregator", READ_ONLY, 0, FORM_AD_STATE},
    {"ad_num_ports", READ_ONLY, 0, FORM_AD_STATE},
    {"ad_partner_key", READ_ONLY, 0, FORM_AD_STATE},
    {"ad_partner_mac", READ_ONLY, 0, FORM_AD_PARTNER},
    {"ad_select", READ_WRITE, BOND_OPT_AD_SELECT, FORM_NAME_NUMBER},
    {"ad_user_port_key", READ_WRITE, BOND_OPT_AD_USER_PORT_KEY, FORM_AD_NUMBER},
    {"all_slaves_active", READ_WRITE, BOND_OPT_ALL_SLAVES_ACTIVE, FORM_NUMBER},
    {"arp_all_targets", READ_WRITE, BOND_OPT_ARP_ALL_TARGETS, FORM_NAME_NUMBER},
    {"arp_interval", READ_WRITE, BOND_OPT_ARP_INTERVAL, FORM_NUMBER},
    {"arp_ip_target", READ_WRITE, BOND_OPT_ARP_IP_TARGET, FORM_TARGETS},
    {"arp_missed_max", READ_WRITE, BOND_OPT_ARP_MISSED_MAX, FORM_NUMBER},
    {"arp_validate", READ_WRITE, BOND_OPT_ARP_VALIDATE, FORM_NAME_NUMBER},
    {"downdelay", READ_WRITE, BOND_OPT_DOWNDELAY, FORM_NUMBER},
    {"fail_over_mac", READ_WRITE, BOND_OPT_FAIL_OVER_MAC, FORM_NAME_NUMBER},
    {"lacp_active", READ_WRITE, BOND_OPT_LACP_ACTIVE, FORM_NAME_NUMBER},
    {"lacp_rate", READ_WRITE, BOND_OPT_LACP_RATE, FORM_NAME_NUMBER},
    {"lp_interval", READ_WRITE, BOND_OPT_LP_INTERVAL, FORM_NUMBER},
    {"mii_status", READ_ONLY, 0, FORM_CARRIER},
    {"miimon", READ_WRITE, BOND_OPT_MIIMON, FORM_NUMBER},
    {"min_links", READ_WRITE, BOND_OPT_MIN_LINKS, FORM_NUMBER},
    {"mode", READ_WRITE, BOND_OPT_MODE, FORM_NAME_NUMBER},
    {"num_grat_arp", READ_WRITE, BOND_OPT_NUM_PEER_NOTIF, FORM_NUMBER},
    {"num_unsol_na", READ_WRITE, BOND_OPT_NUM_PEER_NOTIF, FORM_NUMBER},
    {"packets_per_slave", READ_WRITE, BOND_OPT_PACKETS_PER_SLAVE, FORM_NUMBER},
    {"peer_notif_delay", READ_WRITE, BOND_OPT_PEER_NOTIF_DELAY, FORM_NUMBER},
    {"primary", READ_WRITE, BOND_OPT_PRIMARY, FORM_PRIMARY},
    {"primary_reselect", READ_WRITE, BOND_OPT_PRIMARY_RESELECT, FORM_NAME_NUMBER},
    {"queue_id", READ_WRITE, BOND_OPT_QUEUE_ID, FORM_PORTS},
    {"resend_igmp", READ_WRITE, BOND_OPT_RESEND_IGMP, FORM_NUMBER},
    {"slaves", READ_WRITE, BOND_OPT_SLAVES, FORM_PORTS},
    {"tlb_dynamic_lb", READ_WRITE, BOND_OPT_TLB_DYNAMIC_LB, FORM_NUMBER},
    {"updelay", READ_WRITE, BOND_OPT_UPDELAY, FORM_NUMBER},
    {"use_carrier", READ_WRITE, BOND_OPT_USE_CARRIER, FORM_NUMBER},
    {"xmit_hash_policy", READ_WRITE, BOND_OPT_XMIT_HASH_POLICY, FORM_NAME_NUMBER},
};

static const struct bond_attribute *
find_attribute(const struct bond_attribute *table, guint n, const char *name)
{
	for (guint i = 0; i < n; i++) {
		if (g_str_equal(table[i].name, name))
			return &table[i];
	}
	return NULL;
}

static void
append_name_number(const struct bond *bond, enum bond_option_id id, GString *text)
{
	gint64 value = bond_params_value(&bond->params, id);

	g_string_append_printf(text, "%s %d", bond_option_value_name(id, value), (int) value);
}

static void
append_ports(const struct bond *bond, enum bond_option_id id, GString *text)
{
	g_autofree char *ports = bond_ports_text(bond, id, " ");

	g_string_append(text, ports);
}

static void
append_target_list(const struct bond *bond, enum bond_option_id id, GString *text)
{
	g_autofree char *targets = bond_params_targets_text(&bond->params, id, " ");

	g_string_append(text, targets);
}

static void
append_port_name(const struct bond *bond, const struct bond_port *port, GString *text)
{
	if (port != NULL && bond_uses_primary(bond))
		g_string_append(text, port->name);
}

static void
append_ad_actor_system(const struct bond *bond, GString *text)
{
	g_autofree char *mac = bond_mac_text(&bond->params.ad_actor_system);

	g_string_append(text, mac);
}

/* What only 802.3ad has to say; in the other modes the file is empty. */
static void
append_ad(const struct bond *bond, const struct bond_attribute *attribute, GString *text)
{
	if (bond->params.mode != BOND_MODE_8023AD)
		return;
	if (bond->mode->attribute != NULL && bond->mode->attribute(bond, attribute->name, text))
		return;
	if (attribute->form == FORM_AD_MAC)
		append_ad_actor_system(bond, text);
	else if (attribute->form == FORM_AD_NUMBER)
		g_string_append_printf(text, "%d", (int) bond_params_value(&bond->params, attribute->option));
	else if (attribute->form == FORM_AD_STATE)
		g_string_append_c(text, '0');
}

static void
append_attribute(const struct bond *bond, const struct bond_attribute *attribute, GString *text)
{
	switch ((enum form) attribute->form) {
	case FORM_NAME_NUMBER:
		append_name_number(bond, attribute->option, text);
		break;
	case FORM_NUMBER:
		g_string_append_printf(text, "%u", (guint) bond_params_value(&bond->params, attribute->option));
		break;
	case FORM_TARGETS:
		append_target_list(bond, attribute->option, text);
		break;
	case FORM_PORTS:
		append_ports(bond, attribute->option, text);
		break;
	case FORM_PRIMARY:
		append_port_name(bond, bond->primary, text);
		break;
	case FORM_ACTIVE:
		append_port_name(bond, bond->active, text);
		break;
	case FORM_CARRIER:
		g_string_append(text, bond->carrier ? "up" : "down");
		break;
	case FORM_AD_NUMBER:
	case FORM_AD_MAC:
	case FORM_AD_STATE:
	case FORM_AD_PARTNER:
		append_ad(bond, attribute, text);
		break;
	}
}

const struct bond_attribute *
bond_status_attributes(guint *n)
{
	*n = G_N_ELEMENTS(bond_attributes);
	return bond_attributes;
}

char *
bond_status_attribute(const struct bond *bond, const char *name)
{
	const struct bond_attribute *attribute = find_attribute(bond_attributes, G_N_ELEMENTS(bond_attributes), name);
	GString *text;

	if (attribute == NULL)
		return NULL;
	text = g_string_new(NULL);
	append_attribute(bond, attribute, text);
	/* Nothing to say is no line at all. */
	if (text->len > 0)
		g_string_append_c(text, '\n');
	return g_string_free(text, FALSE);
}

/* --- sysfs, bonding_slave/ of a port --- */

enum port_form {
	PORT_FORM_STATE,
	PORT_FORM_LINK,
	PORT_FORM_FAILURES,
	PORT_FORM_MAC,
	PORT_FORM_QUEUE,
	PORT_FORM_AD, /* of the port's LACP state, which the mode knows */
};

static const struct bond_attribute port_attributes[] = {
    {.name = "ad_actor_oper_port_state", .mode = READ_ONLY, .form = PORT_FORM_AD},
    {.name = "ad_aggregator_id", .mode = READ_ONLY, .form = PORT_FORM_AD},
    {.name = "ad_partner_oper_port_state", .mode = READ_ONLY, .form = PORT_FORM_AD},
    {.name = "link_failure_count", .mode = READ_ONLY, .form = PORT_FORM_FAILURES},
    {.name = "mii_status", .mode = READ_ONLY, .form = PORT_FORM_LINK},
    {.name = "perm_hwaddr", .mode = READ_ONLY, .form = PORT_FORM_MAC},
    {.name = "queue_id", .mode = READ_ONLY, .form = PORT_FORM_QUEUE},
    {.name = "state", .mode = READ_ONLY, .form = PORT_FORM_STATE},
};

static void
append_perm_mac(const struct bond_port *port, GString *text)
{
	g_autofree char *mac = bond_mac_text(&port->perm_mac);

	g_string_append(text, mac);
}

static void
append_port_ad(const struct bond_port *port, const char *name, GString *text)
{
	const struct bond_mode_ops *mode = port->bond->mode;

	if (mode->port_attribute == NULL || !mode->port_attribute(port, name, text))
		g_string_append(text, "N/A");
}

static void
append_port_attribute(const struct bond_port *port, const struct bond_attribute *attribute, GString *text)
{
	switch ((enum port_form) attribute->form) {
	case PORT_FORM_STATE:
		g_string_append(text, port->backup ? "backup" : "active");
		break;
	case PORT_FORM_LINK:
		g_string_append(text, bond_link_name(port->link));
		break;
	case PORT_FORM_FAILURES:
		g_string_append_printf(text, "%u", port->link_failure_count);
		break;
	case PORT_FORM_MAC:
		append_perm_mac(port, text);
		break;
	case PORT_FORM_QUEUE:
		g_string_append_printf(text, "%u", port->queue_id);
		break;
	case PORT_FORM_AD:
		append_port_ad(port, attribute->name, text);
		break;
	}
}

const struct bond_attribute *
bond_status_port_attributes(guint *n)
{
	*n = G_N_ELEMENTS(port_attributes);
	return port_attributes;
}

char *
bond_status_port_attribute(const struct bond_port *port, const char *name)
{
	const struct bond_attribute *attribute = find_attribute(port_attributes, G_N_ELEMENTS(port_attributes), name);
	GString *text;

	if (attribute == NULL)
		return NULL;
	text = g_string_new(NULL);
	append_port_attribute(port, attribute, text);
	g_string_append_c(text, '\n');
	return g_string_free(text, FALSE);
}
