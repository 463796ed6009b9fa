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

/* What a bond is made with if nobody says: a TAP device, one worker, not spinning, set down. */
#define HOST_OPTIONS_DEFAULT                                                                                           \
	((struct host_options){                                                                                        \
	    .kind = DATAPATH_HOST_TAP,                                                                                 \
	    .n_queues = 1,                                                                                             \
	})

/**
 * host_options_set:
 * @known: (out): whether @name is an option of ours
 *
 * Returns: %FALSE with SERVICE_ERROR_INVALID_VALUE if it does not take @value.
 */
gboolean host_options_set(struct host_options *host, const char *name, const char *value, gboolean *known,
			  GError **error);

/**
 * host_options_take:
 * @options: a{ss}
 * @defaults: (nullable): what stands for options that are not given; %NULL: HOST_OPTIONS_DEFAULT
 * @host: (out)
 * @error: SERVICE_ERROR_INVALID_VALUE
 *
 * Returns: (transfer full): the options of the driver, as bond_set_options() takes them; NULL if one of ours is wrong.
 */
GStrv host_options_take(GVariant *options, const struct host_options *defaults, struct host_options *host,
			GError **error);

/* FALSE with SERVICE_ERROR_NOT_PERMITTED if one of ours is there: they are fixed when a bond is made. */
gboolean host_options_check_none(GVariant *options, GError **error);

/* "tap" or "veth". */
const char *host_kind_name(enum datapath_host kind);

/* Whether a bond made with @a is what @b asks for; "up" does not count. */
gboolean host_options_equal(const struct host_options *a, const struct host_options *b);

G_END_DECLS
