/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "datapath/offload.h"

#include "datapath/inet.h"
#include "frames.h"

#include <linux/virtio_net.h>

#define ETHERNET_MAX 1518
#define ACK	     INET_TCP_ACKED

/* --- checksums --- */

static void
test_sum(void)
{
	g_autofree guint8 *memory = g_malloc(9000);
	guint i;

	for (i = 0; i < 9000; i++)
		memory[i] = g_test_rand_int();
	for (i = 0; i < 4000; i++) {
		gsize start = g_test_rand_int_range(0, 40);
		gsize len = i < 200 ? i : g_test_rand_int_range(0, 8900);
		guint16 ours = ~inet_fold(inet_sum(0, memory + start, len));

		g_assert_cmphex(GUINT16_FROM_BE(ours), ==, reference_checksum(0, memory + start, len));
	}
}

/* All ones: the sums that carry most. */
static void
test_sum_carries(void)
{
	g_autofree guint8 *memory = g_malloc(65536);
	gsize len;

	memset(memory, 0xff, 65536);
	for (len = 65000; len <= 65536; len++) {
		guint16 ours = ~inet_fold(inet_sum(G_MAXUINT32, memory, len));

		g_assert_cmphex(GUINT16_FROM_BE(ours), ==, reference_checksum(0xffff, memory, len));
	}
}

static struct virtio_net_hdr
partial(guint start, guint offset)
{
	return (struct virtio_net_hdr){
	    .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = start, .csum_offset = offset};
}

/* As the stack leaves it: the sum of the pseudo header stands in the field. */
static void
make_partial(guint8 *frame, gsize len, const struct tcp_place *place, gboolean ipv6)
{
	guint16 sum = inet_fold(inet_pseudo_sum(frame + place->l3, ipv6, WIRE_PROTO_TCP, len - place->l4));

	memcpy(frame + place->l4 + 16, &sum, sizeof(sum));
}

static void
test_complete(void)
{
	guint i;

	for (i = 0; i < 400; i++) {
		const struct tcp_spec spec = {.tags = i % 3, .ipv6 = i & 1, .flags = ACK, .seq = i, .payload = i};
		struct tcp_place place;
		g_autoptr(GByteArray) whole = frame_tcp(&spec, &place);
		g_autofree guint8 *frame = g_memdup2(whole->data, whole->len);
		const struct virtio_net_hdr hdr = partial(place.l4, 16);

		make_partial(frame, whole->len, &place, spec.ipv6);
		g_assert_true(offload_checksum(&hdr, frame, whole->len));
		g_assert_cmpmem(frame, whole->len, whole->data, whole->len);
	}
}

/* A UDP checksum of 0 is written as its other zero. */
static void
test_complete_zero(void)
{
	guint8 udp[8] = {0xff, 0xff, 0, 0, 0, 0, 0, 0};
	const struct virtio_net_hdr hdr = partial(0, 6);

	g_assert_true(offload_checksum(&hdr, udp, sizeof(udp)));
	g_assert_cmphex(wire_get16(udp + 6), ==, 0xffff);
}

static void
test_complete_refused(void)
{
	g_autofree guint8 *frame = g_malloc0(60);
	static const guint16 places[][2] = {{60, 0}, {59, 0}, {0, 59}, {0xffff, 0xffff}, {58, 1}, {42, 17}};
	const struct virtio_net_hdr none = {.csum_start = 0xffff};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(places); i++) {
		const struct virtio_net_hdr hdr = partial(places[i][0], places[i][1]);

		g_assert_false(offload_checksum(&hdr, frame, 60));
	}
	g_assert_true(offload_checksum(&none, frame, 60));
	for (i = 0; i < 60; i++)
		g_assert_cmpuint(frame[i], ==, 0);
}

/* --- segmentation --- */

static struct virtio_net_hdr
gso(const struct tcp_spec *spec, const struct tcp_place *place, guint mss)
{
	return (struct virtio_net_hdr){
	    .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	    .gso_type = spec->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
	    .gso_size = mss,
	    .csum_start = place->l4,
	    .csum_offset = 16,
	};
}

/* Segment number @i of the frame of @spec, made the plain way. */
static GByteArray *
reference_segment(const struct tcp_spec *spec, const GByteArray *whole, const struct tcp_place *place, guint mss,
		  guint i)
{
	struct tcp_spec cut = *spec;
	guint done = i * mss;
	gboolean last = done + mss >= spec->payload;
	GByteArray *f;

	cut.payload = MIN(mss, spec->payload - done);
	cut.seq += done;
	cut.id += i;
	if (!last)
		cut.flags &= ~(INET_TCP_FIN | INET_TCP_PSH);
	if (i > 0)
		cut.flags &= ~INET_TCP_CWR;
	f = frame_tcp(&cut, NULL);
	memcpy(f->data + place->payload, whole->data + place->payload + done, cut.payload);
	frame_store16(f->data + place->l4 + 16, 0);
	frame_store16(f->data + place->l4 + 16,
		      reference_tcp_checksum(f->data, f->len, place->l3, place->l4, spec->ipv6));
	return f;
}

static void
check_segments(const struct tcp_spec *spec, guint mss)
{
	struct tcp_place place;
	g_autoptr(GByteArray) whole = frame_tcp(spec, &place);
	g_autofree guint8 *out = g_malloc(place.payload + mss);
	const struct virtio_net_hdr hdr = gso(spec, &place, mss);
	struct offload_segmenter seg;
	guint i;

	make_partial(whole->data, whole->len, &place, spec->ipv6);
	g_assert_true(offload_segment_begin(&seg, &hdr, whole->data, whole->len, place.payload + mss));
	for (i = 0; i * mss < MAX(spec->payload, 1); i++) {
		g_autoptr(GByteArray) expected = reference_segment(spec, whole, &place, mss, i);
		gsize len = offload_segment_next(&seg, out);

		g_assert_cmpmem(out, len, expected->data, expected->len);
	}
	g_assert_cmpuint(offload_segment_next(&seg, out), ==, 0);
	g_assert_cmpuint(offload_segment_next(&seg, out), ==, 0);
}

static void
test_segments(void)
{
	guint i;

	for (i = 0; i < 600; i++) {
		const struct tcp_spec spec = {
		    .tags = i % 3,
		    .ipv6 = i / 3 % 2,
		    .id = 0xfff0 + i,
		    .df = g_test_rand_bit(),
		    .sport = 40000,
		    .seq = G_MAXUINT32 - 3000,
		    .flags = ACK | (g_test_rand_int() & (INET_TCP_FIN | INET_TCP_PSH | INET_TCP_CWR | INET_TCP_ECE)),
		    .options = 4 * g_test_rand_int_range(0, 11),
		    .payload = g_test_rand_int_range(0, 9000),
		};

		check_segments(&spec, g_test_rand_int_range(8, 2000));
	}
}

/* The largest that a TAP gives. */
static void
test_segments_large(void)
{
	struct tcp_spec spec = {.flags = ACK | INET_TCP_PSH, .options = 12, .payload = 65535 - 52};

	check_segments(&spec, 1448);
	spec.ipv6 = TRUE;
	spec.tags = 1;
	check_segments(&spec, 1428);
	check_segments(&spec, 8);
}

static gboolean
begins(const struct virtio_net_hdr *hdr, const guint8 *frame, gsize len, gsize max_frame)
{
	struct offload_segmenter seg;

	return offload_segment_begin(&seg, hdr, frame, len, max_frame);
}

static void
test_segment_refused(void)
{
	const struct tcp_spec spec = {.flags = ACK, .payload = 3000, .options = 12};
	struct tcp_place place;
	g_autoptr(GByteArray) f = frame_tcp(&spec, &place);
	const struct virtio_net_hdr good = gso(&spec, &place, 1400);
	struct virtio_net_hdr hdr;
	const guint8 types[] = {VIRTIO_NET_HDR_GSO_NONE, VIRTIO_NET_HDR_GSO_UDP, VIRTIO_NET_HDR_GSO_TCPV6, 5, 0x7f};
	guint i;

	g_assert_true(begins(&good, f->data, f->len, place.payload + 1400));
	g_assert_false(begins(&good, f->data, f->len, place.payload + 1399));
	for (i = 0; i < G_N_ELEMENTS(types); i++) {
		hdr = good;
		hdr.gso_type = types[i];
		g_assert_false(begins(&hdr, f->data, f->len, ETHERNET_MAX));
	}
	hdr = good;
	hdr.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	g_assert_true(begins(&hdr, f->data, f->len, ETHERNET_MAX));
	hdr = good;
	hdr.gso_size = 0;
	g_assert_false(begins(&hdr, f->data, f->len, ETHERNET_MAX));
	hdr.gso_size = 7;
	g_assert_false(begins(&hdr, f->data, f->len, ETHERNET_MAX));
	hdr = good;
	hdr.csum_start++;
	g_assert_false(begins(&hdr, f->data, f->len, ETHERNET_MAX));
	hdr = good;
	hdr.csum_offset = 6;
	g_assert_false(begins(&hdr, f->data, f->len, ETHERNET_MAX));
}

/* Bytes of the frame that make it something that cannot be cut. */
static void
test_segment_refused_frames(void)
{
	static const struct {
		gboolean ipv6;
		guint at;
		guint8 value;
	} changes[] = {
	    {FALSE, 12, 0x86},		 /* not IP */
	    {FALSE, 14, 0x65},		 /* version */
	    {FALSE, 14, 0x44},		 /* header too short */
	    {FALSE, 14, 0x4f},		 /* points into the TCP header: no sense there */
	    {FALSE, 20, 0x20},		 /* more fragments */
	    {FALSE, 21, 0x01},		 /* an offset */
	    {FALSE, 23, WIRE_PROTO_UDP}, /* not TCP */
	    {FALSE, 34 + 12, 0x40},	 /* TCP header too short */
	    {TRUE, 14, 0x45},
	    {TRUE, 20, WIRE_PROTO_HOPOPTS},
	    {TRUE, 20, WIRE_PROTO_FRAGMENT},
	    {TRUE, 20, WIRE_PROTO_UDP},
	};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(changes); i++) {
		const struct tcp_spec spec = {.ipv6 = changes[i].ipv6, .flags = ACK, .payload = 3000};
		struct tcp_place place;
		g_autoptr(GByteArray) f = frame_tcp(&spec, &place);
		const struct virtio_net_hdr hdr = gso(&spec, &place, 1400);

		g_assert_true(begins(&hdr, f->data, f->len, ETHERNET_MAX));
		f->data[changes[i].at] = changes[i].value;
		g_assert_false(begins(&hdr, f->data, f->len, ETHERNET_MAX));
	}
}

/* --- GRO --- */

/* What came out: each frame of it cut again as the host would send it on. */
struct sink {
	GPtrArray *frames; /* GByteArray */
	guint n_emitted;
	guint n_packets;
	gsize longest;
};

static void
sink_clear(struct sink *sink)
{
	g_ptr_array_unref(sink->frames);
}

static void
sink_cut(struct sink *sink, const struct virtio_net_hdr *hdr, GByteArray *whole, guint n_packets)
{
	struct offload_segmenter seg;
	guint8 out[70000];
	guint n = 0;
	gsize len;

	/* The kernel takes the header at its word: so must the checksum that it asks for come out right. */
	g_assert_cmpuint(hdr->flags, ==, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	g_assert_true(offload_segment_begin(&seg, hdr, whole->data, whole->len, sizeof(out)));
	g_assert_cmpuint(hdr->hdr_len, ==, seg.headers);
	while ((len = offload_segment_next(&seg, out)) > 0) {
		GByteArray *f = g_byte_array_new();

		g_byte_array_append(f, out, len);
		g_ptr_array_add(sink->frames, f);
		n++;
	}
	g_assert_cmpuint(n, ==, n_packets);
	g_assert_true(offload_checksum(hdr, whole->data, whole->len));
	g_assert_cmphex(reference_tcp_checksum(whole->data, whole->len, seg.l3, seg.l4, seg.ipv6), ==, 0);
}

static void
sink_emit(void *user, const struct virtio_net_hdr *hdr, const struct iovec *iov, guint n_iov, guint n_packets)
{
	static const struct virtio_net_hdr none;
	struct sink *sink = user;
	g_autoptr(GByteArray) whole = g_byte_array_new();
	guint i;

	for (i = 0; i < n_iov; i++)
		g_byte_array_append(whole, iov[i].iov_base, iov[i].iov_len);
	sink->n_emitted++;
	sink->n_packets += n_packets;
	sink->longest = MAX(sink->longest, whole->len);
	if (n_packets > 1) {
		sink_cut(sink, hdr, whole, n_packets);
		return;
	}
	g_assert_cmpmem(hdr, sizeof(*hdr), &none, sizeof(none));
	g_ptr_array_add(sink->frames, g_steal_pointer(&whole));
}

/* Passes copies of @in through GRO in one burst. */
static void
gro_pass(const GPtrArray *in, struct sink *sink)
{
	struct offload_gro *gro = offload_gro_new();
	g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
	guint i;

	*sink = (struct sink){.frames = g_ptr_array_new_with_free_func((GDestroyNotify) g_byte_array_unref)};
	for (i = 0; i < in->len; i++) {
		const GByteArray *f = in->pdata[i];

		g_ptr_array_add(copies, g_memdup2(f->data, f->len));
		offload_gro_receive(gro, copies->pdata[i], f->len, sink_emit, sink);
	}
	offload_gro_flush(gro, sink_emit, sink);
	g_assert_cmpuint(sink->n_packets, ==, in->len);
	i = sink->n_emitted;
	offload_gro_flush(gro, sink_emit, sink);
	g_assert_cmpuint(sink->n_emitted, ==, i);
	offload_gro_free(gro);
}

static GPtrArray *
stream(struct tcp_spec spec, guint n)
{
	GPtrArray *frames = g_ptr_array_new_with_free_func((GDestroyNotify) g_byte_array_unref);

	while (n-- > 0) {
		g_ptr_array_add(frames, frame_tcp(&spec, NULL));
		spec.seq += spec.payload;
		spec.id++;
	}
	return frames;
}

static void
assert_same_frames(const GPtrArray *a, const GPtrArray *b)
{
	guint i;

	g_assert_cmpuint(a->len, ==, b->len);
	for (i = 0; i < a->len; i++) {
		const GByteArray *x = a->pdata[i];
		const GByteArray *y = b->pdata[i];

		g_assert_cmpmem(x->data, x->len, y->data, y->len);
	}
}

static void
test_gro_joins(void)
{
	guint i;

	for (i = 0; i < 12; i++) {
		const struct tcp_spec spec = {.tags = i % 3,
					      .ipv6 = i / 3 % 2,
					      .df = i / 6,
					      .id = 0xfffe,
					      .seq = G_MAXUINT32 - 2000,
					      .flags = ACK,
					      .options = 12,
					      .payload = 1448};
		g_autoptr(GPtrArray) in = stream(spec, 10);
		struct sink sink;

		gro_pass(in, &sink);
		g_assert_cmpuint(sink.n_emitted, ==, 1);
		assert_same_frames(in, sink.frames);
		sink_clear(&sink);
	}
}

/* DF set and the id always the same: joined as well; the ids then count, as nobody may look at them. */
static void
test_gro_fixed_id(void)
{
	struct tcp_spec spec = {.df = TRUE, .flags = ACK, .payload = 100};
	g_autoptr(GPtrArray) in = stream(spec, 1);
	struct sink sink;
	guint i;

	for (i = 1; i < 4; i++) {
		spec.seq += 100;
		g_ptr_array_add(in, frame_tcp(&spec, NULL));
	}
	gro_pass(in, &sink);
	g_assert_cmpuint(sink.n_emitted, ==, 1);
	sink_clear(&sink);
	g_ptr_array_set_size(in, 2); /* a fixed and then a counting one */
	spec.seq = 200;
	spec.id = 1;
	g_ptr_array_add(in, frame_tcp(&spec, NULL));
	gro_pass(in, &sink);
	g_assert_cmpuint(sink.n_emitted, ==, 2);
	sink_clear(&sink);
}

/* 64 KiB and 64 segments at most. */
static void
test_gro_limits(void)
{
	struct tcp_spec spec = {.flags = ACK, .payload = 1448, .options = 12};
	g_autoptr(GPtrArray) large = stream(spec, 60);
	g_autoptr(GPtrArray) many = NULL;
	struct sink sink;

	gro_pass(large, &sink);
	g_assert_cmpuint(sink.n_emitted, ==, 2);
	g_assert_cmpuint(sink.longest, ==, 14 + 52 + 45 * 1448);
	assert_same_frames(large, sink.frames);
	sink_clear(&sink);
	spec.payload = 10;
	many = stream(spec, 100);
	gro_pass(many, &sink);
	g_assert_cmpuint(sink.n_emitted, ==, 2);
	g_assert_cmpuint(sink.longest, ==, 14 + 52 + 64 * 10);
	assert_same_frames(many, sink.frames);
	sink_clear(&sink);
}

/* PSH and FIN end a joined frame, and stand in it. */
static void
test_gro_push(void)
{
	static const guint8 flags[] = {INET_TCP_PSH, INET_TCP_FIN, INET_TCP_PSH | INET_TCP_FIN};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(flags); i++) {
		struct tcp_spec spec = {.flags = ACK, .payload = 500};
		g_autoptr(GPtrArray) in = stream(spec, 2);
		struct sink sink;
		guint more;

		spec = (struct tcp_spec){.flags = ACK | flags[i], .payload = 500, .seq = 1000, .id = 2};
		g_ptr_array_add(in, frame_tcp(&spec, NULL));
		for (more = 3; more < 5; more++) {
			spec = (struct tcp_spec){.flags = ACK, .payload = 500, .seq = more * 500, .id = more};
			g_ptr_array_add(in, frame_tcp(&spec, NULL));
		}
		gro_pass(in, &sink);
		g_assert_cmpuint(sink.n_emitted, ==, 2);
		assert_same_frames(in, sink.frames);
		sink_clear(&sink);
	}
}

/* Congestion window reduced: only the first frame of a joined one may say so. */
static void
test_gro_cwr(void)
{
	struct tcp_spec spec = {.flags = ACK | INET_TCP_CWR, .payload = 500};
	g_autoptr(GPtrArray) in = stream(spec, 1);
	struct sink sink;

	spec = (struct tcp_spec){.flags = ACK, .payload = 500, .seq = 500, .id = 1};
	g_ptr_array_add(in, frame_tcp(&spec, NULL));
	spec = (struct tcp_spec){.flags = ACK | INET_TCP_CWR, .payload = 500, .seq = 1000, .id = 2};
	g_ptr_array_add(in, frame_tcp(&spec, NULL));
	gro_pass(in, &sink);
	g_assert_cmpuint(sink.n_emitted, ==, 2);
	assert_same_frames(in, sink.frames);
	sink_clear(&sink);
}

/* A last segment that is shorter ends the frame; a longer one begins another. */
static void
test_gro_sizes(void)
{
	static const guint last[] = {499, 1, 501};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(last); i++) {
		struct tcp_spec spec = {.flags = ACK, .payload = 500};
		g_autoptr(GPtrArray) in = stream(spec, 2);
		struct sink sink;

		spec = (struct tcp_spec){.flags = ACK, .payload = last[i], .seq = 1000, .id = 2};
		g_ptr_array_add(in, frame_tcp(&spec, NULL));
		gro_pass(in, &sink);
		g_assert_cmpuint(sink.n_emitted, ==, last[i] > 500 ? 2 : 1);
		assert_same_frames(in, sink.frames);
		sink_clear(&sink);
	}
}

static void
repair(GByteArray *f, const struct tcp_place *place, gboolean ipv6)
{
	if (!ipv6)
		frame_finish_ip4(f->data + place->l3);
	frame_store16(f->data + place->l4 + 16, 0);
	frame_store16(f->data + place->l4 + 16, reference_tcp_checksum(f->data, f->len, place->l3, place->l4, ipv6));
}

/* One byte of the second frame differs, checksums made right: not joined, unchanged, in order. */
static void
test_gro_differs(void)
{
	static const struct {
		gboolean ipv6;
		guint at;
	} changes[] = {
	    {FALSE, 3},			   /* destination MAC */
	    {FALSE, 11},		   /* source MAC */
	    {FALSE, 15},		   /* TOS */
	    {FALSE, 19},		   /* id */
	    {FALSE, 22},		   /* TTL */
	    {FALSE, 26},		   /* source */
	    {FALSE, 33},		   /* destination */
	    {FALSE, 34},		   /* ports */
	    {FALSE, 37},      {FALSE, 41}, /* sequence */
	    {FALSE, 45},		   /* acknowledged */
	    {FALSE, 48},		   /* window */
	    {FALSE, 53},		   /* urgent pointer */
	    {FALSE, 54 + 11},		   /* options */
	    {TRUE, 15},			   /* traffic class */
	    {TRUE, 17},			   /* flow label */
	    {TRUE, 21},			   /* hop limit */
	    {TRUE, 22},			   /* addresses */
	    {TRUE, 53},
	};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(changes); i++) {
		struct tcp_spec spec = {.ipv6 = changes[i].ipv6, .flags = ACK, .payload = 200, .options = 12};
		struct tcp_place place;
		g_autoptr(GByteArray) sample = frame_tcp(&spec, &place);
		g_autoptr(GPtrArray) in = stream(spec, 2);
		struct sink sink;

		((GByteArray *) in->pdata[1])->data[changes[i].at] ^= 0x20;
		repair(in->pdata[1], &place, spec.ipv6);
		gro_pass(in, &sink);
		g_assert_cmpuint(sink.n_emitted, ==, 2);
		g_assert_cmpuint(sink.frames->len, ==, 2);
		sink_clear(&sink);
	}
}

/* A wrong checksum is the host's to find: never joined, never repaired. */
static void
test_gro_bad_checksum(void)
{
	static const guint places[] = {24, 50, 60};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(places); i++) {
		const struct tcp_spec spec = {.flags = ACK, .payload = 200};
		g_autoptr(GPtrArray) in = stream(spec, 3);
		struct sink sink;

		((GByteArray *) in->pdata[1])->data[places[i]] ^= 1;
		gro_pass(in, &sink);
		g_assert_cmpuint(sink.n_emitted, ==, 3);
		assert_same_frames(in, sink.frames);
		sink_clear(&sink);
	}
}

/* Frames of the flow that are never joined: what was kept goes before them. */
static void
test_gro_passers(void)
{
	static const struct {
		guint8 flags;
		guint payload;
		guint padding;
		guint16 fragment;
	} passers[] = {
	    {ACK, 0, 0, 0},	     {ACK, 0, 6, 0},	      {ACK, 100, 4, 0}, {ACK | 0x02, 100, 0, 0},
	    {ACK | 0x04, 100, 0, 0}, {ACK | 0x20, 100, 0, 0}, {0, 100, 0, 0},	{ACK, 100, 0, 0x2000},
	};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(passers); i++) {
		struct tcp_spec spec = {.flags = ACK, .payload = 200};
		g_autoptr(GPtrArray) in = stream(spec, 2);
		struct tcp_place place;
		struct sink sink;
		GByteArray *f;

		spec.seq = 400;
		spec.id = 2;
		spec.flags = passers[i].flags;
		spec.payload = passers[i].payload;
		f = frame_tcp(&spec, &place);
		if (passers[i].fragment) {
			frame_store16(f->data + 20, passers[i].fragment);
			frame_finish_ip4(f->data + 14);
		}
		frame_put_run(f, 0, passers[i].padding);
		g_ptr_array_add(in, f);
		gro_pass(in, &sink);
		g_assert_cmpuint(sink.n_emitted, ==, 2);
		assert_same_frames(in, sink.frames);
		sink_clear(&sink);
	}
}

/* Frames that are surely of no TCP flow go at once and end nothing. */
static void
test_gro_others(void)
{
	const struct tcp_spec spec = {.flags = ACK, .payload = 200};
	g_autoptr(GPtrArray) in = stream(spec, 2);
	GByteArray *arp = frame_eth(WIRE_ARP);
	GByteArray *udp = frame_eth(WIRE_IP4);
	struct sink sink;

	frame_put_run(arp, 0, 46);
	frame_ip4(udp, WIRE_PROTO_UDP, 0, 30);
	frame_udp(udp, 1, 2, 22);
	g_ptr_array_insert(in, 1, arp);
	g_ptr_array_insert(in, 1, udp);
	gro_pass(in, &sink);
	g_assert_cmpuint(sink.n_emitted, ==, 3);
	g_assert_cmpmem(((GByteArray *) sink.frames->pdata[0])->data, udp->len, udp->data, udp->len);
	g_assert_cmpmem(((GByteArray *) sink.frames->pdata[1])->data, arp->len, arp->data, arp->len);
	sink_clear(&sink);
}

/* Frames of one flow in the order in which they passed; a flow is told by its source port. */
static GPtrArray *
only_flow(const GPtrArray *frames, guint16 sport)
{
	GPtrArray *found = g_ptr_array_new();
	guint i;

	for (i = 0; i < frames->len; i++) {
		const GByteArray *f = frames->pdata[i];

		if (wire_get16(f->data + (wire_get16(f->data + 12) == WIRE_IP6 ? 54 : 34)) == sport)
			g_ptr_array_add(found, frames->pdata[i]);
	}
	return found;
}

#define FLOWS 100

/* The next frame of a flow, sometimes with something wrong or unusual about it. */
static GByteArray *
random_frame(struct tcp_spec *flow)
{
	struct tcp_spec spec = *flow;
	GByteArray *f;

	if (g_test_rand_int_range(0, 20) == 0)
		spec.payload = g_test_rand_int_range(0, 600);
	if (g_test_rand_int_range(0, 20) == 0)
		spec.flags |= 1 << g_test_rand_int_range(0, 8);
	if (g_test_rand_int_range(0, 30) == 0)
		spec.seq += g_test_rand_int_range(-5, 5);
	if (g_test_rand_int_range(0, 30) == 0)
		spec.id += g_test_rand_int_range(-5, 5);
	f = frame_tcp(&spec, NULL);
	if (g_test_rand_int_range(0, 30) == 0)
		f->data[f->len - 1] ^= 1;
	flow->seq = spec.seq + spec.payload;
	flow->id = spec.id + 1;
	return f;
}

/* Whatever comes in, each flow's frames come out byte for byte in the order in which they came. */
static void
test_gro_random(void)
{
	guint round;
	guint i;

	for (round = 0; round < 60; round++) {
		g_autoptr(GPtrArray) in = g_ptr_array_new_with_free_func((GDestroyNotify) g_byte_array_unref);
		const guint n_flows = 1 + g_test_rand_int_range(0, FLOWS);
		struct tcp_spec flows[FLOWS];
		struct sink sink;

		for (i = 0; i < n_flows; i++)
			flows[i] = (struct tcp_spec){.ipv6 = i & 1,
						     .sport = 30000 + i,
						     .seq = g_test_rand_int(),
						     .id = g_test_rand_int(),
						     .flags = ACK,
						     /* Shorter ones never start a flow. */
						     .payload = g_test_rand_int_range(8, 600)};
		for (i = 0; i < 500; i++)
			g_ptr_array_add(in, random_frame(&flows[g_test_rand_int_range(0, n_flows)]));
		gro_pass(in, &sink);
		for (i = 0; i < n_flows; i++) {
			g_autoptr(GPtrArray) came = only_flow(in, flows[i].sport);
			g_autoptr(GPtrArray) went = only_flow(sink.frames, flows[i].sport);

			assert_same_frames(came, went);
		}
		g_assert_cmpuint(sink.frames->len, ==, in->len);
		if (n_flows < 4)
			g_assert_cmpuint(sink.n_emitted, <, in->len / 2);
		sink_clear(&sink);
	}
}

/* --- cut short --- */

static void
count_emit(void *user, const struct virtio_net_hdr *hdr, const struct iovec *iov, guint n_iov, guint n_packets)
{
	*(guint *) user += n_packets;
}

/* In memory that ends where the frame is cut: the sanitizers see any read beyond. */
static void
test_truncated(void)
{
	guint kind;

	for (kind = 0; kind < 6; kind++) {
		const struct tcp_spec spec = {
		    .tags = kind % 3, .ipv6 = kind / 3, .flags = ACK, .options = 12, .payload = 40};
		struct offload_gro *gro = offload_gro_new();
		struct tcp_place place;
		g_autoptr(GByteArray) f = frame_tcp(&spec, &place);
		const struct virtio_net_hdr hdr = gso(&spec, &place, 16);
		guint emitted = 0;
		gsize len;

		for (len = 0; len <= f->len; len++) {
			g_autofree guint8 *cut = g_memdup2(f->data, len);
			guint8 out[200];
			struct offload_segmenter seg;
			gboolean ok = offload_segment_begin(&seg, &hdr, cut, len, sizeof(out));

			g_assert_cmpint(ok, ==, len >= place.payload);
			while (ok && offload_segment_next(&seg, out) > 0)
				continue;
			g_assert_cmpint(offload_checksum(&hdr, cut, len), ==, len >= place.l4 + 18);
			offload_gro_receive(gro, cut, len, count_emit, &emitted);
			offload_gro_flush(gro, count_emit, &emitted);
		}
		g_assert_cmpuint(emitted, ==, f->len + 1);
		offload_gro_free(gro);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/offload/sum/random", test_sum);
	g_test_add_func("/offload/sum/carries", test_sum_carries);
	g_test_add_func("/offload/checksum/complete", test_complete);
	g_test_add_func("/offload/checksum/zero", test_complete_zero);
	g_test_add_func("/offload/checksum/refused", test_complete_refused);
	g_test_add_func("/offload/segment/reference", test_segments);
	g_test_add_func("/offload/segment/large", test_segments_large);
	g_test_add_func("/offload/segment/refused", test_segment_refused);
	g_test_add_func("/offload/segment/refused-frames", test_segment_refused_frames);
	g_test_add_func("/offload/gro/joins", test_gro_joins);
	g_test_add_func("/offload/gro/fixed-id", test_gro_fixed_id);
	g_test_add_func("/offload/gro/limits", test_gro_limits);
	g_test_add_func("/offload/gro/push", test_gro_push);
	g_test_add_func("/offload/gro/cwr", test_gro_cwr);
	g_test_add_func("/offload/gro/sizes", test_gro_sizes);
	g_test_add_func("/offload/gro/differs", test_gro_differs);
	g_test_add_func("/offload/gro/bad-checksum", test_gro_bad_checksum);
	g_test_add_func("/offload/gro/passers", test_gro_passers);
	g_test_add_func("/offload/gro/others", test_gro_others);
	g_test_add_func("/offload/gro/random", test_gro_random);
	g_test_add_func("/offload/truncated", test_truncated);
	return g_test_run();
}
