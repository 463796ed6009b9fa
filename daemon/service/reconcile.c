/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reconcile.h"

#include "bond-ensure.h"
#include "text.h"

#include <arpa/inet.h>

void
change_list_init(struct change_list *list)
{
	g_variant_builder_init(&list->changes, G_VARIANT_TYPE("a(sss)"));
	list->failed = FALSE;
}

void
change_list_add(struct change_list *list, const char *device, const char *action, const char *format, ...)
{
	g_autofree char *detail = NULL;
	g_autofree char *valid = NULL;
	va_list args;

	va_start(args, format);
	detail = g_strdup_vprintf(format, args);
	va_end(args);
	valid = g_utf8_make_valid(detail, -1);
	g_variant_builder_add(&list->changes, "(sss)", device, action, valid);
	if (g_str_equal(action, "failed"))
		list->failed = TRUE;
}

/* "mode=active-backup miimon=100" */
static char *
describe_options(GVariant *options)
{
	GString *text = g_string_new(NULL);
	GVariantIter iter;
	const char *name;
	const char *value;

	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
		g_string_append_printf(text, "%s%s=%s", text->len > 0 ? " " : "", name, value);
	return g_string_free(text, FALSE);
}

static BondObject *
create(struct service_context *context, const struct profile *wanted, struct change_list *list, GError **error)
{
	g_autofree char *text = describe_options(wanted->options);
	BondObject *bond = bonds_create(context, wanted->device, wanted->options, error);

	if (bond != NULL)
		change_list_add(list, wanted->device, "created", "%s", text);
	return bond;
}

static BondObject *
ensure_bond(struct service_context *context, const struct profile *wanted, struct change_list *list, GError **error)
{
	BondObject *bond = bonds_peek(context, wanted->device);
	g_autoptr(GVariant) options = NULL;
	g_autofree char *text = NULL;
	gboolean rebuild;

	if (bond == NULL)
		return create(context, wanted, list, error);
	options = bond_ensure_difference(bond, wanted->options, &context->defaults, &rebuild, error);
	if (options == NULL)
		return NULL;
	if (rebuild) {
		change_list_add(list, wanted->device, "removed", "to be made anew with other options");
		bonds_remove(context, bond);
		return create(context, wanted, list, error);
	}
	if (g_variant_n_children(options) == 0)
		return bond;
	if (!bond_object_set_options(bond, options, error))
		return NULL;
	text = describe_options(options);
	change_list_add(list, wanted->device, "changed", "%s", text);
	return bond;
}

static gboolean
ensure_link(BondObject *bond, const struct profile *wanted, struct change_list *list, GError **error)
{
	const struct bond *engine = bond_object_engine(bond);
	char text[TEXT_MAC_SIZE];

	if (wanted->has_mac && !bond_mac_equal(&wanted->mac, bond_get_mac(engine))) {
		if (!bond_object_set_mac(bond, &wanted->mac, error))
			return FALSE;
		change_list_add(list, wanted->device, "changed", "address %s", text_of_mac(&wanted->mac, text));
	}
	if (wanted->mtu != 0 && wanted->mtu != bond_get_mtu(engine)) {
		if (!bond_object_set_mtu(bond, wanted->mtu, error))
			return FALSE;
		change_list_add(list, wanted->device, "changed", "mtu %u", wanted->mtu);
	}
	if (!bond_is_up(engine)) {
		if (!bond_object_set_up(bond, TRUE, error))
			return FALSE;
		change_list_add(list, wanted->device, "up", "set up");
	}
	return TRUE;
}

/* --- Addresses and routes --- */

static gboolean
address_equal(const struct link_address *a, const struct link_address *b)
{
	return a->family == b->family && a->prefix == b->prefix && memcmp(a->address, b->address, 16) == 0;
}

static gboolean
has_address(const GArray *addresses, const struct link_address *address)
{
	for (guint i = 0; i < addresses->len; i++) {
		if (address_equal(&g_array_index(addresses, struct link_address, i), address))
			return TRUE;
	}
	return FALSE;
}

static gboolean
route_equal(const struct link_route *a, const struct link_route *b)
{
	return a->family == b->family && a->prefix == b->prefix && a->has_gateway == b->has_gateway &&
	       a->metric == b->metric && a->table == b->table && memcmp(a->destination, b->destination, 16) == 0 &&
	       memcmp(a->gateway, b->gateway, 16) == 0;
}

static gboolean
has_route(const GArray *routes, const struct link_route *route)
{
	for (guint i = 0; i < routes->len; i++) {
		if (route_equal(&g_array_index(routes, struct link_route, i), route))
			return TRUE;
	}
	return FALSE;
}

static gboolean
has_rule(const GArray *rules, const struct link_rule *rule)
{
	for (guint i = 0; i < rules->len; i++) {
		if (memcmp(&g_array_index(rules, struct link_rule, i), rule, sizeof(*rule)) == 0)
			return TRUE;
	}
	return FALSE;
}

static void
remove_stale_rules(struct service_context *context, const struct profile *wanted, const struct profile *before,
		   struct change_list *list)
{
	for (guint i = 0; i < before->rules->len; i++) {
		const struct link_rule *rule = &g_array_index(before->rules, struct link_rule, i);

		if (!has_rule(wanted->rules, rule) && link_remove_rule(context->config, rule, NULL))
			change_list_add(list, wanted->device, "changed", "a rule removed");
	}
}

static void
remove_stale(struct service_context *context, const struct profile *wanted, const struct profile *before, int ifindex,
	     struct change_list *list)
{
	for (guint i = 0; i < before->routes->len; i++) {
		const struct link_route *route = &g_array_index(before->routes, struct link_route, i);

		if (!has_route(wanted->routes, route) && link_remove_route(context->config, ifindex, route, NULL))
			change_list_add(list, wanted->device, "changed", "a route removed");
	}
	for (guint i = 0; i < before->addresses->len; i++) {
		const struct link_address *address = &g_array_index(before->addresses, struct link_address, i);
		char text[INET6_ADDRSTRLEN];

		if (!has_address(wanted->addresses, address) &&
		    link_remove_address(context->config, ifindex, address, NULL))
			change_list_add(list, wanted->device, "changed", "address %s/%u removed",
					inet_ntop(address->family, address->address, text, sizeof(text)),
					address->prefix);
	}
}

static gboolean
add_addresses(struct service_context *context, const struct profile *wanted, int ifindex, struct change_list *list,
	      GError **error)
{
	g_autoptr(GArray) there = link_list_addresses(context->config, ifindex, error);

	if (there == NULL)
		return FALSE;
	for (guint i = 0; i < wanted->addresses->len; i++) {
		const struct link_address *address = &g_array_index(wanted->addresses, struct link_address, i);
		char text[INET6_ADDRSTRLEN];

		if (has_address(there, address))
			continue;
		if (!link_add_address(context->config, ifindex, address, error))
			return FALSE;
		change_list_add(list, wanted->device, "changed", "address %s/%u",
				inet_ntop(address->family, address->address, text, sizeof(text)), address->prefix);
	}
	return TRUE;
}

/* Adding a route that is there succeeds; the kernel drops routes of an interface that goes down, so all are added. */
static gboolean
add_routes(struct service_context *context, const struct profile *wanted, int ifindex, GError **error)
{
	for (guint i = 0; i < wanted->routes->len; i++) {
		if (!link_add_route(context->config, ifindex, &g_array_index(wanted->routes, struct link_route, i),
				    error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
add_rules(struct service_context *context, const struct profile *wanted, GError **error)
{
	for (guint i = 0; i < wanted->rules->len; i++) {
		if (!link_add_rule(context->config, &g_array_index(wanted->rules, struct link_rule, i), error))
			return FALSE;
	}
	return TRUE;
}

gboolean
reconcile_addressing(struct service_context *context, const struct profile *wanted, const struct profile *before,
		     int ifindex, struct change_list *list, GError **error)
{
	if (before != NULL) {
		remove_stale_rules(context, wanted, before, list);
		remove_stale(context, wanted, before, ifindex, list);
	}
	return add_addresses(context, wanted, ifindex, list, error) && add_routes(context, wanted, ifindex, error) &&
	       add_rules(context, wanted, error);
}

void
reconcile_remove_addresses(struct service_context *context, const struct profile *profile, int ifindex)
{
	for (guint i = 0; i < profile->rules->len; i++)
		link_remove_rule(context->config, &g_array_index(profile->rules, struct link_rule, i), NULL);
	for (guint i = 0; i < profile->routes->len; i++)
		link_remove_route(context->config, ifindex, &g_array_index(profile->routes, struct link_route, i),
				  NULL);
	for (guint i = 0; i < profile->addresses->len; i++)
		link_remove_address(context->config, ifindex,
				    &g_array_index(profile->addresses, struct link_address, i), NULL);
}

gboolean
reconcile_bond(struct service_context *context, const struct profile *wanted, const struct profile *before,
	       struct change_list *list, GError **error)
{
	BondObject *bond = ensure_bond(context, wanted, list, error);

	if (bond == NULL || !ensure_link(bond, wanted, list, error))
		return FALSE;
	return reconcile_addressing(context, wanted, before, bond_object_ifindex(bond), list, error);
}

/* --- Ports --- */

static gboolean
ensure_port_option(PortObject *port, const char *name, gint64 is, gint64 wanted, struct change_list *list,
		   GError **error)
{
	g_autofree char *value = g_strdup_printf("%" G_GINT64_FORMAT, wanted);

	if (is == wanted)
		return TRUE;
	if (!bond_object_set_port_option(port_object_bond(port), port, name, value, error))
		return FALSE;
	change_list_add(list, port_object_name(port), "changed", "%s=%s", name, value);
	return TRUE;
}

static PortObject *
ensure_port(struct service_context *context, const struct profile *wanted, struct change_list *list, GError **error)
{
	BondObject *bond = bonds_find(context, wanted->bond, error);
	PortObject *port = bonds_peek_port(context, wanted->device);

	if (bond == NULL)
		return NULL;
	if (port != NULL && port_object_bond(port) == bond)
		return port;
	if (port != NULL) {
		change_list_add(list, wanted->device, "port-removed", "%s", bond_object_name(port_object_bond(port)));
		bond_object_remove_port(port_object_bond(port), port, FALSE);
	}
	port = bond_object_add_port(bond, wanted->device, error);
	if (port != NULL)
		change_list_add(list, wanted->device, "port-added", "%s", wanted->bond);
	return port;
}

gboolean
reconcile_port(struct service_context *context, const struct profile *wanted, struct change_list *list, GError **error)
{
	PortObject *port = ensure_port(context, wanted, list, error);

	if (port == NULL)
		return FALSE;
	if (wanted->queue_id >= 0 &&
	    !ensure_port_option(port, "queue_id", port_queue_id(port->port), wanted->queue_id, list, error))
		return FALSE;
	return !wanted->has_prio || ensure_port_option(port, "prio", port_prio(port->port), wanted->prio, list, error);
}
