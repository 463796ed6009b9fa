/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ifcfg-file.h"

#include "lexer.h"
#include "secret.h"

#include <errno.h>
#include <string.h>

#define FILE_PREFIX "ifcfg-"

static void
variable_free(gpointer data)
{
	struct ifcfg_variable *variable = data;

	g_free(variable->name);
	g_free(variable->value);
	g_free(variable->text);
	g_free(variable);
}

/* Secrets must not travel in diagnostics. */
static char *
line_text(const struct lexer_token *token)
{
	if (token->name != NULL && ifcfg_is_secret(token->name))
		return g_strconcat(token->name, "=…", NULL);
	return g_strndup(token->text, token->text_length);
}

static void
report_token(struct ifcfg_file *file, const struct lexer_token *token)
{
	g_autofree char *text = line_text(token);
	struct ifcfg_place place = {.file = file->path, .line = token->line, .text = text};
	gboolean export = g_str_has_prefix(text, "export ") || g_str_has_prefix(text, "declare ");

	if (token->problem != LEXER_OK)
		ifcfg_diagnostics_add(file->diagnostics, IFCFG_WARNING, &place, lexer_problem_remedy(token->problem),
				      "%s%s%s", token->name != NULL ? token->name : "", token->name != NULL ? ": " : "",
				      lexer_problem_message(token->problem));
	else if (token->kind == LEXER_OTHER)
		ifcfg_diagnostics_add(file->diagnostics, IFCFG_WARNING, &place,
				      export ? "Remove the word before the name"
					     : "Write NAME=value, or # before a comment",
				      "the line is no assignment and is not read");
}

static void
add_variable(struct ifcfg_file *file, struct lexer_token *token)
{
	struct ifcfg_variable *earlier = g_hash_table_lookup(file->by_name, token->name);
	struct ifcfg_variable *variable = g_new0(struct ifcfg_variable, 1);

	if (earlier != NULL) {
		struct ifcfg_place place = {.file = file->path, .line = earlier->line, .text = earlier->text};

		ifcfg_diagnostics_add(file->diagnostics, IFCFG_WARNING, &place, "Remove one of the two lines",
				      "%s is set again in line %u, which counts", earlier->name, token->line);
		earlier->used = TRUE;
	}
	variable->text = line_text(token);
	variable->line = token->line;
	variable->value = g_steal_pointer(&token->value);
	variable->name = g_steal_pointer(&token->name);
	g_hash_table_replace(file->by_name, variable->name, variable);
	g_ptr_array_add(file->variables, variable);
}

struct ifcfg_file *
ifcfg_file_parse(const char *path, const char *text, gsize length, GPtrArray *diagnostics)
{
	struct ifcfg_file *file = g_new0(struct ifcfg_file, 1);
	g_autofree char *base = g_path_get_basename(path);
	struct lexer_token token;
	struct lexer lexer;

	file->path = g_strdup(path);
	file->name = g_strdup(g_str_has_prefix(base, FILE_PREFIX) ? base + strlen(FILE_PREFIX) : base);
	file->variables = g_ptr_array_new_with_free_func(variable_free);
	file->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	file->diagnostics = g_ptr_array_ref(diagnostics);

	lexer_init(&lexer, text, length);
	while (lexer_next(&lexer, &token)) {
		report_token(file, &token);
		if (token.kind == LEXER_ASSIGNMENT)
			add_variable(file, &token);
		lexer_token_clear(&token);
	}
	return file;
}

void
ifcfg_file_free(struct ifcfg_file *file)
{
	g_hash_table_unref(file->by_name);
	g_ptr_array_unref(file->variables);
	g_ptr_array_unref(file->diagnostics);
	g_free(file->path);
	g_free(file->name);
	g_free(file);
}

const struct ifcfg_variable *
ifcfg_file_find(struct ifcfg_file *file, const char *name)
{
	struct ifcfg_variable *variable = g_hash_table_lookup(file->by_name, name);

	file->looked_at = TRUE;
	if (variable != NULL)
		variable->used = TRUE;
	return variable;
}

void
ifcfg_file_add(struct ifcfg_file *file, const struct ifcfg_variable *from, const char *name, const char *value)
{
	struct ifcfg_variable *earlier = g_hash_table_lookup(file->by_name, name);
	struct ifcfg_variable *variable = g_new0(struct ifcfg_variable, 1);

	if (earlier != NULL)
		earlier->used = TRUE;
	variable->name = g_strdup(name);
	variable->value = g_strdup(value);
	variable->line = from != NULL ? from->line : 0;
	variable->text = g_strdup(from != NULL ? from->text : "");
	g_hash_table_replace(file->by_name, variable->name, variable);
	g_ptr_array_add(file->variables, variable);
}

void
ifcfg_file_hide(struct ifcfg_file *file, const char *name)
{
	struct ifcfg_variable *variable = g_hash_table_lookup(file->by_name, name);

	if (variable == NULL)
		return;
	variable->used = TRUE;
	g_hash_table_remove(file->by_name, name);
}

const char *
ifcfg_file_get(struct ifcfg_file *file, const char *name)
{
	const struct ifcfg_variable *variable = ifcfg_file_find(file, name);

	return variable != NULL && variable->value[0] != '\0' ? variable->value : NULL;
}

int
ifcfg_parse_boolean(const char *value, int fallback)
{
	static const char *const words[][5] = {{"no", "false", "f", "n", "0"}, {"yes", "true", "t", "y", "1"}};

	for (guint truth = 0; truth < G_N_ELEMENTS(words); truth++) {
		for (guint i = 0; i < G_N_ELEMENTS(words[0]); i++) {
			if (g_ascii_strcasecmp(value, words[truth][i]) == 0)
				return truth;
		}
	}
	return fallback;
}

static gboolean
is_first_report(struct ifcfg_file *file, const char *name)
{
	struct ifcfg_variable *variable = g_hash_table_lookup(file->by_name, name);
	gboolean first = !variable->reported;

	variable->reported = TRUE;
	return first;
}

int
ifcfg_file_get_boolean(struct ifcfg_file *file, const char *name, int fallback)
{
	const char *value = ifcfg_file_get(file, name);
	int truth;

	if (value == NULL)
		return fallback;
	truth = ifcfg_parse_boolean(value, -1);
	if (truth >= 0)
		return truth;
	if (is_first_report(file, name))
		ifcfg_file_report(file, IFCFG_WARNING, name, "Write yes or no",
				  "%s is neither yes nor no and is ignored", name);
	return fallback;
}

gboolean
ifcfg_parse_integer(const char *text, guint base, gint64 min, gint64 max, gint64 *value)
{
	char *end = NULL;
	gint64 number;

	errno = 0;
	number = g_ascii_strtoll(text, &end, base);
	if (errno != 0 || end == text)
		return FALSE;
	while (g_ascii_isspace(*end))
		end++;
	if (*end != '\0' || number < min || number > max)
		return FALSE;
	*value = number;
	return TRUE;
}

gint64
ifcfg_file_get_integer(struct ifcfg_file *file, const char *name, guint base, gint64 min, gint64 max, gint64 fallback)
{
	const char *value = ifcfg_file_get(file, name);
	gint64 number;

	if (value == NULL)
		return fallback;
	if (ifcfg_parse_integer(value, base, min, max, &number))
		return number;
	if (is_first_report(file, name))
		ifcfg_file_report(file, IFCFG_WARNING, name, "Write a number in that range",
				  "%s is no number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " and is ignored",
				  name, min, max);
	return fallback;
}

struct ifcfg_place
ifcfg_file_place(const struct ifcfg_file *file, const char *name)
{
	const struct ifcfg_variable *variable = name != NULL ? g_hash_table_lookup(file->by_name, name) : NULL;

	if (variable == NULL)
		return (struct ifcfg_place){.file = file->path};
	return (struct ifcfg_place){.file = file->path, .line = variable->line, .text = variable->text};
}

void
ifcfg_file_report(struct ifcfg_file *file, enum ifcfg_severity severity, const char *variable, const char *remedy,
		  const char *format, ...)
{
	struct ifcfg_place place = ifcfg_file_place(file, variable);
	g_autofree char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	ifcfg_diagnostics_add(file->diagnostics, severity, &place, remedy, "%s", message);
	if (severity == IFCFG_FATAL)
		file->failed = TRUE;
}
