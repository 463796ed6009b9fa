/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses, routes and settings of real devices, in a network namespace of this process's own.
 */
#include "far-end.h"
#include "link/address-cache.h"
#include "link/link-config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

struct device {
	struct link_config *config;
	int ifindex;
	int peer;
};

static void
device_open(struct device *device)
{
	GError *error = NULL;

	RUN("ip link add v0 type veth peer name v1");
	device->ifindex = (int) if_nametoindex("v0");
	device->peer = (int) if_nametoindex("v1");
	device->config = link_config_new(&error);
	g_assert_no_error(error);
}

static void
device_close(struct device *device)
{
	link_config_free(device->config);
	RUN("ip link del v0");
}

static gboolean
shows(const char *command, const char *text)
{
	g_autofree char *output = far_run("%s", command);

	return strstr(output, text) != NULL;
}

static void
test_settings(void)
{
	const struct bond_mac mac = {{0x02, 0x00, 0x00, 0x00, 0x00, 0x42}};
	const struct bond_mac group = {{0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}};
	struct device device;
	GError *error = NULL;

	device_open(&device);
	g_assert_true(link_set_up(device.config, device.ifindex, TRUE, &error));
	g_assert_true(shows("ip link show v0", ",UP"));
	g_assert_true(link_set_up(device.config, device.ifindex, FALSE, &error));
	g_assert_false(shows("ip link show v0", ",UP"));
	g_assert_true(link_set_mac(device.config, device.ifindex, &mac, &error));
	g_assert_true(shows("ip link show v0", "link/ether 02:00:00:00:00:42"));
	g_assert_true(link_set_mtu(device.config, device.ifindex, 9000, &error));
	g_assert_true(shows("ip link show v0", "mtu 9000"));

	g_assert_false(link_set_mac(device.config, device.ifindex, &group, &error));
	g_assert_error(error, LINK_ERROR, EADDRNOTAVAIL);
	g_assert_true(g_str_has_prefix(error->message, "v0: cannot set the MAC address: "));
	g_clear_error(&error);
	g_assert_false(link_set_mtu(device.config, device.ifindex, 1, &error));
	g_assert_error(error, LINK_ERROR, EINVAL);
	g_test_message("%s", error->message);
	g_clear_error(&error);
	g_assert_false(link_set_up(device.config, 4711, TRUE, &error));
	g_assert_error(error, LINK_ERROR, ENODEV);
	g_assert_true(g_str_has_prefix(error->message, "#4711: "));
	g_clear_error(&error);
	device_close(&device);
}

static void
assert_promiscuity(guint count, gboolean flag)
{
	g_autofree char *output = far_run("ip -d link show v0");
	g_autofree char *text = g_strdup_printf("promiscuity %u ", count);

	g_assert_nonnull(strstr(output, text));
	g_assert_cmpint(strstr(output, ",PROMISC") != NULL, ==, flag);
}

static void
test_promisc(void)
{
	struct device device;
	GError *error = NULL;

	device_open(&device);
	g_assert_true(link_set_promisc(device.config, device.ifindex, TRUE, &error));
	assert_promiscuity(1, FALSE);
	/* Somebody else's wish, made before ours ends, stays. */
	RUN("ip link set v0 promisc on");
	assert_promiscuity(2, TRUE);
	g_assert_true(link_set_promisc(device.config, device.ifindex, FALSE, &error));
	assert_promiscuity(1, TRUE);
	/* And one made before ours begins. */
	g_assert_true(link_set_promisc(device.config, device.ifindex, TRUE, &error));
	g_assert_true(link_set_promisc(device.config, device.ifindex, FALSE, &error));
	assert_promiscuity(1, TRUE);
	RUN("ip link set v0 promisc off");
	assert_promiscuity(0, FALSE);
	g_assert_true(link_set_promisc(device.config, device.ifindex, FALSE, &error));
	assert_promiscuity(0, FALSE);
	g_assert_false(link_set_promisc(device.config, 4711, TRUE, &error));
	g_assert_error(error, LINK_ERROR, ENODEV);
	g_clear_error(&error);
	device_close(&device);
}

static struct link_address
make_address(int family, const char *text, guint prefix)
{
	struct link_address address = {.family = family, .prefix = prefix};

	g_assert_cmpint(inet_pton(family, text, address.address), ==, 1);
	return address;
}

static gboolean
lists(const struct device *device, const struct link_address *address)
{
	GError *error = NULL;
	g_autoptr(GArray) list = link_list_addresses(device->config, device->ifindex, &error);

	g_assert_no_error(error);
	for (guint i = 0; i < list->len; i++)
		if (memcmp(&g_array_index(list, struct link_address, i), address, sizeof(*address)) == 0)
			return TRUE;
	return FALSE;
}

static void
test_addresses(void)
{
	const struct link_address v4 = make_address(AF_INET, "192.0.2.1", 24);
	const struct link_address pair = make_address(AF_INET, "198.51.100.2", 31);
	const struct link_address wrong = make_address(AF_INET, "192.0.2.9", 33);
	struct device device;
	GError *error = NULL;

	device_open(&device);
	g_assert_true(link_add_address(device.config, device.ifindex, &v4, &error));
	g_assert_true(link_add_address(device.config, device.ifindex, &v4, &error));
	g_assert_true(shows("ip addr show v0", "inet 192.0.2.1/24 brd 192.0.2.255 scope global v0"));
	g_assert_true(link_add_address(device.config, device.ifindex, &pair, &error));
	g_assert_true(shows("ip addr show v0", "inet 198.51.100.2/31 scope global v0"));
	g_assert_true(lists(&device, &v4));
	g_assert_true(lists(&device, &pair));
	g_assert_true(link_remove_address(device.config, device.ifindex, &v4, &error));
	g_assert_true(link_remove_address(device.config, device.ifindex, &v4, &error));
	g_assert_false(lists(&device, &v4));
	g_assert_false(link_add_address(device.config, device.ifindex, &wrong, &error));
	g_assert_error(error, LINK_ERROR, EINVAL);
	g_clear_error(&error);
	g_assert_false(link_add_address(device.config, 4711, &v4, &error));
	g_assert_error(error, LINK_ERROR, ENODEV);
	g_clear_error(&error);
	device_close(&device);
}

static void
test_addresses6(void)
{
	const struct link_address v6 = make_address(AF_INET6, "2001:db8::1", 64);
	gint64 end = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
	struct device device;
	GError *error = NULL;

	device_open(&device);
	link_set_up(device.config, device.peer, TRUE, &error);
	link_set_up(device.config, device.ifindex, TRUE, &error);
	g_assert_true(link_add_address(device.config, device.ifindex, &v6, &error));
	g_assert_true(link_add_address(device.config, device.ifindex, &v6, &error));
	/* Duplicate address detection takes a second or two. */
	g_assert_true(shows("ip -6 addr show v0", "inet6 2001:db8::1/64 scope global tentative"));
	g_assert_false(lists(&device, &v6));
	while (!lists(&device, &v6)) {
		g_assert_cmpint(g_get_monotonic_time(), <, end);
		g_usleep(50000);
	}
	g_assert_true(link_remove_address(device.config, device.ifindex, &v6, &error));
	g_assert_true(link_remove_address(device.config, device.ifindex, &v6, &error));
	g_assert_false(lists(&device, &v6));
	device_close(&device);
}

static struct link_route
make_route(int family, const char *destination, guint prefix, const char *gateway)
{
	struct link_route route = {.family = family, .prefix = prefix, .has_gateway = gateway != NULL};

	g_assert_cmpint(inet_pton(family, destination, route.destination), ==, 1);
	if (gateway != NULL)
		g_assert_cmpint(inet_pton(family, gateway, route.gateway), ==, 1);
	return route;
}

static void
test_routes(void)
{
	const struct link_address v4 = make_address(AF_INET, "192.0.2.1", 24);
	struct link_route route = make_route(AF_INET, "0.0.0.0", 0, "192.0.2.254");
	struct link_route rival = make_route(AF_INET, "0.0.0.0", 0, "192.0.2.253");
	struct link_route direct = make_route(AF_INET, "203.0.113.0", 24, NULL);
	struct device device;
	GError *error = NULL;

	device_open(&device);
	link_set_up(device.config, device.peer, TRUE, &error);
	link_set_up(device.config, device.ifindex, TRUE, &error);
	link_add_address(device.config, device.ifindex, &v4, &error);
	g_assert_true(link_add_route(device.config, device.ifindex, &route, &error));
	g_assert_true(link_add_route(device.config, device.ifindex, &route, &error));
	g_assert_true(shows("ip route", "default via 192.0.2.254 dev v0 proto static"));
	g_assert_false(link_add_route(device.config, device.ifindex, &rival, &error));
	g_assert_error(error, LINK_ERROR, EEXIST);
	g_test_message("%s", error->message);
	g_clear_error(&error);
	rival.metric = 50;
	rival.table = 1000;
	g_assert_true(link_add_route(device.config, device.ifindex, &rival, &error));
	g_assert_true(link_add_route(device.config, device.ifindex, &rival, &error));
	g_assert_true(shows("ip route show table 1000", "default via 192.0.2.253 dev v0 proto static metric 50"));
	g_assert_true(link_add_route(device.config, device.ifindex, &direct, &error));
	g_assert_true(link_add_route(device.config, device.ifindex, &direct, &error));
	g_assert_true(shows("ip route", "203.0.113.0/24 dev v0 proto static scope link"));
	for (guint i = 0; i < 2; i++) {
		g_assert_true(link_remove_route(device.config, device.ifindex, &route, &error));
		g_assert_true(link_remove_route(device.config, device.ifindex, &rival, &error));
		g_assert_true(link_remove_route(device.config, device.ifindex, &direct, &error));
	}
	g_assert_false(shows("ip route", "static"));
	g_assert_false(shows("ip route show table all", "table 1000"));
	device_close(&device);
}

static void
test_routes6(void)
{
	const struct link_address v6 = make_address(AF_INET6, "2001:db8::1", 64);
	struct link_route route = make_route(AF_INET6, "::", 0, "2001:db8::fe");
	struct link_route other = make_route(AF_INET6, "::", 0, "2001:db8::fd");
	struct device device;
	GError *error = NULL;

	device_open(&device);
	link_set_up(device.config, device.peer, TRUE, &error);
	link_set_up(device.config, device.ifindex, TRUE, &error);
	link_add_address(device.config, device.ifindex, &v6, &error);
	g_assert_true(link_add_route(device.config, device.ifindex, &route, &error));
	g_assert_true(link_add_route(device.config, device.ifindex, &route, &error));
	g_assert_true(shows("ip -6 route", "default via 2001:db8::fe dev v0 proto static metric 1024"));
	g_assert_false(link_add_route(device.config, device.ifindex, &other, &error));
	g_assert_error(error, LINK_ERROR, EEXIST);
	g_clear_error(&error);
	g_assert_true(link_remove_route(device.config, device.ifindex, &route, &error));
	g_assert_true(link_remove_route(device.config, device.ifindex, &route, &error));
	g_assert_false(shows("ip -6 route", "default"));
	device_close(&device);
}

/* The kernel makes the route of link-local addresses some time after there is carrier, and uses others not before. */
static void
wait_for_way(const struct device *device, const struct link_address *destination, int ifindex)
{
	gint64 end = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;
	struct link_way way;

	while (link_find_way(device->config, destination->family, destination->address, ifindex, &way) != 0) {
		g_assert_cmpint(g_get_monotonic_time(), <, end);
		g_usleep(10000);
	}
	if (ifindex != 0)
		g_assert_cmpint(way.ifindex, ==, ifindex);
}

/* kernel-semantics 77: the source address is the routing's. */
static void
test_way(void)
{
	const struct link_address v4 = make_address(AF_INET, "192.0.2.1", 24);
	const struct link_address near = make_address(AF_INET, "192.0.2.7", 32);
	const struct link_address far = make_address(AF_INET, "203.0.113.9", 32);
	const struct link_address near6 = make_address(AF_INET6, "2001:db8::7", 128);
	const struct link_address local6 = make_address(AF_INET6, "fe80::7", 128);
	const struct link_route route = make_route(AF_INET, "203.0.113.0", 24, "192.0.2.254");
	const struct link_route route6 = make_route(AF_INET6, "2001:db8::", 64, NULL);
	struct link_way way;
	struct device device;
	GError *error = NULL;

	device_open(&device);
	link_set_up(device.config, device.peer, TRUE, &error);
	link_set_up(device.config, device.ifindex, TRUE, &error);
	g_assert_cmpint(link_find_way(device.config, AF_INET, near.address, 0, &way), ==, ENETUNREACH);
	g_assert_cmpint(link_find_way(device.config, AF_INET6, near6.address, 0, &way), ==, ENETUNREACH);
	g_assert_cmpint(link_find_way(device.config, AF_PACKET, near.address, 0, &way), ==, EAFNOSUPPORT);
	g_assert_true(link_add_address(device.config, device.ifindex, &v4, &error));
	g_assert_true(link_add_route(device.config, device.ifindex, &route, &error));
	g_assert_true(link_add_route(device.config, device.ifindex, &route6, &error));
	g_assert_cmpint(link_find_way(device.config, AF_INET, near.address, 0, &way), ==, 0);
	g_assert_cmpint(way.ifindex, ==, device.ifindex);
	g_assert_true(way.has_source);
	g_assert_cmpmem(way.source, 4, v4.address, 4);
	g_assert_cmpint(link_find_way(device.config, AF_INET, far.address, 0, &way), ==, 0);
	g_assert_cmpint(way.ifindex, ==, device.ifindex);
	g_assert_cmpmem(way.source, 4, v4.address, 4);
	/* One's own address is reached by the loopback. */
	g_assert_cmpint(link_find_way(device.config, AF_INET, v4.address, 0, &way), ==, 0);
	g_assert_cmpint(way.ifindex, ==, 1);
	wait_for_way(&device, &near6, 0);
	g_assert_cmpint(link_find_way(device.config, AF_INET6, near6.address, 0, &way), ==, 0);
	g_assert_cmpint(way.ifindex, ==, device.ifindex);
	/* Link-local addresses are on every interface. */
	wait_for_way(&device, &local6, device.ifindex);
	wait_for_way(&device, &local6, device.peer);
	device_close(&device);
}

struct holders {
	guint n;
	int wanted;
	gboolean found;
};

static gboolean
count_holder(void *user, int ifindex)
{
	struct holders *holders = user;

	holders->n++;
	holders->found |= ifindex == holders->wanted;
	return TRUE;
}

/* Checks that @wanted is among them if there are any. */
static guint
count_holders(struct address_cache *cache, const struct link_address *address, int wanted)
{
	struct holders holders = {.wanted = wanted};

	address_cache_foreach(cache, address->family, address->address, count_holder, &holders);
	g_assert_cmpint(holders.found, ==, holders.n > 0);
	return holders.n;
}

/* An address of IPv6 is tentative at first, whatever was asked for: the kernel's own work makes it one to use. */
static void
wait_for_holder(struct address_cache *cache, const struct link_address *address, int wanted)
{
	gint64 end = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;

	while (count_holders(cache, address, wanted) == 0) {
		g_assert_cmpint(g_get_monotonic_time(), <, end);
		g_usleep(1000);
	}
	g_assert_cmpuint(count_holders(cache, address, wanted), ==, 1);
}

/* What was just added is there, what was just removed is not; and nobody asks the kernel in between. */
static void
test_address_cache(void)
{
	const struct link_address v4 = make_address(AF_INET, "192.0.2.1", 24);
	const struct link_address v6 = make_address(AF_INET6, "2001:db8::1", 64);
	struct address_cache *cache;
	struct device device;
	GError *error = NULL;

	device_open(&device);
	cache = address_cache_new(&error);
	g_assert_no_error(error);
	g_assert_cmpuint(count_holders(cache, &v4, 0), ==, 0);
	g_assert_true(link_add_address(device.config, device.ifindex, &v4, &error));
	g_assert_cmpuint(count_holders(cache, &v4, device.ifindex), ==, 1);
	g_assert_cmpuint(count_holders(cache, &v6, 0), ==, 0);
	g_assert_cmpuint(address_cache_n_reads(cache), ==, 2);
	for (guint i = 0; i < 100; i++)
		g_assert_cmpuint(count_holders(cache, &v4, device.ifindex), ==, 1);
	g_assert_cmpuint(address_cache_n_reads(cache), ==, 2);
	RUN("ip addr add 192.0.2.1/24 dev v1");
	g_assert_cmpuint(count_holders(cache, &v4, device.ifindex), ==, 2);
	RUN("ip -6 addr add 2001:db8::1/64 dev v0 nodad");
	wait_for_holder(cache, &v6, device.ifindex);
	g_assert_true(link_remove_address(device.config, device.ifindex, &v4, &error));
	g_assert_cmpuint(count_holders(cache, &v4, device.peer), ==, 1);
	address_cache_free(cache);
	device_close(&device);
}

/* More news than the socket holds: what it says afterwards is right all the same. */
static void
test_address_overrun(void)
{
	const struct link_address last = make_address(AF_INET, "10.2.19.255", 32);
	g_autofree char *path = g_strdup_printf("/tmp/test-link-%d", (int) getpid());
	g_autoptr(GString) batch = g_string_new(NULL);
	struct address_cache *cache;
	struct device device;
	GError *error = NULL;

	device_open(&device);
	cache = address_cache_new(&error);
	g_assert_no_error(error);
	g_assert_cmpuint(count_holders(cache, &last, 0), ==, 0);
	for (guint i = 0; i < 20 * 256; i++)
		g_string_append_printf(batch, "addr add 10.2.%u.%u/32 dev v0\n", i / 256, i % 256);
	g_assert_true(g_file_set_contents(path, batch->str, -1, &error));
	RUN("ip -batch %s", path);
	unlink(path);
	g_assert_cmpuint(count_holders(cache, &last, device.ifindex), ==, 1);
	RUN("ip addr del 10.2.19.255/32 dev v0");
	g_assert_cmpuint(count_holders(cache, &last, 0), ==, 0);
	address_cache_free(cache);
	device_close(&device);
}

static void
test_groups(void)
{
	const struct bond_mac group = {{0x33, 0x33, 0xff, 0x00, 0x00, 0x07}};
	struct device device;
	GError *error = NULL;

	device_open(&device);
	for (guint i = 0; i < 2; i++)
		g_assert_true(link_set_group(device.config, device.ifindex, &group, TRUE, &error));
	g_assert_true(shows("ip maddr show dev v0", "33:33:ff:00:00:07"));
	g_assert_true(link_set_group(device.config, device.ifindex, &group, FALSE, &error));
	g_assert_true(shows("ip maddr show dev v0", "33:33:ff:00:00:07"));
	for (guint i = 0; i < 2; i++)
		g_assert_true(link_set_group(device.config, device.ifindex, &group, FALSE, &error));
	g_assert_false(shows("ip maddr show dev v0", "33:33:ff:00:00:07"));
	g_assert_false(link_set_group(device.config, 4711, &group, TRUE, &error));
	g_assert_error(error, LINK_ERROR, ENODEV);
	g_clear_error(&error);
	device_close(&device);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (unshare(CLONE_NEWNET) < 0) {
		g_printerr("no network namespace can be made: %s (run as root)\n", g_strerror(errno));
		return 77;
	}
	g_test_add_func("/link-config/settings", test_settings);
	g_test_add_func("/link-config/promisc", test_promisc);
	g_test_add_func("/link-config/addresses", test_addresses);
	g_test_add_func("/link-config/addresses6", test_addresses6);
	g_test_add_func("/link-config/routes", test_routes);
	g_test_add_func("/link-config/routes6", test_routes6);
	g_test_add_func("/link-config/way", test_way);
	g_test_add_func("/link-config/groups", test_groups);
	g_test_add_func("/address-cache/news", test_address_cache);
	g_test_add_func("/address-cache/overrun", test_address_overrun);
	return g_test_run();
}
