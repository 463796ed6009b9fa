/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses and routes.
 */
#include "link-config-private.h"
#include "link-parse.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/ipv6_route.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* 0: a family we do not know */
static gsize
address_size(int family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static gboolean
check(int family, guint prefix, int ifindex, const char *what, GError **error)
{
	gsize size = address_size(family);

	if (size == 0)
		return link_config_error(error, ifindex, EAFNOSUPPORT, "", what);
	if (prefix > 8 * size)
		return link_config_error(error, ifindex, EINVAL, "prefix too long", what);
	return TRUE;
}

/* Networks of one or two addresses have no broadcast address (RFC 3021). */
static void
put_broadcast(struct nlmsghdr *nlh, const struct link_address *address)
{
	guint32 ip;

	if (address->family != AF_INET || address->prefix >= 31)
		return;
	memcpy(&ip, address->address, sizeof(ip));
	ip |= g_htonl(G_MAXUINT32 >> address->prefix);
	mnl_attr_put_u32(nlh, IFA_BROADCAST, ip);
}

static struct nlmsghdr *
begin_address(guint8 *buffer, guint16 type, guint16 flags, int ifindex, const struct link_address *address)
{
	struct nlmsghdr *nlh = netlink_begin(buffer, type, flags);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	gsize size = address_size(address->family);

	ifa->ifa_family = (guint8) address->family;
	ifa->ifa_prefixlen = (guint8) address->prefix;
	ifa->ifa_index = (guint) ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, size, address->address);
	mnl_attr_put(nlh, IFA_ADDRESS, size, address->address);
	return nlh;
}

gboolean
link_add_address(struct link_config *config, int ifindex, const struct link_address *address, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	if (!check(address->family, address->prefix, ifindex, "add an address", error))
		return FALSE;
	nlh = begin_address(buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, address);
	put_broadcast(nlh, address);
	if (address->family == AF_INET && address->label[0] != '\0')
		mnl_attr_put_strz(nlh, IFA_LABEL, address->label);
	return link_config_talk(config, nlh, ifindex, EEXIST, "add an address", error);
}

gboolean
link_remove_address(struct link_config *config, int ifindex, const struct link_address *address, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	if (!check(address->family, address->prefix, ifindex, "remove an address", error))
		return FALSE;
	nlh = begin_address(buffer, RTM_DELADDR, 0, ifindex, address);
	return link_config_talk(config, nlh, ifindex, EADDRNOTAVAIL, "remove an address", error);
}

struct address_list {
	int ifindex;
	GArray *addresses;
};

static void
collect_address(void *user, const struct nlmsghdr *nlh)
{
	struct address_list *list = user;
	struct link_address address;
	gboolean usable;
	int ifindex;

	if (link_parse_address(nlh, &address, &ifindex, &usable) && usable && ifindex == list->ifindex)
		g_array_append_val(list->addresses, address);
}

GArray *
link_list_addresses(struct link_config *config, int ifindex, GError **error)
{
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(struct link_address));
	struct address_list list = {.ifindex = ifindex, .addresses = addresses};
	struct netlink_result result;
	guint attempts = 0;
	int code;

	do {
		guint8 buffer[NETLINK_REQUEST_SIZE];
		struct nlmsghdr *nlh = netlink_begin(buffer, RTM_GETADDR, NLM_F_DUMP);

		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
		g_array_set_size(addresses, 0);
		code = netlink_talk(&config->netlink, nlh, collect_address, &list, &result);
	} while (code == 0 && result.interrupted && ++attempts < 16);
	if (code != 0) {
		link_config_error(error, ifindex, code, result.text, "list addresses");
		return NULL;
	}
	return g_steal_pointer(&addresses);
}

static gboolean
leads_nowhere(const struct link_route *route)
{
	return route->type == RTN_BLACKHOLE || route->type == RTN_UNREACHABLE || route->type == RTN_PROHIBIT ||
	       route->type == RTN_THROW;
}

static struct nlmsghdr *
begin_route(guint8 *buffer, guint16 type, guint16 flags, int ifindex, const struct link_route *route)
{
	struct nlmsghdr *nlh = netlink_begin(buffer, type, flags);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	gsize size = address_size(route->family);
	guint32 table = route->table != 0 ? route->table : RT_TABLE_MAIN;

	rtm->rtm_family = (guint8) route->family;
	rtm->rtm_dst_len = (guint8) route->prefix;
	/* The kernel ignores the byte when there is the attribute. */
	rtm->rtm_table = (guint8) MIN(table, (guint32) RT_TABLE_COMPAT);
	mnl_attr_put_u32(nlh, RTA_TABLE, table);
	if (route->prefix > 0)
		mnl_attr_put(nlh, RTA_DST, size, route->destination);
	rtm->rtm_tos = route->tos;
	if (route->metric != 0)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, route->metric);
	if (leads_nowhere(route))
		return nlh;
	if (route->has_gateway)
		mnl_attr_put(nlh, RTA_GATEWAY, size, route->gateway);
	if (route->has_source)
		mnl_attr_put(nlh, RTA_PREFSRC, size, route->source);
	mnl_attr_put_u32(nlh, RTA_OIF, (guint32) ifindex);
	return nlh;
}

static void
put_metrics(struct nlmsghdr *nlh, const struct link_route_metrics *metrics)
{
	const struct {
		guint16 type;
		guint32 value;
	} values[] = {
	    {RTAX_LOCK, metrics->lock},		{RTAX_MTU, metrics->mtu},	  {RTAX_WINDOW, metrics->window},
	    {RTAX_ADVMSS, metrics->advmss},	{RTAX_CWND, metrics->cwnd},	  {RTAX_INITCWND, metrics->initcwnd},
	    {RTAX_INITRWND, metrics->initrwnd}, {RTAX_RTO_MIN, metrics->rto_min}, {RTAX_QUICKACK, metrics->quickack},
	};
	struct nlattr *nest = mnl_attr_nest_start(nlh, RTA_METRICS);
	gboolean any = FALSE;

	for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
		if (values[i].value == 0)
			continue;
		mnl_attr_put_u32(nlh, values[i].type, values[i].value);
		any = TRUE;
	}
	if (any)
		mnl_attr_nest_end(nlh, nest);
	else
		mnl_attr_nest_cancel(nlh, nest);
}

static guint8
scope_of(const struct link_route *route)
{
	if (route->has_scope && route->family == AF_INET)
		return route->scope;
	if (route->type == RTN_LOCAL)
		return RT_SCOPE_HOST;
	return route->family == AF_INET && !route->has_gateway && !leads_nowhere(route) ? RT_SCOPE_LINK
											: RT_SCOPE_UNIVERSE;
}

struct route_search {
	const struct link_route *wanted;
	int ifindex;
	gboolean found;
};

/* IPv6 has no metric 0: the kernel makes it 1024. */
static guint32
effective_metric(const struct link_route *route)
{
	return route->metric == 0 && route->family == AF_INET6 ? IP6_RT_PRIO_USER : route->metric;
}

static void
compare_route(void *user, const struct nlmsghdr *nlh)
{
	struct route_search *search = user;
	const struct link_route *wanted = search->wanted;
	struct link_route route;
	int oif;

	if (!link_parse_route(nlh, &route, &oif) || oif != search->ifindex || route.family != wanted->family ||
	    route.prefix != wanted->prefix || route.has_gateway != !!wanted->has_gateway)
		return;
	if (route.table != (wanted->table != 0 ? wanted->table : RT_TABLE_MAIN) ||
	    route.metric != effective_metric(wanted))
		return;
	if (memcmp(route.destination, wanted->destination, address_size(route.family)) != 0)
		return;
	if (!route.has_gateway || memcmp(route.gateway, wanted->gateway, address_size(route.family)) == 0)
		search->found = TRUE;
}

static gboolean
route_exists(struct link_config *config, int ifindex, const struct link_route *route)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct route_search search = {.wanted = route, .ifindex = ifindex};
	struct nlmsghdr *nlh = netlink_begin(buffer, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	struct netlink_result result;

	rtm->rtm_family = (guint8) route->family;
	netlink_talk(&config->netlink, nlh, compare_route, &search, &result);
	return search.found;
}

/* "Exists" may mean the same destination and metric by another way; that one is somebody else's and stays. */
gboolean
link_add_route(struct link_config *config, int ifindex, const struct link_route *route, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct netlink_result result;
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	int code;

	if (!check(route->family, route->prefix, ifindex, "add a route", error))
		return FALSE;
	nlh = begin_route(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, ifindex, route);
	rtm = mnl_nlmsg_get_payload(nlh);
	rtm->rtm_type = route->type != RTN_UNSPEC ? route->type : RTN_UNICAST;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_scope = scope_of(route);
	rtm->rtm_flags = route->onlink ? RTNH_F_ONLINK : 0;
	put_metrics(nlh, &route->metrics);
	code = netlink_talk(&config->netlink, nlh, NULL, NULL, &result);
	if (code == 0 || (code == EEXIST && (leads_nowhere(route) || route_exists(config, ifindex, route))))
		return TRUE;
	if (code == EEXIST)
		return link_config_error(error, ifindex, code, "there is another route of the same metric",
					 "add a route");
	return link_config_error(error, ifindex, code, result.text, "add a route");
}

gboolean
link_remove_route(struct link_config *config, int ifindex, const struct link_route *route, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	if (!check(route->family, route->prefix, ifindex, "remove a route", error))
		return FALSE;
	nlh = begin_route(buffer, RTM_DELROUTE, 0, ifindex, route);
	rtm = mnl_nlmsg_get_payload(nlh);
	rtm->rtm_type = leads_nowhere(route) ? route->type : RTN_UNSPEC;
	rtm->rtm_scope = RT_SCOPE_NOWHERE; /* any */
	return link_config_talk(config, nlh, ifindex, ESRCH, "remove a route", error);
}

struct way_answer {
	struct link_way *way;
	gboolean found;
};

static void
take_way(void *user, const struct nlmsghdr *nlh)
{
	struct way_answer *answer = user;

	answer->found |= link_parse_way(nlh, answer->way);
}

int
link_find_way(struct link_config *config, int family, const guint8 *destination, int ifindex, struct link_way *way)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct way_answer answer = {.way = way};
	struct netlink_result result;
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	gsize size = address_size(family);
	int code;

	if (size == 0)
		return EAFNOSUPPORT;
	nlh = netlink_begin(buffer, RTM_GETROUTE, 0);
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = (guint8) family;
	rtm->rtm_dst_len = (guint8) (8 * size);
	mnl_attr_put(nlh, RTA_DST, size, destination);
	if (ifindex != 0)
		mnl_attr_put_u32(nlh, RTA_OIF, (guint32) ifindex);
	code = netlink_talk(&config->netlink, nlh, take_way, &answer, &result);
	if (code != 0)
		return code;
	return answer.found ? 0 : EBADMSG;
}
