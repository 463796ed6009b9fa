/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bonds of the engine, wired to each other: each is the partner of the others, as switches would be.
 */
#pragma once

#include "engine-fixture.h"
#include "engine/lacp-info.h"
#include "engine/lacpdu.h"

G_BEGIN_DECLS

#define NET_MAX_SIDES 3

enum { A, B, C };

/* One end of a cable. */
struct net_end {
	gboolean used;
	guint side;
	guint port;
};

struct net {
	struct fx *sides[NET_MAX_SIDES];
	struct net_end far[NET_MAX_SIDES][FX_MAX_DEVICES]; /* what is at the other end of a port's cable */
	gboolean silent[NET_MAX_SIDES][FX_MAX_DEVICES];	   /* what the port sends gets lost, and nobody is told */
	GQueue flights;
	guint sent[NET_MAX_SIDES];			   /* LACPDUs */
	guint8 seen[NET_MAX_SIDES];			   /* all bits of state that a side has told of itself */
	guint runs[NET_MAX_SIDES];			   /* how often the engine was woken */
	struct lacpdu last[NET_MAX_SIDES][FX_MAX_DEVICES]; /* that a port has sent */
};

struct net *net_new(void);
void net_free(struct net *net);
/* A bond in mode 802.3ad with miimon=100; @settings: "name", "value", …, NULL. Its ports have addresses of their own. */
struct fx *net_add(struct net *net, guint side, const char *const *settings);
/* The host of @side is gone without a word, and another stands in its place. */
struct fx *net_replace(struct net *net, guint side, const char *const *settings);
/* A cable between two ports; those that were in either are pulled out first. */
void net_cable(struct net *net, guint side, guint port, guint far_side, guint far_port);
void net_unplug(struct net *net, guint side, guint port);
/* Nothing gets through the cable any more, or again; both ends keep their carrier. */
void net_silence(struct net *net, guint side, guint port, gboolean silent);
/* The usual: A and B with @n ports, cabled one to one, up. Waits @ms. */
struct net *net_pair(const char *const *a, const char *const *b, guint n, guint ms);
/* All clocks turn together. */
void net_wait(struct net *net, guint ms);
/* Time passes, and nobody gets to do anything: as when the machine that all of them are on was stopped. */
void net_stand_still(struct net *net, guint ms);
/* Waits until A's plan is @plan, at most @ms; returns how long it took. */
guint net_wait_plan(struct net *net, const char *plan, guint ms);

struct bond_lacp_info net_info(struct net *net, guint side, guint port);
/* The word of the verdict. */
const char *net_verdict(struct net *net, guint side, guint port);
/* A at the fast rate, whose p0 and p1 lead to B, p2 to p4 to C; all have found each other. */
struct net *net_two_partners(const char *ad_select);
/* The device of p@port tells another speed. */
void net_set_speed(struct net *net, guint side, guint port, guint32 speed, enum bond_duplex duplex);

G_END_DECLS
