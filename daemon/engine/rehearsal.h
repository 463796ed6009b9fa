/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What would happen: a copy of a bond that decides as the bond would, in a world where every order succeeds and has no
 * effect. What it asks, it asks the real world.
 */
#pragma once

#include "bond.h"

G_BEGIN_DECLS

struct rehearsal;

/**
 * rehearsal_new:
 * @bond: outlives the rehearsal
 */
struct rehearsal *rehearsal_new(const struct bond *bond);
void rehearsal_free(struct rehearsal *rehearsal);

/* The copy, to be changed and looked at. */
struct bond *rehearsal_bond(struct rehearsal *rehearsal);

/* The plan that its workers would have now. */
const struct bond_plan *rehearsal_plan(struct rehearsal *rehearsal);

/* Bit per port id: who would announce the bond's addresses, and who would report its multicast groups. */
guint64 rehearsal_announced(const struct rehearsal *rehearsal);
guint64 rehearsal_reported(const struct rehearsal *rehearsal);

/**
 * rehearsal_transmit:
 * @frame: of the host, that the plan leaves to the control thread
 *
 * Returns: bit per port id: by which ports it would leave.
 */
guint64 rehearsal_transmit(struct rehearsal *rehearsal, const guint8 *frame, gsize len, bond_time now);

/**
 * rehearsal_play:
 * @now: of the real world
 *
 * Lets a second pass, so that what follows from a change has been decided. All links stay as they are.
 */
void rehearsal_play(struct rehearsal *rehearsal, bond_time now);

/**
 * rehearsal_cut:
 * @port: of the copy
 * @now: of the real world
 *
 * The port loses its carrier and its delays are over; what follows from it has been decided (rehearsal_play()).
 */
void rehearsal_cut(struct rehearsal *rehearsal, struct bond_port *port, bond_time now);

G_END_DECLS
