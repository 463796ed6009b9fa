/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vectors.h"

#define FIRST_PORT_FIELD 3

/* Round-robin frames whose ids are at most this far apart are one sequence of the kernel's counter. */
#define RR_MAX_STEP 2

G_DEFINE_QUARK(vectors - error - quark, vectors_error)

/* --- reading --- */

static void
row_free(struct vectors_row *row)
{
	g_free(row->category);
	g_free(row->frame);
	g_free(row->ports);
	g_free(row);
}

static gboolean
parse_hex(const char *hex, guint8 **bytes, gsize *len)
{
	gsize n = strlen(hex);
	gsize i;

	if (n % 2 != 0)
		return FALSE;
	*len = n / 2;
	*bytes = g_malloc(*len + 1);
	for (i = 0; i < *len; i++) {
		int high = g_ascii_xdigit_value(hex[2 * i]);
		int low = g_ascii_xdigit_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return FALSE;
		(*bytes)[i] = high << 4 | low;
	}
	return TRUE;
}

/* NULL if the line is not a row of @n_columns columns. */
static struct vectors_row *
parse_row(const char *line, guint n_columns)
{
	g_auto(GStrv) fields = g_strsplit(line, "\t", -1);
	struct vectors_row *row;
	guint64 value;
	guint i;

	if (g_strv_length(fields) != FIRST_PORT_FIELD + n_columns)
		return NULL;
	row = g_new0(struct vectors_row, 1);
	row->category = g_strdup(fields[1]);
	row->ports = g_new0(guint8, n_columns + 1);
	if (!g_ascii_string_to_unsigned(fields[0], 10, 0, G_MAXINT, &value, NULL) ||
	    !parse_hex(fields[2], &row->frame, &row->len))
		goto bad;
	row->id = value;
	for (i = 0; i < n_columns; i++) {
		if (!g_ascii_string_to_unsigned(fields[FIRST_PORT_FIELD + i], 10, 0, BOND_MAX_PORTS - 1, &value, NULL))
			goto bad;
		row->ports[i] = value;
	}
	return row;
bad:
	row_free(row);
	return NULL;
}

static gboolean
parse_header(struct vectors *vectors, const char *line)
{
	g_auto(GStrv) fields = g_strsplit(line, "\t", -1);
	guint i;

	if (g_strv_length(fields) < FIRST_PORT_FIELD || strcmp(fields[0], "id") != 0 || strcmp(fields[2], "hex") != 0)
		return FALSE;
	for (i = FIRST_PORT_FIELD; fields[i]; i++)
		g_ptr_array_add(vectors->columns, g_strdup(fields[i]));
	return TRUE;
}

struct vectors *
vectors_load(const char *path, GError **error)
{
	struct vectors *vectors;
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	guint i;

	if (!g_file_get_contents(path, &text, NULL, error))
		return NULL;
	lines = g_strsplit(text, "\n", -1);
	vectors = g_new0(struct vectors, 1);
	vectors->columns = g_ptr_array_new_with_free_func(g_free);
	vectors->rows = g_ptr_array_new_with_free_func((GDestroyNotify) row_free);
	for (i = 0; lines[i]; i++) {
		struct vectors_row *row = NULL;

		g_strchomp(lines[i]);
		if (lines[i][0] == '\0' && i > 0)
			continue;
		if (i == 0 ? parse_header(vectors, lines[i])
			   : (row = parse_row(lines[i], vectors->columns->len)) != NULL) {
			if (row)
				g_ptr_array_add(vectors->rows, row);
			continue;
		}
		g_set_error(error, VECTORS_ERROR, VECTORS_ERROR_FORMAT,
			    "%s:%u: not a line of vectors: give id, category, hex and a port for each of the columns",
			    path, i + 1);
		vectors_free(vectors);
		return NULL;
	}
	return vectors;
}

void
vectors_free(struct vectors *vectors)
{
	g_ptr_array_unref(vectors->columns);
	g_ptr_array_unref(vectors->rows);
	g_free(vectors);
}

/* --- the plan of a column --- */

static const char *const policy_names[BOND_N_HASH_POLICIES] = {
    [BOND_HASH_LAYER2] = "layer2",    [BOND_HASH_LAYER34] = "layer3+4", [BOND_HASH_LAYER23] = "layer2+3",
    [BOND_HASH_ENCAP23] = "encap2+3", [BOND_HASH_ENCAP34] = "encap3+4", [BOND_HASH_VLAN_SRCMAC] = "vlan+srcmac",
};

static gboolean
plan_policy(struct bond_plan *plan, const char *name)
{
	guint64 pps;
	guint i;

	if (plan->tx == BOND_PLAN_ROUND_ROBIN) {
		/* Nobody can foretell what a bond with packets_per_slave=0 draws. */
		if (!g_str_has_prefix(name, "pps") ||
		    !g_ascii_string_to_unsigned(name + 3, 10, 1, G_MAXUINT16, &pps, NULL))
			return FALSE;
		plan->packets_per_slave = pps;
		return TRUE;
	}
	for (i = 0; i < G_N_ELEMENTS(policy_names); i++) {
		if (strcmp(policy_names[i], name) == 0) {
			plan->policy = i;
			return TRUE;
		}
	}
	return FALSE;
}

static void
plan_drop_port(struct bond_plan *plan, bond_port_id id)
{
	guint kept = 0;
	guint i;

	plan->usable &= ~((guint64) 1 << id);
	if (plan->tx == BOND_PLAN_ROUND_ROBIN)
		return;
	for (i = 0; i < plan->n_slots; i++) {
		if (plan->slots[i] != id)
			plan->slots[kept++] = plan->slots[i];
	}
	plan->n_slots = kept;
}

/* "order2031", "p0down" */
static gboolean
plan_variant(struct bond_plan *plan, const char *word)
{
	guint i;

	if (g_str_has_prefix(word, "order") && strlen(word) == 5 + plan->n_slots) {
		for (i = 0; i < plan->n_slots; i++) {
			plan->slots[i] = word[5 + i] - '0';
			if (plan->slots[i] >= plan->n_slots)
				return FALSE;
		}
		return TRUE;
	}
	if (word[0] == 'p' && g_ascii_isdigit(word[1]) && strcmp(word + 2, "down") == 0) {
		plan_drop_port(plan, word[1] - '0');
		return TRUE;
	}
	return FALSE;
}

static gboolean
plan_mode(struct bond_plan *plan, const char *mode)
{
	if (strcmp(mode, "xor") == 0 || strcmp(mode, "ad") == 0)
		plan->tx = BOND_PLAN_HASH;
	else if (strcmp(mode, "rr") == 0)
		plan->tx = BOND_PLAN_ROUND_ROBIN;
	else
		return FALSE;
	return TRUE;
}

static gboolean
plan_column(struct bond_plan *plan, const char *column)
{
	g_auto(GStrv) fields = g_strsplit(column, ":", -1);
	g_auto(GStrv) words = NULL;
	guint64 n_ports;
	guint i;

	if (g_strv_length(fields) != 3 ||
	    !g_ascii_string_to_unsigned(fields[2], 10, 1, BOND_MAX_PORTS - 1, &n_ports, NULL))
		return FALSE;
	plan->n_slots = n_ports;
	plan->usable = ((guint64) 1 << n_ports) - 1;
	for (i = 0; i < n_ports; i++)
		plan->slots[i] = i;
	words = g_strsplit(fields[0], "-", -1);
	if (!words[0] || !plan_mode(plan, words[0]) || !plan_policy(plan, fields[1]))
		return FALSE;
	for (i = 1; words[i]; i++) {
		if (!plan_variant(plan, words[i]))
			return FALSE;
	}
	plan->igmp_port = plan->tx == BOND_PLAN_ROUND_ROBIN ? plan->slots[0] : BOND_PORT_NONE;
	return TRUE;
}

gboolean
vectors_plan(const char *column, struct bond_plan *plan, GError **error)
{
	*plan = (struct bond_plan){.igmp_port = BOND_PORT_NONE};
	if (plan_column(plan, column))
		return TRUE;
	g_set_error(error, VECTORS_ERROR, VECTORS_ERROR_COLUMN,
		    "%s: not computed: its mode is not built or the name of the column is not understood", column);
	return FALSE;
}

/* --- checking --- */

static void
add_misses(const struct vectors *vectors, guint column, guint first, const bond_port_id *chosen, guint n,
	   GArray *misses)
{
	guint i;

	for (i = 0; i < n; i++) {
		const struct vectors_row *row = vectors->rows->pdata[first + i];
		struct vectors_miss miss = {.row = row, .expected = row->ports[column], .chosen = chosen[i]};

		if (miss.expected != miss.chosen)
			g_array_append_val(misses, miss);
	}
}

static void
check_hash(const struct vectors *vectors, guint column, const struct bond_plan *plan, GArray *misses)
{
	guint n = vectors->rows->len;
	g_autofree struct bond_frame *frames = g_new0(struct bond_frame, n + 1);
	g_autofree bond_port_id *chosen = g_new0(bond_port_id, n + 1);
	struct bond_plan_state state = {0};
	guint i;

	for (i = 0; i < n; i++) {
		const struct vectors_row *row = vectors->rows->pdata[i];

		frames[i] = (struct bond_frame){.data = row->frame, .len = row->len};
	}
	bond_plan_transmit(plan, &state, frames, n, chosen);
	add_misses(vectors, column, 0, chosen, n, misses);
}

/*
 * Rows @first to @end - 1, sent one after the other from a counter that stood at @phase. An id that is left out of
 * the file was a frame as well.
 */
static void
send_sequence(const struct vectors *vectors, const struct bond_plan *plan, guint first, guint end, guint phase,
	      bond_port_id *chosen)
{
	struct bond_plan_state state = {.rr_counter = phase};
	const struct bond_frame left_out = {0};
	bond_port_id ignored;
	guint i;

	for (i = first; i < end; i++) {
		const struct vectors_row *row = vectors->rows->pdata[i];
		const struct vectors_row *before = i > first ? vectors->rows->pdata[i - 1] : NULL;
		struct bond_frame frame = {.data = row->frame, .len = row->len};
		guint id;

		for (id = before ? before->id + 1 : row->id; id < row->id; id++)
			bond_plan_transmit(plan, &state, &left_out, 1, &ignored);
		bond_plan_transmit(plan, &state, &frame, 1, &chosen[i - first]);
	}
}

static guint
sequence_end(const struct vectors *vectors, guint first)
{
	guint end;

	for (end = first + 1; end < vectors->rows->len; end++) {
		const struct vectors_row *before = vectors->rows->pdata[end - 1];
		const struct vectors_row *row = vectors->rows->pdata[end];

		if (row->id <= before->id || row->id - before->id > RR_MAX_STEP)
			break;
	}
	return end;
}

/*
 * The file does not say where the kernel's counter stood, so the phase that suits a whole sequence best is taken:
 * one choice for many rows.
 */
static void
check_round_robin(const struct vectors *vectors, guint column, const struct bond_plan *plan, GArray *misses)
{
	g_autofree bond_port_id *chosen = g_new0(bond_port_id, vectors->rows->len + 1);
	guint first;
	guint end;
	guint phase;

	for (first = 0; first < vectors->rows->len; first = end) {
		g_autoptr(GArray) best = NULL;

		end = sequence_end(vectors, first);
		for (phase = 0; phase < plan->packets_per_slave * plan->n_slots; phase++) {
			g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct vectors_miss));

			send_sequence(vectors, plan, first, end, phase, chosen);
			add_misses(vectors, column, first, chosen, end - first, found);
			if (!best || found->len < best->len) {
				g_clear_pointer(&best, g_array_unref);
				best = g_steal_pointer(&found);
			}
		}
		g_array_append_vals(misses, best->data, best->len);
	}
}

gboolean
vectors_check(const struct vectors *vectors, guint column, GArray *misses, GError **error)
{
	struct bond_plan plan;

	if (!vectors_plan(vectors->columns->pdata[column], &plan, error))
		return FALSE;
	if (plan.tx == BOND_PLAN_ROUND_ROBIN)
		check_round_robin(vectors, column, &plan, misses);
	else
		check_hash(vectors, column, &plan, misses);
	return TRUE;
}
