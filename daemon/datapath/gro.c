/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "offload.h"

#include "engine/wire.h"
#include "inet.h"

#include <linux/virtio_net.h>

/* A table of SETS x WAYS flows; a flow stands in the set of its hash, as long as the burst lasts. */
#define SETS	     16
#define WAYS	     4
#define MAX_SEGMENTS 64
#define MAX_IP_BYTES 65535

/* How the IPv4 identification goes on from frame to frame. */
enum id_step {
	ID_UNKNOWN, /* only one frame yet */
	ID_COUNTS,
	ID_FIXED, /* allowed with DF set, where it means nothing */
};

/* Frames of one direction of a TCP connection that will be one. */
struct flow {
	guint8 *frame;	     /* the first */
	struct inet_tcp tcp; /* of the first */
	guint n;
	guint mss;
	guint bytes; /* of payload */
	guint32 next_seq;
	guint16 last_id;
	enum id_step id_step;
	guint8 flags; /* FIN and PSH of the last */
	struct iovec iov[MAX_SEGMENTS];
};

/* A TCP frame just received. */
struct segment {
	guint8 *frame;
	gsize len;
	struct inet_tcp tcp;
	guint payload;
	guint8 flags;
	guint set;
};

struct offload_gro {
	guint64 used; /* a bit for each flow that holds frames */
	struct flow flows[SETS * WAYS];
};

struct offload_gro *
offload_gro_new(void)
{
	return g_new0(struct offload_gro, 1);
}

void
offload_gro_free(struct offload_gro *gro)
{
	g_free(gro);
}

/* --- giving out --- */

/* The first frame's headers become those of the whole; the kernel completes the checksum if it must. */
static void
flow_headers(struct flow *flow, struct virtio_net_hdr *hdr)
{
	guint8 *ip = flow->frame + flow->tcp.l3;
	guint8 *tcp = flow->frame + flow->tcp.l4;
	guint l4_len = flow->tcp.payload - flow->tcp.l4 + flow->bytes;
	guint16 ip_len = GUINT16_TO_BE(flow->tcp.ipv6 ? l4_len : l4_len + WIRE_IP4_HEADER);
	guint16 checksum = 0;

	if (flow->tcp.ipv6) {
		memcpy(ip + 4, &ip_len, sizeof(ip_len));
	} else {
		memcpy(ip + 2, &ip_len, sizeof(ip_len));
		memcpy(ip + 10, &checksum, sizeof(checksum));
		checksum = ~inet_fold(inet_sum(0, ip, WIRE_IP4_HEADER));
		memcpy(ip + 10, &checksum, sizeof(checksum));
	}
	tcp[INET_TCP_FLAGS] |= flow->flags;
	checksum = inet_fold(inet_pseudo_sum(ip, flow->tcp.ipv6, WIRE_PROTO_TCP, l4_len));
	memcpy(tcp + INET_TCP_CHECKSUM, &checksum, sizeof(checksum));
	*hdr = (struct virtio_net_hdr){
	    .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	    .gso_type = flow->tcp.ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
	    .hdr_len = flow->tcp.payload,
	    .gso_size = flow->mss,
	    .csum_start = flow->tcp.l4,
	    .csum_offset = INET_TCP_CHECKSUM,
	};
	if (tcp[INET_TCP_FLAGS] & INET_TCP_CWR)
		hdr->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
}

static void
emit_frame(guint8 *frame, gsize len, offload_gro_emit emit, void *user)
{
	const struct virtio_net_hdr hdr = {0};
	const struct iovec iov = {.iov_base = frame, .iov_len = len};

	emit(user, &hdr, &iov, 1, 1);
}

static void
emit_flow(struct offload_gro *gro, guint index, offload_gro_emit emit, void *user)
{
	struct flow *flow = &gro->flows[index];
	struct virtio_net_hdr hdr = {0};

	gro->used &= ~((guint64) 1 << index);
	if (flow->n > 1)
		flow_headers(flow, &hdr);
	emit(user, &hdr, flow->iov, flow->n, flow->n);
}

void
offload_gro_flush(struct offload_gro *gro, offload_gro_emit emit, void *user)
{
	while (gro->used)
		emit_flow(gro, __builtin_ctzll(gro->used), emit, user);
}

/* --- taking in --- */

static const guint8 *
addresses(const guint8 *frame, const struct inet_tcp *tcp, gsize *len)
{
	*len = tcp->ipv6 ? 32 : 8;
	return frame + tcp->l3 + (tcp->ipv6 ? 8 : 12);
}

/* Same addresses and ports: the receiver sees one stream, whatever else differs. */
static gboolean
same_flow(const struct flow *flow, const struct segment *seg)
{
	gsize len;
	const guint8 *a = addresses(flow->frame, &flow->tcp, &len);
	const guint8 *b = addresses(seg->frame, &seg->tcp, &len);

	return flow->tcp.ipv6 == seg->tcp.ipv6 && memcmp(a, b, len) == 0 &&
	       wire_load32(flow->frame + flow->tcp.l4) == wire_load32(seg->frame + seg->tcp.l4);
}

static guint
flow_set(const struct segment *seg)
{
	gsize len;
	const guint8 *p = addresses(seg->frame, &seg->tcp, &len);
	guint32 hash = wire_load32(seg->frame + seg->tcp.l4);
	gsize i;

	for (i = 0; i < len; i += 4)
		hash = hash * 31 + wire_load32(p + i);
	return (hash * 2654435769u) >> 28;
}

G_STATIC_ASSERT(SETS == 16);

/* Index of the flow that @seg belongs to, or -1. */
static int
find_flow(const struct offload_gro *gro, const struct segment *seg)
{
	guint i;

	for (i = seg->set * WAYS; i < (seg->set + 1) * WAYS; i++) {
		if ((gro->used >> i & 1) && same_flow(&gro->flows[i], seg))
			return i;
	}
	return -1;
}

static guint16
segment_id(const struct segment *seg)
{
	return wire_get16(seg->frame + seg->tcp.l3 + 4);
}

/*
 * Whether a frame may be part of a larger one: nothing behind the IP packet, payload, no flag that asks for
 * attention, no IPv4 options, and right checksums, as nobody will look at them again.
 */
static gboolean
may_join(const struct segment *seg)
{
	const guint8 *ip = seg->frame + seg->tcp.l3;
	guint l4_len = seg->tcp.end - seg->tcp.l4;
	const guint8 joining = INET_TCP_FIN | INET_TCP_PSH | INET_TCP_ACKED | INET_TCP_ECE | INET_TCP_CWR;

	if (seg->tcp.end != seg->len || seg->payload == 0 || (seg->flags & ~joining) || !(seg->flags & INET_TCP_ACKED))
		return FALSE;
	if (!seg->tcp.ipv6 &&
	    (seg->tcp.l4 - seg->tcp.l3 != WIRE_IP4_HEADER || inet_fold(inet_sum(0, ip, WIRE_IP4_HEADER)) != 0xffff))
		return FALSE;
	return inet_fold(inet_sum(inet_pseudo_sum(ip, seg->tcp.ipv6, WIRE_PROTO_TCP, l4_len), seg->frame + seg->tcp.l4,
				  l4_len)) == 0xffff;
}

static gboolean
ids_go_on(struct flow *flow, const struct segment *seg, enum id_step *step)
{
	const gboolean df = (seg->frame[seg->tcp.l3 + 6] & 0x40) != 0;
	guint16 id = segment_id(seg);

	if (id == (guint16) (flow->last_id + 1))
		*step = ID_COUNTS;
	else if (df && id == flow->last_id)
		*step = ID_FIXED;
	else
		return FALSE;
	return flow->id_step == ID_UNKNOWN || flow->id_step == *step;
}

/* IP fields that the joined frame has only once. */
static gboolean
same_ip(const struct flow *flow, const struct segment *seg)
{
	const guint8 *a = flow->frame + flow->tcp.l3;
	const guint8 *b = seg->frame + seg->tcp.l3;

	if (flow->tcp.ipv6) /* traffic class and flow label; hop limit */
		return wire_load32(a) == wire_load32(b) && a[7] == b[7];
	/* TOS; fragment field; TTL */
	return wire_load16(a) == wire_load16(b) && wire_load16(a + 6) == wire_load16(b + 6) && a[8] == b[8];
}

/* Acknowledged number, flags but for those that may end or begin a flow, window, urgent pointer, options. */
static gboolean
same_tcp(const struct flow *flow, const struct segment *seg)
{
	const guint8 *a = flow->frame + flow->tcp.l4;
	const guint8 *b = seg->frame + seg->tcp.l4;
	const guint8 passing = INET_TCP_FIN | INET_TCP_PSH | INET_TCP_CWR;
	guint header = flow->tcp.payload - flow->tcp.l4;

	return wire_load32(a + INET_TCP_ACK) == wire_load32(b + INET_TCP_ACK) && a[12] == b[12] &&
	       ((a[INET_TCP_FLAGS] ^ b[INET_TCP_FLAGS]) & ~passing) == 0 && !(seg->flags & INET_TCP_CWR) &&
	       wire_load16(a + INET_TCP_WINDOW) == wire_load16(b + INET_TCP_WINDOW) &&
	       wire_load16(a + INET_TCP_URGENT) == wire_load16(b + INET_TCP_URGENT) &&
	       memcmp(a + INET_TCP_OPTIONS, b + INET_TCP_OPTIONS, header - INET_TCP_OPTIONS) == 0;
}

/* Nothing may follow it: the sender pushed, or had no more. */
static gboolean
ends_flow(const struct flow *flow, const struct segment *seg)
{
	return (seg->flags & (INET_TCP_FIN | INET_TCP_PSH)) != 0 || seg->payload < flow->mss || flow->n == MAX_SEGMENTS;
}

static gboolean
flow_append(struct flow *flow, const struct segment *seg)
{
	enum id_step step = flow->id_step;

	if (seg->payload > flow->mss || flow->tcp.payload - flow->tcp.l3 + flow->bytes + seg->payload > MAX_IP_BYTES ||
	    wire_get32(seg->frame + seg->tcp.l4 + INET_TCP_SEQ) != flow->next_seq || flow->tcp.l3 != seg->tcp.l3 ||
	    memcmp(flow->frame, seg->frame, flow->tcp.l3) != 0 || !same_ip(flow, seg) || !same_tcp(flow, seg))
		return FALSE;
	if (!seg->tcp.ipv6 && !ids_go_on(flow, seg, &step))
		return FALSE;
	flow->id_step = step;
	flow->last_id = segment_id(seg);
	flow->iov[flow->n++] = (struct iovec){.iov_base = seg->frame + seg->tcp.payload, .iov_len = seg->payload};
	flow->bytes += seg->payload;
	flow->next_seq += seg->payload;
	flow->flags = seg->flags & (INET_TCP_FIN | INET_TCP_PSH);
	return TRUE;
}

/* The first of a flow. A full set gives out one of its flows. */
static void
flow_start(struct offload_gro *gro, const struct segment *seg, offload_gro_emit emit, void *user)
{
	guint index = seg->set * WAYS;
	struct flow *flow;

	while (index < (seg->set + 1) * WAYS && (gro->used >> index & 1))
		index++;
	if (index == (seg->set + 1) * WAYS)
		emit_flow(gro, --index, emit, user);
	gro->used |= (guint64) 1 << index;
	flow = &gro->flows[index];
	flow->frame = seg->frame;
	flow->tcp = seg->tcp;
	flow->n = 1;
	flow->mss = seg->payload;
	flow->bytes = seg->payload;
	flow->next_seq = wire_get32(seg->frame + seg->tcp.l4 + INET_TCP_SEQ) + seg->payload;
	flow->last_id = segment_id(seg);
	flow->id_step = ID_UNKNOWN;
	flow->flags = 0;
	flow->iov[0] = (struct iovec){.iov_base = seg->frame, .iov_len = seg->len};
}

/* FALSE if the frame must go by itself; what it must not overtake has gone then. */
static gboolean
keep(struct offload_gro *gro, const struct segment *seg, offload_gro_emit emit, void *user)
{
	const gboolean pushed = (seg->flags & (INET_TCP_FIN | INET_TCP_PSH)) != 0;
	int index = find_flow(gro, seg);
	gboolean joins;

	if (index < 0 && pushed)
		return FALSE;
	joins = may_join(seg);
	if (index >= 0) {
		if (joins && flow_append(&gro->flows[index], seg)) {
			if (ends_flow(&gro->flows[index], seg))
				emit_flow(gro, index, emit, user);
			return TRUE;
		}
		emit_flow(gro, index, emit, user);
	}
	if (!joins || pushed || seg->payload < INET_MIN_MSS)
		return FALSE;
	flow_start(gro, seg, emit, user);
	return TRUE;
}

void
offload_gro_receive(struct offload_gro *gro, guint8 *frame, gsize len, offload_gro_emit emit, void *user)
{
	struct segment seg = {.frame = frame, .len = len};

	switch (inet_find_tcp(frame, len, &seg.tcp)) {
	case INET_TCP:
		seg.flags = frame[seg.tcp.l4 + INET_TCP_FLAGS];
		seg.payload = len - seg.tcp.payload;
		seg.set = flow_set(&seg);
		if (keep(gro, &seg, emit, user))
			return;
		break;
	case INET_UNCLEAR:
		offload_gro_flush(gro, emit, user);
		break;
	case INET_OTHER:
		break;
	}
	emit_frame(frame, len, emit, user);
}
