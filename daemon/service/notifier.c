/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notifier.h"

#include "engine/announce.h"

#include <arpa/inet.h>
#include <sys/socket.h>

/* Where addresses live: the bond's interface itself or a VLAN on it. */
struct place {
	int ifindex;
	guint16 vlan;
	struct bond_mac mac;
	char name[BOND_NAME_SIZE];
};

struct place_search {
	int ifindex;
	GArray *places;
};

static void
collect_place(void *user, const struct link_info *info)
{
	struct place_search *search = user;
	gboolean is_host = info->ifindex == search->ifindex;
	gboolean is_vlan = info->link == search->ifindex && info->vlan != 0;
	struct place place = {.ifindex = info->ifindex, .vlan = is_vlan ? info->vlan : 0, .mac = info->mac};

	if (!is_host && !is_vlan)
		return;
	g_strlcpy(place.name, info->name, sizeof(place.name));
	g_array_append_val(search->places, place);
}

/* The bond's own address may be newer than what the watcher has seen of its interface. */
static GArray *
list_places(const struct service_context *context, int ifindex, const struct bond_mac *mac)
{
	struct place_search search = {.ifindex = ifindex, .places = g_array_new(FALSE, FALSE, sizeof(struct place))};

	link_watcher_foreach(context->links, collect_place, &search);
	for (guint i = 0; i < search.places->len; i++) {
		struct place *place = &g_array_index(search.places, struct place, i);

		if (place->vlan == 0)
			place->mac = *mac;
	}
	return search.places;
}

static gboolean
forwards_ipv6(const char *name)
{
	g_autofree char *path = g_strdup_printf("/proc/sys/net/ipv6/conf/%s/forwarding", name);
	g_autofree char *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) && text[0] != '0';
}

static GArray *
list_addresses(const struct service_context *context, const struct place *place)
{
	g_autoptr(GError) error = NULL;
	GArray *addresses = link_list_addresses(context->config, place->ifindex, &error);

	if (addresses == NULL) {
		g_warning("%s: cannot read its addresses: %s", place->name, error->message);
		addresses = g_array_new(FALSE, FALSE, sizeof(struct link_address));
	}
	return addresses;
}

static guint32
ip4_of(const struct link_address *address)
{
	guint32 ip;

	memcpy(&ip, address->address, sizeof(ip));
	return ip;
}

static void
announce_place(const struct service_context *context, const struct place *place, notifier_send send, void *user)
{
	g_autoptr(GArray) addresses = list_addresses(context, place);
	gboolean router = forwards_ipv6(place->name);
	guint8 frame[ANNOUNCE_FRAME_MAX];

	for (guint i = 0; i < addresses->len; i++) {
		const struct link_address *address = &g_array_index(addresses, struct link_address, i);
		gsize len;

		if (address->family == AF_INET)
			len = announce_arp(&place->mac, place->vlan, ip4_of(address), frame);
		else
			len = announce_na(&place->mac, place->vlan, address->address, router, frame);
		send(user, frame, len);
	}
}

void
notifier_peers(const struct service_context *context, int ifindex, const struct bond_mac *mac, notifier_send send,
	       void *user)
{
	g_autoptr(GArray) places = list_places(context, ifindex, mac);

	for (guint i = 0; i < places->len; i++)
		announce_place(context, &g_array_index(places, struct place, i), send, user);
}

/* "2	bond0     :     2      V3" */
static gboolean
parse_device_line(const char *line, int *ifindex, guint *version)
{
	const char *v = strrchr(line, 'V');
	guint64 number = 0;

	if (v == NULL || !g_ascii_isdigit(v[1]))
		return FALSE;
	number = g_ascii_strtoull(line, NULL, 10);
	if (number == 0 || number > G_MAXINT)
		return FALSE;
	*ifindex = (int) number;
	*version = (guint) (v[1] - '0');
	return TRUE;
}

/* "				010000E0     1 0:00000000		0": the group as the CPU prints the network's word */
static gboolean
parse_group_line(const char *line, guint32 *group)
{
	const char *start = line + strspn(line, " \t");
	char *end = NULL;
	guint64 value = g_ascii_strtoull(start, &end, 16);

	if (end - start != 8 || (*end != ' ' && *end != '\t') || !IN_MULTICAST(ntohl((guint32) value)))
		return FALSE;
	*group = (guint32) value;
	return TRUE;
}

GArray *
notifier_parse_igmp(const char *text)
{
	GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct igmp_membership));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	struct igmp_membership current = {0};

	for (guint i = 0; lines[i] != NULL; i++) {
		if (g_ascii_isdigit(lines[i][0])) {
			if (!parse_device_line(lines[i], &current.ifindex, &current.version))
				current.ifindex = 0;
		} else if (current.ifindex != 0 && parse_group_line(lines[i], &current.group) &&
			   current.group != htonl(INADDR_ALLHOSTS_GROUP)) {
			g_array_append_val(groups, current);
		}
	}
	return groups;
}

static guint32
first_ip4(const struct service_context *context, const struct place *place)
{
	g_autoptr(GArray) addresses = list_addresses(context, place);

	for (guint i = 0; i < addresses->len; i++) {
		const struct link_address *address = &g_array_index(addresses, struct link_address, i);

		if (address->family == AF_INET)
			return ip4_of(address);
	}
	return 0;
}

static void
report_place(const struct service_context *context, const struct place *place, const GArray *groups, notifier_send send,
	     void *user)
{
	guint32 source = first_ip4(context, place);
	guint8 frame[ANNOUNCE_FRAME_MAX];

	for (guint i = 0; i < groups->len; i++) {
		const struct igmp_membership *group = &g_array_index(groups, struct igmp_membership, i);

		if (group->ifindex == place->ifindex)
			send(user, frame,
			     announce_igmp(&place->mac, place->vlan, source, group->group, group->version, frame));
	}
}

void
notifier_igmp(const struct service_context *context, int ifindex, const struct bond_mac *mac, notifier_send send,
	      void *user)
{
	g_autoptr(GArray) places = list_places(context, ifindex, mac);
	g_autoptr(GArray) groups = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;

	if (!g_file_get_contents("/proc/self/net/igmp", &text, NULL, &error)) {
		g_warning("cannot read the multicast groups: %s", error->message);
		return;
	}
	groups = notifier_parse_igmp(text);
	for (guint i = 0; i < places->len; i++)
		report_place(context, &g_array_index(places, struct place, i), groups, send, user);
}
