/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-rule.h"
#include "link-config-private.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static gsize
address_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

static void
put_range(struct nlmsghdr *nlh, guint16 type, const guint16 *ports)
{
	struct fib_rule_port_range range = {.start = ports[0], .end = ports[1]};

	if (ports[0] != 0)
		mnl_attr_put(nlh, type, sizeof(range), &range);
}

/* Who it is for. */
static void
put_selector(struct nlmsghdr *nlh, const struct link_rule *rule)
{
	struct fib_rule_uid_range users = {.start = rule->users[0], .end = rule->users[1]};
	gsize size = address_size(rule->family);

	if (rule->from_prefix > 0)
		mnl_attr_put(nlh, FRA_SRC, size, rule->from);
	if (rule->to_prefix > 0)
		mnl_attr_put(nlh, FRA_DST, size, rule->to);
	if (rule->input[0] != '\0')
		mnl_attr_put_strz(nlh, FRA_IIFNAME, rule->input);
	if (rule->output[0] != '\0')
		mnl_attr_put_strz(nlh, FRA_OIFNAME, rule->output);
	if (rule->mark != 0 || rule->mask != 0) {
		mnl_attr_put_u32(nlh, FRA_FWMARK, rule->mark);
		mnl_attr_put_u32(nlh, FRA_FWMASK, rule->mask);
	}
	if (rule->protocol != 0)
		mnl_attr_put_u8(nlh, FRA_IP_PROTO, rule->protocol);
	put_range(nlh, FRA_SPORT_RANGE, rule->source_ports);
	put_range(nlh, FRA_DPORT_RANGE, rule->destination_ports);
	if (rule->has_users)
		mnl_attr_put(nlh, FRA_UID_RANGE, sizeof(users), &users);
}

static struct nlmsghdr *
begin_rule(guint8 *buffer, guint16 type, guint16 flags, const struct link_rule *rule)
{
	struct nlmsghdr *nlh = netlink_begin(buffer, type, flags);
	struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->family = (guint8) rule->family;
	header->src_len = (guint8) rule->from_prefix;
	header->dst_len = (guint8) rule->to_prefix;
	header->tos = rule->tos;
	header->action = rule->action;
	header->flags = rule->invert ? FIB_RULE_INVERT : 0;
	if (rule->table != 0)
		mnl_attr_put_u32(nlh, FRA_TABLE, rule->table);
	if (rule->has_priority)
		mnl_attr_put_u32(nlh, FRA_PRIORITY, rule->priority);
	if (rule->suppresses)
		mnl_attr_put_u32(nlh, FRA_SUPPRESS_PREFIXLEN, rule->suppressed_prefix);
	put_selector(nlh, rule);
	return nlh;
}

static gboolean
talk(struct link_config *config, struct nlmsghdr *nlh, const struct link_rule *rule, int tolerated, const char *what,
     GError **error)
{
	struct netlink_result result;
	int code = netlink_talk(&config->netlink, nlh, NULL, NULL, &result);

	if (code == 0 || code == tolerated)
		return TRUE;
	g_set_error(error, LINK_ERROR, code, "cannot %s a rule for table %u: %s%s%s%s", what, rule->table,
		    g_strerror(code), result.text[0] != '\0' ? " (" : "", result.text,
		    result.text[0] != '\0' ? ")" : "");
	return FALSE;
}

static gboolean
check(const struct link_rule *rule, GError **error)
{
	guint bits = 8 * address_size(rule->family);

	if ((rule->family == AF_INET || rule->family == AF_INET6) && rule->from_prefix <= bits &&
	    rule->to_prefix <= bits)
		return TRUE;
	g_set_error(error, LINK_ERROR, EINVAL, "a rule has no valid family or prefix");
	return FALSE;
}

gboolean
link_add_rule(struct link_config *config, const struct link_rule *rule, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	if (!check(rule, error))
		return FALSE;
	nlh = begin_rule(buffer, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, RTPROT_STATIC);
	return talk(config, nlh, rule, EEXIST, "add", error);
}

gboolean
link_remove_rule(struct link_config *config, const struct link_rule *rule, GError **error)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];

	if (!check(rule, error))
		return FALSE;
	return talk(config, begin_rule(buffer, RTM_DELRULE, 0, rule), rule, ENOENT, "remove", error);
}
