/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration that was applied last, and what can be done with it: apply another, ifup, ifdown.
 */
#pragma once

#include "configuration.h"
#include "reconcile.h"

G_BEGIN_DECLS

struct applier;

struct applier *applier_new(struct service_context *context);
void applier_free(struct applier *applier);

/**
 * applier_apply:
 * @configuration: (transfer full): read and usable
 *
 * Removes what the last configuration made and this one has not got, then makes the bonds and ports that are marked
 * ONBOOT. One that fails is reported and does not stop the others.
 */
void applier_apply(struct applier *applier, struct configuration *configuration, struct change_list *list);

/**
 * applier_save:
 *
 * Returns: (transfer full): the configuration that was applied last, as one line of text for applier_restore().
 */
char *applier_save(const struct applier *applier);
void applier_restore(struct applier *applier, const char *text);

/**
 * applier_if_up:
 * @error: SERVICE_ERROR_NO_CONFIGURATION if @name is neither configured nor a bond or port
 *
 * As the network scripts: a bond with all its ports, or one port, with its bond if that is not there.
 */
gboolean applier_if_up(struct applier *applier, const char *name, GError **error);
gboolean applier_if_down(struct applier *applier, const char *name, GError **error);

G_END_DECLS
