/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A configuration directory, read: profiles that can be used, and what there is to say of the files.
 */
#pragma once

#include "profile.h"

G_BEGIN_DECLS

#define CONFIGURATION_SCRIPTS "/etc/sysconfig/network-scripts"

struct configuration {
	GPtrArray *profiles;   /* struct profile: bonds first */
	GVariant *settings;    /* aa{sa{sv}}, as read */
	GVariant *diagnostics; /* a(ssusss) */
	gboolean usable;       /* nothing fatal */
};

/**
 * configuration_read:
 * @scripts: absolute path; "" for CONFIGURATION_SCRIPTS
 * @modprobe_d: absolute path; "" for none
 * @error: SERVICE_ERROR_CONFIG_UNREADABLE
 *
 * Reads the files and tries every bond's options on a bond without a world, so that what would be refused is known
 * before anything is touched.
 *
 * Returns: (transfer full): the configuration, usable or not.
 */
struct configuration *configuration_read(const char *scripts, const char *modprobe_d, GError **error);
struct configuration *configuration_new_empty(void);
void configuration_free(struct configuration *configuration);

/* NULL if there is none. */
const struct profile *configuration_find(const struct configuration *configuration, const char *device);

G_END_DECLS
