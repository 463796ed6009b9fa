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

static __attribute__((noinline)) guint32
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
	const guint8 *ip;

	if (len < WIRE_ETH_HEADER + WIRE_IP4_HEADER + 4 || wire_load16(data + 12) != GUINT16_TO_BE(WIRE_IP4))
		return FALSE;
	ip = data + WIRE_ETH_HEADER;
	return ip[0] == 0x45 && (wire_load16(ip + 6) & GUINT16_TO_BE(WIRE_IP4_FRAGMENT)) == 0 &&
	       (ip[9] == WIRE_PROTO_TCP || ip[9] == WIRE_PROTO_UDP);
}

static inline guint32
hash_layer2(const struct bond_frame *frame)
{
	const guint8 *data = frame->data;
	guint16 ethertype;

	if (G_UNLIKELY(frame->len < WIRE_ETH_HEADER))
		return hash_any(frame, BOND_HASH_LAYER2);
	ethertype = wire_get16(data + 12);
	if (G_UNLIKELY(wire_is_vlan(ethertype)))
		return hash_any(frame, BOND_HASH_LAYER2);
	return hash_ethernet(data[5], data[11], ethertype);
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
		break;
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
