/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is explained is what happens: thousands of frames, explained first and then sent by the plan in force, or by the
 * engine where the plan leaves it to that.
 */
#include "engine-fixture.h"

#include "engine/explain.h"
#include "engine/flow-frame.h"
#include "engine/hash.h"
#include "engine/wire.h"

#include <errno.h>

#define N_PORTS	 3
#define N_FRAMES 3000

struct sender {
	struct fx *fx;
	guint64 ports; /* bit per port id, by which the last frame left */
};

static void
on_send(struct fx *fx, guint i, const guint8 *frame, gsize len)
{
	struct sender *sender = fx->network;

	sender->ports |= G_GUINT64_CONSTANT(1) << port_id(fx_port(fx, i));
}

static guint8
any_byte(GRand *dice)
{
	return (guint8) g_rand_int_range(dice, 0, 256);
}

static void
random_mac(GRand *dice, struct bond_mac *mac)
{
	for (guint i = 0; i < BOND_ETH_ALEN; i++)
		mac->b[i] = any_byte(dice);
}

/* Of the kinds that are told apart somewhere. */
static void
random_fields(const struct fx *fx, GRand *dice, struct flow_fields *fields)
{
	static const guint16 types[] = {0, 0, 0, WIRE_IP4, WIRE_IP6, WIRE_ARP, WIRE_PTP, 0x1234};
	static const guint8 protocols[] = {WIRE_PROTO_TCP,  WIRE_PROTO_UDP,    WIRE_PROTO_ICMP,
					   WIRE_PROTO_IGMP, WIRE_PROTO_ICMPV6, WIRE_PROTO_ESP};

	*fields = (struct flow_fields){.ether_type = types[g_rand_int_range(dice, 0, G_N_ELEMENTS(types))]};
	fields->source_mac = *bond_get_mac(fx->bond);
	if (g_rand_int_range(dice, 0, 4) == 0)
		random_mac(dice, &fields->source_mac);
	random_mac(dice, &fields->destination_mac);
	if (g_rand_int_range(dice, 0, 4) == 0)
		memset(fields->destination_mac.b, 0xff, BOND_ETH_ALEN);
	fields->has_vlan = g_rand_int_range(dice, 0, 4) == 0;
	fields->vlan = (guint16) g_rand_int(dice);
	fields->source.is_ipv6 = fields->destination.is_ipv6 = fields->ether_type == WIRE_IP6 || g_rand_boolean(dice);
	for (guint i = 0; i < 16; i++) {
		fields->source.bytes[i] = any_byte(dice);
		fields->destination.bytes[i] = any_byte(dice);
	}
	fields->has_source = fields->has_destination = fields->ether_type == 0;
	fields->protocol = protocols[g_rand_int_range(dice, 0, G_N_ELEMENTS(protocols))];
	/* The first byte of ICMPv6 is its type: neighbour discovery is 135 and 136. */
	fields->source_port = g_rand_boolean(dice) ? (guint16) g_rand_int(dice) : 135 << 8;
	fields->destination_port = (guint16) g_rand_int(dice);
}

/* As it is, cut somewhere, or with bytes that are no such frame. */
static gsize
spoil(GRand *dice, guint8 *frame, gsize len)
{
	if (g_rand_int_range(dice, 0, 8) == 0)
		len = (gsize) g_rand_int_range(dice, 14, (gint) len + 1);
	if (g_rand_int_range(dice, 0, 8) == 0)
		frame[g_rand_int_range(dice, 0, (gint) len)] = any_byte(dice);
	return len;
}

static guint64
send_it(struct sender *sender, const struct bond_plan_state *state, const struct bond_frame *frame)
{
	g_autofree struct bond_plan_state *worker = g_memdup2(state, sizeof(*state));
	const struct bond_plan *plan = sender->fx->plan;
	bond_port_id port;

	sender->ports = 0;
	bond_plan_transmit(plan, worker, frame, 1, &port);
	if (port == BOND_PORT_CONTROL)
		bond_transmit_frame(sender->fx->bond, frame->data, frame->len, sender->fx->now);
	else if (port == BOND_PORT_EVERY)
		for (guint i = 0; i < plan->n_slots; i++)
			sender->ports |= G_GUINT64_CONSTANT(1) << plan->slots[i];
	else if (port != BOND_PORT_NONE)
		sender->ports = G_GUINT64_CONSTANT(1) << port;
	return sender->ports;
}

/* The way that is told leads to the port that is told. */
static void
assert_way(const struct fx *fx, const struct bond_frame *frame, const struct explanation *e)
{
	const struct bond_plan *plan = fx->plan;
	guint32 hash = bond_hash_frame(frame->data, frame->len, frame->has_vlan, frame->vlan, plan->policy);

	if (e->uses_hash)
		g_assert_cmpuint(e->trace.hash, ==, hash);
	switch (e->trace.way) {
	case BOND_PLAN_WAY_HASH:
		g_assert_cmpuint(e->trace.slot, ==, hash % plan->n_slots);
		g_assert_cmpuint(plan->slots[e->trace.slot], ==, e->port);
		break;
	case BOND_PLAN_WAY_TABLE:
		g_assert_cmpuint(plan->table[e->trace.slot], ==, e->port);
		break;
	case BOND_PLAN_WAY_TURN:
		if (plan->usable >> plan->slots[e->trace.slot] & 1)
			g_assert_cmpuint(plan->slots[e->trace.slot], ==, e->port);
		break;
	case BOND_PLAN_WAY_UNBALANCED:
		g_assert_cmpuint(plan->unbalanced, ==, e->port);
		break;
	case BOND_PLAN_WAY_NONE:
		g_assert_cmpuint(e->port, ==, BOND_PORT_NONE);
		break;
	default:
		break;
	}
}

static void
assert_words(const struct fx *fx, const struct explanation *e)
{
	const struct bond_port *candidates[BOND_MAX_PORTS];
	g_autofree char *reason = explain_reason(fx->bond, e);
	g_autofree char *input = explain_hash_input(fx->bond, e);
	const struct bond_port *port = explain_port(fx->bond, e->port);
	gboolean all = e->trace.port == BOND_PORT_EVERY;

	g_assert_cmpuint(strlen(reason), >, 10);
	if (port != NULL && !all && e->trace.way != BOND_PLAN_WAY_RANDOM)
		g_assert_nonnull(strstr(reason, port_name(port)));
	g_assert_cmpint(*input != '\0', ==, e->uses_hash);
	g_assert_cmpuint(explain_candidates(fx->bond, e, candidates), <=, N_PORTS);
}

static void
check_frame(struct sender *sender, GRand *dice, guint *seen)
{
	struct fx *fx = sender->fx;
	struct bond_plan_state state = {.rr_counter = g_rand_int(dice), .random = g_rand_int(dice) | 1};
	guint8 bytes[FLOW_FRAME_MAX];
	struct bond_frame frame = {.data = bytes, .queue = (guint16) g_rand_int_range(dice, 0, 4)};
	struct flow_fields fields;
	struct explanation e;

	random_fields(fx, dice, &fields);
	frame.len = (guint32) flow_frame_build(&fields, bytes, NULL);
	g_assert_cmpuint(frame.len, >, 0);
	frame.len = (guint32) spoil(dice, bytes, frame.len);
	explain_frame(fx->bond, &state, &frame, fx->now, &e);
	g_assert_cmphex(e.ports, ==, send_it(sender, &state, &frame));
	assert_way(fx, &frame, &e);
	assert_words(fx, &e);
	*seen |= 1u << e.trace.way;
}

static guint
check_bond(struct fx *fx, guint32 seed)
{
	GRand *dice = g_rand_new_with_seed(seed);
	struct sender sender = {.fx = fx};
	guint seen = 0;

	fx->network = &sender;
	fx->on_send = on_send;
	for (guint i = 0; i < N_FRAMES; i++) {
		check_frame(&sender, dice, &seen);
		if (i % 500 == 499)
			fx_carrier(fx, (guint) g_rand_int_range(dice, 0, N_PORTS), g_rand_boolean(dice));
		if (i % 700 == 699)
			fx_wait(fx, (guint) g_rand_int_range(dice, 1, 3000));
	}
	fx->on_send = NULL;
	g_rand_free(dice);
	return seen;
}

#define SAW(seen, way) g_assert_cmpuint((seen) &1u << BOND_PLAN_WAY_##way, !=, 0)

static void
test_round_robin(void)
{
	static const char *const packets[] = {"1", "3", "0"};

	for (gsize i = 0; i < G_N_ELEMENTS(packets); i++) {
		struct fx *fx = fx_new("mode", "balance-rr", "miimon", "100", "packets_per_slave", packets[i], NULL);
		guint seen;

		fx_start(fx, N_PORTS);
		fx_carrier(fx, 1, FALSE);
		seen = check_bond(fx, (guint32) i);
		SAW(seen, IGMP);
		if (i < 2)
			SAW(seen, TURN);
		else
			SAW(seen, RANDOM);
		fx_free(fx);
	}
}

static void
test_one_and_all(void)
{
	struct fx *one = fx_new("mode", "active-backup", "miimon", "100", NULL);
	struct fx *all = fx_new("mode", "broadcast", "miimon", "100", NULL);
	guint seen;

	fx_start(one, N_PORTS);
	fx_set_port(one, 2, "queue_id", "2");
	seen = check_bond(one, 1);
	SAW(seen, ONE);
	SAW(seen, QUEUE);
	fx_free(one);
	fx_start(all, N_PORTS);
	SAW(check_bond(all, 2), ALL);
	fx_free(all);
}

static void
test_hash(void)
{
	static const char *const policies[] = {"layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac"};
	static const char *const names[] = {"balance-xor", "802.3ad"};

	for (gsize i = 0; i < 2 * G_N_ELEMENTS(policies); i++) {
		struct fx *fx =
		    fx_new("mode", names[i % 2], "miimon", "100", "xmit_hash_policy", policies[i / 2], NULL);

		fx_start(fx, N_PORTS);
		fx_wait(fx, 10000);
		if (i % 2 == 1)
			fx_set(fx, "min_links", "0");
		SAW(check_bond(fx, (guint32) i), HASH);
		fx_free(fx);
	}
}

static void
test_neighbours(void)
{
	struct fx *fx = fx_new("mode", "802.3ad", "miimon", "100", NULL);
	GError *error = NULL;

	fx_start(fx, N_PORTS);
	g_assert_true(bond_set_option(fx->bond, "broadcast_neighbor", "on", BOND_SOURCE_NETLINK, fx->now, &error));
	fx_wait(fx, 10000);
	SAW(check_bond(fx, 3), NEIGHBOR);
	fx_free(fx);
}

static void
test_balance(void)
{
	static const char *const names[] = {"balance-tlb", "balance-alb"};
	static const char *const dynamic[] = {"1", "0"};

	for (gsize i = 0; i < 4; i++) {
		struct fx *fx = fx_new("mode", names[i % 2], "miimon", "100", "tlb_dynamic_lb", dynamic[i / 2], NULL);
		guint seen;

		fx_start(fx, N_PORTS);
		for (guint b = 0; b < BOND_N_LOADS; b++)
			fx->loads[b] = b * 1000000;
		fx_wait(fx, 15000);
		seen = check_bond(fx, (guint32) i);
		SAW(seen, UNBALANCED);
		if (i / 2 == 0)
			SAW(seen, TABLE);
		else
			SAW(seen, HASH);
		if (i % 2 == 1)
			SAW(seen, CONTROL);
		fx_free(fx);
	}
}

static void
test_nothing_sends(void)
{
	struct fx *fx = fx_new("mode", "balance-xor", "miimon", "100", NULL);
	struct bond_frame frame = {.data = (const guint8 *) "01234567890123", .len = 14};
	struct explanation e;
	g_autofree char *down = NULL;
	g_autofree char *lost = NULL;

	explain_frame(fx->bond, NULL, &frame, fx->now, &e);
	down = explain_reason(fx->bond, &e);
	g_assert_cmpstr(down, ==, "the bond is set down: nothing leaves it");
	fx_start(fx, 2);
	fx_carrier(fx, 0, FALSE);
	fx_carrier(fx, 1, FALSE);
	explain_frame(fx->bond, NULL, &frame, fx->now, &e);
	lost = explain_reason(fx->bond, &e);
	g_assert_cmpstr(lost, ==, "no port has a link");
	fx_free(fx);
}

/* One flow by hand: kernel-semantics' formula of layer3+4 on paper. */
static void
test_by_hand(void)
{
	struct fx *fx = fx_new("mode", "balance-xor", "miimon", "100", "xmit_hash_policy", "layer3+4", NULL);
	struct flow_fields fields = {
	    .has_source = TRUE,
	    .has_destination = TRUE,
	    .source.bytes = {192, 0, 2, 1},
	    .destination.bytes = {192, 0, 2, 7},
	    .protocol = WIRE_PROTO_TCP,
	    .source_port = 0x1234,
	    .destination_port = 0x0050,
	};
	guint8 bytes[FLOW_FRAME_MAX];
	struct bond_frame frame = {.data = bytes};
	struct explanation e;
	g_autofree char *input = NULL;
	g_autofree char *reason = NULL;
	/* ports 12 34 00 50 ^ addresses 00 00 00 06, loaded in the order of the packet */
	guint8 x[4] = {0x12, 0x34, 0x00, 0x56};
	guint32 hash = wire_load32(x);

	hash ^= hash >> 16;
	hash ^= hash >> 8;
	hash >>= 1;
	fx_start(fx, 2);
	frame.len = (guint32) flow_frame_build(&fields, bytes, NULL);
	explain_frame(fx->bond, NULL, &frame, fx->now, &e);
	g_assert_cmpuint(e.trace.hash, ==, hash);
	input = explain_hash_input(fx->bond, &e);
	g_assert_cmpstr(input, ==, "addresses 192.0.2.1 and 192.0.2.7, ports 4660 and 80");
	reason = explain_reason(fx->bond, &e);
	g_assert_true(g_str_has_prefix(reason, "its hash by layer3+4 is "));
	fx_free(fx);
}

static void
test_contradictions(void)
{
	struct flow_fields mixed = {.has_source = TRUE, .has_destination = TRUE, .source.is_ipv6 = TRUE};
	struct flow_fields other = {.has_source = TRUE, .ether_type = WIRE_PTP};
	guint8 bytes[FLOW_FRAME_MAX];
	GError *error = NULL;

	g_assert_cmpuint(flow_frame_build(&mixed, bytes, &error), ==, 0);
	g_assert_error(error, BOND_ERROR, EINVAL);
	g_clear_error(&error);
	g_assert_cmpuint(flow_frame_build(&other, bytes, &error), ==, 0);
	g_assert_error(error, BOND_ERROR, EINVAL);
	g_clear_error(&error);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/explain/round-robin", test_round_robin);
	g_test_add_func("/explain/one-and-all", test_one_and_all);
	g_test_add_func("/explain/hash", test_hash);
	g_test_add_func("/explain/neighbours", test_neighbours);
	g_test_add_func("/explain/balance", test_balance);
	g_test_add_func("/explain/nothing-sends", test_nothing_sends);
	g_test_add_func("/explain/by-hand", test_by_hand);
	g_test_add_func("/explain/contradictions", test_contradictions);
	return g_test_run();
}
