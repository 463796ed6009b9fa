/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ARP and NS monitor: probes, verdicts, the search for an active port.
 * Numbers are those of the list of traps that a copy of the kernel's driver falls into ("kernel-semantics N").
 */
#include "arp-network.h"

#include "engine/status.h"

#include "engine/wire.h"

/* --- Enslaving, options --- */

/* kernel-semantics 10 */
static void
test_first_state(void)
{
	static const struct {
		const char *option;
		const char *value;
		gboolean carrier;
		enum bond_link link;
	} cases[] = {
	    {"miimon", "100", TRUE, BOND_LINK_BACK},	 {"miimon", "100", FALSE, BOND_LINK_DOWN},
	    {"arp_interval", "100", TRUE, BOND_LINK_UP}, {"arp_interval", "100", FALSE, BOND_LINK_DOWN},
	    {"miimon", "0", TRUE, BOND_LINK_UP},	 {"miimon", "0", FALSE, BOND_LINK_UP},
	    {"updelay", "0", TRUE, BOND_LINK_UP},	 {"updelay", "0", FALSE, BOND_LINK_DOWN},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fx *fx = fx_new("mode", "balance-xor", "miimon", "100", "updelay", "500", NULL);

		fx_set(fx, cases[i].option, cases[i].value);
		fx->devices[0].carrier = cases[i].carrier;
		fx_add(fx, 0);
		g_assert_cmpint(fx_link(fx, 0), ==, cases[i].link);
		fx_free(fx);
	}
}

static void
assert_option(struct fx *fx, const char *name, const char *expected)
{
	g_autofree char *value = bond_get_option(fx->bond, name);

	g_assert_cmpstr(value, ==, expected);
}

/* kernel-semantics 11: the one written last stays. */
static void
test_monitors_exclude_each_other(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 2);
	net_wait(fx, 500);
	g_assert_cmpuint(net.probes[0], ==, 5);
	fx_set(fx, "miimon", "100");
	assert_option(fx, "arp_interval", "0");
	net_wait(fx, 500);
	g_assert_cmpuint(net.probes[0], ==, 5);
	fx_carrier(fx, 0, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_carrier(fx, 0, TRUE);
	fx_set(fx, "arp_interval", "50");
	assert_option(fx, "miimon", "0");
	net_wait(fx, 500);
	g_assert_cmpuint(net.probes[1], ==, 10);
	fx_carrier(fx, 1, FALSE);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	/* Switching off what is off changes nothing. */
	fx_set(fx, "miimon", "0");
	assert_option(fx, "arp_interval", "50");
	fx_free(fx);
}

/* kernel-semantics 78 */
static void
test_validate_is_reset(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "arp_validate", "all");
	fx_set(fx, "mode", "balance-xor");
	assert_option(fx, "arp_validate", "none");
	assert_option(fx, "arp_interval", "100");
	fx_set(fx, "arp_validate", "filter_active");
	fx_set(fx, "miimon", "100");
	assert_option(fx, "arp_validate", "none");
	/* With arp_interval off already, miimon has nothing to reset. */
	fx_set(fx, "arp_validate", "backup");
	fx_set(fx, "miimon", "50");
	assert_option(fx, "arp_validate", "backup");
	fx_free(fx);
}

/* Each probe has its time; none while the bond is down or has no interval. */
static void
test_clock(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_add(fx, 0);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_up(fx, TRUE);
	fx_wait(fx, 0);
	g_assert_cmpuint(net.probes[0], ==, 0);
	net_wait(fx, 1);
	g_assert_cmpuint(net.probes[0], ==, 1);
	net_wait(fx, 99);
	g_assert_cmpuint(net.probes[0], ==, 1);
	net_wait(fx, 1);
	g_assert_cmpuint(net.probes[0], ==, 2);
	/* Whoever was asleep does not catch up. */
	fx->now += 1050 * BOND_MSEC;
	fx_run(fx);
	g_assert_cmpuint(net.probes[0], ==, 3);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, fx->now + INTERVAL * BOND_MSEC);
	fx_up(fx, FALSE);
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_up(fx, TRUE);
	net_wait(fx, 1);
	g_assert_cmpuint(net.probes[0], ==, 4);
	fx_set(fx, "arp_interval", "1000");
	net_wait(fx, 1000);
	g_assert_cmpuint(net.probes[0], ==, 5);
	fx_set(fx, "arp_interval", "0");
	g_assert_cmpint(bond_next_deadline(fx->bond), ==, BOND_TIME_NEVER);
	fx_free(fx);
}

/* --- Probes --- */

/* kernel-semantics 77 */
static void
test_source_and_tags(void)
{
	static const guint8 tagged[] = {0x88, 0xa8, 0, 100, 0x81, 0, 0, 7, 0x08, 0x06};
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);
	struct bond_ip us = net_ip(US);

	net.route.tags[0] = (struct bond_tag){WIRE_8021AD, 100};
	net.route.tags[1] = (struct bond_tag){WIRE_8021Q, 7};
	net.route.n_tags = 2;
	fx_set(fx, "arp_validate", "all");
	fx_start(fx, 2);
	net_wait(fx, 1);
	g_assert_cmpmem(net.last.b, 6, net_broadcast.b, 6);
	g_assert_cmpmem(net.last.b + 6, 6, fx->devices[0].mac.b, 6);
	g_assert_cmpmem(net.last.b + 12, sizeof(tagged), tagged, sizeof(tagged));
	g_assert_cmpmem(net.last.b + 36, 4, us.bytes, 4);
	g_assert_true(net_asks_for(&net.last, TARGET));
	/* Answers behind the same tags are understood. */
	net_wait(fx, 2000);
	assert_links(fx, "up, up");
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	fx_free(fx);
}

/* kernel-semantics 77: no route: no source, and a warning, once, if answers are to be checked. */
static void
test_no_route(void)
{
	static const guint8 nobody[4];
	static const struct {
		const char *target;
		const char *validate;
		const char *trace;
	} cases[] = {
	    {TARGET, "none", ""},
	    {TARGET, "all", "log no route to arp_ip_target " TARGET " and arp_validate is set"},
	    {TARGET6, "none", ""},
	    {TARGET6, "active", "log no route to ns_ip6_target " TARGET6 " and arp_validate is set"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct network net;
		struct fx *fx = net_monitoring(&net, "active-backup", cases[i].target);

		net.way = BOND_ROUTE_NONE;
		fx_set(fx, "arp_validate", cases[i].validate);
		fx_start(fx, 1);
		net_wait(fx, 250);
		g_assert_cmpuint(net.probes[0], ==, 3);
		g_assert_true(net_asks_for(&net.last, cases[i].target));
		g_assert_cmpmem(net.last.b + (i < 2 ? 28 : 22), 4, nobody, 4);
		fx_assert_trace(fx, "log no", cases[i].trace);
		fx_free(fx);
	}
}

/* A target that other interfaces lead to is not asked. */
static void
test_route_elsewhere(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	net.way = BOND_ROUTE_ELSEWHERE;
	fx_start(fx, 2);
	net_wait(fx, 250);
	g_assert_cmpuint(net.probes[0] + net.probes[1], ==, 0);
	fx_free(fx);
}

/* Who asks nobody hears nobody: that is worth a word, but not before the targets had time to be set. */
static void
test_no_targets(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 1);
	net_wait(fx, 300);
	net_set(fx, "arp_ip_target", "");
	net_wait(fx, 300);
	fx_assert_trace(fx, "log ARP", "");
	fx_set(fx, "arp_interval", "50");
	net_wait(fx, 300);
	fx_assert_trace(fx, "log ARP", "log ARP monitoring has been set up, but no ARP targets have been specified");
	fx_clear(fx);
	net_set(fx, "ns_ip6_target", TARGET6);
	fx_set(fx, "arp_interval", "100");
	net_wait(fx, 300);
	fx_assert_trace(fx, "log ARP", "");
	fx_free(fx);
}

/* All targets of both kinds, each tick, in their order. */
static void
test_many_targets(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET "," TARGET2);

	net_set(fx, "ns_ip6_target", STRANGER6 "," TARGET6);
	fx_start(fx, 1);
	net_wait(fx, 1);
	g_assert_cmpuint(net.probes[0], ==, 4);
	g_assert_true(net_asks_for(&net.last, TARGET6));
	fx_assert_trace(fx, "send", "send p0 42; send p0 42; send p0 86; send p0 86");
	fx_free(fx);
}

/* kernel-semantics 77: backups hear the solicitations of the active port only if they have joined their groups. */
static void
test_groups(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET6);

	fx_set(fx, "primary_reselect", "failure");
	fx_start(fx, 2);
	fx_assert_trace(fx, "join,leave", "");
	fx_set(fx, "arp_validate", "backup");
	fx_assert_trace(fx, "join,leave", "join p1 33:33:ff:00:00:fe");
	fx_clear(fx);
	fx_set(fx, "active_slave", "p1");
	fx_assert_trace(fx, "join,leave", "join p0 33:33:ff:00:00:fe; leave p1 33:33:ff:00:00:fe");
	fx_clear(fx);
	/* Two targets of one group, and one of another. */
	net_set(fx, "ns_ip6_target", TARGET6 ",2001:db8:1::fe,2001:db8::1:2");
	fx_assert_trace(fx, "join,leave", "join p0 33:33:ff:01:00:02");
	fx_clear(fx);
	net_set(fx, "ns_ip6_target", "2001:db8::1:2");
	fx_assert_trace(fx, "join,leave", "leave p0 33:33:ff:00:00:fe");
	fx_clear(fx);
	fx_add(fx, 2);
	fx_assert_trace(fx, "join,leave", "join p2 33:33:ff:01:00:02");
	fx_clear(fx);
	fx_remove(fx, 0);
	fx_assert_trace(fx, "join,leave", "leave p0 33:33:ff:01:00:02");
	fx_clear(fx);
	fx_gone(fx, 2);
	fx_assert_trace(fx, "join,leave", "");
	fx_free(fx);
}

/* --- Verdicts --- */

/* A time stamp from another world says nothing. */
static void
test_stamp_of_the_future(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 1);
	net_wait(fx, 1001);
	net_silence(&net);
	fx->devices[0].last_rx = fx->now + BOND_SEC;
	net_wait(fx, 100);
	g_assert_cmpint(fx_link(fx, 0), !=, BOND_LINK_UP);
	fx_free(fx);
}

static gboolean
is_backup(struct fx *fx, guint port)
{
	g_autofree char *state = bond_status_port_attribute(fx->devices[port].port, "state");

	return g_str_equal(state, "backup\n");
}

/* What a port hears as a backup, of which only checked answers count, does not bring it up when it is tried next. */
static void
test_stamp_of_a_backup(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);
	struct net_frame data = net_data(&net_broadcast);

	fx_set(fx, "arp_validate", "backup");
	fx_start(fx, 2);
	net_wait(fx, 1001);
	net_silence(&net);
	net_wait(fx, 1000);
	g_assert_cmpstr(fx_active(fx), ==, "none");
	for (guint i = 0; i < 10; i++) {
		guint backup = is_backup(fx, 0) ? 0 : 1;

		g_assert_false(is_backup(fx, 1 - backup));
		/* A moment before it is its turn. */
		net_wait(fx, INTERVAL - 10);
		net_arrive(&net, backup, &data);
		net_wait(fx, 10);
		g_assert_cmpstr(fx_active(fx), ==, "none");
	}
	/* As one that is tried it counts: nobody's answers are checked then. */
	net_arrive(&net, is_backup(fx, 0) ? 1 : 0, &data);
	net_wait(fx, INTERVAL);
	g_assert_cmpstr(fx_active(fx), !=, "none");
	fx_free(fx);
}

/* miimon left the active port on its way down; whoever hears answers is up all the same. */
static void
test_after_miimon(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "miimon", "100");
	fx_set(fx, "downdelay", "1000");
	fx_set(fx, "updelay", "1000");
	fx_start(fx, 2);
	net_wait(fx, 1100);
	fx_carrier(fx, 0, FALSE);
	assert_links(fx, "going down, up");
	fx_plug(fx, 0, TRUE);
	fx_set(fx, "arp_interval", "100");
	net_wait(fx, 200);
	assert_links(fx, "up, up");
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	fx_assert_plan(fx, "one p0; rx p0");
	fx_free(fx);
}

/* kernel-semantics 70: half an interval of slack. */
static void
test_slack(void)
{
	for (guint age = 149; age <= 151; age++) {
		struct network net;
		struct fx *fx = net_monitoring(&net, "active-backup", TARGET);
		struct net_frame frame;

		fx_set(fx, "arp_missed_max", "1");
		fx_start(fx, 1);
		frame = net_data(&fx->devices[0].mac);
		net_wait(fx, 1001);
		net_silence(&net);
		/* The next ticks come in 100 and 200 ms. */
		net_wait(fx, 200 - age);
		net_arrive(&net, 0, &frame);
		net_deliver(fx);
		net_wait(fx, age - 1);
		g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
		net_wait(fx, 1);
		g_assert_cmpint(fx_link(fx, 0) == BOND_LINK_UP, ==, age <= 150);
		fx_free(fx);
	}
}

/* kernel-semantics 71: missed_max intervals for the active port, one more for backups. */
static void
test_missed_max(void)
{
	for (guint missed = 1; missed <= 255; missed += missed < 5 ? 1 : 125) {
		g_autofree char *text = g_strdup_printf("%u", missed);
		struct network net;
		struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

		fx_set(fx, "arp_missed_max", text);
		fx_start(fx, 3);
		net_wait(fx, 1001);
		net.cut[0] = TRUE;
		g_assert_cmpuint(net_until_down(fx, 0, 60000), ==, (missed + 1) * INTERVAL);
		g_assert_cmpstr(fx_active(fx), ==, "p1");
		net_wait(fx, 1000);
		net.cut[2] = TRUE;
		g_assert_cmpuint(net_until_down(fx, 2, 60000), ==, (missed + 2) * INTERVAL);
		g_assert_cmpstr(fx_active(fx), ==, "p1");
		fx_free(fx);
	}
}

/* kernel-semantics 71: who was just chosen has two intervals, and half a one, to hear something. */
static void
test_grace(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);
	struct net_frame noise;

	fx_set(fx, "arp_validate", "active");
	fx_set(fx, "arp_missed_max", "1");
	fx_start(fx, 2);
	noise = net_data(&fx->devices[1].mac);
	net_wait(fx, 1001);
	net_silence(&net);
	while (g_str_equal(fx_active(fx), "p0")) {
		net_arrive(&net, 1, &noise);
		net_wait(fx, 1);
	}
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	g_assert_cmpuint(net_until_down(fx, 1, 10000), ==, 3 * INTERVAL);
	fx_free(fx);
}

/* A port that transmits nothing is down, whatever it hears: the active one sends no probes if no target is led to. */
static void
test_needs_tx(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);
	struct net_frame noise;

	fx_start(fx, 1);
	noise = net_data(&fx->devices[0].mac);
	net_wait(fx, 1001);
	net.way = BOND_ROUTE_ELSEWHERE;
	for (guint i = 0; i < 10; i++) {
		net_arrive(&net, 0, &noise);
		net_wait(fx, 50);
	}
	g_assert_cmpuint(port_link_failure_count(fx_port(fx, 0)), >, 0);
	fx_free(fx);
}

/* kernel-semantics 3: two ports lost in one tick lead to one choice. kernel-semantics 12: definite losses count. */
static void
test_one_choice(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "arp_missed_max", "2");
	fx_start(fx, 3);
	net_wait(fx, 1001);
	/* p1 an interval before p0, because backups may miss one more. */
	net.cut[1] = TRUE;
	net_wait(fx, 100);
	net.cut[0] = TRUE;
	fx_clear(fx);
	net_wait(fx, 300);
	fx_assert_trace(fx, "event link,event active,publish,carrier",
			"publish; event link p0 down monitor; event link p1 down monitor; event active p0>p2 monitor");
	for (guint i = 0; i < 3; i++)
		g_assert_cmpuint(port_link_failure_count(fx_port(fx, i)), ==, i < 2 ? 1 : 0);
	fx_free(fx);
}

/* A port that comes back takes over only if it is the primary or has a higher prio (kernel-semantics 15). */
static void
test_coming_back(void)
{
	for (guint i = 0; i < 3; i++) {
		struct network net;
		struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

		fx_start(fx, 2);
		if (i == 1)
			fx_set(fx, "primary", "p0");
		else if (i == 2)
			fx_set_port(fx, 0, "prio", "5");
		net_wait(fx, 1001);
		net.cut[0] = TRUE;
		net_wait(fx, 1000);
		assert_links(fx, "down, up");
		g_assert_cmpstr(fx_active(fx), ==, "p1");
		net.cut[0] = FALSE;
		net_wait(fx, 1000);
		assert_links(fx, "up, up");
		g_assert_cmpstr(fx_active(fx), ==, i == 0 ? "p1" : "p0");
		fx_free(fx);
	}
}

/* kernel-semantics 20: with this monitor only notifications that are sent are counted. */
static void
test_notifications(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "num_grat_arp", "3");
	fx_start(fx, 2);
	net_wait(fx, 1001);
	net.cut[0] = TRUE;
	net_until_down(fx, 0, 1000);
	/* The peers hear of it before the first probe by the new port. */
	fx_assert_trace(fx, "notify,send p1", "notify p1; send p1 42");
	for (guint i = 2; i <= 5; i++) {
		net_wait(fx, 100);
		g_assert_cmpuint(fx->n_notified, ==, MIN(i, 3));
	}
	fx_free(fx);
}

/* --- The search for an active port --- */

/* kernel-semantics 72: one candidate each interval, the others are left alone; who answers first is it. */
static void
test_search(void)
{
	static const char *const states[] = {"down, going back, down", "down, going down, going back",
					     "going back, going down, going down"};
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 3);
	net_wait(fx, 1001);
	net.cut[0] = net.cut[1] = net.cut[2] = TRUE;
	while (!g_str_equal(fx_active(fx), "none"))
		net_wait(fx, 1);
	g_assert_false(fx->carrier);
	fx_assert_plan(fx, "drop; rx p1");
	memset(net.probes, 0, sizeof(net.probes));
	for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
		assert_links(fx, states[i]);
		for (guint n = 0; n < 3; n++) {
			gboolean candidate = n == (i + 1) % 3;

			g_assert_cmpint(port_is_active(fx_port(fx, n)), ==, candidate);
			g_assert_cmpint(port_is_inactive(fx_port(fx, n)), ==, !candidate);
		}
		net_wait(fx, 100);
	}
	g_assert_cmpuint(net.probes[0], ==, 1);
	g_assert_cmpuint(net.probes[1], ==, 1);
	g_assert_cmpuint(net.probes[2], ==, 1);
	net.cut[1] = FALSE;
	fx_clear(fx);
	net_wait(fx, 400);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_assert_trace(fx, "event active,carrier", "carrier on; event active none>p1 monitor");
	assert_links(fx, "going down, up, going down");
	net.cut[0] = FALSE;
	net_wait(fx, 400);
	assert_links(fx, "up, up, going down");
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_free(fx);
}

/* Devices that are down are not tried, and who is up without carrier loses its state. */
static void
test_search_skips(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "arp_missed_max", "1");
	fx_start(fx, 4);
	net_wait(fx, 1001);
	net_silence(&net);
	for (guint i = 0; i < 4; i++) {
		net.cut[i] = TRUE;
		if (i != 2)
			fx_admin(fx, i, FALSE);
	}
	while (!g_str_equal(fx_active(fx), "none"))
		net_wait(fx, 1);
	memset(net.probes, 0, sizeof(net.probes));
	net_wait(fx, 1000);
	for (guint i = 0; i < 4; i++)
		g_assert_cmpuint(port_link_failure_count(fx_port(fx, i)), ==, 1);
	g_assert_cmpuint(net.probes[1] + net.probes[3], ==, 0);
	g_assert_cmpuint(net.probes[2], ==, 10);
	g_assert_cmpstr(fx_active(fx), ==, "none");
	fx_admin(fx, 2, FALSE);
	memset(net.probes, 0, sizeof(net.probes));
	net_wait(fx, 1000);
	g_assert_cmpuint(net.probes[2], ==, 0);
	fx_free(fx);
}

/* kernel-semantics 74: while searching an answer to the candidate may come by any port. */
static void
test_search_answer_elsewhere(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);
	struct net_frame reply;
	struct net_frame request;

	fx_set(fx, "arp_validate", "all");
	fx_start(fx, 3);
	net_silence(&net);
	net_wait(fx, 2000);
	g_assert_cmpstr(fx_active(fx), ==, "none");
	request = net_arp(&net_broadcast, 1, TARGET, US);
	for (guint i = 0; i < 3; i++) {
		if (port_is_active(fx_port(fx, i)))
			continue;
		net_arrive(&net, i, &request);
		net_deliver(fx);
		net_wait(fx, 100);
		g_assert_cmpstr(fx_active(fx), ==, "none");
		break;
	}
	for (guint i = 0; i < 3; i++) {
		if (port_is_active(fx_port(fx, i)))
			continue;
		reply = net_arp(&fx->devices[i].mac, 2, TARGET, US);
		net_arrive(&net, i, &reply);
		net_deliver(fx);
		net_wait(fx, 100);
		g_assert_cmpstr(fx_active(fx), ==, fx->devices[i].name);
		/* Who was tried just then, is not any more. */
		for (guint n = 0; n < 3; n++)
			g_assert_cmpint(port_is_active(fx_port(fx, n)), ==, n == i);
		break;
	}
	fx_free(fx);
}

/* The candidate leaves: the search goes on among the rest. */
static void
test_search_candidate_leaves(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_start(fx, 3);
	net_silence(&net);
	net.cut[0] = net.cut[1] = net.cut[2] = TRUE;
	net_wait(fx, 1000);
	for (guint left = 3; left > 0; left--) {
		for (guint i = 0; i < 3; i++) {
			if (fx->devices[i].port == NULL || !port_is_active(fx_port(fx, i)))
				continue;
			if (left == 2)
				fx_gone(fx, i);
			else
				fx_remove(fx, i);
			break;
		}
		g_assert_cmpuint(bond_n_ports(fx->bond), ==, left - 1);
		net_wait(fx, 250);
	}
	fx_add(fx, 1);
	net.cut[1] = FALSE;
	net.answering[0] = TARGET;
	net_wait(fx, 500);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_free(fx);
}

/* --- The other modes --- */

/* kernel-semantics 73: each port asks for itself, and lives on what it hears itself. */
static void
test_load_balancing(gconstpointer mode)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, mode, TARGET);

	fx_start(fx, 3);
	net_wait(fx, 1000);
	for (guint i = 0; i < 3; i++)
		g_assert_cmpuint(net.probes[i], ==, 10);
	assert_links(fx, "up, up, up");
	net.cut[1] = TRUE;
	fx_clear(fx);
	g_assert_cmpuint(net_until_down(fx, 1, 1000), ==, 2 * INTERVAL + 1);
	fx_assert_trace(fx, "log,event link,event active,carrier",
			"log (slave p1): interface is now down; event link p1 down monitor");
	g_assert_true(port_is_inactive(fx_port(fx, 1)));
	g_assert_false(port_is_active(fx_port(fx, 1)));
	g_assert_false(bond_plan_receive(fx->plan, port_id(fx_port(fx, 1))));
	/* It goes on asking. */
	memset(net.probes, 0, sizeof(net.probes));
	net_wait(fx, 500);
	g_assert_cmpuint(net.probes[1], ==, 5);
	net.cut[1] = FALSE;
	fx_clear(fx);
	net_wait(fx, 250);
	assert_links(fx, "up, up, up");
	g_assert_true(port_is_active(fx_port(fx, 1)));
	fx_assert_trace(fx, "log", "log (slave p1): interface is now up");
	fx_free(fx);
}

/* kernel-semantics 73: it takes both, sending and hearing. */
static void
test_load_balancing_needs_both(gconstpointer mode)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, mode, TARGET);
	struct net_frame noise;

	fx_start(fx, 2);
	noise = net_data(&fx->devices[0].mac);
	net_wait(fx, 1000);
	/* A device that is down sends no probes. */
	fx_admin(fx, 0, FALSE);
	for (guint i = 0; i < 10; i++) {
		net_arrive(&net, 0, &noise);
		net_wait(fx, 50);
	}
	assert_links(fx, "down, up");
	fx_admin(fx, 0, TRUE);
	net_wait(fx, 250);
	assert_links(fx, "up, up");
	fx_free(fx);
}

/* Who is down needs news from the last interval, whatever may be missed by who is up. */
static void
test_load_balancing_comes_up(gconstpointer mode)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, mode, TARGET);

	fx_start(fx, 2);
	net_wait(fx, 1000);
	net.cut[0] = TRUE;
	net_until_down(fx, 0, 1000);
	fx_set(fx, "arp_missed_max", "20");
	net_wait(fx, 500);
	assert_links(fx, "down, up");
	fx_free(fx);
}

static void
test_load_balancing_all_down(gconstpointer mode)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, mode, TARGET);

	fx_start(fx, 2);
	net_wait(fx, 1000);
	net.cut[0] = net.cut[1] = TRUE;
	fx_clear(fx);
	net_wait(fx, 1000);
	assert_links(fx, "down, down");
	fx_assert_trace(fx, "carrier,log",
			"carrier off; log (slave p0): interface is now down; log (slave p1): interface is now down; "
			"log now running without any active interface!");
	fx_clear(fx);
	net.cut[1] = FALSE;
	net_wait(fx, 1000);
	assert_links(fx, "down, up");
	fx_assert_trace(fx, "carrier,log",
			"carrier on; log (slave p1): link status definitely up; log active interface up!");
	fx_free(fx);
}

static void
add_for_modes(const char *name, GTestDataFunc test)
{
	static const char *const modes[] = {"balance-rr", "balance-xor", "broadcast"};

	for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
		g_autofree char *path = g_strdup_printf("/arp-monitor/%s/%s", name, modes[i]);

		g_test_add_data_func(path, modes[i], test);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/arp-monitor/first-state", test_first_state);
	g_test_add_func("/arp-monitor/exclude-each-other", test_monitors_exclude_each_other);
	g_test_add_func("/arp-monitor/validate-is-reset", test_validate_is_reset);
	g_test_add_func("/arp-monitor/clock", test_clock);
	g_test_add_func("/arp-monitor/source-and-tags", test_source_and_tags);
	g_test_add_func("/arp-monitor/no-route", test_no_route);
	g_test_add_func("/arp-monitor/route-elsewhere", test_route_elsewhere);
	g_test_add_func("/arp-monitor/no-targets", test_no_targets);
	g_test_add_func("/arp-monitor/many-targets", test_many_targets);
	g_test_add_func("/arp-monitor/groups", test_groups);
	g_test_add_func("/arp-monitor/stamp-of-the-future", test_stamp_of_the_future);
	g_test_add_func("/arp-monitor/stamp-of-the-backup", test_stamp_of_a_backup);
	g_test_add_func("/arp-monitor/after-miimon", test_after_miimon);
	g_test_add_func("/arp-monitor/slack", test_slack);
	g_test_add_func("/arp-monitor/missed-max", test_missed_max);
	g_test_add_func("/arp-monitor/grace", test_grace);
	g_test_add_func("/arp-monitor/needs-tx", test_needs_tx);
	g_test_add_func("/arp-monitor/one-choice", test_one_choice);
	g_test_add_func("/arp-monitor/coming-back", test_coming_back);
	g_test_add_func("/arp-monitor/notifications", test_notifications);
	g_test_add_func("/arp-monitor/search/turns", test_search);
	g_test_add_func("/arp-monitor/search/skips", test_search_skips);
	g_test_add_func("/arp-monitor/search/answer-elsewhere", test_search_answer_elsewhere);
	g_test_add_func("/arp-monitor/search/candidate-leaves", test_search_candidate_leaves);
	add_for_modes("each-port", test_load_balancing);
	add_for_modes("needs-both", test_load_balancing_needs_both);
	add_for_modes("comes-up", test_load_balancing_comes_up);
	add_for_modes("all-down", test_load_balancing_all_down);
	return g_test_run();
}
