/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host side as a TAP device. The stack hands over frames as to a NIC that computes checksums and cuts TCP: both
 * are done here. Each frame costs one read() or write() of one buffer: those of several cost the kernel more than a
 * copy of a frame costs us.
 */
#include "host-tap.h"

#include "keeper.h"
#include "link/link-veth.h"
#include "offload.h"
#include "tap-device.h"
#include "worker-private.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

/* Bursts of the worker's own queue between two looks at those that frames are mapped to. */
#define ROUNDS_PER_MAPPED 4
/* The longest frame that the stack hands over: 64 KiB of IP and headers in front of it. */
#define TAP_MAX_FRAME (65536 + 64)
/* A joined frame's pieces, and the header. */
#define TAP_MAX_IOV (BURST_SIZE + 1)

#define HDR_SIZE sizeof(struct virtio_net_hdr)

struct host_queue {
	int fd;
	int mapped_fd;	   /* epoll: the queues that frames are mapped to; -1: another worker reads them */
	const int *mapped; /* by number of the queue, from 1 */
	guint rounds;
	struct offload_gro *gro;
	guint8 *buffer;	 /* what was read last: the header, then the frame */
	guint8 *segment; /* one that is longer than a frame of the umem */
};

/* What one round reads: frames that are copied into the umem, and at most one that must be cut and ends it. */
struct tap_burst {
	guint n;     /* of frames, the large one included */
	guint queue; /* that it is read from, as queue_id counts */
	struct bond_frame frames[BURST_SIZE];
	guint first[BURST_SIZE + 1]; /* index of each frame's first piece */
	struct xdp_desc pieces[BURST_SIZE + XSK_MAX_PIECES];
	gboolean has_large; /* it is in the queue's buffer */
};

void
tap_keep(const struct host_port *host, int ifindex)
{
	keeper_keep(host->keeper, KEPT_TAP, ifindex, host->tap->workers[0]);
}

struct tap_device *
tap_take_over(const struct host_port *host, int ifindex, const struct datapath_config *config, gboolean mapped,
	      GError **error)
{
	int fd = keeper_take(config->keeper, KEPT_TAP, ifindex);
	char name[IF_NAMESIZE];
	struct tap_device *tap;

	if (if_indextoname((unsigned int) ifindex, name) == NULL) {
		g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_NO_DEVICE, "%s: its TAP device is gone", host->name);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	tap = tap_device_adopt(name, config->n_queues, mapped, fd, error);
	if (tap == NULL)
		return NULL;
	/* With the first queue that is opened the kernel gives it carrier. */
	if (tap_device_set_carrier(tap, name, config->carrier, error))
		return tap;
	tap_device_close(tap);
	return NULL;
}

static void
tap_leave(struct host_port *host)
{
	tap_device_close(host->tap);
	g_free(host);
}

static void
tap_destroy(struct host_port *host)
{
	if (host->keeper != NULL) {
		/* It may be gone already. */
		(void) link_remove(host->link, host->ifindex, NULL);
		keeper_drop(host->keeper, KEPT_TAP, host->ifindex);
	}
	tap_leave(host);
}

static gboolean
tap_set_carrier(struct host_port *host, gboolean up, GError **error)
{
	return tap_device_set_carrier(host->tap, host->name, up, error);
}

/*
 * As with the kernel's driver, nothing queues in front of it. Each of its queues would have one, and one for each that
 * it could have: 256 of them, some megabytes.
 */
static gboolean
tap_prepare(struct host_port *host, struct link_config *link, GError **error)
{
	GError *link_error = NULL;

	host->ifindex = (int) if_nametoindex(host->name);
	if (!link_set_no_queue(link, host->ifindex, &link_error))
		return host_port_link_failed(link_error, error);
	if (!tap_set_carrier(host, FALSE, error))
		return FALSE;
	if (host->keeper == NULL)
		return TRUE;
	if (!tap_device_persist(host->tap, host->name, error))
		return FALSE;
	tap_keep(host, host->ifindex);
	return TRUE;
}

static struct host_port *
tap_create(const struct datapath_config *config, struct link_config *link, GError **error)
{
	struct tap_device *device;
	struct host_port *host;

	/* TUNSETIFF would take over a persistent TAP device of this name. */
	if (host_port_exists(config->name, error))
		return NULL;
	device = tap_device_open(config->name, config->n_queues, TRUE, error);
	if (device == NULL)
		return NULL;
	host = g_new0(struct host_port, 1);
	host->tap = device;
	if (host_port_fill(host, config, link, error) && tap_prepare(host, link, error))
		return host;
	tap_destroy(host);
	return NULL;
}

static struct host_port *
tap_adopt(const struct datapath_config *config, struct link_config *link, GError **error)
{
	struct host_port *host = g_new0(struct host_port, 1);

	if (host_port_fill(host, config, link, error))
		host->tap = tap_take_over(host, host->ifindex, config, TRUE, error);
	if (host->tap == NULL) {
		g_free(host);
		return NULL;
	}
	tap_keep(host, host->ifindex);
	return host;
}

static void
tap_watch_mapped(struct host_queue *queue, const struct tap_device *device)
{
	queue->mapped = device->mapped;
	queue->mapped_fd = epoll_create1(EPOLL_CLOEXEC);
	for (guint i = 0; queue->mapped_fd >= 0 && i < TAP_MAPPED_QUEUES; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i + 1};

		if (epoll_ctl(queue->mapped_fd, EPOLL_CTL_ADD, device->mapped[i], &event) != 0)
			g_warning("queue %u cannot be watched: %s", i + 1, g_strerror(errno));
	}
}

struct host_queue *
tap_queue_new(struct host_port *host, guint index)
{
	const struct tap_device *device = host->tap;
	struct host_queue *queue = g_new0(struct host_queue, 1);

	queue->fd = device->workers[index];
	queue->mapped_fd = -1;
	if (index == 0 && device->mapped[0] >= 0)
		tap_watch_mapped(queue, device);
	queue->gro = offload_gro_new();
	queue->buffer = g_malloc(HDR_SIZE + TAP_MAX_FRAME);
	queue->segment = g_malloc(TAP_MAX_FRAME);
	return queue;
}

void
tap_queue_free(struct host_queue *queue)
{
	if (queue->mapped_fd >= 0)
		close(queue->mapped_fd);
	offload_gro_free(queue->gro);
	g_free(queue->buffer);
	g_free(queue->segment);
	g_free(queue);
}

void
tap_queue_fds(const struct host_queue *queue, int *fds)
{
	fds[0] = queue->fd;
	fds[1] = queue->mapped_fd;
}

/* The interface is gone: to poll it would wake us for ever. */
static void
tap_lost(struct worker *worker, struct host_queue *queue)
{
	queue->fd = -1;
	if (queue->mapped_fd >= 0)
		close(queue->mapped_fd);
	queue->mapped_fd = -1;
	worker_rebuild_poll(worker);
}

/* A frame that goes as it is, once its checksum is right. Returns whether it may go. */
static gboolean
tap_check(struct worker *worker, const struct virtio_net_hdr *hdr, guint8 *frame, gsize len)
{
	if (G_UNLIKELY(len > host_port_max_frame(worker->config.host))) {
		worker_count_drop(worker, DATAPATH_DROP_TOO_LONG, 1);
		return FALSE;
	}
	if (G_UNLIKELY(len < ETHER_HDR_LEN || !offload_checksum(hdr, frame, len))) {
		worker_count_drop(worker, DATAPATH_DROP_MALFORMED, 1);
		return FALSE;
	}
	return TRUE;
}

/* Adds what was read to the burst. */
static void
tap_add(struct worker *worker, struct host_queue *queue, struct tap_burst *burst, gsize len)
{
	const struct virtio_net_hdr *hdr = (const struct virtio_net_hdr *) queue->buffer;
	guint8 *frame = queue->buffer + HDR_SIZE;
	struct xdp_desc *pieces = &burst->pieces[burst->first[burst->n]];
	guint n_pieces = 0;

	burst->has_large = hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE;
	if (!burst->has_large) {
		if (!tap_check(worker, hdr, frame, len))
			return;
		n_pieces = worker_copy(worker, frame, len, pieces);
		if (n_pieces == 0)
			return;
		frame = umem_data(worker->umem, pieces[0].addr);
	}
	burst->frames[burst->n] =
	    (struct bond_frame){.data = frame, .len = (guint32) len, .queue = (guint16) burst->queue};
	if (n_pieces > 1)
		burst->frames[burst->n].len = pieces[0].len;
	burst->n++;
	burst->first[burst->n] = burst->first[burst->n - 1] + n_pieces;
}

static void
tap_read_burst(struct worker *worker, struct host_queue *queue, struct tap_burst *burst)
{
	int fd = burst->queue == 0 ? queue->fd : queue->mapped[burst->queue - 1];

	while (!burst->has_large && burst->n < BURST_SIZE && burst->first[burst->n] < BURST_SIZE) {
		gssize len = read(fd, queue->buffer, HDR_SIZE + TAP_MAX_FRAME);

		if (len < 0) {
			if (errno != EAGAIN && errno != EINTR)
				tap_lost(worker, queue);
			return;
		}
		tap_add(worker, queue, burst, (gsize) MAX(len - (gssize) HDR_SIZE, 0));
	}
}

/* Cuts the next segment of one that is longer than a frame of the umem. Returns the number of its pieces. */
static guint
tap_cut_long(struct worker *worker, struct host_queue *queue, struct offload_segmenter *seg, struct xdp_desc *pieces)
{
	gsize len = offload_segment_next(seg, queue->segment);

	return len > 0 ? worker_copy(worker, queue->segment, len, pieces) : 0;
}

/* Cuts the next segment straight into the umem. */
static guint
tap_cut(struct worker *worker, struct offload_segmenter *seg, struct xdp_desc *piece)
{
	piece->addr = worker_get_frame(worker);
	if (G_UNLIKELY(piece->addr == UMEM_NONE)) {
		worker_count_drop(worker, DATAPATH_DROP_NO_FRAME, 1);
		return 0;
	}
	piece->len = (guint32) offload_segment_next(seg, umem_data(worker->umem, piece->addr));
	if (piece->len > 0)
		return 1;
	umem_put(&worker->pool, piece->addr);
	return 0;
}

/* Cuts the large frame. All segments go the same way. */
static void
tap_send_large(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan, bond_port_id out,
	       gsize len)
{
	const struct virtio_net_hdr *hdr = (const struct virtio_net_hdr *) queue->buffer;
	struct xdp_desc pieces[XSK_MAX_PIECES];
	struct offload_segmenter seg;
	guint max_frame = host_port_max_frame(worker->config.host);
	guint n;

	if (!offload_segment_begin(&seg, hdr, queue->buffer + HDR_SIZE, len, max_frame)) {
		worker_count_drop(worker, DATAPATH_DROP_MALFORMED, 1);
		return;
	}
	/* What no frame is left for is lost with all behind it: TCP sends it again. */
	for (;;) {
		n = max_frame > worker->umem->frame_size ? tap_cut_long(worker, queue, &seg, pieces)
							 : tap_cut(worker, &seg, pieces);
		if (n == 0)
			return;
		worker_send(worker, plan, out, pieces, n);
	}
}

/* A burst of one queue. */
static guint
tap_take_queue(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan, guint number)
{
	struct tap_burst burst;
	bond_port_id out[BURST_SIZE];
	guint n;

	burst.n = 0;
	burst.queue = number;
	burst.first[0] = 0;
	burst.has_large = FALSE;
	tap_read_burst(worker, queue, &burst);
	if (burst.n == 0)
		return 0;
	bond_plan_transmit(plan, &worker->plan_state, burst.frames, burst.n, out);
	n = burst.has_large ? burst.n - 1 : burst.n;
	for (guint i = 0; i < n; i++)
		worker_send(worker, plan, out[i], &burst.pieces[burst.first[i]], burst.first[i + 1] - burst.first[i]);
	if (burst.has_large)
		tap_send_large(worker, queue, plan, out[n], burst.frames[n].len);
	return burst.n;
}

static guint
tap_take_mapped(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan)
{
	struct epoll_event events[TAP_MAPPED_QUEUES];
	int n_events = epoll_wait(queue->mapped_fd, events, TAP_MAPPED_QUEUES, 0);
	guint n = 0;

	for (int i = 0; i < n_events && queue->mapped_fd >= 0; i++)
		n += tap_take_queue(worker, queue, plan, events[i].data.u32);
	return n;
}

/* Hardly anybody maps frames to queues: they are looked for when nothing else is there, and now and then. */
guint
tap_take(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan)
{
	guint n = tap_take_queue(worker, queue, plan, 0);

	if (queue->mapped_fd >= 0 && (n == 0 || ++queue->rounds % ROUNDS_PER_MAPPED == 0))
		n += tap_take_mapped(worker, queue, plan);
	return n;
}

struct tap_delivery {
	struct worker *worker;
	struct host_queue *queue;
};

/* The kernel keeps room in front of each received frame: the header fits there, and one write() takes both. */
static gboolean
tap_write_one(const struct tap_delivery *delivery, const struct virtio_net_hdr *hdr, const struct iovec *iov)
{
	guint8 *start = (guint8 *) iov->iov_base - HDR_SIZE;

	memcpy(start, hdr, HDR_SIZE);
	return write(delivery->queue->fd, start, HDR_SIZE + iov->iov_len) >= 0;
}

static gboolean
tap_write_several(const struct tap_delivery *delivery, const struct virtio_net_hdr *hdr, const struct iovec *iov,
		  guint n_iov)
{
	struct iovec all[TAP_MAX_IOV];

	if (n_iov >= TAP_MAX_IOV)
		return FALSE;
	all[0] = (struct iovec){(void *) hdr, HDR_SIZE};
	memcpy(all + 1, iov, n_iov * sizeof(*iov));
	return writev(delivery->queue->fd, all, (int) n_iov + 1) >= 0;
}

/* One frame into the host's stack, maybe a joined one. */
static void
tap_emit(void *user, const struct virtio_net_hdr *hdr, const struct iovec *iov, guint n_iov, guint n_packets)
{
	const struct tap_delivery *delivery = user;
	gboolean done = n_iov == 1 ? tap_write_one(delivery, hdr, iov) : tap_write_several(delivery, hdr, iov, n_iov);

	if (G_UNLIKELY(!done))
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

void
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
    .adopt = tap_adopt,
    .destroy = tap_destroy,
    .leave = tap_leave,
    .set_carrier = tap_set_carrier,
    .queue_new = tap_queue_new,
    .queue_free = tap_queue_free,
    .queue_fds = tap_queue_fds,
    .take = tap_take,
    .deliver = tap_deliver,
};
