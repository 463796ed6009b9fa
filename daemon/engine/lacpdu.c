/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lacpdu.h"

#include "wire.h"

const struct bond_mac slow_group = {{0x01, 0x80, 0xc2, 0x00, 0x00, 0x02}};

/* Where the parts of the payload are. */
enum {
	AT_SUBTYPE = 0,
	AT_VERSION = 1,
	AT_ACTOR = 2,
	AT_MARKER = 2,
	AT_PARTNER = 22,
	AT_COLLECTOR = 42,
};

enum {
	SUBTYPE_LACP = 1,
	SUBTYPE_MARKER = 2,
	VERSION = 1,
};

enum {
	TLV_ACTOR = 1,
	TLV_PARTNER = 2,
	TLV_COLLECTOR = 3,
	TLV_MARKER = 1,
	TLV_MARKER_RESPONSE = 2,
	PARTY_LENGTH = 20,
	COLLECTOR_LENGTH = 16,
};

static gboolean
is_tlv(const guint8 *at, guint8 type, guint8 length)
{
	return at[0] == type && at[1] == length;
}

/* --- Reading --- */

static void
get_party(const guint8 *at, struct bond_lacp_party *party)
{
	party->system_priority = wire_get16(at + 2);
	memcpy(party->system.b, at + 4, sizeof(party->system.b));
	party->key = wire_get16(at + 10);
	party->port_priority = wire_get16(at + 12);
	party->port_number = wire_get16(at + 14);
	party->state = at[16];
}

static enum slow_kind
parse_lacpdu(const guint8 *payload, struct lacpdu *pdu)
{
	if (!is_tlv(payload + AT_ACTOR, TLV_ACTOR, PARTY_LENGTH) ||
	    !is_tlv(payload + AT_PARTNER, TLV_PARTNER, PARTY_LENGTH))
		return SLOW_ILLEGAL;
	get_party(payload + AT_ACTOR, &pdu->actor);
	get_party(payload + AT_PARTNER, &pdu->partner);
	pdu->max_delay = wire_get16(payload + AT_COLLECTOR + 2);
	return bond_mac_is_zero(&pdu->actor.system) ? SLOW_ILLEGAL : SLOW_LACPDU;
}

static enum slow_kind
marker_kind(const guint8 *payload)
{
	switch (payload[AT_MARKER]) {
	case TLV_MARKER:
		return SLOW_MARKER;
	case TLV_MARKER_RESPONSE:
		return SLOW_MARKER_RESPONSE;
	default:
		return SLOW_MARKER_UNKNOWN;
	}
}

enum slow_kind
slow_parse(const guint8 *frame, gsize len, struct lacpdu *pdu)
{
	const guint8 *payload = frame + WIRE_ETH_HEADER;

	if (len < WIRE_ETH_HEADER || wire_get16(frame + 12) != WIRE_SLOW ||
	    memcmp(frame, slow_group.b, sizeof(slow_group.b)) != 0)
		return SLOW_NONE;
	if (len < LACPDU_FRAME_SIZE)
		return SLOW_ILLEGAL;
	switch (payload[AT_SUBTYPE]) {
	case SUBTYPE_LACP:
		return parse_lacpdu(payload, pdu);
	case SUBTYPE_MARKER:
		return marker_kind(payload);
	default:
		return SLOW_OTHER;
	}
}

/* --- Writing --- */

static void
put16(guint8 *at, guint16 value)
{
	at[0] = (guint8) (value >> 8);
	at[1] = (guint8) value;
}

static void
put_header(guint8 *frame, const struct bond_mac *source)
{
	memcpy(frame, slow_group.b, sizeof(slow_group.b));
	memcpy(frame + BOND_ETH_ALEN, source->b, sizeof(source->b));
	put16(frame + 12, WIRE_SLOW);
}

static void
put_party(guint8 *at, guint8 type, const struct bond_lacp_party *party)
{
	at[0] = type;
	at[1] = PARTY_LENGTH;
	put16(at + 2, party->system_priority);
	memcpy(at + 4, party->system.b, sizeof(party->system.b));
	put16(at + 10, party->key);
	put16(at + 12, party->port_priority);
	put16(at + 14, party->port_number);
	at[16] = party->state;
}

void
lacpdu_build(const struct bond_mac *source, const struct lacpdu *pdu, guint8 *frame)
{
	guint8 *payload = frame + WIRE_ETH_HEADER;

	memset(frame, 0, LACPDU_FRAME_SIZE);
	put_header(frame, source);
	payload[AT_SUBTYPE] = SUBTYPE_LACP;
	payload[AT_VERSION] = VERSION;
	put_party(payload + AT_ACTOR, TLV_ACTOR, &pdu->actor);
	put_party(payload + AT_PARTNER, TLV_PARTNER, &pdu->partner);
	payload[AT_COLLECTOR] = TLV_COLLECTOR;
	payload[AT_COLLECTOR + 1] = COLLECTOR_LENGTH;
	put16(payload + AT_COLLECTOR + 2, pdu->max_delay);
}

void
marker_answer(const struct bond_mac *source, const guint8 *marker, guint8 *frame)
{
	memcpy(frame, marker, LACPDU_FRAME_SIZE);
	put_header(frame, source);
	frame[WIRE_ETH_HEADER + AT_MARKER] = TLV_MARKER_RESPONSE;
}
