/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * --wait: a command ends when what it asked for has taken effect.
 */
#pragma once

#include "client.h"

G_BEGIN_DECLS

enum wait_state {
	WAIT_BOND_UP,	  /* its interface is set up */
	WAIT_BOND_WORKS,  /* it has carrier, unless it is set down or has no ports */
	WAIT_PORT_IN_USE, /* its link is up, and in mode 802.3ad it carries data */
	WAIT_PORT_ACTIVE, /* it is the active one of its bond */
	WAIT_WORKS,	  /* WAIT_BOND_WORKS or WAIT_PORT_IN_USE, whatever has this name */
};

/**
 * wait_after:
 * @code: how the command went
 * @name: of the bond or port
 *
 * Waits for @state if the command went well and --wait was given. That it did not come has been printed, with what is
 * instead.
 *
 * Returns: @code, %EXIT_TIMEOUT, or why the service could not be asked.
 */
enum exit_code wait_after(struct client *client, enum exit_code code, enum wait_state state, const char *name);

G_END_DECLS
