/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-config.h"
#include "link-config-private.h"
#include "link-parse.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

struct link_config *
link_config_new(GError **error)
{
	struct link_config *config = g_new0(struct link_config, 1);

	if (!netlink_open(&config->netlink, NETLINK_ROUTE, error)) {
		g_free(config);
		return NULL;
	}
	config->packet_fd = -1;
	return config;
}

void
link_config_free(struct link_config *config)
{
	if (config == NULL)
		return;
	netlink_close(&config->netlink);
	if (config->packet_fd >= 0)
		close(config->packet_fd);
	g_free(config);
}

gboolean
link_config_error(GError **error, int ifindex, int code, const char *text, const char *what)
{
	char name[IF_NAMESIZE];

	if (if_indextoname((guint) ifindex, name) == NULL)
		g_snprintf(name, sizeof(name), "#%d", ifindex);
	g_set_error(error, LINK_ERROR, code, "%s: cannot %s: %s%s%s%s", name, what, g_strerror(code),
		    text[0] != '\0' ? " (" : "", text, text[0] != '\0' ? ")" : "");
	return FALSE;
}

gboolean
link_config_talk(struct link_config *config, struct nlmsghdr *nlh, int ifindex, int tolerated, const char *what,
		 GError **error)
{
	struct netlink_result result;
	int code = netlink_talk(&config->netlink, nlh, NULL, NULL, &result);

	if (code == 0 || (tolerated != 0 && code == tolerated))
		return TRUE;
	return link_config_error(error, ifindex, code, result.text, what);
}

static struct nlmsghdr *
begin_setlink(guint8 *buffer, int ifindex, guint flags, guint change)
{
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_SETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	ifi->ifi_flags = flags;
	ifi->ifi_change = change;
	return nlh;
}

gboolean
link_set_up(struct link_config *config, int ifindex, gboolean up, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = begin_setlink(buffer, ifindex, up ? IFF_UP : 0, IFF_UP);

	return link_config_talk(config, nlh, ifindex, 0, up ? "set the interface up" : "set the interface down", error);
}

gboolean
link_set_mac(struct link_config *config, int ifindex, const struct bond_mac *mac, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = begin_setlink(buffer, ifindex, 0, 0);

	mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(mac->b), mac->b);
	return link_config_talk(config, nlh, ifindex, 0, "set the MAC address", error);
}

gboolean
link_set_mtu(struct link_config *config, int ifindex, guint mtu, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = begin_setlink(buffer, ifindex, 0, 0);

	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return link_config_talk(config, nlh, ifindex, 0, "set the MTU", error);
}

/*
 * IFF_PROMISC as `ip link set promisc` has it is one switch that all of user space shares: switching ours off would
 * switch off the administrator's, too. A packet membership is counted, and ends with the process.
 */
static gboolean
set_membership(struct link_config *config, int ifindex, int type, const struct bond_mac *group, gboolean on,
	       const char *what, GError **error)
{
	struct packet_mreq request = {.mr_ifindex = ifindex, .mr_type = (guint16) type};
	int option = on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;

	if (group != NULL) {
		request.mr_alen = sizeof(group->b);
		memcpy(request.mr_address, group->b, sizeof(group->b));
	}
	/* Only for whoever needs one: the kernel takes some 10 ms to close it. Protocol 0: it receives nothing, it only
	 * holds our part of devices' filters. */
	if (config->packet_fd < 0)
		config->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (setsockopt(config->packet_fd, SOL_PACKET, option, &request, sizeof(request)) == 0)
		return TRUE;
	/* The membership of a device that is gone went with it. */
	if (!on && (errno == EADDRNOTAVAIL || errno == ENODEV))
		return TRUE;
	return link_config_error(error, ifindex, errno, "", what);
}

gboolean
link_set_promisc(struct link_config *config, int ifindex, gboolean on, GError **error)
{
	return set_membership(config, ifindex, PACKET_MR_PROMISC, NULL, on, "change promiscuity", error);
}

gboolean
link_set_allmulti(struct link_config *config, int ifindex, gboolean on, GError **error)
{
	return set_membership(config, ifindex, PACKET_MR_ALLMULTI, NULL, on, "change all-multicast", error);
}

gboolean
link_set_group(struct link_config *config, int ifindex, const struct bond_mac *group, gboolean on, GError **error)
{
	return set_membership(config, ifindex, PACKET_MR_MULTICAST, group, on,
			      on ? "join a multicast group" : "leave a multicast group", error);
}
