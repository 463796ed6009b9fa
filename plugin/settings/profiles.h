/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ifcfg files as NetworkManager shall have them: keyfiles, and devices to keep its hands off. No NetworkManager is
 * needed for this.
 */
#pragma once

#include "ifcfg/ifcfg.h"

G_BEGIN_DECLS

/* Key of a bond's [user] setting: its ports that are NM_CONTROLLED=no, with blanks between. bondd gets them with it. */
#define PROFILES_PORTS_KEY "org.example.bond.ports"

struct profile_text {
	char *file;
	char *keyfile;	 /* its text */
	char *unmanaged; /* nullable: how NetworkManager names the device of a file with NM_CONTROLLED=no */
	GPtrArray *lost; /* char *: what the keyfile cannot say */
};

/**
 * profiles_make:
 * @result: what the files say; its settings are changed where NetworkManager must see them otherwise
 *
 * A profile with NM_CONTROLLED=no is never activated by NetworkManager on its own.
 *
 * Returns: (transfer full) (element-type struct profile_text)
 */
GPtrArray *profiles_make(struct ifcfg_result *result);

/**
 * profiles_find:
 * @texts: (element-type struct profile_text)
 *
 * Returns: (nullable) (transfer none): the profile that a file is
 */
const struct profile_text *profiles_find(const GPtrArray *texts, const char *file);

/* Sets one property of a profile; a floating @value is taken. */
void profiles_set_property(struct ifcfg_profile *profile, const char *section, const char *property, GVariant *value);

G_END_DECLS
