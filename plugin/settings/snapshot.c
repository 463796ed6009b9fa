/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "snapshot.h"

#include "ifcfg/settings.h"
#include "ifcfg/uuid.h"
#include "ifcfg/writer.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* The reader looks for the file network in the directory above, so the files stand one level down. */
#define FILES	  "network-scripts"
#define NETWORK	  "network"
#define TEMPLATE  "bondd-ifcfg-XXXXXX"
#define MODE	  0700
#define FILE_MODE 0600

struct snapshot {
	char *directory;
	char *modprobe_d; /* nullable */
	char *base;	  /* ours alone */
	char *files;	  /* below it */
	GPtrArray *texts; /* struct directory_file */
};

static gboolean
fail(GError **error, const char *path, int number)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(number), "%s cannot be written: %s", path,
		    g_strerror(number));
	return FALSE;
}

static void
remove_all(const char *path)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	const char *name;

	while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
		g_autofree char *full = g_build_filename(path, name, NULL);

		g_unlink(full);
	}
	g_rmdir(path);
}

void
snapshot_free(struct snapshot *snapshot)
{
	if (snapshot->files != NULL)
		remove_all(snapshot->files);
	if (snapshot->base != NULL)
		remove_all(snapshot->base);
	g_ptr_array_unref(snapshot->texts);
	g_free(snapshot->files);
	g_free(snapshot->base);
	g_free(snapshot->modprobe_d);
	g_free(snapshot->directory);
	g_free(snapshot);
}

/* --- taking --- */

/* The path of a file of ours for one of the directory, or the other way round. */
static char *
move_path(const char *directory, const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	return g_build_filename(directory, name, NULL);
}

static gboolean
put(const char *directory, const char *path, const char *text, gsize length, GError **error)
{
	g_autofree char *copy = move_path(directory, path);

	/* Written in place a longer text would keep its end. */
	g_unlink(copy);
	return g_file_set_contents_full(copy, text, (gssize) length, G_FILE_SET_CONTENTS_NONE, FILE_MODE, error);
}

static gboolean
put_network(struct snapshot *snapshot, GPtrArray *diagnostics, GError **error)
{
	g_autofree char *parent = g_path_get_dirname(snapshot->directory);
	g_autofree char *path = g_build_filename(parent, NETWORK, NULL);
	struct directory_file *file = NULL;
	gboolean ok;

	if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
		file = directory_read_file(path, diagnostics);
	if (file == NULL)
		return TRUE;
	ok = put(snapshot->base, path, file->text, file->length, error);
	directory_file_free(file);
	return ok;
}

static gboolean
make_directories(struct snapshot *snapshot, const char *place, GError **error)
{
	g_autofree char *base = g_build_filename(place, TEMPLATE, NULL);

	if (g_mkdtemp_full(base, MODE) == NULL)
		return fail(error, base, errno);
	snapshot->base = g_steal_pointer(&base);
	snapshot->files = g_build_filename(snapshot->base, FILES, NULL);
	return g_mkdir(snapshot->files, MODE) == 0 || fail(error, snapshot->files, errno);
}

static gboolean
read_texts(struct snapshot *snapshot, directory_filter filter, GPtrArray *diagnostics, GError **error)
{
	GPtrArray *texts = directory_read(snapshot->directory, filter, diagnostics, error);

	if (texts == NULL)
		return FALSE;
	g_ptr_array_extend_and_steal(snapshot->texts, texts);
	return TRUE;
}

static gboolean
take(struct snapshot *snapshot, const char *place, GError **error)
{
	g_autoptr(GPtrArray) ignored = ifcfg_diagnostics_new();

	if (!make_directories(snapshot, place, error) || !read_texts(snapshot, directory_is_ifcfg, ignored, error) ||
	    !read_texts(snapshot, directory_is_route, ignored, error) || !put_network(snapshot, ignored, error))
		return FALSE;
	for (guint i = 0; i < snapshot->texts->len; i++) {
		const struct directory_file *file = snapshot->texts->pdata[i];

		if (!put(snapshot->files, file->path, file->text, file->length, error))
			return FALSE;
	}
	return TRUE;
}

struct snapshot *
snapshot_take(const char *directory, const char *modprobe_d, const char *place, GError **error)
{
	struct snapshot *snapshot = g_new0(struct snapshot, 1);

	snapshot->directory = g_strdup(directory);
	snapshot->modprobe_d = g_strdup(modprobe_d);
	snapshot->texts = g_ptr_array_new_with_free_func((GDestroyNotify) directory_file_free);
	if (!take(snapshot, place, error))
		g_clear_pointer(&snapshot, snapshot_free);
	return snapshot;
}

const struct directory_file *
snapshot_find(const struct snapshot *snapshot, const char *path)
{
	for (guint i = 0; i < snapshot->texts->len; i++) {
		const struct directory_file *file = snapshot->texts->pdata[i];

		if (strcmp(file->path, path) == 0)
			return file;
	}
	return NULL;
}

/* --- reading --- */

static gboolean
apply(const struct snapshot *snapshot, const struct ifcfg_edit *edit, GError **error)
{
	g_autofree char *copy = NULL;

	if (edit->text != NULL)
		return put(snapshot->files, edit->path, edit->text, strlen(edit->text), error);
	copy = move_path(snapshot->files, edit->path);
	return g_unlink(copy) == 0 || errno == ENOENT || fail(error, copy, errno);
}

static gboolean
restore(const struct snapshot *snapshot, const struct ifcfg_edit *edit, GError **error)
{
	const struct directory_file *file = snapshot_find(snapshot, edit->path);
	g_autofree char *copy = move_path(snapshot->files, edit->path);

	if (file != NULL)
		return put(snapshot->files, file->path, file->text, file->length, error);
	return g_unlink(copy) == 0 || errno == ENOENT || fail(error, copy, errno);
}

typedef gboolean (*edit_function)(const struct snapshot *snapshot, const struct ifcfg_edit *edit, GError **error);

static gboolean
for_all(const struct snapshot *snapshot, const GPtrArray *edits, edit_function function, GError **error)
{
	for (guint i = 0; edits != NULL && i < edits->len; i++) {
		if (!function(snapshot, edits->pdata[i], error))
			return FALSE;
	}
	return TRUE;
}

/* A file without UUID= has one of its path, which is not ours. */
static void
correct_uuid(const struct snapshot *snapshot, struct ifcfg_profile *profile)
{
	g_autofree char *path = move_path(snapshot->directory, profile->file);
	g_autofree char *ours = ifcfg_uuid_of_path(profile->file);
	g_autoptr(GVariant) section = g_variant_lookup_value(profile->settings, "connection", G_VARIANT_TYPE_VARDICT);
	g_autofree char *uuid = NULL;

	if (section == NULL || !g_variant_lookup(section, "uuid", "s", &uuid) || strcmp(uuid, ours) != 0)
		return;
	g_free(uuid);
	uuid = ifcfg_uuid_of_path(path);
	profiles_set_property(profile, "connection", "uuid", g_variant_new_string(uuid));
}

static GPtrArray *
read_files(const struct snapshot *snapshot, GError **error)
{
	struct ifcfg_result *result = ifcfg_read_directory(snapshot->files, snapshot->modprobe_d, error);
	GPtrArray *texts;

	if (result == NULL)
		return NULL;
	for (guint i = 0; i < result->profiles->len; i++)
		correct_uuid(snapshot, result->profiles->pdata[i]);
	texts = profiles_make(result);
	for (guint i = 0; i < texts->len; i++) {
		struct profile_text *text = texts->pdata[i];
		char *path = move_path(snapshot->directory, text->file);

		g_free(text->file);
		text->file = path;
	}
	ifcfg_result_free(result);
	return texts;
}

GPtrArray *
snapshot_read(struct snapshot *snapshot, const GPtrArray *edits, GError **error)
{
	g_autoptr(GPtrArray) texts = NULL;

	if (for_all(snapshot, edits, apply, error))
		texts = read_files(snapshot, error);
	return for_all(snapshot, edits, restore, texts != NULL ? error : NULL) ? g_steal_pointer(&texts) : NULL;
}
