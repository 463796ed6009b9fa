/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/hash.h"

#include "frames.h"

#define INNER_SOURCE 0x0a00

/* --- headers, from the outside in --- */

static void
put_tcp(GByteArray *f)
{
	frame_udp(f, INNER_SOURCE, 443, 12); /* 20 bytes; the ports are where TCP has them */
}

static void
put_ip4_tcp(GByteArray *f)
{
	frame_ip4(f, WIRE_PROTO_TCP, 0x4000, 20);
	put_tcp(f);
}

static GByteArray *
make_ip4_tcp(void)
{
	GByteArray *f = frame_eth(WIRE_IP4);

	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_ip6_udp(void)
{
	GByteArray *f = frame_eth(WIRE_IP6);

	frame_ip6(f, WIRE_PROTO_UDP, 20);
	put_tcp(f);
	return f;
}

static GByteArray *
make_vlan(void)
{
	GByteArray *f = frame_eth(WIRE_8021Q);

	frame_vlan(f, 0x6064, WIRE_IP4);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_qinq(void)
{
	GByteArray *f = frame_eth(WIRE_8021AD);

	frame_vlan(f, 200, WIRE_8021Q);
	frame_vlan(f, 100, WIRE_IP4);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_ah(void)
{
	GByteArray *f = frame_eth(WIRE_IP4);

	frame_ip4(f, WIRE_PROTO_AH, 0, 24);
	frame_put_run(f, 0x30, 24);
	return f;
}

static GByteArray *
make_icmp_echo(void)
{
	GByteArray *f = frame_eth(WIRE_IP4);

	frame_ip4(f, WIRE_PROTO_ICMP, 0, 8);
	frame_put32(f, 0x0800f00d);
	frame_put32(f, 0x43210001);
	return f;
}

static GByteArray *
make_icmp_error(void)
{
	GByteArray *f = frame_eth(WIRE_IP4);

	frame_ip4(f, WIRE_PROTO_ICMP, 0, 48);
	frame_put32(f, 0x0301f00d);
	frame_put32(f, 0);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_icmp6_error(void)
{
	GByteArray *f = frame_eth(WIRE_IP6);

	frame_ip6(f, WIRE_PROTO_ICMPV6, 68);
	frame_put32(f, 0x0200f00d);
	frame_put32(f, 1280);
	frame_ip6(f, WIRE_PROTO_TCP, 20);
	put_tcp(f);
	return f;
}

static GByteArray *
make_fragment(void)
{
	GByteArray *f = frame_eth(WIRE_IP4);

	frame_ip4(f, WIRE_PROTO_UDP, 0x2000, 20);
	put_tcp(f);
	return f;
}

static GByteArray *
make_ip6_options(void)
{
	GByteArray *f = frame_eth(WIRE_IP6);

	frame_ip6(f, WIRE_PROTO_HOPOPTS, 44);
	frame_put16(f, WIRE_PROTO_DSTOPTS << 8 | 1);
	frame_put_run(f, 0, 14);
	frame_put16(f, WIRE_PROTO_TCP << 8);
	frame_put_run(f, 0, 6);
	put_tcp(f);
	return f;
}

static GByteArray *
make_ip6_fragment(void)
{
	GByteArray *f = frame_eth(WIRE_IP6);

	frame_ip6(f, WIRE_PROTO_FRAGMENT, 28);
	frame_put32(f, WIRE_PROTO_UDP << 24 | 1);
	frame_put32(f, 77);
	put_tcp(f);
	return f;
}

static GByteArray *
make_ipip(void)
{
	GByteArray *f = frame_eth(WIRE_IP4);

	frame_ip4(f, WIRE_PROTO_IPIP, 0, 40);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_gre(guint16 flags, guint16 proto)
{
	GByteArray *f = frame_eth(WIRE_IP4);

	frame_ip4(f, WIRE_PROTO_GRE, 0, 80);
	frame_put16(f, flags);
	frame_put16(f, proto);
	return f;
}

static GByteArray *
make_gre_all(void)
{
	GByteArray *f = make_gre(0xb000, WIRE_IP4);

	frame_put_run(f, 0, 12); /* checksum, key, sequence number */
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_gre_teb(void)
{
	GByteArray *f = make_gre(0, WIRE_TEB);

	frame_put_run(f, 0, 12);
	frame_put16(f, WIRE_IP4);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_gre_pptp(void)
{
	GByteArray *f = make_gre(0x3081, WIRE_GRE_PPP);

	frame_put_run(f, 0, 12); /* key, sequence and acknowledgment numbers */
	frame_put32(f, 0xff030021);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_gre_routed(void)
{
	GByteArray *f = make_gre(0x4000, WIRE_IP4);

	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_pppoe(void)
{
	GByteArray *f = frame_eth(WIRE_PPPOE);

	frame_put16(f, 0x1100);
	frame_put32(f, 0x00010000);
	frame_put16(f, 0x0021);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_pppoe_short(void)
{
	GByteArray *f = frame_eth(WIRE_PPPOE);

	frame_put16(f, 0x1100);
	frame_put32(f, 0x00010000);
	frame_put8(f, 0x21);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_batman(void)
{
	GByteArray *f = frame_eth(WIRE_BATMAN);

	frame_put16(f, 0x400f);
	frame_put_run(f, 0, 8 + 12);
	frame_put16(f, WIRE_IP4);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_hsr(void)
{
	GByteArray *f = frame_eth(WIRE_HSR);

	frame_put32(f, 0x00010002);
	frame_put16(f, WIRE_IP4);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_tipc(void)
{
	GByteArray *f = frame_eth(WIRE_TIPC);

	frame_put_run(f, 0x10, 16);
	return f;
}

static GByteArray *
make_fcoe(void)
{
	GByteArray *f = frame_eth(WIRE_FCOE);

	frame_put_run(f, 0, 38);
	return f;
}

static GByteArray *
make_ptp(void)
{
	GByteArray *f = frame_eth(WIRE_PTP);

	frame_put_run(f, 0, 34);
	return f;
}

static GByteArray *
make_arp(void)
{
	GByteArray *f = frame_eth(WIRE_ARP);

	frame_put_run(f, 0, 28);
	return f;
}

static GByteArray *
make_mpls(void)
{
	GByteArray *f = frame_eth(WIRE_MPLS_UC);

	frame_put32(f, 0x00010140);
	put_ip4_tcp(f);
	return f;
}

static GByteArray *
make_unknown(void)
{
	GByteArray *f = frame_eth(0x88b5);

	frame_put_run(f, 0, 46);
	return f;
}

/* What the walk should find. */
enum found {
	PLAIN = 1 << 0,	      /* layer3+4 reads IP */
	PLAIN_PORTS = 1 << 1, /* and ports, or an ICMP id */
	ENCAP = 1 << 2,	      /* encap3+4 comes to a good end */
	ENCAP_IP = 1 << 3,
	ENCAP_PORTS = 1 << 4,
	ALL = PLAIN | PLAIN_PORTS | ENCAP | ENCAP_IP | ENCAP_PORTS,
	ENCAP_ALL = ENCAP | ENCAP_IP | ENCAP_PORTS,
};

static const struct kind {
	const char *name;
	GByteArray *(*make)(void);
	guint found;
} kinds[] = {
    {"ip4-tcp", make_ip4_tcp, ALL},
    {"ip6-udp", make_ip6_udp, ALL},
    {"vlan", make_vlan, ALL},
    {"qinq", make_qinq, ENCAP_ALL},
    {"ah", make_ah, ALL},
    {"icmp-echo", make_icmp_echo, ALL},
    {"icmp-error", make_icmp_error, PLAIN | PLAIN_PORTS | ENCAP | ENCAP_IP},
    {"icmp6-error", make_icmp6_error, PLAIN | PLAIN_PORTS | ENCAP | ENCAP_IP},
    {"fragment", make_fragment, PLAIN | ENCAP | ENCAP_IP},
    {"ip6-options", make_ip6_options, PLAIN | ENCAP_ALL},
    {"ip6-fragment", make_ip6_fragment, PLAIN | ENCAP | ENCAP_IP},
    {"ipip", make_ipip, PLAIN | ENCAP_ALL},
    {"gre-all", make_gre_all, PLAIN | ENCAP_ALL},
    {"gre-teb", make_gre_teb, PLAIN | ENCAP_ALL},
    {"gre-pptp", make_gre_pptp, PLAIN | ENCAP_ALL},
    {"gre-routed", make_gre_routed, PLAIN | ENCAP | ENCAP_IP},
    {"pppoe", make_pppoe, ENCAP_ALL},
    {"pppoe-short", make_pppoe_short, ENCAP_ALL},
    {"batman", make_batman, ENCAP_ALL},
    {"hsr", make_hsr, ENCAP_ALL},
    {"tipc", make_tipc, ENCAP},
    {"fcoe", make_fcoe, ENCAP},
    {"ptp", make_ptp, ENCAP},
    {"arp", make_arp, ENCAP},
    {"mpls", make_mpls, ENCAP},
    {"unknown", make_unknown, 0},
};

static void
test_kind(gconstpointer data)
{
	const struct kind *kind = data;
	g_autoptr(GByteArray) f = kind->make();
	struct bond_flow plain;
	struct bond_flow encap;
	guint found = 0;

	bond_dissect(f->data, f->len, FALSE, 0, BOND_HASH_LAYER34, &plain);
	bond_dissect(f->data, f->len, FALSE, 0, BOND_HASH_ENCAP34, &encap);
	found |= plain.dissected ? PLAIN : 0;
	found |= plain.has_ports ? PLAIN_PORTS : 0;
	found |= encap.dissected ? ENCAP : 0;
	found |= encap.has_ip ? ENCAP_IP : 0;
	found |= encap.has_ports ? ENCAP_PORTS : 0;
	g_assert_cmphex(found, ==, kind->found);
	g_assert_cmpint(plain.dissected, ==, plain.has_ip);
	/* Whatever is around it, the innermost packet is the one that is hashed. */
	if (encap.ip_proto == WIRE_PROTO_TCP)
		g_assert_cmphex(GUINT32_FROM_BE(encap.ports), ==, INNER_SOURCE << 16 | 443);
}

/* Frames cut at each byte, in memory that ends there: the sanitizers see any read beyond. */
static void
test_truncated(gconstpointer data)
{
	const struct kind *kind = data;
	g_autoptr(GByteArray) f = kind->make();
	enum bond_hash_policy policy;
	gsize len;

	for (len = 0; len <= f->len; len++) {
		g_autofree guint8 *cut = g_memdup2(f->data, len);

		for (policy = 0; policy < BOND_N_HASH_POLICIES; policy++) {
			const struct bond_frame frame = {.data = cut, .len = len};
			guint32 one = bond_hash_frame(cut, len, FALSE, 0, policy);
			guint32 many;

			bond_hash_burst(&frame, 1, policy, &many);
			g_assert_cmphex(one, ==, many);
			if (len < WIRE_ETH_HEADER)
				g_assert_cmphex(one, ==, 0);
		}
		bond_dissect_is_igmp(cut, len);
	}
}

static void
test_vlan_fields(void)
{
	g_autoptr(GByteArray) inside = make_vlan();
	g_autoptr(GByteArray) beside = make_ip4_tcp();
	struct bond_flow a;
	struct bond_flow b;

	bond_dissect(inside->data, inside->len, FALSE, 0, BOND_HASH_LAYER34, &a);
	bond_dissect(beside->data, beside->len, TRUE, 0x6064, BOND_HASH_LAYER34, &b);
	g_assert_true(a.has_vlan);
	g_assert_cmphex(a.vlan_tci, ==, 0x6064);
	g_assert_cmphex(a.ethertype, ==, WIRE_IP4);
	g_assert_cmpmem(&a, sizeof(a), &b, sizeof(b));
}

static void
test_addresses(void)
{
	g_autoptr(GByteArray) f = make_ip4_tcp();
	struct bond_flow flow;

	bond_dissect(f->data, f->len, FALSE, 0, BOND_HASH_LAYER34, &flow);
	g_assert_cmphex(GUINT32_FROM_BE(flow.src_ip), ==, 0xc0000201);
	g_assert_cmphex(GUINT32_FROM_BE(flow.dst_ip), ==, 0xc6336407);
	g_assert_cmpuint(flow.ip_proto, ==, WIRE_PROTO_TCP);
	g_assert_cmpuint(flow.dst.b[5], ==, 0x21);
	g_assert_cmpuint(flow.src.b[5], ==, 0x43);
	bond_dissect(f->data, f->len, FALSE, 0, BOND_HASH_LAYER23, &flow);
	g_assert_false(flow.has_ports);
}

/* Headers in headers without end: the walk ends well after so many, with what it had. */
static void
test_nesting(void)
{
	g_autoptr(GByteArray) f = frame_eth(WIRE_IP4);
	struct bond_flow flow;
	guint i;

	for (i = 0; i < 40; i++)
		frame_ip4(f, WIRE_PROTO_IPIP, 0, 20);
	bond_dissect(f->data, f->len, FALSE, 0, BOND_HASH_ENCAP34, &flow);
	g_assert_true(flow.dissected);
	g_assert_cmphex(flow.ports, ==, 0);
}

/* The kernel takes the first VLAN header inside a tunnel for the tag beside the frame, and goes astray. */
static void
test_tag_in_tunnel(void)
{
	g_autoptr(GByteArray) f = make_gre(0, WIRE_TEB);
	struct bond_flow flow;

	frame_put_run(f, 0, 12);
	frame_put16(f, WIRE_8021Q);
	frame_vlan(f, 5, WIRE_IP4);
	put_ip4_tcp(f);
	bond_dissect(f->data, f->len, FALSE, 0, BOND_HASH_ENCAP34, &flow);
	g_assert_true(flow.has_ports);
	bond_dissect(f->data, f->len, TRUE, 7, BOND_HASH_ENCAP34, &flow);
	g_assert_false(flow.dissected);
}

static void
test_icmp_word(void)
{
	g_autoptr(GByteArray) f = make_icmp_echo();
	const guint8 expected[4] = {8, 0};
	guint16 id = 0x4321;
	guint8 word[4];
	struct bond_flow flow;

	memcpy(word, expected, sizeof(word));
	memcpy(word + 2, &id, sizeof(id));
	bond_dissect(f->data, f->len, FALSE, 0, BOND_HASH_LAYER34, &flow);
	g_assert_cmpmem(&flow.ports, 4, word, 4);
	frame_store16(f->data + 38, 0); /* no id is id 1 */
	id = 1;
	memcpy(word + 2, &id, sizeof(id));
	bond_dissect(f->data, f->len, FALSE, 0, BOND_HASH_LAYER34, &flow);
	g_assert_cmpmem(&flow.ports, 4, word, 4);
}

static void
test_igmp(void)
{
	g_autoptr(GByteArray) plain = frame_eth(WIRE_IP4);
	g_autoptr(GByteArray) tagged = frame_eth(WIRE_8021Q);
	g_autoptr(GByteArray) other = make_ip4_tcp();

	frame_ip4(plain, WIRE_PROTO_IGMP, 0, 8);
	g_assert_true(bond_dissect_is_igmp(plain->data, plain->len));
	g_assert_false(bond_dissect_is_igmp(plain->data, 14 + 20 - 1));
	frame_vlan(tagged, 1, WIRE_IP4);
	frame_ip4(tagged, WIRE_PROTO_IGMP, 0, 8);
	g_assert_true(bond_dissect_is_igmp(tagged->data, tagged->len));
	g_assert_false(bond_dissect_is_igmp(tagged->data, 18 + 20 - 1));
	g_assert_false(bond_dissect_is_igmp(other->data, other->len));
}

int
main(int argc, char **argv)
{
	guint i;

	g_test_init(&argc, &argv, NULL);
	for (i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *found = g_strdup_printf("/dissect/kind/%s", kinds[i].name);
		g_autofree char *truncated = g_strdup_printf("/dissect/truncated/%s", kinds[i].name);

		g_test_add_data_func(found, &kinds[i], test_kind);
		g_test_add_data_func(truncated, &kinds[i], test_truncated);
	}
	g_test_add_func("/dissect/vlan", test_vlan_fields);
	g_test_add_func("/dissect/addresses", test_addresses);
	g_test_add_func("/dissect/nesting", test_nesting);
	g_test_add_func("/dissect/tag-in-tunnel", test_tag_in_tunnel);
	g_test_add_func("/dissect/icmp-word", test_icmp_word);
	g_test_add_func("/dissect/igmp", test_igmp);
	return g_test_run();
}
