/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Captures of the far ends: which frames the host announced itself with (gratuitous ARP, unsolicited neighbour
 * advertisements, IGMP reports), in which order and when.
 */
#pragma once

#include "world.h"

G_BEGIN_DECLS

struct wire_frame {
	bond_time at;
	GBytes *bytes; /* without VLAN tag and padding */
};

/**
 * wire_load:
 * @path: a pcap file, of micro or nanoseconds and either byte order
 * @ours: set of struct bond_mac: senders that count
 *
 * Returns: (transfer full) (nullable) (element-type struct wire_frame): the announcements in it.
 */
GPtrArray *wire_load(const char *path, GHashTable *ours, GError **error);

/**
 * wire_of_port:
 *
 * Returns: (transfer full) (element-type struct wire_frame): the announcements that the far end of @port saw.
 */
GPtrArray *wire_of_port(const struct world *world, const struct device *port);

/* "ARP 192.168.7.1 is at 02:00:00:00:00:01" */
char *wire_frame_describe(const struct wire_frame *frame);

G_END_DECLS
