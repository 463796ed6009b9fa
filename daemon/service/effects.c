/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "effects.h"

#include "option-values.h"
#include "text.h"

#include "engine/flow-frame.h"
#include "engine/lacp-info.h"
#include "engine/rehearsal.h"

#define TCP 6

/* The two copies, after the same second. */
struct comparison {
	struct rehearsal *before;
	struct rehearsal *after;
	const struct bond *was;
	const struct bond *is;
	GVariantBuilder effects;
};

static void add_effect(struct comparison *c, const char *kind, const char *subject, const char *was, const char *is,
		       const char *format, ...) G_GNUC_PRINTF(6, 7);

static void
add_effect(struct comparison *c, const char *kind, const char *subject, const char *was, const char *is,
	   const char *format, ...)
{
	GVariantBuilder dict;
	va_list args;

	va_start(args, format);
	g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&dict, "{sv}", "kind", g_variant_new_string(kind));
	g_variant_builder_add(&dict, "{sv}", "subject", g_variant_new_string(subject));
	g_variant_builder_add(&dict, "{sv}", "old", g_variant_new_string(was));
	g_variant_builder_add(&dict, "{sv}", "new", g_variant_new_string(is));
	g_variant_builder_add(&dict, "{sv}", "text", g_variant_new_take_string(g_strdup_vprintf(format, args)));
	g_variant_builder_add_value(&c->effects, g_variant_builder_end(&dict));
	va_end(args);
}

static const char *
or_nothing(const char *text)
{
	return *text != '\0' ? text : "nothing";
}

/* --- Options --- */

static void
compare_options(struct comparison *c)
{
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *option = &bond_option_table()[i];
		g_autofree char *was = option_is_setting(option) ? bond_get_option(c->was, option->name) : NULL;
		g_autofree char *is = option_is_setting(option) ? bond_get_option(c->is, option->name) : NULL;

		if (g_strcmp0(was, is) != 0)
			add_effect(c, "option", option->name, was, is, "option %s would be %s instead of %s",
				   option->name, or_nothing(is), or_nothing(was));
	}
}

/* --- Who carries --- */

static const char *
active_name(const struct bond *bond)
{
	const struct bond_port *port = bond_active_port(bond);

	return port != NULL ? port_name(port) : "";
}

static void
compare_active(struct comparison *c)
{
	const char *was = active_name(c->was);
	const char *is = active_name(c->is);

	if (g_str_equal(was, is))
		return;
	if (*is == '\0')
		add_effect(c, "active-port", is, was, is, "no port would be active any more, it is %s", was);
	else
		add_effect(c, "active-port", is, was, is, "%s would be active instead of %s", is, or_nothing(was));
}

static void
compare_carrier(struct comparison *c)
{
	gboolean is = bond_has_carrier(c->is);

	if (bond_has_carrier(c->was) != is)
		add_effect(c, "carrier", bond_name(c->is), is ? "down" : "up", is ? "up" : "down",
			   is ? "%s would have carrier" : "%s would lose its carrier", bond_name(c->is));
}

static gboolean
plan_sends(const struct bond_plan *plan, bond_port_id id)
{
	for (guint i = 0; i < plan->n_slots; i++) {
		if (plan->slots[i] == id && plan->tx != BOND_PLAN_ROUND_ROBIN)
			return TRUE;
	}
	for (guint i = 0; plan->tx == BOND_PLAN_BALANCE && i < BOND_PLAN_TABLE_SIZE; i++) {
		if (plan->table[i] == id)
			return TRUE;
	}
	return plan->tx == BOND_PLAN_ROUND_ROBIN && (plan->usable >> id & 1) != 0;
}

/* Which of the host's frames a port sends, and which of its own the host gets. */
static const char *
role_of(struct rehearsal *rehearsal, const struct bond_port *port)
{
	const struct bond_plan *plan = rehearsal_plan(rehearsal);
	gboolean sends = plan_sends(plan, port_id(port));
	gboolean receives = plan->rx[port_id(port)] == BOND_PLAN_RX_ALL || plan->rx[port_id(port)] == BOND_PLAN_RX_OWN;

	if (sends)
		return receives ? "sends and receives" : "sends";
	return receives ? "receives" : "waits";
}

static void
compare_port(struct comparison *c, const struct bond_port *was, const struct bond_port *is)
{
	const char *old_role = role_of(c->before, was);
	const char *role = role_of(c->after, is);

	if (!g_str_equal(old_role, role))
		add_effect(c, "port", port_name(is), old_role, role, "%s %s now; it would be one that %s",
			   port_name(is), old_role, role);
	if (port_link(was) != port_link(is))
		add_effect(c, "port", port_name(is), bond_link_name(port_link(was)), bond_link_name(port_link(is)),
			   "the link of %s would count as %s instead of %s", port_name(is),
			   bond_link_name(port_link(is)), bond_link_name(port_link(was)));
}

/* --- Flows --- */

struct flows {
	guint8 bytes[EFFECTS_SAMPLE_FLOWS][FLOW_FRAME_MAX];
	struct bond_frame frames[EFFECTS_SAMPLE_FLOWS];
};

/* The same ones each time: TCP connections of the host with others, over IPv4. */
static struct flows *
make_flows(const struct bond *bond)
{
	struct flows *flows = g_new0(struct flows, 1);
	GRand *random = g_rand_new_with_seed(1);
	struct flow_fields fields = {
	    .source_mac = *bond_get_mac(bond),
	    .destination_mac = {{0x02, 0, 0, 0, 0, 0}},
	    .has_source = TRUE,
	    .has_destination = TRUE,
	    .source = {.bytes = {192, 0, 2, 1}},
	    .protocol = TCP,
	    .destination_port = 443,
	};

	for (guint i = 0; i < EFFECTS_SAMPLE_FLOWS; i++) {
		guint32 other = g_rand_int(random);

		fields.destination_mac.b[5] = (guint8) other;
		memcpy(fields.destination.bytes, &other, sizeof(other));
		fields.source_port = (guint16) g_rand_int_range(random, 32768, 61000);
		flows->frames[i].data = flows->bytes[i];
		flows->frames[i].len = (guint32) flow_frame_build(&fields, flows->bytes[i], NULL);
	}
	g_rand_free(random);
	return flows;
}

static void
send_flows(const struct bond_plan *plan, const struct flows *flows, bond_port_id *ports)
{
	g_autofree struct bond_plan_state *state = g_new0(struct bond_plan_state, 1);

	state->random = 1;
	bond_plan_transmit(plan, state, flows->frames, EFFECTS_SAMPLE_FLOWS, ports);
}

/* "eth0 512, eth1 512"; "eth0 and eth1 in turn"; "a copy each by eth0, eth1" */
static char *
spread_text(const struct bond *bond, const struct bond_plan *plan, const bond_port_id *ports)
{
	GString *text = g_string_new(NULL);

	for (guint n = 0; bond_nth_port(bond, n) != NULL; n++) {
		const struct bond_port *port = bond_nth_port(bond, n);
		gboolean every = plan->tx == BOND_PLAN_BROADCAST || plan->tx == BOND_PLAN_ROUND_ROBIN;
		guint count = 0;

		for (guint i = 0; i < EFFECTS_SAMPLE_FLOWS; i++)
			count += ports[i] == port_id(port);
		if (every && plan_sends(plan, port_id(port)))
			g_string_append_printf(text, "%s%s", text->len > 0 ? " and " : "", port_name(port));
		else if (count > 0)
			g_string_append_printf(text, "%s%s %u", text->len > 0 ? ", " : "", port_name(port), count);
	}
	if (text->len == 0)
		g_string_append(text, "none");
	else if (plan->tx == BOND_PLAN_ROUND_ROBIN)
		g_string_append(text, " in turn");
	else if (plan->tx == BOND_PLAN_BROADCAST)
		g_string_append(text, " a copy each");
	return g_string_free(text, FALSE);
}

/* Frames that go round, or to everybody, have no port of their own: then it is the plan that differs or not. */
static guint
count_moved(const struct bond_plan *was, const struct bond_plan *is, const bond_port_id *old, const bond_port_id *new)
{
	gboolean spread = is->tx == BOND_PLAN_ROUND_ROBIN || is->tx == BOND_PLAN_BROADCAST;
	guint moved = 0;

	if (was->tx != is->tx && (spread || was->tx == BOND_PLAN_ROUND_ROBIN || was->tx == BOND_PLAN_BROADCAST))
		return EFFECTS_SAMPLE_FLOWS;
	if (spread && (was->usable != is->usable || was->n_slots != is->n_slots ||
		       was->packets_per_slave != is->packets_per_slave))
		return EFFECTS_SAMPLE_FLOWS;
	for (guint i = 0; !spread && i < EFFECTS_SAMPLE_FLOWS; i++)
		moved += old[i] != new[i];
	return moved;
}

static void
compare_flows(struct comparison *c)
{
	const struct bond_plan *was = rehearsal_plan(c->before);
	const struct bond_plan *is = rehearsal_plan(c->after);
	g_autofree struct flows *flows = make_flows(c->was);
	bond_port_id old[EFFECTS_SAMPLE_FLOWS];
	bond_port_id new[EFFECTS_SAMPLE_FLOWS];
	g_autofree char *old_text = NULL;
	g_autofree char *new_text = NULL;
	guint moved;

	send_flows(was, flows, old);
	send_flows(is, flows, new);
	moved = count_moved(was, is, old, new);
	if (moved == 0)
		return;
	old_text = spread_text(c->was, was, old);
	new_text = spread_text(c->is, is, new);
	add_effect(c, "flows", bond_name(c->is), old_text, new_text,
		   "%u of %u sample flows would leave otherwise: by %s instead of %s", moved, EFFECTS_SAMPLE_FLOWS,
		   new_text, old_text);
}

/* --- What others would hear --- */

static void
compare_announcement(struct comparison *c, const struct bond_port *port)
{
	guint64 bit = G_GUINT64_CONSTANT(1) << port_id(port);
	const struct bond_params *params = bond_get_params(c->is);

	if ((rehearsal_announced(c->after) & ~rehearsal_announced(c->before) & bit) != 0)
		add_effect(c, "announcement", "addresses", "", port_name(port),
			   "%s would tell the neighbours that the host's addresses are there now (num_grat_arp is %u)",
			   port_name(port), params->num_peer_notif);
	if ((rehearsal_reported(c->after) & ~rehearsal_reported(c->before) & bit) != 0)
		add_effect(c, "announcement", "multicast-groups", "", port_name(port),
			   "%s would report the host's multicast groups anew (resend_igmp is %d)", port_name(port),
			   params->resend_igmp);
}

/* "miimon, 100 ms", "ARP every 500 ms", "" */
static char *
monitor_text(const struct bond *bond)
{
	const struct bond_params *params = bond_get_params(bond);
	g_autofree char *targets = bond_get_option(bond, "arp_ip_target");
	g_autofree char *targets6 = bond_get_option(bond, "ns_ip6_target");

	if (params->arp_interval > 0)
		return g_strdup_printf("by asking %s%s%s every %d ms", targets, *targets && *targets6 ? "," : "",
				       targets6, params->arp_interval);
	if (params->miimon > 0)
		return g_strdup(params->use_carrier ? "by their carrier" : "by what their drivers say");
	return g_strdup("");
}

static void
compare_probes(struct comparison *c)
{
	g_autofree char *was = monitor_text(c->was);
	g_autofree char *is = monitor_text(c->is);

	if (g_str_equal(was, is))
		return;
	if (*is == '\0')
		add_effect(c, "probes", bond_name(c->is), was, is,
			   "links would not be watched any more: a port that dies would go on being used");
	else if (*was == '\0')
		add_effect(c, "probes", bond_name(c->is), was, is, "links would be watched %s; now nobody does", is);
	else
		add_effect(c, "probes", bond_name(c->is), was, is, "links would be watched %s instead of %s", is, was);
}

static char *
party_text(const struct bond_lacp_party *party)
{
	char mac[TEXT_MAC_SIZE];

	return g_strdup_printf("system %u %s, key %u, port %u %u", party->system_priority,
			       text_of_mac(&party->system, mac), party->key, party->port_priority, party->port_number);
}

static void
compare_lacp(struct comparison *c, const struct bond_port *was, const struct bond_port *is)
{
	struct bond_lacp_info before;
	struct bond_lacp_info after;
	g_autofree char *old_identity = NULL;
	g_autofree char *identity = NULL;

	if (!bond_port_lacp_info(was, &before) || !bond_port_lacp_info(is, &after))
		return;
	old_identity = party_text(&before.actor);
	identity = party_text(&after.actor);
	if (!g_str_equal(old_identity, identity))
		add_effect(c, "lacp", port_name(is), old_identity, identity,
			   "%s would tell its partner another identity: the partner may take it for another link",
			   port_name(is));
	if (before.verdict.type != after.verdict.type)
		add_effect(c, "lacp", port_name(is), bond_lacp_verdict_name(before.verdict.type),
			   bond_lacp_verdict_name(after.verdict.type), "LACP of %s would be %s instead of %s",
			   port_name(is), bond_lacp_verdict_name(after.verdict.type),
			   bond_lacp_verdict_name(before.verdict.type));
}

static void
compare_mac(struct comparison *c, const char *name, const struct bond_mac *was, const struct bond_mac *is)
{
	char old_text[TEXT_MAC_SIZE];
	char text[TEXT_MAC_SIZE];

	text_of_mac(was, old_text);
	text_of_mac(is, text);
	if (!bond_mac_equal(was, is))
		add_effect(c, "address", name, old_text, text, "the address of %s would be %s instead of %s", name,
			   text, old_text);
}

/* --- All of it --- */

static void
compare(struct comparison *c)
{
	compare_options(c);
	compare_carrier(c);
	compare_active(c);
	for (guint i = 0; bond_nth_port(c->is, i) != NULL; i++) {
		const struct bond_port *was = bond_nth_port(c->was, i);
		const struct bond_port *is = bond_nth_port(c->is, i);

		compare_port(c, was, is);
		compare_lacp(c, was, is);
		compare_mac(c, port_name(is), port_mac(was), port_mac(is));
		compare_announcement(c, is);
	}
	compare_mac(c, bond_name(c->is), bond_get_mac(c->was), bond_get_mac(c->is));
	compare_flows(c);
	compare_probes(c);
}

GVariant *
effects_of_options(const struct bond *bond, const char *const *settings, bond_time now, GError **error)
{
	struct comparison c = {.before = rehearsal_new(bond), .after = rehearsal_new(bond)};
	GVariant *effects = NULL;

	c.was = rehearsal_bond(c.before);
	c.is = rehearsal_bond(c.after);
	if (bond_set_options(rehearsal_bond(c.after), settings, now, error)) {
		rehearsal_play(c.before, now);
		rehearsal_play(c.after, now);
		g_variant_builder_init(&c.effects, G_VARIANT_TYPE("aa{sv}"));
		compare(&c);
		effects = g_variant_builder_end(&c.effects);
	}
	rehearsal_free(c.before);
	rehearsal_free(c.after);
	return effects;
}
