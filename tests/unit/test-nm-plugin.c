/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of NetworkManager's device plugin needs no NetworkManager: which engine, which options, which version, whose
 * TAP device.
 */
#include "bond-options.h"
#include "choice.h"
#include "nm/guard.h"
#include "saved-bond.h"

#include <glib/gstdio.h>

struct folder {
	char *path;
};

static void
folder_begin(struct folder *folder, gconstpointer data)
{
	folder->path = g_dir_make_tmp("nm-plugin-XXXXXX", NULL);
	g_assert_nonnull(folder->path);
}

static void
folder_end(struct folder *folder, gconstpointer data)
{
	const char *argv[] = {"rm", "-rf", folder->path, NULL};

	g_assert_true(
	    g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
	g_free(folder->path);
}

static void
put(struct folder *folder, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder->path, name, NULL);
	g_autofree char *directory = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(directory, 0700), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static enum choice
configured(struct folder *folder)
{
	g_autofree char *conf_d = g_build_filename(folder->path, "conf.d", NULL);
	g_autofree char *file = g_build_filename(folder->path, "NetworkManager.conf", NULL);
	const char *places[] = {file, conf_d, NULL};

	return choice_read_config(places);
}

static void
test_configuration(struct folder *folder, gconstpointer data)
{
	g_assert_cmpint(configured(folder), ==, CHOICE_AUTO);
	put(folder, "NetworkManager.conf", "[main]\nplugins=keyfile\n[bondd]\nengine=kernel\n");
	g_assert_cmpint(configured(folder), ==, CHOICE_KERNEL);
	put(folder, "conf.d/10-a.conf", "[bondd]\nengine=bondd\n");
	put(folder, "conf.d/90-b.conf.bak", "[bondd]\nengine=kernel\n");
	g_assert_cmpint(configured(folder), ==, CHOICE_BONDD);
	put(folder, "conf.d/20-c.conf", "[bondd]\nengine=auto \n");
	g_assert_cmpint(configured(folder), ==, CHOICE_AUTO);
	put(folder, "conf.d/30-d.conf", "[bondd]\nengine=perhaps\n");
	g_test_expect_message("bondd", G_LOG_LEVEL_WARNING, "*30-d.conf*engine=perhaps*auto, kernel or bondd*");
	g_assert_cmpint(configured(folder), ==, CHOICE_AUTO);
	g_test_assert_expected_messages();
	put(folder, "conf.d/30-d.conf", "no key file at all");
	g_assert_cmpint(configured(folder), ==, CHOICE_AUTO);
}

static void
test_kernel(struct folder *folder, gconstpointer data)
{
	g_autofree char *modules = g_build_filename(folder->path, "modules", NULL);

	g_assert_false(choice_kernel_can(folder->path, modules));
	put(folder, "modules/modules.dep", "kernel/drivers/net/dummy.ko:\n");
	g_assert_false(choice_kernel_can(folder->path, modules));
	put(folder, "modules/modules.builtin", "kernel/drivers/net/bonding/bonding.ko\n");
	g_assert_true(choice_kernel_can(folder->path, modules));
	put(folder, "modules/modules.builtin", "");
	put(folder, "modules/modules.dep", "kernel/drivers/net/bonding/bonding.ko.xz: kernel/net/tls/tls.ko.xz\n");
	g_assert_true(choice_kernel_can(folder->path, modules));
	put(folder, "modules/modules.dep", "");
	put(folder, "module/bonding/version", "");
	g_assert_true(choice_kernel_can(folder->path, modules));
}

static void
test_profile(void)
{
	g_assert_true(choice_is_bondd("bondd", CHOICE_KERNEL));
	g_assert_false(choice_is_bondd("kernel", CHOICE_BONDD));
	g_assert_true(choice_is_bondd(NULL, CHOICE_BONDD));
	g_assert_false(choice_is_bondd(NULL, CHOICE_KERNEL));
	g_test_expect_message("bondd", G_LOG_LEVEL_WARNING, "*engine=mine*");
	g_assert_true(choice_is_bondd("mine", CHOICE_BONDD));
	g_test_assert_expected_messages();
}

static void
test_version(void)
{
	static const struct {
		const char *path;
		gboolean known;
	} paths[] = {
	    {"/usr/lib/x/NetworkManager/1.42.4/plugin.so", TRUE},
	    {"/usr/lib/x/NetworkManager/1.40.0/plugin.so", TRUE},
	    {"/usr/lib/x/NetworkManager/1.58.1-1/plugin.so", TRUE},
	    {"/usr/lib/x/NetworkManager/1.38.0/plugin.so", FALSE},
	    {"/usr/lib/x/NetworkManager/1.60.0/plugin.so", FALSE},
	    {"/usr/lib/x/NetworkManager/2.0.1/plugin.so", FALSE},
	    {"/somewhere/else/plugin.so", TRUE},
	};

	for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_cmpint(guard_version_is_known(paths[i].path, &error), ==, paths[i].known);
		g_assert_cmpint(error == NULL, ==, paths[i].known);
	}
}

static void
test_whose_tap(struct folder *folder, gconstpointer data)
{
	g_autofree char *state = g_build_filename(folder->path, "state", NULL);

	g_assert_false(saved_bond_exists(state, "bond0"));
	put(folder, "state",
	    "[bondd]\nversion=1\n[bond 0]\nname=bond0\n[bond 0 port 0]\nname=eth0\n[bond 1]\nname=lan\n[end]\nbonds=2\n");
	g_assert_true(saved_bond_exists(state, "bond0"));
	g_assert_true(saved_bond_exists(state, "lan"));
	g_assert_false(saved_bond_exists(state, "eth0"));
	g_assert_false(saved_bond_exists(state, "bond"));
	put(folder, "state", "\1\2 nonsense");
	g_assert_false(saved_bond_exists(state, "bond0"));
}

/* "name=value name=value" */
static GHashTable *
table_of(const char *text)
{
	g_auto(GStrv) items = g_strsplit(text, " ", -1);
	GHashTable *table = bond_options_new();

	for (guint i = 0; items[i] != NULL; i++) {
		char *equals = strchr(items[i], '=');

		if (equals != NULL)
			g_hash_table_insert(table, g_strndup(items[i], equals - items[i]), g_strdup(equals + 1));
	}
	return table;
}

static void
assert_table(GHashTable *table, const char *wanted)
{
	g_autoptr(GHashTable) other = table_of(wanted);
	GHashTableIter iter;
	gpointer name;
	gpointer value;

	g_assert_cmpuint(g_hash_table_size(table), ==, g_hash_table_size(other));
	g_hash_table_iter_init(&iter, other);
	while (g_hash_table_iter_next(&iter, &name, &value))
		g_assert_cmpstr(g_hash_table_lookup(table, name), ==, value);
}

static void
test_complete(void)
{
	static const struct {
		const char *profile;
		const char *wanted;
	} cases[] = {
	    {"mode=active-backup", "mode=active-backup miimon=100"},
	    {"mode=802.3ad miimon=0", "mode=802.3ad miimon=0"},
	    {"miimon=50 updelay=100", "miimon=50 updelay=100"},
	    {"arp_interval=0 updelay=200", "arp_interval=0 updelay=200 miimon=100"},
	    {"arp_interval=9 arp_ip_target=192.0.2.1 updelay=9 downdelay=9", "arp_interval=9 arp_ip_target=192.0.2.1"},
	    {"miimon=0 arp_interval=9 arp_ip_target=192.0.2.1", "miimon=0 arp_interval=9 arp_ip_target=192.0.2.1"},
	    {"miimon=50 arp_interval=9 arp_ip_target=192.0.2.1", "miimon=50"},
	    {"arp_validate=all", "arp_validate=all"},
	    {"arp_validate=none", "arp_validate=none miimon=100"},
	    {"miimon=1 active_slave=eth1", "miimon=1 primary=eth1"},
	    {"miimon=1 active_slave=eth1 primary=eth0", "miimon=1 primary=eth0"},
	    {"miimon=1 balance-slb=0", "miimon=1"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GHashTable) options = table_of(cases[i].profile);

		bond_options_complete(options);
		assert_table(options, cases[i].wanted);
	}
}

static void
test_extra(void)
{
	g_autoptr(GHashTable) options = table_of("mode=802.3ad miimon=100");
	g_autoptr(GHashTable) user =
	    table_of("bondd.lacp_strict=on bondd.miimon=7 org.example.bond.engine=bondd bondd.=1 "
		     "bondd.queue_id=eth0:3 bondd.ifindex=1 other.bondd.mode=1");
	g_autoptr(GHashTable) extra = bond_options_extra(options, user);

	assert_table(extra, "lacp_strict=on");
}

static void
test_queue_id(void)
{
	g_autoptr(GHashTable) user = table_of("bondd.queue_id=eth0:3,eth1:65535,eth10:7,eth2:65536,eth3:,eth4:-1,eth5");
	g_autoptr(GHashTable) nothing = bond_options_new();

	g_assert_cmpint(bond_options_queue_id(user, "eth0"), ==, 3);
	g_assert_cmpint(bond_options_queue_id(user, "eth1"), ==, 65535);
	g_assert_cmpint(bond_options_queue_id(user, "eth10"), ==, 7);
	for (guint i = 2; i < 7; i++) {
		g_autofree char *port = g_strdup_printf("eth%u", i);

		g_assert_cmpint(bond_options_queue_id(user, port), ==, -1);
	}
	g_assert_cmpint(bond_options_queue_id(nothing, "eth0"), ==, -1);
}

static void
test_saved_options(struct folder *folder, gconstpointer data)
{
	g_autofree char *state = g_build_filename(folder->path, "state", NULL);
	static const char text[] =
	    "[bondd]\nversion=1\n"
	    "[bond 0]\nname=bond0\noption.mode=active-backup\noption.miimon=50\noption.updelay=2\n"
	    "option.use_carrier=off\noption.all_slaves_active=on\noption.lacp_strict=on\n"
	    "[bond 0 port 0]\nname=eth0\noption.mode=802.3ad\n"
	    "[bond 1]\nname=bond1\noption.mode=broadcast\n"
	    "[bond 2]\nname=bond2\noption.mode=balance-xor\noption.arp_interval=9\n"
	    "option.arp_ip_target=192.0.2.1,192.0.2.2\n"
	    "[bond 3]\nname=bond3\noption.mode=balance-rr\noption.miimon=-4\noption.downdelay=x\n";
	static const char *const wanted[] = {
	    "mode=active-backup miimon=50 updelay=100 use_carrier=0 all_slaves_active=1",
	    "mode=broadcast miimon=0",
	    "mode=balance-xor arp_interval=9 arp_ip_target=192.0.2.1,192.0.2.2",
	};
	g_autoptr(GHashTable) broken = NULL;

	g_assert_null(saved_bond_options(state, "bond0"));
	put(folder, "state", text);
	g_assert_null(saved_bond_options(state, "eth0"));
	for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
		g_autofree char *name = g_strdup_printf("bond%u", i);
		g_autoptr(GHashTable) options = saved_bond_options(state, name);

		assert_table(options, wanted[i]);
	}
	broken = saved_bond_options(state, "bond3");
	g_assert_cmpstr(g_hash_table_lookup(broken, "downdelay"), ==, "0");
}

static void
assert_fixed(const char *before, const char *after, const char *wanted)
{
	g_autoptr(GHashTable) a = table_of(before);
	g_autoptr(GHashTable) b = table_of(after);

	g_assert_cmpstr(bond_options_fixed_difference(a, b), ==, wanted);
}

static void
test_fixed(void)
{
	assert_fixed("mode=802.3ad miimon=1", "mode=802.3ad miimon=2 lacp_rate=slow", NULL);
	assert_fixed("mode=802.3ad", "mode=balance-rr", "mode");
	assert_fixed("mode=802.3ad lacp_rate=fast", "mode=802.3ad", "lacp_rate");
	assert_fixed("", "coupled_control=off", "coupled_control");
	assert_fixed("tlb_dynamic_lb=1", "", NULL);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/nm-plugin/configuration", struct folder, NULL, folder_begin, test_configuration, folder_end);
	g_test_add("/nm-plugin/kernel", struct folder, NULL, folder_begin, test_kernel, folder_end);
	g_test_add_func("/nm-plugin/profile", test_profile);
	g_test_add_func("/nm-plugin/version", test_version);
	g_test_add("/nm-plugin/whose-tap", struct folder, NULL, folder_begin, test_whose_tap, folder_end);
	g_test_add("/nm-plugin/options/saved", struct folder, NULL, folder_begin, test_saved_options, folder_end);
	g_test_add_func("/nm-plugin/options/complete", test_complete);
	g_test_add_func("/nm-plugin/options/extra", test_extra);
	g_test_add_func("/nm-plugin/options/queue-id", test_queue_id);
	g_test_add_func("/nm-plugin/options/fixed", test_fixed);
	return g_test_run();
}
