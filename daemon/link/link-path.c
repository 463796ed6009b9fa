/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-path.h"

struct walk {
	const GPtrArray *links;
	int to;
	struct bond_tag tags[BOND_MAX_TAGS];
	guint n_tags;
};

static gboolean
is_vlan(const struct link_info *info)
{
	return g_str_equal(info->kind, "vlan");
}

/* Only these kinds have IFLA_LINK for what they stand on: a veth has its twin there, a tunnel where it leads. */
static gboolean
stands_on(const struct link_info *info, int ifindex)
{
	return info->link == ifindex &&
	       (is_vlan(info) || g_str_equal(info->kind, "macvlan") || g_str_equal(info->kind, "macvtap") ||
		g_str_equal(info->kind, "ipvlan") || g_str_equal(info->kind, "macsec"));
}

static int
master_of(const GPtrArray *links, int ifindex)
{
	for (guint i = 0; i < links->len; i++) {
		const struct link_info *info = g_ptr_array_index(links, i);

		if (info->ifindex == ifindex)
			return info->master;
	}
	return 0;
}

static struct bond_tag
tag_of(const struct link_info *info)
{
	return (struct bond_tag){.protocol = info->vlan_protocol, .id = info->vlan};
}

static gboolean climb(struct walk *walk, int from, guint depth);

static gboolean
climb_to(struct walk *walk, const struct link_info *upper, guint depth)
{
	gboolean tagged = is_vlan(upper);

	if (tagged && walk->n_tags == BOND_MAX_TAGS)
		return FALSE;
	if (tagged)
		walk->tags[walk->n_tags++] = tag_of(upper);
	if (climb(walk, upper->ifindex, depth))
		return TRUE;
	if (tagged)
		walk->n_tags--;
	return FALSE;
}

static gboolean
climb(struct walk *walk, int from, guint depth)
{
	int master;

	if (from == walk->to)
		return TRUE;
	if (depth == LINK_PATH_DEPTH)
		return FALSE;
	master = master_of(walk->links, from);
	for (guint i = 0; i < walk->links->len; i++) {
		const struct link_info *info = g_ptr_array_index(walk->links, i);

		if ((stands_on(info, from) || (master != 0 && info->ifindex == master)) &&
		    climb_to(walk, info, depth + 1))
			return TRUE;
	}
	return FALSE;
}

gboolean
link_path_find(const GPtrArray *links, int from, int to, struct bond_tag *tags, guint *n_tags)
{
	struct walk walk = {.links = links, .to = to};

	if (!climb(&walk, from, 0))
		return FALSE;
	if (tags != NULL)
		memcpy(tags, walk.tags, walk.n_tags * sizeof(*tags));
	if (n_tags != NULL)
		*n_tags = walk.n_tags;
	return TRUE;
}
