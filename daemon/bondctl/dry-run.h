/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * “bondctl set --dry-run”: what a change of options would do.
 */
#pragma once

#include "objects.h"

G_BEGIN_DECLS

/**
 * dry_run:
 * @options: a{sv}
 *
 * Asks the service and prints what it says, as --json has it if that was given.
 *
 * Returns: as the change itself would have ended.
 */
enum exit_code dry_run(struct client *client, const struct object *bond, GVariant *options);

G_END_DECLS
