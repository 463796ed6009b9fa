/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Profiles written back: what the files of a directory have to become so that they say what a keyfile says. Nothing is
 * written to disk here; and nothing is promised that was not read back from the new texts first.
 */
#pragma once

#include "ifcfg.h"

G_BEGIN_DECLS

/* A file to be: what the directory's files have to become. */
struct ifcfg_edit {
	char *path;
	char *text; /* nullable: the file is to go */
};

/**
 * ifcfg_writer_change:
 * @file: path of the profile's ifcfg file; it need not exist: then a new file is made
 * @before: the profile as the files say it now, as NetworkManager writes it as a keyfile; empty for a new file
 * @after: the profile as it shall be, likewise
 * @error: IFCFG_ERROR_UNSUPPORTED: names the section.key and the value that no ifcfg file can say;
 *   IFCFG_ERROR_READ: the directory cannot be read
 *
 * Only what differs between @before and @after is written, each variable where it stands; comments, order and whatever
 * nobody knows stay. The texts are read again before they are handed out: they say @after and leave the profiles of the
 * other files as they are, or there is an error. Secrets are never written.
 *
 * Returns: (transfer full) (element-type struct ifcfg_edit) (nullable): the files whose text changes; none if nothing
 *   that a file says differs
 */
GPtrArray *ifcfg_writer_change(const char *file, GKeyFile *before, GKeyFile *after, GError **error);

G_END_DECLS
