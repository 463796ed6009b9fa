/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes a man page of a template: copies it, and puts what a table has where a line names it (@commands@, @flags@,
 * @exit-codes@, @options@). So nothing that bondctl can do is missing in its page. With a directory of catalogues and a
 * language it says that in the language.
 */
#include "config.h"

#include "bondctl/commands.h"
#include "engine/options.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>

/* What is not ASCII, and what roff takes for its own. */
static const struct {
	const char *text;
	const char *roff;
} escapes[] = {
    {"\\", "\\e"},
    {"-", "\\-"},
    {"“", "\\(lq"},
    {"”", "\\(rq"},
    {"…", "..."},
    {"→", "\\(->"},
    {"~", "\\(ti"},
    {"^", "\\(ha"},
    /* Chinese has no blanks: lines may be broken here. */
    {"，", "，\\:"},
    {"。", "。\\:"},
    {"；", "；\\:"},
    {"：", "：\\:"},
    {"、", "、\\:"},
    {"）", "）\\:"},
};

/* A new sentence, a new line: mdoc sets the space behind it. */
static void
break_sentences(GString *text)
{
	for (gsize i = 0; i + 2 < text->len; i++) {
		if (text->str[i] == '.' && text->str[i + 1] == ' ' && g_ascii_isupper(text->str[i + 2]))
			text->str[i + 1] = '\n';
	}
}

static void
put_text(const char *text)
{
	g_autoptr(GString) line = g_string_new(text);

	for (guint i = 0; i < G_N_ELEMENTS(escapes); i++)
		g_string_replace(line, escapes[i].text, escapes[i].roff, 0);
	break_sentences(line);
	printf("%s%s\n", line->str[0] == '.' || line->str[0] == '\'' ? "\\&" : "", line->str);
}

/* In the argument of a macro: one word, whatever is in it. */
static void
put_quoted(const char *text)
{
	g_autoptr(GString) word = g_string_new(text);

	for (guint i = 0; i < G_N_ELEMENTS(escapes); i++)
		g_string_replace(word, escapes[i].text, escapes[i].roff, 0);
	g_string_replace(word, "\"", "\\(dq", 0);
	printf("\"%s\"", word->str);
}

static void
put_flag(enum flag flag)
{
	const struct flag_info *info = &flag_table[flag];

	printf(".It ");
	if (info->letter != 0)
		printf("Fl %c , ", info->letter);
	printf("Fl \\-%s", info->name);
	if (info->value != NULL)
		printf(info->optional ? " Ns Op = Ns Ar %s" : " Ns = Ns Ar %s", _(info->value));
	printf("\n");
}

static void
put_flags(void)
{
	printf(".Bl -tag -width Ds\n");
	for (guint f = 0; f < N_FLAGS; f++) {
		put_flag(f);
		put_text(_(flag_table[f].help));
		printf(".Pp\n");
		put_text((TAKES(f) & TAKES_ALWAYS) != 0 ? _("Taken by every command") : _("Taken by"));
		for (guint i = 0; i < n_commands && (TAKES(f) & TAKES_ALWAYS) == 0; i++) {
			if ((commands[i].flags & TAKES(f)) != 0)
				printf(".Cm %s\n", commands[i].name);
		}
	}
	printf(".El\n");
}

static void
put_alias(const char *alias)
{
	put_text(_("Also called"));
	printf(".Cm %s .\n", alias);
}

static void
put_command(const struct command *command)
{
	if (command->summary == NULL)
		return;
	printf(".It Cm %s ", command->name);
	if (*command->arguments != '\0') {
		printf("Ar ");
		put_quoted(_(command->arguments));
	}
	printf("\n");
	put_text(_(command->summary));
	printf(".Pp\n");
	put_text(_(command->help));
	if (command->alias != NULL)
		put_alias(command->alias);
	if (command->flags != 0)
		printf(".Pp\n%s\n", _("Options:"));
	for (guint f = 0; f < N_FLAGS; f++) {
		if ((command->flags & TAKES(f)) != 0)
			printf(".Fl \\-%s\n", flag_table[f].name);
	}
}

static void
put_commands(void)
{
	printf(".Bl -tag -width Ds\n");
	for (guint i = 0; i < n_commands; i++)
		put_command(&commands[i]);
	printf(".El\n");
}

static void
put_exit_codes(void)
{
	printf(".Bl -tag -width Ds\n");
	for (guint i = 0; i < n_exit_codes; i++) {
		printf(".It %d\n", exit_codes[i].code);
		put_text(_(exit_codes[i].meaning));
	}
	printf(".El\n");
}

static char *
values_of(const struct bond_option *option)
{
	g_autoptr(GString) names = g_string_new(NULL);

	if (option->type == BOND_OPTION_NUMBER)
		return g_strdup_printf("%" G_GINT64_FORMAT "…%" G_GINT64_FORMAT "%s%s", option->min, option->max,
				       option->unit != NULL ? " " : "", option->unit != NULL ? option->unit : "");
	for (guint i = 0; option->type == BOND_OPTION_ENUM && option->values[i].name != NULL; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", option->values[i].name);
	return names->len > 0 ? g_strdup(names->str) : bond_option_describe_values(option);
}

static char *
modes_of(const struct bond_option *option)
{
	GString *names = g_string_new(NULL);

	if (option->unsupported_modes == 0)
		return g_string_free(g_string_append(names, _("all")), FALSE);
	for (guint mode = 0; mode < BOND_N_MODES; mode++) {
		if ((option->unsupported_modes & 1u << mode) == 0)
			g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
					       bond_option_value_name(BOND_OPT_MODE, mode));
	}
	return g_string_free(names, FALSE);
}

/* As “bondctl options NAME” has it. */
static const char *
when_of(const struct bond_option *option)
{
	gboolean down = (option->flags & BOND_OPTFLAG_IFDOWN) != 0;
	gboolean empty = (option->flags & BOND_OPTFLAG_NOSLAVES) != 0;

	if (down && empty)
		return _("while the bond is down and has no ports");
	return down ? _("while the bond is down") : empty ? _("while the bond has no ports") : _("at any time");
}

static void
put_fact(const char *label, const char *value)
{
	g_autofree char *text = g_strdup_printf("%s: %s", label, value);

	printf(".br\n");
	put_text(text);
}

static void
put_option(const struct bond_option *option)
{
	g_autofree char *values = values_of(option);
	g_autofree char *modes = modes_of(option);

	printf(".It Cm %s\n", option->name);
	put_text(option->help != NULL ? _(option->help) : "");
	if (option->alias != NULL)
		put_alias(option->alias);
	put_fact(_("Of"), (option->flags & BOND_OPTFLAG_PORT) != 0 ? _("a port") : _("a bond"));
	put_fact(_("Values"), values);
	put_fact(_("Modes"), modes);
	put_fact(_("Changes"), when_of(option));
}

static void
put_options(void)
{
	printf(".Bl -tag -width Ds\n");
	for (guint i = 0; i < BOND_N_OPTIONS; i++)
		put_option(&bond_option_table()[i]);
	printf(".El\n");
}

static const struct {
	const char *mark;
	void (*put)(void);
} parts[] = {
    {"@commands@", put_commands},
    {"@flags@", put_flags},
    {"@exit-codes@", put_exit_codes},
    {"@options@", put_options},
};

static void
put_line(const char *line)
{
	for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
		if (g_str_equal(line, parts[i].mark)) {
			parts[i].put();
			return;
		}
	}
	printf("%s\n", line);
}

static void
speak(const char *catalogues, const char *language)
{
	g_setenv("LANGUAGE", language, TRUE);
	setlocale(LC_ALL, "C.UTF-8");
	bindtextdomain(GETTEXT_PACKAGE, catalogues);
	bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
	textdomain(GETTEXT_PACKAGE);
}

int
main(int argc, char **argv)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) lines = NULL;

	if ((argc != 2 && argc != 4) || !g_file_get_contents(argv[1], &text, NULL, &error)) {
		g_printerr("make-page: %s\n",
			   error != NULL ? error->message : "usage: make-page TEMPLATE [CATALOGUES LANGUAGE]");
		return 1;
	}
	if (argc == 4)
		speak(argv[2], argv[3]);
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++)
		put_line(lines[i]);
	return 0;
}
