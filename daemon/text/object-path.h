/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Interface names as D-Bus object paths.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define OBJECT_PATH_ROOT "/org/example/Bond"

/**
 * object_path_escape:
 *
 * Each byte outside [A-Za-z0-9], and a digit at the beginning, becomes "_" and two lower-case hexadecimal digits, as
 * sd_bus_path_encode() does it: bond0.7 is bond0_2e7.
 *
 * Returns: (transfer full): one element of an object path.
 */
char *object_path_escape(const char *name);

/* Path of a bond, and of a port of it. */
char *object_path_bond(const char *bond);
char *object_path_port(const char *bond, const char *port);

/**
 * object_path_parse:
 * @bond: (out) (transfer full) (nullable): name of the bond, NULL if @path is none below one
 * @port: (out) (transfer full) (nullable): name of the port
 *
 * The names that were escaped; what is no UTF-8 is made valid.
 */
void object_path_parse(const char *path, char **bond, char **port);

G_END_DECLS
