/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of NetworkManager's settings plugin needs no NetworkManager: profiles of files, files of profiles, and what its
 * log is told.
 */
#include "ifcfg/uuid.h"
#include "ifcfg/writer.h"
#include "journal.h"
#include "naming.h"
#include "replace.h"
#include "snapshot.h"
#include "spelling.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ETHERNET                                                                                                       \
	"DEVICE=eth7\n# mine\nTYPE=Ethernet\nONBOOT=no\nBOOTPROTO=none\nIPADDR=192.0.2.7\nPREFIX=24\nIPV6INIT=no\n"
#define BOND "DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\nBONDING_OPTS=mode=1\n"

struct folder {
	char *base;
	char *files; /* below it */
	char *place; /* beside them */
};

static void
folder_begin(struct folder *folder, gconstpointer data)
{
	folder->base = g_dir_make_tmp("settings-plugin-XXXXXX", NULL);
	g_assert_nonnull(folder->base);
	folder->files = g_build_filename(folder->base, "network-scripts", NULL);
	folder->place = g_build_filename(folder->base, "place", NULL);
	g_assert_cmpint(g_mkdir(folder->files, 0700), ==, 0);
	g_assert_cmpint(g_mkdir(folder->place, 0700), ==, 0);
}

static void
folder_end(struct folder *folder, gconstpointer data)
{
	const char *argv[] = {"rm", "-rf", folder->base, NULL};

	g_assert_true(
	    g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
	g_free(folder->base);
	g_free(folder->files);
	g_free(folder->place);
}

static char *
path_of(const struct folder *folder, const char *name)
{
	return g_build_filename(folder->files, name, NULL);
}

static void
put(const struct folder *folder, const char *name, const char *text)
{
	g_autofree char *path = path_of(folder, name);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
assert_text(const struct folder *folder, const char *name, const char *wanted)
{
	g_autofree char *path = path_of(folder, name);
	g_autofree char *text = NULL;

	g_assert_cmpint(g_file_get_contents(path, &text, NULL, NULL), ==, wanted != NULL);
	g_assert_cmpstr(text, ==, wanted);
}

static guint
count_files(const char *path)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	guint n = 0;

	while (g_dir_read_name(directory) != NULL)
		n++;
	return n;
}

/* --- replace.c --- */

static struct replacement
replacement_of(const char *path, const char *before, const char *after)
{
	return (struct replacement){
	    .path = path,
	    .before = before,
	    .before_length = before != NULL ? strlen(before) : 0,
	    .after = after,
	};
}

static void
test_files_change_together(struct folder *folder, gconstpointer data)
{
	g_autofree char *one = path_of(folder, "ifcfg-one");
	g_autofree char *two = path_of(folder, "ifcfg-two");
	g_autofree char *three = path_of(folder, "ifcfg-three");
	const struct replacement replacements[] = {
	    replacement_of(one, "1\n", "one\n"),
	    replacement_of(two, "2\n", NULL),
	    replacement_of(three, NULL, "three\n"),
	};
	struct stat status;
	g_autoptr(GError) error = NULL;

	put(folder, "ifcfg-one", "1\n");
	put(folder, "ifcfg-two", "2\n");
	g_assert_cmpint(g_chmod(one, 0640), ==, 0);
	g_assert_true(replace_files(replacements, G_N_ELEMENTS(replacements), &error));
	g_assert_no_error(error);
	assert_text(folder, "ifcfg-one", "one\n");
	assert_text(folder, "ifcfg-two", NULL);
	assert_text(folder, "ifcfg-three", "three\n");
	g_assert_cmpuint(count_files(folder->files), ==, 2);
	g_assert_cmpint(stat(one, &status), ==, 0);
	g_assert_cmpuint(status.st_mode & 07777, ==, 0640);
	g_assert_cmpint(stat(three, &status), ==, 0);
	g_assert_cmpuint(status.st_mode & 07777, ==, 0600);
}

static void
test_files_stay_together(struct folder *folder, gconstpointer data)
{
	g_autofree char *one = path_of(folder, "ifcfg-one");
	g_autofree char *two = path_of(folder, "ifcfg-two");
	/* The last is refused when those before it are in place already. */
	const struct replacement clashing[] = {
	    replacement_of(two, NULL, "two\n"),
	    replacement_of(one, "1\n", "one\n"),
	    replacement_of(one, "1\n", "another\n"),
	};
	const struct replacement twice[] = {
	    replacement_of(one, "1\n", NULL),
	    replacement_of(two, NULL, "two\n"),
	    replacement_of(two, NULL, "another\n"),
	};
	g_autoptr(GError) stale = NULL;
	g_autoptr(GError) exists = NULL;

	put(folder, "ifcfg-one", "1\n");
	g_assert_false(replace_files(clashing, G_N_ELEMENTS(clashing), &stale));
	g_assert_error(stale, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
	assert_text(folder, "ifcfg-one", "1\n");
	g_assert_false(replace_files(twice, G_N_ELEMENTS(twice), &exists));
	g_assert_error(exists, G_IO_ERROR, G_IO_ERROR_EXISTS);
	assert_text(folder, "ifcfg-one", "1\n");
	g_assert_cmpuint(count_files(folder->files), ==, 1);
}

static void
test_files_of_others_stay(struct folder *folder, gconstpointer data)
{
	g_autofree char *one = path_of(folder, "ifcfg-one");
	g_autofree char *nowhere = g_build_filename(folder->base, "nowhere", "ifcfg-one", NULL);
	const struct replacement changed = replacement_of(one, "1\n", "one\n");
	const struct replacement new = replacement_of(one, NULL, "one\n");
	const struct replacement unwritable = replacement_of(nowhere, NULL, "one\n");
	g_autoptr(GError) stale = NULL;
	g_autoptr(GError) exists = NULL;
	g_autoptr(GError) error = NULL;

	put(folder, "ifcfg-one", "1 \n");
	g_assert_false(replace_files(&changed, 1, &stale));
	g_assert_error(stale, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
	g_assert_nonnull(strstr(stale->message, one));
	g_assert_false(replace_files(&new, 1, &exists));
	g_assert_error(exists, G_IO_ERROR, G_IO_ERROR_EXISTS);
	g_assert_false(replace_files(&unwritable, 1, &error));
	g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
	assert_text(folder, "ifcfg-one", "1 \n");
	g_assert_cmpuint(count_files(folder->files), ==, 1);
}

static void
test_links_stay_links(struct folder *folder, gconstpointer data)
{
	g_autofree char *link = path_of(folder, "ifcfg-one");
	const struct replacement changed = replacement_of(link, "1\n", "one\n");
	g_autoptr(GError) error = NULL;

	put(folder, "real", "1\n");
	g_assert_cmpint(symlink("real", link), ==, 0);
	g_assert_true(replace_files(&changed, 1, &error));
	g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
	assert_text(folder, "real", "one\n");
}

/* --- snapshot.c and profiles.c --- */

static GPtrArray *
read_directory(const struct folder *folder)
{
	struct ifcfg_result *result = ifcfg_read_directory(folder->files, NULL, NULL);
	GPtrArray *texts;

	g_assert_nonnull(result);
	texts = profiles_make(result);
	ifcfg_result_free(result);
	return texts;
}

static void
assert_same_texts(const GPtrArray *a, const GPtrArray *b)
{
	g_assert_cmpuint(a->len, ==, b->len);
	for (guint i = 0; i < a->len; i++) {
		const struct profile_text *one = a->pdata[i];
		const struct profile_text *other = profiles_find(b, one->file);

		g_assert_nonnull(other);
		g_assert_cmpstr(one->keyfile, ==, other->keyfile);
		g_assert_cmpstr(one->unmanaged, ==, other->unmanaged);
	}
}

static void
put_all(const struct folder *folder)
{
	g_autofree char *network = g_build_filename(folder->base, "network", NULL);

	g_assert_true(g_file_set_contents(network, "GATEWAY=192.0.2.1\n", -1, NULL));
	put(folder, "ifcfg-eth7", ETHERNET);
	put(folder, "route-eth7", "198.51.100.0/24 via 192.0.2.1\n");
	put(folder, "ifcfg-bond0", BOND "UUID=00000000-0000-4000-8000-0000000000ab\n");
	put(folder, "ifcfg-eth0", "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\nNM_CONTROLLED=no\n");
	put(folder, "ifcfg-broken", "DEVICE=eth8\nTYPE=Ethernet\nBOOTPROTO=none\nIPADDR=300.1.2.3\n");
	put(folder, "ifcfg-eth7.bak", ETHERNET);
}

static void
test_snapshots_are_what_the_directory_is(struct folder *folder, gconstpointer data)
{
	g_autoptr(GPtrArray) direct = NULL;
	g_autoptr(GPtrArray) texts = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = path_of(folder, "ifcfg-eth7");
	g_autofree char *uuid = ifcfg_uuid_of_path(path);
	struct snapshot *snapshot;

	put_all(folder);
	direct = read_directory(folder);
	g_assert_cmpuint(direct->len, ==, 3);
	snapshot = snapshot_take(folder->files, NULL, folder->place, &error);
	g_assert_no_error(error);
	texts = snapshot_read(snapshot, NULL, &error);
	assert_same_texts(direct, texts);
	g_assert_nonnull(strstr(profiles_find(texts, path)->keyfile, uuid));
	g_assert_nonnull(strstr(profiles_find(texts, path)->keyfile, "192.0.2.7/24,192.0.2.1\n"));
	g_assert_cmpstr(snapshot_find(snapshot, path)->text, ==, ETHERNET);
	snapshot_free(snapshot);
	g_assert_cmpuint(count_files(folder->place), ==, 0);
}

static void
test_snapshots_try_edits(struct folder *folder, gconstpointer data)
{
	g_autofree char *changed = path_of(folder, "ifcfg-eth7");
	g_autofree char *gone = path_of(folder, "route-eth7");
	g_autofree char *new = path_of(folder, "ifcfg-new");
	struct ifcfg_edit all[] = {
	    {.path = changed, .text = (char *) "DEVICE=eth7\nTYPE=Ethernet\nBOOTPROTO=dhcp\n"},
	    {.path = gone},
	    {.path = new, .text = (char *) "DEVICE=eth9\nTYPE=Ethernet\nBOOTPROTO=dhcp\n"},
	};
	g_autoptr(GPtrArray) edits = g_ptr_array_new();
	g_autoptr(GPtrArray) before = NULL;
	g_autoptr(GPtrArray) tried = NULL;
	g_autoptr(GPtrArray) after = NULL;
	struct snapshot *snapshot;

	put_all(folder);
	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		g_ptr_array_add(edits, &all[i]);
	snapshot = snapshot_take(folder->files, NULL, folder->place, NULL);
	before = snapshot_read(snapshot, NULL, NULL);
	tried = snapshot_read(snapshot, edits, NULL);
	after = snapshot_read(snapshot, NULL, NULL);
	g_assert_cmpuint(tried->len, ==, before->len + 1);
	g_assert_nonnull(strstr(profiles_find(tried, changed)->keyfile, "method=auto"));
	g_assert_null(strstr(profiles_find(tried, changed)->keyfile, "198.51.100.0"));
	g_assert_nonnull(profiles_find(tried, new));
	assert_same_texts(before, after);
	snapshot_free(snapshot);
	assert_text(folder, "ifcfg-eth7", ETHERNET);
	assert_text(folder, "ifcfg-new", NULL);
}

static void
test_no_snapshot(struct folder *folder, gconstpointer data)
{
	g_autofree char *nowhere = g_build_filename(folder->base, "nowhere", NULL);
	g_autoptr(GError) no_files = NULL;
	g_autoptr(GError) no_place = NULL;

	g_assert_null(snapshot_take(nowhere, NULL, folder->place, &no_files));
	g_assert_error(no_files, IFCFG_ERROR, IFCFG_ERROR_READ);
	g_assert_cmpuint(count_files(folder->place), ==, 0);
	g_assert_null(snapshot_take(folder->files, NULL, nowhere, &no_place));
	g_assert_error(no_place, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_devices_not_controlled(struct folder *folder, gconstpointer data)
{
	g_autofree char *bond = path_of(folder, "ifcfg-bond0");
	g_autofree char *port = path_of(folder, "ifcfg-eth0");
	g_autofree char *of_mac = path_of(folder, "ifcfg-mac");
	g_autoptr(GPtrArray) texts = NULL;

	put(folder, "ifcfg-bond0", BOND "NM_USER_MINE=yes\n");
	put(folder, "ifcfg-eth0", "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\nNM_CONTROLLED=no\n");
	put(folder, "ifcfg-eth1", "DEVICE=eth1\nMASTER=bond0\nSLAVE=yes\nNM_CONTROLLED=no\n");
	put(folder, "ifcfg-eth2", "DEVICE=eth2\nMASTER=bond0\nSLAVE=yes\n");
	put(folder, "ifcfg-mac", "HWADDR=02:00:00:00:00:0A\nTYPE=Ethernet\nNM_CONTROLLED=no\nBOOTPROTO=dhcp\n");
	texts = read_directory(folder);
	g_assert_nonnull(strstr(profiles_find(texts, bond)->keyfile, PROFILES_PORTS_KEY "=eth0 eth1\n"));
	g_assert_null(profiles_find(texts, bond)->unmanaged);
	g_assert_cmpstr(profiles_find(texts, port)->unmanaged, ==, "interface-name:=eth0");
	g_assert_nonnull(strstr(profiles_find(texts, port)->keyfile, "autoconnect=false"));
	g_assert_cmpstr(profiles_find(texts, of_mac)->unmanaged, ==, "mac:02:00:00:00:00:0a");
}

/* --- spelling.c --- */

static GKeyFile *
parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	GKeyFile *file = spelling_parse(text, &error);

	g_assert_no_error(error);
	return file;
}

static void
test_differences(void)
{
	static const struct {
		const char *a;
		const char *b;
		const char *difference;
	} pairs[] = {
	    {"[connection]\nid=x\ntimestamp=17\n", "[ethernet]\n[connection]\nid=x\n", NULL},
	    {"[connection]\nid=x\n", "[connection]\nid=y\n", "connection.id"},
	    {"[ipv4]\ndns=192.0.2.1;\n", "[ipv4]\n", "ipv4.dns"},
	    {"[ipv4]\n", "[ipv4]\ndns=192.0.2.1;\n", "ipv4.dns"},
	    {"[a]\nx=1\ny=2\n", "[a]\ny=2\nx=1\n", NULL},
	};

	for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
		g_autoptr(GKeyFile) a = parse(pairs[i].a);
		g_autoptr(GKeyFile) b = parse(pairs[i].b);
		g_autofree char *difference = spelling_difference(a, b);

		g_assert_cmpstr(difference, ==, pairs[i].difference);
	}
	g_assert_null(spelling_parse("no keyfile", NULL));
}

static void
test_what_is_ours(void)
{
#define PORTS_ARE(ports) "[user]\n" PROFILES_PORTS_KEY "=" ports "\n"
	static const struct {
		const char *before;
		const char *after;
		gboolean is_unmanaged;
		const char *objection; /* nullable */
	} pairs[] = {
	    {PORTS_ARE("eth0"), PORTS_ARE("eth0"), FALSE, NULL},
	    {PORTS_ARE("eth0"), "", FALSE, NULL},
	    {PORTS_ARE("eth0"), PORTS_ARE("eth1"), FALSE, PROFILES_PORTS_KEY},
	    {"", PORTS_ARE("eth1"), FALSE, PROFILES_PORTS_KEY},
	    {"[connection]\nautoconnect=false\n", "[connection]\nautoconnect=false\n", TRUE, NULL},
	    {"[connection]\nautoconnect=false\n", "[connection]\nid=x\n", TRUE, "connection.autoconnect"},
	    {"[connection]\nautoconnect=false\n", "[connection]\nautoconnect=true\n", TRUE, "connection.autoconnect"},
	    {"", "", FALSE, NULL},
	};

	for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
		g_autoptr(GKeyFile) before = parse(pairs[i].before);
		g_autoptr(GKeyFile) after = parse(pairs[i].after);
		g_autoptr(GError) error = NULL;
		g_autofree char *difference = NULL;

		if (spelling_drop_ours(before, after, pairs[i].is_unmanaged, &error)) {
			difference = spelling_difference(before, after);
			g_assert_null(difference);
			g_assert_null(pairs[i].objection);
			continue;
		}
		g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
		g_assert_nonnull(pairs[i].objection);
		g_assert_nonnull(strstr(error->message, pairs[i].objection));
	}
}

/* --- naming.c --- */

static void
test_names(struct folder *folder, gconstpointer data)
{
	static const struct {
		const char *interface;
		const char *id;
		const char *name;
	} names[] = {
	    {"bond0", "My bond", "ifcfg-bond0"}, {NULL, "My bond", "ifcfg-My_bond"},
	    {"eth0", "Office", "ifcfg-Office"},	 {"eth1", "Office", "ifcfg-Office"},
	    {"eth0", "eth0", "ifcfg-eth0-1"},	 {NULL, "../../etc/passwd", "ifcfg-.._.._etc_passwd"},
	    {"eth0:1", "x", "ifcfg-eth0_1"},	 {NULL, "eth9-range0", "ifcfg-eth9_range0"},
	    {NULL, "", "ifcfg-profile"},	 {NULL, "x.bak", "ifcfg-x.bak-1"},
	    {NULL, "\xc3\xa4", "ifcfg-__"},
	};

	put(folder, "ifcfg-eth0", "");
	put(folder, "route-eth1", "");
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = naming_choose(folder->files, names[i].interface, names[i].id);
		g_autofree char *base = g_path_get_basename(path);
		g_autofree char *directory = g_path_get_dirname(path);

		g_assert_cmpstr(base, ==, names[i].name);
		g_assert_cmpstr(directory, ==, folder->files);
	}
}

/* --- journal.c --- */

static void
expect(const char *pattern)
{
	g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, pattern);
}

static void
test_journal(void)
{
	struct journal *journal = journal_new();

	expect("first");
	expect("second");
	journal_begin(journal);
	journal_tell(journal, "first");
	journal_tell(journal, "second");
	journal_tell(journal, "first");
	journal_begin(journal);
	journal_tell(journal, "first");
	/* What was mended meanwhile and is wrong again is told again. */
	expect("second");
	journal_begin(journal);
	journal_tell(journal, "first");
	journal_tell(journal, "second");
	g_test_assert_expected_messages();
	journal_free(journal);
}

static void
test_journal_of_diagnostics(void)
{
	struct journal *journal = journal_new();
	g_autoptr(GPtrArray) diagnostics = ifcfg_diagnostics_new();
	const struct ifcfg_place place = {.file = "/x/ifcfg-eth7", .line = 3, .text = "A=1"};

	ifcfg_diagnostics_add(diagnostics, IFCFG_INFO, &place, "Nothing", "worth knowing");
	ifcfg_diagnostics_add(diagnostics, IFCFG_WARNING, &place, "Do this", "ignored");
	ifcfg_diagnostics_add(diagnostics, IFCFG_FATAL, &place, "Do that", "unusable");
	expect("*ifcfg-eth7:3*ignored*Do this*");
	expect("*ifcfg-eth7:3*unusable*Do that*");
	journal_begin(journal);
	journal_tell_diagnostics(journal, diagnostics);
	journal_tell_diagnostics(journal, diagnostics);
	g_test_assert_expected_messages();
	journal_free(journal);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define IN_FOLDER(name, function)                                                                                      \
	g_test_add("/settings-plugin/" name, struct folder, NULL, folder_begin, function, folder_end)
	IN_FOLDER("files-change-together", test_files_change_together);
	IN_FOLDER("files-stay-together", test_files_stay_together);
	IN_FOLDER("files-of-others-stay", test_files_of_others_stay);
	IN_FOLDER("links-stay-links", test_links_stay_links);
	IN_FOLDER("snapshots-are-what-the-directory-is", test_snapshots_are_what_the_directory_is);
	IN_FOLDER("snapshots-try-edits", test_snapshots_try_edits);
	IN_FOLDER("no-snapshot", test_no_snapshot);
	IN_FOLDER("devices-not-controlled", test_devices_not_controlled);
	IN_FOLDER("names", test_names);
	g_test_add_func("/settings-plugin/differences", test_differences);
	g_test_add_func("/settings-plugin/what-is-ours", test_what_is_ours);
	g_test_add_func("/settings-plugin/journal", test_journal);
	g_test_add_func("/settings-plugin/journal-of-diagnostics", test_journal_of_diagnostics);
	return g_test_run();
}
