/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the engine asks about the stack above the bond. Devices come from what the link watcher has seen, addresses from
 * a copy that the kernel's news invalidate. The way to a target is asked of the kernel each time: that takes some ten
 * microseconds and no lock of its network configuration, is needed once a target and probe, and depends on rules,
 * tables, metrics and exceptions, whose news would have to be followed all.
 */
#include "bond-object-private.h"

#include "link/link-path.h"

#include <sys/socket.h>

static void
collect_link(void *user, const struct link_info *info)
{
	g_ptr_array_add(user, (gpointer) info);
}

/* Valid until the watcher is dispatched. */
static GPtrArray *
list_links(BondObject *self)
{
	GPtrArray *links = g_ptr_array_new();

	link_watcher_foreach(self->context->links, collect_link, links);
	return links;
}

static int
family_of(const struct bond_ip *ip)
{
	return ip->is_ipv6 ? AF_INET6 : AF_INET;
}

/* fe80::/10 is on every interface; the target is meant to be on the bond's. */
static gboolean
is_link_local(const struct bond_ip *ip)
{
	return ip->is_ipv6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

enum bond_route_way
bond_upper_route(void *user, const struct bond_ip *target, struct bond_route *route)
{
	BondObject *self = user;
	g_autoptr(GPtrArray) links = NULL;
	struct link_way way;
	int by = is_link_local(target) ? self->host_ifindex : 0;

	*route = (struct bond_route){.source.is_ipv6 = target->is_ipv6};
	if (link_find_way(self->context->config, family_of(target), target->bytes, by, &way) != 0)
		return BOND_ROUTE_NONE;
	links = list_links(self);
	if (!link_path_find(links, self->host_ifindex, way.ifindex, route->tags, &route->n_tags))
		return BOND_ROUTE_ELSEWHERE;
	if (way.has_source)
		memcpy(route->source.bytes, way.source, sizeof(route->source.bytes));
	return BOND_ROUTE_BOND;
}

static gboolean
stands_on(BondObject *self, const GPtrArray *links, int ifindex, guint depth)
{
	const GPtrArray *bonds = self->context->bonds;

	if (link_path_find(links, self->host_ifindex, ifindex, NULL, NULL))
		return TRUE;
	for (guint i = 0; depth > 0 && i < bonds->len; i++) {
		BondObject *other = g_ptr_array_index(bonds, i);

		if (other == self || !link_path_find(links, other->host_ifindex, ifindex, NULL, NULL))
			continue;
		for (guint n = 0; n < other->ports->len; n++) {
			const PortObject *port = g_ptr_array_index(other->ports, n);

			if (stands_on(self, links, port->device.ifindex, depth - 1))
				return TRUE;
		}
	}
	return FALSE;
}

gboolean
bond_upper_contains(BondObject *self, int ifindex)
{
	g_autoptr(GPtrArray) links = list_links(self);

	return stands_on(self, links, ifindex, LINK_PATH_DEPTH);
}

struct holder_search {
	BondObject *bond;
	gboolean found;
};

static gboolean
is_above(void *user, int ifindex)
{
	struct holder_search *search = user;
	g_autoptr(GPtrArray) links = list_links(search->bond);

	search->found = link_path_find(links, search->bond->host_ifindex, ifindex, NULL, NULL);
	return !search->found;
}

gboolean
bond_upper_has_address(void *user, const struct bond_ip *address)
{
	struct holder_search search = {.bond = user};

	address_cache_foreach(search.bond->context->addresses, family_of(address), address->bytes, is_above, &search);
	return search.found;
}

static gboolean
is_bridge(void *user, int ifindex)
{
	struct holder_search *search = user;
	const struct link_info *info = link_watcher_by_ifindex(search->bond->context->links, ifindex);

	search->found = info != NULL && (g_str_equal(info->kind, "bridge") || g_str_equal(info->kind, "openvswitch"));
	return !search->found;
}

static int
compare_age(gconstpointer a, gconstpointer b)
{
	const struct link_info *const *first = a;
	const struct link_info *const *second = b;

	return (*first)->ifindex - (*second)->ifindex;
}

/* A VLAN that was made without an address has its lower device's, and follows it: then that is not its own. */
static gboolean
describe_upper(BondObject *self, const GPtrArray *links, const struct link_info *info, struct bond_upper *upper)
{
	struct bond_tag tags[BOND_MAX_TAGS] = {{0}};
	gboolean is_vlan = g_str_equal(info->kind, "vlan") && info->link == self->host_ifindex;
	guint n_tags;

	if (!is_vlan && !g_str_equal(info->kind, "macvlan"))
		return FALSE;
	if (!link_path_find(links, self->host_ifindex, info->ifindex, tags, &n_tags))
		return FALSE;
	*upper = (struct bond_upper){
	    .is_macvlan = !is_vlan,
	    .own_mac = !bond_mac_equal(&info->mac, bond_get_mac(self->bond)),
	    .tag = tags[0],
	    .mac = info->mac,
	};
	return TRUE;
}

guint
bond_upper_list(void *user, struct bond_upper *uppers, guint max)
{
	BondObject *self = user;
	g_autoptr(GPtrArray) links = list_links(self);
	guint n = 0;

	/* Oldest first, as the kernel goes through them. */
	g_ptr_array_sort(links, compare_age);
	for (guint i = 0; i < links->len && n < max; i++) {
		if (describe_upper(self, links, g_ptr_array_index(links, i), &uppers[n]))
			n++;
	}
	return n;
}

static gboolean
is_macvlan_of(const GPtrArray *links, int ifindex, const struct bond_mac *mac)
{
	for (guint i = 0; i < links->len; i++) {
		const struct link_info *info = g_ptr_array_index(links, i);

		if (g_str_equal(info->kind, "macvlan") && bond_mac_equal(&info->mac, mac) &&
		    link_path_find(links, ifindex, info->ifindex, NULL, NULL))
			return TRUE;
	}
	return FALSE;
}

gboolean
bond_upper_is_bridged(void *user, const struct bond_mac *mac, const struct bond_ip *ip)
{
	struct holder_search search = {.bond = user};
	g_autoptr(GPtrArray) links = list_links(search.bond);

	if (mac != NULL && is_macvlan_of(links, search.bond->host_ifindex, mac))
		return TRUE;
	if (ip != NULL)
		address_cache_foreach(search.bond->context->addresses, family_of(ip), ip->bytes, is_bridge, &search);
	return search.found;
}
