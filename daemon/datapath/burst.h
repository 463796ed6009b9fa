/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that a worker holds at one time. A frame is one piece of the umem, or several when it is longer than one.
 */
#pragma once

#include "engine/types.h"

#include <linux/if_xdp.h>

G_BEGIN_DECLS

#define BURST_SIZE 64

struct burst {
	struct xdp_desc pieces[BURST_SIZE]; /* addr, len */
	guint n;			    /* frames */
	guint first[BURST_SIZE + 1];	    /* index of each frame's first piece, and of the end */
};

static inline guint
burst_n_pieces(const struct burst *burst, guint frame)
{
	return burst->first[frame + 1] - burst->first[frame];
}

static inline guint
pieces_length(const struct xdp_desc *pieces, guint n)
{
	guint len = 0;

	for (guint i = 0; i < n; i++)
		len += pieces[i].len;
	return len;
}

static inline guint
burst_length(const struct burst *burst, guint frame)
{
	return pieces_length(&burst->pieces[burst->first[frame]], burst_n_pieces(burst, frame));
}

G_END_DECLS
