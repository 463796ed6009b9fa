/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "address-cache.h"

#include "link-parse.h"
#include "netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

/* A dump that changes interrupt again and again is used as it is, and read anew the next time. */
#define DUMP_ATTEMPTS 16
/* News that are thrown away in one look; if there is still more, the next look goes on. */
#define NEWS_PER_LOOK 256

struct held_address {
	int ifindex;
	struct link_address address;
};

struct address_cache {
	int fd; /* of news: they are not looked at, only that there are some */
	struct netlink netlink;
	GArray *addresses; /* struct held_address */
	gboolean valid;
	guint64 n_reads;
};

static int
open_news(void)
{
	const struct sockaddr_nl address = {
	    .nl_family = AF_NETLINK,
	    .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int code;

	if (fd < 0 || bind(fd, (const struct sockaddr *) &address, sizeof(address)) == 0)
		return fd;
	code = errno;
	close(fd);
	errno = code;
	return -1;
}

struct address_cache *
address_cache_new(GError **error)
{
	struct address_cache *cache = g_new0(struct address_cache, 1);
	int code;

	cache->addresses = g_array_new(FALSE, FALSE, sizeof(struct held_address));
	cache->fd = open_news();
	code = errno;
	if (cache->fd >= 0 && netlink_open(&cache->netlink, NETLINK_ROUTE, error))
		return cache;
	if (cache->fd < 0)
		g_set_error(error, LINK_ERROR, code, "cannot subscribe to news of addresses: %s", g_strerror(code));
	address_cache_free(cache);
	return NULL;
}

void
address_cache_free(struct address_cache *cache)
{
	if (cache == NULL)
		return;
	netlink_close(&cache->netlink);
	if (cache->fd >= 0)
		close(cache->fd);
	g_array_unref(cache->addresses);
	g_free(cache);
}

/* Returns whether there were any. One that does not fit, and ENOBUFS for those that were lost, are news as well. */
static gboolean
take_news(struct address_cache *cache)
{
	guint8 byte;
	guint n = 0;

	for (; n < NEWS_PER_LOOK; n++) {
		if (recv(cache->fd, &byte, sizeof(byte), MSG_DONTWAIT) < 0 && errno != ENOBUFS && errno != EINTR)
			break;
	}
	return n > 0;
}

static void
collect(void *user, const struct nlmsghdr *nlh)
{
	struct address_cache *cache = user;
	struct held_address held;
	gboolean usable;

	if (link_parse_address(nlh, &held.address, &held.ifindex, &usable) && usable)
		g_array_append_val(cache->addresses, held);
}

static void
read_addresses(struct address_cache *cache)
{
	struct netlink_result result;
	guint attempts = 0;

	do {
		guint8 buffer[NETLINK_REQUEST_SIZE];
		struct nlmsghdr *nlh = netlink_begin(buffer, RTM_GETADDR, NLM_F_DUMP);

		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
		g_array_set_size(cache->addresses, 0);
		netlink_talk(&cache->netlink, nlh, collect, cache, &result);
		cache->n_reads++;
	} while (result.error == 0 && result.interrupted && ++attempts < DUMP_ATTEMPTS);
	cache->valid = result.error == 0 && !result.interrupted;
	if (result.error != 0)
		g_warning("cannot read the addresses of this host: %s", g_strerror(result.error));
}

void
address_cache_foreach(struct address_cache *cache, int family, const guint8 *address,
		      gboolean (*func)(void *user, int ifindex), void *user)
{
	gsize size = family == AF_INET ? 4 : 16;

	/* News first: what is read afterwards contains what they tell. */
	if (take_news(cache))
		cache->valid = FALSE;
	if (!cache->valid)
		read_addresses(cache);
	for (guint i = 0; i < cache->addresses->len; i++) {
		const struct held_address *held = &g_array_index(cache->addresses, struct held_address, i);

		if (held->address.family == family && memcmp(held->address.address, address, size) == 0 &&
		    !func(user, held->ifindex))
			return;
	}
}

guint64
address_cache_n_reads(const struct address_cache *cache)
{
	return cache->n_reads;
}
