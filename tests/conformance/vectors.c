/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vectors.h"

#include "engine/bond.h"

#define FIRST_PORT_FIELD 3

/* By then a bond has chosen. */
#define SETTLED (3 * BOND_SEC)

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
	const char *dynamic; /* tlb_dynamic_lb; NULL: not set */
	guint n_ports;
	guint8 order[BOND_MAX_PORTS]; /* numbers in the ports' names, as they are enslaved */
	guint64 down;
};

/* 802.3ad chooses among the ports of its aggregator as balance-xor does among all (bond_3ad_xor_slave_get()). */
static const struct {
	const char *word;
	const char *mode;
	const char *option;
	const char *dynamic;
} modes[] = {
    {"xor", "balance-xor", "xmit_hash_policy"},	      {"ad", "balance-xor", "xmit_hash_policy"},
    {"rr", "balance-rr", "packets_per_slave"},	      {"tlb0", "balance-tlb", "xmit_hash_policy", "0"},
    {"tlb1", "balance-tlb", "xmit_hash_policy", "1"}, {"alb0", "balance-alb", "xmit_hash_policy", "0"},
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
	spec->dynamic = modes[i].dynamic;
	/* By load: the policy only says which frames share an entry of the table. */
	if (g_strcmp0(spec->dynamic, "1") == 0 && strcmp(policy, "dyn") == 0)
		policy = "layer2";
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
	struct vectors_bond *bond = user;

	bond->plan = *plan;
	bond_plan_free(plan);
}

static void
note_port(void *user, struct bond_port *port, const guint8 *frame, gsize len)
{
	struct vectors_bond *bond = user;

	bond->sent = port_id(port);
}

static const struct bond_ops ops = {.publish = keep_plan, .send = note_port};

static gboolean
add_port(struct vectors_bond *bond, guint8 number, GError **error)
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
	struct bond_port *port = bond_enslave(bond->bond, &info, 0, error);

	if (!port)
		return FALSE;
	bond_port_set_link(port, &up, 0);
	bond->numbers[port_id(port)] = number;
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
set_up_bond(struct vectors_bond *bond, const struct spec *spec, GError **error)
{
	const char *const settings[] = {
	    "mode",
	    spec->mode,
	    "miimon",
	    "100",
	    spec->option,
	    spec->value,
	    spec->dynamic != NULL ? "tlb_dynamic_lb" : NULL,
	    spec->dynamic,
	    NULL,
	};
	guint i;

	if (!bond_set_options(bond->bond, settings, 0, error))
		return FALSE;
	bond_set_up(bond->bond, TRUE, 0);
	for (i = 0; i < spec->n_ports; i++) {
		if (!add_port(bond, spec->order[i], error))
			return FALSE;
	}
	bond_run(bond->bond, BOND_SEC);
	lose_carrier(bond->bond, spec->down, 2 * BOND_SEC);
	bond_run(bond->bond, 2 * BOND_SEC);
	bond_run(bond->bond, SETTLED);
	return TRUE;
}

gboolean
vectors_open(const char *column, struct vectors_bond *bond, GError **error)
{
	const struct bond_mac mac = {{0x02, 0, 0, 0, 0, 0xb0}};
	struct spec spec = {0};
	g_autofree char *value = NULL;
	gboolean ok;

	memset(bond, 0, sizeof(*bond));
	ok = parse_column(&spec, column);
	value = spec.value;
	if (!ok) {
		g_set_error(error, VECTORS_ERROR, VECTORS_ERROR_COLUMN,
			    "%s: not computed: the name of the column is not understood", column);
		return FALSE;
	}
	bond->bond = bond_new("bond0", &ops, bond, &mac);
	if (set_up_bond(bond, &spec, error))
		return TRUE;
	g_prefix_error(error, "%s: ", column);
	vectors_close(bond);
	return FALSE;
}

void
vectors_close(struct vectors_bond *bond)
{
	bond_free(bond->bond, SETTLED);
}

/* --- checking --- */

static guint8
port_number(const struct vectors_bond *bond, bond_port_id id)
{
	return id < BOND_MAX_PORTS ? bond->numbers[id] : BOND_PORT_NONE;
}

static void
add_misses(const struct vectors *vectors, guint column, const struct vectors_bond *bond, guint first,
	   const bond_port_id *chosen, guint n, GArray *misses)
{
	guint i;

	for (i = 0; i < n; i++) {
		const struct vectors_row *row = vectors->rows->pdata[first + i];
		struct vectors_miss miss = {
		    .row = row, .expected = row->ports[column], .chosen = port_number(bond, chosen[i])};

		if (miss.expected != miss.chosen)
			g_array_append_val(misses, miss);
	}
}

/* A frame that the engine itself is to send. */
static bond_port_id
send_by_engine(struct vectors_bond *bond, const struct bond_frame *frame)
{
	bond->sent = BOND_PORT_NONE;
	bond_transmit_frame(bond->bond, frame->data, frame->len, SETTLED);
	return bond->sent;
}

static void
check_hash(const struct vectors *vectors, guint column, struct vectors_bond *bond, GArray *misses)
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
	bond_plan_transmit(&bond->plan, &state, frames, n, chosen);
	for (i = 0; i < n; i++) {
		if (chosen[i] == BOND_PORT_CONTROL)
			chosen[i] = send_by_engine(bond, &frames[i]);
	}
	add_misses(vectors, column, bond, 0, chosen, n, misses);
}

/*
 * Rows @first to @end - 1, sent one after the other from a counter that stood at @phase. An id that is left out of
 * the file was a frame as well.
 */
static void
send_sequence(const struct vectors *vectors, const struct vectors_bond *bond, guint first, guint end, guint phase,
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
			bond_plan_transmit(&bond->plan, &state, &left_out, 1, &ignored);
		bond_plan_transmit(&bond->plan, &state, &frame, 1, &chosen[i - first]);
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
check_round_robin(const struct vectors *vectors, guint column, const struct vectors_bond *bond, GArray *misses)
{
	g_autofree bond_port_id *chosen = g_new0(bond_port_id, vectors->rows->len + 1);
	guint first;
	guint end;
	guint phase;

	for (first = 0; first < vectors->rows->len; first = end) {
		g_autoptr(GArray) best = NULL;

		end = sequence_end(vectors, first);
		for (phase = 0; phase < bond->plan.packets_per_slave * bond->plan.n_slots; phase++) {
			g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct vectors_miss));

			send_sequence(vectors, bond, first, end, phase, chosen);
			add_misses(vectors, column, bond, first, chosen, end - first, found);
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
	struct vectors_bond bond;

	if (!vectors_open(vectors->columns->pdata[column], &bond, error))
		return FALSE;
	if (bond.plan.tx == BOND_PLAN_ROUND_ROBIN)
		check_round_robin(vectors, column, &bond, misses);
	else
		check_hash(vectors, column, &bond, misses);
	vectors_close(&bond);
	return TRUE;
}
