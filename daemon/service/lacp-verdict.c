/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lacp-verdict.h"

#include "text.h"
#include "text/fill-in.h"

/* Only marks: the client translates. */
#define N_(text) text

/*
 * Translators: the words in braces are names and stay as they are. A "partner" is the other end of a link, a "group"
 * an aggregator, a "key" the number that says which links may be in one group.
 */
static const char *const patterns[] = {
    [BOND_LACP_UP] = N_("works: in step with partner {partner-system}"),
    [BOND_LACP_BOND_DOWN] = N_("the bond is set down"),
    [BOND_LACP_LINK_DOWN] = N_("no link"),
    [BOND_LACP_NO_SPEED] =
	N_("the device does not tell its speed, so the port cannot be grouped: set it with “ethtool -s”"),
    [BOND_LACP_HALF_DUPLEX] = N_("the link is half duplex: LACP works on full duplex only"),
    [BOND_LACP_LOOPBACK] = N_("our own LACPDUs come back: both ends of the cable are in this bond, or a loop is"),
    [BOND_LACP_LISTENING] = N_("listening: nothing heard of a partner yet"),
    [BOND_LACP_NO_PARTNER] = N_("partner does not answer: does the other end speak LACP?"),
    [BOND_LACP_SILENT] = N_("partner {partner-system} has fallen silent"),
    [BOND_LACP_OTHER_SYSTEM] =
	N_("another partner: {partner-system} answers here, and {group-system} on the ports that work"),
    [BOND_LACP_OTHER_KEY] =
	N_("partner put this link into another group: its key is {partner-key}, that of the ports that work "
	   "{group-key}"),
    [BOND_LACP_OTHER_OWN_KEY] =
	N_("speed or duplex differs from that of the ports that work: our key is {own-key}, theirs {group-key}"),
    [BOND_LACP_OTHER_AGGREGATOR] =
	N_("waits in aggregator {aggregator}, while {active-aggregator} carries the traffic"),
    [BOND_LACP_INDIVIDUAL] = N_("partner {partner-system} does not let this link be part of a group"),
    [BOND_LACP_MISMATCH] = N_("partner {partner-system} does not know us: what it tells of us is old or wrong"),
    [BOND_LACP_NOT_IN_SYNC] = N_("partner {partner-system} has not taken this link into its group"),
    [BOND_LACP_WAITING] = N_("about to join: a timer runs"),
    [BOND_LACP_COLLECTING] = N_("receives; partner {partner-system} does not receive yet"),
};

/* The port sends all the same, as the kernel's driver has it. */
static const char alone[] = N_("works alone: partner does not answer, does the other end speak LACP?");

const char *
lacp_verdict_pattern(const struct bond_lacp_verdict *verdict)
{
	if (verdict->type == BOND_LACP_NO_PARTNER && verdict->forwarding)
		return alone;
	g_return_val_if_fail((guint) verdict->type < G_N_ELEMENTS(patterns), "");
	return patterns[verdict->type];
}

static void
add_number(GVariantBuilder *details, const char *name, guint value)
{
	char text[16];

	g_snprintf(text, sizeof(text), "%u", value);
	g_variant_builder_add(details, "{ss}", name, text);
}

static void
add_mac(GVariantBuilder *details, const char *name, const struct bond_mac *mac)
{
	char text[TEXT_MAC_SIZE];

	g_variant_builder_add(details, "{ss}", name, text_of_mac(mac, text));
}

GVariant *
lacp_verdict_details(const struct bond_lacp_verdict *verdict)
{
	GVariantBuilder details;

	g_variant_builder_init(&details, G_VARIANT_TYPE("a{ss}"));
	add_number(&details, "aggregator", verdict->aggregator);
	add_number(&details, "active-aggregator", verdict->active_aggregator);
	add_number(&details, "own-key", verdict->own_key);
	add_number(&details, "partner-key", verdict->partner_key);
	add_number(&details, "group-key", verdict->group_key);
	add_mac(&details, "partner-system", &verdict->partner_system);
	add_mac(&details, "group-system", &verdict->group_system);
	return g_variant_builder_end(&details);
}

char *
lacp_verdict_text(const struct bond_lacp_verdict *verdict)
{
	g_autoptr(GVariant) details = g_variant_ref_sink(lacp_verdict_details(verdict));

	return text_fill_in(lacp_verdict_pattern(verdict), details);
}
