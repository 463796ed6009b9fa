/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ethtool.h"

#include "check.h"
#include "words.h"

#include <string.h>

#define SECTION "802-3-ethernet"

/* NMSettingWiredWakeOnLan */
#define WAKE_DEFAULT 0x1
#define WAKE_MAGIC   0x40
#define WAKE_IGNORE  0x8000

static const char *const coalesce_names[] = {"adaptive-rx",
					     "adaptive-tx",
					     "pkt-rate-high",
					     "pkt-rate-low",
					     "rx-frames",
					     "rx-frames-high",
					     "rx-frames-irq",
					     "rx-frames-low",
					     "rx-usecs",
					     "rx-usecs-high",
					     "rx-usecs-irq",
					     "rx-usecs-low",
					     "sample-interval",
					     "stats-block-usecs",
					     "tx-frames",
					     "tx-frames-high",
					     "tx-frames-irq",
					     "tx-frames-low",
					     "tx-usecs",
					     "tx-usecs-high",
					     "tx-usecs-irq",
					     "tx-usecs-low",
					     NULL};

static const char *const feature_names[] = {"esp-hw-offload",
					    "esp-tx-csum-hw-offload",
					    "fcoe-mtu",
					    "gro",
					    "gso",
					    "highdma",
					    "hw-tc-offload",
					    "l2-fwd-offload",
					    "loopback",
					    "lro",
					    "macsec-hw-offload",
					    "ntuple",
					    "rx",
					    "rxhash",
					    "rxvlan",
					    "rx-all",
					    "rx-fcs",
					    "rx-gro-hw",
					    "rx-gro-list",
					    "rx-udp-gro-forwarding",
					    "rx-udp_tunnel-port-offload",
					    "rx-vlan-filter",
					    "rx-vlan-stag-filter",
					    "rx-vlan-stag-hw-parse",
					    "sg",
					    "tls-hw-record",
					    "tls-hw-rx-offload",
					    "tls-hw-tx-offload",
					    "tso",
					    "tx",
					    "txvlan",
					    "tx-checksum-fcoe-crc",
					    "tx-checksum-ipv4",
					    "tx-checksum-ipv6",
					    "tx-checksum-ip-generic",
					    "tx-checksum-sctp",
					    "tx-esp-segmentation",
					    "tx-fcoe-segmentation",
					    "tx-gre-csum-segmentation",
					    "tx-gre-segmentation",
					    "tx-gso-list",
					    "tx-gso-partial",
					    "tx-gso-robust",
					    "tx-ipxip4-segmentation",
					    "tx-ipxip6-segmentation",
					    "tx-nocache-copy",
					    "tx-scatter-gather",
					    "tx-scatter-gather-fraglist",
					    "tx-sctp-segmentation",
					    "tx-tcp6-segmentation",
					    "tx-tcp-ecn-segmentation",
					    "tx-tcp-mangleid-segmentation",
					    "tx-tcp-segmentation",
					    "tx-tunnel-remcsum-segmentation",
					    "tx-udp-segmentation",
					    "tx-udp_tnl-csum-segmentation",
					    "tx-udp_tnl-segmentation",
					    "tx-vlan-stag-hw-insert",
					    NULL};
/* NetworkManager knows these names only, not the ones of ethtool itself. */
static const char *const pause_names[] = {"pause-autoneg", "pause-rx", "pause-tx", NULL};
static const char *const ring_names[] = {"rx", "rx-jumbo", "rx-mini", "tx", NULL};

/* Calls of ethtool that change more than the link: first word, what properties of them begin with, and what there is. */
static const struct call {
	const char *words[3];
	const char *prefix;
	const char *const *names;
	gboolean is_number;
} calls[] = {
    {{"-A", "--pause"}, "", pause_names, FALSE},
    {{"-C", "--coalesce"}, "coalesce-", coalesce_names, TRUE},
    {{"-G", "--set-ring"}, "ring-", ring_names, TRUE},
    {{"-K", "--features", "--offload"}, "feature-", feature_names, FALSE},
};

/* What is being read of one file. */
struct ethtool {
	struct ifcfg_file *file;
	struct ifcfg_settings *settings;
	guint32 wake;
	char *password; /* nullable */
};

static void
report_word(struct ethtool *ethtool, const char *word)
{
	ifcfg_file_report(ethtool->file, IFCFG_INFO, "ETHTOOL_OPTS", "Set it by other means if it is needed",
			  "%s of ETHTOOL_OPTS is not handled", word);
}

static const struct call *
find_call(const char *word)
{
	for (guint i = 0; i < G_N_ELEMENTS(calls); i++) {
		for (guint k = 0; k < G_N_ELEMENTS(calls[i].words) && calls[i].words[k] != NULL; k++) {
			if (strcmp(calls[i].words[k], word) == 0)
				return &calls[i];
		}
	}
	return NULL;
}

static GVariant *
new_value(const struct call *call, const char *name, const char *text)
{
	gint64 number;

	if (g_str_has_prefix(name, "adaptive-") && ifcfg_parse_integer(text, 10, 2, G_MAXUINT32, &number))
		return NULL;
	if (call->is_number)
		return ifcfg_parse_integer(text, 10, 0, G_MAXUINT32, &number) ? g_variant_new_uint32(number) : NULL;
	if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
		return NULL;
	return g_variant_new_boolean(strcmp(text, "on") == 0);
}

/* Features have names of the kernel's, too. */
static const char *
canonical_name(const struct call *call, const char *word)
{
	static const struct {
		const char *kernel;
		const char *name;
	} names[] = {
	    {"rx-checksum", "rx"},
	    {"rx-gro", "gro"},
	    {"rx-hashing", "rxhash"},
	    {"rx-lro", "lro"},
	    {"rx-ntuple-filter", "ntuple"},
	    {"rx-vlan-hw-parse", "rxvlan"},
	    {"tx-generic-segmentation", "gso"},
	    {"tx-vlan-hw-insert", "txvlan"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(names) && call->names == feature_names; i++) {
		if (strcmp(names[i].kernel, word) == 0)
			return names[i].name;
	}
	return word;
}

/* -K INTERFACE name value … */
static void
read_call(struct ethtool *ethtool, const struct call *call, char **words)
{
	if (words[1] == NULL) {
		report_word(ethtool, words[0]);
		return;
	}
	ifcfg_settings_add_section(ethtool->settings, "ethtool");
	for (char **word = words + 2; *word != NULL; word++) {
		GVariant *value = word[1] != NULL ? new_value(call, word[0], word[1]) : NULL;
		g_autofree char *property = g_strconcat(call->prefix, canonical_name(call, *word), NULL);

		if (value != NULL && g_strv_contains(call->names, canonical_name(call, *word))) {
			ifcfg_settings_set(ethtool->settings, "ethtool", property, value);
		} else {
			report_word(ethtool, *word);
			if (value != NULL)
				g_variant_unref(g_variant_ref_sink(value));
		}
		word += value != NULL;
	}
}

static gboolean
read_wake(struct ethtool *ethtool, const char *letters)
{
	static const struct {
		char letter;
		guint32 flag;
	} flags[] = {{'p', 0x2}, {'u', 0x4}, {'m', 0x8}, {'b', 0x10}, {'a', 0x20}, {'g', WAKE_MAGIC}, {'s', 0}};
	guint32 wake = 0;
	gboolean all = TRUE;

	for (; *letters != '\0'; letters++) {
		guint i = 0;

		while (i < G_N_ELEMENTS(flags) && flags[i].letter != *letters)
			i++;
		if (*letters == 'd')
			wake = 0;
		else if (i < G_N_ELEMENTS(flags))
			wake |= flags[i].flag;
		else
			all = FALSE;
	}
	ethtool->wake = wake;
	return all;
}

static gboolean
read_password(struct ethtool *ethtool, const char *value)
{
	if (!ifcfg_parse_mac(value, NULL))
		return FALSE;
	g_free(ethtool->password);
	ethtool->password = g_strdup(value);
	return TRUE;
}

static gboolean
read_speed(struct ethtool *ethtool, const char *value)
{
	gint64 speed;

	if (!ifcfg_parse_integer(value, 10, 0, G_MAXUINT32, &speed))
		return FALSE;
	if (speed > 0)
		ifcfg_settings_set(ethtool->settings, SECTION, "speed", g_variant_new_uint32(speed));
	return TRUE;
}

static gboolean
read_duplex(struct ethtool *ethtool, const char *value)
{
	if (strcmp(value, "full") != 0 && strcmp(value, "half") != 0)
		return FALSE;
	ifcfg_settings_set_string(ethtool->settings, SECTION, "duplex", value);
	return TRUE;
}

static gboolean
read_negotiation(struct ethtool *ethtool, const char *value)
{
	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		return FALSE;
	ifcfg_settings_set(ethtool->settings, SECTION, "auto-negotiate",
			   g_variant_new_boolean(strcmp(value, "on") == 0));
	return TRUE;
}

static const struct {
	const char *name;
	gboolean (*read)(struct ethtool *ethtool, const char *value);
} link_words[] = {
    {"speed", read_speed}, {"duplex", read_duplex},   {"autoneg", read_negotiation},
    {"wol", read_wake},	   {"sopass", read_password},
};

/* `speed 1000 duplex full`, what `ethtool -s INTERFACE` takes. */
static void
read_link(struct ethtool *ethtool, char **words)
{
	for (char **word = words; *word != NULL; word++) {
		guint i = 0;

		while (i < G_N_ELEMENTS(link_words) && strcmp(link_words[i].name, *word) != 0)
			i++;
		if (i == G_N_ELEMENTS(link_words) || word[1] == NULL)
			report_word(ethtool, *word);
		else if (!link_words[i].read(ethtool, *++word))
			report_word(ethtool, *word);
	}
}

static void
read_calls(struct ethtool *ethtool, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, ";", -1);

	for (char **part = parts; *part != NULL; part++) {
		g_auto(GStrv) words = ifcfg_split_words(*part);
		const struct call *call = words[0] != NULL ? find_call(words[0]) : NULL;

		if (call != NULL)
			read_call(ethtool, call, words);
		else
			read_link(ethtool, words);
	}
}

/* A fixed link needs both. */
static void
check_link(struct ethtool *ethtool)
{
	gboolean has_speed = ifcfg_settings_get(ethtool->settings, SECTION, "speed") != NULL;
	gboolean has_duplex = ifcfg_settings_get(ethtool->settings, SECTION, "duplex") != NULL;

	if (has_speed == has_duplex)
		return;
	ifcfg_settings_unset(ethtool->settings, SECTION, "speed");
	ifcfg_settings_unset(ethtool->settings, SECTION, "duplex");
	ifcfg_file_report(ethtool->file, IFCFG_WARNING, "ETHTOOL_OPTS", "Write both, such as `speed 1000 duplex full`",
			  "speed and duplex go together, the one that is there is left out");
}

static gboolean
is_set(struct ethtool *ethtool, const char *property)
{
	return ifcfg_settings_get(ethtool->settings, "ethtool", property) != NULL;
}

static void
check_pauses(struct ethtool *ethtool)
{
	GVariant *negotiated = ifcfg_settings_get(ethtool->settings, "ethtool", "pause-autoneg");

	if (negotiated != NULL && g_variant_get_boolean(negotiated) &&
	    (is_set(ethtool, "pause-rx") || is_set(ethtool, "pause-tx")))
		ifcfg_file_report(ethtool->file, IFCFG_FATAL, "ETHTOOL_OPTS",
				  "Write pause-autoneg off, or remove the others",
				  "pause-autoneg goes with neither pause-rx nor pause-tx");
}

static void
set_wake(struct ethtool *ethtool)
{
	const char *words = ifcfg_file_get(ethtool->file, "ETHTOOL_WAKE_ON_LAN");

	if (words != NULL && strcmp(words, "ignore") == 0)
		ethtool->wake = WAKE_IGNORE;
	else if (words != NULL)
		ifcfg_file_report(ethtool->file, IFCFG_WARNING, "ETHTOOL_WAKE_ON_LAN",
				  "Write ignore or remove the line",
				  "ETHTOOL_WAKE_ON_LAN has no such value, it is ignored");
	if (ethtool->wake != WAKE_DEFAULT)
		ifcfg_settings_set(ethtool->settings, SECTION, "wake-on-lan", g_variant_new_uint32(ethtool->wake));
	if (ethtool->password == NULL)
		return;
	if ((ethtool->wake & WAKE_MAGIC) != 0 && ethtool->wake != WAKE_IGNORE)
		ifcfg_settings_set_string(ethtool->settings, SECTION, "wake-on-lan-password", ethtool->password);
	else
		report_word(ethtool, "sopass");
}

gboolean
ifcfg_ethtool_is_set(struct ifcfg_file *file)
{
	return g_hash_table_contains(file->by_name, "ETHTOOL_OPTS") ||
	       g_hash_table_contains(file->by_name, "ETHTOOL_WAKE_ON_LAN");
}

void
ifcfg_ethtool_read(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	const struct ifcfg_variable *variable = ifcfg_file_find(file, "ETHTOOL_OPTS");
	struct ethtool ethtool = {.file = file, .settings = settings, .wake = WAKE_DEFAULT};

	/* An empty one means to leave everything as it is. */
	if (variable != NULL && variable->value[0] == '\0')
		ethtool.wake = WAKE_IGNORE;
	else if (variable != NULL)
		read_calls(&ethtool, variable->value);
	check_link(&ethtool);
	check_pauses(&ethtool);
	set_wake(&ethtool);
	g_free(ethtool.password);
}
