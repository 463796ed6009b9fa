/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/lacpdu.h"

#include <stdio.h>

/* --- Vectors --- */

static gsize
from_hex(const char *hex, guint8 *bytes, gsize size)
{
	gsize n = 0;

	for (; hex[0] != '\0' && n < size; hex += 2)
		bytes[n++] = (guint8) (g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
	g_assert_cmpint(*hex, ==, '\0');
	return n;
}

static char *
party_text(const struct bond_lacp_party *party)
{
	const guint8 *m = party->system.b;

	return g_strdup_printf("%u %02x:%02x:%02x:%02x:%02x:%02x %u %u %u %u", party->system_priority, m[0], m[1], m[2],
			       m[3], m[4], m[5], party->key, party->port_priority, party->port_number, party->state);
}

static void
check_vector(char **fields)
{
	guint8 frame[LACPDU_FRAME_SIZE];
	guint8 built[LACPDU_FRAME_SIZE];
	struct bond_mac source;
	struct lacpdu pdu;
	g_autofree char *actor = NULL;
	g_autofree char *partner = NULL;

	g_test_message("%s", fields[0]);
	g_assert_cmpuint(from_hex(fields[3], frame, sizeof(frame)), ==, sizeof(frame));
	g_assert_cmpint(slow_parse(frame, sizeof(frame), &pdu), ==, SLOW_LACPDU);
	actor = party_text(&pdu.actor);
	partner = party_text(&pdu.partner);
	g_assert_cmpstr(actor, ==, fields[1]);
	g_assert_cmpstr(partner, ==, fields[2]);
	/* What we send is what the kernel would. */
	memcpy(source.b, frame + BOND_ETH_ALEN, sizeof(source.b));
	lacpdu_build(&source, &pdu, built);
	g_assert_cmpmem(built, sizeof(built), frame, sizeof(frame));
}

/* kernel-semantics 63: no tag, to the group, from the port's own address */
static void
test_vectors(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "lacpdus.tsv", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	guint n = 0;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		g_auto(GStrv) fields = g_strsplit(lines[i], "\t", 4);

		if (lines[i][0] == '#')
			continue;
		g_assert_cmpuint(g_strv_length(fields), ==, 4);
		check_vector(fields);
		n++;
	}
	g_assert_cmpuint(n, ==, 71);
}

/* --- What is believed (kernel-semantics 67) --- */

static const struct lacpdu SAMPLE = {
    .actor =
	{.system_priority = 0x1122, .system = {{2, 3, 4, 5, 6, 7}}, .key = 0x3344, .port_number = 9, .state = 0x3d},
    .partner = {.system_priority = 0x5566, .system = {{8, 9, 10, 11, 12, 13}}, .key = 0x7788, .port_priority = 99},
    .max_delay = 0x99aa,
};

static const struct bond_mac SOURCE = {{2, 0, 0, 0, 0, 1}};

/* The sample with one byte set. */
static enum slow_kind
kind_with(gsize at, guint8 value)
{
	guint8 frame[LACPDU_FRAME_SIZE];
	struct lacpdu pdu;

	lacpdu_build(&SOURCE, &SAMPLE, frame);
	frame[at] = value;
	return slow_parse(frame, sizeof(frame), &pdu);
}

static void
test_round_trip(void)
{
	guint8 frame[LACPDU_FRAME_SIZE];
	struct lacpdu pdu = {0};

	lacpdu_build(&SOURCE, &SAMPLE, frame);
	g_assert_cmpint(slow_parse(frame, sizeof(frame), &pdu), ==, SLOW_LACPDU);
	g_assert_cmpmem(&pdu.actor, sizeof(pdu.actor), &SAMPLE.actor, sizeof(SAMPLE.actor));
	g_assert_cmpmem(&pdu.partner, sizeof(pdu.partner), &SAMPLE.partner, sizeof(SAMPLE.partner));
	g_assert_cmpuint(pdu.max_delay, ==, SAMPLE.max_delay);
}

static void
test_tolerant(void)
{
	static const gsize not_looked_at[] = {
	    15,	     /* version */
	    33,	 35, /* reserved bytes of the actor */
	    53,	 55, /* … of the partner */
	    56,	 57, /* collector: type and length */
	    60,	     /* … reserved */
	    72,	 73, /* terminator */
	    123,     /* the end */
	};

	for (guint i = 0; i < G_N_ELEMENTS(not_looked_at); i++) {
		g_test_message("byte %" G_GSIZE_FORMAT, not_looked_at[i]);
		g_assert_cmpint(kind_with(not_looked_at[i], 0xff), ==, SLOW_LACPDU);
	}
}

static void
test_strict(void)
{
	struct lacpdu nobody = SAMPLE;
	guint8 frame[LACPDU_FRAME_SIZE];
	struct lacpdu pdu;

	g_assert_cmpint(kind_with(16, 3), ==, SLOW_ILLEGAL);  /* actor: type */
	g_assert_cmpint(kind_with(17, 19), ==, SLOW_ILLEGAL); /* … length */
	g_assert_cmpint(kind_with(36, 1), ==, SLOW_ILLEGAL);  /* partner */
	g_assert_cmpint(kind_with(37, 0), ==, SLOW_ILLEGAL);
	/* A system without a name would be taken for none. */
	memset(&nobody.actor.system, 0, sizeof(nobody.actor.system));
	lacpdu_build(&SOURCE, &nobody, frame);
	g_assert_cmpint(slow_parse(frame, sizeof(frame), &pdu), ==, SLOW_ILLEGAL);
}

static void
test_not_ours(void)
{
	g_assert_cmpint(kind_with(0, 0xff), ==, SLOW_NONE); /* destination */
	g_assert_cmpint(kind_with(5, 0x03), ==, SLOW_NONE);
	g_assert_cmpint(kind_with(12, 0x08), ==, SLOW_NONE); /* EtherType */
	g_assert_cmpint(kind_with(13, 0x0a), ==, SLOW_NONE);
	g_assert_cmpint(kind_with(14, 3), ==, SLOW_OTHER); /* OAM goes its own way: kernel-semantics 64 */
	g_assert_cmpint(kind_with(14, 10), ==, SLOW_OTHER);
}

static void
test_lengths(void)
{
	guint8 frame[LACPDU_FRAME_SIZE + 4] = {0};

	lacpdu_build(&SOURCE, &SAMPLE, frame);
	for (gsize len = 0; len <= sizeof(frame); len++) {
		g_autofree guint8 *copy = g_memdup2(frame, len); /* so that ASan sees its end */
		enum slow_kind expected = len < 14 ? SLOW_NONE : len < LACPDU_FRAME_SIZE ? SLOW_ILLEGAL : SLOW_LACPDU;
		struct lacpdu pdu;

		g_assert_cmpint(slow_parse(copy, len, &pdu), ==, expected);
	}
}

/* --- Markers (kernel-semantics 64) --- */

static void
make_marker(guint8 *frame, guint8 type)
{
	memset(frame, 0xa5, LACPDU_FRAME_SIZE);
	memcpy(frame, slow_group.b, BOND_ETH_ALEN);
	frame[12] = 0x88;
	frame[13] = 0x09;
	frame[14] = 2; /* marker protocol */
	frame[15] = 1;
	frame[16] = type;
	frame[17] = 22;
}

static void
test_marker_kinds(void)
{
	guint8 frame[LACPDU_FRAME_SIZE];
	struct lacpdu pdu;

	make_marker(frame, 1);
	g_assert_cmpint(slow_parse(frame, sizeof(frame), &pdu), ==, SLOW_MARKER);
	make_marker(frame, 2);
	g_assert_cmpint(slow_parse(frame, sizeof(frame), &pdu), ==, SLOW_MARKER_RESPONSE);
	make_marker(frame, 3);
	g_assert_cmpint(slow_parse(frame, sizeof(frame), &pdu), ==, SLOW_MARKER_UNKNOWN);
}

/* The same bytes but for the source and the type. */
static void
test_marker_answer(void)
{
	guint8 marker[LACPDU_FRAME_SIZE];
	guint8 answer[LACPDU_FRAME_SIZE];

	make_marker(marker, 1);
	marker_answer(&SOURCE, marker, answer);
	g_assert_cmpmem(answer, 6, slow_group.b, 6);
	g_assert_cmpmem(answer + 6, 6, SOURCE.b, 6);
	g_assert_cmpuint(answer[16], ==, 2);
	g_assert_cmpmem(answer + 12, 4, marker + 12, 4);
	g_assert_cmpmem(answer + 17, sizeof(answer) - 17, marker + 17, sizeof(marker) - 17);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lacpdu/vectors", test_vectors);
	g_test_add_func("/lacpdu/round-trip", test_round_trip);
	g_test_add_func("/lacpdu/tolerant", test_tolerant);
	g_test_add_func("/lacpdu/strict", test_strict);
	g_test_add_func("/lacpdu/not-ours", test_not_ours);
	g_test_add_func("/lacpdu/lengths", test_lengths);
	g_test_add_func("/lacpdu/marker/kinds", test_marker_kinds);
	g_test_add_func("/lacpdu/marker/answer", test_marker_answer);
	return g_test_run();
}
