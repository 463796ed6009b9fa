/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "offload.h"

#include "engine/wire.h"
#include "inet.h"

#include <linux/virtio_net.h>

static inline void
put16(guint8 *p, guint16 value)
{
	guint16 v = GUINT16_TO_BE(value);

	memcpy(p, &v, sizeof(v));
}

static inline void
put32(guint8 *p, guint32 value)
{
	guint32 v = GUINT32_TO_BE(value);

	memcpy(p, &v, sizeof(v));
}

/* A sum is in the CPU's order, so it is stored as it is. */
static inline void
put_checksum(guint8 *p, guint16 checksum)
{
	memcpy(p, &checksum, sizeof(checksum));
}

gboolean
offload_checksum(const struct virtio_net_hdr *hdr, guint8 *frame, gsize len)
{
	gsize start = hdr->csum_start;
	gsize field = start + hdr->csum_offset;
	guint16 checksum;

	if ((hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0)
		return TRUE;
	if (field + 2 > len)
		return FALSE;
	checksum = ~inet_fold(inet_sum(0, frame + start, len - start));
	put_checksum(frame + field, checksum ? checksum : 0xffff); /* 0 would mean "none" to UDP */
	return TRUE;
}

/* --- segmentation --- */

static gboolean
hdr_fits(const struct virtio_net_hdr *hdr, const struct inet_tcp *tcp)
{
	guint8 type = hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;

	if (type != (tcp->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4) || hdr->gso_size < INET_MIN_MSS)
		return FALSE;
	return (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0 ||
	       (hdr->csum_start == tcp->l4 && hdr->csum_offset == INET_TCP_CHECKSUM);
}

gboolean
offload_segment_begin(struct offload_segmenter *seg, const struct virtio_net_hdr *hdr, const guint8 *frame, gsize len,
		      gsize max_frame)
{
	struct inet_tcp tcp;
	gsize payload;

	if (inet_find_tcp(frame, len, &tcp) != INET_TCP || !hdr_fits(hdr, &tcp))
		return FALSE;
	payload = MIN(len - tcp.payload, hdr->gso_size);
	if (tcp.payload + payload > max_frame || tcp.payload + payload - tcp.l3 > G_MAXUINT16)
		return FALSE;
	*seg = (struct offload_segmenter){
	    .frame = frame,
	    .len = len,
	    .headers = tcp.payload,
	    .l3 = tcp.l3,
	    .l4 = tcp.l4,
	    .mss = hdr->gso_size,
	    .next = tcp.payload,
	    .ipv6 = tcp.ipv6,
	};
	return TRUE;
}

static void
segment_ip(const struct offload_segmenter *seg, guint8 *out, gsize len)
{
	guint8 *ip = out + seg->l3;

	if (seg->ipv6) {
		put16(ip + 4, len - seg->l4);
		return;
	}
	put16(ip + 2, len - seg->l3);
	put16(ip + 4, wire_get16(ip + 4) + seg->index);
	put_checksum(ip + 10, 0);
	put_checksum(ip + 10, ~inet_fold(inet_sum(0, ip, seg->l4 - seg->l3)));
}

static void
segment_tcp(const struct offload_segmenter *seg, guint8 *out, gsize len, gboolean last)
{
	guint8 *tcp = out + seg->l4;
	guint64 pseudo = inet_pseudo_sum(out + seg->l3, seg->ipv6, WIRE_PROTO_TCP, len - seg->l4);

	put32(tcp + INET_TCP_SEQ, wire_get32(tcp + INET_TCP_SEQ) + (guint32) (seg->next - seg->headers));
	if (!last)
		tcp[INET_TCP_FLAGS] &= ~(INET_TCP_FIN | INET_TCP_PSH);
	if (seg->index > 0)
		tcp[INET_TCP_FLAGS] &= ~INET_TCP_CWR;
	put_checksum(tcp + INET_TCP_CHECKSUM, 0);
	put_checksum(tcp + INET_TCP_CHECKSUM, ~inet_fold(inet_sum(pseudo, tcp, len - seg->l4)));
}

gsize
offload_segment_next(struct offload_segmenter *seg, guint8 *out)
{
	gsize payload = MIN(seg->len - seg->next, seg->mss);
	gsize len = seg->headers + payload;
	gboolean last = seg->next + payload == seg->len;

	if (seg->done)
		return 0;
	memcpy(out, seg->frame, seg->headers);
	memcpy(out + seg->headers, seg->frame + seg->next, payload);
	segment_ip(seg, out, len);
	segment_tcp(seg, out, len, last);
	seg->next += payload;
	seg->index++;
	seg->done = last;
	return len;
}
