/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keyfile.h"

#include "keyfile-private.h"

#include <string.h>

#define MAC_LENGTH 6

typedef void (*property_writer)(struct keyfile *keyfile, const struct keyfile_item *item);

/* Sections and types that keyfiles call otherwise. */
static const struct {
	const char *setting;
	const char *group;
} groups[] = {{"802-3-ethernet", "ethernet"}};

static const char *
group_of(const char *setting)
{
	for (guint i = 0; i < G_N_ELEMENTS(groups); i++) {
		if (strcmp(setting, groups[i].setting) == 0)
			return groups[i].group;
	}
	return setting;
}

void
keyfile_lose(struct keyfile *keyfile, const struct keyfile_item *item, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list arguments;

	va_start(arguments, format);
	what = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_ptr_array_add(keyfile->lost, g_strdup_printf("%s.%s: %s", item->group, item->property, what));
}

GVariant *
keyfile_sibling(const struct keyfile *keyfile, const struct keyfile_item *item, const char *property)
{
	g_autoptr(GVariant) section = g_variant_lookup_value(keyfile->settings, item->section, G_VARIANT_TYPE_VARDICT);

	return section != NULL ? g_variant_lookup_value(section, property, NULL) : NULL;
}

/* --- writers by type --- */

static void
write_string_list(struct keyfile *keyfile, const struct keyfile_item *item)
{
	g_autofree const char **words = g_variant_get_strv(item->value, NULL);

	g_key_file_set_string_list(keyfile->out, item->group, item->property, words, g_strv_length((GStrv) words));
}

static void
write_number_list(struct keyfile *keyfile, const struct keyfile_item *item)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (gsize i = 0; i < g_variant_n_children(item->value); i++) {
		g_autoptr(GVariant) number = g_variant_get_child_value(item->value, i);
		g_autofree char *digits = g_variant_print(number, FALSE);

		g_string_append_printf(text, "%s;", digits);
	}
	g_key_file_set_value(keyfile->out, item->group, item->property, text->str);
}

static void
write_generic(struct keyfile *keyfile, const struct keyfile_item *item)
{
	const GVariantType *type = g_variant_get_type(item->value);
	g_autofree char *text = NULL;

	if (g_variant_type_equal(type, G_VARIANT_TYPE_STRING)) {
		g_key_file_set_string(keyfile->out, item->group, item->property,
				      g_variant_get_string(item->value, NULL));
	} else if (g_variant_type_equal(type, G_VARIANT_TYPE_BYTE)) {
		g_key_file_set_integer(keyfile->out, item->group, item->property, g_variant_get_byte(item->value));
	} else if (g_variant_type_is_basic(type)) {
		text = g_variant_print(item->value, FALSE);
		g_key_file_set_string(keyfile->out, item->group, item->property, text);
	} else if (g_variant_type_is_container(type) && g_variant_n_children(item->value) == 0) {
		return; /* the same as nothing */
	} else if (g_variant_type_equal(type, G_VARIANT_TYPE_STRING_ARRAY)) {
		write_string_list(keyfile, item);
	} else if (g_variant_is_of_type(item->value, G_VARIANT_TYPE("au")) ||
		   g_variant_is_of_type(item->value, G_VARIANT_TYPE("ai"))) {
		write_number_list(keyfile, item);
	} else {
		keyfile_lose(keyfile, item, "values of this kind have no form in a keyfile");
	}
}

/* --- writers of single properties --- */

/* D-Bus says it a second time for old clients. */
static void
write_nothing(struct keyfile *keyfile, const struct keyfile_item *item)
{
}

static void
write_type(struct keyfile *keyfile, const struct keyfile_item *item)
{
	if (g_variant_is_of_type(item->value, G_VARIANT_TYPE_STRING))
		g_key_file_set_string(keyfile->out, item->group, item->property,
				      group_of(g_variant_get_string(item->value, NULL)));
}

static void
write_mac(struct keyfile *keyfile, const struct keyfile_item *item)
{
	gsize n = 0;
	const guint8 *mac;
	g_autofree char *text = NULL;

	if (!g_variant_is_of_type(item->value, G_VARIANT_TYPE_BYTESTRING)) {
		write_generic(keyfile, item);
		return;
	}
	mac = g_variant_get_fixed_array(item->value, &n, 1);
	if (n != MAC_LENGTH) {
		keyfile_lose(keyfile, item, "it is no Ethernet address");
		return;
	}
	text = g_strdup_printf("%02X:%02X:%02X:%02X:%02X:%02X", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	g_key_file_set_string(keyfile->out, item->group, item->property, text);
}

/* The one that also knows words such as "random"; D-Bus has it beside the bytes. */
static void
write_assigned_mac(struct keyfile *keyfile, const struct keyfile_item *item)
{
	struct keyfile_item renamed = *item;

	renamed.property = "cloned-mac-address";
	write_generic(keyfile, &renamed);
}

static void
write_cloned_mac(struct keyfile *keyfile, const struct keyfile_item *item)
{
	g_autoptr(GVariant) assigned = keyfile_sibling(keyfile, item, "assigned-mac-address");

	if (assigned == NULL)
		write_mac(keyfile, item);
}

/* Names of keys as NetworkManager escapes them: what GKeyFile would not take is \ and two digits. */
static char *
encode_key(const char *prefix, const char *name)
{
	GString *key = g_string_new(prefix);

	for (const char *c = name; *c != '\0'; c++) {
		if (g_ascii_isalnum(*c) || strchr("._-+/", *c) != NULL)
			g_string_append_c(key, *c);
		else
			g_string_append_printf(key, "\\%02X", (guchar) *c);
	}
	return g_string_free(key, FALSE);
}

static void
write_words(struct keyfile *keyfile, const char *group, const char *prefix, GVariant *words)
{
	const char *name;
	const char *value;
	GVariantIter iter;

	g_variant_iter_init(&iter, words);
	while (g_variant_iter_next(&iter, "{&s&s}", &name, &value)) {
		g_autofree char *key = encode_key(prefix, name);

		if (*key != '\0')
			g_key_file_set_string(keyfile->out, group, key, value);
	}
}

/* A dictionary whose entries are the keys of the section. */
static void
write_dictionary(struct keyfile *keyfile, const struct keyfile_item *item)
{
	if (g_variant_is_of_type(item->value, G_VARIANT_TYPE("a{ss}")))
		write_words(keyfile, item->group, "", item->value);
	else
		write_generic(keyfile, item);
}

static void
write_s390_options(struct keyfile *keyfile, const struct keyfile_item *item)
{
	struct keyfile_item own = *item;

	own.group = "ethernet-s390-options";
	write_dictionary(keyfile, &own);
}

/* Numbers with a name each; a keyfile without this one means the second, whatever D-Bus takes for the default. */
static const char *const address_modes[] = {"eui64", "stable-privacy", "default-or-eui64", "default"};

static void
write_address_mode(struct keyfile *keyfile, const struct keyfile_item *item)
{
	gint32 mode = g_variant_is_of_type(item->value, G_VARIANT_TYPE_INT32) ? g_variant_get_int32(item->value) : -1;

	if (mode >= 0 && mode < (gint32) G_N_ELEMENTS(address_modes))
		g_key_file_set_string(keyfile->out, item->group, item->property, address_modes[mode]);
	else
		write_generic(keyfile, item);
}

/* An empty list keeps out the options that would be there by default. */
static void
write_dns_options(struct keyfile *keyfile, const struct keyfile_item *item)
{
	if (g_variant_is_of_type(item->value, G_VARIANT_TYPE_STRING_ARRAY))
		write_string_list(keyfile, item);
	else
		write_generic(keyfile, item);
}

/* Each is "1-3 pvid untagged". */
static void
write_bridge_vlans(struct keyfile *keyfile, const struct keyfile_item *item)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (!g_variant_is_of_type(item->value, G_VARIANT_TYPE("aa{sv}"))) {
		write_generic(keyfile, item);
		return;
	}
	for (gsize i = 0; i < g_variant_n_children(item->value); i++) {
		g_autoptr(GVariant) vlan = g_variant_get_child_value(item->value, i);
		gboolean flag = FALSE;
		guint16 first = 0;
		guint16 last;

		g_variant_lookup(vlan, "vid-start", "q", &first);
		last = first;
		g_variant_lookup(vlan, "vid-end", "q", &last);
		g_string_append_printf(text, "%s%u", text->len > 0 ? "," : "", first);
		if (last != first)
			g_string_append_printf(text, "-%u", last);
		if (g_variant_lookup(vlan, "pvid", "b", &flag) && flag)
			g_string_append(text, " pvid");
		if (g_variant_lookup(vlan, "untagged", "b", &flag) && flag)
			g_string_append(text, " untagged");
	}
	if (text->len > 0)
		g_key_file_set_value(keyfile->out, item->group, item->property, text->str);
}

/* --- the table --- */

/* Properties that are not what their type says; a section of NULL stands for all. */
static const struct {
	const char *section;
	const char *property;
	property_writer write;
} special[] = {
    {"connection", "type", write_type},
    {"bond", "interface-name", write_nothing},
    {"bond", "options", write_dictionary},
    {"bridge", "interface-name", write_nothing},
    {"bridge", "vlans", write_bridge_vlans},
    {"bridge-port", "vlans", write_bridge_vlans},
    {"team", "interface-name", write_nothing},
    {"vlan", "interface-name", write_nothing},
    {"user", "data", write_dictionary},
    {"802-3-ethernet", "s390-options", write_s390_options},
    {"ipv6", "addr-gen-mode", write_address_mode},
    {NULL, "address-data", keyfile_write_addresses},
    {NULL, "address-labels", write_nothing},
    {NULL, "addresses", write_nothing},
    {NULL, "assigned-mac-address", write_assigned_mac},
    {NULL, "cloned-mac-address", write_cloned_mac},
    {NULL, "dns", keyfile_write_dns},
    {NULL, "dns-data", keyfile_write_dns_data},
    {NULL, "dns-options", write_dns_options},
    {NULL, "gateway", keyfile_write_gateway},
    {NULL, "group-address", write_mac},
    {NULL, "mac-address", write_mac},
    {NULL, "route-data", keyfile_write_routes},
    {NULL, "routes", write_nothing},
    {NULL, "routing-rules", keyfile_write_rules},
};

static void
write_property(struct keyfile *keyfile, const struct keyfile_item *item)
{
	for (guint i = 0; i < G_N_ELEMENTS(special); i++) {
		if (strcmp(special[i].property, item->property) != 0)
			continue;
		if (special[i].section == NULL || strcmp(special[i].section, item->section) == 0) {
			special[i].write(keyfile, item);
			return;
		}
	}
	write_generic(keyfile, item);
}

/* GKeyFile takes nearly any name and then cannot read it. */
static gboolean
is_name(const char *text)
{
	if (*text == '\0')
		return FALSE;
	for (const char *c = text; *c != '\0'; c++) {
		if (!g_ascii_isalnum(*c) && strchr("-_.", *c) == NULL)
			return FALSE;
	}
	return TRUE;
}

/* GKeyFile has no way to make an empty group. */
static void
begin_group(struct keyfile *keyfile, const char *group)
{
	g_key_file_set_value(keyfile->out, group, "x", "");
	g_key_file_remove_key(keyfile->out, group, "x", NULL);
}

/* Those of @first that are there, then the others. */
static void
write_section(struct keyfile *keyfile, const char *section, GVariant *properties, const char *const *first)
{
	struct keyfile_item item = {.section = section, .group = group_of(section)};
	GVariantIter iter;

	begin_group(keyfile, item.group);
	for (guint i = 0; first[i] != NULL; i++) {
		g_autoptr(GVariant) value = g_variant_lookup_value(properties, first[i], NULL);

		item.property = first[i];
		item.value = value;
		if (value != NULL)
			write_property(keyfile, &item);
	}
	g_variant_iter_init(&iter, properties);
	while (g_variant_iter_loop(&iter, "{&sv}", &item.property, &item.value)) {
		if (g_strv_contains(first, item.property))
			continue;
		if (is_name(item.property))
			write_property(keyfile, &item);
		else
			keyfile_lose(keyfile, &item, "a key of a keyfile cannot have this name");
	}
}

static void
write_connection(struct keyfile *keyfile)
{
	static const char *const order[] = {"id", "uuid", "type", "interface-name", NULL};
	g_autoptr(GVariant) connection =
	    g_variant_lookup_value(keyfile->settings, "connection", G_VARIANT_TYPE_VARDICT);

	if (connection != NULL)
		write_section(keyfile, "connection", connection, order);
}

/* What D-Bus leaves out because it is the default, and a keyfile must say because its default is another. */
static void
write_defaults(struct keyfile *keyfile)
{
	if (g_key_file_has_group(keyfile->out, "ipv6") &&
	    !g_key_file_has_key(keyfile->out, "ipv6", "addr-gen-mode", NULL))
		g_key_file_set_string(keyfile->out, "ipv6", "addr-gen-mode", "default");
}

static void
write_extra(struct keyfile *keyfile, GVariant *extra)
{
	const char *name;
	const char *value;
	GVariantIter iter;

	write_words(keyfile, "user", "bondd.", extra);
	g_variant_iter_init(&iter, extra);
	while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
		g_ptr_array_add(
		    keyfile->lost,
		    g_strdup_printf("bond.%s: NetworkManager has no such option; %s is kept in [user]", name, value));
}

char *
ifcfg_keyfile_format(GVariant *settings, GVariant *extra, GPtrArray *lost)
{
	static const char *const any[] = {NULL};
	g_autoptr(GKeyFile) out = g_key_file_new();
	struct keyfile keyfile = {.out = out, .settings = settings, .lost = lost};
	const char *section;
	GVariant *properties;
	GVariantIter iter;

	write_connection(&keyfile);
	g_variant_iter_init(&iter, settings);
	while (g_variant_iter_loop(&iter, "{&s@a{sv}}", &section, &properties)) {
		if (strcmp(section, "connection") == 0)
			continue;
		if (is_name(section))
			write_section(&keyfile, section, properties, any);
		else
			g_ptr_array_add(lost,
					g_strdup_printf("%s: a section of a keyfile cannot have this name", section));
	}
	write_defaults(&keyfile);
	if (extra != NULL && g_variant_n_children(extra) > 0)
		write_extra(&keyfile, extra);
	return g_key_file_to_data(out, NULL, NULL);
}
