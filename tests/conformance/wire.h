/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Captures of the far ends: which frames the bond and its partners said to each other, in which order and when.
 * wire.c has the table of what is held against the engine, and of what is not and why.
 */
#pragma once

#include "world.h"

G_BEGIN_DECLS

struct wire_kind;

struct wire_frame {
	bond_time at;
	const struct wire_kind *kind;
	gboolean ours; /* an address of the host sent it */
	GBytes *bytes; /* without VLAN tag and padding; what differs from run to run is zero */
};

/**
 * wire_load:
 * @path: a pcap file, of micro or nanoseconds and either byte order
 * @ours: set of struct bond_mac: the host's addresses
 *
 * Returns: (transfer full) (nullable) (element-type struct wire_frame): the frames in it that count.
 */
GPtrArray *wire_load(const char *path, GHashTable *ours, GError **error);

/**
 * wire_load_noise:
 *
 * As wire_load(), but the frames that do not count, whole, as far as the far end sent them: the host hears them all the
 * same.
 */
GPtrArray *wire_load_noise(const char *path, GHashTable *ours, GError **error);

/**
 * wire_load_checks:
 *
 * Returns: (transfer full) (nullable) (element-type struct wire_frame): solicitations by which anybody looked whether
 * his IPv6 address was free.
 */
GPtrArray *wire_load_checks(const char *path, GError **error);
/* The address, of 16 bytes. */
const guint8 *wire_checked_address(const struct wire_frame *frame);

/**
 * wire_of_port:
 *
 * Returns: (transfer full) (element-type struct wire_frame): the frames that count, of those that crossed the cable
 * of @port.
 */
GPtrArray *wire_of_port(const struct world *world, const struct device *port);

gboolean wire_frame_equal(const struct wire_frame *a, const struct wire_frame *b);

/* "LACPDU 02:00:00:00:00:01 > 01:80:c2:00:00:02 …", without the time */
char *wire_frame_describe(const struct wire_frame *frame);

G_END_DECLS
