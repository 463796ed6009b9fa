/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "json.h"
#include "objects.h"
#include "screen.h"
#include "table.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>

#define BAR_CELLS 10
/* Shorter than this, the rates are noise. */
#define SHORTEST 0.1

struct top {
	struct client *client;
	Screen *screen;	   /* NULL: lines of text */
	GPtrArray *before; /* as it was when the interval began */
	gint64 began;
	guint interval; /* ms */
	char *page;	/* the last that was drawn */
	gboolean over;
	enum exit_code code;
};

struct rates {
	double rx_bits; /* all a second */
	double rx_frames;
	double tx_bits;
	double tx_frames;
	double lost;
	double speed; /* bit/s; 0: unknown */
};

/* --- Rates --- */

static guint64
all_drops(const struct object *object)
{
	g_autoptr(GVariant) drops = g_variant_lookup_value(object->properties, "Drops", G_VARIANT_TYPE("a{st}"));
	guint64 sum = 0;
	guint64 count;
	GVariantIter iter;

	if (drops == NULL)
		return 0;
	g_variant_iter_init(&iter, drops);
	while (g_variant_iter_next(&iter, "{&st}", NULL, &count))
		sum += count;
	return sum;
}

/* A counter that went back began anew. */
static double
per_second(guint64 now, guint64 before, double seconds)
{
	return now >= before ? (double) (now - before) / seconds : 0;
}

/* Of a bond: what all of its ports that carry traffic can take together. */
static double
speed_of(const struct object *object)
{
	double sum = 0;

	if (!object->is_bond)
		return (double) object_number(object, "Speed") * 1e6;
	for (guint i = 0; i < object->ports->len; i++) {
		const struct object *port = g_ptr_array_index(object->ports, i);

		if (g_str_equal(object_string(port, "State"), "active") &&
		    g_str_equal(object_string(port, "Link"), "up"))
			sum += speed_of(port);
	}
	return sum;
}

static struct rates
measure(const struct object *now, const struct object *before, double seconds)
{
	struct rates rates = {.speed = speed_of(now)};

	if (before == NULL)
		return rates;
	rates.rx_bits = 8 * per_second(object_number(now, "RxBytes"), object_number(before, "RxBytes"), seconds);
	rates.tx_bits = 8 * per_second(object_number(now, "TxBytes"), object_number(before, "TxBytes"), seconds);
	rates.rx_frames = per_second(object_number(now, "RxPackets"), object_number(before, "RxPackets"), seconds);
	rates.tx_frames = per_second(object_number(now, "TxPackets"), object_number(before, "TxPackets"), seconds);
	rates.lost = per_second(all_drops(now), all_drops(before), seconds);
	return rates;
}

/* --- As a table --- */

/* "1.25 G", "830 k", "12" */
static char *
short_number(double number)
{
	static const char *const units[] = {"", " k", " M", " G", " T"};
	guint unit = 0;

	while (number >= 999.5 && unit + 1 < G_N_ELEMENTS(units)) {
		number /= 1000;
		unit++;
	}
	return g_strdup_printf("%.*f%s",
			       unit > 0 && number < 9.995   ? 2
			       : unit > 0 && number < 99.95 ? 1
							    : 0,
			       number, units[unit]);
}

/* Eighths of a cell where the terminal has them. */
static char *
bar(double fraction, guint cells)
{
	gboolean utf8 = g_get_charset(NULL);
	guint eighths = (guint) (CLAMP(fraction, 0, 1) * cells * 8 + 0.5);
	GString *text = g_string_new("[");

	for (guint i = 0; i < cells; i++) {
		guint part = MIN(eighths, 8);

		eighths -= part;
		if (part == 0)
			g_string_append_c(text, ' ');
		else if (utf8)
			g_string_append_unichar(text, 0x2588 + 8 - part);
		else
			g_string_append_c(text, part >= 4 ? '#' : '-');
	}
	g_string_append_c(text, ']');
	return g_string_free(text, FALSE);
}

static const char *
link_of(const struct object *object)
{
	if (!object->is_bond)
		return object_string(object, "Link");
	return object_boolean(object, "Up") ? object_string(object, "MiiStatus") : _("set down");
}

static void
add_row(Table *table, const struct object *object, const struct rates *rates, guint cells)
{
	g_autofree char *name = g_strconcat(object->is_bond ? "" : "  ", object->name, NULL);
	g_autofree char *rx_bits = short_number(rates->rx_bits);
	g_autofree char *rx_frames = short_number(rates->rx_frames);
	g_autofree char *tx_bits = short_number(rates->tx_bits);
	g_autofree char *tx_frames = short_number(rates->tx_frames);
	g_autofree char *lost = short_number(rates->lost);
	g_autofree char *rx_bar = bar(rates->speed > 0 ? rates->rx_bits / rates->speed : 0, cells);
	g_autofree char *tx_bar = bar(rates->speed > 0 ? rates->tx_bits / rates->speed : 0, cells);

	table_row(table, name, link_of(object), rx_bits, rx_frames, rx_bar, tx_bits, tx_frames, tx_bar, lost, NULL);
}

/* Both bars share what the numbers leave. */
static guint
bar_cells(const struct top *top)
{
	guint width = screen_width(top->screen);

	return width > 80 ? BAR_CELLS + (width - 80) / 2 : BAR_CELLS;
}

typedef void (*row_func)(const struct object *object, const struct rates *rates, gpointer user);

static void
for_each_row(const struct top *top, const GPtrArray *bonds, double seconds, row_func row, gpointer user)
{
	for (guint i = 0; i < bonds->len; i++) {
		const struct object *bond = g_ptr_array_index(bonds, i);
		const struct object *was = objects_find_bond(top->before, bond->name);
		struct rates rates = measure(bond, was, seconds);

		row(bond, &rates, user);
		for (guint p = 0; p < bond->ports->len; p++) {
			const struct object *port = g_ptr_array_index(bond->ports, p);

			rates = measure(port, objects_find_port(top->before, port->name, NULL), seconds);
			row(port, &rates, user);
		}
	}
}

struct table_user {
	Table *table;
	guint cells;
};

static void
table_row_func(const struct object *object, const struct rates *rates, gpointer user)
{
	const struct table_user *to = user;

	add_row(to->table, object, rates, to->cells);
}

static char *
page_of(const struct top *top, const GPtrArray *bonds, double seconds)
{
	g_autoptr(Table) table = table_new();
	struct table_user user = {table, bar_cells(top)};

	if (bonds->len == 0)
		return g_strdup(_("There are no bonds.\n"));
	table_row(table, _("NAME"), _("LINK"), _("RX BIT/S"), _("FRAMES/S"), "", _("TX BIT/S"), _("FRAMES/S"), "",
		  _("LOST/S"), NULL);
	for_each_row(top, bonds, seconds, table_row_func, &user);
	return table_text(table);
}

/* --- As JSON --- */

static void
json_row_func(const struct object *object, const struct rates *rates, gpointer user)
{
	GVariantBuilder *list = user;

	g_variant_builder_open(list, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(list, "{sv}", "bond",
			      g_variant_new_string(object->is_bond ? object->name : object_string(object, "Bond")));
	g_variant_builder_add(list, "{sv}", "port", g_variant_new_string(object->is_bond ? "" : object->name));
	g_variant_builder_add(list, "{sv}", "rx_bits_per_second", g_variant_new_double(rates->rx_bits));
	g_variant_builder_add(list, "{sv}", "rx_packets_per_second", g_variant_new_double(rates->rx_frames));
	g_variant_builder_add(list, "{sv}", "tx_bits_per_second", g_variant_new_double(rates->tx_bits));
	g_variant_builder_add(list, "{sv}", "tx_packets_per_second", g_variant_new_double(rates->tx_frames));
	g_variant_builder_add(list, "{sv}", "drops_per_second", g_variant_new_double(rates->lost));
	g_variant_builder_add(list, "{sv}", "speed_bits_per_second", g_variant_new_double(rates->speed));
	g_variant_builder_close(list);
}

static void
print_json(const struct top *top, const GPtrArray *bonds, double seconds)
{
	GVariantBuilder list;

	g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
	for_each_row(top, bonds, seconds, json_row_func, &list);
	json_print_line(g_variant_builder_end(&list));
}

/* --- Time goes by --- */

static void
show(struct top *top, const GPtrArray *bonds, double seconds)
{
	if (client_has(top->client, FLAG_JSON)) {
		print_json(top, bonds, seconds);
		return;
	}
	g_free(top->page);
	top->page = page_of(top, bonds, seconds);
	if (top->screen != NULL)
		screen_draw(top->screen, top->page);
	else
		g_print("%s", top->page);
}

/* Looks again; FALSE if the service is gone. */
static gboolean
look(struct top *top)
{
	g_autoptr(GPtrArray) now = objects_read(top->client);
	gint64 time = g_get_monotonic_time();

	if (now == NULL) {
		top->code = top->client->failure;
		return FALSE;
	}
	if (top->before != NULL)
		show(top, now, (double) (time - top->began) / G_USEC_PER_SEC);
	g_clear_pointer(&top->before, g_ptr_array_unref);
	top->before = g_steal_pointer(&now);
	top->began = time;
	return TRUE;
}

static gboolean
on_interval(gpointer user)
{
	struct top *top = user;
	gboolean once =
	    client_has(top->client, FLAG_ONCE) || (top->screen == NULL && !client_has(top->client, FLAG_JSON));

	if (!look(top) || once)
		top->over = TRUE;
	return G_SOURCE_CONTINUE;
}

static gboolean
on_key(gint fd, GIOCondition condition, gpointer user)
{
	struct top *top = user;
	char key = screen_key(top->screen);

	if (key == 'q' || key == 'Q' || key == '\033' || (condition & (G_IO_HUP | G_IO_ERR)) != 0)
		top->over = TRUE;
	return G_SOURCE_CONTINUE;
}

static gboolean
on_resize(gpointer user)
{
	const struct top *top = user;

	if (top->page != NULL)
		screen_draw(top->screen, top->page);
	return G_SOURCE_CONTINUE;
}

static gboolean
on_stop(gpointer user)
{
	struct top *top = user;

	top->over = TRUE;
	return G_SOURCE_CONTINUE;
}

static void
run(struct top *top)
{
	guint sources[] = {
	    g_timeout_add(top->interval, on_interval, top),
	    g_unix_signal_add(SIGINT, on_stop, top),
	    g_unix_signal_add(SIGTERM, on_stop, top),
	    top->screen != NULL ? g_unix_signal_add(SIGWINCH, on_resize, top) : 0,
	    top->screen != NULL && screen_has_keys(top->screen)
		? g_unix_fd_add(0, G_IO_IN | G_IO_HUP | G_IO_ERR, on_key, top)
		: 0,
	};

	while (!top->over)
		g_main_context_iteration(NULL, TRUE);
	for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
		if (sources[i] != 0)
			g_source_remove(sources[i]);
	}
}

enum exit_code
command_top(struct client *client, guint n, char **arguments)
{
	double seconds = MAX(flags_duration(client->flags, FLAG_INTERVAL, 1), SHORTEST);
	gboolean plain = client_has(client, FLAG_ONCE) || client_has(client, FLAG_JSON);
	struct top top = {.client = client, .interval = (guint) MIN(seconds * 1000, G_MAXINT32)};

	if (!look(&top))
		return top.code;
	client->may_start = FALSE;
	top.screen = plain ? NULL : screen_open();
	if (top.screen != NULL) {
		screen_draw(top.screen, _("Measuring… q ends it."));
		run(&top);
		screen_close(top.screen);
		/* What was said of it is gone with the screen. */
		if (top.code == EXIT_NO_DAEMON)
			client_complain(_("bondd is not running: start it with “systemctl start bondd”"));
	} else {
		run(&top);
	}
	g_clear_pointer(&top.before, g_ptr_array_unref);
	g_free(top.page);
	return top.code;
}
