/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A frame as people have it: hexadecimal, as tcpdump -xx, xxd or a log prints it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * frame_from_hex:
 * @text: digits; blanks, newlines, colons and dashes between bytes do not matter, nor do offsets at the beginning of a
 *   line ("0x0010:") or what is behind two blanks after the digits (the column of characters)
 *
 * Returns: (transfer full) (nullable): the bytes; %NULL if it is something else.
 */
GBytes *frame_from_hex(const char *text);

G_END_DECLS
