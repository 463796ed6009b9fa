/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file system's operations, as libfuse calls them.
 */
#pragma once

#define FUSE_USE_VERSION 35
#include <fuse.h>

/* Their private data points to the GDBusConnection, which is there before the first of them is called. */
extern const struct fuse_operations operations;
