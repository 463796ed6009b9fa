/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "user.h"

#include <string.h>

#define PREFIX	     "NM_USER_"
#define OCTAL_DIGITS 3

/* What follows an underscore; NULL if it is nothing that the encoding has. */
static const char *
decode_escape(const char *text, GString *key)
{
	guint number = 0;

	if (*text == '_') {
		g_string_append_c(key, '.');
		return text + 1;
	}
	if (g_ascii_isupper(*text)) {
		g_string_append_c(key, *text);
		return text + 1;
	}
	for (int i = 0; i < OCTAL_DIGITS; i++, text++) {
		if (*text < '0' || *text > '7')
			return NULL;
		number = number << 3 | (*text - '0');
	}
	if (number == 0 || number > G_MAXUINT8 || g_ascii_isalnum(number) || number == '.')
		return NULL;
	g_string_append_c(key, number);
	return text;
}

static char *
decode_key(const char *text)
{
	g_autoptr(GString) key = g_string_new(NULL);

	while (text != NULL && *text != '\0') {
		if (*text == '_') {
			text = decode_escape(text + 1, key);
			continue;
		}
		if (!g_ascii_isdigit(*text) && !g_ascii_isupper(*text))
			return NULL;
		g_string_append_c(key, g_ascii_tolower(*text++));
	}
	if (text == NULL || strchr(key->str, '.') == NULL || key->str[0] == '.' || key->str[key->len - 1] == '.' ||
	    !g_utf8_validate(key->str, key->len, NULL))
		return NULL;
	return g_strdup(key->str);
}

static gboolean
read_variable(struct ifcfg_file *file, const struct ifcfg_variable *variable, GVariantBuilder *data)
{
	g_autofree char *key = decode_key(variable->name + strlen(PREFIX));

	ifcfg_file_find(file, variable->name);
	if (key != NULL) {
		g_variant_builder_add(data, "{ss}", key, variable->value);
		return TRUE;
	}
	ifcfg_file_report(file, IFCFG_WARNING, variable->name, "Write such as NM_USER_MYAPP__KEY for the key myapp.key",
			  "the name spells no key of the form name.key, the line is ignored");
	return FALSE;
}

void
ifcfg_user_read(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	GVariantBuilder data;
	gboolean any = FALSE;

	g_variant_builder_init(&data, G_VARIANT_TYPE("a{ss}"));
	for (guint i = 0; i < file->variables->len; i++) {
		const struct ifcfg_variable *variable = file->variables->pdata[i];

		/* Only the last of two of the same name counts. */
		if (g_str_has_prefix(variable->name, PREFIX) &&
		    g_hash_table_lookup(file->by_name, variable->name) == variable)
			any = read_variable(file, variable, &data) || any;
	}
	if (any)
		ifcfg_settings_set(settings, "user", "data", g_variant_builder_end(&data));
	else
		g_variant_builder_clear(&data);
}
