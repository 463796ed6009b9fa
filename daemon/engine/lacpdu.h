/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames of the slow protocols (IEEE 802.1AX 6.4.2, 6.5.3): LACPDUs and markers, from bytes and to bytes.
 *
 * The kernel looks at the subtype and the length only. Here an LACPDU must have its two information TLVs where they
 * belong, and a sender that has a name: else it would be believed to be somebody. Version, reserved bytes, collector
 * TLV and what follows are not looked at, so that newer versions are understood (kernel-semantics 67).
 */
#pragma once

#include "lacp-info.h"

G_BEGIN_DECLS

/* Everything that these frames say is within that, without the Ethernet header. */
#define LACPDU_SIZE	  110
#define LACPDU_FRAME_SIZE (14 + LACPDU_SIZE)

struct lacpdu {
	struct bond_lacp_party actor;	/* who sends it */
	struct bond_lacp_party partner; /* what it knows of us */
	guint16 max_delay;
};

enum slow_kind {
	SLOW_NONE,    /* none of ours: another EtherType or destination */
	SLOW_ILLEGAL, /* too short, or not what its subtype says */
	SLOW_OTHER,   /* another subtype (OAM, …) */
	SLOW_LACPDU,
	SLOW_MARKER,
	SLOW_MARKER_RESPONSE,
	SLOW_MARKER_UNKNOWN,
};

/**
 * slow_parse:
 * @frame: a whole frame from its destination on, not believed
 * @len: bytes readable
 * @pdu: (out): filled in for SLOW_LACPDU only
 */
enum slow_kind slow_parse(const guint8 *frame, gsize len, struct lacpdu *pdu);

/**
 * lacpdu_build:
 * @source: the port's permanent address (kernel-semantics 63)
 * @frame: (out caller-allocates): LACPDU_FRAME_SIZE bytes
 *
 * A version 1 LACPDU to the slow protocols' group, untagged.
 */
void lacpdu_build(const struct bond_mac *source, const struct lacpdu *pdu, guint8 *frame);

/**
 * marker_answer:
 * @marker: what slow_parse() has called SLOW_MARKER
 * @frame: (out caller-allocates): LACPDU_FRAME_SIZE bytes
 *
 * The same bytes, made a response (kernel-semantics 64).
 */
void marker_answer(const struct bond_mac *source, const guint8 *marker, guint8 *frame);

/* 01:80:c2:00:00:02 */
extern const struct bond_mac slow_group;

G_END_DECLS
