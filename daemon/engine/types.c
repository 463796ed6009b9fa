/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "types.h"

G_DEFINE_QUARK(bond - error - quark, bond_error)
