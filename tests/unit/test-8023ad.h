/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of 802.3ad have in common. All are in virtual time, against other bonds of the engine. Numbers are
 * those of the list of traps that a copy of the kernel's driver falls into ("kernel-semantics N").
 */
#pragma once

#include "lacp-net.h"

static const char *const SLOW[] = {NULL};
static const char *const FAST[] = {"lacp_rate", "fast", NULL};
static const char *const PASSIVE[] = {"lacp_rate", "fast", "lacp_active", "off", NULL};
static const char *const SLOW_PASSIVE[] = {"lacp_active", "off", NULL};
static const char *const INDEPENDENT[] = {"lacp_rate", "fast", "coupled_control", "off", NULL};

/* Long enough for two bonds to find each other: 2.7 s. */
#define CONVERGED 3000

#define BOTH "hash p0 p1; rx p0 p1"

#define TEST(name, func) g_test_add_func("/8023ad/" name, func)
