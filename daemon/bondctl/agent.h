/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who asks for the password on a terminal: pkttyagent, as systemctl has it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * agent_start:
 *
 * Starts pkttyagent for this process and waits until polkit knows it. It steps back if the session has an agent of its
 * own, as desktops do.
 *
 * Returns: what agent_stop() takes; 0 if there is no terminal or no pkttyagent.
 */
GPid agent_start(void);

/* The terminal is ours again. */
void agent_stop(GPid agent);

G_END_DECLS
