/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices of two engines side by side: which profile may run on which, when profiles change their minds.
 */
#pragma once

#include "choice.h"
#include "nm/nm-abi.h"

G_BEGIN_DECLS

/**
 * engines_divide:
 * @parent: NMDeviceBond, whose devices are the kernel's bonds
 * @ours: bond_device_register()'s
 * @configured: CHOICE_KERNEL or CHOICE_BONDD: what is meant by profiles that do not say
 *
 * From now on a device without an interface takes those profiles only that want its engine. NetworkManager then makes
 * one of the other kind when a profile is changed, and forgets the one that no profile wants any more. Where the classes
 * are not as expected all stays as it is: a device keeps its engine until NetworkManager is started anew.
 */
void engines_divide(GType parent, GType ours, enum choice configured);

G_END_DECLS
