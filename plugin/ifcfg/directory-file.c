/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One file, from whoever may have put it there: only plain files of the directory itself are opened, nothing is waited
 * for, and what is read is what the file was at one moment.
 */
#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As NetworkManager has it. */
#define SIZE_MAX_BYTES (10 * 1024 * 1024)
/* How often a file that changes is read anew. */
#define ATTEMPTS_MAX 5
/* The kernel's file times are this coarse, so a change may leave none that is newer. */
#define COARSE_US 100000

/* Why a file is not read. */
struct objection {
	const char *message;
	const char *remedy;
};

static const struct objection wrong_name = {"its name is not text", "Give it a name without control characters"};
static const struct objection leaves = {"it is a link out of its directory", "Put the file itself there"};
static const struct objection links_again = {"it is a link to a link", "Put the file itself there"};
static const struct objection no_file = {"it is no plain file", "Put a plain file there or remove it"};
static const struct objection anybodys = {"everybody may write it",
					  "Take the right to write away from others: chmod o-w"};
static const struct objection too_large = {"it is too large", "Make it smaller than 10 MiB"};
static const struct objection changing = {"it changes while it is read", "Try again when it is whole"};

static const struct objection *
object_to_name(const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	if (!g_utf8_validate(name, -1, NULL))
		return &wrong_name;
	for (const char *c = name; *c != '\0'; c++) {
		if (g_ascii_iscntrl(*c))
			return &wrong_name;
	}
	return NULL;
}

static const struct objection *
object_to_status(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return &no_file;
	if ((status->st_mode & S_IWOTH) != 0)
		return &anybodys;
	return status->st_size > SIZE_MAX_BYTES ? &too_large : NULL;
}

/* A link to a name in the same directory is fine: (transfer full) that name's path, or NULL with the objection. */
static char *
follow_inside(const char *path, const struct objection **objection)
{
	g_autofree char *target = g_file_read_link(path, NULL);
	g_autofree char *directory = g_path_get_dirname(path);
	struct stat status;
	char *inside;

	if (target == NULL || strchr(target, '/') != NULL) {
		*objection = &leaves;
		return NULL;
	}
	inside = g_build_filename(directory, target, NULL);
	if (lstat(inside, &status) == 0 && S_ISLNK(status.st_mode)) {
		*objection = &links_again;
		g_clear_pointer(&inside, g_free);
	}
	return inside;
}

/*
 * Looks before it opens: to open a device may do something. O_NONBLOCK and O_NOFOLLOW are for what is put there in
 * between. Returns -1 with the objection, or with errno alone.
 */
static int
open_plain(const char *path, const struct objection **objection)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	g_autofree char *inside = NULL;
	struct stat status;

	if (lstat(path, &status) < 0)
		return -1;
	if (S_ISLNK(status.st_mode)) {
		inside = follow_inside(path, objection);
		if (inside == NULL || lstat(inside, &status) < 0)
			return -1;
		path = inside;
	}
	*objection = object_to_status(&status);
	return *objection == NULL ? open(path, flags) : -1;
}

/* Reads from the start to the end, one byte more than @size if there is one. FALSE: errno. */
static gboolean
read_once(int fd, gsize size, char **text, gsize *length)
{
	gsize got = 0;

	*text = g_malloc(size + 2);
	while (got <= size) {
		gssize n = pread(fd, *text + got, size + 1 - got, got);

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

static gboolean
is_unchanged(const struct stat *before, const struct stat *after)
{
	return before->st_size == after->st_size && before->st_mtim.tv_sec == after->st_mtim.tv_sec &&
	       before->st_mtim.tv_nsec == after->st_mtim.tv_nsec && before->st_ctim.tv_sec == after->st_ctim.tv_sec &&
	       before->st_ctim.tv_nsec == after->st_ctim.tv_nsec;
}

/* Whether the times tell that nobody has written lately. */
static gboolean
is_settled(const struct stat *status)
{
	gint64 changed = status->st_ctim.tv_sec * G_USEC_PER_SEC + status->st_ctim.tv_nsec / 1000;
	gint64 age = g_get_real_time() - changed;

	return age > COARSE_US;
}

/* What was just written is read twice. */
static gboolean
reads_the_same(int fd, const char *text, gsize length)
{
	g_autofree char *again = NULL;
	gsize again_length = 0;

	return read_once(fd, length, &again, &again_length) && again_length == length &&
	       memcmp(text, again, length) == 0;
}

/* One attempt to read it whole; *text stays NULL if it changed meanwhile. FALSE: errno, or the objection. */
static gboolean
attempt(int fd, char **text, gsize *length, const struct objection **objection)
{
	g_autofree char *read = NULL;
	struct stat before;
	struct stat after;

	if (fstat(fd, &before) < 0)
		return FALSE;
	*objection = object_to_status(&before);
	if (*objection != NULL || !read_once(fd, before.st_size, &read, length) || fstat(fd, &after) < 0)
		return FALSE;
	if (*length == (gsize) before.st_size && is_unchanged(&before, &after) &&
	    (is_settled(&after) || reads_the_same(fd, read, *length)))
		*text = g_steal_pointer(&read);
	return TRUE;
}

static char *
read_whole(const char *path, gsize *length, const struct objection **objection)
{
	char *text = NULL;
	int fd;

	*objection = object_to_name(path);
	fd = *objection == NULL ? open_plain(path, objection) : -1;
	if (fd < 0)
		return NULL;
	for (guint i = 0; i < ATTEMPTS_MAX && text == NULL; i++) {
		if (!attempt(fd, &text, length, objection))
			break;
		if (text == NULL)
			*objection = &changing;
	}
	if (text != NULL)
		*objection = NULL;
	close(fd);
	return text;
}

/* Files of others than root and the one who reads are theirs to change at any time. */
static void
report_owner(const char *path, GPtrArray *diagnostics)
{
	const struct ifcfg_place place = {.file = path};
	struct stat status;

	if (stat(path, &status) == 0 && status.st_uid != 0 && status.st_uid != geteuid())
		ifcfg_diagnostics_add(diagnostics, IFCFG_WARNING, &place, "Give the file to root: chown root",
				      "the file belongs to user %u, who may change it", (guint) status.st_uid);
}

struct directory_file *
directory_read_file(const char *path, GPtrArray *diagnostics)
{
	const struct ifcfg_place place = {.file = path};
	const struct objection *objection = NULL;
	gsize length = 0;
	char *text = read_whole(path, &length, &objection);
	int number = errno;
	struct directory_file *file;

	if (text == NULL && objection != NULL)
		ifcfg_diagnostics_add(diagnostics, IFCFG_FATAL, &place, objection->remedy, "the file is not read, %s",
				      objection->message);
	else if (text == NULL)
		ifcfg_diagnostics_add(diagnostics, IFCFG_FATAL, &place, "Correct its permissions or remove it",
				      "the file cannot be read: %s", g_strerror(number));
	if (text == NULL)
		return NULL;
	report_owner(path, diagnostics);
	file = g_new0(struct directory_file, 1);
	file->path = g_strdup(path);
	file->text = text;
	file->length = length;
	return file;
}
