/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What balancing bonds send, in words: "p0 learn 00:01", "p1 learn 00:02 vlan 5", "p1 reply 1=00:02 to 9=00:99" (the
 * host 192.0.2.1 is at 00:02, says a frame for the client 192.0.2.9 at 00:99).
 */
#pragma once

#include "engine-fixture.h"
#include "frames.h"

#define ADDRESS(last) (0xc0000200u + (last))

/* Notes frames in fx->network, a GString. */
static inline void
note_arp(GString *text, const guint8 *frame, const guint8 *arp)
{
	guint operation = wire_get16(arp + 6);

	g_string_append_printf(text, "%s %u=%02x:%02x to %u=%02x:%02x", operation == 2 ? "reply" : "request", arp[17],
			       arp[12], arp[13], arp[27], arp[22], arp[23]);
	/* Ethernet addresses are told only if they are not what ARP says. */
	if (memcmp(frame + 6, arp + 8, BOND_ETH_ALEN) != 0)
		g_string_append_printf(text, " from %02x:%02x", frame[10], frame[11]);
	if (memcmp(frame, arp + 18, BOND_ETH_ALEN) != 0)
		g_string_append_printf(text, " for %02x:%02x", frame[4], frame[5]);
}

static inline void
note_frame(struct fx *fx, guint i, const guint8 *frame, gsize len)
{
	GString *text = fx->network;
	guint16 type = wire_get16(frame + 12);
	guint vlan = 0;
	const guint8 *at = frame + 14;

	if (type == WIRE_8021Q) {
		vlan = wire_get16(at);
		type = wire_get16(at + 2);
		at += 4;
	}
	if (text->len > 0)
		g_string_append(text, "; ");
	g_string_append_printf(text, "p%u ", i);
	if (type == 0x9000) {
		g_assert_cmpuint(len, ==, vlan != 0 ? 64 : 60);
		g_assert_cmpmem(frame, BOND_ETH_ALEN, frame + 6, BOND_ETH_ALEN);
		g_string_append_printf(text, "learn %02x:%02x", frame[4], frame[5]);
	} else if (type == WIRE_ARP && frame + len >= at + 28) {
		note_arp(text, frame, at);
	} else {
		g_string_append_printf(text, "frame %04x from %02x:%02x", type, frame[10], frame[11]);
	}
	if (vlan != 0)
		g_string_append_printf(text, " vlan %u", vlan);
}

#define assert_sent(fx, expected)                                                                                      \
	do {                                                                                                           \
		GString *sent_ = (fx)->network;                                                                        \
		g_assert_cmpstr(sent_->str, ==, expected);                                                             \
		g_string_truncate(sent_, 0);                                                                           \
	} while (0)

static inline void
clear_sent(struct fx *fx)
{
	g_string_truncate(fx->network, 0);
}

/* A bond of @mode, up, with @n ports; what it sent until now is forgotten. */
static inline struct fx *
balance_new(const char *mode, const char *name, const char *value, guint n)
{
	struct fx *fx = fx_new("mode", mode, "miimon", "100", name, value, NULL);

	fx->network = g_string_new(NULL);
	fx->on_send = note_frame;
	fx_start(fx, n);
	clear_sent(fx);
	fx_clear(fx);
	return fx;
}

static inline void
balance_free(struct fx *fx)
{
	GString *text = fx->network;

	fx_free(fx);
	g_string_free(text, TRUE);
}

/* Times at which something was sent, in ms since the call, while the clock runs for @ms: "0 900 1900". */
static inline char *
sending_times(struct fx *fx, guint ms)
{
	GString *sent = fx->network;
	GString *times = g_string_new(NULL);

	for (guint i = 0; i <= ms; i += 50) {
		if (i > 0)
			fx_wait(fx, 50);
		if (sent->len > 0)
			g_string_append_printf(times, times->len > 0 ? " %u" : "%u", i);
		g_string_truncate(sent, 0);
	}
	return g_string_free(times, FALSE);
}

struct arp_spec {
	guint operation;
	struct bond_mac from_mac;
	guint from; /* last byte of the address */
	struct bond_mac to_mac;
	guint to;
	guint vlan;
};

static const struct bond_mac NOBODY = {{0}};
static const struct bond_mac EVERYBODY = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static inline GByteArray *
frame_arp(const struct arp_spec *spec)
{
	GByteArray *f = g_byte_array_new();
	const struct bond_mac *dst = bond_mac_is_zero(&spec->to_mac) ? &EVERYBODY : &spec->to_mac;

	g_byte_array_append(f, dst->b, BOND_ETH_ALEN);
	g_byte_array_append(f, spec->from_mac.b, BOND_ETH_ALEN);
	if (spec->vlan != 0) {
		frame_put16(f, WIRE_8021Q);
		frame_put16(f, spec->vlan);
	}
	frame_put16(f, WIRE_ARP);
	frame_put32(f, 0x00010800);
	frame_put32(f, 0x06040000 | spec->operation);
	g_byte_array_append(f, spec->from_mac.b, BOND_ETH_ALEN);
	frame_put32(f, ADDRESS(spec->from));
	g_byte_array_append(f, spec->to_mac.b, BOND_ETH_ALEN);
	frame_put32(f, ADDRESS(spec->to));
	return f;
}

static inline void
host_sends_arp(struct fx *fx, struct arp_spec spec)
{
	g_autoptr(GByteArray) f = frame_arp(&spec);

	bond_transmit_frame(fx->bond, f->data, f->len, fx->now);
}

static inline void
port_receives_arp(struct fx *fx, guint i, struct arp_spec spec)
{
	g_autoptr(GByteArray) f = frame_arp(&spec);

	fx_receive(fx, i, f->data, f->len);
}

/* The host, 192.0.2.1, answers client @client, whose address ends with the same byte. */
static inline void
host_replies(struct fx *fx, guint client)
{
	host_sends_arp(fx, (struct arp_spec){2, *bond_get_mac(fx->bond), 1, fx_mac(client), client});
}

static inline void
host_asks(struct fx *fx, guint client)
{
	host_sends_arp(fx, (struct arp_spec){1, *bond_get_mac(fx->bond), 1, NOBODY, client});
}

static inline void
client_replies(struct fx *fx, guint i, guint client)
{
	port_receives_arp(fx, i, (struct arp_spec){2, fx_mac(client), client, *bond_get_mac(fx->bond), 1});
}
