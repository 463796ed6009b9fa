/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "diagnostics.h"

#include <string.h>

/* Longer lines are cut: a diagnostic is for reading. */
#define TEXT_MAX 200
/* A file of rubbish must not make an endless report, nor hide what is to be said of others; nor must many files. */
#define RUN_MAX	 1000
#define LIST_MAX 20000

static const char *const severity_names[] = {
    [IFCFG_INFO] = "info",
    [IFCFG_WARNING] = "warning",
    [IFCFG_FATAL] = "error",
};

static void
diagnostic_free(gpointer data)
{
	struct ifcfg_diagnostic *diagnostic = data;

	g_free(diagnostic->file);
	g_free(diagnostic->text);
	g_free(diagnostic->message);
	g_free(diagnostic->remedy);
	g_free(diagnostic);
}

/* How much of the text is shown; whole characters. */
static gsize
shown_length(const char *text)
{
	gsize length = strnlen(text, TEXT_MAX);

	while (length > 0 && (text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

struct ifcfg_place
ifcfg_place_copy(const struct ifcfg_place *place)
{
	/* The few bytes more tell later that the text was longer. */
	return (struct ifcfg_place){
	    .file = g_strdup(place->file),
	    .line = place->line,
	    .text = place->text != NULL ? g_strndup(place->text, TEXT_MAX + 8) : NULL,
	};
}

void
ifcfg_place_clear(struct ifcfg_place *place)
{
	g_free((char *) place->file);
	g_free((char *) place->text);
	*place = (struct ifcfg_place){0};
}

GPtrArray *
ifcfg_diagnostics_new(void)
{
	return g_ptr_array_new_with_free_func(diagnostic_free);
}

/* Valid UTF-8 of bearable length without control characters. */
static char *
printable(const char *text)
{
	gsize length = shown_length(text);
	g_autofree char *cut = g_strndup(text, length);
	char *valid = g_utf8_make_valid(cut, -1);
	gsize end = strlen(valid);

	while (end > 0 && g_ascii_isspace(valid[end - 1]))
		valid[--end] = '\0';
	for (char *c = valid; *c != '\0'; c++) {
		if (g_ascii_iscntrl(*c))
			*c = ' ';
	}
	if (text[length] != '\0') {
		char *longer = g_strconcat(valid, "…", NULL);

		g_free(valid);
		valid = longer;
	}
	return valid;
}

/* A name of a file must not make up lines of the report. */
static char *
one_line(const char *name)
{
	char *valid = g_utf8_make_valid(name, -1);

	for (char *c = valid; *c != '\0'; c++) {
		if (g_ascii_iscntrl(*c))
			*c = '?';
	}
	return valid;
}

static void
append(GPtrArray *list, enum ifcfg_severity severity, const struct ifcfg_place *place, const char *remedy,
       const char *message)
{
	struct ifcfg_diagnostic *diagnostic = g_new0(struct ifcfg_diagnostic, 1);

	diagnostic->severity = severity;
	diagnostic->file = one_line(place->file);
	diagnostic->line = place->line;
	diagnostic->text = printable(place->text != NULL ? place->text : "");
	diagnostic->message = printable(message);
	diagnostic->remedy = g_strdup(remedy);
	g_ptr_array_add(list, diagnostic);
}

/* Whether no more is said of a file: its are the last RUN_MAX entries, for what is found in a file is found in a row. */
static gboolean
is_full(const GPtrArray *list, const char *file)
{
	const struct ifcfg_diagnostic *first = list->len >= RUN_MAX ? list->pdata[list->len - RUN_MAX] : NULL;
	const struct ifcfg_diagnostic *last = list->len >= RUN_MAX ? list->pdata[list->len - 1] : NULL;

	return list->len >= LIST_MAX ||
	       (first != NULL && strcmp(first->file, file) == 0 && strcmp(last->file, file) == 0);
}

void
ifcfg_diagnostics_add(GPtrArray *list, enum ifcfg_severity severity, const struct ifcfg_place *place,
		      const char *remedy, const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list arguments;
	gboolean full = is_full(list, place->file);

	if (full && severity != IFCFG_FATAL)
		return;
	va_start(arguments, format);
	message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	append(list, severity, place, remedy, message);
	if (!full && is_full(list, place->file))
		append(list, IFCFG_WARNING, &(struct ifcfg_place){.file = place->file},
		       "Correct what is reported and look again", "there is more to report than is listed");
}

/* glib's array sort is stable. */
static int
compare(gconstpointer a, gconstpointer b)
{
	const struct ifcfg_diagnostic *left = *(const struct ifcfg_diagnostic *const *) a;
	const struct ifcfg_diagnostic *right = *(const struct ifcfg_diagnostic *const *) b;
	int order = strcmp(left->file, right->file);

	if (order != 0)
		return order;
	return left->line < right->line ? -1 : left->line > right->line;
}

void
ifcfg_diagnostics_sort(GPtrArray *list)
{
	g_ptr_array_sort(list, compare);
}

char *
ifcfg_diagnostic_format(const struct ifcfg_diagnostic *diagnostic)
{
	g_autofree char *name = g_path_get_basename(diagnostic->file);
	GString *out = g_string_new(name);

	if (diagnostic->line > 0)
		g_string_append_printf(out, ":%u", diagnostic->line);
	g_string_append_printf(out, ": %s: %s", severity_names[diagnostic->severity], diagnostic->message);
	if (diagnostic->text[0] != '\0')
		g_string_append_printf(out, ": `%s`", diagnostic->text);
	if (diagnostic->remedy[0] != '\0')
		g_string_append_printf(out, ". %s", diagnostic->remedy);
	return g_string_free(out, FALSE);
}
