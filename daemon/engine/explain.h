/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * By which port a frame of the host would leave, and why. Nothing is computed a second time here: the dissector, the hash,
 * the plan and, for what the control thread sends, the engine itself are asked.
 */
#pragma once

#include "bond.h"

G_BEGIN_DECLS

struct explanation {
	struct bond_plan_trace trace;
	struct bond_flow flow; /* what was read of the frame, for the policy */
	bond_port_id port;     /* the first or only one; BOND_PORT_NONE: it is lost */
	guint64 ports;	       /* bit per port id: all by which a copy leaves */
	gboolean uses_hash;    /* trace.hash chose the port */
};

/**
 * explain_frame:
 * @state: (nullable): of the worker that would send it; else of a worker that has sent nothing
 * @frame: at least an Ethernet header, not believed
 *
 * Neither @bond nor @state changes.
 */
void explain_frame(const struct bond *bond, const struct bond_plan_state *state, const struct bond_frame *frame,
		   bond_time now, struct explanation *explanation);

/**
 * explain_reason:
 *
 * Returns: (transfer full): a sentence.
 */
char *explain_reason(const struct bond *bond, const struct explanation *explanation);

/**
 * explain_hash_input:
 *
 * Returns: (transfer full): the fields that went into the hash, with their values; "" if there is no hash.
 */
char *explain_hash_input(const struct bond *bond, const struct explanation *explanation);

/**
 * explain_candidates:
 * @ports: (array length=BOND_MAX_PORTS) (out): those among which the frame's way chooses, in order of their slots
 *
 * Returns: how many.
 */
guint explain_candidates(const struct bond *bond, const struct explanation *explanation,
			 const struct bond_port **ports);

/* The port of an id, or NULL. */
const struct bond_port *explain_port(const struct bond *bond, bond_port_id id);

G_END_DECLS
