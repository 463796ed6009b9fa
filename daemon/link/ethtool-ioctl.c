/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ethtool-ioctl.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

/* More than any kernel has; a larger answer would be a broken one. */
#define FEATURES_MAX 1024

/* Returns: 0 or an errno. */
static int
call(int fd, const char *ifname, void *command)
{
	struct ifreq ifr = {0};

	g_strlcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name));
	ifr.ifr_data = command;
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? errno : 0;
}

static void
store(guint32 raw_speed, guint8 raw_duplex, guint32 *speed, enum bond_duplex *duplex)
{
	*speed = raw_speed == 0 ? BOND_SPEED_UNKNOWN : raw_speed;
	*duplex = raw_duplex <= BOND_DUPLEX_FULL ? (enum bond_duplex) raw_duplex : BOND_DUPLEX_UNKNOWN;
}

/* The kernel tells how many words its masks have by a negative number and wants to be asked again with it. */
static int
get_link_settings(int fd, const char *ifname, guint32 *speed, enum bond_duplex *duplex)
{
	struct ethtool_link_settings probe = {.cmd = ETHTOOL_GLINKSETTINGS};
	g_autofree struct ethtool_link_settings *settings = NULL;
	int code = call(fd, ifname, &probe);
	gsize words;

	if (code != 0)
		return code;
	if (probe.link_mode_masks_nwords >= 0)
		return EOPNOTSUPP;
	words = (gsize) -probe.link_mode_masks_nwords;
	settings = g_malloc0(sizeof(*settings) + 3 * words * sizeof(guint32));
	settings->cmd = ETHTOOL_GLINKSETTINGS;
	settings->link_mode_masks_nwords = (gint8) words;
	code = call(fd, ifname, settings);
	if (code == 0)
		store(settings->speed, settings->duplex, speed, duplex);
	return code;
}

void
ethtool_ioctl_get_link(int fd, const char *ifname, guint32 *speed, enum bond_duplex *duplex)
{
	struct ethtool_cmd old = {.cmd = ETHTOOL_GSET};

	if (get_link_settings(fd, ifname, speed, duplex) == 0)
		return;
	if (call(fd, ifname, &old) == 0) {
		guint32 raw = ethtool_cmd_speed(&old);

		/* 16 bits of "unknown" from drivers that never heard of the high half. */
		store(raw == G_MAXUINT16 ? BOND_SPEED_UNKNOWN : raw, old.duplex, speed, duplex);
	}
}

/* Basic mode status register of the PHY. */
static int
mii_has_link(int fd, const char *ifname)
{
	struct ifreq ifr = {0};
	struct mii_ioctl_data mii = {0};

	g_strlcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name));
	if (ioctl(fd, SIOCGMIIPHY, &ifr) < 0)
		return -1;
	memcpy(&mii, &ifr.ifr_data, sizeof(mii));
	mii.reg_num = MII_BMSR;
	memcpy(&ifr.ifr_data, &mii, sizeof(mii));
	if (ioctl(fd, SIOCGMIIREG, &ifr) < 0)
		return -1;
	memcpy(&mii, &ifr.ifr_data, sizeof(mii));
	return (mii.val_out & BMSR_LSTATUS) != 0;
}

int
ethtool_ioctl_has_link(int fd, const char *ifname)
{
	struct ethtool_value link = {.cmd = ETHTOOL_GLINK};

	if (call(fd, ifname, &link) == 0)
		return link.data != 0;
	return mii_has_link(fd, ifname);
}

static guint32
count_features(int fd, const char *ifname)
{
	g_autofree struct ethtool_sset_info *set = g_malloc0(sizeof(*set) + sizeof(set->data[0]));

	set->cmd = ETHTOOL_GSSET_INFO;
	set->sset_mask = 1ull << ETH_SS_FEATURES;
	if (call(fd, ifname, set) != 0 || set->sset_mask == 0)
		return 0;
	return set->data[0] <= FEATURES_MAX ? set->data[0] : 0;
}

/* Returns: 0 or an errno. @n: how many features there are; @index: of the one of that name */
static int
find_feature(int fd, const char *ifname, const char *feature, guint32 *n, guint32 *index)
{
	g_autofree struct ethtool_gstrings *strings = NULL;
	int code;

	*n = count_features(fd, ifname);
	if (*n == 0)
		return EOPNOTSUPP;
	strings = g_malloc0(sizeof(*strings) + *n * ETH_GSTRING_LEN);
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = *n;
	code = call(fd, ifname, strings);
	if (code != 0)
		return code;
	for (*index = 0; *index < MIN(*n, strings->len); ++*index)
		if (strncmp((const char *) strings->data + *index * ETH_GSTRING_LEN, feature, ETH_GSTRING_LEN) == 0)
			return 0;
	return EOPNOTSUPP;
}

int
ethtool_ioctl_get_feature(int fd, const char *ifname, const char *feature, gboolean *changeable, gboolean *active)
{
	g_autofree struct ethtool_gfeatures *features = NULL;
	guint32 index;
	guint32 blocks;
	guint32 n;
	int code = find_feature(fd, ifname, feature, &n, &index);

	if (code != 0)
		return code;
	blocks = (n + 31) / 32;
	features = g_malloc0(sizeof(*features) + blocks * sizeof(features->features[0]));
	features->cmd = ETHTOOL_GFEATURES;
	features->size = blocks;
	code = call(fd, ifname, features);
	if (code != 0)
		return code;
	*changeable = (features->features[index / 32].available >> (index % 32)) & 1;
	*active = (features->features[index / 32].active >> (index % 32)) & 1;
	return 0;
}

int
ethtool_ioctl_set_feature(int fd, const char *ifname, const char *feature, gboolean on)
{
	g_autofree struct ethtool_sfeatures *features = NULL;
	guint32 index;
	guint32 blocks;
	guint32 n;
	int code = find_feature(fd, ifname, feature, &n, &index);

	if (code != 0)
		return code;
	blocks = (n + 31) / 32;
	features = g_malloc0(sizeof(*features) + blocks * sizeof(features->features[0]));
	features->cmd = ETHTOOL_SFEATURES;
	features->size = blocks;
	features->features[index / 32].valid = 1u << (index % 32);
	features->features[index / 32].requested = on ? 1u << (index % 32) : 0;
	return call(fd, ifname, features);
}
