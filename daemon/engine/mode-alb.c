/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * balance-alb: balance-tlb, and the clients of the host are spread over the ports as well (rlb.h).
 */
#include "balance.h"

#include "rlb.h"

const struct bond_mode_ops bond_mode_alb = {
    .name = "balance-alb",
    .description = "adaptive load balancing",
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
    .change_macs = balance_change_macs,
    .control_frame = rlb_control_frame,
    .host_frame = rlb_host_frame,
    .prepare_plan = balance_prepare_plan,
    .build_plan = balance_build_plan,
    .next_deadline = balance_next_deadline,
    .run = balance_run,
};
