/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one status renderer: the text of /proc/net/bonding/<bond> and of the sysfs attributes, byte for byte
 * (bond_procfs.c, bond_sysfs.c, bond_sysfs_slave.c), from the engine's state.
 */
#pragma once

#include "bond.h"

G_BEGIN_DECLS

/**
 * bond_status_proc:
 * @version: what stands behind "Ethernet Channel Bonding Driver: "
 *
 * Returns: (transfer full): the text of /proc/net/bonding/<bond>.
 */
char *bond_status_proc(const struct bond *bond, const char *version);

/* A sysfs attribute of a bond or of a port, with its permission bits (0644, 0444). */
struct bond_attribute {
	const char *name;
	guint mode;
	enum bond_option_id option; /* which it shows, where it shows one */
	guint form;		    /* how; known to status.c only */
};

/**
 * bond_status_attributes:
 * @n: (out): number of entries
 *
 * Returns: (transfer none): the attributes under bonding/ of a bond, by name.
 */
const struct bond_attribute *bond_status_attributes(guint *n);

/**
 * bond_status_port_attributes:
 *
 * Returns: (transfer none): the attributes under bonding_slave/ of a port, by name.
 */
const struct bond_attribute *bond_status_port_attributes(guint *n);

/**
 * bond_status_attribute:
 *
 * Returns: (transfer full) (nullable): the text that reading bonding/@name gives, its newline included, maybe
 * empty; %NULL for an unknown name.
 */
char *bond_status_attribute(const struct bond *bond, const char *name);

/**
 * bond_status_port_attribute:
 *
 * Returns: (transfer full) (nullable): the text of bonding_slave/@name.
 */
char *bond_status_port_attribute(const struct bond_port *port, const char *name);

G_END_DECLS
