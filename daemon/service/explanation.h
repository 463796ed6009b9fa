/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Explain() of org.example.Bond: a question about a frame as D-Bus has it, and the answer.
 */
#pragma once

#include "engine/bond.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * explanation_answer:
 * @question: a{sv}, not believed; keys are described at Explain() in the introspection
 * @state: (nullable): of the worker that would send the frame
 * @error: SERVICE_ERROR_INVALID_VALUE, SERVICE_ERROR_NO_SUCH_PORT
 *
 * Returns: (transfer floating): a{sv}, or %NULL.
 */
GVariant *explanation_answer(const struct bond *bond, GVariant *question, const struct bond_plan_state *state,
			     bond_time now, GError **error);

G_END_DECLS
