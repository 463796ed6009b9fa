/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may stand where the cursor is, for the shells: data/completions asks by “bondctl __complete -- WORD…”, the last
 * word being the one that is not whole yet. An answer is a line: what it may become, a tab, what that is; or ":files".
 */
#include "config.h"

#include "commands.h"
#include "objects.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <net/if.h>
#include <stdio.h>

struct completion {
	struct client *client;
	const char *prefix; /* what is there of the word */
	const struct command *command;
	guint n; /* words of the command before it */
	char **words;
	GPtrArray *bonds; /* NULL: not asked yet, or nobody answers */
	GVariant *options;
};

static void
offer(const struct completion *completion, const char *candidate, const char *meaning)
{
	if (g_str_has_prefix(candidate, completion->prefix))
		printf("%s\t%s\n", candidate, meaning);
}

static void
offer_value(const struct completion *completion, const char *name, const char *value, const char *meaning)
{
	g_autofree char *candidate = g_strdup_printf("%s=%s", name, value);

	offer(completion, candidate, meaning);
}

/* --- What the service has --- */

static const GPtrArray *
bonds_of(struct completion *completion)
{
	if (completion->bonds == NULL && completion->client->connection != NULL)
		completion->bonds = objects_read(completion->client);
	return completion->bonds;
}

static void
offer_bonds(struct completion *completion)
{
	const GPtrArray *bonds = bonds_of(completion);

	for (guint i = 0; bonds != NULL && i < bonds->len; i++) {
		const struct object *bond = g_ptr_array_index(bonds, i);

		offer(completion, bond->name, object_string(bond, "Mode"));
	}
}

static void
offer_ports(struct completion *completion)
{
	const GPtrArray *bonds = bonds_of(completion);

	for (guint i = 0; bonds != NULL && i < bonds->len; i++) {
		const struct object *bond = g_ptr_array_index(bonds, i);

		for (guint p = 0; p < bond->ports->len; p++) {
			const struct object *port = g_ptr_array_index(bond->ports, p);

			offer(completion, port->name, bond->name);
		}
	}
}

/* Those that could become a port. */
static void
offer_devices(struct completion *completion)
{
	const GPtrArray *bonds = bonds_of(completion);
	struct if_nameindex *devices = if_nameindex();

	for (const struct if_nameindex *device = devices; device != NULL && device->if_index != 0; device++) {
		const char *name = device->if_name;

		if (g_str_equal(name, "lo") || !g_utf8_validate(name, -1, NULL))
			continue;
		if (bonds != NULL &&
		    (objects_find_bond(bonds, name) != NULL || objects_find_port(bonds, name, NULL) != NULL))
			continue;
		offer(completion, name, _("interface"));
	}
	if (devices != NULL)
		if_freenameindex(devices);
}

/* --- Options --- */

static GVariant *
options_of(struct completion *completion)
{
	g_autoptr(GVariant) reply = NULL;

	if (completion->options == NULL && completion->client->connection != NULL) {
		reply = client_call(completion->client, ROOT_PATH, MANAGER_INTERFACE, "ListOptions", NULL, "(aa{sv})");
		completion->options = reply != NULL ? g_variant_get_child_value(reply, 0) : NULL;
	}
	return completion->options;
}

/* The bond or port whose options are set; NULL if it does not exist yet. */
static const struct object *
subject_of(struct completion *completion)
{
	const GPtrArray *bonds = bonds_of(completion);
	const char *name = completion->n > 0 ? completion->words[0] : NULL;
	const struct object *bond;

	if (bonds == NULL || name == NULL)
		return NULL;
	bond = objects_find_bond(bonds, name);
	return bond != NULL ? bond : objects_find_port(bonds, name, NULL);
}

/* The mode that the bond has, or is given by an earlier word; NULL if that is not known. */
static const char *
mode_of(struct completion *completion)
{
	const struct object *subject = subject_of(completion);

	for (guint i = 0; i < completion->n; i++) {
		if (g_str_has_prefix(completion->words[i], "mode="))
			return completion->words[i] + strlen("mode=");
	}
	return subject != NULL && subject->is_bond ? object_string(subject, "Mode") : NULL;
}

static const char *
word_of(GVariant *option, const char *key)
{
	const char *word = "";

	g_variant_lookup(option, key, "&s", &word);
	return word;
}

static gboolean
is_offered(struct completion *completion, GVariant *option)
{
	const struct object *subject = subject_of(completion);
	const char *mode = mode_of(completion);
	gboolean of_port = FALSE;
	g_autofree const char **modes = NULL;

	g_variant_lookup(option, "port", "b", &of_port);
	/* The ports of a bond come and go by add and remove. */
	if (g_str_equal(word_of(option, "type"), "ports"))
		return FALSE;
	if (of_port != (subject != NULL && !subject->is_bond))
		return FALSE;
	if (mode == NULL || g_ascii_isdigit(*mode) || !g_variant_lookup(option, "modes", "^a&s", &modes))
		return TRUE;
	return g_strv_contains(modes, mode);
}

/* What it is now, and what it is if nobody says. */
static void
offer_present_values(struct completion *completion, GVariant *option)
{
	const char *name = word_of(option, "name");
	const struct object *subject = subject_of(completion);
	g_autoptr(GVariant) reply = NULL;
	g_autoptr(GVariant) values = NULL;
	g_autoptr(GVariant) value = NULL;

	if (*word_of(option, "default") != '\0')
		offer_value(completion, name, word_of(option, "default"), _("default"));
	if (subject == NULL || !subject->is_bond)
		return;
	reply = client_call(completion->client, subject->path, BOND_INTERFACE, "GetOptions", NULL, "(a{sv})");
	values = reply != NULL ? g_variant_get_child_value(reply, 0) : NULL;
	value = values != NULL ? g_variant_lookup_value(values, name, NULL) : NULL;
	if (value != NULL && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32)) {
		g_autofree char *text = g_strdup_printf("%u", g_variant_get_uint32(value));

		if (!g_str_equal(text, word_of(option, "default")))
			offer_value(completion, name, text, _("as it is"));
	}
}

static void
offer_values(struct completion *completion, GVariant *option)
{
	const char *name = word_of(option, "name");
	const struct object *subject = subject_of(completion);
	g_autofree const char **values = NULL;

	if (g_variant_lookup(option, "values", "^a&s", &values) && values[0] != NULL) {
		for (guint i = 0; values[i] != NULL; i++)
			offer_value(completion, name, values[i],
				    g_str_equal(values[i], word_of(option, "default")) ? _("default") : "");
	} else if (!g_str_equal(word_of(option, "type"), "interface")) {
		offer_present_values(completion, option);
	} else if (subject != NULL && subject->is_bond) {
		for (guint p = 0; p < subject->ports->len; p++) {
			const struct object *port = g_ptr_array_index(subject->ports, p);

			offer_value(completion, name, port->name, object_string(port, "Link"));
		}
	}
}

static void
offer_options(struct completion *completion)
{
	GVariant *options = options_of(completion);
	const char *equals = strchr(completion->prefix, '=');

	for (gsize i = 0; options != NULL && i < g_variant_n_children(options); i++) {
		g_autoptr(GVariant) option = g_variant_get_child_value(options, i);
		const char *name = word_of(option, "name");
		const char *help = word_of(option, "help");

		if (!is_offered(completion, option))
			continue;
		if (equals == NULL)
			offer_value(completion, name, "", *help != '\0' ? _(help) : "");
		else if (strlen(name) == (gsize) (equals - completion->prefix) &&
			 g_str_has_prefix(completion->prefix, name))
			offer_values(completion, option);
	}
}

static void
offer_option_names(struct completion *completion)
{
	GVariant *options = options_of(completion);

	for (gsize i = 0; options != NULL && i < g_variant_n_children(options); i++) {
		g_autoptr(GVariant) option = g_variant_get_child_value(options, i);
		const char *help = word_of(option, "help");

		offer(completion, word_of(option, "name"), *help != '\0' ? _(help) : "");
	}
}

/* Those of bondd, which a bond is made with. */
static void
offer_own_options(struct completion *completion)
{
	static const char *const own[] = {
	    "host=tap", "host=veth", "host=mixed", "queues=", "busy_poll=off", "busy_poll=on", "up=1", "up=0", NULL,
	};

	for (guint i = 0; own[i] != NULL; i++)
		offer(completion, own[i], "");
}

static void
offer_flow_fields(struct completion *completion)
{
	static const char *const fields[] = {
	    "src=",	  "dst=",  "sport=", "dport=", "proto=tcp",  "proto=udp", "proto=sctp",
	    "proto=icmp", "vlan=", "smac=",  "dmac=",  "ethertype=", "queue=",	  NULL,
	};

	for (guint i = 0; fields[i] != NULL; i++)
		offer(completion, fields[i], "");
}

static void
offer_files(struct completion *completion)
{
	printf(":files\t\n");
}

/* --- Flags and commands --- */

static void
offer_flags(struct completion *completion)
{
	guint allowed = completion->command->flags | TAKES_ALWAYS;

	for (guint f = 0; f < N_FLAGS; f++) {
		const struct flag_info *info = &flag_table[f];
		gboolean needs_value = info->value != NULL && !info->optional;
		g_autofree char *flag = g_strdup_printf("--%s%s", info->name, needs_value ? "=" : "");

		if ((allowed & TAKES(f)) != 0)
			offer(completion, flag, _(info->help));
	}
}

static void
offer_ports_down(struct completion *completion)
{
	static const char down[] = "--down";
	const GPtrArray *bonds = g_str_has_prefix(completion->prefix, "--down=") ? bonds_of(completion) : NULL;

	for (guint i = 0; bonds != NULL && i < bonds->len; i++) {
		const struct object *bond = g_ptr_array_index(bonds, i);

		for (guint p = 0; p < bond->ports->len; p++) {
			const struct object *port = g_ptr_array_index(bond->ports, p);

			offer_value(completion, down, port->name, bond->name);
		}
	}
}

/* The ports behind "--down=", the files behind others. */
static void
offer_flag_values(struct completion *completion)
{
	if (g_str_has_prefix(completion->prefix, "--output=") || g_str_has_prefix(completion->prefix, "--to="))
		offer_files(completion);
	else
		offer_ports_down(completion);
}

static void
offer_commands(struct completion *completion)
{
	for (guint i = 0; i < n_commands; i++) {
		if (commands[i].summary != NULL)
			offer(completion, commands[i].name, _(commands[i].summary));
	}
}

static const struct {
	enum word word;
	void (*offer)(struct completion *completion);
} offers[] = {
    {WORD_BOND, offer_bonds},
    {WORD_PORT, offer_ports},
    {WORD_DEVICE, offer_devices},
    {WORD_OPTION, offer_options},
    {WORD_OWN_OPTION, offer_own_options},
    {WORD_OPTION_NAME, offer_option_names},
    {WORD_FLOW_FIELD, offer_flow_fields},
    {WORD_FILE, offer_files},
};

/* The last kind of word goes on for as many as the command takes. */
static void
offer_words(struct completion *completion)
{
	const struct command *command = completion->command;
	guint last = 0;
	guint kinds;

	if (completion->n >= command->max_arguments)
		return;
	while (last + 1 < G_N_ELEMENTS(command->words) && command->words[last + 1] != 0)
		last++;
	kinds = command->words[MIN(completion->n, last)];
	for (guint i = 0; i < G_N_ELEMENTS(offers); i++) {
		if ((kinds & offers[i].word) != 0)
			offers[i].offer(completion);
	}
}

/* Takes the flags out of the words, and the command. */
static GPtrArray *
plain_words(guint n, char **arguments)
{
	GPtrArray *words = g_ptr_array_new();

	for (guint i = 0; i + 1 < n; i++) {
		if (arguments[i][0] != '-')
			g_ptr_array_add(words, arguments[i]);
	}
	return words;
}

static void
complete(struct completion *completion)
{
	const char *prefix = completion->prefix;
	static const struct command none = {0};

	if (completion->command == NULL) {
		completion->command = &none;
		if (*prefix == '-')
			offer_flags(completion);
		else
			offer_commands(completion);
	} else if (*prefix == '-' && strchr(prefix, '=') != NULL) {
		offer_flag_values(completion);
	} else if (*prefix == '-') {
		offer_flags(completion);
	} else {
		offer_words(completion);
	}
}

enum exit_code
command_complete(struct client *client, guint n, char **arguments)
{
	g_autoptr(GPtrArray) words = plain_words(n, arguments);
	struct completion completion = {.client = client, .prefix = n > 0 ? arguments[n - 1] : ""};

	client->may_start = FALSE;
	if (words->len > 0) {
		completion.command = command_find(g_ptr_array_index(words, 0));
		completion.n = words->len - 1;
		completion.words = (char **) words->pdata + 1;
		if (completion.command == NULL)
			return EXIT_NOT_FOUND;
	}
	complete(&completion);
	g_clear_pointer(&completion.bonds, g_ptr_array_unref);
	g_clear_pointer(&completion.options, g_variant_unref);
	return EXIT_OK;
}
