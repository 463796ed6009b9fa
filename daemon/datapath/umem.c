/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "umem.h"

#include <sys/mman.h>
#include <unistd.h>

struct umem *
umem_new(guint n_frames, guint frame_size)
{
	guint page = (guint) sysconf(_SC_PAGESIZE);
	struct umem *umem = g_new0(struct umem, 1);

	g_return_val_if_fail(frame_size == 2048 || frame_size == 4096, NULL);
	umem->frame_size = frame_size;
	umem->shift = (guint) __builtin_ctz(frame_size);
	umem->size = ((gsize) n_frames * frame_size + page - 1) / page * page;
	umem->n_frames = (guint) (umem->size / frame_size);
	umem->area = mmap(NULL, umem->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (umem->area == MAP_FAILED) {
		g_free(umem);
		return NULL;
	}
	umem->owner = g_new0(guint8, umem->n_frames);
	umem->shared_by = g_new0(guint64, umem->n_frames);
	return umem;
}

void
umem_free(struct umem *umem)
{
	if (umem == NULL)
		return;
	munmap(umem->area, umem->size);
	g_free(umem->owner);
	g_free(umem->shared_by);
	g_free(umem);
}

void
umem_pool_init(struct umem_pool *pool, struct umem *umem, guint first, guint n)
{
	pool->umem = umem;
	pool->first = first;
	pool->n_total = n;
	pool->n_free = 0;
	pool->free = g_new(guint32, n);
	/* The lowest frame comes out first. */
	for (guint i = n; i-- > 0;)
		pool->free[pool->n_free++] = first + i;
}

void
umem_pool_clear(struct umem_pool *pool)
{
	g_clear_pointer(&pool->free, g_free);
	pool->n_free = 0;
}

guint
umem_reclaim(struct umem_pool *pool, guint slot)
{
	struct umem *umem = pool->umem;
	guint unsent = 0;

	for (guint index = pool->first; index < pool->first + pool->n_total; index++) {
		guint8 owner = umem->owner[index];

		if (owner == UMEM_TX + slot || owner == UMEM_FILL + slot) {
			unsent += owner == UMEM_TX + slot;
			umem_put(pool, umem_addr(umem, index));
		} else if (owner == UMEM_SHARED && slot < BOND_MAX_PORTS && (umem->shared_by[index] >> slot & 1) != 0) {
			unsent++;
			umem_complete(pool, umem_addr(umem, index), slot);
		}
	}
	return unsent;
}
