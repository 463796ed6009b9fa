/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/link-path.h"

#define BOND 10

static void
add(GPtrArray *links, int ifindex, const char *kind, int link, guint16 vlan, int master)
{
	struct link_info *info = g_new0(struct link_info, 1);

	info->ifindex = ifindex;
	info->link = link;
	info->master = master;
	info->vlan = vlan;
	info->vlan_protocol = vlan == 0 ? 0 : vlan >= 1000 ? 0x88a8 : 0x8100;
	g_strlcpy(info->kind, kind, sizeof(info->kind));
	g_ptr_array_add(links, info);
}

/* In no order: VLANs on VLANs, a bridge with the bond as a port and a VLAN and a macvlan of its own. */
static GPtrArray *
make_links(void)
{
	GPtrArray *links = g_ptr_array_new_with_free_func(g_free);

	add(links, 23, "vlan", 21, 2, 0);
	add(links, 21, "vlan", BOND, 1001, 0);
	add(links, 20, "vlan", BOND, 7, 0);
	add(links, 1, "", 0, 0, 0);
	add(links, BOND, "tun", 0, 0, 30);
	add(links, 30, "bridge", 0, 0, 0);
	add(links, 31, "vlan", 30, 5, 0);
	add(links, 32, "macvlan", 31, 0, 0);
	add(links, 11, "veth", BOND, 0, 0);
	return links;
}

static void
check_path(const GPtrArray *links, int to, const guint16 *ids, guint n)
{
	struct bond_tag tags[BOND_MAX_TAGS];
	guint n_tags = 99;

	g_assert_true(link_path_find(links, BOND, to, tags, &n_tags));
	g_assert_cmpuint(n_tags, ==, n);
	for (guint i = 0; i < n; i++) {
		g_assert_cmpuint(tags[i].id, ==, ids[i]);
		g_assert_cmpuint(tags[i].protocol, ==, ids[i] >= 1000 ? 0x88a8 : 0x8100);
	}
}

/* kernel-semantics 77: the tags of the VLANs between the bond and the interface, outermost first. */
static void
test_find(void)
{
	g_autoptr(GPtrArray) links = make_links();
	const guint16 plain[] = {7};
	const guint16 stacked[] = {1001, 2};
	const guint16 bridged[] = {5};

	check_path(links, BOND, NULL, 0);
	check_path(links, 20, plain, 1);
	check_path(links, 21, stacked, 1);
	check_path(links, 23, stacked, 2);
	check_path(links, 30, NULL, 0);
	check_path(links, 31, bridged, 1);
	check_path(links, 32, bridged, 1);
	/* A veth whose twin is the bond does not stand on it, nor does the loopback, nor what is not there. */
	g_assert_false(link_path_find(links, BOND, 11, NULL, NULL));
	g_assert_false(link_path_find(links, BOND, 1, NULL, NULL));
	g_assert_false(link_path_find(links, BOND, 4711, NULL, NULL));
	g_assert_false(link_path_find(links, 20, BOND, NULL, NULL));
	g_assert_true(link_path_find(links, BOND, 32, NULL, NULL));
}

/* More tags than a probe can have, and claims that go in circles. */
static void
test_limits(void)
{
	g_autoptr(GPtrArray) links = g_ptr_array_new_with_free_func(g_free);

	for (int i = 0; i < BOND_MAX_TAGS + 1; i++)
		add(links, BOND + 1 + i, "vlan", BOND + i, (guint16) (i + 1), 0);
	g_assert_true(link_path_find(links, BOND, BOND + BOND_MAX_TAGS, NULL, NULL));
	g_assert_false(link_path_find(links, BOND, BOND + BOND_MAX_TAGS + 1, NULL, NULL));
	add(links, 40, "macvlan", 41, 0, 0);
	add(links, 41, "macvlan", 40, 0, 0);
	add(links, 42, "macvlan", 42, 0, 42);
	g_assert_false(link_path_find(links, 40, 99, NULL, NULL));
	g_assert_false(link_path_find(links, 42, 99, NULL, NULL));
	for (int i = 0; i < LINK_PATH_DEPTH + 1; i++)
		add(links, 101 + i, "macvlan", 100 + i, 0, 0);
	g_assert_true(link_path_find(links, 100, 100 + LINK_PATH_DEPTH, NULL, NULL));
	g_assert_false(link_path_find(links, 100, 101 + LINK_PATH_DEPTH, NULL, NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/link-path/find", test_find);
	g_test_add_func("/link-path/limits", test_limits);
	return g_test_run();
}
