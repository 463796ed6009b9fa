/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory of ifcfg files that is written to and read again. */
#pragma once

#include "ifcfg/writer.h"

struct site {
	char *root;
	char *scripts;
	struct ifcfg_result *result; /* as it was read last */
};

/* An empty directory. */
void site_init(struct site *site);
void site_clear(struct site *site);

/* Removes all files. */
void site_empty(struct site *site);

/* Puts a file there; "network" goes where it belongs. */
void site_put(struct site *site, const char *name, const char *text);

/* Returns: (transfer full) (nullable): the file's text. */
char *site_get(struct site *site, const char *name);

/* A recorded case of tests/ifcfg/cases, its lines between lines that nobody knows. Returns FALSE if it has no profile. */
gboolean site_load(struct site *site, const char *name);

/* The names of all cases. */
GPtrArray *site_cases(void);

void site_read(struct site *site);

/* Returns: (transfer full): what NetworkManager would be told of a profile; empty if there is none. */
GKeyFile *site_keyfile(struct site *site, const char *file);

/* Returns: (transfer full): a copy. */
GKeyFile *site_copy(GKeyFile *keyfile);

/* Puts the new texts where they belong and reads all of it again. */
void site_apply(struct site *site, const GPtrArray *edits);

/* Returns: (transfer full): everything that a keyfile says, sorted, so that texts of equal meaning are equal. */
char *site_meaning(GKeyFile *keyfile);
