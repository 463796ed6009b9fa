/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json-variant.h"

#include <json-glib/json-glib.h>

static GVariant *convert(const GVariantType *type, JsonNode *node);

static GVariant *
convert_variant(JsonNode *node)
{
	JsonObject *object = json_node_get_object(node);
	const char *type = json_object_get_string_member(object, "type");

	return g_variant_new_variant(convert((const GVariantType *) type, json_object_get_member(object, "data")));
}

static GVariant *
convert_dictionary(const GVariantType *type, JsonNode *node)
{
	const GVariantType *entry = g_variant_type_element(type);
	JsonObject *object = json_node_get_object(node);
	g_autoptr(GList) members = json_object_get_members(object);
	GVariantBuilder builder;

	g_variant_builder_init(&builder, type);
	for (GList *member = members; member != NULL; member = member->next)
		g_variant_builder_add_value(
		    &builder, g_variant_new_dict_entry(
				  g_variant_new_string(member->data),
				  convert(g_variant_type_value(entry), json_object_get_member(object, member->data))));
	return g_variant_builder_end(&builder);
}

static GVariant *
convert_array(const GVariantType *type, JsonNode *node)
{
	const GVariantType *element = g_variant_type_element(type);
	JsonArray *array = json_node_get_array(node);
	GVariantBuilder builder;

	g_variant_builder_init(&builder, type);
	for (guint i = 0; i < json_array_get_length(array); i++)
		g_variant_builder_add_value(&builder, convert(element, json_array_get_element(array, i)));
	return g_variant_builder_end(&builder);
}

static GVariant *
convert_tuple(const GVariantType *type, JsonNode *node)
{
	const GVariantType *element = g_variant_type_first(type);
	JsonArray *array = json_node_get_array(node);
	GVariantBuilder builder;

	g_variant_builder_init(&builder, type);
	for (guint i = 0; element != NULL; i++, element = g_variant_type_next(element))
		g_variant_builder_add_value(&builder, convert(element, json_array_get_element(array, i)));
	return g_variant_builder_end(&builder);
}

static GVariant *
convert_basic(const GVariantType *type, JsonNode *node)
{
	gint64 number = json_node_get_value_type(node) == G_TYPE_INT64 ? json_node_get_int(node) : 0;

	switch (g_variant_type_peek_string(type)[0]) {
	case 's':
		return g_variant_new_string(json_node_get_string(node));
	case 'b':
		return g_variant_new_boolean(json_node_get_boolean(node));
	case 'y':
		return g_variant_new_byte(number);
	case 'n':
		return g_variant_new_int16(number);
	case 'q':
		return g_variant_new_uint16(number);
	case 'd':
		return g_variant_new_double(json_node_get_double(node));
	case 'o':
		return g_variant_new_object_path(json_node_get_string(node));
	case 'g':
		return g_variant_new_signature(json_node_get_string(node));
	case 'i':
		return g_variant_new_int32(number);
	case 'u':
		return g_variant_new_uint32(number);
	case 'x':
		return g_variant_new_int64(number);
	case 't':
		return g_variant_new_uint64(number);
	default:
		g_error("type %.1s is not in the recordings", g_variant_type_peek_string(type));
	}
}

static GVariant *
convert(const GVariantType *type, JsonNode *node)
{
	if (g_variant_type_is_variant(type))
		return convert_variant(node);
	if (g_variant_type_is_array(type) && g_variant_type_is_dict_entry(g_variant_type_element(type)))
		return convert_dictionary(type, node);
	if (g_variant_type_is_array(type))
		return convert_array(type, node);
	if (g_variant_type_is_tuple(type))
		return convert_tuple(type, node);
	return convert_basic(type, node);
}

GVariant *
json_variant_parse(const char *text, GError **error)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonObject *object;
	JsonArray *data;
	const char *type;

	if (!json_parser_load_from_data(parser, text, -1, error))
		return NULL;
	object = json_node_get_object(json_parser_get_root(parser));
	type = json_object_get_string_member(object, "type");
	data = json_object_get_array_member(object, "data");
	return g_variant_ref_sink(convert((const GVariantType *) type, json_array_get_element(data, 0)));
}
