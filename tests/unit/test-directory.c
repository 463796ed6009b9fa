/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directories as somebody hostile would leave them: every file is read whole or reported, none is waited for. */
#include "ifcfg/ifcfg.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GOOD "DEVICE=eth0\nTYPE=Ethernet\n"

struct world {
	char *top;
	char *scripts;
};

static void
world_init(struct world *world)
{
	world->top = g_dir_make_tmp("directory-XXXXXX", NULL);
	world->scripts = g_build_filename(world->top, "network-scripts", NULL);
	g_assert_no_errno(g_mkdir(world->scripts, 0755));
}

static void
remove_all(const char *path)
{
	g_autoptr(GDir) directory = NULL;
	const char *name;

	if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK))
		directory = g_dir_open(path, 0, NULL);
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
}

static char *
path_of(const struct world *world, const char *name)
{
	return g_build_filename(world->scripts, name, NULL);
}

static void
add_file(const struct world *world, const char *name, const char *text, gssize length)
{
	g_autofree char *path = path_of(world, name);
	FILE *file = fopen(path, "w");

	g_assert_nonnull(file);
	g_assert_cmpuint(fwrite(text, 1, length < 0 ? strlen(text) : (gsize) length, file), >, 0);
	g_assert_no_errno(fclose(file));
}

static struct ifcfg_result *
read_world(const struct world *world)
{
	g_autoptr(GError) error = NULL;
	struct ifcfg_result *result = ifcfg_read_directory(world->scripts, NULL, &error);

	g_assert_no_error(error);
	return result;
}

/* The first report of a file whose message has @words in it. */
static const struct ifcfg_diagnostic *
find(const struct ifcfg_result *result, const char *words)
{
	for (guint i = 0; i < result->diagnostics->len; i++) {
		const struct ifcfg_diagnostic *diagnostic = result->diagnostics->pdata[i];

		if (strstr(diagnostic->message, words) != NULL)
			return diagnostic;
	}
	return NULL;
}

/* --- files that are none --- */

static void
make_fifo(const char *path)
{
	g_assert_no_errno(mkfifo(path, 0600));
}

static void
make_directory(const char *path)
{
	g_assert_no_errno(g_mkdir(path, 0700));
}

static void
make_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	g_assert_no_errno(bind(fd, (const struct sockaddr *) &address, sizeof(address)));
	close(fd);
}

static void
link_to(const char *target, const char *path)
{
	g_assert_no_errno(symlink(target, path));
}

static void
make_link_out(const char *path)
{
	link_to("/etc/hostname", path);
}

static void
make_link_up(const char *path)
{
	link_to("../network-scripts/ifcfg-good", path);
}

static void
make_link_to_link(const char *path)
{
	g_autofree char *directory = g_path_get_dirname(path);
	g_autofree char *second = g_build_filename(directory, "second", NULL);

	link_to("ifcfg-good", second);
	link_to("second", path);
}

static void
make_loop(const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	link_to(name, path);
}

static void
make_link_to_fifo(const char *path)
{
	g_autofree char *directory = g_path_get_dirname(path);
	g_autofree char *fifo = g_build_filename(directory, "fifo", NULL);

	make_fifo(fifo);
	link_to("fifo", path);
}

static void
make_dangling(const char *path)
{
	link_to("nowhere", path);
}

static void
make_writable(const char *path)
{
	g_assert_true(g_file_set_contents(path, GOOD, -1, NULL));
	g_assert_no_errno(chmod(path, 0646));
}

static void
make_large(const char *path)
{
	g_assert_true(g_file_set_contents(path, GOOD, -1, NULL));
	g_assert_no_errno(truncate(path, 10 * 1024 * 1024 + 1));
}

static const struct {
	const char *name;
	void (*make)(const char *path);
	const char *message;
} bad_files[] = {
    {"fifo", make_fifo, "no plain file"},
    {"directory", make_directory, "no plain file"},
    {"socket", make_socket, "no plain file"},
    {"link-out", make_link_out, "a link out of its directory"},
    {"link-up", make_link_up, "a link out of its directory"},
    {"link-to-link", make_link_to_link, "a link to a link"},
    {"loop", make_loop, "a link to a link"},
    {"link-to-fifo", make_link_to_fifo, "no plain file"},
    {"dangling", make_dangling, "cannot be read"},
    {"writable", make_writable, "everybody may write it"},
    {"large", make_large, "too large"},
};

/* Each is reported, with its name, and is no reason to read the others less. */
static void
test_bad_file(gconstpointer data)
{
	guint number = GPOINTER_TO_UINT(data);
	g_autofree char *path = NULL;
	const struct ifcfg_diagnostic *found;
	struct ifcfg_result *result;
	struct world world;

	world_init(&world);
	add_file(&world, "ifcfg-good", GOOD, -1);
	path = path_of(&world, "ifcfg-bad");
	bad_files[number].make(path);
	result = read_world(&world);
	found = find(result, bad_files[number].message);
	g_assert_nonnull(found);
	g_assert_cmpint(found->severity, ==, IFCFG_FATAL);
	g_assert_cmpstr(found->file, ==, path);
	g_assert_cmpuint(result->profiles->len, ==, 1);
	ifcfg_result_free(result);
	world_clear(&world);
}

static void
test_links_inside(void)
{
	struct ifcfg_result *result;
	g_autofree char *link = NULL;
	g_autofree char *off = NULL;
	struct world world;

	world_init(&world);
	add_file(&world, "real", GOOD, -1);
	link = path_of(&world, "ifcfg-link");
	link_to("real", link);
	off = path_of(&world, "ifcfg-off");
	link_to("/dev/null", off);
	result = read_world(&world);
	g_assert_cmpuint(result->profiles->len, ==, 1);
	g_assert_cmpuint(result->diagnostics->len, ==, 0);
	ifcfg_result_free(result);
	world_clear(&world);
}

/* --- names --- */

/* They become texts of settings and lines of reports. */
static void
test_names(void)
{
	static const char *const names[] = {"ifcfg-\xff\xfe", "ifcfg-a\nb", "ifcfg-\x1b[2J"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		const struct ifcfg_diagnostic *found;
		struct ifcfg_result *result;
		struct world world;

		world_init(&world);
		add_file(&world, names[i], GOOD, -1);
		result = read_world(&world);
		found = find(result, "its name is not text");
		g_assert_nonnull(found);
		g_assert_true(g_utf8_validate(found->file, -1, NULL));
		g_assert_null(strpbrk(found->file, "\n\x1b"));
		g_assert_cmpuint(result->profiles->len, ==, 0);
		ifcfg_result_free(result);
		world_clear(&world);
	}
}

/* --- who may write --- */

static void
test_writable_directory(void)
{
	struct ifcfg_result *result;
	struct world world;

	world_init(&world);
	add_file(&world, "ifcfg-good", GOOD, -1);
	g_assert_no_errno(chmod(world.scripts, 0777));
	result = read_world(&world);
	g_assert_nonnull(find(result, "everybody may write the directory"));
	g_assert_false(ifcfg_result_is_usable(result));
	ifcfg_result_free(result);
	world_clear(&world);
}

static void
test_owner(void)
{
	g_autofree char *path = NULL;
	const struct ifcfg_diagnostic *found;
	struct ifcfg_result *result;
	struct world world;

	if (geteuid() != 0) {
		g_test_skip("only root can give files away");
		return;
	}
	world_init(&world);
	add_file(&world, "ifcfg-good", GOOD, -1);
	path = path_of(&world, "ifcfg-good");
	g_assert_no_errno(chown(path, 65534, 65534));
	result = read_world(&world);
	found = find(result, "belongs to user 65534");
	g_assert_nonnull(found);
	g_assert_cmpint(found->severity, ==, IFCFG_WARNING);
	g_assert_cmpuint(result->profiles->len, ==, 1);
	ifcfg_result_free(result);
	world_clear(&world);
}

/* --- sizes --- */

static void
test_long_lines(void)
{
	const gsize size = 5 * 1000 * 1000;
	g_autoptr(GString) text = g_string_new("DEVICE=eth0\nNAME='");
	const struct ifcfg_profile *profile;
	g_autoptr(GVariant) connection = NULL;
	struct ifcfg_result *result;
	struct world world;
	const char *id;

	for (gsize i = 0; i < size; i++)
		g_string_append_c(text, 'x');
	g_string_append(text, "'\nUNKNOWN=");
	for (gsize i = 0; i < size - 1000; i++)
		g_string_append_c(text, 'y');
	world_init(&world);
	add_file(&world, "ifcfg-eth0", text->str, text->len);
	result = read_world(&world);
	g_assert_cmpuint(result->profiles->len, ==, 1);
	profile = result->profiles->pdata[0];
	connection = g_variant_lookup_value(profile->settings, "connection", NULL);
	g_assert_true(g_variant_lookup(connection, "id", "&s", &id));
	g_assert_cmpuint(strlen(id), ==, size);
	g_assert_cmpuint(result->diagnostics->len, ==, 1);
	g_assert_cmpuint(strlen(find(result, "no variable UNKNOWN")->text), <, 1000);
	ifcfg_result_free(result);
	world_clear(&world);
}

static void
test_nul_bytes(void)
{
	static const char text[] = "DEVICE=eth0\nTYPE=Ethernet\nNAME=a\0b\n\0\nMTU=9000\n";
	struct ifcfg_result *result;
	struct world world;

	world_init(&world);
	add_file(&world, "ifcfg-eth0", text, sizeof(text) - 1);
	result = read_world(&world);
	g_assert_cmpuint(result->profiles->len, ==, 1);
	g_assert_cmpuint(result->diagnostics->len, ==, 2);
	g_assert_nonnull(find(result, "holds a NUL byte"));
	ifcfg_result_free(result);
	world_clear(&world);
}

/* Files of holes take no room on disk and much in memory: the rest of them stays unread. */
static void
test_total(void)
{
	const guint n = 9;
	struct ifcfg_result *result;
	struct world world;

	world_init(&world);
	for (guint i = 0; i < n; i++) {
		g_autofree char *name = g_strdup_printf("ifcfg-e%u", i);
		g_autofree char *path = path_of(&world, name);

		add_file(&world, name, "\n", 1);
		g_assert_no_errno(truncate(path, 9 * 1024 * 1024));
	}
	result = read_world(&world);
	g_assert_nonnull(find(result, "larger than 64 MiB together"));
	g_assert_false(ifcfg_result_is_usable(result));
	ifcfg_result_free(result);
	world_clear(&world);
}

/* Short lines take much more memory than disk. */
static void
test_lines(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct ifcfg_result *result;
	struct world world;

	for (guint i = 0; i < 600000; i++)
		g_string_append(text, "#\n");
	world_init(&world);
	add_file(&world, "ifcfg-a", text->str, text->len);
	add_file(&world, "ifcfg-b", text->str, text->len);
	result = read_world(&world);
	g_assert_nonnull(find(result, "more than a million lines together"));
	g_assert_false(ifcfg_result_is_usable(result));
	ifcfg_result_free(result);
	world_clear(&world);
}

/* One file of rubbish does not hide what is wrong with another. */
static void
test_rubbish_beside(void)
{
	g_autoptr(GString) rubbish = g_string_new("DEVICE=a\nTYPE=Ethernet\n");
	struct ifcfg_result *result;
	struct world world;

	for (guint i = 0; i < 100000; i++)
		g_string_append(rubbish, "x\n");
	world_init(&world);
	add_file(&world, "ifcfg-a", rubbish->str, rubbish->len);
	add_file(&world, "ifcfg-b", "DEVICE=b\nTYPE=Ethernet\nWHAT=1\n", -1);
	result = read_world(&world);
	g_assert_nonnull(find(result, "there is more to report"));
	g_assert_nonnull(find(result, "no variable WHAT"));
	g_assert_cmpuint(result->diagnostics->len, <, 1010);
	ifcfg_result_free(result);
	world_clear(&world);
}

/* --- files that change --- */

#define NAME_LENGTH 400000
#define N_PIECES    8
#define HEAD	    "DEVICE=eth0\nNAME="

struct writer {
	char *path;
	gint stop;
};

/* Writes the name over and over in place, from its start to its end, each time of the next letter. */
static gpointer
write_on(gpointer data)
{
	struct writer *writer = data;
	const gsize piece = NAME_LENGTH / N_PIECES;
	g_autofree char *text = g_malloc(piece);
	int fd = open(writer->path, O_WRONLY);

	for (guint turn = 0; !g_atomic_int_get(&writer->stop); turn++) {
		memset(text, 'a' + (int) (turn % 26), piece);
		for (guint i = 0; i < N_PIECES; i++)
			g_assert_cmpint(pwrite(fd, text, piece, strlen(HEAD) + i * piece), ==, piece);
		if (turn % 8 == 0)
			g_usleep(1000);
	}
	close(fd);
	return NULL;
}

/* At each moment the file has one letter, or up to some place the next one. */
static void
check_moment(const struct ifcfg_result *result)
{
	const struct ifcfg_profile *profile;
	g_autoptr(GVariant) connection = NULL;
	const char *id;
	gsize head = 0;
	gsize tail = 0;

	if (result->profiles->len == 0) {
		g_assert_nonnull(find(result, "changes while it is read"));
		return;
	}
	profile = result->profiles->pdata[0];
	connection = g_variant_lookup_value(profile->settings, "connection", NULL);
	g_assert_true(g_variant_lookup(connection, "id", "&s", &id));
	while (id[head] == id[0])
		head++;
	while (id[head + tail] != '\0' && id[head + tail] == id[head])
		tail++;
	g_assert_cmpuint(head + tail, ==, NAME_LENGTH);
	if (tail > 0)
		g_assert_cmpint(id[0], ==, 'a' + (id[head] - 'a' + 1) % 26);
}

/* What is read is what the file was at one moment, or the file is reported. */
static void
test_changing(void)
{
	g_autoptr(GString) text = g_string_new(HEAD);
	struct writer writer = {0};
	struct world world;
	GThread *thread;

	for (guint i = 0; i < NAME_LENGTH; i++)
		g_string_append_c(text, 'z');
	g_string_append_c(text, '\n');
	world_init(&world);
	add_file(&world, "ifcfg-eth0", text->str, text->len);
	writer.path = path_of(&world, "ifcfg-eth0");
	thread = g_thread_new("writer", write_on, &writer);
	for (guint i = 0; i < 200; i++) {
		struct ifcfg_result *result = read_world(&world);

		check_moment(result);
		ifcfg_result_free(result);
	}
	g_atomic_int_set(&writer.stop, TRUE);
	g_thread_join(thread);
	g_free(writer.path);
	world_clear(&world);
}

/* --- many files --- */

#define FEW  1000
#define MANY 10000

static double
cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000000.0;
}

/* Bonds with two ports and a file of routes each; until there are @n files. */
static void
add_many(const struct world *world, guint n)
{
	for (guint i = 0; i < n / 4; i++) {
		g_autofree char *bond = g_strdup_printf("ifcfg-bond%u", i);
		g_autofree char *routes = g_strdup_printf("route-bond%u", i);
		g_autofree char *text =
		    g_strdup_printf("DEVICE=bond%u\nBONDING_OPTS=\"mode=1 miimon=100\"\nIPADDR=10.%u.%u.1\n"
				    "PREFIX=24\nGATEWAY=10.%u.%u.254\nDNS1=192.0.2.1\nONBOOT=yes\n",
				    i, i / 256, i % 256, i / 256, i % 256);

		add_file(world, bond, text, -1);
		add_file(world, routes, "198.51.100.0/24 via 10.0.0.1\n", -1);
		for (guint port = 0; port < 2; port++) {
			g_autofree char *name = g_strdup_printf("ifcfg-e%up%u", i, port);
			g_autofree char *line =
			    g_strdup_printf("DEVICE=e%up%u\nMASTER=bond%u\nSLAVE=yes\n", i, port, i);

			add_file(world, name, line, -1);
		}
	}
}

static double
measure(guint n)
{
	struct ifcfg_result *result;
	struct world world;
	double seconds;

	world_init(&world);
	add_many(&world, n);
	seconds = cpu_seconds();
	result = read_world(&world);
	seconds = cpu_seconds() - seconds;
	g_assert_cmpuint(result->profiles->len, ==, n / 4 * 3);
	g_assert_cmpuint(result->diagnostics->len, ==, 0);
	ifcfg_result_free(result);
	world_clear(&world);
	return seconds;
}

/* Ten times the files take ten times the time, not a hundred: in one of some turns, for in the others somebody else may
 * have had the caches. */
static void
test_many(void)
{
	double few;
	double many;

	for (guint turn = 0; turn < 5; turn++) {
		few = measure(FEW);
		many = measure(MANY);
		g_test_message("%u files: %.2f s of CPU time, %u: %.2f s", FEW, few, MANY, many);
		if (many < few * 25)
			return;
	}
	g_assert_cmpfloat(many, <, few * 25);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(bad_files); i++) {
		g_autofree char *path = g_strdup_printf("/directory/bad-file/%s", bad_files[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_bad_file);
	}
	g_test_add_func("/directory/links-inside", test_links_inside);
	g_test_add_func("/directory/names", test_names);
	g_test_add_func("/directory/writable", test_writable_directory);
	g_test_add_func("/directory/owner", test_owner);
	g_test_add_func("/directory/long-lines", test_long_lines);
	g_test_add_func("/directory/nul-bytes", test_nul_bytes);
	g_test_add_func("/directory/total", test_total);
	g_test_add_func("/directory/lines", test_lines);
	g_test_add_func("/directory/rubbish-beside", test_rubbish_beside);
	g_test_add_func("/directory/changing", test_changing);
	g_test_add_func("/directory/many", test_many);
	return g_test_run();
}
