/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input: a{sa{sv}}, as text if it begins with `{`, else as bytes of D-Bus; behind a byte 0x1e an ifcfg file whose comments
 * come along. Whatever the settings are, the keyfile is UTF-8, GKeyFile reads it, and what is a plain value comes back.
 */
#include "ifcfg/comments.h"
#include "ifcfg/keyfile.h"

#include <stdlib.h>
#include <string.h>

#define SEPARATOR 0x1e

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
check(gboolean right)
{
	if (!right)
		abort();
}

static GVariant *
read_settings(const guint8 *data, gsize size)
{
	const GVariantType *type = G_VARIANT_TYPE("a{sa{sv}}");
	g_autoptr(GVariant) raw = NULL;
	g_autoptr(GBytes) bytes = NULL;

	if (size > 0 && data[0] == '{')
		return g_variant_parse(type, (const char *) data, (const char *) data + size, NULL, NULL);
	bytes = g_bytes_new(data, size);
	raw = g_variant_ref_sink(g_variant_new_from_bytes(type, bytes, FALSE));
	return g_variant_get_normal_form(raw);
}

/* The name of the connection is text of whatever kind. */
static void
check_name(GVariant *settings, GKeyFile *keyfile)
{
	g_autoptr(GVariant) connection = g_variant_lookup_value(settings, "connection", G_VARIANT_TYPE_VARDICT);
	g_autoptr(GVariant) name = connection != NULL ? g_variant_lookup_value(connection, "id", NULL) : NULL;
	g_autofree char *read = NULL;

	if (name == NULL || !g_variant_is_of_type(name, G_VARIANT_TYPE_STRING))
		return;
	read = g_key_file_get_string(keyfile, "connection", "id", NULL);
	check(g_strcmp0(read, g_variant_get_string(name, NULL)) == 0);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GKeyFile) keyfile = g_key_file_new();
	g_autoptr(GString) text = g_string_new(NULL);
	const guint8 *end = memchr(data, SEPARATOR, size);
	g_autoptr(GVariant) settings = read_settings(data, end != NULL ? (gsize) (end - data) : size);
	g_autofree char *body = NULL;

	if (settings == NULL)
		return 0;
	if (end != NULL)
		ifcfg_comments_append(text, (const char *) end + 1, data + size - end - 1);
	body = ifcfg_keyfile_format(settings, NULL, lost);
	g_string_append(text, body);
	check(g_utf8_validate(text->str, text->len, NULL));
	if (text->len > 0)
		check(g_key_file_load_from_data(keyfile, text->str, text->len, G_KEY_FILE_KEEP_COMMENTS, NULL));
	check_name(settings, keyfile);
	return 0;
}
