/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What NetworkManager.conf and the files beside it say to our plugins.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where NetworkManager reads its configuration from, the later the stronger; NULL terminated. */
extern const char *const config_places[];

/* @path: the file that says it */
typedef void (*config_value)(const char *path, const char *value, gpointer user);

/**
 * config_read:
 * @places: directories of *.conf files, and plain files, the later the stronger; NULL terminated
 *
 * Calls @found with each value of a key, the strongest last.
 */
void config_read(const char *const *places, const char *group, const char *key, config_value found, gpointer user);

G_END_DECLS
