/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, name servers and routes. */
#include "keyfile-private.h"

#include <arpa/inet.h>
#include <string.h>

static int
family_of(const struct keyfile_item *item)
{
	return strcmp(item->section, "ipv6") == 0 ? AF_INET6 : AF_INET;
}

/* A text of a dictionary that is an address, else NULL. */
static const char *
lookup_address(GVariant *dictionary, const char *key, int family)
{
	const char *text = NULL;
	guint8 address[sizeof(struct in6_addr)];

	if (!g_variant_lookup(dictionary, key, "&s", &text) || inet_pton(family, text, address) != 1)
		return NULL;
	return text;
}

/* --- addresses --- */

static void
lose_attributes(struct keyfile *keyfile, const struct keyfile_item *item, GVariant *address)
{
	static const char *const carried[] = {"address", "prefix", NULL};
	const char *text = NULL;
	const char *name;
	GVariant *value;
	GVariantIter iter;

	g_variant_lookup(address, "address", "&s", &text);
	g_variant_iter_init(&iter, address);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
		g_autofree char *print = g_variant_print(value, FALSE);

		if (!g_strv_contains(carried, name))
			keyfile_lose(keyfile, item, "a keyfile cannot say the %s %s of the address %s", name, print,
				     text != NULL ? text : "");
	}
}

static const char *
gateway_of(GVariant *gateway, int family)
{
	guint8 address[sizeof(struct in6_addr)];

	if (gateway == NULL || !g_variant_is_of_type(gateway, G_VARIANT_TYPE_STRING))
		return NULL;
	return inet_pton(family, g_variant_get_string(gateway, NULL), address) == 1
		   ? g_variant_get_string(gateway, NULL)
		   : NULL;
}

/* "address1=192.0.2.10/24,192.0.2.1": the gateway stands behind the first. */
void
keyfile_write_addresses(struct keyfile *keyfile, const struct keyfile_item *item)
{
	g_autoptr(GVariant) gateway = keyfile_sibling(keyfile, item, "gateway");
	const char *via = gateway_of(gateway, family_of(item));
	guint n = 0;

	if (!g_variant_is_of_type(item->value, G_VARIANT_TYPE("aa{sv}"))) {
		keyfile_lose(keyfile, item, "it is no list of addresses");
		return;
	}
	for (gsize i = 0; i < g_variant_n_children(item->value); i++) {
		g_autoptr(GVariant) address = g_variant_get_child_value(item->value, i);
		const char *text = lookup_address(address, "address", family_of(item));
		g_autofree char *key = g_strdup_printf("address%u", n + 1);
		g_autofree char *line = NULL;
		guint32 prefix = 0;

		if (text == NULL || !g_variant_lookup(address, "prefix", "u", &prefix)) {
			keyfile_lose(keyfile, item, "number %" G_GSIZE_FORMAT " is no address", i + 1);
			continue;
		}
		line = g_strdup_printf("%s/%u%s%s", text, prefix, n == 0 && via != NULL ? "," : "",
				       n == 0 && via != NULL ? via : "");
		g_key_file_set_value(keyfile->out, item->group, key, line);
		lose_attributes(keyfile, item, address);
		n++;
	}
}

/* Only where no address can carry it. */
void
keyfile_write_gateway(struct keyfile *keyfile, const struct keyfile_item *item)
{
	g_autoptr(GVariant) addresses = keyfile_sibling(keyfile, item, "address-data");
	const char *gateway = gateway_of(item->value, family_of(item));

	if (gateway == NULL)
		keyfile_lose(keyfile, item, "it is no address");
	else if (addresses == NULL || g_variant_n_children(addresses) == 0)
		g_key_file_set_value(keyfile->out, item->group, item->property, gateway);
}

/* --- name servers --- */

static void
append_dns(struct keyfile *keyfile, const struct keyfile_item *item, GString *text, GVariant *server)
{
	int family = family_of(item);
	char buffer[INET6_ADDRSTRLEN];
	guint32 number;
	gsize n = 0;
	const void *bytes;

	if (family == AF_INET && g_variant_is_of_type(server, G_VARIANT_TYPE_UINT32)) {
		number = g_variant_get_uint32(server);
		bytes = &number;
	} else if (family == AF_INET6 && g_variant_is_of_type(server, G_VARIANT_TYPE_BYTESTRING)) {
		bytes = g_variant_get_fixed_array(server, &n, 1);
		if (n != sizeof(struct in6_addr))
			return;
	} else {
		keyfile_lose(keyfile, item, "it is no list of addresses");
		return;
	}
	inet_ntop(family, bytes, buffer, sizeof(buffer));
	g_string_append_printf(text, "%s;", buffer);
}

/* Numbers; newer versions have the texts beside them. */
void
keyfile_write_dns(struct keyfile *keyfile, const struct keyfile_item *item)
{
	g_autoptr(GVariant) texts = keyfile_sibling(keyfile, item, "dns-data");
	g_autoptr(GString) text = g_string_new(NULL);

	if (texts != NULL || !g_variant_is_container(item->value))
		return;
	for (gsize i = 0; i < g_variant_n_children(item->value); i++) {
		g_autoptr(GVariant) server = g_variant_get_child_value(item->value, i);

		append_dns(keyfile, item, text, server);
	}
	if (text->len > 0)
		g_key_file_set_value(keyfile->out, item->group, "dns", text->str);
}

void
keyfile_write_dns_data(struct keyfile *keyfile, const struct keyfile_item *item)
{
	g_autofree const char **servers = NULL;

	if (!g_variant_is_of_type(item->value, G_VARIANT_TYPE_STRING_ARRAY)) {
		keyfile_lose(keyfile, item, "it is no list of addresses");
		return;
	}
	servers = g_variant_get_strv(item->value, NULL);
	if (servers[0] != NULL)
		g_key_file_set_string_list(keyfile->out, item->group, "dns", servers, g_strv_length((GStrv) servers));
}

/* --- routes --- */

static void
append_escaped(GString *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (strchr("\\,=", *c) != NULL)
			g_string_append_c(out, '\\');
		g_string_append_c(out, *c);
	}
}

static char *
attribute_text(GVariant *value)
{
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
		return g_variant_dup_string(value, NULL);
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTE))
		return g_strdup_printf("%u", g_variant_get_byte(value));
	return g_variant_type_is_basic(g_variant_get_type(value)) ? g_variant_print(value, FALSE) : NULL;
}

static int
compare_words(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* "mtu=1400,onlink=true", in the order of the words. */
static char *
route_options(struct keyfile *keyfile, const struct keyfile_item *item, GVariant *route)
{
	static const char *const elsewhere[] = {"dest", "prefix", "next-hop", "metric", NULL};
	g_autoptr(GPtrArray) options = g_ptr_array_new_with_free_func(g_free);
	const char *name;
	GVariant *value;
	GVariantIter iter;

	g_variant_iter_init(&iter, route);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
		g_autofree char *text = NULL;
		GString *option;

		if (g_strv_contains(elsewhere, name))
			continue;
		text = attribute_text(value);
		if (text == NULL) {
			keyfile_lose(keyfile, item, "a keyfile cannot say the %s of a route", name);
			continue;
		}
		option = g_string_new(NULL);
		append_escaped(option, name);
		g_string_append_c(option, '=');
		append_escaped(option, text);
		g_ptr_array_add(options, g_string_free(option, FALSE));
	}
	g_ptr_array_sort(options, compare_words);
	g_ptr_array_add(options, NULL);
	return g_strjoinv(",", (char **) options->pdata);
}

/* "198.51.100.0/24,192.0.2.1,100", or NULL. */
static char *
route_text(GVariant *route, int family)
{
	const char *destination = lookup_address(route, "dest", family);
	const char *via = lookup_address(route, "next-hop", family);
	const char *none = family == AF_INET ? "0.0.0.0" : "::";
	GString *out;
	guint32 prefix;
	guint32 metric;
	gboolean has_metric = g_variant_lookup(route, "metric", "u", &metric);

	if (destination == NULL || !g_variant_lookup(route, "prefix", "u", &prefix))
		return NULL;
	out = g_string_new(NULL);
	g_string_append_printf(out, "%s/%u", destination, prefix);
	if (via != NULL || has_metric)
		g_string_append_printf(out, ",%s", via != NULL ? via : none);
	if (has_metric)
		g_string_append_printf(out, ",%u", metric);
	return g_string_free(out, FALSE);
}

void
keyfile_write_routes(struct keyfile *keyfile, const struct keyfile_item *item)
{
	guint n = 0;

	if (!g_variant_is_of_type(item->value, G_VARIANT_TYPE("aa{sv}"))) {
		keyfile_lose(keyfile, item, "it is no list of routes");
		return;
	}
	for (gsize i = 0; i < g_variant_n_children(item->value); i++) {
		g_autoptr(GVariant) route = g_variant_get_child_value(item->value, i);
		g_autofree char *text = route_text(route, family_of(item));
		g_autofree char *options = NULL;
		g_autofree char *key = NULL;
		g_autofree char *options_key = NULL;

		if (text == NULL) {
			keyfile_lose(keyfile, item, "number %" G_GSIZE_FORMAT " is no route", i + 1);
			continue;
		}
		n++;
		key = g_strdup_printf("route%u", n);
		g_key_file_set_value(keyfile->out, item->group, key, text);
		options = route_options(keyfile, item, route);
		options_key = g_strdup_printf("route%u_options", n);
		if (*options != '\0')
			g_key_file_set_string(keyfile->out, item->group, options_key, options);
	}
}
