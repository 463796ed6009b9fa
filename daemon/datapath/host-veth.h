/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A veth pair with AF_XDP sockets on one end, for whoever has one.
 */
#pragma once

#include "host-port.h"

G_BEGIN_DECLS

#define TWIN_SUFFIX "-xdp"

/* Whether @name and @twin are a pair that a daemon left behind, with nobody on it. */
gboolean veth_is_left(const char *name, const char *twin, guint n_queues);

/* Whether two devices are each other's ends. */
gboolean veth_check_pair(int near, int far, const char *name, GError **error);

/* Switches off what a veth device offers and a wire has not got: then the host's stack does it. */
gboolean veth_switch_off_offloads(const char *name, GError **error);

/* Sends what came to the twin; as take() of struct host_port_ops. */
guint veth_take_twin(struct worker *worker, const struct bond_plan *plan);

G_END_DECLS
