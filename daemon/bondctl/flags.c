/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "flags.h"

#include "client.h"

#include <glib/gi18n.h>

const struct flag_info flag_table[N_FLAGS] = {
    [FLAG_HELP] = {"help", 'h', NULL, FLAG_WORD, FALSE, N_("This text, or that of a command")},
    [FLAG_SESSION] = {"session", 0, NULL, FLAG_WORD, FALSE, N_("Use the session bus instead of the system bus")},
    [FLAG_VERSION] = {"version", 0, NULL, FLAG_WORD, FALSE, N_("Print the version")},
    [FLAG_NO_ASK_PASSWORD] = {"no-ask-password", 0, NULL, FLAG_WORD, FALSE, N_("Never ask for a password")},
    [FLAG_JSON] = {"json", 'j', NULL, FLAG_WORD, FALSE, N_("Print JSON, for programs")},
    [FLAG_WAIT] = {"wait", 'w', N_("TIME"), FLAG_DURATION, TRUE,
		   N_("Wait until it has taken effect, 30 s if no time is given")},
    [FLAG_DRY_RUN] = {"dry-run", 'n', NULL, FLAG_WORD, FALSE, N_("Change nothing; tell what would happen")},
    [FLAG_LIMIT] = {"limit", 'l', N_("NUMBER"), FLAG_NUMBER, FALSE, N_("Only the last so many; 0: all")},
    [FLAG_SINCE] = {"since", 0, N_("TIME"), FLAG_DURATION, FALSE, N_("Only what is younger, e.g. 90s, 10min, 2h, 1d")},
    [FLAG_FOLLOW] = {"follow", 'f', NULL, FLAG_WORD, FALSE, N_("Go on with what happens, until interrupted")},
    [FLAG_DOWN] = {"down", 'd', N_("PORT"), FLAG_WORD, FALSE, N_("As if this port were down; may be given again")},
    [FLAG_ONCE] = {"once", '1', NULL, FLAG_WORD, FALSE, N_("Print one table and end")},
    [FLAG_INTERVAL] = {"interval", 'i', N_("TIME"), FLAG_DURATION, FALSE,
		       N_("How long each rate is measured, 1 s if not given")},
    [FLAG_OUTPUT] = {"output", 'o', N_("FILE"), FLAG_WORD, FALSE,
		     N_("Write into a file, which is replaced as a whole")},
    [FLAG_KEYFILE] = {"keyfile", 'k', NULL, FLAG_WORD, FALSE,
		      N_("Print NetworkManager keyfiles; so it does if nothing is said")},
    [FLAG_TO] = {"to", 't', N_("DIRECTORY"), FLAG_WORD, FALSE, N_("Where the keyfiles go")},
    [FLAG_FORCE] = {"force", 0, NULL, FLAG_WORD, FALSE, N_("Replace files that are there already")},
};

/* GOption would take the word behind as the value. */
static char **
with_empty_values(char **argv)
{
	char **copy = g_strdupv(argv);

	for (guint i = 1; copy[i] != NULL && !g_str_equal(copy[i], "--"); i++) {
		for (guint f = 0; f < N_FLAGS; f++) {
			const struct flag_info *info = &flag_table[f];

			if (!info->optional)
				continue;
			if ((copy[i][0] == '-' && copy[i][1] == info->letter && copy[i][2] == '\0') ||
			    (g_str_has_prefix(copy[i], "--") && g_str_equal(copy[i] + 2, info->name))) {
				g_free(copy[i]);
				copy[i] = g_strdup_printf("--%s=", info->name);
			}
		}
	}
	return copy;
}

static void
fill_entries(struct flags *flags, GOptionEntry *entries)
{
	for (guint f = 0; f < N_FLAGS; f++) {
		const struct flag_info *info = &flag_table[f];
		GOptionEntry *entry = &entries[f];

		entry->long_name = info->name;
		entry->short_name = info->letter;
		entry->arg = info->value == NULL ? G_OPTION_ARG_NONE : G_OPTION_ARG_STRING;
		entry->arg_data = info->value == NULL ? (gpointer) &flags->is_set[f] : (gpointer) &flags->value[f];
	}
	entries[FLAG_DOWN].arg = G_OPTION_ARG_STRING_ARRAY;
	entries[FLAG_DOWN].arg_data = &flags->down;
	entries[FLAG_OUTPUT].arg = G_OPTION_ARG_FILENAME;
	entries[FLAG_TO].arg = G_OPTION_ARG_FILENAME;
	entries[N_FLAGS].long_name = G_OPTION_REMAINING;
	entries[N_FLAGS].arg = G_OPTION_ARG_STRING_ARRAY;
	entries[N_FLAGS].arg_data = &flags->words;
}

gboolean
flags_parse(struct flags *flags, int argc, char **argv)
{
	GOptionEntry entries[N_FLAGS + 2] = {0};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_auto(GStrv) copy = with_empty_values(argv);
	g_autoptr(GError) error = NULL;

	*flags = (struct flags){0};
	fill_entries(flags, entries);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse_strv(context, &copy, &error)) {
		client_complain(_("%s; “bondctl --help” tells what there is"), error->message);
		return FALSE;
	}
	for (guint f = 0; f < N_FLAGS; f++)
		flags->is_set[f] = flags->is_set[f] || flags->value[f] != NULL;
	flags->is_set[FLAG_DOWN] = flags->down != NULL;
	return TRUE;
}

void
flags_clear(struct flags *flags)
{
	for (guint f = 0; f < N_FLAGS; f++)
		g_clear_pointer(&flags->value[f], g_free);
	g_clear_pointer(&flags->down, g_strfreev);
	g_clear_pointer(&flags->words, g_strfreev);
}

static const struct {
	const char *name;
	double seconds;
} units[] = {
    {"", 1}, {"s", 1}, {"ms", 0.001}, {"min", 60}, {"m", 60}, {"h", 3600}, {"d", 86400},
};

/* The year that no wait outlives; also keeps sums in range. */
#define LONGEST (366.0 * 86400)

static gboolean
read_duration(const char *text, double *seconds)
{
	char *end;
	double value = g_ascii_strtod(text, &end);

	if (end == text || !(value >= 0) || !g_ascii_isdigit(text[0]))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
		if (g_str_equal(end, units[i].name) && value * units[i].seconds <= LONGEST) {
			*seconds = value * units[i].seconds;
			return TRUE;
		}
	}
	return FALSE;
}

/* A flag with an optional value may have an empty one. */
static gboolean
has_value(const struct flags *flags, enum flag flag)
{
	return flags->value[flag] != NULL && (*flags->value[flag] != '\0' || !flag_table[flag].optional);
}

static gboolean
check_value(const struct flags *flags, enum flag flag)
{
	const struct flag_info *info = &flag_table[flag];
	const char *text = flags->value[flag];
	double seconds;

	if (!has_value(flags, flag))
		return TRUE;
	if (info->kind == FLAG_NUMBER && !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, NULL, NULL)) {
		client_complain(_("--%s takes a number, not “%s”"), info->name, text);
		return FALSE;
	}
	if (info->kind == FLAG_DURATION && !read_duration(text, &seconds)) {
		client_complain(_("--%s takes a time as 2, 0.5, 90s, 500ms, 10min, 2h or 1d, not “%s”"), info->name,
				text);
		return FALSE;
	}
	return TRUE;
}

gboolean
flags_check(const struct flags *flags, guint allowed, const char *command)
{
	for (guint f = 0; f < N_FLAGS; f++) {
		if (!flags->is_set[f])
			continue;
		if (((allowed | TAKES_ALWAYS) & TAKES(f)) == 0) {
			client_complain(_("“bondctl %s” does not take --%s; “bondctl %s --help” tells what it takes"),
					command, flag_table[f].name, command);
			return FALSE;
		}
		if (!check_value(flags, f))
			return FALSE;
	}
	return TRUE;
}

guint
flags_number(const struct flags *flags, enum flag flag, guint absent)
{
	guint64 value = absent;

	if (has_value(flags, flag))
		g_ascii_string_to_unsigned(flags->value[flag], 10, 0, G_MAXINT32, &value, NULL);
	return value;
}

double
flags_duration(const struct flags *flags, enum flag flag, double absent)
{
	double seconds = absent;

	if (has_value(flags, flag))
		read_duration(flags->value[flag], &seconds);
	return seconds;
}

char *
flag_usage(enum flag flag)
{
	const struct flag_info *info = &flag_table[flag];
	g_autofree char *letter = info->letter != 0 ? g_strdup_printf("-%c,", info->letter) : g_strdup("   ");
	g_autofree char *value = info->value == NULL ? g_strdup("")
				 : info->optional    ? g_strdup_printf("[=%s]", _(info->value))
						     : g_strdup_printf("=%s", _(info->value));

	return g_strdup_printf("  %s --%s%s", letter, info->name, value);
}
