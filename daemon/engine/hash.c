/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hash.h"

#include "wire.h"

/* How far ahead the frames of a burst are fetched: they come from memory that another core wrote. */
#define PREFETCH_AHEAD 4

static inline guint32
hash_ethernet(guint8 dst, guint8 src, guint16 ethertype)
{
	return dst ^ src ^ ethertype;
}

/* The policies of layer 3+4 drop the lowest bit, as many clients use even ports only. */
static inline guint32
hash_ip(guint32 hash, guint32 src, guint32 dst, gboolean l34)
{
	hash ^= dst ^ src;
	hash ^= hash >> 16;
	hash ^= hash >> 8;
	return l34 ? hash >> 1 : hash;
}

static guint32
hash_vlan_srcmac(const struct bond_flow *flow)
{
	const guint8 *mac = flow->src.b;
	guint32 vendor = mac[0] << 16 | mac[1] << 8 | mac[2];
	guint32 device = mac[3] << 16 | mac[4] << 8 | mac[5];

	return flow->vlan_tci ^ vendor ^ device;
}

guint32
bond_hash_flow(const struct bond_flow *flow, enum bond_hash_policy policy)
{
	guint32 ethernet = hash_ethernet(flow->dst.b[5], flow->src.b[5], flow->ethertype);

	if (policy == BOND_HASH_VLAN_SRCMAC)
		return hash_vlan_srcmac(flow);
	if (policy == BOND_HASH_LAYER2 || !flow->dissected)
		return ethernet;
	if (policy == BOND_HASH_LAYER23 || policy == BOND_HASH_ENCAP23)
		return hash_ip(ethernet, flow->src_ip, flow->dst_ip, FALSE);
	return hash_ip(flow->ports, flow->src_ip, flow->dst_ip, TRUE);
}

guint32
bond_hash_frame(const guint8 *data, gsize len, gboolean has_vlan, guint16 vlan_tci, enum bond_hash_policy policy)
{
	struct bond_flow flow;

	bond_dissect(data, len, has_vlan, vlan_tci, policy, &flow);
	return bond_hash_flow(&flow, policy);
}

static __attribute__((noinline, cold)) guint32
hash_any(const struct bond_frame *frame, enum bond_hash_policy policy)
{
	return bond_hash_frame(frame->data, frame->len, frame->has_vlan, frame->vlan, policy);
}

/*
 * TCP or UDP over IPv4 without a tag inside, without options, not a fragment: there all policies that read IP agree
 * on the addresses, and on where the ports are.
 */
static inline gboolean
is_common(const guint8 *data, guint32 len)
{
	/* Ethertype, version, header length; fragment, TTL, protocol */
	const guint32 ip4 = GUINT32_TO_BE(WIRE_IP4 << 16 | 0x4500);
	const guint32 fields = GUINT32_TO_BE((guint32) WIRE_IP4_FRAGMENT << 16 | 0xff);
	guint32 word;

	if (len < WIRE_ETH_HEADER + WIRE_IP4_HEADER + 4 || (wire_load32(data + 12) & GUINT32_TO_BE(0xffffff00)) != ip4)
		return FALSE;
	word = wire_load32(data + 20) & fields;
	return word == GUINT32_TO_BE(WIRE_PROTO_TCP) || word == GUINT32_TO_BE(WIRE_PROTO_UDP);
}

/* Bytes 10 to 13 in one load: the end of the source MAC and the Ethertype, in the host's order. */
static inline guint32
load_source_and_type(const guint8 *data)
{
	return wire_get32(data + 10);
}

static inline guint32
hash_layer2(const struct bond_frame *frame)
{
	const guint8 *data = frame->data;
	guint32 word;

	if (G_UNLIKELY(frame->len < WIRE_ETH_HEADER))
		return hash_any(frame, BOND_HASH_LAYER2);
	word = load_source_and_type(data);
	if (G_UNLIKELY(wire_is_vlan(word & 0xffff)))
		return hash_any(frame, BOND_HASH_LAYER2);
	return hash_ethernet(data[5], word >> 16 & 0xff, word & 0xffff);
}

static inline guint32
hash_layer23(const struct bond_frame *frame, enum bond_hash_policy policy)
{
	const guint8 *data = frame->data;

	if (G_UNLIKELY(!is_common(data, frame->len)))
		return hash_any(frame, policy);
	return hash_ip(hash_ethernet(data[5], data[11], WIRE_IP4), wire_load32(data + 26), wire_load32(data + 30),
		       FALSE);
}

static inline guint32
hash_layer34(const struct bond_frame *frame, enum bond_hash_policy policy)
{
	const guint8 *data = frame->data;

	if (G_UNLIKELY(!is_common(data, frame->len)))
		return hash_any(frame, policy);
	return hash_ip(wire_load32(data + 34), wire_load32(data + 26), wire_load32(data + 30), TRUE);
}

/* The tag's bits are in the tag beside the frame, if there is one. */
static inline guint32
hash_vlan(const struct bond_frame *frame)
{
	const guint8 *data = frame->data;
	guint32 vendor;
	guint32 device;

	if (G_UNLIKELY(frame->len < WIRE_ETH_HEADER) || G_UNLIKELY(wire_is_vlan(load_source_and_type(data) & 0xffff)))
		return hash_any(frame, BOND_HASH_VLAN_SRCMAC);
	vendor = wire_get32(data + 6) >> 8;
	device = wire_get32(data + 8) & 0xffffff;
	return (frame->has_vlan ? frame->vlan : 0) ^ vendor ^ device;
}

static inline guint32
hash_one(const struct bond_frame *frame, enum bond_hash_policy policy)
{
	switch (policy) {
	case BOND_HASH_LAYER2:
		return hash_layer2(frame);
	case BOND_HASH_LAYER23:
	case BOND_HASH_ENCAP23:
		return hash_layer23(frame, policy);
	case BOND_HASH_LAYER34:
	case BOND_HASH_ENCAP34:
		return hash_layer34(frame, policy);
	case BOND_HASH_VLAN_SRCMAC:
		return hash_vlan(frame);
	}
	return hash_any(frame, policy);
}

/* Inlined into each case of bond_hash_burst(), so that each policy has a loop of its own. */
static inline __attribute__((always_inline)) void
burst(const struct bond_frame *frames, guint n, enum bond_hash_policy policy, guint32 *hashes)
{
	guint i;

	for (i = 0; i < n; i++) {
		if (i + PREFETCH_AHEAD < n)
			__builtin_prefetch(frames[i + PREFETCH_AHEAD].data);
		hashes[i] = hash_one(&frames[i], policy);
	}
}

void
bond_hash_burst(const struct bond_frame *frames, guint n, enum bond_hash_policy policy, guint32 *hashes)
{
	switch (policy) {
	case BOND_HASH_LAYER2:
		burst(frames, n, BOND_HASH_LAYER2, hashes);
		break;
	case BOND_HASH_LAYER34:
		burst(frames, n, BOND_HASH_LAYER34, hashes);
		break;
	case BOND_HASH_LAYER23:
		burst(frames, n, BOND_HASH_LAYER23, hashes);
		break;
	case BOND_HASH_ENCAP23:
		burst(frames, n, BOND_HASH_ENCAP23, hashes);
		break;
	case BOND_HASH_ENCAP34:
		burst(frames, n, BOND_HASH_ENCAP34, hashes);
		break;
	case BOND_HASH_VLAN_SRCMAC:
		burst(frames, n, BOND_HASH_VLAN_SRCMAC, hashes);
		break;
	}
}
