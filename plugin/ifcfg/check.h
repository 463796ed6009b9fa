/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forms of single values. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A name that the kernel takes for an interface. */
gboolean ifcfg_is_interface_name(const char *text);

/**
 * ifcfg_parse_mac:
 * @mac: (out) (array fixed-size=6) (nullable)
 *
 * Returns: whether @text is six hexadecimal bytes with `:` or `-` between them
 */
gboolean ifcfg_parse_mac(const char *text, guint8 *mac);

/**
 * ifcfg_is_ip_list:
 * @family: AF_INET or AF_INET6
 *
 * Returns: whether @text is a list of addresses with commas between them, at least one
 */
gboolean ifcfg_is_ip_list(const char *text, int family);

G_END_DECLS
