/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The recorded vectors (tests/conformance) say that the hashes are right; here is what they cannot say. */
#include "engine/hash.h"

#include "frames.h"

static GByteArray *
make_udp(guint16 source, guint16 dest)
{
	GByteArray *f = frame_eth(WIRE_IP4);

	frame_ip4(f, WIRE_PROTO_UDP, 0, 30);
	frame_udp(f, source, dest, 22);
	return f;
}

static guint32
hash(const GByteArray *f, enum bond_hash_policy policy)
{
	return bond_hash_frame(f->data, f->len, FALSE, 0, policy);
}

/* Worked out by hand: MAC ends 21 and 43, 192.0.2.1 to 198.51.100.7, ports 4096 and 53. */
static void
test_by_hand(void)
{
	g_autoptr(GByteArray) f = make_udp(4096, 53);
	const guint32 ethernet = 0x21 ^ 0x43 ^ 0x0800;
	/* Addresses and ports as a little-endian CPU loads them. */
	const guint32 addresses = 0x010200c0 ^ 0x076433c6;
	guint32 l23 = GUINT32_FROM_LE(addresses) ^ ethernet;
	guint32 l34 = GUINT32_FROM_LE(addresses) ^ GUINT32_FROM_LE(0x35000010);

	l23 ^= l23 >> 16;
	l23 ^= l23 >> 8;
	l34 ^= l34 >> 16;
	l34 ^= l34 >> 8;
	g_assert_cmphex(hash(f, BOND_HASH_LAYER2), ==, ethernet);
	g_assert_cmphex(hash(f, BOND_HASH_LAYER23), ==, l23);
	g_assert_cmphex(hash(f, BOND_HASH_ENCAP23), ==, l23);
	g_assert_cmphex(hash(f, BOND_HASH_LAYER34), ==, l34 >> 1);
	g_assert_cmphex(hash(f, BOND_HASH_ENCAP34), ==, l34 >> 1);
	g_assert_cmphex(hash(f, BOND_HASH_VLAN_SRCMAC), ==, 0x020000 ^ 0x002043);
	g_assert_cmphex(bond_hash_frame(f->data, f->len, TRUE, 0xe00a, BOND_HASH_VLAN_SRCMAC), ==,
			0xe00a ^ 0x020000 ^ 0x002043);
}

/* One direction of one connection always takes the same way, whatever its payload. */
static void
test_payload_does_not_matter(void)
{
	g_autoptr(GByteArray) f = make_udp(1000, 2000);
	enum bond_hash_policy policy;

	for (policy = 0; policy < BOND_N_HASH_POLICIES; policy++) {
		guint32 before = hash(f, policy);

		f->data[f->len - 1] ^= 0xff;
		g_assert_cmphex(hash(f, policy), ==, before);
	}
}

/* A frame that is nearly @seed: another Ethertype, bytes changed where it matters, cut short. */
static struct bond_frame
random_frame(const GByteArray *seed, guint8 *memory)
{
	static const guint16 types[] = {WIRE_IP4, WIRE_IP4, WIRE_IP6, WIRE_8021Q, WIRE_8021AD, WIRE_ARP};
	guint changes = g_test_rand_int_range(0, 3);

	memcpy(memory, seed->data, seed->len);
	frame_store16(memory + 12, types[g_test_rand_int_range(0, G_N_ELEMENTS(types))]);
	while (changes-- > 0)
		memory[g_test_rand_int_range(12, 42)] = g_test_rand_int();
	return (struct bond_frame){
	    .data = memory,
	    .len = g_test_rand_int_range(0, seed->len + 1),
	    .has_vlan = g_test_rand_bit(),
	    .vlan = g_test_rand_int(),
	};
}

/* The straight path of the bursts against the walk. */
static void
test_burst(void)
{
	g_autoptr(GByteArray) seed = make_udp(1000, 2000);
	guint round;

	for (round = 0; round < 20000; round++) {
		guint8 memory[3][64];
		struct bond_frame frames[3];
		enum bond_hash_policy policy;
		guint32 hashes[3];
		guint i;

		for (i = 0; i < 3; i++)
			frames[i] = random_frame(seed, memory[i]);
		for (policy = 0; policy < BOND_N_HASH_POLICIES; policy++) {
			bond_hash_burst(frames, 3, policy, hashes);
			for (i = 0; i < 3; i++) {
				const struct bond_frame *f = &frames[i];

				g_assert_cmphex(hashes[i], ==,
						bond_hash_frame(f->data, f->len, f->has_vlan, f->vlan, policy));
			}
		}
	}
}

/* Many flows spread over the ports: none of four gets less than half of its share. */
static void
test_spread(void)
{
	guint counts[4] = {0};
	guint i;

	for (i = 0; i < 4096; i++) {
		g_autoptr(GByteArray) f = make_udp(32768 + i, 53);

		counts[hash(f, BOND_HASH_LAYER34) % 4]++;
	}
	for (i = 0; i < G_N_ELEMENTS(counts); i++)
		g_assert_cmpuint(counts[i], >=, 512);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/hash/by-hand", test_by_hand);
	g_test_add_func("/hash/payload", test_payload_does_not_matter);
	g_test_add_func("/hash/burst", test_burst);
	g_test_add_func("/hash/spread", test_spread);
	return g_test_run();
}
