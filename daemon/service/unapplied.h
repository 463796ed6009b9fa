/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a profile says and bondd does not do: told to the user, so that nobody waits for it.
 */
#pragma once

#include "ifcfg/ifcfg.h"

G_BEGIN_DECLS

typedef void (*unapplied_func)(void *user, const char *message, const char *remedy);

/**
 * unapplied_find:
 * @profile: of a bond, a port, or a VLAN or bridge above a bond
 *
 * Calls @func for each part of the settings that something else must take care of.
 */
void unapplied_find(const struct ifcfg_profile *profile, unapplied_func func, void *user);

G_END_DECLS
