/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xsk.h"

#include "datapath.h"

#include <errno.h>
#include <net/if.h>
#include <sys/socket.h>

/* Kernel 6.17: how many frames one system call may send. Absent before; then it is 32 and we call again. */
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

/* How often one kick calls the kernel before it leaves the rest to the next. */
#define XSK_MAX_CALLS 8

static int
xsk_register(struct xsk *xsk, struct umem *umem)
{
	const struct xsk_umem_config config = {
	    .fill_size = XSK_RING_SIZE,
	    .comp_size = XSK_RING_SIZE,
	    .frame_size = umem->frame_size,
	};

	return xsk_umem__create(&xsk->registration, umem->area, umem->size, &xsk->fill, &xsk->comp, &config);
}

static int
xsk_bind(struct xsk *xsk, const char *ifname, guint16 bind_flags)
{
	const struct xsk_socket_config config = {
	    .rx_size = XSK_RING_SIZE,
	    .tx_size = XSK_RING_SIZE,
	    .libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
	    .bind_flags = bind_flags,
	};

	return xsk_socket__create(&xsk->socket, ifname, xsk->queue, xsk->registration, &xsk->rx, &xsk->tx, &config);
}

/* Neither XDP_ZEROCOPY nor XDP_COPY: the kernel tries the first and falls back to the second. */
static int
xsk_bind_best(struct xsk *xsk, const char *ifname)
{
	int ret = xsk_bind(xsk, ifname, XDP_USE_NEED_WAKEUP | XDP_USE_SG);

	xsk->pieces_max = XSK_MAX_PIECES;
	if (ret == -EINVAL) {
		xsk->pieces_max = 1;
		ret = xsk_bind(xsk, ifname, XDP_USE_NEED_WAKEUP);
	}
	return ret;
}

static int
xsk_try(struct xsk *xsk, struct umem *umem, const char *ifname, guint patience)
{
	int ret = xsk_register(xsk, umem);
	guint waited = 0;
	guint pause = 1;

	if (ret != 0)
		return ret;
	/* The kernel lets go of a closed socket's queue some time after the close. */
	while ((ret = xsk_bind_best(xsk, ifname)) == -EBUSY && waited < patience) {
		g_usleep(pause * 1000);
		waited += pause;
		pause = MIN(pause * 2, 50);
	}
	if (ret != 0)
		xsk_umem__delete(xsk->registration);
	return ret;
}

static gboolean
xsk_fail(GError **error, const char *ifname, guint queue, int err)
{
	static const struct {
		int err;
		enum datapath_error code;
		const char *why;
	} reasons[] = {
	    {EBUSY, DATAPATH_ERROR_BUSY, "another program has an AF_XDP socket on it: stop that program"},
	    {EPERM, DATAPATH_ERROR_NOT_PERMITTED, "CAP_NET_RAW and CAP_NET_ADMIN are needed"},
	    {ENOBUFS, DATAPATH_ERROR_NOT_PERMITTED,
	     "the limit of locked memory is too low: raise LimitMEMLOCK= or give CAP_IPC_LOCK"},
	    {ENODEV, DATAPATH_ERROR_NO_DEVICE, "the device is gone"},
	    {EINVAL, DATAPATH_ERROR_UNSUPPORTED, "the device has no such queue"},
	    {EAFNOSUPPORT, DATAPATH_ERROR_UNSUPPORTED, "the kernel has no AF_XDP: CONFIG_XDP_SOCKETS is needed"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(reasons); i++) {
		if (reasons[i].err == err) {
			g_set_error(error, DATAPATH_ERROR, reasons[i].code, "queue %u of %s: %s", queue, ifname,
				    reasons[i].why);
			return FALSE;
		}
	}
	g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_FAILED, "queue %u of %s: cannot open an AF_XDP socket: %s",
		    queue, ifname, g_strerror(err));
	return FALSE;
}

static void
xsk_read_options(struct xsk *xsk)
{
	struct xdp_options options = {0};
	socklen_t len = sizeof(options);
	int budget = XSK_TX_BOUND;

	if (getsockopt(xsk->fd, SOL_XDP, XDP_OPTIONS, &options, &len) == 0)
		xsk->zero_copy = (options.flags & XDP_OPTIONS_ZEROCOPY) != 0;
	(void) setsockopt(xsk->fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof(budget));
}

struct xsk *
xsk_open(struct umem *umem, int ifindex, guint queue, guint slot, guint patience, GError **error)
{
	char ifname[IF_NAMESIZE];
	struct xsk *xsk;
	int ret;

	if (if_indextoname((unsigned int) ifindex, ifname) == NULL) {
		g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_NO_DEVICE, "interface %d does not exist", ifindex);
		return NULL;
	}
	xsk = g_new0(struct xsk, 1);
	xsk->slot = slot;
	xsk->queue = queue;
	xsk->fill_target = XSK_FILL_TARGET;
	ret = xsk_try(xsk, umem, ifname, patience);
	if (ret != 0) {
		xsk_fail(error, ifname, queue, -ret);
		g_free(xsk);
		return NULL;
	}
	xsk->fd = xsk_socket__fd(xsk->socket);
	xsk_read_options(xsk);
	return xsk;
}

void
xsk_close(struct xsk *xsk)
{
	if (xsk == NULL)
		return;
	xsk_socket__delete(xsk->socket);
	xsk_umem__delete(xsk->registration);
	g_free(xsk);
}

guint64
xsk_take_lost(struct xsk *xsk)
{
	struct xdp_statistics statistics = {0};
	socklen_t len = sizeof(statistics);
	guint64 before = xsk->lost;

	if (getsockopt(xsk->fd, SOL_XDP, XDP_STATISTICS, &statistics, &len) == 0)
		xsk->lost = statistics.rx_dropped + statistics.rx_ring_full;
	return xsk->lost - before;
}

void
xsk_refill(struct xsk *xsk, struct umem_pool *pool)
{
	guint want = xsk->fill_target > xsk->fill_out ? xsk->fill_target - xsk->fill_out : 0;
	guint n = MIN(want, pool->n_free);
	guint32 idx;

	if (n == 0 || xsk_ring_prod__reserve(&xsk->fill, n, &idx) == 0)
		return;
	for (guint i = 0; i < n; i++) {
		guint64 addr = umem_get(pool);

		umem_set_owner(pool->umem, addr, UMEM_FILL + xsk->slot);
		*xsk_ring_prod__fill_addr(&xsk->fill, idx + i) = addr;
	}
	xsk_ring_prod__submit(&xsk->fill, n);
	xsk->fill_out += n;
	/* Only a zero-copy driver asks for this. */
	if (xsk_ring_prod__needs_wakeup(&xsk->fill))
		(void) recvfrom(xsk->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

void
xsk_reap(struct xsk *xsk, struct umem_pool *pool)
{
	guint32 idx;
	guint n = xsk_ring_cons__peek(&xsk->comp, XSK_RING_SIZE, &idx);

	if (n == 0)
		return;
	for (guint i = 0; i < n; i++) {
		if (umem_complete(pool, *xsk_ring_cons__comp_addr(&xsk->comp, idx + i), xsk->slot))
			xsk->tx_exclusive--;
	}
	xsk_ring_cons__release(&xsk->comp, n);
	xsk->tx_out -= n;
}

/* Descriptor @n of those that the kernel has just been shown. */
static gboolean
xsk_is_exclusive(struct xsk *xsk, const struct umem_pool *pool, guint n_shown, guint n)
{
	const struct xdp_desc *desc = xsk_ring_prod__tx_desc(&xsk->tx, xsk->tx.cached_prod - n_shown + n);

	return (desc->options & XDP_PKT_CONTD) == 0 &&
	       pool->umem->owner[umem_index(pool->umem, desc->addr)] == UMEM_TX + xsk->slot;
}

/*
 * How many of the @n_shown descriptors were refused, if it is all of them: a call ends with each that is, and does not
 * say which one it was.
 */
static void
xsk_count_refused(struct xsk *xsk, const struct umem_pool *pool, guint n_shown, guint *n_refused)
{
	xsk->refused = TRUE;
	if (*n_refused < n_shown && xsk_is_exclusive(xsk, pool, n_shown, *n_refused))
		++*n_refused;
	else
		*n_refused = G_MAXUINT;
	xsk->n_refused = *n_refused == n_shown ? n_shown : 0;
}

/* Of a device that is down the kernel takes none. */
static guint
xsk_count_untaken(struct xsk *xsk, const struct umem_pool *pool, guint n_shown)
{
	for (guint i = 0; i < n_shown; i++) {
		if (!xsk_is_exclusive(xsk, pool, n_shown, i))
			return 0;
	}
	return n_shown;
}

static gboolean
xsk_is_down(int err)
{
	return err == ENETDOWN || err == ENXIO || err == ENODEV || err == EBADF;
}

static enum xsk_kick
xsk_make_send(struct xsk *xsk, struct umem_pool *pool, guint n_shown)
{
	guint n_refused = xsk->left ? G_MAXUINT : 0;

	for (guint i = 0; i < XSK_MAX_CALLS + n_shown; i++) {
		if (sendto(xsk->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			return XSK_KICK_DONE;
		if (xsk_is_down(errno))
			return XSK_KICK_DOWN;
		/* EAGAIN: that many frames were one call's share, or the completion ring is full. EBUSY: a frame was
		 * dropped on the way, go on with the next. Without carrier the kernel drops each of them. */
		if (errno == EBUSY)
			xsk_count_refused(xsk, pool, n_shown, &n_refused);
		xsk_reap(xsk, pool);
		if (xsk_unsent(xsk) == 0)
			return XSK_KICK_DONE;
	}
	return XSK_KICK_AGAIN;
}

enum xsk_kick
xsk_kick(struct xsk *xsk, struct umem_pool *pool)
{
	guint n_shown = xsk->pending;
	enum xsk_kick result;

	xsk->n_refused = 0;
	if (n_shown > 0) {
		xsk_ring_prod__submit(&xsk->tx, n_shown);
		xsk->pending = 0;
	}
	if (!xsk_ring_prod__needs_wakeup(&xsk->tx))
		return XSK_KICK_DONE;
	result = xsk_make_send(xsk, pool, n_shown);
	if (result == XSK_KICK_DOWN && !xsk->left && !xsk->refused)
		xsk->n_refused = xsk_count_untaken(xsk, pool, n_shown);
	xsk->left = result == XSK_KICK_AGAIN;
	return result;
}

/* Takes frames apart at the marks of the kernel. Returns the number of pieces that belong to whole frames. */
static guint
burst_split(struct burst *burst, guint n_pieces)
{
	guint end = 0;

	burst->n = 0;
	for (guint i = 0; i < n_pieces; i++) {
		if ((burst->pieces[i].options & XDP_PKT_CONTD) != 0)
			continue;
		burst->first[burst->n++] = end;
		end = i + 1;
	}
	burst->first[burst->n] = end;
	return end;
}

guint
xsk_receive(struct xsk *xsk, struct umem *umem, struct burst *burst)
{
	guint32 idx;
	guint n;
	guint whole;

	burst->n = 0;
	/* The library looks at the kernel's pointer only when it has nothing left: it may have half a frame. */
	xsk->rx.cached_prod = __atomic_load_n(xsk->rx.producer, __ATOMIC_ACQUIRE);
	n = xsk_ring_cons__peek(&xsk->rx, BURST_SIZE, &idx);
	if (n == 0)
		return 0;
	for (guint i = 0; i < n; i++)
		burst->pieces[i] = *xsk_ring_cons__rx_desc(&xsk->rx, idx + i);
	whole = burst_split(burst, n);
	/* The rest of the last frame comes with the next burst. */
	xsk_ring_cons__cancel(&xsk->rx, n - whole);
	for (guint i = 0; i < whole; i++) {
		umem_set_owner(umem, burst->pieces[i].addr, UMEM_HELD);
		__builtin_prefetch(umem_data(umem, burst->pieces[i].addr));
	}
	xsk_ring_cons__release(&xsk->rx, whole);
	xsk->fill_out -= whole;
	return burst->n;
}
