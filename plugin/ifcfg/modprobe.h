/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * modprobe.d as far as it speaks of the bonding module: which names it gives to bonds, and with what options.
 * Nothing is run: of `install` lines only the form of the kernel's bonding documentation is understood.
 */
#pragma once

#include "bonding-opts.h"

G_BEGIN_DECLS

struct modprobe;

/**
 * modprobe_new:
 * @diagnostics: where problems go
 */
struct modprobe *modprobe_new(GPtrArray *diagnostics);

void modprobe_free(struct modprobe *modprobe);

/**
 * modprobe_add_file:
 * @text: (array length=length): any bytes
 *
 * Reads one more *.conf file; give them in the order of their names.
 */
void modprobe_add_file(struct modprobe *modprobe, const char *path, const char *text, gsize length);

/**
 * modprobe_names_bond:
 *
 * Returns: whether an `alias` (or a known `install`) makes @device a bond
 */
gboolean modprobe_names_bond(const struct modprobe *modprobe, const char *device);

/**
 * modprobe_apply:
 * @opts: takes the options that modprobe would give to @device, in its order: a later one counts
 */
void modprobe_apply(struct modprobe *modprobe, const char *device, struct bonding_opts *opts);

/**
 * modprobe_report_unused:
 *
 * Reports options for bonds that no file sets up, after modprobe_apply() of all bonds.
 */
void modprobe_report_unused(struct modprobe *modprobe);

G_END_DECLS
