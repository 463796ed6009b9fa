/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What LACP makes of a port, in words. The sentences are patterns with {names}, so that a client can translate them and
 * fill them in itself; bondctl does.
 */
#pragma once

#include "engine/lacp-info.h"

#include <glib.h>

G_BEGIN_DECLS

/* A sentence with {names} of lacp_verdict_details() in it; English, and marked for translation. */
const char *lacp_verdict_pattern(const struct bond_lacp_verdict *verdict);

/* Floating a{ss}: all that may stand for a name in a pattern. */
GVariant *lacp_verdict_details(const struct bond_lacp_verdict *verdict);

/**
 * lacp_verdict_text:
 *
 * Returns: (transfer full): the pattern with its names filled in.
 */
char *lacp_verdict_text(const struct bond_lacp_verdict *verdict);

G_END_DECLS
