/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The interface of a bond, made before bondd is asked: NetworkManager wants it at once.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * tap_create:
 * @error: G_IO_ERROR
 *
 * Makes a TAP device as bondd's are, without carrier, that stays until somebody removes it.
 */
gboolean tap_create(const char *name, GError **error);

/**
 * tap_is_ours:
 * @state: what bondd keeps over its restarts, usually TAP_STATE
 *
 * Returns: whether @name is the interface of a bond of bondd. It is asked before D-Bus can be.
 */
gboolean tap_is_ours(const char *state, const char *name);

#define TAP_STATE "/run/bondd/state"

G_END_DECLS
