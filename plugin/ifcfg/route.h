/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Static routes of route-NAME and route6-NAME: numbered ADDRESSn lines, or what the old scripts gave to `ip route add`.
 */
#pragma once

#include "directory.h"
#include "settings.h"

G_BEGIN_DECLS

/**
 * ifcfg_routes_read:
 * @family: AF_INET or AF_INET6
 * @text: the file
 *
 * Adds the routes to those of the section of @family. Lines that are no route are reported and left out; a numbered route
 * that is not complete is fatal, as it is for NetworkManager.
 *
 * Returns: %FALSE if something was fatal
 */
gboolean ifcfg_routes_read(int family, const struct directory_file *text, struct ifcfg_settings *settings,
			   GPtrArray *diagnostics);

G_END_DECLS
