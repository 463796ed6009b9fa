/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the service that need no bus and no network. */
#include "service/bond-trial.h"
#include "service/configuration.h"
#include "service/deadline-source.h"
#include "service/error.h"
#include "service/host-options.h"
#include "service/notifier.h"
#include "service/interface-name.h"
#include "text/object-path.h"
#include "service/clock.h"
#include "service/text.h"

#include "datapath/datapath.h"
#include "link/link-watcher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>

/* --- Names and paths --- */

static void
test_escape(void)
{
	static const char *const cases[][2] = {
	    {"bond0", "bond0"},	      {"bond-0", "bond_2d0"},
	    {"bond0.7", "bond0_2e7"}, {"0bond", "_30bond"},
	    {"a_b", "a_5fb"},	      {"\xc3\xa9th", "_c3_a9th"},
	    {"team+1", "team_2b1"},   {"abcdefghijklmno", "abcdefghijklmno"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = object_path_escape(cases[i][0]);
		g_autofree char *port = object_path_port("bond0", cases[i][0]);

		g_assert_cmpstr(path, ==, cases[i][1]);
		g_assert_true(g_variant_is_object_path(port));
		g_assert_true(g_str_has_prefix(port, "/org/example/Bond/bond0/"));
	}
}

/* Two names never share a path. */
static void
test_escape_is_unique(void)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint a = 1; a < 256; a++) {
		char name[] = {'x', (char) a, '\0'};

		g_assert_true(g_hash_table_add(seen, object_path_escape(name)));
	}
}

static void
test_names(void)
{
	static const char *const good[] = {"bond0", "a", "bond-0", "bond0.7", "0", "...", "abcdefghijklmno"};
	static const char *const bad[] = {"",	   ".",	 "..",	  "a/b", "a b", "a:b", "a\tb", "abcdefghijklmnop",
					  "a\001", "\n", "bond%d"};

	for (guint i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(interface_name_check(good[i], NULL));
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(interface_name_check(bad[i], &error));
		g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_NAME);
	}
}

/* --- Errors --- */

static void
assert_dbus_name(GQuark domain, int code, const char *expected)
{
	g_autoptr(GError) from = g_error_new_literal(domain, code, "why");
	g_autoptr(GError) error = service_error_from(from);
	g_autofree char *name = g_dbus_error_encode_gerror(error);
	g_autofree char *wanted = g_strconcat("org.example.Bond.Error.", expected, NULL);

	g_assert_cmpstr(name, ==, wanted);
	g_assert_cmpstr(error->message, ==, "why");
}

static void
test_errors(void)
{
	assert_dbus_name(BOND_ERROR, EACCES, "WrongMode");
	assert_dbus_name(BOND_ERROR, EBUSY, "Busy");
	assert_dbus_name(BOND_ERROR, EPERM, "NotPermitted");
	assert_dbus_name(BOND_ERROR, ENOTEMPTY, "HasPorts");
	assert_dbus_name(BOND_ERROR, EINVAL, "InvalidValue");
	assert_dbus_name(BOND_ERROR, ENOENT, "NoSuchOption");
	assert_dbus_name(BOND_ERROR, EFAULT, "AddressInUse");
	assert_dbus_name(BOND_ERROR, ENOTSUP, "NotSupported");
	assert_dbus_name(BOND_ERROR, 12345, "Failed");
	assert_dbus_name(LINK_ERROR, ENODEV, "NoDevice");
	assert_dbus_name(DATAPATH_ERROR, DATAPATH_ERROR_EXISTS, "Exists");
	assert_dbus_name(DATAPATH_ERROR, DATAPATH_ERROR_BUSY, "Busy");
	assert_dbus_name(DATAPATH_ERROR, 99, "Failed");
	assert_dbus_name(IFCFG_ERROR, IFCFG_ERROR_READ, "ConfigUnreadable");
	assert_dbus_name(SERVICE_ERROR, SERVICE_ERROR_NO_SUCH_BOND, "NoSuchBond");
	assert_dbus_name(G_IO_ERROR, G_IO_ERROR_FAILED, "Failed");
}

/* A message cut in the middle of a character must not keep the answer from the bus. */
static void
test_error_utf8(void)
{
	g_autoptr(GError) from = g_error_new_literal(BOND_ERROR, EINVAL, "cut \xc3");
	g_autoptr(GError) error = service_error_from(from);

	g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

static void
test_error_errno(void)
{
	g_autoptr(GError) link = g_error_new_literal(LINK_ERROR, EOPNOTSUPP, "");
	g_autoptr(GError) datapath = g_error_new_literal(DATAPATH_ERROR, DATAPATH_ERROR_BUSY, "");
	g_autoptr(GError) other = g_error_new_literal(G_IO_ERROR, G_IO_ERROR_FAILED, "");

	g_assert_cmpint(service_error_to_errno(link), ==, -EOPNOTSUPP);
	g_assert_cmpint(service_error_to_errno(datapath), ==, -EBUSY);
	g_assert_cmpint(service_error_to_errno(other), ==, -EIO);
}

/* --- Texts --- */

static void
test_mac(void)
{
	static const char *const bad[] = {
	    "", "08:00:27:61:e4", "08:00:27:61:e4:8", "08:00:27:61:e4:888", "08-00-27-61-e4-88", "0g:00:27:61:e4:88"};
	struct bond_mac mac;
	char text[TEXT_MAC_SIZE];

	g_assert_true(text_to_mac("08:00:27:61:E4:88", &mac));
	g_assert_cmpstr(text_of_mac(&mac, text), ==, "08:00:27:61:e4:88");
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(text_to_mac(bad[i], &mac));
}

static void
test_name_text(void)
{
	char name[BOND_NAME_SIZE];

	g_assert_cmpstr(text_of_name("eth0", name), ==, "eth0");
	g_assert_cmpstr(text_of_name("\xff\xfe", name), ==, "??");
	g_assert_cmpstr(text_of_name("a\xc3", name), ==, "a?");
	g_assert_cmpstr(text_of_name("\xc3\xa9", name), ==, "\xc3\xa9");
}

/* --- Our own options --- */

static GVariant *
options_of(const char *text)
{
	return g_variant_ref_sink(g_variant_new_parsed(text));
}

static void
test_host_options(void)
{
	g_autoptr(GVariant) options = options_of(
	    "@a{ss} {'mode': '1', 'host': 'veth', 'queues': '4', 'busy_poll': 'on', 'up': '1', 'miimon': '100'}");
	struct host_options host;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) rest = host_options_take(options, NULL, &host, &error);

	g_assert_no_error(error);
	g_assert_cmpint(host.kind, ==, DATAPATH_HOST_VETH);
	g_assert_cmpuint(host.n_queues, ==, 4);
	g_assert_true(host.busy_poll);
	g_assert_true(host.up);
	g_assert_cmpuint(g_strv_length(rest), ==, 4);
	g_assert_true(g_strv_contains((const char *const *) rest, "mode"));
	g_assert_true(g_strv_contains((const char *const *) rest, "miimon"));
}

static void
test_host_kinds(void)
{
	for (enum datapath_host kind = DATAPATH_HOST_TAP; kind <= DATAPATH_HOST_MIXED; kind++) {
		g_autofree char *text = g_strdup_printf("@a{ss} {'host': '%s'}", host_kind_name(kind));
		g_autoptr(GVariant) options = options_of(text);
		struct host_options host;
		g_autoptr(GError) error = NULL;
		g_auto(GStrv) rest = host_options_take(options, NULL, &host, &error);

		g_assert_no_error(error);
		g_assert_cmpint(host.kind, ==, kind);
		g_assert_cmpuint(g_strv_length(rest), ==, 0);
	}
}

static void
test_host_options_refused(void)
{
	static const char *const bad[] = {
	    "@a{ss} {'host': 'tun'}",  "@a{ss} {'host': ''}",	  "@a{ss} {'queues': '0'}", "@a{ss} {'queues': '17'}",
	    "@a{ss} {'queues': '-1'}", "@a{ss} {'queues': '1x'}", "@a{ss} {'up': 'maybe'}", "@a{ss} {'busy_poll': '2'}",
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GVariant) options = options_of(bad[i]);
		struct host_options host;
		g_autoptr(GError) error = NULL;
		g_auto(GStrv) rest = host_options_take(options, NULL, &host, &error);

		g_assert_null(rest);
		g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_VALUE);
	}
}

static void
test_host_options_fixed(void)
{
	g_autoptr(GVariant) own = options_of("@a{ss} {'miimon': '1', 'queues': '2'}");
	g_autoptr(GVariant) driver = options_of("@a{ss} {'miimon': '1'}");
	g_autoptr(GError) error = NULL;

	g_assert_true(host_options_check_none(driver, NULL));
	g_assert_false(host_options_check_none(own, &error));
	g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_NOT_PERMITTED);
}

/* --- Trials --- */

static void
test_trial_difference(void)
{
	static const char *const settings[] = {"mode", "active-backup", "miimon", "100", "primary", "eth0", NULL};
	struct bond *bond = bond_trial_new("bond0");
	struct bond *wanted = bond_trial_new("bond0");
	gboolean rebuild = FALSE;
	g_autoptr(GVariant) all = NULL;
	g_autoptr(GVariant) miimon = NULL;
	g_autoptr(GVariant) none = NULL;
	const char *value;

	g_assert_true(bond_set_options(wanted, settings, 0, NULL));
	all = g_variant_ref_sink(bond_trial_difference(bond, wanted, &rebuild));
	g_assert_true(rebuild);
	g_assert_cmpuint(g_variant_n_children(all), ==, 3);
	g_assert_true(g_variant_lookup(all, "primary", "&s", &value));
	g_assert_cmpstr(value, ==, "eth0");

	g_assert_true(bond_set_options(bond, settings, 0, NULL));
	none = g_variant_ref_sink(bond_trial_difference(bond, wanted, &rebuild));
	g_assert_cmpuint(g_variant_n_children(none), ==, 0);
	g_assert_false(rebuild);

	g_assert_true(bond_set_option(wanted, "miimon", "50", BOND_SOURCE_NETLINK, 0, NULL));
	miimon = g_variant_ref_sink(bond_trial_difference(bond, wanted, &rebuild));
	g_assert_cmpuint(g_variant_n_children(miimon), ==, 1);
	g_assert_false(rebuild);
	bond_free(bond, 0);
	bond_free(wanted, 0);
}

static GStrv
settings_of(GVariant *options)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	GVariantIter iter;
	const char *name;
	const char *value;

	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
		g_strv_builder_add_many(builder, name, value, NULL);
	return g_strv_builder_end(builder);
}

/* Options of the old mode alone stand in nobody's way. */
static void
test_trial_mode(void)
{
	static const char *const options[][12] = {
	    {"mode", "active-backup", "primary", "eth0", "primary_reselect", "failure", NULL},
	    {"mode", "active-backup", "arp_interval", "100", "arp_ip_target", "192.0.2.1", "arp_validate", "all", NULL},
	    {"mode", "802.3ad", "lacp_rate", "fast", "ad_select", "count", "ad_actor_sys_prio", "7", NULL},
	    {"mode", "balance-rr", "packets_per_slave", "7", NULL},
	    {"mode", "balance-xor", "xmit_hash_policy", "layer3+4", "miimon", "50", NULL},
	    {"mode", "broadcast", NULL},
	    {"mode", "balance-tlb", "tlb_dynamic_lb", "0", "primary", "eth1", NULL},
	    {"mode", "balance-alb", "miimon", "70", NULL},
	};

	for (guint from = 0; from < G_N_ELEMENTS(options); from++) {
		for (guint to = 0; to < G_N_ELEMENTS(options); to++) {
			struct bond *bond = bond_trial_new("bond0");
			struct bond *wanted = bond_trial_new("bond0");
			g_autoptr(GVariant) difference = NULL;
			g_autoptr(GVariant) rest = NULL;
			g_auto(GStrv) settings = NULL;
			g_autoptr(GError) error = NULL;
			gboolean rebuild;

			g_assert_true(bond_set_options(bond, options[from], 0, NULL));
			g_assert_true(bond_set_options(wanted, options[to], 0, NULL));
			difference = g_variant_ref_sink(bond_trial_difference(bond, wanted, &rebuild));
			settings = settings_of(difference);
			bond_set_options(bond, (const char *const *) settings, 0, &error);
			g_assert_no_error(error);
			rest = g_variant_ref_sink(bond_trial_difference(bond, wanted, &rebuild));
			g_assert_cmpuint(g_variant_n_children(rest), ==, 0);
			bond_free(bond, 0);
			bond_free(wanted, 0);
		}
	}
}

/* --- IGMP --- */

static void
assert_group(const GArray *groups, guint i, int ifindex, guint version, const char *group)
{
	const struct igmp_membership *membership = &g_array_index(groups, struct igmp_membership, i);

	g_assert_cmpint(membership->ifindex, ==, ifindex);
	g_assert_cmpuint(membership->version, ==, version);
	g_assert_cmphex(membership->group, ==, inet_addr(group));
}

/* The kernel prints the network's word as a number of this CPU. */
static char *
igmp_text(const char *format, const char *group)
{
	g_autofree char *word = g_strdup_printf("%08X", inet_addr(group));
	g_auto(GStrv) parts = g_strsplit(format, "GROUP", -1);

	return g_strjoinv(word, parts);
}

static void
test_igmp(void)
{
	g_autofree char *text = igmp_text("Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
					  "1\tlo        :     1      V3\n"
					  "\t\t\t\tGROUP     1 0:00000000\t\t0\n"
					  "7\tbond0     :     2      V2\n"
					  "\t\t\t\tGROUP     1 0:00000000\t\t0\n",
					  "239.1.2.3");
	g_autofree char *all_hosts =
	    igmp_text("1\tlo        :     1      V3\n\t\t\t\tGROUP     1 0:00000000\t\t0\n", "224.0.0.1");
	g_autoptr(GArray) groups = notifier_parse_igmp(text);
	g_autoptr(GArray) none = notifier_parse_igmp(all_hosts);

	g_assert_cmpuint(groups->len, ==, 2);
	assert_group(groups, 0, 1, 3, "239.1.2.3");
	assert_group(groups, 1, 7, 2, "239.1.2.3");
	g_assert_cmpuint(none->len, ==, 0);
}

static void
test_igmp_hostile(void)
{
	static const char *const texts[] = {
	    "",
	    "\n\n",
	    "99999999999999999999\tx : 1 V3\n\t\t\t\t030201EF     1 0:00000000\t\t0\n",
	    "1\tx : 1 Vx\n\t\t\t\t030201EF     1 0:00000000\t\t0\n",
	    "\t\t\t\t030201EF     1 0:00000000\t\t0\n",
	    "1\tx : 1 V3\n\t\t\t\tnothex00     1\n\t\t\t\t0302 1\n\t\t\t\t\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GArray) groups = notifier_parse_igmp(texts[i]);

		g_assert_cmpuint(groups->len, ==, 0);
	}
}

/* --- Deadlines --- */

struct timing {
	GMainLoop *loop;
	guint fired;
};

static void
on_deadline(void *user)
{
	struct timing *timing = user;

	timing->fired++;
	g_main_loop_quit(timing->loop);
}

static gboolean
on_give_up(gpointer user)
{
	g_main_loop_quit(((struct timing *) user)->loop);
	return G_SOURCE_REMOVE;
}

static void
test_deadline(void)
{
	struct timing timing = {.loop = g_main_loop_new(NULL, FALSE)};
	GSource *source = deadline_source_new(on_deadline, &timing);
	bond_time start = service_now();

	deadline_source_arm(source, start + 5 * BOND_MSEC);
	g_main_loop_run(timing.loop);
	g_assert_cmpuint(timing.fired, ==, 1);
	g_assert_cmpint(service_now() - start, >=, 5 * BOND_MSEC);

	/* One in the past fires at once; the same time may be armed again. */
	deadline_source_arm(source, start);
	g_main_loop_run(timing.loop);
	deadline_source_arm(source, start);
	g_main_loop_run(timing.loop);
	g_assert_cmpuint(timing.fired, ==, 3);

	/* One that is taken back does not. */
	deadline_source_arm(source, service_now() + 10 * BOND_MSEC);
	deadline_source_arm(source, BOND_TIME_NEVER);
	g_timeout_add(40, on_give_up, &timing);
	g_main_loop_run(timing.loop);
	g_assert_cmpuint(timing.fired, ==, 3);
	g_source_destroy(source);
	g_source_unref(source);
	g_main_loop_unref(timing.loop);
}

/* --- Configuration --- */

struct directory {
	char *path;
};

static void
directory_write(struct directory *directory, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(directory->path, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
directory_init(struct directory *directory)
{
	directory->path = g_dir_make_tmp("bondd-test-XXXXXX", NULL);
	g_assert_nonnull(directory->path);
}

static void
directory_remove(struct directory *directory)
{
	GDir *dir = g_dir_open(directory->path, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(directory->path, name, NULL);

		g_unlink(path);
	}
	g_dir_close(dir);
	g_rmdir(directory->path);
	g_free(directory->path);
}

static void
write_tutorial(struct directory *directory)
{
	directory_write(directory, "ifcfg-bond0",
			"DEVICE=bond0\nONBOOT=yes\nMASTER=yes\nIPADDR=172.20.43.110\nNETMASK=255.255.255.0\n"
			"GATEWAY=172.20.43.1\nBONDING_OPTS=\"mode=1 miimon=100\"\nTYPE=Ethernet\nMTU=9000\n");
	directory_write(directory, "ifcfg-eth0",
			"DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nNM_CONTROLLED=no\nMASTER=bond0\nSLAVE=yes\n");
	directory_write(directory, "ifcfg-eth1",
			"DEVICE=eth1\nTYPE=Ethernet\nONBOOT=no\nNM_CONTROLLED=no\nMASTER=bond0\nSLAVE=yes\n");
}

static void
test_configuration(void)
{
	struct directory directory;
	g_autoptr(GError) error = NULL;
	struct configuration *configuration;
	const struct profile *bond;
	const struct profile *port;
	const struct link_address *address;
	const struct link_route *route;

	directory_init(&directory);
	write_tutorial(&directory);
	configuration = configuration_read(directory.path, "", &error);
	g_assert_no_error(error);
	g_assert_true(configuration->usable);

	bond = configuration_find(configuration, "bond0");
	g_assert_nonnull(bond);
	g_assert_true(bond->is_bond);
	g_assert_true(bond->onboot);
	g_assert_cmpuint(bond->mtu, ==, 9000);
	g_assert_cmpuint(bond->addresses->len, ==, 1);
	address = &g_array_index(bond->addresses, struct link_address, 0);
	g_assert_cmpint(address->family, ==, AF_INET);
	g_assert_cmpuint(address->prefix, ==, 24);
	g_assert_cmpmem(address->address, 4, "\xac\x14\x2b\x6e", 4);
	g_assert_cmpuint(bond->routes->len, ==, 1);
	route = &g_array_index(bond->routes, struct link_route, 0);
	g_assert_true(route->has_gateway);
	g_assert_cmpuint(route->prefix, ==, 0);
	g_assert_cmpmem(route->gateway, 4, "\xac\x14\x2b\x01", 4);

	port = configuration_find(configuration, "eth1");
	g_assert_false(port->is_bond);
	g_assert_false(port->onboot);
	g_assert_cmpstr(port->bond, ==, "bond0");
	g_assert_null(configuration_find(configuration, "eth2"));
	configuration_free(configuration);
	directory_remove(&directory);
}

static void
test_configuration_unreadable(void)
{
	static const char *const paths[] = {"relative/path", "/nonexistent/directory"};

	for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GError) dbus = NULL;

		g_assert_null(configuration_read(paths[i], "", &error));
		dbus = service_error_from(error);
		g_assert_error(dbus, SERVICE_ERROR, SERVICE_ERROR_CONFIG_UNREADABLE);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/service/path/escape", test_escape);
	g_test_add_func("/service/path/unique", test_escape_is_unique);
	g_test_add_func("/service/path/names", test_names);
	g_test_add_func("/service/error/names", test_errors);
	g_test_add_func("/service/error/utf8", test_error_utf8);
	g_test_add_func("/service/error/errno", test_error_errno);
	g_test_add_func("/service/text/mac", test_mac);
	g_test_add_func("/service/text/name", test_name_text);
	g_test_add_func("/service/host-options/take", test_host_options);
	g_test_add_func("/service/host-options/take-kinds", test_host_kinds);
	g_test_add_func("/service/host-options/refused", test_host_options_refused);
	g_test_add_func("/service/host-options/fixed", test_host_options_fixed);
	g_test_add_func("/service/trial/difference", test_trial_difference);
	g_test_add_func("/service/trial/mode", test_trial_mode);
	g_test_add_func("/service/igmp/groups", test_igmp);
	g_test_add_func("/service/igmp/hostile", test_igmp_hostile);
	g_test_add_func("/service/deadline", test_deadline);
	g_test_add_func("/service/configuration/tutorial", test_configuration);
	g_test_add_func("/service/configuration/unreadable", test_configuration_unreadable);
	return g_test_run();
}
