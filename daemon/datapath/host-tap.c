/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host side as a TAP device. The stack hands over frames as to a NIC that computes checksums and cuts TCP: both
 * are done here. Frames are read straight into the umem; only what must be cut or is longer goes by a buffer.
 */
#include "host-port.h"

#include "offload.h"
#include "worker-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define TAP_DEVICE "/dev/net/tun"
/* The longest frame that the stack hands over: 64 KiB of IP and headers in front of it. */
#define TAP_MAX_FRAME (65536 + 64)
/* A joined frame's pieces, and the header. */
#define TAP_MAX_IOV (BURST_SIZE + 1)

struct tap_port {
	struct host_port base;
	guint n_queues;
	int *fds;
};

struct host_queue {
	int fd;
	struct offload_gro *gro;
	/* A long frame: what did not fit the umem's frame is read behind the room for what did. */
	guint8 *buffer;
	guint8 *segment; /* one that is longer than a frame of the umem */
};

/* What one round reads: frames that go as they are, and at most one that must be cut or copied and ends it. */
struct tap_burst {
	guint n; /* of frames, the long one included */
	struct bond_frame frames[BURST_SIZE];
	struct xdp_desc pieces[BURST_SIZE];
	gboolean has_long;
	struct virtio_net_hdr hdr; /* of the last one read */
	guint8 *data;		   /* the long one */
};

static int
tap_open_queue(const char *name, guint n_queues, int *err)
{
	struct ifreq request = {0};
	int fd = open(TAP_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		*err = errno;
		return -1;
	}
	g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
	request.ifr_flags = (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (n_queues > 1 ? IFF_MULTI_QUEUE : 0));
	if (ioctl(fd, TUNSETIFF, &request) == 0 &&
	    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN) == 0)
		return fd;
	*err = errno;
	close(fd);
	return -1;
}

static void
tap_destroy(struct host_port *host)
{
	struct tap_port *tap = (struct tap_port *) host;

	for (guint i = 0; i < tap->n_queues; i++) {
		if (tap->fds[i] >= 0)
			close(tap->fds[i]);
	}
	g_free(tap->fds);
	g_free(tap);
}

static gboolean
tap_set_carrier(struct host_port *host, gboolean up, GError **error)
{
	struct tap_port *tap = (struct tap_port *) host;
	int value = up;

	if (ioctl(tap->fds[0], TUNSETCARRIER, &value) == 0)
		return TRUE;
	g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_FAILED, "%s: cannot set its carrier: %s", host->name,
		    g_strerror(errno));
	return FALSE;
}

static struct host_port *
tap_create(const struct datapath_config *config, struct link_config *link, GError **error)
{
	struct tap_port *tap;
	int err = 0;

	/* TUNSETIFF would take over a persistent TAP device of this name. */
	if (host_port_exists(config->name, error))
		return NULL;
	tap = g_new0(struct tap_port, 1);
	tap->fds = g_new(int, config->n_queues);
	g_strlcpy(tap->base.name, config->name, sizeof(tap->base.name));
	for (; tap->n_queues < config->n_queues; tap->n_queues++) {
		tap->fds[tap->n_queues] = tap_open_queue(config->name, config->n_queues, &err);
		if (tap->fds[tap->n_queues] < 0)
			break;
	}
	if (err != 0) {
		g_set_error(error, DATAPATH_ERROR,
			    err == EPERM || err == EACCES ? DATAPATH_ERROR_NOT_PERMITTED : DATAPATH_ERROR_FAILED,
			    "cannot make the TAP device %s by " TAP_DEVICE ": %s", config->name, g_strerror(err));
	} else if (tap_set_carrier(&tap->base, FALSE, error)) {
		tap->base.ifindex = (int) if_nametoindex(config->name);
		return &tap->base;
	}
	tap_destroy(&tap->base);
	return NULL;
}

static struct host_queue *
tap_queue_new(struct host_port *host, guint index)
{
	struct host_queue *queue = g_new0(struct host_queue, 1);

	queue->fd = ((struct tap_port *) host)->fds[index];
	queue->gro = offload_gro_new();
	queue->buffer = g_malloc(4096 + TAP_MAX_FRAME);
	queue->segment = g_malloc(TAP_MAX_FRAME);
	return queue;
}

static void
tap_queue_free(struct host_queue *queue)
{
	offload_gro_free(queue->gro);
	g_free(queue->buffer);
	g_free(queue->segment);
	g_free(queue);
}

static int
tap_queue_fd(const struct host_queue *queue)
{
	return queue->fd;
}

/* Reads one frame: into the umem, and what is too long for that into the buffer. Returns its length or -1. */
static gssize
tap_read(struct worker *worker, struct host_queue *queue, guint64 addr, struct virtio_net_hdr *hdr)
{
	guint frame_size = worker->umem->frame_size;
	struct iovec iov[] = {
	    {hdr, sizeof(*hdr)},
	    {umem_data(worker->umem, addr), frame_size},
	    {queue->buffer + frame_size, TAP_MAX_FRAME},
	};
	gssize len = readv(queue->fd, iov, G_N_ELEMENTS(iov));

	return len < 0 ? -1 : MAX(len - (gssize) sizeof(*hdr), 0);
}

/* The umem has no frame: what the host sends is lost, and it must not wait for ever. */
static void
tap_read_away(struct worker *worker, struct host_queue *queue)
{
	if (read(queue->fd, queue->buffer, TAP_MAX_FRAME) > 0)
		worker_count_drop(worker, DATAPATH_DROP_NO_FRAME, 1);
}

/* The interface is gone: to poll it would wake us for ever. */
static void
tap_lost(struct worker *worker, struct host_queue *queue)
{
	queue->fd = -1;
	worker_rebuild_poll(worker);
}

/* A frame that fits the umem's: checked, its checksum made right. Returns whether it may go. */
static gboolean
tap_check_short(struct worker *worker, const struct virtio_net_hdr *hdr, guint8 *data, gsize len)
{
	if (G_UNLIKELY(len > host_port_max_frame(worker->config.host))) {
		worker_count_drop(worker, DATAPATH_DROP_TOO_LONG, 1);
		return FALSE;
	}
	if (G_UNLIKELY(len < ETHER_HDR_LEN || !offload_checksum(hdr, data, len))) {
		worker_count_drop(worker, DATAPATH_DROP_MALFORMED, 1);
		return FALSE;
	}
	return TRUE;
}

/* Adds what was read to the burst. Returns whether there may be more. */
static gboolean
tap_add(struct worker *worker, struct host_queue *queue, struct tap_burst *burst, guint64 addr, gsize len)
{
	guint frame_size = worker->umem->frame_size;
	guint8 *data = umem_data(worker->umem, addr);

	burst->has_long = len > frame_size || burst->hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE;
	if (!burst->has_long && !tap_check_short(worker, &burst->hdr, data, len)) {
		umem_put(&worker->pool, addr);
		return TRUE;
	}
	if (len > frame_size) {
		memcpy(queue->buffer, data, frame_size);
		data = queue->buffer;
	}
	burst->data = data;
	burst->frames[burst->n] = (struct bond_frame){.data = data, .len = (guint32) len};
	burst->pieces[burst->n] = (struct xdp_desc){.addr = addr, .len = (guint32) len};
	burst->n++;
	return !burst->has_long;
}

static void
tap_read_burst(struct worker *worker, struct host_queue *queue, struct tap_burst *burst)
{
	gboolean more = TRUE;

	while (more && burst->n < BURST_SIZE) {
		guint64 addr = umem_get(&worker->pool);
		gssize len;

		if (G_UNLIKELY(addr == UMEM_NONE)) {
			worker_reap_all(worker);
			addr = umem_get(&worker->pool);
		}
		if (G_UNLIKELY(addr == UMEM_NONE)) {
			tap_read_away(worker, queue);
			return;
		}
		len = tap_read(worker, queue, addr, &burst->hdr);
		if (len < 0) {
			umem_put(&worker->pool, addr);
			if (errno != EAGAIN && errno != EINTR)
				tap_lost(worker, queue);
			return;
		}
		more = tap_add(worker, queue, burst, addr, (gsize) len);
	}
}

/* Cuts the next segment and sends it. Returns whether there was one. */
static gboolean
tap_send_segment(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan, bond_port_id out,
		 struct offload_segmenter *seg, guint max_frame)
{
	struct xdp_desc piece = {0};
	gsize len;

	if (max_frame > worker->umem->frame_size) {
		len = offload_segment_next(seg, queue->segment);
		if (len > 0)
			worker_send_copy(worker, plan, out, queue->segment, len);
		return len > 0;
	}
	piece.addr = umem_get(&worker->pool);
	if (G_UNLIKELY(piece.addr == UMEM_NONE)) {
		worker_count_drop(worker, DATAPATH_DROP_NO_FRAME, 1);
		return FALSE;
	}
	len = offload_segment_next(seg, umem_data(worker->umem, piece.addr));
	piece.len = (guint32) len;
	if (len > 0)
		worker_send(worker, plan, out, &piece, 1, piece.len);
	else
		umem_put(&worker->pool, piece.addr);
	return len > 0;
}

/* Sends the frame that is cut, or longer than a frame of the umem. All segments go the same way. */
static void
tap_send_long(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan, bond_port_id out,
	      const struct tap_burst *burst)
{
	struct offload_segmenter seg;
	guint max_frame = host_port_max_frame(worker->config.host);
	gsize len = burst->pieces[burst->n - 1].len;

	if (burst->hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		if (offload_segment_begin(&seg, &burst->hdr, burst->data, len, max_frame)) {
			while (tap_send_segment(worker, queue, plan, out, &seg, max_frame))
				;
			return;
		}
		worker_count_drop(worker, DATAPATH_DROP_MALFORMED, 1);
	} else if (tap_check_short(worker, &burst->hdr, burst->data, len)) {
		worker_send_copy(worker, plan, out, burst->data, len);
	}
}

static guint
tap_take(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan)
{
	struct tap_burst burst;
	bond_port_id out[BURST_SIZE];
	guint n_short;

	burst.n = 0;
	burst.has_long = FALSE;
	tap_read_burst(worker, queue, &burst);
	if (burst.n == 0)
		return 0;
	bond_plan_transmit(plan, &worker->plan_state, burst.frames, burst.n, out);
	n_short = burst.has_long ? burst.n - 1 : burst.n;
	for (guint i = 0; i < n_short; i++)
		worker_send(worker, plan, out[i], &burst.pieces[i], 1, burst.pieces[i].len);
	if (burst.has_long) {
		tap_send_long(worker, queue, plan, out[n_short], &burst);
		umem_put(&worker->pool, burst.pieces[n_short].addr);
	}
	return burst.n;
}

struct tap_delivery {
	struct worker *worker;
	struct host_queue *queue;
};

/* One frame into the host's stack, maybe a joined one. */
static void
tap_emit(void *user, const struct virtio_net_hdr *hdr, const struct iovec *iov, guint n_iov, guint n_packets)
{
	const struct tap_delivery *delivery = user;
	struct iovec all[TAP_MAX_IOV];

	if (n_iov < TAP_MAX_IOV) {
		all[0] = (struct iovec){(void *) hdr, sizeof(*hdr)};
		memcpy(all + 1, iov, n_iov * sizeof(*iov));
		if (writev(delivery->queue->fd, all, (int) n_iov + 1) >= 0)
			return;
	}
	worker_count_drop(delivery->worker, DATAPATH_DROP_HOST_FULL, n_packets);
}

static void
tap_deliver_pieces(struct tap_delivery *delivery, const struct xdp_desc *pieces, guint n)
{
	static const struct virtio_net_hdr plain;
	struct iovec iov[XSK_MAX_PIECES];

	for (guint i = 0; i < n; i++)
		iov[i] = (struct iovec){umem_data(delivery->worker->umem, pieces[i].addr), pieces[i].len};
	tap_emit(delivery, &plain, iov, n, 1);
}

static void
tap_deliver(struct worker *worker, struct host_queue *queue, const struct burst *burst)
{
	struct tap_delivery delivery = {worker, queue};

	for (guint i = 0; i < burst->n; i++) {
		const struct xdp_desc *pieces = &burst->pieces[burst->first[i]];
		guint n = burst_n_pieces(burst, i);

		if (n == 1) {
			offload_gro_receive(queue->gro, umem_data(worker->umem, pieces->addr), pieces->len, tap_emit,
					    &delivery);
			continue;
		}
		/* What is kept goes first, so that no flow changes its order. */
		offload_gro_flush(queue->gro, tap_emit, &delivery);
		tap_deliver_pieces(&delivery, pieces, n);
	}
	offload_gro_flush(queue->gro, tap_emit, &delivery);
	worker_put_pieces(worker, burst->pieces, burst->first[burst->n]);
}

const struct host_port_ops host_tap = {
    .create = tap_create,
    .destroy = tap_destroy,
    .set_carrier = tap_set_carrier,
    .queue_new = tap_queue_new,
    .queue_free = tap_queue_free,
    .queue_fd = tap_queue_fd,
    .take = tap_take,
    .deliver = tap_deliver,
};
