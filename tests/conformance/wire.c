/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wire.h"

#include <gio/gio.h>

#define PCAP_HEADER	   24
#define PCAP_RECORD	   16
#define PCAP_MICRO	   0xa1b2c3d4u
#define PCAP_NANO	   0xa1b23c4du
#define PCAP_LINK_ETHERNET 1

#define ETH_HEADER		      14
#define TYPE_IPV4		      0x0800
#define TYPE_ARP		      0x0806
#define TYPE_VLAN		      0x8100
#define TYPE_IPV6		      0x86dd
#define IPV4_MIN		      20
#define IPV6_FIXED		      40
#define ARP_LENGTH		      28
#define PROTO_IGMP		      2
#define PROTO_ICMP6		      58
#define ICMP6_NEIGHBOUR_ADVERTISEMENT 136

static void
wire_frame_free(gpointer data)
{
	struct wire_frame *frame = data;

	g_bytes_unref(frame->bytes);
	g_free(frame);
}

static guint16
read16(const guint8 *p)
{
	return (guint16) (p[0] << 8 | p[1]);
}

/* Gratuitous: sender and target are the same address. Returns the frame's length without padding, 0 if it is none. */
static gsize
arp_length(const guint8 *arp, gsize len)
{
	return len >= ARP_LENGTH && memcmp(arp + 14, arp + 24, 4) == 0 ? ETH_HEADER + ARP_LENGTH : 0;
}

static gsize
igmp_length(const guint8 *ip, gsize len)
{
	gsize total = len >= IPV4_MIN ? read16(ip + 2) : 0;

	return total >= IPV4_MIN && total <= len && ip[9] == PROTO_IGMP ? ETH_HEADER + total : 0;
}

static gsize
advertisement_length(const guint8 *ip, gsize len)
{
	gsize total = len > IPV6_FIXED ? IPV6_FIXED + read16(ip + 4) : 0;

	if (total <= IPV6_FIXED || total > len || ip[6] != PROTO_ICMP6 || ip[24] != 0xff)
		return 0;
	return ip[IPV6_FIXED] == ICMP6_NEIGHBOUR_ADVERTISEMENT ? ETH_HEADER + total : 0;
}

static gsize
announcement_length(const guint8 *frame, gsize len)
{
	const guint8 *payload = frame + ETH_HEADER;

	switch (read16(frame + 12)) {
	case TYPE_ARP:
		return arp_length(payload, len - ETH_HEADER);
	case TYPE_IPV4:
		return igmp_length(payload, len - ETH_HEADER);
	case TYPE_IPV6:
		return advertisement_length(payload, len - ETH_HEADER);
	default:
		return 0;
	}
}

/* Captures were taken behind the point where the kernel takes a VLAN tag off: they have none, so ours lose theirs. */
static GByteArray *
without_tag(const guint8 *frame, gsize len)
{
	GByteArray *bytes = g_byte_array_new();

	if (len >= ETH_HEADER + 4 && read16(frame + 12) == TYPE_VLAN) {
		g_byte_array_append(bytes, frame, 12);
		g_byte_array_append(bytes, frame + 16, (guint) len - 16);
	} else {
		g_byte_array_append(bytes, frame, (guint) len);
	}
	return bytes;
}

static void
add_frame(GPtrArray *frames, bond_time at, const guint8 *data, gsize len, GHashTable *ours)
{
	g_autoptr(GByteArray) bytes = without_tag(data, len);
	gsize length = bytes->len > ETH_HEADER ? announcement_length(bytes->data, bytes->len) : 0;
	struct wire_frame *frame;

	if (length == 0 || !g_hash_table_contains(ours, bytes->data + BOND_ETH_ALEN))
		return;
	frame = g_new0(struct wire_frame, 1);
	frame->at = at;
	frame->bytes = g_bytes_new(bytes->data, length);
	g_ptr_array_add(frames, frame);
}

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
pcap_read_all(const struct pcap *pcap, GPtrArray *frames, GHashTable *ours)
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
		add_frame(frames, time, pcap->data + at, length, ours);
		at += length;
	}
	return TRUE;
}

GPtrArray *
wire_load(const char *path, GHashTable *ours, GError **error)
{
	g_autofree char *contents = NULL;
	g_autoptr(GPtrArray) frames = g_ptr_array_new_with_free_func(wire_frame_free);
	struct pcap pcap = {0};

	if (!g_file_get_contents(path, &contents, &pcap.len, error))
		return NULL;
	pcap.data = (const guint8 *) contents;
	if (!pcap_open(&pcap) || !pcap_read_all(&pcap, frames, ours)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s is no complete Ethernet pcap file", path);
		return NULL;
	}
	return g_steal_pointer(&frames);
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

static char *
address_text(const guint8 *bytes, GSocketFamily family)
{
	g_autoptr(GInetAddress) address = g_inet_address_new_from_bytes(bytes, family);

	return g_inet_address_to_string(address);
}

char *
wire_frame_describe(const struct wire_frame *frame)
{
	gsize len;
	const guint8 *data = g_bytes_get_data(frame->bytes, &len);
	const guint8 *m = data + BOND_ETH_ALEN;
	const guint8 *payload = data + ETH_HEADER;
	g_autofree char *address = NULL;
	const char *what;

	if (read16(data + 12) == TYPE_ARP) {
		what = "gratuitous ARP for";
		address = address_text(payload + 14, G_SOCKET_FAMILY_IPV4);
	} else if (read16(data + 12) == TYPE_IPV4) {
		what = "IGMP report to";
		address = address_text(payload + 16, G_SOCKET_FAMILY_IPV4);
	} else {
		what = "unsolicited NA from";
		address = address_text(payload + 8, G_SOCKET_FAMILY_IPV6);
	}
	return g_strdup_printf("@%.3f %s %s by %02x:%02x:%02x:%02x:%02x:%02x, %" G_GSIZE_FORMAT " bytes",
			       frame->at / 1e9, what, address, m[0], m[1], m[2], m[3], m[4], m[5], len);
}
