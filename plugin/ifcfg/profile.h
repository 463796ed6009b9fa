/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One file made into one profile: what kind of connection it is, its "connection" section and its bond, and the
 * sections of the other files of this folder.
 */
#pragma once

#include "directory.h"
#include "ifcfg-file.h"
#include "modprobe.h"

G_BEGIN_DECLS

/* What a file cannot know by itself. */
struct profile_context {
	struct modprobe *modprobe;     /* nullable */
	const GHashTable *named_bonds; /* nullable: names that MASTER= of any file names */
	GHashTable *routes;	       /* nullable: path -> struct directory_file * of routes and rules */
	const GHashTable *aliases;     /* nullable: NAME -> GPtrArray of the struct ifcfg_file of NAME:n, NAME-rangen */
	struct ifcfg_file *network;    /* nullable: /etc/sysconfig/network */
};

/**
 * ifcfg_profile_read:
 *
 * Everything that is wrong is reported in the file's diagnostics.
 *
 * Returns: (transfer full) (nullable): the profile, or %NULL if the file is none or cannot be used
 */
struct ifcfg_profile *ifcfg_profile_read(struct ifcfg_file *file, const struct profile_context *context);

void ifcfg_profile_free(struct ifcfg_profile *profile);

/**
 * ifcfg_profile_named_bond:
 *
 * Returns: (nullable) (transfer none): what MASTER= or MASTER_UUID= of a port names; the MASTER=yes of a bond's own
 *   file names none
 */
const char *ifcfg_profile_named_bond(struct ifcfg_file *file);

G_END_DECLS
