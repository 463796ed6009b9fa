/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ethtool.h"
#include "link-carrier.h"
#include "link-parse.h"
#include "link-watcher-private.h"
#include "netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <time.h>

/* A dispatch must end even while somebody changes links in an endless loop. */
#define DATAGRAMS_PER_DISPATCH 1024

/* Devices that come and go all the time may interrupt every dump; then each missing one is asked for by itself. */
#define DUMP_ATTEMPTS 16

/* A link that flaps is followed at the pace at which the kernel tells of it. */
#define STABLE_AFTER (200 * BOND_MSEC)

#define RESYNC_RETRY_USEC (100 * G_TIME_SPAN_MILLISECOND)

struct entry {
	struct link_info info;
	gboolean reread;   /* its speed was not read when its carrier went: telling of the loss came first */
	bond_time flipped; /* when its carrier last came or went */
};

struct link_watcher {
	int fd;			/* of notifications */
	struct netlink netlink; /* for questions: answers do not mix with notifications */
	struct ethtool *ethtool;
	guint8 *buffer;
	GHashTable *entries; /* ifindex -> struct entry */
	GSource *source;

	link_change_func changed;
	link_batch_func batch_end;
	void *user;

	gboolean quiet; /* the first dump is not news */
	gboolean stale; /* something was lost and not made up for yet */
	gboolean reread;
	gboolean batch_open;
	guint depth;
	struct link_watcher_stats stats;
};

static bond_time
monotonic_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * BOND_SEC + ts.tv_nsec;
}

static struct entry *
find(const struct link_watcher *watcher, int ifindex)
{
	return g_hash_table_lookup(watcher->entries, GINT_TO_POINTER(ifindex));
}

/* Callbacks get a copy: what they do may change the table. */
static void
report(struct link_watcher *watcher, enum link_change change, const struct link_info *info, bond_time time)
{
	const struct link_info copy = *info;

	if (watcher->quiet)
		return;
	watcher->batch_open = TRUE;
	watcher->changed(watcher->user, change, &copy, time);
}

static void
end_batch(struct link_watcher *watcher, bond_time time)
{
	if (!watcher->batch_open)
		return;
	watcher->batch_open = FALSE;
	if (watcher->batch_end != NULL)
		watcher->batch_end(watcher->user, time);
}

static void
read_speed(struct link_watcher *watcher, struct link_info *info)
{
	enum bond_duplex duplex;

	ethtool_get_link(watcher->ethtool, info->name, &info->speed, &duplex);
	info->duplex = (guint8) duplex;
}

/* --- What a message means, against what was known --- */

/*
 * The kernel tells of a veth's first end before there is a second one, and does not tell again; nor does an end that
 * stays behind say that the other went to another namespace.
 */
static void
set_twin(struct link_watcher *watcher, const struct link_info *info, int from, int to, bond_time time)
{
	struct entry *twin = find(watcher, info->link);

	if (twin == NULL || twin->info.link != from || !g_str_equal(info->kind, "veth") ||
	    !g_str_equal(twin->info.kind, "veth"))
		return;
	twin->info.link = to;
	report(watcher, LINK_CHANGED, &twin->info, time);
}

static void
added(struct link_watcher *watcher, struct link_info *info, bond_time time)
{
	struct entry *entry = g_new0(struct entry, 1);

	read_speed(watcher, info);
	memcpy(&entry->info, info, sizeof(*info));
	g_hash_table_insert(watcher->entries, GINT_TO_POINTER(info->ifindex), entry);
	report(watcher, LINK_ADDED, info, time);
	set_twin(watcher, info, 0, info->ifindex, time);
}

/* Asking the driver for its speed takes a while, so a loss of carrier is told first. */
static void
update_speed(struct link_watcher *watcher, struct entry *entry, struct link_info *info)
{
	gboolean was_up = (entry->info.flags & IFF_UP) != 0;
	gboolean is_up = (info->flags & IFF_UP) != 0;

	info->speed = entry->info.speed;
	info->duplex = entry->info.duplex;
	watcher->reread |= entry->reread;
	if (info->carrier == entry->info.carrier && is_up == was_up)
		return;
	if (info->carrier && is_up) {
		read_speed(watcher, info);
		entry->reread = FALSE;
	} else {
		entry->reread = TRUE;
		watcher->reread = TRUE;
	}
}

static void
lose_carrier(struct link_info *info)
{
	info->carrier = FALSE;
	info->flags &= ~(LINK_FLAG_LOWER_UP | (guint) IFF_RUNNING);
}

/* A notification may have been made before a loss that is known already (link_watcher_suspect()). */
static void
hold_loss(const struct link_watcher *watcher, struct link_info *info)
{
	const struct entry *entry = find(watcher, info->ifindex);

	if (entry == NULL || (gint32) (info->carrier_downs - entry->info.carrier_downs) >= 0)
		return;
	info->carrier_downs = entry->info.carrier_downs;
	lose_carrier(info);
}

static void
updated(struct link_watcher *watcher, struct entry *entry, struct link_info *info, bond_time time)
{
	gboolean renamed = !g_str_equal(entry->info.name, info->name);
	gboolean changed;

	update_speed(watcher, entry, info);
	if (info->carrier != entry->info.carrier)
		entry->flipped = time;
	memcpy(entry->info.name, info->name, sizeof(info->name));
	changed = memcmp(&entry->info, info, sizeof(*info)) != 0;
	memcpy(&entry->info, info, sizeof(*info));
	if (renamed)
		report(watcher, LINK_RENAMED, info, time);
	if (changed)
		report(watcher, LINK_CHANGED, info, time);
}

static void
removed(struct link_watcher *watcher, int ifindex, bond_time time)
{
	struct entry *entry = find(watcher, ifindex);
	struct link_info info;

	if (entry == NULL)
		return;
	memcpy(&info, &entry->info, sizeof(info));
	g_hash_table_remove(watcher->entries, GINT_TO_POINTER(ifindex));
	report(watcher, LINK_REMOVED, &info, time);
	set_twin(watcher, &info, ifindex, 0, time);
}

static void
apply(struct link_watcher *watcher, struct link_info *info, bond_time time)
{
	struct entry *entry = find(watcher, info->ifindex);

	if (entry == NULL)
		added(watcher, info, time);
	else
		updated(watcher, entry, info, time);
}

/* --- Questions --- */

static struct nlmsghdr *
begin_getlink(guint8 *buffer, guint16 flags, int ifindex)
{
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_GETLINK, flags);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return nlh;
}

static void
collect(void *user, const struct nlmsghdr *nlh)
{
	GArray *infos = user;
	struct link_info info;

	if (link_parse(nlh, &info) == LINK_MESSAGE_STATE)
		g_array_append_vals(infos, &info, 1);
}

/* Returns: 0 or an errno. */
static int
dump(struct link_watcher *watcher, GArray *infos, gboolean *interrupted)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct netlink_result result;

	for (guint attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
		g_array_set_size(infos, 0);
		netlink_talk(&watcher->netlink, begin_getlink(buffer, NLM_F_DUMP, 0), collect, infos, &result);
		*interrupted = result.interrupted;
		if (result.error != 0 || !result.interrupted)
			return result.error;
		watcher->stats.interrupted++;
	}
	return 0;
}

/* Returns: 0, or ENODEV if there is no such device, or another errno. */
static int
ask(struct link_watcher *watcher, int ifindex, struct link_info *info)
{
	g_autoptr(GArray) infos = g_array_new(FALSE, FALSE, sizeof(struct link_info));
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct netlink_result result;
	int code;

	code = netlink_talk(&watcher->netlink, begin_getlink(buffer, 0, ifindex), collect, infos, &result);
	if (code != 0)
		return code;
	if (infos->len != 1 || g_array_index(infos, struct link_info, 0).ifindex != ifindex)
		return EBADMSG;
	memcpy(info, infos->data, sizeof(*info));
	return 0;
}

/* --- Making up for lost messages --- */

static gboolean
contains(const GArray *infos, int ifindex)
{
	for (guint i = 0; i < infos->len; i++)
		if (g_array_index(infos, struct link_info, i).ifindex == ifindex)
			return TRUE;
	return FALSE;
}

static GArray *
missing_from(const struct link_watcher *watcher, const GArray *infos)
{
	GArray *missing = g_array_new(FALSE, FALSE, sizeof(int));
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, watcher->entries);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		int ifindex = GPOINTER_TO_INT(key);

		if (!contains(infos, ifindex))
			g_array_append_val(missing, ifindex);
	}
	return missing;
}

/* A dump that was interrupted may have skipped a device that is still there. */
static void
remove_missing(struct link_watcher *watcher, const GArray *infos, gboolean interrupted, bond_time now)
{
	g_autoptr(GArray) missing = missing_from(watcher, infos);

	for (guint i = 0; i < missing->len; i++) {
		int ifindex = g_array_index(missing, int, i);
		struct link_info info;

		if (!interrupted || ask(watcher, ifindex, &info) == ENODEV)
			removed(watcher, ifindex, now);
	}
}

/* Removals come first: a new device may have the name of a lost one. */
static int
resync(struct link_watcher *watcher)
{
	g_autoptr(GArray) infos = g_array_new(FALSE, FALSE, sizeof(struct link_info));
	gboolean interrupted = FALSE;
	int code = dump(watcher, infos, &interrupted);
	bond_time now = monotonic_now();

	if (code != 0)
		return code;
	remove_missing(watcher, infos, interrupted, now);
	for (guint i = 0; i < infos->len; i++)
		apply(watcher, &g_array_index(infos, struct link_info, i), now);
	watcher->stale = FALSE;
	return 0;
}

/* --- Notifications --- */

struct reading {
	struct link_watcher *watcher;
	bond_time time;
};

static void
notified(void *user, const struct nlmsghdr *nlh)
{
	struct reading *reading = user;
	struct link_info info;

	reading->watcher->stats.messages++;
	switch (link_parse(nlh, &info)) {
	case LINK_MESSAGE_STATE:
		hold_loss(reading->watcher, &info);
		apply(reading->watcher, &info, reading->time);
		break;
	case LINK_MESSAGE_GONE:
		removed(reading->watcher, info.ifindex, reading->time);
		break;
	case LINK_MESSAGE_OTHER:
		break;
	}
}

static void
lost(struct link_watcher *watcher)
{
	watcher->stats.overruns++;
	watcher->stale = TRUE;
}

/* Returns: FALSE when nothing waits. */
static gboolean
read_datagram(struct link_watcher *watcher)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = watcher->buffer, .iov_len = NETLINK_BUFFER_SIZE};
	struct msghdr msg = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	struct reading reading = {.watcher = watcher};
	struct netlink_result result = {0};
	gssize n = recvmsg(watcher->fd, &msg, MSG_DONTWAIT);

	if (n < 0) {
		if (errno == ENOBUFS)
			lost(watcher);
		return errno == ENOBUFS || errno == EINTR;
	}
	reading.time = monotonic_now();
	if (from.nl_pid != 0)
		return TRUE;
	if ((msg.msg_flags & MSG_TRUNC) != 0 ||
	    !netlink_walk(watcher->buffer, (gsize) n, 0, notified, &reading, &result))
		lost(watcher);
	return TRUE;
}

/*
 * After ENOBUFS the kernel drops messages, without another ENOBUFS, until the queue has been read empty: only then
 * can a dump be complete. Messages that were queued before the dump and read after it tell of older states, and are
 * followed, in the same batch, by those that lead to the dump's.
 */
static void
read_notifications(struct link_watcher *watcher)
{
	gboolean drained = FALSE;

	for (guint i = 0; i < DATAGRAMS_PER_DISPATCH && !drained; i++)
		drained = !read_datagram(watcher);
	if (watcher->stale && drained) {
		int code = resync(watcher);

		watcher->stats.resyncs++;
		if (code != 0)
			g_warning("links cannot be read after lost notifications, trying again: %s", g_strerror(code));
	}
}

static GArray *
take_rereads(struct link_watcher *watcher)
{
	GArray *due = g_array_new(FALSE, FALSE, sizeof(int));
	GHashTableIter iter;
	gpointer key;
	gpointer value;

	watcher->reread = FALSE;
	g_hash_table_iter_init(&iter, watcher->entries);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		struct entry *entry = value;
		int ifindex = GPOINTER_TO_INT(key);

		if (entry->reread)
			g_array_append_val(due, ifindex);
		entry->reread = FALSE;
	}
	return due;
}

static void
reread_speeds(struct link_watcher *watcher)
{
	g_autoptr(GArray) due = take_rereads(watcher);

	for (guint i = 0; i < due->len; i++) {
		struct entry *entry = find(watcher, g_array_index(due, int, i));
		struct link_info info;

		if (entry == NULL)
			continue;
		memcpy(&info, &entry->info, sizeof(info));
		read_speed(watcher, &info);
		if (memcmp(&info, &entry->info, sizeof(info)) == 0)
			continue;
		memcpy(&entry->info, &info, sizeof(info));
		report(watcher, LINK_CHANGED, &info, monotonic_now());
	}
}

/* Inside another call the outer one ends the batch. */
static void
finish(struct link_watcher *watcher)
{
	if (watcher->depth > 0)
		return;
	end_batch(watcher, monotonic_now());
	if (!watcher->reread)
		return;
	watcher->depth++;
	reread_speeds(watcher);
	watcher->depth--;
	end_batch(watcher, monotonic_now());
}

void
link_watcher_dispatch(struct link_watcher *watcher)
{
	watcher->depth++;
	read_notifications(watcher);
	watcher->depth--;
	finish(watcher);
}

gboolean
link_watcher_refresh(struct link_watcher *watcher, int ifindex, GError **error)
{
	struct link_info info;
	int code = ask(watcher, ifindex, &info);
	gboolean known = find(watcher, ifindex) != NULL;

	if (code != 0 && !(code == ENODEV && known)) {
		g_set_error(error, LINK_ERROR, code, "interface #%d cannot be read: %s", ifindex, g_strerror(code));
		return FALSE;
	}
	watcher->depth++;
	if (code == 0)
		apply(watcher, &info, monotonic_now());
	else
		removed(watcher, ifindex, monotonic_now());
	watcher->depth--;
	finish(watcher);
	return TRUE;
}

gboolean
link_watcher_suspect(struct link_watcher *watcher, int ifindex)
{
	struct link_carrier carrier;
	struct entry *entry;

	link_watcher_dispatch(watcher);
	entry = find(watcher, ifindex);
	if (entry == NULL || !entry->info.carrier || monotonic_now() - entry->flipped < STABLE_AFTER ||
	    !link_carrier_read(&entry->info, &carrier) || carrier.downs == entry->info.carrier_downs)
		return FALSE;
	entry->info.carrier_downs = carrier.downs;
	entry->flipped = monotonic_now();
	lose_carrier(&entry->info);
	if (!carrier.up)
		entry->info.flags &= ~(guint) IFF_UP;
	/* Only with the notification: ethtool would wait for the lock that we have just gone around. */
	entry->reread = TRUE;
	watcher->depth++;
	report(watcher, LINK_CHANGED, &entry->info, monotonic_now());
	watcher->depth--;
	finish(watcher);
	return TRUE;
}

/* --- Life --- */

static int
open_notifications(gsize receive_buffer)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	const int group = RTNLGRP_LINK;
	int size = (int) MIN(receive_buffer, (gsize) G_MAXINT / 2);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -1;
	/* Without the right to force it the size is cut to net.core.rmem_max; resync makes up for the rest. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *) &address, sizeof(address)) == 0 &&
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0)
		return fd;
	size = errno;
	close(fd);
	errno = size;
	return -1;
}

static gboolean
open_all(struct link_watcher *watcher, gsize receive_buffer, GError **error)
{
	int code;

	if (!netlink_open(&watcher->netlink, NETLINK_ROUTE, error))
		return FALSE;
	watcher->ethtool = ethtool_new(error);
	if (watcher->ethtool == NULL)
		return FALSE;
	watcher->fd = open_notifications(receive_buffer);
	if (watcher->fd < 0) {
		code = errno;
		g_set_error(error, LINK_ERROR, code, "cannot subscribe to link notifications: %s", g_strerror(code));
		return FALSE;
	}
	code = resync(watcher);
	if (code != 0) {
		g_set_error(error, LINK_ERROR, code, "cannot list the network interfaces: %s", g_strerror(code));
		return FALSE;
	}
	return TRUE;
}

struct link_watcher *
link_watcher_new_sized(gsize receive_buffer, link_change_func changed, link_batch_func batch_end, void *user,
		       GError **error)
{
	struct link_watcher *watcher = g_new0(struct link_watcher, 1);

	watcher->fd = -1;
	watcher->changed = changed;
	watcher->batch_end = batch_end;
	watcher->user = user;
	watcher->buffer = g_malloc(NETLINK_BUFFER_SIZE);
	watcher->entries = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	watcher->quiet = TRUE;
	if (!open_all(watcher, receive_buffer, error)) {
		link_watcher_free(watcher);
		return NULL;
	}
	watcher->quiet = FALSE;
	return watcher;
}

struct link_watcher *
link_watcher_new(link_change_func changed, link_batch_func batch_end, void *user, GError **error)
{
	return link_watcher_new_sized(LINK_WATCHER_RECEIVE_BUFFER, changed, batch_end, user, error);
}

void
link_watcher_free(struct link_watcher *watcher)
{
	if (watcher == NULL)
		return;
	if (watcher->source != NULL) {
		g_source_destroy(watcher->source);
		g_source_unref(watcher->source);
	}
	if (watcher->fd >= 0)
		close(watcher->fd);
	ethtool_free(watcher->ethtool);
	netlink_close(&watcher->netlink);
	g_hash_table_unref(watcher->entries);
	g_free(watcher->buffer);
	g_free(watcher);
}

int
link_watcher_fd(const struct link_watcher *watcher)
{
	return watcher->fd;
}

struct watcher_source {
	GSource source;
	struct link_watcher *watcher;
};

static gboolean
source_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
	struct link_watcher *watcher = ((struct watcher_source *) source)->watcher;

	link_watcher_dispatch(watcher);
	/* A resync that failed is tried again without waiting for the next notification. */
	g_source_set_ready_time(source, watcher->stale ? g_get_monotonic_time() + RESYNC_RETRY_USEC : -1);
	return G_SOURCE_CONTINUE;
}

GSource *
link_watcher_attach(struct link_watcher *watcher, GMainContext *context)
{
	static GSourceFuncs funcs = {.dispatch = source_dispatch};
	GSource *source;

	g_return_val_if_fail(watcher->source == NULL, NULL);
	source = g_source_new(&funcs, sizeof(struct watcher_source));
	((struct watcher_source *) source)->watcher = watcher;
	g_source_set_name(source, "link-watcher");
	g_source_set_priority(source, G_PRIORITY_HIGH);
	/* It never does; but GLib would take our descriptor out of the poll for each call, and look twice for it. */
	g_source_set_can_recurse(source, TRUE);
	g_source_add_unix_fd(source, watcher->fd, G_IO_IN);
	g_source_attach(source, context);
	watcher->source = g_source_ref(source);
	return source;
}

/* --- Reading --- */

const struct link_info *
link_watcher_by_name(const struct link_watcher *watcher, const char *name)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, watcher->entries);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct entry *entry = value;

		if (g_str_equal(entry->info.name, name))
			return &entry->info;
	}
	return NULL;
}

const struct link_info *
link_watcher_by_ifindex(const struct link_watcher *watcher, int ifindex)
{
	const struct entry *entry = find(watcher, ifindex);

	return entry != NULL ? &entry->info : NULL;
}

void
link_watcher_foreach(const struct link_watcher *watcher, void (*func)(void *user, const struct link_info *info),
		     void *user)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, watcher->entries);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		func(user, &((struct entry *) value)->info);
}

void
link_watcher_get_stats(const struct link_watcher *watcher, struct link_watcher_stats *stats)
{
	*stats = watcher->stats;
}
