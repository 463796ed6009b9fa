/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "datapath/umem.h"

#define N 64

static void
make(struct umem **umem, struct umem_pool *pool)
{
	*umem = umem_new(N, 2048);
	g_assert_nonnull(*umem);
	umem_pool_init(pool, *umem, 0, N);
}

static void
drop(struct umem *umem, struct umem_pool *pool)
{
	umem_pool_clear(pool);
	umem_free(umem);
}

static void
test_get_put(void)
{
	struct umem *umem;
	struct umem_pool pool;
	gboolean seen[N] = {FALSE};

	make(&umem, &pool);
	for (guint i = 0; i < N; i++) {
		guint64 addr = umem_get(&pool);

		g_assert_cmpuint(addr % 2048, ==, 0);
		g_assert_false(seen[umem_index(umem, addr)]);
		seen[umem_index(umem, addr)] = TRUE;
		/* All of it is ours to write. */
		memset(umem_data(umem, addr), 0xaa, 2048);
	}
	g_assert_cmpuint(umem_get(&pool), ==, UMEM_NONE);
	/* The kernel hands back addresses inside the frame. */
	umem_put(&pool, 5 * 2048 + UMEM_HEADROOM);
	g_assert_cmpuint(umem_get(&pool), ==, 5 * 2048);
	g_assert_cmpuint(pool.n_free, ==, 0);
	drop(umem, &pool);
}

static void
test_complete(void)
{
	struct umem *umem;
	struct umem_pool pool;
	guint64 addr;

	make(&umem, &pool);
	addr = umem_get(&pool);
	umem_set_owner(umem, addr, UMEM_TX + 3);
	g_assert_true(umem_complete(&pool, addr + 256, 3));
	g_assert_cmpuint(pool.n_free, ==, N);
	addr = umem_get(&pool);
	umem_share(umem, addr, 1 << 0 | 1 << 5 | G_GUINT64_CONSTANT(1) << 63);
	g_assert_false(umem_complete(&pool, addr, 5));
	g_assert_false(umem_complete(&pool, addr, 63));
	g_assert_cmpuint(pool.n_free, ==, N - 1);
	g_assert_false(umem_complete(&pool, addr, 0));
	g_assert_cmpuint(pool.n_free, ==, N);
	drop(umem, &pool);
}

static void
test_reclaim(void)
{
	struct umem *umem;
	struct umem_pool pool;
	guint64 shared;
	guint64 held;

	make(&umem, &pool);
	umem_set_owner(umem, umem_get(&pool), UMEM_FILL + 1);
	umem_set_owner(umem, umem_get(&pool), UMEM_FILL + 2);
	umem_set_owner(umem, umem_get(&pool), UMEM_TX + 1);
	umem_set_owner(umem, umem_get(&pool), UMEM_FILL + UMEM_SLOT_HOST);
	umem_set_owner(umem, umem_get(&pool), UMEM_TX + UMEM_SLOT_HOST);
	shared = umem_get(&pool);
	umem_share(umem, shared, 1 << 1 | 1 << 2);
	held = umem_get(&pool);
	g_assert_cmpuint(umem_reclaim(&pool, 1), ==, 2); /* one of its own, one shared */
	g_assert_cmpuint(pool.n_free, ==, N - 5);
	g_assert_cmpuint(umem_reclaim(&pool, 1), ==, 0);
	g_assert_cmpuint(umem_reclaim(&pool, UMEM_SLOT_HOST), ==, 1);
	g_assert_cmpuint(pool.n_free, ==, N - 3);
	g_assert_cmpuint(umem_reclaim(&pool, 2), ==, 1);
	g_assert_cmpuint(pool.n_free, ==, N - 1);
	umem_put(&pool, held);
	g_assert_cmpuint(pool.n_free, ==, N);
	drop(umem, &pool);
}

/* Two workers' parts have nothing to do with each other. */
static void
test_parts(void)
{
	struct umem *umem = umem_new(N, 4096);
	struct umem_pool pools[2];

	for (guint i = 0; i < 2; i++)
		umem_pool_init(&pools[i], umem, i * N / 2, N / 2);
	for (guint i = 0; i < N / 2; i++) {
		g_assert_cmpuint(umem_index(umem, umem_get(&pools[0])), <, N / 2);
		umem_set_owner(umem, umem_get(&pools[1]), UMEM_TX + 7);
	}
	g_assert_cmpuint(umem_reclaim(&pools[0], 7), ==, 0);
	g_assert_cmpuint(umem_reclaim(&pools[1], 7), ==, N / 2);
	umem_pool_clear(&pools[0]);
	umem_pool_clear(&pools[1]);
	umem_free(umem);
}

/* Frames wander at random for a while: none is lost, none is in two places. */
static void
test_wander(void)
{
	struct umem *umem;
	struct umem_pool pool;
	guint64 held[N];
	guint n = 0;

	make(&umem, &pool);
	for (guint i = 0; i < 100000; i++) {
		guint slot = (guint) g_test_rand_int_range(0, 3);

		switch (g_test_rand_int_range(0, 4)) {
		case 0:
			if (n < N / 2)
				held[n++] = umem_get(&pool);
			break;
		case 1:
			if (n > 0)
				umem_set_owner(umem, held[--n], (slot % 2 ? UMEM_TX : UMEM_FILL) + slot);
			break;
		case 2:
			if (n > 0)
				umem_share(umem, held[--n], 3);
			break;
		default:
			umem_reclaim(&pool, slot);
			break;
		}
		g_assert_cmpuint(pool.n_free, <=, N - n);
	}
	while (n > 0)
		umem_put(&pool, held[--n]);
	for (guint slot = 0; slot < 3; slot++)
		umem_reclaim(&pool, slot);
	g_assert_cmpuint(pool.n_free, ==, N);
	drop(umem, &pool);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/umem/get-put", test_get_put);
	g_test_add_func("/umem/complete", test_complete);
	g_test_add_func("/umem/reclaim", test_reclaim);
	g_test_add_func("/umem/parts", test_parts);
	g_test_add_func("/umem/wander", test_wander);
	return g_test_run();
}
