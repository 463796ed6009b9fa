/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which received frames prove to the ARP and NS monitor that a port works: any frame, any ARP or IPv6 (filter), or only
 * what the targets say to us (arp_validate).
 */
#include "bond-private.h"
#include "probe.h"

/* Bits of arp_validate: which ports check what they receive. */
#define VALIDATE_ACTIVE (1u << 0)
#define VALIDATE_BACKUP (1u << 1)
#define VALIDATE_BOTH	(VALIDATE_ACTIVE | VALIDATE_BACKUP)
#define VALIDATE_FILTER (1u << 2) /* the others count only ARP and IPv6 */

gboolean
port_validates_arp(const struct bond_port *port)
{
	return (port->bond->params.arp_validate & (port->backup ? VALIDATE_BACKUP : VALIDATE_ACTIVE)) != 0;
}

guint
bond_arp_plan_control(const struct bond *bond)
{
	const struct bond_params *params = &bond->params;
	guint validate = params->arp_validate & VALIDATE_BOTH;
	guint control = 0;

	if (!bond->up || params->arp_interval == 0)
		return 0;
	if (validate != VALIDATE_BOTH)
		control |= params->arp_validate & VALIDATE_FILTER ? BOND_PLAN_STAMP_ARP : BOND_PLAN_STAMP_RX;
	if (validate != 0 && params->arp_targets[0] != 0)
		control |= BOND_PLAN_COPY_ARP;
	if (validate != 0 && params->n_ns_targets > 0)
		control |= BOND_PLAN_COPY_ND;
	return control;
}

/* --- Checking answers --- */

/* bond_get_targets_ip(), bond_get_targets_ip6(): -1 is none. A target of NS counts by its solicited-node address, too. */
static int
find_target(const struct bond_params *params, const struct bond_ip *ip)
{
	for (guint i = 0; !ip->is_ipv6 && i < BOND_MAX_ARP_TARGETS && params->arp_targets[i] != 0; i++) {
		if (memcmp(&params->arp_targets[i], ip->bytes, 4) == 0)
			return (int) i;
	}
	for (guint i = 0; ip->is_ipv6 && i < params->n_ns_targets; i++) {
		struct bond_mac mac;
		guint8 group[16];

		probe_solicited_node(params->ns_targets[i], group, &mac);
		if (memcmp(params->ns_targets[i], ip->bytes, 16) == 0 || memcmp(group, ip->bytes, 16) == 0)
			return (int) i;
	}
	return -1;
}

static gboolean
is_all_nodes(const struct bond_ip *ip)
{
	static const guint8 all_nodes[16] = {0xff, 0x02, [15] = 1};

	return ip->is_ipv6 && memcmp(ip->bytes, all_nodes, sizeof(all_nodes)) == 0;
}

/* bond_validate_arp(), bond_validate_na(): @from speaks to @to, which must be us. */
static void
validate(struct bond_port *port, const struct bond_ip *from, const struct bond_ip *to, bond_time now)
{
	struct bond *bond = port->bond;
	int target;

	if (!is_all_nodes(to) && (bond->ops->has_address == NULL || !bond->ops->has_address(bond->user, to)))
		return;
	target = find_target(&bond->params, from);
	if (target < 0)
		return;
	port->last_rx = now;
	port->target_rx[target] = now;
}

/* The active port has heard somebody since it was chosen: its own probes prove nothing alone. */
static gboolean
active_port_works(const struct bond *bond)
{
	return bond->active != NULL && port_last_rx(bond->active) > bond->active->last_link_up;
}

/* bond_arp_rcv(), bond_na_rcv() */
static void
judge(struct bond_port *port, const struct probe_seen *seen, bond_time now)
{
	struct bond *bond = port->bond;
	const struct bond_port *candidate = bond->arp_candidate;

	if (!port->backup)
		validate(port, &seen->sender, &seen->target, now);
	else if (active_port_works(bond))
		/* What a backup hears is the question of the active port, which the switch sent everywhere. */
		validate(port, &seen->target, &seen->sender, now);
	else if (candidate != NULL && seen->reply && bond_arp_within(bond, candidate->last_tx, 1, now))
		/* A switch may still send the answer to where it learned the address before. */
		validate(port, &seen->sender, &seen->target, now);
}

static gboolean
is_for_port(const struct bond_port *port, const struct bond_mac *destination)
{
	return bond_mac_is_multicast(destination) || bond_mac_equal(destination, &port->mac);
}

void
bond_arp_receive(struct bond_port *port, const guint8 *frame, gsize len, bond_time now)
{
	struct probe_seen seen;
	enum probe_kind kind = probe_parse(frame, len, &seen);

	if (port_validates_arp(port)) {
		if (kind != PROBE_NONE && seen.addressed && is_for_port(port, &seen.destination))
			judge(port, &seen, now);
	} else if (kind != PROBE_NONE || !(port->bond->params.arp_validate & VALIDATE_FILTER)) {
		port->last_rx = now;
	}
}

/* --- Targets --- */

void
bond_arp_target_changed(struct bond *bond, guint i, gboolean added, bond_time now)
{
	struct bond_port *port;

	g_return_if_fail(i < BOND_MAX_ARP_TARGETS);
	bond_mark_plan(bond);
	FOREACH_PORT (bond, port) {
		bond_time *rx = port->target_rx;

		if (added) {
			rx[i] = now;
			continue;
		}
		memmove(&rx[i], &rx[i + 1], (BOND_MAX_ARP_TARGETS - 1 - i) * sizeof(rx[0]));
		rx[BOND_MAX_ARP_TARGETS - 1] = LONG_AGO;
	}
}

/* --- Groups --- */

/* A backup must hear what the active port asks (bond_slave_ns_maddrs_add()); that one itself hears the answers. */
static guint
wanted_groups(const struct bond_port *port, struct bond_mac *groups)
{
	const struct bond_params *params = &port->bond->params;
	guint n = 0;

	if (params->mode != BOND_MODE_ACTIVEBACKUP || params->arp_validate == 0 || !port->backup)
		return 0;
	for (guint i = 0; i < params->n_ns_targets; i++) {
		guint8 group[16];

		probe_solicited_node(params->ns_targets[i], group, &groups[n]);
		n++;
	}
	return n;
}

static gboolean
has_group(const struct bond_mac *groups, guint n, const struct bond_mac *group)
{
	for (guint i = 0; i < n; i++) {
		if (bond_mac_equal(&groups[i], group))
			return TRUE;
	}
	return FALSE;
}

/* Joins or leaves those of @groups that are not in @others, each once: two targets may share a group. */
static void
change_groups(struct bond_port *port, const struct bond_mac *groups, guint n, const struct bond_mac *others,
	      guint n_others, gboolean join)
{
	const struct bond_ops *ops = port->bond->ops;

	for (guint i = 0; ops->join_group != NULL && i < n; i++) {
		if (!has_group(others, n_others, &groups[i]) && !has_group(groups, i, &groups[i]))
			ops->join_group(port->bond->user, port, &groups[i], join);
	}
}

static void
set_groups(struct bond_port *port, const struct bond_mac *groups, guint n)
{
	if (!port->gone) {
		change_groups(port, port->groups, port->n_groups, groups, n, FALSE);
		change_groups(port, groups, n, port->groups, port->n_groups, TRUE);
	}
	memcpy(port->groups, groups, n * sizeof(groups[0]));
	port->n_groups = n;
}

void
bond_arp_leave_groups(struct bond_port *port)
{
	set_groups(port, port->groups, 0);
}

void
bond_arp_update_groups(struct bond *bond)
{
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		struct bond_mac groups[BOND_MAX_NS_TARGETS];
		guint n = wanted_groups(port, groups);

		if (n > 0 || port->n_groups > 0)
			set_groups(port, groups, n);
	}
}
