/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LACP's part of state.h.
 */
#pragma once

#include "state.h"

G_BEGIN_DECLS

void lacp_get_state(const struct bond *bond, struct bond_state *state);
void lacp_get_port_state(const struct bond_port *port, struct bond_lacp_port_state *state);
void lacp_adopt(struct bond *bond, const struct bond_state *state);
/* The port is about to join the list. */
void lacp_adopt_port(struct bond_port *port, const struct bond_lacp_port_state *state);
/* All ports are there: who is in which aggregator. */
void lacp_adopt_end(struct bond *bond);

G_END_DECLS
