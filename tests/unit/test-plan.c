/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/hash.h"
#include "engine/plan.h"

#include "frames.h"

#define BURST 100

/* A burst of UDP flows, one frame each. */
struct fixture {
	GByteArray *memory[BURST];
	struct bond_frame frames[BURST];
	bond_port_id out[BURST];
	struct bond_plan_state state;
	struct bond_plan plan;
};

static void
set_up(struct fixture *fx, gconstpointer data)
{
	guint i;

	for (i = 0; i < BURST; i++) {
		GByteArray *f = frame_eth(WIRE_IP4);

		frame_ip4(f, WIRE_PROTO_UDP, 0, 30);
		frame_udp(f, 1000 + i, 53, 22);
		fx->memory[i] = f;
		fx->frames[i] = (struct bond_frame){.data = f->data, .len = f->len};
	}
	memset(fx->out, 0xaa, sizeof(fx->out));
	fx->plan = (struct bond_plan){
	    .n_slots = 3,
	    .slots = {5, 0, 63},
	    .usable = (guint64) 1 << 5 | 1 << 0 | (guint64) 1 << 63,
	    .igmp_port = BOND_PORT_NONE,
	    .packets_per_slave = 1,
	};
	memset(fx->plan.queue_port, BOND_PORT_NONE, sizeof(fx->plan.queue_port));
}

static void
tear_down(struct fixture *fx, gconstpointer data)
{
	guint i;

	for (i = 0; i < BURST; i++)
		g_byte_array_unref(fx->memory[i]);
}

static void
transmit(struct fixture *fx, enum bond_plan_tx tx)
{
	fx->plan.tx = tx;
	bond_plan_transmit(&fx->plan, &fx->state, fx->frames, BURST, fx->out);
}

static void
assert_all(const struct fixture *fx, bond_port_id port)
{
	guint i;

	for (i = 0; i < BURST; i++)
		g_assert_cmpuint(fx->out[i], ==, port);
}

static void
make_igmp(struct fixture *fx, guint i)
{
	fx->memory[i]->data[14 + 9] = WIRE_PROTO_IGMP;
}

static void
test_simple(struct fixture *fx, gconstpointer data)
{
	transmit(fx, BOND_PLAN_DROP);
	assert_all(fx, BOND_PORT_NONE);
	transmit(fx, BOND_PLAN_ONE);
	assert_all(fx, 5);
	transmit(fx, BOND_PLAN_BROADCAST);
	assert_all(fx, BOND_PORT_EVERY);
}

/* Whatever the mode, no port means drop. */
static void
test_no_port(struct fixture *fx, gconstpointer data)
{
	enum bond_plan_tx tx;

	fx->plan.n_slots = 0;
	fx->plan.usable = 0;
	for (tx = BOND_PLAN_DROP; tx <= BOND_PLAN_BROADCAST; tx++) {
		memset(fx->out, 0xaa, sizeof(fx->out));
		transmit(fx, tx);
		assert_all(fx, BOND_PORT_NONE);
	}
}

static void
test_nothing(struct fixture *fx, gconstpointer data)
{
	enum bond_plan_tx tx;

	for (tx = BOND_PLAN_DROP; tx <= BOND_PLAN_BROADCAST; tx++) {
		fx->plan.tx = tx;
		bond_plan_transmit(&fx->plan, &fx->state, fx->frames, 0, fx->out);
	}
	g_assert_cmpuint(fx->out[0], ==, 0xaa);
}

/* Remainders of every number of ports, and bursts longer than one chunk of hashes. */
static void
test_hash(struct fixture *fx, gconstpointer data)
{
	guint n;
	guint i;

	for (i = 0; i < BOND_MAX_PORTS; i++)
		fx->plan.slots[i] = BOND_MAX_PORTS - 1 - i;
	for (n = 1; n <= BOND_MAX_PORTS; n++) {
		fx->plan.n_slots = n;
		for (fx->plan.policy = 0; fx->plan.policy < BOND_N_HASH_POLICIES; fx->plan.policy++) {
			transmit(fx, BOND_PLAN_HASH);
			for (i = 0; i < BURST; i++) {
				guint32 hash =
				    bond_hash_frame(fx->frames[i].data, fx->frames[i].len, FALSE, 0, fx->plan.policy);

				g_assert_cmpuint(fx->out[i], ==, BOND_MAX_PORTS - 1 - hash % n);
			}
		}
	}
}

static void
test_round_robin(struct fixture *fx, gconstpointer data)
{
	guint i;

	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	for (i = 0; i < BURST; i++)
		g_assert_cmpuint(fx->out[i], ==, fx->plan.slots[(i + 1) % 3]);
	/* The next burst goes on where this one ended. */
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	g_assert_cmpuint(fx->out[0], ==, fx->plan.slots[(BURST + 1) % 3]);
}

static void
test_round_robin_packets(struct fixture *fx, gconstpointer data)
{
	guint i;

	fx->plan.packets_per_slave = 7;
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	for (i = 0; i < BURST; i++)
		g_assert_cmpuint(fx->out[i], ==, fx->plan.slots[(i + 1) / 7 % 3]);
}

/* The counter is a u32: where it comes round, so does the kernel's. */
static void
test_round_robin_wrap(struct fixture *fx, gconstpointer data)
{
	fx->state.rr_counter = G_MAXUINT32 - 1;
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	g_assert_cmpuint(fx->out[0], ==, fx->plan.slots[G_MAXUINT32 % 3]);
	g_assert_cmpuint(fx->out[1], ==, fx->plan.slots[0]);
}

static void
test_round_robin_random(struct fixture *fx, gconstpointer data)
{
	guint counts[64] = {0};
	guint round;
	guint i;

	fx->plan.packets_per_slave = 0;
	for (round = 0; round < 100; round++) {
		transmit(fx, BOND_PLAN_ROUND_ROBIN);
		for (i = 0; i < BURST; i++)
			counts[fx->out[i]]++;
	}
	for (i = 0; i < 3; i++)
		g_assert_cmpuint(counts[fx->plan.slots[i]], >, 3000);
	g_assert_cmpuint(counts[5] + counts[0] + counts[63], ==, 100 * BURST);
	g_assert_cmpuint(fx->state.rr_counter, ==, 0);
}

/* The neighbour after a dead port has the double share. */
static void
test_round_robin_dead(struct fixture *fx, gconstpointer data)
{
	guint i;

	fx->plan.usable &= ~(guint64) 1; /* port 0, slot 1 */
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	for (i = 0; i < BURST; i++)
		g_assert_cmpuint(fx->out[i], ==, (i + 1) % 3 == 0 ? 5 : 63);
	fx->plan.usable = 1; /* the last slots walk round to the front */
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	assert_all(fx, 0);
	fx->plan.usable = 0;
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	assert_all(fx, BOND_PORT_NONE);
}

/* IGMP stays on one port and does not count. */
static void
test_round_robin_igmp(struct fixture *fx, gconstpointer data)
{
	make_igmp(fx, 1);
	fx->plan.igmp_port = 63;
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	g_assert_cmpuint(fx->out[0], ==, fx->plan.slots[1]);
	g_assert_cmpuint(fx->out[1], ==, 63);
	g_assert_cmpuint(fx->out[2], ==, fx->plan.slots[2]);
	/* Without an active port the first usable one has it. */
	fx->plan.igmp_port = BOND_PORT_NONE;
	fx->plan.usable = (guint64) 1 << 63;
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	g_assert_cmpuint(fx->out[1], ==, 63);
}

/* IGMP behind a tag, beside or inside, but not behind both: there the kernel sees no IP. */
static void
test_round_robin_igmp_vlan(struct fixture *fx, gconstpointer data)
{
	g_autoptr(GByteArray) tagged = frame_eth(WIRE_8021Q);

	frame_vlan(tagged, 9, WIRE_IP4);
	frame_ip4(tagged, WIRE_PROTO_IGMP, 0, 8);
	fx->plan.igmp_port = 5;
	fx->frames[0] = (struct bond_frame){.data = tagged->data, .len = tagged->len};
	make_igmp(fx, 1);
	fx->frames[1].has_vlan = TRUE;
	fx->frames[2] = (struct bond_frame){.data = tagged->data, .len = tagged->len, .has_vlan = TRUE};
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	g_assert_cmpuint(fx->out[0], ==, 5);
	g_assert_cmpuint(fx->out[1], ==, 5);
	g_assert_cmpuint(fx->out[2], ==, fx->plan.slots[1]);
}

static void
set_queues(struct fixture *fx)
{
	fx->plan.n_queues = 17;
	fx->plan.queue_port[2] = 40;
	fx->plan.queue_port[16] = 41;
	fx->frames[1].queue = 2;
	fx->frames[3].queue = 3;
	fx->frames[4].queue = 16;
	fx->frames[5].queue = 17;
	fx->frames[BURST - 1].queue = 2;
}

/* A queue's port has its frames, they do not count for the mode; a queue without a port is left to the mode. */
static void
test_queues(struct fixture *fx, gconstpointer data)
{
	guint counted = 0;
	guint i;

	set_queues(fx);
	transmit(fx, BOND_PLAN_ROUND_ROBIN);
	for (i = 0; i < BURST; i++) {
		if (fx->frames[i].queue == 2)
			g_assert_cmpuint(fx->out[i], ==, 40);
		else if (fx->frames[i].queue == 16)
			g_assert_cmpuint(fx->out[i], ==, 41);
		else
			g_assert_cmpuint(fx->out[i], ==, fx->plan.slots[++counted % 3]);
	}
	g_assert_cmpuint(counted, ==, BURST - 3);
	g_assert_cmpuint(fx->state.rr_counter, ==, counted);
}

static void
test_queues_every_mode(struct fixture *fx, gconstpointer data)
{
	enum bond_plan_tx tx;

	set_queues(fx);
	for (tx = BOND_PLAN_DROP; tx <= BOND_PLAN_BROADCAST; tx++) {
		transmit(fx, tx);
		g_assert_cmpuint(fx->out[1], ==, 40);
		g_assert_cmpuint(fx->out[4], ==, 41);
		g_assert_cmpuint(fx->out[0], !=, 40);
	}
}

static void
test_receive(struct fixture *fx, gconstpointer data)
{
	fx->plan.rx[1] = BOND_PLAN_RX_ALL;
	fx->plan.rx[2] = BOND_PLAN_RX_EXACT;
	g_assert_false(bond_plan_receive(&fx->plan, 0));
	g_assert_true(bond_plan_receive(&fx->plan, 1));
	g_assert_false(bond_plan_receive(&fx->plan, 2));
}

static const struct {
	const char *path;
	void (*run)(struct fixture *fx, gconstpointer data);
} cases[] = {
    {"/plan/simple", test_simple},
    {"/plan/no-port", test_no_port},
    {"/plan/nothing", test_nothing},
    {"/plan/hash", test_hash},
    {"/plan/round-robin/each", test_round_robin},
    {"/plan/round-robin/packets", test_round_robin_packets},
    {"/plan/round-robin/wrap", test_round_robin_wrap},
    {"/plan/round-robin/random", test_round_robin_random},
    {"/plan/round-robin/dead", test_round_robin_dead},
    {"/plan/round-robin/igmp", test_round_robin_igmp},
    {"/plan/round-robin/igmp-vlan", test_round_robin_igmp_vlan},
    {"/plan/queues/round-robin", test_queues},
    {"/plan/queues/every-mode", test_queues_every_mode},
    {"/plan/receive", test_receive},
};

int
main(int argc, char **argv)
{
	guint i;

	g_test_init(&argc, &argv, NULL);
	for (i = 0; i < G_N_ELEMENTS(cases); i++)
		g_test_add(cases[i].path, struct fixture, NULL, set_up, cases[i].run, tear_down);
	return g_test_run();
}
