/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile-routing.h"

#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>

/* Before the rule for the main table. */
#define LAST_PRIORITY 32765

static const struct {
	const char *name;
	guint8 type;
} types[] = {
    {"unicast", RTN_UNICAST},	      {"local", RTN_LOCAL},	  {"blackhole", RTN_BLACKHOLE},
    {"unreachable", RTN_UNREACHABLE}, {"prohibit", RTN_PROHIBIT}, {"throw", RTN_THROW},
};

static const struct {
	const char *name;
	gsize offset;
	guint bit;
} metrics[] = {
    {"mtu", offsetof(struct link_route_metrics, mtu), RTAX_MTU},
    {"window", offsetof(struct link_route_metrics, window), RTAX_WINDOW},
    {"advmss", offsetof(struct link_route_metrics, advmss), RTAX_ADVMSS},
    {"cwnd", offsetof(struct link_route_metrics, cwnd), RTAX_CWND},
    {"initcwnd", offsetof(struct link_route_metrics, initcwnd), RTAX_INITCWND},
    {"initrwnd", offsetof(struct link_route_metrics, initrwnd), RTAX_INITRWND},
    {"rto_min", offsetof(struct link_route_metrics, rto_min), RTAX_RTO_MIN},
};

static gboolean
read_type(const char *name, struct link_route *route)
{
	for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
		if (g_str_equal(types[i].name, name)) {
			route->type = types[i].type;
			return TRUE;
		}
	}
	return FALSE;
}

static void
read_metrics(GVariant *data, struct link_route_metrics *out)
{
	for (guint i = 0; i < G_N_ELEMENTS(metrics); i++) {
		g_autofree char *lock = g_strconcat("lock-", metrics[i].name, NULL);
		gboolean is_locked = FALSE;

		g_variant_lookup(data, metrics[i].name, "u", G_STRUCT_MEMBER_P(out, metrics[i].offset));
		if (g_variant_lookup(data, lock, "b", &is_locked) && is_locked)
			out->lock |= 1u << metrics[i].bit;
	}
	g_variant_lookup(data, "quickack", "b", &out->quickack);
}

const char *
profile_routing_read_attributes(GVariant *data, struct link_route *route)
{
	const char *text;

	read_metrics(data, &route->metrics);
	g_variant_lookup(data, "tos", "y", &route->tos);
	g_variant_lookup(data, "onlink", "b", &route->onlink);
	route->has_scope = g_variant_lookup(data, "scope", "y", &route->scope);
	if (g_variant_lookup(data, "type", "&s", &text) && !read_type(text, route))
		return "type";
	route->has_source = g_variant_lookup(data, "src", "&s", &text);
	if (route->has_source && inet_pton(route->family, text, route->source) != 1)
		return "src";
	return NULL;
}

/* NAME and NAME-len; the prefix of what is not there is 0. */
static gboolean
read_network(GVariant *data, const char *name, int family, guint8 *address, guint *prefix)
{
	g_autofree char *length = g_strconcat(name, "-len", NULL);
	const char *text;
	guint8 bits = 0;

	if (!g_variant_lookup(data, name, "&s", &text))
		return TRUE;
	if (inet_pton(family, text, address) != 1 || !g_variant_lookup(data, length, "y", &bits))
		return FALSE;
	*prefix = bits;
	/* The kernel takes no bits behind the prefix. */
	for (guint i = 0; i < 16; i++)
		address[i] &= 0xff00 >> CLAMP((int) bits - (int) i * 8, 0, 8);
	return TRUE;
}

static gboolean
read_interface(GVariant *data, const char *name, char *interface)
{
	const char *text;

	return !g_variant_lookup(data, name, "&s", &text) ||
	       g_strlcpy(interface, text, BOND_NAME_SIZE) < BOND_NAME_SIZE;
}

static void
read_ports(GVariant *data, const char *first, const char *last, guint16 *ports)
{
	if (!g_variant_lookup(data, first, "q", &ports[0]))
		return;
	ports[1] = ports[0];
	g_variant_lookup(data, last, "q", &ports[1]);
}

static void
read_numbers(GVariant *data, struct link_rule *rule)
{
	gint32 prefix;

	g_variant_lookup(data, "action", "y", &rule->action);
	g_variant_lookup(data, "table", "u", &rule->table);
	rule->has_priority = g_variant_lookup(data, "priority", "u", &rule->priority);
	g_variant_lookup(data, "invert", "b", &rule->invert);
	g_variant_lookup(data, "tos", "y", &rule->tos);
	g_variant_lookup(data, "ipproto", "y", &rule->protocol);
	g_variant_lookup(data, "fwmark", "u", &rule->mark);
	g_variant_lookup(data, "fwmask", "u", &rule->mask);
	read_ports(data, "sport-start", "sport-end", rule->source_ports);
	read_ports(data, "dport-start", "dport-end", rule->destination_ports);
	rule->has_users = g_variant_lookup(data, "uid-range-start", "u", &rule->users[0]);
	rule->users[1] = rule->users[0];
	g_variant_lookup(data, "uid-range-end", "u", &rule->users[1]);
	rule->suppresses = g_variant_lookup(data, "suppress-prefixlength", "i", &prefix) && prefix >= 0;
	rule->suppressed_prefix = rule->suppresses ? (guint32) prefix : 0;
}

/*
 * The kernel would put one without priority before those that are there, again and again if it is added again: count
 * down from the rule for the main table, as it does, but always alike.
 */
static void
choose_priority(struct link_rule *rule, guint n)
{
	if (rule->has_priority || n >= LAST_PRIORITY)
		return;
	rule->has_priority = TRUE;
	rule->priority = LAST_PRIORITY - n;
}

static gboolean
read_rules(GVariant *settings, const char *section, int family, GArray *rules)
{
	g_autoptr(GVariant) group = g_variant_lookup_value(settings, section, G_VARIANT_TYPE("a{sv}"));
	g_autoptr(GVariant) list =
	    group != NULL ? g_variant_lookup_value(group, "routing-rules", G_VARIANT_TYPE("aa{sv}")) : NULL;

	for (gsize i = 0; list != NULL && i < g_variant_n_children(list); i++) {
		g_autoptr(GVariant) data = g_variant_get_child_value(list, i);
		struct link_rule rule;

		/* Rules are compared byte by byte. */
		memset(&rule, 0, sizeof(rule));
		rule.family = family;
		rule.action = FR_ACT_TO_TBL;
		if (!read_network(data, "from", family, rule.from, &rule.from_prefix) ||
		    !read_network(data, "to", family, rule.to, &rule.to_prefix) ||
		    !read_interface(data, "iifname", rule.input) || !read_interface(data, "oifname", rule.output))
			return FALSE;
		read_numbers(data, &rule);
		choose_priority(&rule, rules->len);
		g_array_append_val(rules, rule);
	}
	return TRUE;
}

gboolean
profile_routing_read_rules(GVariant *settings, GArray *rules)
{
	return read_rules(settings, "ipv4", AF_INET, rules) && read_rules(settings, "ipv6", AF_INET6, rules);
}
