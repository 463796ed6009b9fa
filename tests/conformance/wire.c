/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire.h"

#include "engine/wire.h"

#include <gio/gio.h>

#define PCAP_HEADER	   24
#define PCAP_RECORD	   16
#define PCAP_MICRO	   0xa1b2c3d4u
#define PCAP_NANO	   0xa1b23c4du
#define PCAP_LINK_ETHERNET 1

#define ETH_HEADER	14
#define TYPE_SLOW	0x8809
#define TYPE_LEARN	0x9000
#define ARP_LENGTH	28
#define LACPDU		124
#define LEARN_LENGTH	60
#define CHECKED_ADDRESS (ETH_HEADER + WIRE_IP6_HEADER + 8)
#define ICMP6_MLD1	130 /* to 132: multicast listener query, report, done */
#define ICMP6_RS	133
#define ICMP6_NS	135
#define ICMP6_NA	136
#define ICMP6_MLD2	143

static void
wire_frame_free(gpointer data)
{
	struct wire_frame *frame = data;

	g_bytes_unref(frame->bytes);
	g_free(frame);
}

/* --- Kinds --- */

/* Of an IPv4 packet of the given protocol: how long the frame is; else 0. */
static gsize
ip4_length(const guint8 *frame, gsize len, guint8 protocol)
{
	const guint8 *ip = frame + ETH_HEADER;
	gsize total = len >= ETH_HEADER + WIRE_IP4_HEADER ? wire_get16(ip + 2) : 0;

	if (total < WIRE_IP4_HEADER || total > len - ETH_HEADER || ip[9] != protocol)
		return 0;
	return ETH_HEADER + total;
}

/* The ICMPv6 type of a frame, behind a hop-by-hop header too; -1 if it is none. */
static int
icmp6_type(const guint8 *frame, gsize len)
{
	const guint8 *ip = frame + ETH_HEADER;
	gsize at = WIRE_IP6_HEADER;

	if (len < ETH_HEADER + WIRE_IP6_HEADER + 8)
		return -1;
	if (ip[6] == WIRE_PROTO_ICMPV6)
		return ip[at];
	if (ip[6] != WIRE_PROTO_HOPOPTS || ip[at] != WIRE_PROTO_ICMPV6)
		return -1;
	at += 8 * (gsize) (ip[at + 1] + 1);
	return at < len - ETH_HEADER ? ip[at] : -1;
}

static gsize
ip6_length(const guint8 *frame, gsize len)
{
	gsize total = WIRE_IP6_HEADER + wire_get16(frame + ETH_HEADER + 4);

	return total <= len - ETH_HEADER ? ETH_HEADER + total : 0;
}

static gsize
lacpdu(const guint8 *frame, gsize len)
{
	return len >= LACPDU && frame[ETH_HEADER] == 1 ? LACPDU : 0;
}

static gsize
marker(const guint8 *frame, gsize len)
{
	return len >= LACPDU && frame[ETH_HEADER] == 2 ? LACPDU : 0;
}

static gsize
learning(const guint8 *frame, gsize len)
{
	return len >= LEARN_LENGTH ? LEARN_LENGTH : 0;
}

static gsize
gratuitous_arp(const guint8 *frame, gsize len)
{
	const guint8 *arp = frame + ETH_HEADER;

	return len >= ETH_HEADER + ARP_LENGTH && memcmp(arp + 14, arp + 24, 4) == 0 ? ETH_HEADER + ARP_LENGTH : 0;
}

static gsize
arp_request(const guint8 *frame, gsize len)
{
	return len >= ETH_HEADER + ARP_LENGTH && frame[ETH_HEADER + 7] == 1 ? ETH_HEADER + ARP_LENGTH : 0;
}

static gsize
arp_reply(const guint8 *frame, gsize len)
{
	return len >= ETH_HEADER + ARP_LENGTH && frame[ETH_HEADER + 7] == 2 ? ETH_HEADER + ARP_LENGTH : 0;
}

static gsize
igmp(const guint8 *frame, gsize len)
{
	return ip4_length(frame, len, WIRE_PROTO_IGMP);
}

static gsize
ping(const guint8 *frame, gsize len)
{
	gsize length = ip4_length(frame, len, WIRE_PROTO_ICMP);
	guint8 type = length > ETH_HEADER + WIRE_IP4_HEADER ? frame[ETH_HEADER + WIRE_IP4_HEADER] : 255;

	return type == 0 || type == 8 ? length : 0;
}

/* All but addresses, type and sequence number: ids are the kernel's process numbers, the data hold the time. */
static void
clear_ping(guint8 *frame, gsize len)
{
	guint8 *ip = frame + ETH_HEADER;
	guint8 *icmp = ip + WIRE_IP4_HEADER;

	memset(ip + 4, 0, 4);
	memset(ip + 10, 0, 2);
	memset(icmp + 2, 0, 4);
	memset(icmp + 8, 0, len - (gsize) (icmp + 8 - frame));
}

/* For all: nobody asked for it. */
static gsize
unsolicited_na(const guint8 *frame, gsize len)
{
	return icmp6_type(frame, len) == ICMP6_NA && frame[ETH_HEADER + 24] == 0xff ? ip6_length(frame, len) : 0;
}

static gsize
solicited_na(const guint8 *frame, gsize len)
{
	return icmp6_type(frame, len) == ICMP6_NA ? ip6_length(frame, len) : 0;
}

static gsize
own_ns(const guint8 *frame, gsize len)
{
	static const guint8 unspecified[16];

	if (icmp6_type(frame, len) != ICMP6_NS || memcmp(frame + ETH_HEADER + 8, unspecified, 16) != 0)
		return 0;
	return ip6_length(frame, len);
}

static gsize
solicitation(const guint8 *frame, gsize len)
{
	return icmp6_type(frame, len) == ICMP6_NS ? ip6_length(frame, len) : 0;
}

static gsize
ip6_own_talk(const guint8 *frame, gsize len)
{
	int type = icmp6_type(frame, len);

	return (type >= ICMP6_MLD1 && type <= ICMP6_RS) || type == ICMP6_MLD2 ? len : 0;
}

/* Whose frames of a kind count. */
enum whose { BOTH, OURS, NOBODYS };

struct wire_kind {
	const char *name;
	guint16 ethertype;
	enum whose whose;
	/* How many bytes of a frame count; 0 if it is not of this kind */
	gsize (*length)(const guint8 *frame, gsize len);
	void (*clear)(guint8 *frame, gsize len);
};

/* The first that fits. */
static const struct wire_kind kinds[] = {
    {"LACPDU", TYPE_SLOW, BOTH, lacpdu},
    {"marker", TYPE_SLOW, BOTH, marker},
    {"learning frame", TYPE_LEARN, BOTH, learning},
    {"gratuitous ARP", WIRE_ARP, BOTH, gratuitous_arp},
    {"ARP request", WIRE_ARP, BOTH, arp_request},
    {"ARP reply", WIRE_ARP, BOTH, arp_reply},
    /* The switch host's bridge asks for its own groups, at random times. */
    {"IGMP report", WIRE_IP4, OURS, igmp},
    {"ping", WIRE_IP4, BOTH, ping, clear_ping},
    {"unsolicited NA", WIRE_IP6, BOTH, unsolicited_na},
    {"NA", WIRE_IP6, BOTH, solicited_na},
    /* Duplicate address detection, listener reports and router solicitations of the kernel's own IPv6, of both hosts: at
     * random times, and not the bonding driver's. */
    {"DAD", WIRE_IP6, NOBODYS, own_ns},
    {"NS", WIRE_IP6, BOTH, solicitation},
    {"IPv6", WIRE_IP6, NOBODYS, ip6_own_talk},
};

static gsize
whole(const guint8 *frame, gsize len)
{
	return len;
}

/* What we know nothing of counts, with all its bytes. */
static const struct wire_kind other_kind = {"frame", 0, BOTH, whole, NULL};

static const struct wire_kind *
find_kind(const guint8 *frame, gsize len, gsize *length)
{
	guint16 type = wire_get16(frame + 12);

	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		*length = kinds[i].ethertype == type ? kinds[i].length(frame, len) : 0;
		if (*length > 0)
			return &kinds[i];
	}
	*length = len;
	return &other_kind;
}

/* Captures were taken behind the point where the kernel takes a VLAN tag off: they have none, so ours lose theirs. */
static GByteArray *
without_tag(const guint8 *frame, gsize len)
{
	GByteArray *bytes = g_byte_array_new();

	if (len >= ETH_HEADER + 4 && wire_get16(frame + 12) == WIRE_8021Q) {
		g_byte_array_append(bytes, frame, 12);
		g_byte_array_append(bytes, frame + 16, (guint) len - 16);
	} else {
		g_byte_array_append(bytes, frame, (guint) len);
	}
	return bytes;
}

static void
append_frame(GPtrArray *frames, bond_time at, const struct wire_kind *kind, gboolean ours, const guint8 *data,
	     gsize len)
{
	struct wire_frame *frame = g_new0(struct wire_frame, 1);

	frame->at = at;
	frame->kind = kind;
	frame->ours = ours;
	frame->bytes = g_bytes_new(data, len);
	g_ptr_array_add(frames, frame);
}

static gboolean
counts(const struct wire_kind *kind, gboolean ours)
{
	return kind->whose == BOTH || (kind->whose == OURS && ours);
}

static void
add_frame(GPtrArray *frames, bond_time at, const guint8 *data, gsize len, GHashTable *hosts)
{
	g_autoptr(GByteArray) bytes = without_tag(data, len);
	gboolean ours = len > ETH_HEADER && g_hash_table_contains(hosts, data + BOND_ETH_ALEN);
	const struct wire_kind *kind;
	gsize length;

	if (bytes->len <= ETH_HEADER)
		return;
	kind = find_kind(bytes->data, bytes->len, &length);
	if (!counts(kind, ours))
		return;
	if (kind->clear != NULL)
		kind->clear(bytes->data, length);
	append_frame(frames, at, kind, ours, bytes->data, length);
}

static void
add_noise(GPtrArray *frames, bond_time at, const guint8 *data, gsize len, GHashTable *hosts)
{
	const struct wire_kind *kind;
	gsize length;

	if (len <= ETH_HEADER || g_hash_table_contains(hosts, data + BOND_ETH_ALEN))
		return;
	kind = find_kind(data, len, &length);
	if (!counts(kind, FALSE))
		append_frame(frames, at, kind, FALSE, data, len);
}

static void
add_check(GPtrArray *frames, bond_time at, const guint8 *data, gsize len, GHashTable *hosts)
{
	gsize length;
	const struct wire_kind *kind;

	if (len <= ETH_HEADER)
		return;
	kind = find_kind(data, len, &length);
	if (kind->length == own_ns && length >= CHECKED_ADDRESS + 16)
		append_frame(frames, at, kind, FALSE, data, length);
}

typedef void (*add_function)(GPtrArray *frames, bond_time at, const guint8 *data, gsize len, GHashTable *hosts);

struct pcap {
	const guint8 *data;
	gsize len;
	gboolean swapped;
	bond_time fraction; /* nanoseconds of a fraction's unit */
};

static guint32
pcap_read32(const struct pcap *pcap, gsize at)
{
	guint32 value;

	memcpy(&value, pcap->data + at, sizeof(value));
	return pcap->swapped ? GUINT32_SWAP_LE_BE(value) : value;
}

static gboolean
pcap_open(struct pcap *pcap)
{
	guint32 magic;

	if (pcap->len < PCAP_HEADER)
		return FALSE;
	magic = pcap_read32(pcap, 0);
	pcap->swapped = magic == GUINT32_SWAP_LE_BE(PCAP_MICRO) || magic == GUINT32_SWAP_LE_BE(PCAP_NANO);
	magic = pcap_read32(pcap, 0);
	pcap->fraction = magic == PCAP_NANO ? 1 : 1000;
	return (magic == PCAP_NANO || magic == PCAP_MICRO) && pcap_read32(pcap, 20) == PCAP_LINK_ETHERNET;
}

/* Returns FALSE if a record does not fit into the file. */
static gboolean
pcap_read_all(const struct pcap *pcap, GPtrArray *frames, GHashTable *ours, add_function add)
{
	for (gsize at = PCAP_HEADER; at < pcap->len;) {
		bond_time time;
		guint32 length;

		if (pcap->len - at < PCAP_RECORD)
			return FALSE;
		time = (gint32) pcap_read32(pcap, at) * BOND_SEC + pcap_read32(pcap, at + 4) * pcap->fraction;
		length = pcap_read32(pcap, at + 8);
		at += PCAP_RECORD;
		if (length > pcap->len - at)
			return FALSE;
		add(frames, time, pcap->data + at, length, ours);
		at += length;
	}
	return TRUE;
}

static GPtrArray *
load(const char *path, GHashTable *ours, add_function add, GError **error)
{
	g_autofree char *contents = NULL;
	g_autoptr(GPtrArray) frames = g_ptr_array_new_with_free_func(wire_frame_free);
	struct pcap pcap = {0};

	if (!g_file_get_contents(path, &contents, &pcap.len, error))
		return NULL;
	pcap.data = (const guint8 *) contents;
	if (!pcap_open(&pcap) || !pcap_read_all(&pcap, frames, ours, add)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is no complete Ethernet pcap file", path);
		return NULL;
	}
	return g_steal_pointer(&frames);
}

GPtrArray *
wire_load(const char *path, GHashTable *ours, GError **error)
{
	return load(path, ours, add_frame, error);
}

GPtrArray *
wire_load_noise(const char *path, GHashTable *ours, GError **error)
{
	return load(path, ours, add_noise, error);
}

GPtrArray *
wire_load_checks(const char *path, GError **error)
{
	return load(path, NULL, add_check, error);
}

const guint8 *
wire_checked_address(const struct wire_frame *frame)
{
	return (const guint8 *) g_bytes_get_data(frame->bytes, NULL) + CHECKED_ADDRESS;
}

GPtrArray *
wire_of_port(const struct world *world, const struct device *port)
{
	GPtrArray *frames = g_ptr_array_new_with_free_func(wire_frame_free);

	for (guint i = 0; i < world->frames->len; i++) {
		const struct world_frame *frame = g_ptr_array_index(world->frames, i);
		gsize len;
		const guint8 *data = g_bytes_get_data(frame->bytes, &len);

		if (frame->port == port)
			add_frame(frames, frame->at, data, len, world->macs);
	}
	return frames;
}

gboolean
wire_frame_equal(const struct wire_frame *a, const struct wire_frame *b)
{
	return a->kind == b->kind && a->ours == b->ours && g_bytes_equal(a->bytes, b->bytes);
}

static void
append_hex(GString *text, const char *separator, const guint8 *bytes, gsize len)
{
	g_string_append(text, separator);
	for (gsize i = 0; i < len; i++)
		g_string_append_printf(text, "%02x", bytes[i]);
}

static void
append_mac(GString *text, const char *separator, const guint8 *m)
{
	g_string_append_printf(text, "%s%02x:%02x:%02x:%02x:%02x:%02x", separator, m[0], m[1], m[2], m[3], m[4], m[5]);
}

/* system priority, system, key, port priority, port, state */
static void
append_lacp_party(GString *text, const char *name, const guint8 *party)
{
	append_mac(text, name, party + 2);
	g_string_append_printf(text, "/%u key %u port %u/%u state %u", wire_get16(party), wire_get16(party + 8),
			       wire_get16(party + 12), wire_get16(party + 10), party[14]);
}

static void
append_address(GString *text, const char *separator, const guint8 *bytes, GSocketFamily family)
{
	g_autoptr(GInetAddress) address = g_inet_address_new_from_bytes(bytes, family);
	g_autofree char *name = g_inet_address_to_string(address);

	g_string_append_printf(text, "%s%s", separator, name);
}

static void
append_payload(GString *text, const struct wire_frame *frame, const guint8 *payload, gsize len)
{
	guint16 type = wire_get16(payload - 2);

	if (frame->kind->length == lacpdu) {
		append_lacp_party(text, ", actor ", payload + 4);
		append_lacp_party(text, ", partner ", payload + 24);
	} else if (type == WIRE_ARP) {
		append_mac(text, ", ", payload + 8);
		append_address(text, " ", payload + 14, G_SOCKET_FAMILY_IPV4);
		append_mac(text, " asks ", payload + 18);
		append_address(text, " ", payload + 24, G_SOCKET_FAMILY_IPV4);
	} else if (type == WIRE_IP4) {
		append_address(text, ", ", payload + 12, G_SOCKET_FAMILY_IPV4);
		append_address(text, " > ", payload + 16, G_SOCKET_FAMILY_IPV4);
		append_hex(text, ": ", payload + WIRE_IP4_HEADER, MIN(len - WIRE_IP4_HEADER, 8));
	} else if (type == WIRE_IP6) {
		append_address(text, ", ", payload + 8, G_SOCKET_FAMILY_IPV6);
		append_address(text, " > ", payload + 24, G_SOCKET_FAMILY_IPV6);
		append_hex(text, ": ", payload + WIRE_IP6_HEADER, len - WIRE_IP6_HEADER);
	}
}

char *
wire_frame_describe(const struct wire_frame *frame)
{
	GString *text = g_string_new(frame->kind->name);
	gsize len;
	const guint8 *data = g_bytes_get_data(frame->bytes, &len);

	append_mac(text, " ", data + BOND_ETH_ALEN);
	append_mac(text, " > ", data);
	append_payload(text, frame, data + ETH_HEADER, len - ETH_HEADER);
	g_string_append_printf(text, ", %" G_GSIZE_FORMAT " bytes", len);
	return g_string_free(text, FALSE);
}
