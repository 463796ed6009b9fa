/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile.h"

#include "profile-routing.h"
#include "text.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>

static GVariant *
lookup(GVariant *settings, const char *setting, const char *key, const char *type)
{
	g_autoptr(GVariant) group = g_variant_lookup_value(settings, setting, G_VARIANT_TYPE("a{sv}"));

	return group != NULL ? g_variant_lookup_value(group, key, G_VARIANT_TYPE(type)) : NULL;
}

static gboolean
invalid(GError **error, const char *setting, const char *what, const char *value)
{
	g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_INVALID, "%s: \u201c%.64s\u201d is no %s", setting, value, what);
	return FALSE;
}

static gsize
address_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

static gboolean
parse_address(int family, const char *text, guint8 *address)
{
	memset(address, 0, 16);
	return inet_pton(family, text, address) == 1;
}

static gboolean
read_address(GVariant *data, const char *setting, int family, struct link_address *address, GError **error)
{
	const char *text = "";
	const char *label;
	guint32 prefix = 0;

	if (!g_variant_lookup(data, "address", "&s", &text) || !parse_address(family, text, address->address))
		return invalid(error, setting, "address", text);
	if (!g_variant_lookup(data, "prefix", "u", &prefix) || prefix > address_size(family) * 8)
		return invalid(error, setting, "address with a prefix length", text);
	address->family = family;
	address->prefix = prefix;
	if (g_variant_lookup(data, "label", "&s", &label))
		g_strlcpy(address->label, label, sizeof(address->label));
	return TRUE;
}

/* The kernel takes no destination with bits behind its prefix. */
static void
mask_destination(struct link_route *route)
{
	for (gsize i = 0; i < sizeof(route->destination); i++) {
		int bits = CLAMP((int) route->prefix - (int) i * 8, 0, 8);

		route->destination[i] &= 0xff00 >> bits;
	}
}

static gboolean
read_route(GVariant *data, const char *setting, int family, struct link_route *route, GError **error)
{
	const char *problem;
	const char *destination = "";
	const char *gateway = NULL;
	guint32 prefix = 0;

	if (!g_variant_lookup(data, "dest", "&s", &destination) ||
	    !parse_address(family, destination, route->destination))
		return invalid(error, setting, "destination of a route", destination);
	if (!g_variant_lookup(data, "prefix", "u", &prefix) || prefix > address_size(family) * 8)
		return invalid(error, setting, "destination with a prefix length", destination);
	if (g_variant_lookup(data, "next-hop", "&s", &gateway)) {
		if (!parse_address(family, gateway, route->gateway))
			return invalid(error, setting, "gateway", gateway);
		route->has_gateway = TRUE;
	}
	route->family = family;
	route->prefix = prefix;
	mask_destination(route);
	g_variant_lookup(data, "metric", "u", &route->metric);
	g_variant_lookup(data, "table", "u", &route->table);
	problem = profile_routing_read_attributes(data, route);
	return problem == NULL || invalid(error, setting, "route with a valid attribute", problem);
}

static gboolean
read_addresses(struct profile *profile, GVariant *settings, const char *setting, int family, GError **error)
{
	g_autoptr(GVariant) list = lookup(settings, setting, "address-data", "aa{sv}");

	for (gsize i = 0; list != NULL && i < g_variant_n_children(list); i++) {
		g_autoptr(GVariant) data = g_variant_get_child_value(list, i);
		struct link_address address = {0};

		if (!read_address(data, setting, family, &address, error))
			return FALSE;
		g_array_append_val(profile->addresses, address);
	}
	return TRUE;
}

static gboolean
read_routes(struct profile *profile, GVariant *settings, const char *setting, int family, GError **error)
{
	g_autoptr(GVariant) list = lookup(settings, setting, "route-data", "aa{sv}");
	g_autoptr(GVariant) table = lookup(settings, setting, "route-table", "u");

	for (gsize i = 0; list != NULL && i < g_variant_n_children(list); i++) {
		g_autoptr(GVariant) data = g_variant_get_child_value(list, i);
		struct link_route route = {0};

		if (!read_route(data, setting, family, &route, error))
			return FALSE;
		if (route.table == 0 && table != NULL)
			route.table = g_variant_get_uint32(table);
		g_array_append_val(profile->routes, route);
	}
	return TRUE;
}

/* "gateway" is a default route in short. */
static gboolean
read_gateway(struct profile *profile, GVariant *settings, const char *setting, int family, GError **error)
{
	g_autoptr(GVariant) value = lookup(settings, setting, "gateway", "s");
	g_autoptr(GVariant) metric = lookup(settings, setting, "route-metric", "x");
	g_autoptr(GVariant) table = lookup(settings, setting, "route-table", "u");
	struct link_route route = {.family = family, .has_gateway = TRUE};
	gint64 number = metric != NULL ? g_variant_get_int64(metric) : 0;

	if (value == NULL)
		return TRUE;
	if (!parse_address(family, g_variant_get_string(value, NULL), route.gateway))
		return invalid(error, setting, "gateway", g_variant_get_string(value, NULL));
	if (number > 0 && number <= G_MAXUINT32)
		route.metric = (guint32) number;
	if (table != NULL)
		route.table = g_variant_get_uint32(table);
	g_array_append_val(profile->routes, route);
	return TRUE;
}

static gboolean
read_family(struct profile *profile, GVariant *settings, const char *setting, int family, GError **error)
{
	return read_addresses(profile, settings, setting, family, error) &&
	       read_gateway(profile, settings, setting, family, error) &&
	       read_routes(profile, settings, setting, family, error);
}

static gboolean
read_ethernet(struct profile *profile, GVariant *settings, GError **error)
{
	const char *setting = "802-3-ethernet";
	g_autoptr(GVariant) mtu = lookup(settings, setting, "mtu", "u");
	g_autoptr(GVariant) assigned = lookup(settings, setting, "assigned-mac-address", "s");
	g_autoptr(GVariant) cloned = lookup(settings, setting, "cloned-mac-address", "ay");
	gsize len = 0;
	const guint8 *bytes = cloned != NULL ? g_variant_get_fixed_array(cloned, &len, 1) : NULL;

	if (mtu != NULL)
		profile->mtu = g_variant_get_uint32(mtu);
	if (assigned != NULL) {
		profile->has_mac = text_to_mac(g_variant_get_string(assigned, NULL), &profile->mac);
		if (!profile->has_mac)
			return invalid(error, setting, "hardware address", g_variant_get_string(assigned, NULL));
	} else if (len == BOND_ETH_ALEN) {
		memcpy(profile->mac.b, bytes, BOND_ETH_ALEN);
		profile->has_mac = TRUE;
	}
	return TRUE;
}

static void
read_bond(struct profile *profile, GVariant *settings)
{
	profile->options = lookup(settings, "bond", "options", "a{ss}");
	if (profile->options == NULL)
		profile->options = g_variant_ref_sink(g_variant_new("a{ss}", NULL));
}

static void
read_port(struct profile *profile, GVariant *settings)
{
	g_autoptr(GVariant) queue_id = lookup(settings, "bond-port", "queue-id", "u");
	g_autoptr(GVariant) prio = lookup(settings, "bond-port", "prio", "i");

	profile->queue_id = queue_id != NULL ? (gint64) g_variant_get_uint32(queue_id) : -1;
	profile->has_prio = prio != NULL;
	profile->prio = prio != NULL ? g_variant_get_int32(prio) : 0;
}

static enum profile_kind
read_kind(GVariant *settings)
{
	g_autoptr(GVariant) type = lookup(settings, "connection", "type", "s");
	const char *name = type != NULL ? g_variant_get_string(type, NULL) : "";

	if (g_str_equal(name, "bond"))
		return PROFILE_BOND;
	if (g_str_equal(name, "vlan"))
		return PROFILE_VLAN;
	return g_str_equal(name, "bridge") ? PROFILE_BRIDGE : PROFILE_OTHER;
}

static void
read_controller(struct profile *profile, GVariant *settings)
{
	g_autoptr(GVariant) type = lookup(settings, "connection", "slave-type", "s");
	g_autoptr(GVariant) name = lookup(settings, "connection", "master", "s");

	if (type != NULL && name != NULL && g_str_equal(g_variant_get_string(type, NULL), "bridge"))
		profile->bridge = g_variant_dup_string(name, NULL);
}

static void
read_vlan(struct profile *profile, GVariant *settings)
{
	g_autoptr(GVariant) parent = lookup(settings, "vlan", "parent", "s");
	g_autoptr(GVariant) id = lookup(settings, "vlan", "id", "u");
	g_autoptr(GVariant) flags = lookup(settings, "vlan", "flags", "u");
	g_autoptr(GVariant) protocol = lookup(settings, "vlan", "protocol", "s");

	profile->parent = parent != NULL ? g_variant_dup_string(parent, NULL) : NULL;
	profile->vlan = id != NULL ? g_variant_get_uint32(id) : 0;
	profile->vlan_flags = flags != NULL ? g_variant_get_uint32(flags) : 0;
	profile->vlan_protocol = protocol != NULL && g_str_equal(g_variant_get_string(protocol, NULL), "802.1ad")
				     ? ETH_P_8021AD
				     : ETH_P_8021Q;
}

/* -1 if it is not said. */
static gint64
read_number(GVariant *settings, const char *key, const char *type)
{
	g_autoptr(GVariant) value = lookup(settings, "bridge", key, type);

	if (value == NULL)
		return -1;
	return *type == 'b' ? g_variant_get_boolean(value) : (gint64) g_variant_get_uint32(value);
}

static void
read_bridge(struct profile *profile, GVariant *settings)
{
	struct link_bridge *bridge = &profile->bridge_options;

	bridge->stp = read_number(settings, "stp", "b") != 0;
	bridge->priority = read_number(settings, "priority", "u");
	bridge->forward_delay = read_number(settings, "forward-delay", "u");
	bridge->hello_time = read_number(settings, "hello-time", "u");
	bridge->max_age = read_number(settings, "max-age", "u");
	bridge->ageing_time = read_number(settings, "ageing-time", "u");
	bridge->multicast_snooping = read_number(settings, "multicast-snooping", "b");
	bridge->vlan_filtering = read_number(settings, "vlan-filtering", "b");
}

static gboolean
read_rules(struct profile *profile, const struct ifcfg_profile *from, GError **error)
{
	if (profile_routing_read_rules(from->settings, profile->rules) &&
	    profile_routing_read_rules(from->routing, profile->rules))
		return TRUE;
	return invalid(error, "routing-rules", "rule", from->device != NULL ? from->device : "");
}

static GVariant *
or_empty(GVariant *dictionary, const char *type)
{
	return dictionary != NULL ? dictionary
				  : g_variant_new_array(g_variant_type_element(G_VARIANT_TYPE(type)), NULL, 0);
}

static GVariant *
source_of(const struct ifcfg_profile *from)
{
	GVariant *source =
	    g_variant_new("(ssbbs@a{sa{sv}}@a{ss}@a{sa{sv}})", from->device, from->file, from->is_bond, from->onboot,
			  from->bond != NULL ? from->bond : "", or_empty(from->settings, "a{sa{sv}}"),
			  or_empty(from->extra, "a{ss}"), or_empty(from->routing, "a{sa{sv}}"));

	return g_variant_ref_sink(source);
}

struct profile *
profile_new_again(GVariant *source, GError **error)
{
	struct ifcfg_profile from = {0};
	struct profile *profile;

	g_variant_get(source, "(ssbbs@a{sa{sv}}@a{ss}@a{sa{sv}})", &from.device, &from.file, &from.is_bond,
		      &from.onboot, &from.bond, &from.settings, &from.extra, &from.routing);
	if (*from.bond == '\0')
		g_clear_pointer(&from.bond, g_free);
	profile = profile_new(&from, error);
	g_free(from.device);
	g_free(from.file);
	g_free(from.bond);
	g_variant_unref(from.settings);
	g_variant_unref(from.extra);
	g_variant_unref(from.routing);
	return profile;
}

struct profile *
profile_new(const struct ifcfg_profile *from, GError **error)
{
	struct profile *profile = g_new0(struct profile, 1);

	profile->device = g_strdup(from->device);
	profile->file = g_strdup(from->file);
	profile->is_bond = from->is_bond;
	profile->onboot = from->onboot;
	profile->bond = g_strdup(from->bond);
	profile->source = source_of(from);
	profile->addresses = g_array_new(FALSE, TRUE, sizeof(struct link_address));
	profile->routes = g_array_new(FALSE, TRUE, sizeof(struct link_route));
	profile->rules = g_array_new(FALSE, TRUE, sizeof(struct link_rule));
	profile->kind = read_kind(from->settings);
	read_controller(profile, from->settings);
	read_vlan(profile, from->settings);
	read_bridge(profile, from->settings);
	read_bond(profile, from->settings);
	read_port(profile, from->settings);
	if (read_ethernet(profile, from->settings, error) &&
	    read_family(profile, from->settings, "ipv4", AF_INET, error) &&
	    read_family(profile, from->settings, "ipv6", AF_INET6, error) &&
	    read_routes(profile, from->routing, "ipv4", AF_INET, error) &&
	    read_routes(profile, from->routing, "ipv6", AF_INET6, error) && read_rules(profile, from, error))
		return profile;
	g_prefix_error(error, "%s: ", from->file);
	profile_free(profile);
	return NULL;
}

void
profile_free(struct profile *profile)
{
	g_free(profile->device);
	g_free(profile->file);
	g_free(profile->bond);
	g_variant_unref(profile->options);
	g_variant_unref(profile->source);
	g_array_unref(profile->addresses);
	g_array_unref(profile->routes);
	g_array_unref(profile->rules);
	g_free(profile->bridge);
	g_free(profile->parent);
	g_free(profile);
}
