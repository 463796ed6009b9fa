/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state-text.h"

#include "text.h"

#include <stddef.h>

G_DEFINE_QUARK(state - error - quark, state_error)

#define FORMAT_VERSION 1
#define MAX_BONDS      4096

#define GROUP_HEAD "bondd"
#define GROUP_END  "end" /* the last: without it the file was cut off */

enum field_type {
	FIELD_SWITCH, /* gboolean */
	FIELD_NUMBER, /* guint */
	FIELD_U16,
	FIELD_OCTET,
	FIELD_INT,
	FIELD_COUNT, /* guint64 */
	FIELD_MAC,
	FIELD_NAME, /* char[BOND_NAME_SIZE] */
};

struct field {
	const char *key;
	enum field_type type;
	gsize offset;
	guint64 max; /* of a FIELD_NUMBER; 0: any */
};

#define BOND(member) offsetof(struct state_bond, member)
#define PORT(member) offsetof(struct state_port, member)

static const struct field bond_fields[] = {
    {"name", FIELD_NAME, BOND(engine.name), 0},
    {"up", FIELD_SWITCH, BOND(up), 0},
    {"carrier", FIELD_SWITCH, BOND(engine.carrier), 0},
    {"active-port", FIELD_NAME, BOND(engine.active), 0},
    {"address", FIELD_MAC, BOND(engine.mac), 0},
    {"address-origin", FIELD_NUMBER, BOND(engine.mac_origin), 3},
    {"random-address", FIELD_MAC, BOND(engine.random_mac), 0},
    {"mtu", FIELD_NUMBER, BOND(engine.mtu), BOND_MAX_MTU},
    {"host", FIELD_NUMBER, BOND(host.kind), DATAPATH_HOST_MIXED},
    {"queues", FIELD_NUMBER, BOND(host.n_queues), 64},
    {"busy-poll", FIELD_SWITCH, BOND(host.busy_poll), 0},
    {"ifindex", FIELD_NUMBER, BOND(remains.ifindex), G_MAXINT},
    {"ifindex-tap", FIELD_NUMBER, BOND(remains.lower), G_MAXINT},
    {"ifindex-veth", FIELD_NUMBER, BOND(remains.veth), G_MAXINT},
    {"ifindex-twin", FIELD_NUMBER, BOND(remains.twin), G_MAXINT},
    {"lacp-priority", FIELD_NUMBER, BOND(engine.lacp_priority), G_MAXUINT16},
    {"lacp-address", FIELD_MAC, BOND(engine.lacp_mac), 0},
    {"lacp-last-aggregator", FIELD_NUMBER, BOND(engine.last_aggregator), G_MAXUINT16},
    {"lacpdu-rx", FIELD_COUNT, BOND(engine.lacp_counters.lacpdu_rx), 0},
    {"lacpdu-tx", FIELD_COUNT, BOND(engine.lacp_counters.lacpdu_tx), 0},
    {"lacpdu-unknown-rx", FIELD_COUNT, BOND(engine.lacp_counters.lacpdu_unknown_rx), 0},
    {"lacpdu-illegal-rx", FIELD_COUNT, BOND(engine.lacp_counters.lacpdu_illegal_rx), 0},
    {"marker-rx", FIELD_COUNT, BOND(engine.lacp_counters.marker_rx), 0},
    {"marker-response-tx", FIELD_COUNT, BOND(engine.lacp_counters.marker_resp_tx), 0},
};

static const struct field port_fields[] = {
    {"name", FIELD_NAME, PORT(engine.name), 0},
    {"ifindex", FIELD_NUMBER, PORT(engine.ifindex), G_MAXINT},
    {"address", FIELD_MAC, PORT(mac), 0},
    {"joining", FIELD_SWITCH, PORT(joining), 0},
    {"permanent-address", FIELD_MAC, PORT(engine.perm_mac), 0},
    {"original-mtu", FIELD_NUMBER, PORT(engine.saved_mtu), G_MAXINT},
    {"device-address", FIELD_MAC, PORT(device_mac), 0},
    {"device-mtu", FIELD_NUMBER, PORT(device_mtu), G_MAXINT},
    {"was-up", FIELD_SWITCH, PORT(was_up), 0},
    {"was-rxvlan", FIELD_SWITCH, PORT(was_rxvlan), 0},
    {"was-ipv6", FIELD_SWITCH, PORT(was_ipv6), 0},
    {"promiscuous", FIELD_SWITCH, PORT(promisc), 0},
    {"link", FIELD_SWITCH, PORT(engine.link_up), 0},
    {"backup", FIELD_SWITCH, PORT(engine.backup), 0},
    {"inactive", FIELD_SWITCH, PORT(engine.inactive), 0},
    {"speed", FIELD_NUMBER, PORT(engine.speed), 0},
    {"duplex", FIELD_NUMBER, PORT(engine.duplex), 255},
    {"link-failure-count", FIELD_NUMBER, PORT(engine.link_failure_count), 0},
    {"queue-id", FIELD_NUMBER, PORT(engine.queue_id), G_MAXUINT16},
    {"prio", FIELD_INT, PORT(engine.prio), 0},
    {"ad-actor-port-prio", FIELD_NUMBER, PORT(engine.ad_actor_port_prio), G_MAXUINT16},
};

#define LACP(member) PORT(engine.lacp.member)
#define PARTY(prefix, member)                                                                                          \
	{prefix "-system-priority", FIELD_U16, LACP(member.system_priority), 0},                                       \
	    {prefix "-system", FIELD_MAC, LACP(member.system), 0}, {prefix "-key", FIELD_U16, LACP(member.key), 0},    \
	    {prefix "-port-priority", FIELD_U16, LACP(member.port_priority), 0},                                       \
	    {prefix "-port-number", FIELD_U16, LACP(member.port_number), 0},                                           \
	{                                                                                                              \
		prefix "-state", FIELD_OCTET, LACP(member.state), 0                                                    \
	}

/* Of a port of an 802.3ad bond. */
static const struct field lacp_fields[] = {
    PARTY("actor", actor),
    PARTY("partner", partner),
    {"admin-key", FIELD_NUMBER, LACP(admin_key), G_MAXUINT16},
    {"aggregator", FIELD_NUMBER, LACP(aggregator), G_MAXUINT16},
    {"enabled", FIELD_SWITCH, LACP(enabled), 0},
    {"lacp-enabled", FIELD_SWITCH, LACP(lacp_enabled), 0},
    {"selected", FIELD_SWITCH, LACP(selected), 0},
    {"matched", FIELD_SWITCH, LACP(matched), 0},
    {"ready-n", FIELD_SWITCH, LACP(ready_n), 0},
    {"ready", FIELD_SWITCH, LACP(ready), 0},
    {"receive-state", FIELD_NUMBER, LACP(rx), G_MAXUINT16},
    {"periodic-state", FIELD_NUMBER, LACP(periodic), G_MAXUINT16},
    {"mux-state", FIELD_NUMBER, LACP(mux), G_MAXUINT16},
    {"actor-churn", FIELD_NUMBER, LACP(actor_churn), G_MAXUINT16},
    {"partner-churn", FIELD_NUMBER, LACP(partner_churn), G_MAXUINT16},
    {"actor-churned", FIELD_NUMBER, LACP(actor_churned), 0},
    {"partner-churned", FIELD_NUMBER, LACP(partner_churned), 0},
    {"own-aggregator", FIELD_NUMBER, LACP(own_id), G_MAXUINT16},
    {"own-active", FIELD_SWITCH, LACP(own_active), 0},
    {"own-individual", FIELD_SWITCH, LACP(own_individual), 0},
    {"own-actor-key", FIELD_NUMBER, LACP(own_actor_key), G_MAXUINT16},
    {"own-partner-key", FIELD_NUMBER, LACP(own_partner_key), G_MAXUINT16},
    {"own-partner-priority", FIELD_NUMBER, LACP(own_partner_priority), G_MAXUINT16},
    {"own-partner", FIELD_MAC, LACP(own_partner), 0},
    {"lacpdu-rx", FIELD_COUNT, LACP(counters.lacpdu_rx), 0},
    {"lacpdu-tx", FIELD_COUNT, LACP(counters.lacpdu_tx), 0},
    {"lacpdu-unknown-rx", FIELD_COUNT, LACP(counters.lacpdu_unknown_rx), 0},
    {"lacpdu-illegal-rx", FIELD_COUNT, LACP(counters.lacpdu_illegal_rx), 0},
    {"marker-rx", FIELD_COUNT, LACP(counters.marker_rx), 0},
    {"marker-response-tx", FIELD_COUNT, LACP(counters.marker_resp_tx), 0},
};

/* --- Memory --- */

struct state *
state_new(void)
{
	struct state *state = g_new0(struct state, 1);

	state->bonds = g_ptr_array_new();
	return state;
}

void
state_free(struct state *state)
{
	for (guint i = 0; i < state->bonds->len; i++) {
		struct state_bond *bond = g_ptr_array_index(state->bonds, i);

		g_array_unref(bond->ports);
		g_free(bond);
	}
	g_ptr_array_unref(state->bonds);
	g_free(state->applied);
	g_free(state);
}

struct state_bond *
state_add_bond(struct state *state)
{
	struct state_bond *bond = g_new0(struct state_bond, 1);

	bond->ports = g_array_new(FALSE, TRUE, sizeof(struct state_port));
	g_ptr_array_add(state->bonds, bond);
	return bond;
}

/* --- To text --- */

static char *
field_text(const struct field *field, const guint8 *at)
{
	char mac[TEXT_MAC_SIZE];

	switch (field->type) {
	case FIELD_SWITCH:
		return g_strdup(*(const gboolean *) (gconstpointer) at ? "true" : "false");
	case FIELD_NUMBER:
		return g_strdup_printf("%u", *(const guint *) (gconstpointer) at);
	case FIELD_U16:
		return g_strdup_printf("%u", *(const guint16 *) (gconstpointer) at);
	case FIELD_OCTET:
		return g_strdup_printf("%u", *at);
	case FIELD_INT:
		return g_strdup_printf("%d", *(const int *) (gconstpointer) at);
	case FIELD_COUNT:
		return g_strdup_printf("%" G_GUINT64_FORMAT, *(const guint64 *) (gconstpointer) at);
	case FIELD_MAC:
		return g_strdup(text_of_mac((gconstpointer) at, mac));
	case FIELD_NAME:
		return g_strescape((const char *) at, NULL);
	}
	return NULL;
}

static void
put_fields(GKeyFile *file, const char *group, const struct field *fields, guint n, gconstpointer base)
{
	for (guint i = 0; i < n; i++) {
		g_autofree char *text = field_text(&fields[i], (const guint8 *) base + fields[i].offset);

		g_key_file_set_value(file, group, fields[i].key, text);
	}
}

static void
put_params(GKeyFile *file, const char *group, const struct bond_params *params)
{
	struct bond_params defaults;

	bond_params_default(&defaults);
	for (guint id = 0; id < BOND_N_OPTIONS; id++) {
		g_autofree char *value = bond_params_to_text(params, id);
		g_autofree char *unset = bond_params_to_text(&defaults, id);
		g_autofree char *key = g_strconcat("option.", bond_option_table()[id].name, NULL);

		if (value != NULL && (id == BOND_OPT_MODE || g_strcmp0(value, unset) != 0))
			g_key_file_set_value(file, group, key, value);
	}
}

static void
put_bond(GKeyFile *file, guint number, const struct state_bond *bond)
{
	g_autofree char *group = g_strdup_printf("bond %u", number);

	put_fields(file, group, bond_fields, G_N_ELEMENTS(bond_fields), bond);
	put_params(file, group, &bond->engine.params);
	for (guint i = 0; i < bond->ports->len; i++) {
		const struct state_port *port = &g_array_index(bond->ports, struct state_port, i);
		g_autofree char *port_group = g_strdup_printf("bond %u port %u", number, i);

		put_fields(file, port_group, port_fields, G_N_ELEMENTS(port_fields), port);
		if (bond->engine.params.mode == BOND_MODE_8023AD)
			put_fields(file, port_group, lacp_fields, G_N_ELEMENTS(lacp_fields), port);
	}
}

char *
state_to_text(const struct state *state)
{
	g_autoptr(GKeyFile) file = g_key_file_new();

	g_key_file_set_integer(file, GROUP_HEAD, "version", FORMAT_VERSION);
	g_key_file_set_value(file, GROUP_HEAD, "boot", state->boot);
	g_key_file_set_value(file, GROUP_HEAD, "network", state->network);
	if (state->applied != NULL)
		g_key_file_set_value(file, GROUP_HEAD, "applied", state->applied);
	for (guint i = 0; i < state->bonds->len; i++)
		put_bond(file, i, g_ptr_array_index(state->bonds, i));
	g_key_file_set_integer(file, GROUP_END, "bonds", (int) state->bonds->len);
	return g_key_file_to_data(file, NULL, NULL);
}

/* --- From text --- */

static gboolean
read_number(const char *text, guint64 max, guint64 *number)
{
	return g_ascii_string_to_unsigned(text, 10, 0, max, number, NULL);
}

static gboolean
read_name(const char *text, char *name)
{
	g_autofree char *raw = g_strcompress(text);

	if (*raw != '\0' && !bond_name_is_valid(raw))
		return FALSE;
	g_strlcpy(name, raw, BOND_NAME_SIZE);
	return TRUE;
}

/* Wider than the field may be; it is checked. */
static guint64
field_max(const struct field *field)
{
	switch (field->type) {
	case FIELD_OCTET:
		return G_MAXUINT8;
	case FIELD_U16:
		return G_MAXUINT16;
	case FIELD_COUNT:
		return G_MAXUINT64;
	default:
		return field->max != 0 ? field->max : G_MAXUINT;
	}
}

static gboolean
read_field(const struct field *field, const char *text, guint8 *at)
{
	guint64 number = 0;
	gint64 integer = 0;

	switch (field->type) {
	case FIELD_SWITCH:
		*(gboolean *) (gpointer) at = g_str_equal(text, "true");
		return g_str_equal(text, "true") || g_str_equal(text, "false");
	case FIELD_MAC:
		return text_to_mac(text, (gpointer) at);
	case FIELD_NAME:
		return read_name(text, (char *) at);
	case FIELD_INT:
		if (!g_ascii_string_to_signed(text, 10, G_MININT, G_MAXINT, &integer, NULL))
			return FALSE;
		*(int *) (gpointer) at = (int) integer;
		return TRUE;
	case FIELD_NUMBER:
	case FIELD_U16:
	case FIELD_OCTET:
	case FIELD_COUNT:
		break;
	}
	if (!read_number(text, field_max(field), &number))
		return FALSE;
	if (field->type == FIELD_NUMBER)
		*(guint *) (gpointer) at = (guint) number;
	else if (field->type == FIELD_U16)
		*(guint16 *) (gpointer) at = (guint16) number;
	else if (field->type == FIELD_OCTET)
		*at = (guint8) number;
	else
		*(guint64 *) (gpointer) at = number;
	return TRUE;
}

static gboolean
read_fields(GKeyFile *file, const char *group, const struct field *fields, guint n, gpointer base, GError **error)
{
	for (guint i = 0; i < n; i++) {
		g_autofree char *text = g_key_file_get_value(file, group, fields[i].key, NULL);

		if (text == NULL || read_field(&fields[i], text, (guint8 *) base + fields[i].offset))
			continue;
		g_set_error(error, STATE_ERROR, 0, "[%s] %s=%.32s is impossible", group, fields[i].key, text);
		return FALSE;
	}
	return TRUE;
}

/* An option that another version knew, or a value of it, costs that option only. */
static void
read_params(GKeyFile *file, const char *group, struct bond_params *params)
{
	bond_params_default(params);
	for (guint id = 0; id < BOND_N_OPTIONS; id++) {
		g_autofree char *key = g_strconcat("option.", bond_option_table()[id].name, NULL);
		g_autofree char *text = g_key_file_get_value(file, group, key, NULL);

		if (text != NULL && !bond_params_from_text(params, id, text))
			g_warning("the saved state has %s=%.32s, which is no value of it: it gets its default", key,
				  text);
	}
}

static gboolean
read_port(GKeyFile *file, const char *group, struct state_bond *bond, GError **error)
{
	struct state_port port = {0};

	if (!read_fields(file, group, port_fields, G_N_ELEMENTS(port_fields), &port, error) ||
	    !read_fields(file, group, lacp_fields, G_N_ELEMENTS(lacp_fields), &port, error))
		return FALSE;
	if (port.engine.name[0] == '\0') {
		g_set_error(error, STATE_ERROR, 0, "[%s] has no name", group);
		return FALSE;
	}
	g_array_append_val(bond->ports, port);
	return TRUE;
}

static gboolean
read_bond(GKeyFile *file, guint number, struct state *state, GError **error)
{
	g_autofree char *group = g_strdup_printf("bond %u", number);
	struct state_bond *bond = state_add_bond(state);

	if (!read_fields(file, group, bond_fields, G_N_ELEMENTS(bond_fields), bond, error))
		return FALSE;
	if (bond->engine.name[0] == '\0') {
		g_set_error(error, STATE_ERROR, 0, "[%s] has no name", group);
		return FALSE;
	}
	read_params(file, group, &bond->engine.params);
	for (guint i = 0; i < BOND_MAX_PORTS; i++) {
		g_autofree char *port = g_strdup_printf("bond %u port %u", number, i);

		if (g_key_file_has_group(file, port) && !read_port(file, port, bond, error))
			return FALSE;
	}
	return TRUE;
}

static void
read_head(GKeyFile *file, struct state *state)
{
	g_autofree char *boot = g_key_file_get_value(file, GROUP_HEAD, "boot", NULL);
	g_autofree char *network = g_key_file_get_value(file, GROUP_HEAD, "network", NULL);

	state->applied = g_key_file_get_value(file, GROUP_HEAD, "applied", NULL);
	g_strlcpy(state->boot, boot != NULL ? boot : "", sizeof(state->boot));
	g_strlcpy(state->network, network != NULL ? network : "", sizeof(state->network));
}

static gboolean
read_state(GKeyFile *file, struct state *state, GError **error)
{
	g_autofree char *end = g_key_file_get_value(file, GROUP_END, "bonds", NULL);
	guint64 n;

	if (!g_key_file_has_group(file, GROUP_HEAD) || end == NULL || !read_number(end, MAX_BONDS, &n)) {
		g_set_error(error, STATE_ERROR, 0, "it is cut off, or none of ours");
		return FALSE;
	}
	read_head(file, state);
	for (guint i = 0; i < n; i++) {
		if (!read_bond(file, i, state, error))
			return FALSE;
	}
	return TRUE;
}

struct state *
state_from_text(const char *text, gsize len, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	struct state *state;
	GError *syntax = NULL;

	if (!g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, &syntax)) {
		g_set_error(error, STATE_ERROR, 0, "%s", syntax->message);
		g_error_free(syntax);
		return NULL;
	}
	state = state_new();
	if (read_state(file, state, error))
		return state;
	state_free(state);
	return NULL;
}
