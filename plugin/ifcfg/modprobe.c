/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "modprobe.h"

#include "check.h"

#include <fnmatch.h>
#include <string.h>

#define MODULE "bonding"
/* More bonds than anybody has; keeps a file of rubbish from costing time. */
#define ALIASES_MAX 1024
#define PATTERN_MAX 64

/* A line with its continuations joined. */
struct line {
	GString *joined;
	guint number; /* of its first part */
};

struct alias {
	char *pattern;
	struct ifcfg_place place; /* owns its strings */
	gboolean used;
};

struct module_option {
	char *target; /* "bonding" for all bonds, or a bond's name */
	char *name;
	char *value;
	struct ifcfg_place place; /* owns its strings */
	gboolean used;
};

struct modprobe {
	GPtrArray *aliases;
	GPtrArray *options;
	GPtrArray *diagnostics;
};

static void
alias_free(gpointer data)
{
	struct alias *alias = data;

	ifcfg_place_clear(&alias->place);
	g_free(alias->pattern);
	g_free(alias);
}

static void
module_option_free(gpointer data)
{
	struct module_option *option = data;

	ifcfg_place_clear(&option->place);
	g_free(option->target);
	g_free(option->name);
	g_free(option->value);
	g_free(option);
}

struct modprobe *
modprobe_new(GPtrArray *diagnostics)
{
	struct modprobe *modprobe = g_new0(struct modprobe, 1);

	modprobe->aliases = g_ptr_array_new_with_free_func(alias_free);
	modprobe->options = g_ptr_array_new_with_free_func(module_option_free);
	modprobe->diagnostics = g_ptr_array_ref(diagnostics);
	return modprobe;
}

void
modprobe_free(struct modprobe *modprobe)
{
	g_ptr_array_unref(modprobe->aliases);
	g_ptr_array_unref(modprobe->options);
	g_ptr_array_unref(modprobe->diagnostics);
	g_free(modprobe);
}

/* For modprobe a hyphen in a name is an underscore. */
static char *
underscores(const char *name)
{
	return g_strdelimit(g_strdup(name), "-", '_');
}

static gboolean
is_bonding(const char *module)
{
	return strcmp(module, MODULE) == 0;
}

static void
add_alias(struct modprobe *modprobe, const struct ifcfg_place *place, const char *pattern)
{
	struct alias *alias;

	if (modprobe->aliases->len >= ALIASES_MAX || strlen(pattern) > PATTERN_MAX) {
		ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_WARNING, place, "Remove it",
				      "the alias is too long or one too many and is not read");
		return;
	}
	alias = g_new0(struct alias, 1);
	alias->pattern = underscores(pattern);
	alias->place = ifcfg_place_copy(place);
	g_ptr_array_add(modprobe->aliases, alias);
}

/* Parameters of the module that are no options of one bond. */
static gboolean
is_about_the_module(struct modprobe *modprobe, const struct ifcfg_place *place, const char *name)
{
	if (strcmp(name, "max_bonds") != 0 && strcmp(name, "tx_queues") != 0 && strcmp(name, "debug") != 0)
		return FALSE;
	ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_INFO, place, "Nothing need be done",
			      "%s is about the kernel's module, bondd makes the bonds that have ifcfg files", name);
	return TRUE;
}

static void
add_option(struct modprobe *modprobe, const struct ifcfg_place *place, const char *target, const char *item)
{
	const char *equals = strchr(item, '=');
	g_autofree char *key = equals != NULL ? g_strndup(item, equals - item) : g_strdup(item);
	g_autofree char *name = underscores(key);
	struct module_option *option;

	if (is_about_the_module(modprobe, place, name))
		return;
	if (equals == NULL || name[0] == '\0' || equals[1] == '\0') {
		ifcfg_diagnostics_add(
		    modprobe->diagnostics, IFCFG_WARNING, place,
		    "Write name=value, without blanks around the =", "%s is not name=value and is left out", item);
		return;
	}
	option = g_new0(struct module_option, 1);
	option->target = underscores(target);
	option->name = g_steal_pointer(&name);
	option->value = g_strdup(equals + 1);
	option->place = ifcfg_place_copy(place);
	g_ptr_array_add(modprobe->options, option);
}

/* `-o NAME` among the words names one bond; it and NAME are taken out. */
static char *
take_instance_name(struct modprobe *modprobe, const struct ifcfg_place *place, GPtrArray *words)
{
	char *name = NULL;

	for (guint i = 0; i < words->len;) {
		if (strcmp(words->pdata[i], "-o") != 0 && strcmp(words->pdata[i], "--name") != 0) {
			i++;
			continue;
		}
		g_ptr_array_remove_index(words, i);
		if (i == words->len) {
			ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_WARNING, place, "Write -o NAME",
					      "-o without a name is left out");
			break;
		}
		g_free(name);
		name = g_strdup(words->pdata[i]);
		g_ptr_array_remove_index(words, i);
	}
	return name;
}

/* options MODULE-OR-BOND [-o BOND] name=value… */
static void
read_options(struct modprobe *modprobe, const struct ifcfg_place *place, GPtrArray *words)
{
	g_autofree char *target = NULL;
	g_autofree char *instance = NULL;

	if (words->len < 2) {
		ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_WARNING, place, "Write options NAME name=value …",
				      "options needs a name");
		return;
	}
	target = g_strdup(words->pdata[1]);
	g_ptr_array_remove_range(words, 0, 2);
	instance = take_instance_name(modprobe, place, words);
	for (guint i = 0; i < words->len; i++)
		add_option(modprobe, place, instance != NULL ? instance : target, words->pdata[i]);
}

static void
read_alias(struct modprobe *modprobe, const struct ifcfg_place *place, GPtrArray *words)
{
	if (words->len != 3) {
		ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_WARNING, place, "Write alias NAME MODULE",
				      "alias needs a name and a module");
		return;
	}
	if (is_bonding(words->pdata[2]))
		add_alias(modprobe, place, words->pdata[1]);
}

/* Options of modprobe that change nothing for a bond. */
static gboolean
is_plain_option(const char *word)
{
	static const char *const options[] = {"--ignore-install", "-i", "-q",	     "--quiet", "-s",
					      "--syslog",	  "-v", "--verbose", "-b",	"--use-blacklist",
					      "--first-time",	  "-a", "--all",     NULL};

	return g_strv_contains(options, word);
}

/* The words after `install NAME` up to the module's, if they are no more than a plain call of modprobe. */
static gboolean
skip_plain_modprobe(GPtrArray *words)
{
	guint i = 3;

	if (words->len < 4 ||
	    !(strcmp(words->pdata[2], "modprobe") == 0 || g_str_has_suffix(words->pdata[2], "/modprobe")))
		return FALSE;
	while (i < words->len && is_plain_option(words->pdata[i]))
		i++;
	if (i == words->len || !is_bonding(words->pdata[i]))
		return FALSE;
	g_ptr_array_remove_range(words, 0, i + 1);
	return TRUE;
}

/* Whether a shell would make more of the words; $CMDLINE_OPTS at the end is what modprobe itself puts there. */
static gboolean
has_shell_words(GPtrArray *words)
{
	if (words->len > 0 && strcmp(words->pdata[words->len - 1], "$CMDLINE_OPTS") == 0)
		g_ptr_array_remove_index(words, words->len - 1);
	for (guint i = 0; i < words->len; i++) {
		if (strpbrk(words->pdata[i], ";&|`$<>(){}\\'") != NULL)
			return TRUE;
	}
	return FALSE;
}

/* install BOND /sbin/modprobe --ignore-install bonding -o BOND name=value… */
static void
read_install(struct modprobe *modprobe, const struct ifcfg_place *place, GPtrArray *words)
{
	g_autofree char *name = words->len > 1 ? g_strdup(words->pdata[1]) : g_strdup("");
	g_autofree char *instance = NULL;
	gboolean is_shell = has_shell_words(words);

	instance = take_instance_name(modprobe, place, words);
	if (is_shell || !skip_plain_modprobe(words)) {
		if (strstr(place->text, "bond") != NULL)
			ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_WARNING, place,
					      "Write `alias NAME bonding` and `options NAME …` instead",
					      "commands of modprobe.d are not run and not read");
		return;
	}
	add_alias(modprobe, place, instance != NULL ? instance : name);
	for (guint i = 0; i < words->len; i++)
		add_option(modprobe, place, instance != NULL ? instance : name, words->pdata[i]);
	ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_INFO, place,
			      "Nothing need be done; `alias` and `options` lines say the same",
			      "the command is not run, its options are taken over");
}

/* Words without their double quotes, within which blanks do not count. */
static GPtrArray *
split_words(const char *text)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) word = g_string_new(NULL);
	gboolean quoted = FALSE;
	gboolean open = FALSE;

	for (const char *c = text; *c != '\0'; c++) {
		if (!quoted && g_ascii_isspace(*c)) {
			if (open)
				g_ptr_array_add(words, g_strdup(word->str));
			g_string_truncate(word, 0);
			open = FALSE;
			continue;
		}
		open = TRUE;
		if (*c == '"')
			quoted = !quoted;
		else
			g_string_append_c(word, *c);
	}
	if (open)
		g_ptr_array_add(words, g_strdup(word->str));
	return words;
}

static gboolean
is_about_a_bond(const struct modprobe *modprobe, GPtrArray *words)
{
	return words->len > 1 && (is_bonding(words->pdata[1]) || modprobe_names_bond(modprobe, words->pdata[1]));
}

/* blacklist, softdep, remove: about when the kernel's module is loaded. */
static void
read_loading(struct modprobe *modprobe, const struct ifcfg_place *place, GPtrArray *words)
{
	if (is_about_a_bond(modprobe, words))
		ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_INFO, place, "Nothing need be done",
				      "the line is about the kernel's module, which bondd does not need");
}

static void
read_include(struct modprobe *modprobe, const struct ifcfg_place *place, GPtrArray *words)
{
	ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_WARNING, place, "Put its lines or the file itself here",
			      "other files are not followed");
}

static const struct {
	const char *word;
	void (*read)(struct modprobe *modprobe, const struct ifcfg_place *place, GPtrArray *words);
} commands[] = {
    {"blacklist", read_loading}, {"softdep", read_loading}, {"weakdep", read_loading},
    {"remove", read_loading},	 {"include", read_include}, {"config", read_include},
    {"alias", read_alias},	 {"options", read_options}, {"install", read_install},
};

static void
read_line(struct modprobe *modprobe, const char *path, const struct line *line)
{
	g_autofree char *text = g_utf8_make_valid(line->joined->str, line->joined->len);
	struct ifcfg_place place = {.file = path, .line = line->number, .text = text};
	g_autoptr(GPtrArray) words = NULL;

	if (memchr(line->joined->str, '\0', line->joined->len) != NULL) {
		ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_WARNING, &place,
				      "Write the line anew; the file may be damaged",
				      "the line holds a NUL byte and is not read");
		return;
	}
	words = split_words(text);
	if (words->len == 0 || *(const char *) words->pdata[0] == '#')
		return;
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (strcmp(words->pdata[0], commands[i].word) == 0) {
			commands[i].read(modprobe, &place, words);
			return;
		}
	}
	ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_WARNING, &place,
			      "Correct the first word or remove the line; see modprobe.d(5)",
			      "modprobe has no command %s, the line is not read", (const char *) words->pdata[0]);
}

/* A backslash joins the next line; before any other character it is dropped. Returns where the next line starts. */
static gsize
join_line(const char *text, gsize length, gsize position, struct line *line, guint *number)
{
	g_string_truncate(line->joined, 0);
	line->number = ++*number;
	for (; position < length && text[position] != '\n'; position++) {
		gsize next = position + 1;

		if (text[position] == '\\') {
			while (next < length && text[next] == '\r')
				next++;
			if (next < length && text[next] == '\n') {
				++*number;
				position = next;
				continue;
			}
			if (++position == length)
				return length;
		}
		g_string_append_c(line->joined, text[position]);
	}
	return position + 1;
}

void
modprobe_add_file(struct modprobe *modprobe, const char *path, const char *text, gsize length)
{
	g_autoptr(GString) joined = g_string_new(NULL);
	struct line line = {.joined = joined};
	guint number = 0;
	gsize position = 0;

	while (position < length) {
		position = join_line(text, length, position, &line, &number);
		read_line(modprobe, path, &line);
	}
}

gboolean
modprobe_names_bond(const struct modprobe *modprobe, const char *device)
{
	g_autofree char *name = NULL;

	if (!ifcfg_is_interface_name(device))
		return FALSE;
	name = underscores(device);
	for (guint i = 0; i < modprobe->aliases->len; i++) {
		const struct alias *alias = modprobe->aliases->pdata[i];

		if (fnmatch(alias->pattern, name, 0) == 0)
			return TRUE;
	}
	return FALSE;
}

static void
mark_aliases(struct modprobe *modprobe, const char *name)
{
	for (guint i = 0; i < modprobe->aliases->len; i++) {
		struct alias *alias = modprobe->aliases->pdata[i];

		if (fnmatch(alias->pattern, name, 0) == 0)
			alias->used = TRUE;
	}
}

void
modprobe_apply(struct modprobe *modprobe, const char *device, struct bonding_opts *opts)
{
	g_autofree char *name = underscores(device);

	mark_aliases(modprobe, name);
	for (guint i = 0; i < modprobe->options->len; i++) {
		struct module_option *option = modprobe->options->pdata[i];

		if (!is_bonding(option->target) && strcmp(option->target, name) != 0)
			continue;
		option->used = TRUE;
		bonding_opts_add(opts, BONDING_OPTS_MODULE, &option->place, option->name, option->value);
	}
}

static gboolean
is_about_bonding(const struct modprobe *modprobe, const struct module_option *option)
{
	return is_bonding(option->target) || modprobe_names_bond(modprobe, option->target) ||
	       g_str_has_prefix(option->target, "bond");
}

void
modprobe_report_unused(struct modprobe *modprobe)
{
	for (guint i = 0; i < modprobe->aliases->len; i++) {
		const struct alias *alias = modprobe->aliases->pdata[i];

		if (!alias->used)
			ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_INFO, &alias->place,
					      "Write an ifcfg file for it, or remove the line",
					      "no ifcfg file sets up a bond %s", alias->pattern);
	}
	for (guint i = 0; i < modprobe->options->len; i++) {
		const struct module_option *option = modprobe->options->pdata[i];

		if (!option->used && is_about_bonding(modprobe, option))
			ifcfg_diagnostics_add(modprobe->diagnostics, IFCFG_INFO, &option->place,
					      "Correct the name or remove the line",
					      "%s=%s is for a bond %s that no ifcfg file sets up", option->name,
					      option->value, option->target);
	}
}
