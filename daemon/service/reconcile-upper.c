/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reconcile-upper.h"

#include "link/link-veth.h"
#include "text.h"

#include <errno.h>
#include <net/if.h>

GHashTable *
reconcile_upper_find(const struct configuration *configuration)
{
	GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	guint before;

	do {
		before = g_hash_table_size(names);
		for (guint i = 0; i < configuration->profiles->len; i++) {
			const struct profile *profile = g_ptr_array_index(configuration->profiles, i);

			if (profile->kind == PROFILE_BOND ||
			    (profile->kind == PROFILE_VLAN && profile->parent != NULL &&
			     g_hash_table_contains(names, profile->parent)))
				g_hash_table_add(names, g_strdup(profile->device));
			if (profile->bridge != NULL && g_hash_table_contains(names, profile->device))
				g_hash_table_add(names, g_strdup(profile->bridge));
		}
	} while (g_hash_table_size(names) > before);
	return names;
}

static gboolean
not_there(const char *device, const char *other, GError **error)
{
	g_set_error(error, LINK_ERROR, ENODEV, "%s: what it belongs to, %s, is not there", device, other);
	return FALSE;
}

static gboolean
is_same_vlan(struct service_context *context, const struct profile *wanted, int ifindex)
{
	const struct link_info *info = link_watcher_by_ifindex(context->links, ifindex);

	if (info == NULL)
		return TRUE;
	return g_str_equal(info->kind, "vlan") && info->vlan == wanted->vlan &&
	       info->vlan_protocol == wanted->vlan_protocol && info->link == (int) if_nametoindex(wanted->parent);
}

static gboolean
is_foreign(struct service_context *context, const struct profile *wanted, const char *kind, GError **error)
{
	const struct link_info *info = link_watcher_by_name(context->links, wanted->device);

	if (info == NULL || g_str_equal(info->kind, kind))
		return FALSE;
	g_set_error(error, LINK_ERROR, EEXIST,
		    "%s: there is another interface of this name, no %s: remove or rename it", wanted->device, kind);
	return TRUE;
}

static gboolean
ensure_vlan(struct service_context *context, const struct profile *wanted, struct change_list *list, GError **error)
{
	int ifindex = (int) if_nametoindex(wanted->device);
	int lower = wanted->parent != NULL ? (int) if_nametoindex(wanted->parent) : 0;

	if (lower == 0)
		return not_there(wanted->device, wanted->parent != NULL ? wanted->parent : "?", error);
	if (is_foreign(context, wanted, "vlan", error))
		return FALSE;
	if (ifindex != 0 && is_same_vlan(context, wanted, ifindex))
		return TRUE;
	if (ifindex != 0 && !link_remove(context->config, ifindex, error))
		return FALSE;
	if (!link_add_vlan(context->config, wanted->device, lower, wanted->vlan, wanted->vlan_protocol,
			   wanted->vlan_flags, error))
		return FALSE;
	change_list_add(list, wanted->device, "created", "VLAN %u on %s", wanted->vlan, wanted->parent);
	return TRUE;
}

static gboolean
ensure_bridge(struct service_context *context, const struct profile *wanted, struct change_list *list, GError **error)
{
	gboolean is_new = if_nametoindex(wanted->device) == 0;

	if (is_foreign(context, wanted, "bridge", error))
		return FALSE;
	if (!link_add_bridge(context->config, wanted->device, &wanted->bridge_options, error))
		return FALSE;
	if (is_new)
		change_list_add(list, wanted->device, "created", "bridge");
	return TRUE;
}

static gboolean
ensure_link(struct service_context *context, const struct profile *wanted, int ifindex, struct change_list *list,
	    GError **error)
{
	const struct link_info *info = link_watcher_by_ifindex(context->links, ifindex);
	char text[TEXT_MAC_SIZE];

	if (wanted->has_mac && (info == NULL || !bond_mac_equal(&wanted->mac, &info->mac))) {
		if (!link_set_mac(context->config, ifindex, &wanted->mac, error))
			return FALSE;
		change_list_add(list, wanted->device, "changed", "address %s", text_of_mac(&wanted->mac, text));
	}
	if (wanted->mtu != 0 && (info == NULL || info->mtu != wanted->mtu)) {
		if (!link_set_mtu(context->config, ifindex, wanted->mtu, error))
			return FALSE;
		change_list_add(list, wanted->device, "changed", "mtu %u", wanted->mtu);
	}
	if (info != NULL && (info->flags & IFF_UP) != 0)
		return TRUE;
	if (!link_set_up(context->config, ifindex, TRUE, error))
		return FALSE;
	change_list_add(list, wanted->device, "up", "set up");
	return TRUE;
}

gboolean
reconcile_upper(struct service_context *context, const struct profile *wanted, const struct profile *before,
		struct change_list *list, GError **error)
{
	gboolean ok = wanted->kind == PROFILE_VLAN ? ensure_vlan(context, wanted, list, error)
						   : ensure_bridge(context, wanted, list, error);
	int ifindex = ok ? (int) if_nametoindex(wanted->device) : 0;

	if (!ok || ifindex == 0)
		return ok && not_there(wanted->device, wanted->device, error);
	return ensure_link(context, wanted, ifindex, list, error) &&
	       reconcile_addressing(context, wanted, before, ifindex, list, error);
}

gboolean
reconcile_bridge_port(struct service_context *context, const struct profile *wanted, struct change_list *list,
		      GError **error)
{
	int ifindex = (int) if_nametoindex(wanted->device);
	int bridge = (int) if_nametoindex(wanted->bridge);
	const struct link_info *info = link_watcher_by_ifindex(context->links, ifindex);

	if (ifindex == 0 || bridge == 0)
		return not_there(ifindex == 0 ? wanted->bridge : wanted->device,
				 ifindex == 0 ? wanted->device : wanted->bridge, error);
	if (info != NULL && info->master == bridge && (info->flags & IFF_UP) != 0)
		return TRUE;
	if (!link_set_controller(context->config, ifindex, bridge, error) ||
	    !link_set_up(context->config, ifindex, TRUE, error))
		return FALSE;
	change_list_add(list, wanted->device, "port-added", "%s", wanted->bridge);
	return TRUE;
}

gboolean
reconcile_remove_upper(struct service_context *context, const struct profile *before, struct change_list *list,
		       GError **error)
{
	int ifindex = (int) if_nametoindex(before->device);

	reconcile_remove_addresses(context, before, ifindex);
	if (ifindex == 0)
		return TRUE;
	if (!link_remove(context->config, ifindex, error))
		return FALSE;
	change_list_add(list, before->device, "removed", "not in the configuration any more");
	return TRUE;
}
