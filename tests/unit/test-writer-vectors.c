/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What exactly becomes of a file, and what is refused with what word. */
#include "writer-fixture.h"

#include <string.h>

#define MAX_CHANGES 8
#define MAX_FILES   4

/* The tutorial's own. */
#define BOND                                                                                                           \
	"# our uplink\nDEVICE=bond0\nBONDING_OPTS=\"mode=1 miimon=100\"   # two cables\nONBOOT=yes\nBOOTPROTO=none\n"  \
	"IPADDR=172.20.43.110\nNETMASK=255.255.255.0\nGATEWAY=172.20.43.1\nUSERCTL=no\n"
#define PORT "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\nONBOOT=yes\nBOOTPROTO=none\n"
#define SUSE_BOND                                                                                                      \
	"STARTMODE='auto'\nBOOTPROTO='static'\nIPADDR='192.0.2.2/24'\nBONDING_MASTER='yes'\n"                          \
	"BONDING_MODULE_OPTS='mode=active-backup miimon=100'\nBONDING_SLAVE0='eth0'\n"

struct file {
	const char *name;
	const char *text;
};

static const struct vector {
	const char *what;
	struct file files[MAX_FILES]; /* the first is the profile's */
	struct {
		const char *group;
		const char *key;
		const char *value;
	} changes[MAX_CHANGES];
	const char *old;   /* a piece of the first file … */
	const char *new;   /* … and what it becomes; all else stays */
	struct file other; /* another file that changes */
	const char *error; /* instead: a piece of the message */
} vectors[] = {
    {"option", {{"ifcfg-bond0", BOND}}, {{"bond", "miimon", "250"}}, "miimon=100", "miimon=250"},
    {"new option", {{"ifcfg-bond0", BOND}}, {{"bond", "primary", "eth1"}}, "miimon=100\"", "miimon=100 primary=eth1\""},
    {"option gone", {{"ifcfg-bond0", BOND}}, {{"bond", "miimon", NULL}}, "mode=1 miimon=100", "mode=1"},
    {"mode", {{"ifcfg-bond0", BOND}}, {{"bond", "mode", "802.3ad"}}, "mode=1", "mode=802.3ad"},
    {"unknown option stays",
     {{"ifcfg-bond0", "DEVICE=bond0\nBONDING_OPTS='foo=1  mode=1 bar miimon=100'\n"}},
     {{"bond", "miimon", "5"}},
     "miimon=100'",
     "miimon=5'"},
    {"bondd's own option",
     {{"ifcfg-bond0", "DEVICE=bond0\nBONDING_OPTS=mode=4\n"}},
     {{"user", "bondd.lacp_active", "off"}},
     "BONDING_OPTS=mode=4\n",
     "BONDING_OPTS=\"mode=4 lacp_active=off\"\n"},
    {"netmask",
     {{"ifcfg-bond0", BOND}},
     {{"ipv4", "address1", "172.20.43.110/16,172.20.43.1"}},
     "255.255.255.0",
     "255.255.0.0"},
    {"second address",
     {{"ifcfg-bond0", BOND}},
     {{"ipv4", "address2", "192.0.2.9/28"}},
     "USERCTL=no\n",
     "USERCTL=no\nIPADDR1=192.0.2.9\nNETMASK1=255.255.255.240\n"},
    {"gateway",
     {{"ifcfg-bond0", BOND}},
     {{"ipv4", "address1", "172.20.43.110/24,172.20.43.9"}},
     "GATEWAY=172.20.43.1\n",
     "GATEWAY=172.20.43.9\n"},
    {"no gateway", {{"ifcfg-bond0", BOND}}, {{"ipv4", "address1", "172.20.43.110/24"}}, "GATEWAY=172.20.43.1\n", ""},
    {"DHCP",
     {{"ifcfg-bond0", BOND}},
     {{"ipv4", "address1", NULL}, {"ipv4", "method", "auto"}},
     "BOOTPROTO=none\nIPADDR=172.20.43.110\nNETMASK=255.255.255.0\nGATEWAY=172.20.43.1\n",
     "BOOTPROTO=dhcp\n"},
    {"start", {{"ifcfg-bond0", BOND}}, {{"connection", "autoconnect", "false"}}, "ONBOOT=yes", "ONBOOT=no"},
    {"numbers from 0",
     {{"ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nIPADDR0=192.0.2.2\nPREFIX0=24\nIPADDR1=192.0.2.3\nPREFIX1=24\n"}},
     {{"ipv4", "address2", "192.0.2.4/25"}},
     "IPADDR1=192.0.2.3\nPREFIX1=24",
     "IPADDR1=192.0.2.4\nPREFIX1=25"},
    {"name servers keep their order",
     {{"ifcfg-bond0", BOND "DNS1=192.0.2.53\nDNS2=2001:db8::53\nDNS3=192.0.2.54\nIPV6INIT=yes\n"}},
     {{"ipv4", "dns", "192.0.2.53;192.0.2.55;"}},
     "DNS3=192.0.2.54",
     "DNS3=192.0.2.55"},
    {"IPv6",
     {{"ifcfg-bond0", BOND}},
     {{"ipv6", "method", "manual"}, {"ipv6", "address1", "2001:db8::5/64,2001:db8::1"}},
     "USERCTL=no\n",
     "USERCTL=no\nIPV6INIT=yes\nIPV6_AUTOCONF=no\nIPV6ADDR=2001:db8::5/64\nIPV6_DEFAULTGW=2001:db8::1\n"},
    {"routes",
     {{"ifcfg-bond0", BOND}, {"route-bond0", "# to the lab\n198.51.100.0/24 via 172.20.43.2 dev bond0\n"}},
     {{"ipv4", "route2", "203.0.113.0/24,172.20.43.3,9"}, {"ipv4", "route2_options", "mtu=1400"}},
     "",
     "",
     {"route-bond0", "# to the lab\n198.51.100.0/24 via 172.20.43.2 dev bond0\n"
		     "203.0.113.0/24 via 172.20.43.3 metric 9 mtu 1400\n"}},
    {"first route",
     {{"ifcfg-bond0", BOND}},
     {{"ipv4", "route1", "203.0.113.0/24"}},
     "",
     "",
     {"route-bond0", "203.0.113.0/24 dev bond0\n"}},
    {"last route",
     {{"ifcfg-bond0", BOND}, {"route-bond0", "203.0.113.0/24 dev bond0\n"}},
     {{"ipv4", "route1", NULL}},
     "",
     "",
     {"route-bond0", NULL}},
    {"numbered routes",
     {{"ifcfg-bond0", BOND},
      {"route-bond0", "ADDRESS0=198.51.100.0\nNETMASK0=255.255.255.0\nGATEWAY0=172.20.43.2 # lab\nADDRESS1=10.0.0.0\n"
		      "NETMASK1=255.0.0.0\n"}},
     {{"ipv4", "route1", "10.0.0.0/8"}, {"ipv4", "route2", NULL}},
     "",
     "",
     {"route-bond0", "ADDRESS0=10.0.0.0\nNETMASK0=255.0.0.0\n"}},
    {"rules",
     {{"ifcfg-bond0", BOND}},
     {{"ipv4", "routing-rule1", "priority 5 from 192.0.2.0/24 table 7"}},
     "USERCTL=no\n",
     "USERCTL=no\nROUTING_RULE_1=\"priority 5 from 192.0.2.0/24 table 7\"\n"},
    {"rules in their file",
     {{"ifcfg-bond0", BOND}, {"rule-bond0", "# lab\nfrom 192.0.2.1 table 7 prio 5\nfrom 192.0.2.2 lookup 8 prio 6\n"}},
     {{"ipv4", "routing-rule2", "priority 6 from 192.0.2.3 table 8"}},
     "",
     "",
     {"rule-bond0", "# lab\nfrom 192.0.2.1 table 7 prio 5\npriority 6 from 192.0.2.3 table 8\n"}},
    {"a port leaves", {{"ifcfg-eth0", PORT}}, {{"connection", "master", "bond1"}}, "MASTER=bond0", "MASTER=bond1"},
    {"a port is one no more",
     {{"ifcfg-eth0", PORT}},
     {{"connection", "master", NULL},
      {"connection", "slave-type", NULL},
      {"ipv4", "method", "auto"},
      {"ipv6", "method", "auto"}},
     "MASTER=bond0\nSLAVE=yes\nONBOOT=yes\nBOOTPROTO=none\n",
     "ONBOOT=yes\nBOOTPROTO=dhcp\nIPV6INIT=yes\nIPV6_AUTOCONF=yes\n"},
    {"a port by UUID",
     {{"ifcfg-eth0", PORT}},
     {{"connection", "master", "5bd2cc3f-8b1e-4d7f-9a3a-ec5a8f4b1d11"}},
     "MASTER=bond0\nSLAVE=yes\nONBOOT=yes\nBOOTPROTO=none\n",
     "SLAVE=yes\nONBOOT=yes\nBOOTPROTO=none\nMASTER_UUID=5bd2cc3f-8b1e-4d7f-9a3a-ec5a8f4b1d11\n"},
    {"queue",
     {{"ifcfg-eth0", PORT}},
     {{"bond-port", "queue-id", "3"}},
     "BOOTPROTO=none\n",
     "BOOTPROTO=none\nBOND_PORT_QUEUE_ID=3\n"},
    {"user data",
     {{"ifcfg-eth0", PORT}},
     {{"user", "my.Key-1", "a b"}},
     "BOOTPROTO=none\n",
     "BOOTPROTO=none\nNM_USER_MY___KEY_0551=\"a b\"\n"},
    {"features",
     {{"ifcfg-eth0", PORT "ETHTOOL_OPTS='autoneg on; -K eth0 tso off rx-all on; -x eth0 y'\n"}},
     {{"ethtool", "feature-tso", "true"}, {"ethtool", "ring-rx", "512"}},
     "tso off rx-all on; -x eth0 y'",
     "tso on rx-all on; -x eth0 y; -G eth0 rx 512'"},
    {"fixed link",
     {{"ifcfg-eth0", PORT}},
     {{"ethernet", "speed", "1000"}, {"ethernet", "duplex", "full"}},
     "BOOTPROTO=none\n",
     "BOOTPROTO=none\nETHTOOL_OPTS=\"speed 1000 duplex full\"\n"},
    {"SUSE's start",
     {{"ifcfg-bond0", "STARTMODE='auto'\nBONDING_MASTER=yes\n"}},
     {{"connection", "autoconnect", "false"}},
     "STARTMODE='auto'",
     "STARTMODE='manual'"},
    {"SUSE's options", {{"ifcfg-bond0", SUSE_BOND}}, {{"bond", "miimon", "50"}}, "miimon=100", "miimon=50"},
    {"SUSE's address",
     {{"ifcfg-bond0", SUSE_BOND}},
     {{"ipv4", "address1", "192.0.2.7/25"}},
     "192.0.2.2/24",
     "192.0.2.7/25"},
    /* What follows from a line that changes is said by one of its own. */
    {"the number of a VLAN was in its name",
     {{"ifcfg-v", "DEVICE=bond0.7\nVLAN=yes\n"}},
     {{"connection", "interface-name", "lab"}},
     "DEVICE=bond0.7\nVLAN=yes\n",
     "DEVICE=lab\nVLAN=yes\nVLAN_ID=7\nPHYSDEV=bond0\n"},
    {"an alias' address stays where it is",
     {{"ifcfg-bond0", BOND}, {"ifcfg-bond0:1", "DEVICE=bond0:1\nIPADDR=192.0.2.9\nNETMASK=255.255.255.0\n"}},
     {{"ipv4", "address1", "172.20.43.111/24,172.20.43.1"}},
     "IPADDR=172.20.43.110",
     "IPADDR=172.20.43.111"},
    {"time of use is kept elsewhere", {{"ifcfg-bond0", BOND}}, {{"connection", "timestamp", "1700000000"}}, "", ""},

    {"no such property", {{"ifcfg-bond0", BOND}}, {{"ipv6", "mtu", "1400"}}, .error = "ipv6.mtu=1400: "},
    {"no such value", {{"ifcfg-bond0", BOND}}, {{"connection", "metered", "3"}}, .error = "connection.metered=3: "},
    {"no such section", {{"ifcfg-bond0", BOND}}, {{"wifi", "ssid", "x"}}, .error = "wifi.ssid=x: "},
    {"secret", {{"ifcfg-bond0", BOND}}, {{"802-1x", "password", "hidden"}}, .error = "802-1x.password: "},
    {"a contradiction",
     {{"ifcfg-bond0", BOND}},
     {{"bond", "miimon", "0"}, {"bond", "updelay", "100"}},
     .error = "updelay needs miimon"},
    {"an alias' address cannot go",
     {{"ifcfg-bond0", BOND}, {"ifcfg-bond0:1", "DEVICE=bond0:1\nIPADDR=192.0.2.9\nNETMASK=255.255.255.0\n"}},
     {{"ipv4", "address2", NULL}},
     .error = "ipv4.addresses="},
    {"another file's name servers",
     {{"ifcfg-bond0", BOND}, {"network", "RES_OPTIONS=rotate\n"}},
     {{"ipv4", "dns-options", NULL}},
     .error = "ipv4.dns-options: "},
    {"SUSE's ports start with the bond",
     {{"ifcfg-bond0", SUSE_BOND}},
     {{"connection", "autoconnect", "false"}},
     .error = "ifcfg-eth0: "},
    {"NM_CONTROLLED=no never starts",
     {{"ifcfg-bond0", BOND "NM_CONTROLLED=no\n"}},
     {{"connection", "autoconnect", NULL}},
     .error = "connection.autoconnect"},
    {"a command",
     {{"ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nMTU=$(x)\n"}},
     {{"ethernet", "mtu", "1400"}},
     .error = "ifcfg-bond0:3: "},
};

static void
put_files(struct site *site, const struct vector *vector)
{
	for (guint i = 0; i < MAX_FILES && vector->files[i].name != NULL; i++)
		site_put(site, vector->files[i].name, vector->files[i].text);
	site_read(site);
}

static GKeyFile *
change(GKeyFile *before, const struct vector *vector)
{
	GKeyFile *after = site_copy(before);

	for (guint i = 0; i < MAX_CHANGES && vector->changes[i].group != NULL; i++) {
		if (vector->changes[i].value != NULL)
			g_key_file_set_value(after, vector->changes[i].group, vector->changes[i].key,
					     vector->changes[i].value);
		else
			g_key_file_remove_key(after, vector->changes[i].group, vector->changes[i].key, NULL);
	}
	return after;
}

static void
check_files(struct site *site, const struct vector *vector)
{
	g_autoptr(GString) expected = g_string_new(vector->files[0].text);
	g_autofree char *first = site_get(site, vector->files[0].name);

	if (*vector->old != '\0')
		g_assert_cmpuint(g_string_replace(expected, vector->old, vector->new, 1), ==, 1);
	g_assert_cmpstr(first, ==, expected->str);
	for (guint i = 1; i < MAX_FILES && vector->files[i].name != NULL; i++) {
		g_autofree char *text = site_get(site, vector->files[i].name);

		if (g_strcmp0(vector->files[i].name, vector->other.name) != 0)
			g_assert_cmpstr(text, ==, vector->files[i].text);
	}
	if (vector->other.name != NULL) {
		g_autofree char *text = site_get(site, vector->other.name);

		g_assert_cmpstr(text, ==, vector->other.text);
	}
}

static void
test_vector(gconstpointer data)
{
	const struct vector *vector = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) edits = NULL;
	g_autoptr(GKeyFile) before = NULL;
	g_autoptr(GKeyFile) after = NULL;
	g_autofree char *path = NULL;
	struct site site;

	site_init(&site);
	put_files(&site, vector);
	path = g_build_filename(site.scripts, vector->files[0].name, NULL);
	before = site_keyfile(&site, path);
	if (strstr(vector->files[0].text, "NM_CONTROLLED=no") != NULL)
		g_key_file_set_value(before, "connection", "autoconnect", "false");
	after = change(before, vector);
	edits = ifcfg_writer_change(path, before, after, &error);
	if (vector->error != NULL) {
		g_assert_null(edits);
		g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, vector->error));
		g_assert_null(strstr(error->message, "hidden"));
	} else {
		g_assert_no_error(error);
		site_apply(&site, edits);
		check_files(&site, vector);
	}
	site_clear(&site);
}

/* --- new and gone --- */

static void
test_new(void)
{
	static const char profile[] = "[connection]\nid=uplink\nuuid=5bd2cc3f-8b1e-4d7f-9a3a-ec5a8f4b1d11\ntype=bond\n"
				      "interface-name=bond7\n[bond]\nmiimon=100\nmode=802.3ad\n[ipv4]\n"
				      "address1=192.0.2.7/24,192.0.2.1\ndns=192.0.2.53;\nmethod=manual\n[ipv6]\n"
				      "addr-gen-mode=default\nmethod=auto\n[proxy]\n";
	static const char expected[] =
	    "DEVICE=bond7\nTYPE=Bond\nBONDING_MASTER=yes\nNAME=uplink\nUUID=5bd2cc3f-8b1e-4d7f-9a3a-ec5a8f4b1d11\n"
	    "BONDING_OPTS=\"miimon=100 mode=802.3ad\"\nBOOTPROTO=none\nIPADDR=192.0.2.7\nPREFIX=24\nGATEWAY=192.0.2.1\n"
	    "DNS1=192.0.2.53\nIPV6INIT=yes\nIPV6_AUTOCONF=yes\nIPV6_ADDR_GEN_MODE=default\n";
	g_autoptr(GKeyFile) none = g_key_file_new();
	g_autoptr(GKeyFile) after = g_key_file_new();
	g_autoptr(GPtrArray) edits = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	g_autofree char *text = NULL;
	struct site site;

	site_init(&site);
	path = g_build_filename(site.scripts, "ifcfg-bond7", NULL);
	g_key_file_load_from_data(after, profile, -1, G_KEY_FILE_NONE, NULL);
	edits = ifcfg_writer_change(path, none, after, &error);
	g_assert_no_error(error);
	site_apply(&site, edits);
	text = site_get(&site, "ifcfg-bond7");
	g_assert_cmpstr(text, ==, expected);
	site_clear(&site);
}

/* With all that is its alone, and nothing else. */
static void
test_gone(void)
{
	static const char *const names[] = {"ifcfg-bond0", "ifcfg-bond0:1", "route-bond0", "route6-bond0",
					    "rule-bond0"};
	static const char *const others[] = {"ifcfg-bond01", "route-bond01", "ifcfg-eth0"};
	g_autoptr(GKeyFile) none = g_key_file_new();
	g_autoptr(GKeyFile) before = NULL;
	g_autoptr(GPtrArray) edits = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	struct site site;

	site_init(&site);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		site_put(&site, names[i],
			 i == 0	  ? BOND
			 : i == 1 ? "DEVICE=bond0:1\nIPADDR=192.0.2.9\nPREFIX=24\n"
				  : "");
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		site_put(&site, others[i], i == 2 ? PORT : "");
	site_read(&site);
	path = g_build_filename(site.scripts, "ifcfg-bond0", NULL);
	before = site_keyfile(&site, path);
	edits = ifcfg_writer_change(path, before, none, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(edits->len, ==, G_N_ELEMENTS(names));
	site_apply(&site, edits);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autofree char *text = site_get(&site, others[i]);

		g_assert_nonnull(text);
	}
	site_clear(&site);
}

/* Options of modprobe.d are in the profile and not in its file: they can be overruled and not taken away. */
static void
test_modprobe(void)
{
	g_autoptr(GKeyFile) before = NULL;
	g_autoptr(GKeyFile) after = NULL;
	g_autoptr(GPtrArray) edits = NULL;
	g_autoptr(GPtrArray) none = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	g_autofree char *text = NULL;
	struct site site;

	site_init(&site);
	site_put(&site, "ifcfg-bond0", "DEVICE=bond0\nBONDING_OPTS=mode=1\n");
	site_read(&site);
	path = g_build_filename(site.scripts, "ifcfg-bond0", NULL);
	before = site_keyfile(&site, path);
	g_key_file_set_value(before, "bond", "miimon", "80");
	after = site_copy(before);
	g_key_file_remove_key(after, "bond", "miimon", NULL);
	none = ifcfg_writer_change(path, before, after, &error);
	g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED);
	g_clear_error(&error);
	g_key_file_set_value(after, "bond", "miimon", "90");
	edits = ifcfg_writer_change(path, before, after, &error);
	g_assert_no_error(error);
	site_apply(&site, edits);
	text = site_get(&site, "ifcfg-bond0");
	g_assert_cmpstr(text, ==, "DEVICE=bond0\nBONDING_OPTS=\"mode=1 miimon=90\"\n");
	site_clear(&site);
}

static void
test_unreadable(void)
{
	g_autoptr(GKeyFile) none = g_key_file_new();
	g_autoptr(GError) error = NULL;

	g_assert_null(ifcfg_writer_change("/nonexistent/ifcfg-x", none, none, &error));
	g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_READ);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(vectors); i++) {
		g_autofree char *path = g_strdup_printf("/writer-vectors/%u: %s", i, vectors[i].what);

		g_test_add_data_func(path, &vectors[i], test_vector);
	}
	g_test_add_func("/writer-vectors/new", test_new);
	g_test_add_func("/writer-vectors/gone", test_gone);
	g_test_add_func("/writer-vectors/modprobe", test_modprobe);
	g_test_add_func("/writer-vectors/unreadable", test_unreadable);
	return g_test_run();
}
