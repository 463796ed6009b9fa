/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dissect.h"

#include "wire.h"

/* Most headers that the walk of the encap policies passes (MAX_FLOW_DISSECT_HDRS). */
#define MAX_HEADERS 15

/* What a header says about the way on. */
enum step {
	STEP_BAD,      /* not understood: the hash falls back */
	STEP_GOOD,     /* the end */
	STEP_PROTO,    /* walk.proto names the next header */
	STEP_IP_PROTO, /* walk.ip_proto names it */
	STEP_PORTS,    /* the transport header */
};

struct walk {
	const guint8 *data;
	gsize len;
	gsize off;
	guint16 proto;
	guint8 ip_proto;
	gboolean tag_used; /* the tag beside the frame has answered for a VLAN header */
	struct bond_flow *flow;
};

/* @n bytes at the walk's place plus @skip, or NULL if the frame ends before them. */
static const guint8 *
walk_peek(const struct walk *walk, gsize skip, gsize n)
{
	if (walk->off > walk->len || walk->len - walk->off < skip + n)
		return NULL;
	return walk->data + walk->off + skip;
}

static gboolean
icmp_has_id(guint8 type)
{
	switch (type) {
	case 8: /* echo, echo reply, timestamp, timestamp reply */
	case 0:
	case 13:
	case 14:
	case 128: /* ICMPv6 echo; the kernel does not ask which of the two ICMPs it reads */
	case 129:
		return TRUE;
	default:
		return FALSE;
	}
}

static gboolean
icmp_is_error(guint8 ip_proto, guint8 type)
{
	if (ip_proto == WIRE_PROTO_ICMPV6)
		return type >= 1 && type <= 4;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* The word that takes the place of the ports; its id in host order, and never 0, which means none. */
static void
take_icmp(struct bond_flow *flow, const guint8 *icmp)
{
	guint16 id = wire_get16(icmp + 4);
	guint8 word[4] = {icmp[0], icmp[1]};

	if (!icmp_has_id(icmp[0]))
		return;
	if (id == 0)
		id = 1;
	memcpy(word + 2, &id, sizeof(id));
	flow->ports = wire_load32(word);
	flow->has_ports = TRUE;
}

/* proto_ports_offset(): where the transport header has its ports (or its SPI), or -1. */
static int
ports_offset(guint8 ip_proto)
{
	switch (ip_proto) {
	case WIRE_PROTO_TCP:
	case WIRE_PROTO_UDP:
	case WIRE_PROTO_DCCP:
	case WIRE_PROTO_ESP:
	case WIRE_PROTO_SCTP:
	case WIRE_PROTO_UDPLITE:
		return 0;
	case WIRE_PROTO_AH:
		return 4;
	default:
		return -1;
	}
}

static void
take_ports(struct walk *walk)
{
	int offset = ports_offset(walk->ip_proto);
	const guint8 *p = offset < 0 ? NULL : walk_peek(walk, offset, 4);

	walk->flow->has_ports = p != NULL;
	walk->flow->ports = p ? wire_load32(p) : 0;
}

static void
take_ip4(struct bond_flow *flow, const guint8 *ip)
{
	flow->src_ip = wire_load32(ip + 12);
	flow->dst_ip = wire_load32(ip + 16);
	flow->has_ip = TRUE;
}

/* ipv6_addr_hash(). */
static guint32
fold_ip6(const guint8 *addr)
{
	return wire_load32(addr) ^ wire_load32(addr + 4) ^ wire_load32(addr + 8) ^ wire_load32(addr + 12);
}

static void
take_ip6(struct bond_flow *flow, const guint8 *ip)
{
	flow->src_ip = fold_ip6(ip + 8);
	flow->dst_ip = fold_ip6(ip + 24);
	flow->has_ip = TRUE;
}

static gboolean
ip4_is_fragment(const guint8 *ip)
{
	return (wire_get16(ip + 6) & WIRE_IP4_FRAGMENT) != 0;
}

/* --- layer2+3 and layer3+4: bond_flow_ip() --- */

/*
 * One IP header and, if @l34, the ports behind it. A header length below 20 is taken at its word, as the kernel
 * does; a fragment's protocol is not looked at. FALSE if it is not IP or the frame ends inside.
 */
static gboolean
plain_ip(struct walk *walk, gboolean l34)
{
	const guint8 *ip;

	if (walk->proto == WIRE_IP4) {
		ip = walk_peek(walk, 0, WIRE_IP4_HEADER);
		if (!ip)
			return FALSE;
		take_ip4(walk->flow, ip);
		walk->off += (ip[0] & 0xf) * 4;
		if (!ip4_is_fragment(ip))
			walk->ip_proto = ip[9];
	} else if (walk->proto == WIRE_IP6) {
		ip = walk_peek(walk, 0, WIRE_IP6_HEADER);
		if (!ip)
			return FALSE;
		take_ip6(walk->flow, ip);
		walk->off += WIRE_IP6_HEADER;
		walk->ip_proto = ip[6];
	} else {
		return FALSE;
	}
	if (l34)
		take_ports(walk);
	return TRUE;
}

/* An ICMP error goes the way of the packet that it complains of. */
static gboolean
plain_dissect(struct walk *walk, gboolean l34)
{
	const guint8 *icmp;

	if (!plain_ip(walk, l34))
		return FALSE;
	if (walk->ip_proto != WIRE_PROTO_ICMP && walk->ip_proto != WIRE_PROTO_ICMPV6)
		return TRUE;
	icmp = walk_peek(walk, 0, 8);
	if (!icmp)
		return TRUE;
	if (icmp_is_error(walk->ip_proto, icmp[0])) {
		walk->off += 8;
		return plain_ip(walk, l34);
	}
	if (l34)
		take_icmp(walk->flow, icmp);
	return TRUE;
}

/* --- encap2+3 and encap3+4: __skb_flow_dissect() with the keys that the bonding driver asks for --- */

static enum step
encap_ip4(struct walk *walk)
{
	const guint8 *ip = walk_peek(walk, 0, WIRE_IP4_HEADER);

	if (!ip || (ip[0] & 0xf) < 5)
		return STEP_BAD;
	walk->off += (ip[0] & 0xf) * 4;
	walk->ip_proto = ip[9];
	take_ip4(walk->flow, ip);
	return ip4_is_fragment(ip) ? STEP_GOOD : STEP_IP_PROTO;
}

static enum step
encap_ip6(struct walk *walk)
{
	const guint8 *ip = walk_peek(walk, 0, WIRE_IP6_HEADER);

	if (!ip)
		return STEP_BAD;
	walk->off += WIRE_IP6_HEADER;
	walk->ip_proto = ip[6];
	take_ip6(walk->flow, ip);
	return STEP_IP_PROTO;
}

/*
 * The first VLAN header that the walk meets is taken to be the tag beside the frame, if there is one, wherever it
 * stands: the kernel then goes on with the frame's own protocol at the same place.
 */
static enum step
encap_vlan(struct walk *walk)
{
	const guint8 *vlan;

	if (walk->flow->has_vlan && !walk->tag_used) {
		walk->tag_used = TRUE;
		walk->proto = walk->flow->ethertype;
		return STEP_PROTO;
	}
	walk->tag_used = TRUE;
	vlan = walk_peek(walk, 0, WIRE_VLAN_HEADER);
	if (!vlan)
		return STEP_BAD;
	walk->proto = wire_get16(vlan + 2);
	walk->off += WIRE_VLAN_HEADER;
	return STEP_PROTO;
}

/* What a PPP protocol number carries, as an Ethertype; 0 if it is nothing that we look into. */
static guint16
ppp_ethertype(guint16 ppp)
{
	switch (ppp) {
	case 0x0021:
		return WIRE_IP4;
	case 0x0057:
		return WIRE_IP6;
	case 0x0281:
		return WIRE_MPLS_UC;
	case 0x0283:
		return WIRE_MPLS_MC;
	default:
		return 0;
	}
}

static enum step
encap_pppoe(struct walk *walk)
{
	const guint8 *p = walk_peek(walk, 0, 8);
	guint16 ppp;
	guint16 inner;

	if (!p || p[0] != 0x11 || p[1] != 0) /* version 1, type 1, session data */
		return STEP_BAD;
	ppp = wire_get16(p + 6);
	if (ppp & 0x0100) { /* the number is compressed to one byte */
		ppp >>= 8;
		walk->off += 7;
	} else {
		walk->off += 8;
	}
	inner = ppp_ethertype(ppp);
	if (inner) {
		walk->proto = inner;
		return STEP_PROTO;
	}
	return (ppp & 0x0101) == 0x0001 ? STEP_GOOD : STEP_BAD;
}

/* The sender's node stands for both addresses. (For keepalives the kernel draws a random number.) */
static enum step
encap_tipc(struct walk *walk)
{
	const guint8 *p = walk_peek(walk, 0, 16);

	if (!p)
		return STEP_BAD;
	walk->flow->src_ip = wire_load32(p + 12);
	walk->flow->dst_ip = 0;
	return STEP_GOOD;
}

/* B.A.T.M.A.N. advanced, unicast: an Ethernet frame behind 10 bytes. */
static enum step
encap_batman(struct walk *walk)
{
	const guint8 *p = walk_peek(walk, 0, 10 + WIRE_ETH_HEADER);

	if (!p || p[0] != 0x40 || p[1] != 15)
		return STEP_BAD;
	walk->proto = wire_get16(p + 22);
	walk->off += 10 + WIRE_ETH_HEADER;
	return STEP_PROTO;
}

/* HSR and PRP. */
static enum step
encap_redundancy(struct walk *walk)
{
	const guint8 *p = walk_peek(walk, 0, 6);

	if (!p)
		return STEP_BAD;
	walk->proto = wire_get16(p + 4);
	walk->off += 6;
	return STEP_PROTO;
}

static enum step
encap_fcoe(struct walk *walk)
{
	return walk_peek(walk, 0, 38) ? STEP_GOOD : STEP_BAD;
}

static enum step
encap_ptp(struct walk *walk)
{
	return walk_peek(walk, 0, 34) ? STEP_GOOD : STEP_BAD;
}

/* Known, but of no field that the bonding driver asks for: not even read. */
static enum step
encap_known(struct walk *walk)
{
	return STEP_GOOD;
}

static const struct {
	guint16 proto;
	enum step (*walk)(struct walk *walk);
} protos[] = {
    {WIRE_IP4, encap_ip4},     {WIRE_IP6, encap_ip6},	     {WIRE_8021Q, encap_vlan},	   {WIRE_8021AD, encap_vlan},
    {WIRE_PPPOE, encap_pppoe}, {WIRE_TIPC, encap_tipc},	     {WIRE_MPLS_UC, encap_known},  {WIRE_MPLS_MC, encap_known},
    {WIRE_FCOE, encap_fcoe},   {WIRE_ARP, encap_known},	     {WIRE_RARP, encap_known},	   {WIRE_BATMAN, encap_batman},
    {WIRE_PTP, encap_ptp},     {WIRE_PRP, encap_redundancy}, {WIRE_HSR, encap_redundancy}, {WIRE_CFM, encap_known},
};

static enum step
walk_proto(struct walk *walk)
{
	guint i;

	for (i = 0; i < G_N_ELEMENTS(protos); i++) {
		if (protos[i].proto == walk->proto)
			return protos[i].walk(walk);
	}
	return STEP_BAD;
}

/* GRE of PPTP: PPP behind the header. An unknown PPP protocol leaves the GRE one, which nobody knows. */
static enum step
gre_ppp(struct walk *walk, guint16 flags, gsize offset)
{
	const guint8 *ppp;
	guint16 number;

	if (flags & 0x0080)
		offset += 4;
	ppp = walk_peek(walk, offset, 4);
	if (!ppp)
		return STEP_BAD;
	number = wire_get16(ppp + 2);
	if (number == 0x0021)
		walk->proto = WIRE_IP4;
	else if (number == 0x0057)
		walk->proto = WIRE_IP6;
	walk->off += offset + 4;
	return STEP_PROTO;
}

static enum step
gre_plain(struct walk *walk, gsize offset)
{
	const guint8 *eth;

	if (walk->proto == WIRE_TEB) {
		eth = walk_peek(walk, offset, WIRE_ETH_HEADER);
		if (!eth)
			return STEP_BAD;
		walk->proto = wire_get16(eth + 12);
		offset += WIRE_ETH_HEADER;
	}
	walk->off += offset;
	return STEP_PROTO;
}

static enum step
encap_gre(struct walk *walk)
{
	const guint8 *gre = walk_peek(walk, 0, 4);
	guint16 flags;
	gsize offset = 4;

	if (!gre)
		return STEP_BAD;
	flags = wire_get16(gre);
	if (flags & 0x4000 || (flags & 7) > 1) /* source routing, unknown version */
		return STEP_PORTS;
	if ((flags & 7) == 1 && !(wire_get16(gre + 2) == WIRE_GRE_PPP && flags & 0x2000))
		return STEP_PORTS;
	walk->proto = wire_get16(gre + 2);
	if (flags & 0x8000) /* checksum */
		offset += 4;
	if (flags & 0x2000) { /* key */
		if (!walk_peek(walk, offset, 4))
			return STEP_BAD;
		offset += 4;
	}
	if (flags & 0x1000) /* sequence number */
		offset += 4;
	return (flags & 7) == 1 ? gre_ppp(walk, flags, offset) : gre_plain(walk, offset);
}

static enum step
encap_ip6_option(struct walk *walk)
{
	const guint8 *p;

	if (walk->proto != WIRE_IP6)
		return STEP_PORTS;
	p = walk_peek(walk, 0, 2);
	if (!p)
		return STEP_BAD;
	walk->ip_proto = p[0];
	walk->off += (p[1] + 1) * 8;
	return STEP_IP_PROTO;
}

/* Fragments keep their ports to themselves, the first one too. */
static enum step
encap_ip6_fragment(struct walk *walk)
{
	const guint8 *p;

	if (walk->proto != WIRE_IP6)
		return STEP_PORTS;
	p = walk_peek(walk, 0, 8);
	if (!p)
		return STEP_BAD;
	walk->off += 8;
	walk->ip_proto = p[0];
	return STEP_GOOD;
}

static enum step
encap_icmp(struct walk *walk)
{
	const guint8 *icmp = walk_peek(walk, 0, 8);

	if (icmp)
		take_icmp(walk->flow, icmp);
	return STEP_GOOD;
}

static enum step
walk_ip_proto(struct walk *walk)
{
	switch (walk->ip_proto) {
	case WIRE_PROTO_GRE:
		return encap_gre(walk);
	case WIRE_PROTO_HOPOPTS:
	case WIRE_PROTO_ROUTING:
	case WIRE_PROTO_DSTOPTS:
		return encap_ip6_option(walk);
	case WIRE_PROTO_FRAGMENT:
		return encap_ip6_fragment(walk);
	case WIRE_PROTO_IPIP:
		walk->proto = WIRE_IP4;
		return STEP_PROTO;
	case WIRE_PROTO_IPV6:
		walk->proto = WIRE_IP6;
		return STEP_PROTO;
	case WIRE_PROTO_MPLS:
		walk->proto = WIRE_MPLS_UC;
		return STEP_PROTO;
	case WIRE_PROTO_ICMP:
	case WIRE_PROTO_ICMPV6:
		return encap_icmp(walk);
	default:
		return STEP_PORTS;
	}
}

/*
 * From header to header. FALSE if it came to something that it does not understand; too many headers are a good
 * end. Ports are read after each IP protocol, so that a walk cut short has those of the last header it saw.
 */
static gboolean
encap_dissect(struct walk *walk)
{
	enum step step = STEP_PROTO;
	guint n_headers = 0;

	for (;;) {
		if (step == STEP_PROTO)
			step = walk_proto(walk);
		if (step == STEP_IP_PROTO) {
			step = walk_ip_proto(walk);
			if (step != STEP_GOOD && step != STEP_BAD)
				take_ports(walk);
		}
		if (step != STEP_PROTO && step != STEP_IP_PROTO)
			return step != STEP_BAD;
		if (++n_headers > MAX_HEADERS)
			return TRUE;
	}
}

/* --- Ethernet --- */

/* A tag inside the frame counts as held beside it: that is how the kernel's bond sees received and sent frames. */
static void
take_ethernet(struct walk *walk)
{
	struct bond_flow *flow = walk->flow;

	memcpy(&flow->dst, walk->data, BOND_ETH_ALEN);
	memcpy(&flow->src, walk->data + BOND_ETH_ALEN, BOND_ETH_ALEN);
	flow->ethertype = wire_get16(walk->data + 12);
	walk->off = WIRE_ETH_HEADER;
	if (!flow->has_vlan && wire_is_vlan(flow->ethertype) && walk->len >= WIRE_ETH_HEADER + WIRE_VLAN_HEADER) {
		flow->has_vlan = TRUE;
		flow->vlan_tci = wire_get16(walk->data + 14);
		flow->ethertype = wire_get16(walk->data + 16);
		walk->off += WIRE_VLAN_HEADER;
	}
	walk->proto = flow->ethertype;
}

void
bond_dissect(const guint8 *data, gsize len, gboolean has_vlan, guint16 vlan_tci, enum bond_hash_policy policy,
	     struct bond_flow *flow)
{
	struct walk walk = {.data = data, .len = len, .flow = flow};

	*flow = (struct bond_flow){.has_vlan = has_vlan, .vlan_tci = has_vlan ? vlan_tci : 0};
	if (len < WIRE_ETH_HEADER)
		return;
	take_ethernet(&walk);
	switch (policy) {
	case BOND_HASH_LAYER23:
	case BOND_HASH_LAYER34:
		flow->dissected = plain_dissect(&walk, policy == BOND_HASH_LAYER34);
		break;
	case BOND_HASH_ENCAP23:
	case BOND_HASH_ENCAP34:
		flow->dissected = encap_dissect(&walk);
		break;
	case BOND_HASH_LAYER2:
	case BOND_HASH_VLAN_SRCMAC:
		break;
	}
	flow->ip_proto = walk.ip_proto;
}

gboolean
bond_dissect_is_igmp(const guint8 *data, gsize len)
{
	gsize ip = WIRE_ETH_HEADER;

	if (len < WIRE_ETH_HEADER + WIRE_IP4_HEADER)
		return FALSE;
	if (wire_is_vlan(wire_get16(data + 12)))
		ip += WIRE_VLAN_HEADER;
	return len >= ip + WIRE_IP4_HEADER && wire_get16(data + ip - 2) == WIRE_IP4 && data[ip + 9] == WIRE_PROTO_IGMP;
}
