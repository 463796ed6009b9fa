/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The six transmit hash policies, bit for bit those of Linux 6.12 (__bond_xmit_hash()).
 */
#pragma once

#include "dissect.h"

G_BEGIN_DECLS

/**
 * bond_hash_flow:
 *
 * Returns: the hash of a dissected frame; the port is hash % number of usable ports.
 */
guint32 bond_hash_flow(const struct bond_flow *flow, enum bond_hash_policy policy);

/**
 * bond_hash_frame:
 *
 * bond_dissect() and bond_hash_flow() in one.
 */
guint32 bond_hash_frame(const guint8 *data, gsize len, gboolean has_vlan, guint16 vlan_tci,
			enum bond_hash_policy policy);

/**
 * bond_hash_burst:
 * @hashes: (array length=n) (out): what bond_hash_frame() gives for each frame
 *
 * For the packet path: the policy is looked at once a burst, and plain IPv4 takes a straight line.
 */
void bond_hash_burst(const struct bond_frame *frames, guint n, enum bond_hash_policy policy, guint32 *hashes);

G_END_DECLS
