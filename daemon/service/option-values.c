/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "option-values.h"

#include "error.h"

static char *
refuse_type(const char *name, GVariant *value, GError **error)
{
	const struct bond_option *option = bond_option_find(name);

	g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_VALUE,
		    "option %.32s does not take a value of D-Bus type %.16s: give \u201c%s\u201d, or text", name,
		    g_variant_get_type_string(value), option != NULL ? option->dbus_type : "s");
	return NULL;
}

static char *
signed_text(GVariant *value)
{
	switch (g_variant_classify(value)) {
	case G_VARIANT_CLASS_INT16:
		return g_strdup_printf("%d", g_variant_get_int16(value));
	case G_VARIANT_CLASS_INT32:
		return g_strdup_printf("%d", g_variant_get_int32(value));
	case G_VARIANT_CLASS_INT64:
		return g_strdup_printf("%" G_GINT64_FORMAT, g_variant_get_int64(value));
	default:
		return NULL;
	}
}

static char *
unsigned_text(GVariant *value)
{
	switch (g_variant_classify(value)) {
	case G_VARIANT_CLASS_BYTE:
		return g_strdup_printf("%u", g_variant_get_byte(value));
	case G_VARIANT_CLASS_UINT16:
		return g_strdup_printf("%u", g_variant_get_uint16(value));
	case G_VARIANT_CLASS_UINT32:
		return g_strdup_printf("%u", g_variant_get_uint32(value));
	case G_VARIANT_CLASS_UINT64:
		return g_strdup_printf("%" G_GUINT64_FORMAT, g_variant_get_uint64(value));
	default:
		return NULL;
	}
}

char *
option_value_to_text(const char *name, GVariant *value, GError **error)
{
	char *text;

	if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
		return g_variant_dup_string(value, NULL);
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
		return g_strdup(g_variant_get_boolean(value) ? "on" : "off");
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY)) {
		g_autofree const char **items = g_variant_get_strv(value, NULL);

		return g_strjoinv(",", (char **) items);
	}
	text = unsigned_text(value);
	if (text == NULL)
		text = signed_text(value);
	return text != NULL ? text : refuse_type(name, value, error);
}

GVariant *
option_values_to_text(GVariant *options, GError **error)
{
	GVariantBuilder builder;
	GVariantIter iter;
	const char *name;
	GVariant *value;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&sv}", &name, &value)) {
		g_autoptr(GVariant) held = value;
		g_autofree char *text = option_value_to_text(name, held, error);

		if (text == NULL) {
			g_variant_builder_clear(&builder);
			return NULL;
		}
		g_variant_builder_add(&builder, "{ss}", name, text);
	}
	return g_variant_ref_sink(g_variant_builder_end(&builder));
}

static GVariant *
list_value(const char *text)
{
	g_auto(GStrv) items = *text != '\0' ? g_strsplit(text, ",", -1) : g_new0(char *, 1);

	return g_variant_new_strv((const char *const *) items, -1);
}

GVariant *
option_value_from_text(const struct bond_option *option, const char *text)
{
	switch (option->dbus_type[0]) {
	case 'b':
		return g_variant_new_boolean(g_str_equal(text, "on") || g_str_equal(text, "1"));
	case 'u':
		return g_variant_new_uint32((guint32) g_ascii_strtoull(text, NULL, 10));
	case 'q':
		return g_variant_new_uint16((guint16) g_ascii_strtoull(text, NULL, 10));
	case 'i':
		return g_variant_new_int32((gint32) g_ascii_strtoll(text, NULL, 10));
	case 'a':
		return list_value(text);
	default:
		return g_variant_new_string(text);
	}
}

gboolean
option_is_setting(const struct bond_option *option)
{
	return (option->flags & BOND_OPTFLAG_PORT) == 0 && option->type != BOND_OPTION_PORT_VALUE &&
	       option->type != BOND_OPTION_PORTS && option->id != BOND_OPT_ACTIVE_SLAVE;
}

char *
option_property_name(const struct bond_option *option)
{
	GString *name;
	gboolean begin = TRUE;

	if (option->id == BOND_OPT_ACTIVE_SLAVE)
		return g_strdup("ActivePort");
	if (option->id == BOND_OPT_SLAVES)
		return g_strdup("Ports");
	name = g_string_new(NULL);
	for (const char *c = option->name; *c != '\0'; c++) {
		if (*c != '_')
			g_string_append_c(name, begin ? g_ascii_toupper(*c) : *c);
		begin = *c == '_';
	}
	return g_string_free(name, FALSE);
}

const struct bond_option *
option_of_property(const char *property)
{
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *option = &bond_option_table()[i];
		g_autofree char *name = option_property_name(option);

		if (g_str_equal(name, property))
			return option;
	}
	return NULL;
}
