/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What counts as a sign of life for the ARP and NS monitor.
 * Numbers are those of the list of traps that a copy of the kernel's driver falls into ("kernel-semantics N").
 */
#include "arp-network.h"

#include "engine/wire.h"

/* Nothing is copied or noted that nobody asks for. */
static void
test_plan_control(void)
{
	enum {
		RX = BOND_PLAN_STAMP_RX,
		STAMP = BOND_PLAN_STAMP_ARP,
		ARP = BOND_PLAN_COPY_ARP,
		ND = BOND_PLAN_COPY_ND,
	};
	static const struct {
		const char *validate;
		guint with_arp, with_ns, with_none;
	} cases[] = {
	    {"none", RX, RX, RX},
	    {"active", RX | ARP, RX | ND, RX},
	    {"backup", RX | ARP, RX | ND, RX},
	    {"all", ARP, ND, 0},
	    {"filter", STAMP, STAMP, STAMP},
	    {"filter_active", STAMP | ARP, STAMP | ND, STAMP},
	    {"filter_backup", STAMP | ARP, STAMP | ND, STAMP},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct network net;
		struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

		fx_set(fx, "arp_validate", cases[i].validate);
		fx_add(fx, 0);
		g_assert_cmpuint(fx->plan->control, ==, 0);
		fx_up(fx, TRUE);
		g_assert_cmpuint(fx->plan->control, ==, cases[i].with_arp);
		net_set(fx, "arp_ip_target", "");
		g_assert_cmpuint(fx->plan->control, ==, cases[i].with_none);
		net_set(fx, "ns_ip6_target", TARGET6);
		g_assert_cmpuint(fx->plan->control, ==, cases[i].with_ns);
		fx_set(fx, "arp_interval", "0");
		g_assert_cmpuint(fx->plan->control, ==, 0);
		fx_set(fx, "arp_interval", "100");
		g_assert_cmpuint(fx->plan->control, ==, cases[i].with_ns);
		fx_set(fx, "miimon", "100");
		g_assert_cmpuint(fx->plan->control, ==, 0);
		fx_free(fx);
	}
}

/* --- What counts --- */

/* Whether p@judged stays up for a second of nothing but frames of @kind. In between p0 gets its answers. */
static gboolean
stays_up(const char *validate, guint judged, enum net_kind kind, gboolean ipv6)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", ipv6 ? TARGET6 : TARGET);
	gboolean up = TRUE;

	net_silence(&net);
	net.cut[0] = TRUE;
	fx_set(fx, "arp_validate", validate);
	fx_start(fx, 2);
	for (guint i = 0; i < 20; i++) {
		struct net_frame good = net_make(fx, 0, NET_ANSWER, ipv6);
		struct net_frame frame = net_make(fx, judged, kind, ipv6);

		if (judged != 0)
			net_arrive(&net, 0, &good);
		net_arrive(&net, judged, &frame);
		net_wait(fx, 50);
		up = up && fx_link(fx, judged) == BOND_LINK_UP;
	}
	fx_free(fx);
	return up;
}

/* kernel-semantics 74, 75 */
static void
test_validate(gconstpointer user)
{
	static const struct {
		const char *validate;
		const char *active; /* which kinds count on the active port: data, foreign, answer, question */
		const char *backup;
	} cases[] = {
	    {"none", "dfaq", "dfaq"}, {"active", "a", "dfaq"},	     {"backup", "dfaq", "q"},	    {"all", "a", "q"},
	    {"filter", "faq", "faq"}, {"filter_active", "a", "faq"}, {"filter_backup", "faq", "q"},
	};
	gboolean ipv6 = GPOINTER_TO_INT(user);

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (enum net_kind kind = 0; kind < NET_N_KINDS; kind++) {
			char letter = "dfaq"[kind];

			g_test_message("arp_validate %s, kind %c", cases[i].validate, letter);
			g_assert_cmpint(stays_up(cases[i].validate, 0, kind, ipv6), ==,
					strchr(cases[i].active, letter) != NULL);
			g_assert_cmpint(stays_up(cases[i].validate, 1, kind, ipv6), ==,
					strchr(cases[i].backup, letter) != NULL);
		}
	}
}

/* Whether the active port lives on such frames, all answers being checked. */
static gboolean
lives_on(const struct net_frame *frame, gboolean ipv6)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", ipv6 ? TARGET6 : TARGET);
	gboolean up;

	net_silence(&net);
	fx_set(fx, "arp_validate", "all");
	fx_start(fx, 1);
	for (guint i = 0; i < 20; i++) {
		net_arrive(&net, 0, frame);
		net_wait(fx, 50);
	}
	up = fx_link(fx, 0) == BOND_LINK_UP && port_link_failure_count(fx_port(fx, 0)) == 0;
	fx_free(fx);
	return up;
}

/* kernel-semantics 74: what a target says to us, and nothing else. */
static void
test_validate_details(void)
{
	static const struct bond_mac own = {{0x02, 0, 0, 0, 0, 0x01}};
	static const struct bond_mac other = {{0x02, 0, 0, 0, 0, 0x77}};
	static const struct bond_mac all_nodes = {{0x33, 0x33, 0, 0, 0, 1}};
	struct net_frame broken = net_arp(&own, 2, TARGET, US);
	const struct {
		struct net_frame frame;
		gboolean ipv6;
		gboolean good;
	} cases[] = {
	    {net_arp(&own, 2, TARGET, US), FALSE, TRUE},
	    {net_arp(&net_broadcast, 1, TARGET, US), FALSE, TRUE}, /* it asks us: it is there */
	    {net_arp(&other, 2, TARGET, US), FALSE, FALSE},	   /* the switch floods what is for somebody else */
	    {net_arp(&own, 2, TARGET, STRANGER), FALSE, FALSE},	   /* not ours */
	    {net_arp(&own, 2, "0.0.0.0", US), FALSE, FALSE},
	    {net_nd(&own, 136, TARGET6, US6), TRUE, TRUE},
	    {net_nd(&all_nodes, 136, TARGET6, ALL_NODES6), TRUE, TRUE},
	    {net_nd(&own, 136, "ff02::1:ff00:fe", US6), TRUE, TRUE}, /* by its solicited-node address */
	    {net_nd(&other, 136, TARGET6, US6), TRUE, FALSE},
	    {net_nd(&own, 136, "::", US6), TRUE, FALSE},
	    {net_nd(&own, 136, TARGET6, STRANGER6), TRUE, FALSE},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("case %u", i);
		g_assert_cmpint(lives_on(&cases[i].frame, cases[i].ipv6), ==, cases[i].good);
	}
	broken.len -= 1;
	g_assert_false(lives_on(&broken, FALSE));
}

/* kernel-semantics 74: the questions of an active port that hears no answers prove nothing to the backups. */
static void
test_backup_needs_active_to_hear(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	net_silence(&net);
	fx_set(fx, "arp_validate", "all");
	fx_start(fx, 2);
	/* p0 asks, p1 hears it, and that is all. */
	net_wait(fx, 400);
	for (guint i = 0; i < 2; i++)
		g_assert_cmpuint(port_link_failure_count(fx_port(fx, i)), ==, 1);
	g_assert_cmpstr(fx_active(fx), ==, "none");
	fx_free(fx);
}

/* --- Targets --- */

/* kernel-semantics 76 */
static void
test_all_targets(void)
{
	static const struct {
		const char *all_targets;
		const char *validate;
		gboolean up;
	} cases[] = {
	    {"any", "all", TRUE},
	    {"all", "all", FALSE},
	    {"all", "active", FALSE},
	    {"all", "none", TRUE}, /* nobody looks who said something */
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct network net;
		struct fx *fx = net_monitoring(&net, "active-backup", TARGET "," TARGET2);

		fx_set(fx, "arp_validate", cases[i].validate);
		fx_set(fx, "arp_all_targets", cases[i].all_targets);
		net.answering[1] = TARGET2;
		fx_start(fx, 1);
		net_wait(fx, 1001);
		g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
		g_assert_cmpuint(port_link_failure_count(fx_port(fx, 0)), ==, 0);
		net.answering[1] = NULL;
		net_wait(fx, 290);
		g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
		net_wait(fx, 20);
		g_assert_cmpint(port_link_failure_count(fx_port(fx, 0)) == 0, ==, cases[i].up);
		fx_free(fx);
	}
}

/* kernel-semantics 76: whoever stands behind a removed target keeps its own time. */
static void
test_target_removed(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", STRANGER "," TARGET "," TARGET2);

	fx_set(fx, "arp_validate", "all");
	fx_set(fx, "arp_all_targets", "all");
	net.answering[1] = TARGET2;
	fx_start(fx, 1);
	/* The stranger's silence brings it down; without him both of the rest are heard. */
	net_wait(fx, 550);
	g_assert_cmpint(fx_link(fx, 0), !=, BOND_LINK_UP);
	fx_set(fx, "arp_ip_target", "-" STRANGER);
	net_wait(fx, 100);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	net_wait(fx, 1000);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	/* And the times did not get mixed up: silence of either is noticed. */
	net.answering[1] = NULL;
	net_wait(fx, 400);
	g_assert_cmpint(fx_link(fx, 0), !=, BOND_LINK_UP);
	fx_free(fx);
}

/* A target that was just added counts as heard: it has not been asked yet. */
static void
test_target_added(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);

	fx_set(fx, "arp_validate", "all");
	fx_set(fx, "arp_all_targets", "all");
	fx_start(fx, 1);
	net_wait(fx, 1001);
	fx_set(fx, "arp_ip_target", "+" STRANGER);
	net_wait(fx, 250);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	net_wait(fx, 100);
	g_assert_cmpuint(port_link_failure_count(fx_port(fx, 0)), ==, 1);
	fx_free(fx);
}

/* --- The other modes --- */

/* kernel-semantics 73 and 75: with arp_validate or its filter not any frame will do here either. */
static void
test_load_balancing_validate(gconstpointer mode)
{
	static const struct {
		const char *validate;
		const char *kinds; /* that keep a port alive */
	} cases[] = {{"none", "dfaq"}, {"active", "a"}, {"all", "a"}, {"filter", "faq"}, {"backup", "dfaq"}};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (enum net_kind kind = 0; kind < NET_N_KINDS; kind++) {
			struct network net;
			struct fx *fx = net_monitoring(&net, mode, TARGET);
			char letter = "dfaq"[kind];

			net_silence(&net);
			fx_set(fx, "arp_validate", cases[i].validate);
			fx_start(fx, 1);
			for (guint n = 0; n < 20; n++) {
				struct net_frame frame = net_make(fx, 0, kind, FALSE);

				net_arrive(&net, 0, &frame);
				net_wait(fx, 50);
			}
			g_test_message("arp_validate %s, kind %c", cases[i].validate, letter);
			g_assert_cmpint(port_link_failure_count(fx_port(fx, 0)) == 0, ==,
					strchr(cases[i].kinds, letter) != NULL);
			fx_free(fx);
		}
	}
}

/* --- Nothing from outside hurts --- */

static void
test_frames_when_nobody_asks(void)
{
	struct network net;
	struct fx *fx = net_monitoring(&net, "active-backup", TARGET);
	struct net_frame frame = net_arp(&net_broadcast, 2, TARGET, US);

	fx_set(fx, "arp_interval", "0");
	fx_add(fx, 0);
	fx_receive(fx, 0, frame.b, frame.len);
	fx_up(fx, TRUE);
	fx_receive(fx, 0, frame.b, frame.len);
	fx_set(fx, "arp_validate", "all");
	fx_set(fx, "arp_interval", "100");
	for (gsize len = 0; len <= frame.len; len++)
		fx_receive(fx, 0, frame.b, len);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	fx_free(fx);
}

static void
add_for_modes(const char *name, GTestDataFunc test)
{
	static const char *const modes[] = {"balance-rr", "balance-xor", "broadcast"};

	for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
		g_autofree char *path = g_strdup_printf("/arp-validate/%s/%s", name, modes[i]);

		g_test_add_data_func(path, modes[i], test);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/arp-validate/plan-control", test_plan_control);
	g_test_add_data_func("/arp-validate/arp", GINT_TO_POINTER(FALSE), test_validate);
	g_test_add_data_func("/arp-validate/nd", GINT_TO_POINTER(TRUE), test_validate);
	g_test_add_func("/arp-validate/details", test_validate_details);
	g_test_add_func("/arp-validate/backup-needs-active", test_backup_needs_active_to_hear);
	g_test_add_func("/arp-validate/all-targets", test_all_targets);
	g_test_add_func("/arp-validate/target-removed", test_target_removed);
	g_test_add_func("/arp-validate/target-added", test_target_added);
	add_for_modes("validate", test_load_balancing_validate);
	g_test_add_func("/arp-validate/frames-when-nobody-asks", test_frames_when_nobody_asks);
	return g_test_run();
}
