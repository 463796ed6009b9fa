/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of the engine as D-Bus shows them.
 */
#pragma once

#include "engine/types.h"

G_BEGIN_DECLS

#define TEXT_MAC_SIZE sizeof("00:00:00:00:00:00")

/**
 * text_of_mac:
 * @text: TEXT_MAC_SIZE bytes
 *
 * Returns: @text.
 */
const char *text_of_mac(const struct bond_mac *mac, char *text);
/* "half", "full" or "unknown". */
const char *text_of_duplex(enum bond_duplex duplex);
/**
 * text_of_name:
 * @raw: name of an interface as the kernel has it: any bytes
 * @name: BOND_NAME_SIZE bytes
 *
 * Makes a name that D-Bus can carry: bytes that are not UTF-8 become "?".
 *
 * Returns: @name.
 */
const char *text_of_name(const char *raw, char *name);
/* FALSE if it is not six hexadecimal bytes with colons. */
gboolean text_to_mac(const char *text, struct bond_mac *mac);

G_END_DECLS
