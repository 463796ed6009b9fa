/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames of the ARP and NS monitor. The vectors are what a Linux kernel put on the wire: the ARP request by its bonding
 * driver, the neighbour solicitations by its IPv6, which makes those of the bonding driver, too.
 */
#include "engine/probe.h"

#include "frames.h"

static const struct bond_mac mac = {{0x02, 0, 0, 0, 0, 0x01}};

static const struct bond_ip target4 = {.bytes = {192, 168, 7, 254}};
static const struct bond_ip target6 = {.is_ipv6 = TRUE, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xfe}};
static const struct bond_ip target6_other = {.is_ipv6 = TRUE, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x99}};

static const struct bond_route route4 = {.source = {.bytes = {192, 168, 7, 1}}};
static const struct bond_route route6 = {
    .source = {.is_ipv6 = TRUE, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
};
static const struct bond_route no_route;

static const guint8 arp[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06,
			     0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
			     0xc0, 0xa8, 0x07, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0, 0xa8, 0x07, 0xfe};

static const guint8 ns[] = {0x33, 0x33, 0xff, 0x00, 0x00, 0xfe, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x86, 0xdd, 0x60,
			    0x00, 0x00, 0x00, 0x00, 0x20, 0x3a, 0xff, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
			    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00,
			    0x00, 0x00, 0x00, 0x00, 0x01, 0xff, 0x00, 0x00, 0xfe, 0x87, 0x00, 0x1a, 0x2f, 0x00, 0x00,
			    0x00, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
			    0x00, 0x00, 0xfe, 0x01, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01};

/* From nobody: without the option that tells where the answer may go. */
static const guint8 ns_unspecified[] = {0x33, 0x33, 0xff, 0x00, 0x00, 0x99, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x86,
					0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x18, 0x3a, 0xff, 0x00, 0x00, 0x00, 0x00,
					0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff,
					0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0xff, 0x00,
					0x00, 0x99, 0x87, 0x00, 0x4b, 0xbd, 0x00, 0x00, 0x00, 0x00, 0x20, 0x01, 0x0d,
					0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x99};

/* --- Building --- */

/* What follows the frame must stay as it was. */
static gsize
build(const struct bond_route *route, const struct bond_ip *target, guint8 *frame)
{
	gsize len;

	memset(frame, 0xee, PROBE_FRAME_MAX);
	len = probe_build(&mac, route, target, frame);
	for (gsize i = len; i < PROBE_FRAME_MAX; i++)
		g_assert_cmpuint(frame[i], ==, 0xee);
	return len;
}

static void
test_build_arp(void)
{
	guint8 frame[PROBE_FRAME_MAX];

	g_assert_cmpmem(frame, build(&route4, &target4, frame), arp, sizeof(arp));
}

/* kernel-semantics 77: nobody asks, where no route leads. */
static void
test_build_arp_without_source(void)
{
	guint8 expected[sizeof(arp)];
	guint8 frame[PROBE_FRAME_MAX];

	memcpy(expected, arp, sizeof(arp));
	memset(expected + 28, 0, 4);
	g_assert_cmpmem(frame, build(&no_route, &target4, frame), expected, sizeof(expected));
}

static void
test_build_ns(void)
{
	guint8 frame[PROBE_FRAME_MAX];

	g_assert_cmpmem(frame, build(&route6, &target6, frame), ns, sizeof(ns));
}

static void
test_build_ns_without_source(void)
{
	guint8 frame[PROBE_FRAME_MAX];

	g_assert_cmpmem(frame, build(&no_route, &target6_other, frame), ns_unspecified, sizeof(ns_unspecified));
}

/* kernel-semantics 77: the tags of all VLANs on the way, outermost first. */
static void
test_build_tagged(void)
{
	static const guint8 tags[] = {0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x0f, 0xfe, 0x81, 0x00, 0x00, 0x07};
	const struct {
		const struct bond_route *route;
		const struct bond_ip *target;
		const guint8 *wire;
		gsize len;
	} cases[] = {{&route4, &target4, arp, sizeof(arp)}, {&route6, &target6, ns, sizeof(ns)}};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bond_route route = *cases[i].route;
		guint8 frame[PROBE_FRAME_MAX];
		gsize len;

		route.tags[0] = (struct bond_tag){0x88a8, 100};
		route.tags[1] = (struct bond_tag){0x8100, 0xffe};
		route.tags[2] = (struct bond_tag){0x8100, 7};
		route.n_tags = 3;
		len = build(&route, cases[i].target, frame);
		g_assert_cmpmem(frame, 12, cases[i].wire, 12);
		g_assert_cmpmem(frame + 12, sizeof(tags), tags, sizeof(tags));
		g_assert_cmpmem(frame + 24, len - 24, cases[i].wire + 12, cases[i].len - 12);
	}
}

/* VLAN 0 is only a priority: the kernel sends such probes untagged. */
static void
test_build_tag_0(void)
{
	struct bond_route route = route4;
	guint8 frame[PROBE_FRAME_MAX];

	route.tags[0] = (struct bond_tag){0x8100, 0};
	route.n_tags = 1;
	g_assert_cmpmem(frame, build(&route, &target4, frame), arp, sizeof(arp));
}

static void
test_solicited_node(void)
{
	static const guint8 ip[16] = {0x20, 0x01, 0x0d, 0xb8, [12] = 0x55, 0xab, 0xcd, 0xef};
	static const guint8 group_of_it[16] = {0xff, 0x02, [11] = 1, 0xff, 0xab, 0xcd, 0xef};
	static const guint8 mac_of_it[] = {0x33, 0x33, 0xff, 0xab, 0xcd, 0xef};
	struct bond_mac group_mac;
	guint8 group[16];

	probe_solicited_node(ip, group, &group_mac);
	g_assert_cmpmem(group, sizeof(group), group_of_it, sizeof(group_of_it));
	g_assert_cmpmem(group_mac.b, sizeof(group_mac.b), mac_of_it, sizeof(mac_of_it));
}

/* --- Understanding --- */

/* From a buffer of just that size, so that a sanitizer sees where it ends. */
static enum probe_kind
parse(const guint8 *frame, gsize len, struct probe_seen *seen)
{
	g_autofree guint8 *copy = g_memdup2(frame, len);

	memset(seen, 0xee, sizeof(*seen));
	return probe_parse(copy, len, seen);
}

static void
assert_ip(const struct bond_ip *ip, const struct bond_ip *expected)
{
	g_assert_cmpint(ip->is_ipv6, ==, expected->is_ipv6);
	g_assert_cmpmem(ip->bytes, sizeof(ip->bytes), expected->bytes, sizeof(expected->bytes));
}

static void
test_parse_arp(void)
{
	guint8 reply[sizeof(arp)];
	struct probe_seen seen;

	g_assert_cmpint(parse(arp, sizeof(arp), &seen), ==, PROBE_ARP);
	g_assert_true(seen.addressed);
	g_assert_false(seen.reply);
	g_assert_cmpmem(seen.destination.b, 6, arp, 6);
	assert_ip(&seen.sender, &route4.source);
	assert_ip(&seen.target, &target4);

	memcpy(reply, arp, sizeof(arp));
	reply[21] = 2;
	g_assert_cmpint(parse(reply, sizeof(reply), &seen), ==, PROBE_ARP);
	g_assert_true(seen.reply);
}

static void
test_parse_nd(void)
{
	static const struct bond_ip group = {.is_ipv6 = TRUE, .bytes = {0xff, 0x02, [11] = 1, 0xff, [15] = 0xfe}};
	guint8 advertisement[sizeof(ns)];
	struct probe_seen seen;

	memcpy(advertisement, ns, sizeof(ns));
	advertisement[54] = 136;
	for (guint i = 0; i < 2; i++) {
		g_assert_cmpint(parse(i == 0 ? ns : advertisement, sizeof(ns), &seen), ==, PROBE_ND);
		g_assert_true(seen.addressed);
		g_assert_true(seen.reply);
		assert_ip(&seen.sender, &route6.source);
		assert_ip(&seen.target, &group);
	}
}

/* kernel-semantics 77: an answer has the tags that the question had. */
static void
test_parse_tagged(void)
{
	guint8 frame[PROBE_FRAME_MAX];
	struct probe_seen seen;
	struct bond_route route = route4;

	for (route.n_tags = 0; route.n_tags <= BOND_MAX_TAGS; route.n_tags++) {
		gsize len = build(&route, &target4, frame);

		g_assert_cmpint(parse(frame, len, &seen), ==, PROBE_ARP);
		g_assert_true(seen.addressed);
		assert_ip(&seen.target, &target4);
		if (route.n_tags < BOND_MAX_TAGS)
			route.tags[route.n_tags] = (struct bond_tag){0x8100, (guint16) (7 + route.n_tags)};
	}
}

static void
test_parse_too_many_tags(void)
{
	g_autoptr(GByteArray) f = frame_eth(0x8100);
	struct probe_seen seen;

	for (guint i = 0; i < BOND_MAX_TAGS; i++)
		frame_vlan(f, 7, 0x8100);
	frame_vlan(f, 7, WIRE_ARP);
	g_byte_array_append(f, arp + 14, sizeof(arp) - 14);
	g_assert_cmpint(parse(f->data, f->len, &seen), ==, PROBE_NONE);
}

/* No length may be read beyond, and only the whole has addresses. */
static void
test_parse_short(void)
{
	struct probe_seen seen;

	for (gsize len = 0; len < sizeof(arp); len++) {
		enum probe_kind kind = parse(arp, len, &seen);

		g_assert_cmpint(kind, ==, len < 14 ? PROBE_NONE : PROBE_ARP);
		g_assert_true(kind == PROBE_NONE || !seen.addressed);
	}
	for (gsize len = 0; len < sizeof(ns) - 8; len++) {
		enum probe_kind kind = parse(ns, len, &seen);

		g_assert_cmpint(kind, ==, len < 14 ? PROBE_NONE : len <= 54 ? PROBE_IP6 : PROBE_ND);
		g_assert_true(kind == PROBE_NONE || !seen.addressed);
	}
}

/* One wrong byte each: the frame is of its kind, but says nothing. */
static void
test_parse_malformed(void)
{
	static const struct {
		const guint8 *wire;
		gsize len;
		guint at;
		guint8 value;
		enum probe_kind kind;
	} cases[] = {
	    {arp, sizeof(arp), 15, 6, PROBE_ARP},  /* hardware that is no Ethernet */
	    {arp, sizeof(arp), 16, 9, PROBE_ARP},  /* addresses that are no IPv4 */
	    {arp, sizeof(arp), 18, 8, PROBE_ARP},  /* hardware addresses of another length */
	    {arp, sizeof(arp), 19, 16, PROBE_ARP}, /* IP addresses of another length */
	    {arp, sizeof(arp), 13, 0, PROBE_NONE}, /* IPv4 */
	    {ns, sizeof(ns), 14, 0x40, PROBE_IP6}, {ns, sizeof(ns), 19, 16, PROBE_ND}, /* a payload that is too short */
	    {ns, sizeof(ns), 21, 64, PROBE_ND},					       /* a router has passed it on */
	    {ns, sizeof(ns), 20, 0, PROBE_IP6},					       /* an extension header */
	    {ns, sizeof(ns), 54, 134, PROBE_IP6},				       /* router advertisement */
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree guint8 *frame = g_memdup2(cases[i].wire, cases[i].len);
		struct probe_seen seen;

		frame[cases[i].at] = cases[i].value;
		g_assert_cmpint(parse(frame, cases[i].len, &seen), ==, cases[i].kind);
		g_assert_true(cases[i].kind == PROBE_NONE || !seen.addressed);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/probe/build/arp", test_build_arp);
	g_test_add_func("/probe/build/arp-without-source", test_build_arp_without_source);
	g_test_add_func("/probe/build/ns", test_build_ns);
	g_test_add_func("/probe/build/ns-without-source", test_build_ns_without_source);
	g_test_add_func("/probe/build/tagged", test_build_tagged);
	g_test_add_func("/probe/build/tag-0", test_build_tag_0);
	g_test_add_func("/probe/solicited-node", test_solicited_node);
	g_test_add_func("/probe/parse/arp", test_parse_arp);
	g_test_add_func("/probe/parse/nd", test_parse_nd);
	g_test_add_func("/probe/parse/tagged", test_parse_tagged);
	g_test_add_func("/probe/parse/too-many-tags", test_parse_too_many_tags);
	g_test_add_func("/probe/parse/short", test_parse_short);
	g_test_add_func("/probe/parse/malformed", test_parse_malformed);
	return g_test_run();
}
