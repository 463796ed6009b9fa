/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * balance-tlb: what the option table, status and refusals need to know of the mode.
 */
#include "bond-private.h"

const struct bond_mode_ops bond_mode_tlb = {
    .name = "balance-tlb",
    .description = "transmit load balancing",
    .uses_primary = TRUE,
    .needs_speed_duplex = TRUE,
    .built = FALSE,
};
