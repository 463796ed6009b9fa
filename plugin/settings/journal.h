/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What NetworkManager's log is told of ifcfg files: each thing once, until it is mended.
 */
#pragma once

#include "ifcfg/ifcfg.h"

G_BEGIN_DECLS

struct journal;

struct journal *journal_new(void);
void journal_free(struct journal *journal);

/**
 * journal_begin:
 *
 * A new look at all files: what is not found wrong again by the next journal_begin() is told anew when it comes back.
 */
void journal_begin(struct journal *journal);

/* Tells a line, unless it was told when the files were looked at before. */
void journal_tell(struct journal *journal, const char *line);

/* The warnings and errors among @diagnostics. */
void journal_tell_diagnostics(struct journal *journal, const GPtrArray *diagnostics);

G_END_DECLS
