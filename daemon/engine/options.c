/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table, and what follows from it alone: lookup, parsing, numbers in struct bond_params, words for help.
 * What setting an option does is in options-apply.c.
 */
#include "options-private.h"

#include <stddef.h>

/* Marks what bondctl translates; the engine itself speaks to programs. */
#define N_(text) text

#define MODE(mode) (1u << BOND_MODE_##mode)

#define ALL_MODES     ((1u << BOND_N_MODES) - 1)
#define ALL_BUT(mask) (ALL_MODES & ~(mask))

#define PRIMARY_MODES (MODE(ACTIVEBACKUP) | MODE(TLB) | MODE(ALB))
#define NO_ARP_MODES  (MODE(8023AD) | MODE(TLB) | MODE(ALB))

#define EVERYWHERE (BOND_OPTFLAG_MODULE | BOND_OPTFLAG_SYSFS | BOND_OPTFLAG_NETLINK)
#define RUNTIME	   (BOND_OPTFLAG_SYSFS | BOND_OPTFLAG_NETLINK)

static const struct bond_option_name mode_names[] = {
    {"balance-rr", BOND_MODE_ROUNDROBIN}, {"active-backup", BOND_MODE_ACTIVEBACKUP},
    {"balance-xor", BOND_MODE_XOR},	  {"broadcast", BOND_MODE_BROADCAST},
    {"802.3ad", BOND_MODE_8023AD},	  {"balance-tlb", BOND_MODE_TLB},
    {"balance-alb", BOND_MODE_ALB},	  {NULL, 0},
};

static const struct bond_option_name hash_names[] = {
    {"layer2", BOND_HASH_LAYER2},
    {"layer3+4", BOND_HASH_LAYER34},
    {"layer2+3", BOND_HASH_LAYER23},
    {"encap2+3", BOND_HASH_ENCAP23},
    {"encap3+4", BOND_HASH_ENCAP34},
    {"vlan+srcmac", BOND_HASH_VLAN_SRCMAC},
    {NULL, 0},
};

/* Bits: 1 the active port, 2 the backups, 4 filter. */
static const struct bond_option_name arp_validate_names[] = {
    {"none", 0},   {"active", 1},	 {"backup", 2},	       {"all", 3},
    {"filter", 4}, {"filter_active", 5}, {"filter_backup", 6}, {NULL, 0},
};

static const struct bond_option_name arp_all_targets_names[] = {{"any", 0}, {"all", 1}, {NULL, 0}};

static const struct bond_option_name fail_over_mac_names[] = {
    {"none", BOND_FOM_NONE},
    {"active", BOND_FOM_ACTIVE},
    {"follow", BOND_FOM_FOLLOW},
    {NULL, 0},
};

static const struct bond_option_name reselect_names[] = {
    {"always", BOND_PRI_ALWAYS},
    {"better", BOND_PRI_BETTER},
    {"failure", BOND_PRI_FAILURE},
    {NULL, 0},
};

static const struct bond_option_name lacp_rate_names[] = {{"slow", 0}, {"fast", 1}, {NULL, 0}};
/* The last is newer than 6.12, where 3 is refused: it is known by its name only. */
static const struct bond_option_name ad_select_names[] = {
    {"stable", BOND_AD_STABLE},
    {"bandwidth", BOND_AD_BANDWIDTH},
    {"count", BOND_AD_COUNT},
    {"actor_port_prio", BOND_AD_PRIO},
    {NULL, 0},
};
static const struct bond_option_name switch_names[] = {{"off", 0}, {"on", 1}, {NULL, 0}};

/* Words that the kernel takes for the ends of a range. */
static const struct bond_option_name int_words[] = {{"off", 0}, {"maxval", G_MAXINT32}, {NULL, 0}};
static const struct bond_option_name notif_delay_words[] = {{"off", 0}, {"maxval", 300000}, {NULL, 0}};
static const struct bond_option_name byte_words[] = {{"off", 0}, {"maxval", 255}, {NULL, 0}};
static const struct bond_option_name missed_max_words[] = {{"minval", 1}, {"maxval", 255}, {NULL, 0}};
static const struct bond_option_name lp_interval_words[] = {{"minval", 1}, {"maxval", G_MAXINT32}, {NULL, 0}};
static const struct bond_option_name u16_words[] = {{"maxval", G_MAXUINT16}, {NULL, 0}};
static const struct bond_option_name sys_prio_words[] = {{"minval", 1}, {"maxval", G_MAXUINT16}, {NULL, 0}};
static const struct bond_option_name port_key_words[] = {{"minval", 0}, {"maxval", 1023}, {NULL, 0}};

/* clang-format off */
static const struct bond_option option_table[BOND_N_OPTIONS] = {
	[BOND_OPT_MODE] = {
		.id = BOND_OPT_MODE,
		.name = "mode",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE | BOND_OPTFLAG_NOSLAVES | BOND_OPTFLAG_IFDOWN,
		.max = BOND_MODE_ALB,
		.def = BOND_MODE_ROUNDROBIN,
		.values = mode_names,
		.dbus_type = "s",
		.help = N_("How the bond uses its ports: which one sends, which ones receive and who balances."),
	},
	[BOND_OPT_PACKETS_PER_SLAVE] = {
		.id = BOND_OPT_PACKETS_PER_SLAVE,
		.name = "packets_per_slave",
		.type = BOND_OPTION_NUMBER,
		.flags = EVERYWHERE,
		.unsupported_modes = ALL_BUT(MODE(ROUNDROBIN)),
		.max = G_MAXUINT16,
		.def = 1,
		.values = u16_words,
		.dbus_type = "u",
		.help = N_("Frames sent on a port before balance-rr goes on to the next; 0 chooses a port at random."),
	},
	[BOND_OPT_XMIT_HASH_POLICY] = {
		.id = BOND_OPT_XMIT_HASH_POLICY,
		.name = "xmit_hash_policy",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE,
		.max = BOND_HASH_VLAN_SRCMAC,
		.def = BOND_HASH_LAYER2,
		.values = hash_names,
		.dbus_type = "s",
		.help = N_("Fields of a frame that choose its port in balance-xor, 802.3ad, and balance-tlb without tlb_dynamic_lb."),
	},
	[BOND_OPT_ARP_VALIDATE] = {
		.id = BOND_OPT_ARP_VALIDATE,
		.name = "arp_validate",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE,
		.unsupported_modes = NO_ARP_MODES,
		.max = 6,
		.values = arp_validate_names,
		.dbus_type = "s",
		.help = N_("On which ports the ARP monitor believes only answers that it asked for, or only ARP frames at all."),
	},
	[BOND_OPT_ARP_ALL_TARGETS] = {
		.id = BOND_OPT_ARP_ALL_TARGETS,
		.name = "arp_all_targets",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE,
		.max = 1,
		.values = arp_all_targets_names,
		.dbus_type = "s",
		.help = N_("Whether any or all of the ARP targets must answer for a port to count as up (with arp_validate)."),
	},
	[BOND_OPT_FAIL_OVER_MAC] = {
		.id = BOND_OPT_FAIL_OVER_MAC,
		.name = "fail_over_mac",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE | BOND_OPTFLAG_NOSLAVES,
		.max = BOND_FOM_FOLLOW,
		.def = BOND_FOM_NONE,
		.values = fail_over_mac_names,
		.dbus_type = "s",
		.help = N_("Which address the ports of active-backup have: all the bond's, each its own, or the active one the bond's."),
	},
	[BOND_OPT_ARP_INTERVAL] = {
		.id = BOND_OPT_ARP_INTERVAL,
		.name = "arp_interval",
		.type = BOND_OPTION_NUMBER,
		.flags = EVERYWHERE,
		.unsupported_modes = NO_ARP_MODES,
		.max = G_MAXINT32,
		.values = int_words,
		.dbus_type = "u",
		.unit = "ms",
		.help = N_("Time between two probes of the ARP monitor; 0 switches it off, any other value switches miimon off."),
	},
	[BOND_OPT_ARP_IP_TARGET] = {
		.id = BOND_OPT_ARP_IP_TARGET,
		.name = "arp_ip_target",
		.type = BOND_OPTION_IP4_LIST,
		.flags = EVERYWHERE,
		.max = BOND_MAX_ARP_TARGETS,
		.dbus_type = "as",
		.help = N_("IPv4 addresses that the ARP monitor asks for, at most 16."),
	},
	[BOND_OPT_NS_IP6_TARGET] = {
		.id = BOND_OPT_NS_IP6_TARGET,
		.name = "ns_ip6_target",
		.type = BOND_OPTION_IP6_LIST,
		.flags = BOND_OPTFLAG_NETLINK,
		.max = BOND_MAX_NS_TARGETS,
		.dbus_type = "as",
		.help = N_("IPv6 addresses that the monitor asks for by neighbour solicitation, at most 16."),
	},
	[BOND_OPT_ARP_MISSED_MAX] = {
		.id = BOND_OPT_ARP_MISSED_MAX,
		.name = "arp_missed_max",
		.type = BOND_OPTION_NUMBER,
		.flags = RUNTIME,
		.unsupported_modes = NO_ARP_MODES,
		.min = 1,
		.max = 255,
		.def = 2,
		.values = missed_max_words,
		.dbus_type = "u",
		.help = N_("Probes of the ARP monitor that may stay without an answer before a port counts as down."),
	},
	[BOND_OPT_DOWNDELAY] = {
		.id = BOND_OPT_DOWNDELAY,
		.name = "downdelay",
		.type = BOND_OPTION_NUMBER,
		.flags = EVERYWHERE,
		.max = G_MAXINT32,
		.values = int_words,
		.dbus_type = "u",
		.unit = "ms",
		.help = N_("How long a port's link must be lost before the port goes down, rounded down to a multiple of miimon."),
	},
	[BOND_OPT_UPDELAY] = {
		.id = BOND_OPT_UPDELAY,
		.name = "updelay",
		.type = BOND_OPTION_NUMBER,
		.flags = EVERYWHERE,
		.max = G_MAXINT32,
		.values = int_words,
		.dbus_type = "u",
		.unit = "ms",
		.help = N_("How long a port's link must be back before the port is used, rounded down to a multiple of miimon."),
	},
	[BOND_OPT_PEER_NOTIF_DELAY] = {
		.id = BOND_OPT_PEER_NOTIF_DELAY,
		.name = "peer_notif_delay",
		.alias = "peer_notify_delay",
		.type = BOND_OPTION_NUMBER,
		.flags = RUNTIME,
		.max = 300000,
		.values = notif_delay_words,
		.dbus_type = "u",
		.unit = "ms",
		.help = N_("Time between two announcements after a failover, rounded down to a multiple of miimon."),
	},
	[BOND_OPT_LACP_RATE] = {
		.id = BOND_OPT_LACP_RATE,
		.name = "lacp_rate",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE | BOND_OPTFLAG_IFDOWN,
		.unsupported_modes = ALL_BUT(MODE(8023AD)),
		.max = 1,
		.values = lacp_rate_names,
		.dbus_type = "s",
		.help = N_("How often the partner is asked to send LACPDUs: slow is every 30 seconds, fast every second."),
	},
	[BOND_OPT_LACP_ACTIVE] = {
		.id = BOND_OPT_LACP_ACTIVE,
		.name = "lacp_active",
		.type = BOND_OPTION_ENUM,
		.flags = RUNTIME | BOND_OPTFLAG_IFDOWN,
		.unsupported_modes = ALL_BUT(MODE(8023AD)),
		.max = 1,
		.def = 1,
		.values = switch_names,
		.dbus_type = "b",
		.help = N_("Whether LACPDUs are sent unasked; off speaks only to a partner that speaks first."),
	},
	[BOND_OPT_MIN_LINKS] = {
		.id = BOND_OPT_MIN_LINKS,
		.name = "min_links",
		.type = BOND_OPTION_NUMBER,
		.flags = EVERYWHERE,
		.max = G_MAXINT32,
		.values = int_words,
		.dbus_type = "u",
		.help = N_("Ports that the active aggregator of 802.3ad must have for the bond to have carrier."),
	},
	[BOND_OPT_AD_SELECT] = {
		.id = BOND_OPT_AD_SELECT,
		.name = "ad_select",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE | BOND_OPTFLAG_IFDOWN,
		.max = BOND_AD_COUNT,
		.values = ad_select_names,
		.dbus_type = "s",
		.help = N_("How 802.3ad chooses among aggregators: keep the first, most bandwidth, most ports, or highest sum of port priorities."),
	},
	[BOND_OPT_NUM_PEER_NOTIF] = {
		.id = BOND_OPT_NUM_PEER_NOTIF,
		.name = "num_grat_arp",
		.alias = "num_unsol_na",
		.type = BOND_OPTION_NUMBER,
		.flags = EVERYWHERE,
		.max = 255,
		.def = 1,
		.values = byte_words,
		.dbus_type = "u",
		.help = N_("Gratuitous ARPs and unsolicited neighbour advertisements sent after a failover."),
	},
	[BOND_OPT_MIIMON] = {
		.id = BOND_OPT_MIIMON,
		.name = "miimon",
		.type = BOND_OPTION_NUMBER,
		.flags = EVERYWHERE,
		.max = G_MAXINT32,
		.values = int_words,
		.dbus_type = "u",
		.unit = "ms",
		.help = N_("Unit of the link delays; 0 switches link monitoring off, any other value switches arp_interval off."),
	},
	[BOND_OPT_PRIMARY] = {
		.id = BOND_OPT_PRIMARY,
		.name = "primary",
		.type = BOND_OPTION_IFNAME,
		.flags = EVERYWHERE,
		.unsupported_modes = ALL_BUT(PRIMARY_MODES),
		.dbus_type = "s",
		.help = N_("The port that is active whenever it is up; it may be named before it is a port, empty means none."),
	},
	[BOND_OPT_PRIMARY_RESELECT] = {
		.id = BOND_OPT_PRIMARY_RESELECT,
		.name = "primary_reselect",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE,
		.max = BOND_PRI_FAILURE,
		.def = BOND_PRI_ALWAYS,
		.values = reselect_names,
		.dbus_type = "s",
		.help = N_("When a primary that came back takes over: always, if its link is better, or only at a failure."),
	},
	[BOND_OPT_USE_CARRIER] = {
		.id = BOND_OPT_USE_CARRIER,
		.name = "use_carrier",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE,
		.max = 1,
		.def = 1,
		.values = switch_names,
		.dbus_type = "b",
		.help = N_("Where a port's link state comes from: its carrier (on), or what its driver tells by ethtool or MII (off)."),
	},
	[BOND_OPT_ACTIVE_SLAVE] = {
		.id = BOND_OPT_ACTIVE_SLAVE,
		.name = "active_slave",
		.type = BOND_OPTION_IFNAME,
		.flags = RUNTIME,
		.unsupported_modes = ALL_BUT(PRIMARY_MODES),
		.dbus_type = "s",
		.help = N_("The port that is active now; writing makes another port that is up the active one, empty lets the rules choose."),
	},
	[BOND_OPT_QUEUE_ID] = {
		.id = BOND_OPT_QUEUE_ID,
		.name = "queue_id",
		.type = BOND_OPTION_PORT_VALUE,
		.flags = RUNTIME | BOND_OPTFLAG_PORT,
		.max = G_MAXUINT16,
		.dbus_type = "q",
		.help = N_("Transmit queue whose frames leave by this port, whatever the mode says; 0 means none."),
	},
	[BOND_OPT_ALL_SLAVES_ACTIVE] = {
		.id = BOND_OPT_ALL_SLAVES_ACTIVE,
		.name = "all_slaves_active",
		.type = BOND_OPTION_ENUM,
		.flags = EVERYWHERE,
		.max = 1,
		.values = switch_names,
		.dbus_type = "b",
		.help = N_("Whether frames that arrive on a backup port are delivered instead of dropped."),
	},
	[BOND_OPT_RESEND_IGMP] = {
		.id = BOND_OPT_RESEND_IGMP,
		.name = "resend_igmp",
		.type = BOND_OPTION_NUMBER,
		.flags = EVERYWHERE,
		.max = 255,
		.def = 1,
		.values = byte_words,
		.dbus_type = "u",
		.help = N_("Times that multicast memberships are reported again after a failover, 200 ms apart."),
	},
	[BOND_OPT_LP_INTERVAL] = {
		.id = BOND_OPT_LP_INTERVAL,
		.name = "lp_interval",
		.type = BOND_OPTION_NUMBER,
		.flags = EVERYWHERE,
		.min = 1,
		.max = G_MAXINT32,
		.def = 1,
		.values = lp_interval_words,
		.dbus_type = "u",
		.unit = "s",
		.help = N_("Time between two learning frames of balance-tlb and balance-alb."),
	},
	[BOND_OPT_SLAVES] = {
		.id = BOND_OPT_SLAVES,
		.name = "slaves",
		.type = BOND_OPTION_PORTS,
		.flags = BOND_OPTFLAG_SYSFS,
		.max = BOND_MAX_PORTS,
		.dbus_type = "as",
		.help = N_("The ports of the bond, in the order in which they were added; sysfs takes +NAME and -NAME."),
	},
	[BOND_OPT_TLB_DYNAMIC_LB] = {
		.id = BOND_OPT_TLB_DYNAMIC_LB,
		.name = "tlb_dynamic_lb",
		.type = BOND_OPTION_ENUM,
		.flags = RUNTIME | BOND_OPTFLAG_IFDOWN,
		.unsupported_modes = ALL_BUT(MODE(TLB) | MODE(ALB)),
		.max = 1,
		.def = 1,
		.values = switch_names,
		.dbus_type = "b",
		.help = N_("Whether balance-tlb moves flows by load; off spreads them by xmit_hash_policy."),
	},
	[BOND_OPT_AD_ACTOR_SYS_PRIO] = {
		.id = BOND_OPT_AD_ACTOR_SYS_PRIO,
		.name = "ad_actor_sys_prio",
		.type = BOND_OPTION_NUMBER,
		.flags = RUNTIME,
		.unsupported_modes = ALL_BUT(MODE(8023AD)),
		.min = 1,
		.max = G_MAXUINT16,
		.def = G_MAXUINT16,
		.values = sys_prio_words,
		.dbus_type = "u",
		.help = N_("System priority in LACPDUs; the lower number decides."),
	},
	[BOND_OPT_AD_ACTOR_SYSTEM] = {
		.id = BOND_OPT_AD_ACTOR_SYSTEM,
		.name = "ad_actor_system",
		.type = BOND_OPTION_MAC,
		.flags = RUNTIME,
		.unsupported_modes = ALL_BUT(MODE(8023AD)),
		.dbus_type = "s",
		.help = N_("System address in LACPDUs; 00:00:00:00:00:00 means the bond's own address."),
	},
	[BOND_OPT_AD_USER_PORT_KEY] = {
		.id = BOND_OPT_AD_USER_PORT_KEY,
		.name = "ad_user_port_key",
		.type = BOND_OPTION_NUMBER,
		.flags = RUNTIME | BOND_OPTFLAG_IFDOWN,
		.unsupported_modes = ALL_BUT(MODE(8023AD)),
		.max = 1023,
		.values = port_key_words,
		.dbus_type = "u",
		.help = N_("Upper ten bits of the port key in LACPDUs."),
	},
	[BOND_OPT_COUPLED_CONTROL] = {
		.id = BOND_OPT_COUPLED_CONTROL,
		.name = "coupled_control",
		.type = BOND_OPTION_ENUM,
		.flags = BOND_OPTFLAG_NETLINK | BOND_OPTFLAG_IFDOWN,
		.unsupported_modes = ALL_BUT(MODE(8023AD)),
		.max = 1,
		.def = 1,
		.values = switch_names,
		.dbus_type = "b",
		.help = N_("Whether an 802.3ad port starts to receive and to send together; off makes two steps of it."),
	},
	[BOND_OPT_BROADCAST_NEIGHBOR] = {
		.id = BOND_OPT_BROADCAST_NEIGHBOR,
		.name = "broadcast_neighbor",
		.type = BOND_OPTION_ENUM,
		.flags = BOND_OPTFLAG_NETLINK,
		.unsupported_modes = ALL_BUT(MODE(8023AD)),
		.max = 1,
		.values = switch_names,
		.dbus_type = "b",
		.help = N_("Whether 802.3ad sends ARP and neighbour discovery on all its active ports."),
	},
	[BOND_OPT_LACP_STRICT] = {
		.id = BOND_OPT_LACP_STRICT,
		.name = "lacp_strict",
		.type = BOND_OPTION_ENUM,
		.flags = BOND_OPTFLAG_NETLINK,
		.unsupported_modes = ALL_BUT(MODE(8023AD)),
		.max = 1,
		.values = switch_names,
		.dbus_type = "b",
		.help = N_("Whether 802.3ad stays without carrier until a partner has been found."),
	},
	[BOND_OPT_PORT_PRIO] = {
		.id = BOND_OPT_PORT_PRIO,
		.name = "prio",
		.type = BOND_OPTION_NUMBER,
		.flags = BOND_OPTFLAG_NETLINK | BOND_OPTFLAG_PORT,
		.unsupported_modes = ALL_BUT(PRIMARY_MODES),
		.min = G_MININT32,
		.max = G_MAXINT32,
		.dbus_type = "i",
		.help = N_("Rank of a port when the active one is chosen: the higher number wins, the primary goes before all."),
	},
	[BOND_OPT_PORT_AD_ACTOR_PRIO] = {
		.id = BOND_OPT_PORT_AD_ACTOR_PRIO,
		.name = "ad_actor_port_prio",
		.alias = "actor_port_prio",
		.type = BOND_OPTION_NUMBER,
		.flags = BOND_OPTFLAG_NETLINK | BOND_OPTFLAG_PORT,
		.unsupported_modes = ALL_BUT(MODE(8023AD)),
		.min = 1,
		.max = G_MAXUINT16,
		.def = 255,
		.dbus_type = "q",
		.help = N_("Priority of a port in LACPDUs; the lower number decides."),
	},
};
/* clang-format on */

/* Where struct bond_params keeps an option that is a number; size 0 for the others. */
struct field {
	guint16 offset;
	guint8 size;
};

#define FIELD(member)                                                                                                  \
	{                                                                                                              \
		offsetof(struct bond_params, member), sizeof(((struct bond_params *) NULL)->member)                    \
	}

static const struct field fields[BOND_N_OPTIONS] = {
    [BOND_OPT_MODE] = FIELD(mode),
    [BOND_OPT_PACKETS_PER_SLAVE] = FIELD(packets_per_slave),
    [BOND_OPT_XMIT_HASH_POLICY] = FIELD(xmit_policy),
    [BOND_OPT_ARP_VALIDATE] = FIELD(arp_validate),
    [BOND_OPT_ARP_ALL_TARGETS] = FIELD(arp_all_targets),
    [BOND_OPT_FAIL_OVER_MAC] = FIELD(fail_over_mac),
    [BOND_OPT_ARP_INTERVAL] = FIELD(arp_interval),
    [BOND_OPT_ARP_MISSED_MAX] = FIELD(missed_max),
    [BOND_OPT_DOWNDELAY] = FIELD(downdelay),
    [BOND_OPT_UPDELAY] = FIELD(updelay),
    [BOND_OPT_PEER_NOTIF_DELAY] = FIELD(peer_notif_delay),
    [BOND_OPT_LACP_RATE] = FIELD(lacp_fast),
    [BOND_OPT_LACP_ACTIVE] = FIELD(lacp_active),
    [BOND_OPT_MIN_LINKS] = FIELD(min_links),
    [BOND_OPT_AD_SELECT] = FIELD(ad_select),
    [BOND_OPT_NUM_PEER_NOTIF] = FIELD(num_peer_notif),
    [BOND_OPT_MIIMON] = FIELD(miimon),
    [BOND_OPT_PRIMARY_RESELECT] = FIELD(primary_reselect),
    [BOND_OPT_USE_CARRIER] = FIELD(use_carrier),
    [BOND_OPT_ALL_SLAVES_ACTIVE] = FIELD(all_slaves_active),
    [BOND_OPT_RESEND_IGMP] = FIELD(resend_igmp),
    [BOND_OPT_LP_INTERVAL] = FIELD(lp_interval),
    [BOND_OPT_TLB_DYNAMIC_LB] = FIELD(tlb_dynamic_lb),
    [BOND_OPT_AD_ACTOR_SYS_PRIO] = FIELD(ad_actor_sys_prio),
    [BOND_OPT_AD_USER_PORT_KEY] = FIELD(ad_user_port_key),
    [BOND_OPT_COUPLED_CONTROL] = FIELD(coupled_control),
    [BOND_OPT_BROADCAST_NEIGHBOR] = FIELD(broadcast_neighbor),
    [BOND_OPT_LACP_STRICT] = FIELD(lacp_strict),
};

const struct bond_option *
bond_option_table(void)
{
	return option_table;
}

const struct bond_option *
bond_option_find(const char *name)
{
	for (guint i = 0; i < BOND_N_OPTIONS; i++) {
		const struct bond_option *option = &option_table[i];

		if (g_str_equal(option->name, name) || g_strcmp0(option->alias, name) == 0)
			return option;
	}
	return NULL;
}

const char *
bond_option_value_name(enum bond_option_id id, gint64 value)
{
	const struct bond_option *option;

	g_return_val_if_fail((guint) id < BOND_N_OPTIONS, NULL);
	option = &option_table[id];
	if (option->type != BOND_OPTION_ENUM)
		return NULL;
	for (const struct bond_option_name *v = option->values; v->name != NULL; v++) {
		if (v->value == value)
			return v->name;
	}
	return NULL;
}

gint64
bond_params_get(const struct bond_params *params, enum bond_option_id id)
{
	const guint8 *at = (const guint8 *) params + fields[id].offset;
	guint16 half;
	gint32 word;

	switch (fields[id].size) {
	case sizeof(guint8):
		return *at;
	case sizeof(half):
		memcpy(&half, at, sizeof(half));
		return half;
	case sizeof(word):
		memcpy(&word, at, sizeof(word));
		return word;
	default:
		return 0;
	}
}

void
bond_params_put(struct bond_params *params, enum bond_option_id id, gint64 value)
{
	guint8 *at = (guint8 *) params + fields[id].offset;
	guint16 half = (guint16) value;
	gint32 word = (gint32) value;

	switch (fields[id].size) {
	case sizeof(guint8):
		*at = (guint8) value;
		break;
	case sizeof(half):
		memcpy(at, &half, sizeof(half));
		break;
	case sizeof(word):
		memcpy(at, &word, sizeof(word));
		break;
	default:
		break;
	}
}

void
bond_params_default(struct bond_params *params)
{
	memset(params, 0, sizeof(*params));
	for (guint i = 0; i < BOND_N_OPTIONS; i++)
		bond_params_put(params, i, option_table[i].def);
	params->tx_queues = BOND_DEFAULT_TX_QUEUES;
}

/* The first line of @text without blanks around it. */
static char *
option_word(const char *text)
{
	return g_strstrip(g_strndup(text, strcspn(text, "\n")));
}

static gboolean
parse_number(const struct bond_option *option, const char *word, gint64 *value)
{
	if (option->min < 0)
		return g_ascii_string_to_signed(word, 10, option->min, option->max, value, NULL);
	/* As in the kernel only digits make a number: no sign, no hexadecimal. */
	if (strspn(word, "0123456789") != strlen(word))
		return FALSE;
	return g_ascii_string_to_signed(word, 10, option->min, option->max, value, NULL);
}

gboolean
bond_option_parse(const struct bond_option *option, const char *text, gint64 *value)
{
	g_autofree char *word = option_word(text);

	if (option->type != BOND_OPTION_ENUM && option->type != BOND_OPTION_NUMBER)
		return FALSE;
	if (g_str_equal(word, "default")) {
		*value = option->def;
		return TRUE;
	}
	for (const struct bond_option_name *v = option->values; v != NULL && v->name != NULL; v++) {
		if (g_str_equal(word, v->name)) {
			*value = v->value;
			return TRUE;
		}
	}
	return parse_number(option, word, value);
}

/* "a", "a or b", "a, b or c" */
static void
append_item(GString *text, const char *item, gboolean first, gboolean last, const char *conjunction)
{
	if (!first)
		g_string_append(text, last ? conjunction : ", ");
	g_string_append(text, item);
}

static char *
describe_names(const struct bond_option_name *values)
{
	GString *text = g_string_new(NULL);

	for (const struct bond_option_name *v = values; v->name != NULL; v++) {
		g_autofree char *item = g_strdup_printf("%s (%" G_GINT64_FORMAT ")", v->name, v->value);

		append_item(text, item, v == values, v[1].name == NULL, " or ");
	}
	return g_string_free(text, FALSE);
}

static char *
describe_range(const struct bond_option *option)
{
	return g_strdup_printf("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s%s", option->min, option->max,
			       option->unit ? " " : "", option->unit ? option->unit : "");
}

char *
bond_option_describe_values(const struct bond_option *option)
{
	switch (option->type) {
	case BOND_OPTION_ENUM:
		return describe_names(option->values);
	case BOND_OPTION_NUMBER:
		return describe_range(option);
	case BOND_OPTION_IFNAME:
		return g_strdup("the name of an interface, or nothing");
	case BOND_OPTION_MAC:
		return g_strdup("a unicast MAC address such as 02:00:00:00:00:01");
	case BOND_OPTION_IP4_LIST:
		return g_strdup("IPv4 addresses with commas between them");
	case BOND_OPTION_IP6_LIST:
		return g_strdup("IPv6 addresses with commas between them");
	case BOND_OPTION_PORT_VALUE:
		return g_strdup("PORT:NUMBER");
	case BOND_OPTION_PORTS:
		return g_strdup("+NAME or -NAME");
	}
	g_return_val_if_reached(NULL);
}

char *
bond_option_describe_modes(const struct bond_option *option)
{
	guint left = ALL_BUT(option->unsupported_modes);
	GString *text;

	if (left == ALL_MODES)
		return g_strdup("every mode");
	text = g_string_new(NULL);
	for (guint mode = 0; mode < BOND_N_MODES; mode++) {
		if (!(left & (1u << mode)))
			continue;
		left &= ~(1u << mode);
		append_item(text, bond_option_value_name(BOND_OPT_MODE, mode), text->len == 0, left == 0, " and ");
	}
	return g_string_free(text, FALSE);
}

const char *
bond_option_describe_change(const struct bond_option *option)
{
	static const char *const words[4] = {
	    [0] = "any time",
	    [BOND_OPTFLAG_NOSLAVES] = "while the bond has no ports",
	    [BOND_OPTFLAG_IFDOWN] = "while the bond is down",
	    [BOND_OPTFLAG_NOSLAVES | BOND_OPTFLAG_IFDOWN] = "while the bond is down and has no ports",
	};

	return words[option->flags & (BOND_OPTFLAG_NOSLAVES | BOND_OPTFLAG_IFDOWN)];
}
