/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing devices, addresses and routes by rtnetlink. Each call is one request that waits for the kernel's answer
 * (some ten microseconds); errors are LINK_ERROR with the kernel's errno, and messages name the device.
 */
#pragma once

#include "link-watcher.h"

G_BEGIN_DECLS

struct link_config;

struct link_config *link_config_new(GError **error);
void link_config_free(struct link_config *config);

gboolean link_set_up(struct link_config *config, int ifindex, gboolean up, GError **error);
gboolean link_set_mac(struct link_config *config, int ifindex, const struct bond_mac *mac, GError **error);
gboolean link_set_mtu(struct link_config *config, int ifindex, guint mtu, GError **error);
/*
 * dev_set_promiscuity() for one user: on is +1, off is -1 of ours, whatever others have set. It shows in the count
 * that `ip -d link` prints, not in the flag, and ends with the process.
 */
gboolean link_set_promisc(struct link_config *config, int ifindex, gboolean on, GError **error);
/* The same for all multicast frames: dev_set_allmulti(). */
gboolean link_set_allmulti(struct link_config *config, int ifindex, gboolean on, GError **error);
/* The same for one multicast group: dev_mc_add() and dev_mc_del(). */
gboolean link_set_group(struct link_config *config, int ifindex, const struct bond_mac *group, gboolean on,
			GError **error);

/* An address or a route, of either family. */
struct link_address {
	int family; /* AF_INET, AF_INET6 */
	guint8 address[16];
	guint prefix;
	char label[16]; /* of an alias, IPv4 only; "" for none */
};

/* What a route is set with, besides its way; 0 for what is not said. */
struct link_route_metrics {
	guint32 mtu;
	guint32 window;
	guint32 advmss;
	guint32 cwnd;
	guint32 initcwnd;
	guint32 initrwnd;
	guint32 rto_min; /* ms */
	guint32 lock;	 /* 1 << RTAX_…: not to be changed by the kernel */
	gboolean quickack;
};

struct link_route {
	int family;
	guint8 destination[16];
	guint prefix; /* 0: the default route */
	guint8 gateway[16];
	gboolean has_gateway;
	guint32 metric;
	guint32 table; /* 0: main */
	guint8 type;   /* RTN_…, 0: unicast; one that leads nowhere has no interface */
	guint8 tos;
	gboolean has_scope;
	guint8 scope;
	gboolean onlink;
	gboolean has_source;
	guint8 source[16]; /* the address to send from */
	struct link_route_metrics metrics;
};

/*
 * Adding what is there and removing what is not both succeed; a route of the same destination and metric by another
 * way is EEXIST. IPv4 addresses get their network's broadcast address.
 */
gboolean link_add_address(struct link_config *config, int ifindex, const struct link_address *address, GError **error);
gboolean link_remove_address(struct link_config *config, int ifindex, const struct link_address *address,
			     GError **error);
gboolean link_add_route(struct link_config *config, int ifindex, const struct link_route *route, GError **error);
gboolean link_remove_route(struct link_config *config, int ifindex, const struct link_route *route, GError **error);

/* How a frame to some address leaves this host. */
struct link_way {
	int ifindex;
	guint8 source[16];
	gboolean has_source;
};

/**
 * link_find_way:
 * @family: AF_INET or AF_INET6
 * @destination: of the family's length
 * @ifindex: the interface it must leave by; 0: any
 *
 * Asks the kernel's routing, as a connect() would.
 *
 * Returns: 0, or the errno: ENETUNREACH or EHOSTUNREACH if there is no route.
 */
int link_find_way(struct link_config *config, int family, const guint8 *destination, int ifindex, struct link_way *way);

/**
 * link_list_addresses:
 *
 * Returns: (transfer full) (element-type struct link_address): the addresses of a device, tentative ones left out.
 */
GArray *link_list_addresses(struct link_config *config, int ifindex, GError **error);

G_END_DECLS
