/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a NIC would do between the host's stack and the wire: checksums, TCP segmentation, and the reverse, GRO.
 * Pure functions over bytes: no I/O. Headers from the host are checked like any input.
 */
#pragma once

#include "engine/types.h"

#include <sys/uio.h>

G_BEGIN_DECLS

/* struct virtio_net_hdr of <linux/virtio_net.h>: 10 bytes before each frame of a TAP with IFF_VNET_HDR. */
struct virtio_net_hdr;

/* State of cutting one large frame into segments. */
struct offload_segmenter {
	const guint8 *frame;
	gsize len;
	guint headers; /* bytes of Ethernet, IP and TCP headers, copied before each segment */
	guint l3;      /* offset of the IP header */
	guint l4;
	guint mss;
	gsize next; /* offset of the next payload byte */
	guint index;
	gboolean ipv6;
	gboolean done;
};

/**
 * offload_checksum:
 * @hdr: VIRTIO_NET_HDR_F_NEEDS_CSUM with csum_start and csum_offset, or not
 * @frame: changed in place
 *
 * Completes a partial checksum (skb_checksum_help()).
 *
 * Returns: %FALSE if the header does not fit the frame.
 */
gboolean offload_checksum(const struct virtio_net_hdr *hdr, guint8 *frame, gsize len);

/**
 * offload_segment_begin:
 * @hdr: gso_type TCPV4 or TCPV6 (with or without ECN) and gso_size
 * @max_frame: longest frame that may leave (MTU plus Ethernet and VLAN headers)
 *
 * Returns: %FALSE if the header does not fit the frame or the segments would not fit @max_frame.
 */
gboolean offload_segment_begin(struct offload_segmenter *seg, const struct virtio_net_hdr *hdr, const guint8 *frame,
			       gsize len, gsize max_frame);

/**
 * offload_segment_next:
 * @out: room for max_frame bytes
 *
 * Writes the next segment: headers copied, IP length, id and checksum, TCP sequence, flags (CWR on the first,
 * FIN and PSH on the last only) and checksum made right (tcp_gso_segment()).
 *
 * Returns: its length, 0 after the last.
 */
gsize offload_segment_next(struct offload_segmenter *seg, guint8 *out);

/* GRO towards the host: joins in-order TCP segments of a flow within one burst. */
struct offload_gro;

struct offload_gro *offload_gro_new(void);
void offload_gro_free(struct offload_gro *gro);

/* A frame for the host: @hdr tells it of a joined one (gso_type, gso_size, partial checksum), zero otherwise. */
typedef void (*offload_gro_emit)(void *user, const struct virtio_net_hdr *hdr, const struct iovec *iov, guint n_iov,
				 guint n_packets);

/**
 * offload_gro_receive:
 * @frame: must stay readable until offload_gro_flush()
 *
 * Takes a frame from the wire: keeps it to be joined or emits it (and what must go before it) at once.
 * Order within a flow never changes.
 */
void offload_gro_receive(struct offload_gro *gro, guint8 *frame, gsize len, offload_gro_emit emit, void *user);

/**
 * offload_gro_flush:
 *
 * Emits all that is kept; at the end of every burst.
 */
void offload_gro_flush(struct offload_gro *gro, offload_gro_emit emit, void *user);

G_END_DECLS
