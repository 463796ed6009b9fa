/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options of a bond that the driver has not got: what its host interface is made of and how it is served.
 */
#pragma once

#include "datapath/datapath.h"

G_BEGIN_DECLS

struct host_options {
	enum datapath_host kind;
	guint n_queues;
	gboolean busy_poll;
	gboolean up;
};

/**
 * host_options_take:
 * @options: a{ss}
 * @host: (out)
 * @error: SERVICE_ERROR_INVALID_VALUE
 *
 * Returns: (transfer full): the options of the driver, as bond_set_options() takes them; NULL if one of ours is wrong.
 */
GStrv host_options_take(GVariant *options, struct host_options *host, GError **error);

/* FALSE with SERVICE_ERROR_NOT_PERMITTED if one of ours is there: they are fixed when a bond is made. */
gboolean host_options_check_none(GVariant *options, GError **error);

/* "tap" or "veth". */
const char *host_kind_name(enum datapath_host kind);

/* Whether a bond made with @a is what @b asks for; "up" does not count. */
gboolean host_options_equal(const struct host_options *a, const struct host_options *b);

G_END_DECLS
