/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "write-back.h"

#include "ifcfg/writer.h"
#include "naming.h"
#include "replace.h"
#include "snapshot.h"
#include "spelling.h"

#include <string.h>

/* Of NetworkManager itself, and not on disk. */
#define PLACE	       "/run/NetworkManager"
#define DIRECTORY_MODE 0755

/* One profile on its way into the files. */
struct change {
	const struct write_back *to;
	const char *file;
	struct snapshot *snapshot;
	GPtrArray *texts;		 /* struct profile_text: what the files say */
	const struct profile_text *text; /* nullable: of @file */
	char *ports;			 /* nullable: what profiles_make() made of ports' files */
	GKeyFile *before;
	GKeyFile *after;
	GPtrArray *edits;     /* struct ifcfg_edit */
	GPtrArray *new_texts; /* struct profile_text: what they will say */
};

void
written_clear(struct written *written)
{
	g_free(written->file);
	g_free(written->keyfile);
	g_free(written->uuid);
	g_clear_pointer(&written->connection, g_object_unref);
	*written = (struct written){0};
}

static void
change_clear(struct change *change)
{
	g_clear_pointer(&change->snapshot, snapshot_free);
	g_clear_pointer(&change->texts, g_ptr_array_unref);
	g_clear_pointer(&change->new_texts, g_ptr_array_unref);
	g_clear_pointer(&change->edits, g_ptr_array_unref);
	g_clear_pointer(&change->before, g_key_file_unref);
	g_clear_pointer(&change->after, g_key_file_unref);
	g_free(change->ports);
}

static gboolean
refuse(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error != NULL)
		*error = g_error_new_valist(G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, format, arguments);
	va_end(arguments);
	return FALSE;
}

gboolean
write_back_is_refusal(const GError *error)
{
	return g_error_matches(error, IFCFG_ERROR, IFCFG_ERROR_UNSUPPORTED) ||
	       g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

/* --- NetworkManager's spelling --- */

/* What a profile must not have, as NetworkManager would put it into files beside the keyfile. */
static gboolean
can_be_spelled(NMConnection *wanted, GError **error)
{
	if (nm_connection_get_setting_by_name(wanted, "802-1x") == NULL)
		return TRUE;
	return refuse(error, "802-1x has no place in ifcfg files of ours");
}

static GKeyFile *
spell(const struct change *change, NMConnection *connection, const char *uuid, GError **error)
{
	g_autofree char *text = parser_write(change->to->parser, connection, uuid, error);

	return text != NULL ? spelling_parse(text, error) : NULL;
}

/* Returns: (nullable) (transfer full): what NetworkManager makes of a file */
static GKeyFile *
spell_text(const struct change *change, const struct profile_text *text, struct written *written, GError **error)
{
	g_autofree char *uuid = NULL;
	g_autoptr(GObject) connection = (GObject *) parser_read(change->to->parser, text->keyfile, &uuid, error);
	GKeyFile *spelled;

	if (connection == NULL)
		return NULL;
	spelled = spell(change, (NMConnection *) connection, uuid, error);
	if (spelled != NULL && written != NULL)
		*written = (struct written){
		    .file = g_strdup(text->file),
		    .keyfile = g_strdup(text->keyfile),
		    .uuid = g_steal_pointer(&uuid),
		    .connection = (NMConnection *) g_steal_pointer(&connection),
		};
	return spelled;
}

/* --- before --- */

static gboolean
look(struct change *change, GError **error)
{
	const struct write_back *to = change->to;

	g_mkdir_with_parents(PLACE, DIRECTORY_MODE);
	change->snapshot = snapshot_take(to->directory, to->modprobe_d, PLACE, error);
	if (change->snapshot != NULL)
		change->texts = snapshot_read(change->snapshot, NULL, error);
	if (change->texts == NULL)
		return FALSE;
	change->text = profiles_find(change->texts, change->file);
	return TRUE;
}

static gboolean
is_as_told(const struct change *change, const char *told, GError **error)
{
	if (change->text != NULL && strcmp(change->text->keyfile, told) == 0)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG,
		    "%s is not what NetworkManager has read. Run `nmcli connection reload` and try again",
		    change->file);
	return FALSE;
}

static gboolean
spell_both(struct change *change, NMConnection *wanted, GError **error)
{
	struct written now = {0};

	change->before = spell_text(change, change->text, &now, error);
	if (change->before != NULL)
		change->after = spell(change, wanted, now.uuid, error);
	written_clear(&now);
	if (change->after == NULL)
		return FALSE;
	change->ports = spelling_ports(change->before);
	return spelling_drop_ours(change->before, change->after, change->text->unmanaged != NULL, error);
}

/* --- trying --- */

static gboolean
is_inside(const struct change *change, GError **error)
{
	for (guint i = 0; i < change->edits->len; i++) {
		const struct ifcfg_edit *edit = change->edits->pdata[i];
		g_autofree char *directory = g_path_get_dirname(edit->path);

		if (strcmp(directory, change->to->directory) != 0)
			return refuse(error, "%s would have to be written, which is none of the profile's", edit->path);
	}
	return TRUE;
}

/* @some are all but the profile's own among @others. */
static gboolean
are_among(const struct change *change, const GPtrArray *some, const GPtrArray *others, GError **error)
{
	for (guint i = 0; i < some->len; i++) {
		const struct profile_text *text = some->pdata[i];
		const struct profile_text *other = profiles_find(others, text->file);

		if (strcmp(text->file, change->file) == 0)
			continue;
		if (other == NULL || strcmp(other->keyfile, text->keyfile) != 0)
			return refuse(error, "%s would change too", text->file);
	}
	return TRUE;
}

/* Whether the file will be what NetworkManager wants. */
static gboolean
is_wanted(const struct change *change, GKeyFile *found, gboolean is_unmanaged, GError **error)
{
	g_autofree char *ports = spelling_ports(found);
	g_autofree char *difference = NULL;
	g_autoptr(GKeyFile) ignored = g_key_file_new();

	if (g_strcmp0(ports, change->ports) != 0)
		return refuse(error, "the files of the ports %s name the bond as it was",
			      change->ports != NULL ? change->ports : ports);
	if (ports != NULL)
		g_key_file_set_value(ignored, "user", PROFILES_PORTS_KEY, ports);
	if (!spelling_drop_ours(ignored, found, is_unmanaged, error))
		return FALSE;
	difference = spelling_difference(change->after, found);
	return difference == NULL || refuse(error, "%s of this kind cannot be said in ifcfg files", difference);
}

static gboolean
try(struct change *change, struct written *written, GError **error)
{
	const struct profile_text *text;
	g_autoptr(GKeyFile) found = NULL;

	if (!is_inside(change, error))
		return FALSE;
	change->new_texts = snapshot_read(change->snapshot, change->edits, error);
	if (change->new_texts == NULL)
		return FALSE;
	text = profiles_find(change->new_texts, change->file);
	if (text == NULL)
		return refuse(error, "no ifcfg file can be made of it");
	found = spell_text(change, text, written, error);
	return found != NULL && is_wanted(change, found, text->unmanaged != NULL, error) &&
	       are_among(change, change->texts, change->new_texts, error) &&
	       are_among(change, change->new_texts, change->texts, error);
}

/* --- writing --- */

static gboolean
install(const struct change *change, GError **error)
{
	g_autofree struct replacement *replacements = g_new0(struct replacement, change->edits->len);

	for (guint i = 0; i < change->edits->len; i++) {
		const struct ifcfg_edit *edit = change->edits->pdata[i];
		const struct directory_file *file = snapshot_find(change->snapshot, edit->path);

		replacements[i] = (struct replacement){
		    .path = edit->path,
		    .before = file != NULL ? file->text : NULL,
		    .before_length = file != NULL ? file->length : 0,
		    .after = edit->text,
		};
	}
	return replace_files(replacements, change->edits->len, error);
}

static gboolean
make(struct change *change, struct written *written, GError **error)
{
	change->edits = ifcfg_writer_change(change->file, change->before, change->after, error);
	return change->edits != NULL && try(change, written, error) && install(change, error);
}

gboolean
write_back_change(const struct write_back *to, const char *file, const char *told, NMConnection *wanted,
		  struct written *written, GError **error)
{
	struct change change = {.to = to, .file = file};
	gboolean ok = can_be_spelled(wanted, error) && look(&change, error) && is_as_told(&change, told, error) &&
		      spell_both(&change, wanted, error) && make(&change, written, error);

	change_clear(&change);
	if (!ok)
		written_clear(written);
	return ok;
}

/* --- new files --- */

static char *
choose_file(const struct write_back *to, GKeyFile *after)
{
	g_autofree char *interface = g_key_file_get_string(after, "connection", "interface-name", NULL);
	g_autofree char *id = g_key_file_get_string(after, "connection", "id", NULL);

	return naming_choose(to->directory, interface, id != NULL ? id : "");
}

static gboolean
spell_new(struct change *change, NMConnection *wanted, GError **error)
{
	g_autofree char *uuid = NULL;

	g_object_get(nm_connection_get_setting_connection(wanted), "uuid", &uuid, NULL);
	change->before = g_key_file_new();
	change->after = spell(change, wanted, uuid, error);
	return change->after != NULL;
}

gboolean
write_back_add(const struct write_back *to, NMConnection *wanted, struct written *written, GError **error)
{
	struct change change = {.to = to};
	g_autofree char *file = NULL;
	gboolean ok = can_be_spelled(wanted, error) && spell_new(&change, wanted, error);

	/* A system that was made without ifcfg files has no directory of them. */
	g_mkdir_with_parents(to->directory, DIRECTORY_MODE);
	if (ok)
		change.file = file = choose_file(to, change.after);
	ok = ok && look(&change, error) && make(&change, written, error);
	change_clear(&change);
	if (!ok)
		written_clear(written);
	return ok;
}
