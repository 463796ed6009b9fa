/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The link layer on real devices, in a network namespace of this process's own.
 */
#include "link/ethtool-ioctl.h"
#include "link/ethtool.h"
#include "link/link-config.h"
#include "link/link-watcher-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *G_GNUC_PRINTF(1, 2) run(const char *format, ...)
{
	g_autofree char *command = NULL;
	g_autofree char *errors = NULL;
	char *output = NULL;
	GError *error = NULL;
	va_list args;
	int status;

	va_start(args, format);
	command = g_strdup_vprintf(format, args);
	va_end(args);
	g_spawn_command_line_sync(command, &output, &errors, &status, &error);
	g_assert_no_error(error);
	if (status != 0)
		g_error("%s: %s", command, errors);
	return output;
}

#define RUN(...) g_free(run(__VA_ARGS__))

static bond_time
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * BOND_SEC + ts.tv_nsec;
}

/* --- A listener that keeps all it is told, and a table made only of that --- */

struct event {
	enum link_change change;
	struct link_info info;
	bond_time time;
};

struct listener {
	struct link_watcher *watcher;
	GArray *events;
	GHashTable *table; /* ifindex -> struct link_info */
	guint batches;
};

static void
on_change(void *user, enum link_change change, const struct link_info *info, bond_time time)
{
	struct listener *listener = user;
	struct event event = {.change = change, .time = time};
	gboolean known = g_hash_table_contains(listener->table, GINT_TO_POINTER(info->ifindex));

	memcpy(&event.info, info, sizeof(*info));
	g_array_append_val(listener->events, event);
	g_assert_cmpint(known, ==, change != LINK_ADDED);
	if (change == LINK_REMOVED)
		g_hash_table_remove(listener->table, GINT_TO_POINTER(info->ifindex));
	else
		g_hash_table_replace(listener->table, GINT_TO_POINTER(info->ifindex), g_memdup2(info, sizeof(*info)));
}

static void
on_batch_end(void *user, bond_time time)
{
	++((struct listener *) user)->batches;
}

static void
remember(void *user, const struct link_info *info)
{
	struct listener *listener = user;

	g_hash_table_replace(listener->table, GINT_TO_POINTER(info->ifindex), g_memdup2(info, sizeof(*info)));
}

static void
listener_open(struct listener *listener, gsize receive_buffer)
{
	GError *error = NULL;

	listener->events = g_array_new(FALSE, FALSE, sizeof(struct event));
	listener->table = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	listener->batches = 0;
	listener->watcher = link_watcher_new_sized(receive_buffer, on_change, on_batch_end, listener, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(listener->events->len, ==, 0);
	link_watcher_foreach(listener->watcher, remember, listener);
}

static void
listener_close(struct listener *listener)
{
	link_watcher_free(listener->watcher);
	g_hash_table_unref(listener->table);
	g_array_unref(listener->events);
}

static const struct event *
nth(const struct listener *listener, guint i)
{
	g_assert_cmpuint(i, <, listener->events->len);
	return &g_array_index(listener->events, struct event, i);
}

/* Dispatches until @done holds; a second is an eternity for the kernel, if not for a busy machine. */
static void
wait_for(struct listener *listener, gboolean (*done)(const struct listener *listener, const void *data),
	 const void *data)
{
	gint64 end = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;

	link_watcher_dispatch(listener->watcher);
	while (!done(listener, data)) {
		GPollFD poll = {.fd = link_watcher_fd(listener->watcher), .events = G_IO_IN};

		g_assert_cmpint(g_get_monotonic_time(), <, end);
		g_poll(&poll, 1, 100);
		link_watcher_dispatch(listener->watcher);
	}
}

static gboolean
carrier_is_off(const struct listener *listener, const void *name)
{
	const struct link_info *info = link_watcher_by_name(listener->watcher, name);

	return info != NULL && !info->carrier;
}

static gboolean
carrier_is_on(const struct listener *listener, const void *name)
{
	const struct link_info *info = link_watcher_by_name(listener->watcher, name);

	return info != NULL && info->carrier;
}

static void
assert_same(struct listener *one, struct listener *other)
{
	GHashTableIter iter;
	gpointer key;
	gpointer value;

	g_assert_cmpuint(g_hash_table_size(one->table), ==, g_hash_table_size(other->table));
	g_hash_table_iter_init(&iter, one->table);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		const struct link_info *info = value;
		const struct link_info *twin = g_hash_table_lookup(other->table, key);

		g_assert_nonnull(twin);
		if (memcmp(info, twin, sizeof(*info)) != 0)
			g_error("%s (#%d, flags %x, carrier %d, mtu %u) differs from %s (flags %x, carrier %d, mtu %u)",
				info->name, info->ifindex, info->flags, info->carrier, info->mtu, twin->name,
				twin->flags, twin->carrier, twin->mtu);
	}
}

/* What was told, event by event, must come to what a newcomer reads. */
static void
assert_true_to_kernel(struct listener *listener)
{
	struct listener fresh;

	listener_open(&fresh, LINK_WATCHER_RECEIVE_BUFFER);
	assert_same(listener, &fresh);
	listener_close(&fresh);
}

/* --- Watcher --- */

static void
test_initial(void)
{
	struct listener listener;
	const struct link_info *info;

	RUN("ip link add v0 numrxqueues 2 numtxqueues 1 type veth peer name v1");
	RUN("ip link set v0 address 02:00:00:00:00:10 mtu 1400");
	listener_open(&listener, LINK_WATCHER_RECEIVE_BUFFER);
	info = link_watcher_by_name(listener.watcher, "v0");
	g_assert_nonnull(info);
	g_assert_cmpint(info->ifindex, ==, (int) if_nametoindex("v0"));
	g_assert_cmpint(info->type, ==, ARPHRD_ETHER);
	g_assert_cmpstr(info->kind, ==, "veth");
	g_assert_cmpint(info->link, ==, (int) if_nametoindex("v1"));
	g_assert_cmpuint(info->mtu, ==, 1400);
	g_assert_cmpuint(info->mac.b[5], ==, 0x10);
	g_assert_cmpuint(info->n_rx_queues, ==, 2);
	g_assert_cmpuint(info->n_tx_queues, ==, 1);
	g_assert_cmpuint(info->speed, ==, 10000);
	g_assert_cmpuint(info->duplex, ==, BOND_DUPLEX_FULL);
	g_assert_false(info->carrier);
	g_assert_true(info == link_watcher_by_ifindex(listener.watcher, info->ifindex));
	g_assert_null(link_watcher_by_name(listener.watcher, "v2"));
	g_assert_cmpuint(link_watcher_by_name(listener.watcher, "lo")->flags & IFF_LOOPBACK, ==, IFF_LOOPBACK);
	listener_close(&listener);
	RUN("ip link del v0");
}

static void
test_life(void)
{
	struct listener listener;
	bond_time before = now();

	listener_open(&listener, LINK_WATCHER_RECEIVE_BUFFER);
	RUN("ip link add v0 type veth peer name v1");
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpuint(listener.batches, ==, 1);
	g_assert_cmpint(nth(&listener, 0)->change, ==, LINK_ADDED);
	g_assert_cmpint(nth(&listener, 1)->change, ==, LINK_ADDED);
	g_assert_cmpint(nth(&listener, 0)->time, >, before);
	g_assert_cmpint(nth(&listener, 1)->time, <, now());
	assert_true_to_kernel(&listener);

	/* Nothing happened, nothing is said. */
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpuint(listener.batches, ==, 1);

	g_array_set_size(listener.events, 0);
	RUN("ip link set v0 name w0");
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpint(nth(&listener, 0)->change, ==, LINK_RENAMED);
	g_assert_cmpstr(nth(&listener, 0)->info.name, ==, "w0");
	g_assert_null(link_watcher_by_name(listener.watcher, "v0"));

	g_array_set_size(listener.events, 0);
	RUN("ip link set w0 mtu 1300");
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpuint(listener.events->len, ==, 1);
	g_assert_cmpint(nth(&listener, 0)->change, ==, LINK_CHANGED);
	g_assert_cmpuint(nth(&listener, 0)->info.mtu, ==, 1300);

	g_array_set_size(listener.events, 0);
	RUN("ip link del v1");
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpuint(listener.events->len, >=, 2);
	g_assert_null(link_watcher_by_name(listener.watcher, "w0"));
	g_assert_null(link_watcher_by_name(listener.watcher, "v1"));
	assert_true_to_kernel(&listener);
	listener_close(&listener);
}

static void
test_carrier(void)
{
	struct listener listener;
	guint i;

	RUN("ip link add v0 type veth peer name v1");
	RUN("ip link set v0 up");
	RUN("ip link set v1 up");
	listener_open(&listener, LINK_WATCHER_RECEIVE_BUFFER);
	wait_for(&listener, carrier_is_on, "v0");
	for (i = 0; i < 20; i++) {
		RUN("ip link set v1 down");
		wait_for(&listener, carrier_is_off, "v0");
		RUN("ip link set v1 up");
		wait_for(&listener, carrier_is_on, "v0");
	}
	assert_true_to_kernel(&listener);
	listener_close(&listener);
	RUN("ip link del v0");
}

/* A bridge tells of its ports with NEWLINK and DELLINK, too. */
static void
test_bridge(void)
{
	struct listener listener;

	RUN("ip link add v0 type veth peer name v1");
	RUN("ip link add br0 type bridge");
	listener_open(&listener, LINK_WATCHER_RECEIVE_BUFFER);
	RUN("ip link set v0 master br0");
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpint(link_watcher_by_name(listener.watcher, "v0")->master, ==, (int) if_nametoindex("br0"));
	RUN("ip link set v0 nomaster");
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpint(link_watcher_by_name(listener.watcher, "v0")->master, ==, 0);
	for (guint i = 0; i < listener.events->len; i++)
		g_assert_cmpint(nth(&listener, i)->change, ==, LINK_CHANGED);
	assert_true_to_kernel(&listener);
	listener_close(&listener);
	RUN("ip link del v0");
	RUN("ip link del br0");
}

static void
test_refresh(void)
{
	struct listener listener;
	GError *error = NULL;
	int ifindex;

	RUN("ip link add v0 type veth peer name v1");
	listener_open(&listener, LINK_WATCHER_RECEIVE_BUFFER);
	ifindex = (int) if_nametoindex("v0");
	RUN("ip link set v0 mtu 1234");
	g_assert_true(link_watcher_refresh(listener.watcher, ifindex, &error));
	g_assert_cmpuint(listener.events->len, ==, 1);
	g_assert_cmpuint(nth(&listener, 0)->info.mtu, ==, 1234);
	g_assert_cmpuint(listener.batches, ==, 1);
	/* The notification that is still waiting is no news any more. */
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpuint(listener.events->len, ==, 1);

	RUN("ip link del v0");
	g_assert_true(link_watcher_refresh(listener.watcher, ifindex, &error));
	g_assert_cmpint(nth(&listener, 1)->change, ==, LINK_REMOVED);
	g_assert_false(link_watcher_refresh(listener.watcher, ifindex, &error));
	g_assert_error(error, LINK_ERROR, ENODEV);
	g_clear_error(&error);
	link_watcher_dispatch(listener.watcher);
	assert_true_to_kernel(&listener);
	listener_close(&listener);
}

/* A device whose carrier is ours to switch, on at first. */
static int
open_tap(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
	g_assert_cmpint(ioctl(fd, TUNSETIFF, &request), ==, 0);
	return fd;
}

static void
set_tap_carrier(int fd, int on)
{
	g_assert_cmpint(ioctl(fd, TUNSETCARRIER, &on), ==, 0);
}

/* The kernel tells of a second loss within a second only when that second is over. */
static void
lose_untold(struct listener *listener, int fd, const char *name)
{
	for (guint i = 0; i < 50; i++) {
		set_tap_carrier(fd, FALSE);
		set_tap_carrier(fd, TRUE);
		wait_for(listener, carrier_is_on, name);
		g_usleep(300000);
		link_watcher_dispatch(listener->watcher);
		set_tap_carrier(fd, FALSE);
		link_watcher_dispatch(listener->watcher);
		if (carrier_is_on(listener, name))
			return;
	}
	g_assert_not_reached();
}

/* A link that has just come is not stable, and its loss no suspicion: false if each time it was one. A busy machine may
 * let it grow old before it is lost. */
static gboolean
loses_young_link(struct listener *listener, int fd, int ifindex)
{
	for (guint i = 0; i < 20; i++) {
		set_tap_carrier(fd, FALSE);
		if (!link_watcher_suspect(listener->watcher, ifindex))
			return TRUE;
		set_tap_carrier(fd, TRUE);
		wait_for(listener, carrier_is_on, "sus0");
	}
	return FALSE;
}

static void
test_suspect(void)
{
	struct listener listener;
	int fd = open_tap("sus0");
	int ifindex = (int) if_nametoindex("sus0");
	guint n;

	RUN("ip link set sus0 up");
	listener_open(&listener, LINK_WATCHER_RECEIVE_BUFFER);
	wait_for(&listener, carrier_is_on, "sus0");
	/* Nothing is wrong. */
	n = listener.events->len;
	g_assert_false(link_watcher_suspect(listener.watcher, ifindex));
	g_assert_false(link_watcher_suspect(listener.watcher, 0x7ffffff0));
	g_assert_cmpuint(listener.events->len, ==, n);

	lose_untold(&listener, fd, "sus0");
	n = listener.events->len;
	listener.batches = 0;
	g_assert_true(link_watcher_suspect(listener.watcher, ifindex));
	g_assert_cmpuint(listener.events->len, ==, n + 1);
	g_assert_cmpint(nth(&listener, n)->change, ==, LINK_CHANGED);
	g_assert_false(nth(&listener, n)->info.carrier);
	g_assert_cmpuint(listener.batches, ==, 1);
	/* Once; and what the kernel says later is no news. */
	g_assert_false(link_watcher_suspect(listener.watcher, ifindex));
	g_usleep(1200000);
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpuint(listener.events->len, ==, n + 1);
	assert_true_to_kernel(&listener);

	/* A loss that was told of is no suspicion later. */
	set_tap_carrier(fd, TRUE);
	wait_for(&listener, carrier_is_on, "sus0");
	g_assert_false(link_watcher_suspect(listener.watcher, ifindex));
	g_assert_true(loses_young_link(&listener, fd, ifindex));
	close(fd);
	listener_close(&listener);
}

/* Of another network namespace: then nothing is known but what netlink says. */
static void
test_suspect_foreign_sysfs(void)
{
	struct listener listener;
	int fd = open_tap("sus1");
	int ifindex = (int) if_nametoindex("sus1");

	RUN("ip link set sus1 up");
	listener_open(&listener, LINK_WATCHER_RECEIVE_BUFFER);
	wait_for(&listener, carrier_is_on, "sus1");
	g_assert_cmpint(umount2("/sys", MNT_DETACH), ==, 0);
	lose_untold(&listener, fd, "sus1");
	g_assert_false(link_watcher_suspect(listener.watcher, ifindex));
	wait_for(&listener, carrier_is_off, "sus1");
	g_assert_cmpint(mount("sysfs", "/sys", "sysfs", 0, NULL), ==, 0);
	close(fd);
	listener_close(&listener);
}

static void
test_main_loop(void)
{
	g_autoptr(GMainContext) context = g_main_context_new();
	g_autoptr(GSource) source = NULL;
	struct listener listener;
	gint64 end = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;

	listener_open(&listener, LINK_WATCHER_RECEIVE_BUFFER);
	source = link_watcher_attach(listener.watcher, context);
	g_assert_cmpint(g_source_get_priority(source), ==, G_PRIORITY_HIGH);
	g_assert_false(g_main_context_iteration(context, FALSE));
	RUN("ip link add v0 type veth peer name v1");
	while (listener.events->len < 2 && g_get_monotonic_time() < end)
		g_main_context_iteration(context, FALSE);
	g_assert_cmpuint(listener.events->len, >=, 2);
	RUN("ip link del v0");
	listener_close(&listener);
	g_assert_true(g_source_is_destroyed(source));
}

/* --- Loss --- */

static void
append_storm(GString *script, guint round)
{
	guint i = round % 10;

	g_string_append_printf(script, "link set s%u mtu %u\n", i, 1000 + round % 500);
	g_string_append_printf(script, "link set s%u %s\n", i, round / 10 % 2 != 0 ? "down" : "up");
	if (round % 7 == 0)
		g_string_append_printf(script, "link add x%u type veth peer name y%u\n", round, round);
	if (round % 14 == 3)
		g_string_append_printf(script, "link del x%u\n", round - 3);
	if (round % 11 == 0)
		g_string_append_printf(script, "link set t%u name u%u\n", i, i);
	if (round % 11 == 9)
		g_string_append_printf(script, "link set u%u name t%u\n", i, i);
}

/* Some of the lines fail, e.g. a name that is not there at that moment: -force goes on. */
static char *
write_storm(guint rounds)
{
	g_autoptr(GString) script = g_string_new(NULL);
	char *path = NULL;
	int fd = g_file_open_tmp("storm-XXXXXX", &path, NULL);

	g_assert_cmpint(fd, >=, 0);
	for (guint round = 0; round < rounds; round++)
		append_storm(script, round);
	g_assert_cmpint(write(fd, script->str, script->len), ==, (gssize) script->len);
	close(fd);
	return path;
}

static GPid
spawn_storm(const char *path)
{
	const char *argv[] = {"ip", "-force", "-batch", path, NULL};
	GError *error = NULL;
	GPid pid;

	g_spawn_async(NULL, (char **) argv, NULL,
		      G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL |
			  G_SPAWN_STDOUT_TO_DEV_NULL,
		      NULL, NULL, &pid, &error);
	g_assert_no_error(error);
	return pid;
}

static void
make_storm_links(void)
{
	for (guint i = 0; i < 10; i++)
		RUN("ip link add s%u type veth peer name t%u", i, i);
}

static void
delete_all_veths(void)
{
	struct if_nameindex *list = if_nameindex();

	/* Half of them are gone with the other half by the time it is their turn. */
	for (guint i = 0; list[i].if_index != 0; i++)
		if (!g_str_equal(list[i].if_name, "lo") && if_nametoindex(list[i].if_name) != 0)
			RUN("ip link del %s", list[i].if_name);
	if_freenameindex(list);
}

/* The watcher sleeps through the storm with room for hardly a message, then has to know all. */
static void
test_overrun(void)
{
	g_autofree char *path = write_storm(500);
	struct link_watcher_stats stats;
	struct listener listener;
	GPid pid;

	make_storm_links();
	listener_open(&listener, 1);
	pid = spawn_storm(path);
	waitpid(pid, NULL, 0);
	link_watcher_dispatch(listener.watcher);
	link_watcher_get_stats(listener.watcher, &stats);
	g_test_message("%" G_GUINT64_FORMAT " messages read, %u events, %u links left", stats.messages,
		       listener.events->len, g_hash_table_size(listener.table));
	g_assert_cmpuint(stats.overruns, >=, 1);
	g_assert_cmpuint(stats.resyncs, >=, 1);
	g_assert_cmpuint(stats.messages, <, 100);
	g_assert_cmpuint(listener.events->len, >=, 20);
	g_assert_cmpuint(listener.batches, >=, 1);
	assert_true_to_kernel(&listener);
	listener_close(&listener);
	unlink(path);
	delete_all_veths();
}

/* Here it reads during the storm: dumps and notifications and interruptions, all at once. */
static void
test_storm(gconstpointer receive_buffer)
{
	g_autofree char *path = write_storm(500);
	struct link_watcher_stats stats;
	struct listener listener;
	GPid pid;

	make_storm_links();
	for (guint i = 0; i < 30; i++)
		RUN("ip link add many%u type veth peer name more%u", i, i);
	listener_open(&listener, GPOINTER_TO_SIZE(receive_buffer));
	pid = spawn_storm(path);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		GPollFD poll = {.fd = link_watcher_fd(listener.watcher), .events = G_IO_IN};

		g_poll(&poll, 1, 10);
		link_watcher_dispatch(listener.watcher);
	}
	link_watcher_dispatch(listener.watcher);
	link_watcher_get_stats(listener.watcher, &stats);
	g_test_message("%" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT " overruns, %" G_GUINT64_FORMAT
		       " resyncs, %" G_GUINT64_FORMAT " dumps interrupted",
		       stats.messages, stats.overruns, stats.resyncs, stats.interrupted);
	g_assert_cmpuint(stats.messages, >, 0);
	assert_true_to_kernel(&listener);
	listener_close(&listener);
	unlink(path);
	delete_all_veths();
}

/* --- ethtool --- */

static gboolean
shows(const char *command, const char *text)
{
	g_autofree char *output = run("%s", command);

	return strstr(output, text) != NULL;
}

static void
test_features(void)
{
	GError *error = NULL;
	struct ethtool *ethtool = ethtool_new(&error);
	gboolean on;

	g_assert_no_error(error);
	RUN("ip link add v0 type veth peer name v1");
	for (guint i = 0; i < 2; i++) {
		gboolean wish = i != 0;

		g_assert_true(ethtool_set_feature(ethtool, "v0", "tx-checksum-ip-generic", wish, &error));
		g_assert_true(ethtool_get_feature(ethtool, "v0", "tx-checksum-ip-generic", &on, &error));
		g_assert_cmpint(on, ==, wish);
		g_assert_true(
		    shows("ethtool -k v0", wish ? "tx-checksum-ip-generic: on" : "tx-checksum-ip-generic: off"));
	}
	g_assert_true(ethtool_get_feature(ethtool, "v0", "loopback", &on, &error));
	g_assert_false(on);
	g_assert_true(ethtool_set_feature(ethtool, "v0", "loopback", FALSE, &error));
	g_assert_false(ethtool_set_feature(ethtool, "v0", "loopback", TRUE, &error));
	g_assert_error(error, LINK_ERROR, EOPNOTSUPP);
	g_clear_error(&error);
	g_assert_false(ethtool_get_feature(ethtool, "v0", "tx-antigravity", &on, &error));
	g_assert_error(error, LINK_ERROR, EOPNOTSUPP);
	g_clear_error(&error);
	g_assert_false(ethtool_get_feature(ethtool, "v9", "loopback", &on, &error));
	g_assert_error(error, LINK_ERROR, ENODEV);
	g_clear_error(&error);
	RUN("ip link del v0");
	ethtool_free(ethtool);
}

/* use_carrier=0: a veth's driver tells its carrier. */
static void
test_driver_link(void)
{
	GError *error = NULL;
	struct ethtool *ethtool = ethtool_new(&error);

	g_assert_no_error(error);
	RUN("ip link add v0 type veth peer name v1");
	RUN("ip link set v0 up");
	g_assert_cmpint(ethtool_has_link(ethtool, "v0"), ==, 0);
	RUN("ip link set v1 up");
	g_assert_cmpint(ethtool_has_link(ethtool, "v0"), ==, 1);
	RUN("ip link set v1 down");
	g_assert_cmpint(ethtool_has_link(ethtool, "v0"), ==, 0);
	g_assert_cmpint(ethtool_has_link(ethtool, "no-such"), ==, -1);
	g_assert_cmpint(ethtool_has_link(ethtool, ""), ==, -1);
	RUN("ip link del v0");
	ethtool_free(ethtool);
}

/* Both ways must say the same. */
static void
test_ioctl(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	enum bond_duplex duplex = BOND_DUPLEX_UNKNOWN;
	guint32 speed = BOND_SPEED_UNKNOWN;
	gboolean changeable;
	gboolean active;

	RUN("ip link add v0 type veth peer name v1");
	ethtool_ioctl_get_link(fd, "v0", &speed, &duplex);
	g_assert_cmpuint(speed, ==, 10000);
	g_assert_cmpint(duplex, ==, BOND_DUPLEX_FULL);
	g_assert_cmpint(ethtool_ioctl_get_feature(fd, "v0", "tx-checksum-ip-generic", &changeable, &active), ==, 0);
	g_assert_true(changeable);
	g_assert_true(active);
	ethtool_ioctl_set_feature(fd, "v0", "tx-checksum-ip-generic", FALSE);
	g_assert_cmpint(ethtool_ioctl_get_feature(fd, "v0", "tx-checksum-ip-generic", &changeable, &active), ==, 0);
	g_assert_false(active);
	g_assert_true(shows("ethtool -k v0", "tx-checksum-ip-generic: off"));
	g_assert_cmpint(ethtool_ioctl_get_feature(fd, "v0", "loopback", &changeable, &active), ==, 0);
	g_assert_false(changeable);
	g_assert_cmpint(ethtool_ioctl_get_feature(fd, "v0", "tx-antigravity", &changeable, &active), ==, EOPNOTSUPP);
	speed = 17;
	ethtool_ioctl_get_link(fd, "v9", &speed, &duplex);
	g_assert_cmpuint(speed, ==, 17);
	RUN("ip link del v0");
	close(fd);
}

/* A TAP's speed can be changed under way: it is read anew when the carrier comes back, and after it went. */
static void
test_speed(void)
{
	struct listener listener;

	RUN("ip tuntap add dev tap0 mode tap");
	RUN("ip link set tap0 up");
	listener_open(&listener, LINK_WATCHER_RECEIVE_BUFFER);
	g_assert_cmpuint(link_watcher_by_name(listener.watcher, "tap0")->speed, ==, 10000);
	RUN("ethtool -s tap0 speed 2500 duplex half autoneg off");
	link_watcher_dispatch(listener.watcher);
	g_assert_cmpuint(link_watcher_by_name(listener.watcher, "tap0")->speed, ==, 10000);
	RUN("ip link set tap0 down");
	link_watcher_dispatch(listener.watcher);
	/* The news first, its speed later. */
	g_assert_cmpuint(listener.events->len, >=, 2);
	g_assert_cmpuint(nth(&listener, 0)->info.flags & IFF_UP, ==, 0);
	g_assert_cmpuint(nth(&listener, 0)->info.speed, ==, 10000);
	g_assert_cmpuint(nth(&listener, listener.events->len - 1)->info.speed, ==, 2500);
	g_assert_cmpuint(nth(&listener, listener.events->len - 1)->info.duplex, ==, BOND_DUPLEX_HALF);
	g_assert_cmpuint(listener.batches, ==, 2);
	assert_true_to_kernel(&listener);
	listener_close(&listener);
	RUN("ip link del tap0");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0) {
		g_printerr("no network namespace can be made: %s (run as root)\n", g_strerror(errno));
		return 77;
	}
	/* sysfs shows the devices of the namespace that it was mounted in. */
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		g_error("sysfs cannot be mounted: %s", g_strerror(errno));
	g_test_add_func("/link-watcher/initial", test_initial);
	g_test_add_func("/link-watcher/life", test_life);
	g_test_add_func("/link-watcher/carrier", test_carrier);
	g_test_add_func("/link-watcher/bridge", test_bridge);
	g_test_add_func("/link-watcher/refresh", test_refresh);
	g_test_add_func("/link-watcher/suspect", test_suspect);
	g_test_add_func("/link-watcher/suspect-foreign-sysfs", test_suspect_foreign_sysfs);
	g_test_add_func("/link-watcher/main-loop", test_main_loop);
	g_test_add_func("/link-watcher/speed", test_speed);
	g_test_add_func("/link-watcher/overrun", test_overrun);
	g_test_add_data_func("/link-watcher/storm/tiny", GSIZE_TO_POINTER(1), test_storm);
	g_test_add_data_func("/link-watcher/storm/big", GSIZE_TO_POINTER(LINK_WATCHER_RECEIVE_BUFFER), test_storm);
	g_test_add_func("/ethtool/features", test_features);
	g_test_add_func("/ethtool/driver-link", test_driver_link);
	g_test_add_func("/ethtool/ioctl", test_ioctl);
	return g_test_run();
}
