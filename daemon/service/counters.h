/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packet counters as D-Bus properties that are read from the workers the moment somebody asks.
 */
#pragma once

#include "datapath/datapath.h"

#include <glib-object.h>

G_BEGIN_DECLS

/* Property ids of a class that has the counters; ids of its own may follow. */
enum counters_property {
	COUNTERS_RX_PACKETS = 1,
	COUNTERS_RX_BYTES,
	COUNTERS_TX_PACKETS,
	COUNTERS_TX_BYTES,
	COUNTERS_DROPS,
};

/* Makes a subclass of a generated skeleton answer for its counters itself. */
void counters_override_properties(GObjectClass *class);
void counters_get_property(const struct datapath_counters *counters, guint id, GValue *value);

G_END_DECLS
