/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random events in the simulated world of tests/conformance. All that happens follows from a number, the seed.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Runs the seed's events. @report gets what happened, one event a line, and what was wrong; nothing if nothing was, or
 * all of it with @verbose. Returns whether nothing was wrong.
 */
typedef gboolean (*seed_function)(guint32 seed, gboolean verbose, GString *report);

/*
 * Two bonds of the engine as each other's LACP partners. All the time:
 * - a bond has one active aggregator at most, and sends by its ports only;
 * - no port sends when it has fallen out of step with its partner;
 * - a flow stays on its port as long as the set of ports does not change;
 * and afterwards, when all links are good again:
 * - both bonds send by all ports within the time that the standard's timers take, and nothing changes any more.
 */
gboolean lacp_seed_run(guint32 seed, gboolean verbose, GString *report);

/*
 * A bond of any other mode before a bridge, with either monitor. All the time:
 * - plans name ports that are there;
 * - in the modes that are made for a switch that knows nothing of them, no frame arrives twice;
 * and afterwards, when all links are good again:
 * - both hosts reach each other, and no frame is lost.
 */
gboolean bridge_seed_run(guint32 seed, gboolean verbose, GString *report);

/* "12" or "1-500"; FALSE if it is neither. */
gboolean seed_parse_range(const char *text, guint32 *from, guint32 *to);

G_END_DECLS
