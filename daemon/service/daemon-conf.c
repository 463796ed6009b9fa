/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon-conf.h"

#include <string.h>

/* Nobody writes more than that; a line of it is quoted only in part. */
#define LARGEST_FILE (64 * 1024)

struct reader {
	const char *path;
	guint line;
	gboolean in_defaults;
	struct host_options *defaults;
	GPtrArray *complaints;
};

static void complain(struct reader *reader, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
complain(struct reader *reader, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	if (reader->line > 0)
		g_ptr_array_add(reader->complaints, g_strdup_printf("%s:%u: %s", reader->path, reader->line, what));
	else
		g_ptr_array_add(reader->complaints, g_strdup_printf("%s: %s", reader->path, what));
}

static void
read_group(struct reader *reader, const char *line)
{
	reader->in_defaults = g_str_equal(line, "[defaults]");
	if (!reader->in_defaults)
		complain(reader, "there is no group %.64s: only [defaults]", line);
}

static void
read_setting(struct reader *reader, const char *name, const char *value)
{
	struct host_options changed = *reader->defaults;
	g_autoptr(GError) error = NULL;
	gboolean known;

	/* A bond that is made comes up when somebody says so, as with the driver. */
	if (g_str_equal(name, "up") || (host_options_set(&changed, name, value, &known, &error) && !known))
		complain(reader, "there is no default \u201c%.64s\u201d: there are host, queues and busy_poll", name);
	else if (error != NULL)
		complain(reader, "%s", error->message);
	else
		*reader->defaults = changed;
}

static void
read_line(struct reader *reader, char *line)
{
	char *equals = strchr(g_strstrip(line), '=');

	if (*line == '\0' || *line == '#' || *line == ';')
		return;
	if (!g_utf8_validate(line, -1, NULL)) {
		complain(reader, "the line is not UTF-8");
	} else if (*line == '[') {
		read_group(reader, line);
	} else if (equals == NULL) {
		complain(reader, "\u201c%.64s\u201d is not of the form NAME=VALUE", line);
	} else if (!reader->in_defaults) {
		complain(reader, "\u201c%.64s\u201d stands in no group: write [defaults] above it", line);
	} else {
		*equals = '\0';
		read_setting(reader, g_strchomp(line), g_strchug(equals + 1));
	}
}

GPtrArray *
daemon_conf_parse(const char *path, const char *text, gsize len, struct host_options *defaults)
{
	struct reader reader = {.path = path, .defaults = defaults};
	g_autofree char *copy = g_strndup(text, MIN(len, LARGEST_FILE));
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);

	reader.complaints = g_ptr_array_new_with_free_func(g_free);
	if (len > LARGEST_FILE || strlen(copy) != len) {
		complain(&reader, "it is too large, or has NUL bytes: nothing of it has an effect");
		return reader.complaints;
	}
	for (guint i = 0; lines[i] != NULL; i++) {
		reader.line = i + 1;
		read_line(&reader, lines[i]);
	}
	return reader.complaints;
}

GPtrArray *
daemon_conf_read(const char *path, struct host_options *defaults)
{
	g_autofree char *name = g_filename_display_name(path);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	GPtrArray *complaints;
	gsize len;

	if (g_file_get_contents(path, &text, &len, &error))
		return daemon_conf_parse(name, text, len, defaults);
	complaints = g_ptr_array_new_with_free_func(g_free);
	if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
		g_ptr_array_add(complaints, g_strdup(error->message));
	return complaints;
}
