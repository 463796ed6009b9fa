/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of two bonds came first in a tick that both had at the same moment. The kernel's timers decide that, no log
 * tells it, but what the bonds said does: a capture has their LACPDUs in the order in which they were sent.
 */
#pragma once

#include "scenario.h"
#include "world.h"

G_BEGIN_DECLS

struct order;

/* Whether the second one to speak had not heard the first yet: the recorded TAPs were joined by a process, which had to
 * wait for its turn. */
enum order_crossing { ORDER_CROSSING_UNKNOWN, ORDER_CROSSING_NO, ORDER_CROSSING_YES };

/* For ticks in which not both of them spoke. */
struct order_guess {
	gboolean partner_first; /* nothing was said at all: in the first tick */
	enum order_crossing crossing;
	guint change; /* of ORDER_CHANGES: where between two ticks an order that does not fit both changed */
};

#define ORDER_CHANGES 4
/* So many different guesses there are. */
#define ORDER_GUESSES (ORDER_CHANGES * 2 * (ORDER_CROSSING_YES + 1))

/**
 * order_load:
 *
 * Returns: (transfer full): what the captures of a case tell; with guesses for the rest.
 */
struct order *order_load(const struct scenario *scenario, const struct order_guess *guess);
void order_free(struct order *order);

/**
 * order_first_tick:
 * @bond: goes up at @went_up
 *
 * Returns: when it has its first tick after that, as far as its LACPDUs show; BOND_TIME_NEVER: they do not.
 */
bond_time order_first_tick(const struct order *order, const struct device *bond, bond_time went_up);

/**
 * order_partner_first:
 * @partner: a bond of the switch host
 *
 * Returns: whether it is to run before the host's own bonds.
 */
gboolean order_partner_first(const struct order *order, const struct device *partner, bond_time at);

/**
 * order_is_crossing:
 * @far_end: of a TAP
 *
 * Returns: whether what one side says in a tick of both reaches the other behind it.
 */
gboolean order_is_crossing(const struct order *order, const struct device *far_end, bond_time at);

G_END_DECLS
