/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-veth.h"
#include "link-config-private.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

static void
put_end(struct nlmsghdr *nlh, const char *name, guint n_queues)
{
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, n_queues);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, n_queues);
}

gboolean
link_add_veth(struct link_config *config, const char *name, const char *peer, guint n_queues, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct netlink_result result;
	struct nlattr *info;
	struct nlattr *data;
	struct nlattr *end;
	int code;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	put_end(nlh, name, n_queues);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	end = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	put_end(nlh, peer, n_queues);
	mnl_attr_nest_end(nlh, end);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	code = netlink_talk(&config->netlink, nlh, NULL, NULL, &result);
	if (code == 0)
		return TRUE;
	g_set_error(error, LINK_ERROR, code, "%s: cannot make it and its twin %s: %s%s%s%s", name, peer,
		    g_strerror(code), result.text[0] != '\0' ? " (" : "", result.text,
		    result.text[0] != '\0' ? ")" : "");
	return FALSE;
}

gboolean
link_add_macvlan(struct link_config *config, const char *name, int lower, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct netlink_result result;
	struct nlattr *info;
	struct nlattr *data;
	int code;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_LINK, (guint32) lower);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "macvlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_MACVLAN_MODE, MACVLAN_MODE_PASSTHRU);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	code = netlink_talk(&config->netlink, nlh, NULL, NULL, &result);
	if (code == 0)
		return TRUE;
	g_set_error(error, LINK_ERROR, code, "%s: cannot make it as a macvlan device: %s%s%s%s", name, g_strerror(code),
		    result.text[0] != '\0' ? " (" : "", result.text, result.text[0] != '\0' ? ")" : "");
	return FALSE;
}

gboolean
link_remove(struct link_config *config, int ifindex, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_DELLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	return link_config_talk(config, nlh, ifindex, 0, "remove the interface", error);
}

static gboolean
set_no_address(struct link_config *config, int ifindex, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_SETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct nlattr *spec;
	struct nlattr *inet6;

	ifi->ifi_index = ifindex;
	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, spec);
	/* A kernel without IPv6 has nothing to switch off. */
	return link_config_talk(config, nlh, ifindex, EAFNOSUPPORT, "switch its own addresses off", error);
}

gboolean
link_set_silent(struct link_config *config, int ifindex, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_SETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	ifi->ifi_flags = IFF_NOARP;
	ifi->ifi_change = IFF_NOARP;
	return link_config_talk(config, nlh, ifindex, 0, "switch ARP off", error) &&
	       set_no_address(config, ifindex, error);
}

gboolean
link_set_no_queue(struct link_config *config, int ifindex, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);
	struct tcmsg *tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));

	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = TC_H_ROOT;
	mnl_attr_put_strz(nlh, TCA_KIND, "noqueue");
	return link_config_talk(config, nlh, ifindex, 0, "take its queueing discipline off", error);
}
