/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explanation.h"

#include "error.h"
#include "text.h"

#include "engine/explain.h"
#include "engine/flow-frame.h"
#include "engine/rehearsal.h"

#include <arpa/inet.h>

#define MIN_FRAME 14
#define MAX_FRAME 65549

struct question {
	struct flow_fields fields;
	gboolean has_fields;
	guint8 *bytes; /* of "frame" */
	gsize len;
	guint16 queue;
	char **ports_down;
};

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
refuse(GError **error, const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list args;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_VALUE, message);
	return FALSE;
}

/* --- Reading one field each; the value has the type that the table says --- */

static gboolean
read_mac(const char *key, GVariant *value, struct bond_mac *mac, GError **error)
{
	const char *text = g_variant_get_string(value, NULL);

	return text_to_mac(text, mac) || refuse(error, "%s: \u201c%.32s\u201d is no MAC address", key, text);
}

static gboolean
read_source_mac(struct question *q, const char *key, GVariant *value, GError **error)
{
	return read_mac(key, value, &q->fields.source_mac, error);
}

static gboolean
read_destination_mac(struct question *q, const char *key, GVariant *value, GError **error)
{
	return read_mac(key, value, &q->fields.destination_mac, error);
}

static gboolean
read_ip(const char *key, GVariant *value, struct bond_ip *ip, gboolean *has, GError **error)
{
	const char *text = g_variant_get_string(value, NULL);

	*has = TRUE;
	ip->is_ipv6 = strchr(text, ':') != NULL;
	return inet_pton(ip->is_ipv6 ? AF_INET6 : AF_INET, text, ip->bytes) == 1 ||
	       refuse(error, "%s: \u201c%.64s\u201d is no IP address", key, text);
}

static gboolean
read_source(struct question *q, const char *key, GVariant *value, GError **error)
{
	return read_ip(key, value, &q->fields.source, &q->fields.has_source, error);
}

static gboolean
read_destination(struct question *q, const char *key, GVariant *value, GError **error)
{
	return read_ip(key, value, &q->fields.destination, &q->fields.has_destination, error);
}

static const struct {
	const char *name;
	guint8 number;
} protocols[] = {
    {"tcp", 6},	  {"udp", 17}, {"sctp", 132}, {"icmp", 1}, {"icmpv6", 58}, {"igmp", 2},	 {"udplite", 136},
    {"dccp", 33}, {"esp", 50}, {"ah", 51},    {"gre", 47}, {"ipip", 4},	   {"ipv6", 41},
};

static gboolean
read_protocol(struct question *q, const char *key, GVariant *value, GError **error)
{
	const char *name;

	if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTE)) {
		q->fields.protocol = g_variant_get_byte(value);
		return TRUE;
	}
	name = g_variant_get_string(value, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(protocols); i++) {
		if (g_ascii_strcasecmp(name, protocols[i].name) == 0) {
			q->fields.protocol = protocols[i].number;
			return TRUE;
		}
	}
	return refuse(error, "%s: \u201c%.32s\u201d is no protocol known here: give its number as a byte", key, name);
}

static gboolean
read_vlan(struct question *q, const char *key, GVariant *value, GError **error)
{
	q->fields.has_vlan = TRUE;
	q->fields.vlan = g_variant_get_uint16(value);
	return TRUE;
}

static gboolean
read_ether_type(struct question *q, const char *key, GVariant *value, GError **error)
{
	q->fields.ether_type = g_variant_get_uint16(value);
	return q->fields.ether_type >= 0x600 ||
	       refuse(error, "%s: 0x%04x is a length; EtherTypes begin at 0x0600", key, q->fields.ether_type);
}

static gboolean
read_source_port(struct question *q, const char *key, GVariant *value, GError **error)
{
	q->fields.source_port = g_variant_get_uint16(value);
	return TRUE;
}

static gboolean
read_destination_port(struct question *q, const char *key, GVariant *value, GError **error)
{
	q->fields.destination_port = g_variant_get_uint16(value);
	return TRUE;
}

static gboolean
read_frame(struct question *q, const char *key, GVariant *value, GError **error)
{
	gconstpointer bytes = g_variant_get_fixed_array(value, &q->len, sizeof(guint8));

	if (q->len < MIN_FRAME || q->len > MAX_FRAME)
		return refuse(error, "%s: %" G_GSIZE_FORMAT " bytes are no Ethernet frame: it has %d to %d", key,
			      q->len, MIN_FRAME, MAX_FRAME);
	g_free(q->bytes);
	q->bytes = g_memdup2(bytes, q->len);
	return TRUE;
}

static gboolean
read_queue(struct question *q, const char *key, GVariant *value, GError **error)
{
	q->queue = g_variant_get_uint16(value);
	return TRUE;
}

static gboolean
read_ports_down(struct question *q, const char *key, GVariant *value, GError **error)
{
	g_strfreev(q->ports_down);
	q->ports_down = g_variant_dup_strv(value, NULL);
	return TRUE;
}

static const struct {
	const char *key;
	const char *type;
	gboolean (*read)(struct question *q, const char *key, GVariant *value, GError **error);
	gboolean is_field;
	const char *other_type;
} keys[] = {
    {"frame", "ay", read_frame, FALSE, NULL},
    {"queue", "q", read_queue, FALSE, NULL},
    {"ports-down", "as", read_ports_down, FALSE, NULL},
    {"source-mac", "s", read_source_mac, TRUE, NULL},
    {"destination-mac", "s", read_destination_mac, TRUE, NULL},
    {"vlan", "q", read_vlan, TRUE, NULL},
    {"ether-type", "q", read_ether_type, TRUE, NULL},
    {"source", "s", read_source, TRUE, NULL},
    {"destination", "s", read_destination, TRUE, NULL},
    {"protocol", "s", read_protocol, TRUE, "y"},
    {"source-port", "q", read_source_port, TRUE, NULL},
    {"destination-port", "q", read_destination_port, TRUE, NULL},
};

static gboolean
read_key(struct question *q, const char *key, GVariant *value, GError **error)
{
	const char *type = g_variant_get_type_string(value);

	for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
		if (!g_str_equal(key, keys[i].key))
			continue;
		if (!g_str_equal(type, keys[i].type) && g_strcmp0(type, keys[i].other_type) != 0)
			return refuse(error, "%s is of type %s, not %.16s", key, keys[i].type, type);
		q->has_fields |= keys[i].is_field;
		return keys[i].read(q, key, value, error);
	}
	return refuse(error, "a question has no \u201c%.32s\u201d", key);
}

static gboolean
read_question(struct question *q, GVariant *question, GError **error)
{
	GVariantIter iter;
	const char *key;
	GVariant *value;

	g_variant_iter_init(&iter, question);
	while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
		g_autoptr(GVariant) held = value;

		if (!read_key(q, key, held, error))
			return FALSE;
	}
	if (q->bytes != NULL && q->has_fields)
		return refuse(error, "the question has a frame and fields: give one of the two");
	return TRUE;
}

/* --- The answer --- */

static void
add(GVariantBuilder *dict, const char *key, GVariant *value)
{
	g_variant_builder_add(dict, "{sv}", key, value);
}

static void
add_mac(GVariantBuilder *dict, const char *key, const struct bond_mac *mac)
{
	char text[TEXT_MAC_SIZE];

	add(dict, key, g_variant_new_string(text_of_mac(mac, text)));
}

/* IPv6 addresses are folded to 32 bits, as the hash uses them. */
static void
add_ip(GVariantBuilder *dict, const char *key, const char *folded_key, guint16 ether_type, guint32 ip)
{
	char text[INET_ADDRSTRLEN];

	if (ether_type == 0x86dd)
		add(dict, folded_key, g_variant_new_uint32(ntohl(ip)));
	else
		add(dict, key, g_variant_new_string(inet_ntop(AF_INET, &ip, text, sizeof(text))));
}

static GVariant *
fields_variant(const struct bond_flow *flow)
{
	const guint16 *ports = (const guint16 *) &flow->ports;
	GVariantBuilder dict;

	g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
	add_mac(&dict, "source-mac", &flow->src);
	add_mac(&dict, "destination-mac", &flow->dst);
	add(&dict, "ether-type", g_variant_new_uint16(flow->ethertype));
	if (flow->has_vlan)
		add(&dict, "vlan", g_variant_new_uint16(flow->vlan_tci));
	if (flow->has_ip) {
		add_ip(&dict, "source", "source-folded", flow->ethertype, flow->src_ip);
		add_ip(&dict, "destination", "destination-folded", flow->ethertype, flow->dst_ip);
		add(&dict, "protocol", g_variant_new_byte(flow->ip_proto));
	}
	if (flow->has_ports) {
		add(&dict, "source-port", g_variant_new_uint16(ntohs(ports[0])));
		add(&dict, "destination-port", g_variant_new_uint16(ntohs(ports[1])));
	}
	return g_variant_builder_end(&dict);
}

static GVariant *
ports_variant(const struct bond *bond, guint64 ports)
{
	GVariantBuilder list;

	g_variant_builder_init(&list, G_VARIANT_TYPE_STRING_ARRAY);
	for (guint i = 0; bond_nth_port(bond, i) != NULL; i++) {
		if ((ports >> port_id(bond_nth_port(bond, i)) & 1) != 0)
			g_variant_builder_add(&list, "s", port_name(bond_nth_port(bond, i)));
	}
	return g_variant_builder_end(&list);
}

static GVariant *
candidates_variant(const struct bond *bond, const struct explanation *explanation)
{
	const struct bond_port *ports[BOND_MAX_PORTS];
	guint n = explain_candidates(bond, explanation, ports);
	GVariantBuilder list;

	g_variant_builder_init(&list, G_VARIANT_TYPE_STRING_ARRAY);
	for (guint i = 0; i < n; i++)
		g_variant_builder_add(&list, "s", port_name(ports[i]));
	return g_variant_builder_end(&list);
}

static GVariant *
answer(const struct bond *bond, const struct explanation *explanation)
{
	const struct bond_params *params = bond_get_params(bond);
	const struct bond_port *port = explain_port(bond, explanation->port);
	const char *policy = bond_option_value_name(BOND_OPT_XMIT_HASH_POLICY, params->xmit_policy);
	GVariantBuilder dict;

	g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
	add(&dict, "port", g_variant_new_string(port != NULL ? port_name(port) : ""));
	add(&dict, "ports", ports_variant(bond, explanation->ports));
	add(&dict, "reason", g_variant_new_take_string(explain_reason(bond, explanation)));
	add(&dict, "mode", g_variant_new_string(bond_option_value_name(BOND_OPT_MODE, params->mode)));
	add(&dict, "policy", g_variant_new_string(explanation->uses_hash ? policy : ""));
	add(&dict, "fields", fields_variant(&explanation->flow));
	add(&dict, "hash-input", g_variant_new_take_string(explain_hash_input(bond, explanation)));
	add(&dict, "hash", g_variant_new_uint32(explanation->uses_hash ? explanation->trace.hash : 0));
	add(&dict, "slots", g_variant_new_uint32(explanation->trace.n_slots));
	add(&dict, "slot", g_variant_new_uint32(explanation->trace.slot));
	add(&dict, "candidates", candidates_variant(bond, explanation));
	return g_variant_builder_end(&dict);
}

/* --- What if --- */

static gboolean
cut_ports(struct rehearsal *rehearsal, char **ports, bond_time now, GError **error)
{
	for (guint i = 0; ports != NULL && ports[i] != NULL; i++) {
		struct bond_port *port = bond_find_port(rehearsal_bond(rehearsal), ports[i]);

		if (port == NULL) {
			g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_SUCH_PORT, "%.32s is no port of %s",
				    ports[i], bond_name(rehearsal_bond(rehearsal)));
			return FALSE;
		}
		rehearsal_cut(rehearsal, port, now);
	}
	return TRUE;
}

static GVariant *
explain(const struct bond *bond, const struct question *q, const guint8 *bytes, gsize len,
	const struct bond_plan_state *state, bond_time now, GError **error)
{
	const struct bond_frame frame = {.data = bytes, .len = (guint32) len, .queue = q->queue};
	struct rehearsal *rehearsal;
	struct explanation explanation;
	GVariant *result = NULL;

	if (q->ports_down == NULL || q->ports_down[0] == NULL) {
		explain_frame(bond, state, &frame, now, &explanation);
		return answer(bond, &explanation);
	}
	rehearsal = rehearsal_new(bond);
	if (cut_ports(rehearsal, q->ports_down, now, error)) {
		explain_frame(rehearsal_bond(rehearsal), state, &frame, now, &explanation);
		result = answer(rehearsal_bond(rehearsal), &explanation);
	}
	rehearsal_free(rehearsal);
	return result;
}

GVariant *
explanation_answer(const struct bond *bond, GVariant *question, const struct bond_plan_state *state, bond_time now,
		   GError **error)
{
	struct question q = {.fields = {.source_mac = *bond_get_mac(bond)}};
	guint8 built[FLOW_FRAME_MAX];
	GVariant *result = NULL;
	gsize len;

	memset(q.fields.destination_mac.b, 0xff, BOND_ETH_ALEN);
	if (read_question(&q, question, error)) {
		len = q.bytes != NULL ? q.len : flow_frame_build(&q.fields, built, error);
		if (len > 0)
			result = explain(bond, &q, q.bytes != NULL ? q.bytes : built, len, state, now, error);
	}
	g_free(q.bytes);
	g_strfreev(q.ports_down);
	return result;
}
