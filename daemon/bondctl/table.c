/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

struct table {
	GPtrArray *rows; /* GStrv */
};

Table *
table_new(void)
{
	Table *table = g_new0(Table, 1);

	table->rows = g_ptr_array_new_with_free_func((GDestroyNotify) g_strfreev);
	return table;
}

void
table_free(Table *table)
{
	g_ptr_array_unref(table->rows);
	g_free(table);
}

void
table_row_strv(Table *table, const char *const *cells)
{
	g_ptr_array_add(table->rows, g_strdupv((char **) cells));
}

void
table_row(Table *table, ...)
{
	g_autoptr(GPtrArray) cells = g_ptr_array_new();
	const char *cell;
	va_list args;

	va_start(args, table);
	while ((cell = va_arg(args, const char *)) != NULL)
		g_ptr_array_add(cells, (gpointer) cell);
	va_end(args);
	g_ptr_array_add(cells, NULL);
	table_row_strv(table, (const char *const *) cells->pdata);
}

guint
table_char_width(gunichar c)
{
	return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

/* Columns on a terminal: a Chinese character takes two. */
static glong
width(const char *text)
{
	glong columns = 0;

	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		columns += table_char_width(c);
	}
	return columns;
}

static GArray *
column_widths(const Table *table)
{
	GArray *widths = g_array_new(FALSE, TRUE, sizeof(glong));

	for (guint i = 0; i < table->rows->len; i++) {
		GStrv cells = g_ptr_array_index(table->rows, i);

		for (guint c = 0; cells[c] != NULL; c++) {
			if (c >= widths->len)
				g_array_set_size(widths, c + 1);
			g_array_index(widths, glong, c) = MAX(g_array_index(widths, glong, c), width(cells[c]));
		}
	}
	return widths;
}

static void
append_row(GString *text, GStrv cells, const GArray *widths)
{
	GString *line = g_string_new(NULL);

	for (guint c = 0; cells[c] != NULL; c++) {
		g_string_append(line, cells[c]);
		for (glong pad = width(cells[c]); cells[c + 1] != NULL && pad < g_array_index(widths, glong, c) + 2;
		     pad++)
			g_string_append_c(line, ' ');
	}
	g_string_append_printf(text, "%s\n", g_strchomp(line->str));
	g_string_free(line, TRUE);
}

char *
table_text(const Table *table)
{
	g_autoptr(GArray) widths = column_widths(table);
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < table->rows->len; i++)
		append_row(text, g_ptr_array_index(table->rows, i), widths);
	return g_string_free(text, FALSE);
}

void
table_print(const Table *table)
{
	g_autofree char *text = table_text(table);

	g_print("%s", text);
}
