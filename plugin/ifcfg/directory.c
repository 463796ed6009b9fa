/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "directory.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Together; a directory of rubbish must not fill the memory. */
#define TOTAL_MAX_BYTES (64 * 1024 * 1024)
#define TOTAL_MAX_LINES 1000000
#define NAMES_MAX	100000

#define IFCFG_PREFIX "ifcfg-"

void
directory_file_free(struct directory_file *file)
{
	g_free(file->path);
	g_free(file->text);
	g_free(file);
}

static gboolean
is_copy(const char *name)
{
	static const char *const ends[] = {"~",	       ".bak",	  ".old",     ".orig",	 ".rej",
					   ".rpmsave", ".rpmnew", ".rpmorig", ".augnew", ".augtmp"};

	for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
		if (g_str_has_suffix(name, ends[i]))
			return TRUE;
	}
	return FALSE;
}

gboolean
directory_is_ifcfg(const char *name, const char **reason)
{
	if (!g_str_has_prefix(name, IFCFG_PREFIX) || name[strlen(IFCFG_PREFIX)] == '\0')
		return FALSE;
	if (is_copy(name)) {
		*reason = "the file is a copy left behind and is not read";
		return FALSE;
	}
	return TRUE;
}

gboolean
directory_is_route(const char *name, const char **reason)
{
	static const char *const prefixes[] = {"route-", "route6-", "rule-", "rule6-", "ifroute-"};

	/* SUSE's for all interfaces. */
	if (strcmp(name, "routes") == 0)
		return TRUE;
	for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		if (g_str_has_prefix(name, prefixes[i]))
			return !is_copy(name);
	}
	return FALSE;
}

gboolean
directory_is_modprobe(const char *name, const char **reason)
{
	if (g_str_has_suffix(name, ".conf") && name[0] != '.')
		return TRUE;
	if (strstr(name, "bond") != NULL)
		*reason = "modprobe reads files with .conf at the end only";
	return FALSE;
}

static gboolean
is_switched_off(const char *path)
{
	char target[sizeof("/dev/null")];

	/* One byte more than it takes, so that longer ones differ. */
	return readlink(path, target, sizeof(target)) == (gssize) strlen("/dev/null") &&
	       memcmp(target, "/dev/null", strlen("/dev/null")) == 0;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* All names, sorted by their bytes. */
static GPtrArray *
list_names(const char *path, GError **error)
{
	g_autoptr(GError) local = NULL;
	g_autoptr(GDir) directory = g_dir_open(path, 0, &local);
	GPtrArray *names;
	const char *name;

	if (directory == NULL) {
		g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_READ, "%s cannot be read: %s. Give the directory of %s",
			    path, local->message, "ifcfg-* files, or of modprobe's *.conf files");
		return NULL;
	}
	names = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(directory)) != NULL && names->len <= NAMES_MAX)
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	return names;
}

/* Where everybody may put files, all of them are everybody's. */
static void
check_directory(const char *path, const GPtrArray *names, GPtrArray *diagnostics)
{
	const struct ifcfg_place place = {.file = path};
	struct stat status;

	if (stat(path, &status) == 0 && (status.st_mode & S_IWOTH) != 0)
		ifcfg_diagnostics_add(diagnostics, IFCFG_FATAL, &place,
				      "Take the right to write away from others: chmod o-w",
				      "everybody may write the directory");
	if (names->len > NAMES_MAX)
		ifcfg_diagnostics_add(diagnostics, IFCFG_FATAL, &place, "Take away what does not belong there",
				      "there are more than %u files", NAMES_MAX);
}

/* Whether the file counts; if not, and somebody might think it did, that is reported. */
static gboolean
counts(const char *path, const char *name, directory_filter filter, GPtrArray *diagnostics)
{
	const struct ifcfg_place place = {.file = path};
	const char *reason = NULL;

	if (filter(name, &reason))
		return !is_switched_off(path);
	if (reason != NULL)
		ifcfg_diagnostics_add(diagnostics, IFCFG_INFO, &place, "Give it another name if it shall be read", "%s",
				      reason);
	return FALSE;
}

static gsize
count_lines(const struct directory_file *file)
{
	const char *end = file->text + file->length;
	gsize n = 0;

	for (const char *at = file->text; at < end && (at = memchr(at, '\n', end - at)) != NULL; at++)
		n++;
	return n;
}

/* Each line may become a variable, which takes much more room than the line. */
static const char *
find_excess(gsize bytes, gsize lines)
{
	if (bytes > TOTAL_MAX_BYTES)
		return "the files are larger than 64 MiB together, the rest is not read";
	return lines > TOTAL_MAX_LINES ? "the files have more than a million lines together, the rest is not read"
				       : NULL;
}

static void
read_names(const char *path, const GPtrArray *names, directory_filter filter, GPtrArray *files, GPtrArray *diagnostics)
{
	gsize bytes = 0;
	gsize lines = 0;

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *full = g_build_filename(path, names->pdata[i], NULL);
		const struct ifcfg_place place = {.file = full};
		struct directory_file *file = NULL;
		const char *excess;

		if (counts(full, names->pdata[i], filter, diagnostics))
			file = directory_read_file(full, diagnostics);
		if (file == NULL)
			continue;
		bytes += file->length;
		lines += count_lines(file);
		excess = find_excess(bytes, lines);
		if (excess != NULL) {
			ifcfg_diagnostics_add(diagnostics, IFCFG_FATAL, &place, "Take away what does not belong there",
					      "%s", excess);
			directory_file_free(file);
			break;
		}
		g_ptr_array_add(files, file);
	}
}

GPtrArray *
directory_read(const char *path, directory_filter filter, GPtrArray *diagnostics, GError **error)
{
	g_autoptr(GPtrArray) names = list_names(path, error);
	GPtrArray *files;

	if (names == NULL)
		return NULL;
	check_directory(path, names, diagnostics);
	files = g_ptr_array_new_with_free_func((GDestroyNotify) directory_file_free);
	if (names->len <= NAMES_MAX)
		read_names(path, names, filter, files, diagnostics);
	return files;
}

struct directory_file *
directory_read_network(const char *network_scripts, GPtrArray *diagnostics)
{
	g_autofree char *canonical = g_canonicalize_filename(network_scripts, NULL);
	g_autofree char *parent = g_path_get_dirname(canonical);
	g_autofree char *path = g_build_filename(parent, "network", NULL);

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return NULL;
	return directory_read_file(path, diagnostics);
}
