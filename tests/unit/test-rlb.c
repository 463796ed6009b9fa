/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receive load balancing of balance-alb, in virtual time. The host is 192.0.2.1, its bond's address 00:01, ports have
 * 00:01, 00:02, …; a client's address and MAC end with the same number. Numbers in comments are those of the list of
 * traps that a copy of the kernel's driver falls into. */
#include "balance-fixture.h"

static struct fx *
rlb_new_fixture(guint n)
{
	/* No learning frames in between. */
	return balance_new("balance-alb", "lp_interval", "100000", n);
}

/* Updates that came within @ms. */
#define assert_sent_after(fx, ms, expected)                                                                            \
	do {                                                                                                           \
		fx_wait(fx, ms);                                                                                       \
		assert_sent(fx, expected);                                                                             \
	} while (0)

/* --- What the host sends --- */

/* kernel-semantics 43: a reply goes by the client's port and tells its address; clients take turns. The first update
 * follows at the next tick. */
static void
test_replies(void)
{
	struct fx *fx = rlb_new_fixture(3);

	host_replies(fx, 0x10);
	assert_sent(fx, "p0 reply 1=00:01 to 16=00:10");
	host_replies(fx, 0x11);
	assert_sent(fx, "p1 reply 1=00:02 to 17=00:11");
	host_replies(fx, 0x12);
	host_replies(fx, 0x13);
	assert_sent(fx, "p2 reply 1=00:03 to 18=00:12; p0 reply 1=00:01 to 19=00:13");
	/* The same client keeps its port. */
	host_replies(fx, 0x11);
	assert_sent(fx, "p1 reply 1=00:02 to 17=00:11");
	/* The newest first, two each. */
	assert_sent_after(fx, 100,
			  "p0 reply 1=00:01 to 19=00:13; p0 reply 1=00:01 to 19=00:13; "
			  "p2 reply 1=00:03 to 18=00:12; p2 reply 1=00:03 to 18=00:12; "
			  "p1 reply 1=00:02 to 17=00:11; p1 reply 1=00:02 to 17=00:11; "
			  "p0 reply 1=00:01 to 16=00:10; p0 reply 1=00:01 to 16=00:10");
	assert_sent_after(fx, 60000, "");
	balance_free(fx);
}

/* kernel-semantics 43: a request leaves by the port that the client will get, with that port's Ethernet address; what it
 * says of the host is the bond's. The reply brings the client's address, and the client is told after two seconds. */
static void
test_request(void)
{
	struct fx *fx = rlb_new_fixture(2);
	g_autofree char *times = NULL;

	host_asks(fx, 0x10);
	host_asks(fx, 0x11);
	assert_sent(fx, "p0 request 1=00:01 to 16=00:00 for ff:ff; "
			"p1 request 1=00:01 to 17=00:00 from 00:02 for ff:ff");
	assert_sent_after(fx, 5000, "");
	host_asks(fx, 0x11);
	clear_sent(fx);
	client_replies(fx, 0, 0x11);
	assert_sent(fx, "");
	times = sending_times(fx, 4000);
	/* 20 ticks of delay, then the tick itself. */
	g_assert_cmpstr(times, ==, "2100");
	balance_free(fx);
}

static void
test_request_update(void)
{
	struct fx *fx = rlb_new_fixture(2);

	host_asks(fx, 0x10);
	host_asks(fx, 0x11);
	client_replies(fx, 0, 0x11);
	clear_sent(fx);
	assert_sent_after(fx, 2100, "p1 reply 1=00:02 to 17=00:11; p1 reply 1=00:02 to 17=00:11");
	/* What is known already changes nothing. */
	client_replies(fx, 0, 0x11);
	assert_sent_after(fx, 5000, "");
	balance_free(fx);
}

/* kernel-semantics 43: a request pulls all clients of that host address to the current port; they are told again. */
static void
test_request_pulls_subnet(void)
{
	struct fx *fx = rlb_new_fixture(2);

	host_replies(fx, 0x10); /* at p0: knows the bond's address anyway */
	host_replies(fx, 0x11); /* at p1 */
	fx_wait(fx, 5000);
	clear_sent(fx);
	host_asks(fx, 0x20);
	clear_sent(fx);
	assert_sent_after(fx, 1900, "");
	assert_sent_after(fx, 300, "p1 reply 1=00:02 to 17=00:11; p1 reply 1=00:02 to 17=00:11");
	/* That of another address of the host does not. */
	host_sends_arp(fx, (struct arp_spec){1, fx_mac(1), 2, NOBODY, 0x21});
	clear_sent(fx);
	assert_sent_after(fx, 5000, "");
	balance_free(fx);
}

/* kernel-semantics 43: ARP of others (a bridge above, guests) passes as it is, by the current port. */
static void
test_foreign_sender(void)
{
	struct fx *fx = rlb_new_fixture(2);

	host_replies(fx, 0x10);
	clear_sent(fx);
	host_sends_arp(fx, (struct arp_spec){2, fx_mac(0x77), 7, fx_mac(0x11), 0x11});
	assert_sent(fx, "p0 reply 7=00:77 to 17=00:11");
	host_sends_arp(fx, (struct arp_spec){1, fx_mac(0x77), 7, NOBODY, 0x11});
	assert_sent(fx, "p0 request 7=00:77 to 17=00:00 for ff:ff");
	balance_free(fx);
}

static gboolean
second_is_bridged(struct fx *fx, const struct bond_mac *mac, const struct bond_ip *ip)
{
	return !ip->is_ipv6 && ip->bytes[0] == 192 && ip->bytes[3] == 2;
}

static void
test_bridge(void)
{
	struct fx *fx = rlb_new_fixture(2);

	fx->on_is_bridged = second_is_bridged;
	host_replies(fx, 0x10);
	host_sends_arp(fx, (struct arp_spec){2, fx_mac(1), 2, fx_mac(0x11), 0x11});
	assert_sent(fx, "p0 reply 1=00:01 to 16=00:10; p0 reply 2=00:01 to 17=00:11");
	balance_free(fx);
}

/* Other operations are sent by the current port and noted nowhere. */
static void
test_other_operation(void)
{
	struct fx *fx = rlb_new_fixture(2);

	host_replies(fx, 0x10);
	clear_sent(fx);
	host_sends_arp(fx, (struct arp_spec){8, fx_mac(1), 1, fx_mac(0x11), 0x11});
	assert_sent(fx, "p0 request 1=00:01 to 17=00:11");
	assert_sent_after(fx, 100, "p0 reply 1=00:01 to 16=00:10; p0 reply 1=00:01 to 16=00:10");
	balance_free(fx);
}

/* kernel-semantics 44: the entry is the exclusive or of the client's address; who is pushed out goes to the current
 * port, and is told at once. */
static void
test_collision(void)
{
	struct fx *fx = rlb_new_fixture(2);
	struct arp_spec other = {2, fx_mac(1), 1, fx_mac(0x22), 0x10};
	g_autoptr(GByteArray) f = frame_arp(&other);

	host_replies(fx, 0x0f);
	host_replies(fx, 0x10); /* at p1 */
	fx_wait(fx, 100);
	clear_sent(fx);
	/* 192.2.0.16 falls on the same place. */
	f->data[14 + 25] = 2;
	f->data[14 + 26] = 0;
	bond_transmit_frame(fx->bond, f->data, f->len, fx->now);
	assert_sent(fx, "p0 reply 1=00:01 to 16=00:10; p0 reply 1=00:01 to 16=00:10; p0 reply 1=00:01 to 16=00:22");
	/* The old one is forgotten. */
	fx_wait(fx, 5000);
	clear_sent(fx);
	fx_carrier(fx, 0, FALSE);
	clear_sent(fx);
	fx_wait(fx, 2200);
	g_assert_null(strstr(((GString *) fx->network)->str, "to 16=00:10"));
	g_assert_nonnull(strstr(((GString *) fx->network)->str, "to 16=00:22"));
	balance_free(fx);
}

/* kernel-semantics 44: the VLAN is stored, and updates carry it; without the VLAN there is no client. */
static void
test_vlan(void)
{
	struct fx *fx = rlb_new_fixture(2);

	fx->uppers[0] = (struct bond_upper){.tag = {WIRE_8021Q, 5}, .mac = fx_mac(1)};
	fx->n_uppers = 1;
	host_replies(fx, 0x10);
	host_sends_arp(fx, (struct arp_spec){2, fx_mac(1), 1, fx_mac(0x11), 0x11, 5});
	assert_sent(fx, "p0 reply 1=00:01 to 16=00:10; p1 reply 1=00:02 to 17=00:11 vlan 5");
	assert_sent_after(fx, 100,
			  "p1 reply 1=00:02 to 17=00:11 vlan 5; p1 reply 1=00:02 to 17=00:11 vlan 5; "
			  "p0 reply 1=00:01 to 16=00:10; p0 reply 1=00:01 to 16=00:10");
	fx->n_uppers = 0;
	fx_carrier(fx, 1, FALSE);
	clear_sent(fx);
	assert_sent_after(fx, 10000, "");
	balance_free(fx);
}

/* A port that is just failing (downdelay) hears no answers: the current one asks, with the bond's own address. */
static void
test_failing_port(void)
{
	struct fx *fx = balance_new("balance-alb", "downdelay", "1000", 2);

	host_replies(fx, 0x10);
	host_replies(fx, 0x11);
	fx_carrier(fx, 1, FALSE);
	clear_sent(fx);
	host_replies(fx, 0x11);
	assert_sent(fx, "p0 reply 1=00:01 to 17=00:11");
	balance_free(fx);
}

/* The fastest ports only. */
static void
test_speed(void)
{
	struct fx *fx = fx_new("mode", "balance-alb", "lp_interval", "100000", NULL);

	fx->network = g_string_new(NULL);
	fx->on_send = note_frame;
	fx->devices[1].speed = 100;
	fx_start(fx, 3);
	clear_sent(fx);
	for (guint i = 0; i < 4; i++)
		host_replies(fx, 0x10 + i);
	assert_sent(fx, "p0 reply 1=00:01 to 16=00:10; p2 reply 1=00:03 to 17=00:11; "
			"p0 reply 1=00:01 to 18=00:12; p2 reply 1=00:03 to 19=00:13");
	balance_free(fx);
}

/* --- What comes from the wire --- */

/* kernel-semantics 44: another host has an address of ours now: we tell nobody of it any more. */
static void
test_purge(void)
{
	struct fx *fx = rlb_new_fixture(2);

	host_replies(fx, 0x10);
	host_replies(fx, 0x11);
	host_sends_arp(fx, (struct arp_spec){2, fx_mac(1), 2, fx_mac(0x12), 0x12});
	fx_wait(fx, 5000);
	clear_sent(fx);
	/* Our own request comes back from the switch: no purge. */
	port_receives_arp(fx, 1, (struct arp_spec){1, fx_mac(1), 1, NOBODY, 0x20});
	fx_set(fx, "active_slave", "p1");
	fx_wait(fx, 2200);
	g_assert_nonnull(strstr(((GString *) fx->network)->str, "1=00:02 to 16=00:10"));
	fx_wait(fx, 20000);
	clear_sent(fx);
	port_receives_arp(fx, 1, (struct arp_spec){1, fx_mac(0x99), 1, NOBODY, 0x20});
	fx_set(fx, "active_slave", "p0");
	clear_sent(fx);
	fx_wait(fx, 2200);
	g_assert_null(strstr(((GString *) fx->network)->str, " 1="));
	g_assert_nonnull(strstr(((GString *) fx->network)->str, " 2="));
	balance_free(fx);
}

/* 27: a reply counts on whatever port it comes in; one that nobody asked for is not believed. */
static void
test_reply_elsewhere(void)
{
	struct fx *fx = rlb_new_fixture(2);

	host_asks(fx, 0x10);
	clear_sent(fx);
	client_replies(fx, 1, 0x20);
	port_receives_arp(fx, 1, (struct arp_spec){2, fx_mac(0x10), 0x10, fx_mac(1), 9});
	assert_sent_after(fx, 5000, "");
	client_replies(fx, 1, 0x10);
	fx_wait(fx, 5000);
	assert_sent(fx, "p0 reply 1=00:01 to 16=00:10; p0 reply 1=00:01 to 16=00:10");
	balance_free(fx);
}

/* Nonsense is sent on as it is, and not learned from. */
static void
test_malformed(void)
{
	struct fx *fx = rlb_new_fixture(2);
	struct arp_spec spec = {2, fx_mac(1), 1, fx_mac(0x10), 0x10};

	for (gsize len = 0; len < 42; len++) {
		g_autoptr(GByteArray) f = frame_arp(&spec);
		g_autofree guint8 *cut = g_memdup2(f->data, len);

		bond_transmit_frame(fx->bond, cut, len, fx->now);
		fx_receive(fx, 1, cut, len);
	}
	for (gsize at = 14; at < 20; at++) {
		g_autoptr(GByteArray) f = frame_arp(&spec);

		f->data[at] ^= 0x40;
		bond_transmit_frame(fx->bond, f->data, f->len, fx->now);
		fx_receive(fx, 1, f->data, f->len);
	}
	/* All that had an Ethernet header left by the current port; nobody was noted. */
	g_assert_null(strstr(((GString *) fx->network)->str, "p1"));
	clear_sent(fx);
	assert_sent_after(fx, 5000, "");
	balance_free(fx);
}

/* --- Ports come and go (45) --- */

/* Its clients get other ports and are told by them: two ARPs each, and three times more. There was an update before: the
 * delay after it counts, as in the kernel, only while there is another to come. */
static void
test_port_lost(void)
{
	struct fx *fx = rlb_new_fixture(3);
	g_autofree char *times = NULL;

	for (guint i = 0; i < 3; i++)
		host_replies(fx, 0x10 + i);
	fx_wait(fx, 10000);
	clear_sent(fx);
	fx_carrier(fx, 1, FALSE);
	assert_sent(fx, "p0 learn 00:02");
	assert_sent_after(fx, 2100, "p0 reply 1=00:01 to 17=00:11; p0 reply 1=00:01 to 17=00:11");
	times = sending_times(fx, 20000);
	g_assert_cmpstr(times, ==, "2100 4200 6300");
	balance_free(fx);
}

/* The current one: its client gets the next; the address moves, so those of the new current one are told, too. */
static void
test_current_lost(void)
{
	struct fx *fx = rlb_new_fixture(2);

	host_replies(fx, 0x10);
	host_replies(fx, 0x11);
	fx_wait(fx, 10000);
	clear_sent(fx);
	fx_carrier(fx, 0, FALSE);
	assert_sent(fx, "p1 learn 00:01; p1 learn 00:02");
	assert_sent_after(fx, 2100,
			  "p1 reply 1=00:01 to 17=00:11; p1 reply 1=00:01 to 17=00:11; "
			  "p1 reply 1=00:01 to 16=00:10; p1 reply 1=00:01 to 16=00:10");
	balance_free(fx);
}

/* A port that comes back takes its part of the clients at the next tick. */
static void
test_port_back(void)
{
	struct fx *fx = rlb_new_fixture(2);

	fx_carrier(fx, 1, FALSE);
	for (guint i = 0; i < 4; i++)
		host_replies(fx, 0x10 + i);
	fx_wait(fx, 20000);
	clear_sent(fx);
	fx_carrier(fx, 1, TRUE);
	assert_sent(fx, "");
	assert_sent_after(fx, 2200,
			  "p1 reply 1=00:02 to 19=00:13; p1 reply 1=00:02 to 19=00:13; "
			  "p1 reply 1=00:02 to 17=00:11; p1 reply 1=00:02 to 17=00:11");
	balance_free(fx);
}

static void
test_new_port(void)
{
	struct fx *fx = rlb_new_fixture(1);

	host_replies(fx, 0x10);
	host_replies(fx, 0x11);
	fx_wait(fx, 5000);
	clear_sent(fx);
	fx_add(fx, 1);
	clear_sent(fx);
	assert_sent_after(fx, 2250, "p1 reply 1=00:02 to 17=00:11; p1 reply 1=00:02 to 17=00:11");
	balance_free(fx);
}

/* Whoever is without a port gets one from the first that comes back. */
static void
test_all_lost(void)
{
	struct fx *fx = rlb_new_fixture(2);

	host_replies(fx, 0x10);
	fx_wait(fx, 5000);
	fx_plug(fx, 0, FALSE);
	fx_plug(fx, 1, FALSE);
	fx_run(fx);
	clear_sent(fx);
	host_replies(fx, 0x10);
	host_asks(fx, 0x11);
	assert_sent_after(fx, 5000, "");
	fx_carrier(fx, 1, TRUE);
	clear_sent(fx);
	fx_wait(fx, 2300);
	g_assert_nonnull(strstr(((GString *) fx->network)->str, "p1 reply 1=00:01 to 16=00:10"));
	balance_free(fx);
}

static void
test_release(void)
{
	struct fx *fx = rlb_new_fixture(3);

	for (guint i = 0; i < 3; i++)
		host_replies(fx, 0x10 + i);
	fx_wait(fx, 5000);
	clear_sent(fx);
	fx_remove(fx, 2);
	assert_sent(fx, "p0 learn 00:03");
	assert_sent_after(fx, 2100, "p0 reply 1=00:01 to 18=00:12; p0 reply 1=00:01 to 18=00:12");
	fx_gone(fx, 1);
	clear_sent(fx);
	fx_wait(fx, 2200);
	g_assert_nonnull(strstr(((GString *) fx->network)->str, "p0 reply 1=00:01 to 17=00:11"));
	balance_free(fx);
}

/* The bond was down: nobody is known any more. */
static void
test_down(void)
{
	struct fx *fx = rlb_new_fixture(2);

	host_replies(fx, 0x10);
	host_replies(fx, 0x11);
	fx_up(fx, FALSE);
	clear_sent(fx);
	host_replies(fx, 0x10);
	fx_up(fx, TRUE);
	assert_sent_after(fx, 5000, "");
	balance_free(fx);
}

/* Many clients, more than there are places, and all of it over again. */
static void
test_many(void)
{
	struct fx *fx = rlb_new_fixture(3);

	for (guint round = 0; round < 3; round++) {
		for (guint i = 0; i < 1000; i++) {
			struct arp_spec spec = {2, fx_mac(1), 1, fx_mac(0x10), i};

			host_sends_arp(fx, spec);
			if (i % 7 == 0)
				port_receives_arp(fx, i % 3, (struct arp_spec){i % 2 + 1, fx_mac(i), i, fx_mac(1), 1});
			if (i % 100 == 0)
				fx_wait(fx, 100);
		}
		fx_carrier(fx, round, FALSE);
		fx_wait(fx, 3000);
		fx_carrier(fx, round, TRUE);
		clear_sent(fx);
	}
	balance_free(fx);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rlb/host/replies", test_replies);
	g_test_add_func("/rlb/host/request", test_request);
	g_test_add_func("/rlb/host/request-update", test_request_update);
	g_test_add_func("/rlb/host/request-pulls-subnet", test_request_pulls_subnet);
	g_test_add_func("/rlb/host/foreign-sender", test_foreign_sender);
	g_test_add_func("/rlb/host/bridge", test_bridge);
	g_test_add_func("/rlb/host/other-operation", test_other_operation);
	g_test_add_func("/rlb/host/collision", test_collision);
	g_test_add_func("/rlb/host/vlan", test_vlan);
	g_test_add_func("/rlb/host/failing-port", test_failing_port);
	g_test_add_func("/rlb/host/speed", test_speed);
	g_test_add_func("/rlb/wire/purge", test_purge);
	g_test_add_func("/rlb/wire/reply-elsewhere", test_reply_elsewhere);
	g_test_add_func("/rlb/wire/malformed", test_malformed);
	g_test_add_func("/rlb/ports/lost", test_port_lost);
	g_test_add_func("/rlb/ports/current-lost", test_current_lost);
	g_test_add_func("/rlb/ports/back", test_port_back);
	g_test_add_func("/rlb/ports/new", test_new_port);
	g_test_add_func("/rlb/ports/all-lost", test_all_lost);
	g_test_add_func("/rlb/ports/release", test_release);
	g_test_add_func("/rlb/down", test_down);
	g_test_add_func("/rlb/many", test_many);
	return g_test_run();
}
