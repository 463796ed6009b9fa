/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commands.h"

#include <glib/gi18n.h>

const struct command commands[] = {
    {
	.name = "list",
	.arguments = "",
	.summary = N_("All bonds and their ports; the same as no command at all"),
	.help = N_("Prints each bond with its mode, state and active port, and a line for each of its ports."),
	.flags = TAKES(FLAG_JSON),
	.run = command_overview,
    },
    {
	.name = "show",
	.alias = "status",
	.arguments = N_("[BOND]"),
	.summary = N_("All there is to know of one bond, or of each"),
	.help = N_("Prints state, options, counters and ports. Frames that were lost are listed by cause."),
	.max_arguments = 1,
	.flags = TAKES(FLAG_JSON),
	.words = {WORD_BOND},
	.run = command_show,
    },
    {
	.name = "proc",
	.arguments = N_("BOND"),
	.summary = N_("The text of /proc/net/bonding/BOND"),
	.help = N_(
	    "Prints the status byte for byte as the kernel's bonding driver has it, for people and scripts that read it."),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = TAKES(FLAG_JSON),
	.words = {WORD_BOND},
	.run = command_proc,
    },
    {
	.name = "create",
	.arguments = N_("BOND [OPTION=VALUE…]"),
	.summary = N_("Make a bond"),
	.help = N_(
	    "Options are those of the bonding driver (see “bondctl options”), e.g. mode=active-backup miimon=100, and "
	    "four of bondd: host=tap|veth|mixed (what the interface is made of), queues=1…16 (workers), busy_poll=0|1 (spin instead "
	    "of sleep) and up=1 (set it up at once). Like “ip link add”, it leaves the interface down otherwise."),
	.min_arguments = 1,
	.max_arguments = ANY_NUMBER,
	.flags = TAKES(FLAG_WAIT),
	.words = {0, WORD_OPTION | WORD_OWN_OPTION},
	.run = command_create,
    },
    {
	.name = "delete",
	.arguments = N_("BOND"),
	.summary = N_("Remove a bond"),
	.help = N_("Gives its ports back as they were and removes its interface."),
	.min_arguments = 1,
	.max_arguments = 1,
	.words = {WORD_BOND},
	.run = command_delete,
    },
    {
	.name = "add",
	.arguments = N_("PORT BOND"),
	.summary = N_("Make an interface a port of a bond"),
	.help = N_(
	    "An interface that is up is set down first. What it was is remembered and comes back when it is removed."),
	.min_arguments = 2,
	.max_arguments = 2,
	.flags = TAKES(FLAG_WAIT),
	.words = {WORD_DEVICE, WORD_BOND},
	.run = command_add,
    },
    {
	.name = "remove",
	.arguments = N_("PORT"),
	.summary = N_("Take a port out of its bond"),
	.help = N_("The interface gets its address, MTU and state back."),
	.min_arguments = 1,
	.max_arguments = 1,
	.words = {WORD_PORT},
	.run = command_remove,
    },
    {
	.name = "set",
	.arguments = N_("BOND|PORT OPTION=VALUE…"),
	.summary = N_("Change options of a bond, or queue_id and prio of a port"),
	.help = N_(
	    "Several options are set in the order that the driver uses, all of them or, if one is refused, none. --dry-run "
	    "tells what would happen to the traffic."),
	.min_arguments = 2,
	.max_arguments = ANY_NUMBER,
	.flags = TAKES(FLAG_WAIT) | TAKES(FLAG_DRY_RUN) | TAKES(FLAG_JSON),
	.words = {WORD_BOND | WORD_PORT, WORD_OPTION},
	.run = command_set,
    },
    {
	.name = "activate",
	.arguments = N_("PORT"),
	.summary = N_("Make a port the active one of its bond"),
	.help = N_("Only in the modes that have an active port, and only if the port's link is up."),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = TAKES(FLAG_WAIT),
	.words = {WORD_PORT},
	.run = command_activate,
    },
    {
	.name = "ifup",
	.arguments = N_("INTERFACE"),
	.summary = N_("Bring up a bond with its ports, or add a port, as configured"),
	.help = N_("As ifup of the network scripts, by the configuration that “bondctl apply” read last."),
	.min_arguments = 1,
	.max_arguments = 1,
	.flags = TAKES(FLAG_WAIT),
	.words = {WORD_BOND | WORD_PORT | WORD_DEVICE},
	.run = command_ifup,
    },
    {
	.name = "ifdown",
	.arguments = N_("INTERFACE"),
	.summary = N_("Take a port out of its bond and set it down, or a whole bond"),
	.help = N_("As ifdown of the network scripts."),
	.min_arguments = 1,
	.max_arguments = 1,
	.words = {WORD_BOND | WORD_PORT},
	.run = command_ifdown,
    },
    {
	.name = "apply",
	.arguments = N_("[DIRECTORY [MODPROBE_DIRECTORY]]"),
	.summary = N_("Make what runs equal to the ifcfg files"),
	.help = N_(
	    "Reads /etc/sysconfig/network-scripts and /etc/modprobe.d, or the directories given; with one directory given, no "
	    "modprobe.d is read. If a file is broken it is reported and nothing is changed."),
	.max_arguments = 2,
	.words = {WORD_FILE},
	.run = command_apply,
    },
    {
	.name = "check",
	.arguments = N_("[DIRECTORY [MODPROBE_DIRECTORY]]"),
	.summary = N_("Read the ifcfg files and report; change nothing"),
	.help = N_(
	    "Reads what “bondctl apply” would, or one file, and prints what it found and every line that is unknown, has no "
	    "effect, was repaired or is dangerous. bondd need not run."),
	.flags = TAKES(FLAG_JSON),
	.max_arguments = 2,
	.without_bus = TRUE,
	.words = {WORD_FILE},
	.run = command_check,
    },
    {
	.name = "ifcfg",
	.arguments = N_("[DIRECTORY|FILE [MODPROBE_DIRECTORY]]"),
	.summary = N_("Print how the ifcfg files were understood"),
	.help = N_("Prints each profile as a NetworkManager keyfile, or all of them as JSON. bondd need not run."),
	.flags = TAKES(FLAG_JSON) | TAKES(FLAG_KEYFILE),
	.max_arguments = 2,
	.without_bus = TRUE,
	.words = {WORD_FILE},
	.run = command_ifcfg,
    },
    {
	.name = "migrate",
	.arguments = N_("[DIRECTORY [MODPROBE_DIRECTORY]] --to=DIRECTORY"),
	.summary = N_("Turn the ifcfg files into NetworkManager keyfiles"),
	.help = N_(
	    "Writes one keyfile for each profile, all of them or none, with mode 0600, and tells what no keyfile can say. "
	    "Comments stay comments. The ifcfg files stay as they are. NetworkManager reads keyfiles from "
	    "/etc/NetworkManager/system-connections."),
	.flags = TAKES(FLAG_TO) | TAKES(FLAG_FORCE) | TAKES(FLAG_DRY_RUN),
	.max_arguments = 2,
	.without_bus = TRUE,
	.words = {WORD_FILE},
	.run = command_migrate,
    },
    {
	.name = "monitor",
	.arguments = "",
	.summary = N_("Print what happens, as it happens"),
	.help =
	    N_("Runs until it is interrupted. The times are those of the events, not of the printing. With --json each "
	       "event is a line of its own."),
	.flags = TAKES(FLAG_JSON),
	.run = command_monitor,
    },
    {
	.name = "history",
	.arguments = N_("[BOND]"),
	.summary = N_("What happened: what failed over, why, for how long"),
	.help =
	    N_("bondd keeps the last 1000 events of each bond. Prints the last 50, or as --limit and --since ask for."),
	.max_arguments = 1,
	.flags = TAKES(FLAG_JSON) | TAKES(FLAG_LIMIT) | TAKES(FLAG_SINCE) | TAKES(FLAG_FOLLOW),
	.words = {WORD_BOND},
	.run = command_history,
    },
    {
	.name = "explain",
	.arguments = N_("BOND [FIELD=VALUE…|FRAME|-]"),
	.summary = N_("By which port a frame of this host would leave, and why"),
	.help = N_(
	    "FIELDs are src and dst (IP addresses), proto (tcp, udp, … or a number), sport, dport, vlan, smac, dmac, "
	    "ethertype and queue. A FRAME is hexadecimal, and - reads it as “tcpdump -xx” prints it. --down asks what "
	    "it would be without a port. Nothing is sent."),
	.min_arguments = 1,
	.max_arguments = ANY_NUMBER,
	.flags = TAKES(FLAG_JSON) | TAKES(FLAG_DOWN),
	.words = {WORD_BOND, WORD_FLOW_FIELD},
	.run = command_explain,
    },
    {
	.name = "top",
	.arguments = "",
	.summary = N_("What goes through each port just now"),
	.help =
	    N_("On a terminal a page that is drawn anew; q ends it. Elsewhere, or with --once, one table. The bars are "
	       "parts of what the link can carry. With --json each measurement is a line of its own."),
	.flags = TAKES(FLAG_JSON) | TAKES(FLAG_ONCE) | TAKES(FLAG_INTERVAL),
	.run = command_top,
    },
    {
	.name = "lacp",
	.arguments = N_("[BOND]"),
	.summary = N_("What both ends of each link tell each other, and what comes of it"),
	.help =
	    N_("Of each port of bonds in mode 802.3ad: the verdict, then what we tell and what the partner tells, side "
	       "by side."),
	.max_arguments = 1,
	.flags = TAKES(FLAG_JSON),
	.words = {WORD_BOND},
	.run = command_lacp,
    },
    {
	.name = "metrics",
	.arguments = "",
	.summary = N_("All counters and states, as OpenMetrics text"),
	.help = N_("For Prometheus: with --output, for node_exporter's textfile collector (bondd-metrics.timer does it "
		   "every 15 seconds). bondd is not started for it; if it does not run, bondd_up is 0."),
	.flags = TAKES(FLAG_OUTPUT),
	.run = command_metrics,
    },
    {
	.name = "options",
	.arguments = N_("[NAME]"),
	.summary = N_("The options of a bond: values, defaults, modes"),
	.help = N_("Prints the table that bondd itself works by, or all of one option."),
	.max_arguments = 1,
	.flags = TAKES(FLAG_JSON),
	.words = {WORD_OPTION_NAME},
	.run = command_options,
    },
    {
	.name = "__complete",
	.arguments = "WORD…",
	.max_arguments = ANY_NUMBER,
	.offline = TRUE,
	.run = command_complete,
    },
};

const guint n_commands = G_N_ELEMENTS(commands);

const struct command *
command_find(const char *name)
{
	for (guint i = 0; i < n_commands; i++) {
		if (g_str_equal(name, commands[i].name) || g_strcmp0(name, commands[i].alias) == 0)
			return &commands[i];
	}
	return NULL;
}
