/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which ports belong together (port selection), and which of the groups carries the traffic (aggregator selection).
 */
#pragma once

#include "lacp.h"

G_BEGIN_DECLS

/* The one that carries the traffic, or NULL. */
struct lacp_aggregator *aggregator_active(const struct lacp_system *system);
gboolean aggregator_has_partner(const struct lacp_aggregator *aggregator);
/* Its ports whose link is up. */
guint aggregator_n_enabled(const struct lacp_aggregator *aggregator);
/* Its ports that collect and distribute. */
guint aggregator_n_forwarding(const struct lacp_aggregator *aggregator);

/* Tells each port of it whether all of them are ready. */
void aggregator_update_ready(struct lacp_aggregator *aggregator);
/* Finds the group of a port that is not selected (ad_port_selection_logic()). */
void aggregator_select_port(struct lacp_port *p);
/* Chooses the active one (ad_agg_selection_logic()). */
void aggregator_choose(struct lacp_system *system);
/* The port leaves the bond, and with it the aggregator that it owns (kernel-semantics 65). It is still in the list. */
void aggregator_remove_port(struct lacp_port *p);

G_END_DECLS
