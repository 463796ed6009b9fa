/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which engine a bond runs on: the kernel's driver or bondd.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum choice {
	CHOICE_AUTO, /* the kernel's driver where there is one */
	CHOICE_KERNEL,
	CHOICE_BONDD,
};

/* Keys of a profile's [user] setting, and of NetworkManager.conf: [bondd] engine=… */
#define CHOICE_USER_KEY "org.example.bond.engine"
#define CHOICE_GROUP	"bondd"
#define CHOICE_KEY	"engine"

/**
 * choice_parse:
 * @text: (nullable): "auto", "kernel" or "bondd"
 *
 * Returns: FALSE if it is none of them.
 */
gboolean choice_parse(const char *text, enum choice *choice);

/**
 * choice_read_config:
 * @directories: of conf.d files, and plain files, the later the stronger; NULL terminated
 *
 * Returns: what [bondd] engine= says, CHOICE_AUTO if nothing does.
 */
enum choice choice_read_config(const char *const *places);

/**
 * choice_kernel_can:
 * @sys: usually "/sys"
 * @modules: directory of the running kernel's modules, usually /lib/modules/RELEASE
 *
 * Returns: whether this kernel has the bonding driver, loaded, built in or as a module.
 */
gboolean choice_kernel_can(const char *sys, const char *modules);

/* What a profile and the configuration come to here. @user: (nullable): the profile's own word. */
gboolean choice_is_bondd(const char *user, enum choice configured);

G_END_DECLS
