/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lacp-object.h"

#include "lacp-verdict.h"
#include "text.h"

/* The only property that both classes answer for themselves. */
#define PROP_COUNTERS 1

struct _BondLacp {
	DbusBondLacpSkeleton parent;
	const struct bond *bond;
};

struct _PortLacp {
	DbusBondPortLacpSkeleton parent;
	const struct bond_port *port;
};

G_DEFINE_FINAL_TYPE(BondLacp, bond_lacp, DBUS_TYPE_BOND_LACP_SKELETON)
G_DEFINE_FINAL_TYPE(PortLacp, port_lacp, DBUS_TYPE_BOND_PORT_LACP_SKELETON)

/* --- Counters --- */

static const struct {
	const char *name;
	gsize offset;
} counter_table[] = {
    {"lacpdu-rx", G_STRUCT_OFFSET(struct bond_lacp_counters, lacpdu_rx)},
    {"lacpdu-tx", G_STRUCT_OFFSET(struct bond_lacp_counters, lacpdu_tx)},
    {"lacpdu-unknown-rx", G_STRUCT_OFFSET(struct bond_lacp_counters, lacpdu_unknown_rx)},
    {"lacpdu-illegal-rx", G_STRUCT_OFFSET(struct bond_lacp_counters, lacpdu_illegal_rx)},
    {"marker-rx", G_STRUCT_OFFSET(struct bond_lacp_counters, marker_rx)},
    {"marker-tx", G_STRUCT_OFFSET(struct bond_lacp_counters, marker_tx)},
    {"marker-response-rx", G_STRUCT_OFFSET(struct bond_lacp_counters, marker_resp_rx)},
    {"marker-response-tx", G_STRUCT_OFFSET(struct bond_lacp_counters, marker_resp_tx)},
    {"marker-unknown-rx", G_STRUCT_OFFSET(struct bond_lacp_counters, marker_unknown_rx)},
};

static GVariant *
counters_variant(const struct bond_lacp_counters *counters)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{st}"));
	for (guint i = 0; i < G_N_ELEMENTS(counter_table); i++)
		g_variant_builder_add(&builder, "{st}", counter_table[i].name,
				      G_STRUCT_MEMBER(guint64, counters, counter_table[i].offset));
	return g_variant_builder_end(&builder);
}

static void
bond_lacp_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
	BondLacp *self = BOND_LACP(object);
	struct bond_aggregate_info info = {0};

	if (self->bond != NULL)
		bond_lacp_info(self->bond, &info);
	g_value_set_variant(value, counters_variant(&info.counters));
}

static void
port_lacp_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
	PortLacp *self = PORT_LACP(object);
	struct bond_lacp_info info = {0};

	if (self->port != NULL)
		bond_port_lacp_info(self->port, &info);
	g_value_set_variant(value, counters_variant(&info.counters));
}

/* The counters are read-only; construction does not touch them. */
static void
ignore_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
}

static void
bond_lacp_class_init(BondLacpClass *class)
{
	G_OBJECT_CLASS(class)->get_property = bond_lacp_get_property;
	G_OBJECT_CLASS(class)->set_property = ignore_property;
	g_object_class_override_property(G_OBJECT_CLASS(class), PROP_COUNTERS, "counters");
}

static void
port_lacp_class_init(PortLacpClass *class)
{
	G_OBJECT_CLASS(class)->get_property = port_lacp_get_property;
	G_OBJECT_CLASS(class)->set_property = ignore_property;
	g_object_class_override_property(G_OBJECT_CLASS(class), PROP_COUNTERS, "counters");
}

static void
bond_lacp_init(BondLacp *self)
{
}

static void
port_lacp_init(PortLacp *self)
{
}

/* --- The rest --- */

static const char *const state_words[] = {"activity",	"timeout",	"aggregation", "synchronization",
					  "collecting", "distributing", "defaulted",   "expired"};

GVariant *
lacp_state_words(guint8 state)
{
	GVariantBuilder words;

	g_variant_builder_init(&words, G_VARIANT_TYPE("as"));
	for (guint i = 0; i < G_N_ELEMENTS(state_words); i++) {
		if ((state >> i & 1) != 0)
			g_variant_builder_add(&words, "s", state_words[i]);
	}
	return g_variant_builder_end(&words);
}

static const char *
system_text(const struct bond_mac *mac, char *text)
{
	return bond_mac_is_zero(mac) ? "" : text_of_mac(mac, text);
}

BondLacp *
bond_lacp_new(const struct bond *bond)
{
	BondLacp *self = g_object_new(BOND_TYPE_LACP, NULL);

	self->bond = bond;
	bond_lacp_sync(self);
	return self;
}

void
bond_lacp_forget(BondLacp *self)
{
	self->bond = NULL;
}

void
bond_lacp_sync(BondLacp *self)
{
	DbusBondLacp *dbus = DBUS_BOND_LACP(self);
	struct bond_aggregate_info info;
	char mac[TEXT_MAC_SIZE];

	if (self->bond == NULL || !bond_lacp_info(self->bond, &info))
		return;
	dbus_bond_lacp_set_system(dbus, system_text(&info.system, mac));
	dbus_bond_lacp_set_system_priority(dbus, info.system_priority);
	dbus_bond_lacp_set_aggregator_id(dbus, info.aggregator_id);
	dbus_bond_lacp_set_aggregator_ports(dbus, info.n_ports);
	dbus_bond_lacp_set_actor_key(dbus, info.actor_key);
	dbus_bond_lacp_set_partner_key(dbus, info.partner_key);
	dbus_bond_lacp_set_partner_system(dbus, system_text(&info.partner_system, mac));
	g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(self));
}

PortLacp *
port_lacp_new(const struct bond_port *port)
{
	PortLacp *self = g_object_new(PORT_TYPE_LACP, NULL);

	self->port = port;
	port_lacp_sync(self);
	return self;
}

void
port_lacp_forget(PortLacp *self)
{
	self->port = NULL;
}

static void
set_words(PortLacp *self, const char *property, guint8 state)
{
	g_autoptr(GVariant) words = g_variant_ref_sink(lacp_state_words(state));
	g_autofree const char **strv = g_variant_get_strv(words, NULL);

	g_object_set(self, property, strv, NULL);
}

static void
sync_actor(PortLacp *self, const struct bond_lacp_party *actor)
{
	DbusBondPortLacp *dbus = DBUS_BOND_PORT_LACP(self);
	char mac[TEXT_MAC_SIZE];

	dbus_bond_port_lacp_set_actor_system(dbus, system_text(&actor->system, mac));
	dbus_bond_port_lacp_set_actor_system_priority(dbus, actor->system_priority);
	dbus_bond_port_lacp_set_actor_key(dbus, actor->key);
	dbus_bond_port_lacp_set_actor_port_priority(dbus, actor->port_priority);
	dbus_bond_port_lacp_set_actor_port(dbus, actor->port_number);
	dbus_bond_port_lacp_set_actor_state(dbus, actor->state);
	set_words(self, "actor-state-words", actor->state);
}

static void
sync_partner(PortLacp *self, const struct bond_lacp_party *partner)
{
	DbusBondPortLacp *dbus = DBUS_BOND_PORT_LACP(self);
	char mac[TEXT_MAC_SIZE];

	dbus_bond_port_lacp_set_partner_system(dbus, system_text(&partner->system, mac));
	dbus_bond_port_lacp_set_partner_system_priority(dbus, partner->system_priority);
	dbus_bond_port_lacp_set_partner_key(dbus, partner->key);
	dbus_bond_port_lacp_set_partner_port_priority(dbus, partner->port_priority);
	dbus_bond_port_lacp_set_partner_port(dbus, partner->port_number);
	dbus_bond_port_lacp_set_partner_state(dbus, partner->state);
	set_words(self, "partner-state-words", partner->state);
}

static void
sync_verdict(PortLacp *self, const struct bond_lacp_verdict *verdict)
{
	DbusBondPortLacp *dbus = DBUS_BOND_PORT_LACP(self);
	g_autofree char *text = lacp_verdict_text(verdict);

	dbus_bond_port_lacp_set_verdict(dbus, text);
	dbus_bond_port_lacp_set_verdict_name(dbus, bond_lacp_verdict_name(verdict->type));
	dbus_bond_port_lacp_set_verdict_pattern(dbus, lacp_verdict_pattern(verdict));
	dbus_bond_port_lacp_set_verdict_details(dbus, lacp_verdict_details(verdict));
	dbus_bond_port_lacp_set_forwarding(dbus, verdict->forwarding);
}

static void
sync_machines(PortLacp *self, const struct bond_lacp_info *info)
{
	DbusBondPortLacp *dbus = DBUS_BOND_PORT_LACP(self);

	dbus_bond_port_lacp_set_receive_state(dbus, info->rx_state);
	dbus_bond_port_lacp_set_periodic_state(dbus, info->periodic_state);
	dbus_bond_port_lacp_set_mux_state(dbus, info->mux_state);
	dbus_bond_port_lacp_set_actor_churn(dbus, bond_lacp_churn_name(info->actor_churn));
	dbus_bond_port_lacp_set_partner_churn(dbus, bond_lacp_churn_name(info->partner_churn));
	dbus_bond_port_lacp_set_actor_churn_count(dbus, info->actor_churn_count);
	dbus_bond_port_lacp_set_partner_churn_count(dbus, info->partner_churn_count);
}

void
port_lacp_sync(PortLacp *self)
{
	DbusBondPortLacp *dbus = DBUS_BOND_PORT_LACP(self);
	struct bond_lacp_info info;

	if (self->port == NULL || !bond_port_lacp_info(self->port, &info))
		return;
	dbus_bond_port_lacp_set_aggregator_id(dbus, info.aggregator_id);
	dbus_bond_port_lacp_set_aggregator_active(dbus, info.aggregator_active);
	sync_verdict(self, &info.verdict);
	sync_actor(self, &info.actor);
	sync_partner(self, &info.partner);
	sync_machines(self, &info);
	g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(self));
}
