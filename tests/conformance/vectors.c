/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vectors.h"

#include "engine/bond.h"

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

/* --- the bond of a column --- */

/* What a column's name says. */
struct spec {
	const char *mode; /* as the option spells it */
	const char *option;
	char *value;
	guint n_ports;
	guint8 order[BOND_MAX_PORTS]; /* numbers in the ports' names, as they are enslaved */
	guint64 down;
};

/* 802.3ad chooses among the ports of its aggregator as balance-xor does among all (bond_3ad_xor_slave_get()). */
static const struct {
	const char *word;
	const char *mode;
	const char *option;
} modes[] = {
    {"xor", "balance-xor", "xmit_hash_policy"},
    {"ad", "balance-xor", "xmit_hash_policy"},
    {"rr", "balance-rr", "packets_per_slave"},
};

/* "order2031", "p0down" */
static gboolean
parse_variant(struct spec *spec, const char *word)
{
	guint i;

	if (g_str_has_prefix(word, "order") && strlen(word) == 5 + spec->n_ports) {
		for (i = 0; i < spec->n_ports; i++) {
			spec->order[i] = word[5 + i] - '0';
			if (spec->order[i] >= spec->n_ports)
				return FALSE;
		}
		return TRUE;
	}
	if (word[0] == 'p' && g_ascii_isdigit(word[1]) && strcmp(word + 2, "down") == 0) {
		spec->down |= 1u << (word[1] - '0');
		return TRUE;
	}
	return FALSE;
}

static gboolean
parse_mode(struct spec *spec, const char *word, const char *policy)
{
	guint i;

	for (i = 0; i < G_N_ELEMENTS(modes); i++) {
		if (strcmp(modes[i].word, word) == 0)
			break;
	}
	if (i == G_N_ELEMENTS(modes))
		return FALSE;
	spec->mode = modes[i].mode;
	spec->option = modes[i].option;
	/* Nobody can foretell what a bond with packets_per_slave=0 draws. */
	if (strcmp(word, "rr") == 0 && (!g_str_has_prefix(policy, "pps") || policy[3] == '0'))
		return FALSE;
	spec->value = g_strdup(strcmp(word, "rr") == 0 ? policy + 3 : policy);
	return TRUE;
}

static gboolean
parse_column(struct spec *spec, const char *column)
{
	g_auto(GStrv) fields = g_strsplit(column, ":", -1);
	g_auto(GStrv) words = NULL;
	guint64 n_ports;
	guint i;

	if (g_strv_length(fields) != 3 ||
	    !g_ascii_string_to_unsigned(fields[2], 10, 1, BOND_MAX_PORTS - 1, &n_ports, NULL))
		return FALSE;
	spec->n_ports = n_ports;
	for (i = 0; i < n_ports; i++)
		spec->order[i] = i;
	words = g_strsplit(fields[0], "-", -1);
	if (!words[0] || !parse_mode(spec, words[0], fields[1]))
		return FALSE;
	for (i = 1; words[i]; i++) {
		if (!parse_variant(spec, words[i]))
			return FALSE;
	}
	return TRUE;
}

static void
keep_plan(void *user, struct bond_plan *plan)
{
	struct bond_plan *kept = user;

	*kept = *plan;
	bond_plan_free(plan);
}

static gboolean
add_port(struct bond *bond, guint8 number, struct vectors_plan *plan, GError **error)
{
	g_autofree char *name = g_strdup_printf("p%u", number);
	const struct bond_port_info info = {
	    .name = name,
	    .ifindex = 10 + number,
	    .type = 1,
	    .mac = {{0x02, 0, 0, 0, 1, number}},
	    .mtu = 1500,
	};
	const struct bond_port_link up = {.running = TRUE, .carrier = TRUE, .speed = 1000, .duplex = BOND_DUPLEX_FULL};
	struct bond_port *port = bond_enslave(bond, &info, 0, error);

	if (!port)
		return FALSE;
	bond_port_set_link(port, &up, 0);
	plan->numbers[port_id(port)] = number;
	return TRUE;
}

static void
lose_carrier(struct bond *bond, guint64 down, bond_time now)
{
	const struct bond_port_link link = {
	    .running = TRUE, .speed = BOND_SPEED_UNKNOWN, .duplex = BOND_DUPLEX_UNKNOWN};
	struct bond_port *port;
	guint i;

	for (i = 0; (port = bond_nth_port(bond, i)) != NULL; i++) {
		if (down >> (port_ifindex(port) - 10) & 1)
			bond_port_set_link(port, &link, now);
	}
}

static gboolean
set_up_bond(struct bond *bond, const struct spec *spec, struct vectors_plan *plan, GError **error)
{
	const char *const settings[] = {"mode", spec->mode, "miimon", "100", spec->option, spec->value, NULL};
	guint i;

	if (!bond_set_options(bond, settings, 0, error))
		return FALSE;
	bond_set_up(bond, TRUE, 0);
	for (i = 0; i < spec->n_ports; i++) {
		if (!add_port(bond, spec->order[i], plan, error))
			return FALSE;
	}
	bond_run(bond, BOND_SEC);
	lose_carrier(bond, spec->down, 2 * BOND_SEC);
	bond_run(bond, 2 * BOND_SEC);
	bond_run(bond, 3 * BOND_SEC);
	return TRUE;
}

gboolean
vectors_plan(const char *column, struct vectors_plan *plan, GError **error)
{
	const struct bond_ops ops = {.publish = keep_plan};
	const struct bond_mac mac = {{0x02, 0, 0, 0, 0, 0xb0}};
	struct bond_plan published = {0};
	struct spec spec = {0};
	g_autofree char *value = NULL;
	struct bond *bond;
	gboolean ok;

	memset(plan, 0, sizeof(*plan));
	ok = parse_column(&spec, column);
	value = spec.value;
	if (!ok) {
		g_set_error(error, VECTORS_ERROR, VECTORS_ERROR_COLUMN,
			    "%s: not computed: its mode is not built or the name of the column is not understood",
			    column);
		return FALSE;
	}
	bond = bond_new("bond0", &ops, &published, &mac);
	ok = set_up_bond(bond, &spec, plan, error);
	if (!ok)
		g_prefix_error(error, "%s: ", column);
	plan->plan = published; /* before the bond goes, and publishes that */
	bond_free(bond, 4 * BOND_SEC);
	return ok;
}

/* --- checking --- */

static guint8
port_number(const struct vectors_plan *plan, bond_port_id id)
{
	return id < BOND_MAX_PORTS ? plan->numbers[id] : BOND_PORT_NONE;
}

static void
add_misses(const struct vectors *vectors, guint column, const struct vectors_plan *plan, guint first,
	   const bond_port_id *chosen, guint n, GArray *misses)
{
	guint i;

	for (i = 0; i < n; i++) {
		const struct vectors_row *row = vectors->rows->pdata[first + i];
		struct vectors_miss miss = {
		    .row = row, .expected = row->ports[column], .chosen = port_number(plan, chosen[i])};

		if (miss.expected != miss.chosen)
			g_array_append_val(misses, miss);
	}
}

static void
check_hash(const struct vectors *vectors, guint column, const struct vectors_plan *plan, GArray *misses)
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
	bond_plan_transmit(&plan->plan, &state, frames, n, chosen);
	add_misses(vectors, column, plan, 0, chosen, n, misses);
}

/*
 * Rows @first to @end - 1, sent one after the other from a counter that stood at @phase. An id that is left out of
 * the file was a frame as well.
 */
static void
send_sequence(const struct vectors *vectors, const struct vectors_plan *plan, guint first, guint end, guint phase,
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
			bond_plan_transmit(&plan->plan, &state, &left_out, 1, &ignored);
		bond_plan_transmit(&plan->plan, &state, &frame, 1, &chosen[i - first]);
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
check_round_robin(const struct vectors *vectors, guint column, const struct vectors_plan *plan, GArray *misses)
{
	g_autofree bond_port_id *chosen = g_new0(bond_port_id, vectors->rows->len + 1);
	guint first;
	guint end;
	guint phase;

	for (first = 0; first < vectors->rows->len; first = end) {
		g_autoptr(GArray) best = NULL;

		end = sequence_end(vectors, first);
		for (phase = 0; phase < plan->plan.packets_per_slave * plan->plan.n_slots; phase++) {
			g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct vectors_miss));

			send_sequence(vectors, plan, first, end, phase, chosen);
			add_misses(vectors, column, plan, first, chosen, end - first, found);
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
	struct vectors_plan plan;

	if (!vectors_plan(vectors->columns->pdata[column], &plan, error))
		return FALSE;
	if (plan.plan.tx == BOND_PLAN_ROUND_ROBIN)
		check_round_robin(vectors, column, &plan, misses);
	else
		check_hash(vectors, column, &plan, misses);
	return TRUE;
}
