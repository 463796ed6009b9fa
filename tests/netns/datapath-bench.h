/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond0 over p0, p1, … of a far-end network, with plans made by hand.
 */
#pragma once

#include "datapath/datapath.h"
#include "far-end.h"

G_BEGIN_DECLS

#define N_FRAMES 2000
/* What comes at all comes sooner than that, on whatever machine: nobody waits longer than it takes. */
#define PATIENCE_MS 30000

struct bench {
	struct far_end *far;
	struct datapath *dp;
	guint64 generation;
	int host; /* raw socket on bond0 */
};

/* Makes the network, bond0 and its first @n_ports ports; bond0 is up and has carrier. */
void bench_begin(struct bench *bench, enum datapath_host host, guint mtu, guint n_ports);
/* The same with several workers. */
void bench_begin_queues(struct bench *bench, enum datapath_host host, guint mtu, guint n_ports, guint n_queues,
			gboolean busy_poll);
/* The same with a UMEM of so many frames. */
void bench_begin_frames(struct bench *bench, enum datapath_host host, guint n_ports, guint n_frames);
/* Checks that nothing was lost, and removes all. */
void bench_end(struct bench *bench);

void add_port(struct bench *bench, guint id);

/* A plan that sends by @tx over the ports of @slots ("01" is p0 and p1) and receives on those of @receive. */
void publish(struct bench *bench, enum bond_plan_tx tx, const char *slots, const char *receive);
/* The same, with what the control thread is to see: enum bond_plan_control. */
void publish_control(struct bench *bench, enum bond_plan_tx tx, const char *slots, const char *receive, guint control);
/* All that the host sends goes to @id, of a port or BOND_PORT_CONTROL. */
void publish_port(struct bench *bench, bond_port_id id, guint control);

/* Frames are all accounted for, and none is in anybody's hands for good. */
void check_census(struct bench *bench);

/* Waits until port @id, or with BOND_PORT_NONE the bond, has dropped at least @n frames for @cause; how many it has. */
guint64 wait_drops(struct bench *bench, bond_port_id id, enum datapath_drop cause, guint64 n);

/* Sends @n frames into @from and wants all of them, whole, once, out of @to. */
void expect_all(int from, int to, guint n, gsize len, guint16 vlan);

void wait_running(const char *ifname, gboolean running);

/* Adds a test that gets a host side, once for each: /datapath/@host/@name. */
void bench_add_test(const char *name, GTestDataFunc func);

G_END_DECLS
