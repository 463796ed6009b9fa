/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ethtool.h"
#include "ethtool-ioctl.h"
#include "link-parse.h"
#include "netlink.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <sys/socket.h>
#include <unistd.h>

struct ethtool {
	struct netlink netlink;
	guint16 family; /* of generic netlink; 0: the kernel has no ethtool there */
	int fd;		/* for the ioctl */
};

static void
read_family(void *user, const struct nlmsghdr *nlh)
{
	const struct nlattr *table[CTRL_ATTR_MAX + 1];
	gsize skip = MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct genlmsghdr));

	if (nlh->nlmsg_len >= skip &&
	    netlink_attributes((const guint8 *) nlh + skip, nlh->nlmsg_len - skip, table, G_N_ELEMENTS(table)))
		netlink_get_u16(table[CTRL_ATTR_FAMILY_ID], user);
}

static struct nlmsghdr *
begin_genl(guint8 *buffer, guint16 family, guint8 command)
{
	struct nlmsghdr *nlh = netlink_begin(buffer, family, 0);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = command;
	genl->version = 1;
	return nlh;
}

static void
find_family(struct ethtool *ethtool)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct nlmsghdr *nlh = begin_genl(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	struct netlink_result result;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
	if (netlink_talk(&ethtool->netlink, nlh, read_family, &ethtool->family, &result) != 0)
		ethtool->family = 0;
}

struct ethtool *
ethtool_new(GError **error)
{
	struct ethtool *ethtool = g_new0(struct ethtool, 1);

	ethtool->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!netlink_open(&ethtool->netlink, NETLINK_GENERIC, error)) {
		ethtool_free(ethtool);
		return NULL;
	}
	find_family(ethtool);
	return ethtool;
}

void
ethtool_free(struct ethtool *ethtool)
{
	if (ethtool == NULL)
		return;
	netlink_close(&ethtool->netlink);
	if (ethtool->fd >= 0)
		close(ethtool->fd);
	g_free(ethtool);
}

/* @header: the command's ETHTOOL_A_*_HEADER, which is 1 for all of them */
static struct nlmsghdr *
begin_command(const struct ethtool *ethtool, guint8 *buffer, guint8 command, guint16 header, const char *ifname)
{
	struct nlmsghdr *nlh = begin_genl(buffer, ethtool->family, command);
	struct nlattr *nest = mnl_attr_nest_start(nlh, header);

	mnl_attr_put_strz(nlh, ETHTOOL_A_HEADER_DEV_NAME, ifname);
	mnl_attr_nest_end(nlh, nest);
	return nlh;
}

static gboolean
is_interface_name(const char *ifname)
{
	gsize len = strlen(ifname);

	return len > 0 && len < BOND_NAME_SIZE;
}

struct linkmodes {
	guint32 speed;
	enum bond_duplex duplex;
	gboolean seen;
};

static void
read_linkmodes(void *user, const struct nlmsghdr *nlh)
{
	struct linkmodes *modes = user;

	if (link_parse_linkmodes(nlh, &modes->speed, &modes->duplex))
		modes->seen = TRUE;
}

void
ethtool_get_link(struct ethtool *ethtool, const char *ifname, guint32 *speed, enum bond_duplex *duplex)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct linkmodes modes = {0};
	struct netlink_result result;

	*speed = BOND_SPEED_UNKNOWN;
	*duplex = BOND_DUPLEX_UNKNOWN;
	if (!is_interface_name(ifname))
		return;
	if (ethtool->family != 0) {
		struct nlmsghdr *nlh =
		    begin_command(ethtool, buffer, ETHTOOL_MSG_LINKMODES_GET, ETHTOOL_A_LINKMODES_HEADER, ifname);

		netlink_talk(&ethtool->netlink, nlh, read_linkmodes, &modes, &result);
	}
	if (modes.seen) {
		*speed = modes.speed;
		*duplex = modes.duplex;
	} else {
		ethtool_ioctl_get_link(ethtool->fd, ifname, speed, duplex);
	}
}

struct feature {
	const char *name;
	gboolean known;
	gboolean changeable;
	gboolean active;
};

static void
read_feature(void *user, const struct nlmsghdr *nlh)
{
	struct feature *feature = user;

	if (link_parse_feature(nlh, feature->name, &feature->changeable, &feature->active))
		feature->known = TRUE;
}

/* Returns: 0 or an errno; EOPNOTSUPP if no device has such a feature. */
static int
get_feature(struct ethtool *ethtool, const char *ifname, struct feature *feature)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct netlink_result result;
	struct nlmsghdr *nlh;
	int code;

	if (!is_interface_name(ifname))
		return ENODEV;
	if (ethtool->family == 0)
		return ethtool_ioctl_get_feature(ethtool->fd, ifname, feature->name, &feature->changeable,
						 &feature->active);
	nlh = begin_command(ethtool, buffer, ETHTOOL_MSG_FEATURES_GET, ETHTOOL_A_FEATURES_HEADER, ifname);
	code = netlink_talk(&ethtool->netlink, nlh, read_feature, feature, &result);
	return code != 0 ? code : feature->known ? 0 : EOPNOTSUPP;
}

static int
set_feature(struct ethtool *ethtool, const char *ifname, const char *feature, gboolean on)
{
	guint8 buffer[NETLINK_REQUEST_SIZE];
	struct netlink_result result;
	struct nlattr *nests[3];
	struct nlmsghdr *nlh;

	if (ethtool->family == 0)
		return ethtool_ioctl_set_feature(ethtool->fd, ifname, feature, on);
	nlh = begin_command(ethtool, buffer, ETHTOOL_MSG_FEATURES_SET, ETHTOOL_A_FEATURES_HEADER, ifname);
	nests[0] = mnl_attr_nest_start(nlh, ETHTOOL_A_FEATURES_WANTED);
	nests[1] = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS);
	nests[2] = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS_BIT);
	mnl_attr_put_strz(nlh, ETHTOOL_A_BITSET_BIT_NAME, feature);
	if (on)
		mnl_attr_put(nlh, ETHTOOL_A_BITSET_BIT_VALUE, 0, NULL);
	for (guint i = G_N_ELEMENTS(nests); i > 0; i--)
		mnl_attr_nest_end(nlh, nests[i - 1]);
	return netlink_talk(&ethtool->netlink, nlh, NULL, NULL, &result);
}

int
ethtool_has_link(struct ethtool *ethtool, const char *ifname)
{
	return is_interface_name(ifname) ? ethtool_ioctl_has_link(ethtool->fd, ifname) : -1;
}

static gboolean
feature_error(GError **error, int code, const char *ifname, const char *feature, const char *verb)
{
	g_set_error(error, LINK_ERROR, code, "feature %s of %s cannot be %s: %s", feature, ifname, verb,
		    g_strerror(code));
	return FALSE;
}

gboolean
ethtool_get_feature(struct ethtool *ethtool, const char *ifname, const char *feature, gboolean *on, GError **error)
{
	struct feature state = {.name = feature};
	int code = get_feature(ethtool, ifname, &state);

	if (code != 0)
		return feature_error(error, code, ifname, feature, "read");
	*on = state.active;
	return TRUE;
}

/* Success is that the device says so: a driver may take a wish and not follow it. */
gboolean
ethtool_set_feature(struct ethtool *ethtool, const char *ifname, const char *feature, gboolean on, GError **error)
{
	struct feature state = {.name = feature};
	int code = get_feature(ethtool, ifname, &state);

	if (code == 0 && state.active == !!on)
		return TRUE;
	if (code == 0 && !state.changeable)
		code = EOPNOTSUPP;
	if (code == 0)
		code = set_feature(ethtool, ifname, feature, on);
	if (code == 0)
		code = get_feature(ethtool, ifname, &state);
	if (code == 0 && state.active != !!on)
		code = EOPNOTSUPP;
	return code == 0 || feature_error(error, code, ifname, feature, on ? "switched on" : "switched off");
}
