/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a worker does by the plan of balance-tlb and balance-alb. Numbers are those of the list of traps. */
#include "engine/hash.h"
#include "engine/plan.h"

#include "frames.h"

#define CURRENT	       9
#define PORT_OF(entry) ((bond_port_id) ((entry) % 3))
#define FLOWS	       150

struct fixture {
	struct bond_plan plan;
	struct bond_plan_state state;
};

static void
set_up(struct fixture *fx, gconstpointer data)
{
	fx->plan = (struct bond_plan){
	    .tx = BOND_PLAN_BALANCE,
	    .unbalanced = CURRENT,
	    .n_slots = 3,
	    .slots = {5, 0, 63},
	};
	for (guint i = 0; i < BOND_PLAN_TABLE_SIZE; i++)
		fx->plan.table[i] = PORT_OF(i);
	memset(fx->plan.queue_port, BOND_PORT_NONE, sizeof(fx->plan.queue_port));
}

static void
tear_down(struct fixture *fx, gconstpointer data)
{
}

static bond_port_id
transmit(struct fixture *fx, const GByteArray *frame, gsize len)
{
	const struct bond_frame f = {.data = frame->data, .len = (guint32) len};
	bond_port_id out = 0xaa;

	bond_plan_transmit(&fx->plan, &fx->state, &f, 1, &out);
	return out;
}

static GByteArray *
udp4(guint16 port)
{
	GByteArray *f = frame_eth(WIRE_IP4);

	frame_ip4(f, WIRE_PROTO_UDP, 0, 30);
	frame_udp(f, port, 53, 22);
	return f;
}

static GByteArray *
udp6(guint16 port)
{
	GByteArray *f = frame_eth(WIRE_IP6);

	frame_ip6(f, WIRE_PROTO_UDP, 30);
	frame_udp(f, port, 53, 22);
	return f;
}

/* A burst of flows of both families; more than one chunk of hashes. */
struct burst {
	GByteArray *memory[FLOWS];
	struct bond_frame frames[FLOWS];
	bond_port_id out[FLOWS];
};

static struct burst *
burst_new(void)
{
	struct burst *burst = g_new0(struct burst, 1);

	for (guint i = 0; i < FLOWS; i++) {
		burst->memory[i] = i % 2 ? udp6(1000 + i) : udp4(1000 + i);
		burst->frames[i] = (struct bond_frame){.data = burst->memory[i]->data, .len = burst->memory[i]->len};
	}
	return burst;
}

static void
burst_free(struct burst *burst)
{
	for (guint i = 0; i < FLOWS; i++)
		g_byte_array_unref(burst->memory[i]);
	g_free(burst);
}

/* kernel-semantics 41: the low byte of the policy's hash is the entry; 39: bytes are counted by entry. */
static void
test_tlb_table(struct fixture *fx, gconstpointer data)
{
	guint64 expected[BOND_PLAN_TABLE_SIZE + 1] = {0};
	struct burst *burst = burst_new();

	for (enum bond_hash_policy policy = 0; policy < BOND_N_HASH_POLICIES; policy++) {
		fx->plan.policy = policy;
		bond_plan_transmit(&fx->plan, &fx->state, burst->frames, FLOWS, burst->out);
		for (guint i = 0; i < FLOWS; i++) {
			const struct bond_frame *f = &burst->frames[i];
			guint entry = bond_hash_frame(f->data, f->len, FALSE, 0, policy) & 0xff;

			g_assert_cmpuint(burst->out[i], ==, PORT_OF(entry));
			expected[entry] += f->len;
		}
	}
	g_assert_cmpmem(fx->state.loads, sizeof(fx->state.loads), expected, sizeof(expected));
	burst_free(burst);
}

/* tlb_dynamic_lb=0: over the usable ports, and nothing is counted. */
static void
test_slots(struct fixture *fx, gconstpointer alb)
{
	struct burst *burst = burst_new();

	fx->plan.by_slots = TRUE;
	fx->plan.by_destination = alb != NULL;
	fx->plan.policy = BOND_HASH_LAYER34;
	bond_plan_transmit(&fx->plan, &fx->state, burst->frames, FLOWS, burst->out);
	for (guint i = 0; i < FLOWS; i++) {
		const struct bond_frame *f = &burst->frames[i];
		guint32 hash = bond_hash_frame(f->data, f->len, FALSE, 0, BOND_HASH_LAYER34);

		g_assert_cmpuint(burst->out[i], ==, fx->plan.slots[hash % 3]);
	}
	fx->plan.n_slots = 0;
	bond_plan_transmit(&fx->plan, &fx->state, burst->frames, FLOWS, burst->out);
	g_assert_cmpuint(burst->out[0], ==, CURRENT);
	for (guint i = 0; i <= BOND_PLAN_TABLE_SIZE; i++)
		g_assert_cmpuint(fx->state.loads[i], ==, 0);
	burst_free(burst);
}

/* kernel-semantics 41: the exclusive or of the destination's bytes, whatever the policy. */
static void
test_alb_table(struct fixture *fx, gconstpointer data)
{
	g_autoptr(GByteArray) ip4 = udp4(1);
	g_autoptr(GByteArray) ip6 = udp6(1);
	guint entry6 = 0;
	guint entry4;

	fx->plan.by_destination = TRUE;
	entry4 = ip4->data[30] ^ ip4->data[31] ^ ip4->data[32] ^ ip4->data[33];
	for (guint i = 0; i < 16; i++)
		entry6 ^= ip6->data[14 + 24 + i];
	for (enum bond_hash_policy policy = 0; policy < BOND_N_HASH_POLICIES; policy++) {
		fx->plan.policy = policy;
		g_assert_cmpuint(transmit(fx, ip4, ip4->len), ==, PORT_OF(entry4));
		g_assert_cmpuint(transmit(fx, ip6, ip6->len), ==, PORT_OF(entry6));
	}
	g_assert_cmpuint(fx->state.loads[entry4], ==, 6 * ip4->len);
	g_assert_cmpuint(fx->state.loads[entry6], ==, 6 * ip6->len);
}

/* --- What is not balanced (kernel-semantics 41) --- */

static GByteArray *
ip6_with(guint8 next, guint8 type)
{
	GByteArray *f = frame_eth(WIRE_IP6);

	frame_ip6(f, next, 8);
	frame_put8(f, type);
	frame_put_run(f, 0, 7);
	return f;
}

static GByteArray *
to_mac(GByteArray *f, const guint8 *mac)
{
	memcpy(f->data, mac, BOND_ETH_ALEN);
	return f;
}

static const guint8 broadcast[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const guint8 group4[] = {0x01, 0, 0x5e, 0, 0, 5};
static const guint8 all_nodes[] = {0x33, 0x33, 0, 0, 0, 1};
static const guint8 group6[] = {0x33, 0x33, 0, 0, 0, 5};

static GByteArray *
igmp(void)
{
	GByteArray *f = udp4(1);

	f->data[23] = WIRE_PROTO_IGMP;
	return f;
}

static GByteArray *
to_all_hosts(void)
{
	GByteArray *f = udp4(1);

	memset(f->data + 30, 0xff, 4);
	return f;
}

static GByteArray *
from_nobody(void)
{
	GByteArray *f = udp6(1);

	memset(f->data + 22, 0, 16);
	return f;
}

static GByteArray *
other(guint16 type)
{
	GByteArray *f = frame_eth(type);

	frame_put_run(f, 0, 60);
	return f;
}

static GByteArray *
in_vlans(guint n)
{
	g_autoptr(GByteArray) inner = udp4(1);
	GByteArray *f = frame_eth(n > 0 ? WIRE_8021Q : WIRE_IP4);

	for (guint i = 0; i < n; i++)
		frame_vlan(f, 5 + i, i + 1 < n ? WIRE_8021Q : WIRE_IP4);
	g_byte_array_append(f, inner->data + 14, inner->len - 14);
	return f;
}

struct kind {
	GByteArray *frame;
	gboolean tlb; /* balanced there */
	gboolean alb;
};

static void
check_kind(struct fixture *fx, const struct kind *kind, gboolean alb)
{
	gboolean balanced = alb ? kind->alb : kind->tlb;
	guint64 before = fx->state.loads[BOND_PLAN_TABLE_SIZE];

	fx->plan.by_destination = alb;
	g_assert_cmpint(transmit(fx, kind->frame, kind->frame->len) != CURRENT, ==, balanced);
	g_assert_cmpuint(fx->state.loads[BOND_PLAN_TABLE_SIZE] - before, ==, balanced ? 0 : kind->frame->len);
}

static void
test_unbalanced(struct fixture *fx, gconstpointer data)
{
	const struct kind kinds[] = {
	    {udp4(1), TRUE, TRUE},
	    {udp6(1), TRUE, TRUE},
	    {to_mac(udp4(1), broadcast), FALSE, FALSE},
	    {to_mac(udp4(1), group4), FALSE, TRUE},
	    {igmp(), TRUE, FALSE},
	    {to_all_hosts(), TRUE, FALSE},
	    {to_mac(udp6(1), broadcast), FALSE, FALSE},
	    {to_mac(udp6(1), all_nodes), FALSE, FALSE},
	    {to_mac(udp6(1), group6), FALSE, TRUE},
	    {from_nobody(), TRUE, FALSE},
	    {ip6_with(WIRE_PROTO_ICMPV6, 128), TRUE, TRUE},
	    {ip6_with(WIRE_PROTO_ICMPV6, 134), TRUE, TRUE},
	    {ip6_with(WIRE_PROTO_ICMPV6, 135), FALSE, FALSE},
	    {ip6_with(WIRE_PROTO_ICMPV6, 136), FALSE, FALSE},
	    {ip6_with(WIRE_PROTO_UDP, 135), TRUE, TRUE},
	    {other(WIRE_ARP), FALSE, FALSE},
	    {other(0x88b5), FALSE, FALSE},
	    {in_vlans(1), TRUE, TRUE},
	    {in_vlans(2), FALSE, FALSE},
	};

	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		check_kind(fx, &kinds[i], FALSE);
		check_kind(fx, &kinds[i], TRUE);
		g_byte_array_unref(kinds[i].frame);
	}
}

/* Headers that end too soon, at every length: nothing is read behind them (ASan looks on). */
static void
test_short(struct fixture *fx, gconstpointer data)
{
	GByteArray *frames[] = {udp4(1), udp6(1), ip6_with(WIRE_PROTO_ICMPV6, 135), in_vlans(1), other(WIRE_ARP)};

	fx->plan.control = BOND_PLAN_HAND_ARP;
	for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
		for (gsize len = 0; len <= frames[i]->len; len++) {
			g_autoptr(GByteArray) cut = g_byte_array_new();
			bond_port_id port;

			g_byte_array_append(cut, frames[i]->data, (guint) len);
			for (guint alb = 0; alb < 2; alb++) {
				fx->plan.by_destination = alb != 0;
				port = transmit(fx, cut, len);
				g_assert_true(port < 3 || port == CURRENT || (alb && port == BOND_PORT_CONTROL));
				if (len < 14 + (alb ? 20 : 0) && port != BOND_PORT_CONTROL)
					g_assert_cmpuint(port, ==, CURRENT);
			}
		}
		g_byte_array_unref(frames[i]);
	}
}

/* balance-alb: ARP is for the control thread, in a VLAN, too, and counts for nobody yet. */
static void
test_hand_arp(struct fixture *fx, gconstpointer data)
{
	g_autoptr(GByteArray) plain = other(WIRE_ARP);
	g_autoptr(GByteArray) tagged = frame_eth(WIRE_8021Q);

	frame_vlan(tagged, 5, WIRE_ARP);
	frame_put_run(tagged, 0, 40);
	fx->plan.control = BOND_PLAN_HAND_ARP;
	fx->plan.by_destination = TRUE;
	g_assert_cmpuint(transmit(fx, plain, plain->len), ==, BOND_PORT_CONTROL);
	g_assert_cmpuint(transmit(fx, tagged, tagged->len), ==, BOND_PORT_CONTROL);
	g_assert_cmpuint(fx->state.loads[BOND_PLAN_TABLE_SIZE], ==, 0);
	fx->plan.by_destination = FALSE;
	g_assert_cmpuint(transmit(fx, plain, plain->len), ==, CURRENT);
}

static void
test_no_port(struct fixture *fx, gconstpointer data)
{
	g_autoptr(GByteArray) f = udp4(1);
	g_autoptr(GByteArray) o = other(0x88b5);

	memset(fx->plan.table, BOND_PORT_NONE, sizeof(fx->plan.table));
	fx->plan.unbalanced = BOND_PORT_NONE;
	g_assert_cmpuint(transmit(fx, f, f->len), ==, BOND_PORT_NONE);
	g_assert_cmpuint(transmit(fx, o, o->len), ==, BOND_PORT_NONE);
}

/* --- Addresses --- */

/* kernel-semantics 41: what leaves by another port than the current one leaves as from that port. */
static void
test_rewrite_source(struct fixture *fx, gconstpointer data)
{
	const struct bond_mac mac = {{2, 0, 0, 0, 0, 7}};
	g_autoptr(GByteArray) f = udp4(1);
	g_autoptr(GByteArray) before = udp4(1);

	fx->plan.source_ports = (guint64) 1 << 63 | 1 << 2;
	fx->plan.port_mac[63] = mac;
	fx->plan.port_mac[1] = mac;
	bond_plan_rewrite_source(&fx->plan, 1, f->data);
	g_assert_cmpmem(f->data, f->len, before->data, before->len);
	bond_plan_rewrite_source(&fx->plan, 63, f->data);
	g_assert_cmpmem(f->data + 6, BOND_ETH_ALEN, mac.b, BOND_ETH_ALEN);
	memcpy(f->data + 6, before->data + 6, BOND_ETH_ALEN);
	g_assert_cmpmem(f->data, f->len, before->data, before->len);
}

static gboolean
rewrites(struct fixture *fx, bond_port_id id, struct bond_mac dst)
{
	g_autoptr(GByteArray) f = to_mac(udp4(1), dst.b);

	bond_plan_rewrite_destination(&fx->plan, id, f->data);
	if (memcmp(f->data, fx->plan.bond_mac.b, BOND_ETH_ALEN) == 0)
		return TRUE;
	g_assert_cmpmem(f->data, BOND_ETH_ALEN, dst.b, BOND_ETH_ALEN);
	return FALSE;
}

/* kernel-semantics 29; and while a port is absent, the current one takes what is for it (45). */
static void
test_rewrite_destination(struct fixture *fx, gconstpointer data)
{
	const struct bond_mac own = {{2, 0, 0, 0, 0, 1}};
	const struct bond_mac other_port = {{2, 0, 0, 0, 0, 2}};
	const struct bond_mac stranger = {{2, 0, 0, 0, 0, 3}};

	fx->plan.bond_mac = (struct bond_mac){{2, 0, 0, 0, 0, 0xb0}};
	fx->plan.port_mac[1] = own;
	fx->plan.port_mac[60] = other_port;
	fx->plan.port_mac[CURRENT] = fx->plan.bond_mac;
	g_assert_true(rewrites(fx, 1, own));
	g_assert_false(rewrites(fx, 1, other_port));
	g_assert_false(rewrites(fx, 1, stranger));
	g_assert_false(rewrites(fx, CURRENT, other_port));
	fx->plan.absent[0] = (struct bond_mac){{2, 0, 0, 0, 0, 9}};
	fx->plan.absent[1] = other_port;
	fx->plan.n_absent = 2;
	g_assert_true(rewrites(fx, CURRENT, other_port));
	g_assert_false(rewrites(fx, CURRENT, own));
	g_assert_false(rewrites(fx, CURRENT, stranger));
	g_assert_false(rewrites(fx, 1, other_port));
}

/* kernel-semantics 28: ports that are not the current one receive what is for themselves. */
static void
test_receive(struct fixture *fx, gconstpointer data)
{
	const guint8 own[] = {2, 0, 0, 0, 0, 1};
	const guint8 stranger[] = {2, 0, 0, 0, 0, 3};

	memcpy(fx->plan.port_mac[1].b, own, sizeof(own));
	fx->plan.rx[1] = BOND_PLAN_RX_OWN;
	fx->plan.rx[2] = BOND_PLAN_RX_UNICAST;
	g_assert_false(bond_plan_receive(&fx->plan, 1));
	g_assert_true(bond_plan_receive_frame(&fx->plan, 1, own));
	g_assert_false(bond_plan_receive_frame(&fx->plan, 1, stranger));
	g_assert_false(bond_plan_receive_frame(&fx->plan, 1, broadcast));
	g_assert_false(bond_plan_receive_frame(&fx->plan, 1, group6));
	g_assert_true(bond_plan_receive_frame(&fx->plan, 2, stranger));
	g_assert_false(bond_plan_receive_frame(&fx->plan, 2, broadcast));
}

static const struct {
	const char *path;
	void (*run)(struct fixture *fx, gconstpointer data);
	gconstpointer data;
} cases[] = {
    {"/plan-balance/tlb/table", test_tlb_table},
    {"/plan-balance/tlb/slots", test_slots},
    {"/plan-balance/alb/table", test_alb_table},
    {"/plan-balance/alb/slots", test_slots, "alb"},
    {"/plan-balance/unbalanced", test_unbalanced},
    {"/plan-balance/short", test_short},
    {"/plan-balance/hand-arp", test_hand_arp},
    {"/plan-balance/no-port", test_no_port},
    {"/plan-balance/rewrite/source", test_rewrite_source},
    {"/plan-balance/rewrite/destination", test_rewrite_destination},
    {"/plan-balance/receive", test_receive},
};

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		g_test_add(cases[i].path, struct fixture, cases[i].data, set_up, cases[i].run, tear_down);
	return g_test_run();
}
