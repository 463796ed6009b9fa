/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bondctl: the command line of bondd. A D-Bus client and nothing else.
 */
#include "config.h"

#include "commands.h"
#include "table.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>

static const struct {
	enum exit_code code;
	const char *meaning;
} exit_codes[] = {
    {EXIT_OK, N_("done")},
    {EXIT_REFUSED, N_("refused or failed; the message says why")},
    {EXIT_USAGE, N_("wrong use of bondctl")},
    {EXIT_NO_DAEMON, N_("bondd does not answer")},
    {EXIT_NOT_FOUND, N_("no such bond, port, interface or option")},
    {EXIT_DENIED, N_("not authorized; the message says who is")},
};

static void
print_exit_codes(void)
{
	g_print("\n%s\n", _("Exit status:"));
	for (guint i = 0; i < G_N_ELEMENTS(exit_codes); i++)
		g_print("  %d  %s\n", exit_codes[i].code, _(exit_codes[i].meaning));
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

		table_row(table, usage, _(command->summary), NULL);
	}
	table_print(table);
	g_print("\n%s\n", _("Options:"));
	g_print("  -h, --help     %s\n", _("This text, or that of a command"));
	g_print("      --session  %s\n", _("Use the session bus instead of the system bus"));
	g_print("      --version  %s\n", _("Print the version"));
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
	print_exit_codes();
}

static const struct command *
find_command(const char *name)
{
	for (guint i = 0; i < n_commands; i++) {
		if (g_str_equal(name, commands[i].name) || g_strcmp0(name, commands[i].alias) == 0)
			return &commands[i];
	}
	return NULL;
}

static enum exit_code
run_command(const struct command *command, gboolean session, guint n, char **arguments)
{
	struct client client;
	enum exit_code code;

	if (n < command->min_arguments || n > command->max_arguments) {
		client_complain(_("usage: bondctl %s %s"), command->name,
				*command->arguments != '\0' ? _(command->arguments) : "");
		return EXIT_USAGE;
	}
	if (!client_open(&client, session))
		return client.failure;
	code = command->run(&client, n, arguments);
	client_close(&client);
	return code;
}

struct invocation {
	gboolean help;
	gboolean session;
	gboolean version;
	char **arguments;
};

static gboolean
parse(struct invocation *invocation, int argc, char **argv)
{
	const GOptionEntry entries[] = {
	    {"help", 'h', 0, G_OPTION_ARG_NONE, &invocation->help, NULL, NULL},
	    {"session", 0, 0, G_OPTION_ARG_NONE, &invocation->session, NULL, NULL},
	    {"version", 0, 0, G_OPTION_ARG_NONE, &invocation->version, NULL, NULL},
	    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &invocation->arguments, NULL, NULL},
	    {NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	if (g_option_context_parse(context, &argc, &argv, &error))
		return TRUE;
	client_complain(_("%s; “bondctl --help” tells what there is"), error->message);
	return FALSE;
}

static enum exit_code
run(const struct invocation *invocation)
{
	char **arguments = invocation->arguments;
	const char *name = arguments != NULL ? arguments[0] : NULL;
	const struct command *command = find_command(name != NULL ? name : "list");

	if (command == NULL) {
		client_complain(_("there is no command “%s”; “bondctl --help” lists them"), name);
		return EXIT_USAGE;
	}
	if (invocation->help) {
		if (name != NULL)
			print_command_help(command);
		else
			print_help();
		return EXIT_OK;
	}
	if (name == NULL)
		return run_command(command, invocation->session, 0, NULL);
	return run_command(command, invocation->session, g_strv_length(arguments + 1), arguments + 1);
}

int
main(int argc, char **argv)
{
	struct invocation invocation = {0};
	enum exit_code code;

	setlocale(LC_ALL, "");
	bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
	bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
	textdomain(GETTEXT_PACKAGE);
	if (!parse(&invocation, argc, argv))
		return EXIT_USAGE;
	if (invocation.version) {
		g_print("bondctl " PACKAGE_VERSION "\n");
		code = EXIT_OK;
	} else {
		code = run(&invocation);
	}
	g_strfreev(invocation.arguments);
	return code;
}
