/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ensure.h"

#include "bond-options.h"

#define OUR_ERRORS "org.example.Bond.Error."

struct ensure {
	Client *client;
	char *name;
	int ifindex;
	GHashTable *options; /* what is known to do, and what is being tried */
	GHashTable *extra;
	GPtrArray *untried; /* names in @extra; one after the other, once all together were refused */
	const char *tried;  /* the one that is being tried; its name is in @options, too */
	GCancellable *cancellable;
	client_done done;
	gpointer user;
};

static void
ensure_free(struct ensure *ensure)
{
	g_object_unref(ensure->client);
	g_free(ensure->name);
	g_hash_table_unref(ensure->options);
	g_hash_table_unref(ensure->extra);
	g_ptr_array_unref(ensure->untried);
	g_object_unref(ensure->cancellable);
	g_free(ensure);
}

static void
finish(struct ensure *ensure, const GError *error)
{
	if (!g_cancellable_is_cancelled(ensure->cancellable))
		ensure->done(ensure->user, error);
	ensure_free(ensure);
}

static void
ask(struct ensure *ensure, client_done done)
{
	/* Without the cancellable: @ensure is to be freed in any case. */
	client_ensure_bond(ensure->client, ensure->name, ensure->ifindex, ensure->options, NULL, done, ensure);
}

static void
leave_out(struct ensure *ensure, const GError *error)
{
	g_autoptr(GError) reason = g_error_copy(error);

	g_dbus_error_strip_remote_error(reason);
	g_warning("%s: " BOND_OPTIONS_PREFIX "%s=%s of the profile's [user] section is left out: %s", ensure->name,
		  ensure->tried, (const char *) g_hash_table_lookup(ensure->extra, ensure->tried), reason->message);
	g_hash_table_remove(ensure->options, ensure->tried);
}

static void
on_tried(gpointer user, const GError *error)
{
	struct ensure *ensure = user;

	if (error != NULL && ensure->tried == NULL) {
		finish(ensure, error);
		return;
	}
	if (error != NULL)
		leave_out(ensure, error);
	if (ensure->untried->len == 0 || g_cancellable_is_cancelled(ensure->cancellable)) {
		finish(ensure, NULL);
		return;
	}
	ensure->tried = g_ptr_array_steal_index(ensure->untried, 0);
	g_hash_table_insert(ensure->options, g_strdup(ensure->tried),
			    g_strdup(g_hash_table_lookup(ensure->extra, ensure->tried)));
	ask(ensure, on_tried);
}

/* bondd takes all or nothing, and says of one option only what is wrong with it. */
static void
try_each(struct ensure *ensure)
{
	GHashTableIter iter;
	gpointer name;

	g_hash_table_iter_init(&iter, ensure->extra);
	while (g_hash_table_iter_next(&iter, &name, NULL)) {
		g_hash_table_remove(ensure->options, name);
		g_ptr_array_add(ensure->untried, name);
	}
	ask(ensure, on_tried);
}

static void
on_all(gpointer user, const GError *error)
{
	struct ensure *ensure = user;
	g_autofree char *name = error != NULL ? g_dbus_error_get_remote_error(error) : NULL;

	if (name != NULL && g_str_has_prefix(name, OUR_ERRORS) && g_hash_table_size(ensure->extra) > 0 &&
	    !g_cancellable_is_cancelled(ensure->cancellable))
		try_each(ensure);
	else
		finish(ensure, error);
}

void
ensure_bond(Client *client, const char *name, int ifindex, GHashTable *options, GHashTable *extra,
	    GCancellable *cancellable, client_done done, gpointer user)
{
	struct ensure *ensure = g_new0(struct ensure, 1);

	ensure->client = g_object_ref(client);
	ensure->name = g_strdup(name);
	ensure->ifindex = ifindex;
	ensure->options = bond_options_copy(options);
	ensure->extra = bond_options_copy(extra);
	ensure->untried = g_ptr_array_new();
	ensure->cancellable = g_object_ref(cancellable);
	ensure->done = done;
	ensure->user = user;
	bond_options_add(ensure->options, ensure->extra);
	ask(ensure, on_all);
}
