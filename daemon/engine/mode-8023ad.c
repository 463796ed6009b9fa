/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 802.3ad: what the option table, status and refusals need to know of the mode.
 */
#include "bond-private.h"

const struct bond_mode_ops bond_mode_8023ad = {
    .name = "802.3ad",
    .description = "IEEE 802.3ad Dynamic link aggregation",
    .needs_speed_duplex = TRUE,
    .built = FALSE,
};
