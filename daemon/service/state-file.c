/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME      "lock"
#define STATE_NAME     "state"
#define STATE_NEW_NAME "state.new"
/* The kernel takes its time to end a process whose sockets it must close. */
#define LOCK_PATIENCE_MS 3000
/* Some 600 bytes a port: far more than any host has. */
#define STATE_MAX_SIZE (4 << 20)

static gboolean
fail(GError **error, int err, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, G_FILE_ERROR, (int) g_file_error_from_errno(err), "%s", what);
	return FALSE;
}

static gboolean
lock(int fd)
{
	for (guint waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited++) {
		if (errno != EWOULDBLOCK || waited == LOCK_PATIENCE_MS)
			return FALSE;
		g_usleep(1000);
	}
	return TRUE;
}

int
state_file_lock(const char *directory, GError **error)
{
	g_autofree char *path = g_build_filename(directory, LOCK_NAME, NULL);
	int fd;

	if (g_mkdir_with_parents(directory, 0700) != 0) {
		fail(error, errno, "%s: %s", directory, g_strerror(errno));
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && lock(fd))
		return fd;
	fail(error, errno, "%s: %s", path,
	     errno == EWOULDBLOCK ? "another bondd has it; give this one a --state-dir of its own" : g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static gboolean
check(int fd, gsize *size, GError **error)
{
	struct stat info;

	if (fstat(fd, &info) != 0)
		return fail(error, errno, "%s", g_strerror(errno));
	if (!S_ISREG(info.st_mode))
		return fail(error, EINVAL, "it is no file");
	if (info.st_uid != geteuid())
		return fail(error, EPERM, "it belongs to user %u", (guint) info.st_uid);
	if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(error, EPERM, "others may write to it");
	if (info.st_size > STATE_MAX_SIZE)
		return fail(error, EFBIG, "it has %" G_GINT64_FORMAT " bytes", (gint64) info.st_size);
	*size = (gsize) info.st_size;
	return TRUE;
}

static char *
read_all(int fd, gsize *len, GError **error)
{
	g_autofree char *text = NULL;
	gsize size = 0;
	gssize n = 1;

	if (!check(fd, &size, error))
		return NULL;
	text = g_malloc(size + 1);
	for (*len = 0; *len < size && n > 0; *len += (gsize) n) {
		n = read(fd, text + *len, size - *len);
		if (n < 0) {
			fail(error, errno, "%s", g_strerror(errno));
			return NULL;
		}
	}
	text[*len] = '\0';
	return g_steal_pointer(&text);
}

char *
state_file_read(const char *directory, gsize *len, GError **error)
{
	g_autofree char *path = g_build_filename(directory, STATE_NAME, NULL);
	char *text;
	int fd;

	/* A link or a pipe that somebody has put there is not followed, and not waited for. */
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0) {
		fail(error, errno, "%s", g_strerror(errno));
		return NULL;
	}
	text = read_all(fd, len, error);
	close(fd);
	return text;
}

static gboolean
write_all(int fd, const char *text)
{
	gsize left = strlen(text);

	while (left > 0) {
		gssize n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FALSE;
		text += n;
		left -= (gsize) n;
	}
	return fsync(fd) == 0;
}

static gboolean
write_beside(const char *path, const char *text)
{
	int fd;
	gboolean done;

	(void) g_unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return FALSE;
	done = write_all(fd, text);
	return close(fd) == 0 && done;
}

static void
sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void) fsync(fd);
	close(fd);
}

gboolean
state_file_write(const char *directory, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(directory, STATE_NAME, NULL);
	g_autofree char *beside = g_build_filename(directory, STATE_NEW_NAME, NULL);

	if (g_mkdir_with_parents(directory, 0700) != 0 || !write_beside(beside, text) || g_rename(beside, path) != 0)
		return fail(error, errno, "%s: %s", path, g_strerror(errno));
	sync_directory(directory);
	return TRUE;
}

void
state_file_set_aside(const char *directory, const GError *why)
{
	g_autofree char *path = g_build_filename(directory, STATE_NAME, NULL);
	g_autofree char *aside =
	    g_strdup_printf("%s.corrupt-%" G_GINT64_FORMAT, path, g_get_real_time() / G_USEC_PER_SEC);

	if (g_rename(path, aside) == 0)
		g_warning(
		    "%s cannot be used (%s): it is now %s. bondd starts without the bonds that it had; interfaces "
		    "that they left: “ip link”",
		    path, why->message, aside);
	else
		g_warning("%s cannot be used (%s) nor renamed: %s", path, why->message, g_strerror(errno));
}
