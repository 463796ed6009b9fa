/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seeds.h"

#include "packet.h"
#include "seed.h"

#define MAX_LINKS    4
#define N_FLOWS	     16
#define HOST_ADDRESS "192.168.7.1"
#define FAR_ADDRESS  "192.168.7.254"
/* Until the slowest of the monitors, the delays and the neighbours' caches have come round. */
#define RECOVERY (12 * BOND_SEC)

struct run {
	struct seed seed;
	struct device *bond;
	struct device *bridge;
	struct device *links[MAX_LINKS]; /* ports of the host */
	gboolean cut[MAX_LINKS];	 /* frames vanish, the carrier stays */
	guint n_links;
	enum bond_mode mode;
	gboolean arp; /* the ARP monitor */
};

/* One port at a time hears broadcasts: a switch need not know of the bond. */
static gboolean
hears_once(const struct run *run)
{
	return run->mode == BOND_MODE_ACTIVEBACKUP || run->mode == BOND_MODE_TLB || run->mode == BOND_MODE_ALB;
}

/* --- What is always true --- */

static gboolean
is_port(const struct device *bond, bond_port_id id)
{
	const struct bond_port *port;

	for (guint i = 0; (port = bond_nth_port(bond->bond, i)) != NULL; i++)
		if (port_id(port) == id)
			return TRUE;
	return FALSE;
}

static gboolean
is_port_or_none(const struct device *bond, bond_port_id id)
{
	return id == BOND_PORT_NONE || is_port(bond, id);
}

static void
check_plan(struct run *run)
{
	const struct bond_plan *plan = run->bond->plan;

	for (guint i = 0; i < plan->n_slots; i++)
		if (!is_port(run->bond, plan->slots[i]))
			seed_wrong(&run->seed, "slot %u is port %u, which is not there", i, plan->slots[i]);
	for (guint i = 0; i < plan->n_queues; i++)
		if (!is_port_or_none(run->bond, plan->queue_port[i]))
			seed_wrong(&run->seed, "queue %u has port %u, which is not there", i, plan->queue_port[i]);
	for (guint i = 0; plan->tx == BOND_PLAN_BALANCE && i < BOND_PLAN_TABLE_SIZE; i++)
		if (!is_port_or_none(run->bond, plan->table[i]))
			seed_wrong(&run->seed, "entry %u is port %u, which is not there", i, plan->table[i]);
	if (plan->tx == BOND_PLAN_BALANCE && !is_port_or_none(run->bond, plan->unbalanced))
		seed_wrong(&run->seed, "port %u is not there", plan->unbalanced);
}

/* Two ports with one address confuse a switch and each other. */
static void
check_addresses(struct run *run)
{
	for (guint i = 0; i < run->n_links && run->mode == BOND_MODE_ALB; i++)
		for (guint j = 0; j < i; j++)
			if (run->links[i]->master != NULL && run->links[j]->master != NULL &&
			    bond_mac_equal(&run->links[i]->mac, &run->links[j]->mac))
				seed_wrong(&run->seed, "%s and %s have the same address", run->links[i]->name,
					   run->links[j]->name);
}

static void
check(void *data)
{
	struct run *run = data;

	if (run->bond->plan != NULL)
		check_plan(run);
	if (run->seed.world->broken != NULL)
		seed_wrong(&run->seed, "%s", run->seed.world->broken);
}

/* --- Frames --- */

static gboolean
cross(void *data, const struct device *from, const guint8 *frame, gsize len, bond_time *delay)
{
	struct run *run = data;

	for (guint i = 0; i < run->n_links; i++)
		if (run->links[i] == from || run->links[i]->cable == from)
			return !run->cut[i];
	return TRUE;
}

/* How often @to hears a datagram of @from. */
static guint
copies(struct device *from, struct device *to, const struct bond_mac *mac, guint8 flow)
{
	const guint8 source[4] = {192, 168, 7, flow};
	const guint8 destination[4] = {192, 168, 7, (guint8) (flow * 11 + 1)};
	guint before = to->heard;
	guint8 frame[PACKET_MAX];
	gsize len = packet_datagram(mac, &from->mac, source, destination, frame);

	device_send(from, frame, len);
	world_deliver(from->world);
	return to->heard - before;
}

static void
do_broadcast(struct run *run)
{
	guint down;
	guint up;

	if (!hears_once(run))
		return;
	down = copies(run->bridge, run->bond, &packet_broadcast, 7);
	up = copies(run->bond, run->bridge, &packet_broadcast, 7);
	if (down > 1 || up > 1)
		seed_wrong(&run->seed, "a broadcast came %u times to the host, %u times to the bridge", down, up);
}

/* --- What may happen --- */

static void
do_link(struct run *run)
{
	struct device *port = run->links[seed_roll(&run->seed, run->n_links)];
	struct device *end = seed_roll(&run->seed, 4) == 0 ? port : port->cable;

	if (end == port && port->master == NULL)
		return;
	seed_set_up(&run->seed, end, !end->up);
}

static void
do_cut(struct run *run)
{
	guint i = seed_roll(&run->seed, run->n_links);

	run->cut[i] = !run->cut[i];
	seed_note(&run->seed, "frames of %s %s", run->links[i]->name, run->cut[i] ? "vanish" : "arrive again");
}

static void
do_member(struct run *run)
{
	struct device *port = run->links[seed_roll(&run->seed, run->n_links)];

	if (port->master == NULL) {
		seed_join(&run->seed, run->bond, port);
		return;
	}
	seed_note(&run->seed, "%s leaves", port->name);
	world_release(port);
}

static void
do_bond(struct run *run)
{
	seed_set_up(&run->seed, run->bond, !run->bond->up);
}

/* Some are refused in this mode or state; that changes nothing. */
static void
do_option(struct run *run)
{
	static const char *const settings[][2] = {
	    {"active_slave", "p0"},
	    {"active_slave", "p1"},
	    {"active_slave", ""},
	    {"primary", "p2"},
	    {"primary", ""},
	    {"primary_reselect", "failure"},
	    {"primary_reselect", "better"},
	    {"tlb_dynamic_lb", "0"},
	    {"tlb_dynamic_lb", "1"},
	    {"arp_validate", "all"},
	    {"arp_validate", "active"},
	    {"arp_validate", "none"},
	    {"arp_validate", "filter"},
	    {"arp_missed_max", "1"},
	    {"arp_missed_max", "3"},
	    {"arp_all_targets", "all"},
	    {"arp_all_targets", "any"},
	    {"updelay", "200"},
	    {"updelay", "0"},
	    {"downdelay", "200"},
	    {"lp_interval", "2"},
	    {"num_grat_arp", "3"},
	    {"queue_id", "p1:2"},
	    {"queue_id", "p1:0"},
	    {"packets_per_slave", "0"},
	    {"xmit_hash_policy", "layer3+4"},
	    {"fail_over_mac", "active"},
	};
	const char *const *s = settings[seed_roll(&run->seed, G_N_ELEMENTS(settings))];

	/* In the other modes a port that is down never hears what would validate it, neither here nor in the kernel. */
	if (strcmp(s[0], "arp_validate") == 0 && run->mode != BOND_MODE_ACTIVEBACKUP)
		return;
	if (bond_set_option(run->bond->bond, s[0], s[1], BOND_SOURCE_SYSFS, run->seed.world->now, NULL))
		seed_note(&run->seed, "%s=%s", s[0], s[1]);
}

static void
do_ping(struct run *run)
{
	static const char *const far[] = {"192.168.7.101", "192.168.7.102", FAR_ADDRESS, NULL};

	if (seed_roll(&run->seed, 2) == 0)
		world_ping(run->seed.world, SIDE_HOST, seed_one_of(&run->seed, far), 2, 200 * BOND_MSEC);
	else
		world_ping(run->seed.world, SIDE_SWITCH, HOST_ADDRESS, 2, 200 * BOND_MSEC);
}

static void
do_something(struct run *run)
{
	static void (*const actions[])(struct run * run) = {
	    do_link, do_link, do_link, do_cut, do_member, do_bond, do_option, do_ping, do_ping,
	};

	actions[seed_roll(&run->seed, G_N_ELEMENTS(actions))](run);
	world_settle(run->seed.world);
	if (!run->bond->up && run->bond->plan != NULL && run->bond->plan->tx != BOND_PLAN_DROP)
		seed_wrong(&run->seed, "the bond is down, and its plan sends");
	check_addresses(run);
	do_broadcast(run);
}

/* --- A seed's run --- */

static void
add_bridge(struct run *run)
{
	static const char *const addresses[] = {FAR_ADDRESS "/24", "192.168.7.101/24", "192.168.7.102/24"};

	run->bridge = world_add_device(run->seed.world, DEVICE_BRIDGE, SIDE_SWITCH, "br0");
	run->bridge->mac = (struct bond_mac){{0x02, 0, 0, 0, 0x03, 0x01}};
	run->bridge->up = TRUE;
	for (guint i = 0; i < G_N_ELEMENTS(addresses); i++)
		device_add_address(run->bridge, addresses[i], TRUE);
}

static void
add_bond(struct run *run)
{
	static const char *const modes[] = {"balance-rr",  "active-backup", "active-backup", "balance-xor", "broadcast",
					    "balance-tlb", "balance-alb",   "balance-alb",   "balance-tlb", NULL};
	static const char *const validates[] = {"none", "all", "backup", "filter", NULL};
	const char *mode = seed_one_of(&run->seed, modes);
	const char *validate = strcmp(mode, "active-backup") == 0 ? seed_one_of(&run->seed, validates) : "none";
	const char *const mii[] = {"mode", mode, "miimon", "100", NULL};
	const char *const arp[] = {"mode",	mode,		"arp_interval", "100", "arp_ip_target",
				   FAR_ADDRESS, "arp_validate", validate,	NULL};
	gboolean balances = strcmp(mode, "balance-tlb") == 0 || strcmp(mode, "balance-alb") == 0;
	g_autoptr(GError) error = NULL;

	run->arp = !balances && seed_roll(&run->seed, 2) == 0;
	run->bond = world_add_bond(run->seed.world, SIDE_HOST, "bond0", NULL);
	if (!bond_set_options(run->bond->bond, run->arp ? arp : mii, run->seed.world->now, &error))
		seed_wrong(&run->seed, "%s", error->message);
	run->mode = bond_get_params(run->bond->bond)->mode;
	seed_note(&run->seed, "%s, %s, arp_validate %s", mode, run->arp ? "arp_interval" : "miimon", validate);
	device_add_address(run->bond, HOST_ADDRESS "/24", TRUE);
}

static void
build(struct run *run)
{
	add_bridge(run);
	add_bond(run);
	run->n_links = 1 + seed_roll(&run->seed, MAX_LINKS);
	for (guint i = 0; i < run->n_links; i++) {
		g_autofree char *name = g_strdup_printf("p%u", i);

		run->links[i] = world_add_port(run->seed.world, DEVICE_VETH, name, NULL);
		run->links[i]->cable->master = run->bridge;
		seed_join(&run->seed, run->bond, run->links[i]);
	}
	seed_set_up(&run->seed, run->bond, TRUE);
}

static void
heal(struct run *run)
{
	seed_note(&run->seed, "all is well again");
	if (!run->bond->up)
		seed_set_up(&run->seed, run->bond, TRUE);
	for (guint i = 0; i < run->n_links; i++) {
		struct device *port = run->links[i];

		run->cut[i] = FALSE;
		if (!port->cable->up)
			seed_set_up(&run->seed, port->cable, TRUE);
		if (port->master == NULL)
			seed_join(&run->seed, run->bond, port);
		else if (!port->up)
			seed_set_up(&run->seed, port, TRUE);
	}
}

/* Ports that may send now: a broadcast bond sends that many copies. */
static guint
expected_copies(const struct run *run)
{
	return run->mode == BOND_MODE_BROADCAST ? run->bond->plan->n_slots : 1;
}

static void
check_flows(struct run *run)
{
	for (guint8 i = 0; i < N_FLOWS; i++) {
		guint n = copies(run->bond, run->bridge, &run->bridge->mac, i);

		if (n != expected_copies(run))
			seed_wrong(&run->seed, "flow %u came %u times to the bridge", i, n);
	}
	if (hears_once(run) && copies(run->bridge, run->bond, &packet_broadcast, 7) != 1)
		seed_wrong(&run->seed, "a broadcast of the bridge came not once to the host");
	if (hears_once(run) && copies(run->bridge, run->bond, &run->bond->mac, 7) != 1)
		seed_wrong(&run->seed, "a frame of the bridge came not once to the host");
}

/* At once; or, where a bond without ports came back with another address, when the neighbour's cache has given up the old
 * one. */
static gboolean
reaches(struct run *run, enum device_side side, const char *address)
{
	return world_ping(run->seed.world, side, address, 3, 200 * BOND_MSEC) ||
	       world_ping(run->seed.world, side, address, 45, BOND_SEC);
}

static void
recover(struct run *run)
{
	heal(run);
	world_advance(run->seed.world, run->seed.world->now + RECOVERY);
	check_addresses(run);
	if (!bond_has_carrier(run->bond->bond))
		seed_wrong(&run->seed, "the bond has no carrier");
	if (!reaches(run, SIDE_HOST, FAR_ADDRESS))
		seed_wrong(&run->seed, "the host does not reach the bridge");
	if (!reaches(run, SIDE_SWITCH, HOST_ADDRESS))
		seed_wrong(&run->seed, "the bridge does not reach the host");
	check_flows(run);
}

gboolean
bridge_seed_run(guint32 seed, gboolean verbose, GString *report)
{
	struct run run = {0};
	guint events;

	seed_begin(&run.seed, seed, verbose, report);
	build(&run);
	run.seed.world->cross = cross;
	run.seed.world->cross_data = &run;
	run.seed.world->changed = check;
	run.seed.world->changed_data = &run;
	events = 10 + seed_roll(&run.seed, 40);
	for (guint i = 0; i < events && !run.seed.failed; i++) {
		world_advance(run.seed.world,
			      run.seed.world->now + seed_roll(&run.seed, 3) * seed_roll(&run.seed, 800) * BOND_MSEC);
		do_something(&run);
	}
	if (!run.seed.failed)
		recover(&run);
	return seed_end(&run.seed);
}
