/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bondctl: the command line of bondd. All that concerns bonds goes over D-Bus; files are read here, by the rights of
 * whoever calls and whether bondd runs or not.
 */
#include "config.h"

#include "commands.h"
#include "table.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>

static void
print_exit_codes(void)
{
	g_print("\n%s\n", _("Exit status:"));
	for (guint i = 0; i < n_exit_codes; i++)
		g_print("  %d  %s\n", exit_codes[i].code, _(exit_codes[i].meaning));
}

static void
add_flag_rows(Table *table, guint flags)
{
	for (guint f = 0; f < N_FLAGS; f++) {
		g_autofree char *usage = flag_usage(f);

		if ((flags & TAKES(f)) != 0)
			table_row(table, usage, _(flag_table[f].help), NULL);
	}
}

static void
print_flags(guint flags)
{
	g_autoptr(Table) table = table_new();

	g_print("\n%s\n", _("Options:"));
	add_flag_rows(table, flags);
	table_print(table);
}

static void
print_help(void)
{
	g_autoptr(Table) table = table_new();

	g_print("%s\n\n%s\n\n%s\n", _("Usage: bondctl [OPTION…] [COMMAND [ARGUMENT…]]"),
		_("Link aggregation in user space: the command line of bondd."), _("Commands:"));
	for (guint i = 0; i < n_commands; i++) {
		const struct command *command = &commands[i];
		g_autofree char *usage =
		    g_strdup_printf("  %s %s", command->name, *command->arguments != '\0' ? _(command->arguments) : "");

		if (command->summary != NULL)
			table_row(table, usage, _(command->summary), NULL);
	}
	table_print(table);
	print_flags(TAKES_ALWAYS);
	print_exit_codes();
}

static void
print_command_help(const struct command *command)
{
	g_print(_("Usage: bondctl %s %s\n"), command->name, *command->arguments != '\0' ? _(command->arguments) : "");
	if (command->alias != NULL)
		g_print(_("       bondctl %s …\n"), command->alias);
	g_print("\n");
	/* Translators: what a command does in a few words, then the details. */
	g_print(_("%s.\n%s\n"), _(command->summary), _(command->help));
	print_flags(command->flags | TAKES_ALWAYS);
	print_exit_codes();
}

static enum exit_code
run_command(const struct command *command, const struct flags *flags, guint n, char **arguments)
{
	struct client client = {.flags = flags};
	enum exit_code code;

	if (!flags_check(flags, command->flags, command->name))
		return EXIT_USAGE;
	if (n < command->min_arguments || n > command->max_arguments) {
		client_complain(_("usage: bondctl %s %s"), command->name,
				*command->arguments != '\0' ? _(command->arguments) : "");
		return EXIT_USAGE;
	}
	if (!command->without_bus && !client_open(&client) && !command->offline)
		return client.failure;
	code = command->run(&client, n, arguments);
	client_close(&client);
	return code;
}

static enum exit_code
run(const struct flags *flags)
{
	char **words = flags->words;
	const char *name = words != NULL ? words[0] : NULL;
	const struct command *command = command_find(name != NULL ? name : "list");

	if (command == NULL) {
		client_complain(_("there is no command “%s”; “bondctl --help” lists them"), name);
		return EXIT_USAGE;
	}
	if (flags->is_set[FLAG_HELP]) {
		if (name != NULL && command->summary != NULL)
			print_command_help(command);
		else
			print_help();
		return EXIT_OK;
	}
	if (name == NULL)
		return run_command(command, flags, 0, NULL);
	return run_command(command, flags, g_strv_length(words + 1), words + 1);
}

int
main(int argc, char **argv)
{
	struct flags flags;
	enum exit_code code;

	setlocale(LC_ALL, "");
	bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
	bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
	textdomain(GETTEXT_PACKAGE);
	if (!flags_parse(&flags, argc, argv)) {
		code = EXIT_USAGE;
	} else if (flags.is_set[FLAG_VERSION]) {
		g_print("bondctl " PACKAGE_VERSION "\n");
		code = EXIT_OK;
	} else {
		code = run(&flags);
	}
	flags_clear(&flags);
	return code;
}
