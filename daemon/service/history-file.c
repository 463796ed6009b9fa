/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history-file.h"

#include <glib/gstdio.h>

#define MAX_SIZE (4 << 20)

static char *
path_of(const char *directory, const char *bond)
{
	g_autofree char *name = g_strconcat("history-", bond, NULL);

	return g_build_filename(directory, name, NULL);
}

void
history_file_write(const char *directory, const char *bond, const struct history *history)
{
	g_autofree char *path = path_of(directory, bond);
	g_autoptr(GVariant) saved = g_variant_ref_sink(history_save(history));
	g_autoptr(GError) error = NULL;

	if (!g_file_set_contents_full(path, g_variant_get_data(saved), (gssize) g_variant_get_size(saved),
				      G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
		g_warning("%s: its history ends here: %s", bond, error->message);
}

static GVariant *
read_saved(const char *path)
{
	g_autoptr(GBytes) bytes = NULL;
	GStatBuf info;
	char *data;
	gsize len;

	if (g_lstat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > MAX_SIZE ||
	    !g_file_get_contents(path, &data, &len, NULL))
		return NULL;
	bytes = g_bytes_new_take(data, len);
	return g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(HISTORY_SAVED_TYPE), bytes, FALSE));
}

void
history_file_take(const char *directory, const char *bond, struct history *history)
{
	g_autofree char *path = path_of(directory, bond);
	g_autoptr(GVariant) saved = read_saved(path);

	if (saved != NULL && !history_restore(history, saved))
		g_warning("%s: what %s has is no history", bond, path);
	g_unlink(path);
}
