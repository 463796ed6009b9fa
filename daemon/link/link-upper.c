/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-upper.h"
#include "link-config-private.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

/* The kernel counts the times of a bridge in hundredths of a second. */
#define BRIDGE_HZ 100

static gboolean
make(struct link_config *config, struct nlmsghdr *nlh, const char *name, const char *kind, GError **error)
{
	struct netlink_result result;
	int code = netlink_talk(&config->netlink, nlh, NULL, NULL, &result);

	if (code == 0)
		return TRUE;
	if (code == EOPNOTSUPP)
		g_set_error(error, LINK_ERROR, code,
			    "%s: this kernel has no %s devices: load its module, or use another "
			    "kernel",
			    name, kind);
	else
		g_set_error(error, LINK_ERROR, code, "%s: cannot make the %s device: %s%s%s%s", name, kind,
			    g_strerror(code), result.text[0] != '\0' ? " (" : "", result.text,
			    result.text[0] != '\0' ? ")" : "");
	return FALSE;
}

gboolean
link_add_vlan(struct link_config *config, const char *name, int lower, guint id, guint16 protocol, guint32 flags,
	      GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct ifla_vlan_flags vlan_flags = {.flags = flags, .mask = G_MAXUINT32};
	struct nlattr *info;
	struct nlattr *data;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_LINK, (guint32) lower);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, (guint16) id);
	mnl_attr_put_u16(nlh, IFLA_VLAN_PROTOCOL, g_htons(protocol));
	mnl_attr_put(nlh, IFLA_VLAN_FLAGS, sizeof(vlan_flags), &vlan_flags);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return make(config, nlh, name, "VLAN", error);
}

static void
put_time(struct nlmsghdr *nlh, guint16 type, gint64 seconds)
{
	if (seconds >= 0)
		mnl_attr_put_u32(nlh, type, (guint32) (seconds * BRIDGE_HZ));
}

static void
put_switch(struct nlmsghdr *nlh, guint16 type, gint64 value)
{
	if (value >= 0)
		mnl_attr_put_u8(nlh, type, value != 0);
}

static void
put_bridge(struct nlmsghdr *nlh, const struct link_bridge *bridge)
{
	put_switch(nlh, IFLA_BR_MCAST_SNOOPING, bridge->multicast_snooping);
	put_switch(nlh, IFLA_BR_VLAN_FILTERING, bridge->vlan_filtering);
	put_time(nlh, IFLA_BR_AGEING_TIME, bridge->ageing_time);
	if (bridge->priority >= 0)
		mnl_attr_put_u16(nlh, IFLA_BR_PRIORITY, (guint16) bridge->priority);
	put_time(nlh, IFLA_BR_FORWARD_DELAY, bridge->forward_delay);
	put_time(nlh, IFLA_BR_HELLO_TIME, bridge->hello_time);
	put_time(nlh, IFLA_BR_MAX_AGE, bridge->max_age);
	mnl_attr_put_u32(nlh, IFLA_BR_STP_STATE, bridge->stp != FALSE);
}

gboolean
link_add_bridge(struct link_config *config, const char *name, const struct link_bridge *bridge, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_NEWLINK, NLM_F_CREATE);
	struct nlattr *info;
	struct nlattr *data;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	put_bridge(nlh, bridge);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return make(config, nlh, name, "bridge", error);
}

gboolean
link_set_controller(struct link_config *config, int ifindex, int controller, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_SETLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_MASTER, (guint32) controller);
	return link_config_talk(config, nlh, ifindex, 0, controller != 0 ? "join the bridge" : "leave the bridge",
				error);
}
