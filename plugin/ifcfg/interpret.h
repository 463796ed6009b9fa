/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts of files made into profiles, without touching any disk: what ifcfg_read_directory() is made of, and what the
 * tests feed.
 */
#pragma once

#include "directory.h"

G_BEGIN_DECLS

/* Texts to be read together. */
struct ifcfg_input {
	GPtrArray *ifcfg;		/* struct directory_file *, in their order */
	GPtrArray *routes;		/* nullable: files of routes and rules */
	GPtrArray *modprobe;		/* nullable, the same */
	struct directory_file *network; /* nullable: the file sysconfig/network */
};

/**
 * ifcfg_interpret:
 * @diagnostics: (transfer full): what is known already
 *
 * Returns: (transfer full)
 */
struct ifcfg_result *ifcfg_interpret(const struct ifcfg_input *input, GPtrArray *diagnostics);

G_END_DECLS
