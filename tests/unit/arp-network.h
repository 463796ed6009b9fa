/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A switch with hosts behind the ports of the made-up world, for tests of the ARP and NS monitor.
 */
#pragma once

#include "engine-fixture.h"

G_BEGIN_DECLS

#define INTERVAL   100
#define US	   "192.168.7.1"
#define TARGET	   "192.168.7.254"
#define TARGET2	   "192.168.7.253"
#define STRANGER   "192.168.7.99"
#define US6	   "2001:db8::1"
#define TARGET6	   "2001:db8::fe"
#define STRANGER6  "2001:db8::99"
#define ALL_NODES6 "ff02::1"

struct net_frame {
	guint8 b[128];
	gsize len;
};

extern const struct bond_mac net_broadcast;

/* @op: 1 request, 2 reply */
struct net_frame net_arp(const struct bond_mac *to, guint16 op, const char *sender, const char *target);
/* @type: 135 solicitation, 136 advertisement */
struct net_frame net_nd(const struct bond_mac *to, guint8 type, const char *source, const char *destination);
/* Neither ARP nor IPv6. */
struct net_frame net_data(const struct bond_mac *to);

enum net_kind {
	NET_DATA,
	NET_FOREIGN,  /* ARP or ND, but not between a target and us */
	NET_ANSWER,   /* of a target to us */
	NET_QUESTION, /* of our active port, come round by the switch */
	NET_N_KINDS,
};

/* One that p@port receives. */
struct net_frame net_make(struct fx *fx, guint port, enum net_kind kind, gboolean ipv6);

/* A switch to which all ports lead, and hosts on it. */
struct network {
	gboolean cut[FX_MAX_DEVICES]; /* silently: the port keeps its carrier */
	const char *answering[2];     /* who answers to probes; NULL: nobody */
	guint probes[FX_MAX_DEVICES];
	struct net_frame last; /* probe */
	GQueue arriving;       /* struct arrival */
	gboolean no_address;
	enum bond_route_way way;
	struct bond_route route;
};

struct bond_ip net_ip(const char *text);
gboolean net_asks_for(const struct net_frame *f, const char *host);
/* @frame is on its way to p@port, and there after net_deliver() or net_wait(). */
void net_arrive(struct network *net, guint port, const struct net_frame *frame);
void net_deliver(struct fx *fx);
void net_wait(struct fx *fx, guint ms);
/* Sets an option as netlink does. */
void net_set(struct fx *fx, const char *name, const char *value);
/* A bond with arp_interval=100 in this network. @targets: addresses with commas, all of one kind */
struct fx *net_monitoring(struct network *net, const char *mode, const char *targets);
/* No host answers any more. */
void net_silence(struct network *net);
/* The links of all ports: "up, going back". */
char *net_links(struct fx *fx);
#define assert_links(fx, expected)                                                                                     \
	do {                                                                                                           \
		g_autofree char *links_ = net_links(fx);                                                               \
		g_assert_cmpstr(links_, ==, expected);                                                                 \
	} while (0)

/* Milliseconds until p@i is down, up to @limit. */
guint net_until_down(struct fx *fx, guint i, guint limit);

G_END_DECLS
