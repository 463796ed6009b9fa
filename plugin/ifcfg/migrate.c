/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "migrate.h"

#include "comments.h"
#include "directory.h"
#include "keyfile.h"
#include "settings.h"
#include "write-all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX	       "ifcfg-"
#define SUFFIX	       ".nmconnection"
#define DIRECTORY_MODE 0700
#define FILE_MODE      0600

static void
keyfile_free(gpointer data)
{
	struct ifcfg_keyfile *keyfile = data;

	g_free(keyfile->source);
	g_free(keyfile->name);
	g_free(keyfile->text);
	g_ptr_array_unref(keyfile->lost);
	g_free(keyfile);
}

/* --- texts --- */

static void
append_comments_of(GString *out, const char *path)
{
	g_autoptr(GPtrArray) ignored = ifcfg_diagnostics_new();
	struct directory_file *file;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return;
	/* What is wrong with the file was reported when its settings were read. */
	file = directory_read_file(path, ignored);
	if (file == NULL)
		return;
	ifcfg_comments_append(out, file->text, file->length);
	directory_file_free(file);
}

/* NAME of "/…/ifcfg-NAME". */
static const char *
name_of(const char *base)
{
	return g_str_has_prefix(base, PREFIX) ? base + strlen(PREFIX) : base;
}

static void
append_all_comments(GString *out, const char *source)
{
	static const char *const prefixes[] = {"route-", "route6-", "rule-", "rule6-"};
	g_autofree char *directory = g_path_get_dirname(source);
	g_autofree char *base = g_path_get_basename(source);

	append_comments_of(out, source);
	for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		g_autofree char *name = g_strconcat(prefixes[i], name_of(base), NULL);
		g_autofree char *path = g_build_filename(directory, name, NULL);

		append_comments_of(out, path);
	}
}

/* NetworkManager keeps its hands off such an interface only as long as the ifcfg file says so. */
static void
note_control(const struct ifcfg_profile *profile, GPtrArray *lost)
{
	if (!profile->nm_controlled)
		g_ptr_array_add(lost,
				g_strdup("NM_CONTROLLED=no: NetworkManager takes an interface that has a keyfile"));
}

/* Rules and what goes with them: the settings lack them as NetworkManager's reader of ifcfg files does; keyfiles do not. */
static GVariant *
with_routing(const struct ifcfg_profile *profile)
{
	struct ifcfg_settings *settings = ifcfg_settings_new();
	GVariant *all;

	ifcfg_settings_merge(settings, profile->settings);
	ifcfg_settings_merge(settings, profile->routing);
	all = ifcfg_settings_end(settings);
	ifcfg_settings_free(settings);
	return all;
}

static struct ifcfg_keyfile *
make(const struct ifcfg_profile *profile)
{
	struct ifcfg_keyfile *keyfile = g_new0(struct ifcfg_keyfile, 1);
	g_autofree char *base = g_path_get_basename(profile->file);
	g_autoptr(GVariant) all = with_routing(profile);
	g_autofree char *settings = NULL;
	g_autoptr(GString) text = g_string_new(NULL);

	keyfile->source = g_strdup(profile->file);
	keyfile->name = g_strconcat(name_of(base), SUFFIX, NULL);
	keyfile->lost = g_ptr_array_new_with_free_func(g_free);
	settings = ifcfg_keyfile_format(all, profile->extra, keyfile->lost);
	note_control(profile, keyfile->lost);

	g_string_append_printf(text, "# From %s\n", base);
	append_all_comments(text, profile->file);
	for (guint i = 0; i < keyfile->lost->len; i++) {
		g_autofree char *line = g_strconcat("Not carried over: ", keyfile->lost->pdata[i], NULL);

		ifcfg_comments_append_line(text, line);
	}
	g_string_append_printf(text, "\n%s", settings);
	keyfile->text = g_strdup(text->str);
	return keyfile;
}

GPtrArray *
ifcfg_keyfiles_make(const struct ifcfg_result *result)
{
	GPtrArray *keyfiles = g_ptr_array_new_with_free_func(keyfile_free);

	for (guint i = 0; i < result->profiles->len; i++)
		g_ptr_array_add(keyfiles, make(result->profiles->pdata[i]));
	return keyfiles;
}

/* --- files --- */

/* A directory being written into. Everything is written beside first, under names that nobody reads. */
struct writing {
	const char *directory;
	int fd;
	gboolean force;
	GPtrArray *beside; /* char * */
	GPtrArray *done;   /* const char *: names that were put into place */
};

static gboolean
fail(GError **error, const char *directory, const char *name, int number)
{
	g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_WRITE, "%s%s%s cannot be written: %s", directory,
		    name != NULL ? "/" : "", name != NULL ? name : "", g_strerror(number));
	return FALSE;
}

static gboolean
fail_exists(GError **error, const char *directory, const char *name)
{
	g_set_error(error, IFCFG_ERROR, IFCFG_ERROR_EXISTS, "%s/%s exists and was left as it is", directory, name);
	return FALSE;
}

static int
open_directory(const char *path, GError **error)
{
	int fd;

	if (mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST) {
		fail(error, path, NULL, errno);
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fail(error, path, NULL, errno);
	return fd;
}

static gboolean
write_beside(struct writing *writing, const struct ifcfg_keyfile *keyfile, GError **error)
{
	g_autofree char *name = g_strdup_printf(".%s.%08x", keyfile->name, g_random_int());
	int fd = openat(writing->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	gboolean ok;

	if (fd < 0)
		return fail(error, writing->directory, keyfile->name, errno);
	ok = ifcfg_write_all(fd, keyfile->text) && fchmod(fd, FILE_MODE) == 0 && fsync(fd) == 0;
	if (!ok)
		fail(error, writing->directory, keyfile->name, errno);
	close(fd);
	g_ptr_array_add(writing->beside, g_steal_pointer(&name));
	return ok;
}

/* link() never replaces, rename() always does. */
static gboolean
put_into_place(struct writing *writing, const char *from, const char *to, GError **error)
{
	int failed = writing->force ? renameat(writing->fd, from, writing->fd, to)
				    : linkat(writing->fd, from, writing->fd, to, 0);

	if (failed != 0)
		return errno == EEXIST ? fail_exists(error, writing->directory, to)
				       : fail(error, writing->directory, to, errno);
	g_ptr_array_add(writing->done, (char *) to);
	return TRUE;
}

static gboolean
write_keyfiles(struct writing *writing, const GPtrArray *keyfiles, GError **error)
{
	struct stat status;

	for (guint i = 0; i < keyfiles->len && !writing->force; i++) {
		const struct ifcfg_keyfile *keyfile = keyfiles->pdata[i];

		if (fstatat(writing->fd, keyfile->name, &status, AT_SYMLINK_NOFOLLOW) == 0)
			return fail_exists(error, writing->directory, keyfile->name);
	}
	for (guint i = 0; i < keyfiles->len; i++) {
		if (!write_beside(writing, keyfiles->pdata[i], error))
			return FALSE;
	}
	for (guint i = 0; i < keyfiles->len; i++) {
		const struct ifcfg_keyfile *keyfile = keyfiles->pdata[i];

		if (!put_into_place(writing, writing->beside->pdata[i], keyfile->name, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
ifcfg_keyfiles_write(const GPtrArray *keyfiles, const char *directory, gboolean force, GError **error)
{
	g_autoptr(GPtrArray) beside = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) done = g_ptr_array_new();
	struct writing writing = {.directory = directory, .force = force, .beside = beside, .done = done};
	gboolean ok;

	writing.fd = open_directory(directory, error);
	if (writing.fd < 0)
		return FALSE;
	ok = write_keyfiles(&writing, keyfiles, error);
	for (guint i = 0; i < beside->len; i++)
		unlinkat(writing.fd, beside->pdata[i], 0);
	for (guint i = 0; i < done->len && !ok && !force; i++)
		unlinkat(writing.fd, done->pdata[i], 0);
	if (ok && fsync(writing.fd) != 0)
		ok = fail(error, directory, NULL, errno);
	close(writing.fd);
	return ok;
}
