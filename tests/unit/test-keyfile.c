/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings as keyfiles, comments kept, files written whole or not at all. tests/nm holds the texts before NetworkManager. */
#include "ifcfg/comments.h"
#include "ifcfg/keyfile.h"
#include "ifcfg/migrate.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- settings --- */

static GVariant *
parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	GVariant *settings = g_variant_parse(G_VARIANT_TYPE("a{sa{sv}}"), text, NULL, NULL, &error);

	g_assert_no_error(error);
	return settings;
}

/* What stands in the keyfile under @key, and how much was lost. */
static char *
value_of(const char *text, const char *group, const char *key, guint n_lost)
{
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GVariant) settings = parse(text);
	g_autofree char *keyfile = ifcfg_keyfile_format(settings, NULL, lost);
	g_autoptr(GKeyFile) read = g_key_file_new();

	g_assert_true(g_key_file_load_from_data(read, keyfile, -1, G_KEY_FILE_KEEP_COMMENTS, NULL));
	g_assert_cmpuint(lost->len, ==, n_lost);
	return g_key_file_get_value(read, group, key, NULL);
}

static const struct {
	const char *settings;
	const char *group;
	const char *key;
	const char *value; /* NULL: none */
	guint n_lost;
} values[] = {
    {"{'connection': {'type': <'802-3-ethernet'>}}", "connection", "type", "ethernet"},
    {"{'connection': {'id': <' a\\nb\\\\'>}}", "connection", "id", "\\sa\\nb\\\\"},
    {"{'connection': {'permissions': <['user:joe:', 'a;b']>}}", "connection", "permissions", "user:joe:;a\\;b;"},
    {"{'connection': {'autoconnect-priority': <-5>}}", "connection", "autoconnect-priority", "-5"},
    {"{'connection': {'timestamp': <uint64 18446744073709551615>}}", "connection", "timestamp", "18446744073709551615"},
    {"{'connection': {'odd name': <'x'>}}", "connection", "odd name", NULL, 1},
    {"{'odd]name': {'x': <'x'>}}", "odd]name", "x", NULL, 1},
    {"{'802-3-ethernet': {'mac-address': <[byte 2, 0, 0, 0, 0, 0xaf]>}}", "ethernet", "mac-address",
     "02:00:00:00:00:AF"},
    {"{'802-3-ethernet': {'mac-address': <[byte 2, 0]>}}", "ethernet", "mac-address", NULL, 1},
    {"{'bridge': {'group-address': <[byte 1, 0x80, 0xc2, 0, 0, 5]>}}", "bridge", "group-address", "01:80:C2:00:00:05"},
    {"{'802-3-ethernet': {'cloned-mac-address': <[byte 2, 0, 0, 0, 0, 1]>, 'assigned-mac-address': <'stable'>}}",
     "ethernet", "cloned-mac-address", "stable"},
    {"{'802-3-ethernet': {'s390-options': <{'bridge_role': 'primary'}>}}", "ethernet-s390-options", "bridge_role",
     "primary"},
    {"{'bond': {'interface-name': <'bond0'>, 'options': <{'mode': '802.3ad'}>}}", "bond", "interface-name", NULL},
    {"{'bond': {'interface-name': <'bond0'>, 'options': <{'mode': '802.3ad'}>}}", "bond", "mode", "802.3ad"},
    {"{'bond': {'options': <{'a=b': 'c'}>}}", "bond", "a\\3Db", "c"},
    {"{'user': {'data': <{'a.b': 'c'}>}}", "user", "a.b", "c"},
    {"{'bridge-port': {'vlans': <[{'vid-start': <uint16 1>, 'vid-end': <uint16 1>, 'pvid': <true>}, "
     "{'vid-start': <uint16 5>, 'vid-end': <uint16 7>, 'untagged': <true>}]>}}",
     "bridge-port", "vlans", "1 pvid,5-7 untagged"},
    {"{'ipv4': {'address-data': <[{'address': <'192.0.2.3'>, 'prefix': <uint32 24>}]>, 'gateway': <'192.0.2.1'>}}",
     "ipv4", "address1", "192.0.2.3/24,192.0.2.1"},
    {"{'ipv4': {'address-data': <[{'address': <'192.0.2.3'>, 'prefix': <uint32 24>}]>, 'gateway': <'192.0.2.1'>}}",
     "ipv4", "gateway", NULL},
    {"{'ipv4': {'gateway': <'192.0.2.1'>}}", "ipv4", "gateway", "192.0.2.1"},
    {"{'ipv4': {'address-data': <[{'address': <'192.0.2.3'>, 'prefix': <uint32 24>, 'label': <'eth0:1'>}]>}}", "ipv4",
     "address1", "192.0.2.3/24", 1},
    {"{'ipv4': {'address-data': <[{'address': <'192.0.2.3'>}, {'address': <'x'>, 'prefix': <uint32 24>}, "
     "{'address': <'192.0.2.4'>, 'prefix': <uint32 8>}]>}}",
     "ipv4", "address1", "192.0.2.4/8", 2},
    {"{'ipv4': {'dns': <[uint32 0x01020304]>}}", "ipv4", "dns", "4.3.2.1;"},
    {"{'ipv6': {'dns': <[[byte 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]>}}", "ipv6", "dns",
     "2001:db8::1;"},
    {"{'ipv4': {'dns': <[uint32 0x01020304]>, 'dns-data': <['1.1.1.1']>}}", "ipv4", "dns", "1.1.1.1;"},
    {"{'ipv4': {'dns-options': <@as []>}}", "ipv4", "dns-options", ""},
    {"{'ipv4': {'dns-search': <@as []>}}", "ipv4", "dns-search", NULL},
    {"{'ipv4': {'odd': <[{'a': <'b'>}]>}}", "ipv4", "odd", NULL, 1},
    {"{'ipv6': {'addr-gen-mode': <0>}}", "ipv6", "addr-gen-mode", "eui64"},
    {"{'ipv6': {'method': <'auto'>}}", "ipv6", "addr-gen-mode", "default"},
    {"{'ipv4': {'route-data': <[{'dest': <'10.0.0.0'>, 'prefix': <uint32 8>, 'metric': <uint32 7>}]>}}", "ipv4",
     "route1", "10.0.0.0/8,0.0.0.0,7"},
    {"{'ipv4': {'route-data': <[{'dest': <'10.0.0.0'>, 'prefix': <uint32 8>, 'table': <uint32 7>, "
     "'onlink': <true>, 'tos': <byte 16>}]>}}",
     "ipv4", "route1_options", "onlink=true,table=7,tos=16"},
    {"{'ipv4': {'route-data': <[{'prefix': <uint32 8>}]>}}", "ipv4", "route1", NULL, 1},
    {"{'ipv6': {'routing-rules': <[{'family': <10>, 'priority': <uint32 5>, 'table': <uint32 6>}]>}}", "ipv6",
     "routing-rule1", "priority 5 from ::/0 table 6"},
    {"{'ipv4': {'routing-rules': <[{'from': <'10.0.0.0'>, 'from-len': <byte 8>, 'invert': <true>, "
     "'action': <byte 7>}]>}}",
     "ipv4", "routing-rule1", "priority 32765 not from 10.0.0.0/8 type unreachable", 1},
    /* A rule less a condition is another rule: none at all then. */
    {"{'ipv4': {'routing-rules': <[{'priority': <uint32 5>, 'table': <uint32 6>, 'mood': <'bad'>}]>}}", "ipv4",
     "routing-rule1", NULL, 1},
    {"{'ipv4': {'routing-rules': <[{'iifname': <'eth0 table 5'>, 'table': <uint32 6>}]>}}", "ipv4", "routing-rule1",
     NULL, 1},
};

static void
test_values(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autofree char *value = value_of(values[i].settings, values[i].group, values[i].key, values[i].n_lost);

		g_test_message("%s", values[i].settings);
		g_assert_cmpstr(value, ==, values[i].value);
	}
}

static void
test_order(void)
{
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GVariant) settings = parse("{'802-3-ethernet': {}, 'connection': {'autoconnect': <false>, 'type': "
					     "<'bond'>, 'uuid': <'u'>, 'id': <'i'>}}");
	g_autofree char *text = ifcfg_keyfile_format(settings, NULL, lost);

	g_assert_cmpstr(text, ==, "[connection]\nid=i\nuuid=u\ntype=bond\nautoconnect=false\n\n[ethernet]\n");
}

static void
test_extra(void)
{
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GVariant) settings = parse("{'bond': {}}");
	g_autoptr(GVariant) extra = g_variant_ref_sink(g_variant_new_parsed("{'lacp_active': 'off'}"));
	g_autofree char *text = ifcfg_keyfile_format(settings, extra, lost);

	g_assert_cmpstr(text, ==, "[bond]\n\n[user]\nbondd.lacp_active=off\n");
	g_assert_cmpuint(lost->len, ==, 1);
}

/* --- comments --- */

static void
test_comments(void)
{
	static const char text[] = "# one\r\n\n  #two\nA=b # three\nB='# no'\nC=d#no\nD=\"x # unclosed\n"
				   "# \xff\x01\nnonsense # no\nKEY_PASSWORD=x # secret\n#last";
	g_autoptr(GString) out = g_string_new(NULL);

	ifcfg_comments_append(out, text, sizeof(text) - 1);
	g_assert_cmpstr(out->str, ==, "# one\n#two\n# A=b # three\n# \357\277\275\n#last\n");
	g_assert_true(g_utf8_validate(out->str, -1, NULL));
}

/* --- files --- */

struct world {
	char *top;
	char *scripts;
	char *out;
};

static void
write_file(const char *directory, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
world_init(struct world *world)
{
	world->top = g_dir_make_tmp("keyfile-XXXXXX", NULL);
	world->scripts = g_build_filename(world->top, "scripts", NULL);
	world->out = g_build_filename(world->top, "out", NULL);
	g_assert_no_errno(g_mkdir(world->scripts, 0700));
	write_file(world->scripts, "ifcfg-bond0",
		   "# the uplink\nDEVICE=bond0\nBONDING_OPTS=mode=1\nIPADDR=192.0.2.3\nPREFIX=24\n");
	write_file(world->scripts, "route-bond0", "# to the lab\n10.0.0.0/8 via 192.0.2.1\n");
	write_file(world->scripts, "rule-bond0", "# from the lab\nfrom 10.0.0.0/8 table 7 priority 5\n");
	write_file(world->scripts, "ifcfg-eth0", "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\nNM_CONTROLLED=no\n");
}

static void
remove_all(const char *path)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	const char *name;

	while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
		g_autofree char *inside = g_build_filename(path, name, NULL);

		remove_all(inside);
	}
	g_assert_no_errno(g_remove(path));
}

static void
world_clear(struct world *world)
{
	remove_all(world->top);
	g_free(world->top);
	g_free(world->scripts);
	g_free(world->out);
}

static guint
count_files(const char *path)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	guint n = 0;

	while (directory != NULL && g_dir_read_name(directory) != NULL)
		n++;
	return n;
}

static gboolean
migrate(const struct world *world, gboolean force, GError **error)
{
	struct ifcfg_result *result = ifcfg_read_directory(world->scripts, NULL, NULL);
	g_autoptr(GPtrArray) keyfiles = ifcfg_keyfiles_make(result);

	g_assert_cmpuint(keyfiles->len, ==, 2);
	ifcfg_result_free(result);
	return ifcfg_keyfiles_write(keyfiles, world->out, force, error);
}

static char *
read_out(const struct world *world, const char *name)
{
	g_autofree char *path = g_build_filename(world->out, name, NULL);
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

static void
test_write(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *bond = NULL;
	g_autofree char *port = NULL;
	struct world world;
	GStatBuf status;
	g_autofree char *path = NULL;

	world_init(&world);
	g_assert_true(migrate(&world, FALSE, &error));
	g_assert_cmpuint(count_files(world.out), ==, 2);
	bond = read_out(&world, "bond0.nmconnection");
	g_assert_true(
	    g_str_has_prefix(bond, "# From ifcfg-bond0\n# the uplink\n# to the lab\n# from the lab\n\n[connection]\n"));
	g_assert_nonnull(strstr(bond, "\nroute1=10.0.0.0/8,192.0.2.1\n"));
	g_assert_nonnull(strstr(bond, "\nrouting-rule1=priority 5 from 10.0.0.0/8 table 7\n"));
	port = read_out(&world, "eth0.nmconnection");
	g_assert_nonnull(strstr(port, "# Not carried over: NM_CONTROLLED=no: "));
	path = g_build_filename(world.out, "eth0.nmconnection", NULL);
	g_assert_no_errno(g_stat(path, &status));
	g_assert_cmpuint(status.st_mode, ==, S_IFREG | 0600);
	g_assert_no_errno(g_stat(world.out, &status));
	g_assert_cmpuint(status.st_mode, ==, S_IFDIR | 0700);
	world_clear(&world);
}

/* One file in the way, and nothing is written. */
static void
test_all_or_none(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *mine = NULL;
	struct world world;

	world_init(&world);
	g_assert_no_errno(g_mkdir(world.out, 0700));
	write_file(world.out, "eth0.nmconnection", "mine");
	g_assert_false(migrate(&world, FALSE, &error));
	g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_EXISTS);
	g_assert_nonnull(strstr(error->message, "eth0.nmconnection"));
	g_assert_cmpuint(count_files(world.out), ==, 1);
	mine = read_out(&world, "eth0.nmconnection");
	g_assert_cmpstr(mine, ==, "mine");
	world_clear(&world);
}

/* A link in the way is replaced, what it points to is left alone. */
static void
test_force(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *target = NULL;
	g_autofree char *link = NULL;
	g_autofree char *text = NULL;
	struct world world;

	world_init(&world);
	g_assert_no_errno(g_mkdir(world.out, 0700));
	write_file(world.top, "target", "mine");
	target = g_build_filename(world.top, "target", NULL);
	link = g_build_filename(world.out, "bond0.nmconnection", NULL);
	g_assert_no_errno(symlink(target, link));
	g_assert_false(migrate(&world, FALSE, NULL));
	g_assert_true(migrate(&world, TRUE, &error));
	g_assert_false(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
	g_assert_true(g_file_get_contents(target, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "mine");
	g_assert_cmpuint(count_files(world.out), ==, 2);
	world_clear(&world);
}

/* What cannot be replaced is told, and stays. */
static void
test_directory_in_the_way(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *blocked = NULL;
	struct world world;

	world_init(&world);
	g_assert_no_errno(g_mkdir(world.out, 0700));
	blocked = g_build_filename(world.out, "eth0.nmconnection", NULL);
	g_assert_no_errno(g_mkdir(blocked, 0700));
	g_assert_false(migrate(&world, TRUE, &error));
	g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_WRITE);
	g_assert_true(g_file_test(blocked, G_FILE_TEST_IS_DIR));
	world_clear(&world);
}

static void
test_no_directory(void)
{
	g_autoptr(GError) error = NULL;
	struct world world;
	char *out;

	world_init(&world);
	out = g_build_filename(world.top, "not", "there", NULL);
	g_free(world.out);
	world.out = out;
	g_assert_false(migrate(&world, FALSE, &error));
	g_assert_error(error, IFCFG_ERROR, IFCFG_ERROR_WRITE);
	world_clear(&world);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/keyfile/values", test_values);
	g_test_add_func("/keyfile/order", test_order);
	g_test_add_func("/keyfile/extra", test_extra);
	g_test_add_func("/keyfile/comments", test_comments);
	g_test_add_func("/keyfile/write", test_write);
	g_test_add_func("/keyfile/all-or-none", test_all_or_none);
	g_test_add_func("/keyfile/force", test_force);
	g_test_add_func("/keyfile/directory-in-the-way", test_directory_in_the_way);
	g_test_add_func("/keyfile/no-directory", test_no_directory);
	return g_test_run();
}
