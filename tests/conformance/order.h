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

/*
 * When the second one to speak in a tick heard what the first said: behind the tick, if TAPs were joined by a process of
 * the recorder, which had to wait for its turn; not at all, if its port was not enabled yet.
 */
enum order_hearing { ORDER_HEARS_UNKNOWN, ORDER_HEARS_AT_ONCE, ORDER_HEARS_BEHIND, ORDER_HEARS_NOTHING };

/* For ticks in which not both of them spoke. */
struct order_guess {
	gboolean other; /* the other one than it seems */
	enum order_hearing hearing;
	guint change; /* of ORDER_CHANGES: where between two ticks an order that does not fit both changed */
};

#define ORDER_CHANGES 4
/* So many different guesses there are. */
#define ORDER_GUESSES (ORDER_CHANGES * 2 * (ORDER_HEARS_BEHIND + 1))

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
 * order_hearing:
 * @far_end: of the cable
 * @speaker: who sends an LACPDU
 *
 * Returns: when the other side hears it. Only TAPs hear behind a tick.
 */
enum order_hearing order_hearing(const struct order *order, const struct device *far_end, enum device_side speaker,
				 bond_time at);

G_END_DECLS
