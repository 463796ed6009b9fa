/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connection settings being put together: sections of properties, handed out as the a{sa{sv}} of NetworkManager's
 * D-Bus API. Sections and properties come out sorted, so that equal input gives equal output.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct ifcfg_settings;

struct ifcfg_settings *ifcfg_settings_new(void);
void ifcfg_settings_free(struct ifcfg_settings *settings);

/* An empty section means something too: that the setting is there. */
void ifcfg_settings_add_section(struct ifcfg_settings *settings, const char *section);

gboolean ifcfg_settings_has_section(const struct ifcfg_settings *settings, const char *section);

/**
 * ifcfg_settings_set:
 * @value: (transfer floating)
 *
 * Makes the section if need be.
 */
void ifcfg_settings_set(struct ifcfg_settings *settings, const char *section, const char *property, GVariant *value);

void ifcfg_settings_set_string(struct ifcfg_settings *settings, const char *section, const char *property,
			       const char *value);

/* Nothing if there is none. */
void ifcfg_settings_unset(struct ifcfg_settings *settings, const char *section, const char *property);

/**
 * ifcfg_settings_get:
 *
 * Returns: (nullable) (transfer none)
 */
GVariant *ifcfg_settings_get(const struct ifcfg_settings *settings, const char *section, const char *property);

/**
 * ifcfg_settings_merge:
 * @from: a{sa{sv}}
 *
 * Sets all of it.
 */
void ifcfg_settings_merge(struct ifcfg_settings *settings, GVariant *from);

/**
 * ifcfg_settings_end:
 *
 * Returns: (transfer full): a{sa{sv}}
 */
GVariant *ifcfg_settings_end(const struct ifcfg_settings *settings);

G_END_DECLS
