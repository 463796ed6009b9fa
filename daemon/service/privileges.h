/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What root can do and bondd never does is given up, so that a frame or a call that found a hole would find little
 * behind it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * privileges_drop:
 *
 * Keeps the capabilities that bondd works with, for good, and rules out new ones. They belong to threads: to be called
 * while there is one. What bondd would need and does not have is told as a warning.
 */
void privileges_drop(void);

G_END_DECLS
