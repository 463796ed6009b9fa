/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values as JSON. Dictionaries become objects, arrays and tuples arrays, bytes and numbers numbers.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A document of several lines. Consumes @value if it is floating. */
void json_print(GVariant *value);

/* The same in one line, which is on its way when this returns. */
void json_print_line(GVariant *value);

/**
 * json_text:
 * @value: (transfer floating)
 *
 * Returns: (transfer full): what json_print_line() prints, without the newline.
 */
char *json_text(GVariant *value);

/**
 * json_key:
 * @property: of D-Bus, as "XmitHashPolicy" or "plan-swapped"
 *
 * Returns: (transfer full): its key in our JSON, "xmit_hash_policy": options are spelt as the driver's.
 */
char *json_key(const char *property);

/* Adds @properties, an a{sv} as D-Bus has them, to the a{sv} @object under their json_key(), but @except (nullable). */
void json_add_properties(GVariantBuilder *object, GVariant *properties, const char *except);

G_END_DECLS
