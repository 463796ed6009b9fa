/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Profiles as NetworkManager spells them in keyfiles, compared.
 */
#pragma once

#include "profiles.h"

G_BEGIN_DECLS

/**
 * spelling_parse:
 * @text: a keyfile that NetworkManager wrote
 *
 * Without what is no setting: when the profile was used last.
 *
 * Returns: (nullable) (transfer full)
 */
GKeyFile *spelling_parse(const char *text, GError **error);

/**
 * spelling_drop_ours:
 * @before: what NetworkManager was told of a file
 * @after: what it wants
 * @is_unmanaged: it is a file with NM_CONTROLLED=no
 * @error: G_IO_ERROR_NOT_SUPPORTED: @after wants something else there
 *
 * Takes away, of both, what profiles_make() has added to the files' words.
 */
gboolean spelling_drop_ours(GKeyFile *before, GKeyFile *after, gboolean is_unmanaged, GError **error);

/* Returns: (nullable) (transfer full): the ports of a bond that profiles_make() has added. */
char *spelling_ports(GKeyFile *file);

/**
 * spelling_difference:
 *
 * Returns: (nullable) (transfer full): SECTION.KEY that one has and the other has not, or not so
 */
char *spelling_difference(GKeyFile *a, GKeyFile *b);

G_END_DECLS
