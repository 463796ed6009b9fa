/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * balance-tlb: what is sent is spread over all ports by load; what comes, comes by the current one.
 */
#include "balance.h"

const struct bond_mode_ops bond_mode_tlb = {
    .name = "balance-tlb",
    .description = "transmit load balancing",
    .uses_primary = TRUE,
    .needs_speed_duplex = TRUE,
    .balances = TRUE,
    .enter = balance_enter,
    .leave = balance_leave,
    .copy = balance_copy,
    .enslave = balance_enslave,
    .release = balance_release,
    .detached = balance_detached,
    .left = balance_left,
    .link_up = balance_link_up,
    .link_down = balance_link_down,
    .active_changed = balance_active_changed,
    .announce = balance_announce,
    .ignore_updelay = balance_nothing_usable,
    .up_changed = balance_up_changed,
    .prepare_plan = balance_prepare_plan,
    .build_plan = balance_build_plan,
    .next_deadline = balance_next_deadline,
    .run = balance_run,
};
