/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attributes of routes and rules of policy routing, from NetworkManager's settings.
 */
#pragma once

#include "link/link-rule.h"

G_BEGIN_DECLS

/**
 * profile_routing_read_attributes:
 * @data: an entry of "route-data"
 *
 * Sets what @route has besides its destination, gateway, metric and table.
 *
 * Returns: (nullable): the attribute that is not valid
 */
const char *profile_routing_read_attributes(GVariant *data, struct link_route *route);

/**
 * profile_routing_read_rules:
 * @settings: a{sa{sv}}
 * @rules: (element-type struct link_rule): those of "routing-rules" of both families are added
 *
 * Returns: %FALSE if one is not valid
 */
gboolean profile_routing_read_rules(GVariant *settings, GArray *rules);

G_END_DECLS
