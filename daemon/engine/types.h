/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Types that every layer shares. Pure values: nothing here does I/O or knows a clock.
 */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* The kernel has no limit; ours keeps a set of ports in one machine word. */
#define BOND_MAX_PORTS 64
#define BOND_NAME_SIZE 16 /* IFNAMSIZ */
#define BOND_ETH_ALEN  6

/**
 * bond_name_is_valid:
 *
 * Returns: whether an interface may have this name (dev_valid_name()).
 */
gboolean bond_name_is_valid(const char *name);

/* Monotonic nanoseconds. The engine never reads a clock: every entry point is told the time. */
typedef gint64 bond_time;

#define BOND_TIME_NEVER G_MAXINT64
#define BOND_MSEC	((bond_time) 1000000)
#define BOND_SEC	(1000 * BOND_MSEC)

/* A port's number inside its bond: stable while it is a member, reused afterwards. */
typedef guint8 bond_port_id;

#define BOND_PORT_NONE ((bond_port_id) 0xff)

struct bond_mac {
	guint8 b[BOND_ETH_ALEN];
};

static inline gboolean
bond_mac_equal(const struct bond_mac *a, const struct bond_mac *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static inline gboolean
bond_mac_is_zero(const struct bond_mac *mac)
{
	static const struct bond_mac zero = {{0}};

	return bond_mac_equal(mac, &zero);
}

static inline gboolean
bond_mac_is_multicast(const struct bond_mac *mac)
{
	return (mac->b[0] & 1) != 0;
}

/* An address as the packet has it; IPv4 in the first four bytes. */
struct bond_ip {
	gboolean is_ipv6;
	guint8 bytes[16];
};

/* A VLAN tag: protocol 0x8100 or 0x88a8, and the id. */
struct bond_tag {
	guint16 protocol;
	guint16 id;
};

#define BOND_MAX_TAGS 3

/* Speeds and duplex as ethtool reports them (include/uapi/linux/ethtool.h). */
#define BOND_SPEED_UNKNOWN G_MAXUINT32

enum bond_duplex {
	BOND_DUPLEX_HALF = 0,
	BOND_DUPLEX_FULL = 1,
	BOND_DUPLEX_UNKNOWN = 0xff,
};

enum bond_mode {
	BOND_MODE_ROUNDROBIN = 0,
	BOND_MODE_ACTIVEBACKUP = 1,
	BOND_MODE_XOR = 2,
	BOND_MODE_BROADCAST = 3,
	BOND_MODE_8023AD = 4,
	BOND_MODE_TLB = 5,
	BOND_MODE_ALB = 6,
};

#define BOND_N_MODES 7

/* bond_set_slave_link_state(): where a port's link stands in the delays. */
enum bond_link {
	BOND_LINK_UP = 0,
	BOND_LINK_FAIL = 1, /* carrier lost, downdelay running */
	BOND_LINK_DOWN = 2,
	BOND_LINK_BACK = 3, /* carrier is back, updelay running */
};

enum bond_hash_policy {
	BOND_HASH_LAYER2 = 0,
	BOND_HASH_LAYER34 = 1,
	BOND_HASH_LAYER23 = 2,
	BOND_HASH_ENCAP23 = 3,
	BOND_HASH_ENCAP34 = 4,
	BOND_HASH_VLAN_SRCMAC = 5,
};

#define BOND_N_HASH_POLICIES 6

/*
 * What the engine refuses. The code of a BOND_ERROR is the kernel's own errno for the case (EACCES,
 * EBUSY, EPERM, EINVAL, ENOTEMPTY, …), so sysfs, netlink and D-Bus callers all translate the same number.
 * Messages name the object and the remedy.
 */
#define BOND_ERROR (bond_error_quark())
GQuark bond_error_quark(void);

/**
 * bond_error_extack:
 * @error: (nullable): any error
 *
 * Returns: (transfer none): the words that the kernel's netlink answer carries beside the errno ("option not
 * supported in mode", "invalid option value", …); "" if it says none or if @error is not a BOND_ERROR.
 */
const char *bond_error_extack(const GError *error);

/**
 * bond_error_set_extack:
 * @error: a BOND_ERROR, or %NULL: then nothing happens
 * @extack: a string constant
 */
void bond_error_set_extack(GError *error, const char *extack);

G_END_DECLS
