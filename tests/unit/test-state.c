/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond that is abandoned and goes on in another engine is the bond that it was, to its users and to its partner, and
 * nothing is asked of its devices for it.
 */
#include "lacp-net.h"

#include "engine/state.h"
#include "engine/status.h"
#include "service/state-text.h"

/* --- The same bond in another engine --- */

struct saved {
	struct state *state;
	struct state_bond *bond;
};

/* Through the text, as over a restart. */
static struct saved
save(struct fx *fx)
{
	struct state *state = state_new();
	struct state_bond *bond = state_add_bond(state);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	struct saved saved;

	bond_get_state(fx->bond, &bond->engine);
	for (guint i = 0; i < bond_n_ports(fx->bond); i++) {
		struct state_port port = {0};

		bond_get_port_state(bond_nth_port(fx->bond, i), &port.engine);
		g_array_append_val(bond->ports, port);
	}
	text = state_to_text(state);
	state_free(state);
	saved.state = state_from_text(text, strlen(text), &error);
	g_assert_no_error(error);
	g_assert_cmpuint(saved.state->bonds->len, ==, 1);
	saved.bond = g_ptr_array_index(saved.state->bonds, 0);
	return saved;
}

static void
adopt_device(struct fx *fx, const struct state_port *saved)
{
	struct bond_port *port;
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < FX_MAX_DEVICES; i++) {
		struct fx_device *device = &fx->devices[i];
		const struct bond_port_info info = {
		    .name = device->name,
		    .ifindex = device->ifindex,
		    .type = device->type,
		    .mac = device->mac,
		    .mtu = device->mtu,
		    .link = {device->up, device->up && device->carrier, device->speed, device->duplex},
		};

		if (device->ifindex != saved->engine.ifindex)
			continue;
		port = bond_adopt_port(fx->bond, &info, &saved->engine, fx->now, &error);
		g_assert_no_error(error);
		device->port = port;
		port_set_data(port, device);
	}
}

/* @away: what happens to the devices while nobody runs the bond. */
static void
restart_from(struct fx *fx, struct saved saved, void (*away)(struct fx *fx))
{
	gboolean up = bond_is_up(fx->bond);
	g_autoptr(GError) error = NULL;

	bond_abandon(fx->bond, fx->now);
	/* These go with the process; the service has its own account of the first. */
	for (guint i = 0; i < FX_MAX_DEVICES; i++) {
		fx->devices[i].promisc = FALSE;
		fx->devices[i].n_groups = 0;
	}
	fx_clear(fx);
	if (away != NULL)
		away(fx);
	fx->bond = bond_new(saved.bond->engine.name, fx_ops(), fx, &saved.bond->engine.random_mac);
	fx->n_plans = 0;
	g_assert_true(bond_adopt(fx->bond, &saved.bond->engine, &error));
	g_assert_no_error(error);
	for (guint i = 0; i < saved.bond->ports->len; i++)
		adopt_device(fx, &g_array_index(saved.bond->ports, struct state_port, i));
	bond_adopt_end(fx->bond, &saved.bond->engine, up, fx->now);
	fx_run(fx);
	state_free(saved.state);
}

static void
restart(struct fx *fx, void (*away)(struct fx *fx))
{
	restart_from(fx, save(fx), away);
}

static char *
proc_of(const struct fx *fx)
{
	return bond_status_proc(fx->bond, "v1");
}

/* --- All modes --- */

struct mode_case {
	const char *mode;
	const char *option;
	const char *value;
};

static const struct mode_case mode_cases[] = {
    {"balance-rr", "packets_per_slave", "3"},
    {"active-backup", "primary", "p1"},
    {"balance-xor", "xmit_hash_policy", "layer3+4"},
    {"broadcast", "resend_igmp", "7"},
    {"802.3ad", "lacp_rate", "fast"},
    {"balance-tlb", "lp_interval", "5"},
    {"balance-alb", "primary_reselect", "failure"},
};

static void
test_stays(gconstpointer data)
{
	const struct mode_case *c = data;
	struct fx *fx = fx_new("mode", c->mode, "miimon", "100", "updelay", "300", c->option, c->value, NULL);
	g_autofree char *proc = NULL;
	g_autofree char *plan = NULL;
	g_autofree char *proc_after = NULL;

	fx_start(fx, 3);
	fx_wait(fx, 5000);
	fx_set_port(fx, 1, "queue_id", "5");
	fx_carrier(fx, 0, FALSE);
	fx_wait(fx, 3000);
	proc = proc_of(fx);
	plan = fx_plan(fx);
	restart(fx, NULL);
	proc_after = proc_of(fx);
	g_assert_cmpstr(proc_after, ==, proc);
	fx_assert_plan(fx, plan);
	g_assert_cmpuint(port_queue_id(fx_port(fx, 1)), ==, 5);
	/* Nothing was asked of the devices, the carrier did not flap, nobody was told anything. */
	fx_assert_trace(fx, "mac,mtu,up,down,promisc,bond-mac,bond-mtu,carrier,notify,igmp,filters,active,link", "");
	/* It lives on. */
	fx_carrier(fx, 0, TRUE);
	fx_wait(fx, 5000);
	g_assert_cmpint(fx_link(fx, 0), ==, BOND_LINK_UP);
	fx_free(fx);
}

static void
pull_p0(struct fx *fx)
{
	fx->devices[0].carrier = FALSE;
}

/* What happened while nobody looked is found at once. */
static void
test_cut_while_away(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", NULL);

	fx_start(fx, 2);
	fx_wait(fx, 500);
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	restart(fx, pull_p0);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	g_assert_cmpuint(port_link_failure_count(fx_port(fx, 0)), ==, 1);
	g_assert_true(bond_has_carrier(fx->bond));
	g_assert_cmpuint(fx->n_notified, >, 0);
	fx_free(fx);
}

/* A bond's address that was set by hand, and a delay that runs. */
static void
test_address_and_delay(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "miimon", "100", "downdelay", "1000", NULL);
	const struct bond_mac mac = {{0x02, 9, 9, 9, 9, 9}};

	fx_start(fx, 2);
	g_assert_true(bond_set_mac(fx->bond, &mac, fx->now, NULL));
	fx_carrier(fx, 0, FALSE);
	fx_wait(fx, 400);
	restart(fx, NULL);
	g_assert_cmpuint(bond_get_mac_origin(fx->bond), ==, 3);
	fx_assert_mac(*bond_get_mac(fx->bond), mac);
	/* It begins anew. */
	fx_wait(fx, 900);
	g_assert_cmpstr(fx_active(fx), ==, "p0");
	fx_wait(fx, 200);
	g_assert_cmpstr(fx_active(fx), ==, "p1");
	fx_free(fx);
}

static void
test_arp_monitor(void)
{
	struct fx *fx = fx_new("mode", "active-backup", "arp_interval", "200", "arp_ip_target", "+10.0.0.1",
			       "arp_validate", "all", NULL);
	g_autofree char *proc = NULL;
	g_autofree char *after = NULL;

	g_assert_true(
	    bond_set_option(fx->bond, "ns_ip6_target", "2001:db8::1,2001:db8::2", BOND_SOURCE_NETLINK, fx->now, NULL));
	fx_start(fx, 2);
	fx_wait(fx, 50);
	proc = proc_of(fx);
	restart(fx, NULL);
	after = proc_of(fx);
	g_assert_cmpstr(after, ==, proc);
	fx_free(fx);
}

/* --- LACP --- */

static const char *const FAST[] = {"lacp_rate", "fast", NULL};
static const char *const SLOW[] = {NULL};

#define BOTH "hash p0 p1; rx p0 p1"

static void
test_partner_sees_nothing(gconstpointer settings)
{
	struct net *net = net_pair(settings, settings, 2, 130000);
	g_autofree char *proc = proc_of(net->sides[A]);
	g_autofree char *partner = proc_of(net->sides[B]);
	g_autofree char *after = NULL;
	g_autofree char *partner_after = NULL;

	fx_assert_plan(net->sides[A], BOTH);
	fx_clear(net->sides[B]);
	net->seen[A] = net->seen[B] = 0;
	net_stand_still(net, 1500);
	restart(net->sides[A], NULL);
	fx_assert_plan(net->sides[A], BOTH);
	after = proc_of(net->sides[A]);
	g_assert_cmpstr(after, ==, proc);
	net_wait(net, 100000);
	fx_assert_plan(net->sides[A], BOTH);
	partner_after = proc_of(net->sides[B]);
	g_assert_cmpstr(partner_after, ==, partner);
	/* Neither has ever said that it is defaulted or expired; the partner changed nothing. */
	g_assert_cmphex(net->seen[A] & (LACP_STATE_DEFAULTED | LACP_STATE_EXPIRED), ==, 0);
	g_assert_cmphex(net->seen[B] & (LACP_STATE_DEFAULTED | LACP_STATE_EXPIRED), ==, 0);
	fx_assert_trace(net->sides[B], "carrier,lacp,link", "");
	net_free(net);
}

/* The partner has given us up meanwhile: both find each other again. */
static void
test_partner_forgot(void)
{
	struct net *net = net_pair(FAST, FAST, 2, 5000);
	struct saved saved = save(net->sides[A]);

	fx_assert_plan(net->sides[A], BOTH);
	net_silence(net, A, 0, TRUE);
	net_silence(net, A, 1, TRUE);
	net_wait(net, 10000);
	net_silence(net, A, 0, FALSE);
	net_silence(net, A, 1, FALSE);
	restart_from(net->sides[A], saved, NULL);
	/* It believes for a moment that all is as it was. */
	net_wait(net, 1000);
	net_wait_plan(net, BOTH, 10000);
	net_wait(net, 1000);
	fx_assert_plan(net->sides[B], BOTH);
	net_free(net);
}

/* --- What cannot be --- */

static struct state *
read_text(const char *text, gsize len)
{
	g_autoptr(GError) error = NULL;
	struct state *state = state_from_text(text, len, &error);

	g_assert_true((state == NULL) == (error != NULL));
	return state;
}

static char *
some_text(void)
{
	struct net *net = net_pair(FAST, FAST, 2, 5000);
	struct saved saved = save(net->sides[A]);
	char *text = state_to_text(saved.state);

	state_free(saved.state);
	net_free(net);
	return text;
}

static void
test_cut_off(void)
{
	g_autofree char *text = some_text();
	gsize len = strlen(text);

	/* The last is a newline, before it the number of bonds. */
	for (gsize i = 0; i + 2 <= len; i += 1 + i / 64)
		g_assert_null(read_text(text, i));
	g_assert_null(read_text(text, len - 2));
}

static void
test_other_versions(void)
{
	g_autofree char *text = some_text();
	g_autoptr(GString) changed = g_string_new(text);
	struct state *state;

	g_string_replace(changed, "[bond 0]\n", "[bond 0]\nflux-capacitor=1.21 GW\noption.warp=9\n", 1);
	g_string_replace(changed, "[end]", "[plugin of tomorrow]\nx=y\n[end]", 1);
	g_string_replace(changed, "version=1", "version=7", 1);
	g_string_replace(changed, "option.lacp_rate=fast", "option.lacp_rate=ludicrous", 1);
	g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*lacp_rate=ludicrous*default*");
	state = read_text(changed->str, changed->len);
	g_test_assert_expected_messages();
	g_assert_nonnull(state);
	g_assert_cmpuint(((struct state_bond *) g_ptr_array_index(state->bonds, 0))->ports->len, ==, 2);
	state_free(state);
}

static void
test_impossible(void)
{
	static const struct {
		const char *good;
		const char *bad;
	} cases[] = {
	    {"mtu=1500", "mtu=1500000"},
	    {"carrier=true", "carrier=perhaps"},
	    {"address-origin=2", "address-origin=9"},
	    {"name=bond0", "name=../../x"},
	    {"name=p0", "name=a b"},
	    {"actor-state=", "actor-state=9"},
	    {"ifindex=", "ifindex=99999999999"},
	    {"bonds=1", "bonds=2"},
	    {"bonds=1", "bonds=-1"},
	    {"mux-state=", "mux-state=x"},
	};
	g_autofree char *text = some_text();

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) changed = g_string_new(text);

		g_assert_cmpuint(g_string_replace(changed, cases[i].good, cases[i].bad, 1), ==, 1);
		g_assert_null(read_text(changed->str, changed->len));
	}
}

static void
adopt_whatever(struct fx *fx, const struct state_bond *bond)
{
	if (!bond_adopt(fx->bond, &bond->engine, NULL))
		return;
	for (guint i = 0; i < bond->ports->len; i++) {
		const struct state_port *port = &g_array_index(bond->ports, struct state_port, i);
		const struct bond_port_info info = {
		    .name = port->engine.name,
		    .ifindex = port->engine.ifindex,
		    .type = 1,
		    .mac = port->mac,
		    .mtu = 1500,
		    .link = {TRUE, TRUE, 1000, BOND_DUPLEX_FULL},
		};

		bond_adopt_port(fx->bond, &info, &port->engine, fx->now, NULL);
	}
	bond_adopt_end(fx->bond, &bond->engine, TRUE, fx->now);
	for (guint i = 0; i < 20; i++) {
		fx->now += 300 * BOND_MSEC;
		bond_run(fx->bond, fx->now);
	}
}

static void
try_text(const char *text, gsize len)
{
	static const struct bond_ops nothing;
	struct state *state = state_from_text(text, len, NULL);
	struct fx *fx = fx_new("miimon", "100", NULL);
	struct bond *kept = fx->bond;

	if (state != NULL && state->bonds->len > 0) {
		fx->bond = bond_new("bond0", &nothing, fx, &fx->mac);
		adopt_whatever(fx, g_ptr_array_index(state->bonds, 0));
		bond_abandon(fx->bond, fx->now);
		fx->bond = kept;
	}
	if (state != NULL)
		state_free(state);
	fx_free(fx);
}

static void
ignore(const char *domain, GLogLevelFlags level, const char *message, gpointer user)
{
}

/* Whatever is in the file, an engine takes it or refuses it, and lives. */
static void
test_random_damage(void)
{
	g_autofree char *text = some_text();
	gsize len = strlen(text);

	/* What it makes of strange options it says. */
	g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
	g_log_set_handler(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, ignore, NULL);
	for (guint round = 0; round < 1000; round++) {
		g_autofree char *damaged = g_strdup(text);

		for (guint n = (guint) g_test_rand_int_range(1, 6); n > 0; n--)
			damaged[g_test_rand_int_range(0, (gint32) len)] = (char) g_test_rand_int_range('\n', 'z');
		try_text(damaged, len);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(mode_cases); i++) {
		g_autofree char *path = g_strconcat("/state/stays/", mode_cases[i].mode, NULL);

		g_test_add_data_func(path, &mode_cases[i], test_stays);
	}
	g_test_add_func("/state/cut-while-away", test_cut_while_away);
	g_test_add_func("/state/address-and-delay", test_address_and_delay);
	g_test_add_func("/state/arp-monitor", test_arp_monitor);
	g_test_add_data_func("/state/lacp/partner-sees-nothing/fast", FAST, test_partner_sees_nothing);
	g_test_add_data_func("/state/lacp/partner-sees-nothing/slow", SLOW, test_partner_sees_nothing);
	g_test_add_func("/state/lacp/partner-forgot", test_partner_forgot);
	g_test_add_func("/state/text/cut-off", test_cut_off);
	g_test_add_func("/state/text/other-versions", test_other_versions);
	g_test_add_func("/state/text/impossible", test_impossible);
	g_test_add_func("/state/text/random-damage", test_random_damage);
	return g_test_run();
}
