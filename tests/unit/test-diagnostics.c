/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing that a user wrote is lost without a word: what is told of each kind of mistake, and where. */
#include "ifcfg/interpret.h"

#include <string.h>

#define BOND "DEVICE=bond0\nTYPE=Bond\n"
#define PORT "DEVICE=eth0\nTYPE=Ethernet\nMASTER=bond0\n"

/* A file and how the one line that it earns begins. The file is refused if that is an error. */
static const struct {
	const char *text;
	const char *line;
} cases[] = {
    /* lines */
    {BOND "BONDING_OPTS=\"mode=1 $(touch /tmp/never)\"\n", "ifcfg-x:3: warning: BONDING_OPTS: commands are not run"},
    {BOND "BONDING_OPTS=\"$OPTS\"\n", "ifcfg-x:3: warning: BONDING_OPTS: references to other variables"},
    {BOND "BONDING_OPTS=\"mode=1 \\\n", "ifcfg-x:3: warning: BONDING_OPTS: a value cannot go on in the next line"},
    {BOND "NAME=\"no end\n", "ifcfg-x:3: warning: NAME: the quote \" is not closed"},
    {BOND "BONDING_OPTS=mode=1 miimon=100\n", "ifcfg-x:3: warning: BONDING_OPTS: more than one word"},
    {BOND "NAME=\xff\n", "ifcfg-x:3: warning: NAME: the value is not valid UTF-8"},
    {BOND "export ONBOOT=no\n", "ifcfg-x:3: warning: the line is no assignment and is not read"},
    {BOND "bonding mode=1\n", "ifcfg-x:3: warning: the line is no assignment and is not read"},
    {BOND "MTU=1\nMTU=1400\n", "ifcfg-x:3: warning: MTU is set again in line 4, which counts"},
    /* variables */
    {BOND "BONDING_OPT=mode=1\n", "ifcfg-x:3: warning: there is no variable BONDING_OPT, it is ignored"},
    {BOND "bonding_opts=mode=1\n", "ifcfg-x:3: warning: there is no variable bonding_opts"},
    {"DEVICE=eth0\nPROXY_METHOD=some\n", "ifcfg-x:2: warning: there is no PROXY_METHOD some"},
    {"DEVICE=eth0\nDEVICETYPE=odd\n", "ifcfg-x:2: info: DEVICETYPE=odd has no effect"},
    {BOND "BONDING_MASTER=no\n", "ifcfg-x:3: info: BONDING_MASTER has no effect"},
    {BOND "VLAN=yes\n", "ifcfg-x:3: info: VLAN has no effect on a connection of type bond"},
    {BOND "IPV6INIT=yes\nIPV6_DEFAULTGW=fe80::1\n", "ifcfg-x:4: warning: IPV6_DEFAULTGW has no effect without"},
    {BOND "QWERTZ=1\n", "ifcfg-x:3: warning: there is no variable QWERTZ"},
    {BOND "OVS_PORT=x\n", "ifcfg-x:3: info: OVS_PORT is known but not handled"},
    {BOND "USERCTL=no\n", "ifcfg-x:3: info: USERCTL is of the old network scripts"},
    {BOND "VLAN_ID=3\n", "ifcfg-x:3: info: VLAN_ID has no effect together with the rest"},
    {BOND "ONBOOT=maybe\n", "ifcfg-x:3: warning: ONBOOT is neither yes nor no"},
    {BOND "MTU=70000\n", "ifcfg-x:3: warning: MTU is no number from 0 to 65535"},
    {BOND "AUTOCONNECT_PRIORITY=x\n", "ifcfg-x:3: warning: AUTOCONNECT_PRIORITY is no number from -999 to 999"},
    {BOND "CONNECTION_METERED=perhaps\n", "ifcfg-x:3: warning: CONNECTION_METERED has no such value"},
    {BOND "HWADDR=02:00\n", "ifcfg-x:3: error: HWADDR is no hardware address"},
    {BOND "ETHTOOL_OPTS=\"-L\"\n", "ifcfg-x:3: info: -L of ETHTOOL_OPTS is not handled"},
    {BOND "UUID=x\n", "ifcfg-x:3: error: x is no UUID"},
    /* kinds of files */
    {"", "ifcfg-x: error: the file has neither TYPE nor DEVICE"},
    {"TYPE=Bond\n", "ifcfg-x: error: a bond needs a valid DEVICE"},
    {"DEVICE=lo\n", "ifcfg-x: info: the loopback interface needs no profile"},
    {"DEVICE=wlan0\nTYPE=Wireless\n", "ifcfg-x:2: info: connections of type Wireless are left alone"},
    {"DEVICE=bond0\nMASTER=yes\nSLAVE=yes\n", "ifcfg-x:3: error: the file is a port and a bond at once"},
    {"DEVICE=eth0\nSLAVE=yes\n", "ifcfg-x:2: warning: SLAVE=yes without MASTER makes no port"},
    {"DEVICE=eth0\nMASTER=no\n", "ifcfg-x:2: info: MASTER=no has no effect"},
    {"DEVICE=v\nTYPE=Vlan\nPHYSDEV=bond0\nVLAN_ID=5000\n", "ifcfg-x:4: error: the VLAN has no valid number"},
    /* bonding options */
    {BOND "BONDING_OPTS=\"miimon=abc\"\n", "ifcfg-x:3: warning: miimon=abc is not valid, the option is left out"},
    {BOND "BONDING_OPTS=\"miimon=99999999999\"\n", "ifcfg-x:3: warning: miimon=99999999999 is not valid"},
    {BOND "BONDING_OPTS=\"mode=fast\"\n", "ifcfg-x:3: warning: mode=fast is not valid"},
    {BOND "BONDING_OPTS=\"mode=7\"\n", "ifcfg-x:3: warning: mode=7 is not valid"},
    {BOND "BONDING_OPTS=\"mode=active-backup:miimon=100\"\n", "ifcfg-x:3: warning: mode=active-backup:miimon=100 is"},
    {BOND "BONDING_OPTS=\"mode=2 xmit_hash_policy=layer9\"\n", "ifcfg-x:3: warning: xmit_hash_policy=layer9 is not"},
    {BOND "BONDING_OPTS=\"miimom=100\"\n", "ifcfg-x:3: warning: there is no bonding option miimom"},
    {BOND "BONDING_OPTS=\"mode=1 miimon\"\n", "ifcfg-x:3: warning: the item miimon of BONDING_OPTS is not"},
    {BOND "BONDING_OPTS=\"mode=1 miimon=\"\n", "ifcfg-x:3: warning: the item miimon= of BONDING_OPTS is not"},
    {BOND "BONDING_OPTS=\"mode=1 =5\"\n", "ifcfg-x:3: warning: the item =5 of BONDING_OPTS is not"},
    {BOND "BONDING_OPTS=\"miimon=100 miimon=200\"\n", "ifcfg-x:3: warning: miimon is set twice"},
    {BOND "BONDING_OPTS=\"mode=1 primary=a/b\"\n", "ifcfg-x:3: warning: primary=a/b is not valid"},
    {BOND "BONDING_OPTS=\"mode=4 ad_actor_system=02\"\n", "ifcfg-x:3: warning: ad_actor_system=02 is not valid"},
    {BOND "BONDING_OPTS=\"arp_ip_target=x\"\n", "ifcfg-x:3: warning: arp_ip_target=x is not valid"},
    {BOND "BONDING_OPTS=\"mode=1 arp_interval=9\"\n", "ifcfg-x:3: error: arp_interval needs arp_ip_target"},
    {BOND "BONDING_OPTS=\"arp_ip_target=192.0.2.1\"\n", "ifcfg-x:3: error: arp_ip_target needs arp_interval"},
    {BOND "BONDING_OPTS=\"mode=6 arp_interval=9 arp_ip_target=192.0.2.1\"\n",
     "ifcfg-x:3: error: ARP monitoring does not work in modes"},
    {BOND "BONDING_OPTS=\"mode=4 arp_validate=all\"\n", "ifcfg-x:3: warning: mode 802.3ad does not have it"},
    {BOND "BONDING_OPTS=\"mode=0 primary=eth0\"\n", "ifcfg-x:3: error: primary is only for modes"},
    {BOND "BONDING_OPTS=\"mode=1 miimon=0 updelay=100\"\n", "ifcfg-x:3: error: updelay needs miimon"},
    {BOND "BONDING_OPTS=\"mode=1 miimon=0 downdelay=100\"\n", "ifcfg-x:3: error: downdelay needs miimon"},
    {BOND "BONDING_OPTS=\"mode=1 miimon=0 peer_notif_delay=100\"\n", "ifcfg-x:3: error: peer_notif_delay needs"},
    {BOND "BONDING_OPTS=\"mode=1 miimon=100 peer_notif_delay=150\"\n", "ifcfg-x:3: error: peer_notif_delay is no"},
    {BOND "BONDING_OPTS=\"mode=1 lacp_rate=1\"\n", "ifcfg-x:3: error: lacp_rate is only for mode 802.3ad"},
    {BOND "BONDING_OPTS=\"num_grat_arp=1 num_unsol_na=2\"\n", "ifcfg-x:3: error: num_grat_arp and num_unsol_na are"},
    {BOND "BONDING_OPTS=\"mode=0 balance-slb=1\"\n", "ifcfg-x:3: error: balance-slb needs mode=balance-xor"},
    {BOND "BONDING_OPTS=\"mode=2 xmit_hash_policy=0 balance-slb=1\"\n", "ifcfg-x:3: error: balance-slb needs mode"},
    {BOND "BONDING_OPTS=\"miimon=100 arp_interval=9 arp_ip_target=192.0.2.1\"\n",
     "ifcfg-x:3: warning: miimon and arp_interval exclude each other"},
    {BOND "BONDING_OPTS=\"mode=4 lacp_active=off\"\n", "ifcfg-x:3: info: NetworkManager's bond setting has no"},
    /* addresses */
    {BOND "IPADDR=192.0.2.300\nPREFIX=24\n", "ifcfg-x:3: error: IPADDR is no IPv4 address"},
    {BOND "IPADDR=192.0.2.1/24\nPREFIX=24\n", "ifcfg-x:3: error: IPADDR is no IPv4 address"},
    {BOND "IPADDR=192.0.2.1\nPREFIX=33\n", "ifcfg-x:4: error: PREFIX is no prefix length"},
    {BOND "IPADDR=192.0.2.1\nPREFIX=-1\n", "ifcfg-x:4: error: PREFIX is no prefix length"},
    {BOND "IPADDR=192.0.2.1\nNETMASK=24\n", "ifcfg-x:4: error: NETMASK is no IPv4 address"},
    {BOND "IPADDR=192.0.2.1\nNETMASK=255.0.255.0\n", "ifcfg-x:4: warning: the netmask has holes"},
    {BOND "IPADDR=192.0.2.1\n", "ifcfg-x:3: warning: no prefix is given, it counts as /24"},
    {BOND "IPADDR=172.20.2.1\n", "ifcfg-x:3: warning: no prefix is given, it counts as /16"},
    {BOND "IPADDR=192.0.2.1\nPREFIX=24\nGATEWAY=x\n", "ifcfg-x:5: error: GATEWAY is no IPv4 address"},
    {BOND "IPADDR=192.0.2.1\nPREFIX=24\nGATEWAY=192.0.2.2\nDEFROUTE=no\n", "ifcfg-x:5: warning: GATEWAY has no"},
    {BOND "IPADDR=192.0.2.1\nPREFIX=24\nIPADDR1=192.0.2.1\nPREFIX1=24\n", "ifcfg-x:5: warning: the address is there"},
    {BOND "IPADDR=192.0.2.1\nPREFIX=24\nIPADDR7=192.0.2.2\n", "ifcfg-x:5: warning: IPADDR7 comes after a gap"},
    {BOND "PREFIX=24\n", "ifcfg-x:3: error: there is a prefix but no address"},
    {BOND "BOOTPROTO=magic\n", "ifcfg-x:3: error: there is no BOOTPROTO magic"},
    {BOND "BOOTPROTO=dhcp\nGATEWAY=192.0.2.1\n", "ifcfg-x:4: info: GATEWAY has no effect"},
    {BOND "BOOTPROTO=dhcp\nDNS1=x\n", "ifcfg-x:4: error: DNS1 is no address of a name server"},
    {BOND "IPV6INIT=yes\nIPV6ADDR=2001::x\n", "ifcfg-x:4: error: 2001::x is no IPv6 address"},
};

static struct ifcfg_result *
read_texts(const char *const *texts)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify) directory_file_free);
	struct ifcfg_input input = {.ifcfg = files};

	for (guint i = 0; texts[i] != NULL; i++) {
		struct directory_file *file = g_new0(struct directory_file, 1);

		file->path = g_strdup_printf("/etc/sysconfig/network-scripts/ifcfg-%s", i == 0 ? "x" : "y");
		file->text = g_strdup(texts[i]);
		file->length = strlen(texts[i]);
		g_ptr_array_add(files, file);
	}
	return ifcfg_interpret(&input, ifcfg_diagnostics_new());
}

static char *
print_all(const struct ifcfg_result *result)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < result->diagnostics->len; i++) {
		g_autofree char *line = ifcfg_diagnostic_format(result->diagnostics->pdata[i]);

		g_string_append_printf(out, "%s\n", line);
	}
	return g_string_free(out, FALSE);
}

static void
test_mistakes(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *texts[] = {cases[i].text, NULL};
		struct ifcfg_result *result = read_texts(texts);
		g_autofree char *lines = print_all(result);
		gboolean refused = strstr(cases[i].line, "error:") != NULL;
		gboolean no_profile =
		    refused || strstr(cases[i].line, "loopback") || strstr(cases[i].line, "left alone");

		if (!g_str_has_prefix(lines, cases[i].line) || result->diagnostics->len != 1)
			g_error("for\n%s\nnot\n%s\nbut\n%s", cases[i].text, cases[i].line, lines);
		g_assert_cmpint(ifcfg_result_is_usable(result), ==, !refused);
		g_assert_cmpuint(result->profiles->len, ==, no_profile ? 0 : 1);
		ifcfg_result_free(result);
	}
	g_assert_false(g_file_test("/tmp/never", G_FILE_TEST_EXISTS));
}

static void
test_ports(void)
{
	static const struct {
		const char *text;
		const char *line;
	} ports[] = {
	    {PORT "SLAVE=no\n", "ifcfg-y:4: warning: MASTER makes it a port of bond0 in spite of SLAVE=no"},
	    {PORT "SLAVE=yes\nIPADDR=192.0.2.1\n", "ifcfg-y:5: warning: a port has no addresses of its own"},
	    {PORT "SLAVE=yes\nIPV6ADDR=2001:db8::1\n", "ifcfg-y:5: warning: a port has no addresses of its own"},
	    {PORT "SLAVE=yes\nBONDING_OPTS=mode=1\n", "ifcfg-y:5: warning: options of the bond have no effect"},
	    {PORT "SLAVE=yes\nBRIDGE=br0\n", "ifcfg-y: warning: the interface is a port already"},
	    {PORT "SLAVE=yes\nBOOTPROTO=none\nIPV6INIT=no\nPEERDNS=no\nDEFROUTE=no\n", ""},
	    {PORT "SLAVE=yes\nBOOTPROTO=dhcp\n", "ifcfg-y:5: info: BOOTPROTO has no effect on a port"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(ports); i++) {
		const char *texts[] = {BOND, ports[i].text, NULL};
		struct ifcfg_result *result = read_texts(texts);
		g_autofree char *lines = print_all(result);

		if (!g_str_has_prefix(lines, ports[i].line) || (ports[i].line[0] == '\0' && lines[0] != '\0'))
			g_error("for\n%s\nnot\n%s\nbut\n%s", ports[i].text, ports[i].line, lines);
		g_assert_cmpuint(result->profiles->len, ==, 2);
		ifcfg_result_free(result);
	}
}

static void
test_same_device_twice(void)
{
	const char *texts[] = {BOND, BOND, NULL};
	struct ifcfg_result *result = read_texts(texts);
	g_autofree char *lines = print_all(result);

	g_assert_true(g_str_has_prefix(lines, "ifcfg-y: warning: ifcfg-x sets up bond0 too"));
	ifcfg_result_free(result);
}

/* Every message has a remedy, says where, and quotes the line; "Did you mean" knows near misses. */
static void
test_form(void)
{
	const char *texts[] = {BOND "BONDING_OPST=\"mode=1\"\n", NULL};
	struct ifcfg_result *result = read_texts(texts);
	const struct ifcfg_diagnostic *one = result->diagnostics->pdata[0];
	g_autofree char *line = ifcfg_diagnostic_format(one);

	g_assert_cmpstr(one->file, ==, "/etc/sysconfig/network-scripts/ifcfg-x");
	g_assert_cmpuint(one->line, ==, 3);
	g_assert_cmpstr(one->text, ==, "BONDING_OPST=\"mode=1\"");
	g_assert_cmpstr(one->remedy, ==, "Did you mean BONDING_OPTS?");
	g_assert_cmpstr(line, ==,
			"ifcfg-x:3: warning: there is no variable BONDING_OPST, it is ignored: "
			"`BONDING_OPST=\"mode=1\"`. Did you mean BONDING_OPTS?");
	ifcfg_result_free(result);
}

/* Texts are cut to whole characters, secrets and control characters do not get out. */
static void
test_text(void)
{
	g_autoptr(GString) name = g_string_new(BOND "WPA_PSK=geheim\nIEEE_8021X_PASSWORD='geheim\nX=\"\033[31m");
	const char *texts[] = {NULL, NULL};
	struct ifcfg_result *result;

	while (name->len < 2000)
		g_string_append(name, "上");
	g_string_append(name, "\n");
	texts[0] = name->str;
	result = read_texts(texts);
	g_assert_cmpuint(result->diagnostics->len, >=, 3);
	for (guint i = 0; i < result->diagnostics->len; i++) {
		const struct ifcfg_diagnostic *one = result->diagnostics->pdata[i];

		g_assert_null(strstr(one->text, "geheim"));
		g_assert_null(strchr(one->text, '\033'));
		g_assert_null(strstr(one->text, "\xef\xbf\xbd"));
		g_assert_true(g_utf8_validate(one->text, -1, NULL));
		g_assert_cmpuint(strlen(one->text), <, 220);
		g_assert_cmpuint(strlen(one->remedy), >, 0);
	}
	ifcfg_result_free(result);
}

/* A file of rubbish: an end of the report, and time in proportion to its length. */
static void
test_flood(void)
{
	static const char *const lines[] = {"rubbish\n", "X%u=1\n", "MTU=%u\n", "IPADDR%u=192.0.2.1\n",
					    "BONDING_OPTS=\n"};

	for (guint k = 0; k < G_N_ELEMENTS(lines); k++) {
		g_autoptr(GString) text = g_string_new(BOND "IPADDR=192.0.2.1\n");
		g_auto(GStrv) parts = g_strsplit(lines[k], "%u", -1);
		const char *texts[] = {NULL, NULL};
		struct ifcfg_result *result;

		for (guint i = 0; i < 30000; i++) {
			g_autofree char *number = g_strdup_printf("%u", i);
			g_autofree char *line = g_strjoinv(number, parts);

			g_string_append(text, line);
		}
		texts[0] = text->str;
		result = read_texts(texts);
		g_assert_cmpuint(result->diagnostics->len, ==, 1001);
		g_assert_cmpuint(result->profiles->len, ==, 1);
		ifcfg_result_free(result);
	}
}

static void
test_long_options(void)
{
	g_autoptr(GString) text = g_string_new(BOND "BONDING_OPTS=\"");
	const char *texts[] = {NULL, NULL};
	struct ifcfg_result *result;

	for (guint i = 0; i < 20000; i++)
		g_string_append(text, "miimon=100 ");
	g_string_append(text, "\"\n");
	texts[0] = text->str;
	result = read_texts(texts);
	g_assert_cmpuint(result->profiles->len, ==, 1);
	ifcfg_result_free(result);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/diagnostics/mistakes", test_mistakes);
	g_test_add_func("/diagnostics/ports", test_ports);
	g_test_add_func("/diagnostics/same-device-twice", test_same_device_twice);
	g_test_add_func("/diagnostics/form", test_form);
	g_test_add_func("/diagnostics/text", test_text);
	g_test_add_func("/diagnostics/flood", test_flood);
	g_test_add_func("/diagnostics/long-options", test_long_options);
	return g_test_run();
}
