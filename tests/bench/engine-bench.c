/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the engine's decision costs: nanoseconds a packet of bond_plan_transmit(), by mode and policy, over a loop that
 * only walks the same burst. Bursts of 32 frames, 4 ports, IPv4 TCP of 64 bytes; the median of several rounds.
 */
#include "engine/plan.h"

#include <stdlib.h>
#include <time.h>

#define BURST	   32
#define FRAME_SIZE 64
#define PORTS	   4
#define BURSTS	   20000 /* a round */
#define ROUNDS	   31

struct bench {
	guint8 memory[BURST][FRAME_SIZE];
	struct bond_frame frames[BURST];
	bond_port_id out[BURST];
	struct bond_plan_state state;
};

typedef void (*bench_func)(struct bench *bench, const struct bond_plan *plan);

static void
make_frame(guint8 *frame, guint flow)
{
	static const guint8 headers[] = {
	    0x02, 0x00, 0x00, 0x00, 0x10, 0x21, 0x02, 0x00, 0x00, 0x00, 0x20, 0x43, 0x08, 0x00, /* Ethernet */
	    0x45, 0x00, 0x00, 0x32, 0x12, 0x34, 0x40, 0x00, 0x40, 0x06, 0x00, 0x00,		/* IPv4 */
	    0xc0, 0x00, 0x02, 0x01, 0xc6, 0x33, 0x64, 0x07,
	};

	memcpy(frame, headers, sizeof(headers));
	frame[34] = 0x80;
	frame[35] = flow;
	frame[36] = 0x14;
	frame[37] = 0x51;
	frame[46] = 0x50;
}

static void
set_up(struct bench *bench)
{
	guint i;

	memset(bench, 0, sizeof(*bench));
	bench->state.random = 1;
	for (i = 0; i < BURST; i++) {
		make_frame(bench->memory[i], i * 7);
		bench->frames[i] = (struct bond_frame){.data = bench->memory[i], .len = FRAME_SIZE};
	}
}

/* What any worker does with a burst: look at each frame's descriptor and write down a port. */
static void
run_empty(struct bench *bench, const struct bond_plan *plan)
{
	guint i;

	for (i = 0; i < BURST; i++)
		bench->out[i] = (bond_port_id) bench->frames[i].len;
}

static void
run_transmit(struct bench *bench, const struct bond_plan *plan)
{
	bond_plan_transmit(plan, &bench->state, bench->frames, BURST, bench->out);
}

static double
nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* Nanoseconds a packet of one round. */
static double
run_round(struct bench *bench, const struct bond_plan *plan, bench_func run)
{
	double start = nanoseconds();
	guint i;

	for (i = 0; i < BURSTS; i++) {
		run(bench, plan);
		/* The compiler must believe that somebody reads the ports and changes the frames. */
		__asm__ volatile("" : : "r"(bench) : "memory");
	}
	return (nanoseconds() - start) / BURSTS / BURST;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *) a;
	double y = *(const double *) b;

	return x < y ? -1 : x > y;
}

struct figures {
	double over; /* the empty loop */
	double whole;
};

static double
median(double *values)
{
	qsort(values, ROUNDS, sizeof(values[0]), compare);
	return values[ROUNDS / 2];
}

/* Rounds of both alternate, so that a change of the CPU's clock meets both. */
static struct figures
measure(const struct bond_plan *plan)
{
	static struct bench bench;
	double over[ROUNDS];
	double whole[ROUNDS];
	guint i;

	set_up(&bench);
	run_round(&bench, plan, run_transmit);
	for (i = 0; i < ROUNDS; i++) {
		double empty = run_round(&bench, plan, run_empty);

		whole[i] = run_round(&bench, plan, run_transmit);
		over[i] = whole[i] - empty;
	}
	return (struct figures){.over = median(over), .whole = median(whole)};
}

static const struct {
	const char *mode;
	const char *detail;
	enum bond_plan_tx tx;
	enum bond_hash_policy policy;
	guint packets_per_slave;
	gboolean by_destination;
	gboolean by_slots;
} rows[] = {
    {"balance-rr", "packets_per_slave=1", BOND_PLAN_ROUND_ROBIN, BOND_HASH_LAYER2, 1},
    {"balance-rr", "packets_per_slave=8", BOND_PLAN_ROUND_ROBIN, BOND_HASH_LAYER2, 8},
    {"balance-rr", "packets_per_slave=0", BOND_PLAN_ROUND_ROBIN, BOND_HASH_LAYER2, 0},
    {"active-backup", "", BOND_PLAN_ONE},
    {"balance-xor", "layer2", BOND_PLAN_HASH, BOND_HASH_LAYER2},
    {"balance-xor", "layer2+3", BOND_PLAN_HASH, BOND_HASH_LAYER23},
    {"balance-xor", "layer3+4", BOND_PLAN_HASH, BOND_HASH_LAYER34},
    {"balance-xor", "encap2+3", BOND_PLAN_HASH, BOND_HASH_ENCAP23},
    {"balance-xor", "encap3+4", BOND_PLAN_HASH, BOND_HASH_ENCAP34},
    {"balance-xor", "vlan+srcmac", BOND_PLAN_HASH, BOND_HASH_VLAN_SRCMAC},
    {"broadcast", "", BOND_PLAN_BROADCAST},
    {"802.3ad", "layer2", BOND_PLAN_HASH, BOND_HASH_LAYER2},
    {"802.3ad", "layer2+3", BOND_PLAN_HASH, BOND_HASH_LAYER23},
    {"802.3ad", "layer3+4", BOND_PLAN_HASH, BOND_HASH_LAYER34},
    {"balance-tlb", "tlb_dynamic_lb=1", BOND_PLAN_BALANCE, BOND_HASH_LAYER2},
    {"balance-tlb", "tlb_dynamic_lb=0", BOND_PLAN_BALANCE, BOND_HASH_LAYER2, .by_slots = TRUE},
    {"balance-alb", "", BOND_PLAN_BALANCE, BOND_HASH_LAYER2, .by_destination = TRUE},
};

int
main(int argc, char **argv)
{
	guint i;
	guint port;

	g_print("%-15s %-20s %9s %9s\n", "mode", "policy", "ns/packet", "with loop");
	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bond_plan plan = {
		    .tx = rows[i].tx,
		    .policy = rows[i].policy,
		    .packets_per_slave = rows[i].packets_per_slave,
		    .n_slots = PORTS,
		    .usable = (1 << PORTS) - 1,
		    .igmp_port = BOND_PORT_NONE,
		    .by_destination = rows[i].by_destination,
		    .by_slots = rows[i].by_slots,
		};
		struct figures figures;

		for (port = 0; port < PORTS; port++)
			plan.slots[port] = port;
		for (port = 0; port < BOND_PLAN_TABLE_SIZE; port++)
			plan.table[port] = port % PORTS;
		figures = measure(&plan);
		g_print("%-15s %-20s %9.2f %9.2f\n", rows[i].mode, rows[i].detail, figures.over, figures.whole);
	}
	return 0;
}
