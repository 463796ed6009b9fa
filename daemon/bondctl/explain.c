/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "commands.h"
#include "frame.h"
#include "json.h"
#include "objects.h"
#include "table.h"

#include <glib/gi18n.h>
#include <stdio.h>

#define LARGEST_INPUT (1024 * 1024)

/* What is said on the command line, and the key of the question. */
static const struct {
	const char *name;
	const char *key;
	const char *type; /* "s" or "q"; "p": a name, or a number as a byte */
} fields[] = {
    {"src", "source", "s"},	      {"dst", "destination", "s"},
    {"sport", "source-port", "q"},    {"dport", "destination-port", "q"},
    {"proto", "protocol", "p"},	      {"vlan", "vlan", "q"},
    {"smac", "source-mac", "s"},      {"dmac", "destination-mac", "s"},
    {"ethertype", "ether-type", "q"}, {"queue", "queue", "q"},
};

static GVariant *
number_value(const char *text, guint64 max)
{
	gboolean is_hex = g_str_has_prefix(text, "0x");
	guint64 number;

	if (!g_ascii_string_to_unsigned(is_hex ? text + 2 : text, is_hex ? 16 : 10, 0, max, &number, NULL))
		return NULL;
	return max == G_MAXUINT8 ? g_variant_new_byte((guint8) number) : g_variant_new_uint16((guint16) number);
}

static GVariant *
value_of(const char *type, const char *text)
{
	if (*type == 'q')
		return number_value(text, G_MAXUINT16);
	if (*type == 'p' && g_ascii_isdigit(*text))
		return number_value(text, G_MAXUINT8);
	return g_utf8_validate(text, -1, NULL) ? g_variant_new_string(text) : NULL;
}

/* "src=192.0.2.1"; what is wrong is printed. */
static gboolean
add_field(GVariantBuilder *question, const char *word)
{
	const char *equals = strchr(word, '=');

	for (guint i = 0; equals != NULL && i < G_N_ELEMENTS(fields); i++) {
		g_autofree char *name = g_strndup(word, equals - word);
		GVariant *value;

		if (!g_str_equal(name, fields[i].name) && !g_str_equal(name, fields[i].key))
			continue;
		value = value_of(fields[i].type, equals + 1);
		if (value == NULL) {
			client_complain(_("“%s” is no number in range"), word);
			return FALSE;
		}
		g_variant_builder_add(question, "{sv}", fields[i].key, value);
		return TRUE;
	}
	client_complain(_("“%s” is neither FIELD=VALUE (src, dst, sport, dport, proto, vlan, smac, dmac, ethertype, "
			  "queue) nor a frame in hexadecimal"),
			word);
	return FALSE;
}

static char *
read_input(void)
{
	g_autofree char *text = g_malloc(LARGEST_INPUT + 1);
	gsize len = fread(text, 1, LARGEST_INPUT, stdin);

	text[len] = '\0';
	return g_steal_pointer(&text);
}

static gboolean
add_frame(GVariantBuilder *question, const char *text)
{
	g_autoptr(GBytes) frame = frame_from_hex(text);

	if (frame == NULL) {
		client_complain(_("that is no frame in hexadecimal, as “tcpdump -xx” prints it"));
		return FALSE;
	}
	g_variant_builder_add(question, "{sv}", "frame",
			      g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, frame, TRUE));
	return TRUE;
}

/* Bytes may stand in one word or in several. */
static gboolean
is_hex(const char *word)
{
	return *word != '\0' && word[strspn(word, "0123456789abcdefABCDEF:- \t\r\n")] == '\0';
}

static gboolean
add_words(GVariantBuilder *question, guint n, char **words)
{
	g_autofree char *text = NULL;

	if (n == 1 && g_str_equal(words[0], "-"))
		text = read_input();
	else if (n > 0 && is_hex(words[0]))
		text = g_strjoinv(" ", words);
	if (text != NULL)
		return add_frame(question, text);
	for (guint i = 0; i < n; i++) {
		if (!add_field(question, words[i]))
			return FALSE;
	}
	return TRUE;
}

/* Floating; NULL if it is none, which has been printed. */
static GVariant *
question_of(const struct client *client, guint n, char **words)
{
	GVariantBuilder question;

	g_variant_builder_init(&question, G_VARIANT_TYPE_VARDICT);
	if (client->flags->down != NULL)
		g_variant_builder_add(&question, "{sv}", "ports-down",
				      g_variant_new_strv((const char *const *) client->flags->down, -1));
	if (add_words(&question, n, words))
		return g_variant_builder_end(&question);
	g_variant_builder_clear(&question);
	return NULL;
}

/* --- The answer --- */

static const char *
word_of(GVariant *answer, const char *key)
{
	const char *word = "";

	g_variant_lookup(answer, key, "&s", &word);
	return word;
}

static char *
list_of(GVariant *answer, const char *key)
{
	g_autofree const char **words = NULL;

	return g_variant_lookup(answer, key, "^a&s", &words) ? g_strjoinv(" ", (char **) words) : g_strdup("");
}

static char *
field_text(const char *name, GVariant *value)
{
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
		return g_variant_dup_string(value, NULL);
	if (g_str_equal(name, "ether-type") && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT16))
		return g_strdup_printf("0x%04x", g_variant_get_uint16(value));
	return json_text(value);
}

/* "source 192.0.2.1, destination 192.0.2.2, protocol 6" */
static char *
fields_text(GVariant *answer)
{
	g_autoptr(GVariant) read = g_variant_lookup_value(answer, "fields", G_VARIANT_TYPE_VARDICT);
	GString *text = g_string_new(NULL);
	GVariantIter iter;
	const char *name;
	GVariant *value;

	if (read == NULL)
		return g_string_free(text, FALSE);
	g_variant_iter_init(&iter, read);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
		g_autofree char *field = field_text(name, value);

		g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "", name, field);
	}
	return g_string_free(text, FALSE);
}

static void
add_hash(Table *table, GVariant *answer)
{
	g_autofree char *candidates = list_of(answer, "candidates");
	g_autofree char *hash = NULL;
	g_autofree char *slot = NULL;
	guint32 number;
	guint32 slots;
	guint32 index;

	if (g_variant_lookup(answer, "hash", "u", &number) && *word_of(answer, "hash-input") != '\0') {
		hash = g_strdup_printf(_("%u of %s"), number, word_of(answer, "hash-input"));
		table_row(table, _("  Hash"), hash, NULL);
	}
	if (g_variant_lookup(answer, "slots", "u", &slots) && g_variant_lookup(answer, "slot", "u", &index) &&
	    slots > 0) {
		slot = g_strdup_printf(_("%u of %u"), index, slots);
		table_row(table, _("  Slot"), slot, NULL);
	}
	if (*candidates != '\0')
		table_row(table, _("  Candidates"), candidates, NULL);
}

static void
print_answer(GVariant *answer)
{
	g_autoptr(Table) table = table_new();
	g_autofree char *ports = list_of(answer, "ports");
	g_autofree char *read = fields_text(answer);

	g_print("%s: %s\n", *ports != '\0' ? ports : _("no port"), word_of(answer, "reason"));
	table_row(table, _("  Mode"), word_of(answer, "mode"), NULL);
	if (*word_of(answer, "policy") != '\0')
		table_row(table, _("  Policy"), word_of(answer, "policy"), NULL);
	table_row(table, _("  Frame"), read, NULL);
	add_hash(table, answer);
	table_print(table);
}

static void
print_json(GVariant *answer)
{
	g_autoptr(GVariant) read = g_variant_lookup_value(answer, "fields", G_VARIANT_TYPE_VARDICT);
	GVariantBuilder members;
	GVariantBuilder fields_read;

	g_variant_builder_init(&members, G_VARIANT_TYPE_VARDICT);
	json_add_properties(&members, answer, "fields");
	if (read != NULL) {
		g_variant_builder_init(&fields_read, G_VARIANT_TYPE_VARDICT);
		json_add_properties(&fields_read, read, NULL);
		g_variant_builder_add(&members, "{sv}", "fields", g_variant_builder_end(&fields_read));
	}
	json_print(g_variant_builder_end(&members));
}

enum exit_code
command_explain(struct client *client, guint n, char **arguments)
{
	GVariant *parsed = question_of(client, n - 1, arguments + 1);
	g_autoptr(GVariant) question = parsed != NULL ? g_variant_ref_sink(parsed) : NULL;
	g_autoptr(GPtrArray) bonds = question != NULL ? objects_read_one(client, arguments[0]) : NULL;
	g_autoptr(GVariant) reply = NULL;
	g_autoptr(GVariant) answer = NULL;
	const struct object *bond;

	if (question == NULL)
		return EXIT_USAGE;
	if (bonds == NULL)
		return client->failure;
	bond = g_ptr_array_index(bonds, 0);
	reply =
	    client_call(client, bond->path, BOND_INTERFACE, "Explain", g_variant_new("(@a{sv})", question), "(a{sv})");
	if (reply == NULL)
		return client->failure;
	answer = g_variant_get_child_value(reply, 0);
	if (client_has(client, FLAG_JSON))
		print_json(answer);
	else
		print_answer(answer);
	return EXIT_OK;
}
