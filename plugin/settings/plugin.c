/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin.h"

#include "ifcfg/directory.h"
#include "journal.h"
#include "parser.h"
#include "profiles.h"
#include "write-back.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define TYPE_NAME      "BonddNMSettingsPlugin"
#define IDLE_TYPE_NAME "BonddNMSettingsPluginIdle"
#define DATA	       "bondd-settings"
#define MODPROBE_D     "/etc/modprobe.d"

/* One file that NetworkManager has a profile of. */
struct stored {
	NMSettingsStorage *storage; /* NetworkManager knows the profile by it: it stays as long as file and UUID do */
	char *unmanaged;	    /* nullable */
	char *keyfile;		    /* what NetworkManager was told */
};

/* What we add to the object. */
struct data {
	char *directory;
	gboolean takes_new;    /* profiles that have no file yet */
	struct parser *parser; /* once there is one */
	gboolean failed;       /* there will be none */
	struct journal *journal;
	GHashTable *stored; /* path -> struct stored */
	GHashTable *hidden; /* path -> what it said: files that have become keyfiles, and cannot be deleted */
	GHashTable *specs;  /* devices that NetworkManager is told to leave alone */
};

/* Whom to tell of profiles. */
struct listener {
	NMSettingsPlugin *self;
	nm_settings_load_callback callback;
	gpointer user;
};

static struct data *
data_of(NMSettingsPlugin *self)
{
	return g_object_get_data(G_OBJECT(self), DATA);
}

static void
stored_free(gpointer pointer)
{
	struct stored *stored = pointer;

	g_object_unref(stored->storage);
	g_free(stored->unmanaged);
	g_free(stored->keyfile);
	g_free(stored);
}

static GHashTable *
spec_set(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void
data_free(gpointer pointer)
{
	struct data *data = pointer;

	g_free(data->directory);
	g_clear_pointer(&data->parser, parser_free);
	journal_free(data->journal);
	g_hash_table_unref(data->stored);
	g_hash_table_unref(data->hidden);
	g_hash_table_unref(data->specs);
	g_free(data);
}

/* --- devices to leave alone --- */

static void
emit_specs(NMSettingsPlugin *self)
{
	g_signal_emit_by_name(self, "unmanaged-specs-changed");
}

/* While profiles come and go a device that is left alone before or after is left alone. */
static void
add_specs(NMSettingsPlugin *self, const GPtrArray *texts)
{
	struct data *data = data_of(self);
	gboolean is_new = FALSE;

	for (guint i = 0; i < texts->len; i++) {
		const struct profile_text *text = texts->pdata[i];

		if (text->unmanaged != NULL)
			is_new |= g_hash_table_add(data->specs, g_strdup(text->unmanaged));
	}
	if (is_new)
		emit_specs(self);
}

static void
load_connections_done(NMSettingsPlugin *self)
{
	struct data *data = data_of(self);
	g_autoptr(GHashTable) wanted = spec_set();
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, data->stored);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct stored *stored = value;

		if (stored->unmanaged != NULL)
			g_hash_table_add(wanted, g_strdup(stored->unmanaged));
	}
	/* Those that are told already have all that are wanted. */
	if (g_hash_table_size(wanted) == g_hash_table_size(data->specs))
		return;
	g_hash_table_unref(data->specs);
	data->specs = g_steal_pointer(&wanted);
	emit_specs(self);
}

static GSList *
get_unmanaged_specs(NMSettingsPlugin *self)
{
	GHashTableIter iter;
	gpointer spec;
	GSList *specs = NULL;

	g_hash_table_iter_init(&iter, data_of(self)->specs);
	while (g_hash_table_iter_next(&iter, &spec, NULL))
		specs = g_slist_prepend(specs, g_strdup(spec));
	return specs;
}

/* --- profiles --- */

static void
forget(const struct listener *listener, const char *file)
{
	struct data *data = data_of(listener->self);
	struct stored *stored = g_hash_table_lookup(data->stored, file);
	g_autoptr(GObject) storage = NULL;

	if (stored == NULL)
		return;
	storage = g_object_ref(G_OBJECT(stored->storage));
	g_hash_table_remove(data->stored, file);
	listener->callback(listener->self, (NMSettingsStorage *) storage, NULL, listener->user);
}

static struct stored *
store_new(NMSettingsPlugin *self, const char *file, const char *uuid)
{
	struct stored *stored = g_new0(struct stored, 1);

	stored->storage =
	    g_object_new(nm_settings_storage_get_type(), "plugin", self, "uuid", uuid, "filename", file, NULL);
	g_hash_table_insert(data_of(self)->stored, g_strdup(file), stored);
	return stored;
}

static struct stored *
store(const struct listener *listener, const char *file, const char *uuid)
{
	struct stored *stored = g_hash_table_lookup(data_of(listener->self)->stored, file);

	if (stored != NULL && strcmp(stored->storage->uuid, uuid) == 0)
		return stored;
	forget(listener, file);
	return store_new(listener->self, file, uuid);
}

static void
tell_lost(struct journal *journal, const struct profile_text *text)
{
	for (guint i = 0; i < text->lost->len; i++) {
		g_autofree char *line = g_strdup_printf("%s: %s", text->file, (const char *) text->lost->pdata[i]);

		journal_tell(journal, line);
	}
}

/* Until it says something else. */
static gboolean
is_hidden(struct data *data, const struct profile_text *text)
{
	const char *said = g_hash_table_lookup(data->hidden, text->file);

	if (g_strcmp0(said, text->keyfile) == 0)
		return TRUE;
	g_hash_table_remove(data->hidden, text->file);
	return FALSE;
}

/* Hands one profile to NetworkManager. */
static gboolean
hand_over(const struct listener *listener, const struct profile_text *text)
{
	struct data *data = data_of(listener->self);
	g_autoptr(GError) error = NULL;
	g_autofree char *uuid = NULL;
	g_autoptr(GObject) connection = NULL;
	struct stored *stored;

	if (is_hidden(data, text))
		return FALSE;
	connection = (GObject *) parser_read(data->parser, text->keyfile, &uuid, &error);
	if (connection == NULL) {
		g_autofree char *line =
		    g_strdup_printf("%s: NetworkManager does not take this profile: %s", text->file, error->message);

		journal_tell(data->journal, line);
		return FALSE;
	}
	tell_lost(data->journal, text);
	stored = store(listener, text->file, uuid);
	g_free(stored->unmanaged);
	stored->unmanaged = g_strdup(text->unmanaged);
	g_free(stored->keyfile);
	stored->keyfile = g_strdup(text->keyfile);
	listener->callback(listener->self, stored->storage, (NMConnection *) connection, listener->user);
	return TRUE;
}

/* --- reading --- */

static gboolean
is_ready(struct data *data)
{
	g_autoptr(GError) error = NULL;

	if (data->parser != NULL || data->failed)
		return data->parser != NULL;
	data->parser = parser_new(&error);
	data->failed = data->parser == NULL;
	if (data->failed)
		g_warning(PLUGIN_NAME " leaves ifcfg files alone: %s", error->message);
	return !data->failed;
}

/* Returns: (nullable) (transfer full): what all files say, or none if there is no such directory */
static struct ifcfg_result *
read_all(struct data *data)
{
	g_autoptr(GError) error = NULL;
	struct ifcfg_result *result;

	journal_begin(data->journal);
	if (!g_file_test(data->directory, G_FILE_TEST_EXISTS))
		return NULL;
	result = ifcfg_read_directory(data->directory, MODPROBE_D, &error);
	if (result == NULL)
		journal_tell(data->journal, error->message);
	else
		journal_tell_diagnostics(data->journal, result->diagnostics);
	return result;
}

/* Those that NetworkManager has a profile of. */
static GPtrArray *
stored_files(struct data *data)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iter;
	gpointer file;

	g_hash_table_iter_init(&iter, data->stored);
	while (g_hash_table_iter_next(&iter, &file, NULL))
		g_ptr_array_add(files, g_strdup(file));
	return files;
}

static GPtrArray *
make_texts(struct ifcfg_result *result)
{
	return result != NULL ? profiles_make(result) : g_ptr_array_new();
}

static void
free_result(struct ifcfg_result *result)
{
	if (result != NULL)
		ifcfg_result_free(result);
}

static void
reload_connections(NMSettingsPlugin *self, nm_settings_load_callback callback, gpointer user)
{
	const struct listener listener = {.self = self, .callback = callback, .user = user};
	struct data *data = data_of(self);
	g_autoptr(GHashTable) there = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) texts = NULL;
	g_autoptr(GPtrArray) before = NULL;
	struct ifcfg_result *result;

	if (!is_ready(data))
		return;
	result = read_all(data);
	texts = make_texts(result);
	before = stored_files(data);
	add_specs(self, texts);
	for (guint i = 0; i < texts->len; i++) {
		const struct profile_text *text = texts->pdata[i];

		if (hand_over(&listener, text))
			g_hash_table_add(there, text->file);
	}
	for (guint i = 0; i < before->len; i++) {
		if (!g_hash_table_contains(there, before->pdata[i]))
			forget(&listener, before->pdata[i]);
	}
	free_result(result);
}

/* --- single files --- */

/*
 * Returns: (nullable) (transfer full): the file of the profile that a file of our directory belongs to: itself, or for
 *   route-NAME ifcfg-NAME
 */
static char *
profile_file(const struct data *data, const char *path)
{
	g_autofree char *canonical = NULL;
	g_autofree char *directory = NULL;
	g_autofree char *name = NULL;
	g_autofree char *base = NULL;
	const char *reason = NULL;

	if (!g_path_is_absolute(path))
		return NULL;
	canonical = g_canonicalize_filename(path, NULL);
	directory = g_path_get_dirname(canonical);
	name = g_path_get_basename(canonical);
	if (strcmp(directory, data->directory) != 0)
		return NULL;
	if (directory_is_ifcfg(name, &reason))
		return g_steal_pointer(&canonical);
	if (!directory_is_route(name, &reason) || strchr(name, '-') == NULL)
		return NULL;
	base = g_strconcat("ifcfg-", strchr(name, '-') + 1, NULL);
	return g_build_filename(data->directory, base, NULL);
}

static void
set_reason(GError **error, const struct ifcfg_result *result, const char *file)
{
	for (guint i = 0; result != NULL && i < result->diagnostics->len; i++) {
		const struct ifcfg_diagnostic *diagnostic = result->diagnostics->pdata[i];
		g_autofree char *line = NULL;

		if (diagnostic->severity != IFCFG_FATAL || g_strcmp0(diagnostic->file, file) != 0)
			continue;
		line = ifcfg_diagnostic_format(diagnostic);
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, line);
		return;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no profile can be made of it");
}

static void
load_one(const struct listener *listener, struct nm_settings_load_entry *entry, const char *file,
	 const struct ifcfg_result *result, const GPtrArray *texts)
{
	const struct profile_text *text = profiles_find(texts, file);

	if (text != NULL && hand_over(listener, text))
		return;
	if (g_file_test(file, G_FILE_TEST_EXISTS))
		set_reason(&entry->error, result, file);
	else
		forget(listener, file);
}

static void
load_connections(NMSettingsPlugin *self, struct nm_settings_load_entry *entries, gsize n_entries,
		 nm_settings_load_callback callback, gpointer user)
{
	const struct listener listener = {.self = self, .callback = callback, .user = user};
	struct data *data = data_of(self);
	struct ifcfg_result *result = NULL;
	g_autoptr(GPtrArray) texts = NULL;

	if (!is_ready(data))
		return;
	for (gsize i = 0; i < n_entries; i++) {
		g_autofree char *file = entries[i].handled ? NULL : profile_file(data, entries[i].filename);

		if (file == NULL)
			continue;
		entries[i].handled = true;
		/* Files speak of each other, and modprobe.d of all: they are read together, once. */
		if (texts == NULL) {
			result = read_all(data);
			texts = make_texts(result);
			add_specs(self, texts);
		}
		load_one(&listener, &entries[i], file, result, texts);
	}
	free_result(result);
}

/* --- changes that come from NetworkManager --- */

/* Hands what the files say now back to NetworkManager, which takes references. */
static void
give_back(struct stored *stored, struct written *written, NMSettingsStorage **out_storage,
	  NMConnection **out_connection)
{
	g_free(stored->keyfile);
	stored->keyfile = g_steal_pointer(&written->keyfile);
	*out_storage = (NMSettingsStorage *) g_object_ref((GObject *) stored->storage);
	*out_connection = g_steal_pointer(&written->connection);
	written_clear(written);
}

static struct write_back
write_back_of(const struct data *data)
{
	return (struct write_back){.directory = data->directory, .modprobe_d = MODPROBE_D, .parser = data->parser};
}

static gboolean
update_connection(NMSettingsPlugin *self, NMSettingsStorage *storage, NMConnection *connection,
		  NMSettingsStorage **out_storage, NMConnection **out_connection, GError **error)
{
	struct data *data = data_of(self);
	const struct write_back to = write_back_of(data);
	struct stored *stored = g_hash_table_lookup(data->stored, storage->filename);
	struct written written = {0};
	g_autoptr(GError) reason = NULL;

	if (stored == NULL || stored->storage != storage) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s is none of ours any more", storage->filename);
		return FALSE;
	}
	if (write_back_change(&to, storage->filename, stored->keyfile, connection, &written, &reason)) {
		give_back(stored, &written, out_storage, out_connection);
		return TRUE;
	}
	/* Values of several lines would be cut by who shows them. */
	g_strdelimit(reason->message, "\n", ' ');
	/* NetworkManager asks nobody else: what is to be a keyfile its user has to say. */
	if (write_back_is_refusal(reason))
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "%s stays as it is: %s. `nmcli connection migrate %s` makes it one", storage->filename,
			    reason->message, storage->uuid);
	else
		g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

/* Whoever reads this has learned that no plugin took the profile: the one for keyfiles is asked next. */
static gboolean
refuse_new(GError **error)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "no keyfile was written, and new profiles become ifcfg files only if NetworkManager.conf has "
		    "[" PLUGIN_NAME "] " NEW_PROFILES_KEY "=ifcfg");
	return FALSE;
}

static gboolean
add_connection(NMSettingsPlugin *self, NMConnection *connection, NMSettingsStorage **out_storage,
	       NMConnection **out_connection, GError **error)
{
	struct data *data = data_of(self);
	const struct write_back to = write_back_of(data);
	struct written written = {0};
	g_autoptr(GError) reason = NULL;

	if (!data->takes_new || data->parser == NULL)
		return refuse_new(error);
	if (write_back_add(&to, connection, &written, &reason)) {
		struct stored *stored = store_new(self, written.file, written.uuid);

		give_back(stored, &written, out_storage, out_connection);
		return TRUE;
	}
	g_message("A new profile becomes no ifcfg file: %s", reason->message);
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

/* route-NAME and the like would be for nobody. */
static void
delete_beside(const char *file)
{
	static const char *const prefixes[] = {"route-", "route6-", "rule-", "rule6-", "ifroute-"};
	g_autofree char *directory = g_path_get_dirname(file);
	const char *dash = strchr(strrchr(file, '/'), '-');

	for (guint i = 0; dash != NULL && i < G_N_ELEMENTS(prefixes); i++) {
		g_autofree char *name = g_strconcat(prefixes[i], dash + 1, NULL);
		g_autofree char *path = g_build_filename(directory, name, NULL);

		if (g_unlink(path) != 0 && errno != ENOENT)
			g_warning("%s cannot be deleted: %s", path, g_strerror(errno));
	}
}

/* A port that the file of a bond names, as SUSE has it, has no file of its own. */
static gboolean
is_part_of_another(const struct data *data, const char *file)
{
	struct ifcfg_result *result = ifcfg_read_directory(data->directory, MODPROBE_D, NULL);
	g_autoptr(GPtrArray) texts = make_texts(result);
	gboolean is_part = profiles_find(texts, file) != NULL;

	free_result(result);
	return is_part;
}

static gboolean
delete_file(const struct data *data, const char *file, GError **error)
{
	g_autofree char *reason = NULL;
	int number;

	if (g_unlink(file) == 0)
		return TRUE;
	number = errno;
	if (number == ENOENT && !is_part_of_another(data, file))
		return TRUE;
	reason = number == ENOENT ? g_strdup("lines of another file make this profile") : g_strdup(g_strerror(number));
	/* NetworkManager hides the profile, and says why at level TRACE only. */
	g_warning("%s cannot be deleted: %s", file, reason);
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(number), "%s cannot be deleted: %s", file, reason);
	return FALSE;
}

/*
 * Where a profile has become a keyfile NetworkManager must not hear that its file stays: it would hide the keyfile, too.
 * For as long as it runs we can keep the file from it; then our profile, of the same UUID, is back in the place of that.
 */
static gboolean
hide(struct data *data, const NMSettingsStorage *storage)
{
	const struct stored *stored = g_hash_table_lookup(data->stored, storage->filename);

	if (stored == NULL || !parser_has_keyfile(data->parser, storage->uuid))
		return FALSE;
	g_warning("%s counts again when NetworkManager is started anew: delete it, or its lines", storage->filename);
	g_hash_table_insert(data->hidden, g_strdup(storage->filename), g_strdup(stored->keyfile));
	return TRUE;
}

static gboolean
delete_connection(NMSettingsPlugin *self, NMSettingsStorage *storage, GError **error)
{
	struct data *data = data_of(self);
	g_autofree char *file = g_strdup(storage->filename);
	g_autoptr(GError) reason = NULL;

	if (delete_file(data, file, &reason)) {
		delete_beside(file);
	} else if (!hide(data, storage)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	/* NetworkManager has its own reference to @storage. */
	g_hash_table_remove(data->stored, file);
	load_connections_done(self);
	return TRUE;
}

/* --- the types --- */

static void
class_init(gpointer klass, gpointer class_data)
{
	struct nm_settings_plugin_class *class = klass;

	class->plugin_name = PLUGIN_NAME;
	class->get_unmanaged_specs = get_unmanaged_specs;
	class->load_connections = load_connections;
	class->reload_connections = reload_connections;
	class->load_connections_done = load_connections_done;
	class->add_connection = add_connection;
	class->update_connection = update_connection;
	class->delete_connection = delete_connection;
}

/* As large as this NetworkManager has them, whatever that is. */
static NMSettingsPlugin *
make(const char *name, GClassInitFunc init)
{
	GType parent = nm_settings_plugin_get_type();
	GTypeQuery query;
	GType type;

	g_type_query(parent, &query);
	type = g_type_register_static(parent, name,
				      &(const GTypeInfo){.class_size = (guint16) query.class_size,
							 .class_init = init,
							 .instance_size = (guint16) query.instance_size},
				      0);
	return g_object_new(type, NULL);
}

NMSettingsPlugin *
plugin_new(const char *directory, gboolean takes_new)
{
	NMSettingsPlugin *self = make(TYPE_NAME, class_init);
	struct data *data = g_new0(struct data, 1);

	data->directory = g_strdup(directory);
	data->takes_new = takes_new;
	data->journal = journal_new();
	data->stored = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, stored_free);
	data->hidden = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	data->specs = spec_set();
	g_object_set_data_full(G_OBJECT(self), DATA, data, data_free);
	return self;
}

NMSettingsPlugin *
plugin_new_idle(void)
{
	return make(IDLE_TYPE_NAME, NULL);
}
