/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which variable says which property. What stands neither here nor in the table of variables, no file can say. */
#include "writer-private.h"

#include "variables.h"

#include <string.h>

gboolean
writer_plain(struct writer *writer, const struct change *change, GError **error)
{
	g_autofree char *section = g_strndup(change->name, change->key - 1 - change->name);
	g_autofree char *value = NULL;
	const char *variable = ifcfg_variables_format(section, change->key, change->value, &value);

	if (variable == NULL)
		return writer_refuse(change, error);
	return writer_say(writer, variable, value, error);
}

/* --- forms of values --- */

static gboolean
write_string(struct writer *writer, const struct change *change, GError **error)
{
	g_autofree char *text = change->value != NULL ? writer_unescape(change->value) : NULL;

	return writer_say(writer, change->row->variable, text, error);
}

static gboolean
write_boolean(struct writer *writer, const struct change *change, GError **error)
{
	gboolean truth = g_strcmp0(change->value, "true") == 0;

	return writer_say(writer, change->row->variable, change->value == NULL ? NULL : truth ? "yes" : "no", error);
}

static gboolean
write_start(struct writer *writer, const struct change *change, GError **error)
{
	gboolean starts = g_strcmp0(change->value, "false") != 0;

	if (edit_get(writer->edit, "STARTMODE") != NULL && edit_get(writer->edit, "ONBOOT") == NULL)
		return writer_say(writer, "STARTMODE", starts ? "auto" : "manual", error);
	/* A file without the line starts, too; it is said where it was asked for. */
	return writer_say(writer, "ONBOOT", starts ? "yes" : "no", error);
}

static gboolean
write_type(struct writer *writer, const struct change *change, GError **error)
{
	static const struct {
		const char *type;
		const char *word;
	} types[] = {{"ethernet", "Ethernet"},
		     {"802-3-ethernet", "Ethernet"},
		     {"bond", "Bond"},
		     {"vlan", "Vlan"},
		     {"bridge", "Bridge"}};

	for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
		if (g_strcmp0(types[i].type, change->value) != 0)
			continue;
		return writer_say(writer, "TYPE", types[i].word, error);
	}
	return writer_refuse(change, error);
}

static const struct writer_row rows[] = {
    {"connection.interface-name", write_string, "DEVICE"},
    {"connection.type", write_type, "TYPE"},
    {"connection.id", write_string, "NAME"},
    {"connection.uuid", write_string, "UUID"},
    {"connection.autoconnect", write_start, "ONBOOT"},
    {"connection.mud-url", write_string, "MUD_URL"},
    {"bond.", writer_bond_option, "BONDING_OPTS"},
    {"user.bondd.", writer_bond_option, "BONDING_OPTS"},
    {"bond-port.queue-id", write_string, "BOND_PORT_QUEUE_ID"},
    {"ethernet.mtu", write_string, "MTU"},
    {"ethernet.mac-address", write_string, "HWADDR"},
    {"ethernet.cloned-mac-address", write_string, "MACADDR"},
    {"proxy.browser-only", write_boolean, "BROWSER_ONLY"},
};

const struct writer_row *
writer_find_row(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		gboolean is_all = g_str_has_suffix(rows[i].name, ".");

		if (is_all ? g_str_has_prefix(name, rows[i].name) : strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}
