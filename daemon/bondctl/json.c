/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <math.h>
#include <stdio.h>

struct writer {
	GString *text;
	gboolean pretty;
	guint depth;
};

static void write_value(struct writer *writer, GVariant *value);

static void
write_string(struct writer *writer, const char *string)
{
	g_string_append_c(writer->text, '"');
	for (const char *p = string; *p != '\0'; p++) {
		guchar c = (guchar) *p;

		if (c == '"' || c == '\\')
			g_string_append_printf(writer->text, "\\%c", c);
		else if (c == '\n')
			g_string_append(writer->text, "\\n");
		else if (c < 0x20 || c == 0x7f)
			g_string_append_printf(writer->text, "\\u%04x", c);
		else
			g_string_append_c(writer->text, *p);
	}
	g_string_append_c(writer->text, '"');
}

static void
new_line(struct writer *writer)
{
	if (!writer->pretty)
		return;
	g_string_append_c(writer->text, '\n');
	for (guint i = 0; i < writer->depth; i++)
		g_string_append(writer->text, "  ");
}

static void
write_member(struct writer *writer, GVariant *child, gboolean is_object)
{
	g_autoptr(GVariant) key = NULL;
	g_autoptr(GVariant) value = NULL;

	if (!is_object) {
		write_value(writer, child);
		return;
	}
	key = g_variant_get_child_value(child, 0);
	value = g_variant_get_child_value(child, 1);
	if (g_variant_is_of_type(key, G_VARIANT_TYPE_STRING)) {
		write_string(writer, g_variant_get_string(key, NULL));
	} else {
		g_autofree char *text = g_variant_print(key, FALSE);

		write_string(writer, text);
	}
	g_string_append(writer->text, writer->pretty ? ": " : ":");
	write_value(writer, value);
}

/* Lists of words and numbers stay in one line. */
static gboolean
is_flat(GVariant *value)
{
	const GVariantType *type = g_variant_get_type(value);

	return g_variant_n_children(value) == 0 ||
	       (g_variant_type_is_array(type) && g_variant_type_is_basic(g_variant_type_element(type)));
}

static void
write_container(struct writer *writer, GVariant *value)
{
	gboolean is_object = g_variant_type_is_subtype_of(g_variant_get_type(value), G_VARIANT_TYPE_DICTIONARY);
	gboolean flat = is_flat(value);

	g_string_append_c(writer->text, is_object ? '{' : '[');
	writer->depth++;
	for (gsize i = 0; i < g_variant_n_children(value); i++) {
		g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

		if (i > 0)
			g_string_append(writer->text, flat && writer->pretty ? ", " : ",");
		if (!flat)
			new_line(writer);
		write_member(writer, child, is_object);
	}
	writer->depth--;
	if (!flat)
		new_line(writer);
	g_string_append_c(writer->text, is_object ? '}' : ']');
}

/* JSON has neither infinities nor NaN. */
static void
write_double(struct writer *writer, double number)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(writer->text, isfinite(number) ? g_ascii_dtostr(text, sizeof(text), number) : "null");
}

static void
write_integer(struct writer *writer, GVariant *value)
{
	g_autofree char *text = g_variant_print(value, FALSE);

	/* Bytes print as 0x2a. */
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTE))
		g_string_append_printf(writer->text, "%u", g_variant_get_byte(value));
	else
		g_string_append(writer->text, text);
}

static void
write_value(struct writer *writer, GVariant *value)
{
	g_autoptr(GVariant) inner = NULL;

	switch (g_variant_classify(value)) {
	case G_VARIANT_CLASS_VARIANT:
		inner = g_variant_get_variant(value);
		write_value(writer, inner);
		break;
	case G_VARIANT_CLASS_STRING:
	case G_VARIANT_CLASS_OBJECT_PATH:
	case G_VARIANT_CLASS_SIGNATURE:
		write_string(writer, g_variant_get_string(value, NULL));
		break;
	case G_VARIANT_CLASS_DOUBLE:
		write_double(writer, g_variant_get_double(value));
		break;
	case G_VARIANT_CLASS_ARRAY:
	case G_VARIANT_CLASS_TUPLE:
		write_container(writer, value);
		break;
	default:
		write_integer(writer, value);
	}
}

static char *
text_of(GVariant *value, gboolean pretty)
{
	g_autoptr(GVariant) owned = g_variant_ref_sink(value);
	struct writer writer = {.text = g_string_new(NULL), .pretty = pretty};

	write_value(&writer, owned);
	return g_string_free(writer.text, FALSE);
}

char *
json_text(GVariant *value)
{
	return text_of(value, FALSE);
}

/* Not g_print(): that would turn what the locale has not into question marks, and JSON is UTF-8. */
void
json_print(GVariant *value)
{
	g_autofree char *text = text_of(value, TRUE);

	puts(text);
}

void
json_print_line(GVariant *value)
{
	g_autofree char *text = text_of(value, FALSE);

	puts(text);
	fflush(stdout);
}

char *
json_key(const char *property)
{
	GString *key = g_string_new(NULL);

	for (const char *p = property; *p != '\0'; p++) {
		if (g_ascii_isupper(*p) && p != property)
			g_string_append_c(key, '_');
		g_string_append_c(key, *p == '-' ? '_' : g_ascii_tolower(*p));
	}
	return g_string_free(key, FALSE);
}

void
json_add_properties(GVariantBuilder *object, GVariant *properties, const char *except)
{
	GVariantIter iter;
	const char *name;
	GVariant *value;

	g_variant_iter_init(&iter, properties);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
		g_autofree char *key = json_key(name);

		if (g_strcmp0(name, except) != 0)
			g_variant_builder_add(object, "{sv}", key, value);
	}
}
