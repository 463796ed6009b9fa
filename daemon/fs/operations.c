/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text is read once, when its file is opened: whoever reads it in pieces sees one state. One write() is one store, as
 * in sysfs.
 */
#include "operations.h"

#include "file.h"

#include <errno.h>
#include <sys/stat.h>

/* What sysfs says of each of its files, whatever it holds. */
#define SYSFS_SIZE 4096
/* And what a store takes. */
#define MAX_WRITE 4096

static GDBusConnection *
connection(void)
{
	return *(GDBusConnection **) fuse_get_context()->private_data;
}

static void
fill_stat(const struct node *node, struct stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->st_mode = node->mode;
	stat->st_nlink = S_ISDIR(node->mode) ? 2 : 1;
	stat->st_size = S_ISREG(node->mode) && node->kind != NODE_PROC ? SYSFS_SIZE : 0;
}

static int
op_getattr(const char *path, struct stat *stat, struct fuse_file_info *file)
{
	struct node node;
	int errnum = node_find(connection(), path, &node);

	if (errnum != 0)
		return -errnum;
	fill_stat(&node, stat);
	node_clear(&node);
	return 0;
}

static int
op_readlink(const char *path, char *buffer, size_t size)
{
	struct node node;
	g_autofree char *target = NULL;
	int errnum = node_find(connection(), path, &node);

	if (errnum != 0)
		return -errnum;
	if (S_ISLNK(node.mode)) {
		target = node_target(&node);
		g_strlcpy(buffer, target, size);
	}
	node_clear(&node);
	return target != NULL ? 0 : -EINVAL;
}

static int
op_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
	   enum fuse_readdir_flags flags)
{
	struct node node;
	g_autoptr(GPtrArray) names = NULL;
	int errnum = node_find(connection(), path, &node);

	if (errnum != 0)
		return -errnum;
	if (S_ISDIR(node.mode))
		names = node_list(&node);
	node_clear(&node);
	if (names == NULL)
		return -ENOTDIR;
	fill(buffer, ".", NULL, 0, 0);
	fill(buffer, "..", NULL, 0, 0);
	for (guint i = 0; i < names->len; i++)
		fill(buffer, g_ptr_array_index(names, i), NULL, 0, 0);
	return 0;
}

static int
op_open(const char *path, struct fuse_file_info *file)
{
	gboolean reads = (file->flags & O_ACCMODE) != O_WRONLY;
	struct node node;
	char *text = NULL;
	int errnum = node_find(connection(), path, &node);

	if (errnum != 0)
		return -errnum;
	if (!S_ISREG(node.mode))
		errnum = EISDIR;
	else if (reads)
		errnum = file_read(connection(), &node, &text);
	node_clear(&node);
	/* The size that stat() told is not the text's. */
	file->direct_io = 1;
	file->fh = (guintptr) text;
	return -errnum;
}

static int
op_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *file)
{
	const char *text = (const char *) (guintptr) file->fh;
	gsize len = text != NULL ? strlen(text) : 0;

	if (offset < 0 || (gsize) offset >= len)
		return 0;
	size = MIN(size, len - (gsize) offset);
	memcpy(buffer, text + offset, size);
	return (int) size;
}

static int
op_write(const char *path, const char *buffer, size_t size, off_t offset, struct fuse_file_info *file)
{
	struct node node;
	g_autofree char *text = NULL;
	int errnum;

	if (size > MAX_WRITE)
		return -EINVAL;
	text = g_strndup(buffer, size);
	errnum = node_find(connection(), path, &node);
	if (errnum != 0)
		return -errnum;
	errnum = file_write(connection(), &node, text);
	node_clear(&node);
	return errnum != 0 ? -errnum : (int) size;
}

/* `>` of a shell truncates first; there is nothing to cut. */
static int
op_truncate(const char *path, off_t size, struct fuse_file_info *file)
{
	return 0;
}

static int
op_release(const char *path, struct fuse_file_info *file)
{
	g_free((char *) (guintptr) file->fh);
	return 0;
}

/* libfuse hands on what init() returns. */
static void *
op_init(struct fuse_conn_info *info, struct fuse_config *config)
{
	/* Bonds and ports come and go behind the kernel's back. */
	config->entry_timeout = 0;
	config->negative_timeout = 0;
	config->attr_timeout = 0;
	return fuse_get_context()->private_data;
}

const struct fuse_operations operations = {
    .init = op_init,
    .getattr = op_getattr,
    .readlink = op_readlink,
    .readdir = op_readdir,
    .open = op_open,
    .read = op_read,
    .write = op_write,
    .truncate = op_truncate,
    .release = op_release,
};
