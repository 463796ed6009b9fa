/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rings of a socket, with this test in the kernel's place.
 */
#include "datapath/xsk.h"

#define RING 256

struct rings {
	struct xsk xsk;
	struct umem *umem;
	struct umem_pool pool;
	guint32 rx_prod, rx_cons, tx_prod, tx_cons, fill_prod, fill_cons, comp_prod, comp_cons;
	guint32 flags;
	struct xdp_desc rx[RING], tx[RING];
	guint64 fill[RING], comp[RING];
};

static struct rings *
make(void)
{
	struct rings *r = g_new0(struct rings, 1);

	r->umem = umem_new(RING * 2, 2048);
	umem_pool_init(&r->pool, r->umem, 0, RING * 2);
	r->xsk.rx = (struct xsk_ring_cons){.mask = RING - 1,
					   .size = RING,
					   .producer = &r->rx_prod,
					   .consumer = &r->rx_cons,
					   .ring = r->rx,
					   .flags = &r->flags};
	r->xsk.comp = (struct xsk_ring_cons){.mask = RING - 1,
					     .size = RING,
					     .producer = &r->comp_prod,
					     .consumer = &r->comp_cons,
					     .ring = r->comp,
					     .flags = &r->flags};
	r->xsk.tx = (struct xsk_ring_prod){.cached_cons = RING,
					   .mask = RING - 1,
					   .size = RING,
					   .producer = &r->tx_prod,
					   .consumer = &r->tx_cons,
					   .ring = r->tx,
					   .flags = &r->flags};
	r->xsk.fill = (struct xsk_ring_prod){.cached_cons = RING,
					     .mask = RING - 1,
					     .size = RING,
					     .producer = &r->fill_prod,
					     .consumer = &r->fill_cons,
					     .ring = r->fill,
					     .flags = &r->flags};
	r->xsk.slot = 4;
	r->xsk.fill_target = 128;
	r->xsk.pieces_max = XSK_MAX_PIECES;
	return r;
}

static void
drop(struct rings *r)
{
	umem_pool_clear(&r->pool);
	umem_free(r->umem);
	g_free(r);
}

/* The kernel receives into the oldest frame that it was given. */
static void
kernel_receives(struct rings *r, guint32 len, gboolean more)
{
	guint64 addr = r->fill[r->fill_cons++ % RING] + UMEM_HEADROOM;

	r->rx[r->rx_prod % RING] = (struct xdp_desc){addr, len, more ? XDP_PKT_CONTD : 0};
	__atomic_store_n(&r->rx_prod, r->rx_prod + 1, __ATOMIC_RELEASE);
}

static void
kernel_completes(struct rings *r, guint n)
{
	for (guint i = 0; i < n; i++)
		r->comp[(r->comp_prod + i) % RING] = r->tx[r->tx_cons++ % RING].addr;
	__atomic_store_n(&r->comp_prod, r->comp_prod + n, __ATOMIC_RELEASE);
}

static void
test_refill(void)
{
	struct rings *r = make();
	struct burst burst;

	xsk_refill(&r->xsk, &r->pool);
	g_assert_cmpuint(r->fill_prod, ==, 128);
	g_assert_cmpuint(r->pool.n_free, ==, RING * 2 - 128);
	for (guint round = 0; round < 50; round++) {
		for (guint i = 0; i < 40; i++)
			kernel_receives(r, 60 + i, FALSE);
		g_assert_cmpuint(xsk_receive(&r->xsk, r->umem, &burst), ==, 40);
		for (guint i = 0; i < 40; i++) {
			g_assert_cmpuint(burst_length(&burst, i), ==, 60 + i);
			g_assert_cmpuint(burst_n_pieces(&burst, i), ==, 1);
			umem_put(&r->pool, burst.pieces[i].addr);
		}
		xsk_refill(&r->xsk, &r->pool);
		g_assert_cmpuint(r->pool.n_free, ==, RING * 2 - 128);
	}
	umem_reclaim(&r->pool, 4);
	g_assert_cmpuint(r->pool.n_free, ==, RING * 2);
	drop(r);
}

/* A frame in pieces of which the kernel has shown only some, or that does not fit the burst. */
static void
test_half_frames(void)
{
	struct rings *r = make();
	struct burst burst;

	xsk_refill(&r->xsk, &r->pool);
	kernel_receives(r, 1000, TRUE);
	kernel_receives(r, 1000, TRUE);
	g_assert_cmpuint(xsk_receive(&r->xsk, r->umem, &burst), ==, 0);
	g_assert_cmpuint(xsk_receive(&r->xsk, r->umem, &burst), ==, 0);
	g_assert_cmpuint(xsk_received(&r->xsk), ==, 2);
	kernel_receives(r, 7, FALSE);
	g_assert_cmpuint(xsk_receive(&r->xsk, r->umem, &burst), ==, 1);
	g_assert_cmpuint(burst_n_pieces(&burst, 0), ==, 3);
	g_assert_cmpuint(burst_length(&burst, 0), ==, 2007);
	for (guint i = 0; i < BURST_SIZE - 1; i++)
		kernel_receives(r, 60, FALSE);
	kernel_receives(r, 500, TRUE);
	kernel_receives(r, 5, FALSE);
	g_assert_cmpuint(xsk_receive(&r->xsk, r->umem, &burst), ==, BURST_SIZE - 1);
	g_assert_cmpuint(xsk_receive(&r->xsk, r->umem, &burst), ==, 1);
	g_assert_cmpuint(burst_length(&burst, 0), ==, 505);
	g_assert_cmpuint(xsk_receive(&r->xsk, r->umem, &burst), ==, 0);
	g_assert_cmpuint(r->rx_cons, ==, r->rx_prod);
	drop(r);
}

static void
test_push(void)
{
	struct rings *r = make();
	struct xdp_desc pieces[3];

	for (guint i = 0; i < 3; i++)
		pieces[i] = (struct xdp_desc){.addr = umem_get(&r->pool), .len = 100 + i};
	g_assert_true(xsk_push(&r->xsk, pieces, 3));
	g_assert_cmpuint(r->tx_prod, ==, 0);
	xsk_kick(&r->xsk, &r->pool);
	g_assert_cmpuint(r->tx_prod, ==, 3);
	g_assert_cmpuint(r->tx[0].options, ==, XDP_PKT_CONTD);
	g_assert_cmpuint(r->tx[1].options, ==, XDP_PKT_CONTD);
	g_assert_cmpuint(r->tx[2].options, ==, 0);
	for (guint i = 0; i < 3; i++)
		umem_set_owner(r->umem, pieces[i].addr, UMEM_TX + 4);
	r->xsk.tx_exclusive += 3;
	g_assert_cmpuint(xsk_unsent(&r->xsk), ==, 3);
	kernel_completes(r, 3);
	g_assert_cmpuint(xsk_completed(&r->xsk), ==, 3);
	xsk_reap(&r->xsk, &r->pool);
	g_assert_cmpuint(r->xsk.tx_out, ==, 0);
	g_assert_cmpuint(r->xsk.tx_exclusive, ==, 0);
	g_assert_cmpuint(r->pool.n_free, ==, RING * 2);
	drop(r);
}

static void
test_full(void)
{
	struct rings *r = make();
	struct xdp_desc piece = {.addr = 0, .len = 60};

	for (guint i = 0; i < RING; i++)
		g_assert_true(xsk_push(&r->xsk, &piece, 1));
	g_assert_false(xsk_push(&r->xsk, &piece, 1));
	/* A kernel without frames in pieces. */
	r->xsk.pieces_max = 1;
	g_assert_false(xsk_push(&r->xsk, &piece, 2));
	drop(r);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xsk/refill", test_refill);
	g_test_add_func("/xsk/half-frames", test_half_frames);
	g_test_add_func("/xsk/push", test_push);
	g_test_add_func("/xsk/full", test_full);
	return g_test_run();
}
