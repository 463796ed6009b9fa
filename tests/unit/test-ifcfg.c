/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole directories: which files count, what becomes a bond, what a port, and the tutorial's own files. */
#include "ifcfg/ifcfg.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two directories that live as long as a test. */
struct fixture {
	char *root;
	char *scripts;
	char *modprobe;
	struct ifcfg_result *result;
};

static void
set_up(struct fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	fixture->root = g_dir_make_tmp("ifcfg-XXXXXX", &error);
	g_assert_no_error(error);
	fixture->scripts = g_build_filename(fixture->root, "network-scripts", NULL);
	fixture->modprobe = g_build_filename(fixture->root, "modprobe.d", NULL);
	g_assert_cmpint(g_mkdir(fixture->scripts, 0755), ==, 0);
	g_assert_cmpint(g_mkdir(fixture->modprobe, 0755), ==, 0);
}

static void
remove_all(const char *path)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(directory)) != NULL) {
		g_autofree char *full = g_build_filename(path, name, NULL);

		g_assert_cmpint(g_unlink(full), ==, 0);
	}
	g_assert_cmpint(g_rmdir(path), ==, 0);
}

static void
tear_down(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *network = g_build_filename(fixture->root, "network", NULL);

	g_clear_pointer(&fixture->result, ifcfg_result_free);
	g_unlink(network);
	remove_all(fixture->scripts);
	remove_all(fixture->modprobe);
	g_assert_cmpint(g_rmdir(fixture->root), ==, 0);
	g_free(fixture->root);
	g_free(fixture->scripts);
	g_free(fixture->modprobe);
}

static void
put(const char *directory, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);
	g_autoptr(GError) error = NULL;

	g_file_set_contents(path, text, -1, &error);
	g_assert_no_error(error);
	g_assert_cmpint(g_chmod(path, 0644), ==, 0);
}

static void
copy(const char *directory, const char *name)
{
	g_autofree char *from = g_test_build_filename(G_TEST_DIST, "..", "lab", "tutorial", name, NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	g_file_get_contents(from, &text, NULL, &error);
	g_assert_no_error(error);
	put(directory, name, text);
}

static void
read_all(struct fixture *fixture)
{
	g_autoptr(GError) error = NULL;

	g_clear_pointer(&fixture->result, ifcfg_result_free);
	fixture->result = ifcfg_read_directory(fixture->scripts, fixture->modprobe, &error);
	g_assert_no_error(error);
	g_assert_nonnull(fixture->result);
}

static const struct ifcfg_profile *
find(const struct fixture *fixture, const char *device)
{
	for (guint i = 0; i < fixture->result->profiles->len; i++) {
		const struct ifcfg_profile *profile = fixture->result->profiles->pdata[i];

		if (g_strcmp0(profile->device, device) == 0)
			return profile;
	}
	return NULL;
}

/* A property as text. */
static char *
property(const struct ifcfg_profile *profile, const char *section, const char *name)
{
	g_autoptr(GVariant) found = g_variant_lookup_value(profile->settings, section, G_VARIANT_TYPE_VARDICT);
	g_autoptr(GVariant) value = found != NULL ? g_variant_lookup_value(found, name, NULL) : NULL;

	return value != NULL ? g_variant_print(value, FALSE) : g_strdup("nothing");
}

#define assert_property(profile, section, name, expected)                                                              \
	do {                                                                                                           \
		g_autofree char *text = property(profile, section, name);                                              \
		g_assert_cmpstr(text, ==, expected);                                                                   \
	} while (0)

static guint
count(const struct fixture *fixture, enum ifcfg_severity severity)
{
	guint n = 0;

	for (guint i = 0; i < fixture->result->diagnostics->len; i++)
		n += ((struct ifcfg_diagnostic *) fixture->result->diagnostics->pdata[i])->severity == severity;
	return n;
}

/* Whether a diagnostic, written out, holds @text. */
static gboolean
reports(const struct fixture *fixture, const char *text)
{
	for (guint i = 0; i < fixture->result->diagnostics->len; i++) {
		g_autofree char *line = ifcfg_diagnostic_format(fixture->result->diagnostics->pdata[i]);

		if (strstr(line, text) != NULL)
			return TRUE;
	}
	return FALSE;
}

static void
test_tutorial(struct fixture *fixture, gconstpointer unused)
{
	const struct ifcfg_profile *bond;

	copy(fixture->scripts, "ifcfg-bond0");
	copy(fixture->scripts, "ifcfg-eth0");
	copy(fixture->scripts, "ifcfg-eth1");
	copy(fixture->modprobe, "bonding.conf");
	read_all(fixture);

	g_assert_cmpuint(fixture->result->profiles->len, ==, 3);
	g_assert_cmpuint(fixture->result->diagnostics->len, ==, 0);
	g_assert_true(ifcfg_result_is_usable(fixture->result));

	bond = fixture->result->profiles->pdata[0];
	g_assert_cmpstr(bond->device, ==, "bond0");
	g_assert_true(bond->is_bond);
	g_assert_null(bond->bond);
	g_assert_true(bond->onboot);
	g_assert_true(bond->nm_controlled);
	assert_property(bond, "connection", "id", "'Bond bond0'");
	assert_property(bond, "connection", "type", "'bond'");
	assert_property(bond, "connection", "master", "nothing");
	assert_property(bond, "bond", "options", "{'miimon': '100', 'mode': 'active-backup'}");
	assert_property(bond, "ipv4", "method", "'manual'");
	assert_property(bond, "ipv4", "address-data", "[{'address': <'172.20.43.110'>, 'prefix': <uint32 24>}]");
	assert_property(bond, "ipv4", "gateway", "'172.20.43.1'");

	for (int i = 0; i < 2; i++) {
		const struct ifcfg_profile *port = fixture->result->profiles->pdata[1 + i];

		g_assert_cmpstr(port->device, ==, i == 0 ? "eth0" : "eth1");
		g_assert_false(port->is_bond);
		g_assert_cmpstr(port->bond, ==, "bond0");
		g_assert_true(port->onboot);
		g_assert_false(port->nm_controlled);
		assert_property(port, "connection", "type", "'802-3-ethernet'");
		assert_property(port, "connection", "master", "'bond0'");
		assert_property(port, "connection", "slave-type", "'bond'");
		assert_property(port, "ipv4", "method", "nothing");
	}
}

/* Ways to say that something is a bond. */
static void
test_bond_words(struct fixture *fixture, gconstpointer unused)
{
	static const struct {
		const char *name;
		const char *text;
	} files[] = {
	    {"ifcfg-b0", "DEVICE=b0\nTYPE=Bond\n"},
	    {"ifcfg-b1", "DEVICE=b1\nBONDING_MASTER=yes\n"},
	    {"ifcfg-b2", "DEVICE=b2\nTYPE=Ethernet\nBONDING_OPTS=mode=1\n"},
	    {"ifcfg-b3", "DEVICE=b3\nTYPE=Ethernet\nMASTER=yes\n"},
	    {"ifcfg-b4", "DEVICE=b4\n"},
	    {"ifcfg-b5", "DEVICE=b5\nBOOTPROTO=none\n"},
	    {"ifcfg-b6", "DEVICE=b6\nTYPE=bonding\n"},
	    {"ifcfg-e0", "DEVICE=e0\nMASTER=b4\nSLAVE=yes\n"},
	    {"ifcfg-e1", "DEVICE=e1\n"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(files); i++)
		put(fixture->scripts, files[i].name, files[i].text);
	put(fixture->modprobe, "a.conf", "alias b5 bonding\n");
	read_all(fixture);
	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		const char *device = files[i].name + strlen("ifcfg-");
		const struct ifcfg_profile *profile = find(fixture, device);

		g_assert_nonnull(profile);
		g_assert_cmpint(profile->is_bond, ==, device[0] == 'b');
	}
	g_assert_cmpstr(find(fixture, "e0")->bond, ==, "b4");
	g_assert_null(find(fixture, "e1")->bond);
	g_assert_cmpuint(count(fixture, IFCFG_FATAL), ==, 0);
}

/* Bonds come first, then the others, each by file name. */
static void
test_order(struct fixture *fixture, gconstpointer unused)
{
	static const char *const devices[] = {"x1", "z0", "a0", "y0"};

	put(fixture->scripts, "ifcfg-a0", "DEVICE=a0\nMASTER=z0\n");
	put(fixture->scripts, "ifcfg-x1", "DEVICE=x1\nTYPE=Bond\n");
	put(fixture->scripts, "ifcfg-y0", "DEVICE=y0\n");
	put(fixture->scripts, "ifcfg-z0", "DEVICE=z0\nTYPE=Bond\n");
	read_all(fixture);
	g_assert_cmpuint(fixture->result->profiles->len, ==, G_N_ELEMENTS(devices));
	for (guint i = 0; i < G_N_ELEMENTS(devices); i++) {
		const struct ifcfg_profile *profile = fixture->result->profiles->pdata[i];

		g_assert_cmpstr(profile->device, ==, devices[i]);
	}
}

static void
test_master_uuid(struct fixture *fixture, gconstpointer unused)
{
	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nUUID=2D5A3B1E-8E0B-4A55-9C7D-000000000001\n");
	put(fixture->scripts, "ifcfg-eth0",
	    "DEVICE=eth0\nMASTER_UUID=2d5a3b1e-8e0b-4a55-9c7d-000000000001\nMASTER=other\n");
	put(fixture->scripts, "ifcfg-eth1", "DEVICE=eth1\nMASTER=bond7\n");
	read_all(fixture);
	g_assert_cmpstr(find(fixture, "eth0")->bond, ==, "bond0");
	assert_property(find(fixture, "eth0"), "connection", "master", "'2d5a3b1e-8e0b-4a55-9c7d-000000000001'");
	g_assert_cmpstr(find(fixture, "eth1")->bond, ==, "bond7");
	g_assert_true(reports(fixture, "ifcfg-eth1: warning: no file sets up the bond bond7"));
}

static void
test_mtu_goes_to_ethernet(struct fixture *fixture, gconstpointer unused)
{
	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nMTU=9000\nONBOOT=no\n");
	put(fixture->scripts, "ifcfg-bond1", "DEVICE=bond1\nTYPE=Bond\nMTU=many\n");
	read_all(fixture);
	assert_property(find(fixture, "bond0"), "802-3-ethernet", "mtu", "9000");
	assert_property(find(fixture, "bond0"), "connection", "autoconnect", "false");
	g_assert_false(find(fixture, "bond0")->onboot);
	assert_property(find(fixture, "bond1"), "802-3-ethernet", "mtu", "nothing");
	g_assert_true(reports(fixture, "ifcfg-bond1:3: warning: MTU is no number"));
}

/* BONDING_OPTS wins over modprobe.d, option by option. */
static void
test_modprobe_is_weaker(struct fixture *fixture, gconstpointer unused)
{
	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nBONDING_OPTS=\"mode=1 miimon=50\"\n");
	put(fixture->scripts, "ifcfg-bond1", "DEVICE=bond1\nTYPE=Bond\n");
	put(fixture->modprobe, "bonding.conf",
	    "options bonding miimon=200 updelay=400\noptions bond1 mode=4 lacp-rate=fast\noptions bond0 mode=6\n");
	read_all(fixture);
	assert_property(find(fixture, "bond0"), "bond", "options",
			"{'miimon': '50', 'mode': 'active-backup', 'updelay': '400'}");
	assert_property(find(fixture, "bond1"), "bond", "options",
			"{'lacp_rate': 'fast', 'miimon': '200', 'mode': '802.3ad', 'updelay': '400'}");
	g_assert_cmpuint(fixture->result->diagnostics->len, ==, 0);
}

/* BONDING_OPTS chooses the monitor; what modprobe.d has of the other one goes, and is told. */
static void
test_one_monitor(struct fixture *fixture, gconstpointer unused)
{
	put(fixture->scripts, "ifcfg-bond0",
	    "DEVICE=bond0\nTYPE=Bond\nBONDING_OPTS=\"mode=1 arp_interval=500 arp_ip_target=+192.0.2.1\"\n");
	put(fixture->modprobe, "bonding.conf", "options bond0 miimon=100 updelay=200 mode=0\n");
	read_all(fixture);
	assert_property(find(fixture, "bond0"), "bond", "options",
			"{'arp_interval': '500', 'arp_ip_target': '192.0.2.1', 'mode': 'active-backup'}");
	g_assert_true(
	    reports(fixture, "bonding.conf:1: info: BONDING_OPTS chooses ARP monitoring, miimon is left out"));
}

/* What the mode of BONDING_OPTS has not is no reason to refuse the bond if it comes from modprobe.d. */
static void
test_module_options_do_not_refuse(struct fixture *fixture, gconstpointer unused)
{
	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nBONDING_OPTS=mode=1\n");
	put(fixture->modprobe, "bonding.conf", "options bond0 mode=4 lacp_rate=fast arp_interval=100\n");
	read_all(fixture);
	assert_property(find(fixture, "bond0"), "bond", "options", "{'mode': 'active-backup'}");
	g_assert_true(ifcfg_result_is_usable(fixture->result));
	g_assert_cmpuint(count(fixture, IFCFG_WARNING), ==, 2);
}

/* Options that only the kernel and bondd have stand beside. */
static void
test_extra_options(struct fixture *fixture, gconstpointer unused)
{
	const struct ifcfg_profile *bond;
	g_autofree char *extra = NULL;

	put(fixture->scripts, "ifcfg-bond0",
	    "DEVICE=bond0\nTYPE=Bond\nBONDING_OPTS=\"mode=4 lacp_active=off queue_id=eth0:2\"\n");
	read_all(fixture);
	bond = find(fixture, "bond0");
	extra = g_variant_print(bond->extra, FALSE);
	g_assert_cmpstr(extra, ==, "{'lacp_active': 'off', 'queue_id': 'eth0:2'}");
	assert_property(bond, "bond", "options", "{'mode': '802.3ad'}");
	g_assert_cmpuint(count(fixture, IFCFG_INFO), ==, 2);
}

static void
test_which_files_count(struct fixture *fixture, gconstpointer unused)
{
	static const char *const copies[] = {"ifcfg-a~",       "ifcfg-a.bak",	  "ifcfg-a.orig", "ifcfg-a.rpmsave",
					     "ifcfg-a.rpmnew", "ifcfg-a.rpmorig", "ifcfg-a.old",  "ifcfg-a.rej"};
	static const char *const others[] = {"ifup-eth", "route-a", "README", ".ifcfg-a.swp", "xifcfg-a", "ifcfg-"};

	put(fixture->scripts, "ifcfg-a", "DEVICE=a\n");
	put(fixture->scripts, "ifcfg-lo", "DEVICE=lo\nIPADDR=127.0.0.1\n");
	for (guint i = 0; i < G_N_ELEMENTS(copies); i++)
		put(fixture->scripts, copies[i], "DEVICE=copy\n");
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		put(fixture->scripts, others[i], "DEVICE=other\n");
	put(fixture->modprobe, "bonding", "options bonding mode=1\n");
	read_all(fixture);
	g_assert_cmpuint(fixture->result->profiles->len, ==, 1);
	g_assert_nonnull(find(fixture, "a"));
	for (guint i = 0; i < G_N_ELEMENTS(copies); i++) {
		g_autofree char *text = g_strdup_printf("%s: info: the file is a copy left behind", copies[i]);

		g_assert_true(reports(fixture, text));
	}
	g_assert_true(reports(fixture, "bonding: info: modprobe reads files with .conf"));
}

/* Nothing but plain files of the directory itself, which not everybody may write. */
static void
test_files_not_opened(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *link_out = g_build_filename(fixture->scripts, "ifcfg-out", NULL);
	g_autofree char *link_in = g_build_filename(fixture->scripts, "ifcfg-in", NULL);
	g_autofree char *fifo = g_build_filename(fixture->scripts, "ifcfg-fifo", NULL);
	g_autofree char *dangling = g_build_filename(fixture->scripts, "ifcfg-gone", NULL);
	g_autofree char *masked = g_build_filename(fixture->modprobe, "masked.conf", NULL);
	g_autofree char *open = g_build_filename(fixture->scripts, "ifcfg-open", NULL);

	put(fixture->modprobe, "outside", "DEVICE=secret\n");
	put(fixture->scripts, "target", "DEVICE=inside\n");
	put(fixture->scripts, "ifcfg-open", "DEVICE=open\n");
	g_assert_cmpint(g_chmod(open, 0666), ==, 0);
	g_assert_cmpint(symlink("../modprobe.d/outside", link_out), ==, 0);
	g_assert_cmpint(symlink("target", link_in), ==, 0);
	g_assert_cmpint(symlink("nowhere", dangling), ==, 0);
	g_assert_cmpint(symlink("/dev/null", masked), ==, 0);
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	read_all(fixture);
	g_assert_cmpuint(fixture->result->profiles->len, ==, 1);
	g_assert_nonnull(find(fixture, "inside"));
	g_assert_cmpuint(count(fixture, IFCFG_FATAL), ==, 4);
	g_assert_false(ifcfg_result_is_usable(fixture->result));
	g_assert_true(reports(fixture, "ifcfg-out: error: the file is not read, it is a link out of its directory"));
	g_assert_true(reports(fixture, "ifcfg-fifo: error: the file is not read, it is no plain file"));
	g_assert_true(reports(fixture, "ifcfg-open: error: the file is not read, everybody may write it"));
	g_assert_true(reports(fixture, "ifcfg-gone: error: the file cannot be read"));
	g_assert_false(reports(fixture, "secret"));
}

static void
test_too_large(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *path = g_build_filename(fixture->scripts, "ifcfg-big", NULL);

	put(fixture->scripts, "ifcfg-big", "DEVICE=big\n");
	g_assert_cmpint(truncate(path, 10 * 1024 * 1024 + 1), ==, 0);
	read_all(fixture);
	g_assert_cmpuint(fixture->result->profiles->len, ==, 0);
	g_assert_true(reports(fixture, "ifcfg-big: error: the file is not read, it is too large"));
}

static void
test_directory_that_is_not_there(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(ifcfg_read_directory("/nowhere/at/all", NULL, &error));
	g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_READ);
	g_assert_nonnull(strstr(error->message, "/nowhere/at/all"));
}

static void
test_network_file(struct fixture *fixture, gconstpointer unused)
{
	put(fixture->root, "network", "NETWORKING=yes\nGATEWAY=192.0.2.254\n");
	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nIPADDR=192.0.2.1\nPREFIX=24\n");
	put(fixture->scripts, "ifcfg-bond1", "DEVICE=bond1\nTYPE=Bond\nBOOTPROTO=dhcp\n");
	read_all(fixture);
	assert_property(find(fixture, "bond0"), "ipv4", "gateway", "'192.0.2.254'");
	assert_property(find(fixture, "bond1"), "ipv4", "gateway", "nothing");
}

static void
test_routes(struct fixture *fixture, gconstpointer unused)
{
	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nIPADDR=192.0.2.1\nPREFIX=24\n");
	put(fixture->scripts, "route-bond0",
	    "default via 192.0.2.9\n198.51.100.77/24 via 192.0.2.9 dev bond0\nnonsense\n10.0.0.0/8 via\n");
	put(fixture->scripts, "route-bond0.bak", "203.0.113.0/24 via 192.0.2.9\n");
	read_all(fixture);
	assert_property(find(fixture, "bond0"), "ipv4", "routes",
			"[[0, 0, 151126208, 0], [1298412486, 24, 151126208, 0]]");
	g_assert_true(reports(fixture, "route-bond0:3: warning: the line is not read, the destination is no address"));
	g_assert_true(reports(fixture, "route-bond0:4: warning: the line is not read, a word has no valid value"));
	g_assert_cmpuint(fixture->result->diagnostics->len, ==, 2);
}

/* A numbered route that is not complete refuses the profile; rules take the routes with them, out of the settings. */
static void
test_broken_routes_and_rules(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *text = NULL;

	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nIPADDR=192.0.2.1\nPREFIX=24\n");
	put(fixture->scripts, "route-bond0", "ADDRESS0=198.51.100.0\nGATEWAY0=192.0.2.9\n");
	read_all(fixture);
	g_assert_null(find(fixture, "bond0"));
	g_assert_true(reports(fixture, "route-bond0: error: NETMASK0 is missing"));
	put(fixture->scripts, "route-bond0", "198.51.100.0/24 via 192.0.2.9 table 100\n");
	put(fixture->scripts, "rule-bond0", "from 192.0.2.0/24 lookup 100\n\n# no\nfrom nowhere table 5\n");
	read_all(fixture);
	assert_property(find(fixture, "bond0"), "ipv4", "routes", "[]");
	assert_property(find(fixture, "bond0"), "ipv4", "routing-rules", "nothing");
	text = g_variant_print(find(fixture, "bond0")->routing, FALSE);
	g_assert_nonnull(strstr(text, "'dest': <'198.51.100.0'>"));
	g_assert_nonnull(strstr(text, "'from': <'192.0.2.0'>"));
	g_assert_true(reports(fixture, "rule-bond0: info: NetworkManager leaves these rules"));
	g_assert_true(reports(fixture, "rule-bond0:4: warning: the rule is left out, an address is not valid"));
}

/* Files of aliases and of ranges become addresses of the interface, and no profiles of their own. */
static void
test_aliases(struct fixture *fixture, gconstpointer unused)
{
	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nIPADDR=192.0.2.1\nPREFIX=24\n");
	put(fixture->scripts, "ifcfg-bond0:1", "DEVICE=bond0:1\nIPADDR=192.0.2.9\nNETMASK=255.255.255.128\n");
	put(fixture->scripts, "ifcfg-bond0:2", "DEVICE=bond1:2\nIPADDR=192.0.2.10\n");
	put(fixture->scripts, "ifcfg-bond0-range0",
	    "IPADDR_START=198.51.100.254\nIPADDR_END=198.51.101.0\nCLONENUM_START=5\nPREFIX=23\n");
	put(fixture->scripts, "ifcfg-bond9:1", "DEVICE=bond9:1\nIPADDR=192.0.2.10\n");
	read_all(fixture);
	g_assert_cmpuint(fixture->result->profiles->len, ==, 1);
	/* In the order of the files' names: a hyphen comes before a colon. */
	assert_property(find(fixture, "bond0"), "ipv4", "address-labels",
			"['', 'bond0:5', 'bond0:6', 'bond0:7', 'bond0:1']");
	g_assert_true(reports(fixture, "ifcfg-bond0:2:1: warning: DEVICE of the alias is not bond0:2"));
	g_assert_true(reports(fixture, "ifcfg-bond9:1: warning: bond9 has no addresses, or no file"));
}

/* SUSE's way: ports in the bond's file, addresses with prefixes and any suffix, no DEVICE, one file of routes. */
static void
test_suse(struct fixture *fixture, gconstpointer unused)
{
	put(fixture->scripts, "ifcfg-bond0",
	    "STARTMODE='auto'\nBOOTPROTO='static'\nIPADDR='192.0.2.1/24'\nIPADDR_b='2001:db8::1/64'\n"
	    "BONDING_MASTER='yes'\nBONDING_MODULE_OPTS='mode=1 miimon=100'\nBONDING_SLAVE0='eth0'\n"
	    "BONDING_SLAVE_1='eth1'\nBONDING_SLAVE2='bus-pci-0000:00:01.0'\nUSERCONTROL='no'\n");
	put(fixture->scripts, "ifcfg-eth1", "STARTMODE='hotplug'\nBOOTPROTO='none'\nMTU='9000'\n");
	put(fixture->scripts, "ifcfg-br0", "STARTMODE='off'\nBRIDGE='yes'\nBRIDGE_PORTS='bond9'\nBRIDGE_STP='off'\n");
	put(fixture->scripts, "ifcfg-v7", "STARTMODE='manual'\nETHERDEVICE='bond0'\nVLAN_ID='7'\nBOOTPROTO='dhcp4'\n");
	put(fixture->scripts, "routes", "default 192.0.2.254 - -\n203.0.113.0 192.0.2.9 255.255.255.0 other\n");
	put(fixture->scripts, "ifroute-bond0", "198.51.100.0 192.0.2.9 255.255.255.0 -\n");
	read_all(fixture);
	g_assert_cmpuint(count(fixture, IFCFG_FATAL), ==, 0);
	assert_property(find(fixture, "bond0"), "bond", "options", "{'miimon': '100', 'mode': 'active-backup'}");
	assert_property(find(fixture, "bond0"), "ipv4", "addresses", "[[16908480, 24, 0]]");
	assert_property(find(fixture, "bond0"), "ipv6", "address-data",
			"[{'address': <'2001:db8::1'>, 'prefix': <uint32 64>}]");
	assert_property(find(fixture, "bond0"), "ipv4", "routes",
			"[[6566854, 24, 151126208, 0], [0, 0, 4261544128, 0]]");
	g_assert_cmpstr(find(fixture, "eth0")->bond, ==, "bond0");
	g_assert_cmpstr(find(fixture, "eth1")->bond, ==, "bond0");
	assert_property(find(fixture, "eth1"), "802-3-ethernet", "mtu", "9000");
	g_assert_true(reports(fixture, "ifcfg-bond0:9: warning: bus-pci-0000:00:01.0 is no name of an interface"));
	assert_property(find(fixture, "br0"), "connection", "type", "'bridge'");
	g_assert_false(find(fixture, "br0")->onboot);
	assert_property(find(fixture, "bond9"), "connection", "master", "'br0'");
	assert_property(find(fixture, "v7"), "vlan", "parent", "'bond0'");
	assert_property(find(fixture, "v7"), "ipv4", "method", "'auto'");
}

static void
test_no_modprobe_directory(struct fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	copy(fixture->scripts, "ifcfg-bond0");
	fixture->result = ifcfg_read_directory(fixture->scripts, "/nowhere/at/all", &error);
	g_assert_no_error(error);
	g_assert_true(find(fixture, "bond0")->is_bond);
}

static void
test_one_file(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *path = g_build_filename(fixture->scripts, "ifcfg-bond0", NULL);
	g_autofree char *missing = g_build_filename(fixture->scripts, "ifcfg-none", NULL);
	g_autoptr(GError) error = NULL;

	copy(fixture->scripts, "ifcfg-bond0");
	fixture->result = ifcfg_read_file(path, &error);
	g_assert_no_error(error);
	g_assert_true(find(fixture, "bond0")->is_bond);
	g_assert_null(ifcfg_read_file(missing, &error));
	g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_READ);
}

/* The identity stays as long as the file stays in its place. */
static void
test_identity(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *first = NULL;
	g_autofree char *second = NULL;

	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\n");
	read_all(fixture);
	first = property(find(fixture, "bond0"), "connection", "uuid");
	put(fixture->scripts, "ifcfg-bond0", "DEVICE=bond0\nTYPE=Bond\nMTU=1400\n");
	put(fixture->scripts, "ifcfg-bond1", "DEVICE=bond1\nTYPE=Bond\n");
	read_all(fixture);
	second = property(find(fixture, "bond0"), "connection", "uuid");
	g_assert_cmpstr(first, ==, second);
	g_free(second);
	second = property(find(fixture, "bond1"), "connection", "uuid");
	g_assert_cmpstr(first, !=, second);
}

/* kernel-semantics 89 */
static void
test_target_forms(struct fixture *fixture, gconstpointer unused)
{
	static const struct {
		const char *opts;
		const char *options;
	} forms[] = {
	    {"arp_ip_target=192.0.2.1,192.0.2.2",
	     "{'arp_interval': '100', 'arp_ip_target': '192.0.2.1,192.0.2.2', 'mode': 'active-backup'}"},
	    {"arp_ip_target=+192.0.2.1",
	     "{'arp_interval': '100', 'arp_ip_target': '192.0.2.1', 'mode': 'active-backup'}"},
	    {"arp_ip_target=+192.0.2.1,+192.0.2.2",
	     "{'arp_interval': '100', 'arp_ip_target': '192.0.2.1,192.0.2.2', 'mode': 'active-backup'}"},
	    {"arp_ip_target=192.0.2.1 arp_ip_target=192.0.2.2",
	     "{'arp_interval': '100', 'arp_ip_target': '192.0.2.1,192.0.2.2', 'mode': 'active-backup'}"},
	    {"arp_ip_target=+192.0.2.1 arp_ip_target=+192.0.2.2",
	     "{'arp_interval': '100', 'arp_ip_target': '192.0.2.1,192.0.2.2', 'mode': 'active-backup'}"},
	    {"arp_ip_target='192.0.2.1'",
	     "{'arp_interval': '100', 'arp_ip_target': '192.0.2.1', 'mode': 'active-backup'}"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
		g_autofree char *text = g_strdup_printf(
		    "DEVICE=bond0\nTYPE=Bond\nBONDING_OPTS=\"mode=1 arp_interval=100 %s\"\n", forms[i].opts);

		put(fixture->scripts, "ifcfg-bond0", text);
		read_all(fixture);
		assert_property(find(fixture, "bond0"), "bond", "options", forms[i].options);
		g_assert_cmpuint(count(fixture, IFCFG_WARNING), ==, 0);
	}
}

static const struct {
	const char *path;
	void (*test)(struct fixture *fixture, gconstpointer unused);
} tests[] = {
    {"/ifcfg/tutorial", test_tutorial},
    {"/ifcfg/bond-words", test_bond_words},
    {"/ifcfg/order", test_order},
    {"/ifcfg/master-uuid", test_master_uuid},
    {"/ifcfg/mtu", test_mtu_goes_to_ethernet},
    {"/ifcfg/modprobe-is-weaker", test_modprobe_is_weaker},
    {"/ifcfg/one-monitor", test_one_monitor},
    {"/ifcfg/module-options-do-not-refuse", test_module_options_do_not_refuse},
    {"/ifcfg/extra-options", test_extra_options},
    {"/ifcfg/which-files-count", test_which_files_count},
    {"/ifcfg/files-not-opened", test_files_not_opened},
    {"/ifcfg/too-large", test_too_large},
    {"/ifcfg/network-file", test_network_file},
    {"/ifcfg/routes", test_routes},
    {"/ifcfg/broken-routes-and-rules", test_broken_routes_and_rules},
    {"/ifcfg/aliases", test_aliases},
    {"/ifcfg/suse", test_suse},
    {"/ifcfg/no-modprobe-directory", test_no_modprobe_directory},
    {"/ifcfg/one-file", test_one_file},
    {"/ifcfg/identity", test_identity},
    {"/ifcfg/trap-89-target-forms", test_target_forms},
};

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct fixture, NULL, set_up, tests[i].test, tear_down);
	g_test_add_func("/ifcfg/directory-that-is-not-there", test_directory_that_is_not_there);
	return g_test_run();
}
