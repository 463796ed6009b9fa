/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input: struct virtio_net_hdr, longest frame (2 bytes), options (1 byte), then frames, each behind its length (2
 * bytes); all numbers little-endian. The first frame is checksummed and cut, all of them go through GRO in one burst.
 */
#include "datapath/offload.h"

#include "datapath/inet.h"
#include "engine/wire.h"

#include <linux/virtio_net.h>

#define HEAD	     (sizeof(struct virtio_net_hdr) + 3)
#define MAX_FRAMES   80
#define REPAIR	     1 /* option: make checksums right, which no mutation could */
#define MAX_SEGMENTS 100000

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
check(gboolean right)
{
	if (!right)
		abort();
}

/* --- one frame from the host --- */

static void
check_checksum(const struct virtio_net_hdr *hdr, const guint8 *frame, gsize len)
{
	g_autofree guint8 *copy = g_memdup2(frame, len);

	if (!offload_checksum(hdr, copy, len) || !(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		check(len == 0 || memcmp(copy, frame, len) == 0);
}

static void
check_segments(const struct virtio_net_hdr *hdr, const guint8 *frame, gsize len, gsize max_frame)
{
	g_autofree guint8 *copy = g_memdup2(frame, len);
	g_autofree guint8 *out = g_malloc(max_frame + 1);
	struct offload_segmenter seg;
	gsize payload = 0;
	gsize n;

	if (!offload_segment_begin(&seg, hdr, copy, len, max_frame))
		return;
	while ((n = offload_segment_next(&seg, out)) > 0) {
		check(n <= max_frame && n >= seg.headers);
		check(memcmp(out + seg.headers, frame + seg.headers + payload, n - seg.headers) == 0);
		payload += n - seg.headers;
		check(seg.index < MAX_SEGMENTS);
	}
	check(seg.headers + payload == len);
}

/* --- a burst from the wire --- */

static void
repair(guint8 *frame, gsize len)
{
	struct inet_tcp tcp;
	guint16 checksum = 0;

	if (inet_find_tcp(frame, len, &tcp) != INET_TCP || tcp.end != len || tcp.end < tcp.l4)
		return;
	if (!tcp.ipv6) {
		memcpy(frame + tcp.l3 + 10, &checksum, 2);
		checksum = ~inet_fold(inet_sum(0, frame + tcp.l3, WIRE_IP4_HEADER));
		memcpy(frame + tcp.l3 + 10, &checksum, 2);
		checksum = 0;
	}
	memcpy(frame + tcp.l4 + INET_TCP_CHECKSUM, &checksum, 2);
	checksum = ~inet_fold(inet_sum(inet_pseudo_sum(frame + tcp.l3, tcp.ipv6, WIRE_PROTO_TCP, len - tcp.l4),
				       frame + tcp.l4, len - tcp.l4));
	memcpy(frame + tcp.l4 + INET_TCP_CHECKSUM, &checksum, 2);
}

/* A frame's mark; without the identification, which means nothing with DF set, and with what hangs on it. */
static guint64
mark(const guint8 *frame, gsize len)
{
	guint64 hash = 0xcbf29ce484222325;
	struct inet_tcp tcp;
	gboolean ip4 = inet_find_tcp(frame, len, &tcp) == INET_TCP && !tcp.ipv6;
	gsize i;

	for (i = 0; i < len; i++) {
		if (ip4 && i >= tcp.l3 + 4 && i < tcp.l3 + 12 && (i < tcp.l3 + 6 || i >= tcp.l3 + 10))
			continue;
		hash = (hash ^ frame[i]) * 0x100000001b3;
	}
	return hash;
}

/* Sums over the frames: what went in must come out, in whatever order of flows. */
struct tally {
	guint n;
	guint64 marks;
};

static void
count(void *user, const struct virtio_net_hdr *hdr, const struct iovec *iov, guint n_iov, guint n_packets)
{
	g_autoptr(GByteArray) whole = g_byte_array_new();
	struct tally *tally = user;
	struct offload_segmenter seg;
	guint8 out[16384];
	gsize len;
	guint i;

	for (i = 0; i < n_iov; i++)
		g_byte_array_append(whole, iov[i].iov_base, iov[i].iov_len);
	tally->n += n_packets;
	if (n_packets == 1) {
		tally->marks += mark(whole->data, whole->len);
		return;
	}
	check(offload_segment_begin(&seg, hdr, whole->data, whole->len, sizeof(out)));
	while ((len = offload_segment_next(&seg, out)) > 0)
		tally->marks += mark(out, len);
	check(seg.index == n_packets);
}

static void
check_gro(guint8 *const *frames, const gsize *lens, guint n)
{
	struct offload_gro *gro = offload_gro_new();
	struct tally in = {.n = n};
	struct tally out = {0};
	guint i;

	for (i = 0; i < n; i++)
		in.marks += mark(frames[i], lens[i]);
	for (i = 0; i < n; i++)
		offload_gro_receive(gro, frames[i], lens[i], count, &out);
	offload_gro_flush(gro, count, &out);
	check(in.n == out.n && in.marks == out.marks);
	offload_gro_free(gro);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	guint8 *frames[MAX_FRAMES];
	gsize lens[MAX_FRAMES];
	struct virtio_net_hdr hdr;
	guint16 max_frame;
	gsize at = HEAD;
	guint n = 0;
	guint i;

	if (size < HEAD)
		return 0;
	memcpy(&hdr, data, sizeof(hdr));
	max_frame = data[sizeof(hdr)] | data[sizeof(hdr) + 1] << 8;
	while (n < MAX_FRAMES && at + 2 <= size) {
		lens[n] = MIN((gsize) (data[at] | data[at + 1] << 8), size - at - 2);
		frames[n] = g_memdup2(data + at + 2, lens[n]);
		at += 2 + lens[n];
		if (data[HEAD - 1] & REPAIR)
			repair(frames[n], lens[n]);
		n++;
	}
	if (n > 0) {
		check_checksum(&hdr, frames[0], lens[0]);
		check_segments(&hdr, frames[0], lens[0], max_frame);
	}
	check_gro(frames, lens, n);
	for (i = 0; i < n; i++)
		g_free(frames[i]);
	return 0;
}
