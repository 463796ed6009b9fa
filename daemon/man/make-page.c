/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes a man page of a template: copies it, and puts what a table has where a line names it (@commands@, @flags@,
 * @exit-codes@, @options@, @version@). So nothing that bondctl can do is missing in its page.
 */
#include "config.h"

#include "bondctl/commands.h"
#include "engine/options.h"

#include <stdio.h>

/* What is not ASCII, and what roff takes for its own. */
static const struct {
	const char *text;
	const char *roff;
} escapes[] = {
    {"\\", "\\e"}, {"-", "\\-"},   {"“", "\\(lq"}, {"”", "\\(rq"},
    {"…", "..."},  {"→", "\\(->"}, {"~", "\\(ti"}, {"^", "\\(ha"},
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
		printf(info->optional ? " Ns Op = Ns Ar %s" : " Ns = Ns Ar %s", info->value);
	printf("\n");
}

static void
put_flags(void)
{
	printf(".Bl -tag -width Ds\n");
	for (guint f = 0; f < N_FLAGS; f++) {
		put_flag(f);
		put_text(flag_table[f].help);
		printf(".Pp\nTaken by");
		if ((TAKES(f) & TAKES_ALWAYS) != 0)
			printf(" every command");
		for (guint i = 0; i < n_commands && (TAKES(f) & TAKES_ALWAYS) == 0; i++) {
			if ((commands[i].flags & TAKES(f)) != 0)
				printf("\n.Cm %s", commands[i].name);
		}
		printf("\n.\n");
	}
	printf(".El\n");
}

static void
put_command(const struct command *command)
{
	if (command->summary == NULL)
		return;
	printf(".It Cm %s ", command->name);
	if (*command->arguments != '\0') {
		printf("Ar ");
		put_quoted(command->arguments);
	}
	printf("\n");
	put_text(command->summary);
	printf(".Pp\n");
	put_text(command->help);
	if (command->alias != NULL)
		printf("Also called\n.Cm %s .\n", command->alias);
	for (guint f = 0, n = 0; f < N_FLAGS; f++) {
		if ((command->flags & TAKES(f)) != 0)
			printf("%s.Fl \\-%s\n", n++ == 0 ? ".Pp\nOptions:\n" : "", flag_table[f].name);
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
		put_text(exit_codes[i].meaning);
	}
	printf(".El\n");
}

static void
put_option(const struct bond_option *option)
{
	g_autofree char *values = bond_option_describe_values(option);
	g_autofree char *modes = bond_option_describe_modes(option);
	g_autofree char *facts =
	    g_strdup_printf("Values: %s%s%s. Exists in %s. May change at %s.", values, option->unit != NULL ? " " : "",
			    option->unit != NULL ? option->unit : "", modes, bond_option_describe_change(option));

	printf(".It Cm %s%s\n", option->name, (option->flags & BOND_OPTFLAG_PORT) != 0 ? " Pq of a port" : "");
	put_text(option->help != NULL ? option->help : "");
	put_text(facts);
	if (option->alias != NULL)
		printf("Also called\n.Cm %s .\n", option->alias);
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

int
main(int argc, char **argv)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) lines = NULL;

	if (argc != 2 || !g_file_get_contents(argv[1], &text, NULL, &error)) {
		g_printerr("make-page: %s\n", error != NULL ? error->message : "usage: make-page TEMPLATE");
		return 1;
	}
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++)
		put_line(lines[i]);
	return 0;
}
