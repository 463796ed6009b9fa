/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "parser.h"

#include "nm/guard.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

/* One name, so that nothing is left behind for long where NetworkManager was killed in the middle. */
#define FILE_NAME      "bondd-ifcfg-bond.nmconnection"
#define FILE_MODE      0600
#define DIRECTORY_MODE 0755

/* NetworkManager's reader takes files of its own directories only; its builds differ in how they spell this one. */
static const char *const directories[] = {"/run/NetworkManager/system-connections",
					  "/var/run/NetworkManager/system-connections"};

struct parser {
	NMSettingsPlugin *keyfile; /* one of our own: NetworkManager's does not know of it */
};

struct parsed {
	NMConnection *connection;
	NMSettingsStorage *storage;
	char *uuid;
};

static struct nm_settings_plugin_class *
class_of(NMSettingsPlugin *plugin)
{
	return (gpointer) G_OBJECT_GET_CLASS(plugin);
}

static void
remove_leftovers(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(directories); i++) {
		g_autofree char *path = g_build_filename(directories[i], FILE_NAME, NULL);

		g_unlink(path);
	}
}

struct parser *
parser_new(GError **error)
{
	GType type = guard_check_type("NMSKeyfilePlugin", NM_SETTINGS_PLUGIN_CLASS_SIZE, 0, error);
	struct parser *parser;

	if (type == G_TYPE_INVALID)
		return NULL;
	remove_leftovers();
	parser = g_new0(struct parser, 1);
	parser->keyfile = g_object_new(type, NULL);
	return parser;
}

void
parser_free(struct parser *parser)
{
	g_object_unref(parser->keyfile);
	g_free(parser);
}

static void
on_read(NMSettingsPlugin *self, NMSettingsStorage *storage, NMConnection *connection, gpointer user)
{
	struct parsed *parsed = user;

	if (connection == NULL || parsed->connection != NULL)
		return;
	parsed->connection = g_object_ref(connection);
	parsed->storage = g_object_ref(storage);
	parsed->uuid = g_strdup(storage->uuid);
}

static gboolean
write_text(const char *path, const char *text, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(path);

	if (g_mkdir_with_parents(directory, DIRECTORY_MODE) != 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s cannot be made: %s", directory,
			    g_strerror(errno));
		return FALSE;
	}
	g_unlink(path);
	return g_file_set_contents_full(path, text, (gssize) strlen(text), G_FILE_SET_CONTENTS_CONSISTENT, FILE_MODE,
					error);
}

/* What is asked of NetworkManager's plugin for keyfiles. */
struct request {
	const char *text;
	NMConnection *connection; /* nullable: to be written in the place of what was read */
	struct parsed parsed;
	char *written; /* what NetworkManager wrote of @connection */
};

static void
request_clear(struct request *request)
{
	g_clear_pointer(&request->parsed.connection, g_object_unref);
	g_clear_pointer(&request->parsed.storage, g_object_unref);
	g_free(request->parsed.uuid);
	g_free(request->written);
}

/* A profile that lies in /run stays there, so this touches no file of /etc, which may be read-only. */
static void
rewrite(struct parser *parser, const char *path, struct request *request, GError **error)
{
	NMSettingsStorage *storage = NULL;
	NMConnection *connection = NULL;

	if (request->parsed.storage == NULL)
		return;
	if (class_of(parser->keyfile)
		->update_connection(parser->keyfile, request->parsed.storage, request->connection, &storage,
				    &connection, error))
		g_file_get_contents(path, &request->written, NULL, error);
	g_clear_pointer(&storage, g_object_unref);
	g_clear_pointer(&connection, g_object_unref);
}

/* Whether NetworkManager's reader takes files of the directory at all. */
static gboolean
ask_in(struct parser *parser, const char *directory, struct request *request, GError **error)
{
	g_autofree char *path = g_build_filename(directory, FILE_NAME, NULL);
	struct nm_settings_load_entry entry = {.filename = path};
	struct nm_settings_load_entry forget = {.filename = path};

	if (!write_text(path, request->text, error))
		return TRUE;
	class_of(parser->keyfile)->load_connections(parser->keyfile, &entry, 1, on_read, &request->parsed);
	if (entry.error != NULL)
		g_propagate_error(error, entry.error);
	else if (request->connection != NULL)
		rewrite(parser, path, request, error);
	g_unlink(path);
	if (!entry.handled)
		return FALSE;
	class_of(parser->keyfile)->load_connections(parser->keyfile, &forget, 1, on_read, &request->parsed);
	g_clear_error(&forget.error);
	return TRUE;
}

static gboolean
ask(struct parser *parser, struct request *request, GError **error)
{
	g_autoptr(GError) reason = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(directories); i++) {
		g_clear_error(&reason);
		if (ask_in(parser, directories[i], request, &reason))
			break;
	}
	if (reason == NULL && request->parsed.connection == NULL)
		g_set_error(&reason, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "it reads nothing in %s", directories[0]);
	if (reason == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

NMConnection *
parser_read(struct parser *parser, const char *text, char **uuid, GError **error)
{
	struct request request = {.text = text};
	NMConnection *connection = NULL;

	if (ask(parser, &request, error)) {
		*uuid = g_steal_pointer(&request.parsed.uuid);
		connection = g_steal_pointer(&request.parsed.connection);
	}
	request_clear(&request);
	return connection;
}

char *
parser_write(struct parser *parser, NMConnection *connection, const char *uuid, GError **error)
{
	g_autofree char *text = g_strdup_printf("[connection]\nid=%s\nuuid=%s\ntype=ethernet\n", uuid, uuid);
	struct request request = {.text = text, .connection = connection};
	char *written = NULL;

	if (ask(parser, &request, error))
		written = g_steal_pointer(&request.written);
	request_clear(&request);
	return written;
}

struct search {
	const char *uuid;
	gboolean found;
};

static void
on_keyfile(NMSettingsPlugin *self, NMSettingsStorage *storage, NMConnection *connection, gpointer user)
{
	struct search *search = user;

	search->found |= connection != NULL && strcmp(storage->uuid, search->uuid) == 0;
}

gboolean
parser_has_keyfile(struct parser *parser, const char *uuid)
{
	struct search search = {.uuid = uuid};
	/* It would remember what it reads. */
	NMSettingsPlugin *another = g_object_new(G_OBJECT_TYPE(parser->keyfile), NULL);

	class_of(another)->reload_connections(another, on_keyfile, &search);
	g_object_unref(another);
	return search.found;
}
