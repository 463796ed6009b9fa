/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As NetworkManager has it. */
#define SIZE_MAX_BYTES (10 * 1024 * 1024)

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

/* Why an open file must not be read. */
static const char *
find_objection(const struct stat *status, const char **remedy)
{
	if (!S_ISREG(status->st_mode)) {
		*remedy = "Put a plain file there or remove it";
		return "it is no plain file";
	}
	if ((status->st_mode & S_IWOTH) != 0) {
		*remedy = "Take the right to write away from others: chmod o-w";
		return "everybody may write it";
	}
	if (status->st_size > SIZE_MAX_BYTES) {
		*remedy = "Make it smaller than 10 MiB";
		return "it is too large";
	}
	return NULL;
}

/*
 * Opens a file without following a link out of its directory. A link to a name in the same directory is fine, and
 * /dev/null is the usual way to switch off a modprobe.d file; it reads as empty.
 */
static int
open_inside(const char *path)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	g_autofree char *target = NULL;
	g_autofree char *directory = NULL;
	g_autofree char *inside = NULL;
	int fd = open(path, flags);

	if (fd >= 0 || errno != ELOOP)
		return fd;
	target = g_file_read_link(path, NULL);
	directory = g_path_get_dirname(path);
	if (target == NULL || strchr(target, '/') != NULL) {
		errno = ELOOP;
		return -1;
	}
	inside = g_build_filename(directory, target, NULL);
	return open(inside, flags);
}

/* Reads until the end, which may come sooner than the size says. */
static gboolean
read_all(int fd, gsize size, char **text, gsize *length)
{
	gsize got = 0;

	*text = g_malloc(size + 1);
	while (got < size) {
		gssize n = read(fd, *text + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			g_clear_pointer(text, g_free);
			return FALSE;
		}
		if (n == 0)
			break;
		got += n;
	}
	(*text)[got] = '\0';
	*length = got;
	return TRUE;
}

static void
report_unreadable(const char *path, int number, GPtrArray *diagnostics)
{
	const struct ifcfg_place place = {.file = path};

	if (number == ELOOP)
		ifcfg_diagnostics_add(diagnostics, IFCFG_FATAL, &place, "Put the file itself there",
				      "the file is a link out of its directory and is not followed");
	else
		ifcfg_diagnostics_add(diagnostics, IFCFG_FATAL, &place, "Correct its permissions or remove it",
				      "the file cannot be read: %s", g_strerror(number));
}

static gboolean
is_switched_off(const char *path)
{
	g_autofree char *target = g_file_read_link(path, NULL);

	return target != NULL && strcmp(target, "/dev/null") == 0;
}

struct directory_file *
directory_read_file(const char *path, GPtrArray *diagnostics)
{
	const struct ifcfg_place place = {.file = path};
	g_autofree char *text = NULL;
	const char *objection;
	const char *remedy;
	struct directory_file *file;
	struct stat status;
	gsize length = 0;
	int fd = open_inside(path);

	if (fd < 0 || fstat(fd, &status) < 0) {
		report_unreadable(path, errno, diagnostics);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	objection = find_objection(&status, &remedy);
	if (objection != NULL)
		ifcfg_diagnostics_add(diagnostics, IFCFG_FATAL, &place, remedy, "the file is not read, %s", objection);
	else if (!read_all(fd, status.st_size, &text, &length))
		report_unreadable(path, errno, diagnostics);
	close(fd);
	if (text == NULL)
		return NULL;
	file = g_new0(struct directory_file, 1);
	file->path = g_strdup(path);
	file->text = g_steal_pointer(&text);
	file->length = length;
	return file;
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
	while ((name = g_dir_read_name(directory)) != NULL)
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	return names;
}

GPtrArray *
directory_read(const char *path, directory_filter filter, GPtrArray *diagnostics, GError **error)
{
	g_autoptr(GPtrArray) names = list_names(path, error);
	GPtrArray *files;

	if (names == NULL)
		return NULL;
	files = g_ptr_array_new_with_free_func((GDestroyNotify) directory_file_free);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *full = g_build_filename(path, names->pdata[i], NULL);
		const struct ifcfg_place place = {.file = full};
		const char *reason = NULL;
		struct directory_file *file;

		if (!filter(names->pdata[i], &reason)) {
			if (reason != NULL)
				ifcfg_diagnostics_add(diagnostics, IFCFG_INFO, &place,
						      "Give it another name if it shall be read", "%s", reason);
			continue;
		}
		if (is_switched_off(full))
			continue;
		file = directory_read_file(full, diagnostics);
		if (file != NULL)
			g_ptr_array_add(files, file);
	}
	return files;
}
