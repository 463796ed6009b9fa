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

G_END_DECLS
