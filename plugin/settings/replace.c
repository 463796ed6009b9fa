/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replace.h"

#include "ifcfg/directory.h"
#include "ifcfg/write-all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILE_MODE     0600
#define LABEL	      "security.selinux"
#define LABEL_MAX     1024
#define STALE_MESSAGE "%s was changed by somebody else. Run `nmcli connection reload` and try again"

/* A replacement under way. Its helpers have names that no reader of the directory takes. */
struct step {
	const struct replacement *replacement;
	char *target;  /* its path, or the file that this is a link to */
	char *fresh;   /* nullable: the new text, beside it */
	char *old;     /* nullable: the file as it was, beside it */
	gboolean done; /* the target is new */
};

static gboolean
fail(GError **error, const char *path, int number)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(number), "%s cannot be written: %s", path,
		    g_strerror(number));
	return FALSE;
}

/* ".NAME.WORD-12345678" beside @path. */
static char *
name_beside(const char *path, const char *word)
{
	g_autofree char *directory = g_path_get_dirname(path);
	g_autofree char *base = g_path_get_basename(path);

	return g_strdup_printf("%s/.%s.%s-%08x", directory, base, word, g_random_int());
}

/* The reader follows links inside of the directory, once. */
static char *
resolve(const char *path)
{
	g_autofree char *target = g_file_read_link(path, NULL);
	g_autofree char *directory = g_path_get_dirname(path);

	return target != NULL && strchr(target, '/') == NULL ? g_build_filename(directory, target, NULL)
							     : g_strdup(path);
}

/* --- the new text --- */

/* Where the new file has another label and may not be given this one, the policy wants it so. */
static void
copy_label(const char *from, int fd)
{
	char label[LABEL_MAX];
	gssize length = lgetxattr(from, LABEL, label, sizeof(label));

	if (length > 0 && fsetxattr(fd, LABEL, label, (gsize) length, 0) != 0)
		g_debug("%s: its label is not kept: %s", from, g_strerror(errno));
}

/* NetworkManager may be without the right to give files away, so this is not tried without need. */
static gboolean
copy_rights(const char *from, int fd)
{
	struct stat old;
	struct stat new;

	if (lstat(from, &old) != 0 || fstat(fd, &new) != 0)
		return FALSE;
	copy_label(from, fd);
	return ((old.st_uid == new.st_uid &&old.st_gid == new.st_gid) || fchown(fd, old.st_uid, old.st_gid) == 0) &&
	       fchmod(fd, old.st_mode & 07777) == 0;
}

static gboolean
fill(const struct step *step, int fd)
{
	const struct replacement *replacement = step->replacement;

	return ifcfg_write_all(fd, replacement->after) &&
	       (replacement->before == NULL || copy_rights(step->target, fd)) && fsync(fd) == 0;
}

static gboolean
write_fresh(struct step *step, GError **error)
{
	int number = 0;
	int fd;

	step->fresh = name_beside(step->target, "new");
	fd = open(step->fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return fail(error, step->replacement->path, errno);
	if (!fill(step, fd))
		number = errno;
	close(fd);
	if (number != EPERM)
		return number == 0 || fail(error, step->replacement->path, number);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
		    "%s cannot be written, as NetworkManager may not give files to others. Give it to root: "
		    "chown root:root",
		    step->replacement->path);
	return FALSE;
}

/* --- whether it is as it was --- */

static gboolean
is_as_it_was(const struct replacement *replacement, GError **error)
{
	g_autoptr(GPtrArray) ignored = ifcfg_diagnostics_new();
	struct directory_file *file;
	struct stat status;
	gboolean same;

	if (replacement->before == NULL && lstat(replacement->path, &status) == 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s exists and was left as it is", replacement->path);
		return FALSE;
	}
	if (replacement->before == NULL)
		return TRUE;
	file = directory_read_file(replacement->path, ignored);
	same = file != NULL && file->length == replacement->before_length &&
	       memcmp(file->text, replacement->before, file->length) == 0;
	g_clear_pointer(&file, directory_file_free);
	if (!same)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG, STALE_MESSAGE, replacement->path);
	return same;
}

/* --- putting into place --- */

/* rename() always replaces, link() never does: what appeared in between is nobody's to replace. */
static gboolean
put_into_place(const struct step *step)
{
	if (step->replacement->after == NULL)
		return unlink(step->replacement->path) == 0;
	if (step->replacement->before == NULL)
		return link(step->fresh, step->target) == 0;
	return rename(step->fresh, step->target) == 0;
}

static gboolean
keep_old(struct step *step)
{
	step->old = name_beside(step->target, "old");
	return link(step->target, step->old) == 0;
}

static gboolean
commit(struct step *step, GError **error)
{
	if (!is_as_it_was(step->replacement, error))
		return FALSE;
	if (step->replacement->before != NULL && !keep_old(step))
		return fail(error, step->replacement->path, errno);
	step->done = put_into_place(step);
	return step->done || fail(error, step->replacement->path, errno);
}

static void
undo(const struct step *step)
{
	const char *path = step->replacement->path;

	if (!step->done)
		return;
	if (step->old == NULL ? unlink(step->target) != 0 : rename(step->old, step->target) != 0)
		g_warning("%s cannot be made as it was: %s", path, g_strerror(errno));
}

static void
sync_directory(const char *path)
{
	g_autofree char *directory = g_path_get_dirname(path);
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static void
step_clear(struct step *step)
{
	if (step->fresh != NULL)
		unlink(step->fresh);
	if (step->old != NULL)
		unlink(step->old);
	g_free(step->fresh);
	g_free(step->old);
	g_free(step->target);
}

static gboolean
prepare(struct step *step, GError **error)
{
	const struct replacement *replacement = step->replacement;

	/* A link goes itself; it is its file that is written. */
	step->target = replacement->after != NULL ? resolve(replacement->path) : g_strdup(replacement->path);
	return is_as_it_was(replacement, error) && (replacement->after == NULL || write_fresh(step, error));
}

gboolean
replace_files(const struct replacement *replacements, gsize n_replacements, GError **error)
{
	g_autofree struct step *steps = g_new0(struct step, n_replacements);
	gboolean ok = TRUE;

	for (gsize i = 0; i < n_replacements; i++)
		steps[i].replacement = &replacements[i];
	for (gsize i = 0; i < n_replacements && ok; i++)
		ok = prepare(&steps[i], error);
	for (gsize i = 0; i < n_replacements && ok; i++)
		ok = commit(&steps[i], error);
	for (gsize i = n_replacements; i > 0 && !ok; i--)
		undo(&steps[i - 1]);
	if (n_replacements > 0)
		sync_directory(replacements[0].path);
	for (gsize i = 0; i < n_replacements; i++)
		step_clear(&steps[i]);
	return ok;
}
