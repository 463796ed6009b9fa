/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two bonds of the engine as each other's LACP partners, in the simulated world of tests/conformance, while links,
 * frames, ports and the bonds themselves come and go at random. All of it follows from a number, the seed.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lacp_seed_run:
 * @report: what happened, one event a line, and what was wrong; "" if nothing was. With @verbose always filled in.
 *
 * Runs the seed's events and checks all the time that
 * - a bond has one active aggregator at most, and sends by its ports only;
 * - no port sends while it is out of step with its partner;
 * - a flow stays on its port as long as the set of ports does not change;
 * and afterwards, when all links are good again, that
 * - both bonds send by all ports within the time that the standard's timers take, and nothing changes any more.
 *
 * Returns: whether all of it was true.
 */
gboolean lacp_seed_run(guint32 seed, gboolean verbose, GString *report);

/* "12" or "1-500"; FALSE if it is neither. */
gboolean lacp_seed_parse_range(const char *text, guint32 *from, guint32 *to);

G_END_DECLS
