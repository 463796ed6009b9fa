/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A frame made from what somebody says of it, for questions about frames that are not at hand.
 */
#pragma once

#include "types.h"

G_BEGIN_DECLS

#define FLOW_FRAME_MAX 128

struct flow_fields {
	struct bond_mac source_mac;
	struct bond_mac destination_mac;
	gboolean has_vlan;
	guint16 vlan;	    /* TCI */
	guint16 ether_type; /* 0: by the addresses, IPv4 if there are none */
	gboolean has_source;
	gboolean has_destination;
	struct bond_ip source;
	struct bond_ip destination;
	guint8 protocol;
	guint16 source_port;
	guint16 destination_port;
};

/**
 * flow_frame_build:
 * @frame: (array length=FLOW_FRAME_MAX) (out)
 * @error: BOND_ERROR with EINVAL: the fields contradict each other
 *
 * Returns: its length, or 0. The first bytes behind IP are ports whatever the protocol is, as those that have ports
 *   begin with them.
 */
gsize flow_frame_build(const struct flow_fields *fields, guint8 *frame, GError **error);

G_END_DECLS
