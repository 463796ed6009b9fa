/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Input: 3 bytes (arp_validate; which kinds of targets; how much time passes after each frame), then frames, each
 * behind its length and the port that it arrives on. Whatever a monitoring bond receives, it must stay whole and its
 * clock must go on.
 */
#include "engine/bond.h"
#include "engine/probe.h"

#define HEAD	3
#define N_PORTS 3

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static void
check(gboolean right)
{
	if (!right)
		abort();
}

static enum bond_route_way
route(void *user, const struct bond_ip *target, struct bond_route *route)
{
	const guint8 *data = user;

	*route = (struct bond_route){.source = {.is_ipv6 = target->is_ipv6, .bytes = {10, 0, 0, 1}}};
	route->n_tags = data[1] >> 4 & 3;
	for (guint i = 0; i < route->n_tags; i++)
		route->tags[i] = (struct bond_tag){.protocol = 0x8100, .id = (guint16) (7 + i)};
	return data[1] >> 6 == 3 ? BOND_ROUTE_NONE : BOND_ROUTE_BOND;
}

/* Of us are all with an even last byte. */
static gboolean
has_address(void *user, const struct bond_ip *address)
{
	return (address->bytes[address->is_ipv6 ? 15 : 3] & 1) == 0;
}

/* What we send ourselves we must understand. */
static void
send_frame(void *user, struct bond_port *port, const guint8 *frame, gsize len)
{
	g_autofree guint8 *copy = g_memdup2(frame, len);
	struct probe_seen seen;

	check(probe_parse(copy, len, &seen) != PROBE_NONE && seen.addressed);
}

static const struct bond_ops ops = {.send = send_frame, .route = route, .has_address = has_address};

static struct bond *
make_bond(const guint8 *data)
{
	static const char *const validate[] = {"0", "1", "2", "3", "4", "5", "6"};
	static const struct bond_mac mac = {{2, 0, 0, 0, 0, 9}};
	const char *const settings[] = {
	    "mode",
	    data[0] & 8 ? "balance-xor" : "active-backup",
	    "arp_interval",
	    "10",
	    "arp_validate",
	    validate[(data[0] & 7) % G_N_ELEMENTS(validate)],
	    "arp_all_targets",
	    data[0] & 16 ? "all" : "any",
	    "arp_ip_target",
	    data[1] & 1 ? "10.0.0.1,10.0.0.3" : "",
	    "ns_ip6_target",
	    data[1] & 2 ? "2001:db8::1,2001:db8::3" : "",
	    NULL,
	};
	struct bond *bond = bond_new("bond0", &ops, (void *) data, &mac);

	check(bond_set_options(bond, settings, 0, NULL));
	for (guint i = 0; i < N_PORTS; i++) {
		const char *const names[N_PORTS] = {"p0", "p1", "p2"};
		const struct bond_port_info info = {
		    .name = names[i],
		    .ifindex = (int) i + 1,
		    .type = 1,
		    .mac = {{2, 0, 0, 0, 0, (guint8) i}},
		    .mtu = 1500,
		    .link = {.carrier = TRUE, .speed = 1000, .duplex = BOND_DUPLEX_FULL},
		};

		check(bond_enslave(bond, &info, 0, NULL) != NULL);
	}
	bond_set_up(bond, TRUE, 0);
	return bond;
}

static void
let_time_pass(struct bond *bond, bond_time *now, bond_time until)
{
	*now = until;
	bond_run(bond, *now);
	check(bond_next_deadline(bond) > *now);
}

static void
receive(struct bond *bond, guint port, const guint8 *data, gsize len, bond_time now)
{
	/* A copy of just that size, so that ASan sees where it ends. */
	g_autofree guint8 *frame = g_memdup2(data, len);

	bond_receive_frame(bond_nth_port(bond, port), frame, len, now);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	bond_time now = 0;
	struct bond *bond;

	if (size < HEAD)
		return 0;
	bond = make_bond(data);
	let_time_pass(bond, &now, BOND_MSEC);
	for (gsize at = HEAD; size - at >= 2;) {
		guint port = data[at] % N_PORTS;
		gsize len = MIN(data[at + 1], size - at - 2);

		receive(bond, port, data + at + 2, len, now);
		at += 2 + len;
		let_time_pass(bond, &now, now + (data[2] + 1) * BOND_MSEC / 4);
	}
	bond_free(bond, now);
	return 0;
}
